//! The worker: a thread that owns a run. Commands come in; the newest snapshot lies in a slot for whoever takes it.
//!
//! It never waits for a reader: a snapshot is made only when the last one was taken, at most 30 times a second and at
//! every change of state, so training costs nothing when nobody looks. It is the reader who holds to the 30 and who
//! tells the time of asking: between two steps the worker looks at flags, not at the clock. The stack is large because scripts may recurse.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::work::Driver;
use crate::clock::{Clock, Moment};
use crate::error::{Error, Result};
use crate::run::{Command, Obeyed, Outcome, Progress, Stage, Start, failed_summary, guard};
use crate::snapshot::{Snapshot, Speed, Status};
use crate::train::STACK;

/// The shortest time between two snapshots that are asked for.
const FRAME: Duration = Duration::from_millis(33);

/// How many commands are remembered that nobody has asked for.
const REMEMBERED: usize = 256;

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
    /// A [`Stage`] as a number.
    pub stage: AtomicU8,
    /// On how many seeds a race is done, and how many there are; 0 of any other lab.
    pub seeds: [AtomicUsize; 2],
    /// The commands that were obeyed last, oldest first, for who asks where the run stood.
    pub journal: Mutex<VecDeque<Obeyed>>,
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
            stage: AtomicU8::new(Stage::Going as u8),
            seeds: [AtomicUsize::new(0), AtomicUsize::new(0)],
            journal: Mutex::default(),
            done: Mutex::default(),
            ended: Condvar::new(),
        }
    }

    /// Notes a command that was obeyed.
    pub fn note(&self, obeyed: Obeyed) {
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        if journal.len() == REMEMBERED {
            journal.pop_front();
        }
        journal.push_back(obeyed);
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
    sent: AtomicU64,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Outcome>>,
}

impl Worker {
    /// Starts the thread; errors of the lab's making come as a status.
    pub fn start(start: Start) -> Result<Self> {
        {
            let (headless, lab) = (start.headless, start.lab.clone());
            Self::spawn(start.clock.clone(), move |inbox, shared, wake| {
                match Driver::of(start, inbox, shared, Some(wake)) {
                    Ok(driver) => driver.work(),
                    Err((mut work, error)) => {
                        if !headless {
                            work.show_failure(&error);
                        }
                        Outcome { summary: failed_summary(&lab), ..Outcome::failed(error) }
                    }
                }
            })
        }
    }

    fn spawn(
        clock: Clock,
        work: impl FnOnce(Receiver<Command>, Arc<Shared>, Sender<Command>) -> Outcome + Send + 'static,
    ) -> Result<Self> {
        let (commands, inbox) = channel();
        let shared = Arc::new(Shared::new(clock));
        let (seen, wake) = (shared.clone(), commands.clone());
        let thread = std::thread::Builder::new()
            .name("worker".into())
            .stack_size(STACK)
            .spawn(move || {
                let _ended = SaysThatItEnded(seen.clone());
                guard(|| Ok(work(inbox, seen.clone(), wake))).unwrap_or_else(|error| {
                    seen.publish(Snapshot::failed(Status::Failed(error.clone()), Speed::Max));
                    Outcome::failed(error)
                })
            })
            .map_err(|error| Error::fault(format!("cannot start the worker: {error}")))?;
        Ok(Self { commands, sent: AtomicU64::new(0), shared, thread: Some(thread) })
    }

    /// Asks for something. A worker that has ended does not hear it.
    pub fn send(&self, command: Command) {
        self.shared.waiting.fetch_add(1, Ordering::Release);
        self.sent.fetch_add(1, Ordering::Relaxed);
        let _ = self.commands.send(command);
    }

    /// How many commands were sent.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// The commands that were obeyed since this was asked last, oldest first: at most 256.
    pub fn obeyed(&self) -> Vec<Obeyed> {
        self.shared.journal.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect()
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
            seeds: Some(self.shared.seeds.each_ref().map(|count| count.load(Ordering::Relaxed)).into())
                .filter(|(_, count)| *count > 0),
            stage: Stage::ALL[usize::from(self.shared.stage.load(Ordering::Relaxed))],
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
