//! Rows and columns of a tensor, and how two of them meet: as in `NumPy` a side of 1 is repeated.

use std::fmt::{Display, Formatter};

/// Rows and columns; a bias is one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Shape {
    /// How many rows.
    pub rows: u32,
    /// Elements of a row.
    pub columns: u32,
}

impl Shape {
    /// So many rows of so many elements.
    pub fn new(rows: usize, columns: usize) -> Self {
        let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
        Self { rows: side(rows), columns: side(columns) }
    }

    /// How many elements there are.
    pub fn len(self) -> usize {
        self.rows as usize * self.columns as usize
    }

    /// There is no element.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Rows for columns.
    #[must_use]
    pub fn turned(self) -> Self {
        Self { rows: self.columns, columns: self.rows }
    }

    /// One row, or one column.
    pub fn is_line(self) -> bool {
        self.rows == 1 || self.columns == 1
    }

    /// The shape of what is made of two tensors element by element: each side equal, or 1 in one of them.
    pub fn meets(self, other: Self) -> Option<Self> {
        let side = |a: u32, b: u32| match (a, b) {
            _ if a == b => Some(a),
            (1, side) | (side, 1) => Some(side),
            _ => None,
        };
        Some(Self { rows: side(self.rows, other.rows)?, columns: side(self.columns, other.columns)? })
    }

    /// Where an element of a tensor of shape `of` lies in one of this shape, row by row. A side of the same length goes along
    /// with it; a side that has the length of the other one goes along with that, as in `matmul(transpose(dw), dw)`.
    pub fn place(self, element: usize, of: Self) -> usize {
        let columns = (of.columns as usize).max(1);
        let (row, column) = (element / columns, element % columns);
        let along = |side: u32, first: (u32, usize), second: (u32, usize)| match side {
            side if side == first.0 => first.1,
            side if side == second.0 => second.1,
            side => first.1.min(side.saturating_sub(1) as usize),
        };
        let (rows, columns) = ((of.rows, row), (of.columns, column));
        along(self.rows, rows, columns) * self.columns as usize + along(self.columns, columns, rows)
    }
}

impl Display for Shape {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.rows, self.columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_meet_as_in_numpy() {
        let (whole, row, column) = (Shape::new(4, 3), Shape::new(1, 3), Shape::new(4, 1));
        assert_eq!(whole.meets(row), Some(whole));
        assert_eq!(column.meets(row), Some(whole));
        assert_eq!(whole.meets(whole.turned()), None);
        assert_eq!(row.meets(Shape::new(1, 4)), None);
        assert_eq!(whole.to_string(), "4x3");
    }

    #[test]
    fn an_element_has_its_place_in_every_shape() {
        let of = Shape::new(4, 3);
        // Element [2, 1].
        let element = 7;
        assert_eq!(of.place(element, of), 7);
        assert_eq!(Shape::new(4, 1).place(element, of), 2);
        assert_eq!(Shape::new(1, 3).place(element, of), 1);
        assert_eq!(of.turned().place(element, of), 4 + 2, "[1, 2]");
        assert_eq!(Shape::new(4, 4).place(element, of), 2 * 4 + 2);
        assert_eq!(Shape::new(3, 3).place(element, of), 3 + 1);
        assert_eq!(Shape::new(3, 1).place(element, of), 1);
        assert_eq!(Shape::new(2, 2).place(element, of), 2 + 1, "the nearest there is");
    }
}
