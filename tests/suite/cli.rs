//! The binary as a user runs it: files, exit codes, sameness of the bits, and what is wrong told in time.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::program::optlab;

const LAB: &str = "format: 1
id: small
title: Small
seed: 3
data: {source: moons, samples: 120, noise: 0.2, validation: 0.25}
network: [{dense: 8}, tanh, {dropout: 0.1}, {dense: 2}]
loss: cross_entropy
training: {epochs: 6, batch: 16}
optimizer: {rule: mine.rhai, lr: 0.01}
";

const RULE: &str = "//! Adam with a counter.
fn hyper() { #{ lr: 0.001, beta1: 0.9, beta2: 0.999, eps: 1e-8 } }
fn state(w) { #{ v: zeros(w), s: zeros(w), power1: 1.0 } }
fn update(w, dw, state, h, t) {
    state.v = h.beta1 * state.v + (1 - h.beta1) * dw;
    state.s = h.beta2 * state.s + (1 - h.beta2) * dw * dw;
    state.power1 = state.power1 * h.beta1;
    w - h.lr * (state.v / (1 - state.power1)) / (sqrt(state.s / (1 - h.beta2 ** t)) + h.eps)
}
";

/// A folder with the lab and its rule, each changed by the caller.
fn folder(lab: &str, rule: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lab.yaml"), lab).unwrap();
    std::fs::write(folder.path().join("mine.rhai"), rule).unwrap();
    folder
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn bytes(folder: &Path, file: &str) -> Vec<u8> {
    std::fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn a_run_writes_its_files_and_prints_one_line_of_json() {
    let folder = folder(LAB, RULE);
    let output = optlab(folder.path(), &["train", "lab.yaml", "--out", "run", "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let out = text(&output.stdout);
    assert_eq!(out.lines().count(), 1, "{out}");
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    // 90 training samples in batches of 16 are five full ones and one of 10.
    assert_eq!(
        (json["steps"].as_u64(), json["epochs"].as_u64(), json["status"].as_str()),
        (Some(36), Some(6), Some("finished"))
    );
    assert_eq!(json["lab"], "small");

    let run = folder.path().join("run");
    let steps = text(&bytes(&run, "steps.csv"));
    let head = "step,epoch,lr,loss,grad_norm,update_norm,grad_norm.W1,grad_norm.b1,grad_norm.W2,grad_norm.b2";
    assert_eq!(steps.lines().next().unwrap(), head);
    assert_eq!(steps.lines().count(), 37);
    let last: Vec<f64> = steps.lines().last().unwrap().split(',').map(|field| field.parse().unwrap()).collect();
    assert_eq!((last[0], last[1], last[2]), (36.0, 6.0, 0.01));
    assert_eq!(last[3], json["loss"].as_f64().unwrap());
    let together = last[6..].iter().map(|norm| norm * norm).sum::<f64>().sqrt();
    assert!((together - last[4]).abs() < 1e-12 * last[4]);
    let epochs = text(&bytes(&run, "epochs.csv"));
    assert_eq!(epochs.lines().next().unwrap(), "epoch,step,train_loss,train_accuracy,val_loss,val_accuracy,seconds");
    assert_eq!(epochs.lines().count(), 7);

    let model = bytes(&run, "model.safetensors");
    let model = safetensors::SafeTensors::deserialize(&model).unwrap();
    assert_eq!(model.tensor("W1").unwrap().shape(), [2, 8]);
    assert_eq!(model.names().len(), 4);
    let state = bytes(&run, "state.safetensors");
    let state = safetensors::SafeTensors::deserialize(&state).unwrap();
    assert_eq!(state.tensor("s.W2").unwrap().shape(), [8, 2]);
    let number = state.tensor("power1.b1").unwrap();
    assert_eq!((number.shape().len(), number.dtype()), (0, safetensors::Dtype::F64));
    let value = f64::from_le_bytes(number.data().try_into().unwrap());
    assert!((value - 0.9_f64.powi(36)).abs() < 1e-12);
    assert!(run.join("mine.rhai").is_file() && run.join("lab.yaml").is_file() && run.join("summary.json").is_file());
}

#[test]
fn the_same_lab_and_seed_give_the_same_bits_whoever_runs_it() {
    let folder = folder(LAB, RULE);
    for (out, more) in [("a", &[][..]), ("b", &["--threads", "2"]), ("c", &["--quiet", "--json"])] {
        let arguments: Vec<&str> =
            ["train", "lab.yaml", "--out", out].into_iter().chain(more.iter().copied()).collect();
        assert!(optlab(folder.path(), &arguments).status.success());
    }
    watched(folder.path(), "d");
    for file in ["steps.csv", "model.safetensors", "state.safetensors"] {
        let first = bytes(&folder.path().join("a"), file);
        for other in ["b", "c", "d"] {
            assert!(first == bytes(&folder.path().join(other), file), "{file} of {other} differs");
        }
    }
    assert!(optlab(folder.path(), &["train", "lab.yaml", "--out", "e", "--seed", "4"]).status.success());
    assert!(bytes(&folder.path().join("a"), "steps.csv") != bytes(&folder.path().join("e"), "steps.csv"));
}

/// Large enough for threads to share its products, updates, activations, batches and evaluations.
const LARGE: &str = "format: 1\nid: large\ntitle: Large\nabout: |\n  Many units.\n\
    data: {source: blobs, samples: 700, features: 300, classes: 3, noise: 3, validation: 0.2}\n\
    network: [{dense: 200}, tanh, {dense: 150}, relu, {dense: 3}]\nloss: cross_entropy\n\
    training: {epochs: 5, batch: 256, clip_norm: 1}\noptimizer: {rule: adam, lr: 0.001}\n";

#[test]
fn threads_that_share_a_step_change_no_bit_of_it() {
    let folder = folder(LARGE, RULE);
    for threads in ["1", "2", "3"] {
        let arguments = ["train", "lab.yaml", "--out", threads, "--threads", threads, "-q"];
        assert!(optlab(folder.path(), &arguments).status.success());
    }
    // All of an evaluation but the seconds at the end of its line.
    let evaluations = |threads: &str| {
        let text = String::from_utf8(bytes(&folder.path().join(threads), "epochs.csv")).unwrap();
        text.lines().map(|line| line.rsplit_once(',').unwrap().0.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(evaluations("1").len(), 6);
    for other in ["2", "3"] {
        assert_eq!(evaluations("1"), evaluations(other));
        for file in ["steps.csv", "model.safetensors", "state.safetensors"] {
            let [one, more] = ["1", other].map(|threads| bytes(&folder.path().join(threads), file));
            assert!(one == more, "{file} of {other} threads differs");
        }
    }
}

/// The same run as a screen has it: step by step, paused, run on, every snapshot taken, named values watched.
fn watched(folder: &Path, out: &str) {
    use optlab::lab::{Lab, Overrides};
    use optlab::run::Command;
    use optlab::session::{Live, Options};
    use optlab::snapshot::{Speed, Status};
    let (path, out) = (folder.join("lab.yaml"), folder.join(out));
    let run = std::thread::Builder::new().stack_size(optlab::train::STACK).spawn(move || {
        let lab = Lab::open(path.to_str().unwrap(), &Overrides::default()).unwrap();
        let options = Options { out: Some(out), way_back: true, ..Options::default() };
        let worker = Live::of(lab, options, false).unwrap();
        let status = |wanted: Status| {
            let until = Instant::now() + Duration::from_secs(20);
            loop {
                match worker.latest() {
                    Some(snapshot) if snapshot.status == wanted => return snapshot,
                    _ => assert!(Instant::now() < until, "the worker never became {wanted:?}"),
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        };
        assert_eq!(status(Status::Ready).step, 0);
        worker.send(Command::Step);
        assert_eq!(status(Status::Paused).step, 1);
        worker.send(Command::Focus(2));
        // Slow enough not to be at its end before it is paused, whatever else the machine does.
        worker.send(Command::Speed(Speed::PerSecond(5.0)));
        worker.send(Command::Run);
        std::thread::sleep(Duration::from_millis(10));
        worker.send(Command::Pause);
        let held = status(Status::Paused);
        std::thread::sleep(Duration::from_millis(30));
        assert_eq!(held.state[0].values[0].name, "v");
        worker.send(Command::Speed(Speed::Max));
        worker.send(Command::Run);
        assert_eq!(status(Status::Finished).step, 36);
        assert_eq!(worker.finish().status, Status::Finished);
    });
    run.unwrap().join().unwrap();
}

/// Evaluation goes by the running statistics, so they have to be saved and read back with the weights.
#[test]
fn a_saved_network_with_normalisations_answers_as_it_did() {
    use optlab::lab::{Lab, Overrides};
    use optlab::train::Experiment;
    let lab = LAB.replace("tanh", "batch_norm, tanh, layer_norm");
    let folder = folder(&lab, RULE);
    let output = optlab(folder.path(), &["train", "lab.yaml", "--out", "run"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let model = bytes(folder.path(), "run/model.safetensors");
    let model = safetensors::SafeTensors::deserialize(&model).unwrap();
    let mut names = model.names();
    names.sort_unstable();
    let expected = ["W1", "W2", "b1", "b2", "beta1", "beta2", "gamma1", "gamma2", "running_mean1", "running_variance1"];
    assert_eq!(names, expected);

    let epochs = text(&bytes(folder.path(), "run/epochs.csv"));
    let last: Vec<f64> = epochs.lines().last().unwrap().split(',').map(|field| field.parse().unwrap()).collect();
    let path = folder.path().join("again.yaml");
    std::fs::write(&path, format!("{lab}initial: {{weights: run/model.safetensors}}\n")).unwrap();
    let lab = Lab::open(path.to_str().unwrap(), &Overrides::default()).unwrap();
    let mut experiment = Experiment::new(lab.experiment(None, 1).unwrap()).unwrap();
    let (train, validation) = experiment.evaluate();
    assert_eq!((train.loss, validation.unwrap().loss), (last[2], last[4]));
}

#[test]
fn a_copy_of_adam_under_another_name_reads_digits_within_fifteen_epochs() {
    let lab = "data: {source: digits, standardize: true, validation: 0.2}
network: [{dense: 64}, relu, {dense: 10}]
loss: cross_entropy
training: {epochs: 15, batch: 64}
optimizer: {rule: mine.rhai, lr: 0.003}
";
    let adam = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/optimizers/adam.rhai")).unwrap();
    let folder = folder(lab, &adam);
    for seed in ["1", "2"] {
        let output = optlab(folder.path(), &["train", "lab.yaml", "--json", "--seed", seed]);
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(json["val_accuracy"].as_f64().unwrap() > 0.95, "{json}");
    }
}

#[test]
fn a_run_can_be_repeated_from_its_own_folder() {
    let folder = folder(LAB, RULE);
    assert!(optlab(folder.path(), &["train", "lab.yaml", "--out", "first", "--seed", "11"]).status.success());
    let again = optlab(folder.path(), &["train", "first/lab.yaml", "--out", "second"]);
    assert!(again.status.success(), "{}", text(&again.stderr));
    for file in ["steps.csv", "model.safetensors", "lab.yaml"] {
        assert!(bytes(&folder.path().join("first"), file) == bytes(&folder.path().join("second"), file), "{file}");
    }
}

#[test]
fn a_divergence_is_told_with_step_quantity_and_advice() {
    let lab = LAB.replace("tanh", "relu").replace("rule: mine.rhai, lr: 0.01", "rule: sgd, lr: 1.0e+30");
    let folder = folder(&lab, RULE);
    let output = optlab(folder.path(), &["train", "lab.yaml", "--json", "--out", "run"]);
    assert_eq!(output.status.code(), Some(3));
    let (err, out) = (text(&output.stderr), text(&output.stdout));
    assert!(err.contains("diverged at step ") && err.contains("try a smaller lr"), "{err}");
    assert!(out.contains("\"status\":\"diverged\""), "{out}");
    assert!(folder.path().join("run/steps.csv").is_file());
}

#[test]
fn a_foreign_folder_is_refused_and_nothing_in_it_is_touched() {
    let folder = folder(LAB, RULE);
    let other = folder.path().join("thesis");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("steps.csv"), "mine").unwrap();
    let output = optlab(folder.path(), &["train", "lab.yaml", "--out", "thesis"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(bytes(&other, "steps.csv"), b"mine");
}

/// Each is wrong in one way; the words that its message must hold.
const WRONG: [(&str, &str, &str); 9] = [
    ("tanh", "thanh", "did you mean `tanh`?"),
    ("lr: 0.01", "lr: .nan", "lab.yaml:9:34"),
    ("rule: mine.rhai", "rule: adamm", "did you mean `adam`?"),
    ("dense: 8", "dense: 1000000000", "GiB"),
    ("samples: 120", "samples: 1000000000000000", "GiB"),
    ("w - h.lr", "w - - * h.lr", "mine.rhai:8"),
    ("state.power1 = state.power1 * h.beta1;", "loop { }", "does not come to an end"),
    ("state.power1 = state.power1 * h.beta1;", "update(w, dw, state, h, t);", "calls itself too deeply"),
    ("state.power1 = state.power1 * h.beta1;", "import \"os\" as os;", "scripts import nothing"),
];

#[test]
fn what_is_wrong_is_told_once_with_its_place_in_time() {
    for (from, to, words) in WRONG {
        let folder = folder(&LAB.replace(from, to), &RULE.replace(from, to));
        let began = Instant::now();
        let output = optlab(folder.path(), &["train", "lab.yaml"]);
        let (took, err) = (began.elapsed(), text(&output.stderr));
        assert_eq!(output.status.code(), Some(2), "{to}: {err}");
        assert!(err.contains(words), "{to}: {err}");
        assert!(err.starts_with("error: ") && err.matches("error: ").count() == 1, "{to}: {err}");
        // A call of a script has 1.5 seconds; the rest is room for a busy machine.
        assert!(took < Duration::from_secs(10), "{to} took {took:?}");
    }
}

#[test]
fn a_script_that_fails_in_the_midst_of_a_run_ends_it_with_its_line_and_keeps_the_files() {
    let rule = RULE.replace(
        "state.power1 = state.power1 * h.beta1;",
        "state.power1 = state.power1 * h.beta1;\n    if t > 1005 { throw \"enough\"; }",
    );
    let folder = folder(&LAB.replace("epochs: 6", "steps: 1100"), &rule);
    let output = optlab(folder.path(), &["train", "lab.yaml", "--out", "run"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("mine.rhai:8"), "{}", text(&output.stderr));
    assert_eq!(text(&bytes(&folder.path().join("run"), "steps.csv")).lines().count(), 1 + 1005);
}

#[test]
fn check_list_and_show_speak_of_what_exists() {
    let folder = folder(LAB, RULE);
    let output = optlab(folder.path(), &["check", "."]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("2 checked, 0 wrong"));
    std::fs::write(folder.path().join("mine.rhai"), "fn update(w) { w }").unwrap();
    assert_eq!(optlab(folder.path(), &["check", "."]).status.code(), Some(2));

    assert!(text(&optlab(folder.path(), &["list", "optimizers"]).stdout).contains("rmsprop"));
    let shown = text(&optlab(folder.path(), &["show", "adam"]).stdout);
    assert!(shown.contains("Kingma and Ba, 2015") && shown.contains("fn update(w, dw, state, h, t)"), "{shown}");
    let unknown = optlab(folder.path(), &["show", "adm"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("did you mean `adam`?"));

    let own = folder.path().join("scripts/optimizers");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("mine_too.rhai"), RULE).unwrap();
    assert!(text(&optlab(folder.path(), &["list", "optimizers"]).stdout).contains("mine_too"));
}

const RACE: &str = "compare:
  sgd: {optimizer: {rule: sgd, lr: 0.1}}
  full: {training: {batch: full}}
";

#[test]
fn a_race_writes_a_folder_for_each_and_two_threads_write_the_same_bytes() {
    let folder = folder(&(LAB.to_owned() + RACE), RULE);
    let path = folder.path();
    let output = optlab(path, &["train", "lab.yaml", "--out", "a", "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let last = text(&output.stdout).lines().last().unwrap().to_owned();
    let summary: serde_json::Value = serde_json::from_str(&last).unwrap();
    let names: Vec<_> = summary["runs"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["mine", "sgd", "full"]);
    for name in &names {
        assert_eq!(summary["runs"][name]["status"], "finished");
        let order = summary["race"]["equal_steps"]["order"].as_array().unwrap();
        assert!(order.iter().any(|ranked| ranked == name), "{summary}");
    }
    assert_eq!(summary["race"]["parted"][0], serde_json::json!({ "runs": ["mine", "sgd"], "step": 2 }));
    assert!(text(&output.stderr).contains("equal samples"), "{}", text(&output.stderr));
    assert!(optlab(path, &["train", "lab.yaml", "--out", "b", "--threads", "2", "-q"]).status.success());
    for name in &names {
        for file in ["steps.csv", "model.safetensors", "state.safetensors"] {
            let file = format!("{name}/{file}");
            assert!(bytes(&path.join("a"), &file) == bytes(&path.join("b"), &file), "{file}");
        }
    }
    // Each folder is a lab that runs alone, and a race that lacks one of them takes its folder away.
    assert!(optlab(path, &["train", "a/sgd/lab.yaml", "-q", "--out", "c"]).status.success());
    assert!(bytes(&path.join("a/sgd"), "steps.csv") == bytes(&path.join("c"), "steps.csv"));
    let fewer = LAB.to_owned() + RACE.rsplit_once("  full").unwrap().0;
    std::fs::write(path.join("lab.yaml"), fewer).unwrap();
    assert!(optlab(path, &["train", "lab.yaml", "--out", "a", "-q"]).status.success());
    assert!(path.join("a/sgd/steps.csv").is_file() && !path.join("a/full").exists());
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::process::{Command, Stdio};
    let mut list = Command::new(env!("CARGO_BIN_EXE_optlab"))
        .arg("list")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(list.stdout.take());
    let output = list.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
fn check_tries_every_run_of_a_race() {
    let wild = "landscape: {source: rosenbrock, start: [-1.5, 2]}
training: {steps: 40}
optimizer: {rule: adam, lr: 0.01}
compare:
  wild: {optimizer: {rule: sgd, lr: 10}}
";
    let folder = folder(wild, RULE);
    let output = optlab(folder.path(), &["check", "lab.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("lab.yaml: wild: diverges at"), "{}", text(&output.stderr));
}
