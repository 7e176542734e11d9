//! All of an experiment that its steps change, as plain data: copied and put back. What is keyed by (seed, purpose, epoch
//! or step) needs no copy: shuffling, dropout and noise find their place by the seed and the step alone.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Experiment;
use super::recipe::RecipeState;
use crate::error::{Error, Result};
use crate::program::Real;
use crate::train::so_far::SoFar;

/// More steps than this no run makes; what counts beyond them would overflow.
const MOST_STEPS: u64 = 1 << 48;

/// The names and shapes of all parameters, in the order of the arena.
pub(super) type Shapes = Arc<Vec<(String, Vec<usize>)>>;

/// The copy. Its memory is used again by the next one. It can be written as bytes and read again, with every bit of its
/// numbers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ExperimentKept<F> {
    seed: u64,
    steps: u64,
    /// The number of the recipe in force.
    recipe: u64,
    shapes: Shapes,
    params: Vec<F>,
    statistics: Vec<F>,
    state: RecipeState<F>,
    distance: f64,
    pulled: bool,
    metrics: SoFar,
}

impl<F: Real> ExperimentKept<F> {
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
    pub fn save(&mut self, kept: &mut ExperimentKept<F>) {
        (kept.seed, kept.steps, kept.recipe) = (self.seed, self.steps, self.recipe.number);
        kept.shapes.clone_from(&self.shapes);
        kept.params.clear();
        kept.params.extend_from_slice(self.params.values());
        kept.statistics.clear();
        kept.statistics.extend_from_slice(self.work.statistics().map_or(&[], |statistics| statistics.values()));
        self.recipe.save(&mut kept.state);
        kept.distance = self.travelled.so_far();
        (kept.pulled, kept.metrics) = (self.pulled, self.so_far);
    }

    /// Puts a copy back that this experiment, or one made of the same parts, has made: the steps that follow are those that
    /// followed then, bit for bit.
    ///
    /// # Errors
    /// The copy is of an experiment with other parameters, another seed, another rule or other schedules. Nothing is
    /// changed then.
    pub fn restore(&mut self, kept: &ExperimentKept<F>) -> Result<()> {
        self.accepts(kept)?;
        let before = self.recipe.number;
        if !self.bring_into_force(kept.recipe) {
            let number = kept.recipe;
            return Err(Error::user(format!(
                "the checkpoint was made after edit {number}, which this run has not seen"
            )));
        }
        if let Err(error) = self.recipe.restore(&kept.state) {
            self.bring_into_force(before);
            return Err(error);
        }
        self.steps = kept.steps;
        self.params.values_mut().copy_from_slice(&kept.params);
        if let Some(statistics) = self.work.statistics_mut() {
            statistics.values_mut().copy_from_slice(&kept.statistics);
        }
        self.travelled.go_back(kept.distance);
        (self.pulled, self.so_far) = (kept.pulled, kept.metrics);
        if self.steps == 0 {
            self.grads.values_mut().fill(F::ZERO);
            self.grad_norms.fill(0.0);
            self.update_norms.fill(0.0);
        }
        Ok(())
    }

    /// The copy is of an experiment like this one, whatever its recipe is.
    fn accepts(&self, kept: &ExperimentKept<F>) -> Result<()> {
        if kept.shapes != self.shapes || kept.params.len() != self.params.values().len() {
            let told = |shapes: &Shapes| {
                let all: Vec<String> = shapes.iter().map(|(name, shape)| format!("{name} {shape:?}")).collect();
                if all.is_empty() { "none".to_owned() } else { crate::error::scrub(&all.join(", ")) }
            };
            let (own, other) = (told(&self.shapes), told(&kept.shapes));
            return Err(Error::user(format!("the checkpoint has other parameters: {other}, but this run has {own}")));
        }
        if kept.statistics.len() != self.work.statistics().map_or(0, |statistics| statistics.values().len()) {
            return Err(Error::user(
                "the checkpoint has other running statistics of batch normalisation than this run",
            ));
        }
        if kept.seed != self.seed {
            let (own, other) = (self.seed, kept.seed);
            return Err(Error::user(format!(
                "the checkpoint is of a run with seed {other}, but this one has seed {own}"
            )));
        }
        if kept.steps > MOST_STEPS || kept.metrics.view().step != kept.steps {
            return Err(Error::user("the checkpoint is damaged: its step is not that of its numbers"));
        }
        Ok(())
    }

    /// Learns the very samples that another experiment learns, so that both hold them in memory once. They must be equal.
    pub(in crate::train) fn share_samples_of(&mut self, other: &Self) {
        self.work.share_samples_of(&other.work);
    }
}
