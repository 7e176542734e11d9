//! The pass of a step once more, at other weights: the same mini-batches with the same units switched off, or the same noise.

use super::Work;
use crate::program::{Arena, Real};

impl<F: Real> Work<F> {
    /// The loss after so many updates and its gradient, as [`Work::loss_and_gradient`] gives them, at other weights than those
    /// that it was given before. Running statistics have been moved by that pass and are by no other; the penalty that is told
    /// is that of the first pass.
    pub fn once_more(&mut self, updates: u64, point: &Arena<F>, grads: &mut Arena<F>) -> f64 {
        match self {
            Self::Network(learner) => {
                let penalty = learner.penalty;
                learner.statistics.copy_from_slice(learner.parts.network.statistics().values());
                let loss = learner.loss_and_gradient(updates, point, grads);
                learner.parts.network.statistics_mut().values_mut().copy_from_slice(&learner.statistics);
                learner.penalty = penalty;
                loss
            }
            Self::Landscape(objective) => objective.loss_and_gradient(updates, point, grads),
        }
    }
}
