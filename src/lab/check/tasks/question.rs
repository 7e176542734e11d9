//! Tasks of kind `question`: the form of the answer, what is right, and the numbers that each student gets for himself.

use super::{Asked, is_name, names_of};
use crate::error::{Error, Result};
use crate::lab::check::Check;
use crate::lab::plan::task::{Draw, Form, Question, Right, Within};
use crate::lab::read::field::Field;
use crate::lab::read::fields::Fields;
use crate::lab::yaml::node::{Node, shorten, show};
use crate::script::arithmetic;

/// The most values of a number that is drawn.
const MOST_VALUES: usize = 10_000;

impl Check<'_> {
    pub(super) fn question(&mut self, fields: &mut Fields<'_>, asked: &Asked) -> Option<Question> {
        let before_run = match fields.take("before") {
            None => Some(true),
            Some(field) => {
                let word = field.one_of(&["run", "nothing"], "`before`");
                self.problems.keep(word).map(|word| word == "run")
            }
        };
        let draw = self.draws(fields.take("draw").as_ref());
        let form = fields.take("form");
        let form = form.map(|field| (field.one_of(&["number", "text"], "form of an answer"), field));
        let answer = fields.take("answer");
        let choices = fields.take("choices");
        let order = fields.take("order");
        if let (Some(_), Some(order)) = (&choices, &order) {
            let error = Error::user("`choices` and `order` exclude each other").at(order.key_place());
            self.problems.push(error.help("keep one of the two"));
        }
        let drawn = draw.as_deref().unwrap_or_default();
        let (form, right) = if let Some(choices) = choices {
            let choices = self.choices(&choices)?;
            let right = match answer {
                Some(answer) => Some(self.choice(&answer, &choices)?),
                None => self.none_if_packed(fields, asked)?,
            };
            (Form::Choice(choices), right)
        } else if let Some(order) = order {
            let items = self.texts(Some(&order))?;
            if items.len() < 2 || items.len() > 9 {
                self.problems.push(order.error(format!("{} things to put in order; there may be 2 to 9", items.len())));
            }
            if let Some(twice) = items.iter().enumerate().find(|(at, item)| items[..*at].contains(item)) {
                self.problems.push(order.error(format!("`{}` is there twice", shorten(twice.1))));
            }
            if let Some(answer) = &answer {
                let error = Error::user("the right order is that of `order`").at(answer.key_place());
                self.problems.push(error.help("delete `answer`"));
            }
            let right = (!asked.packed).then(|| Right::Order(items.clone()));
            (Form::Order(items), right)
        } else if let Some(answer) = answer {
            let right = self.right(&answer, drawn, fields)?;
            (if matches!(right, Right::Number { .. }) { Form::Number } else { Form::Text }, Some(right))
        } else {
            self.none_if_packed(fields, asked)?;
            let Some((word, _)) = form else {
                self.problems.push(fields.error("a packed question without choices needs the key `form`"));
                return None;
            };
            (if self.problems.keep(word)? == "number" { Form::Number } else { Form::Text }, None)
        };
        Some(Question { before_run: before_run?, form, right, draw: draw? })
    }

    /// Nothing, where the lab was packed; else an answer is missing.
    #[expect(clippy::option_option, reason = "the outer one tells of an error, as for every section")]
    fn none_if_packed(&mut self, fields: &Fields<'_>, asked: &Asked) -> Option<Option<Right>> {
        if asked.packed {
            return Some(None);
        }
        let error = fields.error("a task of kind `question` needs the key `answer` or `order`");
        self.problems.push(error.help("a number, a text, a list of accepted texts, or one of `choices`"));
        None
    }

    fn choices(&mut self, field: &Field<'_>) -> Option<Vec<(String, String)>> {
        let mut map = self.problems.keep(field.map("`choices`"))?;
        let mut choices = Vec::new();
        for (name, text) in map.rest() {
            choices.push((name.to_owned(), self.prose(&text)?));
        }
        if choices.len() < 2 || choices.len() > 9 {
            self.problems.push(field.error(format!("{} choices; there may be 2 to 9", choices.len())));
            return None;
        }
        Some(choices)
    }

    fn choice(&mut self, field: &Field<'_>, choices: &[(String, String)]) -> Option<Right> {
        let name = self.problems.keep(field.text())?;
        if choices.iter().any(|(known, _)| known == name) {
            return Some(Right::Choice(name.to_owned()));
        }
        let error = field.error(format!("`{}` is none of the choices", shorten(name)));
        self.problems.push(error.help(format!("the choices are {}", names_of(choices))));
        None
    }

    /// A number or an expression, a text, or a list of texts.
    fn right(&mut self, field: &Field<'_>, drawn: &[Draw], fields: &mut Fields<'_>) -> Option<Right> {
        let number = |expression: String, within: Within| Right::Number { expression, within };
        match field.node() {
            Node::Int(_) | Node::Float(_) => {
                let value = self.problems.keep(field.number())?;
                let within = self.within(fields)?;
                Some(number(show(value), within))
            }
            Node::Seq(_) => {
                let texts = self.texts(Some(field))?;
                if texts.is_empty() {
                    self.problems.push(field.error("no text is accepted"));
                    return None;
                }
                Some(Right::Text(texts))
            }
            _ => {
                let text = self.problems.keep(field.text())?;
                // With numbers that are drawn, or a tolerance, it is an expression; else it is one if it can be worked out.
                let numbers: Vec<(String, f64)> =
                    drawn.iter().map(|draw| (draw.name.clone(), draw.values[0])).collect();
                let meant = !drawn.is_empty() || fields.has("within") || fields.has("within_percent");
                match arithmetic(text, &numbers) {
                    Ok(_) => {
                        let within = self.within(fields)?;
                        Some(number(text.to_owned(), within))
                    }
                    Err(error) if meant => {
                        self.problems.push(field.error(error.what().to_owned()));
                        None
                    }
                    Err(_) => Some(Right::Text(vec![text.to_owned()])),
                }
            }
        }
    }

    fn draws(&mut self, field: Option<&Field<'_>>) -> Option<Vec<Draw>> {
        let Some(field) = field else { return Some(Vec::new()) };
        let mut map = self.problems.keep(field.map("`draw`"))?;
        let mut draws = Vec::new();
        for (name, values) in map.rest() {
            if !is_name(name) {
                let error = Error::user(format!("`{}` cannot be a number's name", shorten(name)));
                self.problems.push(error.at(values.key_place()).help("letters, digits and `_`, a letter first"));
                return None;
            }
            let values = self.problems.keep(values_of(&values))?;
            draws.push(Draw { name: name.to_owned(), values });
        }
        Some(draws)
    }
}

