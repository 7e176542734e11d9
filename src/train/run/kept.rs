//! All of a run that its steps change, copied and put back: the experiment and its history. What it has printed and
//! written stays, with the step at which it did.

use std::time::Duration;

use super::{LOG, Path, Run};
use crate::error::Result;
use crate::program::Real;
use crate::train::diagnosis::Recent;
use crate::train::experiment::{ExperimentKept, StepReport};
use crate::train::history::Series;
use crate::train::observer::ObservingKept;
use crate::train::snapshot::{EpochRow, Status};
use crate::train::stats::StatsKept;

/// The copy. Its memory is used again by the next one.
#[derive(Clone)]
pub(in crate::train) struct RunKept<F> {
    experiment: ExperimentKept<F>,
    /// How it had ended, if it had.
    ended: Option<Status>,
    stats: StatsKept,
    path: Option<Path>,
    loss: Series,
    smooth_line: Series,
    best: Option<(f64, u64)>,
    clip_hits: u64,
    courses: Vec<Series>,
    gradients: Vec<Series>,
    last: Option<StepReport>,
    recent: Recent,
    epochs: Vec<EpochRow>,
    newest: Option<EpochRow>,
    observing: Option<ObservingKept>,
    trained: Duration,
}

impl<F: Real> Default for RunKept<F> {
    fn default() -> Self {
        Self {
            experiment: ExperimentKept::default(),
            ended: None,
            stats: StatsKept::default(),
            path: None,
            loss: Series::new(0),
            smooth_line: Series::new(0),
            best: None,
            clip_hits: 0,
            courses: Vec::new(),
            gradients: Vec::new(),
            last: None,
            recent: Recent::new(),
            epochs: Vec::new(),
            newest: None,
            observing: None,
            trained: Duration::ZERO,
        }
    }
}

impl<F: Real> RunKept<F> {
    /// The memory that it takes.
    pub fn bytes(&self) -> usize {
        let series = [&self.loss, &self.smooth_line].into_iter().chain(&self.gradients).chain(&self.courses);
        let series: usize = series.map(|series| series.bytes() + size_of::<Series>()).sum();
        let epochs = self.epochs.capacity() * size_of::<EpochRow>();
        let observing = self.observing.as_ref().map_or(0, ObservingKept::bytes);
        let path = self.path.as_ref().map_or(0, Path::bytes);
        self.experiment.bytes() + self.stats.bytes() + path + series + epochs + observing + size_of::<Self>()
    }
}

impl<F: Real> Run<F> {
    /// Copies where it stands.
    pub fn keep(&mut self, kept: &mut RunKept<F>) {
        self.experiment.save(&mut kept.experiment);
        kept.ended = Some(&self.status).filter(|status| status.is_final()).cloned();
        self.stats.keep(&mut kept.stats);
        kept.path.clone_from(&self.path);
        kept.loss.clone_from(&self.loss);
        kept.smooth_line.clone_from(&self.smooth_line);
        (kept.best, kept.clip_hits) = (self.best, self.clip_hits);
        kept.courses = self.courses.keep();
        kept.gradients.clone_from(&self.gradients);
        kept.last = self.last;
        kept.recent.clone_from(&self.recent);
        kept.epochs.clone_from(&self.epochs);
        kept.newest.clone_from(&self.newest);
        kept.observing = self.observing.as_ref().map(super::Observing::keep);
        kept.trained = self.trained;
    }

    /// Puts a copy back. What the last update was is known only after another step.
    pub fn recall(&mut self, kept: &RunKept<F>) {
        let edition = self.experiment.edition();
        if let Err(error) = self.experiment.restore(&kept.experiment) {
            self.status = Status::Failed(error);
            return;
        }
        if self.experiment.edition() != edition {
            self.look_ahead_anew();
        }
        self.experiment.look_at(self.looked_at.0, self.looked_at.1);
        self.status = kept.ended.clone().unwrap_or(Status::Paused);
        if let Err(error) = self.stats.restore(&kept.stats, self.experiment.rule()) {
            self.status = Status::Failed(error);
        }
        self.path.clone_from(&kept.path);
        self.mapper.forget();
        self.loss.clone_from(&kept.loss);
        self.smooth_line.clone_from(&kept.smooth_line);
        (self.best, self.clip_hits) = (kept.best, kept.clip_hits);
        self.courses.recall(&kept.courses);
        self.networked.forget();
        self.compared = None;
        self.gradients.clone_from(&kept.gradients);
        self.ratios.fill(None);
        self.last = kept.last;
        self.recent.clone_from(&kept.recent);
        self.epochs.clone_from(&kept.epochs);
        self.newest.clone_from(&kept.newest);
        if let (Some(observing), Some(kept)) = (&mut self.observing, &kept.observing) {
            if let Err(error) = observing.restore(kept) {
                self.status = Status::Failed(error);
            }
        }
        self.trained = kept.trained;
        self.last_watched = self.experiment.steps() == 0;
        // What was written at its end is written again at the next one.
        self.saved = false;
    }

    /// The same run from its start, made anew, with what this one has written and printed.
    pub fn begin_again(&mut self, fresh: Self) {
        let before = std::mem::replace(self, fresh);
        self.experiment.take_editions_of(before.experiment);
        (self.seen, self.log, self.dir) = (before.seen, before.log, before.dir);
        self.unwritten = before.unwritten;
        let looked_at = before.looked_at;
        self.look_at(looked_at);
    }

    /// Steps made at least once, if it is more than those made now.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Stands where another run does, as a fork of it: nothing of what was is its own doing.
    pub fn stand_as(&mut self, source: &mut Self, kept: &mut RunKept<F>) {
        source.keep(kept);
        self.recall(kept);
        self.status = source.status.clone();
        self.ratios.clone_from(&source.ratios);
        // Its newest update is its source's: the step need not be made again, nor another one, to show it.
        self.last_watched = source.last_watched;
        self.seen = self.seen.max(source.experiment.steps());
    }

    /// Forgets the steps after the present one: another future begins. The tables lose their rows.
    pub fn forget_the_future(&mut self) -> Result<()> {
        let steps = self.experiment.steps();
        if self.seen <= steps {
            return Ok(());
        }
        self.seen = steps;
        self.log.retain(|(step, _)| *step <= steps);
        self.dir.as_mut().map_or(Ok(()), |dir| dir.cut(steps))
    }

    /// The newest lines that had been printed at this step, at most so many.
    pub fn log(&self, most: usize) -> Vec<(u64, String)> {
        let steps = self.experiment.steps();
        let until = self.log.partition_point(|(step, _)| *step <= steps);
        self.log[until.saturating_sub(most)..until].to_vec()
    }

    /// All lines that are kept.
    pub fn whole_log(&self) -> Vec<String> {
        self.log(LOG).into_iter().map(|(_, line)| line).collect()
    }
}
