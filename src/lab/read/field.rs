//! One value of a document, read as what it has to be. A wrong value becomes a sentence for a student: what was
//! found, what is allowed, what to write. Checks the value alone, never what it means beside others.

use std::fmt::Display;
use std::ops::RangeInclusive;

use super::fields::{Fields, list_of};
use crate::error::{Error, Place, Result};
use crate::lab::keys::interval::Interval;
use crate::lab::yaml::document::Document;
use crate::lab::yaml::node::{Dotted, Node, Part, Step, shorten, show};
use crate::lab::yaml::syntax;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Field<'d> {
    document: &'d Document,
    path: Vec<Step>,
    node: &'d Node,
}

impl<'d> Field<'d> {
    /// The value at a path of a document.
    pub(in crate::lab) fn new(document: &'d Document, path: Vec<Step>, node: &'d Node) -> Self {
        Self { document, path, node }
    }

    /// The value as it was written.
    pub fn node(&self) -> &'d Node {
        self.node
    }

    /// The path of the value.
    pub fn path(&self) -> &[Step] {
        &self.path
    }

    /// The dotted path of the value, as in `network[3].dense`.
    pub fn key(&self) -> String {
        Dotted(&self.path).to_string()
    }

    /// Where the value stands.
    pub fn place(&self) -> Place {
        self.document.place(&self.path, Part::Value)
    }

    /// Where the key of the value stands.
    pub fn key_place(&self) -> Place {
        self.document.place(&self.path, Part::Key)
    }

    /// An error about this value.
    pub fn error(&self, what: impl Into<String>) -> Error {
        Error::user(what).at(self.place())
    }

    /// A finite number; whole numbers are numbers, too.
    pub fn number(&self) -> Result<f64> {
        match self.node {
            Node::Int(value) => Ok(*value as f64),
            Node::Float(value) if value.is_finite() => Ok(*value),
            Node::Float(_) => Err(self.must_be("a finite number").help("write an ordinary number such as `0.5`")),
            Node::Str(text) => Err(self.text_for_number(text, "a number")),
            _ => Err(self.must_be("a number")),
        }
    }

    /// A finite number of an interval.
    pub fn number_in(&self, interval: Interval) -> Result<f64> {
        let value = self.number()?;
        if interval.contains(value) { Ok(value) } else { Err(self.out_of_range(show(value), interval)) }
    }

    /// A whole number of a range; `64.0` counts as whole.
    pub fn whole(&self, range: RangeInclusive<u64>) -> Result<u64> {
        let value = match self.node {
            Node::Int(value) => *value,
            // Beyond 2^53 not every whole number is a float, so that a float does not say which one is meant.
            Node::Float(value) if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 => *value as i128,
            Node::Float(value) if value.is_finite() && value.fract() != 0.0 => {
                let error = self.must_be("a whole number");
                return Err(error.help(format!("the nearest are `{}` and `{}`", value.floor(), value.ceil())));
            }
            Node::Str(text) => return Err(self.text_for_number(text, "a whole number")),
            _ => return Err(self.must_be("a whole number")),
        };
        match u64::try_from(value) {
            Ok(value) if range.contains(&value) => Ok(value),
            _ => Err(self.out_of_range(value, whole_range(&range))),
        }
    }

    /// `true` or `false`.
    pub fn boolean(&self) -> Result<bool> {
        match self.node {
            Node::Bool(value) => Ok(*value),
            Node::Str(text) => {
                let error = self.must_be("`true` or `false`");
                Err(match text.to_lowercase().as_str() {
                    "yes" | "on" | "y" | "true" | "1" => error.help("write `true`, without quotes"),
                    "no" | "off" | "n" | "false" | "0" => error.help("write `false`, without quotes"),
                    _ => error,
                })
            }
            _ => Err(self.must_be("`true` or `false`")),
        }
    }

    /// A text; a number needs quotes to be one.
    pub fn text(&self) -> Result<&'d str> {
        match self.node {
            Node::Str(text) => Ok(text),
            Node::Bool(_) | Node::Int(_) | Node::Float(_) => Err(self.must_be("a text").help("put it into quotes")),
            _ => Err(self.must_be("a text")),
        }
    }

    /// A text that is one of the names.
    pub fn one_of<'n>(&self, names: &[&'n str], what: &str) -> Result<&'n str> {
        let Node::Str(text) = self.node else { return Err(self.must_be(&format!("one of {}", list_of(names)))) };
        names.iter().find(|name| *name == text).copied().ok_or_else(|| {
            let error = self.error(format!("there is no {what} `{}`", shorten(text)));
            error.nearest(text, names.iter().copied()).help(format!("allowed here: {}", list_of(names)))
        })
    }

    /// The elements of a list.
    pub fn list(&self) -> Result<Vec<Self>> {
        let Node::Seq(items) = self.node else {
            let error = self.must_be("a list");
            return Err(match self.node {
                Node::Int(_) | Node::Float(_) | Node::Str(_) => error.help("a list of one is written `[value]`"),
                Node::Map(_) => error.help("each element of a list starts with `- `"),
                _ => error,
            });
        };
        Ok(items.iter().enumerate().map(|(index, node)| self.child(Step::Index(index), node)).collect())
    }

    /// A list of finite numbers.
    pub fn numbers(&self) -> Result<Vec<f64>> {
        self.list()?.iter().map(Self::number).collect()
    }

    /// The entries of a map; `what` names it in messages, as in `the optimizer`.
    pub fn map(&self, what: &str) -> Result<Fields<'d>> {
        Fields::new(self.document, &self.path, self.node, what)
    }

    /// Something with a name and perhaps a setting: `relu`, or `dense: 64` as a map with that one key.
    pub fn named(&self, what: &str) -> Result<(&'d str, Option<Self>)> {
        match self.node {
            Node::Str(name) => Ok((name, None)),
            Node::Map(entries) => match entries.as_slice() {
                [(name, node)] => Ok((name, Some(self.child(Step::Key(name.clone()), node)))),
                [_, (second, node), ..] => {
                    let second = self.child(Step::Key(second.clone()), node);
                    let error = Error::user(format!("each {what} is one key, but there are {}", entries.len()));
                    Err(error.at(second.key_place()).help(format!("start the next {what} with `- `")))
                }
                [] => Err(self.must_be("a name, or one key and its value")),
            },
            _ => Err(self.must_be("a name, or one key and its value")),
        }
    }

    /// The error of a value that is not a map.
    pub(in crate::lab) fn not_a_map(&self, what: &str) -> Error {
        let error = match self.node {
            Node::Null => self.error(format!("{what} is empty")),
            _ => self.error(format!("{what} must be a map of keys and values, but is {}", self.node.describe())),
        };
        let hint = if let Node::Str(text) = self.node { syntax::missing_space(shorten(text).as_str()) } else { None };
        match hint {
            Some(fixed) => error.help(format!("put a space after the colon: `{fixed}`")),
            None => error.help("write one `key: value` a line, or `{key: value, key: value}`"),
        }
    }

    fn child(&self, step: Step, node: &'d Node) -> Self {
        let mut path = self.path.clone();
        path.push(step);
        Self { document: self.document, path, node }
    }

    /// "`optimizer.lr` must be a number, but is the text `fast`".
    fn must_be(&self, expected: &str) -> Error {
        let name = self.name();
        match self.node {
            Node::Null => self.error(format!("{name} has no value")).help(format!("give it {expected}, or delete it")),
            node => self.error(format!("{name} must be {expected}, but is {}", node.describe())),
        }
    }

    fn out_of_range(&self, value: impl Display, range: impl Display) -> Error {
        self.error(format!("{} must be {range}, but is {value}", self.name()))
    }

    fn name(&self) -> String {
        if self.path.is_empty() { "the value".to_owned() } else { format!("`{}`", self.key()) }
    }

    /// A text where a number should be: most often a number that YAML did not take for one.
    fn text_for_number(&self, text: &str, expected: &str) -> Error {
        let error = self.must_be(expected);
        match number_hint(text.trim()) {
            Some(help) => error.help(help),
            None => error,
        }
    }
}