/// A list of numbers, or `{from: 10, to: 30, step: 0.5}`.
fn values_of(field: &Field<'_>) -> Result<Vec<f64>> {
    if let Node::Seq(_) = field.node() {
        let values = field.numbers()?;
        return match values.len() {
            1..=MOST_VALUES => Ok(values),
            count => Err(field.error(format!("{count} values; there may be 1 to {MOST_VALUES}"))),
        };
    }
    let mut map = field.map("the values of a number")?;
    let from = map.require("from")?.number()?;
    let to = map.require("to")?.number()?;
    let step = map.require("step")?;
    let by = step.number()?;
    if let Some((key, field)) = map.rest().first() {
        let error = Error::user(format!("values have no key `{}`", shorten(key))).at(field.key_place());
        return Err(error.help("allowed here: `from`, `to`, `step`"));
    }
    let count = ((to - from) / by + 1e-9).floor();
    if by <= 0.0 || !(0.0..MOST_VALUES as f64).contains(&count) {
        return Err(step.error(format!("from {from} to {to} by {by} are no values, or more than {MOST_VALUES}")));
    }
    // As a person writes them: 10.3 rather than 10.299999999999999.
    let rounded = |value: f64| format!("{value:.12e}").parse().unwrap_or(value);
    Ok((0..=count as usize).map(|at| rounded(from + at as f64 * by)).collect())
}
