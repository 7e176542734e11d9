//! Snapshots with maps, for tests: runs of shipped labs and of small ones, as their worker publishes them at a step.

use std::time::{Duration, Instant};

use crate::lab::{Lab, Overrides};
use crate::session::Command;
use crate::session::STACK;
use crate::session::{Live, Options};
use crate::snapshot::{Line, Snapshot, Speed};

/// A lab that ships, or the path of one, after so many steps; with what a command line would lay over it.
pub fn mapped(lab: &str, step: u64, set: &[&str]) -> Snapshot {
    let set = set.iter().map(|&argument| argument.to_owned()).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    let lab = lab.to_owned();
    let opened = std::thread::Builder::new().stack_size(STACK).spawn(move || Lab::open(&lab, &overrides));
    let lab = match opened.unwrap().join().unwrap() {
        Ok(lab) => lab,
        Err(errors) => panic!("{}", errors[0].render(false)),
    };
    let worker = Live::of(lab.clone(), Options { way_back: true, ..Options::default() }, false).unwrap();
    worker.send(Command::Goto(step));
    let mark = Speed::PerSecond(12_345.0);
    let began = Instant::now();
    let mut marked = false;
    loop {
        if let Some(snapshot) = worker.latest() {
            let there = snapshot.step == step || snapshot.status.is_final();
            if there && snapshot.speed == mark {
                let snapshot = Snapshot::clone(&snapshot);
                worker.send(Command::Quit);
                worker.finish();
                return timeless(snapshot);
            }
            if there && !marked {
                marked = true;
                worker.send(Command::Speed(mark));
            }
        }
        assert!(began.elapsed() < Duration::from_secs(60), "step {step} was never reached");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Without what depends on the clock.
fn timeless(mut snapshot: Snapshot) -> Snapshot {
    (snapshot.speed, snapshot.steps_per_second, snapshot.timeline.bytes) = (Speed::Max, 0.0, 0);
    snapshot.epochs.iter_mut().for_each(|row| row.seconds = 0.0);
    snapshot.state.iter_mut().flat_map(|state| &mut state.values).for_each(|value| value.trend = Line::default());
    snapshot
}

/// A lab that is written here, at a step.
pub fn small(text: &str, step: u64) -> Snapshot {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lab.yaml");
    std::fs::write(&path, text).unwrap();
    mapped(&path.display().to_string(), step, &[])
}

/// One feature and a number.
pub const CURVE: &str = "id: curve
data: {source: sine, samples: 120, noise: 0.1, validation: 0.25}
network: [dense: 16, tanh, dense: 1]
loss: mse
training: {epochs: 100, batch: 16}
optimizer: {rule: adam, lr: 0.02}
";
/// Two features and a number.
pub const PLANE: &str = "id: plane
data: {source: plane, samples: 150, noise: 0.1, validation: 0.2}
network: [dense: 1]
loss: mse
training: {epochs: 30, batch: 16}
optimizer: {rule: sgd, lr: 0.1}
";
/// Three classes with names.
pub const IRIS: &str = "id: iris
data: {source: iris, standardize: true, validation: 0.3}
network: [dense: 3]
loss: cross_entropy
training: {epochs: 30, batch: 16}
optimizer: {rule: adam, lr: 0.02}
";
/// Six classes over two features.
pub const BLOBS: &str = "id: blobs
data: {source: blobs, samples: 240, classes: 6, validation: 0.25}
network: [dense: 16, relu, dense: 6]
loss: cross_entropy
training: {epochs: 30, batch: 16}
optimizer: {rule: adam, lr: 0.02}
";
/// Two runs on a landscape that is no bowl.
pub const RACE: &str = "id: race
landscape: {source: rosenbrock, start: [-1.2, 1]}
training: {steps: 200}
optimizer: {rule: adam, lr: 0.05}
compare:
  momentum: {optimizer: {rule: momentum, lr: 0.002, beta: 0.9}}
";
