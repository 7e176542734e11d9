//! A lab's tasks as a student sees them: what is asked, what is done, what came of the last answer. Plain data.

/// All tasks of a lab that are shown, and how far its student is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TasksSeen {
    /// The tasks in the order in which they are asked; none if the lab asks nothing.
    pub tasks: Vec<TaskSeen>,
    /// What the lab was for, in a sentence; shown when all is done.
    pub learnt: String,
    /// The next lab of the same folder: what opens it, a path or an id, and its title.
    pub next: Option<(String, String)>,
    /// What keeps progress from being written, if something does.
    pub unsaved: Option<String>,
}

impl TasksSeen {
    /// Points so far, and those of all tasks.
    pub fn points(&self) -> (f64, f64) {
        self.tasks.iter().fold((0.0, 0.0), |(got, all), task| (got + task.got, all + task.points))
    }

    /// Points that may still come for what was answered and is judged later: by a person, and when it is graded.
    pub fn later(&self) -> [f64; 2] {
        let recorded = self.tasks.iter().filter(|task| task.state == TaskState::Recorded);
        recorded.fold([0.0, 0.0], |mut later, task| {
            later[usize::from(task.asks != Asks::Sentences)] += task.points - task.got;
            later
        })
    }

    /// The same in words: `1 point is given by a person later`; none where nothing is judged later.
    pub fn told_later(&self) -> Option<String> {
        let [person, graded] = self.later();
        let words = |points: f64, by: &str| {
            let points = (points * 1e6).round() / 1e6;
            let (s, are) = if points == 1.0 { ("", "is") } else { ("s", "are") };
            (points > 0.0).then(|| format!("{points} point{s} {are} given {by}"))
        };
        let told = [words(person, "by a person later"), words(graded, "when it is graded")];
        Some(told.into_iter().flatten().collect::<Vec<_>>().join(", ")).filter(|told| !told.is_empty())
    }

    /// No task is open any more.
    pub fn all_done(&self) -> bool {
        !self.tasks.is_empty() && self.tasks.iter().all(|task| task.state != TaskState::Open)
    }

    /// The place of the first task that is open.
    pub fn first_open(&self) -> Option<usize> {
        self.tasks.iter().position(|task| task.state == TaskState::Open)
    }
}

/// A task as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskSeen {
    /// What progress is kept under.
    pub id: String,
    /// The word of its kind: `question`, `measure`, `goal`, `script`, `line`, `text`.
    pub kind: &'static str,
    /// What is asked, in Markdown, with the numbers of this student.
    pub say: String,
    /// How it is answered.
    pub asks: Asks,
    /// The run keys wait for an answer while it is the current task.
    pub before_run: bool,
    /// What it is worth.
    pub points: f64,
    /// Points that it has brought.
    pub got: f64,
    /// Where it stands.
    pub state: TaskState,
    /// Answers that were judged so far.
    pub tries: u64,
    /// The answer that counts, or was given last.
    pub answer: Option<String>,
    /// The hints that were asked for.
    pub hints: Vec<String>,
    /// Further hints that there are.
    pub more_hints: usize,
    /// What was to be learnt, once it is solved or given up; Markdown, may be empty.
    pub because: String,
    /// The right answer, once it was given up.
    pub right: Option<String>,
    /// What came of the answer, or of the files as they stand, last.
    pub verdict: Option<Verdict>,
    /// It was judged of what the student has edited for it, not of what was given.
    pub edited: bool,
    /// It is being judged.
    pub judging: bool,
}

/// How a task is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Asks {
    /// By a number.
    Number,
    /// By a text.
    Text,
    /// By one of these: a letter or word and what it says.
    Choice(Vec<(String, String)>),
    /// By all of these in some order.
    Order(Vec<String>),
    /// By editing these keys of the lab, and these files.
    Edit {
        /// Keys.
        keys: Vec<String>,
        /// Files.
        files: Vec<String>,
    },
    /// By filling in this file.
    Script(String),
    /// By choosing a line of this file.
    Line(String),
    /// By some sentences, written in an editor.
    Sentences,
}

impl Asks {
    /// The files that are edited, or in which a line is chosen, as the lab names them.
    pub fn files(&self) -> &[String] {
        match self {
            Self::Edit { files, .. } => files,
            Self::Script(file) | Self::Line(file) => std::slice::from_ref(file),
            Self::Number | Self::Text | Self::Choice(_) | Self::Order(_) | Self::Sentences => &[],
        }
    }
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskState {
    /// To be done.
    Open,
    /// Solved; it stays so whatever follows.
    Solved,
    /// Answered, and not judged here: it is graded later.
    Recorded,
    /// Given up.
    GivenUp,
}

impl TaskState {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Solved => "solved",
            Self::Recorded => "answered",
            Self::GivenUp => "given up",
        }
    }
}

/// What came of judging a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// What kind of outcome it is.
    pub outcome: Outcome,
    /// Points that it brings.
    pub points: f64,
    /// What a student reads, in a sentence or two; never the right value.
    pub message: String,
    /// Further lines, each whole in itself: where two scripts part, the runs of a goal on each seed.
    pub details: Vec<String>,
    /// By how much a goal was met (above 0) or missed (below), in the units of its check; the nearest call of all seeds.
    pub margin: Option<f64>,
}

impl Verdict {
    /// One without points, details or margin.
    pub fn of(outcome: Outcome, message: impl Into<String>) -> Self {
        Self { outcome, points: 0.0, message: message.into(), details: Vec::new(), margin: None }
    }

    /// It was passed in full.
    pub fn passed(&self) -> bool {
        self.outcome == Outcome::Passed
    }
}

/// The outcomes of judging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All of it is right.
    Passed,
    /// It is wrong, or not all of it is right; the points say how much.
    Failed,
    /// It could not be judged: a script with an error, an answer of another form.
    Error,
    /// It is kept, and judged by a grader.
    Recorded,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lab_is_done_when_no_task_is_open() {
        let task = |state, got| TaskSeen {
            id: "a".into(),
            kind: "question",
            say: String::new(),
            asks: Asks::Number,
            before_run: true,
            points: 2.0,
            got,
            state,
            tries: 0,
            answer: None,
            hints: Vec::new(),
            more_hints: 0,
            because: String::new(),
            right: None,
            verdict: None,
            edited: false,
            judging: false,
        };
        let mut seen =
            TasksSeen { tasks: vec![task(TaskState::Solved, 2.0), task(TaskState::Open, 0.0)], ..TasksSeen::default() };
        assert_eq!((seen.points(), seen.all_done(), seen.first_open()), ((2.0, 4.0), false, Some(1)));
        seen.tasks[1].state = TaskState::GivenUp;
        assert!(seen.all_done() && seen.told_later().is_none());
        seen.tasks.push(TaskSeen { asks: Asks::Sentences, points: 1.0, ..task(TaskState::Recorded, 0.0) });
        assert!(seen.all_done());
        assert_eq!(seen.told_later().as_deref(), Some("1 point is given by a person later"));
        seen.tasks.push(task(TaskState::Recorded, 0.5));
        assert_eq!(
            seen.told_later().as_deref(),
            Some("1 point is given by a person later, 1.5 points are given when it is graded")
        );
        assert!(!TasksSeen::default().all_done());
    }
}
