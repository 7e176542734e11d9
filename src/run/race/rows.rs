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
        // The time is that of the steps alone, as a race compares it, so that it is the same at every speed of the screen; 0
        // where every one was watched.
        let seconds = lane.cost.mean().map_or(0.0, |mean| mean * experiment.steps() as f64);
        RunRow {
            id: 0,
            number: 0,
            name: if several { name.clone() } else { String::new() },
            settings: Arc::default(),
            seed: experiment.seed(),
            turned: self.done_by_hand(lane),
            status: run.status.word(),
            step: experiment.steps(),
            steps_total: experiment.steps_total(),
            // A way over a landscape has no epochs.
            steps_per_epoch: if run.path().is_some() { 1 } else { experiment.steps_per_epoch() },
            seconds,
            loss: run.score_at(Rank::Loss, experiment.steps()),
            val_loss: epoch.and_then(|epoch| epoch.val_loss),
            val_accuracy: epoch.and_then(|epoch| epoch.val_accuracy),
        }
    }

    /// What was done to a run by hand so far, at its own steps.
    fn done_by_hand(&self, lane: &Lane<F>) -> Vec<String> {
        let done = self.events.iter().filter(|event| event.step <= self.place);
        let told = done.filter_map(|event| {
            let step = self.lockstep.steps_at(lane.portions, event.step);
            match &event.what {
                Intervention::Set { name, value } if event.run == lane.name => {
                    Some(format!("{} @{step}", knob_text(name, *value)))
                }
                Intervention::Edit { what, .. } => Some(format!("edited {what} @{step}")),
                _ => None,
            }
        });
        told.collect()
    }
}
