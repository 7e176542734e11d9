//! What a race promises: the same first weights, the same batches in the same order, locked step by step, and the same
//! bits with one thread and two, alone and among others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use optlab::lab::{Document, Files, Lab};
use optlab::run::Outcome;
use optlab::session::{Live, Options};
use optlab::snapshot::Status;
use optlab::train::{Experiment, Objective, STACK};

const SPIRALS: &str = "
data: {source: spirals, samples: 240, noise: 0.05, validation: 0.25}
network: [dense: 16, tanh, dropout: 0.1, dense: 16, tanh, dense: 2]
loss: cross_entropy
seed: 11
training: {epochs: 12, batch: 32}
optimizer: {rule: adam, lr: 0.01}
compare:
  sgd:      {optimizer: {rule: sgd, lr: 0.1}}
  momentum: {optimizer: {rule: momentum, lr: 0.3}}
  rmsprop:  {optimizer: {rule: rmsprop, lr: 0.01}}
";

/// On a stack as the program has it: scripts recurse.
fn deep<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join().unwrap()
}

fn lab(text: &str) -> Lab {
    let document = Document::parse("lab.yaml", text).unwrap();
    let files = Files::beside(std::path::Path::new("lab.yaml")).unwrap();
    match Lab::check(&document, &files, None) {
        Ok(lab) => lab,
        Err(errors) => panic!("{}", errors[0].render(false)),
    }
}

fn race(text: &'static str, threads: usize) -> Outcome {
    deep(move || {
        let lab = lab(text);
        Live::of(lab, Options { threads, ..Options::default() }, true).unwrap().join()
    })
}

/// Losses of every step and the last weights, as bits.
fn alone(text: &'static str, name: &'static str) -> (Vec<u64>, Vec<u32>) {
    deep(move || {
        let lab = lab(text);
        let runs = lab.runs();
        let (_, lab) = runs.iter().find(|(own, _)| own == name).unwrap();
        let mut experiment = Experiment::new(lab.experiment(None, 1).unwrap()).unwrap();
        let mut losses = Vec::new();
        while experiment.steps() < experiment.steps_total() {
            losses.push(experiment.step(None).unwrap().loss.to_bits());
        }
        (losses, experiment.params().values().iter().map(|w| w.to_bits()).collect())
    })
}

/// What must not differ: all of the summary but the time that it took.
fn timeless(outcome: &Outcome) -> serde_json::Value {
    let mut runs = outcome.summary["runs"].clone();
    for run in runs.as_object_mut().unwrap().values_mut() {
        run.as_object_mut().unwrap().retain(|key, _| !key.starts_with("seconds") && key != "steps_per_second");
    }
    let race = &outcome.summary["race"];
    serde_json::json!([runs, race["equal_steps"], race["equal_samples"], race["parted"]])
}

#[test]
fn two_threads_and_another_load_change_no_bit() {
    let first = race(SPIRALS, 1);
    assert_eq!(first.status, Status::Finished);
    assert_eq!(timeless(&first), timeless(&race(SPIRALS, 2)));
    // Two threads that do nothing but compute, on a machine that may have no more than that.
    let stop = Arc::new(AtomicBool::new(false));
    let load: Vec<_> = (0..2)
        .map(|_| {
            let stop = stop.clone();
            std::thread::spawn(move || {
                let mut x = 1.0_f64;
                while !stop.load(Ordering::Relaxed) {
                    x = std::hint::black_box(x.sin() + 1.0);
                }
            })
        })
        .collect();
    let busy = race(SPIRALS, 2);
    stop.store(true, Ordering::Relaxed);
    load.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(timeless(&first), timeless(&busy));
}

