//! What an author wants to know of a course before students get it: that no task is solved as it is handed out, that each can
//! be solved with room to spare, that numbers which are drawn give answers, what has changed since the last revision, and how far
//! the texts in other languages have come. It judges by the same rules as everyone and writes nothing but, when it is
//! asked to, the stamps of translations.

mod against;
mod at_once;
mod languages;
mod numbers;
mod solutions;
mod trial;

#[cfg(test)]
mod tests;

pub use against::{Earlier, earlier};
pub use at_once::at_once;
pub use languages::{Languages, languages};
pub use solutions::FOLDER as SOLUTIONS;
pub use trial::{Trial, trials};

use crate::error::Error;
use crate::lab::Lab;

/// What came of a part of the check: nothing is wrong if there is no error.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// What keeps a course from being handed out.
    pub errors: Vec<Error>,
    /// What is probably not meant.
    pub warnings: Vec<Error>,
}

impl Findings {
    /// One error and nothing else.
    pub fn wrong(error: Error) -> Self {
        Self { errors: vec![error], warnings: Vec::new() }
    }

    /// One warning and nothing else.
    pub fn warned(warning: Error) -> Self {
        Self { errors: Vec::new(), warnings: vec![warning] }
    }

    /// What was found elsewhere stands behind what was found here.
    pub fn append(&mut self, mut other: Self) {
        self.errors.append(&mut other.errors);
        self.warnings.append(&mut other.warnings);
    }
}

/// Which of a lab's tasks were tried, in a few words: `6 tasks; starters fail, solutions pass`.
pub fn told(lab: &Lab) -> String {
    let count = lab.tasks.len();
    let tasks = format!("{count} task{}", if count == 1 { "" } else { "s" });
    let asked_of_files = lab.tasks.iter().filter(|task| solutions::is_judged_by_files(task)).count();
    if lab.packed.is_some() {
        format!("{tasks}; packed, so that its key alone can judge them")
    } else if asked_of_files > 0 && !solutions::are_there(lab) {
        let those = if asked_of_files == 1 { "1 of them" } else { &format!("{asked_of_files} of them") };
        format!("{tasks}; answers are right, and without solutions/ {those} cannot be tried")
    } else if asked_of_files == 0 {
        format!("{tasks}; answers are right")
    } else {
        format!("{tasks}; starters fail, solutions pass")
    }
}
