//! Whole mini-batch runs: every step's loss and gradient norm, and the final weights.

use std::sync::Arc;

use ndarray::Array2;
use optlab::data::{Dataset, Order, Rest, Target};
use optlab::nn::{Loss, Network, Penalty};
use optlab::program::Real;
use optlab::train::{Experiment, ExperimentConfig, HyperGroups, Length};
use serde_json::Value;

use super::Outcomes;
use crate::common::{activation_layer, close, constants, dense, flat, optimizer, reference, rounded};

fn experiment<F: Real>(all: &Value, run: &Value) -> Experiment<F> {
    let (rule, values) = optimizer(run["rule"].as_str().unwrap(), &run["hyper"]);
    let x = Array2::from_shape_vec((48, 4), rounded(&flat(&all["x"]))).unwrap();
    let labels = flat(&all["y"]).into_iter().map(|y| y as u32).collect();
    let names = ["0", "1", "2"].map(str::to_owned).to_vec();
    let data = Dataset::new(x, Target::Classes { labels, names }, "reference").unwrap();
    let network = Network::new(4, vec![dense(8), activation_layer("tanh"), dense(3)], 10).unwrap();
    let mut params = network.initialise(0);
    for layer in 0..2 {
        for (at, key) in [(2 * layer, "W"), (2 * layer + 1, "b")] {
            params.get_mut(at).copy_from_slice(&rounded::<F>(&flat(&all[key][layer])));
        }
    }
    let rest = if run["drop_last"].as_bool().unwrap() { Rest::Drop } else { Rest::Keep };
    let parts = ExperimentConfig {
        objective: optlab::train::Objective::Network(Box::new(optlab::train::Learning {
            train: Arc::new(data),
            validation: None,
            test: None,
            network,
            loss: Loss::CrossEntropy,
            penalty: Penalty::default(),
            batch: 10,
            order: Order::AsGiven,
            rest,
            accumulate: 1,
        })),
        params,
        rule,
        hyper: constants(&values),
        groups: HyperGroups::default(),
        clip: None,
        length: Length::Epochs(4),
        evaluate: 1,
        seed: 0,
        threads: 1,
        observer: None,
    };
    Experiment::new(parts).unwrap()
}

fn check<F: Real>(all: &Value, run: &Value, tolerance: f64) -> Result<(), String> {
    let mut experiment = experiment::<F>(all, run);
    let (losses, norms) = (flat(&run["losses"]), flat(&run["grad_norms"]));
    if experiment.steps_total() != losses.len() as u64 {
        return Err(format!("{} steps for {}", experiment.steps_total(), losses.len()));
    }
    for (loss, norm) in losses.iter().zip(&norms) {
        let report = experiment.step(None).map_err(|halt| format!("{halt:?}"))?;
        let off = (report.loss - loss).abs() / loss.abs().max(1.0);
        let norm_off = (report.grad_norm - norm).abs() / norm.max(1.0);
        if off > tolerance || norm_off > tolerance {
            let (loss_got, norm_got) = (report.loss, report.grad_norm);
            return Err(format!("step {}: loss {loss_got} for {loss}, norm {norm_got} for {norm}", report.step));
        }
    }
    for (at, want) in run["final"].as_array().unwrap().iter().enumerate() {
        close(experiment.params().get(at), &flat(want), tolerance, &format!("final parameter {at}"))?;
    }
    Ok(())
}

pub fn outcomes() -> Outcomes {
    let all = reference("training");
    let outcome = |run: &Value| {
        let both = check::<f64>(&all, run, 1e-9).and_then(|()| check::<f32>(&all, run, 1e-5));
        (format!("{} drop_last {}", run["rule"], run["drop_last"]), both)
    };
    all["runs"].as_array().unwrap().iter().map(outcome).collect()
}
