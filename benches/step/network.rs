//! Whole training steps of four networks with Adam by script and by hand, and what their parts cost.

use std::sync::Arc;

use ndarray::Array2;
use optlab::data::{Batches, Dataset, Order, Rest, Target, gather, gather_labels};
use optlab::nn::{Loss, Mode, Network, Penalty, Targets};
use optlab::optim::Rule;
use optlab::program::{Arena, Norms, Parameter};
use optlab::train::{Experiment, Learning, Length, Objective, Parts};
use serde_json::Value;

use super::common::{activation_layer, constants, dense, optimizer};
use super::fused::Fused;
use super::{in_turn, time, waves};

const ROWS: usize = 8192;

pub struct Workload {
    pub name: &'static str,
    sizes: &'static [usize],
    activation: &'static str,
    batch: usize,
}

pub const WORKLOADS: [Workload; 4] = [
    Workload { name: "tiny", sizes: &[2, 16, 16, 2], activation: "tanh", batch: 32 },
    Workload { name: "digits", sizes: &[64, 128, 64, 10], activation: "relu", batch: 64 },
    Workload { name: "mnist", sizes: &[784, 256, 128, 10], activation: "relu", batch: 128 },
    Workload { name: "wide", sizes: &[784, 512, 512, 10], activation: "relu", batch: 256 },
];

impl Workload {
    fn data(&self) -> Dataset<f32> {
        let x = Array2::from_shape_vec((ROWS, self.sizes[0]), waves(ROWS * self.sizes[0], 0.0).to_vec()).unwrap();
        let classes = self.sizes[self.sizes.len() - 1];
        let labels = (0..ROWS as u32).map(|row| row % classes as u32).collect();
        let names = (0..classes).map(|class| class.to_string()).collect();
        Dataset::new(x, Target::Classes { labels, names }, "waves").unwrap()
    }

    fn network(&self) -> Network<f32> {
        let mut specs = Vec::new();
        for (at, units) in self.sizes[1..].iter().enumerate() {
            if at > 0 {
                specs.push(activation_layer(self.activation));
            }
            specs.push(dense(*units));
        }
        Network::new(self.sizes[0], specs, self.batch).unwrap()
    }

    fn experiment(&self) -> Experiment<f32> {
        Experiment::new(self.parts(u64::MAX)).unwrap()
    }

    /// What trains, for so many steps and without evaluations on the way.
    pub fn parts(&self, steps: u64) -> Parts<f32> {
        let network = self.network();
        let (rule, values) = optimizer("adam", &Value::Null);
        let params = network.initialise(1);
        let learning = Learning {
            train: Arc::new(self.data()),
            validation: None,
            network,
            loss: Loss::CrossEntropy,
            penalty: Penalty::default(),
            batch: self.batch,
            order: Order::Shuffled,
            rest: Rest::Keep,
        };
        Parts {
            objective: Objective::Network(Box::new(learning)),
            params,
            rule,
            hyper: constants(&values),
            clip: None,
            length: Length::Steps(steps),
            evaluate: u64::MAX,
            seed: 1,
            threads: 1,
            observer: None,
        }
    }
}

/// A step taken apart: what `Experiment` does, one piece after the other.
struct Pieces {
    data: Dataset<f32>,
    network: Network<f32>,
    batches: Batches,
    loss: Loss<f32>,
    params: Arena<f32>,
    grads: Arena<f32>,
    norms: Norms<f32>,
    lengths: Vec<f64>,
    x: Vec<f32>,
    labels: Vec<u32>,
    d_output: Vec<f32>,
    at: usize,
}

impl Pieces {
    fn new(workload: &Workload) -> Self {
        let (data, network) = (workload.data(), workload.network());
        let params = network.initialise(1);
        Self {
            batches: Batches::new(ROWS, workload.batch, Order::Shuffled, Rest::Keep, 1).unwrap(),
            loss: Loss::CrossEntropy,
            grads: Arena::zeros(network.layout()),
            norms: Norms::new(network.layout()),
            lengths: vec![0.0; network.layout().parameters().len()],
            x: vec![0.0; workload.batch * workload.sizes[0]],
            labels: vec![0; workload.batch],
            d_output: vec![0.0; workload.batch * network.output_width()],
            at: 0,
            data,
            network,
            params,
        }
    }

