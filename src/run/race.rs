//! A Race: the runs of a lab side by side, from the same first weights over the same batches, locked step by step. A lab
//! without racers is a race of one.
//!
//! Runs share nothing that moves, so that they may go on two threads without changing a bit. They are looked at only
//! between blocks of steps, and there all runs that still go have made the same number of them.

mod checkpoint;
mod edit;
mod interventions;
mod rows;
mod runs;
mod travel;

pub(super) use travel::stride;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use super::artifacts::RunDir;
use super::runs::{Precision, Runs};
use super::standing::{Pace, standing};
use super::timeline::Timeline;
use super::training::Run;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::program::Real;
use crate::snapshot::{Event, Standing, Status};
use crate::train::STACK;

/// Takes what scripts have printed in the thread that asks.
pub type Printed = Arc<dyn Fn() -> Vec<String> + Send + Sync>;

/// One run of a race.
pub(super) struct Lane<F: Real> {
    pub name: String,
    pub run: Run<F>,
    pub pace: Pace,
    /// The bits of the losses of the block being run.
    losses: Vec<u64>,
}

/// The runs.
pub(super) struct Race<F: Real> {
    /// The lab's own run first; never empty.
    pub lanes: Vec<Lane<F>>,
    threads: usize,
    printed: Printed,
    clock: Clock,
    /// For each pair of runs, in the order of [`pairs`], the step at which their losses first differed.
    parted: Vec<Option<u64>>,
    /// The folder above the runs' own, in a race of several.
    pub dir: Option<RunDir>,
    /// Its files are written.
    pub saved: bool,
    /// They could not be.
    pub unwritten: Option<Error>,
    /// Copies for the way back; none where nobody asks for one.
    timeline: Option<Timeline<checkpoint::RaceCheckpoint<F>>>,
    /// The step at which it was last asked whether a copy is due.
    asked: u64,
    /// The interventions, in the order of the steps.
    events: Vec<Event>,
    /// Forks that are still to come, since the race went back before them; in their order.
    pending_forks: Vec<Lane<F>>,
    /// The place of the run whose state is shown.
    shown: usize,
    /// The most steps that were ever made.
    seen: u64,
    refused: Option<(u64, Error)>,
}

/// Every pair of so many runs.
pub(super) fn pairs(runs: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..runs).flat_map(move |a| (a + 1..runs).map(move |b| (a, b)))
}

impl<F: Precision> Race<F> {
    /// Runs that stand at step 0.
    pub fn new(
        runs: Vec<(String, Run<F>)>,
        dir: Option<RunDir>,
        threads: usize,
        printed: Printed,
        clock: Clock,
    ) -> Self {
        let lane = |(name, run)| Lane { name, run, pace: Pace::default(), losses: Vec::new() };
        let parted = vec![None; pairs(runs.len()).count()];
        let lanes = runs.into_iter().map(lane).collect();
        Self {
            lanes,
            threads,
            printed,
            clock,
            parted,
            dir,
            saved: false,
            unwritten: None,
            timeline: None,
            asked: 0,
            events: Vec::new(),
            pending_forks: Vec::new(),
            shown: 0,
            seen: 0,
            refused: None,
        }
    }

    /// The lab's own run.
    pub fn own(&self) -> &Run<F> {
        &self.lanes[0].run
    }

    /// The run whose state is shown; the lab's own where the one that was chosen is still to come.
    pub fn shown(&mut self) -> &mut Run<F> {
        let at = if self.shown < self.lanes.len() { self.shown } else { 0 };
        &mut self.lanes[at].run
    }

