//! The ledger as the screen gets it: the last watched update of one element, with the names of its parameter.

use crate::optim::Reading;
use crate::program::Layout;
use crate::snapshot::{Ledger, coordinate};

/// Names the lines of a reading after its parameter: `dW` and `W`, or `db` and `b`, by its whole name where a value of the
/// script has that one; of a rule with a second gradient `dW2` or `db2`, too.
pub(crate) fn ledger(reading: Reading, layout: &Layout) -> Option<Ledger> {
    let parameter = layout.parameters().get(reading.parameter)?;
    let (mut lines, point) = (reading.lines, reading.second_point);
    let coordinate = coordinate(&parameter.name, reading.element, parameter.shape.iter().product());
    let whole = match coordinate {
        Some(_) => format!("{}[{}]", parameter.name, reading.element),
        None => parameter.name.clone(),
    };
    let letter = coordinate.unwrap_or_else(|| parameter.name.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned());
    // Where the script has a value of that name, as the decay `b` of `adafactor`, a bias is told from it by its number.
    let between = lines.len().saturating_sub(1);
    let is_taken = lines[..between].iter().any(|line| line.name == letter);
    let letter = if is_taken { whole } else { letter };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::ParameterKind;
    use crate::snapshot::{Formula, LedgerLine};

    /// The names of the lines of a parameter's update by a rule that makes values of these names.
    fn names(parameter: &str, shape: &[usize], made: &[&str]) -> Vec<String> {
        let mut layout = Layout::new();
        layout.add(parameter, shape, ParameterKind::Bias);
        let line = |name: &str| LedgerLine {
            name: name.to_owned(),
            place: String::new(),
            symbolic: String::new(),
            formula: Formula::Value(0.5),
            value: 0.5,
            offset: None,
        };
        let lines = ["dW"].iter().chain(made).chain(&["W"]).map(|name| line(name)).collect();
        let reading =
            Reading { step: 1, parameter: 0, element: 1, before: 0.0, lines, second_point: 0..0, steepest: 0 };
        ledger(reading, &layout).unwrap().lines.into_iter().map(|line| line.name).collect()
    }

    #[test]
    fn a_weight_has_its_letter_unless_the_script_has_a_value_of_that_name() {
        assert_eq!(names("b1", &[3], &["square"]), ["db", "square", "b"]);
        // As the decay of `adafactor`, and as a momentum that is called so.
        assert_eq!(names("b1", &[3], &["b", "square"]), ["db1", "b", "square", "b1"]);
        assert_eq!(names("xy", &[2], &["d"]), ["dy", "d", "y"]);
        assert_eq!(names("xy", &[2], &["y"]), ["dxy[1]", "y", "xy[1]"]);
    }
}
