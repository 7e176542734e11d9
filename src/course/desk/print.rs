//! What of a student's files a task is judged of: two editions that differ in nothing else are not judged twice.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::Desk;
use crate::course::working_folder::given::KEPT;
use crate::error::Source;
use crate::lab::files::{TEXT_LIMIT, read_bounded, working_folder_of};
use crate::lab::plan::task::{Goal, LineTask, ScriptTask, TaskKind, TaskPlan};
use crate::lab::{Document, Files, Lab};
use crate::random::hash;

impl Desk {
    /// What all tasks are judged of now.
    pub(super) fn prints(&self) -> BTreeMap<String, u64> {
        self.tasks().map(|task| (task.id.clone(), self.print_of(task))).collect()
    }

    /// What the task of this id is judged of has been changed since it was given, or since the lab was opened.
    pub fn has_edited(&self, id: &str) -> bool {
        self.task(id).is_ok_and(|task| self.is_edited(task))
    }

    /// The student has changed what a task is judged of: it differs from what was given, or, in a lab that is the student's
    /// own, from what was there when it was opened.
    pub(super) fn is_edited(&self, task: &TaskPlan) -> bool {
        let given = self.handed_out(task).or_else(|| self.given.get(&task.id).copied());
        given != Some(self.print_of(task))
    }

    /// What a task is judged of is what the student was given: there is nothing to say of it. False where nobody knows that.
    pub(super) fn is_as_handed_out(&self, task: &TaskPlan) -> bool {
        self.handed_out(task) == Some(self.print_of(task))
    }

    /// What a task is judged of in the files that the student was given, where they are known: of a lab that ships, or of a
    /// course that the working folder was made of.
    fn handed_out(&self, task: &TaskPlan) -> Option<u64> {
        if self.is_shipped {
            return Some(print(task, &self.trusted.written.source, |name| self.trusted.text_of(name).ok()));
        }
        self.handed_out.get(&task.id).copied()
    }

    /// The same of all tasks, by the copy that the working folder keeps of its course.
    pub(super) fn kept_prints(&self) -> BTreeMap<String, u64> {
        let kept = || {
            let lab = Path::new(&self.opened_by).canonicalize().ok()?;
            let root = working_folder_of(lab.parent()?)?;
            let kept = root.join(KEPT).join(lab.strip_prefix(root).ok()?);
            let text = read_bounded(&kept.display().to_string(), TEXT_LIMIT).ok()?;
            let document = Document::read(&kept.display().to_string(), &text).ok()?;
            Some((document.source().clone(), Files::beside(&kept).ok()?))
        };
        let Some((text, files)) = kept() else { return BTreeMap::new() };
        let of = |task: &TaskPlan| print(task, &text, |name| files.text_named(name).ok());
        self.tasks().map(|task| (task.id.clone(), of(task))).collect()
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
