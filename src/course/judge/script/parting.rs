//! Where the ledgers of two rules part: the first statement of the student's that comes to another number than the
//! reference's statement of the same name, for one weight in one update.

use std::collections::HashMap;

use super::near::{apart, number, same, short};
use crate::error::Source;
use crate::optim::Reading;
use crate::snapshot::LedgerLine;

/// The student's statement in a sentence, with its line and its numbers. None if no two statements of one name differ.
pub(super) fn parting(reference: &Reading, own: &Reading, source: &Source) -> Option<String> {
    let of_reference = by_name(&reference.lines);
    let of_own = by_name(&own.lines);
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (place, line) in own.lines.iter().enumerate() {
        let name = key(&line.name);
        let at = seen.entry(name).or_default();
        *at += 1;
        let Some(values) = of_reference.get(name) else { continue };
        // A name that one of them uses more often is compared by what it holds in the end.
        let (count, last) = (of_own.get(name).map_or(0, Vec::len), *at);
        let expected = if count == values.len() {
            values.get(last - 1)
        } else if last == count {
            values.last()
        } else {
            None
        };
        if let Some(expected) = expected
            && !same(*expected, line.value, size(own, place, *expected), 0.0)
        {
            return Some(told(line, *expected, source));
        }
    }
    None
}

/// What two values of a line are compared by: a weight by how far it moved.
fn size(own: &Reading, place: usize, expected: f64) -> f64 {
    let line = &own.lines[place];
    let from = if line.name == "W" || place + 1 == own.second_point.end { own.before } else { 0.0 };
    (line.value - from).abs().max((expected - from).abs())
}

/// `v` and `state.v` are one name: scripts keep a value under it, or work it out first and keep it then.
fn key(name: &str) -> &str {
    name.strip_prefix("state.").unwrap_or(name)
}

fn by_name(lines: &[LedgerLine]) -> HashMap<&str, Vec<f64>> {
    let mut values: HashMap<&str, Vec<f64>> = HashMap::new();
    for line in lines {
        values.entry(key(&line.name)).or_default().push(line.value);
    }
    values
}

fn told(line: &LedgerLine, expected: f64, source: &Source) -> String {
    let place = line.offset.and_then(|offset| source.text.get(..offset));
    let place = place.map_or_else(String::new, |before| format!("line {}: ", before.matches('\n').count() + 1));
    let (name, words) = (&line.name, &line.symbolic);
    let statement = match (name.as_str(), words.as_str()) {
        (_, "") => name.clone(),
        ("W", words) => words.to_owned(),
        // `+= 1` and its like.
        (_, words) if words.starts_with(['+', '-', '*', '/', '%']) && words[1..].starts_with('=') => {
            format!("{name} {words}")
        }
        (_, words) => format!("{name} = {words}"),
    };
    let (expected, got) = apart(expected, line.value);
    let numbers = line.formula.text(&|value| number(*value));
    let worked = if numbers == got || line.symbolic.is_empty() { got } else { format!("{} = {got}", short(&numbers)) };
    format!("{place}`{}` gives {worked}, the reference has {expected}", short(&statement))
}
