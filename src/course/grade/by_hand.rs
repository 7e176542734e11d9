//! Points that a person gives: a table `student,lab,task,points,comment`. Brought in, they count; for what is not judged yet,
//! such a table is written, with the answers and what to look for in them.

use std::path::Path;

use super::report::{Graded, Report, Status};
use super::roster::{Roster, fold};
use super::write::table::{self, Table};
use crate::error::Result;

/// Points that a person gave.
#[derive(Debug)]
pub struct ByHand {
    table: Table,
    points: Vec<Option<f64>>,
}

/// The columns that are read.
const COLUMNS: [&str; 5] = ["student", "lab", "task", "points", "comment"];

impl ByHand {
    /// Reads the table. A row without points is passed over.
    ///
    /// # Errors
    /// It cannot be read, or what stands for points is none.
    pub fn read(path: &Path) -> Result<Self> {
        let table = table::read(path, &COLUMNS[..4])?;
        let mut points = Vec::with_capacity(table.rows.len());
        for row in &table.rows {
            let written = row.get("points").replace(',', ".");
            points.push(match written.parse::<f64>() {
                _ if written.is_empty() => None,
                Ok(value) if value.is_finite() && value >= 0.0 => Some(value),
                _ => return Err(table.error(row, &format!("`{}` are no points", row.get("points")))),
            });
        }
        Ok(Self { table, points })
    }

    /// Says first of all rows whether there is such a task, and how many points it has at the most.
    ///
    /// # Errors
    /// The first row that cannot be brought in.
    pub fn check(&self, course: &crate::course::Course) -> Result<()> {
        for (row, points) in self.table.rows.iter().zip(&self.points) {
            let (lab, task) = (row.get("lab"), row.get("task"));
            let Some(known) = course.labs.iter().find(|known| known.lab.id == lab) else {
                let ids = course.labs.iter().map(|known| known.lab.id.as_str());
                return Err(self.table.error(row, &format!("there is no lab `{lab}`")).nearest(lab, ids));
            };
            let Some(plan) = known.lab.tasks.iter().find(|plan| plan.id == task) else {
                let ids = known.lab.tasks.iter().map(|plan| plan.id.as_str());
                return Err(self.table.error(row, &format!("`{lab}` has no task `{task}`")).nearest(task, ids));
            };
            if let Some(points) = points.filter(|points| *points > plan.points + 1e-9) {
                let what = format!("{points} points, where `{task}` has {} at the most", plan.points);
                return Err(self.table.error(row, &what));
            }
        }
        Ok(())
    }

    /// Brings the points in, with the comments; rows of students who are not there are noted.
    pub(super) fn bring_into(&self, report: &mut Report, roster: Option<&Roster>) {
        let called: Vec<Vec<String>> = report.submissions.iter().map(|graded| words(graded, roster)).collect();
        for (row, points) in self.table.rows.iter().zip(&self.points) {
            let Some(points) = *points else { continue };
            let who = fold(row.get("student"));
            let Some(at) = called.iter().position(|words| words.contains(&who)) else {
                // An id is known by the roster alone.
                let how = if roster.is_none() {
                    ": without `--roster` a row names a student as the submission or its folder does"
                } else {
                    ""
                };
                let what = format!("nothing was handed in by `{}`{how}", row.get("student"));
                report.notes.push(self.table.error(row, &what).what().to_owned());
                continue;
            };
            let labs = report.submissions[at].labs.iter_mut().filter(|lab| lab.id == row.get("lab"));
            for task in labs.flat_map(|lab| lab.tasks.iter_mut()).filter(|task| task.id == row.get("task")) {
                task.status = if points >= task.max_points { Status::Passed } else { Status::Failed };
                task.points = points;
                let comment = row.get("comment");
                task.message = if comment.is_empty() { "points by hand".into() } else { comment.into() };
                task.shown = vec![task.message.clone()];
                task.details.clear();
            }
        }
    }
}

/// What a person may call who made a submission.
fn words(graded: &Graded, roster: Option<&Roster>) -> Vec<String> {
    let stem = graded.folder.strip_suffix(".zip").unwrap_or(&graded.folder);
    let mut words = vec![graded.student.clone(), graded.folder.clone(), stem.to_owned()];
    words.extend(graded.platform.iter().flat_map(|platform| [platform.name.clone(), platform.participant.clone()]));
    words.extend(roster.map(|roster| roster.words(graded)).unwrap_or_default());
    words.iter().map(|word| fold(word)).filter(|word| !word.is_empty()).collect()
}

/// The table of all that waits for a person, with empty points; `None` if nothing does.
///
/// # Errors
/// It cannot be made, which would be a fault.
pub fn to_fill_in(report: &Report) -> Result<Option<(Vec<u8>, usize)>> {
    let mut rows = vec![COLUMNS.map(str::to_owned).into_iter().chain(["answer".into(), "rubric".into()]).collect()];
    for graded in &report.submissions {
        // By its folder where the student tells no name, or tells one that another has, too.
        let same = |other: &&Graded| other.student == graded.student;
        let alone = !graded.student.is_empty() && report.submissions.iter().filter(same).count() == 1;
        let who = if alone { &graded.student } else { &graded.folder };
        for (lab, task) in graded.tasks().filter(|(_, task)| task.status == Status::ByHand) {
            let answer = task.answer.clone().unwrap_or_default();
            let empty = String::new;
            rows.push(vec![
                who.clone(),
                lab.id.clone(),
                task.id.clone(),
                empty(),
                empty(),
                answer,
                task.rubric.clone(),
            ]);
        }
    }
    let count = rows.len() - 1;
    let rows: Vec<Vec<String>> = rows;
    Ok(if count == 0 { None } else { Some((table::written(rows)?, count)) })
}
