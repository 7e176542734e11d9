//! The worker's loop: trains between two looks at the clock, obeys commands, publishes snapshots that are wanted.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::experiment::Experiment;
use super::rate::Rate;
use super::run::Run;
use super::snapshot::{Command, Snapshot, Speed, Status};
use super::summary::{failed_summary, summary};
use super::worker::{Make, Outcome, Shared, Start};
use crate::error::{Error, Result};

/// The shortest time between two snapshots.
const FRAME: Duration = Duration::from_millis(33);
/// The clock is read about so often while training at full speed.
const LOOK: Duration = Duration::from_millis(2);

/// The state of the loop.
pub(super) struct Loop {
    inbox: Receiver<Command>,
    shared: Arc<Shared>,
    speed: Speed,
    rate: Rate,
    published: Option<Instant>,
    /// Something other than the step changed, so a snapshot is due at once.
    changed: bool,
    /// When a step was last watched for the trends, and how long that took.
    watched: (Option<Instant>, Duration),
    /// At a limited speed, when the next step is due.
    next_step: Option<Instant>,
    /// Hold when so many steps are made.
    target: Option<u64>,
    lab: String,
}

/// What the loop does next.
enum Next {
    Go,
    End,
}

impl Loop {
    pub fn new(lab: String, inbox: Receiver<Command>, shared: Arc<Shared>, speed: Speed) -> Self {
        Self {
            inbox,
            shared,
            speed,
            rate: Rate::default(),
            published: None,
            changed: true,
            watched: (None, Duration::ZERO),
            next_step: None,
            target: None,
            lab,
        }
    }

    /// Makes the experiment and serves it until it is left or, without a screen, done.
    pub fn work(mut self, start: Start) -> Outcome {
        let Start { mut make, mut printed, dir, headless, .. } = start;
        let made = guard(|| make(None).and_then(Experiment::new)).map(|experiment| Run::new(experiment, dir));
        let mut run = match made {
            Ok(run) => run,
            Err(error) => return self.stillborn(error, headless),
        };
        run.print(printed());
        if headless {
            run.status = Status::Running;
            // Nobody looks, so no step is watched.
            self.shared.wanted.store(false, Ordering::Release);
            self.changed = false;
        }
        loop {
            self.shared.total.store(run.experiment.steps_total(), Ordering::Relaxed);
            if run.status.is_final() && !run.saved {
                run.saved = true;
                self.save(&mut run);
            }
            if self.changed {
                self.publish(&mut run);
            }
            if headless && run.status.is_final() {
                break;
            }
            let next = if run.status == Status::Running {
                let stepped = guard(|| {
                    self.train(&mut run);
                    Ok(())
                });
                if let Err(error) = stepped {
                    run.status = Status::Failed(error);
                    self.changed = true;
                }
                run.print(printed());
                self.drain(&mut run, &mut make)
            } else {
                self.rate.rest();
                self.wait(&mut run, &mut make)
            };
            if matches!(next, Next::End) {
                break;
            }
        }
        run.print(printed());
        self.end(run)
    }

    /// Trains until the clock or a command asks for attention.
    fn train(&mut self, run: &mut Run) {
        match self.speed {
            Speed::PerSecond(speed) => self.train_slowly(run, speed),
            Speed::Max => self.train_fast(run),
        }
        if self.target.is_some_and(|target| run.experiment.steps() >= target) {
            self.target = None;
            hold(run);
        }
        self.changed |= run.status != Status::Running;
    }

