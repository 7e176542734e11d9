//! Losses over the outputs of a sample as a user has them: parameters in the lab, over the command line and in what a run
//! writes; accuracy as with `cross_entropy`; what is wrong told with its place.

use std::fs;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;

const LAB: &str = "seed: 3
data: {source: iris, standardize: true, validation: 0.2}
network: [dense: 8, tanh, dense: 3]
loss: LOSS
training: {epochs: 8, batch: 16}
optimizer: {rule: adam, lr: 0.02}
";

fn optlab(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::cargo_bin("optlab").unwrap();
    command.current_dir(folder).args(arguments).timeout(Duration::from_secs(120)).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What a run of the lab with this loss writes: its numbers as they come out, and the lab as it was run.
fn run(loss: &str, more: &[&str]) -> (Value, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lab.yaml"), LAB.replace("LOSS", loss)).unwrap();
    fs::write(
        folder.path().join("soft.rhai"),
        "//! Cross-entropy at a temperature.\n\nfn hyper() { #{\n    temperature: 2.0, // larger is softer, in (0, inf)\n} }\n\n\
         fn loss(y_hat, y, h) { -sum(y * log_softmax(y_hat / h.temperature), 1) }\n",
    )
    .unwrap();
    let arguments = [&["train", "lab.yaml", "--out", "run", "-q"], more].concat();
    let output = optlab(folder.path(), &arguments);
    assert!(output.status.success(), "{loss}: {}", said(&output));
    let lab = fs::read_to_string(folder.path().join("run/lab.yaml")).unwrap();
    let again = optlab(folder.path(), &["check", "run/lab.yaml"]);
    assert!(again.status.success(), "{lab}\n{}", said(&again));
    let summary = fs::read(folder.path().join("run/summary.json")).unwrap();
    (serde_json::from_slice(&summary).unwrap(), lab)
}

fn number(summary: &Value, name: &str) -> f64 {
    summary[name].as_f64().unwrap_or_else(|| panic!("no {name} in {summary}"))
}

#[test]
fn a_loss_has_its_parameters_from_the_lab_and_the_run_says_which() {
    let (default, lab) = run("focal", &[]);
    assert!(lab.contains("loss: {script: focal, gamma: 2}") || lab.contains("gamma: 2"), "{lab}");
    let (same, _) = run("{script: focal, gamma: 2}", &[]);
    let (other, lab) = run("{script: focal, gamma: 0.5}", &[]);
    assert!(lab.contains("gamma: 0.5"), "{lab}");
    let (set, _) = run("{script: focal, gamma: 7}", &["--set", "loss.gamma=0.5"]);
    let loss = |summary: &Value| number(summary, "train_loss");
    assert_eq!(loss(&default), loss(&same));
    assert_eq!(loss(&other), loss(&set));
    assert!(loss(&default) < loss(&other), "samples that are right count less with a larger gamma");
    let (soft, _) = run("{script: soft.rhai, temperature: 3}", &[]);
    let (_, lab) = run("soft.rhai", &[]);
    assert!(lab.contains("temperature: 2"), "{lab}");
    assert!(loss(&soft).is_finite());
}

#[test]
fn without_its_parameter_a_loss_is_cross_entropy_and_accuracy_is_told_alike() {
    let (cross, _) = run("cross_entropy", &[]);
    for loss in
        ["{script: focal, gamma: 0}", "{script: label_smoothing, smoothing: 0}", "{script: soft.rhai, temperature: 1}"]
    {
        let (own, _) = run(loss, &[]);
        for name in ["train_loss", "val_loss"] {
            let (own, cross) = (number(&own, name), number(&cross, name));
            assert!((own - cross).abs() < 1e-5 * cross, "{loss}: {name} {own} for {cross}");
        }
        for name in ["train_accuracy", "val_accuracy"] {
            assert_eq!(own[name], cross[name], "{loss}: {name}");
        }
        assert!(number(&own, "val_accuracy") > 0.5);
    }
}

#[test]
fn any_number_of_threads_writes_the_same_steps() {
    let steps = |threads: &str| {
        let folder = tempfile::tempdir().unwrap();
        let lab = LAB.replace("LOSS", "focal").replace("dense: 8", "dense: 300").replace("batch: 16", "batch: 100");
        fs::write(folder.path().join("lab.yaml"), lab).unwrap();
        let output = optlab(folder.path(), &["train", "lab.yaml", "--out", "run", "--threads", threads]);
        assert!(output.status.success(), "{}", said(&output));
        fs::read(folder.path().join("run/steps.csv")).unwrap()
    };
    assert_eq!(steps("1"), steps("2"));
}

#[test]
fn losses_race_with_other_parameters() {
    let folder = tempfile::tempdir().unwrap();
    let race = "rank: val_accuracy\ncompare: {hard: {loss: {script: focal, gamma: 5}}, plain: {loss: cross_entropy}}\n";
    fs::write(folder.path().join("lab.yaml"), LAB.replace("LOSS", "focal") + race).unwrap();
    let output = optlab(folder.path(), &["train", "lab.yaml", "--out", "run"]);
    assert!(output.status.success(), "{}", said(&output));
    let hard = fs::read_to_string(folder.path().join("run/hard/lab.yaml")).unwrap();
    assert!(hard.contains("gamma: 5"), "{hard}");
}

#[test]
fn what_is_wrong_with_a_loss_is_told_with_its_place() {
    let told = |loss: &str| {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("lab.yaml"), LAB.replace("LOSS", loss)).unwrap();
        let output = optlab(folder.path(), &["check", "lab.yaml"]);
        assert!(!output.status.success(), "{loss} is taken");
        said(&output)
    };
    let unknown = told("{script: focal, gama: 2}");
    assert!(unknown.contains("lab.yaml:4:23") && unknown.contains("did you mean `gamma`?"), "{unknown}");
    let outside = told("{script: label_smoothing, smoothing: 1}");
    assert!(outside.contains("lab.yaml:4:") && outside.contains("[0, 1)"), "{outside}");
    let near = told("{script: focl, gamma: 2}");
    assert!(near.contains("focal"), "{near}");
}

