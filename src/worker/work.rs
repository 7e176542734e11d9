//! The worker's loop: trains while nothing asks for attention, obeys commands, publishes snapshots that are wanted.
//!
//! Between two blocks of steps it looks at flags alone; how many steps are a block is the business of `pacer`.

mod driver;
mod editing;
mod ending;
mod fast;
mod kept;
mod query;
mod seeds;
mod travel;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender};
use std::time::Duration;

pub use driver::{Driver, Pace};

use kept::Kept;
use seeds::FurtherSeeds;

use super::pacer::BlockPacer;
use super::rate::Rate;
use super::thread::Shared;
use crate::clock::{Clock, Moment};
use crate::run::{Command, Obeyed, Queries, RunFactory, Runs, Start};
use crate::snapshot::{ScriptTexts, Speed, Status};

/// The state of the loop.
#[expect(clippy::struct_excessive_bools, reason = "each says something of its own, and all of them may hold")]
pub(super) struct Loop {
    inbox: Receiver<Command>,
    /// Commands that came while the worker was on its way to a step.
    postponed: VecDeque<Command>,
    shared: Arc<Shared>,
    clock: Clock,
    speed: Speed,
    rate: Rate,
    pacer: BlockPacer,
    /// When a snapshot was last asked for, if it was given.
    asked: Option<Moment>,
    /// Something other than the step changed, so a snapshot is due at once.
    changed: bool,
    /// The newest snapshot did not wait for a look at the weights.
    unsettled: bool,
    /// When a step was last watched, and how much longer than another such a step takes.
    watched: (Option<Moment>, Duration),
    /// When the rule's values were shown last.
    shown: Option<Moment>,
    /// At a limited speed, when the next step is due.
    next_step: Option<Moment>,
    /// The last step was waited for: the machine keeps up with the speed that is asked for.
    waited: bool,
    /// Hold when so many steps are made.
    target: Option<u64>,
    /// What was asked in words.
    queries: Queries,
    /// What steps add to the weights is asked for by who drives the runs.
    updates_asked: bool,
    /// Computation graphs are looked at.
    operations: bool,
    /// The runs of the session.
    kept: Kept,
    /// A recipe that is to be taken up, and what was edited.
    pending: Option<(u64, String)>,
    /// The scripts of each recipe.
    scripts: BTreeMap<u64, ScriptTexts>,
    /// What was saved of the lab that these runs are not made of, if anything was.
    saved: Option<String>,
    /// The race on its further seeds.
    seeds: FurtherSeeds,
    /// Commands taken so far, and how many had been when it panicked last.
    obeyed: u64,
    panicked: Option<u64>,
    lab: String,
}

/// What the loop does next.
enum Next {
    Go,
    End,
}

impl Loop {
    pub fn new(start: &Start, inbox: Receiver<Command>, shared: Arc<Shared>, wake: Option<Sender<Command>>) -> Self {
        let (lab, speed) = (start.lab.clone(), start.speed);
        Self {
            seeds: FurtherSeeds::new(start.threads, wake),
            inbox,
            postponed: VecDeque::new(),
            clock: shared.clock.clone(),
            shared,
            speed,
            rate: Rate::default(),
            pacer: BlockPacer::default(),
            asked: None,
            changed: true,
            unsettled: false,
            watched: (None, Duration::ZERO),
            shown: None,
            next_step: None,
            waited: false,
            target: None,
            queries: Queries::default(),
            updates_asked: false,
            operations: false,
            kept: Kept::default(),
            pending: None,
            scripts: BTreeMap::new(),
            saved: None,
            obeyed: 0,
            panicked: None,
            lab,
        }
    }

    /// Trains until something asks for attention.
    fn train(&mut self, runs: &mut dyn Runs) {
        match self.speed {
            Speed::PerSecond(speed) => self.train_slowly(runs, speed),
            Speed::Max => self.train_fast(runs),
        }
        self.look_whether_it_holds(runs);
    }

    /// After some steps: at the step to hold at, and at the end.
    fn look_whether_it_holds(&mut self, runs: &mut dyn Runs) {
        if self.target.is_some_and(|target| runs.steps() >= target) {
            self.target = None;
            show_last_steps(runs);
            runs.set_status(&Status::Paused);
        }
        if runs.status().is_final() {
            self.queries.end(runs.steps_at(runs.steps()));
        }
        self.changed |= *runs.status() != Status::Running;
    }

