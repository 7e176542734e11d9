//! A lab that is edited while it runs: what goes on with the edit and what starts over, by commands and on the screen.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::Command as Shell;

use crate::machine::Machine;
use crate::terminal::Terminal;
use optlab::run::{Command, Extent, Travel};
use optlab::snapshot::{Intervention, Status};

const LAB: &str = "format: 1
id: edits
title: Edits
about: |
  A lab to edit.
seed: 4
data: {source: moons, samples: 96, validation: 0.25}
network: [dense: 6, tanh, dense: 2]
loss: cross_entropy
training: {epochs: 10, batch: 16}
optimizer: {rule: adam, lr: 0.01}
";

fn steps(machine: &mut Machine, steps: u64) {
    (0..steps).for_each(|_| machine.send(Command::Step));
    machine.settle();
}

#[test]
fn an_edit_that_changes_nothing_changes_no_bit() {
    let (mut plain, mut edited) = (Machine::new(LAB), Machine::new(LAB));
    steps(&mut plain, 30);
    steps(&mut edited, 12);
    edited.edit(LAB, Extent::Live);
    steps(&mut edited, 18);
    assert_eq!(edited.snapshot.timeline.marks[0].text, "edited lab.yaml");
    assert_eq!(plain.files(), edited.files());
}

#[test]
fn rule_rate_and_length_are_the_new_ones_from_the_next_step_on_and_the_weights_stay() {
    let mut machine = Machine::new(LAB);
    steps(&mut machine, 10);
    let before = machine.snapshot.loss.smooth_last;
    machine.edit(&LAB.replace("adam, lr: 0.01", "sgd, lr: 0.5").replace("epochs: 10", "steps: 25"), Extent::Live);
    machine.settle();
    let now = &machine.snapshot;
    assert_eq!((now.step, now.rule.as_str(), now.steps_total, now.loss.smooth_last), (10, "sgd", 25, before));
    assert!(now.log.iter().any(|(_, line)| line == "edited: lab.yaml, in effect from step 11 on"), "{:?}", now.log);
    machine.send(Command::Run);
    machine.until(|snapshot| snapshot.status.is_final());
    assert_eq!((&machine.snapshot.status, machine.snapshot.step), (&Status::Finished, 25));
    // Back before the edit the old rule is in force, and forward again the new one.
    machine.send(Command::Goto(9));
    machine.settle();
    assert_eq!((machine.snapshot.rule.as_str(), machine.snapshot.hyper[0].value), ("adam", 0.01));
    machine.send(Command::Goto(25));
    machine.settle();
    assert_eq!((machine.snapshot.rule.as_str(), machine.snapshot.hyper[0].value), ("sgd", 0.5));
    let rates = machine.column("steps.csv", 2);
    assert_eq!((rates.len(), rates[9].as_str(), rates[10].as_str()), (25, "0.01", "0.5"));
}

#[test]
fn states_of_the_same_name_go_on_and_others_begin() {
    let mut machine = Machine::new(LAB);
    steps(&mut machine, 10);
    let size = |machine: &Machine, name: &str| {
        machine.snapshot.state[0].values.iter().find(|value| value.name == name).map(|value| value.rms)
    };
    let before = size(&machine, "v");
    machine.edit(&LAB.replace("adam,", "amsgrad,"), Extent::Live);
    machine.settle();
    assert!(before.is_some_and(|size| size > 0.0));
    assert_eq!((size(&machine, "v"), size(&machine, "s_max")), (before, Some(0.0)));
    assert!(machine.snapshot.log.iter().any(|(_, line)| line.contains("`s_max`")), "{:?}", machine.snapshot.log);
}

/// What is shown is of the last step, which was made by the rule before; the next one is of the edited rule.
#[test]
fn what_an_update_made_is_still_shown_after_an_edit_of_the_same_rule() {
    let mut machine = Machine::new(LAB);
    steps(&mut machine, 10);
    let values = |machine: &Machine| machine.snapshot.state[0].values.clone();
    let before = values(&machine);
    assert!(before.iter().any(|value| value.name == "v_hat") && before[0].correction.is_some(), "{before:?}");
    machine.edit(&LAB.replace("lr: 0.01", "lr: 0.02, beta1: 0.5"), Extent::Live);
    machine.settle();
    assert_eq!(values(&machine), before);
    machine.edit(&LAB.replace("lr: 0.01", "lr: 0.03, beta1: 0.5"), Extent::Live);
    machine.settle();
    assert_eq!(values(&machine), before, "also after two edits");
    steps(&mut machine, 1);
    let after = values(&machine);
    assert_eq!((after[0].decay, after.len()), (Some(0.5), before.len()));
    assert!((after[0].correction.unwrap() - (1.0 - 0.5_f64.powi(11))).abs() < 1e-12, "{after:?}");
}

