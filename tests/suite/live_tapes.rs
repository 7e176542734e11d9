//! Live sessions written as tapes and as casts: a tape plays to the same steps, knobs and losses, and a cast is whole up to its
//! last screen whatever ended the program.

use std::fs;
use std::path::Path;

use optlab::record::recorder::record;
use optlab::record::recording::{Recording, State};
use optlab::record::tape::Tape;

use crate::program::optlab;
use crate::terminal::Terminal;

fn live(folder: &Path, arguments: &[&str]) -> Terminal {
    Terminal::start(env!("CARGO_BIN_EXE_optlab"), folder, arguments, (100, 30))
}

/// What a terminal that is not ours shows of all that came.
fn screen(terminal: &Terminal) -> String {
    let mut shown = avt::Terminal::new(100, 30).unwrap();
    shown.feed([terminal.heard(0).as_str()]);
    shown.screen().text().join("\n")
}

/// Waits until the screen shows these words.
fn see(terminal: &Terminal, words: &str) -> String {
    let begun = std::time::Instant::now();
    loop {
        let shown = screen(terminal);
        if shown.contains(words) {
            return shown;
        }
        assert!(begun.elapsed().as_secs() < 30, "`{words}` is not seen:\n{shown}");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// Presses keys one after another, and waits after each until the screen shows these words.
fn press(terminal: &Terminal, keys: &[(&str, &str)]) {
    for (key, words) in keys {
        terminal.press(key);
        // Long enough for a run to have gone on.
        std::thread::sleep(std::time::Duration::from_millis(60));
        see(terminal, words);
    }
}

fn played(tape: &Path) -> Recording {
    let text = fs::read(tape).unwrap();
    let tape = Tape::read(&tape.display().to_string(), &text).unwrap_or_else(|errors| panic!("{errors:?}"));
    record(&tape, None, &mut |_| ()).unwrap_or_else(|errors| panic!("{}", errors[0].render(false)))
}

fn number(state: &State, name: &str) -> f64 {
    let found = state.numbers.iter().find(|(own, _)| own == name);
    found.unwrap_or_else(|| panic!("no {name}: {state:?}")).1
}

#[test]
fn a_session_of_forty_keys_a_knob_a_fork_and_an_edit_plays_to_the_same_step_knobs_and_losses() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    assert!(optlab(folder.path(), &["copy", "write-an-optimizer"]).status.success());
    let arguments = ["16-write-an-optimizer.yaml", "--tape", "session.tape.yaml", "--out", "run"];
    let mut terminal = live(folder.path(), &arguments);
    see(&terminal, "ready");
    press(&terminal, &[(":speed 200\r", "speed 200/s"), ("s", "step 1 "), ("s", "step 2 "), ("s", "step 3 ")]);
    // While it runs: panes, a knob, a hold; where each comes is the machine's chance.
    press(
        &terminal,
        &[(" ", "running"), ("\t", ""), ("3", ""), ("z", ""), ("z", ""), (":lr = 0.05\r", ""), (" ", "paused")],
    );
    press(&terminal, &[("b", ""), ("b", ""), ("s", ""), ("s", ""), ("s", ""), (":lr = 0.2\r", "lr 0.200")]);
    press(&terminal, &[("F", "fork"), ("s", ""), ("s", ""), (" ", "running"), ("4", ""), ("\t", "")]);
    // An edit while it runs, as another program saves it.
    let script = fs::read_to_string(at("my_optimizer.rhai")).unwrap();
    fs::write(at("my_optimizer.rhai"), script.replace("w - h.lr * dw", "w - 0.5 * h.lr * dw")).unwrap();
    see(&terminal, "my_optimizer.rhai was saved");
    press(&terminal, &[(" ", "paused"), ("s", ""), ("s", ""), ("d", ""), ("b", ""), ("s", "")]);
    terminal.press(":loss\r");
    let shown = see(&terminal, "loss = ");
    let after = |words: &str| shown.split(words).nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let (step, told) = (after("step ").parse::<u64>().unwrap(), after("loss = "));
    terminal.press("qy");
    assert!(terminal.end().success());
    let tape = fs::read_to_string(at("session.tape.yaml")).unwrap();
    assert!(!tape.contains(&folder.path().display().to_string()), "{tape}");
    let recording = played(&at("session.tape.yaml"));
    let last = recording.states.last().unwrap();
    assert_eq!((last.step, last.status), (step, "paused"), "{tape}");
    // The loss to its last digit, as the command line has told it.
    assert_eq!(number(last, "loss").to_string(), told, "{tape}");
}

#[test]
fn a_cast_of_a_live_screen_is_whole_up_to_its_last_screen_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let lab = "landscape: {source: bowl, start: [3, 1]}\noptimizer: {rule: sgd, lr: 0.01}\ntraining: {steps: 900}\nwatch: {speed: 60}\n";
    fs::write(folder.path().join("small.yaml"), format!("format: 1\n{lab}")).unwrap();
    let terminal = live(folder.path(), &["small.yaml", "--record", "a.cast"]);
    see(&terminal, "ready");
    press(&terminal, &[("s", "step 1 "), (" ", "running"), (" ", "paused")]);
    terminal.signal(9);
    let cast = fs::read_to_string(folder.path().join("a.cast")).unwrap();
    let lines: Vec<serde_json::Value> = cast.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines[0]["version"].as_u64(), lines[0]["width"].as_u64()), (Some(2), Some(100)));
    let mut shown = avt::Terminal::new(100, 30).unwrap();
    lines[1..].iter().filter_map(|line| line[2].as_str()).for_each(|data| shown.feed([data]));
    let first = shown.screen().line(0).unwrap().text();
    assert!(first.contains("paused"), "{first}");
    // A file that is there is never written over.
    let again = optlab(folder.path(), &["small.yaml", "--record", "a.cast"]);
    assert_eq!(again.status.code(), Some(2));
}

#[test]
fn keys_that_come_at_once_and_slips_of_the_hand_play_as_they_were_pressed() {
    let folder = tempfile::tempdir().unwrap();
    let lab = "landscape: {source: bowl, start: [3, 1]}\noptimizer: {rule: sgd, lr: 0.01}\ntraining: {steps: 900}\nwatch: {speed: 200}\n";
    fs::write(folder.path().join("small.yaml"), format!("format: 1\n{lab}")).unwrap();
    let mut terminal = live(folder.path(), &["small.yaml", "--tape", "burst.tape.yaml"]);
    see(&terminal, "ready");
    press(&terminal, &[(" ", "running")]);
    // One write: no run makes as many steps between these keys as a tape that has time between them would.
    terminal.press("\t\t33zz\t 2");
    see(&terminal, "paused");
    press(&terminal, &[("s", ""), (":losx\u{7f}s\r", "loss = ")]);
    let shown = screen(&terminal);
    let after = |words: &str| shown.split(words).nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let (step, told) = (after("step ").parse::<u64>().unwrap(), after("loss = "));
    terminal.press("q");
    see(&terminal, "y");
    terminal.press("y");
    assert!(terminal.end().success());
    let path = folder.path().join("burst.tape.yaml");
    let tape = fs::read_to_string(&path).unwrap();
    assert!(tape.contains("type: \":loss\\n\"") && tape.contains("at_once: true"), "{tape}");
    let recording = played(&path);
    let last = recording.states.last().unwrap();
    assert_eq!((last.step, number(last, "loss").to_string()), (step, told), "{tape}");
}
