//! A formula of the ledger in as many columns as there are: what stands in brackets or in a function becomes one number
//! first, the innermost before the others. It computes nothing: every number was there.

use crate::snapshot::Formula;
use crate::ui::canvas::text;

/// The formula with all its numbers.
pub fn whole(formula: &Formula<f64>) -> String {
    formula.text(&|value| text::filled(*value))
}

/// The formula in at most `columns`: with fewer digits, then with operations joined; if nothing is left to be joined, its
/// end is replaced by `mark`.
pub fn fit(formula: &Formula<f64>, columns: usize, mark: char) -> String {
    let line = whole(formula);
    if text::width(&line) <= columns {
        return line;
    }
    let mut formula = formula.clone();
    loop {
        let line = formula.text(&|value| text::filled_short(*value));
        if text::width(&line) <= columns || !join(&mut formula) {
            return text::cut(&line, columns, mark);
        }
    }
}

/// Replaces an inner operation by its value; false if there is none.
fn join(formula: &mut Formula<f64>) -> bool {
    let mut best = None;
    seek(formula, &mut Vec::new(), false, &mut best);
    let Some((_, path)) = best else { return false };
    let mut at = formula;
    for place in path {
        let Formula::Apply { operands, .. } = at else { return false };
        at = &mut operands[place];
    }
    if let Some(value) = at.value().copied() {
        *at = Formula::Value(value);
    }
    true
}

/// How gladly an operation is joined, and where it is.
type Found = ((bool, usize), Vec<usize>);

/// Looks for the operation to join: one on values alone, closed by brackets if there is such, and as deep as there is.
fn seek(formula: &Formula<f64>, path: &mut Vec<usize>, closed: bool, best: &mut Option<Found>) {
    let Formula::Apply { operands, .. } = formula else { return };
    let inner = operands.iter().any(|operand| matches!(operand, Formula::Apply { .. }));
    let rank = (closed || formula.is_function(), path.len());
    if !inner && !path.is_empty() && best.as_ref().is_none_or(|(other, _)| rank > *other) {
        *best = Some((rank, path.clone()));
    }
    for (at, operand) in operands.iter().enumerate() {
        path.push(at);
        seek(operand, path, formula.brackets(at), best);
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(name: &'static str, value: f64, operands: Vec<Formula<f64>>) -> Formula<f64> {
        Formula::Apply { name, operands, value }
    }

    #[test]
    fn what_is_in_brackets_becomes_a_number_before_the_rest_does() {
        let value = Formula::Value;
        let root = apply("sqrt", 0.039_37, vec![value(0.001_55)]);
        let bottom = apply("+", 0.039_37, vec![root, value(1e-8)]);
        let top = apply("*", -2.91e-5, vec![value(0.001), value(-0.0291)]);
        let formula = apply("-", 0.5127, vec![value(0.512), apply("/", -7.39e-4, vec![top, bottom])]);
        let lines = [
            (60, "0.512 - 0.001 * -0.0291 / (sqrt(0.00155) + 1e-8)"),
            (47, "0.512 - 0.001 * -0.0291 / (0.0394 + 1e-8)"),
            (40, "0.512 - 0.001 * -0.0291 / 0.0394"),
            (30, "0.512 - -2.91e-5 / 0.0394"),
            (20, "0.512 - -7.39e-4"),
            (9, "0.512 …"),
            (0, ""),
        ];
        for (columns, line) in lines {
            assert_eq!(fit(&formula, columns, '…'), line);
        }
    }
}
