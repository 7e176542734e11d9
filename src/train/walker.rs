//! The worker's loop along a series: walks between two looks at the clock, obeys commands, publishes snapshots that are
//! wanted. The same thread, commands and snapshots as in training, but there are no epochs: its end is the series'.

mod back;

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::events::TimelineView;
use super::history::Series;
use super::race::guard;
use super::rate::Rate;
use super::series_dir::SeriesDir;
use super::snapshot::{AverageView, Command, Line, SeriesRow, SeriesView, Snapshot, Speed, Status};
use super::summary::{failed_summary, walked_summary};
use super::walk::Walk;
use super::worker::{Outcome, RunOutcome, Shared};
use crate::clock::{Clock, Moment};
use crate::error::{Error, Result};

/// The shortest time between two snapshots.
const FRAME: Duration = Duration::from_millis(33);
/// Values between two looks at the clock at full speed: well below a millisecond.
const VALUES_A_LOOK: u64 = 256;

/// Makes the walk anew; with another seed than the lab's if one is given.
type Make = Box<dyn FnMut(Option<u64>) -> Result<Walk> + Send>;

/// How a worker along a series begins.
pub struct WalkStart {
    /// The lab's id, for the summary.
    pub lab: String,
    /// Makes the walk, in the worker's thread.
    pub make: Make,
    /// Takes what scripts have printed, in the worker's thread.
    pub printed: Box<dyn FnMut() -> Vec<String> + Send>,
    /// Where to write, if anywhere.
    pub dir: Option<SeriesDir>,
    /// Walk at once and end when done, rather than wait for commands.
    pub headless: bool,
    /// The speed at the start.
    pub speed: Speed,
    /// What paces the walk and tells how long it took.
    pub clock: Clock,
}

/// A walk with its history and, if asked for, its files.
struct Trip {
    walk: Walk,
    status: Status,
    range: (f64, f64),
    values: Series,
    averages: Vec<Series>,
    rows: VecDeque<SeriesRow>,
    log: Vec<String>,
    dir: Option<SeriesDir>,
    /// The walk before its first value, for the way back.
    start: Walk,
    /// The most values that were ever taken.
    seen: u64,
    /// The files of the end are written.
    saved: bool,
    /// Files could not be written.
    unwritten: Option<Error>,
    /// Walking alone.
    walked: Duration,
}

impl Trip {
    fn new(walk: Walk, mut dir: Option<SeriesDir>) -> Self {
        if let Some(dir) = &mut dir {
            dir.prepare();
        }
        let low = walk.values().iter().copied().fold(f64::INFINITY, f64::min);
        let high = walk.values().iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self {
            status: Status::Ready,
            range: (low, high),
            values: Series::new(Series::CAPACITY),
            averages: vec![Series::new(Series::CAPACITY); walk.names().len()],
            rows: VecDeque::with_capacity(SeriesView::ROWS),
            log: Vec::new(),
            dir,
            saved: false,
            unwritten: None,
            walked: Duration::ZERO,
            start: walk.clone(),
            seen: 0,
            walk,
        }
    }

    /// One value. The status tells whether another is possible.
    fn step(&mut self) {
        let before = self.walk.steps();
        let stepped = self.walk.step().and_then(|()| match &mut self.dir {
            // Values that are walked over again are in the table already.
            Some(dir) if self.walk.steps() > before.max(self.seen) => dir.step(&self.walk),
            _ => Ok(()),
        });
        if let (Some(value), true) = (self.walk.value(), self.walk.steps() > before) {
            self.record(value);
        }
        self.seen = self.seen.max(self.walk.steps());
        match stepped {
            Err(error) => self.status = Status::Failed(error),
            Ok(()) if self.walk.steps() == self.walk.steps_total() => self.status = Status::Finished,
            Ok(()) => {}
        }
    }

    fn record(&mut self, value: f64) {
        self.values.push(value);
        self.averages.iter_mut().zip(self.walk.averages()).for_each(|(series, average)| series.push(*average));
        let mut row = if self.rows.len() == SeriesView::ROWS { self.rows.pop_front() } else { None }
            .unwrap_or(SeriesRow { t: 0, value, averages: vec![0.0; self.walk.names().len()] });
        (row.t, row.value) = (self.walk.steps(), value);
        row.averages.copy_from_slice(self.walk.averages());
        self.rows.push_back(row);
    }

