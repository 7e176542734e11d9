//! The inner loops: one instruction over one block, in chunks of [`LANES`] values.
//!
//! This is one of the two modules with `unsafe` (see `Cargo.toml`). Reason: a result may lie where an operand lies (an
//! average is updated in place), which slices cannot say; and instructions for wide vectors are chosen at run time.
//! Every chunk is read whole before it is written, so operands that coincide with the result are safe; operands that
//! overlap it in any other way do not occur, since registers, tensors and splats are disjoint or equal.
//!
//! All variants give the same bits: nothing is fused into one rounding, and sums have fixed lanes.
#![allow(unsafe_code)]

use super::Real;
use super::compile::{Code, Instr, Loc};
use super::machine::{Sum, Watch};
use super::ops::{Binary, Reduction, Unary, select};

/// Values handled together; a 64-byte line of `f32`.
pub(super) const LANES: usize = 16;
/// Values in a block: with ten registers it stays within the first-level cache.
pub(super) const BLOCK: usize = 512;

/// A chunk, aligned for the widest vectors.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Chunk<F>(pub [F; LANES]);

/// Where everything lies while one block of one parameter is computed.
pub(super) struct Bases<'a, F> {
    pub registers: *mut F,
    pub splats: &'a [Chunk<F>],
    pub reads: &'a [*const F],
    pub writes: &'a [*mut F],
    /// The block's first element, counted from the start of the tensors.
    pub start: usize,
    /// At most [`BLOCK`].
    pub len: usize,
    /// The parameter and the block's first element within it, for the watcher.
    pub parameter: usize,
    pub within: usize,
}

/// An operand: a chunk at a time, or the same chunk again and again (stride 0).
struct Src<F> {
    at: *const F,
    stride: usize,
}

impl<F> Clone for Src<F> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<F> Copy for Src<F> {}

