//! The product itself, written once for all kinds of registers: strips of the right operand, tiles of the result.

use std::array;
use std::ops::Range;

use super::{DEPTH, Product};
use crate::program::Real;
use crate::program::Register;

/// The product, strip by strip. Inlined into each kernel, so that all of it is compiled for that processor. `R` holds
/// `W` lanes, `NR` is twice that.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
pub(super) unsafe fn multiply<F: Real, R: Register<F>, const MR: usize, const W: usize, const NR: usize>(
    product: &mut Product<F>,
    strip: &mut [F],
) {
    let (k, n) = (product.k, product.n);
    if product.m == 0 || n == 0 {
        return;
    }
    // Blocks of equal depth, rather than full ones and a small rest; one empty block if there is nothing to sum.
    let blocks = k.div_ceil(DEPTH).max(1);
    let depth = k.div_ceil(blocks);
    for block in 0..blocks {
        let rows = (block * depth).min(k)..((block + 1) * depth).min(k);
        let mut column = 0;
        while column < n {
            // SAFETY: the caller's promise.
            unsafe {
                if n - column > W {
                    multiply_strip::<F, R, MR, 2, NR>(product, strip, rows.clone(), column);
                    column += NR;
                } else {
                    multiply_strip::<F, R, MR, 1, W>(product, strip, rows.clone(), column);
                    column += W;
                }
            }
        }
    }
}

/// Adds to `c` (or, with the first rows, starts it with) the product of all rows of `a` and one strip of `b`, which is
/// `V` registers or `NR` elements wide.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
unsafe fn multiply_strip<F: Real, R: Register<F>, const MR: usize, const V: usize, const NR: usize>(
    product: &mut Product<F>,
    strip: &mut [F],
    rows: Range<usize>,
    column: usize,
) {
    let (m, k, n) = (product.m, product.k, product.n);
    let width = NR.min(n - column);
    let strip = &mut strip.as_chunks_mut::<NR>().0[..rows.len()];
    copy_strip(product, strip, rows.clone(), column);
    if let Some(sums) = &mut product.sums {
        sum_columns(strip, &mut sums[column..column + width], rows.start == 0);
    }
    let mut start = [F::ZERO; NR];
    if let Some(bias) = product.bias {
        start[..width].copy_from_slice(&bias[column..column + width]);
    }
    // A lone strip may write whole registers: what spills over the end of a row is the next row's place, written later.
    let whole_rows = width == NR || (n <= NR && k <= DEPTH);
    let c = &mut *product.c;
    for first in (0..m).step_by(MR) {
        let height = MR.min(m - first);
        // A tile that hangs over the last row computes that row several times and stores it once.
        let offsets = array::from_fn(|i| (first + i.min(height - 1)) * product.row + rows.start * product.step);
        let at = first * n + column;
        let whole = whole_rows && height == MR && at + (MR - 1) * n + NR <= c.len();
        // The edges go through memory, since registers cannot be chosen by a number known only at run time.
        // SAFETY: the caller's promise.
        unsafe {
            let mut sums = [load::<F, R, V, NR>(&start); MR];
            if rows.start > 0 {
                if whole {
                    sums = array::from_fn(|i| load::<F, R, V, NR>(&c[at + i * n..]));
                } else {
                    let mut tile = [start; MR];
                    copy_rows(&c[at..], n, tile.as_flattened_mut(), NR, [height, width]);
                    sums = array::from_fn(|i| load::<F, R, V, NR>(&tile[i]));
                }
            }
            let sums = multiply_tile::<F, R, MR, V, NR>(product.a, offsets, product.step, strip, sums);
            if whole {
                for i in 0..MR {
                    store::<F, R, V, NR>(&sums[i], &mut c[at + i * n..]);
                }
            } else {
                let mut tile = [start; MR];
                for i in 0..MR {
                    store::<F, R, V, NR>(&sums[i], &mut tile[i]);
                }
                copy_rows(tile.as_flattened(), NR, &mut c[at..], n, [height, width]);
            }
        }
    }
}

