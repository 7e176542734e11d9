//! The product, block by block, written once for all kinds of registers: which rows, columns and terms come when, and which
//! operands are copied.

use std::array;
use std::hint::black_box;
use std::ops::Range;

use super::operands::{copy_panel, copy_strips, sum_columns};
use super::tiles::{Beside, load, load_first, multiply_few, multiply_tile, store, store_first};
use super::{DEPTH, FEW, GROUP, LYING, PANELS, Product, Room, SMALL, at_least};
use crate::simd::{Aligned, Float, Register, ahead};

/// The product, block by block. Inlined into each kernel, so that all of it is compiled for that processor. `R` holds
/// `W` lanes, and a tile has `MR` rows by up to `WIDE` registers; without panels, `TALL` rows by one or two.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
pub(super) unsafe fn multiply<
    F: Float,
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
    let lies = !product.b_transposed && lies_well::<F>(WIDE * W) && m >= MR.max(TALL);
    // Blocks of equal depth, rather than full ones and a small rest; one empty block if there is nothing to sum.
    let blocks = k.div_ceil(DEPTH).max(1);
    // Divisions take as long as a small product, so there are none where nothing is to divide.
    let depth = if blocks == 1 { k } else { k.div_ceil(blocks) };
    // Columns side by side: what is copied of them has to fit into the room. Few terms leave room for more columns.
    let group = if n <= GROUP {
        GROUP
    } else if lies {
        LYING
    } else {
        GROUP.max(FEW / depth.max(1) / (WIDE * W) * (WIDE * W))
    };
    // A left operand that is read across its rows is copied if more than one strip reads it.
    let packed = product.step != 1 && n > WIDE * W && m * k > SMALL;
    let high = if packed { m.div_ceil(m.div_ceil((PANELS / depth.max(1)).max(MR) / MR * MR)) } else { m };
    let high = high.next_multiple_of(MR);
    if packed {
        at_least(high * depth, &mut room.panels);
    }
    for block in 0..blocks {
        let depth = (block * depth).min(k)..((block + 1) * depth).min(k);
        let mut top = 0;
        while top < m {
            let rows = top..(top + high).min(m);
            top = rows.end;
            let mut column = 0;
            while column < n {
                let registers = (n - column).div_ceil(W).min(WIDE);
                // A rest that needs fewer registers, or that does not fill strips that are read where they lie, is a group of
                // its own.
                let end = n.min(column + group);
                let narrow = (n - column) % (WIDE * W);
                let apart = narrow.div_ceil(W) < WIDE || lies && narrow < n - column;
                let rest = if registers == WIDE && end == n && apart { narrow } else { 0 };
                let columns = column..end - rest;
                column = columns.end;
                let block = Block { depth: depth.clone(), rows: rows.clone(), columns };
                let strips = &mut room.strips;
                let panels = packed.then_some(&mut *room.panels);
                // Panels are filled with the first columns, which need strips of the greatest width, or there were no panels.
                let fill = block.columns.start == 0;
                // SAFETY: the caller's promise.
                unsafe {
                    match registers {
                        1 if !packed => multiply_block::<F, R, TALL, 1, W>(product, strips, None, false, &block),
                        1 => multiply_block::<F, R, MR, 1, W>(product, strips, panels, false, &block),
                        2 if !packed => multiply_block::<F, R, TALL, 2, W>(product, strips, None, false, &block),
                        2 => multiply_block::<F, R, MR, 2, W>(product, strips, panels, WIDE == 2 && fill, &block),
                        3 if WIDE > 2 => multiply_block::<F, R, MR, 3, W>(product, strips, panels, false, &block),
                        _ => multiply_block::<F, R, MR, WIDE, W>(product, strips, panels, fill, &block),
                    }
                }
            }
        }
    }
}

