//! Forward and backward passes against `PyTorch`'s numbers (`tests/reference/networks.json`) and against differences.

mod common;

use common::{activation, activation_layer, dense, flat, loss, rounded};
use optlab::nn::{LayerSpec, Loss, Mode, Network, Penalty, Targets};
use optlab::program::{Arena, Real};
use serde_json::Value;

fn assert_close<F: Real>(got: &[F], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let size = expected.iter().fold(0.0, |max: f64, value| max.max(value.abs()));
    for (got, expected) in got.iter().zip(expected) {
        let off = (got.to_f64() - expected).abs();
        assert!(off <= tolerance * size, "{what}: {got} for {expected}, the largest being {size}");
    }
}

/// Checks one case; false if its activation or loss is a script's and is checked elsewhere.
fn check<F: Real>(case: &Value, tolerance: f64) -> bool {
    let (activation_name, loss_name) = (case["activation"].as_str().unwrap(), case["loss"].as_str().unwrap());
    let (Some(_), Some(mut loss)) = (activation::<F>(activation_name), loss::<F>(loss_name)) else { return false };
    let sizes: Vec<usize> =
        case["sizes"].as_array().unwrap().iter().map(|size| size.as_u64().unwrap() as usize).collect();
    let what = format!("{activation_name}, {loss_name}, {sizes:?}");
    let mut specs = Vec::new();
    for (index, units) in sizes[1..].iter().enumerate() {
        if index > 0 {
            specs.push(LayerSpec::Activation {
                name: activation_name.to_owned(),
                function: activation(activation_name).unwrap(),
            });
        }
        specs.push(dense(*units));
    }
    let x: Vec<F> = rounded(&flat(&case["x"]));
    let samples = x.len() / sizes[0];
    let outputs = sizes[sizes.len() - 1];
    let mut network = Network::new(sizes[0], specs, samples + 3).unwrap();
    let mut params = Arena::zeros(network.layout());
    for layer in 1..sizes.len() {
        for name in ["W", "b"] {
            let index = network.layout().find(&format!("{name}{layer}")).unwrap();
            params.get_mut(index).copy_from_slice(&rounded::<F>(&flat(&case[name][layer - 1])));
        }
    }
    let y = flat(&case["y"]);
    let classes: Vec<u32> = y.iter().map(|y| *y as u32).collect();
    let values: Vec<F> = rounded(&y);
    let targets = if loss_name == "cross_entropy" { Targets::Classes(&classes) } else { Targets::Values(&values) };
    let penalty = Penalty { l1: case["l1"].as_f64().unwrap(), l2: case["l2"].as_f64().unwrap() };

    let mut grads = Arena::zeros(network.layout());
    let output = network.forward(&params, &x, samples, Mode::Evaluate);
    assert_close(output, &flat(&case["output"]), tolerance, &format!("{what}: output"));
    let mut d_output = vec![F::ZERO; samples * outputs];
    let data_loss = loss.value_and_gradient(output, targets, outputs, &mut d_output);
    assert_close(&[data_loss], &[case["data_loss"].as_f64().unwrap()], tolerance, &format!("{what}: loss of the data"));
    assert_close(&[loss.value(output, targets, outputs)], &[data_loss], tolerance, &format!("{what}: loss alone"));
    let total = data_loss + penalty.value(&params);
    assert_close(&[total], &[case["loss_value"].as_f64().unwrap()], tolerance, &format!("{what}: loss"));
    network.backward(&params, &x, &d_output, &mut grads);
    penalty.add_gradient(&params, &mut grads);
    for layer in 1..sizes.len() {
        for (name, key) in [("W", "dW"), ("b", "db")] {
            let index = network.layout().find(&format!("{name}{layer}")).unwrap();
            let expected = flat(&case[key][layer - 1]);
            assert_close(grads.get(index), &expected, tolerance, &format!("{what}: {key}{layer}"));
        }
    }
    true
}

fn cases() -> Vec<Value> {
    let text = include_str!("reference/networks.json");
    serde_json::from_str::<Vec<Value>>(text).unwrap()
}

#[test]
fn passes_agree_with_pytorch_in_f64() {
    // Four activations with mse; tanh with each of the three losses; three penalised networks.
    assert_eq!(cases().iter().filter(|case| check::<f64>(case, 1e-9)).count(), 4 + 3 + 3);
}

#[test]
fn passes_agree_with_pytorch_in_f32() {
    assert_eq!(cases().iter().filter(|case| check::<f32>(case, 1e-5)).count(), 4 + 3 + 3);
}

/// The gradient by central differences, with dropout's mask held still by its key.
#[test]
fn gradients_agree_with_differences_through_dropout() {
    let mode = Mode::Train { seed: 3, step: 41 };
    for (inputs, hidden, outputs, samples) in [(2, 3, 2, 5), (7, 18, 3, 9), (1, 1, 4, 1)] {
        let mut specs = vec![LayerSpec::Dropout { rate: 0.2 }];
        for units in [hidden, hidden + 1] {
            specs.push(dense(units));
            specs.push(activation_layer("tanh"));
            specs.push(LayerSpec::Dropout { rate: 0.3 });
        }
        specs.push(dense(outputs));
        let mut network = Network::<f64>::new(inputs, specs, samples).unwrap();
        let mut params = network.initialise(5);
        let x: Vec<f64> = (0..samples * inputs).map(|i| (i as f64 * 1.7).sin()).collect();
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
                let difference = (value_at(1e-5) - value_at(-1e-5)) / 2e-5;
                let gradient = grads.values()[at];
                assert!((gradient - difference).abs() < 1e-9, "{}: {gradient} for {difference}", parameter.name);
            }
        }
        assert!(grads.values().iter().any(|d| d.abs() > 1e-3));
    }
}
