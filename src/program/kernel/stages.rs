//! The stages that kernels are made of: one for each kind of instruction, and [`Then`], which runs two of them on each
//! chunk in turn, so that what one wrote is still at hand for the next.
//!
//! A stage opens (places and repeated scalars go to registers), handles chunk after chunk, and closes (sums go back to
//! memory). Everything is inlined into the loop of one kernel. A result may lie where an operand lies: every stage reads
//! a chunk whole before it writes it. Operands that overlap a result in any other way do not occur, since registers,
//! tensors and splats are disjoint or equal.

use std::marker::PhantomData;

use super::forms::{Form, Function};
use super::registers::Vector;
use super::{Chunk, LANES, Ready, ahead};
use crate::program::Real;
use crate::program::compile::{Instr, Loc};

/// Where an operand of [`Arith`] comes from.
#[derive(Clone, Copy)]
pub(super) enum Origin {
    /// A tensor or a register.
    Tensor,
    /// A scalar.
    Scalar,
    /// What the operand before it is.
    Same,
    /// The result of the stage before.
    Last,
    /// The result of the second stage before.
    SecondLast,
    /// The result of the third stage before.
    ThirdLast,
}

/// Where all operands of [`Arith`] come from: an [`Origin`] for each, in four bits, the first operand's lowest. A number,
/// since types take no lists; [`from`] makes it of one.
type From = u32;

/// The origins of a formula's operands, in its order.
pub(super) const fn from<const N: usize>(origins: [Origin; N]) -> From {
    assert!(N < 8, "four bits for each operand, and `ANY` is no list");
    let (mut from, mut k) = (0, 0);
    while k < N {
        from |= (origins[k] as From) << (4 * k);
        k += 1;
    }
    from
}

/// How far ahead tensors are asked for, in bytes: half a page, where several are read side by side.
const AHEAD: usize = 2048;
/// Operands that may each be a tensor or a scalar.
pub(super) const ANY: From = From::MAX;
const SCALAR: From = Origin::Scalar as From;
const SAME: From = Origin::Same as From;
/// The first of those that are results of earlier stages.
const RESULT: From = Origin::Last as From;

/// The results of up to three stages before, the last one first.
pub(super) type Results<V> = [V; 3];

/// The origin of operand `k`, as a number.
const fn origin(from: From, k: usize) -> From {
    from >> (4 * k) & 0xf
}

/// A piece of a kernel.
///
/// # Safety
/// `open` is given what [`Ready`] promises; `chunk` is called within the block, with `WHOLE` unless fewer than [`LANES`]
/// values are left; the processor has the instructions of `V`.
pub(super) trait Stage<F: Real> {
    /// Instructions that it stands for.
    const COUNT: usize;
    /// What stays in registers while the loop runs.
    type Open<V: Vector<F>>;
    /// The code has the instructions that this stage stands for from `at` on; those before it belong to earlier stages
    /// of the kernel.
    fn fits(code: &[Instr], at: usize) -> bool;
    /// Before the first chunk; `start` is the block's first element, counted from the start of the tensors.
    unsafe fn open<V: Vector<F>>(ready: &[Ready<F>], start: usize) -> Self::Open<V>;
    /// The chunk at `at`, counted from the block's start; of its lanes, `count` are wanted. Returns the results of this
    /// stage and of those before.
    unsafe fn chunk<V: Vector<F>, const WHOLE: bool>(
        open: &mut Self::Open<V>,
        at: usize,
        count: usize,
        before: Results<V>,
    ) -> Results<V>;
    /// After the last chunk.
    unsafe fn close<V: Vector<F>>(ready: &[Ready<F>], open: Self::Open<V>);
}

/// One stage, then another, on each chunk.
pub(super) struct Then<A, B>(PhantomData<(A, B)>);

impl<F: Real, A: Stage<F>, B: Stage<F>> Stage<F> for Then<A, B> {
    const COUNT: usize = A::COUNT + B::COUNT;
    type Open<V: Vector<F>> = (A::Open<V>, B::Open<V>);

    fn fits(code: &[Instr], at: usize) -> bool {
        A::fits(code, at) && B::fits(code, at + A::COUNT)
    }
    #[inline(always)]
    unsafe fn open<V: Vector<F>>(ready: &[Ready<F>], start: usize) -> Self::Open<V> {
        // SAFETY: the caller's promise, of which each stage gets its part.
        unsafe { (A::open(ready, start), B::open(&ready[A::COUNT..], start)) }
    }
    #[inline(always)]
    unsafe fn chunk<V: Vector<F>, const WHOLE: bool>(
        open: &mut Self::Open<V>,
        at: usize,
        count: usize,
        before: Results<V>,
    ) -> Results<V> {
        // SAFETY: the caller's promise, of which each stage gets its part.
        unsafe {
            let before = A::chunk::<V, WHOLE>(&mut open.0, at, count, before);
            B::chunk::<V, WHOLE>(&mut open.1, at, count, before)
        }
    }
    #[inline(always)]
    unsafe fn close<V: Vector<F>>(ready: &[Ready<F>], open: Self::Open<V>) {
        // SAFETY: the caller's promise, of which each stage gets its part.
        unsafe {
            A::close(ready, open.0);
            B::close(&ready[A::COUNT..], open.1);
        }
    }
}