/// Whether rows of a strip, so many numbers, are lines enough to be read from a right operand itself: at one line each,
/// which is what AVX2 has, a copy is quicker to read.
const fn lies_well<F>(wide: usize) -> bool {
    wide >= 4 * ahead::line::<F>()
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
unsafe fn multiply_block<F: Float, R: Register<F>, const MR: usize, const V: usize, const W: usize>(
    product: &mut Product<F>,
    strips: &mut Aligned<F>,
    mut panels: Option<&mut [F]>,
    fill: bool,
    block: &Block,
) {
    let Block { depth, rows, columns } = block;
    let (n, wide) = (product.n, V * W);
    // Rows of `a` that are not copied and too few for a tile.
    let few = panels.is_none() && rows.len() < MR;
    let whole = !product.b_transposed && columns.len().is_multiple_of(wide) && !few && !depth.is_empty();
    // A right operand that needs no turning is read where it lies, if it is small or strips have whole lines enough.
    let straight = whole && (product.k * n <= SMALL || lies_well::<F>(wide));
    let distant = straight && product.k * n > SMALL;
    // Another one is copied by the first tile that reads it.
    let fresh = whole && !straight;
    let needed = if straight { 0 } else { columns.len().div_ceil(wide) * depth.len() };
    let strips = at_least(needed * wide, strips);
    if !whole {
        let strips = &mut strips.as_chunks_mut::<W>().0.as_chunks_mut::<V>().0[..needed];
        // SAFETY: the caller's promise.
        unsafe { copy_strips::<F, R, V, W>(product, strips, depth.clone(), columns.clone()) }
    }
    let (a, b) = (product.a, product.b);
    // A lone strip may write whole registers: what spills over the end of a row is the next row's place, written later.
    let lone = n <= wide && product.k <= DEPTH;
    let c = &mut *product.c;
    for first in rows.clone().step_by(MR) {
        let height = MR.min(rows.end - first);
        // A tile that hangs over the last row computes rows before it once more, or what a panel has there, and stores
        // its own.
        let top = if few || panels.is_some() { first } else { first.min(rows.end - MR) };
        let panel = (first - rows.start) * depth.len()..;
        // Rows of the left operand that lie across are copied while they are read for the first strip, unless that tile
        // copies the strip or hangs over the last row.
        let apart = first == rows.start || height < MR;
        if let (Some(panels), true, true) = (&mut panels, fill, apart) {
            copy_panel::<F, MR>(a, product.step, &mut panels[panel.clone()], depth.clone(), first..first + height);
        }
        // Without terms there is nothing to begin at.
        let here = (top * product.row + depth.start * product.step).min(a.len())..;
        for column in columns.clone().step_by(wide) {
            let lying = depth.start * n + column..;
            let strip = (column - columns.start) * depth.len()..;
            let width = wide.min(columns.end - column);
            let at = first * n + column;
            let whole = (width == wide || lone) && height == MR && at + (MR - 1) * n + wide <= c.len();
            if whole {
                (0..MR).for_each(|i| ahead::writing(&raw const c[at + i * n], R::HINTS));
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
                let sums: [[R; V]; MR] = match &mut panels {
                    Some(panels) if fill && !apart && column == columns.start => {
                        let (b, along) = if straight { (&b[lying], n) } else { (&strips[strip], wide) };
                        let (steps, beside) = ([1, product.step], Beside::KeepLeft(&mut panels[panel.clone()]));
                        multiply_tile::<F, R, MR, V, W>(
                            &a[here.clone()],
                            steps,
                            [1, 2],
                            b,
                            [along, terms],
                            start,
                            beside,
                        )
                    }
                    Some(panels) if distant => {
                        let (a, b) = (&panels[panel.clone()], &b[lying]);
                        multiply_tile::<F, R, MR, V, W>(a, [1, MR], [1, 2], b, [n, terms], start, Beside::Ask)
                    }
                    Some(panels) if straight => {
                        let (a, b) = (&panels[panel.clone()], &b[lying]);
                        multiply_tile::<F, R, MR, V, W>(a, [1, MR], [1, 2], b, [n, terms], start, Beside::Nothing)
                    }
                    Some(panels) if fresh && first == rows.start => {
                        let (a, b, beside) = (&panels[panel.clone()], &b[lying], Beside::KeepRight(&mut strips[strip]));
                        multiply_tile::<F, R, MR, V, W>(a, [1, MR], [1, 2], b, [n, terms], start, beside)
                    }
                    Some(panels) => {
                        let (a, b) = (&panels[panel.clone()], &strips[strip]);
                        multiply_tile::<F, R, MR, V, W>(a, [1, MR], [1, 2], b, [wide, terms], start, Beside::Nothing)
                    }
                    None if few => {
                        multiply_few::<F, R, MR, V, W>(&a[here.clone()], steps, &strips[strip], terms, start, height)
                    }
                    None if distant => {
                        let (a, b, near) = (&a[here.clone()], &b[lying], hidden(product.row));
                        multiply_tile::<F, R, MR, V, W>(a, steps, near, b, [n, terms], start, Beside::Ask)
                    }
                    None if straight => {
                        let (a, b, near) = (&a[here.clone()], &b[lying], hidden(product.row));
                        multiply_tile::<F, R, MR, V, W>(a, steps, near, b, [n, terms], start, Beside::Nothing)
                    }
                    None if fresh && first == rows.start => {
                        let (a, b, near) = (&a[here.clone()], &b[lying], hidden(product.row));
                        let beside = Beside::KeepRight(&mut strips[strip]);
                        multiply_tile::<F, R, MR, V, W>(a, steps, near, b, [n, terms], start, beside)
                    }
                    None => {
                        let (a, b, near) = (&a[here.clone()], &strips[strip], hidden(product.row));
                        multiply_tile::<F, R, MR, V, W>(a, steps, near, b, [wide, terms], start, Beside::Nothing)
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