#[test]
fn an_average_that_starts_late_is_told_of_its_correction() {
    let plain = LAB.replace("adam, lr: 0.01", "sgd, lr: 0.5");
    let mut machine = Machine::new(&plain);
    steps(&mut machine, 10);
    machine.edit(LAB, Extent::Live);
    machine.settle();
    let told: Vec<String> = machine.snapshot.log.iter().map(|(_, line)| line.clone()).collect();
    let late: Vec<&String> = told.iter().filter(|line| line.contains("starts at 0 at step 11")).collect();
    assert_eq!(late.len(), 2, "{told:?}");
    assert!(
        late[0].starts_with(
            "`v` starts at 0 at step 11, but its correction uses t = 11: it divides by 1-b^t = 0.686, not"
        ),
        "{late:?}"
    );
    assert!(late[0].ends_with("1-b = 0.1, so at first the corrected value is 6.86 times too small"), "{late:?}");
    // It is what happens: after one step `v` is a tenth of the gradient, and its corrected value no more than 1 / 6.86 of it.
    steps(&mut machine, 1);
    let values = &machine.snapshot.state[0].values;
    let size = |name: &str| values.iter().find(|value| value.name == name).map(|value| value.rms).unwrap();
    assert!((size("v_hat") / (size("v") / 0.1) - 1.0 / 6.86).abs() < 1e-3, "{} {}", size("v_hat"), size("v"));
}

#[test]
fn nothing_is_told_of_a_correction_where_there_is_none() {
    let mut machine = Machine::new(&LAB.replace("adam, lr: 0.01", "sgd, lr: 0.5"));
    steps(&mut machine, 10);
    machine.edit(&LAB.replace("adam, lr: 0.01", "momentum, lr: 0.1"), Extent::Live);
    machine.settle();
    // Its maximum is no average, and what it had goes on.
    machine.edit(LAB, Extent::Live);
    machine.edit(&LAB.replace("adam,", "amsgrad,"), Extent::Live);
    machine.settle();
    let told: Vec<&String> = machine.snapshot.log.iter().map(|(_, line)| line).collect();
    assert!(told.iter().any(|line| line.contains("new in the state, so at its start: `s_max`")), "{told:?}");
    let late: Vec<_> = told.iter().filter(|line| line.contains("correction uses")).collect();
    assert!(late.len() == 1 && late[0].starts_with("`s` starts at 0"), "{told:?}");
}

#[test]
fn a_knob_stays_turned_unless_the_edit_speaks_of_it() {
    let mut machine = Machine::new(LAB);
    let rate = |machine: &Machine| machine.snapshot.hyper[0].value;
    steps(&mut machine, 5);
    machine.send(Command::SetHyper { run: None, name: "lr".into(), value: 0.002 });
    machine.edit(&LAB.replace("lr: 0.01", "lr: 0.01, beta1: 0.5"), Extent::Live);
    steps(&mut machine, 1);
    assert_eq!(rate(&machine), 0.002);
    machine.edit(&LAB.replace("lr: 0.01", "lr: 0.03"), Extent::Live);
    steps(&mut machine, 1);
    assert_eq!(rate(&machine), 0.03);
}

#[test]
fn what_a_run_is_made_of_waits_for_its_next_start() {
    let mut machine = Machine::new(LAB);
    steps(&mut machine, 10);
    machine.edit(&LAB.replace("dense: 6", "dense: 9"), Extent::NextStart);
    steps(&mut machine, 2);
    assert_eq!((machine.snapshot.step, &machine.snapshot.state[0].shape[..]), (12, &[2, 6][..]));
    machine.send(Command::Goto(0));
    machine.settle();
    assert_eq!(machine.snapshot.state[0].shape, [2, 6]);
    machine.send(Command::Restart { seed: None });
    steps(&mut machine, 3);
    assert_eq!((machine.snapshot.step, &machine.snapshot.state[0].shape[..]), (3, &[2, 9][..]));
    machine.edit(LAB, Extent::StartOver);
    machine.settle();
    assert_eq!((machine.snapshot.step, &machine.snapshot.state[0].shape[..]), (0, &[2, 6][..]));
}

#[test]
fn an_edit_after_the_end_waits_until_the_run_goes_on() {
    let wild = LAB.replace("adam, lr: 0.01", "sgd, lr: 1e30");
    let mut machine = Machine::new(&wild);
    machine.send(Command::Run);
    machine.until(|snapshot| snapshot.status.is_final());
    machine.edit(&wild.replace("1e30", "0.1"), Extent::Live);
    machine.settle();
    assert!(machine.snapshot.status.is_final());
    machine.send(Command::Travel(Travel::Back));
    machine.settle();
    assert!(machine.snapshot.timeline.events.iter().any(|event| matches!(event.what, Intervention::Edit { .. })));
    machine.send(Command::Goto(0));
    machine.send(Command::Restart { seed: None });
    machine.send(Command::Run);
    machine.until(|snapshot| snapshot.status.is_final());
    assert_eq!(machine.snapshot.status, Status::Finished);
}

