//! What the worker does when it is asked to go along the timeline, to turn a knob or to fork.

use std::sync::atomic::Ordering;

use super::{Loop, Maker};
use crate::train::race::Race;
use crate::train::run_dir::Dirs;
use crate::train::snapshot::{Command, Status, Travel};

impl Loop {
    /// To a step: first to those that were, then by training on.
    pub(super) fn go_to(&mut self, step: u64, race: &mut Race, maker: &mut Maker) {
        self.target = None;
        let step = step.min(race.steps_total());
        let known = step.min(race.seen());
        let here = race.steps();
        // A run that is over is not over at an earlier step, nor where its last one can be made again.
        if known != here || step <= here && (race.status().is_final() || step == 0) {
            let mut attend = |race: &mut Race| self.attend(race);
            if !race.go_to(known, &mut attend) {
                match maker.anew(race.own().experiment.seed()) {
                    Ok(fresh) => {
                        race.begin_again(fresh);
                        race.replay(known, &mut |race| self.attend(race));
                    }
                    Err(error) => return race.fail(&error),
                }
            }
            // The lines of steps that were are in the log already.
            drop((maker.printed)());
        }
        if !race.status().is_final() {
            let more = step > race.steps() && race.steps() == known;
            self.target = more.then_some(step);
            race.set_status(if more { &Status::Running } else { held(race) });
        }
        self.rate.rest();
        // What was shown on the way is not where it leads.
        self.changed = true;
    }

    pub(super) fn travel(&mut self, travel: Travel, race: &mut Race, maker: &mut Maker) {
        let (from, to) = (race.status().is_broken(), race.destination(travel));
        self.go_to(to, race, maker);
        // What broke the step itself, as an observer that fails after it does, breaks it again.
        if from && travel == Travel::Back && race.status().is_broken() && race.steps() == to {
            self.go_to(to.saturating_sub(1), race, maker);
        }
    }

    /// Between two stretches of a way: shows where it is, and breaks it off if a command asks for something else.
    fn attend(&mut self, race: &mut Race) -> bool {
        while let Ok(command) = self.inbox.try_recv() {
            self.postponed.push_back(command);
        }
        self.note(race);
        if self.shared.wanted.load(Ordering::Acquire) {
            // What takes a look at the weights waits until it is there.
            race.hurry(true);
            self.publish(race);
            race.hurry(false);
        }
        // Whatever waits behind another command is to be obeyed where that one leads; only the end ends everything.
        let next = self.postponed.front();
        self.postponed.contains(&Command::Quit)
            || matches!(next, Some(Command::Pause | Command::Run | Command::Restart { .. } | Command::Goto(_)))
    }
}

/// Turns a knob, or says why not.
pub(super) fn turn(run: Option<&str>, name: &str, value: f64, race: &mut Race) {
    if let Err(error) = race.turn(run, name, value) {
        race.refuse(error);
    }
}

/// Forks a run, or says why not.
pub(super) fn fork(run: Option<&str>, race: &mut Race, maker: &mut Maker) {
    let seed = race.own().experiment.seed();
    if let Err(error) = race.fork(run, |edition| maker.race(edition, Some(seed), Dirs::default())) {
        race.refuse(error);
    }
}

fn held(race: &Race) -> &'static Status {
    if race.steps() == 0 { &Status::Ready } else { &Status::Paused }
}
