//! Conditions on the way: `until` and `break` hold at the very step, and no number of the run is another for them.

use crate::machine::{Machine, timeless};
use optlab::run::{Command, Purpose};
use optlab::script::query;
use optlab::snapshot::{QueryView, Status};

const LAB: &str = "id: conditions
seed: 5
data: {source: moons, samples: 96, validation: 0.25}
network: [dense: 6, tanh, dense: 2]
loss: cross_entropy
training: {steps: 300, batch: 16}
optimizer: {rule: adam, lr: 0.02}
";

fn ask(id: u64, purpose: Purpose, text: &str) -> Command {
    Command::Query { id, purpose, query: query(text).unwrap() }
}

fn answer(machine: &mut Machine) -> String {
    machine.settle();
    match machine.snapshot.queries.answer.clone() {
        Some((_, Ok(told))) => told,
        Some((_, Err(error))) => error.what().to_owned(),
        None => String::new(),
    }
}

#[test]
fn until_holds_at_the_first_step_where_it_is_so_and_changes_nothing() {
    let (mut asked, mut plain) = (Machine::new(LAB), Machine::new(LAB));
    asked.send(ask(1, Purpose::Until, "run.smooth_loss < 0.4"));
    asked.until(|snapshot| snapshot.queries.held.is_some() && snapshot.status == Status::Paused);
    asked.settle();
    let step = asked.snapshot.step;
    assert!(step > 1 && step < 300, "{step}");
    assert!(asked.snapshot.loss.smooth_last.unwrap() < 0.4 && asked.snapshot.queries.until.is_none());
    for made in 1..=step {
        plain.send(Command::Step);
        plain.settle();
        assert_eq!(plain.snapshot.loss.smooth_last.unwrap() < 0.4, made == step, "{made}");
    }
    asked.snapshot.queries = QueryView::default();
    assert_eq!(timeless(&asked.snapshot), timeless(&plain.snapshot));
    // It is so already: nothing goes on.
    asked.send(ask(2, Purpose::Until, "run.smooth_loss < 0.4"));
    assert!(answer(&mut asked).contains("is so already"));
    assert_eq!(asked.snapshot.step, step);
    // What is asked while the run goes to its end, and never comes true, is told there.
    asked.send(ask(3, Purpose::Until, "loss < 0"));
    asked.until(|snapshot| snapshot.status == Status::Finished);
    asked.settle();
    assert!(asked.snapshot.queries.held.clone().unwrap().1.contains("loss < 0 never held"));
    plain.send(Command::Run);
    plain.until(|snapshot| snapshot.status == Status::Finished);
    assert_eq!(asked.files(), plain.files());
}

#[test]
fn a_break_holds_whenever_its_condition_becomes_true() {
    let mut machine = Machine::new(LAB);
    machine.send(ask(1, Purpose::Break, "step % 50 == 49"));
    for step in [49, 99, 149] {
        machine.send(Command::Run);
        machine.until(|snapshot| snapshot.status == Status::Paused && snapshot.step == step);
    }
    // On the way back nothing holds, and forward again it does.
    machine.send(Command::Goto(120));
    machine.settle();
    assert_eq!((machine.snapshot.step, machine.snapshot.queries.held.clone().unwrap().0), (120, 3));
    machine.send(Command::Run);
    machine.until(|snapshot| snapshot.status == Status::Paused && snapshot.step == 149);
    machine.send(Command::ClearBreaks);
    machine.send(Command::Run);
    machine.until(|snapshot| snapshot.status == Status::Finished);
    assert!(machine.snapshot.queries.breaks.is_empty());
}

#[test]
fn expressions_are_answered_and_what_is_wrong_is_told() {
    let mut machine = Machine::new(LAB);
    machine.send(ask(1, Purpose::Value, "run.step / 2 + 1"));
    assert_eq!(answer(&mut machine), "run.step / 2 + 1 = 1");
    machine.send(ask(2, Purpose::Until, "loss"));
    assert!(answer(&mut machine).contains("not a condition"));
    machine.send(ask(3, Purpose::Break, "losss < 1"));
    assert_eq!(answer(&mut machine), "a run has no number `losss`; did you mean `loss`?");
    assert_eq!((machine.snapshot.step, &machine.snapshot.status), (0, &Status::Ready));
    assert!(machine.snapshot.queries.breaks.is_empty());
}

