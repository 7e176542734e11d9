//! The product itself, written once for all kinds of registers: strips of the right operand, tiles of the result.

use std::array;
use std::ops::Range;

use super::{DEPTH, GROUP, PANELS, Product, Room, SMALL};
use crate::program::Real;
use crate::program::Register;

/// The product, block by block. Inlined into each kernel, so that all of it is compiled for that processor. `R` holds
/// `W` lanes, `NR` is twice that.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
pub(super) unsafe fn multiply<F: Real, R: Register<F>, const MR: usize, const W: usize, const NR: usize>(
    product: &mut Product<F>,
    room: &mut Room<F>,
) {
    let (m, k, n) = (product.m, product.k, product.n);
    if m == 0 || n == 0 {
        return;
    }
    // Blocks of equal depth, rather than full ones and a small rest; one empty block if there is nothing to sum.
    let blocks = k.div_ceil(DEPTH).max(1);
    let depth = k.div_ceil(blocks);
    // A left operand that is read across its rows is copied if more than one strip reads it.
    let packed = product.step != 1 && n > NR && m * k > SMALL;
    let high = if packed { (PANELS / depth.max(1)).max(MR) / MR * MR } else { m };
    let high = m.div_ceil(m.div_ceil(high)).next_multiple_of(MR);
    for block in 0..blocks {
        let depth = (block * depth).min(k)..((block + 1) * depth).min(k);
        for top in (0..m).step_by(high) {
            let rows = top..(top + high).min(m);
            if packed {
                copy_panels::<F, MR>(product, &mut room.panels, depth.clone(), rows.clone());
            }
            let panels = packed.then_some(&*room.panels);
            let mut column = 0;
            while column < n {
                // SAFETY: the caller's promise.
                unsafe {
                    if n - column > W {
                        let end = n.min(column + GROUP);
                        // A narrow rest is a group of its own.
                        let end = if end == n && (n - column) % NR <= W { n - (n - column) % NR } else { end };
                        let block = Block { depth: depth.clone(), rows: rows.clone(), columns: column..end };
                        multiply_block::<F, R, MR, 2, NR>(product, &mut room.strips, panels, &block);
                        column = end;
                    } else {
                        let block = Block { depth: depth.clone(), rows: rows.clone(), columns: column..n };
                        multiply_block::<F, R, MR, 1, W>(product, &mut room.strips, panels, &block);
                        column = n;
                    }
                }
            }
        }
    }
}

/// A part of the product: these rows and columns of `c`, and these terms of their sums.
struct Block {
    depth: Range<usize>,
    rows: Range<usize>,
    columns: Range<usize>,
}

