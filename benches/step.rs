//! What a training step costs: the update by script beside a loop fused by hand, and whole steps of four networks.
//!
//! `cargo bench --bench step`. Times belong to the machine and the hour; ratios within one run are what counts.

#[path = "../tests/common/mod.rs"]
mod common;

use std::sync::Arc;

use common::{activation_layer, constants, dense, optimizer};
use divan::Bencher;
use ndarray::Array2;
use optlab::data::{Dataset, Order, Rest, Target};
use optlab::nn::{Loss, Network, Penalty};
use optlab::optim::Rule;
use optlab::train::{Experiment, Learning, Length, Objective, Parts};

fn main() {
    divan::main();
}

const SIZES: [usize; 3] = [17_000, 200_000, 700_000];

fn waves(count: usize, phase: f32) -> Vec<f32> {
    (0..count).map(|i| (i as f32 * 0.37 + phase).sin()).collect()
}

fn by_script(bencher: Bencher<'_, '_>, name: &str, count: usize) {
    let (parts, hyper) = optimizer(name, &serde_json::Value::Null);
    let (mut w, dw) = (waves(count, 0.0), waves(count, 1.0));
    let mut rule = Rule::<f32>::new(parts, &mut w, vec![0..count]).unwrap();
    let mut t = 0;
    bencher.counter(count).bench_local(|| {
        t += 1;
        rule.step(t, &hyper, &mut w, &dw, None).unwrap().len()
    });
}

#[divan::bench(args = SIZES)]
fn adam_by_script(bencher: Bencher<'_, '_>, count: usize) {
    by_script(bencher, "adam", count);
}

#[divan::bench(args = SIZES)]
fn rmsprop_by_script(bencher: Bencher<'_, '_>, count: usize) {
    by_script(bencher, "rmsprop", count);
}

#[divan::bench(args = SIZES)]
fn momentum_by_script(bencher: Bencher<'_, '_>, count: usize) {
    by_script(bencher, "momentum", count);
}

/// The same Adam written out in one loop, as a library would have it, with the widest vectors that the target allows.
#[divan::bench(args = SIZES)]
fn adam_fused_by_hand(bencher: Bencher<'_, '_>, count: usize) {
    let (mut w, dw) = (waves(count, 0.0), waves(count, 1.0));
    let (mut v, mut s) = (vec![0.0_f32; count], vec![0.0_f32; count]);
    let mut t = 0;
    bencher.counter(count).bench_local(|| {
        t += 1;
        let (c1, c2) = (1.0 / (1.0 - 0.9_f64.powi(t)), 1.0 / (1.0 - 0.999_f64.powi(t)));
        fused::adam(&mut w, &dw, &mut v, &mut s, c1 as f32, c2 as f32);
    });
}

mod fused {
    //! The loop, compiled for wide vectors as the engine's kernels are.
    #![allow(unsafe_code)] // the target feature is looked for before the call

    pub fn adam(w: &mut [f32], dw: &[f32], v: &mut [f32], s: &mut [f32], c1: f32, c2: f32) {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has it.
            return unsafe { wide(w, dw, v, s, c1, c2) };
        }
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: as above.
            return unsafe { half(w, dw, v, s, c1, c2) };
        }
        plain(w, dw, v, s, c1, c2);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn half(w: &mut [f32], dw: &[f32], v: &mut [f32], s: &mut [f32], c1: f32, c2: f32) {
        plain(w, dw, v, s, c1, c2);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw")]
    fn wide(w: &mut [f32], dw: &[f32], v: &mut [f32], s: &mut [f32], c1: f32, c2: f32) {
        plain(w, dw, v, s, c1, c2);
    }

    #[inline(always)]
    fn plain(w: &mut [f32], dw: &[f32], v: &mut [f32], s: &mut [f32], c1: f32, c2: f32) {
        for (((w, g), v), s) in w.iter_mut().zip(dw).zip(v).zip(s) {
            *v = 0.9 * *v + 0.1 * *g;
            *s = 0.999 * *s + 0.001 * *g * *g;
            *w -= 0.001 * (*v * c1) / ((*s * c2).sqrt() + 1e-8);
        }
    }
}

fn experiment(sizes: &[usize], activation: &str, batch: usize) -> Experiment<f32> {
    let rows = 8192;
    let x = Array2::from_shape_vec((rows, sizes[0]), waves(rows * sizes[0], 0.0)).unwrap();
    let classes = sizes[sizes.len() - 1];
    let labels = (0..rows as u32).map(|row| row % classes as u32).collect();
    let names = (0..classes).map(|class| class.to_string()).collect();
    let data = Dataset::new(x, Target::Classes { labels, names }, "waves").unwrap();
    let mut specs = Vec::new();
    for (at, units) in sizes[1..].iter().enumerate() {
        if at > 0 {
            specs.push(activation_layer(activation));
        }
        specs.push(dense(*units));
    }
    let network = Network::new(sizes[0], specs, batch).unwrap();
    let (rule, values) = optimizer("adam", &serde_json::Value::Null);
    let params = network.initialise(1);
    let learning = Learning {
        train: Arc::new(data),
        validation: None,
        network,
        loss: Loss::CrossEntropy,
        penalty: Penalty::default(),
        batch,
        order: Order::Shuffled,
        rest: Rest::Keep,
    };
    Experiment::new(Parts {
        objective: Objective::Network(Box::new(learning)),
        params,
        rule,
        hyper: constants(&values),
        clip: None,
        length: Length::Steps(u64::MAX),
        evaluate: 1,
        seed: 1,
        threads: 1,
        observer: None,
    })
    .unwrap()
}

fn steps(bencher: Bencher<'_, '_>, sizes: &[usize], activation: &str, batch: usize) {
    let mut experiment = experiment(sizes, activation, batch);
    bencher.bench_local(|| experiment.step(None).unwrap().loss);
}

#[divan::bench]
fn step_tiny(bencher: Bencher<'_, '_>) {
    steps(bencher, &[2, 16, 16, 2], "tanh", 32);
}

#[divan::bench]
fn step_digits(bencher: Bencher<'_, '_>) {
    steps(bencher, &[64, 128, 64, 10], "relu", 64);
}

#[divan::bench]
fn step_mnist(bencher: Bencher<'_, '_>) {
    steps(bencher, &[784, 256, 128, 10], "relu", 128);
}

#[divan::bench]
fn step_wide(bencher: Bencher<'_, '_>) {
    steps(bencher, &[784, 512, 512, 10], "relu", 256);
}
