//! The worker: a thread that owns a run. Commands come in; the newest snapshot lies in a slot for whoever takes it.
//!
//! It never waits for a reader: a snapshot is made only when the last one was taken, at most 30 times a second and at
//! every change of state, so training costs nothing when nobody looks. It is the reader who holds to the 30 and who
//! tells the time of asking: between two steps the worker looks at flags, not at the clock. The stack is large because scripts may recurse.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::folder::Dirs;
use super::race::{Printed, guard};
use super::runs::Experiments;
use super::snapshot::{Command, EpochRow, SeriesView, Snapshot, Speed, Status};
use super::standing::Standing;
use super::summary::failed_summary;
use super::work::Driver;
use crate::clock::{Clock, Moment};
use crate::error::{Error, Result};

/// Makes what the runs of a lab are made of anew; with another seed than the lab's if one is given.
pub type Make = Box<dyn FnMut(Option<u64>) -> Result<Experiments> + Send>;

/// Rhai recurses on the stack; its limits need this much (measured: 2 MiB overflows).
pub const STACK: usize = 32 << 20;

/// Works with room on the stack for scripts, which recurse: in the same thread, on a stack of its own if there is too little
/// left of the thread's.
pub fn on_large_stack<R>(work: impl FnOnce() -> R) -> R {
    // A thread that was started with [`STACK`] has less than a megabyte in use here.
    stacker::maybe_grow(STACK - (1 << 20), STACK, work)
}

/// The shortest time between two snapshots that are asked for.
const FRAME: Duration = Duration::from_millis(33);

/// How a worker begins.
pub struct Start {
    /// The lab's id, for the summary.
    pub lab: String,
    /// Makes the experiments, in the worker's thread.
    pub make: Make,
    /// Takes what scripts have printed in the thread that calls it.
    pub printed: Printed,
    /// The first lines of the log, again after every restart.
    pub log: Vec<String>,
    /// Where to write, if anywhere.
    pub dirs: Dirs,
    /// Threads that the runs of a race may take; never changes a number.
    pub threads: usize,
    /// Steps after which the runs end at the latest.
    pub limit: Option<u64>,
    /// Train at once and end when done, rather than wait for commands.
    pub headless: bool,
    /// The speed at the start.
    pub speed: Speed,
    /// What paces the runs and tells how long they took.
    pub clock: Clock,
}

/// Where a run is, for a progress bar: cheap to read at any time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Updates made.
    pub step: u64,
    /// Updates until the end; 0 until the experiment is made.
    pub total: u64,
    /// The newest loss; NaN before the first.
    pub loss: f64,
}

/// How one run ended.
#[derive(Debug, Clone)]
pub struct RunOutcome {
    /// Its name; that of the rule for the lab's own.
    pub name: String,
    /// Finished, diverged or failed; anything else was stopped.
    pub status: Status,
    /// The newest evaluation.
    pub epoch: Option<EpochRow>,
    /// What scripts printed.
    pub log: Vec<String>,
}

/// How all ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Of several runs the worst end: failed, then diverged, then any other.
    pub status: Status,
    /// The line of `--json`.
    pub summary: serde_json::Value,
    /// Every run; none if they could not be made.
    pub runs: Vec<RunOutcome>,
    /// In a race, who is ahead.
    pub standing: Option<Standing>,
    /// Of a series, its newest values with their averages, and how many values it has.
    pub series: Option<(SeriesView, u64)>,
    /// Files could not be written.
    pub unwritten: Option<Error>,
}

impl Outcome {
    /// Nothing is known of the runs but why they ended.
    pub fn failed(error: Error) -> Self {
        let summary = failed_summary("");
        Self { status: Status::Failed(error), summary, runs: Vec::new(), standing: None, series: None, unwritten: None }
    }
}

/// Tells those who wait that the thread has ended, whichever way it did.
struct SaysThatItEnded(Arc<Shared>);

impl Drop for SaysThatItEnded {
    fn drop(&mut self) {
        *self.0.done.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.ended.notify_all();
    }
}

/// What both threads see.
pub(super) struct Shared {
    pub slot: Mutex<Option<Arc<Snapshot>>>,
    /// Somebody would take a snapshot.
    pub wanted: AtomicBool,
    /// When it was asked for, and when the last one was taken (0: never), in nanoseconds from the clock's beginning.
    asked: AtomicU64,
    taken: AtomicU64,
    pub clock: Clock,
    /// Commands sent and not yet taken: what the worker looks at between two steps.
    pub waiting: AtomicUsize,
    pub step: AtomicU64,
    pub total: AtomicU64,
    pub loss: AtomicU64,
    pub done: Mutex<bool>,
    pub ended: Condvar,
}