    /// One step when it is due; a command ends the wait, not the pause between two steps.
    fn train_slowly(&mut self, run: &mut Run, speed: f64) {
        let pause = Duration::from_secs_f64((1.0 / speed).clamp(0.0, 10.0));
        let now = Instant::now();
        let due = self.next_step.map_or(now, |next| next.min(now + pause));
        while Instant::now() < due {
            if self.shared.waiting.load(Ordering::Acquire) > 0 {
                return;
            }
            std::thread::sleep((due - Instant::now().min(due)).min(Duration::from_millis(10)));
            self.publish_if_due(run, false);
        }
        // A machine that cannot keep up does not make up for it in a burst.
        self.next_step = Some((due + pause).max(Instant::now()));
        run.start_clock();
        run.step(true);
        run.stop_clock();
        self.note(run);
        self.rate.look(Instant::now(), run.experiment.steps());
        self.publish_if_due(run, true);
    }

    /// Between two looks at the clock about `LOOK` goes by; the first look comes soon.
    fn train_fast(&mut self, run: &mut Run) {
        run.start_clock();
        let began = Instant::now();
        let (mut last, mut steps_a_look) = (began, 1_u32);
        loop {
            if self.due(last) {
                self.watch(run);
                self.note(run);
                self.publish(run);
            }
            if self.looked_at(last) {
                self.watch(run);
            }
            for _ in 0..steps_a_look {
                if !self.goes_on(run) {
                    break;
                }
                // The last step is watched, because it stays on the screen.
                let next = run.experiment.steps() + 1;
                run.step(next >= run.experiment.steps_total() || self.target == Some(next));
            }
            let now = Instant::now();
            self.note(run);
            self.rate.look(now, run.experiment.steps());
            if now - began > Duration::from_millis(50) || !self.goes_on(run) {
                break;
            }
            let faster = now - last < LOOK;
            steps_a_look = if faster { (steps_a_look * 2).min(1024) } else { (steps_a_look / 2).max(1) };
            last = now;
        }
        run.stop_clock();
    }

    /// Nothing asks to stop: no end, no command, no step to hold at.
    fn goes_on(&self, run: &Run) -> bool {
        run.status == Status::Running
            && self.shared.waiting.load(Ordering::Acquire) == 0
            && self.target.is_none_or(|target| run.experiment.steps() < target)
    }

    /// Somebody takes snapshots, and the last watched step is long enough ago that another costs a few per cent at most.
    fn looked_at(&self, now: Instant) -> bool {
        let (last, cost) = self.watched;
        self.published.is_some_and(|frame| now - frame < Duration::from_secs(1))
            && last.is_none_or(|last| now - last >= LOOK.max(30 * cost))
    }

    /// A watched step between two snapshots, so that the trends have more points than the screen has frames.
    fn watch(&mut self, run: &mut Run) {
        if !self.goes_on(run) {
            return;
        }
        let began = Instant::now();
        run.step(true);
        let now = Instant::now();
        self.watched = (Some(now), now - began);
    }

    fn due(&self, now: Instant) -> bool {
        self.shared.wanted.load(Ordering::Acquire) && self.published.is_none_or(|last| now - last >= FRAME)
    }

    fn publish_if_due(&mut self, run: &mut Run, step: bool) {
        if (step || self.changed) && self.due(Instant::now()) {
            self.publish(run);
        }
    }

    /// Puts a snapshot into the slot; one that nobody took is replaced.
    fn publish(&mut self, run: &mut Run) {
        let snapshot = Arc::new(run.snapshot(self.speed, self.rate.value));
        *self.shared.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(snapshot);
        self.shared.wanted.store(false, Ordering::Release);
        self.published = Some(Instant::now());
        self.changed = false;
    }

    fn note(&self, run: &Run) {
        self.shared.step.store(run.experiment.steps(), Ordering::Relaxed);
        self.shared.loss.store(run.last_loss().unwrap_or(f64::NAN).to_bits(), Ordering::Relaxed);
    }

    /// Takes the commands that are waiting.
    fn drain(&mut self, run: &mut Run, make: &mut Make) -> Next {
        while let Ok(command) = self.inbox.try_recv() {
            if matches!(self.obey(command, run, make), Next::End) {
                return Next::End;
            }
        }
        Next::Go
    }

