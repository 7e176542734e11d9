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
        let a = [1.0];
        let b = a[7];
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
