//! A race on its further seeds: the same race as the one that is shown, as its lab has it, once for each seed that follows
//! the lab's own, with nobody looking.
//!
//! Each is run by one thread from its first step to its end, so that how many threads there are changes no bit of it. They
//! take what the race that is shown leaves of the threads: nothing while it makes its steps as fast as it can, all but one
//! where it waits between them, all where it has ended. Between two steps they look whether they still may, and a race that may not go on is laid aside
//! and taken up again. Only the first answer counts that is of the lab as it began: once a knob was turned or the lab was
//! edited they stop, and so they do when the runs start over or are left.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::Loop;
use crate::error::{Error, Result};
use crate::run::{Command, RunFactory, Runs, guard};
use crate::snapshot::{SeedRace, SeedRun, Seeds, Speed, Status};
use crate::train::STACK;
use crate::worker::thread::Shared;

/// The seeds of the race that is shown.
pub(super) struct FurtherSeeds {
    /// Threads that there are for all.
    threads: usize,
    /// How the worker hears that one has ended. None in the caller's thread, which runs them itself.
    wake: Option<Sender<Command>>,
    /// None of runs that are no race on several seeds.
    seen: Option<Seeds>,
    /// The races that go on; none before the first step, and once they are done or stopped.
    going: Option<Arc<Races>>,
    /// Those that go on, or may still be on their way to stop.
    workers: Vec<JoinHandle<()>>,
    /// The table as it is was written into the folder.
    pub saved: bool,
}

/// A race that waits: not made yet, or laid aside.
struct Waiting {
    seed: u64,
    runs: Option<Box<dyn Runs>>,
}

/// What the threads share.
struct Races {
    state: Mutex<State>,
    changed: Condvar,
    /// How many may go on at once, as in the state; read between two steps.
    allowed: AtomicUsize,
    working: AtomicUsize,
    stopped: AtomicBool,
}

struct State {
    waiting: VecDeque<Waiting>,
    /// Those that have ended and were not fetched yet.
    ended: Vec<SeedRace>,
    /// Those that have not ended.
    left: usize,
}

