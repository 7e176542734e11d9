//! The way back: whatever way a run came to a step, and whatever was done to it on the way, it stands there with the same
//! bits as one that went straight.

use crate::machine::{Machine, timeless};
use optlab::run::{Command, Extent, Travel};
use optlab::snapshot::Status;
use proptest::prelude::*;

/// Batch statistics, dropout, a schedule and an observer that remember, decoupled decay, a last batch that is smaller.
const NETWORK: &str = "id: way
seed: 5
data: {source: moons, samples: 96, validation: 0.25}
network: [dense: {units: 6, bias: false}, batch_norm, tanh, dropout: 0.2, dense: 2]
loss: cross_entropy
penalty: {l2: 0.001}
training: {epochs: 6, batch: 16, clip_norm: 0.5}
optimizer: {rule: adamw, lr: {schedule: plateau, lr: 0.05, patience: 3, factor: 0.5}}
observe: watch.rhai
";
/// Traced at every step, since its script branches on `t`.
const TRACED: &str = "id: traced
data: {source: xor, samples: 60}
network: [dense: 5, relu, layer_norm, dense: 2]
loss: cross_entropy
training: {steps: 30, batch: 16, rest: drop}
optimizer: {rule: radam, lr: 0.03}
";
/// Two racers over a landscape with noise, one of which is shorter.
const RACE: &str = "id: race
seed: 3
landscape: {source: ravine, start: [-4, 1.5], noise: 0.2}
training: {steps: 30}
optimizer: {rule: momentum, lr: 0.05, beta: 0.9}
compare:
  nadam: {optimizer: {rule: nadam, lr: 0.1}, training: {steps: 22}}
";

/// Two gradients of a mini-batch, draws, and weights that are averaged for their evaluation.
const RULES: &str = "id: rules
seed: 6
data: {source: moons, samples: 60, validation: 0.25}
network: [dense: {units: 5, bias: false}, batch_norm, tanh, dropout: 0.2, dense: 2]
loss: cross_entropy
penalty: {l2: 0.001}
training: {epochs: 8, batch: 15, clip_norm: 0.5}
optimizer: {rule: sam, lr: 0.05}
compare:
  langevin: {optimizer: {rule: sgld, lr: 0.05, temperature: 0.01}}
  averaged: {optimizer: {rule: schedule_free_sgd, lr: 0.1}}
";

/// Batches of four and all samples at once, held together by samples, with the lab's own run as the one that makes more
/// steps and as the one that makes fewer.
const FOUR: &str = "id: four
seed: 4
data: {source: moons, samples: 40, validation: 0.25}
network: [dense: 4, tanh, dense: 2]
loss: cross_entropy
penalty: {l2: 0.001}
training: {epochs: 4, batch: 4}
optimizer: {rule: momentum, lr: 0.05, beta: 0.9}
compare:
  full: {training: {batch: full, epochs: 3}}
";
const FULL: &str = "id: full
seed: 4
data: {source: moons, samples: 40, validation: 0.25}
network: [dense: 4, tanh, dense: 2]
loss: cross_entropy
training: {epochs: 9, batch: full}
optimizer: {rule: momentum, lr: 0.05, beta: 0.9}
compare:
  four: {training: {batch: 4}}
";

#[derive(Debug, Clone)]
enum Op {
    Steps(u64),
    Travel(Travel),
    Goto(u64),
    Knob(f64),
    Fork,
    /// The lab is saved with one of its other texts.
    Edit(usize),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let travels = [Travel::Back, Travel::BackEpoch, Travel::Backward, Travel::LastMark, Travel::NextMark];
    let op = prop_oneof![
        4 => (1..14_u64).prop_map(Op::Steps),
        2 => prop::sample::select(travels.to_vec()).prop_map(Op::Travel),
        2 => (0..32_u64).prop_map(Op::Goto),
        2 => prop::sample::select(vec![0.01, 0.002, 0.03, 0.0125]).prop_map(Op::Knob),
        1 => Just(Op::Fork),
        1 => (0..2_usize).prop_map(Op::Edit),
    ];
    prop::collection::vec(op, 1..14)
}

fn knob(value: f64) -> Command {
    Command::SetHyper { run: None, name: "lr".into(), value }
}

/// Another text of a lab: another rule, which knows some of the states, or the same rule with other values.
fn edited(lab: &str, which: usize) -> String {
    match which {
        0 => {
            let rules = ["rule: adamw", "rule: radam", "rule: momentum", "rule: sam"];
            rules.iter().fold(lab.replacen(", beta: 0.9", "", 1), |text, rule| text.replacen(rule, "rule: adamax", 1))
        }
        _ => lab.replacen("lr: 0.05", "lr: 0.04", 1).replacen("lr: 0.03", "lr: 0.02", 1),
    }
}

