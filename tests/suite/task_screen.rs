//! A lab's tasks in a terminal, with nothing but what the screen says: every kind is done, what is wrong is told and can be
//! done again, and the list knows of it afterwards.

use std::fs;
use std::path::Path;

use crate::terminal::Terminal;

const SIZE: (u16, u16) = (80, 24);

const LAB: &str = r"format: 1
id: bowl
title: A bowl
about: What a bowl is.
landscape: {source: bowl, start: [1, 1]}
optimizer: {rule: mine.rhai, lr: 0.1}
training: {steps: 40}
learnt: A step goes **down**.
watch: {panes: [loss, map]}
tasks:
  - {id: sum, kind: question, say: What is 1 + 1?, answer: 2, hints: [Count on your fingers.], because: It is so.}
  - {id: pick, kind: question, before: nothing, say: Where does a step go?, choices: {a: up, b: down}, answer: b}
  - {id: sort, kind: question, before: nothing, say: What comes first?, order: [one]}
  - {id: find, kind: line, say: Which line makes the step?, file: mine.rhai, answer: 8}
  - {id: write, kind: script, say: Write gradient descent., file: mine.rhai, same_as: sgd}
  - {id: low, kind: goal, say: Come below 0.01 within 40 steps., edit: [optimizer], files: [mine.rhai], check: run.height < 0.01, budget: {steps: 40}}
  - {id: why, kind: text, say: Why?, rubric: Anything.}
";

const RULE: &str = "//! A step.\n//! W = W - lr dW\n//! Source: a test.\n\nfn hyper() { #{ lr: 0.1 } }\nfn state(w) { #{} }\n\
    fn update(w, dw, state, h, t) {\n    w - h.lr * dw * 0.01\n}\n";

fn screen(folder: &Path, arguments: &[&str]) -> Terminal {
    let program = assert_cmd::cargo::cargo_bin("optlab").display().to_string();
    let variables = [("VISUAL", ""), ("EDITOR", "sed -i '1s/^/Down it goes./'")];
    let terminal = Terminal::start_with(&program, folder, arguments, SIZE, &variables);
    terminal.wait_for("\x1b[?2026l", 0);
    terminal
}

#[test]
fn a_lab_is_done_from_its_first_question_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("mine.rhai");
    fs::create_dir(folder.path().join(".optlab")).unwrap();
    fs::write(folder.path().join(".optlab/root"), "").unwrap();
    fs::write(folder.path().join("a.yaml"), LAB.replace("order: [one]", "order: [the gradient, the step]")).unwrap();
    fs::write(
        folder.path().join("b.yaml"),
        "title: The next one\nlandscape: {source: bowl, start: [1, 1]}\ntraining: {steps: 5}\n",
    )
    .unwrap();
    fs::write(&mine, RULE).unwrap();
    let terminal = screen(folder.path(), &[]);
    terminal.see("bowl A bowl 0/7", SIZE);
    terminal.press("\r");
    terminal.see("Guide · task 1 of 7", SIZE);
    terminal.press(" ");
    terminal.see("answer first (a), or A to give up", SIZE);
    terminal.press("h");
    terminal.see("Count on your fingers.", SIZE);
    terminal.press("a3\r");
    terminal.see("3 is not it", SIZE);
    terminal.press("a2\r");
    terminal.see("It is so.", SIZE);
    terminal.see("n on to task 2", SIZE);
    terminal.press("na");
    terminal.see("Where does a step go?", SIZE);
    terminal.press("b\r");
    terminal.see("task 2: solved", SIZE);
    // Things to be put in order are shown in another order to each student.
    terminal.press("na\r");
    terminal.see("task 3:", SIZE);
    // With the line under the cursor.
    terminal.press("na");
    terminal.see("line 1: Enter answers with it", SIZE);
    terminal.press("jjjjjjj");
    terminal.see("line 8: Enter answers with it", SIZE);
    terminal.press("\r");
    terminal.see("task 4: solved", SIZE);
    terminal.press("n");
    terminal.see("task 5 of 7", SIZE);
    terminal.press("A");
    terminal.see("Give it up?", SIZE);
    terminal.press("y");
    terminal.see("Given up.", SIZE);
    // A save is judged, by whatever program.
    terminal.press("n");
    terminal.see("task 6 of 7", SIZE);
    fs::write(&mine, RULE.replace(" * 0.01", "")).unwrap();
    terminal.see("✓ Solved.", SIZE);
    terminal.press("na");
    terminal.see("task 7: answered", SIZE);
    let kept = fs::read_to_string(folder.path().join("progress.yaml")).unwrap();
    for id in ["sum", "pick", "sort", "find", "write", "low", "why"] {
        assert!(kept.contains(&format!("{id}:")), "{id}: {kept}");
    }
    assert!(kept.contains("Down it goes."), "{kept}");
    terminal.press("q");
    terminal.see("bowl A bowl", SIZE);
    let mut terminal = terminal;
    terminal.press("q");
    assert!(terminal.end().success());
}
