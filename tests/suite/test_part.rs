//! The test part: held out of training and of validation, by the seed, and evaluated once, where a run ends.

use std::fmt::Write as _;
use std::path::Path;

use crate::program::optlab;
use optlab::data::Dataset;
use optlab::lab::{Lab, Overrides};
use optlab::run::Command;
use optlab::session::{Options, Session};
use optlab::snapshot::Status;
use optlab::train::{Learning, Objective, on_large_stack};
use tempfile::TempDir;

fn written(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn opened(folder: &Path, set: &[&str]) -> Lab {
    let overrides = Overrides { set: set.iter().map(|set| (*set).to_owned()).collect(), ..Overrides::default() };
    let path = folder.join("lab.yaml").display().to_string();
    on_large_stack(|| Lab::open(&path, &overrides)).unwrap_or_else(|errors| panic!("{}", errors[0].render(false)))
}

fn session(folder: &Path, set: &[&str], options: Options) -> Session {
    Session::of(opened(folder, set), options).unwrap_or_else(|error| panic!("{}", error.render(false)))
}

/// A CSV file with so many rows.
fn table(head: &str, rows: usize, row: impl Fn(usize) -> String) -> String {
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!("{head}\n{}\n", rows.join("\n"))
}

/// What a run of the lab learns: its parts.
fn learning(lab: &Lab) -> Box<Learning<f32>> {
    match on_large_stack(|| lab.experiment(None, 1)).unwrap().objective {
        Objective::Network(learning) => learning,
        Objective::Landscape(_) => panic!("a network"),
    }
}

/// Ten samples, each of which adds a power of 4 of its own to the sum of losses: the network gives 0 and never learns.
fn powers() -> TempDir {
    let mut csv = "x,y\n".to_owned();
    (0..10).for_each(|at| writeln!(csv, "{at},{}", 1 << at).unwrap());
    let lab = "id: powers\ndata: {csv: d.csv, target: y}\nnetwork: [{dense: {units: 1, init: zeros, bias: false}}]\n\
               loss: mse\ntraining: {epochs: 2, batch: full}\noptimizer: {rule: sgd, lr: 0}\n";
    written(&[("lab.yaml", lab), ("d.csv", &csv)])
}

/// The samples that a mean loss of so many is made of.
fn samples(mean: &serde_json::Value, count: usize) -> Vec<usize> {
    let sum = (mean.as_f64().unwrap() * count as f64).round() as u64;
    let found: Vec<usize> = (0..10).filter(|at| (sum >> (2 * at)) & 3 == 1).collect();
    assert_eq!(found.iter().map(|at| 1_u64 << (2 * at)).sum::<u64>(), sum, "each sample counts once");
    assert_eq!(found.len(), count);
    found
}

#[test]
fn the_loss_of_each_part_is_that_of_its_samples_and_every_sample_is_in_one() {
    let folder = powers();
    let mut seen = Vec::new();
    for seed in 0..8 {
        let seed = format!("seed={seed}");
        let run = |set: &[&str]| session(folder.path(), set, Options::default()).run_to_end().summary;
        let both = run(&[&seed, "data.validation=0.3", "data.test=0.2"]);
        let (train, validation, test) =
            (samples(&both["train_loss"], 5), samples(&both["val_loss"], 3), samples(&both["test_loss"], 2));
        let mut all = [train, validation.clone(), test.clone()].concat();
        all.sort_unstable();
        assert_eq!(all, (0..10).collect::<Vec<_>>());
        assert_eq!(both["test_accuracy"], serde_json::Value::Null);
        // The validation part is what it is without a test part.
        let without = run(&[&seed, "data.validation=0.3"]);
        assert_eq!(samples(&without["val_loss"], 3), validation);
        assert_eq!(without["test_loss"], serde_json::Value::Null);
        // And a test part needs no validation part.
        let alone = run(&[&seed, "data.test=0.2"]);
        samples(&alone["train_loss"], 8);
        samples(&alone["test_loss"], 2);
        assert_eq!(alone["val_loss"], serde_json::Value::Null);
        assert_eq!(run(&[&seed, "data.validation=0.3", "data.test=0.2"])["test_loss"], both["test_loss"]);
        seen.push(test);
    }
    seen.sort();
    seen.dedup();
    assert!(seen.len() > 3, "the seed chooses: {seen:?}");
}

/// The rows of a dataset with what is to be learned about each, as bits.
fn rows(data: &Dataset) -> Vec<String> {
    let told = |at: usize| {
        format!("{:?} {:?}", data.x().row(at).map(|x| x.to_bits()).to_vec(), data.select(&[at as u32]).target())
    };
    (0..data.samples()).map(told).collect()
}

#[test]
fn every_source_of_data_is_parted_without_loss() {
    let csv = table("a,b,y", 40, |at| format!("{at},{},{}", at * at, at % 2));
    let script = "//! Pairs.\n//! y = x.\n//! Source: none.\nfn hyper() { #{\n    samples: 40, // how many\n} }\n\
                  fn generate(h, rng) { let x = rng.normal(0, 1, [h.samples, 2]); #{ x: x, y: x } }\n";
    let image = |at: usize| [at as u8, (3 * at) as u8];
    let images: Vec<u8> =
        [0, 0, 8, 3, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 2].into_iter().chain((0..40).flat_map(image)).collect();
    let labels: Vec<u8> = [0, 0, 8, 1, 0, 0, 0, 40].into_iter().chain((0..40).map(|at| at % 2)).collect();
    let folder = written(&[("d.csv", &csv), ("pairs.rhai", script)]);
    std::fs::write(folder.path().join("images"), images).unwrap();
    std::fs::write(folder.path().join("labels"), labels).unwrap();
    let sources = [
        ("csv: d.csv, target: y", 2, "cross_entropy"),
        ("script: pairs.rhai", 2, "mse"),
        ("idx: {images: images, labels: labels}", 2, "cross_entropy"),
        ("source: moons, samples: 40", 2, "cross_entropy"),
        ("source: digits", 10, "cross_entropy"),
    ];
    for (source, outputs, loss) in sources {
        let lab =
            format!("data: {{{source}}}\nnetwork: [{{dense: {outputs}}}]\nloss: {loss}\ntraining: {{steps: 1}}\n");
        std::fs::write(folder.path().join("lab.yaml"), lab).unwrap();
        let mut whole = rows(&learning(&opened(folder.path(), &[])).train);
        let parts = learning(&opened(folder.path(), &["data.validation=0.25", "data.test=0.2"]));
        let parts =
            [&parts.train, parts.validation.as_ref().unwrap(), parts.test.as_ref().unwrap()].map(|part| rows(part));
        let count = |share: f64| (whole.len() as f64 * share).round() as usize;
        assert_eq!(parts.each_ref().map(Vec::len), [whole.len() - count(0.25) - count(0.2), count(0.25), count(0.2)]);
        let mut together = parts.concat();
        whole.sort();
        together.sort();
        assert_eq!(together, whole, "{source}");
    }
}

#[test]
fn features_are_standardized_by_the_training_part_alone() {
    let csv = table("a,y", 50, |at| format!("{},{}", at * at, at % 3));
    let lab = "data: {csv: d.csv, target: y, validation: 0.2, test: 0.3}\nnetwork: [{dense: 3}]\nloss: cross_entropy\n";
    let folder = written(&[("lab.yaml", lab), ("d.csv", &csv)]);
    let plain = learning(&opened(folder.path(), &[]));
    let scaled = learning(&opened(folder.path(), &["data.standardize=true"]));
    let values: Vec<f64> = plain.train.x().iter().map(|x| f64::from(*x)).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let deviation = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
    for (plain, scaled) in [(&plain.train, &scaled.train), (&plain.test.unwrap(), &scaled.test.unwrap())] {
        for (plain, scaled) in plain.x().iter().zip(scaled.x()) {
            let expected = (f64::from(*plain) - mean) / deviation;
            assert!((f64::from(*scaled) - expected).abs() < 1e-5, "{scaled} for {expected}");
        }
    }
}

/// A run that learns: six steps an epoch, 24 in all.
const MOONS: &str = "id: moons
seed: 3
data: {source: moons, samples: 200, noise: 0.2, validation: 0.25, test: 0.25}
network: [{dense: 8}, tanh, {dropout: 0.2}, {dense: 2}]
loss: cross_entropy
training: {epochs: 4, batch: 17}
optimizer: {rule: adam, lr: 0.05}
";

#[test]
fn the_test_part_is_looked_at_where_the_run_ends_and_not_before() {
    let folder = written(&[("lab.yaml", MOONS)]);
    let mut run = session(folder.path(), &[], Options { way_back: true, ..Options::default() });
    while run.status() != &Status::Finished {
        assert_eq!(run.snapshot().test, None);
        run.step();
    }
    let test = run.snapshot().test.expect("the run has ended");
    assert_eq!(test.step, 24);
    // Back on its way it has no end, and the same one again.
    run.send(Command::Goto(11));
    assert_eq!(run.snapshot().test, None);
    while run.status() != &Status::Finished {
        run.step();
    }
    assert_eq!(run.snapshot().test, Some(test));
    let summary = run.finish().summary;
    assert_eq!((summary["test_loss"].as_f64(), summary["test_accuracy"].as_f64()), (Some(test.loss), test.accuracy));
}

#[test]
fn it_is_evaluated_as_the_validation_part_is() {
    // The same samples in the other role: of a lab without validation, the rows of the test part as a file of their own.
    let folder = written(&[("lab.yaml", MOONS)]);
    let parts = learning(&opened(folder.path(), &[]));
    let (train, test) = (&parts.train, parts.test.as_ref().unwrap());
    let lab = MOONS
        .replace("source: moons, samples: 200, noise: 0.2, validation: 0.25, test: 0.25", "csv: d.csv, target: y")
        .replace("{dropout: 0.2}, ", "");
    let csv = |data: &Dataset| {
        let mut text = "a,b,y\n".to_owned();
        for at in 0..data.samples() {
            let optlab::data::Target::Classes { labels, .. } = data.target() else { panic!("classes") };
            let row = data.x().row(at);
            writeln!(text, "{:?},{:?},{}", row[0], row[1], labels[at]).unwrap();
        }
        text
    };
    let folder = written(&[("lab.yaml", &lab), ("d.csv", &csv(train))]);
    let out = folder.path().join("out");
    let trained = Options { out: Some(out), ..Options::default() };
    session(folder.path(), &[], trained).run_to_end();
    // The weights that came of it, at rate 0, judge the other rows as their training part.
    std::fs::write(folder.path().join("d.csv"), csv(test)).unwrap();
    std::fs::rename(folder.path().join("out/model.safetensors"), folder.path().join("w.safetensors")).unwrap();
    let set = ["initial={weights: w.safetensors}", "optimizer={rule: sgd, lr: 0}"];
    let judged = session(folder.path(), &set, Options::default()).run_to_end().summary;
    // And the lab itself, without what is random in its layers.
    let whole = written(&[("lab.yaml", &MOONS.replace("{dropout: 0.2}, ", ""))]);
    let told = session(whole.path(), &[], Options::default()).run_to_end().summary;
    assert_eq!(told["test_accuracy"], judged["train_accuracy"]);
    let (told, judged) = (told["test_loss"].as_f64().unwrap(), judged["train_loss"].as_f64().unwrap());
    assert!((told / judged - 1.0).abs() < 1e-6, "{told} for {judged}");
}

fn json(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    let output = optlab(folder, &[&["train", "lab.yaml", "--json"], arguments].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn summary_and_line_tell_it_and_nothing_changes_a_bit_of_it() {
    let folder = written(&[("lab.yaml", MOONS)]);
    let output = optlab(folder.path(), &["train", "lab.yaml", "--out", "run", "--json"]);
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let summary = std::fs::read_to_string(folder.path().join("run/summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    let (loss, accuracy) = (line["test_loss"].as_f64().unwrap(), line["test_accuracy"].as_f64().unwrap());
    assert_eq!((&summary["test_loss"], &summary["test_accuracy"]), (&line["test_loss"], &line["test_accuracy"]));
    assert!(
        said.contains(&format!("test part, after step 24: loss {loss:.4}, accuracy {:.1} %", 100.0 * accuracy)),
        "{said}"
    );
    assert!(std::fs::read_to_string(folder.path().join("run/lab.yaml")).unwrap().contains("  test: 0.25"));
    for arguments in [&["--threads", "3"][..], &["--quiet"]] {
        assert_eq!(json(folder.path(), arguments)["test_loss"], line["test_loss"], "{arguments:?}");
    }
    // In a worker that shows a screen, stepped and held as it may be.
    let mut seen = session(folder.path(), &[], Options { way_back: true, ..Options::default() });
    (0..9).for_each(|_| seen.step());
    seen.snapshot();
    seen.send(Command::Run);
    while seen.status() != &Status::Finished {
        seen.turn();
        seen.snapshot();
    }
    assert_eq!(seen.snapshot().test.map(|test| test.loss), Some(loss));
}

#[test]
fn an_end_before_the_last_step_is_an_end_and_a_break_is_none() {
    let stop = "fn on_step(run) { if run.step == 7 { run.stop(\"enough\"); } }\n";
    let folder = written(&[("lab.yaml", MOONS), ("stop.rhai", stop)]);
    let seven = json(folder.path(), &["--steps", "7"]);
    assert_eq!(seven["steps"], 7);
    assert!(seven["test_loss"].is_f64());
    let stopped = json(folder.path(), &["--set", "observe=stop.rhai"]);
    assert_eq!((&stopped["status"], &stopped["test_loss"]), (&"stopped".into(), &seven["test_loss"]));
    // Left on the screen after so many steps.
    let mut left = session(folder.path(), &[], Options::default());
    (0..7).for_each(|_| left.step());
    let left = left.finish().summary;
    assert_eq!((&left["status"], &left["test_loss"]), (&"stopped".into(), &seven["test_loss"]));
    // Nothing was trained, or what was trained broke.
    assert!(session(folder.path(), &[], Options::default()).finish().summary["test_loss"].is_null());
    let diverged =
        json(folder.path(), &["--set", "optimizer={rule: sgd, lr: 1e30}", "--set", "network=[dense: 8, dense: 2]"]);
    assert_eq!((&diverged["status"], diverged["test_loss"].is_null()), (&"diverged".into(), true));
}

#[test]
fn each_racer_has_its_own() {
    let lab =
        format!("{MOONS}compare:\n  slow: {{optimizer: {{rule: sgd, lr: 0.001}}}}\n  other: {{data: {{test: 0.1}}}}\n");
    let folder = written(&[("lab.yaml", &lab)]);
    let output = optlab(folder.path(), &["train", "lab.yaml", "--json"]);
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let of = |name: &str| line["runs"][name]["test_loss"].as_f64().unwrap_or_else(|| panic!("{name}: {line}"));
    assert!(of("adam") < of("slow") && of("other") != of("adam"));
    for name in ["adam", "slow", "other"] {
        let told = said.split(&format!("{name}: test part, after step 24: loss ")).nth(1);
        let told = told.map(|rest| rest.split(',').next().unwrap().parse::<f64>().unwrap());
        // To four digits; `other` has made more steps.
        assert!(told.map_or(name == "other", |told| (told - of(name)).abs() <= 5e-4 * of(name)), "{name}: {said}");
    }
    let alone = written(&[("lab.yaml", MOONS)]);
    assert_eq!(json(alone.path(), &[])["test_loss"].as_f64(), Some(of("adam")));
}

#[test]
fn an_edit_of_it_waits_for_a_restart() {
    let folder = written(&[("lab.yaml", MOONS)]);
    let (old, new) = (opened(folder.path(), &[]), opened(folder.path(), &["data.test=0.1"]));
    assert_eq!(old.change_to(&new), optlab::lab::Change::Start(vec!["data".into()]));
    assert_ne!(learning(&old).test.unwrap().samples(), learning(&new).test.unwrap().samples());
}
