//! A step taken apart: what an experiment does, one piece after the other.

use super::workload::{self, ROWS, Workload};
use crate::data::{Batches, Dataset, Order, Rest, Target, gather, gather_labels};
use crate::error::Result;
use crate::nn::{Loss, Mode, Network, Targets};
use crate::optim::Rule;
use crate::program::{Arena, Norms, Parameter};

pub(super) struct Pieces {
    data: Dataset<f32>,
    network: Network<f32>,
    batches: Batches,
    loss: Loss<f32>,
    rule: Rule<f32>,
    hyper: Vec<f64>,
    t: u64,
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
    pub fn new(workload: &Workload) -> Result<Self> {
        let (data, network) = (workload.data()?, workload.network()?);
        let mut params = network.initialise(1);
        let (parts, hyper) = workload::rule("adam")?;
        let segments = network.layout().parameters().iter().map(Parameter::range).collect();
        Ok(Self {
            rule: Rule::new(parts, params.values_mut(), segments)?,
            hyper,
            t: 0,
            batches: Batches::new(ROWS, workload.batch, Order::Shuffled, Rest::Keep, 1)?,
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
        })
    }

    pub fn weights(&self) -> usize {
        self.params.values().len()
    }

    pub fn weights_and_gradient(&mut self) -> (&mut [f32], &[f32]) {
        (self.params.values_mut(), self.grads.values())
    }

    pub fn gather(&mut self) {
        self.at = (self.at + 1) % self.batches.per_epoch();
        let rows = self.batches.batch(self.at);
        gather(self.data.x(), rows, &mut self.x);
        if let Target::Classes { labels, .. } = self.data.target() {
            gather_labels(labels, rows, &mut self.labels);
        }
    }

    pub fn forward(&mut self) {
        let samples = self.labels.len();
        self.network.forward(&self.params, &self.x, samples, Mode::Train { seed: 1, step: 1 });
    }

    pub fn loss(&mut self) {
        let z = self.network.output(self.network.shapes().len() - 1);
        let width = self.network.output_width();
        self.loss.value_and_gradient(z, Targets::Classes(&self.labels), width, &mut self.d_output);
    }

    pub fn backward(&mut self) {
        self.network.backward(&self.params, &self.x, &self.d_output, &mut self.grads);
    }

    pub fn norms(&mut self) {
        self.norms.measure(self.grads.values(), &mut self.lengths);
    }

    pub fn update(&mut self) {
        self.t += 1;
        self.rule
            .step(self.t, &self.hyper, self.params.values_mut(), self.grads.values(), None)
            .expect("a shipped rule that is traced once has nothing that could fail on the way");
    }

    pub fn all_but_update(&mut self) {
        self.gather();
        self.forward();
        self.loss();
        self.backward();
        self.norms();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_measured_is_a_network_that_goes_on_learning() {
        let digits = workload::WORKLOADS.iter().find(|workload| workload.name == "digits").unwrap();
        let mut pieces = Pieces::new(digits).unwrap();
        for _ in 0..1000 {
            pieces.all_but_update();
            pieces.update();
        }
        let zeros = pieces.grads.values().iter().filter(|slope| **slope == 0.0).count();
        assert!(zeros * 20 < pieces.weights(), "{zeros} of {} gradients are 0", pieces.weights());
    }
}
