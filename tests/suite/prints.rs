//! What a script prints, and the step at which the log has it.

use crate::machine::Machine;
use optlab::run::Command;
use optlab::snapshot::Status;

const LAB: &str = "
landscape: {source: bowl, start: [1, 1]}
training: {steps: 20}
optimizer: {rule: mine.rhai, lr: 0.01}
";

const RULE: &str = "fn hyper() { #{ lr: 0.01 } }
fn update(w, dw, state, h, t) {
    print(\"t is \" + t);
    if t == 5 {
        throw \"enough\";
    }
    w - h.lr * dw
}
";

/// The lines of the log that the rule printed, each with its step.
fn printed(machine: &Machine) -> Vec<(u64, String)> {
    machine.snapshot.log.iter().filter(|(_, line)| line.starts_with("t is ")).cloned().collect()
}

#[test]
fn each_line_stands_at_the_step_that_printed_it_and_a_trial_of_the_rule_prints_nothing() {
    let mut machine = Machine::with(LAB, &[("mine.rhai", RULE)]);
    assert_eq!(printed(&machine), []);
    let expected = |steps: u64| (1..=steps).map(|t| (t, format!("t is {t}"))).collect::<Vec<_>>();
    (0..3).for_each(|_| machine.send(Command::Step));
    machine.settle();
    assert_eq!(printed(&machine), expected(3));
    machine.send(Command::Run);
    machine.until(|snapshot| snapshot.status.is_final());
    assert!(matches!(machine.snapshot.status, Status::Failed(_)), "{:?}", machine.snapshot.status);
    // The step that failed was not made, and what it printed is of it.
    assert_eq!((machine.snapshot.step, printed(&machine)), (4, expected(5)));
}

/// The lines of the log but warnings, before a step is made.
fn before_step_1(lab: &str, files: &[(&str, &str)]) -> Vec<String> {
    let machine = Machine::with(lab, files);
    machine.snapshot.log.iter().map(|(_, line)| line.clone()).filter(|line| !line.starts_with("warning")).collect()
}

const NETWORK: &str = "
data: {source: moons}
network: [{dense: 4}, tanh, {dense: 2}]
loss: cross_entropy
optimizer: {rule: mine.rhai}
training: {steps: 3}
";

#[test]
fn a_rule_that_asks_which_parameter_it_changes_prints_for_each_that_answers_otherwise() {
    let why = "(printed once: `update` is traced before step 1, so a value has no number yet; Ledger and State show those \
               of each step)";
    let printed = |rule: &str| before_step_1(NETWORK, &[("mine.rhai", rule)]);
    let named = "fn update(w, dw, state, h, t) { print(w.name); w - 0.1 * dw }";
    assert_eq!(printed(named), ["W1", "b1", "W2", "b2", why]);
    let kinds = "fn update(w, dw, state, h, t) { print(\"of a \" + w.kind); print(dw); w - 0.1 * dw }";
    assert_eq!(printed(kinds), ["of a weight", "a tensor", "of a bias", "a tensor", why]);
    let product = "fn update(w, dw, state, h, t) { print(\"hello\"); w - matmul(dw, matmul(transpose(dw), dw)) }";
    assert_eq!(printed(product).iter().filter(|line| *line == "hello").count(), 4, "one for each shape");
    let state = "fn state(w) { print(\"state of \" + w.name); #{} }\nfn update(w, dw, state, h, t) { w - 0.1 * dw }";
    assert_eq!(printed(state)[..2], ["state of W1", "state of b1"]);
    // Its steps print, and a look at it before does not.
    let branches = "fn update(w, dw, state, h, t) { if t > 1 { print(w.kind + t); } w - 0.1 * dw }";
    let mut machine = Machine::with(NETWORK, &[("mine.rhai", branches)]);
    assert_eq!(machine.snapshot.log, []);
    (0..2).for_each(|_| machine.send(Command::Step));
    machine.settle();
    let line = |kind: &str| (2, format!("{kind}2"));
    assert_eq!(machine.snapshot.log, [line("weight"), line("bias")]);
}

#[test]
fn what_the_check_alone_calls_prints_once() {
    let lab = NETWORK.replace("[{dense: 4}, tanh, {dense: 2}]", "{script: net.rhai}");
    let rule = "fn hyper() { print(\"in hyper\"); #{ lr: 0.1 } }\nfn update(w, dw, state, h, t) { w - h.lr * dw }";
    let layers = "fn layers(inputs, outputs, h) { print(`${inputs} to ${outputs}`); [#{dense: outputs}] }";
    let files = [("mine.rhai", rule), ("net.rhai", layers)];
    let mut lines = before_step_1(&lab, &files);
    lines.sort();
    assert_eq!(lines, ["2 to 2", "in hyper"]);
    // A race of two that are made of the same files, as well.
    let race = format!("{lab}compare: {{faster: {{optimizer: {{rule: mine.rhai, lr: 0.2}}}}}}\n");
    let mut lines = before_step_1(&race, &files);
    lines.sort();
    assert_eq!(lines, ["2 to 2", "in hyper"]);
}
