//! The product itself, written once for all kinds of registers: strips of the right operand, tiles of the result.

use std::array;
use std::hint::black_box;
use std::ops::Range;

use super::{DEPTH, GROUP, PANELS, Product, Room, SMALL, ahead};
use crate::program::{Real, Register};

/// Rows of an operand that are asked for before they are copied.
const AHEAD: usize = 8;

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
    copy_strips(product, strips, depth.clone(), columns.clone());
    if let (Some(sums), 0) = (&mut product.sums, rows.start) {
        for (strip, column) in (0..).zip(columns.clone().step_by(NR)) {
            let strip = &strips[strip * depth.len()..][..depth.len()];
            sum_columns(strip, &mut sums[column..columns.end.min(column + NR)], depth.start == 0);
        }
    }
    // A lone strip may write whole registers: what spills over the end of a row is the next row's place, written later.
    let lone = n <= NR && product.k <= DEPTH;
    let c = &mut *product.c;
    // Rows of `a` that are not copied and too few for a tile.
    let few = panels.is_none() && rows.len() < MR;
    for first in rows.clone().step_by(MR) {
        let height = MR.min(rows.end - first);
        // A tile that hangs over the last row computes rows before it once more, or what a panel has there, and stores
        // its own.
        let top = if few || panels.is_some() { first } else { first.min(rows.end - MR) };
        let (a, row, step) = if let Some(panels) = panels {
            (&panels[(first - rows.start) * depth.len()..], 1, MR)
        } else {
            // Without terms there is nothing to begin at.
            let begin = (top * product.row + depth.start * product.step).min(product.a.len());
            (&product.a[begin..], product.row, product.step)
        };
        for (strip, column) in (0..).zip(columns.clone().step_by(NR)) {
            let strip = &strips[strip * depth.len()..][..depth.len()];
            let width = NR.min(columns.end - column);
            let at = first * n + column;
            let whole = (width == NR || lone) && height == MR && at + (MR - 1) * n + NR <= c.len();
            if whole {
                (0..MR).for_each(|i| ahead::writing(&raw const c[at + i * n]));
            }
            // SAFETY: the caller's promise.
            unsafe {
                let start = match product.bias.filter(|_| depth.start == 0) {
                    Some(bias) if width == NR => load::<F, R, V, NR>(&bias[column..]),
                    Some(bias) => load::<F, R, V, NR>(&widened::<F, NR>(&bias[column..])),
                    None => [R::splat(F::ZERO); V],
                };
                let sums = if few {
                    multiply_few::<F, R, MR, V, NR>(a, [row, step], strip, start, height)
                } else {
                    multiply_tile::<F, R, MR, V, NR>(a, [row, step], strip, start)
                };
                // What there was in `c` is added last, so that no sum waits for it.
                if whole {
                    for (i, sums) in sums.iter().enumerate() {
                        let c = &mut c[at + i * n..];
                        let mut sums = *sums;
                        if depth.start > 0 {
                            let before = load::<F, R, V, NR>(c);
                            sums = array::from_fn(|v| before[v].add(sums[v]));
                        }
                        store::<F, R, V, NR>(&sums, c);
                    }
                    continue;
                }
                // The edges go through memory, since registers cannot be chosen by a number known only at run time.
                let mut tile = [[F::ZERO; NR]; MR];
                for (sums, row) in sums.iter().zip(&mut tile) {
                    store::<F, R, V, NR>(sums, row);
                }
                for (row, c) in tile[first - top..].iter().zip(c[at..].chunks_mut(n)).take(height) {
                    for (c, sum) in c[..width].iter_mut().zip(row) {
                        *c = if depth.start > 0 { *c + *sum } else { *sum };
                    }
                }
            }
        }
    }
}

