//! The answers of a `progress.yaml`, and what it says of points, which is compared and not believed.

use std::collections::BTreeMap;

use crate::lab::{Document, Node, Step};

/// The longest answer, in characters: some pages.
const LONGEST: usize = 20_000;

/// The answers of a student.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers {
    /// What the student calls himself; may be empty.
    pub student: String,
    /// By the lab's id and the task's.
    pub tasks: BTreeMap<(String, String), Answer>,
}

/// What a student has left of a task.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// The answer, as it was typed.
    pub answer: Option<String>,
    /// The points that the file says it brought.
    pub points: Option<f64>,
    /// It was given up.
    pub given_up: bool,
}

impl Answers {
    /// Reads them.
    ///
    /// # Errors
    /// Why they cannot be read.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let document = Document::read_any("progress.yaml", bytes).map_err(|error| error.to_string())?;
        let mut answers = Self::default();
        if let Some(name) = document.node(&[Step::from("student")]).and_then(text) {
            answers.student = name.chars().take(200).collect();
        }
        let Some(Node::Map(labs)) = document.node(&[Step::from("labs")]) else { return Ok(answers) };
        for (lab, tasks) in labs {
            let Node::Map(tasks) = tasks else { continue };
            for (task, kept) in tasks {
                let said = |key: &str| kept.child(&Step::from(key));
                let points = match said("points") {
                    Some(Node::Int(whole)) => Some(*whole as f64),
                    Some(Node::Float(value)) => Some(*value),
                    _ => None,
                };
                let given_up = said("given_up").is_some_and(|kept| !matches!(kept, Node::Null | Node::Bool(false)));
                let answer = said("answer").and_then(text).filter(|answer| !answer.trim().is_empty());
                if let Some(long) = answer.as_ref().filter(|answer| answer.chars().count() > LONGEST) {
                    return Err(format!("the answer to {lab}/{task} has {} characters", long.chars().count()));
                }
                answers.tasks.insert((lab.clone(), task.clone()), Answer { answer, points, given_up });
            }
        }
        Ok(answers)
    }

    /// What is left of a task.
    pub fn of(&self, lab: &str, task: &str) -> Option<&Answer> {
        self.tasks.get(&(lab.to_owned(), task.to_owned()))
    }
}

/// A value as it would be typed; a list with commas.
fn text(node: &Node) -> Option<String> {
    match node {
        Node::Null | Node::Map(_) => None,
        Node::Str(text) => Some(text.clone()),
        Node::Seq(items) => {
            let items: Option<Vec<String>> = items.iter().map(text).collect();
            Some(items?.join(", "))
        }
        other => Some(other.in_a_line()),
    }
}
