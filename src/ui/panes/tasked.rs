//! What panes see of a lab's tasks: all of them as they stand, the one that the student is at, and the words that are said of
//! tasks in several places.

use crate::snapshot::{Asks, Snapshot, TaskSeen, TaskState, TasksSeen};

/// The tasks of the lab, and where among them the student is.
#[derive(Debug, Clone, Copy)]
pub struct Tasked<'a> {
    /// All of them, at least one.
    pub seen: &'a TasksSeen,
    /// The place of the current task; one more than the last on the page that follows, once all are done.
    pub current: usize,
    /// The way out of the lab leads to the list of labs.
    pub list: bool,
    /// The places of tasks of which something has come while another one was current, the newest last.
    pub elsewhere: &'a [usize],
}

/// What has happened to the current task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It is another one.
    Asked,
    /// A hint was shown.
    Hint,
    /// It was judged, or given up.
    Verdict,
}

impl<'a> Tasked<'a> {
    /// The current task; none on the page that follows the last one.
    pub fn task(&self) -> Option<&'a TaskSeen> {
        self.seen.tasks.get(self.current)
    }

    /// The current task is a question that is to be answered before this run shows the answer: the keys of the run wait. A run
    /// that has been seen to its end has shown it already.
    pub fn holds(&self, snapshot: &Snapshot) -> bool {
        let seen_to_its_end = snapshot.steps_total > 0 && snapshot.timeline.seen >= snapshot.steps_total;
        let asks = |task: &TaskSeen| {
            let by_answer = matches!(task.asks, Asks::Number | Asks::Text | Asks::Choice(_) | Asks::Order(_));
            task.before_run && by_answer && task.state == TaskState::Open
        };
        self.task().is_some_and(asks) && !snapshot.status.is_final() && !seen_to_its_end
    }

    /// Where the key for the next task leads: to the page that follows once no task is open, else to the task behind this one,
    /// and from the last one back to the first that is open. Nowhere from the only one that is.
    pub fn next(&self) -> Option<usize> {
        let all = self.seen.tasks.len();
        match self.seen.first_open() {
            None => (self.current < all).then_some(all),
            Some(_) if self.current + 1 < all => Some(self.current + 1),
            Some(open) => (open != self.current).then_some(open),
        }
    }

    /// The number of the current task, if it holds this run.
    pub fn holds_the_run(&self, snapshot: &Snapshot) -> Option<usize> {
        self.holds(snapshot).then_some(self.current + 1)
    }

    /// The script that is to be edited for the current task, if it is open and asks for one and for nothing of the lab.
    pub fn script(&self) -> Option<&'a str> {
        match self.task().filter(|task| task.state == TaskState::Open).map(|task| &task.asks)? {
            Asks::Script(file) => Some(file),
            Asks::Edit { keys, files } if keys.is_empty() => files.first().map(String::as_str),
            _ => None,
        }
    }

    /// The current task, if it is open and asks for a line of that file.
    pub fn asks_for_line_of(&self, name: &str) -> Option<&'a TaskSeen> {
        self.task()
            .filter(|task| matches!(&task.asks, Asks::Line(file) if bears(name, file)) && task.state == TaskState::Open)
    }
}

/// A file that is called so here is the one that a lab calls by that name.
pub fn bears(own: &str, file: &str) -> bool {
    let mut file = file;
    while let Some(rest) = file.strip_prefix("../").or_else(|| file.strip_prefix("./")) {
        file = rest;
    }
    own.strip_suffix(file).is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
}

/// Points without what summing leaves behind: `0.3`, not `0.30000000000000004`, and `0`, not the `-0` of no points at all.
pub fn plain(points: f64) -> f64 {
    (points * 1e6).round() / 1e6 + 0.0
}

/// `1 point`, `2.5 points`
pub fn points(points: f64) -> String {
    let points = plain(points);
    if points == 1.0 { "1 point".into() } else { format!("{points} points") }
}

/// `1 of 3 points`
pub fn points_of(got: f64, all: f64) -> String {
    format!("{} of {}", plain(got), points(all))
}

/// Points in few columns: `1/3`.
pub fn short_points(got: f64, all: f64) -> String {
    format!("{}/{}", plain(got), plain(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_told_as_a_person_writes_them() {
        assert_eq!(
            (points(1.0).as_str(), points(0.0).as_str(), points(2.5).as_str()),
            ("1 point", "0 points", "2.5 points")
        );
        assert_eq!(points_of(0.1 + 0.2, 1.0), "0.3 of 1 point");
        assert_eq!(short_points(3.0, 5.0), "3/5");
        assert_eq!(short_points(Vec::<f64>::new().iter().sum(), 12.0), "0/12");
    }

    #[test]
    fn the_next_task_is_the_end_once_none_is_open_and_else_one_that_follows() {
        let mut seen = crate::ui::tests::fixture_tasks::open();
        seen.tasks.truncate(3);
        let next = |seen: &TasksSeen, current| Tasked { seen, current, list: true, elsewhere: &[] }.next();
        assert_eq!([0, 1, 2].map(|at| next(&seen, at)), [Some(1), Some(2), Some(0)]);
        seen.tasks[0].state = TaskState::Solved;
        seen.tasks[1].state = TaskState::GivenUp;
        assert_eq!([0, 1, 2].map(|at| next(&seen, at)), [Some(1), Some(2), None]);
        seen.tasks[2].state = TaskState::Recorded;
        assert_eq!([0, 1, 2, 3].map(|at| next(&seen, at)), [Some(3), Some(3), Some(3), None]);
    }

    #[test]
    fn a_file_is_known_by_the_name_that_its_lab_has_for_it() {
        assert!(
            bears("my.rhai", "my.rhai") && bears("course/labs/my.rhai", "my.rhai") && bears("a/b.rhai", "../a/b.rhai")
        );
        assert!(!bears("labs/oh_my.rhai", "my.rhai") && !bears("my.rhai", "labs/my.rhai"));
    }
}
