//! Muon by its script, whose update is made of matrix products: a step of it beside a step of Adam with the same products
//! called directly.

use std::time::Instant;

use optlab::bench::{WORKLOADS, Workload, time};
use optlab::matmul::Multiplier;
use optlab::optim::{Constant, RuleParts, Schedule};
use optlab::script::{self, HyperValue, Kind, Script};
use optlab::train::{Experiment, ExperimentConfig};

/// Runs of each, in turn.
const ROUNDS: usize = 5;
/// Iterations of Newton and Schulz, as the script has them.
const ITERATIONS: usize = 5;

/// A shipped optimizer, with the defaults of its hyper-parameters as they drive it.
fn rule(name: &str) -> (RuleParts, Vec<Box<dyn Schedule>>) {
    let entry = script::find(Kind::Optimizer, name, None).unwrap();
    let script = Script::load(Kind::Optimizer, &entry.source).unwrap();
    let drive = |parameter: &script::HyperParameter| {
        let HyperValue::Number(value) = parameter.default else { panic!("a number") };
        Box::new(Constant(value)) as Box<dyn Schedule>
    };
    let drives = script.hyper.iter().map(drive).collect();
    (script::rule(&script).unwrap(), drives)
}

/// Seconds a step with an optimizer.
fn step(workload: &Workload, name: &str, steps: u64) -> f64 {
    let (rule, hyper) = rule(name);
    let parts = workload.parts(u64::MAX, 1).unwrap();
    let mut experiment = Experiment::new(ExperimentConfig { rule, hyper, ..parts }).unwrap();
    let start = Instant::now();
    for _ in 0..steps {
        std::hint::black_box(experiment.step(None).unwrap().loss);
    }
    start.elapsed().as_secs_f64() / steps as f64
}

/// Seconds that the products of a step of Muon take, called directly: of each weight matrix with its shorter side first.
fn products(workload: &Workload, steps: u64) -> f64 {
    let mut multiplier = Multiplier::<f32>::new();
    let shapes: Vec<[usize; 2]> =
        workload.sizes.windows(2).map(|pair| [pair[0].min(pair[1]), pair[0].max(pair[1])]).collect();
    let mut rooms: Vec<[Vec<f32>; 4]> =
        shapes.iter().map(|[m, n]| [vec![1e-3; m * n], vec![0.0; m * m], vec![0.0; m * m], vec![0.0; m * n]]).collect();
    let start = Instant::now();
    for _ in 0..steps {
        for ([m, n], [x, a, aa, bx]) in shapes.iter().zip(&mut rooms) {
            for _ in 0..ITERATIONS {
                multiplier.a_bt(x, x, a, [*m, *n, *m]);
                multiplier.ab(a, a, None, aa, [*m, *m, *m]);
                multiplier.ab(aa, x, None, bx, [*m, *m, *n]);
                std::hint::black_box(&bx);
            }
        }
    }
    start.elapsed().as_secs_f64() / steps as f64
}

pub fn matrices() {
    println!("\nmatrices: a step by Muon's script, and one by Adam's with the products of Muon called directly\n");
    println!("| network | Muon | Adam | products | Muon to Adam and products |");
    println!("|---|---|---|---|---|");
    for (workload, steps) in WORKLOADS.iter().zip([20_000, 1_000, 60, 12]) {
        let mut fastest = [f64::INFINITY; 3];
        for _ in 0..ROUNDS {
            let now = [step(workload, "muon", steps), step(workload, "adam", steps), products(workload, steps)];
            fastest.iter_mut().zip(now).for_each(|(fastest, now)| *fastest = fastest.min(now));
        }
        let [muon, adam, products] = fastest;
        println!(
            "| {} | {} | {} | {} | {:.3} |",
            workload.name,
            time(muon),
            time(adam),
            time(products),
            muon / (adam + products)
        );
    }
}
