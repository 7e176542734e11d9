//! Tasks of kind `line`: whether it is the line that is asked for. A student's own edition of the file may have lines more or
//! less: a line counts that says what a right one says.

use std::sync::Arc;

use super::answer::whole;
use super::{passed, recorded};
use crate::error::Source;
use crate::lab::plan::task::{LineTask, TaskPlan};
use crate::snapshot::{Outcome, Verdict};

/// `own` is the student's edition of the file, in which the line was chosen.
pub(super) fn judge(task: &TaskPlan, line: &LineTask, given: &str, own: Option<&Arc<Source>>) -> Verdict {
    let word = given.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c.is_whitespace());
    let source = own.unwrap_or(&line.source);
    let last = source.text.lines().count();
    let number = match whole(word) {
        Some(number) if (1..=last).contains(&number) => number,
        Some(_) => return Verdict::of(Outcome::Error, format!("`{}` has the lines 1 to {last}.", line.file)),
        None => return Verdict::of(Outcome::Error, format!("`{given}` is no line: give its number, as in 14.")),
    };
    let Some(right) = &line.right else { return recorded() };
    let said = |source: &Source, number: usize| {
        source.text.lines().nth(number - 1).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let chosen = said(source, number).filter(|line| !line.is_empty());
    let same_file = source.text == line.source.text;
    let holds = right.iter().any(|right| {
        if same_file { *right == number } else { chosen.is_some() && said(&line.source, *right) == chosen }
    });
    if holds {
        passed(task, format!("Line {number} is it."))
    } else {
        Verdict::of(
            Outcome::Failed,
            format!("Line {number} is not it: read again what is asked, and what each line does."),
        )
    }
}