/// Adds to a part of `c` (or, with the first terms, starts it with) the product of its rows of `a` and its columns of
/// `b`, in strips that are `V` registers or `NR` elements wide.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
unsafe fn multiply_block<F: Real, R: Register<F>, const MR: usize, const V: usize, const NR: usize>(
    product: &mut Product<F>,
    strips: &mut [F],
    panels: Option<&[F]>,
    block: &Block,
) {
    let Block { depth, rows, columns } = block;
    let n = product.n;
    let strips = &mut strips.as_chunks_mut::<NR>().0[..columns.len().div_ceil(NR) * depth.len()];
    for (strip, column) in (0..).zip(columns.clone().step_by(NR)) {
        let strip = &mut strips[strip * depth.len()..][..depth.len()];
        copy_strip(product, strip, depth.clone(), column);
        if let (Some(sums), 0) = (&mut product.sums, rows.start) {
            sum_columns(strip, &mut sums[column..columns.end.min(column + NR)], depth.start == 0);
        }
    }
    // A lone strip may write whole registers: what spills over the end of a row is the next row's place, written later.
    let lone = n <= NR && product.k <= DEPTH;
    let c = &mut *product.c;
    for first in rows.clone().step_by(MR) {
        let height = MR.min(rows.end - first);
        // A tile that hangs over the last row computes that row several times and stores it once.
        let offsets = array::from_fn(|i| (first + i.min(height - 1)) * product.row + depth.start * product.step);
        for (strip, column) in (0..).zip(columns.clone().step_by(NR)) {
            let strip = &strips[strip * depth.len()..][..depth.len()];
            let width = NR.min(columns.end - column);
            let mut start = [F::ZERO; NR];
            if let Some(bias) = product.bias {
                start[..width].copy_from_slice(&bias[column..column + width]);
            }
            let at = first * n + column;
            let whole = (width == NR || lone) && height == MR && at + (MR - 1) * n + NR <= c.len();
            // The edges go through memory, since registers cannot be chosen by a number known only at run time.
            // SAFETY: the caller's promise.
            unsafe {
                let mut sums = [load::<F, R, V, NR>(&start); MR];
                if depth.start > 0 {
                    if whole {
                        sums = array::from_fn(|i| load::<F, R, V, NR>(&c[at + i * n..]));
                    } else {
                        let mut tile = [start; MR];
                        copy_rows(&c[at..], n, tile.as_flattened_mut(), NR, [height, width]);
                        sums = array::from_fn(|i| load::<F, R, V, NR>(&tile[i]));
                    }
                }
                let sums = if let Some(panels) = panels {
                    let panel = &panels[(first - rows.start) * depth.len()..][..MR * depth.len()];
                    multiply_tile::<F, R, MR, V, NR>(panel, array::from_fn(|i| i), MR, strip, sums)
                } else {
                    multiply_tile::<F, R, MR, V, NR>(product.a, offsets, product.step, strip, sums)
                };
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
}

/// Copies rows of the left operand, which lie across, into panels of `MR` rows side by side. A last panel keeps in the
/// rows that it does not have what was there: their results are never stored.
#[inline(always)]
fn copy_panels<F: Real, const MR: usize>(
    product: &Product<F>,
    panels: &mut [F],
    depth: Range<usize>,
    rows: Range<usize>,
) {
    // Few panels at a time: written to many places that far apart, lines would push each other out of the cache.
    const TOGETHER: usize = 8;
    let panels = panels.as_chunks_mut::<MR>().0;
    for (group, first) in rows.clone().step_by(TOGETHER * MR).enumerate() {
        let last = (first + TOGETHER * MR).min(rows.end);
        for (at, p) in depth.clone().enumerate() {
            let mut at = group * TOGETHER * depth.len() + at;
            let (whole, rest) = product.a[p * product.step + first..p * product.step + last].as_chunks::<MR>();
            for chunk in whole {
                panels[at] = *chunk;
                at += depth.len();
            }
            if !rest.is_empty() {
                panels[at][..rest.len()].copy_from_slice(rest);
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

/// Copies terms `depth` of columns `column..column + NR` of the right operand. Columns past the last one are filled with
/// what is at hand: their results are never stored.
#[inline(always)]
fn copy_strip<F: Real, const NR: usize>(
    product: &Product<F>,
    strip: &mut [[F; NR]],
    depth: Range<usize>,
    column: usize,
) {
    let (b, k, n) = (product.b, product.k, product.n);
    if !product.b_transposed {
        for (strip, p) in strip.iter_mut().zip(depth) {
            let row = &b[p * n + column..];
            match row.first_chunk::<NR>() {
                Some(whole) => *strip = *whole,
                None => strip[..row.len()].copy_from_slice(row),
            }
        }
        return;
    }
    // Four rows at a time, so that four numbers are written side by side.
    let lines = &b[column * k..n.min(column + NR) * k];
    let mut at = 0;
    while at + 4 <= n.min(column + NR) - column {
        let four: [&[F]; 4] = array::from_fn(|i| &lines[(at + i) * k..][depth.clone()]);
        let chunks = four.map(|line| line.as_chunks::<4>().0);
        let (whole, rest) = strip.as_chunks_mut::<4>();
        for (p, strip) in whole.iter_mut().enumerate() {
            let block: [[F; 4]; 4] = [chunks[0][p], chunks[1][p], chunks[2][p], chunks[3][p]];
            let turned: [[F; 4]; 4] = array::from_fn(|i| array::from_fn(|j| block[j][i]));
            for (strip, turned) in strip.iter_mut().zip(&turned) {
                strip[at..at + 4].copy_from_slice(turned);
            }
        }
        let done = 4 * whole.len();
        for (p, strip) in rest.iter_mut().enumerate() {
            for (to, line) in strip[at..at + 4].iter_mut().zip(&four) {
                *to = line[done + p];
            }
        }
        at += 4;
    }
    for (j, line) in lines.chunks_exact(k.max(1)).enumerate().skip(at) {
        for (strip, value) in strip.iter_mut().zip(&line[depth.clone()]) {
            strip[j] = *value;
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
