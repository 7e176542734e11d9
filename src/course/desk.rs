//! A desk: the tasks of one lab before one student, what is done of them and what is to be judged. It writes progress through
//! its shelf and never touches a run.

use std::sync::Arc;

use super::judge::{self, Submitted, Trusted};
use super::shelf::Shelf;
use crate::error::{Error, Result};
use crate::lab::Lab;
use crate::lab::plan::task::TaskPlan;
use crate::snapshot::{TasksSeen, Verdict};

/// The tasks of a lab before a student.
pub struct Desk {
    trusted: Arc<Lab>,
    shelf: Shelf,
}

/// An answer, or files as they stand, that can be judged anywhere: in another thread, while the student's run goes on.
pub struct Judging {
    trusted: Arc<Lab>,
    student: String,
    task: TaskPlan,
    submitted: Submitted,
}

impl Judging {
    /// What it is worth.
    pub fn judge(self) -> Verdict {
        let trusted = Trusted { lab: &self.trusted, student: &self.student, hidden: false };
        judge::judge(&trusted, &self.task, &self.submitted)
    }
}

impl Desk {
    /// The tasks of a lab that was opened by a path or an id; hidden ones are not among them.
    pub fn open(lab: &Lab, _opened_by: &str, shelf: Shelf) -> Self {
        Self { trusted: Arc::new(lab.clone()), shelf }
    }

    /// The tasks as they stand.
    pub fn seen(&self) -> TasksSeen {
        TasksSeen { learnt: self.trusted.learnt.clone(), ..TasksSeen::default() }
    }

    /// One hint more is shown.
    ///
    /// # Errors
    /// There is no such task, or no further hint.
    pub fn hint(&mut self, id: &str) -> Result<()> {
        self.task(id).map(drop)
    }

    /// A task is given up: its answer is shown, and it brings no points any more.
    ///
    /// # Errors
    /// There is no such task, or it is not open.
    pub fn give_up(&mut self, id: &str) -> Result<()> {
        self.task(id).map(drop)
    }

    /// An answer, or the files as they stand, ready to be judged.
    ///
    /// # Errors
    /// There is no such task, or it was given up.
    pub fn judging(&self, id: &str, answer: Option<&str>) -> Result<Judging> {
        let task = self.task(id)?.clone();
        let submitted = Submitted { answer: answer.map(str::to_owned), ..Submitted::default() };
        let student = self.shelf.read()?.student;
        Ok(Judging { trusted: self.trusted.clone(), student, task, submitted })
    }

    /// Keeps what came of judging.
    ///
    /// # Errors
    /// Progress cannot be written.
    pub fn record(&mut self, id: &str, _answer: Option<&str>, _verdict: &Verdict) -> Result<()> {
        self.task(id).map(drop)
    }

    /// Files of the lab were saved.
    pub fn take_up(&mut self, _lab: &Lab) {}

    /// The open tasks of kind `goal` and `script` whose files differ from what was judged last.
    pub fn to_judge(&self) -> Vec<String> {
        Vec::new()
    }

    fn task(&self, id: &str) -> Result<&TaskPlan> {
        let mut tasks = self.trusted.tasks.iter().filter(|task| !task.hidden);
        tasks.find(|task| task.id == id).ok_or_else(|| Error::user(format!("there is no task `{id}`")))
    }
}
