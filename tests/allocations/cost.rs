//! What a run costs beside its steps: it allocates nothing from step to step, holds no more after many steps than after
//! few, and seldom reads the clock.

use std::sync::Arc;
use std::time::{Duration, Instant};

use optlab::clock::{Clock, Counted};
use optlab::data::{Dataset, Order, Rest, Target};
use optlab::nn::{Loss, Network, Penalty};
use optlab::run::{Command, Experiments};
use optlab::session::{self, Options};
use optlab::snapshot::{RaceRules, Status};
use optlab::train::{ExperimentConfig, HyperGroups, Learning, Length, Objective};
use optlab::worker::Worker;

use crate::common::{activation_layer, constants, dense, optimizer};
use crate::counting::of_all_threads;

/// A network of `units` hidden units that trains for so many steps.
fn parts(units: usize, batch: usize, steps: u64) -> ExperimentConfig<f32> {
    let x = ndarray::Array2::from_shape_fn((64, 2), |(row, column)| ((row * 2 + column) as f32).sin());
    let labels = (0..64).map(|row| row % 2).collect();
    let names = ["a", "b"].map(str::to_owned).to_vec();
    let data = Dataset::new(x, Target::Classes { labels, names }, "test").unwrap();
    let network = Network::<f32>::new(2, vec![dense(units), activation_layer("tanh"), dense(2)], batch).unwrap();
    let (rule, values) = optimizer("adam", &serde_json::Value::Null);
    let params = network.initialise(1);
    let learning = Learning {
        train: Arc::new(data),
        validation: None,
        test: None,
        network,
        loss: Loss::CrossEntropy,
        penalty: Penalty::default(),
        batch,
        order: Order::Shuffled,
        rest: Rest::Keep,
        accumulate: 1,
    };
    ExperimentConfig {
        objective: Objective::Network(Box::new(learning)),
        params,
        rule,
        hyper: constants(&values),
        groups: HyperGroups::default(),
        clip: None,
        length: Length::Steps(steps),
        evaluate: u64::MAX,
        seed: 3,
        threads: 1,
        observer: None,
    }
}

fn worker(parts: ExperimentConfig<f32>, headless: bool, clock: Clock) -> Worker {
    let mut parts = Some(parts);
    let made = move |_| {
        let run = parts.take().map(|parts| ("adam".to_owned(), parts));
        Ok(Experiments::Networks(run.into_iter().collect(), RaceRules::default()))
    };
    session::worker("test", Box::new(made), &Options { clock, way_back: true, ..Options::default() }, headless).unwrap()
}

/// Allocations of a whole run without a screen, and the most bytes above those at its start.
fn whole_run(steps: u64) -> (u64, i64) {
    let parts = parts(2, 1, steps);
    of_all_threads(|| {
        let outcome = worker(parts, true, Clock::wall()).join();
        assert_eq!(outcome.status, Status::Finished);
    })
}

pub fn a_run_allocates_nothing_from_step_to_step_and_holds_no_more_after_many() {
    whole_run(1000); // what is made once and kept for ever
    // At powers of 2 the history has just joined its buckets, so that as many are left.
    let (few, many) = (whole_run(1 << 15), whole_run(1 << 18));
    assert_eq!(few, many, "(allocations, most bytes) of 2^15 and of 2^18 steps");
}

pub fn a_run_without_a_screen_reads_the_clock_once_in_32_steps_at_most() {
    // Steps that take long and steps that take no time.
    for (units, batch, steps) in [(2, 1, 100_000), (1024, 64, 1000)] {
        let counted = Counted::new("worker");
        let mut worker = worker(parts(units, batch, steps), true, Clock::of(counted.clone()));
        assert_eq!(worker.join().status, Status::Finished);
        let reads = counted.reads();
        assert!(reads <= 8 + steps / 32, "{reads} reads in {steps} steps of {units} units");
    }
}

pub fn a_watched_run_reads_the_clock_no_more_often_for_its_frames() {
    let steps = 1500;
    let counted = Counted::new("worker");
    let worker = worker(parts(1024, 64, steps), false, Clock::of(counted.clone()));
    worker.send(Command::Run);
    let (mut frames, begun) = (0_u64, Instant::now());
    loop {
        if let Some(snapshot) = worker.latest() {
            frames += 1;
            assert!(!matches!(snapshot.status, Status::Failed(_)), "{:?}", snapshot.status);
            if snapshot.status == Status::Finished {
                break;
            }
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let reads = counted.reads();
    // Before and after a map, too, whose time is no training, with the training's clock stopped and started: maps are a
    // quarter of a second apart, however many frames there are.
    let maps = 4 * (2 + begun.elapsed().as_millis() as u64 / 250);
    // And before and after a copy for the way back, of which one is due in 64 steps at most.
    let copies = steps / 32;
    assert!(reads <= 8 + maps + copies + steps / 32, "{reads} reads in {steps} steps and {frames} frames");
}
