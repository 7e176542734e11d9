//! A pass through a network allocates nothing: a step costs what its arithmetic costs, and never waits for memory.

use optlab::nn::{LayerSpec, Loss, Mode, Network, Penalty, Targets};
use optlab::program::{Arena, Real};

use crate::common::{activation_layer, constants, dense, mse, optimizer, scripted_loss};
use crate::counting::allocations;

fn check<F: Real>(mut loss: Loss<F>, classes: bool) {
    let (inputs, outputs, capacity) = (20, 10, 32);
    let specs = vec![
        LayerSpec::BatchNorm { momentum: 0.1, eps: 1e-5 },
        dense(300),
        LayerSpec::LayerNorm { eps: 1e-5 },
        activation_layer("relu"),
        LayerSpec::Dropout { rate: 0.2 },
        dense(17),
        LayerSpec::BatchNorm { momentum: 0.1, eps: 1e-5 },
        dense(outputs),
    ];
    let mut network = Network::<F>::new(inputs, specs, capacity).unwrap();
    let params = network.initialise(1);
    let mut grads = Arena::zeros(network.layout());
    let x = vec![F::ONE; capacity * inputs];
    let (labels, values) = (vec![3_u32; capacity], vec![F::ONE; capacity * outputs]);
    let mut d_output = vec![F::ZERO; capacity * outputs];
    let penalty = Penalty { l1: 0.1, l2: 0.1 };
    let mut step = |samples: usize, step: u64| {
        let x = &x[..samples * inputs];
        let d_output = &mut d_output[..samples * outputs];
        let targets =
            if classes { Targets::Classes(&labels[..samples]) } else { Targets::Values(&values[..samples * outputs]) };
        let output = network.forward(&params, x, samples, Mode::Train { seed: 1, step });
        let value = loss.value_and_gradient(output, targets, outputs, d_output) + penalty.value(&params);
        network.backward(&params, x, d_output, &mut grads);
        penalty.add_gradient(&params, &mut grads);
        let output = network.forward(&params, x, samples, Mode::Evaluate);
        assert!(value.is_finite() && loss.value(output, targets, outputs).is_finite());
        loss.hits(output, targets, outputs);
    };
    step(capacity, 0);
    let counted = allocations(|| {
        for t in 1..5 {
            step(capacity, t);
            step(7, t);
            step(1, t);
        }
    });
    assert_eq!(counted, 0);
}

pub fn a_step_allocates_nothing() {
    check::<f32>(Loss::CrossEntropy, true);
    check::<f64>(Loss::CrossEntropy, false);
    check::<f32>(Loss::BinaryCrossEntropy, true);
    check::<f32>(Loss::pointwise(mse()), true);
    check::<f32>(Loss::pointwise(mse()), false);
    check::<f32>(Loss::pointwise(scripted_loss("focal", &[], 10)), true);
    check::<f64>(Loss::pointwise(scripted_loss("label_smoothing", &[], 10)), true);
}

/// The whole step, with the shipped Adam by script and a shuffled epoch's border within it; also of several mini-batches, with
/// other hyper-parameters for biases.
pub fn a_step_of_an_experiment_allocates_nothing() {
    step_allocates_nothing(1, false);
    step_allocates_nothing(3, true);
}

fn step_allocates_nothing(accumulate: usize, grouped: bool) {
    use optlab::data::{Dataset, Order, Rest, Target};
    use optlab::train::{Experiment, ExperimentConfig, GroupDrive, HyperGroups, Learning, Length, Objective};
    let x = ndarray::Array2::from_shape_fn((50, 4), |(row, column)| ((row * 4 + column) as f32).sin());
    let labels = (0..50).map(|row| row % 3).collect();
    let names = ["a", "b", "c"].map(str::to_owned).to_vec();
    let data = Dataset::new(x, Target::Classes { labels, names }, "test").unwrap();
    let norm = LayerSpec::BatchNorm { momentum: 0.1, eps: 1e-5 };
    let specs = vec![dense(8), norm, activation_layer("tanh"), LayerSpec::LayerNorm { eps: 1e-5 }, dense(3)];
    let network = Network::<f32>::new(4, specs, 16).unwrap();
    let (rule, values) = optimizer("adam", &serde_json::Value::Null);
    let params = network.initialise(1);
    let learning = Learning {
        train: std::sync::Arc::new(data),
        validation: None,
        test: None,
        network,
        loss: Loss::CrossEntropy,
        penalty: Penalty { l1: 0.0, l2: 0.01 },
        batch: 16,
        order: Order::Shuffled,
        rest: Rest::Keep,
        accumulate,
    };
    let mut groups = HyperGroups::default();
    if grouped {
        let schedule = Box::new(optlab::optim::Constant(0.1));
        groups.drives.push(GroupDrive { hyper: 0, group: "kind: bias".to_owned(), schedule });
        let bias = |p: &optlab::program::Parameter| if p.name.starts_with('b') { vec![0] } else { Vec::new() };
        groups.of = params.layout().parameters().iter().map(bias).collect();
    }
    let mut experiment = Experiment::new(ExperimentConfig {
        objective: Objective::Network(Box::new(learning)),
        params,
        rule,
        hyper: constants(&values),
        groups,
        clip: Some(optlab::optim::Clip::Norm(1.0)),
        length: Length::Epochs(10),
        evaluate: 1,
        seed: 3,
        threads: 1,
        observer: None,
    })
    .unwrap();
    experiment.step(None).unwrap();
    let counted = allocations(|| {
        for _ in 0..9 {
            experiment.step(None).unwrap();
        }
    });
    assert_eq!(counted, 0);
}
