//! The rules of a race: what holds runs of unlike batches together, by what they are ranked, and what of it a step, a
//! snapshot, a saved run and a checkpoint say.

use crate::machine::Machine;
use optlab::lab::{Document, Files, Lab};
use optlab::run::{Command, Travel};
use optlab::session::{Options, Session};
use optlab::snapshot::{Intervention, Lock, Map, Rank, Snapshot, Standing, Status, TimeRanking};
use optlab::train::on_large_stack;

/// 60 samples to train on, and as many to validate with.
const MOONS: &str = "id: unlike
seed: 4
data: {source: moons, samples: 120, noise: 0.05, validation: 0.5}
network: [dense: 8, tanh, dense: 2]
loss: cross_entropy
training: {epochs: 6, batch: 1}
optimizer: {rule: sgd, lr: 0.1}
compare:
  full: {training: {batch: full}}
";

fn checked(text: &str) -> Result<Lab, String> {
    let text = text.to_owned();
    on_large_stack(move || {
        let document = Document::parse("lab.yaml", &text).map_err(|error| error.render(false))?;
        let files = Files::beside(std::path::Path::new("lab.yaml")).map_err(|error| error.render(false))?;
        Lab::check(&document, &files, None).map_err(|errors| errors[0].render(false))
    })
}

fn lab(text: &str) -> Lab {
    checked(text).unwrap_or_else(|error| panic!("{error}"))
}

fn session(text: &str) -> Session {
    Session::of(lab(text), Options { way_back: true, ..Options::default() }).unwrap()
}

fn ended(text: &str) -> Standing {
    session(text).run_to_end().standing.unwrap()
}

fn race(snapshot: &Snapshot) -> &Standing {
    snapshot.race.as_ref().unwrap()
}

/// The samples that each run has seen.
fn samples(snapshot: &Snapshot) -> Vec<u64> {
    race(snapshot).runs.iter().map(|run| run.samples).collect()
}

#[test]
fn runs_are_held_by_steps_where_batches_are_alike_and_else_by_samples() {
    let lock = |text: &str| lab(text).rules.lock;
    assert_eq!(lock(MOONS), Lock::Samples);
    assert_eq!(lock(&MOONS.replace("training: {batch: full}", "optimizer: {lr: 0.3}")), Lock::Steps);
    assert_eq!(lock(&format!("{MOONS}lock: steps\n")), Lock::Steps);
    assert_eq!(lock(&format!("{MOONS}lock: epochs\n")), Lock::Epochs);
    // All samples are as many only of the same data.
    let full = MOONS.replace("batch: 1", "batch: full");
    assert_eq!(lock(&full), Lock::Steps);
    assert_eq!(lock(&full.replace("full: {", "full: {data: {samples: 80}, ")), Lock::Samples);
}

#[test]
fn runs_are_ranked_by_validation_where_there_is_one_and_else_by_the_loss() {
    let rank = |text: &str| lab(text).rules.rank;
    assert_eq!(rank(MOONS), Rank::ValLoss);
    assert_eq!(rank(&MOONS.replace(", validation: 0.5", "")), Rank::Loss);
    // All must have one.
    assert_eq!(rank(&MOONS.replace("full: {", "full: {data: {validation: 0}, ")), Rank::Loss);
    assert_eq!(rank(&format!("{MOONS}rank: val_accuracy\n")), Rank::ValAccuracy);
}

#[test]
fn wrong_rules_are_told_with_the_next_step() {
    let told = |text: &str| checked(text).unwrap_err();
    let slip = told(&format!("{MOONS}lock: sample\n"));
    assert!(slip.contains("there is no lock `sample`") && slip.contains("did you mean `samples`?"), "{slip}");
    let slip = told(&format!("{MOONS}rank: val_acuracy\n"));
    assert!(slip.contains("did you mean `val_accuracy`?"), "{slip}");
    let none = told(&format!("{}rank: val_loss\n", MOONS.replace(", validation: 0.5", "")));
    assert!(none.contains("the lab has none") && none.contains("validation: 0.2"), "{none}");
    let racer = MOONS.replace("full: {", "full: {data: {validation: 0}, ");
    let racer = told(&format!("{racer}rank: val_loss\n"));
    assert!(racer.contains("the racer `full` has none"), "{racer}");
    let numbers = "data: {source: plane, samples: 64, validation: 0.25}\nnetwork: [{dense: 1}]\nloss: mse\n\
                   compare: {quick: {optimizer: {lr: 0.3}}}\nrank: val_accuracy\n";
    let numbers = told(numbers);
    assert!(numbers.contains("learns numbers") && numbers.contains("rank: val_loss"), "{numbers}");
    let landscape = "landscape: {source: bowl, start: [1, 1]}\ncompare: {quick: {optimizer: {lr: 0.3}}}\nlock: steps\n";
    assert!(told(landscape).contains("a landscape has none"), "{}", told(landscape));
    let inside = told(&MOONS.replace("full: {", "full: {lock: steps, "));
    assert!(inside.contains("has no key `lock`"), "{inside}");
    // Alone there is nobody to hold.
    let alone = lab("data: {source: moons}\nnetwork: [dense: 2]\nloss: cross_entropy\nlock: steps\n");
    assert!(alone.warnings.iter().any(|warning| warning.what().contains("`lock`")));
}