/// A chunk; of a part, the lanes that are not there are `fill`.
#[inline(always)]
pub(super) unsafe fn read<F: Real, const WHOLE: bool>(from: *const F, count: usize, fill: F) -> Chunk<F> {
    let mut chunk = Chunk([fill; LANES]);
    // SAFETY: the caller's promise: so many values lie there, and a whole chunk if it is said to be one.
    unsafe {
        if WHOLE {
            chunk.0 = *from.cast::<[F; LANES]>();
        } else {
            chunk.0.iter_mut().enumerate().take(count).for_each(|(i, lane)| *lane = *from.add(i));
        }
    }
    chunk
}

#[inline(always)]
unsafe fn write<F: Real, const WHOLE: bool>(chunk: &Chunk<F>, to: *mut F, count: usize) {
    // SAFETY: the caller's promise: so many values lie there, and a whole chunk if it is said to be one.
    unsafe {
        if WHOLE {
            *to.cast::<[F; LANES]>() = chunk.0;
        } else {
            chunk.0.iter().enumerate().take(count).for_each(|(i, lane)| *to.add(i) = *lane);
        }
    }
}

#[inline(always)]
pub(super) unsafe fn load<F: Real, V: Vector<F>, const WHOLE: bool>(from: *const F, count: usize, fill: F) -> V {
    // SAFETY: the caller's promise: so many values lie there, and a whole chunk if it is said to be one.
    unsafe { if WHOLE { V::load(from) } else { V::load_first(from, count, fill) } }
}

/// `sums + (a - b)^2`, where lanes from `count` on are left alone.
#[inline(always)]
unsafe fn distance<F: Real, V: Vector<F>, const WHOLE: bool>(sums: V, a: V, b: V, count: usize) -> V {
    let step = a - b;
    // SAFETY: the vectors exist.
    let step = if WHOLE { step } else { unsafe { step.first(count) } };
    sums + step * step
}

/// A stage that measures nothing.
pub(super) const UNMEASURED: u8 = 0;
/// A stage that adds to its sums the squared distance from what lay in the result's place before.
pub(super) const MEASURED: u8 = 1;
/// As [`MEASURED`], and what lay there is the first operand.
pub(super) const MEASURED_FROM_FIRST: u8 = 2;

/// Arithmetic on operands from `FROM`, see [`From`].
pub(super) struct Arith<P, const N: usize, const FROM: From, const MEASURE: u8>(PhantomData<P>);

/// The state of [`Arith`].
pub(super) struct Operands<F, V, const N: usize> {
    from: [*const F; N],
    /// Only looked at if the operands may be [`ANY`].
    is_scalar: [bool; N],
    scalars: [V; N],
    to: *mut F,
    sums: V,
}

impl<F: Real, P: Form<N>, const N: usize, const FROM: From, const MEASURE: u8> Stage<F> for Arith<P, N, FROM, MEASURE> {
    const COUNT: usize = 1;
    type Open<V: Vector<F>> = Operands<F, V, N>;

    fn fits(code: &[Instr], at: usize) -> bool {
        let Some(instr) = code.get(at) else { return false };
        let measure = match instr.distance {
            None => UNMEASURED,
            Some(_) if MEASURE == MEASURED_FROM_FIRST && instr.from[0] == instr.to => MEASURED_FROM_FIRST,
            Some(_) => MEASURED,
        };
        let from = |k: usize| match origin(FROM, k) {
            _ if FROM == ANY => true,
            SCALAR => matches!(instr.from[k], Loc::Splat(_)),
            SAME => k > 0 && instr.from[k] == instr.from[k - 1],
            result if result >= RESULT => {
                // Of the stages in between none has changed what the operand is.
                let back = (result - RESULT) as usize + 1;
                let newest = (0..at).rev().find(|earlier| code[*earlier].to == instr.from[k]);
                at >= back && newest == Some(at - back)
            }
            _ => !matches!(instr.from[k], Loc::Splat(_)),
        };
        instr.code == P::CODE && measure == MEASURE && (0..N).all(from)
    }

    #[inline(always)]
    unsafe fn open<V: Vector<F>>(ready: &[Ready<F>], start: usize) -> Self::Open<V> {
        let ready = &ready[0];
        // SAFETY: the operands are the block's, a scalar's chunk is whole, and what is measured has a chunk of sums.
        unsafe {
            let zero = V::splat(F::ZERO);
            let (from, is_scalar) = ([std::ptr::null(); N], [false; N]);
            let mut open = Operands { from, is_scalar, scalars: [zero; N], to: ready.result(start), sums: zero };
            for k in 0..N {
                let scalar = FROM != ANY && origin(FROM, k) == SCALAR;
                open.from[k] = if scalar { ready.scalar(k) } else { ready.operand(k, start) };
                open.is_scalar[k] = ready.is_scalar(k);
                if scalar {
                    open.scalars[k] = V::splat(*open.from[k]);
                }
            }
            if MEASURE != UNMEASURED {
                open.sums = V::load(ready.sums().cast::<F>().cast_const());
            }
            open
        }
    }

