//! Conditions on the way: after every step while there is one, and what the worker does when one comes true.

use super::Loop;
use crate::run::{Part, Purpose, Query, Runs, Then};
use crate::snapshot::Status;

impl Loop {
    /// Steps, at most so many: one at a time while a condition is looked at. False if one held the run.
    pub(super) fn advance(&mut self, runs: &mut dyn Runs, steps: u64, watched: bool) {
        if !self.queries.looks() {
            runs.block(steps, watched);
            return;
        }
        runs.keep_updates(self.updates_asked || self.queries.name(Part::Update));
        for left in (0..steps).rev() {
            let here = runs.steps();
            runs.block(1, watched && left == 0);
            if runs.steps() == here || runs.status().is_final() {
                // A condition may name what ended the run.
                self.queries.look(&runs.sight());
                return;
            }
            if self.queries.look(&runs.sight()) {
                self.hold(runs);
                return;
            }
        }
    }

    /// Holds at this very step. What is then shown must be its update, which was not watched unless anybody knew that it
    /// would be the last one: so it is made again, bit for bit.
    fn hold(&mut self, runs: &mut dyn Runs) {
        runs.stop_clock();
        if !runs.last_watched() {
            let here = runs.steps();
            runs.go_to(here, &mut |_| false);
        }
        self.target = None;
        self.queries.forget_until();
        runs.set_status(&Status::Paused);
    }

    /// Measures a gradient against the whole one, which takes its time: it is no part of the training's.
    pub(super) fn compare(&mut self, wanted: bool, runs: &mut dyn Runs) {
        runs.compare(wanted);
        self.rate.rest();
        self.pacer.go_on(self.clock.now());
    }

    /// What a query names is there when it is asked: what the last step added is known where the weights before it were kept. Where
    /// they were not, that step is made again, bit for bit.
    pub(super) fn know(&mut self, query: &Query, runs: &mut dyn Runs) {
        if !query.names(Part::Update) {
            return;
        }
        runs.keep_updates(true);
        let status = runs.status().clone();
        if runs.knows_updates() || status.is_broken() {
            return;
        }
        runs.stop_clock();
        let here = runs.steps();
        runs.go_to(here, &mut |_| false);
        if !runs.status().is_final() {
            runs.set_status(&status);
        }
        self.rate.rest();
        self.pacer.go_on(self.clock.now());
    }

    pub(super) fn ask(&mut self, id: u64, purpose: Purpose, query: Query, runs: &mut dyn Runs) {
        self.know(&query, runs);
        let named = query.names(Part::Update);
        let live = !runs.status().is_final();
        let then = self.queries.ask(id, purpose, query, &runs.sight(), live);
        // What could not be known is after the next step.
        let missing = named && !runs.knows_updates();
        runs.keep_updates(self.updates_asked || missing || self.queries.name(Part::Update));
        match then {
            Then::Run => {
                self.target = None;
                runs.set_status(&Status::Running);
            }
            Then::Hold if *runs.status() == Status::Running => self.hold(runs),
            Then::Hold | Then::Nothing => {}
        }
    }
}