/// Copies `height` rows of `width` elements between places with rows of different lengths.
#[inline(always)]
fn copy_rows<F: Real>(from: &[F], from_row: usize, to: &mut [F], to_row: usize, [height, width]: [usize; 2]) {
    for (from, to) in from.chunks(from_row).zip(to.chunks_mut(to_row)).take(height) {
        to[..width].copy_from_slice(&from[..width]);
    }
}

/// Adds `a(i, p) * strip[p]`, summed over p, to `sums[i]`, where `a(i, p)` is `a[offsets[i] + p * step]` and no offset is
/// larger than the last.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
unsafe fn multiply_tile<F: Real, R: Register<F>, const MR: usize, const V: usize, const NR: usize>(
    a: &[F],
    offsets: [usize; MR],
    step: usize,
    strip: &[[F; NR]],
    mut sums: [[R; V]; MR],
) -> [[R; V]; MR] {
    let Some(last) = strip.len().checked_sub(1) else { return sums };
    assert!(offsets[MR - 1] + last * step < a.len(), "a tile reaches past the left operand");
    let mut at = 0;
    for row in strip {
        // SAFETY: the caller's promise; `at` is at most `last * step`, so the assertion covers the row with the largest
        // offset and with it every row.
        unsafe {
            let b = load::<F, R, V, NR>(row);
            for i in 0..MR {
                let x = R::splat(*a.get_unchecked(offsets[i] + at));
                for v in 0..V {
                    sums[i][v] = sums[i][v].add_product(x, b[v]);
                }
            }
        }
        at += step;
    }
    sums
}

/// The first `NR` elements as `V` registers.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
unsafe fn load<F, R: Register<F>, const V: usize, const NR: usize>(from: &[F]) -> [R; V] {
    const { assert!(V * R::LANES == NR) };
    let from = &from[..NR];
    // SAFETY: the caller's promise; the slice holds exactly these registers.
    array::from_fn(|v| unsafe { R::load(from.as_ptr().add(v * R::LANES)) })
}

/// `V` registers to the first `NR` elements.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
unsafe fn store<F, R: Register<F>, const V: usize, const NR: usize>(registers: &[R; V], to: &mut [F]) {
    const { assert!(V * R::LANES == NR) };
    let to = &mut to[..NR];
    for (v, register) in registers.iter().enumerate() {
        // SAFETY: the caller's promise; the slice holds exactly these registers.
        unsafe { register.store(to.as_mut_ptr().add(v * R::LANES)) }
    }
}

/// Copies rows `rows` and columns `column..column + NR` of the right operand. Columns past the last one are filled with
/// what is at hand: their results are never stored.
#[inline(always)]
fn copy_strip<F: Real, const NR: usize>(
    product: &Product<F>,
    strip: &mut [[F; NR]],
    rows: Range<usize>,
    column: usize,
) {
    let (b, k, n) = (product.b, product.k, product.n);
    if product.b_transposed {
        for (j, row) in b[column * k..].chunks_exact(k.max(1)).take(NR).enumerate() {
            for (strip, value) in strip.iter_mut().zip(&row[rows.clone()]) {
                strip[j] = *value;
            }
        }
    } else {
        for (strip, p) in strip.iter_mut().zip(rows) {
            let row = &b[p * n + column..];
            match row.first_chunk::<NR>() {
                Some(whole) => *strip = *whole,
                None => strip[..row.len()].copy_from_slice(row),
            }
        }
    }
}

/// Adds the strip's rows to `sums`, which are 0 before the first.
#[inline(always)]
fn sum_columns<F: Real, const NR: usize>(strip: &[[F; NR]], sums: &mut [F], first: bool) {
    let mut total = [F::ZERO; NR];
    if !first {
        total[..sums.len()].copy_from_slice(sums);
    }
    for row in strip {
        for (total, value) in total.iter_mut().zip(row) {
            *total += *value;
        }
    }
    sums.copy_from_slice(&total[..sums.len()]);
}