    fn snapshot(&self, speed: Speed, steps_per_second: f64) -> Snapshot {
        let line = |series: &Series| Line { buckets: series.buckets(), width: series.width() };
        let average = |(at, (name, series)): (usize, (&String, &Series))| AverageView {
            name: name.clone(),
            line: line(series),
            weights: self.walk.weights(at, SeriesView::WEIGHTS),
        };
        let series = SeriesView {
            name: self.walk.series().to_owned(),
            range: self.range,
            values: line(&self.values),
            averages: self.walk.names().iter().zip(&self.averages).enumerate().map(average).collect(),
            rows: self.rows.iter().cloned().collect(),
        };
        Snapshot {
            step: self.walk.steps(),
            steps_total: self.walk.steps_total(),
            seed: self.walk.seed(),
            steps_per_second,
            log: self.log[self.log.len().saturating_sub(Snapshot::LOG)..]
                .iter()
                .map(|line| (0, line.clone()))
                .collect(),
            series: Some(series),
            timeline: TimelineView { seen: self.seen, ..TimelineView::default() },
            ..Snapshot::failed(self.status.clone(), speed)
        }
    }
}

/// The state of the loop.
pub(super) struct Walker {
    inbox: Receiver<Command>,
    shared: Arc<Shared>,
    speed: Speed,
    rate: Rate,
    published: Option<Moment>,
    /// Something other than the step changed, so a snapshot is due at once.
    changed: bool,
    /// At a limited speed, when the next value is due.
    next_step: Option<Moment>,
    lab: String,
}

impl Walker {
    pub fn new(start: &WalkStart, inbox: Receiver<Command>, shared: Arc<Shared>) -> Self {
        Self {
            inbox,
            shared,
            speed: start.speed,
            rate: Rate::default(),
            published: None,
            changed: true,
            next_step: None,
            lab: start.lab.clone(),
        }
    }

    /// Makes the walk and serves it until it is left or, without a screen, done. Its last snapshot is left in the slot.
    pub fn work(mut self, start: WalkStart) -> Outcome {
        let WalkStart { mut make, mut printed, dir, headless, .. } = start;
        let mut trip = match guard(|| make(None)) {
            Ok(walk) => Trip::new(walk, dir),
            Err(error) => return self.stillborn(error, headless),
        };
        trip.log.extend(printed());
        if headless {
            trip.status = Status::Running;
        }
        loop {
            self.shared.total.store(trip.walk.steps_total(), Ordering::Relaxed);
            if trip.status.is_final() && !trip.saved {
                self.save(&mut trip);
            }
            if self.changed {
                self.publish(&trip);
            }
            if headless && trip.status.is_final() {
                break;
            }
            let left = if trip.status == Status::Running {
                self.go(&mut trip);
                self.drain(&mut trip, &mut make)
            } else {
                self.rate.rest();
                // Nobody is left to send a command: the same as being left.
                self.inbox.recv().map_or(true, |command| self.obey(&command, &mut trip, &mut make))
            };
            trip.log.extend(printed());
            if left {
                break;
            }
        }
        if !trip.saved {
            trip.forget_the_future();
            self.save(&mut trip);
        }
        self.publish(&trip);
        let Trip { status, log, unwritten, walk, walked, .. } = trip;
        let summary = walked_summary(&self.lab, &status, walk.steps(), walked);
        let run = RunOutcome { name: self.lab.clone(), status: status.clone(), epoch: None, log };
        Outcome { status, summary, runs: vec![run], standing: None, unwritten }
    }

    /// Walks until the clock or a command asks for attention.
    fn go(&mut self, trip: &mut Trip) {
        let speed = self.speed;
        let values = match speed {
            Speed::Max => VALUES_A_LOOK,
            Speed::PerSecond(speed) if self.is_time(trip, speed) => 1,
            Speed::PerSecond(_) => return,
        };
        self.walk(trip, values);
        if self.shared.wanted.load(Ordering::Acquire)
            && self.published.is_none_or(|last| self.shared.clock.now().since(last) >= FRAME)
        {
            self.publish(trip);
        }
        self.changed |= trip.status != Status::Running;
    }

    /// So many values, or as many as there are.
    fn walk(&mut self, trip: &mut Trip, values: u64) {
        let began = self.shared.clock.now();
        let done = guard(|| {
            for _ in 0..values {
                trip.step();
                if trip.status.is_final() {
                    break;
                }
            }
            Ok(())
        });
        if let Err(error) = done {
            trip.status = Status::Failed(error);
        }
        let now = self.shared.clock.now();
        trip.walked += now.since(began);
        self.shared.step.store(trip.walk.steps(), Ordering::Relaxed);
        self.rate.look(now, trip.walk.steps());
    }