/// Takes the way, and tells what was done at which step of the future that was not given up.
fn wander(lab: &str, machine: &mut Machine, ops: &[Op]) -> Vec<(u64, Op)> {
    let mut done: Vec<(u64, Op)> = Vec::new();
    for op in ops {
        let (here, over) = (machine.snapshot.step, machine.snapshot.status.is_final());
        match op {
            Op::Steps(steps) => (0..*steps).for_each(|_| machine.send(Command::Step)),
            Op::Travel(travel) => machine.send(Command::Travel(*travel)),
            Op::Goto(step) => machine.send(Command::Goto((*step).min(machine.snapshot.timeline.seen))),
            Op::Knob(value) => machine.send(knob(*value)),
            Op::Fork => machine.send(Command::Fork { run: None }),
            Op::Edit(_) if over => {}
            Op::Edit(which) => machine.edit(&edited(lab, *which), Extent::Live),
        }
        let (refused, seen) = (machine.snapshot.timeline.refused.clone(), machine.snapshot.timeline.seen);
        machine.settle();
        if let (Op::Knob(_) | Op::Fork | Op::Edit(_), false) =
            (op, over || machine.snapshot.timeline.refused != refused)
        {
            done.retain(|(step, _)| *step <= here);
            done.push((here, op.clone()));
        }
        if let Op::Goto(step) = op {
            let wanted = (*step).min(seen);
            assert_eq!(machine.snapshot.step, wanted, "{ops:?}");
        }
    }
    done
}

/// Goes straight to a step and does the same on the way.
fn straight(lab: &str, machine: &mut Machine, done: &[(u64, Op)], step: u64) {
    for here in 0..=step {
        for (_, op) in done.iter().filter(|(at, _)| *at == here) {
            match op {
                Op::Knob(value) => machine.send(knob(*value)),
                Op::Edit(which) => machine.edit(&edited(lab, *which), Extent::Live),
                _ => machine.send(Command::Fork { run: None }),
            }
        }
        if here < step {
            machine.send(Command::Step);
        }
    }
    machine.settle();
}

fn check(lab: &str, ops: &[Op]) {
    let (mut wandered, mut direct) = (Machine::new(lab), Machine::new(lab));
    let done = wander(lab, &mut wandered, ops);
    let step = wandered.snapshot.step;
    straight(lab, &mut direct, &done, step);
    let there = timeless(&wandered.snapshot);
    same(&there, &timeless(&direct.snapshot), &format!("{ops:?}"));
    // What it was before it was left is written: weights, state and tables.
    same(&wandered.files(), &direct.files(), &format!("{ops:?}"));
}