    /// One step when it is due; a command ends the wait, not the pause between two steps.
    fn train_slowly(&mut self, runs: &mut dyn Runs, speed: f64) {
        let due = self.due(speed);
        self.waited = false;
        while self.clock.now() < due {
            if self.shared.waiting.load(Ordering::Acquire) > 0 {
                return;
            }
            self.waited = true;
            self.clock.sleep_until(due.min(self.clock.now() + Duration::from_millis(10)));
            self.publish_if_due(runs, false);
        }
        self.step_due(runs, speed, due);
        self.publish_if_due(runs, true);
    }

    /// The pause between two steps at so many a second.
    fn pause(speed: f64) -> Duration {
        Duration::from_secs_f64((1.0 / speed).clamp(0.0, 10.0))
    }

    /// When the next step is due.
    fn due(&self, speed: f64) -> Moment {
        let now = self.clock.now();
        self.next_step.map_or(now, |next| next.min(now + Self::pause(speed)))
    }

    /// The step that was due then.
    fn step_due(&mut self, runs: &mut dyn Runs, speed: f64, due: Moment) {
        // A machine that cannot keep up does not make up for it in a burst. A clock that was moved on is no such machine: all
        // steps of the time that has passed are made.
        let next = due + Self::pause(speed);
        self.next_step = Some(if self.clock.goes_by_itself() { next.max(self.clock.now()) } else { next });
        let next = runs.to_next_step();
        self.advance(runs, next, true);
        self.note(runs);
        self.rate.look(self.clock.now(), runs.steps_at(runs.steps()));
    }

    /// Nothing asks to stop: no end, no command, no step to hold at.
    fn goes_on(&self, runs: &dyn Runs) -> bool {
        *runs.status() == Status::Running
            && self.shared.waiting.load(Ordering::Acquire) == 0
            && self.target.is_none_or(|target| runs.steps() < target)
    }

    /// No command waits.
    fn goes_unasked(&self) -> bool {
        self.shared.waiting.load(Ordering::Acquire) == 0
    }

    /// Held: what is measured of the speed begins anew when it goes on.
    fn rest(&mut self) {
        // Or the time that it was held would be made up for by two steps at once.
        self.next_step = None;
        self.rate.rest();
        self.pacer = BlockPacer::default();
    }

    fn publish_if_due(&mut self, runs: &mut dyn Runs, step: bool) {
        if (step || self.changed) && self.shared.wanted.load(Ordering::Acquire) {
            self.publish(runs);
        }
    }

    fn publish(&mut self, runs: &mut dyn Runs) {
        runs.look_at_operations(self.operations);
        let mut snapshot = runs.snapshot(self.speed, self.rate.value, self.shared.asked());
        snapshot.queries = self.queries.view();
        snapshot.runs = self.kept.view(runs);
        snapshot.seeds = self.seeds.view();
        snapshot.timeline.scripts = runs.recipe().and_then(|recipe| self.scripts.get(&recipe).cloned());
        snapshot.timeline.saved.clone_from(&self.saved);
        self.shared.publish(snapshot);
        self.changed = false;
    }

    fn note(&self, runs: &dyn Runs) {
        self.shared.step.store(runs.steps_at(runs.steps()), Ordering::Relaxed);
        self.shared.loss.store(runs.last_loss().to_bits(), Ordering::Relaxed);
        self.shared.stage.store(runs.stage() as u8, Ordering::Relaxed);
    }

    /// Takes the commands that are waiting.
    fn drain(&mut self, runs: &mut Box<dyn Runs>, factory: &mut RunFactory) -> Next {
        while let Some(command) = self.postponed.pop_front().or_else(|| self.inbox.try_recv().ok()) {
            if matches!(self.obey(command, runs, factory), Next::End) {
                return Next::End;
            }
        }
        Next::Go
    }

    /// Held: waits for a command.
    fn wait(&mut self, runs: &mut Box<dyn Runs>, factory: &mut RunFactory) -> Next {
        match self.postponed.pop_front().map_or_else(|| self.inbox.recv(), Ok) {
            Ok(command) => self.obey(command, runs, factory),
            Err(_) => Next::End,
        }
    }

