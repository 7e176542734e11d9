//! Rules with sums along an axis, totals and products, as whole runs of 40 steps: every step's loss and the final weights, by
//! Optax, or by NumPy with other algorithms than the scripts have.

use std::sync::Arc;

use ndarray::Array2;
use optlab::data::{Dataset, Order, Rest, Target};
use optlab::nn::{Loss, Network, Penalty};
use optlab::program::Real;
use optlab::train::{Experiment, ExperimentConfig, Learning, Length, Objective};
use serde_json::Value;

use super::Outcomes;
use crate::common::{activation_layer, close, constants, dense, flat, optimizer, reference, rounded};

/// Those of the file whose rules are of this kind.
const RULES: [&str; 3] = ["adafactor", "prodigy", "muon"];

fn experiment<F: Real>(all: &Value, case: &Value, threads: usize) -> Experiment<F> {
    let (rule, values) = optimizer(case["rule"].as_str().unwrap(), &case["hyper"]);
    let x = Array2::from_shape_vec((40, 5), rounded(&flat(&all["x"]))).unwrap();
    let labels = flat(&all["y"]).into_iter().map(|y| y as u32).collect();
    let names = ["0", "1", "2"].map(str::to_owned).to_vec();
    let data = Dataset::new(x, Target::Classes { labels, names }, "reference").unwrap();
    let network = Network::new(5, vec![dense(8), activation_layer("tanh"), dense(3)], 40).unwrap();
    let mut params = network.initialise(0);
    for at in 0..4 {
        params.get_mut(at).copy_from_slice(&rounded::<F>(&flat(&all["start"][at])));
    }
    Experiment::new(ExperimentConfig {
        objective: Objective::Network(Box::new(Learning {
            train: Arc::new(data),
            validation: None,
            test: None,
            network,
            loss: Loss::CrossEntropy,
            penalty: Penalty::default(),
            batch: 40,
            order: Order::AsGiven,
            rest: Rest::Keep,
        })),
        params,
        rule,
        hyper: constants(&values),
        clip: None,
        length: Length::Steps(40),
        evaluate: 1,
        seed: 0,
        threads,
        observer: None,
    })
    .unwrap()
}

fn check<F: Real>(all: &Value, case: &Value, [of_loss, of_weights]: [f64; 2]) -> Result<(), String> {
    let mut experiment = experiment::<F>(all, case, 1);
    let losses = flat(&case["losses"]);
    assert_eq!(losses.len(), 40);
    let largest = losses.iter().fold(0.0, |most: f64, loss| most.max(*loss));
    for loss in &losses {
        let report = experiment.step(None).map_err(|halt| format!("{halt:?}"))?;
        let off = (report.loss - loss).abs();
        // Not `off > ...`, which NaN would pass.
        if !(off <= of_loss * largest) {
            return Err(format!("step {}: loss {} for {loss}, off by {off:e}", report.step, report.loss));
        }
    }
    for (at, want) in case["final"].as_array().unwrap().iter().enumerate() {
        close(experiment.params().get(at), &flat(want), of_weights, &format!("final parameter {at}"))?;
    }
    Ok(())
}

pub fn outcomes() -> Outcomes {
    let (all, own) = (reference("rules"), reference("matrices"));
    let of_optax = all["cases"].as_array().unwrap().iter();
    let of_optax = of_optax.filter(|case| RULES.iter().any(|rule| case["rule"] == *rule));
    let cases = of_optax.chain(own["cases"].as_array().unwrap());
    let outcome = |case: &Value| {
        // Optax computes the decay of Adafactor in f32 whatever the weights are; NumPy's cases have it in f64.
        let rounded = case["source"].as_str().is_some_and(|source| source.starts_with("optax.adafactor"));
        let near = if rounded { [2e-9, 2e-8] } else { [1e-9; 2] };
        let double = check::<f64>(&all, case, near).map_err(|why| format!("in f64, {why}"));
        let single = check::<f32>(&all, case, [2e-5, 5e-5]).map_err(|why| format!("in f32, {why}"));
        (format!("{} {}", case["rule"], case["hyper"]), double.and(single))
    };
    cases.map(outcome).collect()
}
