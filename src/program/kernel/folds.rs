//! Stages that reduce: sums over fixed lanes, so that the bits are the same on every processor, and the largest value.

use super::registers::Vector;
use super::stages::{Results, Stage, load, read};
use super::{Chunk, Ready, ahead};
use crate::program::Real;
use crate::program::compile::{Code, Instr};
use crate::program::ops::Reduction;

/// How far ahead a tensor is asked for, in bytes: a page, since that is where the processor stops by itself.
const AHEAD: usize = 4096;

/// A reduction by sums over fixed lanes: `Sum`, `Dot` or `Distance`, chosen by the number of the kind.
pub(super) struct Fold<const KIND: u8>;
/// [`Reduction::Sum`] for [`Fold`].
pub(super) const SUM: u8 = 0;
/// [`Reduction::Dot`] for [`Fold`].
pub(super) const DOT: u8 = 1;
/// [`Reduction::Distance`] for [`Fold`].
pub(super) const DISTANCE: u8 = 2;

impl<F: Real, const KIND: u8> Stage<F> for Fold<KIND> {
    const COUNT: usize = 1;
    type Open<V: Vector<F>> = ([(*const F, bool); 2], V);

    fn fits(code: &[Instr], at: usize) -> bool {
        let kind = [Reduction::Sum, Reduction::Dot, Reduction::Distance][usize::from(KIND)];
        code.get(at).is_some_and(|instr| matches!(instr.code, Code::Reduce(found, _) if found == kind))
    }

    #[inline(always)]
    unsafe fn open<V: Vector<F>>(ready: &[Ready<F>], start: usize) -> Self::Open<V> {
        let ready = &ready[0];
        // SAFETY: the operands are the block's, and a reduction has a chunk of sums.
        unsafe {
            let operand = |k: usize| (ready.operand(k, start), ready.is_scalar(k));
            ([operand(0), operand(usize::from(KIND != SUM))], V::load(ready.sums().cast::<F>().cast_const()))
        }
    }

    #[inline(always)]
    unsafe fn chunk<V: Vector<F>, const WHOLE: bool>(
        (from, sums): &mut Self::Open<V>,
        at: usize,
        count: usize,
        before: Results<V>,
    ) -> Results<V> {
        // SAFETY: the caller's promise: `at` lies in the block, and a scalar's chunk is whole.
        unsafe {
            // Where both operands are 0 a sum stays as it is; a scalar's lanes are cut as well.
            let operand = |k: usize| {
                let (from, is_scalar) = from[k];
                if WHOLE && !is_scalar {
                    ahead::chunk(from.wrapping_add(at), AHEAD);
                }
                load::<F, V, WHOLE>(if is_scalar { from } else { from.add(at) }, count, F::ZERO)
            };
            let a = operand(0);
            match KIND {
                SUM => *sums = *sums + a,
                DOT => *sums = *sums + a * operand(1),
                _ => {
                    let step = a - operand(1);
                    *sums = *sums + step * step;
                }
            }
            before
        }
    }

    #[inline(always)]
    unsafe fn close<V: Vector<F>>(ready: &[Ready<F>], (_, sums): Self::Open<V>) {
        // SAFETY: a reduction has a chunk of sums.
        unsafe { sums.store(ready[0].sums().cast::<F>()) }
    }
}

/// The largest |x|, NaN if there is one.
pub(super) struct Largest;

impl<F: Real> Stage<F> for Largest {
    const COUNT: usize = 1;
    type Open<V: Vector<F>> = (*const F, bool, Chunk<F>);

    fn fits(code: &[Instr], at: usize) -> bool {
        code.get(at).is_some_and(|instr| matches!(instr.code, Code::Reduce(Reduction::MaxAbs, _)))
    }

    #[inline(always)]
    unsafe fn open<V: Vector<F>>(ready: &[Ready<F>], start: usize) -> Self::Open<V> {
        // SAFETY: the operand is the block's, and a reduction has a chunk of sums.
        unsafe { (ready[0].operand(0, start), ready[0].is_scalar(0), *ready[0].sums()) }
    }

    #[inline(always)]
    unsafe fn chunk<V: Vector<F>, const WHOLE: bool>(
        (from, is_scalar, largest): &mut Self::Open<V>,
        at: usize,
        count: usize,
        before: Results<V>,
    ) -> Results<V> {
        // SAFETY: the caller's promise: `at` lies in the block, and a scalar's chunk is whole.
        let values = unsafe { read::<F, WHOLE>(if *is_scalar { *from } else { from.add(at) }, count, F::ZERO) };
        for (largest, value) in largest.0.iter_mut().zip(values.0) {
            *largest = value.abs().larger(*largest);
        }
        before
    }

    #[inline(always)]
    unsafe fn close<V: Vector<F>>(ready: &[Ready<F>], (_, _, largest): Self::Open<V>) {
        // SAFETY: a reduction has a chunk of sums.
        unsafe { *ready[0].sums() = largest }
    }
}
