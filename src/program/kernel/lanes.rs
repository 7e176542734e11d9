//! Chunks of lanes: operands read whole, functions applied lane by lane, sums with fixed lanes. Only whole, constant
//! loops touch an array of lanes, so that it lives in a register; what is partial is filled up first.

use super::LANES;
use crate::program::Real;
use crate::program::ops::Reduction;

/// An operand: a chunk at a time, or the same chunk again and again (stride 0).
pub(super) struct Src<F> {
    pub at: *const F,
    pub stride: usize,
}

impl<F> Clone for Src<F> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<F> Copy for Src<F> {}

/// A whole chunk of an operand.
#[inline(always)]
unsafe fn whole<F: Real>(src: Src<F>, chunk: usize) -> [F; LANES] {
    unsafe { *src.at.add(chunk * src.stride).cast::<[F; LANES]>() }
}

/// The first `count` lanes of a chunk; the others are `fill`.
#[inline(always)]
unsafe fn part<F: Real>(src: Src<F>, chunk: usize, count: usize, fill: F) -> [F; LANES] {
    let mut lanes = [fill; LANES];
    for (i, lane) in lanes.iter_mut().enumerate().take(count) {
        *lane = unsafe { *src.at.add(chunk * src.stride + if src.stride == 0 { 0 } else { i }) };
    }
    lanes
}

#[inline(always)]
fn lanewise<F: Real, const N: usize>(lanes: &[[F; LANES]; N], f: &impl Fn([F; N]) -> F) -> [F; LANES] {
    let mut out = [F::ZERO; LANES];
    for (i, out) in out.iter_mut().enumerate() {
        let mut operands = [F::ZERO; N];
        for (operand, lanes) in operands.iter_mut().zip(lanes) {
            *operand = lanes[i];
        }
        *out = f(operands);
    }
    out
}

/// `to[i] = f(from[0][i], from[1][i], ...)` for `len` values.
#[inline(always)]
pub(super) unsafe fn map<F: Real, const N: usize>(to: *mut F, from: [Src<F>; N], len: usize, f: impl Fn([F; N]) -> F) {
    let chunks = len / LANES;
    for chunk in 0..chunks {
        let mut lanes = [[F::ZERO; LANES]; N];
        for (lanes, src) in lanes.iter_mut().zip(from) {
            *lanes = unsafe { whole(src, chunk) };
        }
        let out = lanewise(&lanes, &f);
        unsafe { *to.add(chunk * LANES).cast::<[F; LANES]>() = out };
    }
    let rest = len - chunks * LANES;
    if rest > 0 {
        let mut lanes = [[F::ZERO; LANES]; N];
        for (lanes, src) in lanes.iter_mut().zip(from) {
            // No operation finds 1 hard.
            *lanes = unsafe { part(src, chunks, rest, F::ONE) };
        }
        let out = lanewise(&lanes, &f);
        for (i, value) in out.iter().enumerate().take(rest) {
            unsafe { *to.add(chunks * LANES + i) = *value };
        }
    }
}

/// As [`map`], and returns the sums over fixed lanes of the squared distance from what lay at `to` before.
#[inline(always)]
pub(super) unsafe fn map_step<F: Real, const N: usize>(
    to: *mut F,
    from: [Src<F>; N],
    len: usize,
    f: impl Fn([F; N]) -> F,
) -> [F; LANES] {
    let old = Src { at: to.cast_const(), stride: LANES };
    let mut sums = [F::ZERO; LANES];
    let chunks = len / LANES;
    for chunk in 0..chunks {
        let mut lanes = [[F::ZERO; LANES]; N];
        for (lanes, src) in lanes.iter_mut().zip(from) {
            *lanes = unsafe { whole(src, chunk) };
        }
        let (out, before) = (lanewise(&lanes, &f), unsafe { whole(old, chunk) });
        for i in 0..LANES {
            sums[i] += (out[i] - before[i]) * (out[i] - before[i]);
        }
        unsafe { *to.add(chunk * LANES).cast::<[F; LANES]>() = out };
    }
    let rest = len - chunks * LANES;
    if rest > 0 {
        let mut lanes = [[F::ZERO; LANES]; N];
        for (lanes, src) in lanes.iter_mut().zip(from) {
            // No operation finds 1 hard.
            *lanes = unsafe { part(src, chunks, rest, F::ONE) };
        }
        let out = lanewise(&lanes, &f);
        let before = unsafe { part(old, chunks, rest, F::ZERO) };
        for (i, value) in out.iter().enumerate().take(rest) {
            unsafe { *to.add(chunks * LANES + i) = *value };
        }
        // Only whole, constant loops may touch the sums, or they would live in memory rather than in a register.
        let mut out = out;
        blank(&mut out, rest);
        for i in 0..LANES {
            sums[i] += (out[i] - before[i]) * (out[i] - before[i]);
        }
    }
    sums
}

/// Makes the lanes from `count` on 0.
fn blank<F: Real>(lanes: &mut [F; LANES], count: usize) {
    lanes.iter_mut().skip(count).for_each(|lane| *lane = F::ZERO);
}

/// Folds a block into fixed lanes: the same bits on every machine. `f` leaves a sum alone where both operands are 0,
/// which fills the end of a partial chunk. (Two rows of sums side by side were tried: the compiler then mixes lanes, and
/// the whole update takes a third longer.)
#[inline(always)]
unsafe fn fold<F: Real>(x: Src<F>, y: Src<F>, len: usize, f: impl Fn(F, F, F) -> F) -> [F; LANES] {
    let mut lanes = [F::ZERO; LANES];
    let chunks = len / LANES;
    for chunk in 0..chunks {
        let (a, b) = unsafe { (whole(x, chunk), whole(y, chunk)) };
        for i in 0..LANES {
            lanes[i] = f(lanes[i], a[i], b[i]);
        }
    }
    let rest = len - chunks * LANES;
    if rest > 0 {
        let (a, b) = unsafe { (part(x, chunks, rest, F::ZERO), part(y, chunks, rest, F::ZERO)) };
        for i in 0..LANES {
            lanes[i] = f(lanes[i], a[i], b[i]);
        }
    }
    lanes
}

#[inline(always)]
pub(super) unsafe fn reduce<F: Real>(kind: Reduction, x: Src<F>, y: Src<F>, len: usize) -> f64 {
    let lanes = unsafe {
        match kind {
            Reduction::Sum => fold(x, x, len, |sum, a, _| sum + a),
            Reduction::Dot => fold(x, y, len, |sum, a, b| sum + a * b),
            Reduction::Distance => fold(x, y, len, |sum, a, b| sum + (a - b) * (a - b)),
            Reduction::MaxAbs => {
                let lanes = fold(x, x, len, |largest, a, _| a.abs().larger(largest));
                return lanes.iter().fold(0.0, |largest: f64, lane| lane.to_f64().larger(largest));
            }
        }
    };
    total(&std::hint::black_box(lanes))
}

/// The sum of the lanes, in four chains, since one of sixteen additions would take as long as a block. Kept apart from
/// the loops: seen together with them, it makes the compiler shuffle their lanes (measured: a third of Adam's time).
#[inline(never)]
pub(super) fn total<F: Real>(lanes: &[F; LANES]) -> f64 {
    let [mut a, mut b, mut c, mut d] = [0.0; 4];
    for i in 0..LANES / 4 {
        a += lanes[i].to_f64();
        b += lanes[LANES / 4 + i].to_f64();
        c += lanes[LANES / 2 + i].to_f64();
        d += lanes[3 * LANES / 4 + i].to_f64();
    }
    (a + b) + (c + d)
}
