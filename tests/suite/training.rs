//! A whole run in f64 against plain Rust: a network of two layers, its passes and three rules written out by hand. Every
//! loss and the final weights agree to 1e-12, far below what a formula that differs in a detail would give.

use std::sync::Arc;

use crate::common::{activation_layer, constants, dense, optimizer};
use ndarray::Array2;
use optlab::data::{Dataset, Order, Rest, Target};
use optlab::nn::{Loss, Network, Penalty};
use optlab::train::{Experiment, ExperimentConfig, HyperGroups, Length};
use serde_json::json;

const SAMPLES: usize = 22;
const BATCH: usize = 8;
const EPOCHS: u64 = 15;
/// Inputs, hidden units, classes.
const SIZES: [usize; 3] = [3, 5, 4];

fn inputs() -> Vec<f64> {
    (0..SAMPLES * SIZES[0]).map(|i| (i as f64 * 1.3 + 0.2).sin()).collect()
}

fn labels() -> Vec<u32> {
    (0..SAMPLES).map(|i| (i * i % SIZES[2]) as u32).collect()
}

/// `W1, b1, W2, b2`.
type Parameters = [Vec<f64>; 4];

/// `x W + b` of one sample.
fn affine(x: &[f64], w: &[f64], b: &[f64]) -> Vec<f64> {
    let column = |j: usize| x.iter().enumerate().map(|(i, x)| x * w[i * b.len() + j]).sum::<f64>();
    (0..b.len()).map(|j| column(j) + b[j]).collect()
}

/// The mean cross-entropy of a batch, and its gradient.
fn loss_and_gradient(p: &Parameters, x: &[f64], labels: &[u32]) -> (f64, Parameters) {
    let mut gradient = p.clone().map(|values| vec![0.0; values.len()]);
    let n = labels.len() as f64;
    let mut loss = 0.0;
    for (x, label) in x.chunks_exact(SIZES[0]).zip(labels) {
        let hidden: Vec<f64> = affine(x, &p[0], &p[1]).into_iter().map(f64::tanh).collect();
        let z = affine(&hidden, &p[2], &p[3]);
        let sum: f64 = z.iter().map(|z| z.exp()).sum();
        loss += (sum.ln() - z[*label as usize]) / n;
        let mut dz: Vec<f64> = z.iter().map(|z| z.exp() / sum / n).collect();
        dz[*label as usize] -= 1.0 / n;
        for (j, dz) in dz.iter().enumerate() {
            gradient[3][j] += dz;
            for (i, hidden) in hidden.iter().enumerate() {
                gradient[2][i * SIZES[2] + j] += hidden * dz;
            }
        }
        for (i, hidden) in hidden.iter().enumerate() {
            let back: f64 = dz.iter().enumerate().map(|(j, dz)| dz * p[2][i * SIZES[2] + j]).sum();
            let d = back * (1.0 - hidden * hidden);
            gradient[1][i] += d;
            for (k, x) in x.iter().enumerate() {
                gradient[0][k * SIZES[1] + i] += x * d;
            }
        }
    }
    (loss, gradient)
}

/// One weight's update: `(t, dw, v, s)` gives what is taken off.
type Plain = fn(i32, f64, &mut f64, &mut f64) -> f64;

const RULES: [(&str, Plain); 3] = [
    ("momentum", |_, dw, v, _| {
        *v = 0.9 * *v + 0.1 * dw;
        0.1 * *v
    }),
    ("rmsprop", |_, dw, _, s| {
        *s = 0.99 * *s + 0.01 * dw * dw;
        0.01 * dw / (s.sqrt() + 1e-8)
    }),
    ("adam", |t, dw, v, s| {
        *v = 0.9 * *v + 0.1 * dw;
        *s = 0.999 * *s + 0.001 * dw * dw;
        let (v_hat, s_hat) = (*v / (1.0 - 0.9_f64.powi(t)), *s / (1.0 - 0.999_f64.powi(t)));
        0.001 * v_hat / (s_hat.sqrt() + 1e-8)
    }),
];

fn experiment(name: &str) -> Experiment<f64> {
    let (rule, values) = optimizer(name, &json!({}));
    let names = (0..SIZES[2]).map(|class| class.to_string()).collect();
    let x = Array2::from_shape_vec((SAMPLES, SIZES[0]), inputs()).unwrap();
    let data = Dataset::new(x, Target::Classes { labels: labels(), names }, "made here").unwrap();
    let layers = vec![dense(SIZES[1]), activation_layer("tanh"), dense(SIZES[2])];
    let network = Network::new(SIZES[0], layers, BATCH).unwrap();
    let params = network.initialise(3);
    let parts = ExperimentConfig {
        objective: optlab::train::Objective::Network(Box::new(optlab::train::Learning {
            train: Arc::new(data),
            validation: None,
            test: None,
            network,
            loss: Loss::CrossEntropy,
            penalty: Penalty::default(),
            batch: BATCH,
            order: Order::AsGiven,
            rest: Rest::Keep,
            accumulate: 1,
        })),
        params,
        rule,
        hyper: constants(&values),
        groups: HyperGroups::default(),
        clip: None,
        length: Length::Epochs(EPOCHS),
        evaluate: 1,
        seed: 0,
        threads: 1,
        observer: None,
    };
    Experiment::new(parts).unwrap()
}

#[test]
fn whole_runs_agree_with_plain_rust_to_1e_12() {
    for (name, rule) in RULES {
        let mut experiment = experiment(name);
        let mut p: Parameters = std::array::from_fn(|at| experiment.params().get(at).to_vec());
        let start = p.clone();
        let (mut v, mut s) = (p.clone().map(|w| vec![0.0; w.len()]), p.clone().map(|w| vec![0.0; w.len()]));
        let mut t = 0;
        for _ in 0..EPOCHS {
            for (x, labels) in inputs().chunks(BATCH * SIZES[0]).zip(labels().chunks(BATCH)) {
                t += 1;
                let (loss, gradient) = loss_and_gradient(&p, x, labels);
                for k in 0..4 {
                    for (at, dw) in gradient[k].iter().enumerate() {
                        p[k][at] -= rule(t, *dw, &mut v[k][at], &mut s[k][at]);
                    }
                }
                let report = experiment.step(None).unwrap();
                assert!((report.loss - loss).abs() < 1e-12, "{name}, step {t}: {} for {loss}", report.loss);
            }
        }
        assert_eq!(experiment.steps_total(), t as u64);
        for (k, want) in p.iter().enumerate() {
            for (got, want) in experiment.params().get(k).iter().zip(want) {
                assert!((got - want).abs() < 1e-12, "{name}, parameter {k}: {got} for {want}");
            }
        }
        let moved = p[0].iter().zip(&start[0]).any(|(w, before)| (w - before).abs() > 1e-3);
        assert!(moved, "{name} stands still");
    }
}
