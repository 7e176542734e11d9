//! The worker's loop: trains between two looks at the clock, obeys commands, publishes snapshots that are wanted.

use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::experiment::Experiment;
use super::race::{Printed, Race, guard};
use super::rate::Rate;
use super::run::Run;
use super::run_dir::Dirs;
use super::snapshot::{Command, Snapshot, Speed, Status};
use super::summary::{failed_summary, summary};
use super::worker::{Make, Outcome, RunOutcome, Shared, Start};
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

    /// Makes the experiments and serves them until they are left or, without a screen, done.
    pub fn work(mut self, start: Start) -> Outcome {
        let Start { make, printed, log, dirs, headless, threads, .. } = start;
        let mut maker = Maker { make, threads, printed, log };
        let mut race = match maker.race(None, dirs) {
            Ok(race) => race,
            Err(error) => return self.stillborn(error, headless),
        };
        if headless {
            race.set_status(&Status::Running);
            // Nobody looks, so no step is watched.
            self.shared.wanted.store(false, Ordering::Release);
            self.changed = false;
        }
        loop {
            self.shared.total.store(race.steps_total(), Ordering::Relaxed);
            self.save(&mut race, false);
            if self.changed {
                self.publish(&mut race);
            }
            if headless && race.status().is_final() {
                break;
            }
            let next = if *race.status() == Status::Running {
                self.train(&mut race);
                self.drain(&mut race, &mut maker)
            } else {
                self.rate.rest();
                self.wait(&mut race, &mut maker)
            };
            if matches!(next, Next::End) {
                break;
            }
        }
        self.end(race)
    }

    /// Trains until the clock or a command asks for attention.
    fn train(&mut self, race: &mut Race) {
        match self.speed {
            Speed::PerSecond(speed) => self.train_slowly(race, speed),
            Speed::Max => self.train_fast(race),
        }
        if self.target.is_some_and(|target| race.steps() >= target) {
            self.target = None;
            race.set_status(&Status::Paused);
        }
        self.changed |= *race.status() != Status::Running;
    }

    /// One step when it is due; a command ends the wait, not the pause between two steps.
    fn train_slowly(&mut self, race: &mut Race, speed: f64) {
        let pause = Duration::from_secs_f64((1.0 / speed).clamp(0.0, 10.0));
        let now = Instant::now();
        let due = self.next_step.map_or(now, |next| next.min(now + pause));
        while Instant::now() < due {
            if self.shared.waiting.load(Ordering::Acquire) > 0 {
                return;
            }
            std::thread::sleep((due - Instant::now().min(due)).min(Duration::from_millis(10)));
            self.publish_if_due(race, false);
        }
        // A machine that cannot keep up does not make up for it in a burst.
        self.next_step = Some((due + pause).max(Instant::now()));
        race.block(1, true);
        self.note(race);
        self.rate.look(Instant::now(), race.steps());
        self.publish_if_due(race, true);
    }

    /// Between two looks at the clock about `LOOK` goes by; the first look comes soon.
    fn train_fast(&mut self, race: &mut Race) {
        let began = Instant::now();
        let (mut last, mut steps_a_look) = (began, 1_u64);
        loop {
            if self.due(last) {
                self.watch(race);
                self.note(race);
                self.publish(race);
            }
            if self.looked_at(last) {
                self.watch(race);
            }
            if self.goes_on(race) {
                let left = self.target.map_or(u64::MAX, |target| target - race.steps());
                // The last step before a hold is watched, because it stays on the screen.
                race.block(steps_a_look.min(left), left <= steps_a_look);
            }
            let now = Instant::now();
            self.note(race);
            self.rate.look(now, race.steps());
            if now - began > Duration::from_millis(50) || !self.goes_on(race) {
                break;
            }
            let faster = now - last < LOOK;
            steps_a_look = if faster { (steps_a_look * 2).min(1024) } else { (steps_a_look / 2).max(1) };
            last = now;
        }
    }

    /// Nothing asks to stop: no end, no command, no step to hold at.
    fn goes_on(&self, race: &Race) -> bool {
        *race.status() == Status::Running
            && self.shared.waiting.load(Ordering::Acquire) == 0
            && self.target.is_none_or(|target| race.steps() < target)
    }

    /// Somebody takes snapshots, and the last watched step is long enough ago that another costs a few per cent at most.
    fn looked_at(&self, now: Instant) -> bool {
        let (last, cost) = self.watched;
        self.published.is_some_and(|frame| now - frame < Duration::from_secs(1))
            && last.is_none_or(|last| now - last >= LOOK.max(30 * cost))
    }

    /// A watched step between two snapshots, so that the trends have more points than the screen has frames.
    fn watch(&mut self, race: &mut Race) {
        if !self.goes_on(race) {
            return;
        }
        let began = Instant::now();
        race.block(1, true);
        let now = Instant::now();
        self.watched = (Some(now), now - began);
    }

    fn due(&self, now: Instant) -> bool {
        self.shared.wanted.load(Ordering::Acquire) && self.published.is_none_or(|last| now - last >= FRAME)
    }

    fn publish_if_due(&mut self, race: &mut Race, step: bool) {
        if (step || self.changed) && self.due(Instant::now()) {
            self.publish(race);
        }
    }

    /// Puts a snapshot into the slot; one that nobody took is replaced.
    fn publish(&mut self, race: &mut Race) {
        let snapshot = Arc::new(race.snapshot(self.speed, self.rate.value));
        *self.shared.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(snapshot);
        self.shared.wanted.store(false, Ordering::Release);
        self.published = Some(Instant::now());
        self.changed = false;
    }

    fn note(&self, race: &Race) {
        self.shared.step.store(race.steps(), Ordering::Relaxed);
        self.shared.loss.store(race.own().last_loss().unwrap_or(f64::NAN).to_bits(), Ordering::Relaxed);
    }

    /// Takes the commands that are waiting.
    fn drain(&mut self, race: &mut Race, maker: &mut Maker) -> Next {
        while let Ok(command) = self.inbox.try_recv() {
            if matches!(self.obey(command, race, maker), Next::End) {
                return Next::End;
            }
        }
        Next::Go
    }

    /// Held: waits for a command.
    fn wait(&mut self, race: &mut Race, maker: &mut Maker) -> Next {
        match self.inbox.recv() {
            Ok(command) => self.obey(command, race, maker),
            Err(_) => Next::End,
        }
    }

    fn obey(&mut self, command: Command, race: &mut Race, maker: &mut Maker) -> Next {
        self.shared.waiting.fetch_sub(1, Ordering::AcqRel);
        self.changed = true;
        let live = !race.status().is_final();
        match command {
            Command::Run if live => {
                self.target = None;
                race.set_status(&Status::Running);
            }
            Command::Pause if *race.status() == Status::Running => {
                self.target = None;
                // What is shown must be the update that was applied last, so it may take one more, watched mini-batch.
                if !race.last_watched() {
                    race.block(1, true);
                }
                race.set_status(&Status::Paused);
            }
            Command::Step if live => {
                self.target = None;
                race.block(1, true);
                race.set_status(&Status::Paused);
            }
            Command::StepEpoch if live => {
                let per_epoch = race.own().experiment.steps_per_epoch();
                self.target = Some((race.steps() / per_epoch + 1) * per_epoch);
                race.set_status(&Status::Running);
            }
            Command::Restart { seed } => self.restart(seed, race, maker),
            Command::Speed(speed) => self.speed = speed,
            Command::Focus(parameter) => race.lanes[0].run.look_at((parameter, 0)),
            Command::Element { parameter, index } => race.lanes[0].run.look_at((parameter, index)),
            Command::Quit => return Next::End,
            Command::Run | Command::Pause | Command::Step | Command::StepEpoch => {}
        }
        self.note(race);
        Next::Go
    }

    /// The old runs are given up only when the new ones stand.
    fn restart(&mut self, seed: Option<u64>, race: &mut Race, maker: &mut Maker) {
        let seed = seed.unwrap_or(race.own().experiment.seed());
        match maker.race(Some(seed), Dirs::default()) {
            Ok(mut fresh) => {
                fresh.take_folders_of(race);
                fresh.lanes[0].run.look_at(race.own().looked_at());
                self.target = None;
                if *race.status() == Status::Running {
                    fresh.set_status(&Status::Running);
                }
                *race = fresh;
                self.rate.rest();
            }
            Err(error) => race.fail(&error),
        }
    }

    /// The experiment could not be made: the screen shows why until it is left.
    fn stillborn(&mut self, error: Error, headless: bool) -> Outcome {
        let status = Status::Failed(error);
        let summary = failed_summary(&self.lab);
        let outcome = Outcome { summary, status: status.clone(), runs: Vec::new(), standing: None, unwritten: None };
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

    /// Writes what there is, once: when a run ends, so that nothing can take it away, or when all are left.
    fn save(&self, race: &mut Race, left: bool) {
        for lane in race.lanes.iter_mut().filter(|lane| !lane.run.saved && (left || lane.run.status.is_final())) {
            let run = &mut lane.run;
            run.saved = true;
            let summary = summary(&self.lab, run);
            let Some(dir) = &mut run.dir else { continue };
            let experiment = &run.experiment;
            if let Err(error) = guard(|| dir.finish(experiment, &summary)) {
                run.unwritten = Some(error);
            }
        }
        if race.saved || !(left || race.status().is_final()) {
            return;
        }
        race.saved = true;
        self.note(race);
        let summary = self.summary(race);
        if let Some(dir) = &race.dir
            && let Err(error) = guard(|| dir.summary(&summary))
        {
            race.unwritten = Some(error);
        }
    }

    /// The line of `--json`: of one run, or of each in a race.
    fn summary(&self, race: &Race) -> serde_json::Value {
        let Some(standing) = race.standing() else { return summary(&self.lab, race.own()) };
        let runs: serde_json::Map<_, _> =
            race.lanes.iter().map(|lane| (lane.name.clone(), summary(&self.lab, &lane.run))).collect();
        serde_json::json!({ "runs": runs, "race": standing.json() })
    }

    fn end(&self, mut race: Race) -> Outcome {
        self.save(&mut race, true);
        let summary = self.summary(&race);
        let (status, standing) = (race.status().clone(), race.standing());
        let mut unwritten = race.unwritten;
        let mut runs = Vec::with_capacity(race.lanes.len());
        for lane in race.lanes {
            unwritten = unwritten.or(lane.run.unwritten);
            let (status, epoch, log) = (lane.run.status, lane.run.newest, lane.run.log);
            runs.push(RunOutcome { name: lane.name, status, epoch, log });
        }
        Outcome { status, summary, runs, standing, unwritten }
    }
}

/// Makes races anew.
struct Maker {
    make: Make,
    threads: usize,
    printed: Printed,
    log: Vec<String>,
}

impl Maker {
    fn race(&mut self, seed: Option<u64>, dirs: Dirs) -> Result<Race> {
        let made = guard(|| {
            let parts = (self.make)(seed)?;
            parts.into_iter().map(|(name, parts)| Ok((name, Experiment::new(parts)?))).collect::<Result<Vec<_>>>()
        })?;
        let mut each = dirs.each.into_iter();
        let runs = made.into_iter().map(|(name, experiment)| (name, Run::new(experiment, each.next()))).collect();
        let mut race = Race::new(runs, dirs.whole, self.threads, self.printed.clone());
        let lines = self.log.iter().cloned().chain((self.printed)()).collect();
        race.lanes[0].run.print(lines);
        Ok(race)
    }
}
