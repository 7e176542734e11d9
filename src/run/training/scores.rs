//! The numbers by which a race compares its runs.

use super::Run;
use crate::program::Real;
use crate::snapshot::{EpochRow, Line, Rank};

impl<F: Real> Run<F> {
    /// What a race ranks by after so many steps. The smooth loss has no penalty in it; on a landscape it is the height to
    /// which the last of them led. In a run of more steps than the history has buckets it may be that of a step up to 1/512 of
    /// the run earlier, as [`Series::at`](crate::train::Series::at) has it. Of evaluations it is the newest one of then. None where there was no step
    /// or no evaluation yet, or if it is not finite.
    pub fn score_at(&self, rank: Rank, step: u64) -> Option<f64> {
        let score = match rank {
            Rank::Loss => self.ranked_at(step),
            _ => self.evaluated_at(step).and_then(|row| match rank {
                Rank::TrainLoss => row.train_loss,
                Rank::ValLoss => row.val_loss,
                _ => row.val_accuracy,
            }),
        };
        score.filter(|score| score.is_finite())
    }

    /// The newest of the steps up to this one whose own score is known; none where there is none.
    pub fn scored_before(&self, rank: Rank, step: u64) -> Option<u64> {
        match rank {
            Rank::Loss if self.history.path.is_some() => {
                // Where the run stands the height is measured; before, it is that before the next step.
                let here = self.experiment.steps();
                if step >= here {
                    return (here > 0).then_some(here);
                }
                self.history.loss.exact_before(step + 1).map(|pushes| pushes - 1).filter(|step| *step > 0)
            }
            Rank::Loss => self.history.smooth_loss.exact_before(step),
            _ => self.evaluated_at(step).map(|row| row.step),
        }
    }

    /// The loss by which runs are ranked, after so many steps. On a landscape it is the height before the next step; where the
    /// run stands it is measured.
    fn ranked_at(&self, step: u64) -> Option<f64> {
        let Some((path, landscape)) = self.history.path.as_ref().zip(self.experiment.landscape()) else {
            let without_penalty = self.history.without_penalty.as_ref().map(|(_, line)| line);
            return without_penalty.unwrap_or(&self.history.smooth_loss).at(step);
        };
        if step < self.experiment.steps() {
            return self.history.loss.at(step + 1);
        }
        let here = path.here();
        (step > 0).then(|| landscape.clone().at(here.x, here.y)[0])
    }

    /// The newest evaluation of those up to a step.
    fn evaluated_at(&self, step: u64) -> Option<&EpochRow> {
        let after = self.history.epochs.partition_point(|row| row.step <= step);
        self.history.epochs[..after].last()
    }

    /// The smooth loss over the run; on a landscape the heights, which have no noise.
    pub fn smooth_losses(&self) -> Line {
        let series = if self.history.path.is_some() { &self.history.loss } else { &self.history.smooth_loss };
        Line { buckets: series.buckets(), width: series.width() }
    }
}
