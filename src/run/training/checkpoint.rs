//! All of a run that its steps change, copied and put back: the experiment and its history. What it has printed and
//! written stays, with the step at which it did.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Run;
use super::history::History;
use super::printed::LOG;
use crate::error::{Error, Result};
use crate::probe::StatsCheckpoint;
use crate::program::Real;
use crate::snapshot::Status;
use crate::train::{ExperimentCheckpoint, ObservingCheckpoint};

/// The copy, as plain data. Its memory is used again by the next one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::run) struct RunCheckpoint<F> {
    experiment: ExperimentCheckpoint<F>,
    /// How it had ended, if it had.
    ended: Option<Status>,
    /// Trends of the rule's values.
    stats: StatsCheckpoint,
    history: History,
    observing: Option<ObservingCheckpoint>,
}

impl<F: Real> Default for RunCheckpoint<F> {
    fn default() -> Self {
        Self {
            experiment: ExperimentCheckpoint::default(),
            ended: None,
            stats: StatsCheckpoint::default(),
            history: History::new(0, 0, None, false),
            observing: None,
        }
    }
}

impl<F: Real> RunCheckpoint<F> {
    /// The memory in bytes that it takes.
    pub fn bytes(&self) -> usize {
        let observing = self.observing.as_ref().map_or(0, ObservingCheckpoint::bytes);
        self.experiment.bytes() + self.stats.bytes() + self.history.bytes() + observing + size_of::<Self>()
    }
}

impl<F: Real> Run<F> {
    /// Copies where it stands.
    pub fn save(&mut self, checkpoint: &mut RunCheckpoint<F>) {
        self.experiment.save(&mut checkpoint.experiment);
        checkpoint.ended = Some(&self.status).filter(|status| status.is_final()).cloned();
        self.stats.save(&mut checkpoint.stats);
        self.history.trained = self.stopwatch.lap();
        checkpoint.history.copy(&self.history);
        checkpoint.observing = self.observing.as_ref().map(super::Observing::save);
    }

    /// Puts a copy back. What the last update was is known only after another step.
    ///
    /// # Errors
    /// The copy is of a run of another kind: other parameters, rule, schedules, seed or observer.
    pub fn restore(&mut self, checkpoint: &RunCheckpoint<F>) -> Result<()> {
        let recipe = self.experiment.recipe_number();
        self.experiment.restore(&checkpoint.experiment)?;
        if self.experiment.recipe_number() != recipe {
            self.look_ahead_anew();
        }
        if !self.history.is_like(&checkpoint.history) {
            return Err(Error::user("the history that was kept is that of a run of another kind"));
        }
        self.stats.restore(&checkpoint.stats, self.experiment.rule())?;
        match (&mut self.observing, &checkpoint.observing) {
            (Some(observing), Some(kept)) => observing.restore(kept)?,
            (None, None) => {}
            _ => return Err(Error::user("what was kept has another observer than the lab")),
        }
        self.experiment.look_at(self.looked_at.0, self.looked_at.1);
        self.status = checkpoint.ended.clone().unwrap_or(Status::Paused);
        self.history.copy(&checkpoint.history);
        self.stopwatch.put_back(self.experiment.steps(), self.history.trained);
        self.map_probe.forget();
        self.network_probe.forget();
        self.operations.forget();
        self.compared = None;
        self.walks.forget();
        self.ratios.fill(None);
        self.last_watched = self.experiment.steps() == 0;
        // What was written at its end is written again at the next one.
        self.saved = false;
        Ok(())
    }

    /// Puts back a copy that this very run has made. That it does not fit would be a fault, and is a status.
    pub fn go_back(&mut self, checkpoint: &RunCheckpoint<F>) {
        if let Err(error) = self.restore(checkpoint) {
            self.status = Status::Failed(Error::fault(format!("a copy does not fit its own run: {error}")));
        }
    }

    /// The lines that were printed, for a checkpoint.
    pub fn printed(&self) -> &[(u64, String)] {
        &self.log
    }

    /// Stands where a checkpoint says in place of a run that printed these lines; nothing was made after it.
    pub fn resume(&mut self, checkpoint: &RunCheckpoint<F>, printed: &[(u64, String)]) -> Result<()> {
        self.restore(checkpoint)?;
        self.log = printed.to_vec();
        self.seen = self.experiment.steps();
        Ok(())
    }

    /// The same run from its start, made anew, with what this one has written and printed.
    pub fn begin_again(&mut self, fresh: Self) {
        let before = std::mem::replace(self, fresh);
        self.experiment.take_recipes_of(before.experiment);
        (self.seen, self.log, self.dir) = (before.seen, before.log, before.dir);
        (self.unwritten, self.stopwatch) = (before.unwritten, before.stopwatch);
        self.stopwatch.put_back(self.experiment.steps(), Duration::ZERO);
        let looked_at = before.looked_at;
        self.look_at(looked_at);
    }

    /// Steps made at least once, if it is more than those made now.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Stands where another run does, as a fork of it: nothing of what was is its own doing.
    pub fn stand_as(&mut self, source: &mut Self, checkpoint: &mut RunCheckpoint<F>) {
        source.save(checkpoint);
        self.go_back(checkpoint);
        self.status = source.status.clone();
        self.ratios.clone_from(&source.ratios);
        // Its newest update is its source's: the step need not be made again, nor another one, to show it.
        self.last_watched = source.last_watched;
        self.seen = self.seen.max(source.experiment.steps());
    }

    /// Forgets the steps after the present one: another future begins. The tables lose their rows.
    pub fn forget_the_future(&mut self) {
        let steps = self.experiment.steps();
        self.stopwatch.forget_after(steps);
        if self.seen <= steps {
            return;
        }
        self.seen = steps;
        self.log.retain(|(step, _)| *step <= steps);
        if let Some(dir) = &mut self.dir {
            dir.cut(steps);
        }
    }

    /// The newest lines that had been printed at this step, at most so many.
    pub fn log(&self, most: usize) -> Vec<(u64, String)> {
        // A step that failed was not made, and what it printed is shown.
        let steps = self.experiment.steps() + u64::from(self.status.is_broken());
        let until = self.log.partition_point(|(step, _)| *step <= steps);
        self.log[until.saturating_sub(most)..until].to_vec()
    }

    /// All lines that are kept.
    pub fn whole_log(&self) -> Vec<String> {
        self.log(LOG).into_iter().map(|(_, line)| line).collect()
    }
}
