//! What was handed in, judged. It is what [`judge`] says, but for one thing that a hand-in cannot tell: in which edition of
//! its file a line was chosen.

use crate::course::judge::{Submitted, Trusted, judge};
use crate::lab::plan::task::{TaskKind, TaskPlan};
use crate::snapshot::Verdict;

/// What a task is worth. A line may have been chosen in the file as it was handed out, before it was edited: it is right if it
/// is in either.
pub fn judged(trusted: &Trusted<'_>, task: &TaskPlan, submitted: &Submitted) -> Verdict {
    if matches!(task.kind, TaskKind::Line(_)) && !submitted.files.is_empty() {
        let handed_out = Submitted { answer: submitted.answer.clone(), ..Submitted::default() };
        let verdict = judge(trusted, task, &handed_out);
        if verdict.passed() {
            return verdict;
        }
    }
    judge(trusted, task, submitted)
}
