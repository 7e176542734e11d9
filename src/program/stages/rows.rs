//! What is taken of exponentials of a row, or is its largest element. The largest exponential is 1, so that none is too large;
//! sums are made in f64.

use crate::program::Real;
use crate::program::ops::{Along, Axis, OfRow};
use crate::program::shape::Shape;

/// Exponentials that are computed side by side.
const SIDE_BY_SIDE: usize = 16;

/// The largest; NaN if there is one.
fn largest<F: Real>(mut values: impl Iterator<Item = F>) -> F {
    let first = values.next().unwrap_or(F::ZERO);
    values.fold(first, |most, value| value.larger(most))
}

/// The sum of the exponentials of values of which this one is the largest, over its own.
fn exponentials<F: Real>(row: &[F], largest: F) -> f64 {
    let mut sum = 0.0;
    for some in row.chunks(SIDE_BY_SIDE) {
        // Flat and of a fixed length, so that the exponentials become vector instructions.
        let mut e = [largest; SIDE_BY_SIDE];
        e[..some.len()].copy_from_slice(some);
        let e = e.map(|x| (x - largest).exp());
        sum += e[..some.len()].iter().map(|e| e.to_f64()).sum::<f64>();
    }
    sum
}

/// The largest of each column (axis 0) or row (axis 1), or the logarithm of the sum of exponentials.
pub(super) fn taken<F: Real>(kind: Along, axis: Axis, (from, shape): (&[F], Shape), to: &mut [F]) {
    let columns = shape.columns as usize;
    if axis == Axis::Rows {
        for (column, to) in to.iter_mut().enumerate() {
            let all = || from.iter().skip(column).step_by(columns).copied();
            let most = largest(all());
            *to = if kind == Along::Max { most } else { joined(most, all().map(|x| (x - most).exp().to_f64()).sum()) };
        }
        return;
    }
    for (row, to) in from.chunks_exact(columns).zip(to) {
        let most = largest(row.iter().copied());
        *to = if kind == Along::Max { most } else { joined(most, exponentials(row, most)) };
    }
}

/// The logarithm of a sum of exponentials that was found over the largest.
fn joined<F: Real>(largest: F, sum: f64) -> F {
    F::from_f64(largest.to_f64() + Real::ln(sum))
}

/// Makes another row of each.
pub(in crate::program) fn of_row<F: Real>(kind: OfRow, from: &[F], columns: usize, to: &mut [F]) {
    for (row, to) in from.chunks_exact(columns).zip(to.chunks_exact_mut(columns)) {
        let most = largest(row.iter().copied());
        to.iter_mut().zip(row).for_each(|(to, x)| *to = *x - most);
    }
    match kind {
        OfRow::LogSoftmax => {
            for row in to.chunks_exact_mut(columns) {
                let log = F::from_f64(Real::ln(exponentials(row, F::ZERO)));
                row.iter_mut().for_each(|x| *x -= log);
            }
        }
        OfRow::Softmax => {
            // One flat loop over all rows, so that short ones become full vectors too.
            to.iter_mut().for_each(|x| *x = x.exp());
            for row in to.chunks_exact_mut(columns) {
                let over = F::from_f64(1.0 / row.iter().map(|e| e.to_f64()).sum::<f64>());
                row.iter_mut().for_each(|e| *e *= over);
            }
        }
    }
}
