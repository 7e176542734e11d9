//! Gradients against differences: dropout, every activation and every loss, in f64; and the derivatives of activations
//! where formulas go wrong, at 0 and far out. `references` checks whole passes against `PyTorch`'s numbers.

use crate::common::{activation, activation_layer, dense, loss};
use optlab::nn::{LayerSpec, Loss, Mode, Network, Targets};
use optlab::program::{Arena, Real};
use optlab::script::{Kind, shipped};

/// Inputs, hidden units, outputs and samples.
const SHAPES: [(usize, usize, usize, usize); 3] = [(2, 3, 2, 5), (7, 18, 3, 9), (1, 1, 4, 1)];

/// Every gradient of a network against central differences.
fn check_gradients(
    what: &str,
    inputs: usize,
    specs: Vec<LayerSpec<f64>>,
    loss: &mut Loss<f64>,
    samples: usize,
    mode: Mode,
) {
    let mut network = Network::<f64>::new(inputs, specs, samples).unwrap();
    let outputs = network.output_width();
    let mut params = network.initialise(5);
    let x: Vec<f64> = (0..samples * inputs).map(|i| (i as f64 * 1.7 + 0.3).sin()).collect();
    let classes: Vec<u32> = (0..samples).map(|i| (i % outputs) as u32).collect();
    let values: Vec<f64> = (0..samples * outputs).map(|i| 2.0 * (i as f64 * 2.3 + 0.1).cos()).collect();
    let bits: Vec<f64> = values.iter().map(|value| f64::from(u8::from(*value > 0.0))).collect();
    let targets = match loss {
        Loss::CrossEntropy | Loss::Hinge => Targets::Classes(&classes),
        Loss::BinaryCrossEntropy => Targets::Values(&bits),
        Loss::Pointwise { function, .. } if function.is_over_outputs() => Targets::Classes(&classes),
        Loss::Pointwise { .. } => Targets::Values(&values),
    };
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
            let name = &parameter.name;
            assert!((gradient - difference).abs() < 1e-8, "{what}: {name}: {gradient} for {difference}");
        }
    }
    assert!(grads.values().iter().any(|d| d.abs() > 1e-4), "{what}: nothing flows");
}

#[test]
fn gradients_of_every_activation_agree_with_differences() {
    for entry in shipped(Kind::Activation) {
        for (inputs, hidden, outputs, samples) in SHAPES {
            let specs = vec![dense(hidden), activation_layer(&entry.name), dense(outputs)];
            let what = format!("{} {inputs} {hidden} {outputs}", entry.name);
            check_gradients(&what, inputs, specs, &mut loss("mse", outputs), samples, Mode::Evaluate);
        }
    }
}

#[test]
fn gradients_of_every_loss_agree_with_differences() {
    let scripts: Vec<String> = shipped(Kind::Loss).into_iter().map(|entry| entry.name).collect();
    let fused = ["cross_entropy", "binary_cross_entropy", "hinge"];
    for name in scripts.iter().map(String::as_str).chain(fused) {
        for (inputs, hidden, outputs, samples) in SHAPES {
            let specs = vec![dense(hidden), activation_layer("tanh"), dense(outputs)];
            let what = format!("{name} {inputs} {hidden} {outputs}");
            check_gradients(&what, inputs, specs, &mut loss(name, outputs), samples, Mode::Evaluate);
        }
    }
}

/// The derivatives at -100, 0 and 100, to the rounding of f32: no infinity times 0, no kink on the wrong side.
const SLOPES: [(&str, [f64; 3]); 12] = [
    ("elu", [0.0, 1.0, 1.0]),
    ("gelu", [0.0, 0.5, 1.0]),
    ("identity", [1.0, 1.0, 1.0]),
    ("leaky_relu", [0.01, 0.01, 1.0]),
    ("mish", [0.0, 0.6, 1.0]),
    ("relu", [0.0, 0.0, 1.0]),
    ("selu", [0.0, 1.758_099_340_847_376_6, 1.050_700_987_355_480_5]),
    ("sigmoid", [0.0, 0.25, 0.0]),
    ("silu", [0.0, 0.5, 1.0]),
    ("softplus", [0.0, 0.5, 1.0]),
    ("softsign", [1.0 / 10_201.0, 1.0, 1.0 / 10_201.0]),
    ("tanh", [0.0, 1.0, 0.0]),
];