#[test]
fn whole_numbers_of_a_table_are_classes_for_a_loss_with_a_softmax() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<String> = (0..60).map(|at| format!("{},{},{}\n", at % 7, (at * 5) % 11, at % 3)).collect();
    fs::write(folder.path().join("table.csv"), format!("a,b,kind\n{}", rows.concat())).unwrap();
    let trained = |loss: &str, units: usize| {
        let lab = format!(
            "data: {{csv: table.csv, target: kind}}\nnetwork: [dense: 8, tanh, dense: {units}]\nloss: {loss}\n\
             training: {{epochs: 2, batch: 10}}\n"
        );
        fs::write(folder.path().join("lab.yaml"), lab).unwrap();
        let out = format!("{loss}-{units}");
        let output = optlab(folder.path(), &["train", "lab.yaml", "--out", &out, "-q"]);
        let summary = fs::read(folder.path().join(out).join("summary.json"));
        let summary = summary.map(|text| serde_json::from_slice(&text).unwrap());
        (said(&output), output.status.success().then(|| summary.unwrap()))
    };
    // One class may be missing, as with cross-entropy.
    for units in [3, 4] {
        let (told, summary): (String, Option<Value>) = trained("focal", units);
        assert!(number(&summary.unwrap_or_else(|| panic!("{told}")), "train_accuracy") >= 0.0);
    }
    let (told, summary) = trained("focal", 2);
    assert!(summary.is_none() && told.contains("needs more outputs"), "{told}");
    let (told, summary) = trained("mse", 3);
    assert!(summary.is_none() && told.contains("the last layer needs 1 unit"), "{told}");
}

#[test]
fn whole_numbers_are_classes_for_a_loss_that_looks_over_several_outputs() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<String> = (0..60).map(|at| format!("{},{}\n", at % 7, at % 3)).collect();
    fs::write(folder.path().join("table.csv"), format!("a,kind\n{}", rows.concat())).unwrap();
    let trained = |loss: &str, units: usize| {
        fs::write(folder.path().join("mine.rhai"), format!("fn loss(y_hat, y) {{ {loss} }}")).unwrap();
        let lab = format!(
            "data: {{csv: table.csv, target: kind}}\nnetwork: [dense: {units}]\nloss: mine.rhai\ntraining: {{epochs: 2}}\n"
        );
        fs::write(folder.path().join("lab.yaml"), lab).unwrap();
        let output = optlab(folder.path(), &["train", "lab.yaml", "-q", "--json"]);
        let summary = serde_json::from_slice::<Value>(&output.stdout).ok();
        (said(&output), output.status.success().then_some(summary).flatten())
    };
    let accuracy = |loss: &str, units: usize| {
        let (told, summary) = trained(loss, units);
        summary.unwrap_or_else(|| panic!("{told}"))["train_accuracy"].as_f64()
    };
    let margin = "max(y_hat, 1) - sum(y * y_hat, 1)";
    assert!(accuracy(margin, 3).is_some() && accuracy(margin, 4).is_some());
    let (told, summary) = trained(margin, 2);
    assert!(summary.is_none() && told.contains("needs more outputs"), "{told}");
    // With a single output it is a value, and so it is for a loss that looks at each output alone.
    assert_eq!(accuracy("sum((y_hat - y) ** 2, 1)", 1), None);
    let (told, summary) = trained("(y_hat - y) ** 2", 3);
    assert!(summary.is_none() && told.contains("the last layer needs 1 unit"), "{told}");
}
