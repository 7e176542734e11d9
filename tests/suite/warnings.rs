//! What is legal but probably not meant is told once, with its place, and trained all the same. A case is a file in
//! `tests/warned_labs`: its first lines (`#| `) hold the warnings; `BLESS=1` fills them in, to be read by a person.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;
use optlab::lab::{Document, Files, Lab};
use optlab::script::{self, Kind, Script};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/warned_labs");

fn checked(name: &str, text: &str) -> Lab {
    let document = Document::parse(name, text).unwrap();
    let folder = Path::new(FOLDER).canonicalize().unwrap();
    let files = Files::Disk { root: folder.clone(), dir: folder, shown: PathBuf::new() };
    Lab::check(&document, &files, None).unwrap_or_else(|errors| panic!("{name}: {}", errors[0].render(false)))
}

#[test]
fn every_warned_lab_is_accepted_with_its_warnings() {
    let mut cases: Vec<PathBuf> = std::fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    cases.sort();
    assert!(cases.len() >= 7, "{}", cases.len());
    let mut wrong = Vec::new();
    for path in cases {
        let name = path.file_name().unwrap().to_str().unwrap();
        let case = std::fs::read_to_string(&path).unwrap();
        let text: String = case.split_inclusive('\n').skip_while(|line| line.starts_with("#|")).collect();
        let lab = checked(name, &text);
        let told: Vec<String> =
            lab.warnings.iter().map(|warning| warning.render(false).replacen("error", "warning", 1)).collect();
        let told: String =
            told.join("\n\n").lines().map(|line| format!("#| {line}").trim_end().to_owned() + "\n").collect();
        assert!(!lab.warnings.is_empty(), "{name}");
        assert!(lab.warnings.iter().all(|warning| warning.place().is_some()), "{name}");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, told + text.as_str()).unwrap();
        } else if told.clone() + text.as_str() != case {
            wrong.push(format!("{name}: found\n{told}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_ships_is_warned_of_nothing_but_the_constant_pixels_of_digits() {
    for id in Lab::shipped() {
        let lab = Lab::open(id, &optlab::lab::Overrides::default()).unwrap();
        let told: Vec<&str> = lab.warnings.iter().map(optlab::Error::what).collect();
        // That of the lab on schedules is what its student is to change.
        let allowed = |what: &&str| {
            what.contains("`digits`") && what.contains("features") || what.contains("`my_schedule` keeps `lr`")
        };
        assert!(told.iter().all(allowed), "{id}: {told:?}");
        // What a student can do nothing about never stands in the place of the hints.
        assert!(lab.warned().is_none_or(|told| told.contains("`my_schedule` keeps `lr`")), "{id}: {:?}", lab.warned());
    }
    for entry in script::shipped(Kind::Optimizer) {
        let script = Script::load(Kind::Optimizer, &entry.source).unwrap();
        let rule = script::rule(&script).unwrap();
        assert_eq!(script::unassigned_states(&script, &rule).len(), 0, "{}", entry.name);
    }
}

fn optlab(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::cargo_bin("optlab").unwrap();
    command.current_dir(folder).args(arguments).timeout(Duration::from_secs(60)).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn train_and_check_tell_warnings_and_quiet_does_not() {
    let folder = Path::new(FOLDER);
    for verb in ["train", "check"] {
        let output = optlab(folder, &[verb, "state_never_assigned.yaml"]);
        assert!(output.status.success(), "a warning is no error");
        let said = said(&output);
        assert!(said.starts_with("warning: the state `count` never changes"), "{said}");
        assert!(said.contains("--> idle.rhai:5:5") && said.contains("--> idle.rhai:6:5"), "{said}");
        assert_eq!(said.matches("warning").count(), 2, "told once each: {said}");
    }
    assert_eq!(said(&optlab(folder, &["train", "state_never_assigned.yaml", "--quiet"])), "");
    let script = said(&optlab(folder, &["check", "idle.rhai"]));
    assert_eq!(script.matches("warning: the state").count(), 2, "{script}");
}

/// A state that is assigned, but always to what it was: no trace tells, only the run.
#[test]
fn a_state_that_stays_bit_for_bit_is_told_at_the_end() {
    let rule = "//! Descent.
fn hyper() { #{ lr: 0.1 } }
fn state(w) { #{ v: zeros(w), top: zeros(w), mean: 0.0 } }
fn update(w, dw, state, h, t) {
    state.v = 0.9 * state.v + dw;
    state.top = max(state.top, -abs(dw));
    state.mean = if t > 1 { state.mean * 2 } else { 0.0 };
    w - h.lr * state.v
}";
    let run = |training: &str, rule: &str| {
        let lab = format!(
            "data: {{source: moons}}\nnetwork: [dense: 2]\nloss: cross_entropy\n{training}\noptimizer: {{rule: still.rhai}}\n"
        );
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("lab.yaml"), lab).unwrap();
        std::fs::write(folder.path().join("still.rhai"), rule).unwrap();
        let output = optlab(folder.path(), &["train", "lab.yaml"]);
        assert!(output.status.success(), "{}", said(&output));
        let lines: Vec<String> =
            said(&output).lines().filter(|line| line.starts_with("warning")).map(str::to_owned).collect();
        let quiet = said(&optlab(folder.path(), &["train", "lab.yaml", "--quiet"]));
        assert_eq!(quiet, "");
        lines
    };
    let told = run("training: {steps: 20}", rule);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("warning: the state `top` of `still` is after 20 steps what it was"), "{told:?}");
    assert!(told[1].contains("`mean`"));
    assert_eq!(run("training: {steps: 19}", rule).len(), 0, "too short to tell");
    assert_eq!(run("training: {steps: 20}", &rule.replace("-abs", "abs").replace("{ 0.0 }", "{ 1.0 }")).len(), 0);
    // What an `if` assigns at the first step alone, or has not come to yet, is meant to stand.
    let begins = rule.replace("state.top = max(state.top, -abs(dw));", "if t == 1 { state.top = zeros(w); }");
    let late = begins.replace("t == 1", "t > 1000").replace("zeros(w); }", "w; }");
    for rule in [begins, late] {
        let told = run("training: {steps: 20}", &rule);
        assert!(told.len() == 1 && told[0].contains("`mean`"), "{rule}: {told:?}");
    }
}

/// The warnings of a lab by their first words.
fn told(lab: &str, set: &[&str]) -> Vec<String> {
    let mut document = Document::parse("lab.yaml", lab).unwrap();
    set.iter().for_each(|set| document.set_argument(set).unwrap());
    let folder = Path::new(FOLDER).canonicalize().unwrap();
    let files = Files::Disk { root: folder.clone(), dir: folder, shown: PathBuf::new() };
    let lab = Lab::check(&document, &files, None).unwrap_or_else(|errors| panic!("{}", errors[0].render(false)));
    lab.warnings.iter().map(ToString::to_string).collect()
}

fn network(layers: &str, loss: &str, rest: &str) -> String {
    format!("data: {{source: moons, samples: 64}}\nnetwork: {layers}\nloss: {loss}\n{rest}")
}

#[test]
fn what_is_meant_is_warned_of_nothing() {
    let regression = |layers: &str, loss: &str| format!("data: {{source: waves}}\nnetwork: {layers}\nloss: {loss}\n");
    let landscape = |rest: &str| format!("landscape: {{source: bowl, start: [1, 1]}}\n{rest}");
    let normalised = "[dense: {units: 8, bias: false}, batch_norm, relu, dense: 2]";
    for lab in [
        network("[dense: 8, sigmoid, dense: 1]", "binary_cross_entropy", ""),
        network("[dense: 8, relu, dense: 2, leaky_relu]", "cross_entropy", ""),
        network("[dense: 2, identity]", "cross_entropy", ""),
        network("[dense: 8, relu, dense: 2, sigmoid]", "mse", ""),
        network("[dense: 8, relu, dense: 2, tanh]", "hinge", ""),
        network("[dense: 8, tanh, dense: 2, layer_norm]", "cross_entropy", ""),
        network("[dense: 8, layer_norm, tanh, dropout: 0.2, dense: 2]", "cross_entropy", ""),
        network("[dense: 8, tanh, dense: 2, dropout: 0]", "cross_entropy", ""),
        network("[dense: 8, dropout: 0.1, batch_norm, tanh, dense: 2]", "cross_entropy", ""),
        network(normalised, "cross_entropy", "training: {batch: 16}"),
        network(normalised, "cross_entropy", "training: {batch: 9, rest: drop}"),
        network(normalised, "cross_entropy", "training: {batch: full}"),
        network("[dense: 8, tanh, dense: {units: 2, init: zeros}]", "cross_entropy", ""),
        network("[dense: 2]", "cross_entropy", "optimizer: {rule: adam, lr: 1.0e-12}"),
        network(
            "[dense: 2]",
            "cross_entropy",
            "training: {epochs: 2, batch: 16}\noptimizer: {lr: {schedule: multi_step, lr: 0.1, at: [7]}}",
        ),
        network("[dense: 2]", "cross_entropy", "optimizer: {lr: {schedule: constant, lr: 0.1}}"),
        regression("[dense: 8, tanh, dense: 1]", "mse"),
        regression("[dense: 8, tanh, dense: 1, elu: {alpha: 100}]", "mae"),
        landscape("optimizer: {lr: 0}\nevents: [{step: 5, set: {lr: 0.1}}]"),
        landscape("training: {steps: 50}\nevents: [{step: 49, set: {lr: 0.1}}]"),
        landscape(
            "optimizer: {lr: 0.1}\ncompare: {other: {optimizer: {lr: 0.2}}, far: {landscape: {source: bowl, start: [2, 1]}}}",
        ),
    ] {
        assert_eq!(told(&lab, &[]), [""; 0], "{lab}");
    }
}

/// A trial of a few steps is no reason to speak of a schedule that is made for the whole run.
#[test]
fn a_run_that_the_command_line_made_shorter_is_not_warned_of_its_length() {
    let lab = network(
        "[dense: 2]",
        "cross_entropy",
        "training: {epochs: 20}\noptimizer: {lr: {schedule: step, lr: 0.1, every: 10}}\nevents: [{step: 30, set: {lr: 0.1}}]",
    );
    assert_eq!(told(&lab, &[]), [""; 0]);
    assert_eq!(told(&lab, &["training.epochs=2"]), [""; 0]);
    let short = lab.replace("epochs: 20", "epochs: 2");
    assert_eq!(told(&short, &[]).len(), 2, "{:?}", told(&short, &[]));
}

#[test]
fn what_the_command_line_sets_is_warned_of_at_its_argument() {
    let lab = network("[dense: 2]", "cross_entropy", "");
    let one = |set: &str| {
        let told = told(&lab, &[set]);
        assert_eq!(told.len(), 1, "{set}: {told:?}");
        told[0].clone()
    };
    assert!(one("optimizer.lr=0").starts_with("`--set optimizer.lr=0`: `lr` is 0"));
    assert!(
        one("network=[dense: 2, tanh]")
            .starts_with("`--set network=[dense: 2, tanh]`: `cross_entropy` takes the softmax")
    );
    assert!(one("compare.still={optimizer: {lr: 0}}").starts_with("`--set compare.still={optimizer: {lr: 0}}`: "));
}
