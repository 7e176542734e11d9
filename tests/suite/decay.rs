//! Three ways to keep weights small are told apart after one step: an L1 penalty pulls each by the same length, an L2
//! penalty in proportion to its size, both through the rule; a decoupled decay pulls past the rule.

use std::path::Path;

use optlab::lab::{Document, Files, Lab};
use optlab::train::{Experiment, STACK};

/// The first weights and those after one step of full-batch training, on a stack as the program has it.
fn one_step(optimizer: &str, penalty: &str) -> (Vec<f64>, Vec<f64>) {
    let text = format!(
        "data: {{source: moons, samples: 50}}
network: [dense: {{units: 6, bias: false}}, tanh, dense: {{units: 2, bias: false}}]
loss: cross_entropy
training: {{steps: 1, batch: full}}
penalty: {penalty}
optimizer: {optimizer}
"
    );
    let work = move || {
        let document = Document::parse("lab.yaml", &text).unwrap();
        let files = Files::beside(Path::new("lab.yaml")).unwrap();
        let lab = Lab::check(&document, &files, None).unwrap_or_else(|errors| panic!("{}", errors[0].render(false)));
        let mut experiment = Experiment::new(lab.experiment(None, 1).unwrap()).unwrap();
        let weights = |experiment: &Experiment<f32>| {
            let parameters = 0..experiment.layout().parameters().len();
            parameters.flat_map(|at| experiment.params().get(at)).map(|w| f64::from(*w)).collect::<Vec<f64>>()
        };
        let before = weights(&experiment);
        experiment.step(None).unwrap();
        (before, weights(&experiment))
    };
    std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join().unwrap()
}

/// How far the second is from the first, weight by weight.
fn pull(plain: &[f64], pulled: &[f64]) -> Vec<f64> {
    plain.iter().zip(pulled).map(|(plain, pulled)| pulled - plain).collect()
}

fn near(got: &[f64], want: impl Iterator<Item = f64>) {
    for (at, (got, want)) in got.iter().zip(want).enumerate() {
        assert!((got - want).abs() < 1e-6, "weight {at}: {got} for {want}");
    }
}

#[test]
fn a_penalty_goes_through_the_gradient() {
    let (before, plain) = one_step("{rule: sgd, lr: 0.1}", "{}");
    let (_, l2) = one_step("{rule: sgd, lr: 0.1}", "{l2: 0.05}");
    near(&pull(&plain, &l2), before.iter().map(|w| -0.1 * 2.0 * 0.05 * w));
    let (_, l1) = one_step("{rule: sgd, lr: 0.1}", "{l1: 0.05}");
    near(&pull(&plain, &l1), before.iter().map(|w| -0.1 * 0.05 * w.signum()));
    // PyTorch's `weight_decay` of plain descent adds `weight_decay W` to the gradient: a penalty of half of it.
    let (_, decay) = one_step("{rule: sgd, lr: 0.1, weight_decay: 0.1}", "{}");
    near(&decay, l2.iter().copied());
}

#[test]
fn a_decoupled_decay_goes_past_the_rule() {
    let (before, adam) = one_step("{rule: adam, lr: 0.01}", "{}");
    let (_, adamw) = one_step("{rule: adamw, lr: 0.01, weight_decay: 0.5}", "{}");
    near(&pull(&adam, &adamw), before.iter().map(|w| -0.01 * 0.5 * w));
    // Through the gradient Adam makes of it what it makes of every gradient: a first step of one length.
    let (_, l2) = one_step("{rule: adam, lr: 0.01}", "{l2: 5.0}");
    near(&pull(&before, &l2), before.iter().map(|w| -0.01 * w.signum()));
}
