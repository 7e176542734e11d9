//! What grading comes to, as plain data: the same for the same submissions, byte for byte, but for the field of times. What
//! it looks like as a file is in the files beside.

use std::collections::BTreeMap;

use crate::course::hand_in::Platform;

/// All that was graded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// The hash of the key; none where the labs of the binary were graded.
    pub key: Option<String>,
    /// In the order of their names.
    pub submissions: Vec<Graded>,
    /// Submissions whose scripts are alike.
    pub alike: Vec<Alike>,
    /// Students who handed in more than once.
    pub twice: Vec<Twice>,
    /// Students of the roster who handed in nothing: their ids and names.
    pub missing: Vec<Missing>,
    /// What is to be said of the whole.
    pub notes: Vec<String>,
    /// What differs from one time to the next.
    pub times: Times,
}

/// When it was graded, and how long it took.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Times {
    /// As in `2026-11-28 10:02:11 UTC`.
    pub date: String,
    /// Seconds.
    pub seconds: f64,
}

/// Scripts that are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    /// The lab and the file.
    pub what: String,
    /// The submissions, in order.
    pub folders: Vec<String>,
}

/// A student who handed in more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twice {
    /// Who.
    pub student: String,
    /// The submission that counts: the later one.
    pub counts: String,
    /// The others.
    pub others: Vec<String>,
}

/// A student who handed in nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// What the roster has for him.
    pub id: String,
    /// His name.
    pub name: String,
    /// What he is called in all reports.
    pub pseudonym: String,
}

/// A submission with its points.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Graded {
    /// The name of its folder or zip.
    pub folder: String,
    /// Who made it, as he calls himself, or as the platform does where he tells no name.
    pub student: String,
    /// What the platform says of him.
    pub platform: Option<Platform>,
    /// When it was packed, by its own word.
    pub submitted: Option<String>,
    /// The version that packed it, by its own word.
    pub packed_by: Option<String>,
    /// Every lab of the course, in order.
    pub labs: Vec<GradedLab>,
    /// The hash of each file that was read.
    pub files: BTreeMap<String, String>,
    /// What is to be said of it.
    pub notes: Vec<String>,
    /// Why nothing of it could be read.
    pub refused: Option<String>,
}

/// A lab with its points.
#[derive(Debug, Clone, PartialEq)]
pub struct GradedLab {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Which edition of it graded.
    pub revision: u64,
    /// Every task, in order.
    pub tasks: Vec<GradedTask>,
}

/// A task with its points.
#[derive(Debug, Clone, PartialEq)]
pub struct GradedTask {
    /// Its id.
    pub id: String,
    /// The word of its kind.
    pub kind: &'static str,
    /// Students do not know of it.
    pub hidden: bool,
    /// How it came out.
    pub status: Status,
    /// Points.
    pub points: f64,
    /// What it is worth.
    pub max_points: f64,
    /// What the grader reads.
    pub message: String,
    /// Further lines for the grader.
    pub details: Vec<String>,
    /// What the student reads: nothing of what is hidden.
    pub shown: Vec<String>,
    /// By how much a goal was met (above 0) or missed (below).
    pub margin: Option<f64>,
    /// It could not be judged by a fault of the grader, not of what was handed in.
    pub fault: bool,
    /// The answer as it was given.
    pub answer: Option<String>,
    /// What a person looks for in it.
    pub rubric: String,
}

/// How a task came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Right in full.
    Passed,
    /// Not in full.
    Failed,
    /// It could not be judged.
    Error,
    /// Nothing was handed in for it.
    Open,
    /// The student gave it up.
    GivenUp,
    /// A person judges it.
    ByHand,
}

impl Status {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Error => "error",
            Self::Open => "open",
            Self::GivenUp => "given-up",
            Self::ByHand => "by-hand",
        }
    }
}

/// Points and the most that there are.
fn sum<'a>(parts: impl Iterator<Item = &'a GradedTask>) -> (f64, f64) {
    parts.fold((0.0, 0.0), |(points, most), task| (points + task.points, most + task.max_points))
}

impl GradedLab {
    /// Points and the most that there are.
    pub fn points(&self) -> (f64, f64) {
        sum(self.tasks.iter())
    }
}

impl Graded {
    /// Points and the most that there are.
    pub fn points(&self) -> (f64, f64) {
        sum(self.tasks().map(|(_, task)| task))
    }

    /// All tasks, each with its lab.
    pub fn tasks(&self) -> impl Iterator<Item = (&GradedLab, &GradedTask)> {
        self.labs.iter().flat_map(|lab| lab.tasks.iter().map(move |task| (lab, task)))
    }

    /// A name of a file or folder of its own: that of its folder, with what no file system takes left out.
    pub fn file_name(&self) -> String {
        let fits = |c: char| if c.is_alphanumeric() || "._- ".contains(c) { c } else { '_' };
        let name: String = self.folder.chars().take(150).map(fits).collect();
        let name = name.trim_end_matches(['.', '_', ' ']).trim_start_matches(['.', ' ']);
        let name = name.strip_suffix(".zip").unwrap_or(name);
        if name.is_empty() { "submission".to_owned() } else { name.to_owned() }
    }
}

impl Report {
    /// Tasks that could not be judged by a fault of the grader.
    pub fn faults(&self) -> usize {
        self.submissions.iter().flat_map(Graded::tasks).filter(|(_, task)| task.fault).count()
    }

    /// The exit code: 0 if all is judged and right, 1 if some task failed or is open, 4 if the grader itself failed at one.
    /// What only waits for a person is no failure.
    pub fn exit_code(&self) -> u8 {
        if self.faults() > 0 {
            return 4;
        }
        let done = |task: &GradedTask| matches!(task.status, Status::Passed | Status::ByHand);
        let all = self.submissions.iter().flat_map(Graded::tasks).all(|(_, task)| done(task));
        u8::from(!all)
    }

    /// Names of files for all submissions, no two alike.
    pub fn file_names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::with_capacity(self.submissions.len());
        for graded in &self.submissions {
            let plain = graded.file_name();
            let taken = |name: &str| names.iter().any(|other| other.eq_ignore_ascii_case(name));
            let mut name = plain.clone();
            let mut number = 2;
            while taken(&name) {
                name = format!("{plain}-{number}");
                number += 1;
            }
            names.push(name);
        }
        names
    }
}

/// A number of points as people write it: `2`, `0.5`, `1.33`.
pub fn points(value: f64) -> String {
    let rounded = (value * 1e6).round() / 1e6 + 0.0;
    format!("{rounded}")
}
