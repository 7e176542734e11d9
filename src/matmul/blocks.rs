//! The product, block by block, written once for all kinds of registers: which rows, columns and terms come when, and which
//! operands are packed.

use std::hint::black_box;
use std::ops::Range;

use super::operands::{copy_panel, copy_strips, sum_columns};
use super::tiles::{Beside, keep, keep_own, multiply_few, multiply_tile, start};
use super::{DEPTH, FEW, GROUP, PANELS, Product, Room, SMALL, at_least};
use crate::simd::{Float, Register, ahead};

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
    let group = if n <= GROUP || lies { GROUP } else { GROUP.max(FEW / depth.max(1) / (WIDE * W) * (WIDE * W)) };
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
                // Panels are filled with the first columns, which need strips of the greatest width, or there were no panels.
                let left = match packed {
                    false => Left::InPlace,
                    true if columns.start == 0 => Left::Packing,
                    true => Left::Packed,
                };
                let block = Block { depth: depth.clone(), rows: rows.clone(), columns, left };
                // SAFETY: the caller's promise.
                unsafe {
                    match registers {
                        1 if !packed => multiply_block::<F, R, TALL, 1, W>(product, room, &block),
                        1 => multiply_block::<F, R, MR, 1, W>(product, room, &block),
                        2 if !packed => multiply_block::<F, R, TALL, 2, W>(product, room, &block),
                        2 => multiply_block::<F, R, MR, 2, W>(product, room, &block),
                        3 if WIDE > 2 => multiply_block::<F, R, MR, 3, W>(product, room, &block),
                        _ => multiply_block::<F, R, MR, WIDE, W>(product, room, &block),
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
    left: Left,
}

/// How tiles read the left operand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    /// Where it lies.
    InPlace,
    /// Where it lies, and it has fewer rows than a tile.
    Few,
    /// From a panel.
    Packed,
    /// Where it lies, across, and the panel is filled on the way.
    Packing,
}

/// How tiles read the right operand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Right {
    /// Where it lies: it is small.
    InPlace,
    /// Where it lies, and rows that will be needed soon are asked for.
    Asked,
    /// From a strip.
    Packed,
    /// Where it lies, and the strip is filled on the way.
    Packing,
}

impl Right {
    /// How tiles of `wide` columns begin to read it in this block.
    #[inline(always)]
    fn of<F: Float>(product: &Product<F>, block: &Block, wide: usize, few: bool) -> Self {
        let whole = block.columns.len().is_multiple_of(wide);
        if product.b_transposed || !whole || few || block.depth.is_empty() {
            Self::Packed
        } else if product.k * product.n <= SMALL {
            Self::InPlace
        } else if lies_well::<F>(wide) {
            Self::Asked
        } else {
            Self::Packing
        }
    }

    fn is_in_place(self) -> bool {
        matches!(self, Self::InPlace | Self::Asked)
    }
}

/// What one tile multiplies.
struct Tile<'a, F> {
    /// The left operand from the tile's first row and term on.
    a: &'a [F],
    /// From one of its rows to the next, and from one of its terms to the next.
    steps: [usize; 2],
    /// Room for the tile's rows side by side, if there are panels.
    panel: &'a mut [F],
    /// The right operand from the tile's first column and term on, and from one of its terms to the next.
    b: &'a [F],
    n: usize,
    /// Room for the tile's columns side by side, if there are strips.
    strip: &'a mut [F],
    terms: usize,
    /// Rows that are the tile's own.
    height: usize,
}

