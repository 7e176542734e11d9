//! The list of labs in a terminal: which labs it has in which folder, how one comes back to it, and the key that copies what
//! is part of the program.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::program::optlab;
use crate::terminal::Terminal;

const SIZE: (u16, u16) = (80, 24);

const LAB: &str =
    "title: A bowl\nabout: What a bowl is.\nlandscape: {source: bowl, start: [1, 1]}\ntraining: {steps: 5}\n";

fn program() -> String {
    assert_cmd::cargo::cargo_bin("optlab").display().to_string()
}

/// The program in a folder, with an editor that writes an empty line at the end of what it opens.
fn screen(folder: &Path, arguments: &[&str]) -> Terminal {
    let variables = [("VISUAL", ""), ("EDITOR", "printf '\\n' >>")];
    let terminal = Terminal::start_with(&program(), folder, arguments, SIZE, &variables);
    terminal.wait_for("\x1b[?2026l", 0);
    terminal
}

/// Presses Escape; what follows it at once would be a key with Alt.
fn escape(terminal: &Terminal) {
    let before = terminal.bytes();
    terminal.press("\x1b");
    terminal.wait_for("\x1b[?2026l", before);
}

/// How many labs are part of the program.
fn shipped() -> usize {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/labs");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.strip_suffix(".yaml").is_some_and(|name| !name.contains('.'))).count()
}

/// The place in the list, of the labs that are part of the program and some more.
fn place(at: usize, more: usize) -> String {
    format!("{at} of {}", shipped() + more)
}

fn leave(mut terminal: Terminal, keys: &str) {
    terminal.press(keys);
    assert!(terminal.end().success());
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn labs_of_the_folder_come_first_and_q_comes_back_to_the_one_that_was_open() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.yaml", "b.yml"] {
        std::fs::write(folder.path().join(name), LAB).unwrap();
    }
    // None of these is a lab.
    std::fs::write(folder.path().join("compose.yaml"), "services: {web: {image: x}}\n").unwrap();
    std::fs::write(folder.path().join(".hidden.yaml"), LAB).unwrap();
    std::fs::create_dir(folder.path().join("folder.yaml")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("pipe.yaml")).status();
    assert!(made.unwrap().success());
    let terminal = screen(folder.path(), &[]);
    terminal.see(&place(1, 2), SIZE);
    terminal.see("in this folder ▶ a.yaml A bowl b.yml A bowl part of the program descent-and-its-rate", SIZE);
    terminal.press("j\r");
    terminal.see("ready", SIZE);
    terminal.press("q");
    terminal.see(&place(2, 2), SIZE);
    leave(terminal, "q");
}

#[test]
fn a_lab_that_is_broken_is_listed_and_says_why_when_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.yaml"), "title: [\n").unwrap();
    std::fs::write(folder.path().join("b.yaml"), LAB.replace("bowl,", "bowel,")).unwrap();
    std::fs::write(folder.path().join("c.yaml"), "").unwrap();
    std::fs::write(folder.path().join("d.yaml"), LAB).unwrap();
    std::fs::set_permissions(folder.path().join("d.yaml"), std::fs::Permissions::from_mode(0o000)).unwrap();
    symlink("nowhere", folder.path().join("e.yaml")).unwrap();
    let terminal = screen(folder.path(), &[]);
    terminal.see(&place(1, 5), SIZE);
    for (keys, words) in [("", "expected"), ("j", "did you mean bowl"), ("j", "is empty"), ("jj", "does not exist")] {
        terminal.press(keys);
        terminal.press("\r");
        terminal.see("This lab cannot be opened", SIZE);
        terminal.see(words, SIZE);
        escape(&terminal);
    }
    terminal.press("j\r");
    terminal.see("ready", SIZE);
    leave(terminal, "qq");
}

#[test]
fn many_labs_are_scrolled_through_and_far_too_many_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..310 {
        std::fs::write(folder.path().join(format!("lab-{number:03}.yaml")), LAB).unwrap();
    }
    let terminal = screen(folder.path(), &[]);
    terminal.see("the first 300 of 310 files", SIZE);
    terminal.press("\x1b[F");
    terminal.see(&place(300 + shipped(), 300), SIZE);
    leave(terminal, "q");
}

