//! What a course was at its last revision: a task whose id is gone takes its students' progress with it, and one that is
//! another now, or worth something else, must be counted as a change of its lab.

use crate::error::{Error, Place};
use crate::lab::{Lab, Overrides};

use super::Findings;

/// A lab of the last revision.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// Its id.
    pub id: String,
    /// What it was read from.
    name: String,
    revision: u64,
    tasks: Vec<Was>,
}

/// A task of the last revision.
#[derive(Debug, Clone)]
struct Was {
    id: String,
    kind: &'static str,
    points: f64,
}

/// Reads a lab of the last revision.
///
/// # Errors
/// All that is wrong with it.
pub fn earlier(path: &str) -> Result<Earlier, Vec<Error>> {
    let lab = Lab::open(path, &Overrides::default())?;
    let was = |task: &crate::lab::plan::task::TaskPlan| Was {
        id: task.id.clone(),
        kind: task.kind.word(),
        points: task.points,
    };
    let tasks = lab.tasks.iter().map(was).collect();
    Ok(Earlier { id: lab.id.clone(), name: lab.written.source.name.clone(), revision: lab.revision, tasks })
}

impl Earlier {
    /// What has changed since without being counted.
    pub fn changed(&self, lab: &Lab) -> Findings {
        let mut findings = Findings::default();
        let top = Place { source: lab.written.source.clone(), span: 0..0, key: String::new() };
        if lab.revision < self.revision {
            let what = format!("revision {} was {} in {}", lab.revision, self.revision, self.name);
            findings.errors.push(Error::check(what).at(top).help("a revision counts up"));
            return findings;
        }
        if lab.revision > self.revision {
            return findings;
        }
        let counted = format!(
            "write `revision: {}` if it is meant: points that students have are then told apart",
            self.revision + 1
        );
        for was in &self.tasks {
            let error = match lab.tasks.iter().find(|task| task.id == was.id) {
                None => {
                    let names = lab.tasks.iter().map(|task| task.id.as_str());
                    let new = names.filter(|id| self.tasks.iter().all(|was| was.id != *id));
                    let error = Error::check(format!("the task `{}` of {} is gone", was.id, self.name)).at(top.clone());
                    error.nearest(&was.id, new).help("progress is kept under its id: give the task its old one")
                }
                Some(task) if task.kind.word() != was.kind => {
                    let what = format!("the task `{}` was a `{}` and is a `{}`", was.id, was.kind, task.kind.word());
                    Error::check(what).at(task.place.clone())
                }
                Some(task) if (task.points - was.points).abs() > 1e-9 => {
                    let what = format!("the task `{}` was worth {} and is worth {}", was.id, was.points, task.points);
                    Error::check(what).at(task.place.clone())
                }
                Some(_) => continue,
            };
            findings.errors.push(error.help(counted.clone()));
        }
        findings
    }

    /// No lab of its id is there any more.
    pub fn gone<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> Error {
        let error = Error::check(format!("the lab `{}` of {} is gone", self.id, self.name));
        error.nearest(&self.id, ids).help("progress is kept under its id: give the lab its old one")
    }
}
