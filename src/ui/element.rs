//! One element of a parameter: its name as in `W1[3,5]`, and where the arrow keys take it. It knows no numbers.

use crate::ui::keys::Press;

pub use crate::snapshot::element_name as name;

/// Rows and columns of a parameter: a bias is one row.
fn matrix(shape: &[usize]) -> (usize, usize) {
    match shape {
        [] => (1, 1),
        [n] => (1, *n),
        [rows, rest @ ..] => (*rows, rest.iter().product()),
    }
}

/// The element that `[3,5]` means, row by row; none if there is no such.
pub fn index(inside: &str, shape: &[usize]) -> Option<usize> {
    let given: Vec<usize> = inside.split(',').map(|index| index.trim().parse().ok()).collect::<Option<_>>()?;
    if given.len() != shape.len() || given.iter().zip(shape).any(|(index, length)| index >= length) {
        return None;
    }
    Some(given.iter().zip(shape).fold(0, |place, (index, length)| place * length + index))
}

/// The element next to one, or the one itself at the edge.
pub fn next(shape: &[usize], from: usize, press: Press) -> usize {
    let (rows, columns) = matrix(shape);
    let columns = columns.max(1);
    let (row, column) = (from / columns, from % columns);
    let (row, column) = match press {
        Press::Up => (row.saturating_sub(1), column),
        Press::Down => (row + 1, column),
        Press::Left => (row, column.saturating_sub(1)),
        Press::Right => (row, column + 1),
        _ => (row, column),
    };
    row.min(rows.saturating_sub(1)) * columns + column.min(columns - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_stay_inside() {
        let shape = [3, 4];
        let walk = |from, presses: &[Press]| presses.iter().fold(from, |at, press| next(&shape, at, *press));
        assert_eq!(walk(0, &[Press::Up, Press::Left]), 0);
        assert_eq!(walk(0, &[Press::Down, Press::Right]), 5);
        assert_eq!(walk(5, &[Press::Right; 9]), 7);
        assert_eq!(walk(5, &[Press::Down; 9]), 9);
        assert_eq!(next(&[4], 2, Press::Down), 2);
        assert_eq!(next(&[], 0, Press::Right), 0);
    }

    #[test]
    fn names_and_places_agree() {
        assert_eq!(
            (name("xy", &[2], 0), name("xy", &[2], 1), name("b1", &[2], 1)),
            ("x".into(), "y".into(), "b1[1]".into())
        );
        let cases: [(&[usize], usize, &str); 4] =
            [(&[3, 4], 7, "W[1,3]"), (&[4], 2, "W[2]"), (&[1], 0, "W"), (&[], 0, "W")];
        for (shape, at, expected) in cases {
            assert_eq!(name("W", shape, at), expected);
            if let Some(inside) = expected.strip_prefix("W[").and_then(|rest| rest.strip_suffix(']')) {
                assert_eq!(index(inside, shape), Some(at));
            }
        }
        assert_eq!((index("3,0", &[3, 4]), index("1", &[3, 4]), index("x,1", &[3, 4])), (None, None, None));
    }
}
