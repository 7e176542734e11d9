//! All that a run has shown so far, in bounded memory: lines, the best loss, the newest evaluations. Plain data in one
//! place: a copy for the way back and a checkpoint hold it as it is.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::probe::Path;
use crate::snapshot::{CurveRow, EpochRow, TestResult};
use crate::train::{Recent, Series, Smooth, StepReport};

/// Buckets of a gradient norm's line, and of a hyper-parameter's that learns from the run.
pub(super) const LINE: usize = 256;

/// The history of one run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct History {
    /// The loss of each step's mini-batch.
    pub loss: Series,
    /// Its bias-corrected exponential average.
    pub smooth_loss: Series,
    /// The same average without the penalty, by which runs are ranked; none where there is no penalty.
    pub without_penalty: Option<(Smooth, Series)>,
    /// The smallest loss of a mini-batch, and its step.
    pub best: Option<(f64, u64)>,
    /// Steps whose gradient was clipped.
    pub clip_hits: u64,
    /// The norm of the whole gradient, then of each parameter's.
    pub gradients: Vec<Series>,
    /// Hyper-parameters whose schedules learn from the run, in their order.
    pub learned: Vec<Series>,
    /// The newest step.
    pub last: Option<StepReport>,
    /// The newest steps, for the message of one that diverges.
    pub recent: Recent,
    /// Evaluations; every second of the older ones in a long run.
    pub epochs: Vec<EpochRow>,
    /// The newest evaluation.
    pub newest: Option<EpochRow>,
    /// The test part, if the run stands where it ended.
    pub test: Option<TestResult>,
    /// The way over a landscape; none for a network.
    pub path: Option<Path>,
    /// What the stopwatch said of it when it was copied.
    pub trained: Duration,
}

impl History {
    /// Of a run before its first step, with so many parameters and schedules that learn, and a penalty in its loss or none.
    pub fn new(parameters: usize, learned: usize, path: Option<Path>, penalty: bool) -> Self {
        Self {
            loss: Series::new(Series::CAPACITY),
            smooth_loss: Series::new(Series::CAPACITY),
            without_penalty: penalty.then(|| (Smooth::of_losses(), Series::new(Series::CAPACITY))),
            best: None,
            clip_hits: 0,
            gradients: vec![Series::new(LINE); parameters + 1],
            learned: vec![Series::new(LINE); learned],
            last: None,
            recent: Recent::new(),
            epochs: Vec::new(),
            newest: None,
            test: None,
            path,
            trained: Duration::ZERO,
        }
    }

    /// Becomes a copy of another one, in the memory that is there: histories are copied often.
    pub fn copy(&mut self, other: &Self) {
        let Self { loss, smooth_loss, without_penalty, gradients, learned, epochs, newest, path, recent, .. } = self;
        loss.clone_from(&other.loss);
        smooth_loss.clone_from(&other.smooth_loss);
        match (without_penalty, &other.without_penalty) {
            (Some((smooth, line)), Some((others, other))) => {
                *smooth = *others;
                line.clone_from(other);
            }
            (own, other) => own.clone_from(other),
        }
        gradients.clone_from(&other.gradients);
        learned.clone_from(&other.learned);
        epochs.clone_from(&other.epochs);
        newest.clone_from(&other.newest);
        path.clone_from(&other.path);
        recent.clone_from(&other.recent);
        (self.best, self.clip_hits, self.last, self.trained) = (other.best, other.clip_hits, other.last, other.trained);
        self.test = other.test;
    }

    /// The losses, the norms and the evaluations that are kept, step by step. Of runs as long as this one it is the same steps, and of a
    /// shorter one these are among them.
    pub fn curve(&self) -> Vec<CurveRow> {
        let mut rows: BTreeMap<u64, CurveRow> = BTreeMap::new();
        let made = self.last.map_or(0, |report| report.step);
        let losses = self.loss.buckets().into_iter().zip(self.smooth_loss.buckets());
        for (place, (loss, smooth)) in (1..).zip(losses) {
            let step = (place * self.loss.width()).min(made);
            let row = rows.entry(step).or_insert(CurveRow { step, ..CurveRow::default() });
            (row.loss, row.smooth_loss) = (Some(loss.last), Some(smooth.last).filter(|smooth| !smooth.is_nan()));
        }
        // The line of a norm has fewer buckets, so that its steps are among those.
        let norms = &self.gradients[0];
        for (place, norm) in (1..).zip(norms.buckets()) {
            let step = (place * norms.width()).min(made);
            let row = rows.entry(step).or_insert(CurveRow { step, ..CurveRow::default() });
            row.grad_norm = Some(norm.last);
        }
        for epoch in &self.epochs {
            let step = epoch.step;
            let row = rows.entry(step).or_insert(CurveRow { step, ..CurveRow::default() });
            (row.train_loss, row.train_accuracy) = (epoch.train_loss, epoch.train_accuracy);
            (row.val_loss, row.val_accuracy) = (epoch.val_loss, epoch.val_accuracy);
        }
        rows.into_values().collect()
    }

    /// Both have lines for the same things, of the same lengths.
    pub fn is_like(&self, other: &Self) -> bool {
        let lines = |history: &Self| {
            let (path, penalty) = (history.path.is_some(), history.without_penalty.is_some());
            (history.gradients.len(), history.learned.len(), path, penalty)
        };
        let all = |history: &Self| {
            let own = [&history.loss, &history.smooth_loss].into_iter();
            let own = own.chain(history.without_penalty.as_ref().map(|(_, line)| line));
            own.chain(&history.gradients).chain(&history.learned).cloned().collect::<Vec<_>>()
        };
        lines(self) == lines(other) && all(self).iter().zip(&all(other)).all(|(a, b)| a.is_like(b))
    }

    /// The smallest loss of a mini-batch and its step, if it is smaller than at the start by a thousandth of it: of a loss
    /// that stays as it is, or only rises, none is the best.
    pub fn best_told(&self) -> Option<(f64, u64)> {
        /// What rounding and the choice of a mini-batch make of a loss that does not change.
        const SAME: f64 = 1e-3;
        let (best, step) = self.best?;
        let start = self.loss.first()?.max;
        (step > 1 && best < start - SAME * start.abs()).then_some((best, step))
    }

    /// The memory in bytes that it takes.
    pub fn bytes(&self) -> usize {
        let lines = [&self.loss, &self.smooth_loss].into_iter().chain(&self.gradients).chain(&self.learned);
        let lines = lines.chain(self.without_penalty.as_ref().map(|(_, line)| line));
        let lines: usize = lines.map(|line| line.bytes() + size_of::<Series>()).sum();
        let epochs = self.epochs.capacity() * size_of::<EpochRow>();
        lines + epochs + self.path.as_ref().map_or(0, Path::bytes)
    }
}
