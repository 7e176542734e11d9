//! How the ledger names the rows and columns that an element of a sum along an axis, a product or a transpose is made of.

use super::ledger::Origin;
use crate::program::{Axis, Graph, Op, Shape};
use crate::snapshot::Formula;

/// A formula in which what is looked at as a whole says which row or column of it is meant: `matmul(a[2,:], b[:,1])` for
/// element [2,1]. The element is one of a parameter of shape `own`.
pub(super) fn named(formula: &Formula<Origin>, graph: &Graph, at: (usize, Shape)) -> Formula<Origin> {
    let Formula::Apply { name, operands, value } = formula else { return formula.clone() };
    let Origin::Node(node) = *value else { return formula.clone() };
    let (row, column) = row_and_column(graph.facts(node).shape.unwrap_or(at.1), at);
    let places = match (*name, graph.op(node)) {
        ("matmul", _) => [format!("[{row},:]"), format!("[:,{column}]")],
        ("outer", _) => [format!("[{row}]"), format!("[{column}]")],
        ("transpose", _) => [format!("[{column},{row}]"), String::new()],
        (_, Op::Along(_, Axis::Rows, _)) => [format!("[:,{column}]"), String::new()],
        (_, Op::Along(_, Axis::Columns, _)) => [format!("[{row},:]"), String::new()],
        _ => [String::new(), String::new()],
    };
    let place = |(which, operand): (usize, &Formula<Origin>)| match (operand, places.get(which)) {
        (Formula::Word(word), Some(place)) if !place.is_empty() && !is_bare(word) => {
            Formula::Word(format!("({word}){place}"))
        }
        (Formula::Word(word), Some(place)) => Formula::Word(format!("{word}{place}")),
        _ => named(operand, graph, at),
    };
    Formula::Apply { name, operands: operands.iter().enumerate().map(place).collect(), value: *value }
}

/// The element that is shown of what a formula makes, as `[1,1]`; empty where it is the one that is looked at: of a number,
/// and of a tensor with the parameter's rows and columns.
pub(super) fn place(formula: &Formula<Origin>, graph: &Graph, at: (usize, Shape)) -> String {
    let Some(Origin::Node(node)) = formula.value() else { return String::new() };
    match graph.facts(*node).shape {
        Some(shape) if shape != at.1 => {
            let (row, column) = row_and_column(shape, at);
            format!("[{row},{column}]")
        }
        _ => String::new(),
    }
}

/// Where an element of a parameter lies in a tensor of that shape.
fn row_and_column(shape: Shape, (element, own): (usize, Shape)) -> (usize, usize) {
    let (place, columns) = (shape.place(element, own), (shape.columns as usize).max(1));
    (place / columns, place % columns)
}

/// A name, or one call: what stands behind it belongs to all of it.
fn is_bare(word: &str) -> bool {
    let mut open = 0;
    let within = |c: char| {
        let inside = open > 0;
        open += i32::from(c == '(') - i32::from(c == ')');
        inside || c.is_alphanumeric() || matches!(c, '_' | '.' | '(')
    };
    word.chars().all(within)
}

#[cfg(test)]
mod tests {
    use super::is_bare;

    #[test]
    fn a_name_or_a_call_needs_no_brackets() {
        for bare in ["dw", "state.v", "transpose(a)", "matmul(a + b, c)"] {
            assert!(is_bare(bare), "{bare}");
        }
        for joined in ["a + b", "-a", "sqrt(a) + b", "a * matmul(b, c)"] {
            assert!(!is_bare(joined), "{joined}");
        }
    }
}
