//! The worker's loop: trains between two looks at the clock, obeys commands, publishes snapshots that are wanted.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::experiment::Experiment;
use super::run::Run;
use super::snapshot::{Command, Snapshot, Speed, Status};
use super::worker::{Make, Outcome, Shared, Start};
use crate::error::{Error, Result};

/// The shortest time between two snapshots.
const FRAME: Duration = Duration::from_millis(33);
/// The clock is read about so often while training at full speed.
const LOOK: Duration = Duration::from_millis(2);

/// Steps a second, over the last second or so.
#[derive(Default)]
struct Rate {
    since: Option<(Instant, u64)>,
    value: f64,
}

impl Rate {
    fn look(&mut self, now: Instant, step: u64) {
        match self.since {
            None => self.since = Some((now, step)),
            Some((since, first)) => {
                let seconds = (now - since).as_secs_f64();
                if seconds > 0.5 || (self.value == 0.0 && seconds > 0.05) {
                    self.value = (step.saturating_sub(first)) as f64 / seconds;
                    self.since = Some((now, step));
                }
            }
        }
    }

    fn rest(&mut self) {
        *self = Self::default();
    }
}

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
}

/// What the loop does next.
enum Next {
    Go,
    End,
}

impl Loop {
    pub fn new(inbox: Receiver<Command>, shared: Arc<Shared>, speed: Speed) -> Self {
        Self {
            inbox,
            shared,
            speed,
            rate: Rate::default(),
            published: None,
            changed: true,
            watched: (None, Duration::ZERO),
        }
    }

