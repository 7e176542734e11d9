//! The micro-kernel: a tile of the product, a few rows by a few registers of sums, through all terms of a block.

use std::array;
use std::ops::Range;

use super::packing::AHEAD;
use crate::simd::{Float, Register, ahead};

/// What a tile does beside its sums.
pub(super) enum Beside<'a, F> {
    /// Nothing.
    Nothing,
    /// Rows of the right operand are asked for before they are needed: each lies on another page, or on one after the next.
    Ask,
    /// The same, and rows of the left operand that lie across are packed into this micro-panel.
    PackA(&'a mut [F]),
    /// Columns of the right operand are packed into this micro-panel.
    PackB(&'a mut [F]),
}

/// `start` plus `a(i, p) * b(p)`, summed over `terms` p, for each row i, where `a(i, p)` is `a[i * row + p * step]` and
/// `b(p)` is what lies in `b` from `p * along` on. `further` is how far one row is, and two rows are.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
pub(super) unsafe fn micro_kernel<F: Float, R: Register<F>, const MR: usize, const V: usize, const W: usize>(
    a: &[F],
    [row, step]: [usize; 2],
    further: [usize; 2],
    b: &[F],
    [along, terms]: [usize; 2],
    start: [R; V],
    beside: Beside<F>,
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
        if let Beside::PackA(panel_a) = beside {
            assert!(row == 1, "rows of a micro-panel lie side by side");
            for kept in panel_a[..terms * MR].as_chunks_mut::<MR>().0 {
                ask::<F, V, W>(b.wrapping_add(AHEAD * along));
                ahead::reading(third[0].wrapping_add(AHEAD * step));
                ahead::reading(third[0].wrapping_add(AHEAD * step + MR - 1));
                *kept = third[0].cast::<[F; MR]>().read();
                add_terms(&mut sums, &mut third, across, step, b);
                b = b.wrapping_add(along);
            }
            return sums;
        }
        if let Beside::PackB(panel_b) = beside {
            for kept in panel_b[..terms * V * W].chunks_exact_mut(V * W) {
                ask::<F, V, W>(b.wrapping_add(AHEAD * along));
                for v in 0..V {
                    R::load(b.add(v * W)).store(kept.as_mut_ptr().add(v * W));
                }
                add_terms(&mut sums, &mut third, across, step, b);
                b = b.wrapping_add(along);
            }
            return sums;
        }
        for _ in 0..terms / 2 {
            if matches!(beside, Beside::Ask) {
                ask::<F, V, W>(b.wrapping_add(AHEAD * along));
                ask::<F, V, W>(b.wrapping_add((AHEAD + 1) * along));
            }
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

/// Asks for a micro-kernel's part of a row of the right operand.
#[inline(always)]
fn ask<F, const V: usize, const W: usize>(at: *const F) {
    (0..V * W).step_by(ahead::line::<F>()).for_each(|i| ahead::reading(at.wrapping_add(i)));
}

/// Adds to every sum of a tile its next term.
///
/// # Safety
/// The processor must have the instructions of `R`, and there must be terms at the addresses.
#[inline(always)]
unsafe fn add_terms<F: Float, R: Register<F>, const MR: usize, const V: usize>(
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

/// As [`micro_kernel`] where there are fewer rows than a tile has: the last one is computed again in the place of those
/// that are not there.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
pub(super) unsafe fn micro_kernel_few<F: Float, R: Register<F>, const MR: usize, const V: usize, const W: usize>(
    a: &[F],
    [row, step]: [usize; 2],
    panel_b: &[F],
    terms: usize,
    start: [R; V],
    rows: usize,
) -> [[R; V]; MR] {
    let mut sums = [start; MR];
    let Some(last) = terms.checked_sub(1) else { return sums };
    let offsets: [usize; MR] = array::from_fn(|i| i.min(rows - 1) * row);
    assert!(offsets[MR - 1] + last * step < a.len(), "a tile reaches past the left operand");
    let mut at = 0;
    for b in panel_b.chunks_exact(V * W).take(terms) {
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

/// What the sums of a tile's row begin with: the bias of its columns, if there is one.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
pub(super) unsafe fn start<F: Float, R: Register<F>, const V: usize>(bias: Option<&[F]>, whole: bool) -> [R; V] {
    // SAFETY: the caller's promise.
    unsafe {
        match bias {
            Some(bias) if whole => load(bias),
            Some(bias) => load_first(bias),
            None => [R::splat(F::ZERO); V],
        }
    }
}

/// Writes a tile's sums to whole registers of `c`, whose rows are `n` long. What there was before is added last, so that no
/// sum waits for it.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
pub(super) unsafe fn keep<F: Float, R: Register<F>, const MR: usize, const V: usize>(
    sums: &[[R; V]; MR],
    c: &mut [F],
    n: usize,
    more: bool,
) {
    for (i, sums) in sums.iter().enumerate() {
        let c = &mut c[i * n..];
        let mut sums = *sums;
        // SAFETY: the caller's promise.
        unsafe {
            if more {
                let before: [R; V] = load(c);
                sums = array::from_fn(|v| before[v].add(sums[v]));
            }
            store(&sums, c);
        }
    }
}

/// Writes those rows of a tile's sums that are its own, as far as there are columns, see [`keep`]. `c` begins with the
/// first of these rows.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
pub(super) unsafe fn keep_own<F: Float, R: Register<F>, const MR: usize, const V: usize>(
    sums: &[[R; V]; MR],
    own: Range<usize>,
    c: &mut [F],
    [n, width]: [usize; 2],
    more: bool,
) {
    // All rows are looked at, so that none has an address and all stay in registers.
    for (i, sums) in sums.iter().enumerate().filter(|(i, _)| own.contains(i)) {
        let c = &mut c[(i - own.start) * n..][..width];
        let mut sums = *sums;
        // SAFETY: the caller's promise.
        unsafe {
            if more {
                let before: [R; V] = load_first(c);
                sums = array::from_fn(|v| before[v].add(sums[v]));
            }
            store_first(&sums, c);
        }
    }
}

/// The first elements as `V` registers.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
unsafe fn load<F: Float, R: Register<F>, const V: usize>(from: &[F]) -> [R; V] {
    let from = &from[..V * R::LANES];
    // SAFETY: the caller's promise; the slice holds exactly these registers.
    array::from_fn(|v| unsafe { R::load(from.as_ptr().add(v * R::LANES)) })
}

/// `V` registers to the first elements.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
unsafe fn store<F: Float, R: Register<F>, const V: usize>(registers: &[R; V], to: &mut [F]) {
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
pub(super) unsafe fn load_first<F: Float, R: Register<F>, const V: usize>(from: &[F]) -> [R; V] {
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
unsafe fn store_first<F: Float, R: Register<F>, const V: usize>(registers: &[R; V], to: &mut [F]) {
    for (v, register) in registers.iter().enumerate() {
        let count = to.len().saturating_sub(v * R::LANES).min(R::LANES);
        // SAFETY: the caller's promise; there is room for so many numbers. Wrapping, since there may be none.
        unsafe { register.store_first(to.as_mut_ptr().wrapping_add(v * R::LANES), count) }
    }
}
