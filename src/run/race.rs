//! A Race: the runs of a lab side by side, from the same first weights over the same data, held together by steps, samples
//! or epochs. A lab without racers is a race of one.
//!
//! Runs share nothing that moves, so that they may go on two threads without changing a bit. They are looked at only
//! between blocks of steps, and there all runs that still go stand at the same place of the race: see `lockstep`.

mod checkpoint;
mod cost;
mod edit;
mod interventions;
mod lane;
mod lockstep;
mod rows;
mod runs;
mod shown;
mod travel;

pub(super) use lane::Lane;
use lockstep::{Lockstep, Portions};
pub(super) use travel::stride;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use super::artifacts::RunDir;
use super::runs::{Precision, Runs};
use super::standing::standing;
use super::timeline::Timeline;
use super::training::Run;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::program::Real;
use crate::snapshot::{Event, RaceRules, Standing};
use crate::train::STACK;

/// Takes what scripts have printed in the thread that asks.
pub type Printed = Arc<dyn Fn() -> Vec<String> + Send + Sync>;

/// The runs.
pub(super) struct Race<F: Real> {
    /// The lab's own run first; never empty.
    pub lanes: Vec<Lane<F>>,
    threads: usize,
    printed: Printed,
    clock: Clock,
    rules: RaceRules,
    lockstep: Lockstep,
    /// Where the runs stand: at this place of the lockstep.
    place: u64,
    /// The place to which the race is on its way back: each run's last step before it is watched.
    way: Option<u64>,
    /// For each pair of runs, in the order of [`pairs`], the step at which their losses first
    /// differed.
    parted: Vec<Option<u64>>,
    /// The folder above the runs' own, in a race of several.
    pub dir: Option<RunDir>,
    /// Its files are written.
    pub saved: bool,
    /// They could not be.
    pub unwritten: Option<Error>,
    /// Copies for the way back; none where nobody asks for one.
    timeline: Option<Timeline<checkpoint::RaceCheckpoint<F>>>,
    /// The place at which it was last asked whether a copy is due.
    asked: u64,
    /// The interventions, each at its place, in the order of the places.
    events: Vec<Event>,
    /// Forks that are still to come, since the race went back before them; in their order.
    pending_forks: Vec<Lane<F>>,
    /// The place of the run whose state is shown.
    shown: usize,
    /// The furthest place that was ever reached.
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
        rules: RaceRules,
        dir: Option<RunDir>,
        threads: usize,
        printed: Printed,
        clock: Clock,
    ) -> Self {
        let parted = vec![None; pairs(runs.len()).count()];
        let lanes: Vec<Lane<F>> = runs.into_iter().map(|(name, run)| Lane::new(name, run)).collect();
        let portions: Vec<Portions> = lanes.iter().map(|lane| lane.portions).collect();
        Self {
            lanes,
            threads,
            printed,
            clock,
            rules,
            lockstep: Lockstep::of(rules.lock, &portions),
            place: 0,
            way: None,
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
        let at = self.shown_at();
        &mut self.lanes[at].run
    }

    /// So many places on, with what was done on the way at its places. The last step of each run is watched if asked for,
    /// or if the run ends with it.
    pub(super) fn steps_with_events(&mut self, steps: u64, watched: bool) {
        let seed = self.own().experiment.seed();
        if let Some(dir) = &mut self.dir {
            dir.begin_race(seed, self.rules.further_seeds > 0);
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
    fn block_without_events(&mut self, places: u64, watched: bool) {
        let keep_losses = self.parted.iter().any(Option::is_none);
        let (here, there) = (self.place, self.place.saturating_add(places));
        let lockstep = self.lockstep;
        for lane in &mut self.lanes {
            lane.plan(lockstep, there, watched, self.way);
        }
        let printed = &self.printed;
        let helpers = self.threads.min(self.parted.len() + 1).saturating_sub(1);
        let going = self.lanes.iter_mut().filter(|lane| lane.has_steps_to_make());
        if helpers == 0 {
            for lane in going {
                lane.block(keep_losses, printed);
            }
        } else {
            let queue = Mutex::new(going);
            let work = || {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(lane) = next else { break };
                    lane.block(keep_losses, printed);
                }
            };
            std::thread::scope(|scope| {
                for _ in 0..helpers {
                    // Where no thread can be had, this one does all of it.
                    drop(std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work));
                }
                work();
            });
        }
        // Where none goes on, the race stands where the last step was made.
        let goes = self.lanes.iter().any(|lane| !lane.run.status.is_final());
        let reached = self.lanes.iter().map(|lane| lockstep.place_of(lane.portions, lane.run.experiment.steps()));
        self.place = if goes { there } else { reached.max().unwrap_or(here).clamp(here, there) };
        if keep_losses {
            self.look_where_they_part();
        }
    }

    /// Compares the losses of a block.
    fn look_where_they_part(&mut self) {
        let pairs = pairs(self.lanes.len());
        for (parted, (a, b)) in self.parted.iter_mut().zip(pairs).filter(|(parted, _)| parted.is_none()) {
            let (a, b) = (&self.lanes[a], &self.lanes[b]);
            let plain = |lane: &Lane<F>| self.lockstep.is_plain(lane.portions);
            *parted = if a.portions == b.portions || plain(a) && plain(b) {
                a.first_difference(b)
            } else {
                // Other batches from the first one on.
                let both = a.run.experiment.steps().min(b.run.experiment.steps());
                (both > 0).then_some(1)
            };
        }
        self.lanes.iter_mut().for_each(|lane| lane.losses.clear());
    }

    /// Who is ahead; none for a run alone.
    pub fn standing(&self) -> Option<Standing> {
        (self.lanes.len() > 1).then(|| standing(&self.lanes, &self.parted, self.rules))
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
