//! What a run has shown so far, kept for the schedules that learn from it. It is part of the Experiment, so that such
//! schedules take the same course whether anybody looks or not.

use serde::{Deserialize, Serialize};

use super::evaluate::Evaluation;
use super::experiment::StepReport;
use super::history::Smooth;
use crate::optim::Position;
use crate::optim::RunView;

/// The view, and the average behind one of its numbers.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct RunMetrics {
    view: RunView,
    smooth: Smooth,
}

impl Default for RunMetrics {
    fn default() -> Self {
        Self { view: RunView::default(), smooth: Smooth::of_losses() }
    }
}

impl RunMetrics {
    pub fn view(&self) -> &RunView {
        &self.view
    }

    /// Where the run stands now, for the schedules that learn.
    pub fn stands(&mut self, position: Position) {
        self.view.position = position;
    }

    /// A value was not finite.
    pub fn diverged(&mut self) {
        self.view.diverged = true;
    }

    /// A step was made.
    pub fn stepped(&mut self, report: &StepReport, lr: Option<f64>) {
        self.view.step = report.step;
        self.view.epoch = report.epoch;
        self.view.loss = report.loss;
        self.view.smooth_loss = self.smooth.push(report.loss);
        self.view.grad_norm = report.grad_norm;
        self.view.update_norm = report.update_norm;
        self.view.lr = lr.unwrap_or(f64::NAN);
    }

    /// Both parts were evaluated.
    pub fn evaluated(&mut self, train: &Evaluation, validation: Option<&Evaluation>) {
        let accuracy = |part: &Evaluation| part.accuracy.unwrap_or(f64::NAN);
        self.view.evaluations += 1;
        self.view.train_loss = train.loss;
        self.view.train_accuracy = accuracy(train);
        self.view.val_loss = validation.map_or(f64::NAN, |part| part.loss);
        self.view.val_accuracy = validation.map_or(f64::NAN, accuracy);
    }
}
