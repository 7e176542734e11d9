//! The end of a run, and of the worker: what is written, and what is told.

use super::Loop;
use crate::error::Error;
use crate::run::{Command, Outcome, Runs, guard};
use crate::snapshot::{Snapshot, Status};

impl Loop {
    /// Something panicked outside of a step, such as the making of a snapshot: the runs fail with its message, which stays on
    /// the screen until they are left or start over. False if they are to be left at once.
    pub(super) fn survive(&mut self, error: Error, runs: &mut dyn Runs, headless: bool) -> bool {
        runs.fail(&error);
        self.shared.publish(Snapshot::failed(Status::Failed(error), self.speed));
        self.changed = false;
        // One that panics again without having been asked for anything would do so for ever.
        let again = self.panicked.replace(self.obeyed) == Some(self.obeyed);
        !headless && !again
    }

    /// The runs could not be made: why is shown until they are left.
    pub(in crate::worker) fn show_failure(&mut self, error: &Error) {
        self.shared.publish(Snapshot::failed(Status::Failed(error.clone()), self.speed));
        while self.inbox.recv().is_ok_and(|command| command != Command::Quit) {}
    }

    /// Writes what there is, and tells how all ended.
    pub(super) fn end(&mut self, mut runs: Box<dyn Runs>) -> Outcome {
        if let Err(error) = guard(|| {
            runs.save(&self.lab, true);
            Ok(())
        }) {
            runs.fail(&error);
        }
        self.seeds.end(runs.as_ref());
        self.save_seeds(runs.as_mut());
        let seeds = self.seeds.view();
        let mut outcome = runs.outcome(&self.lab);
        if let Some(seeds) = &seeds {
            outcome.summary["seeds"] = seeds.json();
        }
        outcome.seeds = seeds;
        outcome
    }

    /// Writes what came out on several seeds: once when all are done, else when the runs are left.
    pub(super) fn save_seeds(&mut self, runs: &mut dyn Runs) {
        if self.seeds.saved {
            return;
        }
        if let Some(seeds) = self.seeds.view().filter(|seeds| !seeds.done.is_empty()) {
            self.seeds.saved = true;
            runs.save_seeds(&self.lab, &seeds);
        }
    }
}
