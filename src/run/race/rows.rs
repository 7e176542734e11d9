//! The runs of a race as rows of the table of a session's runs.

use std::sync::Arc;

use super::{Lane, Race};
use crate::run::runs::Precision;
use crate::snapshot::{Intervention, Rank, RunRow, knob_text};

impl<F: Precision> Race<F> {
    /// A row for each run, without its number and what it was made with.
    pub(super) fn table(&self) -> Vec<RunRow> {
        let several = self.lanes.len() > 1;
        self.lanes.iter().map(|lane| self.row(lane, several)).collect()
    }

    fn row(&self, lane: &Lane<F>, several: bool) -> RunRow {
        let Lane { name, run, .. } = lane;
        let experiment = &run.experiment;
        let epoch = run.newest();
        RunRow {
            id: 0,
            number: 0,
            name: if several { name.clone() } else { String::new() },
            settings: Arc::default(),
            seed: experiment.seed(),
            turned: self.done_by_hand(name, experiment.steps()),
            status: run.status.word(),
            step: experiment.steps(),
            steps_total: experiment.steps_total(),
            steps_per_epoch: experiment.steps_per_epoch(),
            seconds: run.trained_until_asked().as_secs_f64(),
            loss: run.score_at(Rank::Loss, experiment.steps()),
            val_loss: epoch.and_then(|epoch| epoch.val_loss),
            val_accuracy: epoch.and_then(|epoch| epoch.val_accuracy),
        }
    }

    /// What was done to a run by hand until a step.
    fn done_by_hand(&self, run: &str, step: u64) -> Vec<String> {
        let done = self.events.iter().filter(|event| event.step <= step);
        let told = done.filter_map(|event| match &event.what {
            Intervention::Set { name, value } if event.run == run => {
                Some(format!("{} @{}", knob_text(name, *value), event.step))
            }
            Intervention::Edit { what, .. } => Some(format!("edited {what} @{}", event.step)),
            _ => None,
        });
        told.collect()
    }
}
