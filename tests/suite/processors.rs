//! The same numbers on every processor: a lab trained at each level that this one has writes the same bytes, and a level
//! that is not there is told.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::program::optlab;
use optlab::simd::Level;

/// Layers, losses, a schedule and a rule that use most of what there is to compute; batches and widths that fill no tile.
const NETWORK: &str = "id: network
seed: 3
data: {source: rings, samples: 230, classes: 3, validation: 0.25}
network: [{dense: 37}, batch_norm, tanh, {dense: 21}, layer_norm, gelu, {dropout: 0.2}, {dense: 9}, silu, {dense: 3}]
loss: cross_entropy
penalty: {l2: 0.001}
training: {steps: 60, batch: 19, clip_norm: 1.0}
optimizer: {rule: nadam, lr: {schedule: warmup_cosine, lr: 0.02, warmup: 7, steps: 60}}
";

/// Two gradients, the norm of all of them, draws, and weights that are averaged for their evaluation.
const RULES: &str = "id: rules
seed: 6
data: {source: moons, samples: 90, validation: 0.2}
network: [{dense: 19}, batch_norm, tanh, {dropout: 0.2}, {dense: 2}]
loss: cross_entropy
training: {steps: 30, batch: 17, clip_norm: 1.0}
optimizer: {rule: RULE}
";

/// Large enough that operands are copied, and more terms than one block has.
const DIGITS: &str = "id: digits
seed: 5
data: {source: digits, validation: 0.2}
network: [{dense: 530}, relu, {dense: 70}, sigmoid, {dense: 10}]
loss: cross_entropy
training: {steps: 12, batch: 40}
optimizer: {rule: adam, lr: 0.003}
";

/// Whose height is made of cosines.
const LANDSCAPE: &str = "id: landscape
seed: 2
landscape: {source: rastrigin, start: [2.3, -1.7], noise: 0.1}
training: {steps: 150}
optimizer: {rule: rmsprop, lr: {schedule: exponential, lr: 0.05}}
";

/// Thousands of sines in `f64`, of which the platform's functions give some other bits without FMA.
const SERIES: &str = "id: series
seed: 4
series: {source: noisy_sine, samples: 4000, period: 37.7}
averages: [{exponential: 0.9}, {weighted: [1, 2, 3]}]
";

/// Has the C library choose its functions for a processor without FMA, where it heeds this.
const OLD: &str = "glibc.cpu.hwcaps=-AVX512F,-AVX2,-FMA,-FMA4,-AVX2_Usable,-FMA_Usable";

/// The binary on a level, by its word.
fn on(level: &str, folder: &Path, arguments: &[&str]) -> std::process::Output {
    let mut command = assert_cmd::Command::cargo_bin("optlab").unwrap();
    command.current_dir(folder).args(arguments).env("OPTLAB_CPU", level).timeout(Duration::from_secs(120));
    if level == Level::Portable.name() {
        command.env("GLIBC_TUNABLES", OLD);
    }
    command.output().unwrap()
}

/// The files of a folder, without what measures time or names the machine.
fn files(folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let kept = match name {
            "summary.json" => {
                let mut summary: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                for key in ["seconds", "steps_per_second", "processor"] {
                    summary.as_object_mut().unwrap().remove(key);
                }
                summary.to_string().into_bytes()
            }
            "epochs.csv" => without_column(std::str::from_utf8(&bytes).unwrap(), "seconds").into_bytes(),
            _ => bytes,
        };
        found.insert(path.display().to_string(), kept);
    }
}

fn without_column(table: &str, name: &str) -> String {
    let at = table.lines().next().unwrap().split(',').position(|column| column == name).expect("the column is there");
    let line = |line: &str| {
        line.split(',').enumerate().filter(|(k, _)| *k != at).map(|(_, x)| x).collect::<Vec<_>>().join(",")
    };
    table.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// All files that a lab's training writes on a level.
fn trained(level: Level, lab: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lab.yaml"), lab).unwrap();
    let output = on(level.name(), folder.path(), &["train", "lab.yaml", "--out", "run"]);
    assert!(output.status.success(), "{}: {}", level.name(), String::from_utf8_lossy(&output.stderr));
    let mut found = BTreeMap::new();
    files(&folder.path().join("run"), &mut found);
    let prefix = folder.path().display().to_string();
    found.into_iter().map(|(name, bytes)| (name.replace(&prefix, ""), bytes)).collect()
}

fn same_on_every_level(lab: &str, wanted: &[&str]) {
    let expected = trained(Level::Portable, lab);
    for name in wanted {
        assert!(expected.contains_key(&format!("/run/{name}")), "{name} is missing: {:?}", expected.keys());
    }
    for level in Level::available() {
        let found = trained(level, lab);
        assert!(found.keys().eq(expected.keys()), "{}: {:?}", level.name(), found.keys());
        for (name, bytes) in &found {
            assert!(*bytes == expected[name], "{name} differs on {}", level.name());
        }
    }
}

#[test]
fn a_network_has_the_same_bytes_on_every_level() {
    same_on_every_level(
        NETWORK,
        &["steps.csv", "epochs.csv", "model.safetensors", "state.safetensors", "summary.json"],
    );
}

#[test]
fn draws_and_second_gradients_have_the_same_bytes_on_every_level() {
    for rule in ["sam, lr: 0.1", "sgld, lr: 0.1, temperature: 0.001", "schedule_free_adamw, lr: 0.02"] {
        same_on_every_level(&RULES.replace("RULE", rule), &["steps.csv", "epochs.csv", "model.safetensors"]);
    }
}

#[test]
fn large_products_have_the_same_bytes_on_every_level() {
    same_on_every_level(DIGITS, &["steps.csv", "model.safetensors"]);
}

#[test]
fn a_landscape_has_the_same_bytes_on_every_level() {
    same_on_every_level(LANDSCAPE, &["path.csv", "steps.csv"]);
}

#[test]
fn a_series_has_the_same_bytes_on_every_level() {
    same_on_every_level(SERIES, &["averages.csv"]);
}

#[test]
fn a_summary_names_the_level_and_nothing_else_differs() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lab.yaml"), LANDSCAPE).unwrap();
    for level in Level::available() {
        let output = on(level.name(), folder.path(), &["train", "lab.yaml", "--json"]);
        let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(summary["processor"], level.name());
    }
}

#[test]
fn another_word_is_an_error_of_every_verb() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lab.yaml"), LANDSCAPE).unwrap();
    let verbs: [&[&str]; 6] =
        [&["train", "lab.yaml"], &["check", "lab.yaml"], &["list"], &["show", "adam"], &["bench"], &["lab.yaml"]];
    for verb in verbs {
        let output = on("avx-2", folder.path(), verb);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{verb:?}: {told}");
        assert!(told.contains("OPTLAB_CPU is `avx-2`") && told.contains("did you mean `avx2`?"), "{verb:?}: {told}");
        assert_eq!(told.matches("error").count(), 1, "{verb:?}: {told}");
    }
    let unset = optlab(folder.path(), &["list"]);
    assert!(unset.status.success());
    assert!(on("", folder.path(), &["list"]).status.success(), "empty is as if it were not set");
}
