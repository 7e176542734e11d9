//! A Race: the runs of a lab side by side, from the same first weights over the same batches, locked step by step. A lab
//! without racers is a race of one.
//!
//! Runs share nothing that moves, so that they may go on two threads without changing a bit. They are looked at only
//! between blocks of steps, and there all runs that still go have made the same number of them.

mod edit;
mod hand;
mod travel;

pub(super) use travel::stride;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use super::edited::LabText;
use super::events::Event;
use super::run::{Path, Run};
use super::run_dir::RunDir;
use super::snapshot::{Map, Snapshot, Speed, Status};
use super::standing::{Pace, Standing, standing};
use super::timeline::Timeline;
use super::worker::STACK;
use crate::clock::Clock;
use crate::error::{Error, Result};

/// Weights of a network that 2000 samples, as many as a map asks, pass in some 10 ms.
const HEAVY: usize = 150_000;

/// Takes what scripts have printed in the thread that asks.
pub type Printed = Arc<dyn Fn() -> Vec<String> + Send + Sync>;

/// One run of a race.
pub(super) struct Lane {
    pub name: String,
    pub run: Run,
    pub pace: Pace,
    /// The bits of the losses of the block being run.
    losses: Vec<u64>,
}

/// The runs.
pub(super) struct Race {
    /// The lab's own run first; never empty.
    pub lanes: Vec<Lane>,
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
    timeline: Option<Timeline<travel::RaceKept>>,
    /// The step at which it was last asked whether a copy is due.
    asked: u64,
    /// What hands did, in the order of the steps.
    events: Vec<Event>,
    /// Forks that are still to come, since the race went back before them; in their order.
    parked: Vec<Lane>,
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

impl Race {
    /// Runs that stand at step 0.
    pub fn new(runs: Vec<(String, Run)>, dir: Option<RunDir>, threads: usize, printed: Printed, clock: Clock) -> Self {
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
            parked: Vec::new(),
            shown: 0,
            seen: 0,
            refused: None,
        }
    }

    /// The lab's own run.
    pub fn own(&self) -> &Run {
        &self.lanes[0].run
    }

    /// The run whose state is shown; the lab's own where the one that was chosen is still to come.
    pub fn shown(&mut self) -> &mut Run {
        let at = if self.shown < self.lanes.len() { self.shown } else { 0 };
        &mut self.lanes[at].run
    }

    /// The state of another run is shown, of the same parameter.
    pub fn show(&mut self, run: usize) {
        let looked_at = self.shown().looked_at();
        self.shown = run;
        self.shown().look_at(looked_at);
    }

    /// Where the race stands: where those stand that still go; when all have ended, the worst of their ends.
    pub fn status(&self) -> &Status {
        let statuses = || self.lanes.iter().map(|lane| &lane.run.status);
        let severity = |status: &&Status| match status {
            Status::Failed(_) => 2,
            Status::Diverged(_) => 1,
            _ => 0,
        };
        // Of equals the last is the greatest, and the lab's own run should be: so they are counted from the end.
        let worst = statuses().rev().max_by_key(severity);
        statuses().find(|status| !status.is_final()).or(worst).unwrap_or(&Status::Ready)
    }

    /// All that still go are in this state now.
    pub fn set_status(&mut self, status: &Status) {
        for lane in self.lanes.iter_mut().filter(|lane| !lane.run.status.is_final()) {
            lane.run.status = status.clone();
        }
    }

    /// Steps made by the one that has made most.
    pub fn steps(&self) -> u64 {
        self.lanes.iter().map(|lane| lane.run.experiment.steps()).max().unwrap_or(0)
    }

    /// Steps until the last of them ends.
    pub fn steps_total(&self) -> u64 {
        self.lanes.iter().map(|lane| lane.run.experiment.steps_total()).max().unwrap_or(0)
    }

    /// The clock of a run alone goes on from block to block until it is stopped, so that a block does not read it. Of
    /// several runs each has its own time, which is taken for every block.
    pub fn start_clock(&mut self) {
        if let [lane] = self.lanes.as_mut_slice() {
            lane.run.start_clock();
        }
    }

    /// See [`Race::start_clock`].
    pub fn stop_clock(&mut self) {
        self.lanes.iter_mut().for_each(|lane| lane.run.stop_clock());
    }

    /// A run has ended whose files are not written yet.
    pub fn is_unsaved(&self) -> bool {
        self.lanes.iter().any(|lane| !lane.run.saved && lane.run.status.is_final())
    }

