//! Edits of a lab's files that change nothing in what is run, and say so with the reason; and warnings of an edit.

use std::fs;
use std::path::{Path, PathBuf};

use optlab::lab::{Lab, Overrides};
use optlab::session::{FileChange, Options, Session};
use tempfile::TempDir;

const LAB: &str = "format: 1
id: edits
title: Edits
about: |
  A lab to edit.
seed: 4
data: {source: moons, samples: 96, validation: 0.25}
network: [dense: 6, tanh, dense: 2]
loss: cross_entropy
training: {epochs: 10, batch: 16}
optimizer:
  rule: mine.rhai
  lr: 0.01
";

const RULE: &str = "//! Mine.
//! V = b V + dW;  W = W - lr V
//! Source: a test.

fn hyper() { #{
    lr: 0.1,    // rate
    beta: 0.9,  // decay, in [0, 1)
} }

fn state(w) { #{ v: zeros(w) } }

fn update(w, dw, state, h, t) {
    state.v = h.beta * state.v + dw; // the sum
    w - h.lr * state.v
}
";

/// A lab with its rule on the disk, opened and run for some steps.
struct Bench {
    folder: TempDir,
    overrides: Overrides,
    session: Session,
}

impl Bench {
    fn new(lab: &str, set: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("lab.yaml"), lab).unwrap();
        fs::write(folder.path().join("mine.rhai"), RULE).unwrap();
        let overrides = Overrides { set: set.iter().map(|set| (*set).to_owned()).collect(), ..Overrides::default() };
        let lab = open(&folder.path().join("lab.yaml"), &overrides);
        let mut session = Session::of(lab, Options { way_back: true, ..Options::default() }).unwrap();
        (0..3).for_each(|_| session.step());
        Self { folder, overrides, session }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Replaces in a file, saves it, and gives what is said.
    fn edit(&mut self, name: &str, from: &str, to: &str) -> String {
        let before = fs::read_to_string(self.path(name)).unwrap();
        assert!(before.contains(from), "{from} is not in {name}");
        fs::write(self.path(name), before.replace(from, to)).unwrap();
        self.take_up(name)
    }

    fn take_up(&mut self, name: &str) -> String {
        let lab = open(&self.path("lab.yaml"), &self.overrides);
        match self.session.edit(&[name.to_owned()], lab) {
            FileChange::Edited { notice, .. } => notice,
            other => panic!("{other:?}"),
        }
    }

    fn log(&mut self) -> Vec<String> {
        self.session.snapshot().log.iter().map(|(_, line)| line.clone()).collect()
    }
}

fn open(path: &Path, overrides: &Overrides) -> Lab {
    Lab::open(path.to_str().unwrap(), overrides).unwrap_or_else(|errors| panic!("{}", errors[0].render(false)))
}

#[test]
fn a_default_that_the_lab_sets_is_said_not_to_be_used() {
    let mut bench = Bench::new(LAB, &[]);
    assert_eq!(
        bench.edit("mine.rhai", "lr: 0.1,", "lr: 0.5,"),
        "mine.rhai was saved, and the run is the same: `lr` is set to 0.01 by the lab, line 13: the default in mine.rhai is not used"
    );
    assert!(bench.session.snapshot().timeline.events.is_empty(), "nothing was taken up");
    // The other one is the script's own.
    assert_eq!(
        bench.edit("mine.rhai", "beta: 0.9", "beta: 0.5"),
        "mine.rhai was saved: in effect from the next step on"
    );
    // Both at once.
    let both = bench.edit("mine.rhai", "lr: 0.5,    // rate\n    beta: 0.5", "lr: 0.2,\n    beta: 0.6");
    assert!(
        both.starts_with("mine.rhai was saved: in effect from the next step on; but `lr` is set to 0.01"),
        "{both}"
    );
}

#[test]
fn a_default_that_a_schedule_or_the_command_line_takes_the_place_of_is_said_not_to_be_used() {
    let scheduled = LAB.replace("lr: 0.01", "lr: {schedule: cosine, lr: 0.1, steps: 60}");
    let mut bench = Bench::new(&scheduled, &["optimizer.beta=0.3"]);
    let said = bench.edit("mine.rhai", "lr: 0.1,", "lr: 0.5,");
    assert!(
        said.ends_with("`lr` is driven by `cosine` by the lab, line 13: the default in mine.rhai is not used"),
        "{said}"
    );
    let said = bench.edit("mine.rhai", "beta: 0.9,", "beta: 0.8,");
    assert!(
        said.ends_with("`beta` is set to 0.3 by `--set optimizer.beta`: the default in mine.rhai is not used"),
        "{said}"
    );
}

#[test]
fn scripts_of_every_kind_are_looked_at_for_defaults_that_are_not_used() {
    let lab = "data: {script: points.rhai, n: 20}
network:
  - dense: 4
  - {script: bend.rhai, slope: 0.5}
  - dense: 1
loss: mse
optimizer: {rule: sgd, lr: {schedule: fall.rhai, lr: 0.1}}
";
    let points = "//! A line.\nfn hyper() { #{ n: 10 } }\nfn generate(h, rng) { let x = []; for i in 0..h.n { x.push([i / h.n]); } #{ x: x, y: x } }\n";
    let bend = "//! Bent.\nfn hyper() { #{ slope: 0.1 } }\nfn forward(x, h) { max(x, h.slope * x) }\n";
    let fall = "//! Falls.\nfn hyper() { #{ lr: 0.2 } }\nfn rate(t, h) { h.lr / (1 + t) }\n";
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("lab.yaml", lab), ("points.rhai", points), ("bend.rhai", bend), ("fall.rhai", fall)] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let overrides = Overrides::default();
    let path = folder.path().join("lab.yaml");
    let mut session = Session::of(open(&path, &overrides), Options::default()).unwrap();
    for (name, from, to, line) in
        [("points.rhai", "n: 10", "n: 12", 1), ("bend.rhai", "0.1", "0.2", 4), ("fall.rhai", "0.2", "0.3", 7)]
    {
        let text = fs::read_to_string(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name), text.replace(from, to)).unwrap();
        let FileChange::Edited { notice, .. } = session.edit(&[name.to_owned()], open(&path, &overrides)) else {
            panic!("{name}")
        };
        assert!(notice.contains("and the run is the same") && notice.contains(&format!("line {line}:")), "{notice}");
    }
}