#[test]
fn the_resolved_lab_has_the_rules_and_opens_again() {
    let first = lab(MOONS);
    assert!(first.resolved.contains("\nlock: samples\n") && first.resolved.contains("\nrank: val_loss\n"));
    assert_eq!(lab(&first.resolved).rules, first.rules);
    assert!(first.race.iter().all(|racer| !racer.lab.resolved.contains("\nlock:")));
}

#[test]
fn the_full_batch_makes_its_step_once_the_others_have_seen_as_many_samples() {
    let mut session = session(MOONS);
    for _ in 0..6 {
        for step in 1..=60 {
            session.step();
            let seen = samples(&session.snapshot());
            assert_eq!(seen[1], seen[0] / 60 * 60, "{seen:?} after step {step} of an epoch");
        }
    }
    let snapshot = session.snapshot();
    assert_eq!((snapshot.status.clone(), samples(&snapshot)), (Status::Finished, vec![360, 360]));
    let steps: Vec<u64> = race(&snapshot).runs.iter().map(|run| run.step).collect();
    assert_eq!(steps, [360, 6]);
    let main = race(&snapshot).main();
    assert_eq!((main.at, race(&snapshot).rankings()[0].0), (360.0, "samples"));
    // As the lecture has it: as many samples go further in small batches.
    assert_eq!(main.order, [0, 1]);
}

#[test]
fn held_together_by_epochs_each_passes_over_its_own_data() {
    let text = MOONS.replace("full: {training: {batch: full}}", "few: {data: {samples: 60}, training: {batch: 5}}");
    let mut session = session(&format!("{text}lock: epochs\n"));
    for _ in 0..30 {
        session.step();
    }
    // Half an epoch of 60 and of 30 samples.
    assert_eq!(samples(&session.snapshot()), [30, 15]);
    let standing = session.run_to_end().standing.unwrap();
    assert_eq!(standing.equal_epochs.as_ref().unwrap().at, 6.0);
    assert_eq!((standing.runs[0].samples, standing.runs[1].samples), (360, 180));
}

#[test]
fn held_together_by_steps_the_larger_batches_are_through_first() {
    let mut session = session(&format!("{MOONS}lock: steps\n"));
    for _ in 0..6 {
        session.step();
    }
    let snapshot = session.snapshot();
    assert_eq!(samples(&snapshot), [6, 360]);
    let ended = &race(&snapshot).runs[1];
    assert_eq!((ended.over().as_deref(), ended.step), (Some("finished at step 6"), 6));
}

#[test]
fn all_numbers_of_the_screen_are_those_of_the_run_that_is_shown() {
    let mut machine = Machine::new(MOONS);
    (0..90).for_each(|_| machine.send(Command::Step));
    machine.settle();
    let of = |snapshot: &Snapshot| (snapshot.step, snapshot.epoch, snapshot.batch, snapshot.steps_total);
    assert_eq!(of(&machine.snapshot), (90, 2, 1, 360));
    machine.send(Command::Show(1));
    machine.settle();
    assert_eq!(of(&machine.snapshot), (1, 1, 60, 6));
    assert_eq!(machine.snapshot.timeline.seen, 1);
    // One step of it is 30 of the other here, and then 60.
    machine.send(Command::Step);
    machine.settle();
    assert_eq!((machine.snapshot.step, samples(&machine.snapshot)), (2, vec![120, 120]));
    machine.send(Command::StepEpoch);
    machine.until(|snapshot| snapshot.step == 3);
    machine.send(Command::Goto(5));
    machine.until(|snapshot| snapshot.step == 5);
    machine.send(Command::Travel(Travel::Back));
    machine.settle();
    assert_eq!((machine.snapshot.step, samples(&machine.snapshot)), (4, vec![240, 240]));
    // What is shown is the update of its last step.
    assert_eq!(machine.snapshot.ledger.as_ref().map(|ledger| ledger.step), Some(4));
    // The curves of all lie on its axis.
    assert!(machine.snapshot.racers.iter().all(|line| line.buckets.len() as u64 * line.width == 4));
}

#[test]
fn a_pause_shows_the_last_update_of_a_run_that_makes_few_steps_too() {
    let mut machine = Machine::new(MOONS);
    machine.send(Command::Speed(optlab::snapshot::Speed::Max));
    machine.send(Command::Goto(150));
    machine.until(|snapshot| snapshot.step == 150 && snapshot.status == Status::Paused);
    machine.send(Command::Show(1));
    machine.settle();
    assert_eq!(machine.snapshot.ledger.as_ref().map(|ledger| ledger.step), Some(2));
}

