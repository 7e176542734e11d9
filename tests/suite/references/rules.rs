//! Whole runs of recent optimizers, by Optax or from their papers: the loss of each step and the final weights, with groups and
//! with mini-batches whose gradients are accumulated.

use std::sync::Arc;

use ndarray::Array2;
use optlab::data::{Dataset, Order, Rest, Target};
use optlab::nn::{Loss, Network, Penalty};
use optlab::optim::{Constant, ParameterFacts};
use optlab::program::{Layout, Real};
use optlab::train::{Experiment, ExperimentConfig, GroupDrive, HyperGroups, Learning, Length, Objective};
use serde_json::Value;

use super::Outcomes;
use crate::common::{activation_layer, close, constants, dense, flat, optimizer, reference, rounded, scripted_loss};

const SAMPLES: usize = 40;
const STEPS: u64 = 40;

/// The groups of a case, as a lab has them.
fn groups(case: &Value, hyper: &[String], layout: &Layout) -> HyperGroups {
    let mut groups = HyperGroups { drives: Vec::new(), of: vec![Vec::new(); layout.parameters().len()] };
    for group in case["groups"].as_array().into_iter().flatten() {
        for (key, value) in group.as_object().unwrap() {
            let Some(hyper) = hyper.iter().position(|name| name == key) else {
                assert!(["kind", "layer"].contains(&key.as_str()), "{key}");
                continue;
            };
            for (parameter, of) in layout.parameters().iter().map(ParameterFacts::from).zip(&mut groups.of) {
                let kind = group["kind"].as_str().is_none_or(|kind| kind == parameter.kind);
                if kind && group["layer"].as_u64().is_none_or(|layer| layer == parameter.layer as u64) {
                    of.push(groups.drives.len());
                }
            }
            let schedule = Box::new(Constant(value.as_f64().unwrap()));
            groups.drives.push(GroupDrive { hyper, group: group.to_string(), schedule });
        }
    }
    groups
}

fn experiment<F: Real>(all: &Value, case: &Value) -> Experiment<F> {
    let (rule, values) = optimizer(case["rule"].as_str().unwrap(), &case["hyper"]);
    let x = Array2::from_shape_vec((SAMPLES, 5), rounded(&flat(&all["x"]))).unwrap();
    let labels = flat(&all["y"]).into_iter().map(|y| y as u32).collect();
    let names = ["0", "1", "2"].map(str::to_owned).to_vec();
    let train = Arc::new(Dataset::new(x, Target::Classes { labels, names }, "reference").unwrap());
    let network = Network::new(5, vec![dense(8), activation_layer("tanh"), dense(3)], SAMPLES).unwrap();
    let mut params = network.initialise(0);
    for at in 0..4 {
        params.get_mut(at).copy_from_slice(&rounded::<F>(&flat(&all["start"][at])));
    }
    let groups = groups(case, &rule.hyper, params.layout());
    let learning = Learning {
        train,
        validation: None,
        test: None,
        network,
        loss: loss(case),
        penalty: Penalty::default(),
        batch: case["batch"].as_u64().map_or(SAMPLES, |batch| batch as usize),
        order: Order::AsGiven,
        rest: Rest::Keep,
        accumulate: case["accumulate"].as_u64().map_or(1, |batches| batches as usize),
    };
    Experiment::new(ExperimentConfig {
        objective: Objective::Network(Box::new(learning)),
        params,
        rule,
        hyper: constants(&values),
        groups,
        clip: None,
        length: Length::Steps(STEPS),
        evaluate: 1,
        seed: 0,
        threads: 1,
        observer: None,
    })
    .unwrap()
}

/// The loss of a case, by its own script or cross-entropy.
fn loss<F: Real>(case: &Value) -> Loss<F> {
    let Some(name) = case["loss_script"].as_str() else { return Loss::CrossEntropy };
    let given = case["loss_hyper"].as_object().unwrap();
    let given: Vec<(&str, f64)> = given.iter().map(|(key, value)| (key.as_str(), value.as_f64().unwrap())).collect();
    Loss::pointwise(scripted_loss(name, &given, 3))
}

/// Losses within a share of the largest, weights within a share of the largest of their tensor.
fn check<F: Real>(all: &Value, case: &Value, (of_losses, of_weights): (f64, f64)) -> Result<(), String> {
    let mut experiment = experiment::<F>(all, case);
    let losses = flat(&case["losses"]);
    assert_eq!(losses.len() as u64, STEPS);
    let mut got = Vec::new();
    for _ in &losses {
        got.push(experiment.step(None).map_err(|halt| format!("{halt:?}"))?.loss);
    }
    close(&got, &losses, of_losses, "the losses")?;
    experiment.find_evaluated().map_err(|error| error.to_string())?;
    for (key, weights) in [("final", experiment.params()), ("evaluate", experiment.evaluated())] {
        for (at, want) in case[key].as_array().into_iter().flatten().enumerate() {
            close(weights.get(at), &flat(want), of_weights, &format!("{key} parameter {at}"))?;
        }
    }
    if case["evaluate"].is_null() && experiment.evaluates_other_weights() {
        return Err("weights are evaluated of which the case says nothing".into());
    }
    Ok(())
}

/// The script that a case needs beside those that are there for long.
fn script(case: &Value) -> &str {
    case["loss_script"].as_str().unwrap_or_else(|| case["rule"].as_str().unwrap())
}

pub fn outcomes() -> Outcomes {
    let all = reference("rules");
    let cases = all["cases"].as_array().unwrap();
    cases.iter().map(|case| outcome(&all, case)).collect()
}

/// How near numbers of `f32` come, of a single step and of all steps.
pub const IN_F32: (f64, f64) = (2e-5, 5e-5);
/// How near those of `f64` come where the reference rounds to `f32` on its way.
pub const ROUNDED: (f64, f64) = (2e-9, 2e-8);

/// Rules with sums along an axis, totals and products, by `NumPy` with other algorithms than the scripts have.
pub fn matrices() -> Outcomes {
    let (all, own) = (reference("rules"), reference("matrices"));
    own["cases"].as_array().unwrap().iter().map(|case| outcome(&all, case)).collect()
}

fn outcome(all: &Value, case: &Value) -> (String, Result<(), String>) {
    // Optax computes the decay of Adafactor in f32 whatever the weights are; NumPy's cases have it in f64.
    let is_rounded = case["source"].as_str().is_some_and(|source| source.starts_with("optax.adafactor"));
    let near = if is_rounded { ROUNDED } else { (1e-9, 1e-9) };
    let f64 = check::<f64>(all, case, near).map_err(|why| format!("in f64 {why}"));
    let both = f64.and_then(|()| check::<f32>(all, case, IN_F32));
    let keys = ["hyper", "groups", "accumulate", "loss_hyper"].into_iter().filter(|key| !case[key].is_null());
    (keys.fold(script(case).to_owned(), |name, key| format!("{name} {key} {}", case[key])), both)
}
