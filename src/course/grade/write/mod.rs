//! A report as files: JSON, a table, Moodle's grading worksheet, Gradescope's results, a page for each student. Whatever a
//! student wrote leaves through them without control characters, and where students read them, without what is hidden.

mod feedback;
mod gradescope;
mod json;
pub(in crate::course::grade) mod table;
mod tables;

pub use feedback::page;
pub use gradescope::results;
pub use json::json;
pub use tables::{csv, moodle};

use super::report::{Graded, GradedTask};

/// Points and the most that there are, of what students may see: hidden tasks count in the whole alone.
fn line_of(graded: &Graded) -> String {
    let (points, most) = graded.points();
    format!("{} of {} points", super::report::points(points), super::report::points(most))
}

/// The points of a task as a student reads them.
fn points_of(task: &GradedTask) -> String {
    format!("{} of {}", super::report::points(task.points), super::report::points(task.max_points))
}