fn check_slopes<F: Real>(name: &str, want: [f64; 3], tolerance: f64) {
    let mut function = activation::<F>(name);
    let x = [-100.0, 0.0, 100.0].map(F::from_f64);
    let (mut y, mut dx) = ([F::ZERO; 3], [F::ONE; 3]);
    function.forward(&x, &mut y);
    function.backward(&x, &y, &mut dx);
    assert!(y.iter().all(|y| y.finite()), "{name}: {y:?}");
    for (x, (dx, want)) in x.iter().zip(dx.iter().zip(want)) {
        let off = (dx.to_f64() - want).abs();
        assert!(off < tolerance, "{name}'({x}) is {dx} for {want}");
    }
}

#[test]
fn activations_have_the_right_derivative_at_0_and_far_out() {
    let all: Vec<String> = shipped(Kind::Activation).into_iter().map(|entry| entry.name).collect();
    assert_eq!(SLOPES.map(|(name, _)| name.to_owned()).to_vec(), all);
    for (name, want) in SLOPES {
        check_slopes::<f64>(name, want, 1e-15);
        check_slopes::<f32>(name, want, 1e-6);
    }
}

/// Dropout's mask is held still by its key.
#[test]
fn gradients_agree_with_differences_through_dropout() {
    let mode = Mode::Train { seed: 3, step: 41 };
    for (inputs, hidden, outputs, samples) in SHAPES {
        let mut specs = vec![LayerSpec::Dropout { rate: 0.2 }];
        for units in [hidden, hidden + 1] {
            specs.push(dense(units));
            specs.push(activation_layer("tanh"));
            specs.push(LayerSpec::Dropout { rate: 0.3 });
        }
        specs.push(dense(outputs));
        check_gradients("dropout", inputs, specs, &mut Loss::CrossEntropy, samples, mode);
    }
}

#[test]
fn an_activation_that_goes_back_by_what_it_gave_out_turns_its_input_where_it_lies_and_changes_no_bit() {
    let mut in_place = Vec::new();
    for entry in shipped(Kind::Activation) {
        let mut function = activation::<f32>(&entry.name);
        let x: Vec<f32> = (0..301).map(|i| ((i as f32) * 0.37).sin() * 9.0).collect();
        let (mut apart, mut turned) = (vec![f32::NAN; x.len()], x.clone());
        function.forward(&x, &mut apart);
        function.forward_in_place(&mut turned);
        assert_eq!(apart, turned, "{}", entry.name);
        let of = |x: &[f32], function: &mut Box<dyn optlab::program::Pointwise<f32>>| {
            let mut d: Vec<f32> = (0..301).map(|i| (i as f32).cos()).collect();
            function.backward(x, &apart, &mut d);
            d
        };
        let slopes = of(&x, &mut function);
        assert!(function.needs_x() || slopes == of(&[f32::NAN; 301], &mut function), "{}", entry.name);

        let specs = vec![dense(18), activation_layer(&entry.name), activation_layer(&entry.name), dense(3)];
        let mut network = Network::<f32>::new(7, specs, 9).unwrap();
        let params = network.initialise(3);
        let mut watched = network.watched_for(5);
        let output = network.forward(&params, &x[..35], 5, Mode::Evaluate).to_vec();
        assert_eq!(watched.forward(&params, &x[..35], 5, Mode::Evaluate), output, "{}", entry.name);
        assert!((0..4).all(|layer| watched.output(layer).len() == 5 * [18, 18, 18, 3][layer]));
        let kept = [0, 1, 2, 3].map(|layer| !network.output(layer).is_empty());
        assert_eq!(kept, [function.needs_x(), true, true, true], "{}", entry.name);
        assert!(kept[0] || network.output(1) == watched.output(1));
        if !kept[0] {
            in_place.push(entry.name);
        }
    }
    assert_eq!(in_place, ["identity", "relu", "sigmoid", "tanh"]);
}