#[test]
fn a_fork_goes_on_by_the_edited_rule_and_so_do_both_after_another_edit() {
    let mut machine = Machine::new(LAB);
    steps(&mut machine, 5);
    machine.edit(&LAB.replace("adam,", "sgd,"), Extent::Live);
    machine.send(Command::Fork { run: None });
    steps(&mut machine, 5);
    let losses =
        |machine: &Machine| machine.snapshot.race.as_ref().unwrap().runs.iter().map(|run| run.loss).collect::<Vec<_>>();
    assert_eq!(losses(&machine)[0], losses(&machine)[1]);
    machine.edit(&LAB.replace("adam, lr: 0.01", "sgd, lr: 0.2"), Extent::Live);
    steps(&mut machine, 5);
    assert_eq!(losses(&machine)[0], losses(&machine)[1]);
    machine.send(Command::Goto(3));
    machine.send(Command::Goto(15));
    machine.settle();
    assert_eq!((machine.snapshot.step, losses(&machine).len()), (15, 2));
}

/// A rule of the user's own, with this rate in its last line.
fn rule(rate: &str) -> String {
    format!(
        "//! Mine.\n//! W = W - lr dW\n//! Source: a test.\nfn hyper() {{ #{{ lr: 0.1 }} }}\n\
         fn update(w, dw, state, h, t) {{\n    w - {rate} * dw\n}}\n"
    )
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine.rhai"), rule("h.lr")).unwrap();
    let lab = LAB.replace("rule: adam", "rule: mine.rhai").replace("epochs: 10", "steps: 1000000000");
    fs::write(folder.path().join("lab.yaml"), lab).unwrap();
    folder
}

fn sed(folder: &Path, command: &str) {
    assert!(Shell::new("sed").args(["-i", command, "mine.rhai"]).current_dir(folder).status().unwrap().success());
}

const OPTLAB: &str = env!("CARGO_BIN_EXE_optlab");

#[test]
fn a_script_that_is_saved_anywhere_is_taken_up_and_a_wrong_one_is_not() {
    let folder = folder();
    let size = (100, 30);
    let terminal = Terminal::start(OPTLAB, folder.path(), &["lab.yaml"], size);
    terminal.first_frame();
    terminal.press(" ");
    terminal.see("running", size);
    sed(folder.path(), "s/h.lr/0.5 * h.lr/");
    terminal.see("mine.rhai was saved: in effect from the next step on", size);
    sed(folder.path(), "s/0.5 \\*/0.5 *)/");
    terminal.see("mine.rhai:6: this ) closes nothing", size);
    // It goes on all the same.
    let step = || {
        let before = terminal.bytes();
        terminal.see("running", size);
        terminal.step(before).unwrap()
    };
    let (first, second) = (step(), step());
    assert!(second > first, "{first} {second}");
    sed(folder.path(), "s/0.5 \\*)/0.25 */");
    terminal.see("mine.rhai was saved: in effect from the next step on", size);
}

#[test]
fn the_editor_gets_the_terminal_and_gives_it_back() {
    let folder = folder();
    let variables = [("EDITOR", "echo EDITOR HERE; sed -i s/h.lr/0.125*h.lr/")];
    let terminal = Terminal::start_with(OPTLAB, folder.path(), &["lab.yaml"], (100, 30), &variables);
    terminal.first_frame();
    let size = (100, 30);
    terminal.see("W1[0,0]", size);
    // Of a pane that shows no script it is the lab, which has no such words.
    let before = terminal.bytes();
    terminal.press("e");
    terminal.wait_for("\x1b[?1049l", before);
    terminal.wait_for("EDITOR HERE", before);
    terminal.wait_for("\x1b[?1049h", before);
    let edited = || fs::read_to_string(folder.path().join("mine.rhai")).unwrap().contains("0.125");
    assert!(!edited());
    for pane in '1'..='9' {
        terminal.press(&pane.to_string());
        terminal.press("z");
        let before = terminal.bytes();
        terminal.press("e");
        terminal.wait_for("\x1b[?1049h", before);
        terminal.press("z");
        if edited() {
            break;
        }
    }
    assert!(edited());
    terminal.press("q");
}

#[test]
fn a_shipped_lab_is_no_file_to_edit_and_a_copy_of_it_is_offered() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [("EDITOR", "echo EDITOR HERE")];
    let size = (120, 40);
    let terminal = Terminal::start_with(OPTLAB, folder.path(), &["13-adam-on-digits"], size, &variables);
    terminal.first_frame();
    terminal.press("e");
    terminal.see("This is part of the program. Copy it here, to edit", size);
}

