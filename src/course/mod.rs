//! What a course is for those who take it: the labs that there are here, the folder in which a student works, what is kept of
//! a student's progress, and how answers are judged. It writes what a student asks for and what was done, never over what a
//! student wrote; it draws nothing and never prints.
//!
//! [`judge`] says what an answer is worth, for the screen, the command line and graders alike; [`draw`] gives each student
//! numbers of his own; [`progress`] is the file of what was done and [`shelf`] where it lies; a [`desk::Desk`] is the tasks
//! of one lab before one student; [`author`] tries a whole course before students get it.
//!
//! [`submit`] packs what counts of a working folder, [`hand_in`] reads what was handed in, without trust, and [`mod@grade`] judges
//! it; [`pack`] makes of an author's folder what students get, and the [`key`] that a grader has.

pub mod author;
mod course_labs;
pub mod desk;
pub mod digest;
pub mod draw;
pub mod grade;
pub mod hand_in;
pub mod judge;
pub mod key;
pub mod labs;
pub mod pack;
pub mod progress;
pub mod shelf;
pub mod submit;
pub mod template;
mod unopened;
pub mod working_folder;

pub use course_labs::{Course, CourseLab, visible_points};