    /// Makes the experiment and serves it until it is left or, without a screen, done.
    pub fn work(mut self, start: Start) -> Outcome {
        let Start { lab, mut make, mut printed, dir, headless, .. } = start;
        let made = guard(|| make(None).and_then(Experiment::new).and_then(|experiment| Run::new(experiment, dir)));
        let mut run = match made {
            Ok(run) => run,
            Err(error) => return self.stillborn(&lab, error, headless),
        };
        run.log.extend(printed());
        if headless {
            run.status = Status::Running;
            // Nobody looks, so no step is watched.
            self.shared.wanted.store(false, Ordering::Release);
            self.changed = false;
        }
        loop {
            self.shared.total.store(run.experiment.steps_total(), Ordering::Relaxed);
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
                run.log.extend(printed());
                self.drain(&mut run, &mut make)
            } else {
                self.rate.rest();
                self.wait(&mut run, &mut make)
            };
            if matches!(next, Next::End) {
                break;
            }
        }
        run.log.extend(printed());
        self.end(&lab, run)
    }

    /// Trains until the clock or a command asks for attention.
    fn train(&mut self, run: &mut Run) {
        run.start_clock();
        if let Speed::PerSecond(speed) = self.speed {
            run.step(true);
            run.stop_clock();
            self.note(run);
            self.rate.look(Instant::now(), run.experiment.steps());
            self.publish_if_due(run, true);
            self.changed |= run.status != Status::Running;
            let pause = Duration::from_secs_f64((1.0 / speed).clamp(0.0, 10.0));
            let until = Instant::now() + pause;
            while run.status == Status::Running && self.shared.waiting.load(Ordering::Acquire) == 0 {
                let now = Instant::now();
                if now >= until {
                    break;
                }
                std::thread::sleep((until - now).min(Duration::from_millis(10)));
                self.publish_if_due(run, false);
            }
            return;
        }
        // Between two looks at the clock about `LOOK` goes by; the first look comes soon.
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
                if run.status != Status::Running || self.shared.waiting.load(Ordering::Acquire) > 0 {
                    break;
                }
                // The last step is watched, because it stays on the screen.
                run.step(run.experiment.steps() + 1 >= run.experiment.steps_total());
            }
            let now = Instant::now();
            self.note(run);
            self.rate.look(now, run.experiment.steps());
            let busy = now - began > Duration::from_millis(50) || self.shared.waiting.load(Ordering::Acquire) > 0;
            if busy || run.status != Status::Running {
                break;
            }
            let faster = now - last < LOOK;
            steps_a_look = if faster { (steps_a_look * 2).min(1024) } else { (steps_a_look / 2).max(1) };
            last = now;
        }
        run.stop_clock();
        self.changed |= run.status != Status::Running;
    }

    /// Somebody takes snapshots, and the last watched step is long enough ago that another costs a few per cent at most.
    fn looked_at(&self, now: Instant) -> bool {
        let (last, cost) = self.watched;
        self.published.is_some_and(|frame| now - frame < Duration::from_secs(1))
            && last.is_none_or(|last| now - last >= LOOK.max(30 * cost))
    }

    /// A watched step between two snapshots, so that the trends have more points than the screen has frames.
    fn watch(&mut self, run: &mut Run) {
        if run.status != Status::Running {
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
            Command::Run if !run.status.is_final() => run.status = Status::Running,
            Command::Pause if run.status == Status::Running => {
                // One more mini-batch, watched, so that what is shown is the update that was applied last.
                Self::timed(run, |run| run.step(true));
                hold(run);
            }
            Command::Step if !run.status.is_final() => {
                Self::timed(run, |run| run.step(true));
                hold(run);
            }
            Command::StepEpoch if !run.status.is_final() => {
                let per_epoch = run.experiment.steps_per_epoch();
                let target = (run.experiment.steps() / per_epoch + 1) * per_epoch;
                run.status = Status::Running;
                Self::timed(run, |run| {
                    while run.status == Status::Running && run.experiment.steps() < target {
                        run.step(run.experiment.steps() + 1 == target);
                    }
                });
                hold(run);
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
        let again = made.and_then(|experiment| Run::new(experiment, run.dir.take()));
        match again {
            Ok(mut fresh) => {
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
    fn stillborn(&mut self, lab: &str, error: Error, headless: bool) -> Outcome {
        let status = Status::Failed(error);
        let outcome = Outcome {
            summary: serde_json::json!({ "lab": lab, "status": "failed" }),
            status: status.clone(),
            epoch: None,
            log: Vec::new(),
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

    fn end(&self, lab: &str, mut run: Run) -> Outcome {
        run.stop_clock();
        self.note(&run);
        let summary = summary(lab, &run);
        if let Some(mut dir) = run.dir.take() {
            let written = guard(|| dir.finish(&run.experiment, &summary));
            if let Err(error) = written {
                run.status = Status::Failed(error);
            }
        }
        Outcome { summary, epoch: run.newest.clone(), log: std::mem::take(&mut run.log), status: run.status }
    }
}

fn hold(run: &mut Run) {
    if !run.status.is_final() {
        run.status = Status::Paused;
    }
}

/// A panic becomes an error: the screen and the files outlive it.
fn guard<R>(work: impl FnOnce() -> Result<R>) -> Result<R> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
        let words = words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(Error::fault(format!("optlab's training panicked: {words}"))
            .help("this is a fault of optlab's; please report it"))
    })
}

/// The line of `--json`; what is not finite is null.
fn summary(lab: &str, run: &Run) -> serde_json::Value {
    let seconds = run.trained.as_secs_f64();
    let steps = run.experiment.steps();
    let status = match &run.status {
        Status::Finished => "finished",
        Status::Diverged(_) => "diverged",
        Status::Failed(_) => "failed",
        Status::Ready | Status::Running | Status::Paused => "stopped",
    };
    let newest = run.newest.as_ref();
    serde_json::json!({
        "lab": lab,
        "status": status,
        "steps": steps,
        "epochs": steps / run.experiment.steps_per_epoch(),
        "seconds": seconds,
        "steps_per_second": if seconds > 0.0 { Some(steps as f64 / seconds) } else { None },
        "loss": run.last_loss(),
        "train_loss": newest.and_then(|row| row.train_loss),
        "train_accuracy": newest.and_then(|row| row.train_accuracy),
        "val_loss": newest.and_then(|row| row.val_loss),
        "val_accuracy": newest.and_then(|row| row.val_accuracy),
    })
}
