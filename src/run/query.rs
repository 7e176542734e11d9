//! What a user asks of a run in words: an expression over its numbers, a condition to train until, conditions to hold at.
//!
//! Who compiled them nobody here knows. An expression is handed copies of the runs' numbers, so nothing it does can reach
//! the training; conditions are looked at after every step, and only while there is one.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::optim::RunView;
use crate::snapshot::QueryView;
use crate::train::{Looks, Part};

/// The numbers of a run by their names, as scripts see them, too.
pub const NUMBERS: [&str; 17] = [
    "step",
    "epoch",
    "evaluations",
    "loss",
    "smooth_loss",
    "train_loss",
    "val_loss",
    "train_accuracy",
    "val_accuracy",
    "grad_norm",
    "update_norm",
    "lr",
    "diverged",
    "x",
    "y",
    "height",
    "value",
];

/// What expressions see of runs at one moment.
#[derive(Debug, Clone, Default)]
pub struct Sight<'s> {
    /// The numbers of each run by its name: the lab's own first, further ones are those of a race.
    pub runs: Vec<(&'s str, RunView)>,
    /// Along a series its averages by name.
    pub averages: Vec<(&'s str, f64)>,
    /// The runs' tensors, in the order of the runs; none where only numbers are known.
    pub looks: Looks<'s>,
}

impl Sight<'_> {
    /// The updates of the run that has made most of them.
    fn step(&self) -> u64 {
        self.runs.iter().map(|(_, run)| run.step).max().unwrap_or(0)
    }
}

/// The most conditions to hold at: each costs a little at every step.
const MAX_BREAKS: usize = 16;

/// An expression that was compiled once.
pub trait Evaluate: Send + Sync {
    /// Its value now.
    fn evaluate(&self, sight: &Sight<'_>) -> Result<Value>;
}

/// What an expression comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// A condition.
    Truth(bool),
    /// Anything else, as text.
    Text(String),
}

impl Value {
    /// It is a condition.
    pub fn is_truth(&self) -> bool {
        matches!(self, Self::Truth(_))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(value) if value.is_nan() => f.write_str("nothing yet (NaN)"),
            Self::Number(value) if *value == 0.0 || (1e-4..1e15).contains(&value.abs()) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value:e}"),
            Self::Truth(value) => write!(f, "{value}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// An expression as it was written, ready to be asked. Two of the same words are the same.
#[derive(Clone)]
pub struct Query {
    text: String,
    expression: Arc<dyn Evaluate>,
}

impl Query {
    /// An expression with the words that it was compiled from.
    pub fn new(text: &str, expression: Arc<dyn Evaluate>) -> Self {
        Self { text: text.to_owned(), expression }
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// It names such a part of runs, which is then to be kept where it is not kept without being asked for.
    pub fn names(&self, part: Part) -> bool {
        let inside = |c: char| c.is_alphanumeric() || c == '_';
        self.text.split(|c| !inside(c)).any(|word| word == part.word())
    }

    /// Its value with these runs.
    ///
    /// # Errors
    /// It names a number that no run has.
    pub fn value(&self, sight: &Sight<'_>) -> Result<Value> {
        self.expression.evaluate(sight)
    }

    /// Whether it holds with these runs.
    ///
    /// # Errors
    /// It names a number that no run has, or is no condition.
    pub fn holds(&self, sight: &Sight<'_>) -> Result<bool> {
        match self.expression.evaluate(sight)? {
            Value::Truth(holds) => Ok(holds),
            other => Err(Error::user(format!("this is {other}, not a condition"))
                .help("compare it with something, as in `loss < 0.1`")),
        }
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Query").field(&self.text).finish()
    }
}

impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// What an expression is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Its value is to be told.
    Value,
    /// Train until it is true, then hold.
    Until,
    /// Hold whenever it becomes true.
    Break,
}

/// A condition to hold at, and whether it was true after the step before.
struct Break {
    query: Query,
    was: bool,
}

/// The queries of a run at work.
#[derive(Default)]
pub(crate) struct Queries {
    answer: Option<(u64, Result<String>)>,
    until: Option<Query>,
    breaks: Vec<Break>,
    held: Option<(u64, String)>,
}

/// What is to be done about a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// Nothing.
    Nothing,
    /// Train on.
    Run,
    /// Hold.
    Hold,
}

impl Queries {
    /// A condition is to be looked at after every step.
    pub fn looks(&self) -> bool {
        self.until.is_some() || !self.breaks.is_empty()
    }

    /// One of the conditions names such a part of runs.
    pub fn name(&self, part: Part) -> bool {
        let breaks = self.breaks.iter().map(|one| &one.query);
        self.until.iter().chain(breaks).any(|query| query.names(part))
    }

    /// Answers a query of a run that can still go, or cannot.
    pub fn ask(&mut self, id: u64, purpose: Purpose, query: Query, sight: &Sight<'_>, live: bool) -> Then {
        let (answer, then) = match self.obey(purpose, query, sight, live) {
            Ok((told, then)) => (Ok(told), then),
            Err(error) => (Err(error), Then::Nothing),
        };
        self.answer = Some((id, answer));
        then
    }

