//! What the last step has added to the weights: known exactly where the weights before it were kept, for somebody who asks.

use std::ops::Range;

use super::Experiment;
use crate::program::Real;

/// The weights before a step, kept while they are asked for: a usual run copies nothing.
#[derive(Debug)]
pub(super) struct KeptWeights<F> {
    /// An observer asks for updates at every step.
    observed: bool,
    /// A condition, or whoever looks at the run, does.
    asked: bool,
    before: Vec<F>,
    /// The step that was made from them.
    step: Option<u64>,
}

impl<F: Real> KeptWeights<F> {
    pub fn none() -> Self {
        Self { observed: false, asked: false, before: Vec::new(), step: None }
    }

    /// Before a step.
    pub fn begin(&mut self, weights: &[F]) {
        self.step = None;
        if self.observed || self.asked {
            self.before.clear();
            self.before.extend_from_slice(weights);
        }
    }

    /// The step was made.
    pub fn end(&mut self, step: u64) {
        self.step = (self.observed || self.asked).then_some(step);
    }

    /// The weights are others now.
    pub fn forget(&mut self) {
        self.step = None;
    }
}

impl<F: Real> Experiment<F> {
    /// What steps add is asked for from now on, or no longer; an observer that asks for it does so always.
    pub fn keep_updates(&mut self, asked: bool) {
        self.updates.asked = asked;
        let wanted = self.updates.observed || asked;
        let room = if wanted { self.params.values().len() } else { 0 };
        self.updates.before.reserve(room.saturating_sub(self.updates.before.len()));
    }

    /// The observer asks what steps add.
    pub(in crate::train) fn observe_updates(&mut self) {
        self.updates.observed = true;
        self.keep_updates(self.updates.asked);
    }

    /// What the last step has added is known.
    pub fn knows_update(&self) -> bool {
        self.steps == 0 || self.updates.step == Some(self.steps)
    }

    /// What the last step has added to these weights, exact in `f64`; 0 before the first one. None if it is not known.
    pub(in crate::train) fn update(&self, range: Range<usize>) -> Option<Vec<f64>> {
        if !self.knows_update() {
            return None;
        }
        if self.steps == 0 {
            return Some(vec![0.0; range.len()]);
        }
        let pairs = self.params.values()[range.clone()].iter().zip(&self.updates.before[range]);
        Some(pairs.map(|(after, before)| after.to_f64() - before.to_f64()).collect())
    }
}
