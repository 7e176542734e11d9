//! What goes between the grader and the process in which a submission is judged: one job in, as JSON until the end of the
//! input; lines of JSON out, one when a task begins and one when it is judged.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Source, scrub};
use crate::snapshot::{Outcome, Verdict};

/// The most characters of a message that are taken from the process.
const MESSAGE: usize = 1200;
/// The most characters of a further line, and the most of them.
const DETAIL: usize = 400;
const DETAILS: usize = 12;

/// What is to be judged, in order.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Job {
    /// The texts of the labs of a key, by their paths.
    pub labs: BTreeMap<String, String>,
    /// The tasks.
    pub units: Vec<Unit>,
}

/// A task with what one student has handed in for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Unit {
    /// The id of a lab of the binary, or the path of one of a key.
    pub lab: String,
    /// It is one of the binary.
    pub shipped: bool,
    /// The task's id.
    pub task: String,
    /// The student, by whose name numbers are drawn.
    pub student: String,
    /// The answer.
    pub answer: Option<String>,
    /// The student's lab file.
    pub document: Option<Arc<Source>>,
    /// The student's files, by the names that the lab has for them.
    pub files: Vec<(String, Arc<Source>)>,
    /// Part of the task is hidden: what its student may see is judged once more by itself.
    pub hidden: bool,
}

/// A line of the process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Line {
    /// The unit of this number begins.
    Begin(usize),
    /// It was judged.
    Done(usize, Judged),
}

/// What came of a unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Judged {
    /// With all that is hidden: for the grader.
    pub whole: Told,
    /// Without it: for the student; none where nothing is hidden.
    pub shown: Option<Told>,
}

/// A verdict as it is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Told {
    /// How it came out.
    pub came: Came,
    /// Points.
    pub points: f64,
    /// A sentence or two.
    pub message: String,
    /// Further lines.
    pub details: Vec<String>,
    /// By how much a goal was met or missed.
    pub margin: Option<f64>,
    /// It could not be judged by a fault of the grader, not of what was handed in.
    #[serde(default)]
    pub fault: bool,
}

/// How a unit came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Came {
    /// Right in full.
    Passed,
    /// Not in full.
    Failed,
    /// It could not be judged.
    Error,
    /// Nobody but a person can judge it.
    Recorded,
}

impl Told {
    /// One that could not be judged.
    pub(super) fn error(message: impl Into<String>) -> Self {
        let message = message.into();
        Self { came: Came::Error, points: 0.0, message, details: Vec::new(), margin: None, fault: false }
    }

    /// One that the grader itself failed at.
    pub(super) fn fault(message: impl Into<String>) -> Self {
        Self { fault: true, ..Self::error(message) }
    }

    /// A verdict, cut to what a report holds and to the points that there are.
    pub(super) fn of(verdict: &Verdict, most: f64) -> Self {
        let came = match verdict.outcome {
            Outcome::Passed => Came::Passed,
            Outcome::Failed => Came::Failed,
            Outcome::Error => Came::Error,
            Outcome::Recorded => Came::Recorded,
        };
        // A sum of nothing is -0.
        let points = if verdict.points.is_finite() { verdict.points.clamp(0.0, most) + 0.0 } else { 0.0 };
        let details = verdict.details.iter().take(DETAILS).map(|line| cut(line, DETAIL)).collect();
        let margin = verdict.margin.filter(|margin| margin.is_finite());
        Self { came, points, message: cut(&verdict.message, MESSAGE), details, margin, fault: false }
    }
}

fn cut(text: &str, most: usize) -> String {
    let text = scrub(text);
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}
