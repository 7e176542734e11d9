//! All of an experiment that its steps change, copied and put back. What is keyed by (seed, purpose, epoch or step) needs
//! no copy: shuffling, dropout and noise find their place by the step alone.

use super::Experiment;
use crate::optim::{Kept, RuleKept};
use crate::program::Real;
use crate::train::so_far::SoFar;

/// The copy. Its memory is used again by the next one.
#[derive(Clone)]
pub struct ExperimentKept<F> {
    steps: u64,
    edition: u64,
    params: Vec<F>,
    statistics: Vec<F>,
    rule: RuleKept<F>,
    schedules: Vec<Option<Kept>>,
    turned: Vec<Option<f64>>,
    hyper: Vec<f64>,
    distance: f64,
    pulled: bool,
    so_far: SoFar,
}

impl<F> Default for ExperimentKept<F> {
    fn default() -> Self {
        Self {
            steps: 0,
            edition: 0,
            params: Vec::new(),
            statistics: Vec::new(),
            rule: RuleKept::default(),
            schedules: Vec::new(),
            turned: Vec::new(),
            hyper: Vec::new(),
            distance: 0.0,
            pulled: false,
            so_far: SoFar::default(),
        }
    }
}

impl<F: Real> ExperimentKept<F> {
    /// The memory that it takes.
    pub fn bytes(&self) -> usize {
        let values = (self.params.capacity() + self.statistics.capacity()) * size_of::<F>();
        let schedules: usize = self.schedules.iter().flatten().map(Kept::bytes).sum();
        values + self.rule.bytes() + schedules + 48 * self.hyper.capacity() + size_of::<Self>()
    }
}

impl<F: Real> Experiment<F> {
    /// Copies the state after the last step. The gradient is left out: whoever goes back makes a step on the way.
    pub fn keep(&mut self, kept: &mut ExperimentKept<F>) {
        (kept.steps, kept.edition) = (self.steps, self.edition);
        kept.params.clear();
        kept.params.extend_from_slice(self.params.values());
        kept.statistics.clear();
        kept.statistics.extend_from_slice(self.work.statistics().map_or(&[], |statistics| statistics.values()));
        self.rule.keep(&mut kept.rule);
        kept.schedules.clear();
        kept.schedules.extend(self.schedules.iter().map(|schedule| schedule.keep()));
        kept.turned.clone_from(&self.turned);
        kept.hyper.clone_from(&self.hyper);
        kept.distance = self.travelled.so_far();
        (kept.pulled, kept.so_far) = (self.pulled, self.so_far);
    }

    /// Puts a copy back that this experiment, or one made of the same parts, has made: the steps that follow are those that
    /// followed then, bit for bit.
    pub fn recall(&mut self, kept: &ExperimentKept<F>) {
        self.steps = kept.steps;
        self.fetch(kept.edition);
        self.params.values_mut().copy_from_slice(&kept.params);
        if let Some(statistics) = self.work.statistics_mut() {
            statistics.values_mut().copy_from_slice(&kept.statistics);
        }
        self.rule.recall(&kept.rule);
        for (schedule, kept) in self.schedules.iter_mut().zip(&kept.schedules) {
            if let Some(kept) = kept {
                schedule.recall(kept);
            }
        }
        self.turned.clone_from(&kept.turned);
        self.hyper.clone_from(&kept.hyper);
        self.travelled.go_back(kept.distance);
        (self.pulled, self.so_far) = (kept.pulled, kept.so_far);
        if self.steps == 0 {
            self.grads.values_mut().fill(F::ZERO);
            self.grad_norms.fill(0.0);
            self.update_norms.fill(0.0);
        }
    }

    /// Learns the very samples that another experiment learns, so that both hold them in memory once. They must be equal.
    pub(in crate::train) fn share_samples_of(&mut self, other: &Self) {
        self.work.share_samples_of(&other.work);
    }
}