#[test]
fn knobs_are_kept_at_the_steps_of_their_own_run() {
    let mut machine = Machine::new(MOONS);
    (0..130).for_each(|_| machine.send(Command::Step));
    let knob = |run: &str, value: f64| Command::SetHyper { run: Some(run.into()), name: "lr".into(), value };
    machine.send(knob("full", 0.5));
    machine.send(knob("sgd", 0.05));
    machine.settle();
    let at: Vec<_> = machine.snapshot.timeline.events.iter().map(|event| (event.run.as_str(), event.step)).collect();
    assert_eq!(at, [("full", 2), ("sgd", 130)]);
    assert!(machine.snapshot.timeline.events.iter().all(|event| matches!(event.what, Intervention::Set { .. })));
    let saved = machine.lab.saved("sgd", 4, &machine.snapshot.timeline.events).unwrap();
    machine.send(Command::Run);
    machine.until(|snapshot| snapshot.status.is_final());
    let (first, second) = (race(&machine.snapshot).clone(), ended(&saved));
    let told = |standing: &Standing| format!("{:?} {:?}", standing.equal_samples, standing.partings);
    assert_eq!(told(&first), told(&second), "{saved}");
}

#[test]
fn a_fork_of_a_run_with_few_steps_keeps_its_pace() {
    let mut session = session(MOONS);
    (0..70).for_each(|_| session.step());
    session.send(Command::Fork { run: Some("full".into()) });
    (0..50).for_each(|_| session.step());
    let snapshot = session.snapshot();
    assert_eq!(samples(&snapshot), [120, 120, 120]);
    assert_eq!(race(&snapshot).runs[2].step, 2);
}

/// A network that is large for its few noisy samples.
const OVERFIT: &str = "seed: 3
data: {source: moons, samples: 40, noise: 0.45, validation: 0.5}
network: [dense: 64, tanh, dense: 64, tanh, dense: 2]
loss: cross_entropy
training: {epochs: 400, batch: 20}
optimizer: {rule: adam, lr: 0.01}
compare:
  calm: {penalty: {l2: 0.003}}
";

#[test]
fn an_overfit_network_does_not_win_over_a_regularised_one() {
    let by_validation = ended(OVERFIT);
    let losses = |standing: &Standing| standing.main().scores.clone();
    assert_eq!((by_validation.rules.rank, by_validation.main().order.as_slice()), (Rank::ValLoss, [1, 0].as_slice()));
    let by_training = ended(&format!("{OVERFIT}rank: train_loss\n"));
    assert_eq!(by_training.main().order, [0, 1], "{:?}", losses(&by_training));
}

#[test]
fn the_penalty_is_no_part_of_what_a_loss_is_ranked_by() {
    // Both stand still, so that they differ in nothing but the penalty.
    let still =
        OVERFIT.replace("lr: 0.01", "lr: 0").replace("epochs: 400", "epochs: 3").replace(", validation: 0.5", "");
    let standing = ended(&still);
    let scores = standing.main().scores.clone();
    let (plain, calm) = (scores[0].unwrap(), scores[1].unwrap());
    assert_eq!(standing.rules.rank, Rank::Loss);
    assert!((plain - calm).abs() < 1e-12 * plain, "{scores:?}");
}

#[test]
fn accuracy_ranks_the_highest_first() {
    let standing = ended(&format!("{OVERFIT}rank: val_accuracy\n"));
    let [first, second] = standing.main().order[..] else { panic!("two runs") };
    assert!(standing.main().scores[first] >= standing.main().scores[second]);
    assert_eq!(standing.json()["rank"], "val_accuracy");
}

#[test]
fn where_every_step_is_watched_no_time_is_told() {
    let mut machine = Machine::new(MOONS);
    (0..70).for_each(|_| machine.send(Command::Step));
    machine.settle();
    assert_eq!(race(&machine.snapshot).equal_time, TimeRanking::Unmeasured);
    assert!(race(&machine.snapshot).runs.iter().all(|run| run.seconds.is_none()));
    // Short as it is, a run that nobody watches is measured, but ranks nobody.
    assert!(matches!(ended(MOONS).equal_time, TimeRanking::TooLittle { .. }));
}

#[test]
fn on_a_landscape_race_map_and_runs_tell_one_height() {
    let lab = "landscape: {source: ravine, start: [-4, 1.5]}\ntraining: {steps: 30}\noptimizer: {rule: sgd, lr: 0.05}\n\
               compare: {momentum: {optimizer: {rule: momentum, lr: 0.5}}}\n";
    let mut session = session(lab);
    for _ in 0..7 {
        session.step();
    }
    let snapshot = session.snapshot();
    let Some(Map::Landscape(map)) = &snapshot.map else { panic!("no map of a landscape") };
    let heights: Vec<f64> = map.paths.iter().map(|path| path.height).collect();
    let race = snapshot.race.as_ref().unwrap();
    let told = |losses: Vec<Option<f64>>| losses.into_iter().map(Option::unwrap).collect::<Vec<_>>();
    assert_eq!(told(race.runs.iter().map(|run| run.loss).collect()), heights);
    assert_eq!(told(race.main().scores.clone()), heights);
    assert_eq!(told(snapshot.runs.present.iter().map(|row| row.loss).collect()), heights);
}
