//! Pictures of tensors of other shapes than their parameter's.

use super::MAP;
use crate::program::Real;
use crate::program::Shape;
use crate::snapshot::Grid;

/// Rows and columns of a parameter as a picture: a bias is one row.
pub(super) fn matrix(shape: &[usize]) -> (usize, usize) {
    match shape {
        [] => (1, 1),
        [n] => (1, *n),
        [rows, rest @ ..] => (*rows, rest.iter().product()),
    }
}

/// Sums of |x| and counts of the cells, of all of a tensor.
pub(super) fn whole_picture<F: Real>(shape: Shape, values: &[F]) -> (Grid, Vec<u32>) {
    let (rows, columns) = (shape.rows as usize, shape.columns as usize);
    let (high, wide) = (rows.min(MAP.0), columns.min(MAP.1));
    let mut grid = Grid { rows: high, columns: wide, cells: vec![0.0; high * wide] };
    let mut counts = vec![0; high * wide];
    for (at, value) in values.iter().enumerate() {
        let cell = at / columns * high / rows * wide + at % columns * wide / columns;
        grid.cells[cell] += value.to_f64().abs();
        counts[cell] += 1;
    }
    (grid, counts)
}
