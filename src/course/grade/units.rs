//! What there is to judge of each submission, and what of it is the same: a task whose answer and files equal another's is
//! judged once, in the process of the first that has it.

use std::collections::HashSet;
use std::sync::Arc;

use super::job::{Job, Unit};
use crate::course::course_labs::{Course, CourseLab, edits_lab, files_of, has_hidden, is_of_files};
use crate::course::digest::Digest;
use crate::course::hand_in::{HandIn, LabFiles};
use crate::error::Source;
use crate::lab::plan::task::{Form, Question, TaskKind, TaskPlan};

/// What is to be done for each task of a submission, in the order of the course.
#[derive(Debug)]
pub(super) struct Planned {
    /// One for each task.
    pub tasks: Vec<Todo>,
}

/// What is to be done for a task.
#[derive(Debug)]
pub(super) enum Todo {
    /// Nothing was handed in.
    Open,
    /// It was given up.
    GivenUp,
    /// A person reads it.
    ByHand,
    /// What was handed in cannot be read.
    Unreadable(String),
    /// It is judged; the key is the same for equal contents.
    Judge(String, Box<Unit>),
}

/// The jobs of all submissions, each with the keys of its units.
pub(super) struct Jobs {
    pub jobs: Vec<Job>,
    pub keys: Vec<Vec<String>>,
}

/// What there is to judge of a submission.
pub(super) fn plan(hand_in: &HandIn, course: &Course) -> Planned {
    let of_lab = |lab| course_tasks(lab).map(move |task| todo(hand_in, lab, task));
    Planned { tasks: course.labs.iter().flat_map(of_lab).collect() }
}

fn course_tasks(lab: &CourseLab) -> impl Iterator<Item = &TaskPlan> {
    lab.lab.tasks.iter()
}

fn todo(hand_in: &HandIn, lab: &CourseLab, task: &TaskPlan) -> Todo {
    if let Some(why) = &hand_in.refused {
        return Todo::Unreadable(format!("refused: {why}"));
    }
    let answers = hand_in.answers.as_ref();
    let given = answers.ok().and_then(|answers| answers.of(&lab.lab.id, &task.id));
    if given.is_some_and(|given| given.given_up.is_some()) {
        return Todo::GivenUp;
    }
    let none = LabFiles::default();
    let own = hand_in.labs.get(&lab.lab.id).unwrap_or(&none);
    let mut files: Vec<(String, Arc<Source>)> = Vec::new();
    for name in files_of(task) {
        if let Some(why) = own.unreadable.get(name) {
            return Todo::Unreadable(why.clone());
        }
        files.extend(own.files.get(name).map(|source| (name.to_owned(), source.clone())));
    }
    let mut answer = None;
    let mut document = None;
    if is_of_files(task) {
        if edits_lab(task) {
            if let Some(why) = &own.no_document {
                return Todo::Unreadable(why.clone());
            }
            document = own.document_for(&task.id).cloned();
        }
        // As it was handed out it is not done, whatever it would be worth.
        if document.is_none() && files.is_empty() {
            return Todo::Open;
        }
    } else {
        match answers {
            Err(why) => return Todo::Unreadable(format!("the answers cannot be read: {why}")),
            Ok(_) => answer = given.and_then(|given| given.answer.clone()).filter(|answer| !answer.trim().is_empty()),
        }
        match (&answer, &task.kind) {
            (None, _) => return Todo::Open,
            (Some(_), TaskKind::Text { .. }) => return Todo::ByHand,
            _ => {}
        }
    }
    // Numbers and orders are drawn by the name; where none are, nobody's name counts.
    let draws = |question: &Question| !question.draw.is_empty() || matches!(question.form, Form::Order(_));
    let drawn = matches!(&task.kind, TaskKind::Question(question) if draws(question));
    let student = if drawn { hand_in.student.clone() } else { String::new() };
    let unit = Unit {
        lab: if lab.shipped() { lab.lab.id.clone() } else { lab.path.clone() },
        shipped: lab.shipped(),
        task: task.id.clone(),
        student,
        answer,
        document,
        files,
        hidden: has_hidden(task),
    };
    Todo::Judge(key(lab, &unit), Box::new(unit))
}

/// Equal for what is judged equally, messages included: a file's name stands in them.
fn key(lab: &CourseLab, unit: &Unit) -> String {
    let mut digest = Digest::default().with(&lab.hash).with(&unit.lab).with(&unit.task).with(&unit.student);
    digest = match &unit.answer {
        Some(answer) => digest.with("answer").with(answer),
        None => digest.with("none"),
    };
    for source in unit.document.iter().chain(unit.files.iter().map(|(_, source)| source)) {
        digest = digest.with(&source.name).with(&source.text);
    }
    unit.files.iter().fold(digest, |digest, (name, _)| digest.with(name)).hex()
}

/// Gives each task to the first submission that has it.
pub(super) fn share_out(planned: &[Planned], course: &Course) -> Jobs {
    let mut seen = HashSet::new();
    let mut all = Jobs { jobs: Vec::new(), keys: Vec::new() };
    for plan in planned {
        let mut job = Job::default();
        let mut keys = Vec::new();
        for todo in &plan.tasks {
            if let Todo::Judge(key, unit) = todo
                && seen.insert(key.clone())
            {
                let text = course.labs.iter().find(|lab| !lab.shipped() && lab.path == unit.lab).map(|lab| &lab.text);
                job.labs.extend(text.map(|text| (unit.lab.clone(), text.clone())));
                job.units.push((**unit).clone());
                keys.push(key.clone());
            }
        }
        all.jobs.push(job);
        all.keys.push(keys);
    }
    all
}
