//! What the worker does when it is asked to go along the timeline, to turn a knob or to fork.

use std::sync::atomic::Ordering;

use super::Loop;
use crate::run::{Command, RunFactory, Runs, Travel};
use crate::snapshot::Status;

impl Loop {
    /// To a step: first to those that were, then by training on.
    pub(super) fn go_to(&mut self, step: u64, runs: &mut dyn Runs, factory: &mut RunFactory) {
        self.target = None;
        let step = step.min(runs.steps_total());
        let known = step.min(runs.known());
        let here = runs.steps();
        // A run that is over is not over at an earlier step, nor where its last one can be made again.
        if known != here || step <= here && (runs.status().is_final() || step == 0) {
            if !runs.go_to(known, &mut |runs| self.interrupted(runs)) {
                if let Err(error) = runs.begin_again(factory) {
                    return runs.fail(&error);
                }
                runs.replay(known, &mut |runs| self.interrupted(runs));
            }
            // The lines of steps that were are in the log already.
            factory.drop_printed();
        }
        if !runs.status().is_final() {
            let more = step > runs.steps() && runs.steps() == known;
            self.target = more.then_some(step);
            runs.set_status(if more { &Status::Running } else { held(runs) });
        }
        self.rate.rest();
        // What was shown on the way is not where it leads.
        self.changed = true;
    }

    pub(super) fn travel(&mut self, travel: Travel, runs: &mut dyn Runs, factory: &mut RunFactory) {
        let (from, to) = (runs.status().is_broken(), runs.destination(travel));
        self.go_to(to, runs, factory);
        // What broke the step itself, as an observer that fails after it does, breaks it again.
        if from && travel == Travel::Back && runs.status().is_broken() && runs.steps() == to {
            self.go_to(to.saturating_sub(1), runs, factory);
        }
    }

    /// Between two blocks of a way: shows where it is, and breaks it off if a command asks for something else.
    fn interrupted(&mut self, runs: &mut dyn Runs) -> bool {
        while let Ok(command) = self.inbox.try_recv() {
            self.postponed.push_back(command);
        }
        self.note(runs);
        if self.shared.wanted.load(Ordering::Acquire) {
            // What takes a look at the weights waits until it is there.
            runs.hurry(true);
            self.publish(runs);
            runs.hurry(false);
        }
        // Whatever waits behind another command is to be obeyed where that one leads; only the end ends everything.
        let next = self.postponed.front();
        self.postponed.contains(&Command::Quit)
            || matches!(next, Some(Command::Pause | Command::Run | Command::Restart { .. } | Command::Goto(_)))
    }
}

fn held(runs: &dyn Runs) -> &'static Status {
    if runs.steps() == 0 { &Status::Ready } else { &Status::Paused }
}
