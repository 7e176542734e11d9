//! What of a student's files a task is judged of: two editions that differ in nothing else are not judged twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Desk;
use crate::error::Source;
use crate::lab::Lab;
use crate::lab::plan::task::{Goal, LineTask, ScriptTask, TaskKind, TaskPlan};
use crate::random::hash;

impl Desk {
    /// What all tasks are judged of now.
    pub(super) fn prints(&self) -> BTreeMap<String, u64> {
        self.tasks().map(|task| (task.id.clone(), self.print_of(task))).collect()
    }

    /// The student has changed what a task is judged of: it differs from what was given, or, in a lab that is the student's
    /// own, from what was there when it was opened.
    pub(super) fn is_edited(&self, task: &TaskPlan) -> bool {
        let given = if self.is_shipped { Some(self.starter_of(task)) } else { self.given.get(&task.id).copied() };
        given != Some(self.print_of(task))
    }
}

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