#[test]
fn a_racer_runs_as_it_would_alone() {
    let names = ["adam", "sgd", "momentum", "rmsprop"];
    let outcome = race(SPIRALS, 2);
    let last = |name: &str| outcome.summary["runs"][name]["loss"].as_f64().unwrap().to_bits();
    let runs: Vec<_> = names.iter().map(|name| alone(SPIRALS, name)).collect();
    for (name, (losses, _)) in names.iter().zip(&runs) {
        assert_eq!(losses.len(), 12 * 6, "{name}");
        assert_eq!(*losses.last().unwrap(), last(name), "{name}");
        // The same weights, batch and dropout: the first loss is everybody's.
        assert_eq!(losses[0], runs[0].0[0], "{name}");
    }
    assert_ne!(runs[0].1, runs[1].1);
}

#[test]
fn first_weights_and_data_are_the_same_and_data_are_shared_in_memory() {
    deep(|| {
        let all = lab(SPIRALS).experiments(None, 1).unwrap().networks().unwrap();
        let data = |objective: &Objective<f32>| match objective {
            Objective::Network(learning) => learning.train.clone(),
            Objective::Landscape(_) => unreachable!("a network lab"),
        };
        let (_, first) = &all[0];
        for (name, parts) in &all[1..] {
            assert_eq!(parts.params.values(), first.params.values(), "{name}");
            assert!(Arc::ptr_eq(&data(&parts.objective), &data(&first.objective)), "{name}");
        }
    });
}

#[test]
fn where_two_part_is_the_first_step_whose_losses_differ() {
    const TWINS: &str = "
data: {source: moons, samples: 64}
network: [dense: 4, relu, dense: 2]
loss: cross_entropy
training: {steps: 30, batch: 16}
optimizer: {rule: sgd, lr: {schedule: step, lr: 0.1, every: 10, factor: 0.5}}
compare:
  constant: {optimizer: {rule: sgd, lr: 0.1}}
  same:     {optimizer: {rule: sgd, lr: {schedule: step, lr: 0.1, every: 10, factor: 0.5}}}
  batches:  {training: {batch: 8}}
";
    let outcome = race(TWINS, 1);
    let parted: Vec<_> = outcome.standing.unwrap().partings.iter().map(|parting| parting.step).collect();
    // sgd/constant, sgd/same, sgd/batches, constant/same, constant/batches, same/batches: the rate falls in the update
    // of step 11, which the loss of step 12 is the first to show.
    assert_eq!(parted, [Some(12), None, Some(1), Some(12), Some(1), Some(1)]);
}