    /// What all show is the update that was applied last.
    pub fn last_watched(&self) -> bool {
        self.lanes.iter().all(|lane| lane.run.last_watched || lane.run.status.is_final())
    }

    /// So many mini-batches in every run that still goes, with what was done on the way at its steps. The last one is
    /// watched if asked for, or if a run ends with it.
    pub fn block(&mut self, steps: u64, watched: bool) {
        let mut left = steps;
        while left > 0 {
            let here = self.steps();
            let next = self.events.iter().map(|event| event.step).find(|step| *step > here);
            let stretch = next.map_or(left, |step| left.min(step - here));
            self.stretch(stretch, watched && stretch == left);
            left -= stretch;
            if self.steps() == here {
                break;
            }
            self.let_events_happen();
        }
        self.seen = self.seen.max(self.steps());
        self.keep_if_due();
    }

    /// A block without events.
    fn stretch(&mut self, steps: u64, watched: bool) {
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

    /// The folders of another race are this one's now, as if it had been given them; if it is of another edition, with the
    /// text of the whole and of each run.
    pub fn take_folders_of(&mut self, other: &mut Self, texts: &[LabText]) {
        self.dir = other.dir.take();
        let (whole, each) = texts.split_first().map_or((None, texts), |(whole, each)| (Some(whole), each));
        let told = |dir: &mut Option<RunDir>, text: Option<&LabText>| match (dir, text) {
            (Some(dir), Some(text)) => dir.is_of(text).err(),
            _ => None,
        };
        self.unwritten = told(&mut self.dir, whole);
        for (at, (lane, before)) in self.lanes.iter_mut().zip(&mut other.lanes).enumerate() {
            let mut dir = before.run.dir.take();
            lane.run.unwritten = told(&mut dir, each.get(at));
            lane.run.set_dir(dir);
        }
    }

    /// None goes on, because of something that is no run's own.
    pub fn fail(&mut self, error: &Error) {
        self.lanes.iter_mut().for_each(|lane| lane.run.status = Status::Failed(error.clone()));
    }

    /// Who is ahead; none for a run alone.
    pub fn standing(&self) -> Option<Standing> {
        (self.lanes.len() > 1).then(|| standing(&self.lanes, &self.parted))
    }

    /// What panes draw: the run that was chosen, and where all stand.
    pub fn snapshot(&mut self, speed: Speed, steps_per_second: f64) -> Snapshot {
        let status = self.status().clone();
        let race = self.standing();
        let racing = race.is_some();
        let mut snapshot = self.shown().snapshot(speed, steps_per_second);
        snapshot.shown = if self.shown < self.lanes.len() { self.shown } else { 0 };
        if racing {
            (snapshot.status, snapshot.step) = (status, self.steps());
            snapshot.steps_total = self.steps_total();
            snapshot.racers = self.lanes.iter().map(|lane| lane.run.smooth_losses()).collect();
        }
        snapshot.map = self.map();
        snapshot.race = race;
        snapshot.timeline = self.timeline_view();
        snapshot
    }
}

impl Race {
    /// The map of the run that is shown; on a landscape that of the lab's own with the ways of all.
    fn map(&mut self) -> Option<Map> {
        if self.own().path().is_none() {
            return self.shown().map("", &[]);
        }
        let (own, others) = self.lanes.split_first_mut()?;
        let others: Vec<(&str, &Path)> =
            others.iter().filter_map(|lane| Some((lane.name.as_str(), lane.run.path()?))).collect();
        own.run.map(&own.name, &others)
    }

    /// To look at the weights of the run that is shown takes longer than a key should wait.
    pub fn is_heavy(&self) -> bool {
        self.own().path().is_none() && self.own().experiment.layout().len() > HEAVY
    }

    /// Snapshots wait for no look at the weights, or do again.
    pub fn hurry(&mut self, hurried: bool) {
        self.lanes.iter_mut().for_each(|lane| lane.run.hurried = hurried);
    }
}

impl Lane {
    /// So many mini-batches, by all threads that this run has.
    fn block(&mut self, steps: u64, watched: bool, keep_losses: bool, printed: &Printed) {
        match self.run.experiment.crew() {
            Some(crew) => crew.work(|| self.steps(steps, watched, keep_losses, printed)),
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
            self.pace.note(run.experiment.steps(), run.trained.as_secs_f64());
        }
    }
}

/// A panic becomes an error: the screen and the files outlive it.
pub(super) fn guard<R>(work: impl FnOnce() -> Result<R>) -> Result<R> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
        let words = words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(Error::fault(format!("optlab's training panicked: {words}"))
            .help("this is a fault of optlab's; please report it"))
    })
}
