//! Layer and batch normalisation against `PyTorch`'s numbers (`tests/reference/norms.json`) and against differences, and
//! where the running statistics go.

use std::sync::Arc;

use crate::common::{activation_layer, constants, dense, flat, optimizer, reference, rounded};
use ndarray::Array2;
use optlab::data::{Dataset, Order, Rest, Target};
use optlab::nn::{LayerSpec, Loss, Mode, Network, Penalty, Targets};
use optlab::program::{Arena, Real};
use optlab::train::{Experiment, ExperimentConfig, HyperGroups, Length};
use serde_json::Value;

const TRAIN: Mode = Mode::Train { seed: 3, step: 41 };

fn layer_norm<F>() -> LayerSpec<F> {
    LayerSpec::LayerNorm { eps: 1e-5 }
}

fn batch_norm<F>() -> LayerSpec<F> {
    LayerSpec::BatchNorm { momentum: 0.1, eps: 1e-5 }
}

fn size(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |max, value| max.max(value.abs()))
}

/// Within the tolerance of what the numbers are measured by.
fn assert_close<F: Real>(got: &[F], expected: &[f64], margin: f64, what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (got, expected) in got.iter().zip(expected) {
        assert!((got.to_f64() - expected).abs() <= margin, "{what}: {got} for {expected}, at most {margin:e} off");
    }
}

fn layer<F: Real>(layer: &Value) -> LayerSpec<F> {
    let eps = |norm: &Value| norm["eps"].as_f64().unwrap();
    match layer {
        Value::String(name) => activation_layer(name),
        map if map["dense"].is_u64() => dense(map["dense"].as_u64().unwrap() as usize),
        map if map["layer_norm"].is_object() => LayerSpec::LayerNorm { eps: eps(&map["layer_norm"]) },
        map => {
            let norm = &map["batch_norm"];
            LayerSpec::BatchNorm { momentum: norm["momentum"].as_f64().unwrap(), eps: eps(norm) }
        }
    }
}

/// Puts the tensors of the case into an arena, which has no others.
fn fill<F: Real>(arena: &mut Arena<F>, tensors: &Value) {
    let layout = arena.layout().clone();
    assert_eq!(layout.parameters().len(), tensors.as_object().unwrap().len());
    for (at, parameter) in layout.parameters().iter().enumerate() {
        arena.get_mut(at).copy_from_slice(&rounded::<F>(&flat(&tensors[&parameter.name])));
    }
}

/// A forward and a backward pass of a batch; `wanted` has its output, loss and gradients.
fn pass<F: Real>(
    network: &mut Network<F>,
    params: &Arena<F>,
    batch: &Value,
    wanted: &Value,
    mode: Mode,
    tolerance: f64,
    what: &str,
) {
    let (x, labels): (Vec<F>, Vec<u32>) =
        (rounded(&flat(&batch["x"])), flat(&batch["y"]).iter().map(|y| *y as u32).collect());
    let (targets, outputs) = (Targets::Classes(&labels), network.output_width());
    let output = network.forward(params, &x, labels.len(), mode);
    let expected = flat(&wanted["output"]);
    assert_close(output, &expected, tolerance * size(&expected), &format!("{what}: output"));
    let mut d_output = vec![F::ZERO; labels.len() * outputs];
    let loss = Loss::CrossEntropy.value_and_gradient(output, targets, outputs, &mut d_output);
    let expected = wanted["loss"].as_f64().unwrap();
    assert_close(&[loss], &[expected], tolerance * expected, &format!("{what}: loss"));
    let mut grads = Arena::zeros(network.layout());
    network.backward(params, &x, &d_output, &mut grads);
    let largest = wanted["grads"].as_object().unwrap().values().map(|dw| size(&flat(dw))).fold(0.0, f64::max);
    for (at, parameter) in network.layout().parameters().iter().enumerate() {
        let expected = flat(&wanted["grads"][&parameter.name]);
        // The gradient of a bias whose batch's mean is taken away again is 0 but for rounding, and so is all that lies
        // before one sample's batch statistics: such a tensor has no size of its own to be measured by.
        let own = size(&expected);
        let size = if own < 1e-12 { largest } else { own };
        assert_close(grads.get(at), &expected, tolerance * size, &format!("{what}: d{}", parameter.name));
    }
}

