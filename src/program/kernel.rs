//! The inner loops: one instruction over one block, in chunks of [`LANES`] values.
//!
//! This is one of the two modules with `unsafe` (see `Cargo.toml`). Reason: a result may lie where an operand lies (an
//! average is updated in place), which slices cannot say; and instructions for wide vectors are chosen at run time.
//! Every chunk is read whole before it is written, so operands that coincide with the result are safe; operands that
//! overlap it in any other way do not occur, since registers, tensors and splats are disjoint or equal.
//!
//! All variants give the same bits: nothing is fused into one rounding, and sums have fixed lanes.
#![allow(unsafe_code)]

mod lanes;

use lanes::{Src, map, map_step, reduce, total};

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
            if let Some(number) = instr.distance {
                let moved = match instr.code {
                    Code::SubMul => map_step(to, [src(0), src(1), src(2)], len, |[c, a, b]| c - a * b),
                    Code::SubMulDivSqrt => {
                        let from = [src(0), src(1), src(2), src(3), src(4)];
                        map_step(to, from, len, |[w, a, b, s, e]| w - a * b / (s.sqrt() + e))
                    }
                    Code::Corrected => {
                        let from = [src(0), src(1), src(2), src(3), src(4), src(5), src(6)];
                        map_step(to, from, len, |[w, rate, m, n, p, q, e]| w - rate * (m * n) / ((p * q).sqrt() + e))
                    }
                    // Lowering lets every other form go through a register.
                    _ => map_step(to, [src(0)], len, |[a]| a),
                };
                sums[usize::from(number)].add(Reduction::Distance, total(&std::hint::black_box(moved)));
                continue;
            }
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
