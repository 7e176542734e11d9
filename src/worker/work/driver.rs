//! The runs of a lab with what drives them: by commands, in the worker's thread or in the caller's.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender};

use super::{Loop, Next};
use crate::error::{Error, Result};
use crate::run::{Command, LabText, Outcome, Part, Progress, Query, RunFactory, Runs, Sight, Start, guard};
use crate::snapshot::{Snapshot, Speed, Status};
use crate::worker::thread::Shared;

/// Steps at full speed in one [`Driver::turn`]: counted, so that a turn is the same on every machine.
const STEPS_A_TURN: u64 = 64;

/// Somebody who looks at the runs after every step, and may break off.
type Look<'l> = &'l mut dyn FnMut(&Sight<'_>) -> ControlFlow<()>;

/// How often somebody looks at runs on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// After every step.
    Step,
    /// At the end of each epoch of the run that is shown, and at the end.
    Epoch,
}

/// The runs, and how they are driven.
pub struct Driver {
    work: Loop,
    runs: Box<dyn Runs>,
    factory: RunFactory,
    headless: bool,
}

impl Driver {
    /// Runs that stand at step 0, for the caller's thread. Without a screen nobody goes back, so no copies are made.
    ///
    /// # Errors
    /// They cannot be made.
    pub fn new(start: Start) -> Result<Self> {
        let (_, inbox) = std::sync::mpsc::channel();
        let shared = Arc::new(Shared::new(start.clock.clone()));
        let mut driver = Self::of(start, inbox, shared, None).map_err(|(_, error)| error)?;
        // A caller's runs wait to be driven, whether anybody looks or not.
        driver.runs.set_status(&Status::Ready);
        Ok(driver)
    }

    /// Runs that stand at step 0, for a worker. Those that cannot be made leave the loop, to show why.
    #[expect(clippy::result_large_err, reason = "once in the life of a worker")]
    pub(in crate::worker) fn of(
        start: Start,
        inbox: Receiver<Command>,
        shared: Arc<Shared>,
        wake: Option<Sender<Command>>,
    ) -> Result<Self, (Loop, Error)> {
        let headless = start.headless;
        let mut work = Loop::new(&start, inbox, shared, wake);
        let (mut factory, dirs) = RunFactory::new(start);
        match factory.start(None, dirs) {
            Ok(mut runs) => {
                if headless {
                    runs.set_status(&Status::Running);
                    // Nobody looks, so no step is watched.
                    work.shared.wanted.store(false, Ordering::Release);
                    work.changed = false;
                }
                work.kept.made_with(&factory);
                work.seeds.start_over(runs.as_ref());
                work.scripts = factory.scripts();
                Ok(Self { work, runs, factory, headless })
            }
            Err(error) => Err((work, error)),
        }
    }

    /// Serves the runs until they are left or, without a screen, done.
    pub(in crate::worker) fn work(mut self) -> Outcome {
        while let Err(error) = guard(|| {
            self.serve();
            Ok(())
        }) {
            if !self.work.survive(error, self.runs.as_mut(), self.headless) {
                break;
            }
        }
        self.finish()
    }

    fn serve(&mut self) {
        let Self { work, runs, factory, headless } = self;
        let headless = *headless;
        loop {
            work.shared.total.store(runs.steps_at(runs.steps_total()), Ordering::Relaxed);
            runs.save(&work.lab, false);
            work.note(runs.as_ref());
            work.look_at_seeds(runs.as_mut(), factory);
            // Without a screen the end is no occasion to make a picture that nobody takes.
            if work.changed && (!headless || work.shared.wanted.load(Ordering::Acquire)) {
                // A key is answered at once, and what takes a look at many weights follows.
                work.unsettled = runs.is_heavy() && *runs.status() != Status::Running;
                runs.hurry(work.unsettled);
                work.publish(runs.as_mut());
                runs.hurry(false);
            }
            if headless && runs.status().is_final() && !work.seeds.are_open() {
                break;
            }
            let next = if *runs.status() == Status::Running {
                work.train(runs.as_mut());
                work.drain(runs, factory)
            } else {
                work.rest();
                if work.unsettled && work.goes_unasked() {
                    work.unsettled = false;
                    work.publish(runs.as_mut());
                }
                work.wait(runs, factory)
            };
            if matches!(next, Next::End) {
                break;
            }
        }
    }

    /// Obeys a command at once. [`Command::Quit`] does nothing here: see [`Driver::finish`].
    pub fn obey(&mut self, command: Command) {
        self.work.shared.waiting.fetch_add(1, Ordering::AcqRel);
        let _ = self.work.obey(command, &mut self.runs, &mut self.factory);
        self.runs.save(&self.work.lab, false);
    }

    /// Does what is due now: at a limited speed the steps whose time has come by the clock, at full speed a counted number
    /// of them. Nothing where the runs are held.
    pub fn turn(&mut self) {
        let _ = self.turn_by(None);
    }

