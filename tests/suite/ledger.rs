//! The ledger of a run against the files that the run writes: the gradient, the weights before and after, the state
//! before and after, and the rate are what `steps.csv`, `model.safetensors` and `state.safetensors` have.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use optlab::lab::{Lab, Overrides};
use optlab::run::Command;
use optlab::session::{Live, Options};
use optlab::snapshot::{Formula, Ledger, Snapshot};
use safetensors::SafeTensors;

/// A rule that only this test knows: a helper with a variable of its own, a branch, a norm, a number in its state.
const OWN: &str = "
fn hyper() { #{
    lr: 0.05, // learning rate
    b: 0.9,   // decay
} }
fn state(w) { #{ v: zeros(w), steps: 0 } }
fn average(old, x, b) { let kept = b * old; kept + (1 - b) * x }
fn update(w, dw, state, h, t) {
    state.steps += 1;
    let size = norm(dw);
    state.v = average(state.v, dw / (size + 1e-6), h.b);
    if t > 5 {
        let late = state.v / (1 - h.b ** t);
        return w - h.lr * late;
    }
    w - h.lr * sign(dw)
}
";

const LAB: &str = "
id: ledger
seed: 3
data: {source: waves, samples: 64}
network: [dense: 5, tanh, dense: 1]
loss: mse
training: {epochs: 30, batch: 16}
";

/// A run on the screen that is stepped so many times, looking at an element, with the files that it leaves.
struct Seen {
    snapshot: Arc<Snapshot>,
    own: PathBuf,
    _folder: tempfile::TempDir,
}

fn latest(worker: &Live, wanted: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
    let since = Instant::now();
    loop {
        assert!(since.elapsed() < Duration::from_secs(20), "the run does not answer");
        if let Some(snapshot) = worker.latest()
            && wanted(&snapshot)
        {
            return snapshot;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn lab(folder: &Path, rest: &str) -> Lab {
    std::fs::write(folder.join("own.rhai"), OWN).unwrap();
    std::fs::write(folder.join("lab.yaml"), format!("{LAB}{rest}")).unwrap();
    Lab::open(folder.join("lab.yaml").to_str().unwrap(), &Overrides::default()).unwrap_or_else(|e| panic!("{}", e[0]))
}

fn worker(lab: &Lab, out: Option<PathBuf>) -> Live {
    Live::of(lab.clone(), Options { out, way_back: true, ..Options::default() }, false).unwrap()
}

fn see(rest: &str, steps: u64, parameter: usize, index: usize) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let lab = lab(folder.path(), rest);
    let run = folder.path().join("run");
    // In a race the lab's own run has a folder inside.
    let own = if lab.race.is_empty() { run.clone() } else { run.join(lab.own_name()) };
    let worker = worker(&lab, Some(run));
    worker.send(Command::Element { parameter, index });
    for _ in 0..steps {
        worker.send(Command::Step);
    }
    let snapshot = latest(&worker, |snapshot| snapshot.step == steps);
    worker.finish();
    Seen { snapshot, own, _folder: folder }
}

impl Seen {
    fn ledger(&self) -> &Ledger {
        self.snapshot.ledger.as_ref().unwrap()
    }

    fn tensor(&self, file: &str, name: &str, index: usize) -> f64 {
        let bytes = std::fs::read(self.own.join(file)).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let tensor = tensors.tensor(name).unwrap();
        match tensor.dtype() {
            safetensors::Dtype::F64 => f64::from_le_bytes(tensor.data()[..8].try_into().unwrap()),
            _ => f64::from(f32::from_le_bytes(tensor.data()[4 * index..4 * index + 4].try_into().unwrap())),
        }
    }

    /// A cell of the last row of `steps.csv`.
    fn step(&self, column: &str) -> f64 {
        let text = std::fs::read_to_string(self.own.join("steps.csv")).unwrap();
        let at = text.lines().next().unwrap().split(',').position(|name| name == column).unwrap();
        text.lines().last().unwrap().split(',').nth(at).unwrap().parse().unwrap()
    }

    fn value(&self, name: &str) -> f64 {
        let line = self.ledger().lines.iter().rfind(|line| line.name == name);
        line.unwrap_or_else(|| panic!("no {name} in {:#?}", self.ledger())).value
    }

    fn numbers(&self, name: &str) -> Vec<f64> {
        let line = self.ledger().lines.iter().rfind(|line| line.name == name).unwrap();
        let mut all = Vec::new();
        leaves(&line.formula, &mut all);
        all
    }

    fn names(&self) -> Vec<&str> {
        self.ledger().lines.iter().map(|line| line.name.as_str()).collect()
    }
}

fn leaves(formula: &Formula<f64>, all: &mut Vec<f64>) {
    match formula {
        Formula::Value(value) => all.push(*value),
        Formula::Word(_) => {}
        Formula::Apply { operands, .. } => operands.iter().for_each(|operand| leaves(operand, all)),
    }
}

/// The ledger after so many steps, and the run one step earlier, are what the files say.
fn agrees(rest: &str, steps: u64, (parameter, index): (usize, usize), states: &[&str]) -> Seen {
    let (before, after) = (see(rest, steps - 1, parameter, index), see(rest, steps, parameter, index));
    let ledger = after.ledger();
    assert_eq!((ledger.step, ledger.parameter, ledger.index), (steps, parameter, index));
    let name = ledger.name.clone();
    let weight = name.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    assert_eq!(ledger.before, before.tensor("model.safetensors", &name, index), "{rest}");
    assert_eq!(after.value(&weight), after.tensor("model.safetensors", &name, index), "{rest}");
    for state in states {
        let key = format!("{state}.{name}");
        let (old, new) =
            (before.tensor("state.safetensors", &key, index), after.tensor("state.safetensors", &key, index));
        assert_eq!(after.value(&format!("state.{state}")), new, "{rest}");
        let told = after.ledger().lines.iter().any(|line| after.numbers(&line.name).contains(&old));
        assert!(told || *state == "steps", "{state} of {rest}");
    }
    let gradient = after.value(&format!("d{weight}"));
    if name == "b2" {
        // It has one element, so its norm is the element.
        assert!((gradient.abs() - after.step("grad_norm.b2")).abs() <= 1e-6 * gradient.abs(), "{rest}");
    }
    assert!(after.numbers(&weight).contains(&after.step("lr")), "{rest}");
    after
}

/// `W1[2]`, and the only element of `b2`.
const ELEMENTS: [(usize, usize); 2] = [(0, 2), (3, 0)];

#[test]
fn the_rules_of_the_lecture_are_told_as_their_files_have_them() {
    for element in ELEMENTS {
        let momentum = agrees("optimizer: {rule: momentum, lr: 0.1}", 7, element, &["v"]);
        assert_eq!(momentum.names()[1], "state.v");
        let dw = momentum.ledger().lines[0].value;
        let expected = [0.9, dw].map(|number| momentum.numbers("state.v").contains(&number));
        assert_eq!(expected, [true, true]);
        agrees("optimizer: {rule: rmsprop, lr: 0.01}", 7, element, &["s"]);
        let adam = agrees("optimizer: {rule: adam, lr: 0.01}", 64, element, &["v", "s"]);
        assert_eq!(adam.names()[1..5], ["state.v", "state.s", "v_hat", "s_hat"]);
        let correction = 1.0 - 0.9_f64.powi(64);
        assert!((adam.value("v_hat") - adam.value("state.v") / correction).abs() < 1e-7);
    }
}

#[test]
fn a_scheduled_rate_is_the_one_of_the_step() {
    let rest = "optimizer: {rule: momentum, lr: {schedule: exponential, lr: 0.1, factor: 0.5}}";
    let seen = agrees(rest, 6, ELEMENTS[0], &["v"]);
    assert!((seen.step("lr") - 0.1 * 0.5_f64.powi(5)).abs() < 1e-12);
}

#[test]
fn a_script_of_ones_own_is_told_by_the_statements_that_ran() {
    for element in ELEMENTS {
        let early = agrees("optimizer: {rule: own.rhai}", 4, element, &["v", "steps"]);
        let late = agrees("optimizer: {rule: own.rhai}", 6, element, &["v", "steps"]);
        let last = if element.0 == 0 { ("dW", "W") } else { ("db", "b") };
        assert_eq!(early.names(), [last.0, "state.steps", "size", "kept", "state.v", last.1]);
        assert_eq!(late.names(), [last.0, "state.steps", "size", "kept", "state.v", "late", last.1]);
        assert_eq!((early.value("state.steps"), late.value("state.steps")), (4.0, 6.0));
        let line = late.ledger().lines.iter().find(|line| line.name == "state.v").unwrap();
        assert_eq!(line.symbolic, "average(state.v, dw / (size + 1e-6), h.b)");
    }
    let seen = see("optimizer: {rule: own.rhai}", 6, 3, 0);
    assert!((seen.value("size") - seen.step("grad_norm.b2")).abs() < 1e-6);
}

#[test]
fn looking_changes_no_number_and_a_race_shows_its_first_run() {
    let rest = "optimizer: {rule: adam, lr: 0.01}\ncompare: {own: {optimizer: {rule: own.rhai}}}";
    let (seen, elsewhere) = (see(rest, 20, 0, 2), see(rest, 20, 3, 0));
    assert_eq!(seen.names()[1], "state.v");
    assert_eq!(seen.value("W"), seen.tensor("model.safetensors", "W1", 2));
    let headless = {
        let folder = tempfile::tempdir().unwrap();
        let lab = lab(folder.path(), rest);
        let mut experiment = optlab::train::Experiment::new(lab.experiment(None, 1).unwrap()).unwrap();
        for _ in 0..20 {
            experiment.step(None).unwrap();
        }
        experiment.params().get(0).iter().map(|w| f64::from(*w)).collect::<Vec<_>>()
    };
    for (index, weight) in headless.iter().enumerate() {
        assert_eq!(*weight, seen.tensor("model.safetensors", "W1", index));
        assert_eq!(*weight, elsewhere.tensor("model.safetensors", "W1", index));
    }
}

#[test]
fn another_element_is_shown_while_the_run_is_held_and_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let lab = lab(folder.path(), "optimizer: {rule: adam, lr: 0.01}");
    let worker = worker(&lab, None);
    assert!(latest(&worker, |_| true).ledger.is_none());
    worker.send(Command::Step);
    assert!(latest(&worker, |snapshot| snapshot.step == 1).ledger.as_ref().is_some_and(|ledger| ledger.index == 0));
    let at = |wanted: (usize, usize)| {
        move |snapshot: &Snapshot| snapshot.ledger.as_ref().is_some_and(|l| (l.parameter, l.index) == wanted)
    };
    worker.send(Command::Element { parameter: 0, index: 4 });
    assert_eq!(latest(&worker, at((0, 4))).ledger.as_ref().unwrap().step, 1);
    // Another parameter's update was not kept; one that does not exist never is.
    for index in [0, 1, 99_999] {
        worker.send(Command::Element { parameter: 2, index });
        assert!(latest(&worker, |snapshot| snapshot.ledger.is_none()).step == 1);
    }
    worker.send(Command::Element { parameter: 2, index: 1 });
    worker.send(Command::Restart { seed: None });
    worker.send(Command::Step);
    worker.send(Command::Step);
    assert_eq!(latest(&worker, at((2, 1))).ledger.as_ref().unwrap().name, "W2");
    worker.finish();
}

#[test]
fn a_landscape_has_a_ledger_of_its_coordinates() {
    let folder = tempfile::tempdir().unwrap();
    let text = "id: walk\nlandscape: {source: ravine, start: [-4, 1.5]}\ntraining: {steps: 9}\noptimizer: {rule: momentum, lr: 0.1}\n";
    std::fs::write(folder.path().join("lab.yaml"), text).unwrap();
    let lab = Lab::open(folder.path().join("lab.yaml").to_str().unwrap(), &Overrides::default()).unwrap();
    let worker = worker(&lab, None);
    worker.send(Command::Step);
    let snapshot = latest(&worker, |snapshot| snapshot.step == 1);
    let ledger = snapshot.ledger.as_ref().unwrap();
    let names: Vec<&str> = ledger.lines.iter().map(|line| line.name.as_str()).collect();
    assert_eq!((ledger.before, names), (-4.0, vec!["dx", "state.v", "x"]));
    worker.finish();
}

#[test]
fn back_in_time_the_update_of_that_step_is_shown_again() {
    let folder = tempfile::tempdir().unwrap();
    let worker = worker(&lab(folder.path(), "optimizer: {rule: own.rhai}"), None);
    worker.send(Command::Element { parameter: 0, index: 3 });
    let at = |step: u64| latest(&worker, |snapshot| snapshot.step == step).ledger.clone();
    let forward: Vec<Option<Ledger>> = (1..=9)
        .map(|step| {
            worker.send(Command::Step);
            at(step)
        })
        .collect();
    for step in [8, 3, 0, 7] {
        worker.send(Command::Goto(step));
        let expected = if step == 0 { None } else { forward[step as usize - 1].clone() };
        assert_eq!(at(step), expected, "step {step}");
        assert!(step == 0 || expected.is_some());
    }
    worker.finish();
}
