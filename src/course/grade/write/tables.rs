//! The report as tables: one row a submission and one column a task; and Moodle's grading worksheet.

use super::table::written;
use super::{line_of, points_of};
use crate::course::grade::report::{Graded, GradedTask, Report, Status, points};
use crate::error::{Error, Result};

/// One row a submission: who, the points, and those of each task. A field is empty where a person still gives the points.
///
/// # Errors
/// It cannot be written, which would be a fault.
pub fn csv(report: &Report) -> Result<Vec<u8>> {
    let mut head = ["folder", "student", "submitted", "points", "max_points"].map(str::to_owned).to_vec();
    if let Some(first) = report.submissions.first() {
        head.extend(first.tasks().map(|(lab, task)| format!("{}/{}", lab.id, task.id)));
    }
    head.push("notes".into());
    let row = |graded: &Graded| {
        let (all, most) = graded.points();
        let submitted = graded.submitted.clone().unwrap_or_default();
        let mut row = vec![graded.folder.clone(), graded.student.clone(), submitted, points(all), points(most)];
        row.extend(graded.tasks().map(|(_, task)| match task.status {
            Status::ByHand => String::new(),
            _ => points(task.points),
        }));
        row.push(
            graded
                .refused
                .iter()
                .map(|why| format!("refused: {why}"))
                .chain(graded.notes.clone())
                .collect::<Vec<_>>()
                .join("; "),
        );
        row
    };
    written(std::iter::once(head).chain(report.submissions.iter().map(row)))
}

/// The grading worksheet that Moodle's assignments take: identifier, name, grade, feedback. Only what comes from Moodle has an
/// identifier.
///
/// # Errors
/// No submission comes from Moodle.
pub fn moodle(report: &Report) -> Result<Vec<u8>> {
    let head = ["Identifier", "Full name", "Grade", "Maximum Grade", "Feedback comments"].map(str::to_owned).to_vec();
    let mut rows = vec![head];
    for graded in &report.submissions {
        let Some(platform) = &graded.platform else { continue };
        let (all, most) = graded.points();
        rows.push(vec![
            format!("Participant {}", platform.participant),
            platform.name.clone(),
            points(all),
            points(most),
            comments(graded),
        ]);
    }
    if rows.len() == 1 {
        let error = Error::user("no submission has a name of Moodle's, as in `Ana Silva_12345_assignsubmission_file_`");
        return Err(
            error.help("Moodle's worksheet needs its numbers of participants; `--csv` tells the points by name")
        );
    }
    written(rows)
}

/// What a student reads: a line for each task that is not right in full, nothing of what is hidden.
fn comments(graded: &Graded) -> String {
    if let Some(why) = &graded.refused {
        return format!("The submission cannot be read: {why}");
    }
    let visible = graded.tasks().filter(|(_, task)| !task.hidden);
    let line = |(lab, task): (&crate::course::grade::report::GradedLab, &GradedTask)| {
        let why = match task.status {
            Status::Passed => String::new(),
            _ => task.shown.first().map(|first| format!(" ({first})")).unwrap_or_default(),
        };
        format!("{}/{}: {}{why}", lab.id, task.id, points_of(task))
    };
    std::iter::once(line_of(graded)).chain(visible.map(line)).collect::<Vec<_>>().join("\n")
}
