//! The file of what a student has done, `progress.yaml`: read, changed and put into words again. What is not known here, from a
//! later optlab or by hand, is kept as it is; comments are not. A file that cannot be read is an error and never written over.

use std::fmt::Write;
use std::path::Path;

use crate::error::{Error, Place, Result, Source};
use crate::lab::files::read_bounded;
use crate::lab::{Document, Node, Part, Step};

/// The largest file, which is what the reader of YAML takes.
const LIMIT: u64 = 256 << 10;
/// The longest answer that is kept, in characters: some pages.
pub const LONGEST_ANSWER: usize = 10_000;

/// What a student has done.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The student's name; empty if nobody told it.
    pub student: String,
    /// What is kept of each lab's tasks, by the lab's id and the task's.
    pub labs: Vec<(String, Vec<(String, Kept)>)>,
    /// All of the file.
    root: Vec<(String, Node)>,
}

impl Default for Progress {
    /// Nothing was done yet.
    fn default() -> Self {
        Self { student: String::new(), labs: Vec::new(), root: vec![("format".to_owned(), Node::Int(1))] }
    }
}

/// What is kept of a task.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Kept {
    /// The answer that counts, or was given last.
    pub answer: Option<String>,
    /// When it was solved, as in `2026-11-28T10:02:11Z`.
    pub done: Option<String>,
    /// When it was given up.
    pub given_up: Option<String>,
    /// When an answer was kept that is judged elsewhere.
    pub recorded: Option<String>,
    /// Answers that were judged.
    pub tries: u64,
    /// Hints that were shown.
    pub hints: u64,
    /// Points that it has brought.
    pub points: f64,
}

/// The keys of an entry, in the order in which they are written.
const KEYS: [&str; 7] = ["answer", "done", "given_up", "recorded", "tries", "hints", "points"];

impl Kept {
    fn read(entries: &[(String, Node)]) -> Self {
        let node = |key: &str| entries.iter().find(|(name, _)| name == key).map(|(_, node)| node);
        let text = |key: &str| node(key).and_then(text_of);
        let count = |key: &str| match node(key) {
            Some(Node::Int(count)) => u64::try_from(*count).unwrap_or(0),
            _ => 0,
        };
        let points = match node("points") {
            Some(Node::Int(points)) => *points as f64,
            Some(Node::Float(points)) if points.is_finite() => *points,
            _ => 0.0,
        };
        Self {
            answer: text("answer"),
            done: text("done"),
            given_up: text("given_up"),
            recorded: text("recorded"),
            tries: count("tries"),
            hints: count("hints"),
            points: points.max(0.0),
        }
    }

    /// What stands at each of [`KEYS`]; nothing where there is nothing to say.
    fn nodes(&self) -> [Option<Node>; 7] {
        let date = |date: &Option<String>| date.clone().map(Node::Str);
        [
            self.answer.as_deref().map(answer),
            date(&self.done),
            date(&self.given_up),
            date(&self.recorded),
            Some(Node::Int(self.tries.into())),
            Some(Node::Int(self.hints.into())),
            Some(number(self.points)),
        ]
    }
}

