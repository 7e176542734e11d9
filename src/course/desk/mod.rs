//! A desk: the tasks of one lab before one student, what is done of them and what is to be judged. It writes progress through
//! its shelf and never touches a run; what is judged is a copy of the files as they stand.

mod change;
mod given_up;
mod print;
mod sheet;
#[cfg(test)]
mod tests;
mod trust;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::draw;
use super::judge::{self, Submitted, Trusted};
use super::labs;
use super::progress::{Kept, LONGEST_ANSWER, Progress};
use super::shelf::Shelf;
use crate::error::{Error, Result, Source, nearest};
use crate::lab::files::read_bounded;
use crate::lab::plan::task::{TaskKind, TaskPlan};
use crate::lab::{Document, Files, Lab, Node, Step};
use crate::snapshot::{TaskState, TasksSeen, Verdict};
use change::Change;
pub use given_up::Measuring;
use print::{files_of, print};
use trust::{shipped, trusted};

/// The largest lab file that is read again after it was saved.
const LIMIT: u64 = 256 << 10;

/// The tasks of a lab before a student.
pub struct Desk {
    /// What is asked and how it is judged.
    trusted: Arc<Lab>,
    /// It is the binary's, so that the student's files begin as its own.
    is_shipped: bool,
    /// Where the student's files are found.
    own: Files,
    opened_by: String,
    /// The text of the student's lab file.
    text: Arc<Source>,
    /// The student's files that tasks name, by the names that the lab has for them.
    files: Vec<(String, Arc<Source>)>,
    /// What tasks would have been judged of when the lab was opened.
    given: BTreeMap<String, u64>,
    /// What they are judged of in the files that the student was given, where the working folder knows them.
    handed_out: BTreeMap<String, u64>,
    shelf: Shelf,
    student: String,
    progress: Progress,
    /// What could not be written yet.
    pending: Vec<(String, Change)>,
    unsaved: Option<String>,
    next: Option<(String, String)>,
    /// What was handed out to be judged and has not come back, by what it was judged of.
    asked: RefCell<BTreeMap<String, u64>>,
    /// What came of it last, with what it was judged of.
    judged: BTreeMap<String, (u64, Verdict)>,
    /// The answers of measures that were given up, as far as they were worked out; none where no run gives one.
    measured: BTreeMap<String, Option<f64>>,
}

