//! Rules with matrices as a user runs them: any number of threads writes the same bits, states are written in their own
//! shapes, and what does not fit is told with its place.

use std::fs;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;
use safetensors::SafeTensors;

/// Wide enough for threads to share blocks, halves of them, and products.
const LAB: &str = "seed: 3
data: {source: digits, samples: 256}
network: [dense: 600, relu, dense: 10]
loss: cross_entropy
training: {steps: 3, batch: 64}
";

fn optlab(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::cargo_bin("optlab").unwrap();
    command.current_dir(folder).args(arguments).timeout(Duration::from_secs(120)).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn rules_with_matrices_write_the_same_bits_with_any_number_of_threads() {
    for rule in ["adafactor", "prodigy", "muon", "schedule_free_adamw", "sam", "sgld"] {
        let folder = tempfile::tempdir().unwrap();
        let lab = format!("{LAB}optimizer: {{rule: {rule}}}\n");
        fs::write(folder.path().join("lab.yaml"), lab).unwrap();
        for threads in ["1", "2", "3"] {
            let arguments = ["train", "lab.yaml", "--out", threads, "--threads", threads, "-q"];
            let output = optlab(folder.path(), &arguments);
            assert!(output.status.success(), "{rule}: {}", said(&output));
        }
        for file in ["model.safetensors", "state.safetensors", "steps.csv"] {
            let [one, others @ ..] = ["1", "2", "3"].map(|out| fs::read(folder.path().join(out).join(file)).unwrap());
            assert!(others.iter().all(|other| *other == one), "{rule}: {file} differs");
        }
    }
}

#[test]
fn a_state_is_written_in_its_own_shape_and_only_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lab.yaml"), format!("{LAB}optimizer: {{rule: adafactor}}\n")).unwrap();
    let output = optlab(folder.path(), &["train", "lab.yaml", "--out", "run", "-q"]);
    assert!(output.status.success(), "{}", said(&output));
    let bytes = fs::read(folder.path().join("run/state.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut shapes: Vec<(String, Vec<usize>)> =
        tensors.tensors().into_iter().map(|(name, tensor)| (name, tensor.shape().to_vec())).collect();
    shapes.sort();
    let want = [
        ("c.W1", vec![1, 600]),
        ("c.W2", vec![1, 10]),
        ("r.W1", vec![64, 1]),
        ("r.W2", vec![600, 1]),
        ("s.b1", vec![600]),
        ("s.b2", vec![10]),
    ];
    assert_eq!(shapes, want.map(|(name, shape)| (name.to_owned(), shape)));
}

#[test]
fn shapes_that_do_not_fit_are_told_with_their_place_before_any_step() {
    let folder = tempfile::tempdir().unwrap();
    let rule = "//! A rule.\nfn update(w, dw, state, h, t) {\n    w - 0.1 * matmul(dw, dw)\n}\n";
    fs::write(folder.path().join("mine.rhai"), rule).unwrap();
    fs::write(folder.path().join("lab.yaml"), format!("{LAB}optimizer: {{rule: mine.rhai}}\n")).unwrap();
    let output = optlab(folder.path(), &["train", "lab.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    let said = said(&output);
    assert!(said.contains("mine.rhai:3:15") && said.contains("would fit"), "{said}");
}