    /// The same turn with somebody who looks after every step. Where that breaks off, the runs stand, and what else was due is
    /// done by the next turn.
    pub fn turn_watched(&mut self, look: &mut dyn FnMut(&Sight<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
        self.turn_by(Some(look))
    }

    fn turn_by(&mut self, mut look: Option<Look<'_>>) -> ControlFlow<()> {
        let Self { work, runs, .. } = self;
        runs.keep_updates(work.updates_asked);
        let mut flow = ControlFlow::Continue(());
        match work.speed {
            _ if *runs.status() != Status::Running => work.rest(),
            Speed::PerSecond(speed) => {
                let now = work.clock.now();
                while *runs.status() == Status::Running && flow.is_continue() {
                    let due = work.due(speed);
                    if due > now {
                        break;
                    }
                    work.step_due(runs.as_mut(), speed, due);
                    work.look_whether_it_holds(runs.as_mut());
                    if let Some(look) = &mut look {
                        flow = look(&runs.sight());
                    }
                    // A step that is due at this very moment again would never end the turn.
                    if work.due(speed) <= due {
                        break;
                    }
                }
            }
            Speed::Max => {
                let left = work.target.map_or(STEPS_A_TURN, |target| target.saturating_sub(runs.steps()));
                let steps = left.min(STEPS_A_TURN);
                match &mut look {
                    None => work.advance(runs.as_mut(), steps, true),
                    Some(look) => {
                        let end = runs.steps() + steps;
                        while runs.steps() < end && *runs.status() == Status::Running && flow.is_continue() {
                            let next = runs.to_next_step();
                            work.advance(runs.as_mut(), next.max(1), true);
                            flow = look(&runs.sight());
                        }
                    }
                }
                work.look_whether_it_holds(runs.as_mut());
            }
        }
        self.runs.save(&self.work.lab, false);
        self.turn_seeds();
        flow
    }

    /// A query is asked from now on: what it names is there at each step.
    pub fn know(&mut self, query: &Query) {
        self.work.updates_asked |= query.names(Part::Update);
        self.work.know(query, self.runs.as_mut());
    }

    /// What expressions see of the runs as they stand.
    pub fn sight(&mut self) -> Sight<'_> {
        self.runs.sight()
    }

    /// Some steps of the race on another seed, once that on the lab's own has ended.
    fn turn_seeds(&mut self) {
        let Self { work, runs, factory, .. } = self;
        if runs.status().is_final() {
            work.look_at_seeds(runs.as_mut(), factory);
            work.seeds.turn(STEPS_A_TURN, factory);
            work.look_at_seeds(runs.as_mut(), factory);
        }
    }

    /// Trains until all runs have ended, whatever the speed; they are then saved.
    pub fn run_to_end(&mut self) {
        let Self { work, runs, .. } = self;
        runs.set_status(&Status::Running);
        let done = guard(|| {
            while !runs.status().is_final() {
                work.train_fast(runs.as_mut());
                work.look_whether_it_holds(runs.as_mut());
                if *runs.status() == Status::Paused {
                    // A condition that held is no end.
                    runs.set_status(&Status::Running);
                }
                runs.save(&work.lab, false);
            }
            Ok(())
        });
        if let Err(error) = done {
            runs.fail(&error);
        }
        runs.save(&work.lab, false);
        self.turn_seeds();
        while self.work.seeds.are_open() {
            self.turn_seeds();
        }
    }

    /// Trains until all runs have ended or `look` breaks off, and lets it see them on the way. Nothing is written and no clock
    /// is read on the way.
    pub fn follow(&mut self, pace: Pace, look: &mut dyn FnMut(&Sight<'_>) -> ControlFlow<()>) {
        let runs = &mut self.runs;
        runs.keep_updates(self.work.updates_asked);
        runs.set_status(&Status::Running);
        let done = guard(|| {
            while !runs.status().is_final() {
                let here = runs.steps();
                let steps = match pace {
                    Pace::Step => runs.to_next_step(),
                    Pace::Epoch => runs.end_of_epoch().saturating_sub(here),
                };
                runs.block(steps.max(1), false);
                let stands_still = runs.steps() == here && !runs.status().is_final();
                if look(&runs.sight()).is_break() || stands_still {
                    break;
                }
            }
            Ok(())
        });
        if let Err(error) = done {
            runs.fail(&error);
        }
    }

    /// How the runs stand.
    pub fn status(&self) -> &Status {
        self.runs.status()
    }

    /// Where the runs are.
    pub fn progress(&self) -> Progress {
        let runs = self.runs.as_ref();
        let [step, total] = [runs.steps(), runs.steps_total()].map(|place| runs.steps_at(place));
        let seeds = self.work.seeds.view().map(|seeds| (seeds.done.len(), seeds.count()));
        Progress { step, total, loss: runs.last_loss(), seeds, stage: runs.stage() }
    }

    /// What panes draw.
    pub fn snapshot(&mut self) -> Snapshot {
        let asked = self.work.clock.now();
        self.runs.look_at_operations(self.work.operations);
        let mut snapshot = self.runs.snapshot(self.work.speed, self.work.rate.value, asked);
        snapshot.timeline.saved.clone_from(&self.work.saved);
        snapshot.queries = self.work.queries.view();
        snapshot.runs = self.work.kept.view(self.runs.as_ref());
        snapshot.seeds = self.work.seeds.view();
        snapshot
    }

    /// All that the runs need to go on bit for bit, as bytes.
    ///
    /// # Errors
    /// There is something that a checkpoint cannot hold.
    pub fn checkpoint(&mut self) -> Result<Vec<u8>> {
        self.runs.checkpoint(&self.factory)
    }

    /// Stands where a checkpoint says.
    ///
    /// # Errors
    /// The bytes are no checkpoint, are damaged, or are of runs of another kind. The runs then stand where they stood.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<()> {
        self.runs.restore(bytes, &mut self.factory)?;
        self.work.kept.made_with(&self.factory);
        self.work.saved = self.factory.waits(self.runs.as_ref());
        Ok(())
    }

    /// The lab that the runs go by, or will when they start over, and what its own run is called.
    pub fn standing(&mut self) -> (Arc<LabText>, String) {
        let own = self.runs.sight().runs.first().map_or_else(String::new, |(name, _)| (*name).to_owned());
        (self.factory.newest_text(), own)
    }

    /// Leaves the runs: writes what there is, and tells how all ended.
    pub fn finish(mut self) -> Outcome {
        self.work.end(self.runs)
    }
}
