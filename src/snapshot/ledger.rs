//! The ledger as it is shown: an update of one element that was applied, statement by statement, with its numbers.

use std::ops::Range;

use super::Formula;

/// A statement of `update`, or of a helper that it called, with its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerLine {
    /// `v_hat`, `state.v`, `norm(dw)`, `matmul(a[1,:], b[:,2])`; `dW` for what came in, `W` for what is returned, and `point` for what
    /// `second_point` returns.
    pub name: String,
    /// Which element of it is shown, as `[1,1]`, where it has not the rows and columns of the parameter; else empty.
    pub place: String,
    /// The right-hand side as the script has it; empty where there is none.
    pub symbolic: String,
    /// The right-hand side as it was traced, with the numbers filled in.
    pub formula: Formula<f64>,
    /// What it came to.
    pub value: f64,
    /// Where the statement begins in the script's text, in bytes; none where it has no words of its own there.
    pub offset: Option<usize>,
}

/// An update of one element as it was applied, statement by statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    /// The place of the parameter in [`Snapshot::state`](super::Snapshot::state).
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
    /// Which of the lines are those of `second_point`, the last of them the weight at which the second gradient was taken; none
    /// where the rule has no such function.
    pub second_point: Range<usize>,
    /// The element with the largest |dW| in this update; in a parameter of more than 65536 elements, of those around
    /// the one shown.
    pub steepest: usize,
}

/// The letter of an element, where the parameter has one for each: `xy` of a landscape is `x` and `y`.
pub fn coordinate(parameter: &str, index: usize, elements: usize) -> Option<String> {
    let letters = elements > 1 && parameter.chars().count() == elements && parameter.chars().all(char::is_alphabetic);
    parameter.chars().nth(index).filter(|_| letters).map(String::from)
}

/// `W1[3,5]`, `b1[2]`, `x` of `xy`; the name alone where there is one element.
pub fn element_name(parameter: &str, shape: &[usize], index: usize) -> String {
    if let Some(letter) = coordinate(parameter, index, shape.iter().product()) {
        return letter;
    }
    match shape {
        [] | [1] => parameter.to_owned(),
        [_] => format!("{parameter}[{index}]"),
        [_, rest @ ..] => {
            let columns = rest.iter().product::<usize>().max(1);
            format!("{parameter}[{},{}]", index / columns, index % columns)
        }
    }
}
