//! A task as its student sees it: with the student's own numbers, the hints that were asked for, and the answer only where it
//! was given up.

use std::path::Path;

use crate::course::draw;
use crate::course::judge::measure;
use crate::course::progress::Kept;
use crate::lab::Lab;
use crate::lab::plan::task::{Form, Question, Right, TaskKind, TaskPlan};
use crate::script::arithmetic;
use crate::snapshot::figures;
use crate::snapshot::{Asks, TaskSeen, TaskState};

/// Whose tasks these are.
pub(super) struct Sheet<'a> {
    pub lab: &'a Lab,
    pub student: &'a str,
}

impl Sheet<'_> {
    /// A task; `measured` is what a run gives once that was worked out, which is nothing where none gives a number.
    #[allow(clippy::option_option)] // not yet, none, a number
    pub fn seen(&self, task: &TaskPlan, kept: &Kept, measured: Option<Option<f64>>) -> TaskSeen {
        let numbers = draw::numbers(&self.lab.id, task, self.student);
        let fill = |text: &str| draw::fill(text, &numbers);
        let state = kept.state();
        let over = matches!(state, TaskState::Solved | TaskState::GivenUp);
        let shown = usize::try_from(kept.hints).unwrap_or(usize::MAX).min(task.hints.len());
        TaskSeen {
            id: task.id.clone(),
            kind: task.kind.word(),
            say: fill(&task.say),
            asks: self.asks(task, &fill),
            before_run: matches!(&task.kind, TaskKind::Question(question) if question.before_run),
            points: task.points,
            got: if state == TaskState::GivenUp { 0.0 } else { kept.points.min(task.points) },
            state,
            tries: kept.tries,
            answer: kept.answer.clone(),
            hints: task.hints[..shown].iter().map(|hint| fill(hint)).collect(),
            more_hints: task.hints.len() - shown,
            because: if over { fill(&task.because) } else { String::new() },
            right: if state == TaskState::GivenUp { self.right(task, &fill, measured) } else { None },
            verdict: None,
            edited: false,
            judging: false,
        }
    }

    fn asks(&self, task: &TaskPlan, fill: &dyn Fn(&str) -> String) -> Asks {
        match &task.kind {
            TaskKind::Question(Question { form, .. }) => match form {
                Form::Number => Asks::Number,
                Form::Text => Asks::Text,
                Form::Choice(choices) => {
                    Asks::Choice(choices.iter().map(|(name, text)| (name.clone(), fill(text))).collect())
                }
                Form::Order(_) => Asks::Order(draw::order(&self.lab.id, task, self.student)),
            },
            TaskKind::Measure(_) => Asks::Number,
            TaskKind::Goal(goal) => Asks::Edit { keys: goal.edit.clone(), files: goal.files.clone() },
            TaskKind::Script(script) => Asks::Script(script.file.clone()),
            TaskKind::Line(line) => Asks::Line(line.file.clone()),
            TaskKind::Text { .. } => Asks::Sentences,
        }
    }

    /// The right answer in words; none where a person judges, where only the files tell, or where it was packed away.
    #[allow(clippy::option_option)] // not yet, none, a number
    fn right(&self, task: &TaskPlan, fill: &dyn Fn(&str) -> String, measured: Option<Option<f64>>) -> Option<String> {
        match &task.kind {
            TaskKind::Question(question) => match question.right.as_ref()? {
                Right::Number { expression, .. } => {
                    let numbers = draw::numbers(&self.lab.id, task, self.student);
                    let value = arithmetic(expression, &numbers).ok()?;
                    // How it is worked out is of more use than the number alone.
                    let plain = expression.trim().parse::<f64>().is_ok();
                    let worked = fill_names(expression, &numbers);
                    Some(if plain { rounded(value) } else { format!("{} = {worked}", rounded(value)) })
                }
                Right::Text(accepted) => accepted.first().cloned(),
                Right::Choice(name) => {
                    let Form::Choice(choices) = &question.form else { return None };
                    let (_, text) = choices.iter().find(|(own, _)| own == name)?;
                    Some(format!("{name}: {}", fill(text)))
                }
                Right::Order(order) => Some(order.join(", ")),
            },
            TaskKind::Measure(asked) => {
                let asked = measure::asked(asked);
                Some(match measured {
                    None => format!("it is being worked out ({asked})"),
                    Some(None) => asked,
                    Some(Some(value)) => format!("{}, which is {asked}", figures::filled_to(value, 5)),
                })
            }
            TaskKind::Line(line) => {
                let numbers = line.right.as_ref()?;
                let lines: Vec<&str> = line.source.text.lines().collect();
                let shown = numbers.iter().map(|number| {
                    format!("line {number}: `{}`", lines.get(number.saturating_sub(1)).map_or("", |line| line.trim()))
                });
                Some(shown.collect::<Vec<_>>().join(", or "))
            }
            TaskKind::Script(script) => {
                let name = script.same_as.as_ref()?;
                Some(if Path::new(name).extension().is_some_and(|ending| ending == "rhai") {
                    format!("as in `{name}`")
                } else {
                    format!("as `optlab show {name}` has it")
                })
            }
            TaskKind::Goal(_) | TaskKind::Text { .. } => None,
        }
    }
}

/// An expression with the numbers of a student in the place of their names.
fn fill_names(expression: &str, numbers: &[(String, f64)]) -> String {
    let mut filled = String::new();
    let mut rest = expression;
    while let Some(c) = rest.chars().next() {
        let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let length = word.max(c.len_utf8());
        let (part, after) = rest.split_at(length);
        match numbers.iter().find(|(name, _)| name == part) {
            Some((_, value)) => filled += &value.to_string(),
            None => filled += part,
        }
        rest = after;
    }
    filled
}

/// A number without the last digits, in which binary fractions differ from decimal ones.
fn rounded(value: f64) -> String {
    let rounded: f64 = format!("{value:.11e}").parse().unwrap_or(value);
    rounded.to_string()
}
