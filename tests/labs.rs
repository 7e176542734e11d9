//! The labs that ship: each one checks, is built and trains, and what its text promises comes true.

use optlab::Error;
use optlab::lab::{Document, Lab, Library, Overrides};
use optlab::train::{Experiment, Parts};

/// What is wrong, as a person would read it.
fn shown(errors: &[Error]) -> String {
    errors.iter().map(|error| error.render(false)).collect::<Vec<_>>().join("\n\n")
}

fn open(id: &str, set: &[&str]) -> Lab {
    let set = set.iter().map(|&argument| argument.to_owned()).collect();
    Lab::open(id, &Overrides { set, ..Overrides::default() })
        .unwrap_or_else(|errors| panic!("{id}: {}", shown(&errors)))
}

fn experiment(lab: &Lab) -> Experiment<f32> {
    Experiment::new(lab.experiment(None, 1).unwrap()).unwrap()
}

/// The batch losses of so many steps.
fn losses(experiment: &mut Experiment<f32>, steps: usize) -> Vec<f64> {
    (0..steps).map(|_| experiment.step(None).unwrap().loss).collect()
}

#[test]
fn every_shipped_lab_trains_and_its_loss_falls() {
    assert!(Library::shipped().labs().len() >= 3);
    for id in Lab::shipped() {
        let lab = open(id, &[]);
        assert_eq!(lab.id, id);
        assert!(!lab.about.is_empty(), "{id} has nothing to say");
        let mut experiment = experiment(&lab);
        let before = experiment.evaluate().0.loss;
        let losses = losses(&mut experiment, 20);
        assert!(losses.iter().all(|loss| loss.is_finite()), "{id}: {losses:?}");
        let after = experiment.evaluate().0.loss;
        assert!(after < before, "{id}: {before} became {after}");
    }
}

#[test]
fn what_a_lab_is_resolved_to_is_the_same_lab() {
    for file in Library::shipped().labs() {
        let lab = open(&file.id, &[]);
        let document = Document::parse(&file.name(), &lab.resolved).unwrap();
        let again = Lab::check(&document, &file.files(), None).unwrap_or_else(|errors| panic!("{}", shown(&errors)));
        assert_eq!(again.resolved, lab.resolved);
        let weights = |lab: &Lab| -> Vec<u32> {
            let Parts { params, .. } = lab.experiment(None, 1).unwrap();
            params.values().iter().map(|w| w.to_bits()).collect()
        };
        assert_eq!(weights(&again), weights(&lab));
        assert_eq!(losses(&mut experiment(&again), 5), losses(&mut experiment(&lab), 5), "{}", file.id);
    }
}

#[test]
fn adam_passes_95_percent_on_digits_within_its_15_epochs() {
    let lab = open("adam-on-digits", &[]);
    for seed in [7, 8, 9] {
        let mut experiment = Experiment::new(lab.experiment(Some(seed), 1).unwrap()).unwrap();
        while !experiment.step(None).unwrap().finished {}
        let accuracy = experiment.evaluate().1.and_then(|held_out| held_out.accuracy).unwrap();
        assert!(accuracy > 0.95, "seed {seed}: {accuracy}");
    }
}

/// The loss on the part held out at the end of the run.
fn held_out(id: &str, set: &[&str]) -> f64 {
    let mut experiment = experiment(&open(id, set));
    while !experiment.step(None).unwrap().finished {}
    experiment.evaluate().1.unwrap().loss
}

#[test]
fn what_the_text_on_mini_batches_says_is_so() {
    let lab = "mini-batch-on-moons";
    let runs =
        [("training.batch=32", 13), ("training.batch=full", 1), ("training.batch=1", 400), ("training.rest=drop", 12)];
    for (set, updates) in runs {
        assert_eq!(experiment(&open(lab, &[set])).steps_per_epoch(), updates, "{set}");
    }
    let [mini, full, one] = [0, 1, 2].map(|run| held_out(lab, &[runs[run].0]));
    assert!(full > 2.0 * mini && mini > one, "{full} {mini} {one}");
    // A larger rate: better with a batch of 32, no good with one sample.
    assert!(held_out(lab, &["optimizer.lr=0.3"]) < mini);
    assert!(held_out(lab, &["optimizer.lr=0.3", "training.batch=1"]) > 5.0 * one);
}

#[test]
fn the_students_own_rule_starts_as_plain_gradient_descent() {
    let own = losses(&mut experiment(&open("write-an-optimizer", &[])), 30);
    let sgd = losses(&mut experiment(&open("write-an-optimizer", &["optimizer.rule=sgd"])), 30);
    assert_eq!(own, sgd);
}

/// The three changes to which the comments of the script lead, made.
#[test]
fn the_comments_of_the_students_script_lead_to_momentum() {
    let lab = Library::shipped().find("write-an-optimizer").unwrap();
    let script = Library::tree().get_file("my_optimizer.rhai").and_then(|file| file.contents_utf8()).unwrap();
    let mut done = script.replace("#{} }", "#{ v: zeros(w) } }");
    for (before, after) in [
        ("    // 1.", "    beta: 0.9, // decay of the average of gradients, in [0, 1)\n    // 1."),
        ("    w - h.lr * dw\n", "    state.v = h.beta * state.v + (1 - h.beta) * dw;\n    w - h.lr * state.v\n"),
    ] {
        assert_eq!(done.matches(before).count(), 1, "{before}");
        done = done.replace(before, after);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lab.yaml");
    std::fs::write(&path, lab.text).unwrap();
    std::fs::write(folder.path().join("my_optimizer.rhai"), done).unwrap();
    let own = losses(&mut experiment(&open(path.to_str().unwrap(), &[])), 30);
    let momentum = losses(&mut experiment(&open("write-an-optimizer", &["optimizer={rule: momentum, lr: 0.1}"])), 30);
    assert_eq!(own, momentum);
    let plain = losses(&mut experiment(&open("write-an-optimizer", &[])), 30);
    assert_eq!(losses(&mut experiment(&open(path.to_str().unwrap(), &["optimizer.beta=0"])), 30), plain);
}