impl Races {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// So many may go on from now on.
    fn allow(&self, threads: usize) {
        if self.allowed.swap(threads, Ordering::AcqRel) != threads {
            // Whoever is about to wait has looked before or will be woken.
            drop(self.state());
            self.changed.notify_all();
        }
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        drop(self.state());
        self.changed.notify_all();
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// One of those that go on must not any more.
    fn are_too_many(&self) -> bool {
        self.working.load(Ordering::Acquire) > self.allowed.load(Ordering::Acquire)
    }

    /// The next race, as soon as one may go on; none once there is nothing left to do.
    fn next(&self) -> Option<Waiting> {
        let mut state = self.state();
        loop {
            if self.is_stopped() || state.left == 0 {
                return None;
            }
            if self.working.load(Ordering::Acquire) < self.allowed.load(Ordering::Acquire)
                && let Some(next) = state.waiting.pop_front()
            {
                self.working.fetch_add(1, Ordering::AcqRel);
                return Some(next);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A race is laid aside, or has ended.
    fn put(&self, race: std::result::Result<SeedRace, Waiting>) {
        let mut state = self.state();
        self.working.fetch_sub(1, Ordering::AcqRel);
        match race {
            Ok(ended) => {
                state.left -= 1;
                state.ended.push(ended);
            }
            Err(waiting) => state.waiting.push_front(waiting),
        }
        drop(state);
        self.changed.notify_all();
    }

    /// What a thread does.
    fn work(&self, factory: &RunFactory, names: &[String], told: &dyn Fn()) {
        while let Some(waiting) = self.next() {
            let go_on = || !self.is_stopped() && !self.are_too_many();
            let race = run(waiting, factory, names, &go_on);
            let ended = race.is_ok();
            self.put(race);
            if ended {
                told();
            }
        }
    }
}

/// Makes steps of a race until it has ended or may not go on. One that cannot be made or fails has ended so.
fn run(
    waiting: Waiting,
    factory: &RunFactory,
    names: &[String],
    go_on: &dyn Fn() -> bool,
) -> std::result::Result<SeedRace, Waiting> {
    let Waiting { seed, runs } = waiting;
    let failed = |error: &Error| {
        let run =
            |_: &String| SeedRun { score: None, val_accuracy: None, step: 0, status: Status::Failed(error.clone()) };
        SeedRace { seed, runs: names.iter().map(run).collect(), curves: Arc::default() }
    };
    let made = runs.map_or_else(|| guard(|| factory.on_seed(seed)), Ok);
    let mut runs = match made {
        Ok(runs) => runs,
        Err(error) => return Ok(failed(&error)),
    };
    let done = guard(|| {
        while !runs.status().is_final() && go_on() {
            let here = runs.steps();
            let next = runs.to_next_step();
            runs.block(next, false);
            if runs.steps() == here && !runs.status().is_final() {
                return Err(Error::fault(format!("the race on seed {seed} stands still at step {here}")));
            }
        }
        Ok(())
    });
    factory.drop_printed();
    if let Err(error) = done {
        runs.fail(&error);
    }
    match runs.race_standing() {
        Some(standing) if runs.status().is_final() => Ok(SeedRace::of(seed, &standing, runs.curves())),
        Some(_) => Err(Waiting { seed, runs: Some(runs) }),
        None => Ok(failed(&Error::fault("a race on several seeds that is no race"))),
    }
}

impl Loop {
    /// What has come of the race on its further seeds, and how many threads they may have now.
    pub(super) fn look_at_seeds(&mut self, runs: &mut dyn Runs, factory: &RunFactory) {
        let news = self.seeds.look(runs, factory, self.waited && self.speed != Speed::Max, &self.shared);
        self.changed |= news;
        let Some(seeds) = self.seeds.view() else { return };
        for (told, count) in self.shared.seeds.iter().zip([seeds.done.len(), seeds.count()]) {
            told.store(count, Ordering::Relaxed);
        }
        if seeds.is_done() {
            self.save_seeds(runs);
        }
    }

    /// The runs are other ones than the lab's from here on, or it is told why that could not be done.
    pub(super) fn part_or_refuse(&mut self, done: Result<()>, why: &str, runs: &mut dyn Runs) {
        match done {
            Ok(()) => self.seeds.part(why),
            Err(error) => runs.refuse(error),
        }
    }
}

impl FurtherSeeds {
    /// None yet; `wake` is how a worker hears of one that has ended.
    pub fn new(threads: usize, wake: Option<Sender<Command>>) -> Self {
        Self { threads, wake, seen: None, going: None, workers: Vec::new(), saved: false }
    }

    /// Other runs begin, from step 0: what was found of the ones before is of no use to them.
    pub fn start_over(&mut self, runs: &dyn Runs) {
        self.halt();
        let standing = runs.race_standing().filter(|standing| standing.rules.further_seeds > 0);
        self.seen = standing.map(|standing| Seeds::of(&standing, runs.seed()));
        self.saved = false;
    }

    /// The runs are not those of the lab as they began with it any more, and why.
    pub fn part(&mut self, why: &str) {
        self.halt();
        if let Some(seen) = &mut self.seen {
            seen.stopped.get_or_insert_with(|| why.to_owned());
        }
    }

    /// Stops what goes on, and waits for nobody.
    fn halt(&mut self) {
        if let Some(races) = self.going.take() {
            races.stop();
        }
        self.workers.retain(|worker| !worker.is_finished());
    }

    /// They hold still, so that the race that is shown has all threads.
    pub fn rest(&self) {
        if let Some(races) = &self.going {
            races.allow(0);
        }
    }

    /// Looks at the race that is shown: the further ones begin with it, take the threads that it leaves, and what has ended
    /// since is taken up. `spare` says that the one that is shown waits between its steps. True if there is something new.
    pub fn look(&mut self, runs: &dyn Runs, factory: &RunFactory, spare: bool, shared: &Arc<Shared>) -> bool {
        let news = self.note(runs);
        let status = runs.status();
        let begins = *status == Status::Running || status.is_final() && runs.steps() > 0;
        if begins && self.are_due() {
            self.begin(factory, shared);
        }
        if let Some(races) = &self.going {
            races.allow(match status {
                Status::Running if !spare => 0,
                Status::Running => self.threads.saturating_sub(1),
                status if status.is_final() => self.threads,
                // A key is answered at once where there is more than one.
                _ => self.threads.saturating_sub(1).max(1),
            });
        }
        news
    }

    /// There are races to be run, and none goes on.
    fn are_due(&self) -> bool {
        self.going.is_none()
            && self
                .seen
                .as_ref()
                .is_some_and(|seen| seen.stopped.is_none() && seen.seeds().skip(1).any(|seed| !seen.has(seed)))
    }

    /// What has ended, that on the lab's own seed among them: it is the race that is shown.
    fn note(&mut self, runs: &dyn Runs) -> bool {
        let Some(seen) = self.seen.as_mut().filter(|seen| seen.stopped.is_none()) else { return false };
        let before = seen.done.len();
        if !seen.has(seen.first)
            && runs.status().is_final()
            && let Some(standing) = runs.race_standing()
        {
            seen.add(SeedRace::of(seen.first, &standing, runs.curves()));
        }
        if let Some(races) = &self.going {
            let mut state = races.state();
            state.ended.drain(..).for_each(|race| seen.add(race));
            if state.left == 0 {
                drop(state);
                self.going = None;
            }
        }
        seen.done.len() > before
    }

    fn waiting(seen: &Seeds) -> VecDeque<Waiting> {
        let left = seen.seeds().skip(1).filter(|seed| !seen.has(*seed));
        left.map(|seed| Waiting { seed, runs: None }).collect()
    }

    fn begin(&mut self, factory: &RunFactory, shared: &Arc<Shared>) {
        let Some(seen) = &self.seen else { return };
        let waiting = Self::waiting(seen);
        let left = waiting.len();
        let races = Arc::new(Races {
            state: Mutex::new(State { waiting, ended: Vec::new(), left }),
            changed: Condvar::new(),
            allowed: AtomicUsize::new(0),
            working: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        });
        let Some(wake) = &self.wake else {
            self.going = Some(races);
            return;
        };
        let mut begun = Vec::new();
        for _ in 0..self.threads.clamp(1, left) {
            let (mine, factory, names) = (races.clone(), factory.clone(), seen.names.clone());
            let (wake, shared) = (wake.clone(), shared.clone());
            let told = move || {
                shared.waiting.fetch_add(1, Ordering::AcqRel);
                drop(wake.send(Command::Look));
            };
            let thread = std::thread::Builder::new().name("seeds".into()).stack_size(STACK);
            // Where no thread can be had there is one less.
            begun.extend(thread.spawn(move || mine.work(&factory, &names, &told)));
        }
        if begun.is_empty() {
            return self.part("no thread can be had for them");
        }
        self.workers.extend(begun);
        self.going = Some(races);
    }

    /// In the caller's thread: so many steps of the next race.
    pub fn turn(&mut self, steps: u64, factory: &RunFactory) {
        let (Some(races), Some(seen), None) = (&self.going, &self.seen, &self.wake) else { return };
        races.allow(1);
        if let Some(waiting) = races.next() {
            let made = std::cell::Cell::new(0);
            let go_on = || made.replace(made.get() + 1) < steps;
            races.put(run(waiting, factory, &seen.names, &go_on));
        }
    }

    /// Some of them go on or wait for their turn.
    pub fn are_open(&self) -> bool {
        self.going.is_some()
    }

    /// What there is to see of them; none of runs that are no race on several seeds.
    pub fn view(&self) -> Option<Seeds> {
        self.seen.clone()
    }

    /// The runs are left: what has ended counts, what has not stops, and every thread is gone when this returns.
    pub fn end(&mut self, runs: &dyn Runs) {
        self.note(runs);
        self.halt();
        self.workers.drain(..).for_each(|worker| drop(worker.join()));
    }
}

impl Drop for FurtherSeeds {
    fn drop(&mut self) {
        self.halt();
        self.workers.drain(..).for_each(|worker| drop(worker.join()));
    }
}
