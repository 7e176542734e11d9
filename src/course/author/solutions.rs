//! Where the solution of a task lies: for a file NAME of the task ID of a lab in the folder F it is `F/solutions/ID/NAME` if
//! that is there, else `F/solutions/NAME`. NAME is the lab's own file, or what the task calls another one.

use std::sync::Arc;

use crate::course::judge::Submitted;
use crate::error::{Error, Result, Source};
use crate::lab::Lab;
use crate::lab::plan::task::{TaskKind, TaskPlan};

/// The folder of solutions, beside the labs.
pub const FOLDER: &str = "solutions";

/// The task is judged by files, and not by an answer that stands in the lab.
pub fn is_judged_by_files(task: &TaskPlan) -> bool {
    matches!(task.kind, TaskKind::Goal(_) | TaskKind::Script(_))
}

/// Solutions lie beside the lab.
pub fn are_there(lab: &Lab) -> bool {
    lab.files().has(FOLDER)
}

/// The files of the lab that a task is judged by, as the task calls them, without the lab's own.
fn named(task: &TaskPlan) -> Vec<&str> {
    match &task.kind {
        TaskKind::Goal(goal) => goal.files.iter().map(String::as_str).collect(),
        TaskKind::Script(script) => vec![&script.file],
        _ => Vec::new(),
    }
}

/// The task as it is handed out.
///
/// # Errors
/// A file that it names cannot be read.
pub fn starter(lab: &Lab, task: &TaskPlan) -> Result<Submitted> {
    let own = |name: &str| Ok((name.to_owned(), lab.text_of(name)?));
    let files = named(task).into_iter().map(own).collect::<Result<_>>()?;
    Ok(Submitted { answer: None, lab: Some(lab.written.source.clone()), files })
}

/// The task as its author has solved it.
///
/// # Errors
/// There is no solution of it, or it cannot be read.
pub fn solution(lab: &Lab, task: &TaskPlan) -> Result<Submitted> {
    let mut submitted = starter(lab, task)?;
    let mut found = false;
    for (name, text) in &mut submitted.files {
        if let Some(solved) = of(lab, &task.id, name)? {
            (*text, found) = (solved, true);
        }
    }
    let edits = matches!(&task.kind, TaskKind::Goal(goal) if !goal.edit.is_empty());
    let own_name = file_name(lab);
    if edits && let Some(solved) = of(lab, &task.id, &own_name)? {
        (submitted.lab, found) = (Some(solved), true);
    }
    if found {
        return Ok(submitted);
    }
    let mut names = named(task);
    if edits {
        names.insert(0, &own_name);
    }
    let name = names.first().copied().unwrap_or_default();
    let error = Error::check(format!("the task `{}` has no solution", task.id)).at(task.place.clone());
    Err(error.help(format!("it is looked for at `{FOLDER}/{}/{name}`, then at `{FOLDER}/{name}`", task.id)))
}

/// The solution of a file, if there is one.
fn of(lab: &Lab, task: &str, name: &str) -> Result<Option<Arc<Source>>> {
    let places = [format!("{FOLDER}/{task}/{name}"), format!("{FOLDER}/{name}")];
    places.iter().find(|place| lab.files().has(place)).map(|place| lab.text_of(place)).transpose()
}

/// The name of the lab's own file.
fn file_name(lab: &Lab) -> String {
    let name = &lab.written.source.name;
    name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned()
}
