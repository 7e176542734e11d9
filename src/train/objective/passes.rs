//! The passes of an update: forward, loss and backward of each of its mini-batches, and the mean of what they come to.

use super::{Learner, Learning};
use crate::data::{Target, Turn, gather, gather_labels};
use crate::nn::{Mode, Targets};
use crate::program::{Arena, Real};

impl<F: Real> Learner<F> {
    /// Forward, loss, backward, of the mini-batches whose turn it is: the mean of their losses and of their gradients.
    pub(super) fn loss_and_gradient(&mut self, updates: u64, params: &Arena<F>, grads: &mut Arena<F>) -> f64 {
        let Turn { epoch, batches, before } = self.batches.turn(updates);
        if self.batches.epoch() != epoch {
            self.batches.start_epoch(epoch);
        }
        self.penalty = self.parts.penalty.value(params);
        let (first, several) = (batches.start, batches.len() > 1);
        let (count, mut loss) = (batches.len(), 0.0);
        for k in batches {
            self.passed = k - first;
            loss += self.pass(k, before + self.passed as u64, params, grads);
            if !loss.is_finite() {
                return loss;
            }
            if several && k == first {
                self.sum.copy_from_slice(grads.values());
            } else if several {
                self.sum.iter_mut().zip(grads.values()).for_each(|(sum, g)| *sum += *g);
            }
        }
        if several {
            let share = F::from_f64(1.0 / count as f64);
            grads.values_mut().iter_mut().zip(&*self.sum).for_each(|(g, sum)| *g = *sum * share);
            loss /= count as f64;
        }
        self.parts.penalty.add_gradient(params, grads);
        loss + self.penalty
    }

    /// The loss of mini-batch `k` of the epoch and its gradient, both without the penalty. `number` mini-batches were dealt
    /// before it: what dropout switches off is its own.
    fn pass(&mut self, k: usize, number: u64, params: &Arena<F>, grads: &mut Arena<F>) -> f64 {
        let Learning { train, network, loss, .. } = &mut self.parts;
        let rows = self.batches.batch(k);
        let (n, outputs) = (rows.len(), network.output_width());
        let x = &mut self.x[..n * train.features()];
        gather(train.x(), rows, x);
        let targets = match train.target() {
            Target::Classes { labels, .. } => {
                gather_labels(labels, rows, &mut self.labels[..n]);
                Targets::Classes(&self.labels[..n])
            }
            Target::Values(values) => {
                gather(values, rows, &mut self.values[..n * outputs]);
                Targets::Values(&self.values[..n * outputs])
            }
        };
        let z = network.forward(params, x, n, Mode::Train { seed: self.seed, step: number + 1 });
        let d_output = &mut self.d_output[..n * outputs];
        let loss = loss.value_and_gradient(z, targets, outputs, d_output);
        if loss.is_finite() {
            network.backward(params, x, d_output, grads);
        }
        loss
    }
}