/// A scalar as a text.
fn text_of(node: &Node) -> Option<String> {
    match node {
        Node::Str(text) => Some(text.clone()),
        Node::Int(number) => Some(number.to_string()),
        Node::Float(number) => Some(number.to_string()),
        Node::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// An answer as YAML has it: a number where it is read back as the same text.
fn answer(text: &str) -> Node {
    let kept: String = text.chars().take(LONGEST_ANSWER).collect();
    let numbers =
        [kept.parse().ok().map(Node::Int), kept.parse().ok().filter(|n: &f64| n.is_finite()).map(Node::Float)];
    let same = numbers.into_iter().flatten().find(|node| text_of(node).as_deref() == Some(&kept));
    same.unwrap_or(Node::Str(kept))
}

fn number(value: f64) -> Node {
    if value.fract() == 0.0 && value.abs() < 1e15 { Node::Int(value as i128) } else { Node::Float(value) }
}

impl Progress {
    /// What is kept of a task.
    pub fn of(&self, lab: &str, task: &str) -> Option<&Kept> {
        let (_, tasks) = self.labs.iter().find(|(id, _)| id == lab)?;
        tasks.iter().find(|(id, _)| id == task).map(|(_, kept)| kept)
    }

    /// Reads a file; one that is not there, or is empty, has nothing in it.
    ///
    /// # Errors
    /// It cannot be read: it is too large, no YAML, of a later optlab, or not made of what progress is made of.
    pub fn read(path: &Path) -> Result<Self> {
        if path.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
            return Ok(Self::default());
        }
        let name = path.display().to_string();
        let bytes = read_bounded(&name, LIMIT);
        bytes
            .and_then(|bytes| Self::of_bytes(&name, &bytes))
            .map_err(|error| error.help(format!("nothing is kept until then: mend `{name}`, or move it away")))
    }

    /// What the bytes of a file say; `name` is what errors call it.
    ///
    /// # Errors
    /// They are no progress.
    pub fn of_bytes(name: &str, bytes: &[u8]) -> Result<Self> {
        let document = Document::read_any(name, bytes)?;
        let wrong = |path: &[Step], node: &Node| {
            let what = format!("progress is a map of labs, each a map of tasks, found {}", node.describe());
            Error::user(what).at(document.place(path, Part::Value))
        };
        let map = |path: &[Step], node: &Node| match node {
            Node::Map(entries) => Ok(entries.clone()),
            Node::Null => Ok(Vec::new()),
            other => Err(wrong(path, other)),
        };
        let mut root = map(&[], document.root())?;
        match root.iter().find(|(key, _)| key == "format").map(|(_, node)| node) {
            Some(Node::Int(1)) => {}
            None => root.insert(0, ("format".to_owned(), Node::Int(1))),
            Some(other) => {
                let what = format!("this optlab reads progress of format 1, found {}", other.describe());
                let place = document.place(&["format".into()], Part::Value);
                return Err(Error::user(what).at(place).help("a newer optlab has written it: use that one"));
            }
        }
        let node = |key: &str| root.iter().find(|(name, _)| name == key).map(|(_, node)| node);
        let student = node("student").and_then(text_of).unwrap_or_default();
        let mut labs = Vec::new();
        let at = Step::from("labs");
        for (lab, tasks) in map(std::slice::from_ref(&at), node("labs").unwrap_or(&Node::Null))? {
            let here = [at.clone(), Step::from(lab.as_str())];
            let tasks = map(&here, &tasks)?.into_iter().map(|(id, entries)| {
                let entries = map(&[here[0].clone(), here[1].clone(), Step::from(id.as_str())], &entries)?;
                Ok((id, Kept::read(&entries)))
            });
            labs.push((lab, tasks.collect::<Result<_>>()?));
        }
        Ok(Self { student, labs, root })
    }

    /// The student's name is this.
    pub fn set_student(&mut self, student: &str) {
        student.clone_into(&mut self.student);
        let name = Node::Str(student.to_owned());
        match self.root.iter_mut().find(|(key, _)| key == "student") {
            Some((_, node)) => *node = name,
            None => self.root.insert(1.min(self.root.len()), ("student".to_owned(), name)),
        }
    }

    /// This is kept of a task; keys of its entry that are not known here stay.
    pub fn set(&mut self, lab: &str, task: &str, kept: Kept) {
        let before = self.of(lab, task).cloned();
        let entry = map_in(map_in(map_in(&mut self.root, "labs"), lab), task);
        let old = before.clone().unwrap_or_default().nodes();
        for ((key, new), old) in KEYS.into_iter().zip(kept.nodes()).zip(old) {
            // What says nothing new stays as it was written.
            if before.is_some() && new == old {
                continue;
            }
            match (entry.iter_mut().find(|(name, _)| name == key), new) {
                (Some((_, node)), Some(new)) => *node = new,
                (None, Some(new)) => entry.push((key.to_owned(), new)),
                (_, None) => entry.retain(|(name, _)| name != key),
            }
        }
        let at = self.labs.iter().position(|(id, _)| id == lab).unwrap_or_else(|| {
            self.labs.push((lab.to_owned(), Vec::new()));
            self.labs.len() - 1
        });
        let tasks = &mut self.labs[at].1;
        match tasks.iter_mut().find(|(id, _)| id == task) {
            Some((_, old)) => *old = kept,
            None => tasks.push((task.to_owned(), kept)),
        }
    }

    /// As a file has it.
    ///
    /// # Errors
    /// It would be too large to be read again.
    pub fn written(&self) -> Result<String> {
        let mut text = String::new();
        for (key, node) in &self.root {
            match node {
                Node::Map(labs) if key == "labs" && !labs.is_empty() => {
                    text += "labs:\n";
                    for (lab, tasks) in labs {
                        match tasks {
                            Node::Map(tasks) if !tasks.is_empty() => {
                                let _ = writeln!(text, "  {}:", word(lab));
                                for (task, entry) in tasks {
                                    let _ = writeln!(text, "    {}: {}", word(task), flow(entry));
                                }
                            }
                            other => {
                                let _ = writeln!(text, "  {}: {}", word(lab), flow(other));
                            }
                        }
                    }
                }
                node => {
                    let _ = writeln!(text, "{}: {}", word(key), flow(node));
                }
            }
        }
        if text.len() as u64 > LIMIT {
            return Err(Error::user(format!("progress would be larger than {} KiB", LIMIT >> 10))
                .help("shorten the longest answers in it"));
        }
        // What is written is what is read again, or nothing is.
        match Document::read_any("progress.yaml", text.as_bytes()).map(|read| read.root().clone()) {
            Ok(Node::Map(read)) if read == self.root => Ok(text),
            _ => {
                let source = Source::new("progress.yaml", text);
                Err(Error::fault("progress cannot be put into words").at(Place::token(&source, 1, 1)))
            }
        }
    }
}

/// The entries of a map in a map, which is made if it is not there.
fn map_in<'n>(entries: &'n mut Vec<(String, Node)>, key: &str) -> &'n mut Vec<(String, Node)> {
    let at = entries.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
        entries.push((key.to_owned(), Node::Null));
        entries.len() - 1
    });
    let node = &mut entries[at].1;
    if !matches!(node, Node::Map(_)) {
        *node = Node::Map(Vec::new());
    }
    match node {
        Node::Map(inside) => inside,
        _ => unreachable!("it was made a map"),
    }
}

/// A text without quotes where it is read back as itself.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let is_date = text.len() == 20 && text.ends_with('Z') && text.chars().all(|c| plain(c) || c == ':');
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(plain);
    let means_more =
        ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text.to_lowercase().as_str());
    if (is_word || is_date) && !means_more { text.to_owned() } else { Node::Str(text.to_owned()).in_a_line() }
}

/// A node on one line.
fn flow(node: &Node) -> String {
    let inside = |parts: Vec<String>| parts.join(", ");
    match node {
        Node::Str(text) => word(text),
        Node::Seq(items) => format!("[{}]", inside(items.iter().map(flow).collect())),
        Node::Map(entries) => {
            format!(
                "{{{}}}",
                inside(entries.iter().map(|(key, node)| format!("{}: {}", word(key), flow(node))).collect())
            )
        }
        scalar => scalar.in_a_line(),
    }
}

#[cfg(test)]
#[path = "progress_tests.rs"]
mod tests;
