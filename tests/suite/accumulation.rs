//! An update by the mean of several mini-batches' gradients, `training.accumulate`: what it is made of, how its steps are
//! counted, and that nothing else notices.

use optlab::error::Error;
use optlab::lab::{Lab, Overrides};
use optlab::snapshot::Lock;
use optlab::train::{Experiment, ExperimentCheckpoint, on_large_stack};

/// 60 samples: 6 mini-batches of 10 in an epoch.
const LAB: &str = "id: gathered\n\
    data: {source: moons, samples: 60, noise: 0.1}\n\
    network: [{dense: 6}, tanh, LAYER{dense: 2}]\n\
    loss: cross_entropy\n\
    penalty: {l2: 0.01}\n\
    training: {epochs: 3, batch: 10, shuffle: false, TRAINING}\n\
    optimizer: {rule: sgd, lr: RATE}\n";

fn open(text: &str) -> Result<Lab, Vec<Error>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lab.yaml");
    std::fs::write(&path, text).unwrap();
    on_large_stack(|| Lab::open(&path.to_string_lossy(), &Overrides::default()))
}

fn lab(training: &str, layer: &str, rate: &str) -> Lab {
    let text = LAB.replace("TRAINING", training).replace("LAYER", layer).replace("RATE", rate);
    open(&text).unwrap_or_else(|errors| panic!("{}", errors[0]))
}

fn experiment(training: &str, layer: &str, rate: &str) -> Experiment<f32> {
    Experiment::new(lab(training, layer, rate).experiment(None, 1).unwrap()).unwrap()
}

fn losses(experiment: &mut Experiment<f32>, steps: u64) -> Vec<f64> {
    (0..steps).map(|_| experiment.step(None).unwrap().loss).collect()
}

#[test]
fn an_epoch_has_as_many_updates_as_it_takes_and_the_last_takes_the_rest() {
    for (accumulate, updates) in [(1, 6), (2, 3), (4, 2), (5, 2), (6, 1), (100, 1)] {
        let mut run = experiment(&format!("accumulate: {accumulate}"), "", "0.1");
        assert_eq!((run.steps_per_epoch(), run.steps_total()), (updates, 3 * updates), "{accumulate}");
        for step in 1..=3 * updates {
            let report = run.step(None).unwrap();
            assert_eq!((report.epoch, report.epoch_ended), ((step - 1) / updates + 1, step % updates == 0));
            assert_eq!(report.finished, step == 3 * updates);
        }
    }
    let run = experiment("accumulate: 4", "", "0.1");
    assert_eq!([1, 2, 3, 4].map(|updates| run.samples_after(updates)), [40, 60, 100, 120]);
}

/// At a rate of 0 the weights stay, so that mini-batches one by one and together are seen at the same ones. Dropout has a key for
/// each mini-batch: they are the same in both.
#[test]
fn the_loss_is_the_mean_of_the_mini_batches_each_with_its_own_dropout() {
    for layer in ["", "{dropout: 0.5}, "] {
        let alone = losses(&mut experiment("accumulate: 1", layer, "0"), 12);
        let together = losses(&mut experiment("accumulate: 4", layer, "0"), 4);
        let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
        let expected = [&alone[..4], &alone[4..6], &alone[6..10], &alone[10..]].map(mean);
        for (got, expected) in together.iter().zip(expected) {
            assert!((got - expected).abs() <= 1e-12, "{layer}: {got} for {expected}");
        }
    }
}

/// All mini-batches are as large, so that the mean of their gradients is that of all samples.
#[test]
fn an_update_of_all_mini_batches_is_one_of_the_whole() {
    let mut gathered = experiment("accumulate: 6", "", "0.5");
    let text = LAB.replace("batch: 10, ", "batch: full, ").replace("TRAINING", "rest: keep").replace("LAYER", "");
    let lab = open(&text.replace("RATE", "0.5")).unwrap_or_else(|errors| panic!("{}", errors[0]));
    let mut whole = Experiment::new(lab.experiment(None, 1).unwrap()).unwrap();
    for _ in 0..3 {
        let (a, b) = (gathered.step(None).unwrap(), whole.step(None).unwrap());
        assert!((a.loss - b.loss).abs() < 1e-6 && (a.grad_norm - b.grad_norm).abs() < 1e-6, "{a:?} {b:?}");
    }
    for at in 0..4 {
        let off = gathered.params().get(at).iter().zip(whole.params().get(at)).map(|(a, b)| (a - b).abs());
        assert!(off.fold(0.0, f32::max) < 1e-6);
    }
}

#[test]
fn a_copy_from_the_midst_of_an_epoch_goes_on_as_the_run_did() {
    let layer = "{dropout: 0.2}, batch_norm, ";
    let mut run = experiment("accumulate: 4", layer, "0.1");
    losses(&mut run, 3);
    let mut kept = ExperimentCheckpoint::default();
    run.save(&mut kept);
    let ahead = losses(&mut run, 3);
    run.restore(&kept).unwrap();
    assert_eq!(losses(&mut run, 3), ahead);
    let mut other = experiment("accumulate: 4", layer, "0.1");
    other.restore(&kept).unwrap();
    assert_eq!(losses(&mut other, 3), ahead);
}

#[test]
fn runs_with_other_updates_are_held_together_by_samples() {
    let race = |own: &str| {
        let text = LAB.replace("TRAINING", "rest: keep").replace("LAYER", "").replace("RATE", "0.1");
        let text = format!("{text}compare: {{other: {{training: {{{own}}}}}}}\n");
        open(&text).unwrap_or_else(|errors| panic!("{}", errors[0])).rules.lock
    };
    assert_eq!([race("accumulate: 4"), race("accumulate: 1")], [Lock::Samples, Lock::Steps]);
}

/// A schedule counts updates, and what is written is what was read.
#[test]
fn the_resolved_text_has_it_and_a_warning_counts_updates() {
    let lab = lab("accumulate: 4", "", "{schedule: multi_step, lr: 0.1, at: [7]}");
    assert!(lab.resolved.contains("accumulate: 4"), "{}", lab.resolved);
    assert!(lab.warnings.iter().any(|warning| warning.what().contains("6 steps")), "{:?}", lab.warnings);
}

#[test]
fn a_count_that_is_none_is_told_at_its_place() {
    let text = LAB.replace("TRAINING", "accumulate: 0").replace("LAYER", "").replace("RATE", "0.1");
    let error = open(&text).unwrap_err().remove(0);
    assert!(error.what().contains("`training.accumulate`"), "{error}");
    assert_eq!(error.place().unwrap().line(), 6);
}
