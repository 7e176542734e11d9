//! What happens to what is kept of a task. Changes are applied to what the file says at the moment of writing, which another
//! session may have changed: so none takes anything back.

use crate::course::progress::Kept;
use crate::snapshot::{Outcome, TaskState};

/// A change.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// One hint more was shown.
    Hint,
    /// It was given up.
    GivenUp { at: String },
    /// It was judged.
    Judged { answer: Option<String>, outcome: Outcome, points: f64, at: String },
}

impl Change {
    /// Changes what is kept.
    pub fn apply(&self, kept: &mut Kept) {
        match self {
            Self::Hint => kept.hints += 1,
            Self::GivenUp { at } => {
                if kept.state() != TaskState::Solved {
                    kept.given_up.get_or_insert_with(|| at.clone());
                    kept.points = 0.0;
                }
            }
            Self::Judged { outcome: Outcome::Error, .. } => {}
            Self::Judged { answer, outcome, points, at } => {
                let before = kept.state();
                if matches!(before, TaskState::Solved | TaskState::GivenUp) {
                    return;
                }
                kept.tries += 1;
                kept.points = kept.points.max(*points);
                if answer.is_some() {
                    kept.answer.clone_from(answer);
                }
                match outcome {
                    Outcome::Passed => kept.done = Some(at.clone()),
                    Outcome::Recorded => kept.recorded = Some(at.clone()),
                    Outcome::Failed | Outcome::Error => {}
                }
            }
        }
    }
}

impl Kept {
    /// Where the task stands.
    pub fn state(&self) -> TaskState {
        match self {
            Self { done: Some(_), .. } => TaskState::Solved,
            Self { given_up: Some(_), .. } => TaskState::GivenUp,
            Self { recorded: Some(_), .. } => TaskState::Recorded,
            _ => TaskState::Open,
        }
    }
}