#[test]
fn what_a_racer_says_takes_the_place_of_the_labs_key_by_key() {
    let lab = lab("
data: {source: moons, samples: 64, validation: 0.25}
network: [dense: 4, relu, dense: 2]
loss: cross_entropy
training: {epochs: 3, batch: 16, clip_norm: 1.0}
compare:
  short: {training: {steps: 5, clip_value: 0.5}, data: {samples: 32}}
  other: {data: {source: circles}, seed: 9}
");
    let resolved = |at: usize| lab.race[at].lab.resolved.clone();
    let (short, other) = (resolved(1), resolved(2));
    for line in ["  steps: 5\n", "  batch: 16\n", "  clip_value: 0.5\n", "  samples: 32\n", "  validation: 0.25\n"] {
        assert!(short.contains(line), "{line} in {short}");
    }
    assert!(!short.contains("epochs") && !short.contains("clip_norm") && !short.contains("compare"));
    assert!(other.contains("source: circles") && other.contains("seed: 9") && other.contains("clip_norm"));
    // The lab's own text races again.
    let again = Lab::check_text("again.yaml", &lab.resolved);
    assert!(again.is_ok(), "{}", lab.resolved);
}

#[test]
fn one_that_diverges_leaves_the_race_and_the_others_go_on() {
    const WILD: &str = "
landscape: {source: rosenbrock, start: [-1.5, 2]}
training: {steps: 400}
optimizer: {rule: sgd, lr: 10}
compare:
  calm: {optimizer: {rule: adam, lr: 0.01}}
";
    let outcome = race(WILD, 2);
    let standing = outcome.standing.unwrap();
    assert!(matches!(outcome.status, Status::Diverged(_)));
    assert!(matches!(standing.runs[0].status, Status::Diverged(_)));
    assert_eq!((standing.runs[1].status.clone(), standing.runs[1].step), (Status::Finished, 400));
    assert_eq!(standing.equal_steps.order, [1, 0]);
    assert_eq!((standing.equal_steps.at, standing.equal_steps.scores[0]), (400.0, None));
}

#[test]
fn equal_samples_are_fewer_steps_for_larger_batches() {
    const SIZES: &str = "
data: {source: moons, samples: 70}
network: [dense: 4, relu, dense: 2]
loss: cross_entropy
training: {epochs: 4, batch: 16}
optimizer: {rule: sgd, lr: 0.1}
compare:
  large: {training: {batch: full, epochs: 8}}
";
    let standing = race(SIZES, 1).standing.unwrap();
    let far: Vec<_> = standing.runs.iter().map(|run| (run.step, run.samples)).collect();
    assert_eq!(far, [(4 * 5, 4 * 70), (8, 8 * 70)]);
    assert_eq!((standing.equal_steps.at, standing.equal_samples.unwrap().at), (8.0, 280.0));
}

#[test]
fn data_of_the_check_are_what_they_would_be_made_anew_and_held_by_the_first_run_alone() {
    deep(|| {
        let lab = lab(SPIRALS);
        let data = |seed| {
            let parts = lab.experiments(seed, 1).unwrap().networks().unwrap().remove(0).1;
            let Objective::Network(learning) = parts.objective else { unreachable!("a network lab") };
            (learning.train, learning.validation.unwrap())
        };
        // Those of the check, then others in another place: the check's are held by nobody but the first run.
        let (checked, anew, other) = (data(None), data(None), data(Some(12)));
        assert_eq!((&checked, checked.1.samples()), (&anew, 60));
        assert_ne!(checked, other);
        assert_eq!((Arc::strong_count(&checked.0), Arc::strong_count(&checked.1)), (1, 1));
    });
    // A seed that was not checked has data of its own, also for the first run.
    deep(|| {
        let [ours, theirs] =
            [(Some(12), lab(SPIRALS)), (None, lab(&SPIRALS.replace("seed: 11", "seed: 12")))].map(|(seed, lab)| {
                let parts = lab.experiments(seed, 1).unwrap().networks().unwrap().remove(0).1;
                let Objective::Network(learning) = parts.objective else { unreachable!("a network lab") };
                learning.train
            });
        assert_eq!(ours, theirs);
    });
}

#[test]
fn at_equal_steps_only_evaluations_after_the_same_step_are_compared() {
    const SIZES: &str = "
data: {source: moons, samples: 64, validation: 0.25}
network: [dense: 4, relu, dense: 2]
loss: cross_entropy
training: {epochs: 4, batch: 16}
optimizer: {rule: sgd, lr: 0.1}
compare:
  full: {training: {batch: full}}
  one: {training: {batch: 1}}
";
    let standing = race(SIZES, 1).standing.unwrap();
    assert_eq!(standing.runs.iter().map(|run| run.step).collect::<Vec<_>>(), [12, 4, 192]);
    // 16 of 48 samples are evaluated after 3, 6 ... steps, all of them after each, one by one after 48.
    let steps = &standing.equal_steps;
    assert_eq!((steps.at, steps.scores[2]), (3.0, None));
    assert_eq!(standing.unevaluated_there(steps), ["one"]);
    // What they are after those steps, a race that ends there tells.
    let shorter: &'static str = Box::leak(SIZES.replace("epochs: 4", "steps: 3").into_boxed_str());
    let until = race(shorter, 1).standing.unwrap();
    assert_eq!(steps.scores[..2], until.equal_steps.scores[..2]);
    assert!(steps.scores[..2].iter().all(Option::is_some));
    // At the ends of epochs all have seen the same samples.
    let samples = standing.equal_samples.as_ref().unwrap();
    assert!(samples.at == 192.0 && samples.scores.iter().all(Option::is_some), "{samples:?}");
}
