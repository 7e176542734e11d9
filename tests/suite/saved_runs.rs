//! A run as a lab again: its interventions are in its `events`, and trained without a screen it is the same run, bit for
//! bit. What is wrong in `events` is told with its place.

use crate::machine::Machine;
use optlab::lab::{Document, Files, Lab};
use optlab::run::Command;
use optlab::session::{Options, Session};
use optlab::snapshot::Status;

const MOONS: &str = "id: kept
seed: 5
data: {source: moons, samples: 96, validation: 0.25}
network: [dense: 6, batch_norm, tanh, dropout: 0.2, dense: 2]
loss: cross_entropy
training: {steps: 90, batch: 16}
optimizer: {rule: adam, lr: {schedule: plateau, lr: 0.05, patience: 3, factor: 0.5}}
compare:
  sgd: {optimizer: {rule: sgd, lr: 0.1}, seed: 8}
";

fn set(run: Option<&str>, name: &str, value: f64) -> Command {
    Command::SetHyper { run: run.map(str::to_owned), name: name.into(), value }
}

fn errors(text: &str) -> Vec<String> {
    let document = Document::parse("saved.yaml", text).unwrap();
    let files = Files::beside(std::path::Path::new("saved.yaml")).unwrap();
    Lab::check(&document, &files, None)
        .map_or_else(|errors| errors.iter().map(|e| e.render(false)).collect(), |_| vec![])
}

/// The losses and evaluations of every run, without a screen.
fn headless(text: &str) -> serde_json::Value {
    let text = text.to_owned();
    let work = move || {
        let document = Document::parse("saved.yaml", &text).unwrap();
        let files = Files::beside(std::path::Path::new("saved.yaml")).unwrap();
        let lab = Lab::check(&document, &files, None).unwrap_or_else(|errors| panic!("{}", errors[0].render(false)));
        Session::of(lab, Options::default()).unwrap().run_to_end().summary
    };
    let thread = std::thread::Builder::new().stack_size(optlab::train::STACK).spawn(work);
    numbers(&thread.unwrap().join().unwrap())
}

/// What of a summary does not depend on the clock.
fn numbers(summary: &serde_json::Value) -> serde_json::Value {
    let mut runs = summary["runs"].clone();
    for run in runs.as_object_mut().unwrap().values_mut() {
        run.as_object_mut().unwrap().retain(|key, _| !key.starts_with("seconds") && key != "steps_per_second");
    }
    serde_json::json!([runs, summary["race"]["equal_steps"], summary["race"]["parted"]])
}

#[test]
fn a_saved_run_is_the_run() {
    let mut machine = Machine::new(MOONS);
    let steps = |count: usize, machine: &mut Machine| (0..count).for_each(|_| machine.send(Command::Step));
    machine.send(Command::Restart { seed: Some(21) });
    steps(57, &mut machine);
    machine.send(set(None, "lr", 0.0321));
    steps(13, &mut machine);
    machine.settle();
    // Back before the knob, whose future is given up with another one.
    machine.send(Command::Goto(40));
    machine.send(set(None, "beta1", 0.8));
    machine.send(set(Some("sgd"), "lr", 0.02));
    machine.send(Command::Fork { run: None });
    steps(17, &mut machine);
    machine.send(set(None, "lr", 0.0321));
    machine.send(Command::Fork { run: Some("sgd".into()) });
    machine.send(set(None, "lr", 1e-7));
    steps(9, &mut machine);
    machine.settle();
    // A way back and forth changes nothing.
    machine.send(Command::Goto(12));
    machine.send(Command::Goto(66));
    machine.send(Command::Run);
    machine.until(|snapshot| snapshot.status == Status::Finished);
    let saved =
        machine.lab.saved(&machine.lab.own_name(), machine.snapshot.seed, &machine.snapshot.timeline.events).unwrap();
    insta::assert_snapshot!(saved);
    let (again, run) = (headless(&saved), numbers(&machine.finish()));
    for part in 0..3 {
        assert_eq!(again[part], run[part], "{part}");
    }
    assert!(errors(&saved).is_empty());
    // Saved again from a lab that turns knobs itself, they are kept; what a hand turns goes before them.
    let again = Machine::new(&saved);
    let marks: Vec<String> = again.snapshot.timeline.marks.iter().map(|m| format!("{} {}", m.step, m.text)).collect();
    assert_eq!(marks.first().map(String::as_str), Some("40 adam: beta1 = 0.8"));
    assert_eq!(again.lab.saved(&again.lab.own_name(), 21, &[]).unwrap(), saved);
}

#[test]
fn a_knob_turned_at_a_step_is_a_lab_with_an_event() {
    let mut machine = Machine::new(MOONS);
    (0..57).for_each(|_| machine.send(Command::Step));
    machine.send(set(None, "lr", 0.0321));
    machine.send(Command::Run);
    machine.until(|snapshot| snapshot.status == Status::Finished);
    let written = MOONS.replace("compare:", "events: [{step: 57, set: {lr: 0.0321}}]\ncompare:");
    assert_eq!(headless(&written), numbers(&machine.finish()));
    assert_ne!(headless(&written), headless(MOONS));
}

#[test]
fn wrong_events_are_told_with_their_place() {
    let with = |events: &str| errors(&MOONS.replace("compare:", &format!("events: {events}\ncompare:"))).join("\n");
    insta::assert_snapshot!(with("[{step: 5, set: {lrr: 0.1, beta1: 2}}, {step: -1, sat: {lr: 0.1}}]"));
    assert!(with("{step: 5}").contains("must be a list"));
    assert!(with("[{step: 5, set: {lr: fast}}]").contains("must be a number"));
    assert!(with("[{step: 5, set: {lr: .nan}}]").contains("finite"));
}
