//! The end of a run, and of the worker: what is written, and what is told.

use super::Loop;
use crate::error::Error;
use crate::train::race::{Race, guard};
use crate::train::snapshot::{Command, Snapshot, Status};
use crate::train::summary::{failed_summary, summary};
use crate::train::worker::{Outcome, RunOutcome};

impl Loop {
    /// The experiment could not be made: the screen shows why until it is left.
    pub(super) fn stillborn(&mut self, error: Error, headless: bool) -> Outcome {
        let status = Status::Failed(error);
        let summary = failed_summary(&self.lab);
        let outcome = Outcome { summary, status: status.clone(), runs: Vec::new(), standing: None, unwritten: None };
        if !headless {
            self.shared.publish(Snapshot::failed(status, self.speed));
            while let Ok(command) = self.inbox.recv() {
                if command == Command::Quit {
                    break;
                }
            }
        }
        outcome
    }

    /// Something panicked outside of a step, such as the making of a snapshot: the runs fail with its message, which stays on
    /// the screen until they are left or start over. False if they are to be left at once.
    pub(super) fn survive(&mut self, error: Error, race: &mut Race, headless: bool) -> bool {
        race.fail(&error);
        self.shared.publish(Snapshot::failed(Status::Failed(error), self.speed));
        self.changed = false;
        // One that panics again without having been asked for anything would do so for ever.
        let again = self.panicked.replace(self.obeyed) == Some(self.obeyed);
        !headless && !again
    }

    /// Writes what there is, once: when a run ends, so that nothing can take it away, or when all are left.
    pub(super) fn save(&self, race: &mut Race, left: bool) {
        if left && race.steps() < race.seen() {
            race.forget_the_future();
        }
        for lane in race.lanes.iter_mut().filter(|lane| !lane.run.saved && (left || lane.run.status.is_final())) {
            let run = &mut lane.run;
            run.saved = true;
            let summary = summary(&self.lab, run);
            let Some(dir) = &mut run.dir else { continue };
            let experiment = &run.experiment;
            if let Err(error) = guard(|| dir.finish(experiment, &summary)) {
                run.unwritten = Some(error);
            }
        }
        if race.saved || !(left || race.status().is_final()) {
            return;
        }
        race.saved = true;
        self.note(race);
        let summary = self.summary(race);
        if let Some(dir) = &race.dir
            && let Err(error) = guard(|| dir.summary(&summary))
        {
            race.unwritten = Some(error);
        }
    }

    /// The line of `--json`: of one run, or of each in a race.
    fn summary(&self, race: &Race) -> serde_json::Value {
        let Some(standing) = race.standing() else { return summary(&self.lab, race.own()) };
        let runs: serde_json::Map<_, _> =
            race.lanes.iter().map(|lane| (lane.name.clone(), summary(&self.lab, &lane.run))).collect();
        serde_json::json!({ "runs": runs, "race": standing.json() })
    }

    pub(super) fn end(&self, mut race: Race) -> Outcome {
        if let Err(error) = guard(|| {
            self.save(&mut race, true);
            Ok(())
        }) {
            race.fail(&error);
        }
        let summary = self.summary(&race);
        let (status, standing) = (race.status().clone(), race.standing());
        let mut unwritten = race.unwritten;
        let mut runs = Vec::with_capacity(race.lanes.len());
        for lane in race.lanes {
            let log = lane.run.whole_log();
            unwritten = unwritten.or(lane.run.unwritten);
            let (status, epoch) = (lane.run.status, lane.run.newest);
            runs.push(RunOutcome { name: lane.name, status, epoch, log });
        }
        Outcome { status, summary, runs, standing, unwritten }
    }
}
