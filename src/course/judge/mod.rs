//! How answers are judged: for the screen, the command line and graders alike. Everything but what a student hands in comes
//! from the lab that is trusted. No clock decides anything: steps and operations are counted, so the same lab and the same
//! answer give the same verdict, byte for byte. Never writes.

pub mod answer;
pub(in crate::course) mod goal;
mod line;
mod margin;
pub mod measure;
mod run;
pub mod script;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use crate::error::Source;
use crate::lab::Lab;
use crate::lab::plan::task::{ScriptTask, TaskKind, TaskPlan};
use crate::snapshot::{Outcome, Verdict};

/// The lab in which the answers are believed, and whose answers are judged.
#[derive(Debug, Clone, Copy)]
pub struct Trusted<'a> {
    /// The lab: from the binary, a key, or the author's folder.
    pub lab: &'a Lab,
    /// The student, by whose name numbers are drawn; may be empty.
    pub student: &'a str,
    /// Seeds and cases that are hidden from students are judged, too.
    pub hidden: bool,
}

/// What a student hands in of one lab: nothing of it is believed but this.
#[derive(Debug, Clone, Default)]
pub struct Submitted {
    /// The answer to the task that is judged.
    pub answer: Option<String>,
    /// The student's lab file, of which only the keys count that a goal lets him edit.
    pub lab: Option<Arc<Source>>,
    /// The student's files, by the names that the lab has for them; those that are not here are as the trusted lab has them.
    pub files: Vec<(String, Arc<Source>)>,
}

impl Submitted {
    /// The student's file of a name that stands in the lab.
    pub fn file(&self, name: &str) -> Option<&Arc<Source>> {
        self.files.iter().find(|(own, _)| own == name).map(|(_, source)| source)
    }
}

/// What an answer, or the files as they stand, are worth.
pub fn judge(trusted: &Trusted<'_>, task: &TaskPlan, submitted: &Submitted) -> Verdict {
    match &task.kind {
        TaskKind::Goal(goal) => goal::judge(trusted, task, goal, submitted),
        TaskKind::Script(asked) => script_task(trusted, asked, submitted, false),
        asked => {
            let Some(given) = submitted.answer.as_deref().map(str::trim).filter(|given| !given.is_empty()) else {
                return Verdict::of(Outcome::Error, "no answer was given");
            };
            match asked {
                TaskKind::Question(question) => answer::judge(trusted, task, question, given),
                TaskKind::Measure(measure) => measure::judge(trusted, task, measure, given),
                TaskKind::Line(line) => line::judge(task, line, given, submitted.file(&line.file)),
                _ => Verdict::of(Outcome::Recorded, "It is kept; a person reads it and gives the points."),
            }
        }
    }
}

/// A script is compared with what the trusted lab names, the student's own or, where there is none, the one that he was given.
/// With `half` it is an author's solution, which must get along with half of what a student's may take.
pub(in crate::course) fn script_task(
    trusted: &Trusted<'_>,
    asked: &ScriptTask,
    submitted: &Submitted,
    half: bool,
) -> Verdict {
    let Some(spec) = &asked.same_as else { return recorded() };
    let own = submitted.file(&asked.file).map_or_else(|| trusted.lab.text_of(&asked.file), |own| Ok(own.clone()));
    let reference = if Path::new(spec).extension().is_some_and(|ending| ending == "rhai") {
        trusted.lab.text_of(spec)
    } else {
        script::of_catalogue(spec, trusted.lab.scripts_folder())
    };
    match (reference, own) {
        (Ok(reference), Ok(own)) if half => script::judge_in_half(asked, &reference, &own),
        (Ok(reference), Ok(own)) => script::judge(asked, &reference, &own, trusted.hidden),
        (Err(error), _) | (_, Err(error)) => Verdict::of(Outcome::Error, error.to_string()),
    }
}

/// It is right in full.
fn passed(task: &TaskPlan, message: impl Into<String>) -> Verdict {
    Verdict { points: task.points, ..Verdict::of(Outcome::Passed, message) }
}

/// It is kept, and nobody here can tell whether it is right.
fn recorded() -> Verdict {
    Verdict::of(Outcome::Recorded, "It is kept, and judged when it is graded.")
}
