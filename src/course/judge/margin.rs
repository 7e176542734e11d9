//! By how much a check holds or does not, where it is a comparison or several of them: the difference of its two sides. A close
//! call is then seen as such.

use crate::error::Result;
use crate::script::query;
use crate::session::{Query, Sight, Value};

/// What the margin of a check is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum Margin {
    /// All of them hold: the least of their margins.
    All(Vec<Margin>),
    /// One of them holds: the largest of their margins.
    Any(Vec<Margin>),
    /// The first is below the second; and the comparison as it is written.
    Below(Query, Query, String),
    /// The two are the same; and the comparison as it is written.
    Equal(Query, Query, String),
}

/// What stands between the two sides of a comparison; what begins like another one comes first.
const SIGNS: &[&str] = &["<=", ">=", "==", "!=", "<", ">"];

/// How near a call was.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Above 0 where the check holds, below where it does not, 0 at its edge.
    pub by: f64,
    /// The comparison of the check that decides it.
    pub of: String,
}

impl Margin {
    /// That of a check; none if it is no comparison.
    pub fn of(check: &str) -> Option<Self> {
        let check = without_brackets(check.trim());
        for (word, of) in [("||", Self::Any as fn(Vec<Self>) -> Self), ("&&", Self::All)] {
            let parts = split(check, &[word])?;
            if parts.len() > 1 {
                return parts.iter().map(|(part, _)| Self::of(part)).collect::<Option<Vec<_>>>().map(of);
            }
        }
        let (left, sign, right) = sides(check)?;
        let (left, right) = (query(left).ok()?, query(right).ok()?);
        match sign {
            "<" | "<=" => Some(Self::Below(left, right, check.to_owned())),
            ">" | ">=" => Some(Self::Below(right, left, check.to_owned())),
            "==" => Some(Self::Equal(left, right, check.to_owned())),
            _ => None,
        }
    }

    /// How near the call is; none where a number is not known or has no end.
    pub fn value(&self, sight: &Sight<'_>) -> Option<Call> {
        self.at(sight).filter(|(by, _)| by.is_finite()).map(|(by, of)| Call { by, of: of.to_owned() })
    }

    /// The same, with no end where there is nothing that it could be short by: an equation that holds.
    fn at(&self, sight: &Sight<'_>) -> Option<(f64, &str)> {
        let number = |query: &Query| -> Option<f64> {
            match query.value(sight) as Result<Value> {
                Ok(Value::Number(number)) if !number.is_nan() => Some(number),
                _ => None,
            }
        };
        match self {
            Self::All(parts) => values(parts, sight)?.into_iter().reduce(|a, b| if b.0 < a.0 { b } else { a }),
            Self::Any(parts) => values(parts, sight)?.into_iter().reduce(|a, b| if b.0 > a.0 { b } else { a }),
            Self::Below(low, high, told) => Some((number(high)? - number(low)?, told)),
            // How near it was says nothing where it holds: an equation has no room.
            Self::Equal(left, right, told) => {
                let apart = (number(left)? - number(right)?).abs();
                Some((if apart == 0.0 { f64::INFINITY } else { -apart }, told))
            }
        }
    }
}

/// The two sides of a comparison, and the sign between them.
pub fn sides(comparison: &str) -> Option<(&str, &'static str, &str)> {
    let parts = split(comparison, SIGNS)?;
    let [(left, _), (right, sign)] = parts.as_slice() else { return None };
    Some((left.trim(), sign, right.trim()))
}

/// How near each of these is.
fn values<'m>(parts: &'m [Margin], sight: &Sight<'_>) -> Option<Vec<(f64, &'m str)>> {
    parts.iter().map(|part| part.at(sight)).collect()
}

/// The parts of an expression between these words, where no bracket is open, each with the word before it; none if it has
/// operators that bind otherwise than is known here.
fn split<'t>(text: &'t str, words: &[&'static str]) -> Option<Vec<(&'t str, &'static str)>> {
    let (mut depth, mut quoted, mut begins, mut before) = (0_i32, false, 0, "");
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let mut length = c.len_utf8();
        match c {
            '\\' if quoted => length += text[at + 1..].chars().next().map_or(0, char::len_utf8),
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ if depth == 0 => {
                if let Some(word) = words.iter().copied().find(|word| text[at..].starts_with(word)) {
                    parts.push((&text[begins..at], before));
                    (length, begins, before) = (word.len(), at + word.len(), word);
                } else if ["&&", "||", "<=", ">=", "==", "!="].iter().any(|word| text[at..].starts_with(word)) {
                    length = 2;
                } else if matches!(c, '&' | '|' | '!') {
                    return None;
                }
            }
            _ => {}
        }
        at += length;
    }
    parts.push((&text[begins..], before));
    (depth == 0 && !quoted).then_some(parts)
}

/// Without brackets around all of it.
fn without_brackets(text: &str) -> &str {
    let Some(inside) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) else { return text };
    let mut depth = 0;
    let closes_early = inside.chars().any(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth < 0
    });
    if closes_early { text } else { without_brackets(inside.trim()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::RunView;

    fn call(check: &str) -> Option<Call> {
        let view = RunView { step: 8, epoch: 2, loss: 0.25, ..RunView::default() };
        Margin::of(check)?.value(&Sight { runs: vec![("sgd", view)], ..Sight::default() })
    }

    fn margin(check: &str) -> Option<f64> {
        call(check).map(|call| call.by)
    }

    #[test]
    fn a_comparison_is_met_or_missed_by_the_difference_of_its_sides() {
        for (check, by) in [
            ("run.loss < 0.5", 0.25),
            ("run.loss <= 0.125", -0.125),
            ("(loss > 0.125)", 0.125),
            ("min(loss, 9) >= 1", -0.75),
            ("run.step == 10", -2.0),
            ("run.loss < 0.5 && run.epoch <= 10", 0.25),
            ("(run.loss < 0.125) || (run.step > 3 && epoch < 3)", 1.0),
            ("run.loss < 0.5 && (run.epoch <= 1 || run.step < 6)", -1.0),
            // An equation that holds has no room, so that it says nothing of how near it was.
            ("run.loss < 0.5 && run.step == 8", 0.25),
            ("run.loss < 0.5 && run.step == 9", -1.0),
        ] {
            assert_eq!(margin(check), Some(by), "{check}");
        }
    }

    #[test]
    fn the_comparison_that_decides_a_call_is_named() {
        for (check, of) in [
            ("run.loss < 0.5 && (run.epoch <= 1 || run.step < 6)", "run.epoch <= 1"),
            ("(run.loss < 0.125) || (run.step > 3 && epoch < 3)", "epoch < 3"),
            ("( run.loss < 0.5 )", "run.loss < 0.5"),
        ] {
            assert_eq!(call(check).map(|call| call.of).as_deref(), Some(of), "{check}");
        }
    }

    #[test]
    fn what_is_no_comparison_or_not_known_yet_has_no_margin() {
        for check in [
            "run.diverged",
            "run.step == 8",
            "!(run.loss < 1)",
            "run.loss != 3",
            "val_loss < 1",
            "loss < 1 & step > 2",
            "loss <",
        ] {
            assert_eq!(margin(check), None, "{check}");
        }
    }
}
