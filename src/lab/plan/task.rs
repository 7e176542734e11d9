//! What a lab asks of its students: plain data, checked. How an answer is judged, `course` knows.

use std::sync::Arc;

use crate::error::{Place, Source};

/// The most tasks of a lab.
pub const MOST_TASKS: usize = 12;

/// What the only case of a script's task is called that names no cases.
pub const ONLY_CASE: &str = "as the reference does";

/// A task.
#[derive(Debug, Clone)]
pub struct TaskPlan {
    /// What progress is kept under, once in its lab.
    pub id: String,
    /// What is asked, in Markdown; `{beta}` stands for a number that is drawn for each student.
    pub say: String,
    /// What it is worth.
    pub points: f64,
    /// Shown one after the other, on demand.
    pub hints: Vec<String>,
    /// What was to be learnt, shown when it is solved or given up; may be empty.
    pub because: String,
    /// Not shown to students; judged by a grader who has the key.
    pub hidden: bool,
    /// Where its map stands.
    pub place: Place,
    /// What is asked, and by what it is judged.
    pub kind: TaskKind,
}

/// The kinds of task.
#[derive(Debug, Clone)]
pub enum TaskKind {
    /// A question, asked before the run shows the answer.
    Question(Question),
    /// A number that is read off a run.
    Measure(Measure),
    /// A lab that is edited until a run of it holds a check.
    Goal(Goal),
    /// A script that must do what another one does.
    Script(ScriptTask),
    /// A line of a file that is to be found.
    Line(LineTask),
    /// Some sentences, judged by a person.
    Text {
        /// What the person looks for; never shown to students.
        rubric: String,
    },
}

impl TaskKind {
    /// The word of the key `kind`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Question(_) => "question",
            Self::Measure(_) => "measure",
            Self::Goal(_) => "goal",
            Self::Script(_) => "script",
            Self::Line(_) => "line",
            Self::Text { .. } => "text",
        }
    }
}

/// How far a number may be from the right one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Within {
    /// By so much.
    Absolute(f64),
    /// By such a share of the right one, in per cent.
    Percent(f64),
}

impl Within {
    /// Whether a number is near enough; one that is not finite never is.
    pub fn holds(self, given: f64, right: f64) -> bool {
        let allowed = match self {
            Self::Absolute(most) => most,
            Self::Percent(share) => share / 100.0 * right.abs(),
        };
        // Decimals are rarely binary numbers: 0.3 is 0.1 from 0.2, up to the last digits.
        (given - right).abs() <= allowed + 1e-12 * right.abs()
    }
}

/// A question.
#[derive(Debug, Clone)]
pub struct Question {
    /// The run keys wait until it is answered, given up or left for another task.
    pub before_run: bool,
    /// What form an answer has.
    pub form: Form,
    /// The right answer; none in a lab that was packed for students, whose answers are only recorded.
    pub right: Option<Right>,
    /// Numbers that each student gets for himself, in the order in which they are drawn.
    pub draw: Vec<Draw>,
}

/// What form an answer has.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// A number.
    Number,
    /// A text.
    Text,
    /// One of these, each with its letter or word and what it says.
    Choice(Vec<(String, String)>),
    /// All of these in some order, as they are shown before any answer.
    Order(Vec<String>),
}

/// A right answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Right {
    /// What an expression over the drawn numbers comes to.
    Number {
        /// The expression: `0.32`, `(1 - beta) * theta`.
        expression: String,
        /// How far from it an answer may be.
        within: Within,
    },
    /// Any of these, however it is written.
    Text(Vec<String>),
    /// The name of a choice.
    Choice(String),
    /// The right order.
    Order(Vec<String>),
}

/// A number that is drawn for each student.
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    /// What it is called.
    pub name: String,
    /// What it may be, at least one.
    pub values: Vec<f64>,
}

/// A number that is read off a run.
#[derive(Debug, Clone)]
pub struct Measure {
    /// Laid over the lab, as in `optimizer.beta=0.5`.
    pub of: Vec<String>,
    /// Where the run is looked at: the first step after which this holds; at its end if there is none.
    pub until: Option<String>,
    /// The number, an expression over `run`.
    pub value: String,
    /// How far from it an answer may be.
    pub within: Within,
}

/// A lab that is edited until its run holds a check.
#[derive(Debug, Clone)]
pub struct Goal {
    /// The keys that count, as in `optimizer` and `training.batch`; all else is as the lab was.
    pub edit: Vec<String>,
    /// The files that count, as the lab names them.
    pub files: Vec<String>,
    /// What must hold, an expression over `run` each, and what it is worth; their points add up to the task's.
    pub marks: Vec<Mark>,
    /// The seeds that it is tried on; the lab's own if there are none.
    pub seeds: Vec<u64>,
    /// Further seeds, which only a grader with the key has.
    pub hidden_seeds: Vec<u64>,
    /// On how many of all seeds a check must hold; all if it is not said.
    pub need: Option<usize>,
    /// How long a run may take; twice the lab's own length if it is not said.
    pub budget: Option<Budget>,
}

/// A check of a goal.
#[derive(Debug, Clone)]
pub struct Mark {
    /// An expression over `run`, true or false.
    pub check: String,
    /// What it is worth.
    pub points: f64,
}

/// How long a run may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// So many passes over the training part.
    Epochs(u64),
    /// So many updates.
    Steps(u64),
}

/// A script that must do what another one does.
#[derive(Debug, Clone)]
pub struct ScriptTask {
    /// The file that is filled in, as the lab names it.
    pub file: String,
    /// What it must do: a name of the catalogue, or a path; none in a lab packed for students where it was hidden.
    pub same_as: Option<String>,
    /// Hyper-parameters that both get; all else is as the reference has it.
    pub hyper: Vec<(String, f64)>,
    /// How the two are compared; never empty.
    pub cases: Vec<Case>,
}

/// A case of a script's task.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it is called: `first step`.
    pub name: String,
    /// What it is worth; the points of all cases add up to the task's.
    pub points: f64,
    /// Only judged by a grader who has the key.
    pub hidden: bool,
    /// Hyper-parameters of this case, which go before the task's.
    pub hyper: Vec<(String, f64)>,
    /// Updates of a rule that are compared, one after the other; at least 1.
    pub steps: u64,
    /// The first of them has this number; 1 at first.
    pub from: u64,
    /// Every gradient is 0.
    pub zero_gradient: bool,
    /// The shapes of the parameters of a rule; some of our own if it is empty.
    pub shapes: Vec<Vec<usize>>,
    /// The steps at which a schedule is asked.
    pub at: Vec<u64>,
    /// Where an activation, a loss (pairs: output, target) or a landscape (pairs) is worked out, with its derivatives.
    pub inputs: Vec<Vec<f64>>,
    /// The seeds of a dataset or a series.
    pub seeds: Vec<u64>,
}

/// A line that is to be found.
#[derive(Debug, Clone)]
pub struct LineTask {
    /// The file, as the lab names it.
    pub file: String,
    /// Its text as it was when the lab was opened.
    pub source: Arc<Source>,
    /// The lines that are right, counted from 1; none in a lab that was packed for students.
    pub right: Option<Vec<usize>>,
}
