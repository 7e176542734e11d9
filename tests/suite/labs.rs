//! The labs that ship: each one checks, is built and trains, and what its text promises comes true.

use optlab::Error;
use optlab::lab::plan::Subject;
use optlab::lab::{Document, Lab, Library, Overrides};
use optlab::program::Real;
use optlab::train::{Experiment, ExperimentConfig};

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

/// The lab averages a series, so that nothing trains.
fn is_series(lab: &Lab) -> bool {
    matches!(lab.subject, Subject::Series(_))
}

fn is_landscape(lab: &Lab) -> bool {
    matches!(lab.subject, Subject::Landscape(_))
}

fn descent(lab: &Lab) -> Experiment<f64> {
    Experiment::new(lab.landscape_experiment(None).unwrap()).unwrap()
}

/// The losses of 20 steps, and the loss over the whole training part before and after them.
fn falls<F: Real>(mut experiment: Experiment<F>) -> (Vec<f64>, f64, f64) {
    let before = experiment.evaluate().0.loss;
    let losses = losses(&mut experiment, 20);
    (losses, before, experiment.evaluate().0.loss)
}

/// The averages at each value, from a lab that walks a series.
fn walked(lab: &Lab) -> Vec<Vec<f64>> {
    let mut walk = lab.walk(None).unwrap();
    (0..walk.steps_total())
        .map(|_| {
            walk.step().unwrap();
            walk.averages().to_vec()
        })
        .collect()
}

/// The batch losses of so many steps.
fn losses<F: Real>(experiment: &mut Experiment<F>, steps: usize) -> Vec<f64> {
    (0..steps).map(|_| experiment.step(None).unwrap().loss).collect()
}

#[test]
fn every_shipped_lab_trains_and_its_loss_falls() {
    assert!(Library::shipped().labs().len() >= 3);
    for id in Lab::shipped() {
        let lab = open(id, &[]);
        assert_eq!(lab.id, id);
        assert!(!lab.about.is_empty(), "{id} has nothing to say");
        if is_series(&lab) {
            assert!(walked(&lab).len() > 1 && lab.descent().is_err(), "{id}");
            continue;
        }
        let (losses, before, after) = if is_landscape(&lab) { falls(descent(&lab)) } else { falls(experiment(&lab)) };
        assert!(losses.iter().all(|loss| loss.is_finite()), "{id}: {losses:?}");
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
        if is_series(&lab) {
            assert_eq!(walked(&again), walked(&lab), "{}", file.id);
            continue;
        }
        if is_landscape(&lab) {
            assert_eq!(losses(&mut descent(&again), 5), losses(&mut descent(&lab), 5), "{}", file.id);
            continue;
        }
        let weights = |lab: &Lab| -> Vec<u32> {
            let ExperimentConfig { params, .. } = lab.experiment(None, 1).unwrap();
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
    for other in ["my_rmsprop.rhai", "my_adam.rhai"] {
        let file = Library::tree().get_file(other).unwrap();
        std::fs::write(folder.path().join(other), file.contents()).unwrap();
    }
    let own = losses(&mut experiment(&open(path.to_str().unwrap(), &[])), 30);
    let momentum = losses(&mut experiment(&open("write-an-optimizer", &["optimizer={rule: momentum, lr: 0.1}"])), 30);
    assert_eq!(own, momentum);
    let plain = losses(&mut experiment(&open("write-an-optimizer", &[])), 30);
    assert_eq!(losses(&mut experiment(&open(path.to_str().unwrap(), &["optimizer.beta=0"])), 30), plain);
}

#[test]
fn what_the_text_on_moving_averages_says_is_so() {
    let sea = walked(&open("moving-averages", &[]));
    assert_eq!(sea.len(), 732);
    // simple.12, weighted.12, exponential.0.5, .0.9, .0.98; how much each goes up and down from month to month.
    let shakes = |at: usize| sea.windows(2).map(|pair| (pair[1][at] - pair[0][at]).abs()).sum::<f64>();
    assert!(shakes(2) > 2.0 * shakes(3) && shakes(3) > 2.0 * shakes(4), "the larger beta, the smoother");
    // The six warmest years by simple.12 end in the years of the text.
    let mut months: Vec<usize> = (0..732).collect();
    months.sort_by(|a, b| sea[*b][0].total_cmp(&sea[*a][0]));
    assert!(months[..20].iter().all(|month| (385..=410).contains(month) || (565..=590).contains(month)));
    // A year after the start the average with beta = 0.98 has not come half the way.
    assert!(sea[11][4] < 0.5 * sea[11][0] && sea[299][4] > 0.9 * sea[299][0]);

    // On a single impulse an average answers with its weights.
    let impulse = walked(&open("moving-averages", &["series={source: impulse, at: 20, height: 78}"]));
    let answer = |at: usize| impulse[19..33].iter().map(|row| row[at]).collect::<Vec<_>>();
    assert!(answer(0)[..12].iter().all(|v| (v - 6.5).abs() < 1e-12) && answer(0)[12].abs() < 1e-12);
    assert!((0..12).all(|age| (answer(1)[age] - (12 - age) as f64).abs() < 1e-12));
    assert!((0..14).all(|age| (answer(3)[age] - 7.8 * 0.9_f64.powi(age as i32)).abs() < 1e-12));
}

#[test]
fn the_numbers_of_the_lecture_stand_in_the_lab_on_bias_correction() {
    let days = walked(&open("bias-correction", &[]));
    let near = |got: f64, want: f64| (got - want).abs() < 5e-5;
    for (got, want) in [(days[0][0], 0.32), (days[1][0], 0.7936), (days[0][1], 16.0), (days[1][1], 20.0404)] {
        assert!(near(got, want), "{got} for {want}");
    }
    // Where 1 - beta^t is 0.99, the two lines are a hundredth apart.
    let sea = walked(&open("bias-correction", &["series={source: sea_temperature}"]));
    for (at, t) in [(0, 228), (2, 44)] {
        let apart = |t: usize| 1.0 - sea[t - 1][at] / sea[t - 1][at + 1];
        assert!(apart(t) < 0.01 && apart(t - 1) > 0.01, "{} {}", apart(t - 1), apart(t));
    }
}
