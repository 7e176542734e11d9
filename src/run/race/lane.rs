//! A lane of a race: a run with its place in it, and how it makes its steps of a block.

use std::time::Duration;

use super::cost::Cost;
use super::lockstep::{Lockstep, Portions};
use super::{Printed, guard};
use crate::program::Real;
use crate::run::training::Run;
use crate::snapshot::Status;

/// One run of a race.
pub(in crate::run) struct Lane<F: Real> {
    pub name: String,
    pub run: Run<F>,
    /// What its steps cost.
    pub cost: Cost,
    pub portions: Portions,
    /// The bits of the losses of the block being run, and the steps that were made before it.
    pub losses: Vec<u64>,
    before: u64,
    /// The steps that it has made when the block ends, and the one of them that is watched.
    until: u64,
    watched: Option<u64>,
    /// The steps of a run alone that nobody watched since the clock was read last.
    stretch: Stretch,
    /// A step was to be watched where this run, whose batches are larger, made none: its next one is.
    waits: bool,
}

/// Steps in a row that nobody watched, of a run whose clock goes on from block to block.
#[derive(Debug, Clone, Copy, Default)]
struct Stretch {
    steps: u64,
    /// What had been trained when it began.
    since: Duration,
    /// The steps that the run has made: of one that stands elsewhere, another stretch begins.
    at: u64,
}

impl<F: Real> Lane<F> {
    pub fn new(name: String, run: Run<F>) -> Self {
        let portions = Portions::of(&run.experiment);
        let (cost, losses, stretch) = (Cost::default(), Vec::new(), Stretch::default());
        Self { name, run, cost, portions, losses, before: 0, until: 0, watched: None, stretch, waits: false }
    }

    /// The same under another name.
    pub fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// What it does in the block that leads to a place.
    pub fn plan(&mut self, lockstep: Lockstep, place: u64, watched: bool, way: Option<u64>) {
        self.before = self.run.experiment.steps();
        self.until = lockstep.steps_at(self.portions, place).max(self.before);
        self.watched = match way {
            Some(end) => Some(lockstep.steps_at(self.portions, end)),
            None => (watched || self.waits).then_some(self.until),
        };
        // Not twice in a row, or a run that makes few steps would make none that tells what a step costs.
        let makes_none = self.until == self.before;
        self.waits = makes_none && (self.waits || watched && !self.run.last_watched);
    }

    pub fn has_steps_to_make(&self) -> bool {
        !self.run.status.is_final() && self.until > self.before
    }

    /// It is over and was left behind on the way to a place.
    pub fn is_behind(&self, lockstep: Lockstep, place: u64) -> bool {
        self.run.experiment.steps() < lockstep.steps_at(self.portions, place)
    }

    /// The first step of the block whose losses differ in two runs that make their steps at the same places.
    pub fn first_difference(&self, other: &Self) -> Option<u64> {
        let both = self.losses.iter().zip(&other.losses);
        both.zip(self.before + 1..).find(|((a, b), _)| a != b).map(|(_, step)| step)
    }

    /// The steps of the block, by all threads that this run has.
    pub fn block(&mut self, keep_losses: bool, printed: &Printed) {
        match self.run.experiment.pool() {
            Some(pool) => pool.work(|| self.steps(keep_losses, printed)),
            None => self.steps(keep_losses, printed),
        }
    }

    fn steps(&mut self, keep_losses: bool, printed: &Printed) {
        let Self { run, cost, losses, until, watched, stretch, .. } = self;
        // The clock of a run alone goes on from block to block: nobody is to be compared with it.
        let timed = run.stopwatch.start();
        if !timed && stretch.at != run.experiment.steps() {
            *stretch = Stretch { steps: 0, since: run.stopwatch.lap(), at: run.experiment.steps() };
        }
        // Steps since the clock was read last, and what had been trained then.
        let mut unwatched = (0, run.stopwatch.taken());
        let done = guard(|| {
            while run.experiment.steps() < *until {
                let made = run.experiment.steps();
                let again = made < run.seen();
                let watched = made + 1 >= run.experiment.steps_total() || *watched == Some(made + 1);
                // The time of a step that is made again was taken when it was made first.
                let known = run.stopwatch.knows_after(made);
                if watched && timed && unwatched.0 > 0 {
                    cost.note(unwatched.0, run.stopwatch.lap().saturating_sub(unwatched.1));
                    unwatched.0 = 0;
                }
                if watched && !timed {
                    cost.note(stretch.steps, run.stopwatch.lap().saturating_sub(stretch.since));
                }
                run.step(watched);
                if !timed {
                    let at = run.experiment.steps();
                    *stretch = if watched || known {
                        // A watched step takes longer than its work, and one that is made again takes no time.
                        Stretch { steps: 0, since: run.stopwatch.lap(), at }
                    } else {
                        Stretch { steps: stretch.steps + 1, at, ..*stretch }
                    };
                }
                if !watched && !known {
                    unwatched.0 += 1;
                } else if timed && made + 1 < *until {
                    unwatched.1 = if known { run.stopwatch.taken() } else { run.stopwatch.lap() };
                }
                // A step that is made again prints nothing new.
                let lines = printed();
                if !lines.is_empty() && !again {
                    run.print_at(made + 1, lines);
                }
                if matches!(run.status, Status::Diverged(_)) {
                    run.blame();
                    drop(printed());
                }
                if keep_losses && run.experiment.steps() > made {
                    losses.push(run.last_loss().unwrap_or(f64::NAN).to_bits());
                }
                if run.status.is_final() {
                    break;
                }
            }
            Ok(())
        });
        if timed {
            run.stopwatch.stop();
            cost.note(unwatched.0, run.stopwatch.taken().saturating_sub(unwatched.1));
        }
        if let Err(error) = done {
            run.status = Status::Failed(error);
            run.print(printed());
        }
    }
}