    fn obey(&mut self, purpose: Purpose, query: Query, sight: &Sight<'_>, live: bool) -> Result<(String, Then)> {
        if purpose == Purpose::Value {
            let value = query.expression.evaluate(sight)?;
            return Ok((format!("{} = {value}", told(&query, sight)), Then::Nothing));
        }
        let was = query.holds(sight)?;
        let (text, step) = (told(&query, sight), sight.step());
        match purpose {
            Purpose::Until if was => Ok((format!("`{text}` is so already, at step {step}"), Then::Hold)),
            Purpose::Until if !live => {
                Err(Error::user("the run is over, so no step follows")
                    .help("`b` goes a step back, `r` starts it again"))
            }
            Purpose::Until => {
                self.until = Some(query);
                Ok((format!("until {text}"), Then::Run))
            }
            _ => {
                self.breaks.retain(|other| other.query != query);
                if self.breaks.len() == MAX_BREAKS {
                    return Err(Error::user(format!("{MAX_BREAKS} conditions are as many as are looked at"))
                        .help("`break off` clears them"));
                }
                self.breaks.push(Break { query, was });
                let now = if was { "; it is so now, and holds the run when it becomes so again" } else { "" };
                Ok((format!("the run will hold whenever {text}{now}"), Then::Nothing))
            }
        }
    }

    /// The run goes another way.
    pub fn forget_until(&mut self) {
        self.until = None;
    }

    /// No condition holds the run any more.
    pub fn clear_breaks(&mut self) {
        self.breaks.clear();
    }

    /// The run stands elsewhere: what is so there did not become so.
    pub fn stand(&mut self, sight: &Sight<'_>) {
        for one in &mut self.breaks {
            one.was = one.query.holds(sight).unwrap_or(false);
        }
    }

    /// After a step: true if the run is to be held.
    pub fn look(&mut self, sight: &Sight<'_>) -> bool {
        let step = sight.step();
        let mut said = Vec::new();
        // A condition that can no longer be told is none any more; the run is held so that this is seen.
        if let Some(query) = self.until.take() {
            match query.holds(sight) {
                Ok(false) => self.until = Some(query),
                Ok(true) => said.push(format!("{} at step {step}", told(&query, sight))),
                Err(error) => said.push(format!("until {}: {}", query.text, error.what())),
            }
        }
        self.breaks.retain_mut(|one| match one.query.holds(sight) {
            Ok(holds) => {
                if holds && !one.was {
                    said.push(format!("break at step {step}: {}", told(&one.query, sight)));
                }
                one.was = holds;
                true
            }
            Err(error) => {
                said.push(format!("break {}: {}", one.query.text, error.what()));
                false
            }
        });
        if said.is_empty() {
            return false;
        }
        self.say(said.join("; "));
        true
    }

    /// The run has ended, and the condition until which it was to go on never held.
    pub fn end(&mut self, step: u64) {
        if let Some(query) = self.until.take() {
            self.say(format!("the run ended at step {step}; {} never held", query.text));
        }
    }

    fn say(&mut self, told: String) {
        let count = self.held.as_ref().map_or(0, |(count, _)| *count);
        self.held = Some((count + 1, told));
    }

    pub fn view(&self) -> QueryView {
        QueryView {
            answer: self.answer.clone(),
            until: self.until.as_ref().map(|query| query.text.clone()),
            breaks: self.breaks.iter().map(|one| one.query.text.clone()).collect(),
            held: self.held.clone(),
        }
    }
}

/// A query as it was written; in a race, where panes may show another run, with the lab's own before it if it asks for a number
/// of that one.
fn told(query: &Query, sight: &Sight<'_>) -> String {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let mut names = query.text.split(|c| !inside(c));
    let part = |name: &str| Part::ALL.into_iter().any(|part| part.word() == name);
    let own = names.any(|name| {
        let name = name.strip_prefix("run.").unwrap_or(name);
        NUMBERS.contains(&name) || part(name)
    });
    match sight.runs.as_slice() {
        [(name, _), _, ..] if own => format!("{name}: {}", query.text),
        _ => query.text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Two;

    impl Evaluate for Two {
        fn evaluate(&self, _sight: &Sight<'_>) -> Result<Value> {
            Ok(Value::Number(2.0))
        }
    }

    #[test]
    fn in_a_race_an_answer_says_whose_number_it_is_where_the_question_does_not() {
        let runs = [("adam", RunView::default()), ("sgd", RunView::default())];
        let answer = |text: &str, runs: &[(&str, RunView)]| {
            let mut queries = Queries::default();
            let sight = Sight { runs: runs.to_vec(), ..Sight::default() };
            queries.ask(1, Purpose::Value, Query::new(text, Arc::new(Two)), &sight, true);
            queries.view().answer.unwrap().1.unwrap()
        };
        assert_eq!(answer("run.loss / 2", &runs), "adam: run.loss / 2 = 2");
        assert_eq!(answer("loss", &runs), "adam: loss = 2");
        assert_eq!(answer("norm(weight(\"W1\"))", &runs), "adam: norm(weight(\"W1\")) = 2");
        assert_eq!(answer("run.sgd.loss", &runs), "run.sgd.loss = 2");
        assert_eq!(answer("1 + 1", &runs), "1 + 1 = 2");
        assert_eq!(answer("loss", &runs[..1]), "loss = 2");
    }
}