fn check<F: Real>(tolerance: f64) -> usize {
    let cases = reference("norms");
    let cases = cases.as_array().unwrap();
    for (number, case) in cases.iter().enumerate() {
        let specs = case["layers"].as_array().unwrap().iter().map(layer).collect();
        let mut network = Network::<F>::new(case["inputs"].as_u64().unwrap() as usize, specs, 40).unwrap();
        let mut params = Arena::zeros(network.layout());
        fill(&mut params, &case["params"]);
        let steps = case["steps"].as_array().unwrap();
        assert_eq!(steps.len(), 3);
        for (at, step) in steps.iter().enumerate() {
            let what = format!("case {number}, step {at}");
            pass(&mut network, &params, step, step, TRAIN, tolerance, &what);
            let statistics = network.statistics();
            let parameters = || statistics.layout().parameters().iter().enumerate().filter(|(_, p)| p.kind.is_saved());
            for (index, parameter) in parameters() {
                let expected = flat(&step["running"][&parameter.name]);
                let what = format!("{what}: {}", parameter.name);
                assert_close(statistics.get(index), &expected, tolerance * size(&expected), &what);
            }
            assert_eq!(step["running"].as_object().unwrap().len(), parameters().count());
        }
        let before = network.statistics().values().to_vec();
        let what = format!("case {number}, evaluation");
        pass(&mut network, &params, &steps[2], &case["evaluation"], Mode::Evaluate, tolerance, &what);
        assert_eq!(network.statistics().values(), before, "{what}");
    }
    cases.len()
}

#[test]
fn passes_and_running_statistics_agree_with_pytorch_in_f64() {
    assert_eq!(check::<f64>(1e-9), 5);
}

#[test]
fn passes_and_running_statistics_agree_with_pytorch_in_f32() {
    assert_eq!(check::<f32>(1e-5), 5);
}

/// The gradient of every parameter by central differences, in training, in evaluation and for a batch of one.
#[test]
fn gradients_agree_with_differences() {
    for (inputs, hidden, outputs, samples) in [(2, 3, 2, 5), (7, 18, 3, 9), (1, 2, 4, 1)] {
        for mode in [TRAIN, Mode::Evaluate] {
            let specs = vec![
                batch_norm(),
                dense(hidden),
                layer_norm(),
                activation_layer("tanh"),
                dense(hidden + 1),
                batch_norm(),
                activation_layer("tanh"),
                dense(outputs),
                layer_norm(),
            ];
            let mut network = Network::<f64>::new(inputs, specs, samples).unwrap();
            let mut params = network.initialise(5);
            params.values_mut().iter_mut().enumerate().for_each(|(i, w)| *w += 0.2 * (i as f64).cos());
            let x: Vec<f64> = (0..samples * inputs).map(|i| 2.0 * (i as f64 * 1.7).sin() + 0.5).collect();
            let classes: Vec<u32> = (0..samples).map(|i| (i % outputs) as u32).collect();
            let targets = Targets::Classes(&classes);
            let mut loss = Loss::CrossEntropy;
            let mut grads = Arena::zeros(network.layout());
            let mut d_output = vec![0.0; samples * outputs];
            let output = network.forward(&params, &x, samples, mode);
            loss.value_and_gradient(output, targets, outputs, &mut d_output);
            network.backward(&params, &x, &d_output, &mut grads);
            for parameter in network.layout().clone().parameters() {
                for at in parameter.range() {
                    let weight = params.values()[at];
                    let mut value_at = |by: f64| {
                        params.values_mut()[at] = weight + by;
                        let value = loss.value(network.forward(&params, &x, samples, mode), targets, outputs);
                        params.values_mut()[at] = weight;
                        value
                    };
                    // Of the fourth order: a layer over few features bends sharply.
                    let h = 1e-4;
                    let difference =
                        (8.0 * (value_at(h) - value_at(-h)) - value_at(2.0 * h) + value_at(-2.0 * h)) / (12.0 * h);
                    let (gradient, name) = (grads.values()[at], &parameter.name);
                    assert!((gradient - difference).abs() < 1e-8, "{name}, {mode:?}: {gradient} for {difference}");
                }
                let moved = grads.values()[parameter.range()].iter().any(|d| d.abs() > 1e-6);
                // Both are taken away by the mean over the batch that follows.
                assert!(moved || parameter.name == "b2" || samples == 1, "{}, {mode:?}", parameter.name);
            }
        }
    }
}