    /// Held: waits for a command.
    fn wait(&mut self, run: &mut Run, make: &mut Make) -> Next {
        match self.inbox.recv() {
            Ok(command) => self.obey(command, run, make),
            Err(_) => Next::End,
        }
    }

    fn obey(&mut self, command: Command, run: &mut Run, make: &mut Make) -> Next {
        self.shared.waiting.fetch_sub(1, Ordering::AcqRel);
        self.changed = true;
        match command {
            Command::Run if !run.status.is_final() => {
                self.target = None;
                run.status = Status::Running;
            }
            Command::Pause if run.status == Status::Running => {
                self.target = None;
                // What is shown must be the update that was applied last, so it may take one more, watched mini-batch.
                if !run.last_watched {
                    Self::timed(run, |run| run.step(true));
                }
                hold(run);
            }
            Command::Step if !run.status.is_final() => {
                self.target = None;
                Self::timed(run, |run| run.step(true));
                hold(run);
            }
            Command::StepEpoch if !run.status.is_final() => {
                let per_epoch = run.experiment.steps_per_epoch();
                self.target = Some((run.experiment.steps() / per_epoch + 1) * per_epoch);
                run.status = Status::Running;
            }
            Command::Restart { seed } => self.restart(seed, run, make),
            Command::Speed(speed) => self.speed = speed,
            Command::Focus(parameter) => run.set_focus(parameter),
            Command::Quit => return Next::End,
            Command::Run | Command::Pause | Command::Step | Command::StepEpoch => {}
        }
        self.note(run);
        Next::Go
    }

    fn timed(run: &mut Run, work: impl FnOnce(&mut Run)) {
        run.start_clock();
        let done = guard(|| {
            work(run);
            Ok(())
        });
        run.stop_clock();
        if let Err(error) = done {
            run.status = Status::Failed(error);
        }
    }

    /// The old run is given up only when the new one stands.
    fn restart(&mut self, seed: Option<u64>, run: &mut Run, make: &mut Make) {
        let seed = seed.unwrap_or(run.experiment.seed());
        let made = guard(|| make(Some(seed)).and_then(Experiment::new));
        match made {
            Ok(experiment) => {
                let mut fresh = Run::new(experiment, run.dir.take());
                self.target = None;
                if run.status == Status::Running {
                    fresh.status = Status::Running;
                }
                *run = fresh;
                self.rate.rest();
            }
            Err(error) => run.status = Status::Failed(error),
        }
    }

    /// The experiment could not be made: the screen shows why until it is left.
    fn stillborn(&mut self, error: Error, headless: bool) -> Outcome {
        let status = Status::Failed(error);
        let outcome = Outcome {
            summary: failed_summary(&self.lab),
            status: status.clone(),
            epoch: None,
            log: Vec::new(),
            unwritten: None,
        };
        if !headless {
            let snapshot = Snapshot::failed(status, self.speed);
            *self.shared.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(snapshot));
            while let Ok(command) = self.inbox.recv() {
                if command == Command::Quit {
                    break;
                }
            }
        }
        outcome
    }

    /// Writes what there is, once: when the run finishes, so that nothing can take it away, or when it is left.
    fn save(&self, run: &mut Run) {
        run.stop_clock();
        self.note(run);
        let summary = summary(&self.lab, run);
        let Some(dir) = &mut run.dir else { return };
        let experiment = &run.experiment;
        if let Err(error) = guard(|| dir.finish(experiment, &summary)) {
            run.unwritten = Some(error);
        }
    }

    fn end(&self, mut run: Run) -> Outcome {
        if !run.saved {
            self.save(&mut run);
        }
        let summary = summary(&self.lab, &run);
        let log = std::mem::take(&mut run.log);
        Outcome { summary, epoch: run.newest.clone(), log, unwritten: run.unwritten, status: run.status }
    }
}

fn hold(run: &mut Run) {
    if !run.status.is_final() {
        run.status = Status::Paused;
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
