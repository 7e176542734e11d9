//! A panic in the worker wherever it comes: in a step, in the making of a snapshot, in a copy for the way back, when an edit
//! is taken up, when the runs are made. It is a status with its message; nobody waits for ever, and the run can be left.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use crate::common::{constants, optimizer, shipped};
use optlab::Result;
use optlab::optim::{Memory, Schedule};
use optlab::run::{Command, Edited, Edition, Experiments, Extent, LabText};
use optlab::script::{self, Kind};
use optlab::session::{self, Options};
use optlab::snapshot::{RaceRules, Snapshot, Status};
use optlab::train::{Descent, ExperimentConfig, Length, Objective};
use optlab::worker::Worker;

/// Where a schedule panics.
const NOWHERE: u8 = 0;
const STEP: u8 = 1;
const COPY: u8 = 2;
const SNAPSHOT: u8 = 3;

/// A constant rate that panics where it is told to.
struct Trap(Arc<AtomicU8>);

impl Trap {
    fn spring(&self, place: u8) {
        assert!(self.0.load(Ordering::SeqCst) != place, "sprung at {place}");
    }
}

impl Schedule for Trap {
    fn rate(&mut self, _: u64) -> Result<f64> {
        Ok(0.1)
    }
    fn rate_of(&mut self, _: u64, _: &optlab::optim::RunView) -> Result<f64> {
        self.spring(STEP);
        Ok(0.1)
    }
    fn save(&self) -> Option<Memory> {
        self.spring(COPY);
        None
    }
    fn turns(&self) -> &[(u64, f64)] {
        self.spring(SNAPSHOT);
        &[]
    }
}

fn parts(trap: &Arc<AtomicU8>) -> ExperimentConfig<f64> {
    let script = shipped(Kind::Landscape, "bowl");
    let landscape = script::landscape(&script, &crate::common::defaults(&script)).unwrap();
    let (rule, values) = optimizer("sgd", &serde_json::Value::Null);
    let mut hyper = constants(&values);
    hyper[0] = Box::new(Trap(trap.clone()));
    ExperimentConfig {
        objective: Objective::Landscape(Descent { landscape, noise: 0.0 }),
        params: Descent::at([1.0, 1.0]),
        rule,
        hyper,
        groups: optlab::train::HyperGroups::default(),
        clip: None,
        // Copies for the way back are due by the clock: a run that is over soon may end before the next one.
        length: Length::Steps(u64::MAX / 2),
        evaluate: 1,
        seed: 3,
        threads: 1,
        observer: None,
    }
}

fn worker(trap: &Arc<AtomicU8>, headless: bool) -> Worker {
    let trap = trap.clone();
    let made = move |_| {
        assert!(trap.load(Ordering::SeqCst) != u8::MAX, "sprung at the start");
        Ok(Experiments::Landscapes(vec![("sgd".to_owned(), parts(&trap))], RaceRules::default()))
    };
    session::worker("trap", Box::new(made), &Options { way_back: true, ..Options::default() }, headless).unwrap()
}

fn until(worker: &Worker, come: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
    let patience = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(snapshot) = worker.latest().filter(|snapshot| come(snapshot)) {
            return snapshot;
        }
        assert!(Instant::now() < patience, "it never came");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn message(status: &Status) -> Option<String> {
    if let Status::Failed(error) = status { Some(error.to_string()) } else { None }
}

fn panicked(snapshot: &Snapshot) -> bool {
    message(&snapshot.status).is_some_and(|told| told.contains("panicked: sprung at"))
}

/// What a worker with a screen shows and tells when `work` makes it panic, and that it starts over when asked to.
fn survives(place: u8, work: impl Fn(&Worker)) {
    let trap = Arc::new(AtomicU8::new(NOWHERE));
    let worker = worker(&trap, false);
    until(&worker, |snapshot| snapshot.status == Status::Ready);
    trap.store(place, Ordering::SeqCst);
    work(&worker);
    until(&worker, panicked);
    trap.store(NOWHERE, Ordering::SeqCst);
    worker.send(Command::Restart { seed: None });
    until(&worker, |snapshot| snapshot.status == Status::Ready && snapshot.step == 0);
    worker.send(Command::Step);
    until(&worker, |snapshot| snapshot.step == 1);
    assert!(!matches!(worker.finish().status, Status::Failed(_)));
}

#[test]
fn a_panic_in_a_step_is_a_status() {
    survives(STEP, |worker| worker.send(Command::Step));
}

#[test]
fn a_panic_in_the_making_of_a_snapshot_is_a_status() {
    survives(SNAPSHOT, |worker| worker.send(Command::Step));
}

#[test]
fn a_panic_in_a_copy_for_the_way_back_is_a_status() {
    survives(COPY, |worker| worker.send(Command::Run));
}

#[test]
fn a_panic_while_an_edit_is_taken_up_is_a_status() {
    survives(COPY, |worker| {
        // What learns from the run is asked for what it keeps when its parts are exchanged.
        let make = Box::new(|_| {
            Ok(Experiments::Landscapes(
                vec![("sgd".to_owned(), parts(&Arc::new(AtomicU8::new(NOWHERE))))],
                RaceRules::default(),
            ))
        });
        worker.send(Command::TakeUp(Edited::new(
            "lab.yaml",
            Extent::Live,
            None,
            Edition::new(LabText::default(), make),
        )));
    });
}

#[test]
fn a_panic_that_comes_again_and_again_does_not_keep_a_run_from_being_left() {
    let trap = Arc::new(AtomicU8::new(NOWHERE));
    let worker = worker(&trap, false);
    until(&worker, |snapshot| snapshot.status == Status::Ready);
    trap.store(SNAPSHOT, Ordering::SeqCst);
    (0..5).for_each(|_| worker.send(Command::Step));
    until(&worker, panicked);
    assert!(message(&worker.finish().status).is_some_and(|told| told.contains("sprung")));
}

#[test]
fn without_a_screen_a_panic_ends_the_run_with_its_message() {
    for place in [STEP, u8::MAX] {
        let trap = Arc::new(AtomicU8::new(place));
        let mut worker = worker(&trap, true);
        let patience = Instant::now() + Duration::from_secs(30);
        while !worker.is_done() {
            assert!(Instant::now() < patience, "it is polled for ever");
            worker.wait(Duration::from_millis(100));
        }
        let outcome = worker.join();
        assert!(message(&outcome.status).is_some_and(|told| told.contains("sprung")), "{:?}", outcome.status);
        assert_eq!(outcome.summary["status"], "failed");
    }
}