#[test]
fn below_a_working_folder_its_labs_are_listed_and_not_those_that_they_are_copies_of() {
    let top = tempfile::tempdir().unwrap();
    assert!(optlab(top.path(), &["init", "course"]).status.success());
    let course = top.path().join("course");
    std::fs::create_dir_all(course.join("notes/deep")).unwrap();
    for folder in ["", "labs", "notes/deep"] {
        let terminal = screen(&course.join(folder), &[]);
        terminal.see(&place(1, 0), SIZE);
        terminal.see("01-descent-and-its-rate.yaml", SIZE);
        terminal.press("\r");
        terminal.see("ready", SIZE);
        // It is a file of the student's: the editor opens it at once.
        terminal.press("e");
        terminal.see("the run is the same", SIZE);
        leave(terminal, "qq");
    }
    assert!(read(&course.join("labs/01-descent-and-its-rate.yaml")).ends_with("\n\n\n\n"));
    // A lab of the folder beside them, and one that ships and is missing there.
    std::fs::write(course.join("mine.yaml"), LAB).unwrap();
    std::fs::remove_file(course.join("labs/08-moving-averages.yaml")).unwrap();
    let listed = String::from_utf8(optlab(&course, &["list", "labs"]).stdout).unwrap();
    for row in ["mine.yaml", "(labs/13-adam-on-digits.yaml)", "moving-averages"] {
        assert!(listed.contains(row), "{row}: {listed}");
    }
    // A lab that is copied stands there once, as what its id opens.
    assert!(optlab(&course, &["copy", "adam-on-digits"]).status.success());
    let copied = String::from_utf8(optlab(&course, &["list", "labs"]).stdout).unwrap();
    let rows: Vec<&str> = copied.lines().filter(|line| line.trim_start().starts_with("adam-on-digits ")).collect();
    assert!(rows.len() == 1 && rows[0].ends_with("(13-adam-on-digits.yaml)"), "{copied}");
    std::fs::remove_file(course.join("13-adam-on-digits.yaml")).unwrap();
    let terminal = screen(&course, &[]);
    terminal.see("in this folder ▶ mine.yaml", SIZE);
    terminal.see("in the working folder course", SIZE);
    terminal.press("\x1b[F");
    terminal.see("part of the program ▶ moving-averages", SIZE);
    leave(terminal, "q");
}

#[test]
fn a_folder_that_must_not_be_read_is_told_and_the_program_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("closed");
    std::fs::create_dir(&inner).unwrap();
    std::fs::write(inner.join("a.yaml"), LAB).unwrap();
    std::fs::set_permissions(&inner, std::fs::Permissions::from_mode(0o311)).unwrap();
    // Whoever may read everything reads this, too.
    let closed = std::fs::read_dir(&inner).is_err();
    let terminal = screen(&inner, &[]);
    terminal.see(&if closed { "this folder cannot be read".to_owned() } else { place(1, 1) }, SIZE);
    leave(terminal, "q");
    std::fs::set_permissions(&inner, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_shipped_lab_is_copied_when_it_is_to_be_edited_and_the_run_goes_on_with_the_copy() {
    let folder = tempfile::tempdir().unwrap();
    let terminal = screen(folder.path(), &["write-an-optimizer"]);
    terminal.press("ss");
    terminal.see("step 2", SIZE);
    terminal.press("e");
    terminal.see("This is part of the program. Copy it here", SIZE);
    terminal.press("n");
    terminal.see("nothing was copied", SIZE);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "declined, nothing is written");
    terminal.press("ey");
    terminal.see("was saved, and the run is the same", SIZE);
    assert!(read(&folder.path().join("16-write-an-optimizer.yaml")).ends_with("\n\n"));
    assert!(folder.path().join("my_optimizer.rhai").is_file());
    terminal.see("step 2", SIZE);
    // What any editor saves of the copy is taken up by the run that goes on.
    let rule = folder.path().join("my_optimizer.rhai");
    std::fs::write(&rule, read(&rule).replace("w - h.lr * dw", "w - 0.5 * h.lr * dw")).unwrap();
    terminal.see("my_optimizer.rhai was saved: in effect from the next step on", SIZE);
    terminal.press("s");
    terminal.see("step 3", SIZE);
    leave(terminal, "qq");
}

#[test]
fn a_copy_never_writes_over_a_file_and_names_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("my_optimizer.rhai"), "// mine\n").unwrap();
    let terminal = screen(folder.path(), &["write-an-optimizer"]);
    terminal.press("e");
    terminal.see("is there already", SIZE);
    escape(&terminal);
    leave(terminal, "q");
    assert_eq!(read(&folder.path().join("my_optimizer.rhai")), "// mine\n");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_shipped_rule_of_ones_own_lab_is_copied_alone_into_its_scripts() {
    let folder = tempfile::tempdir().unwrap();
    let labs = folder.path().join("labs");
    std::fs::create_dir(&labs).unwrap();
    std::fs::write(labs.join("lab.yaml"), format!("{LAB}watch: {{panes: [script, map]}}\n")).unwrap();
    let terminal = screen(folder.path(), &["labs/lab.yaml"]);
    terminal.see("ready", SIZE);
    terminal.press("e");
    terminal.see("labs/scripts/optimizers/sgd.rhai", SIZE);
    terminal.press("y");
    terminal.see("the run is the same", SIZE);
    assert!(read(&labs.join("scripts/optimizers/sgd.rhai")).ends_with("\n\n"));
    leave(terminal, "q");
}