/// An answer, or files as they stand, that can be judged anywhere: in another thread, while the student's run goes on.
#[derive(Debug)]
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
    /// The tasks of a lab that was opened by a path or an id; hidden ones are not among them. Progress that cannot be read
    /// is told by [`TasksSeen::unsaved`], and never written over.
    pub fn open(lab: &Lab, opened_by: &str, shelf: Shelf) -> Self {
        let trusted = trusted(lab);
        let language = lab.written.overrides.language.as_deref();
        Self::of(trusted, lab.written.source.clone(), (lab.files().clone(), language), opened_by, shelf)
    }

    /// The tasks of a lab that ships, of which the student's edition is a file that makes no lab: a script that is not
    /// finished yet can be judged all the same. None where the file has no id of a lab that ships.
    pub fn open_broken(opened_by: &str, shelf: Shelf) -> Option<Self> {
        let document = read_bounded(opened_by, LIMIT).and_then(|bytes| Document::read(opened_by, &bytes)).ok()?;
        let Some(Node::Str(id)) = document.node(&[Step::from("id")]) else { return None };
        let trusted = shipped(id)?;
        let files = Files::beside(Path::new(opened_by)).ok()?;
        Some(Self::of((trusted, true), document.source().clone(), (files, None), opened_by, shelf))
    }

    fn of(
        (trusted, is_shipped): (Lab, bool),
        text: Arc<Source>,
        (own, language): (Files, Option<&str>),
        opened_by: &str,
        shelf: Shelf,
    ) -> Self {
        let (progress, unsaved) = match shelf.read() {
            Ok(progress) => (progress, None),
            Err(error) => (Progress::default(), Some(error.to_string())),
        };
        let mut desk = Self {
            student: shelf.student(&progress),
            next: labs::after(opened_by, &trusted.id, language),
            trusted: Arc::new(trusted),
            is_shipped,
            own,
            opened_by: opened_by.to_owned(),
            text,
            files: Vec::new(),
            given: BTreeMap::new(),
            handed_out: BTreeMap::new(),
            shelf,
            progress,
            pending: Vec::new(),
            unsaved,
            asked: RefCell::default(),
            judged: BTreeMap::new(),
            measured: BTreeMap::new(),
        };
        desk.read_files();
        desk.given = desk.prints();
        desk.handed_out = desk.kept_prints();
        desk.measure_given_up();
        desk
    }

    /// The tasks as they stand.
    pub fn seen(&self) -> TasksSeen {
        let sheet = sheet::Sheet { lab: &self.trusted, student: &self.student };
        let tasks = self.tasks().map(|task| {
            let kept = self.kept(&task.id);
            let mut seen = sheet.seen(task, &kept, self.measured.get(&task.id).copied());
            // Of a file that is again as it was handed out, what came of another text says nothing.
            let said = self.judged.get(&task.id).filter(|(of, _)| {
                !self.is_judged_by_files(&task.id) || *of == self.print_of(task) || !self.is_as_handed_out(task)
            });
            seen.verdict = said.map(|(_, verdict)| verdict.clone());
            seen.edited = seen.verdict.is_some() && self.is_edited(task);
            seen.judging = self.asked.borrow().contains_key(&task.id);
            seen
        });
        TasksSeen {
            tasks: tasks.collect(),
            learnt: self.trusted.learnt.clone(),
            next: self.next.clone(),
            unsaved: self.unsaved.clone(),
        }
    }

    /// The id of the lab, under which progress is kept.
    pub fn lab(&self) -> &str {
        &self.trusted.id
    }

    /// The student by whose name numbers are drawn; empty if there is none.
    pub fn student(&self) -> &str {
        &self.student
    }

    /// Where progress is kept.
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// A task is judged by the files as they stand, and is not answered.
    pub fn is_judged_by_files(&self, id: &str) -> bool {
        self.task(id).is_ok_and(|task| matches!(task.kind, TaskKind::Goal(_) | TaskKind::Script(_)))
    }

    /// One hint more is shown.
    ///
    /// # Errors
    /// There is no such task or no further hint, or progress cannot be written.
    pub fn hint(&mut self, id: &str) -> Result<()> {
        let task = self.task(id)?;
        if self.kept(id).hints >= task.hints.len() as u64 {
            return Err(Error::user(match task.hints.len() {
                0 => "this task has no hints".to_owned(),
                all => format!("there is no further hint; all {all} are shown"),
            }));
        }
        self.keep(id, Change::Hint)
    }

    /// A task is given up: its answer is shown, and it brings no points any more.
    ///
    /// # Errors
    /// There is no such task, it is solved or was given up, or progress cannot be written.
    pub fn give_up(&mut self, id: &str) -> Result<()> {
        self.task(id)?;
        match self.kept(id).state() {
            TaskState::Solved => return Err(Error::user("this task is solved already")),
            TaskState::GivenUp => return Err(Error::user("this task was given up already")),
            TaskState::Open | TaskState::Recorded => {}
        }
        self.judged.remove(id);
        self.asked.borrow_mut().remove(id);
        let kept = self.keep(id, Change::GivenUp { at: self.shelf.now() });
        self.measure_given_up();
        kept
    }

    /// An answer, or the files as they stand, ready to be judged. What is handed out is taken to be on its way until it is
    /// recorded; where the same task is handed out again before that, only the verdict of the newest is to be recorded.
    ///
    /// # Errors
    /// There is no such task, it was given up, or the answer is too long.
    pub fn judging(&self, id: &str, answer: Option<&str>) -> Result<Judging> {
        let task = self.task(id)?;
        if self.kept(id).state() == TaskState::GivenUp {
            return Err(Error::user("this task was given up: its answer is shown"));
        }
        if answer.is_some_and(|answer| answer.chars().count() > LONGEST_ANSWER) {
            return Err(Error::user(format!("an answer has at most {LONGEST_ANSWER} characters")));
        }
        self.asked.borrow_mut().insert(id.to_owned(), self.print_of(task));
        let submitted =
            Submitted { answer: answer.map(str::to_owned), lab: Some(self.text.clone()), files: self.files.clone() };
        Ok(Judging { trusted: self.trusted.clone(), student: self.student.clone(), task: task.clone(), submitted })
    }

    /// Keeps what came of judging: what is solved stays solved, and points only become more.
    ///
    /// # Errors
    /// There is no such task, or progress cannot be written: [`TasksSeen::unsaved`] then tells so, and it is written with
    /// the next change.
    pub fn record(&mut self, id: &str, answer: Option<&str>, verdict: &Verdict) -> Result<()> {
        let task = self.task(id)?;
        let print = self.print_of(task);
        let answer = answer.map(|answer| match &task.kind {
            TaskKind::Question(question) => {
                judge::answer::kept(question, answer, &draw::order(&self.trusted.id, task, &self.student))
            }
            _ => answer.trim().to_owned(),
        });
        let of = self.asked.borrow_mut().remove(id).unwrap_or(print);
        if self.kept(id).state() == TaskState::GivenUp {
            return Ok(());
        }
        self.judged.insert(id.to_owned(), (of, verdict.clone()));
        let at = self.shelf.now();
        let change = Change::Judged { answer, outcome: verdict.outcome, points: verdict.points, at };
        // An answer that could not be read, or files judged again to no other end, leave everything as it is.
        let mut after = self.kept(id);
        let before = after.clone();
        change.apply(&mut after);
        if after == before { Ok(()) } else { self.keep(id, change) }
    }

    /// Files of the lab were saved, and this is what they make.
    pub fn take_up(&mut self, lab: &Lab) {
        self.own = lab.files().clone();
        self.text = lab.written.source.clone();
        if !self.is_shipped {
            let (trusted, is_shipped) = trusted(lab);
            (self.trusted, self.is_shipped) = (Arc::new(trusted), is_shipped);
        }
        self.read_files();
    }

    /// Files of the lab were saved that make no lab: they are judged as they stand all the same, since a script may be asked
    /// for that the lab itself cannot run yet.
    pub fn saved(&mut self) {
        if Path::new(&self.opened_by).is_file()
            && let Ok(document) =
                read_bounded(&self.opened_by, LIMIT).and_then(|bytes| Document::read(&self.opened_by, &bytes))
        {
            self.text = document.source().clone();
        }
        self.read_files();
    }

    /// The open tasks of kind `goal` and `script` whose files differ from what was judged last, and from what the student was
    /// given.
    pub fn to_judge(&self) -> Vec<String> {
        let asked = self.asked.borrow();
        let due = self.tasks().filter(|task| {
            let by_files = matches!(task.kind, TaskKind::Goal(_) | TaskKind::Script(_));
            let open = self.kept(&task.id).state() == TaskState::Open;
            if !by_files || !open || self.is_as_handed_out(task) {
                return false;
            }
            let print = self.print_of(task);
            let known = asked.get(&task.id).or_else(|| self.judged.get(&task.id).map(|(print, _)| print));
            known != Some(&print)
        });
        due.map(|task| task.id.clone()).collect()
    }

    fn tasks(&self) -> impl Iterator<Item = &TaskPlan> {
        self.trusted.tasks.iter().filter(|task| !task.hidden)
    }

    /// A task that is shown, by its id.
    ///
    /// # Errors
    /// There is none: the nearest id is named.
    pub fn task(&self, id: &str) -> Result<&TaskPlan> {
        self.tasks().find(|task| task.id == id).ok_or_else(|| {
            let names: Vec<&str> = self.tasks().map(|task| task.id.as_str()).collect();
            let error = Error::user(format!("`{}` has no task `{id}`", self.trusted.id));
            match nearest(id, names.iter().copied()) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None if names.is_empty() => error.help("this lab asks nothing"),
                None => error.help(format!("its tasks are {}", names.join(", "))),
            }
        })
    }

    fn kept(&self, id: &str) -> Kept {
        self.progress.of(&self.trusted.id, id).cloned().unwrap_or_default()
    }

    /// Changes what is kept of a task, with all that could not be written before.
    fn keep(&mut self, id: &str, change: Change) -> Result<()> {
        self.pending.push((id.to_owned(), change));
        let apply = |progress: &mut Progress| {
            for (id, change) in &self.pending {
                let mut kept = progress.of(&self.trusted.id, id).cloned().unwrap_or_default();
                change.apply(&mut kept);
                progress.set(&self.trusted.id, id, kept);
            }
        };
        match self.shelf.update(apply) {
            Ok(progress) => {
                (self.progress, self.unsaved) = (progress, None);
                self.pending.clear();
                Ok(())
            }
            Err(error) => {
                if let Some((id, change)) = self.pending.last() {
                    let mut kept = self.kept(id);
                    change.apply(&mut kept);
                    self.progress.set(&self.trusted.id, id, kept);
                }
                self.unsaved = Some(error.to_string());
                Err(error)
            }
        }
    }

    /// Reads the files that tasks name as the student has them now; one that is not there is not handed in.
    fn read_files(&mut self) {
        let mut files: Vec<(String, Arc<Source>)> = Vec::new();
        for name in self.tasks().flat_map(files_of) {
            if files.iter().all(|(own, _)| own != name)
                && let Ok(source) = self.own.text_named(name)
            {
                files.push((name.to_owned(), source));
            }
        }
        self.files = files;
    }

    /// What a task is judged of, as a number.
    fn print_of(&self, task: &TaskPlan) -> u64 {
        print(task, &self.text, |name| self.files.iter().find(|(own, _)| own == name).map(|(_, text)| text.clone()))
    }
}