#[test]
fn a_series_is_walked_anew_and_a_network_waits_for_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lab.yaml");
    let head = "format: 1\nid: walk\ntitle: Walk\nabout: |\n  A series.\n";
    let series = format!("{head}series: {{values: [1, 2, 3, 4]}}\naverages: [{{simple: 2}}]\nwatch: {{speed: max}}\n");
    fs::write(&path, &series).unwrap();
    let size = (80, 24);
    let terminal = Terminal::start(OPTLAB, folder.path(), &["lab.yaml"], size);
    terminal.press(" ");
    terminal.see("finished", size);
    fs::write(&path, series.replace("3, 4", "3, 4, 5")).unwrap();
    terminal.see("lab.yaml was saved: it starts over", size);
    // The words may stand there before the runs have started over.
    terminal.see("ready", size);
    terminal.press(" ");
    terminal.see("t = 5 of 5", size);
    drop(terminal);

    fs::write(&path, LAB).unwrap();
    let terminal = Terminal::start(OPTLAB, folder.path(), &["lab.yaml"], size);
    terminal.press("s");
    terminal.see("step 1", size);
    fs::write(&path, LAB.replace("dense: 6", "dense: 7")).unwrap();
    terminal.see("r starts over with it, since network changed", size);
    terminal.press(":save old.yaml\r");
    terminal.see("saved old.yaml", size);
    terminal.press("r:save new.yaml\r");
    terminal.see("saved new.yaml", size);
    let units = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap().contains("units: 7");
    assert!(!units("old.yaml") && units("new.yaml"));
    drop(terminal);

    fs::write(&path, LAB).unwrap();
    let terminal = Terminal::start(OPTLAB, folder.path(), &["lab.yaml", "--restart-on-save"], size);
    terminal.press("sss");
    terminal.see("step 3", size);
    fs::write(&path, LAB.replace("0.01", "0.02")).unwrap();
    terminal.see("the run starts over", size);
    terminal.see("step 0", size);
}

#[test]
fn the_folder_of_a_run_that_starts_over_has_the_lab_that_it_is_of() {
    let folder = folder();
    let size = (80, 24);
    let terminal = Terminal::start(OPTLAB, folder.path(), &["lab.yaml", "--out", "run"], size);
    terminal.see("ready", size);
    terminal.press("ss");
    terminal.see("step 2", size);
    sed(folder.path(), "s/h.lr/0.5 * h.lr/");
    terminal.see("mine.rhai was saved", size);
    let kept = |name: &str| fs::read_to_string(folder.path().join("run").join(name)).unwrap();
    assert!(!kept("mine.rhai").contains("0.5"));
    terminal.press("r");
    terminal.see("step 0", size);
    let lab = fs::read_to_string(folder.path().join("lab.yaml")).unwrap();
    fs::write(folder.path().join("lab.yaml"), lab.replace("dense: 6", "dense: 7")).unwrap();
    terminal.see("lab.yaml was saved", size);
    terminal.press("rs");
    terminal.see("step 1", size);
    assert!(kept("mine.rhai").contains("0.5 * h.lr") && kept("lab.yaml").contains("units: 7"));
}

#[test]
fn the_script_of_a_step_before_an_edit_is_the_one_that_was_in_force_there() {
    let folder = folder();
    let lab = fs::read_to_string(folder.path().join("lab.yaml")).unwrap();
    fs::write(folder.path().join("lab.yaml"), format!("{lab}watch: {{panes: [script, ledger]}}\n")).unwrap();
    let size = (100, 30);
    let terminal = Terminal::start(OPTLAB, folder.path(), &["lab.yaml"], size);
    terminal.first_frame();
    terminal.press("ss");
    terminal.see("step 2 ", size);
    sed(folder.path(), "s/h.lr/0.5 * h.lr/");
    terminal.see("w - 0.5 * h.lr * dw", size);
    terminal.press("b");
    terminal.see("as step 1 has it", size);
    terminal.see("w - h.lr * dw", size);
    terminal.press("s");
    terminal.see("w - 0.5 * h.lr * dw", size);
}

#[test]
fn the_error_of_a_saved_script_stands_in_the_log_too() {
    let folder = folder();
    let lab = fs::read_to_string(folder.path().join("lab.yaml")).unwrap();
    fs::write(folder.path().join("lab.yaml"), format!("{lab}watch: {{panes: [log]}}\n")).unwrap();
    let size = (100, 30);
    let terminal = Terminal::start(OPTLAB, folder.path(), &["lab.yaml"], size);
    terminal.see("ready", size);
    sed(folder.path(), "s/h.lr/h.lrr/");
    terminal.see("It runs as before", size);
    terminal.see("1 entry, 1 error", size);
    terminal.see("error: mine.rhai:", size);
}