#[test]
fn on_a_landscape_and_along_a_series_conditions_are_about_where_the_run_stands() {
    let hill = "landscape: {source: bowl, start: [1, 1]}\noptimizer: {rule: sgd, lr: 0.1}\ntraining: {steps: 50}\n";
    let mut machine = Machine::new(hill);
    machine.send(ask(1, Purpose::Until, "run.height < 0.5 && x > 0"));
    machine.until(|snapshot| snapshot.queries.held.is_some() && snapshot.status == Status::Paused);
    let step = machine.snapshot.step;
    assert!((1..50).contains(&step), "{step}");
    machine.send(ask(2, Purpose::Value, "height < 0.5"));
    assert_eq!(answer(&mut machine), "height < 0.5 = true");
    machine.send(ask(3, Purpose::Value, "value"));
    assert!(answer(&mut machine).contains("along a series alone"), "{}", answer(&mut machine));

    let walk = "series: {values: [2, 4, 6, 8]}\naverages: [simple: 2, exponential: 0.5]\n";
    let mut machine = Machine::new(walk);
    machine.send(ask(1, Purpose::Until, "run.value > run.average(\"simple.2\") + 0.5"));
    machine.until(|snapshot| snapshot.queries.held.is_some() && snapshot.status == Status::Paused);
    assert_eq!(machine.snapshot.step, 2);
    machine.send(ask(2, Purpose::Value, "average(\"exponential.0.5\")"));
    assert_eq!(answer(&mut machine), "average(\"exponential.0.5\") = 2.5");
}

#[test]
fn a_run_that_has_diverged_says_so_to_conditions() {
    let hill = "landscape: {source: bowl, start: [1, 1]}\noptimizer: {rule: sgd, lr: 1e60}\ntraining: {steps: 50}\n";
    let mut machine = Machine::new(hill);
    machine.send(Command::Run);
    machine.until(|snapshot| matches!(snapshot.status, Status::Diverged(_)));
    machine.send(ask(1, Purpose::Value, "run.diverged"));
    assert_eq!(answer(&mut machine), "run.diverged = true");
    machine.send(Command::Goto(0));
    machine.until(|snapshot| snapshot.step == 0);
    machine.send(ask(2, Purpose::Value, "run.diverged"));
    assert_eq!(answer(&mut machine), "run.diverged = false");
}

/// What the last step added is told exactly, whenever it is asked for: also where nobody had asked before that step, which is
/// then made again, and none of the run's numbers is another for it.
#[test]
fn what_the_last_step_added_is_known_wherever_it_is_asked_for() {
    let (mut asked, mut plain) = (Machine::new(LAB), Machine::new(LAB));
    let number = |machine: &mut Machine, id: u64, text: &str| -> f64 {
        machine.send(ask(id, Purpose::Value, text));
        let told = answer(machine);
        told.rsplit(" = ").next().and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{told}"))
    };
    assert_eq!(number(&mut asked, 1, "norm(run.update())"), 0.0);
    for machine in [&mut asked, &mut plain] {
        machine.send(Command::Goto(7));
        machine.settle();
    }
    let before = number(&mut asked, 2, "run.weight(\"W1\")[1][2]");
    asked.send(Command::Step);
    plain.send(Command::Step);
    let after = number(&mut asked, 3, "run.weight(\"W1\")[1][2]");
    assert!(before != after);
    assert_eq!(number(&mut asked, 4, "run.update(\"W1\")[1][2]"), after - before);
    let all = number(&mut asked, 5, "norm(update()) / run.update_norm");
    assert!((all - 1.0).abs() < 1e-6, "{all}");
    // A condition that names it holds where it is so.
    for machine in [&mut asked, &mut plain] {
        machine.send(ask(6, Purpose::Until, "run.update_norm < 0.01"));
        machine.until(|snapshot| snapshot.queries.held.is_some() && snapshot.status == Status::Paused);
        machine.settle();
    }
    let here = plain.snapshot.step;
    asked.send(Command::Goto(8));
    asked.settle();
    asked.send(ask(7, Purpose::Until, "norm(run.update()) < 0.01"));
    asked.until(|snapshot| snapshot.queries.held.as_ref().is_some_and(|(count, _)| *count == 2));
    asked.settle();
    assert_eq!(asked.snapshot.step, here);
    for machine in [&mut asked, &mut plain] {
        machine.send(Command::Run);
        machine.until(|snapshot| snapshot.status == Status::Finished);
    }
    // Where the run is over its last step is made again; it is over then as before.
    let all = number(&mut asked, 8, "norm(update()) / run.update_norm");
    assert!((all - 1.0).abs() < 1e-6, "{all}");
    assert_eq!(asked.snapshot.status, Status::Finished);
    asked.snapshot.queries = QueryView::default();
    plain.snapshot.queries = QueryView::default();
    assert_eq!(timeless(&asked.snapshot), timeless(&plain.snapshot));
    assert_eq!(asked.files(), plain.files());
}
