//! Whole mini-batch runs against `PyTorch`'s (`tests/reference/training.json`): every step's loss and gradient norm, and
//! the final weights, in f64 within 1e-9 and in f32 within 1e-5 of the size of the tensor.

mod common;

use std::sync::Arc;

use common::{activation_layer, constants, dense, flat, optimizer, reference, rounded};
use ndarray::Array2;
use optlab::data::{Dataset, Order, Rest, Target};
use optlab::nn::{Loss, Network, Penalty};
use optlab::program::Real;
use optlab::train::{Experiment, Learning, Length, Objective, Parts};
use serde_json::Value;

fn experiment<F: Real>(all: &Value, run: &Value) -> Option<Experiment<F>> {
    let (rule, values) = optimizer(run["rule"].as_str().unwrap(), &run["hyper"])?;
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
    let learning = Learning {
        train: Arc::new(data),
        validation: None,
        network,
        loss: Loss::CrossEntropy,
        penalty: Penalty::default(),
        batch: 10,
        order: Order::AsGiven,
        rest,
    };
    let parts = Parts {
        objective: Objective::Network(Box::new(learning)),
        params,
        rule,
        hyper: constants(&values),
        clip: None,
        length: Length::Epochs(4),
        evaluate: 1,
        seed: 0,
        threads: 1,
    };
    Some(Experiment::new(parts).unwrap())
}

fn check<F: Real>(tolerance: f64) -> usize {
    let all = reference("training");
    let mut checked = 0;
    for run in all["runs"].as_array().unwrap() {
        let Some(mut experiment) = experiment::<F>(&all, run) else { continue };
        let what = format!("{} drop_last {}", run["rule"], run["drop_last"]);
        let (losses, norms) = (flat(&run["losses"]), flat(&run["grad_norms"]));
        assert_eq!(experiment.steps_total(), losses.len() as u64, "{what}");
        for (loss, norm) in losses.iter().zip(&norms) {
            let report = experiment.step(None).unwrap();
            assert!((report.loss - loss).abs() < tolerance * loss.abs().max(1.0), "{what}: step {}", report.step);
            assert!((report.grad_norm - norm).abs() < tolerance * norm.max(1.0), "{what}: step {}", report.step);
        }
        for (at, want) in run["final"].as_array().unwrap().iter().enumerate() {
            let want = flat(want);
            let size = want.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
            for (got, want) in experiment.params().get(at).iter().zip(&want) {
                assert!((got.to_f64() - want).abs() < tolerance * size, "{what}: parameter {at}: {got} for {want}");
            }
        }
        checked += 1;
    }
    checked
}

#[test]
fn whole_runs_agree_with_pytorch_in_f64() {
    // sgd, rmsprop and adam, each with the last batch dropped and kept.
    assert_eq!(check::<f64>(1e-9), 6);
}

#[test]
fn whole_runs_agree_with_pytorch_in_f32() {
    assert_eq!(check::<f32>(1e-5), 6);
}
