//! Products `a^T b` with few columns, such as the `dW` of a last layer: made as their transpose, `b^T a`.
//!
//! Ten columns fill ten of sixteen lanes, and each tile of rows reads 32 bytes of every line of `a`, which lie so far from
//! each other that the nearest caches hold few of them. In the transpose the many rows of the result are what lies side by
//! side. Every element is the sum of the same products in the same order, so no bit changes.

use super::{IN_PLACE, Kernel, PACKED_A, Product, Room, at_least};
use crate::simd::Float;

/// The most columns that are few: two tiles' rows.
const NARROW: usize = 12;

/// The widest row that is added at once.
const WIDTH: usize = 16;

/// Whether a product is one of these.
pub(super) fn is_narrow<F>(product: &Product<F>) -> bool {
    let Product { m, k, n, step, .. } = *product;
    // The result's transpose takes the place of packed `a`, which so small a left operand does not need.
    step != 1 && n <= NARROW && m > NARROW && m * n <= PACKED_A && k * n <= IN_PLACE
}

/// Such a product.
pub(super) fn multiply<F: Float>(kernel: Kernel<F>, product: Product<F>, room: &mut Room<F>) {
    let Product { a, b, c, sums, m, k, n, .. } = product;
    let mut packed_a = std::mem::take(&mut room.packed_a);
    let across = &mut at_least(m * n, &mut packed_a)[..m * n];
    let (row, step) = (1, n);
    let mut turned =
        Product { a: b, row, step, b: a, b_transposed: false, bias: None, sums: None, c: across, m: n, k, n: m };
    // SAFETY: the kernel is that of a level which this processor has.
    unsafe { kernel(&mut turned, room) }
    for (i, c) in c.chunks_exact_mut(n.max(1)).enumerate() {
        for (c, across) in c.iter_mut().zip(across.chunks_exact(m)) {
            *c = across[i];
        }
    }
    room.packed_a = packed_a;
    if let Some(sums) = sums {
        sum_columns(b, sums);
    }
}

/// The sums of the columns of a matrix with as many columns as there are sums.
fn sum_columns<F: Float>(b: &[F], sums: &mut [F]) {
    let n = sums.len();
    let mut total = [F::ZERO; WIDTH];
    let mut rest = b;
    // What lies behind a row is added as well, to lanes that nobody reads: rows of a fixed width are quicker.
    while let (Some(row), true) = (rest.first_chunk::<WIDTH>(), n > 0) {
        total.iter_mut().zip(row).for_each(|(total, value)| *total += *value);
        rest = &rest[n..];
    }
    for row in rest.chunks_exact(n.max(1)) {
        total.iter_mut().zip(row).for_each(|(total, value)| *total += *value);
    }
    sums.copy_from_slice(&total[..n]);
}