#[test]
fn comments_and_spaces_change_nothing_in_a_script_or_a_lab() {
    let mut bench = Bench::new(LAB, &[]);
    let same = |name: &str| format!("{name} was saved, and the run is the same: only comments and spaces have changed");
    assert_eq!(bench.edit("mine.rhai", " // the sum", ""), same("mine.rhai"));
    assert_eq!(bench.edit("mine.rhai", "    w - ", "  w  -\n "), same("mine.rhai"));
    assert_eq!(bench.edit("lab.yaml", "seed: 4", "# The seed.\nseed:   4"), same("lab.yaml"));
    // Saved as it was.
    let said = bench.take_up("lab.yaml");
    assert_eq!(said, "lab.yaml was saved, and the run is the same: it says the same as before");
    assert!(bench.session.snapshot().timeline.events.is_empty());
}

#[test]
fn a_default_that_is_written_out_is_no_change() {
    let mut bench = Bench::new(LAB, &[]);
    let said = bench.edit("lab.yaml", "batch: 16", "batch: 16, shuffle: true");
    assert_eq!(said, "lab.yaml was saved, and the run is the same: its values are what they were");
    let said = bench.edit("lab.yaml", "title: Edits", "title: Others");
    assert_eq!(said, "lab.yaml was saved, and the run is the same: only what the screen shows has changed");
}

#[test]
fn a_key_that_the_command_line_sets_is_named() {
    let race = format!("{LAB}compare:\n  fast: {{optimizer: {{rule: sgd, lr: 0.1}}}}\n");
    let mut bench = Bench::new(&race, &["compare.fast.optimizer.lr=0.3", "training.steps=40", "optimizer.lr=0.02"]);
    let same = |key: &str| {
        let covers = format!("`--set {key}` still covers the file's value, which `:unset {key}` shows");
        format!("lab.yaml was saved, and the run is the same: {covers}")
    };
    assert_eq!(bench.edit("lab.yaml", "lr: 0.1}", "lr: 0.2}"), same("compare.fast.optimizer.lr"));
    assert_eq!(bench.edit("lab.yaml", "lr: 0.01", "lr: 0.03"), same("optimizer.lr"));
    assert_eq!(bench.edit("lab.yaml", "epochs: 10", "epochs: 11"), same("training.steps"), "its rival");
    assert!(bench.edit("lab.yaml", "rule: sgd", "rule: momentum").ends_with("in effect from the next step on"));
}

#[test]
fn a_rate_that_an_event_has_turned_since_is_said_to_stay() {
    let turned = format!("{LAB}events: [{{step: 2, set: {{lr: 0.05}}}}, {{step: 9, set: {{lr: 0.02}}}}]\n");
    let mut bench = Bench::new(&turned, &[]);
    let said = bench.edit("lab.yaml", "lr: 0.01", "lr: 0.03");
    assert_eq!(said, "lab.yaml was saved: in effect from the next step on; but `lr` is 0.05 since the event at step 2");
    assert_eq!(bench.session.snapshot().hyper[0].value, 0.05);
}

#[test]
fn the_default_of_one_racer_is_used_where_the_other_sets_it() {
    let race = format!("{LAB}compare:\n  own: {{optimizer: {{rule: mine.rhai}}}}\n");
    let mut bench = Bench::new(&race, &[]);
    let said = bench.edit("mine.rhai", "lr: 0.1,", "lr: 0.5,");
    assert!(
        said.starts_with(
            "mine.rhai was saved: in effect from the next step on; but `lr` is set to 0.01 by the lab, line 13"
        ),
        "{said}"
    );
}

#[test]
fn an_edit_is_warned_of_when_it_comes_and_again_when_its_run_begins() {
    let mut bench = Bench::new(LAB, &[]);
    let said = bench.edit("lab.yaml", "lr: 0.01", "lr: 0");
    assert!(said.starts_with("lab.yaml was saved: in effect from the next step on; warning: "), "{said}");
    assert!(said.contains("lab.yaml:13:7: `lr` is 0: `mine` changes no weight"), "{said}");
    let warned = |log: &[String]| log.iter().filter(|line| line.contains("`lr` is 0")).count();
    assert_eq!(warned(&bench.log()), 1);
    // What was told before is not told again.
    let said = bench.edit("lab.yaml", "dense: 6, tanh, dense: 2", "dense: 6, tanh, dense: 2, dropout: 0.5");
    assert!(said.contains("since network changed; warning: ") && said.contains("`dropout`"), "{said}");
    bench.session.send(optlab::session::Command::Restart { seed: None });
    let log = bench.log();
    assert_eq!((warned(&log), log.iter().filter(|line| line.contains("`dropout`")).count()), (1, 1), "{log:?}");
}
