//! One forward and backward pass: the outputs, the loss without and with the penalty, the gradient of every parameter.

use optlab::nn::{LayerSpec, Mode, Network, Penalty, Targets};
use optlab::program::{Arena, Real};
use serde_json::Value;

use super::Outcomes;
use crate::common::{activation_layer, close, dense, flat, loss, reference, rounded};

fn check<F: Real>(case: &Value, tolerance: f64) -> Result<(), String> {
    let (activation, loss_name) = (case["activation"].as_str().unwrap(), case["loss"].as_str().unwrap());
    let sizes: Vec<usize> =
        case["sizes"].as_array().unwrap().iter().map(|size| size.as_u64().unwrap() as usize).collect();
    let mut specs: Vec<LayerSpec<F>> = Vec::new();
    for (index, units) in sizes[1..].iter().enumerate() {
        if index > 0 {
            specs.push(activation_layer(activation));
        }
        specs.push(dense(*units));
    }
    let x: Vec<F> = rounded(&flat(&case["x"]));
    let samples = x.len() / sizes[0];
    let outputs = sizes[sizes.len() - 1];
    let mut network = Network::new(sizes[0], specs, samples + 3).map_err(|error| error.to_string())?;
    let mut params = Arena::zeros(network.layout());
    let named = |layer: usize, name: &str| format!("{name}{}", layer + 1);
    for layer in 0..sizes.len() - 1 {
        for name in ["W", "b"] {
            let index = network.layout().find(&named(layer, name)).unwrap();
            params.get_mut(index).copy_from_slice(&rounded::<F>(&flat(&case[name][layer])));
        }
    }
    let y = flat(&case["y"]);
    let classes: Vec<u32> = y.iter().map(|y| *y as u32).collect();
    let values: Vec<F> = rounded(&y);
    let targets = match loss_name {
        "cross_entropy" | "hinge" => Targets::Classes(&classes),
        _ => Targets::Values(&values),
    };
    let penalty = Penalty { l1: case["l1"].as_f64().unwrap(), l2: case["l2"].as_f64().unwrap() };
    let mut loss = loss::<F>(loss_name, outputs);
    let mut grads = Arena::zeros(network.layout());
    let output = network.forward(&params, &x, samples, Mode::Evaluate);
    close(output, &flat(&case["output"]), tolerance, "the output")?;
    let mut d_output = vec![F::ZERO; samples * outputs];
    let data_loss = loss.value_and_gradient(output, targets, outputs, &mut d_output);
    close(&[data_loss], &[case["data_loss"].as_f64().unwrap()], tolerance, "the loss of the data")?;
    close(&[loss.value(output, targets, outputs)], &[data_loss], tolerance, "the loss alone")?;
    let total = data_loss + penalty.value(&params);
    close(&[total], &[case["loss_value"].as_f64().unwrap()], tolerance, "the loss")?;
    network.backward(&params, &x, &d_output, &mut grads);
    penalty.add_gradient(&params, &mut grads);
    for layer in 0..sizes.len() - 1 {
        for (name, key) in [("W", "dW"), ("b", "db")] {
            let name = named(layer, name);
            let index = network.layout().find(&name).unwrap();
            close(grads.get(index), &flat(&case[key][layer]), tolerance, &format!("the gradient of {name}"))?;
        }
    }
    Ok(())
}

pub fn outcomes() -> Outcomes {
    let outcome = |case: &Value| {
        let both = check::<f64>(case, 1e-9).and_then(|()| check::<f32>(case, 1e-5));
        (format!("{} {} l1 {} l2 {}", case["activation"], case["loss"], case["l1"], case["l2"]), both)
    };
    reference("networks").as_array().unwrap().iter().map(outcome).collect()
}