    fn gather(&mut self) {
        self.at = (self.at + 1) % self.batches.per_epoch();
        let rows = self.batches.batch(self.at);
        gather(self.data.x(), rows, &mut self.x);
        let Target::Classes { labels, .. } = self.data.target() else { unreachable!("the data has classes") };
        gather_labels(labels, rows, &mut self.labels);
    }

    fn forward(&mut self) {
        let samples = self.labels.len();
        self.network.forward(&self.params, &self.x, samples, Mode::Train { seed: 1, step: 1 });
    }

    fn loss(&mut self) {
        let z = self.network.output(self.network.shapes().len() - 1);
        let width = self.network.output_width();
        self.loss.value_and_gradient(z, Targets::Classes(&self.labels), width, &mut self.d_output);
    }

    fn backward(&mut self) {
        self.network.backward(&self.params, &self.x, &self.d_output, &mut self.grads);
    }

    fn norms(&mut self) {
        self.norms.measure(self.grads.values(), &mut self.lengths);
    }

    fn all_but_update(&mut self) {
        self.gather();
        self.forward();
        self.loss();
        self.backward();
        self.norms();
    }
}

pub fn steps() {
    println!("\nsteps with Adam: whole, and with the update fused by hand in place of the script's\n");
    println!("| network | layers | batch | step | by hand | ratio |\n|---|---|---|---|---|---|");
    let mut parts = Vec::new();
    for workload in &WORKLOADS {
        let (mut by_script, mut by_hand) = (Pieces::new(workload), Pieces::new(workload));
        let (rule, hyper) = optimizer("adam", &Value::Null);
        let segments = by_script.params.layout().parameters().iter().map(Parameter::range).collect();
        let mut rule = Rule::new(rule, by_script.params.values_mut(), segments).unwrap();
        let mut fused = Fused::new("adam", by_hand.params.values().len());
        let mut t = 0;
        let [script, hand] = in_turn([
            &mut || {
                by_script.all_but_update();
                t += 1;
                rule.step(t, &hyper, by_script.params.values_mut(), by_script.grads.values(), None).unwrap();
            },
            &mut || {
                by_hand.all_but_update();
                std::hint::black_box(fused.step(by_hand.params.values_mut(), by_hand.grads.values(), false));
            },
        ]);
        let layers = workload.sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join("-");
        let Workload { name, activation, batch, .. } = workload;
        let ratio = script / hand;
        let [script, hand] = [script, hand].map(time);
        println!("| {name} | {layers} {activation} | {batch} | {script} | {hand} | {ratio:.3} |");
        parts.push((name, parts_of(workload)));
    }
    println!("\nparts of a step; the rest is what an experiment does besides\n");
    println!(
        "| network | whole | batch | forward | loss | backward | norms | update | rest |\n|---|---|---|---|---|---|---|---|---|"
    );
    for (name, times) in parts {
        println!("| {name} | {} |", times.map(time).join(" | "));
    }
}

/// Whole, gather, forward, loss, backward, norms, update, rest.
fn parts_of(workload: &Workload) -> [f64; 8] {
    let mut experiment = workload.experiment();
    let pieces = std::cell::RefCell::new(Pieces::new(workload));
    let (rule, hyper) = optimizer("adam", &Value::Null);
    let mut rule = {
        let params = &mut pieces.borrow_mut().params;
        let segments = params.layout().parameters().iter().map(Parameter::range).collect();
        Rule::new(rule, params.values_mut(), segments).unwrap()
    };
    let mut t = 0;
    let [whole, gather, forward, loss, backward, norms, update] = in_turn([
        &mut || {
            std::hint::black_box(experiment.step(None).unwrap().loss);
        },
        &mut || pieces.borrow_mut().gather(),
        &mut || pieces.borrow_mut().forward(),
        &mut || pieces.borrow_mut().loss(),
        &mut || pieces.borrow_mut().backward(),
        &mut || pieces.borrow_mut().norms(),
        &mut || {
            t += 1;
            let pieces = &mut *pieces.borrow_mut();
            rule.step(t, &hyper, pieces.params.values_mut(), pieces.grads.values(), None).unwrap();
        },
    ]);
    let rest = (whole - gather - forward - loss - backward - norms - update).max(0.0);
    [whole, gather, forward, loss, backward, norms, update, rest]
}
