//! The inputs of samples as they come, cell by cell: each is rounded once, and how much the columns lose by it is known.

use ndarray::Array2;

use crate::error::{Error, Result};
use crate::program::Real;

/// Inputs that are being made or read, row by row.
#[derive(Debug, Clone)]
pub struct Columns<F> {
    cells: Vec<F>,
    ranges: Vec<Range>,
    /// The column of the next cell.
    next: usize,
}

/// What the rounding of a column is measured by: extremes, which neither overflow nor underflow as sums of squares do.
#[derive(Debug, Clone, Copy)]
struct Range {
    low: f64,
    high: f64,
    /// The most that rounding has changed a value by.
    error: f64,
}

impl<F: Real> Columns<F> {
    /// No rows yet; memory for so many. Panics without a column.
    pub fn new(columns: usize, rows: usize) -> Self {
        assert!(columns > 0, "inputs have at least one column");
        let range = Range { low: f64::INFINITY, high: f64::NEG_INFINITY, error: 0.0 };
        Self { cells: Vec::with_capacity(rows * columns), ranges: vec![range; columns], next: 0 }
    }

    /// The next cell of a row, or the first one of the next row.
    pub fn push(&mut self, value: f64) {
        let cell = F::from_f64(value);
        let range = &mut self.ranges[self.next];
        range.low = range.low.min(value);
        range.high = range.high.max(value);
        range.error = range.error.max((cell.to_f64() - value).abs());
        self.next = if self.next + 1 == self.ranges.len() { 0 } else { self.next + 1 };
        self.cells.push(cell);
    }

    /// Of each column the most that rounding changed a value by, as a share of the distance from its least to its largest
    /// value; 0 for a column that never changes.
    pub fn lost(&self) -> Vec<f64> {
        self.ranges.iter().map(Range::lost).collect()
    }

    /// The cells `[rows, columns]`, and what each column has lost.
    pub(super) fn finish(self) -> Result<(Array2<F>, Vec<f64>)> {
        let lost = self.lost();
        let (columns, mut cells) = (self.ranges.len(), self.cells);
        cells.shrink_to_fit();
        let x = Array2::from_shape_vec((cells.len() / columns, columns), cells);
        Ok((x.map_err(|error| Error::fault(format!("a row that is not complete: {error}")))?, lost))
    }
}

impl Range {
    fn lost(&self) -> f64 {
        if self.error > 0.0 && self.high > self.low { self.error / (self.high - self.low) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn lost<F: Real>(values: impl IntoIterator<Item = f64>) -> f64 {
        let mut columns = Columns::<F>::new(1, 0);
        values.into_iter().for_each(|value| columns.push(value));
        columns.finish().unwrap().1[0]
    }

    #[test]
    fn cells_come_row_by_row_and_are_rounded() {
        let mut columns = Columns::<f32>::new(2, 1);
        [0.1, 1.0, 16_777_217.0, 2.0].into_iter().for_each(|value| columns.push(value));
        assert_eq!(columns.clone().finish().unwrap().0, array![[0.1, 1.0], [16_777_216.0, 2.0]]);
        columns.push(3.0);
        assert!(columns.finish().is_err(), "half a row");
    }

    #[test]
    fn what_rounding_takes_is_told_as_a_share_of_the_range() {
        // Numbers of 32 bits lie 1 apart there: at the most they are wrong by 1/2, of 2.
        let altitude = || (0..=1000).map(|i| 1e7 + f64::from(i) / 500.0);
        assert_eq!((lost::<f32>(altitude()), lost::<f64>(altitude())), (0.25, 0.0));
        assert!(lost::<f32>([0.1, 0.2, 0.3]) < 1e-6);
        assert_eq!(lost::<f32>([0.1, 0.1]), 0.0, "a column that never changes has nothing to lose");
        assert_eq!(lost::<f32>([1e-200, 2e-200]), 2.0, "both become 0");
    }
}
