//! Observers: what they see and log, what their files hold, that they change no number of the training, and that what is
//! wrong with one is told with its place.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;
use optlab::lab::{Lab, Overrides};
use optlab::optim::StateValue;
use optlab::snapshot::Status;
use optlab::train::{Experiment, Observing};

const NETWORK: &str = "id: observed
seed: 5
data: {source: moons, samples: 96, validation: 0.25}
network: [dense: 6, tanh, dense: 2]
loss: cross_entropy
training: {epochs: 4, batch: 16, clip_norm: 0.5}
optimizer: {rule: momentum, lr: 0.2}
";

const LANDSCAPE: &str = "id: walked
landscape: {source: ravine, start: [-4, 1.5]}
training: {steps: 12}
optimizer: {rule: sgd, lr: 0.1}
";

/// A folder with a lab and, if there is one, its observer.
fn folder(lab: &str, observer: Option<&str>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut lab = lab.to_owned();
    if let Some(observer) = observer {
        std::fs::write(folder.path().join("watch.rhai"), observer).unwrap();
        lab += "observe: watch.rhai\n";
    }
    std::fs::write(folder.path().join("lab.yaml"), lab).unwrap();
    folder
}

fn optlab(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::cargo_bin("optlab").unwrap();
    command.current_dir(folder).args(arguments).timeout(Duration::from_secs(60)).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn read(folder: &Path, file: &str) -> String {
    std::fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Trains into `run`, and gives the JSON.
fn train(folder: &Path) -> serde_json::Value {
    let output = optlab(folder, &["train", "lab.yaml", "--out", "run", "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_str(text(&output.stdout).lines().last().unwrap()).unwrap()
}

/// The columns of a table by name.
fn column(table: &str, name: &str) -> Vec<String> {
    let at = table.lines().next().unwrap().split(',').position(|head| head == name).unwrap();
    table.lines().skip(1).map(|row| row.split(',').nth(at).unwrap().to_owned()).collect()
}

#[test]
fn an_observer_sees_the_numbers_of_the_run_to_the_bit() {
    let observer = r#"
        fn memory() { #{ epochs: 0 } }
        fn on_step(run) {
            run.log("loss", run.loss);
            run.log("grad_norm", run.grad_norm);
            run.log("update_norm", run.update_norm);
            run.log("lr", run.lr);
            run.log("epoch", run.epoch);
            run.log("diverged", where(run.diverged, 1, 0));
        }
        fn on_epoch(run, memory) {
            memory.epochs += 1;
            run.log("epochs", memory.epochs);
            run.log("train_loss", run.train_loss);
            run.log("val_loss", run.val_loss);
            run.log("val_accuracy", run.val_accuracy);
        }"#;
    let folder = folder(NETWORK, Some(observer));
    train(folder.path());
    let run = folder.path().join("run");
    let (observed, steps, epochs) = (read(&run, "observed.csv"), read(&run, "steps.csv"), read(&run, "epochs.csv"));
    assert_eq!(observed.lines().next(), Some("step,name,value"));
    let logged = |name: &str| -> Vec<String> {
        observed
            .lines()
            .filter(|row| row.split(',').nth(1) == Some(name))
            .map(|r| r.rsplit(',').next().unwrap().to_owned())
            .collect()
    };
    for name in ["loss", "grad_norm", "update_norm", "lr", "epoch"] {
        assert_eq!(logged(name), column(&steps, name), "{name}");
    }
    for name in ["train_loss", "val_loss", "val_accuracy"] {
        assert_eq!(logged(name), column(&epochs, name), "{name}");
    }
    assert_eq!(logged("epochs"), ["1", "2", "3", "4"]);
    assert_eq!(logged("diverged"), ["0"; 20]);
    assert!(run.join("watch.rhai").is_file(), "the script lies in the run's folder");
    assert!(read(&run, "lab.yaml").contains("observe: watch.rhai"));
    // The run's own folder is again a lab, with its observer.
    let again = optlab(&run, &["train", "lab.yaml", "--out", "../again", "--quiet"]);
    assert!(again.status.success(), "{}", text(&again.stderr));
    assert_eq!(read(&folder.path().join("again"), "observed.csv"), observed);
}

#[test]
fn an_observer_changes_no_bit_of_the_training() {
    let observer = r#"
        fn memory() { #{ before: () } }
        fn on_step(run, memory) {
            for name in run.parameters() { run.log("size_" + name, norm(run.weight(name))); }
            let w = run.weight("W1");
            w = w * 0;
            memory.before = run.update();
            run.log("moved", max_abs(memory.before));
        }
        fn on_epoch(run) { run.log("mean", mean(run.gradient("b2"))); }"#;
    for lab in [NETWORK, LANDSCAPE] {
        let observer =
            if lab == LANDSCAPE { observer.replace("W1", "xy").replace("b2", "xy") } else { observer.into() };
        let (with, without) = (folder(lab, Some(&observer)), folder(lab, None));
        train(with.path());
        train(without.path());
        let [with, without] = [&with, &without].map(|folder| folder.path().join("run"));
        for file in ["steps.csv", "model.safetensors", "state.safetensors"] {
            assert_eq!(std::fs::read(with.join(file)).unwrap(), std::fs::read(without.join(file)).unwrap(), "{file}");
        }
        assert!(with.join("observed.csv").is_file() && !without.join("observed.csv").exists());
    }
}

/// The tensors against the experiment's own: weights after the step, the clipped gradient, and their difference.
#[test]
fn tensors_are_those_of_the_step() {
    let observer = r#"
        fn on_step(run) {
            run.log("w", sum(run.weight("W2")));
            run.log("g", sum(run.gradient("W2")));
            run.log("u", sum(run.update("W2")));
            run.log("all", norm(run.gradient()));
            run.log("row", run.weight("W1")[1][5]);
            run.log("columns", run.weight("W1")[0].len());
            run.log("kept", sum(run.state("v.W2")));
            run.log("sides", run.state("v.W2").len() * 10 + run.state("v.W2")[0].len());
        }"#;
    let folder = folder(NETWORK, Some(observer));
    let spec = folder.path().join("lab.yaml").display().to_string();
    let lab = Lab::open(&spec, &Overrides::default()).unwrap();
    let mut experiment = Experiment::new(lab.experiment(None, 1).unwrap()).unwrap();
    let mut observing = Observing::of(&mut experiment).unwrap();
    let at = experiment.layout().find("W2").unwrap();
    let sum = |values: &[f32]| values.iter().map(|value| f64::from(*value)).sum::<f64>();
    for _ in 0..8 {
        let before = experiment.params().get(at).to_vec();
        let report = experiment.step(None).unwrap();
        let notes = observing.stepped(&mut experiment, &report).unwrap().clone();
        let after = experiment.params().get(at);
        let moved: f64 = after.iter().zip(&before).map(|(after, before)| f64::from(*after) - f64::from(*before)).sum();
        let value = |name: &str| notes.values.iter().find(|(other, _)| other == name).unwrap().1;
        assert_eq!(value("w"), sum(after));
        assert_eq!(value("g"), sum(experiment.grads().get(at)));
        assert_eq!(value("u"), moved);
        let (_, kept) = experiment.rule().state_of(at).find(|(name, _)| *name == "v").unwrap();
        let StateValue::Tensor(kept) = kept else { panic!("v is a tensor") };
        assert_eq!((value("kept"), value("sides")), (sum(kept), 62.0));
        assert_eq!(value("row"), f64::from(experiment.params().get(0)[6 + 5]));
        assert_eq!(value("columns"), 6.0);
        // Clipped to 0.5, as the rule was given it.
        assert!((value("all") - report.grad_norm.min(0.5)).abs() < 1e-6, "{} {}", value("all"), report.grad_norm);
        assert!(report.grad_norm < 0.5 || report.clipped);
    }
}

#[test]
fn the_shipped_angle_is_the_cosine_between_the_gradient_and_the_update_before_it() {
    let lab = Lab::open("momentum-in-the-ravine", &Overrides::default()).unwrap();
    let mut experiment = Experiment::new(lab.landscape_experiment(None).unwrap()).unwrap();
    let mut observing = Observing::of(&mut experiment).unwrap();
    let mut before: Option<[f64; 2]> = None;
    let xy = |values: &[f64]| [values[0], values[1]];
    for _ in 0..100 {
        let start = experiment.params().get(0).to_vec();
        let report = experiment.step(None).unwrap();
        let notes = observing.stepped(&mut experiment, &report).unwrap();
        let g = xy(experiment.grads().get(0));
        if let Some(u) = before {
            let cosine = (g[0] * u[0] + g[1] * u[1]) / (g[0].hypot(g[1]) * u[0].hypot(u[1]));
            let [(name, value)] = &notes.values[..] else { panic!("{notes:?}") };
            assert!(name == "cosine" && (value - cosine).abs() < 1e-12, "{value} {cosine}");
        } else {
            assert!(notes.values.is_empty());
        }
        let moved: Vec<f64> = experiment.params().get(0).iter().zip(&start).map(|(a, b)| a - b).collect();
        before = Some(xy(&moved));
    }
}

/// What the text of the lab says: plain descent goes too far at nearly every step, momentum does not.
#[test]
fn the_angle_tells_zig_zag_from_a_path() {
    let mean = |set: &str| {
        let overrides = Overrides { set: vec![set.into()], ..Overrides::default() };
        let lab = Lab::open("momentum-in-the-ravine", &overrides).unwrap();
        let mut experiment = Experiment::new(lab.landscape_experiment(None).unwrap()).unwrap();
        let mut observing = Observing::of(&mut experiment).unwrap();
        let mut sum = 0.0;
        for _ in 0..20 {
            let report = experiment.step(None).unwrap();
            sum += observing.stepped(&mut experiment, &report).unwrap().values.first().map_or(0.0, |(_, value)| *value);
        }
        sum / 19.0
    };
    let plain = mean("optimizer={rule: sgd, lr: 0.1}");
    assert!(plain > 0.9, "{plain}");
    assert!(mean("optimizer.lr=0.5") < 0.5 * plain);
}

#[test]
fn an_observer_ends_a_run_and_says_why() {
    let observer = "fn on_step(run) { if run.step == 7 { run.stop(\"seven\\nis enough\"); run.stop(\"no\"); } }";
    let folder = folder(NETWORK, Some(observer));
    let output = optlab(folder.path(), &["train", "lab.yaml", "--out", "run", "--json"]);
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stderr);
    assert!(said.contains("the observer stopped the run: seven is enough"), "{said}");
    let json: serde_json::Value = serde_json::from_str(&text(&output.stdout)).unwrap();
    assert_eq!((json["status"].as_str(), json["steps"].as_u64()), (Some("stopped"), Some(7)));
    assert!(json["val_loss"].is_number(), "where it stands is told: {json}");
    let run = folder.path().join("run");
    assert_eq!(column(&read(&run, "epochs.csv"), "step"), ["5", "7"]);
    assert_eq!(read(&run, "observed.csv"), "step,name,value\n");
    assert!(run.join("model.safetensors").is_file());
    let status = Status::Stopped("why".into());
    assert!(status.is_final() && status.word() == "finished");
}

#[test]
fn an_epochs_end_may_end_it_too() {
    let observer = "fn on_epoch(run) { if run.epoch >= 2 { run.stop(\"two\"); } }";
    let folder = folder(NETWORK, Some(observer));
    let json = train(folder.path());
    assert_eq!((json["status"].as_str(), json["epochs"].as_u64()), (Some("stopped"), Some(2)));
}

fn wrong(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_observers").join(name)
}

/// Every script in `tests/bad_observers/` fails with the message in its first lines (`//| `), in the run or before it.
/// `BLESS=1` fills them in, to be read by a person.
#[test]
fn every_bad_observer_is_told_with_its_place() {
    let mut cases: Vec<PathBuf> = std::fs::read_dir(wrong("")).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 15, "{}", cases.len());
    let mut found_wrong = Vec::new();
    for path in cases {
        let case = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let script: String = case.split_inclusive('\n').skip_while(|line| line.starts_with("//|")).collect();
        let folder = folder(NETWORK, Some(&script));
        let output = optlab(folder.path(), &["train", "lab.yaml", "--quiet"]);
        let said = text(&output.stderr);
        let comment: String = said.lines().map(|line| format!("//| {line}").trim_end().to_owned() + "\n").collect();
        if output.status.code() != Some(2) || !said.contains("watch.rhai:") {
            found_wrong.push(format!("{name}: is not refused with its place: {said}"));
        } else if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, comment + script.as_str()).unwrap();
        } else if comment.clone() + script.as_str() != case {
            found_wrong.push(format!("{name}: found\n{comment}"));
        }
    }
    assert!(found_wrong.is_empty(), "{}", found_wrong.join("\n"));
}

#[test]
fn on_a_landscape_observers_and_schedules_see_where_the_run_stands() {
    let lab = "landscape: {source: ravine, start: [-4, 1]}\ntraining: {steps: 9}\noptimizer: {rule: sgd, lr: {schedule: near.rhai}}\n";
    let observer = "fn on_step(run) { run.log(\"x\", run.x); run.log(\"y\", run.y); run.log(\"height\", run.height); }";
    let folder = folder(lab, Some(observer));
    let near = "fn memory() { #{} }\nfn rate(t, h, run, memory) { if run.x > -3.9 { 0.01 } else { 0.05 } }\n";
    std::fs::write(folder.path().join("near.rhai"), near).unwrap();
    let output = optlab(folder.path(), &["train", "lab.yaml", "--out", "run", "--quiet"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let table = |name: &str| std::fs::read_to_string(folder.path().join("run").join(name)).unwrap();
    let (path, observed, steps) = (table("path.csv"), table("observed.csv"), table("steps.csv"));
    let mut rates = Vec::new();
    for (at, row) in path.lines().skip(1).enumerate() {
        let path: Vec<&str> = row.split(',').collect();
        if at > 0 {
            for (name, column) in [("x", 1), ("y", 2), ("height", 3)] {
                let line = format!("{at},{name},{}", path[column]);
                assert!(observed.lines().any(|row| row == line), "{line}\n{observed}");
            }
        }
        let x: f64 = path[1].parse().unwrap();
        rates.push(if x > -3.9 { "0.01" } else { "0.05" });
    }
    // A schedule is asked before its step: it sees where the step begins.
    for (row, rate) in steps.lines().skip(1).zip(&rates) {
        assert_eq!(row.split(',').nth(2), Some(*rate), "{steps}");
    }
    assert!(rates.contains(&"0.01") && rates.contains(&"0.05"), "{rates:?}");
}

#[test]
fn a_failing_observer_fails_the_run_and_leaves_its_files() {
    let folder = folder(NETWORK, Some("fn on_step(run) { if run.step > 3 { run.log(\"x\", run.los); } }"));
    let output = optlab(folder.path(), &["train", "lab.yaml", "--out", "run", "--json"]);
    assert_eq!(output.status.code(), Some(2));
    let json: serde_json::Value = serde_json::from_str(&text(&output.stdout)).unwrap();
    assert_eq!(json["status"], "failed");
    assert_eq!(read(&folder.path().join("run"), "steps.csv").lines().count(), 5);
    let checked = optlab(folder.path(), &["check", "lab.yaml"]);
    assert_eq!(checked.status.code(), Some(2), "a lab is checked with its observer");
    assert!(text(&checked.stderr).contains("did you mean `run.loss`?"), "{}", text(&checked.stderr));
}

#[test]
fn an_observer_is_checked_by_itself() {
    let folder = folder(NETWORK, None);
    let check = |script: &str| {
        std::fs::write(folder.path().join("alone.rhai"), script).unwrap();
        let output = optlab(folder.path(), &["check", "alone.rhai"]);
        (output.status.code(), text(&output.stdout) + text(&output.stderr).as_str())
    };
    let angle = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/labs/angle.rhai")).unwrap();
    assert_eq!(check(&angle), (Some(0), "ok    alone.rhai  an observer\n1 checked, 0 wrong\n".to_owned()));
    for good in ["W4", "gamma2", "xy"] {
        let script = format!("//! Looks.\nfn on_step(run) {{ run.log(\"a\", norm(run.weight(\"{good}\"))); }}\n");
        assert_eq!(check(&script).0, Some(0), "{good}");
    }
    // What a rule keeps is that of Adam, of a network and on a landscape.
    for (name, code) in [("v.W4", 0), ("s.xy", 0), ("vv.W1", 2)] {
        let script = format!("//! Looks.\nfn on_step(run) {{ run.log(\"a\", norm(run.state(\"{name}\"))); }}\n");
        let (exit, said) = check(&script);
        assert_eq!((exit, said.contains("`v` and `s` of Adam")), (Some(code), code == 2), "{said}");
    }
    let (code, said) = check("//! Looks.\nfn on_epoch(run) {\n    run.log(\"a\", norm(run.weight(\"W9\")));\n}\n");
    assert_eq!(code, Some(2));
    assert!(said.contains("alone.rhai:3") && said.contains("did you mean `W"), "{said}");
    let listed = optlab(folder.path(), &["list", "observers"]);
    assert!(text(&listed.stderr).contains("they lie beside their labs"), "{}", text(&listed.stderr));
}

/// On the screen the State pane shows the state of the step at which the observer stopped, watched or not.
#[test]
fn the_state_after_a_stop_is_that_of_the_last_step() {
    use optlab::lab::{Lab, Overrides};
    use optlab::run::Command;
    use optlab::session::{Live, Options};
    use optlab::snapshot::Status;
    use optlab::train::{Experiment, STACK};
    use std::time::{Duration, Instant};
    const STOP: &str = "fn on_step(run) { if run.step == 40 { run.stop(\"enough\"); } }";
    let lab = "data: {source: moons, samples: 64}
network: [dense: 4, tanh, dense: 2]
loss: cross_entropy
training: {steps: 90, batch: 16}
optimizer: {rule: momentum, lr: 0.1}
observe: watch.rhai
";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lab.yaml"), lab).unwrap();
    std::fs::write(folder.path().join("watch.rhai"), STOP).unwrap();
    let path = folder.path().join("lab.yaml").display().to_string();
    let work = move || {
        let lab = Lab::open(&path, &Overrides::default()).unwrap();
        let mut alone = Experiment::new(lab.experiment(None, 1).unwrap()).unwrap();
        for _ in 0..40 {
            alone.step(None).unwrap();
        }
        let StateValue::Tensor(v) = alone.rule().state_of(0).next().unwrap().1 else { panic!("a tensor") };
        let largest = v.iter().copied().fold(f32::MIN, f32::max);
        let worker = Live::of(lab, Options { way_back: true, ..Options::default() }, false).unwrap();
        worker.send(Command::Run);
        let until = Instant::now() + Duration::from_secs(20);
        let snapshot = loop {
            match worker.latest() {
                Some(snapshot) if matches!(snapshot.status, Status::Stopped(_)) => break snapshot,
                _ => assert!(Instant::now() < until, "the run was never stopped"),
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        assert_eq!((snapshot.step, snapshot.state[0].values[0].max), (40, f64::from(largest)));
    };
    std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join().unwrap();
}