impl Shared {
    pub fn new(clock: Clock) -> Self {
        Self {
            slot: Mutex::default(),
            wanted: AtomicBool::new(true),
            asked: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            clock,
            waiting: AtomicUsize::new(0),
            step: AtomicU64::new(0),
            total: AtomicU64::new(0),
            loss: AtomicU64::new(f64::NAN.to_bits()),
            done: Mutex::default(),
            ended: Condvar::new(),
        }
    }

    /// When the snapshot that is wanted was asked for.
    pub fn asked(&self) -> Moment {
        Moment::after(Duration::from_nanos(self.asked.load(Ordering::Relaxed)))
    }

    /// Puts a snapshot into the slot; one that nobody took is replaced. What was wanted is taken back first: a reader who
    /// comes in between wants one more, which is no harm, where the other way round his wish would be lost.
    pub fn publish(&self, snapshot: Snapshot) {
        self.wanted.store(false, Ordering::Release);
        *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(snapshot));
    }

    /// Empties the slot, and asks for another snapshot unless the last one was taken just before.
    fn latest(&self) -> Option<Arc<Snapshot>> {
        let snapshot = self.slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        let now = u64::try_from(self.clock.now().since_beginning().as_nanos()).unwrap_or(u64::MAX).max(1);
        let last = self.taken.load(Ordering::Relaxed);
        if snapshot.is_some() {
            self.taken.store(now, Ordering::Relaxed);
        }
        let rested = last == 0 || Duration::from_nanos(now - last) >= FRAME;
        if rested && !self.wanted.load(Ordering::Relaxed) {
            self.asked.store(now, Ordering::Relaxed);
            self.wanted.store(true, Ordering::Release);
        }
        snapshot
    }
}

/// A handle on a worker.
pub struct Worker {
    commands: Sender<Command>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Outcome>>,
}

impl Worker {
    /// Starts the thread; errors of the lab's making come as a status.
    pub fn start(start: Start) -> Result<Self> {
        {
            let (headless, lab) = (start.headless, start.lab.clone());
            Self::spawn(start.clock.clone(), move |inbox, shared| match Driver::of(start, inbox, shared) {
                Ok(driver) => driver.work(),
                Err((mut work, error)) => {
                    if !headless {
                        work.show_failure(&error);
                    }
                    Outcome { summary: failed_summary(&lab), ..Outcome::failed(error) }
                }
            })
        }
    }

    fn spawn(
        clock: Clock,
        work: impl FnOnce(Receiver<Command>, Arc<Shared>) -> Outcome + Send + 'static,
    ) -> Result<Self> {
        let (commands, inbox) = channel();
        let shared = Arc::new(Shared::new(clock));
        let seen = shared.clone();
        let thread = std::thread::Builder::new()
            .name("worker".into())
            .stack_size(STACK)
            .spawn(move || {
                let _ended = SaysThatItEnded(seen.clone());
                guard(|| Ok(work(inbox, seen.clone()))).unwrap_or_else(|error| {
                    seen.publish(Snapshot::failed(Status::Failed(error.clone()), Speed::Max));
                    Outcome::failed(error)
                })
            })
            .map_err(|error| Error::fault(format!("cannot start the worker: {error}")))?;
        Ok(Self { commands, shared, thread: Some(thread) })
    }

    /// Asks for something. A worker that has ended does not hear it.
    pub fn send(&self, command: Command) {
        self.shared.waiting.fetch_add(1, Ordering::Release);
        let _ = self.commands.send(command);
    }

    /// Takes the newest snapshot, if there is one that was not taken yet.
    pub fn latest(&self) -> Option<Arc<Snapshot>> {
        self.shared.latest()
    }

    /// Where the run is.
    pub fn progress(&self) -> Progress {
        Progress {
            step: self.shared.step.load(Ordering::Relaxed),
            total: self.shared.total.load(Ordering::Relaxed),
            loss: f64::from_bits(self.shared.loss.load(Ordering::Relaxed)),
        }
    }

    /// The thread has ended.
    pub fn is_done(&self) -> bool {
        *self.shared.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the thread has ended, but no longer than this.
    pub fn wait(&self, most: Duration) {
        let done = self.shared.done.lock().unwrap_or_else(PoisonError::into_inner);
        // Woken early or late, the caller looks again.
        let clock = &self.shared.clock;
        clock.wait_while(&self.shared.ended, done, clock.now() + most, |done| !*done);
    }

    /// Asks the run to end, waits for it, and tells how it ended.
    pub fn finish(mut self) -> Outcome {
        self.send(Command::Quit);
        self.join()
    }

    /// Waits until a headless run ends by itself.
    pub fn join(&mut self) -> Outcome {
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(outcome)) => outcome,
            _ => Outcome::failed(Error::fault("the worker ended unexpectedly")),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.send(Command::Quit);
        }
    }
}