    #[inline(always)]
    unsafe fn chunk<V: Vector<F>, const WHOLE: bool>(
        open: &mut Self::Open<V>,
        at: usize,
        count: usize,
        before: Results<V>,
    ) -> Results<V> {
        // SAFETY: the caller's promise: `at` lies in the block, a scalar's chunk is whole, and nothing is written beyond `count`.
        unsafe {
            let mut operands = open.scalars;
            for k in 0..N {
                // No operation finds 1 hard.
                let tensor = || {
                    if WHOLE && open.from[k] == open.to.cast_const() {
                        ahead::chunk_to_write(open.from[k].wrapping_add(at), AHEAD, V::HINTS);
                    } else if WHOLE {
                        ahead::chunk(open.from[k].wrapping_add(at), AHEAD);
                    }
                    load::<F, V, WHOLE>(open.from[k].add(at), count, F::ONE)
                };
                operands[k] = match origin(FROM, k) {
                    _ if FROM == ANY && open.is_scalar[k] => V::load(open.from[k]),
                    _ if FROM == ANY => tensor(),
                    SCALAR => operands[k],
                    SAME => operands[k.saturating_sub(1)],
                    result if result >= RESULT => before[(result - RESULT) as usize],
                    _ => tensor(),
                };
            }
            let result = P::of(operands);
            let to = open.to.add(at);
            if MEASURE != UNMEASURED {
                let first = MEASURE == MEASURED_FROM_FIRST;
                let old = if first { operands[0] } else { load::<F, V, WHOLE>(to, count, F::ONE) };
                open.sums = distance::<F, V, WHOLE>(open.sums, result, old, count);
            }
            if WHOLE {
                result.store(to);
            } else {
                result.store_first(to, count);
            }
            [result, before[0], before[1]]
        }
    }

    #[inline(always)]
    unsafe fn close<V: Vector<F>>(ready: &[Ready<F>], open: Self::Open<V>) {
        if MEASURE != UNMEASURED {
            // SAFETY: what is measured has a chunk of sums.
            unsafe { open.sums.store(ready[0].sums().cast::<F>()) }
        }
    }
}

/// A function of one number after the other, in loops that the compiler makes vectors of.
pub(super) struct Lanewise<P, const N: usize>(PhantomData<P>);

impl<F: Real, P: Function<N>, const N: usize> Stage<F> for Lanewise<P, N> {
    const COUNT: usize = 1;
    type Open<V: Vector<F>> = ([(*const F, bool); N], *mut F);

    fn fits(code: &[Instr], at: usize) -> bool {
        code.get(at).is_some_and(|instr| instr.code == P::CODE && instr.distance.is_none())
    }

    #[inline(always)]
    unsafe fn open<V: Vector<F>>(ready: &[Ready<F>], start: usize) -> Self::Open<V> {
        let ready = &ready[0];
        let mut from = [(std::ptr::null(), false); N];
        for (k, from) in from.iter_mut().enumerate() {
            // SAFETY: the block lies in the operand's tensor.
            *from = unsafe { (ready.operand(k, start), ready.is_scalar(k)) };
        }
        // SAFETY: the block lies in the result's tensor.
        (from, unsafe { ready.result(start) })
    }

    #[inline(always)]
    unsafe fn chunk<V: Vector<F>, const WHOLE: bool>(
        (from, to): &mut Self::Open<V>,
        at: usize,
        count: usize,
        before: Results<V>,
    ) -> Results<V> {
        // SAFETY: the caller's promise: `at` lies in the block, a scalar's chunk is whole, and nothing is written beyond `count`.
        unsafe {
            let mut operands = [Chunk([F::ONE; LANES]); N];
            for (operand, (from, is_scalar)) in operands.iter_mut().zip(*from) {
                *operand = if is_scalar {
                    read::<F, true>(from, LANES, F::ONE)
                } else {
                    read::<F, WHOLE>(from.add(at), count, F::ONE)
                };
            }
            let mut result = Chunk([F::ZERO; LANES]);
            for (i, lane) in result.0.iter_mut().enumerate() {
                let mut numbers = [F::ZERO; N];
                for (number, operand) in numbers.iter_mut().zip(&operands) {
                    *number = operand.0[i];
                }
                *lane = P::of(numbers);
            }
            write::<F, WHOLE>(&result, to.add(at), count);
            [V::load(result.0.as_ptr()), before[0], before[1]]
        }
    }

    #[inline(always)]
    unsafe fn close<V: Vector<F>>(_: &[Ready<F>], _: Self::Open<V>) {}
}