fn whole_range(range: &RangeInclusive<u64>) -> String {
    match (*range.start(), *range.end()) {
        (0, u64::MAX) => format!("a whole number from 0 to {}", u64::MAX),
        (low, u64::MAX) => format!("a whole number of at least {low}"),
        (low, high) => format!("a whole number from {low} to {high}"),
    }
}

/// What to write instead of a text that looks like a number.
fn number_hint(text: &str) -> Option<String> {
    let finite = |text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite());
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        let known = ["nan", "inf", "infinity"].contains(&text.to_lowercase().as_str());
        return known.then(|| "only finite numbers are allowed".to_owned());
    }
    if let Ok(value) = text.parse::<f64>() {
        let digits = text.trim_start_matches(['+', '-']).as_bytes();
        return Some(if value.is_infinite() {
            "it is too large: the largest number is about `1.8e308`".to_owned()
        } else if digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit() {
            format!("a number has no leading zeros: `{value}`")
        } else {
            format!("write it without quotes: `{text}`")
        });
    }
    if let Some(value) = text.strip_suffix('%').and_then(|number| finite(number.trim())) {
        return Some(format!("write a fraction: `{}`", value / 100.0));
    }
    if text.contains('_') && finite(&text.replace('_', "")).is_some() {
        return Some(format!("write it without `_`: `{}`", text.replace('_', "")));
    }
    if text.matches(',').count() == 1 && finite(&text.replace(',', ".")).is_some() {
        return Some(format!("the decimal mark is a point: `{}`", text.replace(',', ".")));
    }
    if text.contains(' ') && finite(&text.replace(' ', "")).is_some() {
        return Some(format!("write it without spaces: `{}`", text.replace(' ', "")));
    }
    if let Some((above, below)) = text.split_once('/') {
        let quotient = finite(above.trim())? / finite(below.trim())?;
        return quotient.is_finite().then(|| format!("write the quotient out: `{quotient}`"));
    }
    if text.matches('.').count() > 1 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return Some("a number has one decimal point".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_looks_like_a_number_is_told_how_to_become_one() {
        let hints = [
            ("1e400", "it is too large: the largest number is about `1.8e308`"),
            ("1_000", "write it without `_`: `1000`"),
            ("0,5", "the decimal mark is a point: `0.5`"),
            ("1.5.2", "a number has one decimal point"),
            ("0.1", "write it without quotes: `0.1`"),
            ("0", "write it without quotes: `0`"),
            ("007", "a number has no leading zeros: `7`"),
            ("-05", "a number has no leading zeros: `-5`"),
            ("20 %", "write a fraction: `0.2`"),
            ("1/4", "write the quotient out: `0.25`"),
            ("10 000", "write it without spaces: `10000`"),
            ("NaN", "only finite numbers are allowed"),
        ];
        for (text, hint) in hints {
            assert_eq!(number_hint(text).as_deref(), Some(hint), "{text}");
        }
        assert_eq!(number_hint("fast"), None);
        assert_eq!(number_hint("1/0"), None);
        assert_eq!(number_hint("-"), None);
    }
}
