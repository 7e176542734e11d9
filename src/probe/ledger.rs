//! The ledger as the screen gets it: the last watched update of one element, with the names of its parameter.

use crate::optim::Reading;
use crate::program::Layout;
use crate::snapshot::{Ledger, coordinate};

/// Names the lines of a reading after its parameter: `dW` and `W`, or `db` and `b`; of a rule with a second gradient `dW2` or
/// `db2`, too.
pub(crate) fn ledger(reading: Reading, layout: &Layout) -> Option<Ledger> {
    let parameter = layout.parameters().get(reading.parameter)?;
    let (mut lines, point) = (reading.lines, reading.second_point);
    let letter = coordinate(&parameter.name, reading.element, parameter.shape.iter().product())
        .unwrap_or_else(|| parameter.name.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned());
    if let Some(first) = lines.first_mut() {
        first.name = format!("d{letter}");
    }
    if let Some(second) = lines.get_mut(point.end.max(1)).filter(|line| line.name == "dW2" && line.symbolic.is_empty())
    {
        second.name = format!("d{letter}2");
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
        second_point: point,
        steepest: reading.steepest,
    })
}
