//! The product itself, written once for all kinds of registers: strips of the right operand, tiles of the result.

use std::array;
use std::hint::black_box;
use std::ops::Range;

use super::operands::{AHEAD, copy_panels, copy_strips, sum_columns};
use super::{DEPTH, GROUP, PANELS, Product, Room, SMALL, ahead};
use crate::program::{Real, Register};

/// The product, block by block. Inlined into each kernel, so that all of it is compiled for that processor. `R` holds
/// `W` lanes, and a tile has `MR` rows by up to `WIDE` registers; without panels, `TALL` rows by one or two.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
pub(super) unsafe fn multiply<
    F: Real,
    R: Register<F>,
    const TALL: usize,
    const MR: usize,
    const WIDE: usize,
    const W: usize,
>(
    product: &mut Product<F>,
    room: &mut Room<F>,
) {
    const { assert!(WIDE == 2 || WIDE == 4) };
    let (m, k, n) = (product.m, product.k, product.n);
    if m == 0 || n == 0 {
        return;
    }
    // Blocks of equal depth, rather than full ones and a small rest; one empty block if there is nothing to sum.
    let blocks = k.div_ceil(DEPTH).max(1);
    // Divisions take as long as a small product, so there are none where nothing is to divide.
    let depth = if blocks == 1 { k } else { k.div_ceil(blocks) };
    // A left operand that is read across its rows is copied if more than one strip reads it.
    let packed = product.step != 1 && n > WIDE * W && m * k > SMALL;
    let high = if packed { m.div_ceil(m.div_ceil((PANELS / depth.max(1)).max(MR) / MR * MR)) } else { m };
    let high = high.next_multiple_of(MR);
    for block in 0..blocks {
        let depth = (block * depth).min(k)..((block + 1) * depth).min(k);
        let mut top = 0;
        while top < m {
            let rows = top..(top + high).min(m);
            top = rows.end;
            if packed {
                copy_panels::<F, MR>(product, &mut room.panels, depth.clone(), rows.clone());
            }
            let panels = packed.then_some(&*room.panels);
            let mut column = 0;
            while column < n {
                let registers = (n - column).div_ceil(W).min(WIDE);
                // A rest that needs fewer registers is a group of its own.
                let end = n.min(column + GROUP);
                let narrow = (n - column) % (WIDE * W);
                let rest = if registers == WIDE && end == n && narrow.div_ceil(W) < WIDE { narrow } else { 0 };
                let columns = column..end - rest;
                column = columns.end;
                let block = Block { depth: depth.clone(), rows: rows.clone(), columns };
                let strips = &mut *room.strips;
                // SAFETY: the caller's promise.
                unsafe {
                    match registers {
                        1 if !packed => multiply_block::<F, R, TALL, 1, W>(product, strips, None, &block),
                        1 => multiply_block::<F, R, MR, 1, W>(product, strips, panels, &block),
                        2 if !packed => multiply_block::<F, R, TALL, 2, W>(product, strips, None, &block),
                        2 => multiply_block::<F, R, MR, 2, W>(product, strips, panels, &block),
                        3 if WIDE > 2 => multiply_block::<F, R, MR, 3, W>(product, strips, panels, &block),
                        _ => multiply_block::<F, R, MR, WIDE, W>(product, strips, panels, &block),
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
/// `b`, in strips that are `V` registers of `W` elements wide.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
unsafe fn multiply_block<F: Real, R: Register<F>, const MR: usize, const V: usize, const W: usize>(
    product: &mut Product<F>,
    strips: &mut [F],
    panels: Option<&[F]>,
    block: &Block,
) {
    let Block { depth, rows, columns } = block;
    let (n, wide) = (product.n, V * W);
    // Rows of `a` that are not copied and too few for a tile.
    let few = panels.is_none() && rows.len() < MR;
    // A small right operand that needs no turning is read where it lies.
    let in_place = !product.b_transposed && columns.len().is_multiple_of(wide) && !few && !depth.is_empty();
    let straight = in_place && product.k * n <= SMALL;
    // Another one that needs no turning is copied by the first tile that reads it.
    let fresh = in_place && !straight;
    if !in_place {
        let strips = strips.as_chunks_mut::<W>().0.as_chunks_mut::<V>().0;
        let strips = &mut strips[..columns.len().div_ceil(wide) * depth.len()];
        // SAFETY: the caller's promise.
        unsafe { copy_strips::<F, R, V, W>(product, strips, depth.clone(), columns.clone()) }
    }
    let b = product.b;
    // A lone strip may write whole registers: what spills over the end of a row is the next row's place, written later.
    let lone = n <= wide && product.k <= DEPTH;
    let c = &mut *product.c;
    for first in rows.clone().step_by(MR) {
        let height = MR.min(rows.end - first);
        // A tile that hangs over the last row computes rows before it once more, or what a panel has there, and stores
        // its own.
        let top = if few || panels.is_some() { first } else { first.min(rows.end - MR) };
        let a = if let Some(panels) = panels {
            &panels[(first - rows.start) * depth.len()..]
        } else {
            // Without terms there is nothing to begin at.
            let begin = (top * product.row + depth.start * product.step).min(product.a.len());
            &product.a[begin..]
        };
        for column in columns.clone().step_by(wide) {
            let lying = depth.start * n + column..;
            let strip = (column - columns.start) * depth.len()..;
            let width = wide.min(columns.end - column);
            let at = first * n + column;
            let whole = (width == wide || lone) && height == MR && at + (MR - 1) * n + wide <= c.len();
            if whole {
                (0..MR).for_each(|i| ahead::writing(&raw const c[at + i * n]));
            }
            // SAFETY: the caller's promise.
            unsafe {
                let start = match product.bias.filter(|_| depth.start == 0) {
                    Some(bias) if width == wide => load(&bias[column..]),
                    Some(bias) => load_first(&bias[column..]),
                    None => [R::splat(F::ZERO); V],
                };
                let (steps, terms) = ([product.row, product.step], depth.len());
                // Distances that the compiler knows need neither registers nor additions.
                let sums: [[R; V]; MR] = match panels {
                    Some(_) if straight => {
                        multiply_tile::<F, R, MR, V, W>(a, [1, MR], [1, 2], &b[lying], [n, terms], start, None)
                    }
                    Some(_) if fresh && first == rows.start => {
                        let kept = Some(&mut strips[strip]);
                        multiply_tile::<F, R, MR, V, W>(a, [1, MR], [1, 2], &b[lying], [n, terms], start, kept)
                    }
                    Some(_) => {
                        let strip = &strips[strip];
                        multiply_tile::<F, R, MR, V, W>(a, [1, MR], [1, 2], strip, [wide, terms], start, None)
                    }
                    None if few => multiply_few::<F, R, MR, V, W>(a, steps, &strips[strip], terms, start, height),
                    None if straight => multiply_tile::<F, R, MR, V, W>(
                        a,
                        steps,
                        hidden(product.row),
                        &b[lying],
                        [n, terms],
                        start,
                        None,
                    ),
                    None if fresh && first == rows.start => {
                        let kept = Some(&mut strips[strip]);
                        multiply_tile::<F, R, MR, V, W>(
                            a,
                            steps,
                            hidden(product.row),
                            &b[lying],
                            [n, terms],
                            start,
                            kept,
                        )
                    }
                    None => {
                        let strip = &strips[strip];
                        multiply_tile::<F, R, MR, V, W>(
                            a,
                            steps,
                            hidden(product.row),
                            strip,
                            [wide, terms],
                            start,
                            None,
                        )
                    }
                };
                // What there was in `c` is added last, so that no sum waits for it.
                if whole {
                    for (i, sums) in sums.iter().enumerate() {
                        let c = &mut c[at + i * n..];
                        let mut sums = *sums;
                        if depth.start > 0 {
                            let before: [R; V] = load(c);
                            sums = array::from_fn(|v| before[v].add(sums[v]));
                        }
                        store(&sums, c);
                    }
                    continue;
                }
                // At the edges: the rows that are this tile's own, as far as there are columns.
                for (row, sums) in (top..).zip(&sums).filter(|(row, _)| (first..first + height).contains(row)) {
                    let c = &mut c[row * n + column..][..width];
                    let mut sums = *sums;
                    if depth.start > 0 {
                        let before: [R; V] = load_first(c);
                        sums = array::from_fn(|v| before[v].add(sums[v]));
                    }
                    store_first(&sums, c);
                }
            }
        }
    }
    if let (Some(sums), 0) = (&mut product.sums, rows.start) {
        for column in columns.clone().step_by(wide) {
            let sums = &mut sums[column..columns.end.min(column + wide)];
            // Where a strip's terms begin, and how far it is from one to the next.
            let (strip, along) = if straight {
                (&b[depth.start * n + column..], n)
            } else {
                (&strips[(column - columns.start) * depth.len()..], wide)
            };
            sum_columns::<F, V, W>(strip, [along, depth.len()], sums, depth.start == 0);
        }
    }
}

/// One row and two rows, in registers: the compiler would get each address from the one before, in a chain as long as
/// the sums take.
#[inline(always)]
fn hidden(row: usize) -> [usize; 2] {
    [black_box(row), black_box(2 * row)]
}

/// `start` plus `a(i, p) * b(p)`, summed over `terms` p, for each row i, where `a(i, p)` is `a[i * row + p * step]` and
/// `b(p)` is what lies in `b` from `p * along` on. `further` is how far one row is, and two rows are.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
unsafe fn multiply_tile<F: Real, R: Register<F>, const MR: usize, const V: usize, const W: usize>(
    a: &[F],
    [row, step]: [usize; 2],
    further: [usize; 2],
    b: &[F],
    [along, terms]: [usize; 2],
    start: [R; V],
    kept: Option<&mut [F]>,
) -> [[R; V]; MR] {
    const { assert!(MR <= 9 && R::LANES == W, "three addresses with three rows each") };
    let mut sums = [start; MR];
    let Some(last) = terms.checked_sub(1) else { return sums };
    assert!((MR - 1) * row + last * step < a.len(), "a tile reaches past the left operand");
    assert!(last * along + V * W <= b.len(), "a tile reaches past the right operand");
    // An address is one of these and no, one or two rows more: so the loop needs few registers that are not for numbers.
    let across = [0, further[0], further[1]];
    let mut third: [*const F; 3] = array::from_fn(|i| a.as_ptr().wrapping_add(3 * i * row));
    let mut b = b.as_ptr();
    // SAFETY: the caller's promise, and the assertions.
    unsafe {
        if let Some(kept) = kept {
            let mut kept = kept[..terms * V * W].as_mut_ptr();
            for _ in 0..terms {
                for v in 0..V {
                    ahead::reading(b.wrapping_add(AHEAD * along + v * W));
                    R::load(b.add(v * W)).store(kept.add(v * W));
                }
                add_terms(&mut sums, &mut third, across, step, b);
                b = b.wrapping_add(along);
                kept = kept.wrapping_add(V * W);
            }
            return sums;
        }
        for _ in 0..terms / 2 {
            add_terms(&mut sums, &mut third, across, step, b);
            add_terms(&mut sums, &mut third, across, step, b.wrapping_add(along));
            b = b.wrapping_add(2 * along);
        }
        if !terms.is_multiple_of(2) {
            add_terms(&mut sums, &mut third, across, step, b);
        }
    }
    sums
}

/// Adds to every sum of a tile its next term.
///
/// # Safety
/// The processor must have the instructions of `R`, and there must be terms at the addresses.
#[inline(always)]
unsafe fn add_terms<F: Real, R: Register<F>, const MR: usize, const V: usize>(
    sums: &mut [[R; V]; MR],
    third: &mut [*const F; 3],
    across: [usize; 3],
    step: usize,
    b: *const F,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let b: [R; V] = array::from_fn(|v| R::load(b.add(v * R::LANES)));
        for (i, sums) in sums.iter_mut().enumerate() {
            let x = R::splat(*third[i / 3].add(across[i % 3]));
            for (sum, b) in sums.iter_mut().zip(&b) {
                *sum = sum.add_product(x, *b);
            }
        }
    }
    *third = third.map(|at| at.wrapping_add(step));
}

/// As [`multiply_tile`] where there are fewer rows than a tile has: the last one is computed again in the place of those
/// that are not there.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
unsafe fn multiply_few<F: Real, R: Register<F>, const MR: usize, const V: usize, const W: usize>(
    a: &[F],
    [row, step]: [usize; 2],
    strip: &[F],
    terms: usize,
    start: [R; V],
    rows: usize,
) -> [[R; V]; MR] {
    let mut sums = [start; MR];
    let Some(last) = terms.checked_sub(1) else { return sums };
    let offsets: [usize; MR] = array::from_fn(|i| i.min(rows - 1) * row);
    assert!(offsets[MR - 1] + last * step < a.len(), "a tile reaches past the left operand");
    let mut at = 0;
    for b in strip.chunks_exact(V * W).take(terms) {
        // SAFETY: the caller's promise; `at` is at most `last * step`, and no offset is larger than the last.
        unsafe {
            let b: [R; V] = load(b);
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

/// The first elements as `V` registers.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
unsafe fn load<F: Real, R: Register<F>, const V: usize>(from: &[F]) -> [R; V] {
    let from = &from[..V * R::LANES];
    // SAFETY: the caller's promise; the slice holds exactly these registers.
    array::from_fn(|v| unsafe { R::load(from.as_ptr().add(v * R::LANES)) })
}

/// `V` registers to the first elements.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
unsafe fn store<F: Real, R: Register<F>, const V: usize>(registers: &[R; V], to: &mut [F]) {
    let to = &mut to[..V * R::LANES];
    for (v, register) in registers.iter().enumerate() {
        // SAFETY: the caller's promise; the slice holds exactly these registers.
        unsafe { register.store(to.as_mut_ptr().add(v * R::LANES)) }
    }
}

/// As many of these numbers as there are for `V` registers, and zeros behind them.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
pub(super) unsafe fn load_first<F: Real, R: Register<F>, const V: usize>(from: &[F]) -> [R; V] {
    array::from_fn(|v| {
        let count = from.len().saturating_sub(v * R::LANES).min(R::LANES);
        // SAFETY: the caller's promise; so many numbers lie there. Wrapping, since there may be none.
        unsafe { R::load_first(from.as_ptr().wrapping_add(v * R::LANES), count, F::ZERO) }
    })
}

/// As much of `V` registers as there is room for.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
unsafe fn store_first<F: Real, R: Register<F>, const V: usize>(registers: &[R; V], to: &mut [F]) {
    for (v, register) in registers.iter().enumerate() {
        let count = to.len().saturating_sub(v * R::LANES).min(R::LANES);
        // SAFETY: as above.
        unsafe { register.store_first(to.as_mut_ptr().wrapping_add(v * R::LANES), count) }
    }
}
