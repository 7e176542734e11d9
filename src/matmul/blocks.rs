//! The product, block by block, written once for all kinds of registers: which rows, columns and terms come when, and which
//! operands are packed.

use std::hint::black_box;
use std::ops::Range;

use super::micro_kernel::{Beside, keep, keep_own, micro_kernel, micro_kernel_few, start};
use super::packing::{pack_a, pack_b, sum_columns};
use super::{IN_PLACE, KC, NC, PACKED_A, Product, Room, SHALLOW, at_least};
use crate::simd::{Float, Register, ahead};

/// The product, block by block. Inlined into each kernel, so that all of it is compiled for that processor. `R` holds
/// `W` lanes, and a tile has `MR` rows by up to `WIDE` registers; if `a` is not packed, `TALL` rows by one or two.
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
    let lies = !product.b_transposed && is_wide::<F>(WIDE * W) && m >= MR.max(TALL);
    // Blocks of equal depth, rather than full ones and a small rest; one empty block if there is nothing to sum.
    let blocks = k.div_ceil(KC).max(1);
    // Divisions take as long as a small product, so there are none where nothing is to divide.
    let depth = if blocks == 1 { k } else { k.div_ceil(blocks) };
    // Columns side by side: what is copied of them has to fit into the room. Few terms leave room for more columns.
    let nc = if n <= NC || lies { NC } else { NC.max(SHALLOW / depth.max(1) / (WIDE * W) * (WIDE * W)) };
    // A left operand that is read across its rows is copied if more than one micro-panel of `b` reads it.
    let packed = product.step != 1 && n > WIDE * W && m * k > IN_PLACE;
    let mc = if packed { m.div_ceil(m.div_ceil((PACKED_A / depth.max(1)).max(MR) / MR * MR)) } else { m };
    let mc = mc.next_multiple_of(MR);
    if packed {
        at_least(mc * depth, &mut room.packed_a);
    }
    for block in 0..blocks {
        let depth = (block * depth).min(k)..((block + 1) * depth).min(k);
        let mut top = 0;
        while top < m {
            let rows = top..(top + mc).min(m);
            top = rows.end;
            let mut column = 0;
            while column < n {
                let registers = (n - column).div_ceil(W).min(WIDE);
                // A rest that needs fewer registers, or that does not fill a width that is read where it lies, is a block of its own.
                let end = n.min(column + nc);
                let narrow = (n - column) % (WIDE * W);
                let apart = narrow.div_ceil(W) < WIDE || lies && narrow < n - column;
                let rest = if registers == WIDE && end == n && apart { narrow } else { 0 };
                let columns = column..end - rest;
                column = columns.end;
                // `a` is packed with the first columns, which need micro-panels of the greatest width, or it were not packed.
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

/// Whether so many numbers of a row are lines enough to be read from a right operand itself: at one line each, which is what
/// AVX2 has, a copy is quicker to read.
const fn is_wide<F>(wide: usize) -> bool {
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
    /// From a micro-panel of `a`.
    Packed,
    /// Where it lies, across, and the micro-panel of `a` is filled on the way.
    Packing,
}

/// How tiles read the right operand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Right {
    /// Where it lies: it is small.
    InPlace,
    /// Where it lies, and rows that will be needed soon are asked for.
    Asked,
    /// From a micro-panel of `b`.
    Packed,
    /// Where it lies, and the micro-panel of `b` is filled on the way.
    Packing,
}

impl Right {
    /// How tiles of `wide` columns begin to read it in this block.
    #[inline(always)]
    fn of<F: Float>(product: &Product<F>, block: &Block, wide: usize, few: bool) -> Self {
        let whole = block.columns.len().is_multiple_of(wide);
        if product.b_transposed || !whole || few || block.depth.is_empty() {
            Self::Packed
        } else if product.k * product.n <= IN_PLACE {
            Self::InPlace
        } else if is_wide::<F>(wide) {
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
    /// Its micro-panel of `a`, or nothing if `a` is not packed.
    panel_a: &'a mut [F],
    /// The right operand from the tile's first column and term on, and from one of its terms to the next.
    b: &'a [F],
    n: usize,
    /// Its micro-panel of `b`, or nothing if `b` is not packed.
    panel_b: &'a mut [F],
    terms: usize,
    /// Rows that are the tile's own.
    height: usize,
}

/// Adds to a part of `c` (or, with the first terms, starts it with) the product of its rows of `a` and its columns of
/// `b`, by micro-kernels that are `V` registers of `W` elements wide.
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
    let is_packed = matches!(block.left, Left::Packed | Left::Packing);
    let mut right = Right::of(product, block, wide, few);
    let count = if right.is_in_place() { 0 } else { columns.len().div_ceil(wide) * terms };
    let packed_b = &mut at_least(count * wide, &mut room.packed_b)[..count * wide];
    if right == Right::Packed {
        let micro_panels = packed_b.as_chunks_mut::<W>().0.as_chunks_mut::<V>().0;
        // SAFETY: the caller's promise.
        unsafe { pack_b::<F, R, V, W>(product, micro_panels, depth.clone(), columns.clone()) }
    }
    // Where rows have no more columns, whole registers may be written: what spills over the end of a row is the next row's
    // place, written later.
    let lone = n <= wide && product.k <= KC;
    for first in rows.clone().step_by(MR) {
        let height = MR.min(rows.end - first);
        let mut left = if few { Left::Few } else { block.left };
        let panel_a = if is_packed { (first - rows.start) * terms..(first - rows.start + MR) * terms } else { 0..0 };
        // The first columns' tiles pack `a`, but for one that packs `b` and one that hangs over the last row.
        if left == Left::Packing && (first == rows.start || height < MR) {
            let panel_a = &mut room.packed_a[panel_a.clone()];
            pack_a::<F, MR>(product.a, product.step, panel_a, depth.clone(), first..first + height);
            left = Left::Packed;
        }
        // A tile that hangs over the last row computes rows before it once more, or what packed `a` has there, and stores its
        // own.
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
            let panel_b = if right.is_in_place() { 0..0 } else { (column - columns.start) * terms..packed_b.len() };
            let tile = Tile {
                a: &product.a[a..],
                steps: [product.row, product.step],
                panel_a: &mut room.packed_a[panel_a.clone()],
                b: &product.b[(depth.start * n + column).min(product.b.len())..],
                n,
                panel_b: &mut packed_b[panel_b],
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
            // Where the columns' terms begin, and how far it is from one to the next.
            let (panel_b, along) = if right.is_in_place() {
                (&product.b[depth.start * n + column..], n)
            } else {
                (&packed_b[(column - columns.start) * terms..], wide)
            };
            sum_columns::<F, V, W>(panel_b, [along, terms], sums, depth.start == 0);
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
        let Self { a, steps: [row, step], panel_a, b, n, panel_b, terms, height } = self;
        let columns = Columns { b, n, panel_b, terms };
        // SAFETY: the caller's promise.
        unsafe {
            match left {
                Left::InPlace => columns.multiply::<R, MR, V, W>(a, [row, step], hidden(row), right, start),
                Left::Packed => columns.multiply::<R, MR, V, W>(panel_a, [1, MR], [1, 2], right, start),
                Left::Few => micro_kernel_few::<F, R, MR, V, W>(a, [row, step], columns.panel_b, terms, start, height),
                Left::Packing => {
                    let (b, along) = if right.is_in_place() { (b, n) } else { (&*columns.panel_b, V * W) };
                    let beside = Beside::PackA(panel_a);
                    micro_kernel::<F, R, MR, V, W>(a, [1, step], [1, 2], b, [along, terms], start, beside)
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
    /// Its micro-panel of `b`, or nothing if `b` is not packed.
    panel_b: &'a mut [F],
    terms: usize,
}

impl<F: Float> Columns<'_, F> {
    /// The sums of a tile whose rows lie at `a`, with these distances, see [`micro_kernel`].
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
        let Self { b, n, panel_b, terms } = self;
        let (there, here, nothing) = ([n, terms], [V * W, terms], Beside::Nothing);
        // SAFETY: the caller's promise.
        unsafe {
            match right {
                Right::InPlace => micro_kernel::<F, R, MR, V, W>(a, steps, further, b, there, start, nothing),
                Right::Asked => micro_kernel::<F, R, MR, V, W>(a, steps, further, b, there, start, Beside::Ask),
                Right::Packed => micro_kernel::<F, R, MR, V, W>(a, steps, further, panel_b, here, start, nothing),
                Right::Packing => {
                    micro_kernel::<F, R, MR, V, W>(a, steps, further, b, there, start, Beside::PackB(panel_b))
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
