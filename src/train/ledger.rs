//! The ledger as the screen gets it: the last watched update of one element, with the names of its parameter.

use crate::optim::{LedgerLine, Reading};
use crate::program::Layout;

/// An update of one element as it was applied, statement by statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    /// The place of the parameter in [`Snapshot::state`](super::snapshot::Snapshot::state).
    pub parameter: usize,
    /// `W1`.
    pub name: String,
    /// `[64, 64]`.
    pub shape: Vec<usize>,
    /// The element, row by row.
    pub index: usize,
    /// The update's number, from 1. It may be older than the run's newest: not every step is watched.
    pub step: u64,
    /// The weight before the update.
    pub before: f64,
    /// The gradient (`dW`, with the penalty, after clipping) first, the new weight (`W`) last.
    pub lines: Vec<LedgerLine>,
    /// The element with the largest |dW| in this update; in a parameter of more than 65536 elements, of those around
    /// the one shown.
    pub steepest: usize,
}

/// Names the lines of a reading after its parameter: `dW` and `W`, or `db` and `b`.
pub(super) fn ledger(reading: Reading, layout: &Layout) -> Option<Ledger> {
    let parameter = layout.parameters().get(reading.parameter)?;
    let mut lines = reading.lines;
    let letter = coordinate(&parameter.name, reading.element, parameter.shape.iter().product())
        .unwrap_or_else(|| parameter.name.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned());
    if let Some(first) = lines.first_mut() {
        first.name = format!("d{letter}");
    }
    if let Some(last) = lines.last_mut() {
        last.name = letter;
    }
    Some(Ledger {
        parameter: reading.parameter,
        name: parameter.name.clone(),
        shape: parameter.shape.clone(),
        index: reading.element,
        step: reading.step,
        before: reading.before,
        lines,
        steepest: reading.steepest,
    })
}

/// The letter of an element, where the parameter has one for each: `xy` of a landscape is `x` and `y`.
pub fn coordinate(parameter: &str, index: usize, elements: usize) -> Option<String> {
    let letters = elements > 1 && parameter.chars().count() == elements && parameter.chars().all(char::is_alphabetic);
    parameter.chars().nth(index).filter(|_| letters).map(String::from)
}