/// Adds to a part of `c` (or, with the first terms, starts it with) the product of its rows of `a` and its columns of
/// `b`, in strips that are `V` registers of `W` elements wide.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
unsafe fn multiply_block<F: Float, R: Register<F>, const MR: usize, const V: usize, const W: usize>(
    product: &mut Product<F>,
    room: &mut Room<F>,
    block: &Block,
) {
    let Block { depth, rows, columns, .. } = block;
    let (n, wide, terms) = (product.n, V * W, depth.len());
    let few = block.left == Left::InPlace && rows.len() < MR;
    let in_panels = matches!(block.left, Left::Packed | Left::Packing);
    let mut right = Right::of(product, block, wide, few);
    let strips = if right.is_in_place() { 0 } else { columns.len().div_ceil(wide) * terms };
    let packed_b = &mut at_least(strips * wide, &mut room.strips)[..strips * wide];
    if right == Right::Packed {
        let strips = packed_b.as_chunks_mut::<W>().0.as_chunks_mut::<V>().0;
        // SAFETY: the caller's promise.
        unsafe { copy_strips::<F, R, V, W>(product, strips, depth.clone(), columns.clone()) }
    }
    // A lone strip may write whole registers: what spills over the end of a row is the next row's place, written later.
    let lone = n <= wide && product.k <= DEPTH;
    for first in rows.clone().step_by(MR) {
        let height = MR.min(rows.end - first);
        let mut left = if few { Left::Few } else { block.left };
        let panel = if in_panels { (first - rows.start) * terms..(first - rows.start + MR) * terms } else { 0..0 };
        // The first strip's tiles fill the panels, but for one that fills the strip, and one that hangs over the last row.
        if left == Left::Packing && (first == rows.start || height < MR) {
            let panel = &mut room.panels[panel.clone()];
            copy_panel::<F, MR>(product.a, product.step, panel, depth.clone(), first..first + height);
            left = Left::Packed;
        }
        // A tile that hangs over the last row computes rows before it once more, or what a panel has there, and stores
        // its own.
        let top = if block.left == Left::InPlace && !few { first.min(rows.end - MR) } else { first };
        // Without terms there is nothing to begin at.
        let a = (top * product.row + depth.start * product.step).min(product.a.len());
        for column in columns.clone().step_by(wide) {
            let width = wide.min(columns.end - column);
            let at = first * n + column;
            let whole = (width == wide || lone) && height == MR && at + (MR - 1) * n + wide <= product.c.len();
            if whole {
                (0..MR).for_each(|i| ahead::writing(&raw const product.c[at + i * n], R::HINTS));
            }
            let strip = if right.is_in_place() { 0..0 } else { (column - columns.start) * terms..packed_b.len() };
            let tile = Tile {
                a: &product.a[a..],
                steps: [product.row, product.step],
                panel: &mut room.panels[panel.clone()],
                b: &product.b[(depth.start * n + column).min(product.b.len())..],
                n,
                strip: &mut packed_b[strip],
                terms,
                height,
            };
            let more = depth.start > 0;
            // SAFETY: the caller's promise.
            unsafe {
                let bias = product.bias.filter(|_| !more).map(|bias| &bias[column..]);
                let sums = tile.multiply::<R, MR, V, W>(left, right, start(bias, width == wide));
                if whole {
                    keep(&sums, &mut product.c[at..], n, more);
                } else {
                    let own = first - top..first - top + height;
                    keep_own(&sums, own, &mut product.c[at..], [n, width], more);
                }
            }
            left = if left == Left::Packing { Left::Packed } else { left };
        }
        right = if right == Right::Packing { Right::Packed } else { right };
    }
    if let (Some(sums), 0) = (&mut product.sums, rows.start) {
        for column in columns.clone().step_by(wide) {
            let sums = &mut sums[column..columns.end.min(column + wide)];
            // Where a strip's terms begin, and how far it is from one to the next.
            let (strip, along) = if right.is_in_place() {
                (&product.b[depth.start * n + column..], n)
            } else {
                (&packed_b[(column - columns.start) * terms..], wide)
            };
            sum_columns::<F, V, W>(strip, [along, terms], sums, depth.start == 0);
        }
    }
}

impl<F: Float> Tile<'_, F> {
    /// The tile's sums: `start`, and all products. Distances that the compiler knows need neither registers nor additions.
    ///
    /// # Safety
    /// The processor must have the instructions of `R`.
    #[inline(always)]
    unsafe fn multiply<R: Register<F>, const MR: usize, const V: usize, const W: usize>(
        self,
        left: Left,
        right: Right,
        start: [R; V],
    ) -> [[R; V]; MR] {
        let Self { a, steps: [row, step], panel, b, n, strip, terms, height } = self;
        let columns = Columns { b, n, strip, terms };
        // SAFETY: the caller's promise.
        unsafe {
            match left {
                Left::InPlace => columns.multiply::<R, MR, V, W>(a, [row, step], hidden(row), right, start),
                Left::Packed => columns.multiply::<R, MR, V, W>(panel, [1, MR], [1, 2], right, start),
                Left::Few => multiply_few::<F, R, MR, V, W>(a, [row, step], columns.strip, terms, start, height),
                Left::Packing => {
                    let (b, along) = if right.is_in_place() { (b, n) } else { (&*columns.strip, V * W) };
                    let beside = Beside::KeepLeft(panel);
                    multiply_tile::<F, R, MR, V, W>(a, [1, step], [1, 2], b, [along, terms], start, beside)
                }
            }
        }
    }
}

/// The right operand of one tile.
struct Columns<'a, F> {
    /// From the tile's first column and term on, and from one of its terms to the next.
    b: &'a [F],
    n: usize,
    /// Room for the tile's columns side by side, if there are strips.
    strip: &'a mut [F],
    terms: usize,
}

impl<F: Float> Columns<'_, F> {
    /// The sums of a tile whose rows lie at `a`, with these distances, see [`multiply_tile`].
    ///
    /// # Safety
    /// The processor must have the instructions of `R`.
    #[inline(always)]
    unsafe fn multiply<R: Register<F>, const MR: usize, const V: usize, const W: usize>(
        self,
        a: &[F],
        steps: [usize; 2],
        further: [usize; 2],
        right: Right,
        start: [R; V],
    ) -> [[R; V]; MR] {
        let Self { b, n, strip, terms } = self;
        let (there, here, nothing) = ([n, terms], [V * W, terms], Beside::Nothing);
        // SAFETY: the caller's promise.
        unsafe {
            match right {
                Right::InPlace => multiply_tile::<F, R, MR, V, W>(a, steps, further, b, there, start, nothing),
                Right::Asked => multiply_tile::<F, R, MR, V, W>(a, steps, further, b, there, start, Beside::Ask),
                Right::Packed => multiply_tile::<F, R, MR, V, W>(a, steps, further, strip, here, start, nothing),
                Right::Packing => {
                    multiply_tile::<F, R, MR, V, W>(a, steps, further, b, there, start, Beside::KeepRight(strip))
                }
            }
        }
    }
}

/// One row and two rows, in registers: the compiler would get each address from the one before, in a chain as long as
/// the sums take.
#[inline(always)]
fn hidden(row: usize) -> [usize; 2] {
    [black_box(row), black_box(2 * row)]
}
