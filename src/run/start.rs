//! How the runs of a lab begin, where they are on their way, and how they end: what is handed to those who drive them and
//! what is handed back.

use super::artifacts::{Dirs, failed_summary};
use super::edited::{Edition, Reopen};
use super::race::Printed;
use super::runs::Experiments;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::snapshot::{EpochRow, Seeds, SeriesView, Speed, Standing, Status, TestResult};

/// Makes what the runs of a lab are made of anew; with another seed than the lab's if one is given.
pub type Make = Box<dyn FnMut(Option<u64>) -> Result<Experiments> + Send>;

/// How a worker begins.
pub struct Start {
    /// The lab's id, for the summary.
    pub lab: String,
    /// Makes the experiments, in the worker's thread.
    pub edition: Edition,
    /// Opens other editions of the lab, for checkpoints that were made after an edit; none for runs made by hand.
    pub reopen: Option<Reopen>,
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
    /// Of a race on several seeds, on how many it is done, and how many there are.
    pub seeds: Option<(usize, usize)>,
    /// How far along they are.
    pub stage: Stage,
}

/// How far along runs are, as far as an edit of their lab asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Stage {
    /// They wait at step 0, and nothing was ever done to them.
    Untouched,
    /// They can go on.
    Going,
    /// They are over.
    Over,
}

impl Stage {
    /// All of them, in their order.
    pub const ALL: [Self; 3] = [Self::Untouched, Self::Going, Self::Over];
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
    /// The test part, if the run has come to an end and there is one.
    pub test: Option<TestResult>,
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
    /// Of a race on several seeds, what came out on them.
    pub seeds: Option<Seeds>,
    /// Of a series, its newest values with their averages, and how many values it has.
    pub series: Option<(SeriesView, u64)>,
    /// Files could not be written.
    pub unwritten: Option<Error>,
}

impl Outcome {
    /// Nothing is known of the runs but why they ended.
    pub fn failed(error: Error) -> Self {
        let summary = failed_summary("");
        Self {
            status: Status::Failed(error),
            summary,
            runs: Vec::new(),
            standing: None,
            seeds: None,
            series: None,
            unwritten: None,
        }
    }
}