/// The first of these numbers, and zeros behind them.
#[inline(always)]
fn widened<F: Real, const NR: usize>(numbers: &[F]) -> [F; NR] {
    let mut wide = [F::ZERO; NR];
    let count = numbers.len().min(NR);
    wide[..count].copy_from_slice(&numbers[..count]);
    wide
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
            if p + AHEAD < depth.end {
                let row = &product.a[(p + AHEAD) * product.step..];
                (first..last).step_by(ahead::line::<F>()).for_each(|i| ahead::reading(&raw const row[i]));
            }
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

/// `start` plus `a(i, p) * strip[p]`, summed over p, for each row i, where `a(i, p)` is `a[i * row + p * step]`.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
unsafe fn multiply_tile<F: Real, R: Register<F>, const MR: usize, const V: usize, const NR: usize>(
    a: &[F],
    [row, step]: [usize; 2],
    strip: &[[F; NR]],
    start: [R; V],
) -> [[R; V]; MR] {
    const { assert!(MR <= 9, "three addresses with three rows each") };
    let mut sums = [start; MR];
    let Some(last) = strip.len().checked_sub(1) else { return sums };
    assert!((MR - 1) * row + last * step < a.len(), "a tile reaches past the left operand");
    // An address is one of these and no, one or two rows more: so the loop needs few registers that are not for numbers.
    // Without the boxes the compiler would get each address from the one before, in a chain as long as the sums take.
    let across = [0, black_box(row), black_box(2 * row)];
    let mut third: [*const F; 3] = array::from_fn(|i| a.as_ptr().wrapping_add(3 * i * row));
    for b in strip {
        // SAFETY: the caller's promise, and the assertion.
        unsafe {
            let b = load::<F, R, V, NR>(b);
            for (i, sums) in sums.iter_mut().enumerate() {
                let x = R::splat(*third[i / 3].add(across[i % 3]));
                for (sum, b) in sums.iter_mut().zip(&b) {
                    *sum = sum.add_product(x, *b);
                }
            }
        }
        third = third.map(|at| at.wrapping_add(step));
    }
    sums
}

/// The same where there are fewer rows than a tile has: the last one is computed again in the place of those that are not
/// there.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
unsafe fn multiply_few<F: Real, R: Register<F>, const MR: usize, const V: usize, const NR: usize>(
    a: &[F],
    [row, step]: [usize; 2],
    strip: &[[F; NR]],
    start: [R; V],
    rows: usize,
) -> [[R; V]; MR] {
    let mut sums = [start; MR];
    let Some(last) = strip.len().checked_sub(1) else { return sums };
    let offsets: [usize; MR] = array::from_fn(|i| i.min(rows - 1) * row);
    assert!(offsets[MR - 1] + last * step < a.len(), "a tile reaches past the left operand");
    let mut at = 0;
    for b in strip {
        // SAFETY: the caller's promise; `at` is at most `last * step`, and no offset is larger than the last.
        unsafe {
            let b = load::<F, R, V, NR>(b);
            for (sums, offset) in sums.iter_mut().zip(&offsets) {
                let x = R::splat(*a.get_unchecked(offset + at));
                for (sum, b) in sums.iter_mut().zip(&b) {
                    *sum = sum.add_product(x, *b);
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

/// Copies terms `depth` of these columns of the right operand into strips side by side. Columns past the last one keep
/// what was there: their results are never stored.
#[inline(always)]
fn copy_strips<F: Real, const NR: usize>(
    product: &Product<F>,
    strips: &mut [[F; NR]],
    depth: Range<usize>,
    columns: Range<usize>,
) {
    if product.b_transposed {
        for (strip, column) in strips.chunks_exact_mut(depth.len().max(1)).zip(columns.step_by(NR)) {
            turn_strip(product, strip, depth.clone(), column);
        }
        return;
    }
    let (b, n) = (product.b, product.n);
    let whole = columns.start..columns.end - columns.len() % NR;
    for (at, p) in depth.clone().enumerate() {
        let mut at = at;
        if p + AHEAD < depth.end {
            let row = &b[(p + AHEAD) * n..][columns.clone()];
            row.iter().step_by(ahead::line::<F>()).for_each(|number| ahead::reading(number));
        }
        for chunk in b[p * n..][whole.clone()].as_chunks::<NR>().0 {
            strips[at] = *chunk;
            at += depth.len();
        }
        if whole.end < columns.end {
            // What follows in memory is copied as well, where there is enough of it: a copy of a fixed size is quicker.
            let row = &b[p * n + whole.end..];
            match row.first_chunk::<NR>() {
                Some(chunk) => strips[at] = *chunk,
                None => strips[at][..row.len()].copy_from_slice(row),
            }
        }
    }
}

/// Copies terms `depth` of columns `column..column + NR` of a right operand whose columns lie along.
#[inline(always)]
fn turn_strip<F: Real, const NR: usize>(
    product: &Product<F>,
    strip: &mut [[F; NR]],
    depth: Range<usize>,
    column: usize,
) {
    let (b, k, n) = (product.b, product.k, product.n);
    // Four rows at a time, so that four numbers are written side by side.
    let lines = &b[column * k..n.min(column + NR) * k];
    let mut at = 0;
    while at + 4 <= n.min(column + NR) - column {
        let four: [&[F]; 4] = array::from_fn(|i| &lines[(at + i) * k..][depth.clone()]);
        let chunks = four.map(|line| line.as_chunks::<4>().0);
        let (whole, rest) = strip.as_chunks_mut::<4>();
        for (p, strip) in whole.iter_mut().enumerate() {
            if (4 * p).is_multiple_of(ahead::line::<F>()) {
                // The same place of the next four rows.
                four.iter().for_each(|line| ahead::reading(line.as_ptr().wrapping_add(4 * k + 4 * p)));
            }
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