    fn obey(&mut self, command: Command, runs: &mut Box<dyn Runs>, factory: &mut RunFactory) -> Next {
        let own = |runs: &mut dyn Runs| runs.sight().runs.first().map_or(0, |(_, run)| run.step);
        let (counts, before) = (!matches!(command, Command::Look), own(runs.as_mut()));
        self.obeyed += u64::from(counts);
        self.shared.waiting.fetch_sub(1, Ordering::AcqRel);
        self.changed = true;
        let live = !runs.status().is_final();
        if command.moves() {
            self.queries.forget_until();
            self.seeds.rest();
        }
        let stands = runs.steps();
        match command {
            Command::Run if live => {
                self.target = None;
                runs.set_status(&Status::Running);
            }
            Command::Pause if *runs.status() == Status::Running => {
                self.target = None;
                // What is shown must be the update that was applied last, so it may take one more, watched mini-batch.
                if !runs.last_watched() {
                    self.advance(runs.as_mut(), 1, true);
                }
                show_last_steps(runs.as_mut());
                runs.set_status(&Status::Paused);
            }
            Command::Step if live => {
                self.target = None;
                let next = runs.to_next_step();
                self.advance(runs.as_mut(), next, true);
                runs.set_status(&Status::Paused);
            }
            Command::Phases(number) => match runs.walk_next(Some(number)) {
                Ok(()) => {
                    self.target = None;
                    let next = runs.to_next_step();
                    self.advance(runs.as_mut(), next, true);
                    runs.set_status(&Status::Paused);
                    // A condition may have held the runs before that step.
                    let _ = runs.walk_next(None);
                }
                Err(error) => runs.refuse(error),
            },
            Command::StepEpoch if live => {
                self.target = Some(runs.end_of_epoch());
                runs.set_status(&Status::Running);
            }
            Command::Restart { seed } => self.restart(seed, runs, factory),
            Command::Goto(step) => {
                let place = runs.place_of(step);
                self.go_to(place, runs.as_mut(), factory);
            }
            Command::Travel(travel) => self.travel(travel, runs.as_mut(), factory),
            Command::SetHyper { run, name, value } => {
                let turned = runs.turn(run.as_deref(), &name, value);
                self.part_or_refuse(turned, "a knob was turned", runs.as_mut());
            }
            Command::Fork { run } => {
                let forked = runs.fork(run.as_deref(), factory);
                self.part_or_refuse(forked, "a run was forked", runs.as_mut());
            }
            Command::Query { id, purpose, query } => self.ask(id, purpose, query, runs.as_mut()),
            Command::ClearBreaks => self.queries.clear_breaks(),
            Command::TakeUp(edited) => self.take_up(edited, runs, factory),
            Command::Tell(lines) => runs.tell(lines),
            Command::Speed(speed) => self.speed = speed,
            Command::Show(run) => {
                runs.show(run);
                // Its steps are others.
                self.rate.rest();
            }
            Command::Beside(run) => self.kept.lay_beside(run),
            Command::Focus(parameter) => runs.look_at((parameter, 0)),
            Command::Element { parameter, index } => runs.look_at((parameter, index)),
            Command::CompareGradients(wanted) => self.compare(wanted, runs.as_mut()),
            Command::LookAtOperations(wanted) => self.operations = wanted,
            Command::Quit => return Next::End,
            Command::Look | Command::Run | Command::Pause | Command::Step | Command::StepEpoch => {}
        }
        self.take_up_what_waits(runs.as_mut(), factory);
        self.scripts = factory.scripts();
        self.saved = factory.waits(runs.as_ref());
        if runs.steps() != stands {
            self.queries.stand(&runs.sight());
        }
        self.note(runs.as_ref());
        if let (None, Status::Running, Speed::PerSecond(speed), false) =
            (self.next_step, runs.status(), self.speed, self.clock.goes_by_itself())
        {
            // Time that passes from here on is the run's.
            self.next_step = Some(self.clock.now() + Self::pause(speed));
        }
        if counts {
            self.shared.note(Obeyed { number: self.obeyed, before, after: own(runs.as_mut()) });
        }
        Next::Go
    }
}

/// What is shown where runs are held must be the last step of each. One that makes few steps among others may not have made
/// one just now, so that nobody watched it: it is made again, bit for bit.
fn show_last_steps(runs: &mut dyn Runs) {
    if !runs.last_watched() {
        let here = runs.steps();
        runs.go_to(here, &mut |_| false);
    }
}
