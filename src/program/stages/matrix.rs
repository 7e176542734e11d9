//! What lies between blocks: sums along an axis, repeated sides, transposes. Every sum is made in f64, in one order.

use super::rows;
use crate::program::Real;
use crate::program::norms::norm_of;
use crate::program::ops::{Along, Axis};
use crate::program::shape::Shape;

/// Sums that are made side by side, so that they become vector instructions.
const LANES: usize = 8;
/// Sums of squares that have lost nothing to the ends of the range of f64.
const SQUARES: std::ops::Range<f64> = 1e-290..f64::INFINITY;
/// Rows and columns of what is turned at once.
const TILE: usize = 16;

/// Adds values to numbers, one for each.
fn add<F: Real>(sums: &mut [f64], values: &[F], of: impl Fn(f64, f64) -> f64) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum = of(*sum, value.to_f64());
    }
}

/// All of a row in one number.
fn folded<F: Real>(row: &[F], of: impl Fn(f64, f64) -> f64 + Copy, both: impl Fn(f64, f64) -> f64) -> f64 {
    let mut lanes = [0.0; LANES];
    let mut chunks = row.chunks_exact(LANES);
    for chunk in &mut chunks {
        add(&mut lanes, chunk, of);
    }
    add(&mut lanes, chunks.remainder(), of);
    lanes.into_iter().fold(0.0, both)
}

/// Takes something of each column (axis 0) or row (axis 1). `sums` has room for as many numbers as there are columns.
pub(in crate::program) fn along<F: Real>(
    kind: Along,
    axis: Axis,
    from: &[F],
    shape: Shape,
    to: &mut [F],
    sums: &mut [f64],
) {
    match kind {
        Along::Sum | Along::Mean => taken(kind, axis, (from, shape), to, sums, |sum, x| sum + x, |a, b| a + b),
        Along::Norm => taken(kind, axis, (from, shape), to, sums, |sum, x| sum + x * x, |a, b| a + b),
        Along::MaxAbs => taken(kind, axis, (from, shape), to, sums, |most, x| x.abs().larger(most), f64::larger),
        Along::Max | Along::LogSumExp => rows::taken(kind, axis, (from, shape), to),
    }
}

fn taken<F: Real>(
    kind: Along,
    axis: Axis,
    (from, shape): (&[F], Shape),
    to: &mut [F],
    sums: &mut [f64],
    of: impl Fn(f64, f64) -> f64 + Copy,
    both: impl Fn(f64, f64) -> f64 + Copy,
) {
    let columns = shape.columns as usize;
    let rows = from.chunks_exact(columns);
    if axis == Axis::Columns {
        for (row, to) in rows.zip(to) {
            *to = finished(kind, folded(row, of, both), columns, || row.iter().map(|x| x.to_f64()));
        }
        return;
    }
    let sums = &mut sums[..columns];
    sums.fill(0.0);
    for row in rows {
        add(sums, row, of);
    }
    for (column, (to, sum)) in to.iter_mut().zip(sums).enumerate() {
        let all = || from.iter().skip(column).step_by(columns).map(|x| x.to_f64());
        *to = finished(kind, *sum, shape.rows as usize, all);
    }
}

fn finished<F: Real, I: Iterator<Item = f64> + Clone>(kind: Along, sum: f64, count: usize, all: impl Fn() -> I) -> F {
    F::from_f64(match kind {
        Along::Sum | Along::MaxAbs | Along::Max | Along::LogSumExp => sum,
        Along::Mean => sum / count as f64,
        Along::Norm if sum.is_nan() || SQUARES.contains(&sum) => sum.sqrt(),
        Along::Norm => norm_of(all()),
    })
}

/// Repeats sides of 1.
pub(super) fn repeat<F: Real>(from: &[F], shape: Shape, to: &mut [F], wanted: Shape) {
    let columns = (wanted.columns as usize).max(1);
    for (row, to) in to.chunks_exact_mut(columns).enumerate() {
        let row = if shape.rows == 1 { 0 } else { row };
        if shape.columns == 1 {
            to.fill(from[row]);
        } else {
            to.copy_from_slice(&from[row * columns..(row + 1) * columns]);
        }
    }
}

/// Rows for columns; `shape` is that of what is turned.
pub(super) fn transpose<F: Real>(from: &[F], shape: Shape, to: &mut [F]) {
    if shape.is_line() {
        return to.copy_from_slice(from);
    }
    let (rows, columns) = (shape.rows as usize, shape.columns as usize);
    for top in (0..rows).step_by(TILE) {
        for left in (0..columns).step_by(TILE) {
            for column in left..columns.min(left + TILE) {
                for row in top..rows.min(top + TILE) {
                    to[column * rows + row] = from[row * columns + column];
                }
            }
        }
    }
}

/// 1 on the diagonal, else 0.
pub(super) fn eye<F: Real>(to: &mut [F], rows: usize) {
    to.fill(F::ZERO);
    to.iter_mut().step_by(rows + 1).for_each(|one| *one = F::ONE);
}