/// The first lines that differ are told, not all of them.
fn same(a: &str, b: &str, what: &str) {
    if a != b {
        let first: Vec<_> = a.lines().zip(b.lines()).filter(|(a, b)| a != b).take(6).collect();
        panic!("{what}: {} and {} lines\n{first:#?}", a.lines().count(), b.lines().count());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_network_stands_where_it_stood(ops in ops()) {
        check(NETWORK, &ops);
    }

    #[test]
    fn a_rule_that_is_traced_at_every_step_does_too(ops in ops()) {
        check(TRACED, &ops);
    }

    #[test]
    fn and_so_do_racers(ops in ops()) {
        check(RACE, &ops);
    }

    #[test]
    fn and_a_race_of_draws_second_gradients_and_evaluated_weights(ops in ops()) {
        check(RULES, &ops);
    }

    #[test]
    fn and_racers_that_are_held_together_by_samples(ops in ops(), few in any::<bool>()) {
        check(if few { FULL } else { FOUR }, &ops);
    }
}

#[test]
fn a_step_back_and_forward_is_the_same_to_the_last_bit_at_every_step() {
    let mut machine = Machine::new(NETWORK);
    let mut seen = vec![timeless(&machine.snapshot)];
    for _ in 0..30 {
        machine.send(Command::Step);
        machine.settle();
        seen.push(timeless(&machine.snapshot));
    }
    assert_eq!(machine.snapshot.status, Status::Finished);
    for step in (0..30_usize).rev() {
        machine.send(Command::Travel(Travel::Back));
        machine.settle();
        same(&timeless(&machine.snapshot), &seen[step], &format!("step {step}"));
    }
    assert_eq!(machine.snapshot.status, Status::Ready);
    // The lines of the observer came once each: 30 of its steps.
    machine.send(Command::Goto(30));
    machine.settle();
    same(&timeless(&machine.snapshot), &seen[30], "the end");
    assert_eq!(machine.snapshot.log.iter().filter(|(_, line)| line.contains("step")).count(), 30);
}

#[test]
fn each_step_back_is_one_step_across_a_fork_as_well() {
    let mut machine = Machine::new(NETWORK);
    (0..10).for_each(|_| machine.send(Command::Step));
    machine.send(Command::Fork { run: None });
    machine.send(knob(0.02));
    (0..20).for_each(|_| machine.send(Command::Step));
    machine.settle();
    assert_eq!((machine.snapshot.step, machine.snapshot.status.clone()), (30, Status::Finished));
    for step in (0..30).rev() {
        machine.send(Command::Travel(Travel::Back));
        machine.settle();
        let runs = machine.snapshot.race.as_ref().map_or(1, |race| race.runs.len());
        assert_eq!((machine.snapshot.step, runs), (step, if step >= 10 { 2 } else { 1 }));
    }
}

#[test]
fn replayed_steps_are_written_once_and_another_future_takes_the_place_of_the_old_one() {
    let mut straight = Machine::new(NETWORK);
    (0..20).for_each(|_| straight.send(Command::Step));
    let mut wandered = Machine::new(NETWORK);
    (0..17).for_each(|_| wandered.send(Command::Step));
    wandered.send(Command::Goto(4));
    (0..16).for_each(|_| wandered.send(Command::Step));
    same(&wandered.files(), &straight.files(), "the files");

    let mut other = Machine::new(NETWORK);
    (0..17).for_each(|_| other.send(Command::Step));
    other.send(Command::Goto(7));
    other.send(knob(0.002));
    (0..3).for_each(|_| other.send(Command::Step));
    let rates = other.column("steps.csv", 2);
    assert_eq!((rates.len(), &rates[7..]), (10, ["0.002", "0.002", "0.002"].map(str::to_owned).as_slice()));
}

#[test]
fn a_run_that_diverged_goes_on_from_its_last_sound_step() {
    let mut machine = Machine::new(
        "id: wild
landscape: {source: rosenbrock, start: [-1.5, 2]}
training: {steps: 60}
optimizer: {rule: sgd, lr: 0.01}
",
    );
    machine.send(Command::Run);
    machine.until(|snapshot| snapshot.status.is_final());
    let Status::Diverged(divergence) = machine.snapshot.status.clone() else { panic!("{:?}", machine.snapshot.status) };
    // A knob has no next step to turn.
    machine.send(knob(0.0001));
    machine.settle();
    let (_, refused) = machine.snapshot.timeline.refused.clone().unwrap();
    assert!(refused.what().contains("diverged"), "{refused}");
    for back in 1..=3 {
        machine.send(Command::Travel(Travel::Back));
        machine.settle();
        assert_eq!((machine.snapshot.step, &machine.snapshot.status), (divergence.step - back, &Status::Paused));
    }
    machine.send(Command::Goto(2));
    machine.send(knob(0.0001));
    machine.send(Command::Run);
    machine.until(|snapshot| snapshot.status.is_final());
    assert_eq!((&machine.snapshot.status, machine.snapshot.step), (&Status::Finished, 60));
}

#[test]
fn nonsense_is_refused_with_what_is_meant() {
    let mut machine = Machine::new(TRACED);
    let mut refused = |name: &str, value: f64| {
        machine.send(Command::SetHyper { run: None, name: name.into(), value });
        machine.settle();
        let (count, error) = machine.snapshot.timeline.refused.clone().unwrap();
        (count, format!("{} / {}", error.what(), error.help_lines().join("; ")))
    };
    assert_eq!(refused("beta11", 0.5), (1, "`radam` has no hyper-parameter `beta11` / did you mean `beta1`?".into()));
    assert!(refused("beta1", 1.5).1.contains("outside of its range [0, 1)"));
    assert!(refused("lr", f64::NAN).1.contains("finite"));
    machine.send(Command::Fork { run: Some("radan".into()) });
    machine.settle();
    assert!(machine.snapshot.timeline.refused.clone().unwrap().1.help_lines()[0].contains("did you mean `radam`?"));
    assert!(machine.snapshot.timeline.marks.is_empty());
}

#[test]
fn a_long_run_keeps_its_way_back_within_the_budget_and_gets_there_soon() {
    let mut machine = Machine::new(
        "id: long
data: {source: digits}
network: [dense: 64, relu, dense: 64, relu, dense: 10]
loss: cross_entropy
training: {steps: 3000, batch: 32}
optimizer: {rule: adam, lr: 0.001}
",
    );
    machine.send(Command::Run);
    machine.until(|snapshot| snapshot.status.is_final());
    let end = timeless(&machine.snapshot);
    let bytes = machine.snapshot.timeline.bytes;
    assert!(bytes > 0 && bytes <= 256 << 20, "{bytes}");
    for step in [1500, 0, 2999, 10] {
        machine.send(Command::Goto(step));
        // It is shown without another command.
        machine.until(|snapshot| snapshot.step == step && snapshot.status != Status::Running);
    }
    machine.send(Command::Goto(3000));
    machine.settle();
    same(&timeless(&machine.snapshot), &end, "the end");
}

#[test]
fn the_state_of_every_run_of_a_race_can_be_looked_at() {
    let mut machine = Machine::new(RACE);
    (0..5).for_each(|_| machine.send(Command::Step));
    machine.settle();
    let own = machine.snapshot.clone();
    machine.send(Command::Show(1));
    machine.settle();
    let shown = &machine.snapshot;
    assert_eq!((own.rule.as_str(), shown.rule.as_str(), shown.whose()), ("momentum", "nadam", Some("nadam")));
    assert!(shown.step == 5 && shown.state[0].values.iter().any(|value| value.name == "s"));
    // Back to the lab's own; it is the same as before.
    machine.send(Command::Show(0));
    machine.settle();
    same(&timeless(&machine.snapshot), &timeless(&own), "the lab's own run");
    // A run that is not there is no reason to fall.
    machine.send(Command::Show(7));
    machine.settle();
    assert_eq!(machine.snapshot.whose(), Some("momentum"));
}
