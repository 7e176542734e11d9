//! Numbers far from 1: the norms of gradients and steps, and clipping, where squares leave the range of `f32`.

use std::path::Path;

use optlab::lab::{Document, Files, Lab};
use optlab::simd::Level;
use optlab::train::{Experiment, ExperimentCheckpoint};

use crate::program::optlab;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, text)| std::fs::write(folder.path().join(name), text).unwrap());
    folder
}

/// The columns of `steps.csv` and what the observer logged, by name, of a lab `lab.yaml` that is trained there.
fn trained(folder: &Path) -> impl Fn(&str) -> Vec<f64> {
    let output = optlab(folder, &["train", "lab.yaml", "--out", "run"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| std::fs::read_to_string(folder.join("run").join(name)).unwrap();
    let (steps, observed) = (read("steps.csv"), read("observed.csv"));
    move |name: &str| {
        let at = steps.lines().next().unwrap().split(',').position(|head| head == name);
        let cell = |row: &str, at: usize| row.split(',').nth(at).unwrap().to_owned();
        let rows: Vec<String> = match at {
            Some(at) => steps.lines().skip(1).map(|row| cell(row, at)).collect(),
            None => observed.lines().filter(|row| cell(row, 1) == name).map(|row| cell(row, 2)).collect(),
        };
        rows.iter().map(|cell| cell.parse().unwrap()).collect()
    }
}

fn near(got: &[f64], expected: &[f64]) {
    assert!(!expected.is_empty() && got.len() == expected.len(), "{got:?} for {expected:?}");
    for (got, expected) in got.iter().zip(expected) {
        assert!((got / expected - 1.0).abs() < 1e-5, "{got:e} for {expected:e}");
    }
}

#[test]
fn a_gradient_that_vanishes_over_forty_layers_is_measured() {
    let layers = "{dense: 8}, sigmoid, ".repeat(40);
    let lab = format!(
        "seed: 1\ndata: {{source: moons, samples: 64}}\nnetwork: [{layers}{{dense: 2}}]\nloss: cross_entropy\n\
         training: {{steps: 2, batch: 32}}\noptimizer: {{rule: sgd, lr: 0.1}}\nobserve: ob.rhai\n"
    );
    let observer = "fn on_step(run) {
        run.log(\"w1\", norm(run.gradient(\"W1\")));
        run.log(\"b1\", norm(run.gradient(\"b1\")));
        run.log(\"w1_by_hand\", sqrt(sum(run.gradient(\"W1\") ** 2)));
    }";
    let folder = folder(&[("lab.yaml", &lab), ("ob.rhai", observer)]);
    let column = trained(folder.path());
    let w1 = column("w1");
    assert!(w1.iter().all(|norm| *norm > 0.0 && *norm < 1e-25), "{w1:?}");
    near(&column("grad_norm.W1"), &w1);
    near(&column("grad_norm.b1"), &column("b1"));
    near(&column("w1_by_hand"), &w1);

    let steps = |out: &str| std::fs::read(folder.path().join(out).join("steps.csv")).unwrap();
    for level in Level::available() {
        let mut command = assert_cmd::Command::cargo_bin("optlab").unwrap();
        let arguments = ["train", "lab.yaml", "--out", "again", "--quiet", "--threads", "3"];
        command.current_dir(folder.path()).args(arguments).env("OPTLAB_CPU", level.name()).assert().success();
        assert!(steps("again") == steps("run"), "{}", level.name());
    }
}

/// A dense layer of zeros on inputs of this size; the gradient is as large.
fn one_layer(size: &str, training: &str, lr: &str) -> tempfile::TempDir {
    let lab = format!(
        "data: {{script: ends.rhai, size: {size}}}\nnetwork: [{{dense: {{units: 3, init: zeros, bias: false}}}}]\n\
         loss: mse\ntraining: {{{training}, batch: full}}\noptimizer: {{rule: sgd, lr: {lr}}}\nobserve: ob.rhai\n"
    );
    let data = "fn hyper() { #{ size: 1.0 } }
        fn generate(h, rng) { #{ x: h.size * normal(rng, [20, 30]), y: normal(rng, [20, 3]) } }"
        .replace("normal(rng, ", "rng.normal(0, 1, ");
    let observer = "fn on_step(run) {
        run.log(\"gradient\", norm(run.gradient(\"W1\")));
        run.log(\"update\", norm(run.update(\"W1\")));
    }";
    folder(&[("lab.yaml", &lab), ("ends.rhai", &data), ("ob.rhai", observer)])
}

#[test]
fn steps_of_any_size_are_measured() {
    let small = ["1e-12", "1e-20", "1e-30", "1e-36"].map(|lr| ("1.0", lr));
    for (size, lr) in small.into_iter().chain([("1.0", "1e15"), ("1e-12", "1e25"), ("1e-19", "3e38")]) {
        let folder = one_layer(size, "steps: 1", lr);
        let column = trained(folder.path());
        near(&column("update_norm"), &column("update"));
        let rate: f64 = lr.parse().unwrap();
        near(&column("update_norm"), &[rate * column("grad_norm")[0]]);
    }
    // Ever longer ones, on weights that are as small.
    let folder = one_layer("1e-16", "steps: 30", "{schedule: exponential, lr: 1e-20, factor: 5}");
    let column = trained(folder.path());
    near(&column("update_norm"), &column("update"));
    assert!(column("update_norm")[0] < 1e-33 && column("update_norm")[29] > 1e-18);
}

#[test]
fn gradients_of_any_size_are_clipped_to_the_limit() {
    for (size, limit) in
        [("1e-30", 1e-32), ("1e-20", 1e-30), ("1.0", 1e-30), ("1e15", 1.0), ("1e30", 1.0), ("1e30", 1e25)]
    {
        let folder = one_layer(size, &format!("steps: 1, clip_norm: {limit:e}"), "0.0");
        let column = trained(folder.path());
        assert!(column("grad_norm")[0] > limit);
        near(&column("gradient"), &[limit]);
    }
    let folder = one_layer("1e-30", "steps: 1, clip_norm: 1e-25", "0.0");
    let column = trained(folder.path());
    near(&column("gradient"), &column("grad_norm"));
}

#[test]
fn a_run_that_is_put_back_measures_its_small_steps_with_the_same_bits() {
    let text = "data: {source: moons, samples: 40}\nnetwork: [{dense: {units: 2, init: zeros}}]\nloss: cross_entropy\n\
                optimizer: {rule: momentum, lr: {schedule: exponential, lr: 1e-36, factor: 30}}\n";
    let document = Document::parse("lab.yaml", text).unwrap();
    let lab = Lab::check(&document, &Files::beside(Path::new("lab.yaml")).unwrap(), None).unwrap();
    let new = || Experiment::new(lab.experiment(None, 1).unwrap()).unwrap();
    let step = |experiment: &mut Experiment<f32>| experiment.step(None).unwrap().update_norm;
    let mut first = new();
    let mut checkpoint = ExperimentCheckpoint::default();
    let mut norms = Vec::new();
    for t in 0..14 {
        if t == 5 {
            first.save(&mut checkpoint);
        }
        norms.push(step(&mut first));
    }
    assert!(norms[0] > 0.0 && norms[0] < 1e-35 && norms[13] > 1e-19, "{norms:?}");
    for mut again in [new(), first] {
        again.restore(&checkpoint).unwrap();
        assert!(norms[5..].iter().all(|norm| norm.to_bits() == step(&mut again).to_bits()));
    }
}
