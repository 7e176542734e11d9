//! What of a student's files a task is judged of: two editions that differ in nothing else are not judged twice.

use std::sync::Arc;

use crate::error::Source;
use crate::lab::Lab;
use crate::lab::plan::task::{Goal, LineTask, ScriptTask, TaskKind, TaskPlan};
use crate::random::hash;

/// The files that a task names.
pub(super) fn files_of(task: &TaskPlan) -> Vec<&str> {
    match &task.kind {
        TaskKind::Goal(Goal { files, .. }) => files.iter().map(String::as_str).collect(),
        TaskKind::Script(ScriptTask { file, .. }) | TaskKind::Line(LineTask { file, .. }) => vec![file],
        _ => Vec::new(),
    }
}

/// What a task is judged of, as a number: the keys of the lab that count, and the texts of its files.
pub(super) fn print(task: &TaskPlan, lab: &Source, text: impl Fn(&str) -> Option<Arc<Source>>) -> u64 {
    let mut parts = Vec::new();
    if let TaskKind::Goal(goal) = &task.kind {
        parts.push(Lab::said_at(lab, &goal.edit));
    }
    parts.extend(files_of(task).into_iter().map(|name| text(name).map_or_else(String::new, |file| file.text.clone())));
    hash(&parts.join("\u{0}"))
}
