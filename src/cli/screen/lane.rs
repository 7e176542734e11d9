//! A thread that judges one thing after another beside the screen; of several for one task the newest is judged.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender};

use crate::course::desk::{Judging, Measuring};
use crate::error::{Error, Result};
use crate::session::STACK;
use crate::snapshot::{Outcome, Verdict};

/// Something to judge.
pub(super) struct Job {
    /// The task.
    pub id: String,
    /// Which job it is.
    pub number: u64,
    /// The answer; none where files are judged.
    pub answer: Option<String>,
    /// What is done.
    pub work: Work,
}

/// What is done with a task.
pub(super) enum Work {
    /// It is judged.
    Judge(Box<Judging>),
    /// The answer of one that was given up is worked out.
    Measure(Measuring),
}

/// What comes of it.
pub(super) enum Came {
    /// How it was judged.
    Verdict(Verdict),
    /// The right number, if a run gives one.
    Right(Option<f64>),
}

/// What came of it.
pub(super) struct Judged {
    pub id: String,
    pub number: u64,
    pub answer: Option<String>,
    pub came: Came,
}

/// The thread, which ends when this is dropped and the job in hand is done; nobody waits for that.
pub(super) struct Lane {
    jobs: Sender<Job>,
}

impl Lane {
    /// Starts one that tells its verdicts there. That no thread can be had is told by the first job.
    pub fn start(verdicts: &Sender<Judged>) -> Self {
        let (jobs, taken) = mpsc::channel();
        let verdicts = verdicts.clone();
        // Judging runs scripts, which recurse. Without a thread the other end is gone with the closure.
        let _ =
            std::thread::Builder::new().name("judging".into()).stack_size(STACK).spawn(move || work(&taken, &verdicts));
        Self { jobs }
    }

    /// Takes a job; it is judged when those before it are.
    ///
    /// # Errors
    /// There is no thread.
    pub fn take(&self, job: Job) -> Result<()> {
        let lost = |_| Error::fault("the thread that judges is gone").help("leave the lab and open it again");
        self.jobs.send(job).map_err(lost)
    }
}

fn work(jobs: &Receiver<Job>, verdicts: &Sender<Judged>) {
    let mut waiting: VecDeque<Job> = VecDeque::new();
    loop {
        if waiting.is_empty() {
            let Ok(job) = jobs.recv() else { return };
            waiting.push_back(job);
        }
        while let Ok(job) = jobs.try_recv() {
            waiting.retain(|older| older.id != job.id);
            waiting.push_back(job);
        }
        let Some(Job { id, number, answer, work }) = waiting.pop_front() else { continue };
        let came = match work {
            Work::Judge(judging) => {
                Came::Verdict(catch_unwind(AssertUnwindSafe(|| judging.judge())).unwrap_or_else(|_| {
                    Verdict::of(Outcome::Error, "optlab panicked while it judged this: that is a fault of optlab's.")
                }))
            }
            Work::Measure(measuring) => {
                Came::Right(catch_unwind(AssertUnwindSafe(|| measuring.measure())).unwrap_or_default())
            }
        };
        if verdicts.send(Judged { id, number, answer, came }).is_err() {
            return;
        }
    }
}