    /// Waits until the next value is due; false if a command came first.
    fn is_time(&mut self, trip: &Trip, speed: f64) -> bool {
        let pause = Duration::from_secs_f64((1.0 / speed).clamp(0.0, 10.0));
        let now = self.shared.clock.now();
        let due = self.next_step.map_or(now, |next| next.min(now + pause));
        while self.shared.clock.now() < due {
            if self.shared.waiting.load(Ordering::Acquire) > 0 {
                return false;
            }
            if self.changed {
                self.publish(trip);
            }
            self.shared.clock.sleep_until(due.min(self.shared.clock.now() + Duration::from_millis(10)));
        }
        // A machine that cannot keep up does not make up for it in a burst.
        self.next_step = Some((due + pause).max(self.shared.clock.now()));
        true
    }

    /// Puts a snapshot into the slot; one that nobody took is replaced.
    fn publish(&mut self, trip: &Trip) {
        let snapshot = Arc::new(trip.snapshot(self.speed, self.rate.value));
        *self.shared.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(snapshot);
        self.shared.wanted.store(false, Ordering::Release);
        self.published = Some(self.shared.clock.now());
        self.changed = false;
    }

    /// Takes the commands that are waiting; true if the last one leaves.
    fn drain(&mut self, trip: &mut Trip, make: &mut Make) -> bool {
        while let Ok(command) = self.inbox.try_recv() {
            if self.obey(&command, trip, make) {
                return true;
            }
        }
        false
    }

    /// True if the walk is left.
    fn obey(&mut self, command: &Command, trip: &mut Trip, make: &mut Make) -> bool {
        self.shared.waiting.fetch_sub(1, Ordering::AcqRel);
        self.changed = true;
        match *command {
            // There are no epochs: the end of one is the end of the series.
            Command::Run | Command::StepEpoch if !trip.status.is_final() => trip.status = Status::Running,
            Command::Pause if trip.status == Status::Running => trip.status = Status::Paused,
            Command::Step if !trip.status.is_final() => {
                self.walk(trip, 1);
                if !trip.status.is_final() {
                    trip.status = Status::Paused;
                }
            }
            Command::Goto(step) => self.go_to(step, trip),
            Command::Travel(travel) => self.go_to(trip.destination(travel), trip),
            Command::Restart { seed } => self.restart(seed, trip, make),
            Command::Speed(speed) => self.speed = speed,
            Command::Quit => return true,
            _ => {}
        }
        false
    }

    /// The old walk is given up only when the new one stands.
    fn restart(&mut self, seed: Option<u64>, trip: &mut Trip, make: &mut Make) {
        let seed = seed.unwrap_or(trip.walk.seed());
        match guard(|| make(Some(seed))) {
            Ok(walk) => {
                let running = trip.status == Status::Running;
                let log = std::mem::take(&mut trip.log);
                *trip = Trip { log, ..Trip::new(walk, trip.dir.take()) };
                if running {
                    trip.status = Status::Running;
                }
                self.shared.step.store(0, Ordering::Relaxed);
                self.rate.rest();
            }
            Err(error) => trip.status = Status::Failed(error),
        }
    }

    /// The walk could not be made: the screen shows why until it is left.
    fn stillborn(&mut self, error: Error, headless: bool) -> Outcome {
        let status = Status::Failed(error);
        if !headless {
            let snapshot = Snapshot::failed(status.clone(), self.speed);
            *self.shared.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(snapshot));
            while self.inbox.recv().is_ok_and(|command| command != Command::Quit) {}
        }
        Outcome { status, summary: failed_summary(&self.lab), runs: Vec::new(), standing: None, unwritten: None }
    }

    /// Writes what there is, once: when the walk ends, so that nothing can take it away, or when it is left.
    fn save(&self, trip: &mut Trip) {
        trip.saved = true;
        let summary = walked_summary(&self.lab, &trip.status, trip.walk.steps(), trip.walked);
        let Trip { dir, walk, .. } = trip;
        let Some(dir) = dir else { return };
        if let Err(error) = guard(|| dir.finish(walk, &summary)) {
            trip.unwritten = Some(error);
        }
    }
}
