//! Conditions on the way: after every step while there is one, and what the worker does when one comes true.

use super::Loop;
use crate::train::asked::{Question, RunView, Then, Wish};
use crate::train::race::{Race, guard};
use crate::train::snapshot::Status;

impl Loop {
    /// Steps, at most so many: one at a time while a condition is looked at. False if one held the run.
    pub(super) fn advance(&mut self, race: &mut Race, steps: u64, watched: bool) {
        if !self.questions.looks() {
            race.block(steps, watched);
            return;
        }
        for left in (0..steps).rev() {
            let here = race.steps();
            race.block(1, watched && left == 0);
            if race.steps() == here || race.status().is_final() {
                // A condition may name what ended the run.
                self.questions.look(&views(race));
                return;
            }
            if self.questions.look(&views(race)) {
                self.hold(race);
                return;
            }
        }
    }

    /// Holds at this very step. What is then shown must be its update, which was not watched unless anybody knew that it
    /// would be the last one: so it is made again, bit for bit.
    fn hold(&mut self, race: &mut Race) {
        race.stop_clock();
        if !race.last_watched() {
            let here = race.steps();
            race.go_to(here, &mut |_| false);
        }
        self.target = None;
        self.questions.forget_until();
        race.set_status(&Status::Paused);
    }

    /// Measures a gradient against the whole one, which takes its time: it is no part of the training's.
    pub(super) fn compare(&mut self, wanted: bool, race: &mut Race) {
        let run = race.shown();
        let compared = guard(|| {
            run.compare(wanted);
            Ok(())
        });
        if let Err(error) = compared {
            race.refuse(error);
        }
        self.rate.rest();
        self.rhythm.go_on(self.clock.now());
    }

    pub(super) fn ask(&mut self, id: u64, wish: Wish, question: Question, race: &mut Race) {
        let live = !race.status().is_final();
        let then = self.questions.ask(id, wish, question, &views(race), live);
        match then {
            Then::Run => {
                self.target = None;
                race.set_status(&Status::Running);
            }
            Then::Hold if *race.status() == Status::Running => self.hold(race),
            Then::Hold | Then::Nothing => {}
        }
    }
}

/// The numbers of the runs, copied.
pub(super) fn views(race: &Race) -> Vec<(&str, RunView)> {
    race.lanes.iter().map(|lane| (lane.name.as_str(), *lane.run.experiment.so_far())).collect()
}
