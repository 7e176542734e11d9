//! All of an experiment that its steps change, as plain data: copied and put back. What is keyed by (seed, purpose, epoch
//! or step) needs no copy: shuffling, dropout and noise find their place by the seed and the step alone.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Experiment;
use super::recipe::RecipeState;
use crate::error::{Error, Result};
use crate::program::Real;
use crate::train::run_metrics::RunMetrics;

/// More steps than this no run makes; what counts beyond them would overflow.
const MAX_STEPS: u64 = 1 << 48;

/// The names and shapes of all parameters, in the order of the arena.
pub(super) type Shapes = Arc<Vec<(String, Vec<usize>)>>;

/// The copy. Its memory is used again by the next one. It can be written as bytes and read again, with every bit of its
/// numbers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ExperimentCheckpoint<F> {
    /// Of one of its numbers: bytes of one kind may well be read as the other, without any sense.
    bits: usize,
    seed: u64,
    steps: u64,
    /// The number of the recipe in force.
    recipe: u64,
    shapes: Shapes,
    params: Vec<F>,
    statistics: Vec<F>,
    state: RecipeState<F>,
    distance: f64,
    had_gradient: bool,
    metrics: RunMetrics,
}

impl<F: Real> ExperimentCheckpoint<F> {
    /// Updates made.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The number of the recipe in force: 0 for the lab as it was, and one for each edit.
    pub fn recipe(&self) -> u64 {
        self.recipe
    }

    /// The memory in bytes that it takes.
    pub fn bytes(&self) -> usize {
        let values = (self.params.capacity() + self.statistics.capacity()) * size_of::<F>();
        values + self.state.bytes() + size_of::<Self>()
    }
}

impl<F: Real> Experiment<F> {
    /// Copies the state after the last step. The gradient is left out: whoever goes back makes a step on the way.
    pub fn save(&mut self, checkpoint: &mut ExperimentCheckpoint<F>) {
        checkpoint.bits = 8 * size_of::<F>();
        (checkpoint.seed, checkpoint.steps, checkpoint.recipe) = (self.seed, self.steps, self.recipe.number);
        checkpoint.shapes.clone_from(&self.shapes);
        checkpoint.params.clear();
        checkpoint.params.extend_from_slice(self.params.values());
        checkpoint.statistics.clear();
        checkpoint.statistics.extend_from_slice(self.work.statistics().map_or(&[], |statistics| statistics.values()));
        self.recipe.save(&mut checkpoint.state);
        checkpoint.distance = self.travelled.so_far();
        (checkpoint.had_gradient, checkpoint.metrics) = (self.had_gradient, self.metrics);
    }

    /// Puts a copy back that this experiment, or one made of the same parts, has made: the steps that follow are those that
    /// followed then, bit for bit.
    ///
    /// # Errors
    /// The copy is of an experiment with other parameters, another seed, another rule or other schedules. Nothing is
    /// changed then.
    pub fn restore(&mut self, checkpoint: &ExperimentCheckpoint<F>) -> Result<()> {
        self.accepts(checkpoint)?;
        self.last_copy.forget();
        let before = self.recipe.number;
        if !self.bring_into_force(checkpoint.recipe) {
            let number = checkpoint.recipe;
            return Err(Error::user(format!(
                "the checkpoint was made after edit {number}, which this run has not seen"
            )));
        }
        if let Err(error) = self.recipe.restore(&checkpoint.state) {
            self.bring_into_force(before);
            return Err(error);
        }
        self.steps = checkpoint.steps;
        self.evaluated.forget();
        self.updates.forget();
        self.params.values_mut().copy_from_slice(&checkpoint.params);
        if let Some(statistics) = self.work.statistics_mut() {
            statistics.values_mut().copy_from_slice(&checkpoint.statistics);
        }
        self.travelled.go_back(checkpoint.distance);
        (self.had_gradient, self.metrics) = (checkpoint.had_gradient, checkpoint.metrics);
        if self.steps == 0 {
            self.grads.values_mut().fill(F::ZERO);
            self.grad_norms.fill(0.0);
            self.update_norms.fill(0.0);
        }
        Ok(())
    }

    /// The copy is of an experiment like this one, whatever its recipe is.
    fn accepts(&self, checkpoint: &ExperimentCheckpoint<F>) -> Result<()> {
        let bits = 8 * size_of::<F>();
        if checkpoint.bits != bits {
            let other = checkpoint.bits;
            return Err(Error::user(format!("the checkpoint has numbers of {other} bits, but this run has {bits}")));
        }
        if checkpoint.shapes != self.shapes || checkpoint.params.len() != self.params.values().len() {
            let told = |shapes: &Shapes| {
                let all: Vec<String> = shapes.iter().map(|(name, shape)| format!("{name} {shape:?}")).collect();
                if all.is_empty() { "none".to_owned() } else { crate::error::scrub(&all.join(", ")) }
            };
            let (own, other) = (told(&self.shapes), told(&checkpoint.shapes));
            return Err(Error::user(format!("the checkpoint has other parameters: {other}, but this run has {own}")));
        }
        if checkpoint.statistics.len() != self.work.statistics().map_or(0, |statistics| statistics.values().len()) {
            return Err(Error::user(
                "the checkpoint has other running statistics of batch normalisation than this run",
            ));
        }
        if checkpoint.seed != self.seed {
            let (own, other) = (self.seed, checkpoint.seed);
            return Err(Error::user(format!(
                "the checkpoint is of a run with seed {other}, but this one has seed {own}"
            )));
        }
        if checkpoint.steps > MAX_STEPS || checkpoint.metrics.view().step != checkpoint.steps {
            return Err(Error::user("the checkpoint is damaged: its step is not that of its numbers"));
        }
        Ok(())
    }

    /// Learns the very samples that another experiment learns, so that both hold them in memory once. They must be equal.
    pub(crate) fn share_samples_of(&mut self, other: &Self) {
        self.work.share_samples_of(&other.work);
    }
}