impl<F: Real> Bases<'_, F> {
    #[inline(always)]
    fn source(&self, loc: Loc) -> Src<F> {
        // SAFETY: `Machine::run` checks that every tensor reaches to the end of every segment, and allocates the
        // registers and splats that the program names.
        unsafe {
            match loc {
                Loc::Register(r) => Src { at: self.registers.add(usize::from(r) * BLOCK), stride: LANES },
                Loc::Read(i) => Src { at: self.reads[usize::from(i)].add(self.start), stride: LANES },
                Loc::Write(i) => Src { at: self.writes[usize::from(i)].add(self.start).cast_const(), stride: LANES },
                Loc::Splat(s) => Src { at: self.splats[usize::from(s)].0.as_ptr(), stride: 0 },
            }
        }
    }

    #[inline(always)]
    fn target(&self, loc: Loc) -> *mut F {
        // SAFETY: as above; a splat is never a target.
        unsafe {
            match loc {
                Loc::Write(i) => self.writes[usize::from(i)].add(self.start),
                Loc::Register(r) => self.registers.add(usize::from(r) * BLOCK),
                Loc::Read(_) | Loc::Splat(_) => unreachable!("instructions write to registers and outputs"),
            }
        }
    }
}

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
unsafe fn map<F: Real, const N: usize>(to: *mut F, from: [Src<F>; N], len: usize, f: impl Fn([F; N]) -> F) {
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
unsafe fn reduce<F: Real>(kind: Reduction, x: Src<F>, y: Src<F>, len: usize) -> f64 {
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
    // In pairs, since a chain of sixteen additions would take as long as the block.
    let mut sums = lanes.map(F::to_f64);
    for half in [8, 4, 2, 1] {
        for i in 0..half {
            sums[i] += sums[i + half];
        }
    }
    sums[0]
}

/// Runs all instructions of a pass on one block, with the widest vectors that this processor has.
pub(super) fn execute<F: Real>(
    code: &[Instr],
    bases: &Bases<'_, F>,
    sums: &mut [Sum],
    watch: Option<&mut (dyn Watch<F> + '_)>,
) {
    #[cfg(target_arch = "x86_64")]
    {
        if std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512dq")
            && std::arch::is_x86_feature_detected!("avx512vl")
            && std::arch::is_x86_feature_detected!("avx512bw")
        {
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { execute_avx512(code, bases, sums, watch) };
        }
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: as above.
            return unsafe { execute_avx2(code, bases, sums, watch) };
        }
    }
    execute_here(code, bases, sums, watch);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw")]
fn execute_avx512<F: Real>(
    code: &[Instr],
    bases: &Bases<'_, F>,
    sums: &mut [Sum],
    watch: Option<&mut (dyn Watch<F> + '_)>,
) {
    execute_here(code, bases, sums, watch);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn execute_avx2<F: Real>(
    code: &[Instr],
    bases: &Bases<'_, F>,
    sums: &mut [Sum],
    watch: Option<&mut (dyn Watch<F> + '_)>,
) {
    execute_here(code, bases, sums, watch);
}

#[inline(always)]
fn execute_here<F: Real>(
    code: &[Instr],
    bases: &Bases<'_, F>,
    sums: &mut [Sum],
    mut watch: Option<&mut (dyn Watch<F> + '_)>,
) {
    let len = bases.len;
    for instr in code {
        let src = |k: usize| bases.source(instr.from[k]);
        // SAFETY: `bases` reaches over `len` values from its start, for every operand that the program names.
        unsafe {
            match instr.code {
                Code::Reduce(kind, number) => {
                    let x = src(0);
                    let y = if instr.from.len() > 1 { src(1) } else { x };
                    sums[usize::from(number)].add(kind, reduce(kind, x, y, len));
                    continue;
                }
                Code::Emit(name) => {
                    if let Some(watch) = watch.as_deref_mut() {
                        let from = src(0);
                        if from.stride == 0 {
                            let lane = *from.at;
                            watch.block(usize::from(name), bases.parameter, bases.within, &[lane; BLOCK][..len]);
                        } else {
                            let values = std::slice::from_raw_parts(from.at, len);
                            watch.block(usize::from(name), bases.parameter, bases.within, values);
                        }
                    }
                    continue;
                }
                _ => {}
            }
            let to = bases.target(instr.to);
            match instr.code {
                Code::Copy => map(to, [src(0)], len, |[a]| a),
                Code::Unary(op) => unary(op, to, src(0), len),
                Code::Binary(op) => binary(op, to, src(0), src(1), len),
                Code::Select => map(to, [src(0), src(1), src(2)], len, |[m, a, b]| select(m, a, b)),
                Code::MulAdd => map(to, [src(0), src(1), src(2)], len, |[a, b, c]| a * b + c),
                Code::MulSub => map(to, [src(0), src(1), src(2)], len, |[a, b, c]| a * b - c),
                Code::SubMul => map(to, [src(0), src(1), src(2)], len, |[c, a, b]| c - a * b),
                Code::MulMul => map(to, [src(0), src(1), src(2)], len, |[a, b, c]| a * b * c),
                Code::MulMulAdd if instr.flush => {
                    let from = [src(0), src(1), src(2), src(3)];
                    map(to, from, len, |[a, b, c, d]| Unary::Flush.apply(a * b + c * d));
                    continue;
                }
                Code::MulMulMulAdd if instr.flush => {
                    let from = [src(0), src(1), src(2), src(3), src(4)];
                    map(to, from, len, |[a, b, c, d, e]| Unary::Flush.apply(a * b + c * d * e));
                    continue;
                }
                Code::MulMulAdd => {
                    map(to, [src(0), src(1), src(2), src(3)], len, |[a, b, c, d]| a * b + c * d);
                }
                Code::MulMulMulAdd => {
                    let from = [src(0), src(1), src(2), src(3), src(4)];
                    map(to, from, len, |[a, b, c, d, e]| a * b + c * d * e);
                }
                Code::DivSqrt => map(to, [src(0), src(1), src(2)], len, |[a, b, e]| a / (b.sqrt() + e)),
                Code::SubMulDivSqrt => {
                    let from = [src(0), src(1), src(2), src(3), src(4)];
                    map(to, from, len, |[w, a, b, s, e]| w - a * b / (s.sqrt() + e));
                }
                Code::Corrected => {
                    let from = [src(0), src(1), src(2), src(3), src(4), src(5), src(6)];
                    map(to, from, len, |[w, rate, m, n, p, q, e]| w - rate * (m * n) / ((p * q).sqrt() + e));
                }
                Code::Emit(_) | Code::Reduce(..) => {}
            }
            if instr.flush {
                let result = Src { at: to.cast_const(), stride: LANES };
                map(to, [result], len, |[a]| Unary::Flush.apply(a));
            }
        }
    }
}

#[inline(always)]
unsafe fn unary<F: Real>(op: Unary, to: *mut F, a: Src<F>, len: usize) {
    macro_rules! each {
        ($($name:ident)*) => {
            // SAFETY: as for the caller.
            match op { $(Unary::$name => unsafe { map(to, [a], len, |[x]| Unary::$name.apply(x)) },)* }
        };
    }
    each!(Neg Abs Sign Sqrt Exp Ln Ln1p Tanh Sigmoid Erf Sin Cos Floor Not Flush);
}

#[inline(always)]
unsafe fn binary<F: Real>(op: Binary, to: *mut F, a: Src<F>, b: Src<F>, len: usize) {
    macro_rules! each {
        ($($name:ident)*) => {
            // SAFETY: as for the caller.
            match op { $(Binary::$name => unsafe { map(to, [a, b], len, |[x, y]| Binary::$name.apply(x, y)) },)* }
        };
    }
    each!(Add Sub Mul Div Pow Rem Min Max Lt Le Gt Ge Eq Ne And Or Gate);
}
