//! Packed operands: micro-panels of the right one's columns, and of the left one's rows where these lie across.

use std::ops::Range;

use super::Product;
use super::micro_kernel::load_first;
use crate::simd::{Float, Register, ahead};

/// Rows of an operand that are asked for before they are copied.
pub(super) const AHEAD: usize = 8;

/// Packs up to `MR` rows of the left operand, which lie across, into a micro-panel, where they lie side by side. It keeps in
/// the rows that it does not have what was there: their results are never stored.
#[inline(always)]
pub(super) fn pack_a<F: Float, const MR: usize>(
    a: &[F],
    step: usize,
    panel_a: &mut [F],
    depth: Range<usize>,
    rows: Range<usize>,
) {
    for (p, to) in depth.clone().zip(panel_a.as_chunks_mut::<MR>().0) {
        if p + AHEAD < depth.end {
            ahead::reading(&raw const a[(p + AHEAD) * step + rows.start]);
        }
        let from = &a[p * step + rows.start..][..rows.len()];
        match from.first_chunk::<MR>() {
            Some(from) => *to = *from,
            None => to[..rows.len()].copy_from_slice(from),
        }
    }
}

/// Packs terms `depth` of these columns of the right operand into micro-panels, `V` registers of `W` elements wide. Columns
/// past the last one hold what happens to be there: their results are not kept.
///
/// # Safety
/// The processor must have the instructions of `R`, which holds `W` elements.
#[inline(always)]
pub(super) unsafe fn pack_b<F: Float, R: Register<F>, const V: usize, const W: usize>(
    product: &Product<F>,
    packed_b: &mut [[[F; W]; V]],
    depth: Range<usize>,
    columns: Range<usize>,
) {
    if product.b_transposed {
        for (panel_b, column) in packed_b.chunks_exact_mut(depth.len().max(1)).zip(columns.step_by(V * W)) {
            // SAFETY: the caller's promise.
            unsafe { pack_b_transposed::<F, R, V, W>(product, panel_b, depth.clone(), column) }
        }
        return;
    }
    let (b, n) = (product.b, product.n);
    let whole = columns.start..columns.end - columns.len() % (V * W);
    for (at, p) in depth.clone().enumerate() {
        let mut at = at;
        if p + AHEAD < depth.end {
            let row = &b[(p + AHEAD) * n..][columns.clone()];
            (0..row.len()).step_by(ahead::line::<F>()).for_each(|at| ahead::reading(&raw const row[at]));
        }
        for chunk in b[p * n..][whole.clone()].as_chunks::<W>().0.as_chunks::<V>().0 {
            packed_b[at] = *chunk;
            at += depth.len();
        }
        if whole.end < columns.end {
            // What follows in memory is copied as well, where there is enough of it: a copy of a fixed size is quicker.
            let row = &b[p * n + whole.end..];
            match row.as_chunks::<W>().0.first_chunk::<V>() {
                Some(chunk) => packed_b[at] = *chunk,
                None => {
                    // SAFETY: the caller's promise; a micro-panel has room for each register.
                    unsafe {
                        let registers: [R; V] = load_first(row);
                        for (register, to) in registers.iter().zip(&mut packed_b[at]) {
                            register.store(to.as_mut_ptr());
                        }
                    }
                }
            }
        }
    }
}

/// Packs terms `depth` of a micro-panel's columns, from `column` on, of a right operand whose columns lie along.
///
/// # Safety
/// The processor must have the instructions of `R`, which holds `W` elements.
#[inline(always)]
unsafe fn pack_b_transposed<F: Float, R: Register<F>, const V: usize, const W: usize>(
    product: &Product<F>,
    panel_b: &mut [[[F; W]; V]],
    depth: Range<usize>,
    column: usize,
) {
    let (b, k) = (product.b, product.k);
    let end = product.n.min(column + V * W);
    let lines = &b[column * k..end * k];
    // Turning a square takes longer than copying few numbers.
    let squares = if 4 * depth.len() > W { (end - column) / W } else { 0 };
    for (v, lines) in lines.chunks_exact((W * k).max(1)).enumerate().take(squares) {
        for (at, square) in panel_b.chunks_mut(W).enumerate() {
            let from = &lines[depth.start + at * W..];
            // The same place of the next lines.
            (0..W).for_each(|i| ahead::reading(from.as_ptr().wrapping_add((W + i) * k)));
            // SAFETY: the caller's promise; so many numbers lie at each place.
            unsafe {
                let mut turned = [R::splat(F::ZERO); W];
                for (i, line) in turned.iter_mut().enumerate() {
                    let terms = &from[i * k..][..square.len()];
                    *line = if terms.len() == W {
                        R::load(terms.as_ptr())
                    } else {
                        R::load_first(terms.as_ptr(), terms.len(), F::ZERO)
                    };
                }
                // Each round moves the first bit of an element's place, row before lane, to the end: when as many rounds
                // are done as a lane's number has bits, rows and lanes have changed places.
                for _ in 0..W.ilog2() {
                    let mut next = turned;
                    for i in 0..W / 2 {
                        [next[2 * i], next[2 * i + 1]] = turned[i].interleave(turned[i + W / 2]);
                    }
                    turned = next;
                }
                for (terms, turned) in square.iter_mut().zip(turned) {
                    turned.store(terms[v].as_mut_ptr());
                }
            }
        }
    }
    for (j, line) in lines.chunks_exact(k.max(1)).enumerate().skip(squares * W) {
        for (panel_b, value) in panel_b.iter_mut().zip(&line[depth.clone()]) {
            panel_b.as_flattened_mut()[j] = *value;
        }
    }
}

/// Adds the rows of a micro-panel, which are so far from each other and so many, to `sums`, which are 0 before the first.
#[inline(always)]
pub(super) fn sum_columns<F: Float, const V: usize, const W: usize>(
    panel_b: &[F],
    [along, terms]: [usize; 2],
    sums: &mut [F],
    first: bool,
) {
    let mut total = [[F::ZERO; W]; V];
    if !first {
        total.as_flattened_mut()[..sums.len()].copy_from_slice(sums);
    }
    for row in panel_b.chunks(along).take(terms) {
        for (total, value) in total.as_flattened_mut().iter_mut().zip(&row[..V * W]) {
            *total += *value;
        }
    }
    sums.copy_from_slice(&total.as_flattened()[..sums.len()]);
}