fn experiment(threads: usize, samples: usize) -> Experiment<f32> {
    let x =
        Array2::from_shape_fn((samples, 4), |(row, column)| ((row * 4 + column) as f32 * 0.7).sin() + column as f32);
    let labels = (0..samples).map(|row| (row % 3) as u32).collect();
    let data = Dataset::new(x, Target::Classes { labels, names: ["a", "b", "c"].map(str::to_owned).to_vec() }, "test");
    let data = Arc::new(data.unwrap());
    let specs = vec![dense(8), batch_norm(), activation_layer("relu"), layer_norm(), dense(3)];
    let network = Network::<f32>::new(4, specs, 16).unwrap();
    let (rule, values) = optimizer("adam", &Value::Null);
    let params = network.initialise(1);
    Experiment::new(ExperimentConfig {
        objective: optlab::train::Objective::Network(Box::new(optlab::train::Learning {
            train: data.clone(),
            validation: Some(data),
            test: None,
            network,
            loss: Loss::CrossEntropy,
            penalty: Penalty::default(),
            batch: 16,
            order: Order::Shuffled,
            rest: Rest::Keep,
            accumulate: 1,
        })),
        params,
        rule,
        hyper: constants(&values),
        groups: HyperGroups::default(),
        clip: None,
        length: Length::Epochs(10),
        evaluate: 1,
        seed: 3,
        threads,
        observer: None,
    })
    .unwrap()
}

#[test]
fn evaluating_takes_the_running_statistics_moves_none_and_changes_no_later_step() {
    let (mut looking, mut plain) = (experiment(1, 50), experiment(2, 50));
    let before = looking.evaluate();
    for step in 1..=12 {
        assert_eq!(looking.step(None).unwrap(), plain.step(None).unwrap());
        let statistics = looking.statistics().unwrap().values().to_vec();
        looking.evaluate();
        assert_eq!(looking.statistics().unwrap().values(), statistics, "step {step}");
        assert_eq!(plain.statistics().unwrap().values(), statistics, "step {step}");
    }
    let after = looking.evaluate();
    assert_ne!(before, after);
    // Two threads, each with a copy of the network, find the same.
    assert_eq!(after, plain.evaluate());
}

#[test]
fn a_last_batch_of_one_sample_trains_and_leaves_the_statistics() {
    let mut run = experiment(1, 33);
    for step in 1..=6 {
        let before = run.statistics().unwrap().values().to_vec();
        let report = run.step(None).unwrap();
        assert!(report.loss.is_finite() && report.update_norm > 0.0);
        assert_eq!(run.statistics().unwrap().values() == before, step % 3 == 0, "step {step}");
    }
}

#[test]
fn statistics_that_are_put_back_bring_back_the_same_outputs() {
    let mut network = Network::<f32>::new(3, vec![dense(5), batch_norm(), dense(2)], 8).unwrap();
    let params = network.initialise(2);
    let batch = |seed: usize| (0..24).map(|i| ((i * 7 + seed) as f32).sin() * 3.0).collect::<Vec<_>>();
    let answer = |network: &mut Network<f32>| network.forward(&params, &batch(0), 8, Mode::Evaluate).to_vec();
    network.forward(&params, &batch(1), 8, TRAIN);
    let (kept, then) = (network.statistics().clone(), answer(&mut network));
    network.forward(&params, &batch(2), 8, TRAIN);
    assert_ne!(answer(&mut network), then);
    network.statistics_mut().values_mut().copy_from_slice(kept.values());
    assert_eq!(answer(&mut network), then);
}