    /// So many mini-batches in every run that still goes, with what was done on the way at its steps. The last one is
    /// watched if asked for, or if a run ends with it.
    pub(super) fn steps_with_events(&mut self, steps: u64, watched: bool) {
        let seed = self.own().experiment.seed();
        if let Some(dir) = &mut self.dir {
            dir.begin_race(seed);
        }
        let mut left = steps;
        while left > 0 {
            let here = self.steps();
            let next = self.events.iter().map(|event| event.step).find(|step| *step > here);
            let block = next.map_or(left, |step| left.min(step - here));
            self.block_without_events(block, watched && block == left);
            left -= block;
            if self.steps() == here {
                break;
            }
            self.let_events_happen();
        }
        self.seen = self.seen.max(self.steps());
        self.keep_if_due();
    }

    /// A block without events.
    fn block_without_events(&mut self, steps: u64, watched: bool) {
        let keep_losses = self.parted.iter().any(Option::is_none);
        let first = self.steps() + 1;
        let printed = &self.printed;
        let helpers = self.threads.min(self.parted.len() + 1).saturating_sub(1);
        let going = self.lanes.iter_mut().filter(|lane| !lane.run.status.is_final());
        if helpers == 0 {
            for lane in going {
                lane.block(steps, watched, keep_losses, printed);
            }
            if keep_losses {
                self.look_where_they_part(first);
            }
            return;
        }
        let queue = Mutex::new(going);
        let work = || {
            loop {
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some(lane) = next else { break };
                lane.block(steps, watched, keep_losses, printed);
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..helpers {
                // Where no thread can be had, this one does all of it.
                drop(std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work));
            }
            work();
        });
        if keep_losses {
            self.look_where_they_part(first);
        }
    }

    /// Compares the losses of the block that began with this step.
    fn look_where_they_part(&mut self, first: u64) {
        let pairs = pairs(self.lanes.len());
        for (parted, (a, b)) in self.parted.iter_mut().zip(pairs).filter(|(parted, _)| parted.is_none()) {
            let both = self.lanes[a].losses.iter().zip(&self.lanes[b].losses);
            *parted = both.zip(first..).find(|((a, b), _)| a != b).map(|(_, step)| step);
        }
        self.lanes.iter_mut().for_each(|lane| lane.losses.clear());
    }

    /// Who is ahead; none for a run alone.
    pub fn standing(&self) -> Option<Standing> {
        (self.lanes.len() > 1).then(|| standing(&self.lanes, &self.parted))
    }
}

impl<F: Real> Lane<F> {
    /// So many mini-batches, by all threads that this run has.
    fn block(&mut self, steps: u64, watched: bool, keep_losses: bool, printed: &Printed) {
        match self.run.experiment.pool() {
            Some(pool) => pool.work(|| self.steps(steps, watched, keep_losses, printed)),
            None => self.steps(steps, watched, keep_losses, printed),
        }
    }

    fn steps(&mut self, steps: u64, watched: bool, keep_losses: bool, printed: &Printed) {
        let run = &mut self.run;
        let timed = run.start_clock();
        let done = guard(|| {
            for left in (0..steps).rev() {
                let made = run.experiment.steps();
                let again = made < run.seen();
                run.step(made + 1 >= run.experiment.steps_total() || (watched && left == 0));
                // A step that is made again prints nothing new.
                let lines = printed();
                if !lines.is_empty() && !again {
                    run.print(lines);
                }
                if keep_losses && run.experiment.steps() > made {
                    self.losses.push(run.last_loss().unwrap_or(f64::NAN).to_bits());
                }
                if run.status.is_final() {
                    break;
                }
            }
            Ok(())
        });
        if timed {
            run.stop_clock();
        }
        if let Err(error) = done {
            run.status = Status::Failed(error);
            run.print(printed());
        }
        if timed {
            self.pace.note(run.experiment.steps(), run.trained().as_secs_f64());
        }
    }
}

/// A panic becomes an error: the screen and the files outlive it.
pub(crate) fn guard<R>(work: impl FnOnce() -> Result<R>) -> Result<R> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
        let words = words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(Error::fault(format!("optlab's training panicked: {words}"))
            .help("this is a fault of optlab's; please report it"))
    })
}
