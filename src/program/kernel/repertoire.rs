//! The kernels that exist: chains of instructions that updates are usually made of, then every instruction by itself.
//!
//! A chain gives the same bits as its instructions one after the other, since each of them treats every element by
//! itself; it saves the way through memory between them. What is chained knows nothing of the optimizers it serves:
//! these are shapes of arithmetic, found in whatever script has them. The first entry that fits is taken.

use super::folds::{DISTANCE, DOT, Fold, Largest, SUM};
#[allow(clippy::wildcard_imports)] // every one of them
use super::forms::*;
use super::stages::Origin::{Last, Same, Scalar, SecondLast, Tensor, ThirdLast};
use super::stages::{ANY, Arith, Lanewise, MEASURED, MEASURED_FROM_FIRST, Stage, Then, UNMEASURED, from};
use super::{Kernel, loops};
use crate::program::Real;
use crate::program::compile::Instr;
use crate::simd::Level;

// Where operands come from is told in the formula's order.

/// `a v + b g`, an average.
type Average = Arith<MulMulAdd, 4, { from([Scalar, Tensor, Scalar, Tensor]) }, UNMEASURED>;
/// `a s + b g g`, an average of squares.
type AverageOfSquares = Arith<MulMulMulAdd, 5, { from([Scalar, Tensor, Scalar, Tensor, Same]) }, UNMEASURED>;
/// `a x + y`.
type ScaledPlus = Arith<MulAdd, 3, { from([Scalar, Tensor, Tensor]) }, UNMEASURED>;
/// `a x + y`, where x comes from the stage before.
type LastScaledPlus = Arith<MulAdd, 3, { from([Scalar, Last, Tensor]) }, UNMEASURED>;
/// `g g + s`.
type SquarePlus = Arith<MulAdd, 3, { from([Tensor, Same, Tensor]) }, UNMEASURED>;
/// `a x`.
type Scaled = Arith<Times, 2, { from([Scalar, Tensor]) }, UNMEASURED>;
/// `a x`, where x comes from the stage before.
type LastScaled = Arith<Times, 2, { from([Scalar, Last]) }, UNMEASURED>;
/// `w - a x`, where x comes from the stage before.
type Step = Arith<SubMul, 3, { from([Tensor, Scalar, Last]) }, MEASURED_FROM_FIRST>;
/// `w - a g / (sqrt(s) + e)`, where s comes from the stage before.
type ScaledStep = Arith<SubMulDivSqrt, 5, { from([Tensor, Scalar, Tensor, Last, Scalar]) }, MEASURED_FROM_FIRST>;
/// `w - a (b v) / (sqrt(c s) + e)`, where v and s come from the stages before.
type CorrectedStep =
    Arith<Corrected, 7, { from([Tensor, Scalar, Scalar, SecondLast, Scalar, Last, Scalar]) }, MEASURED_FROM_FIRST>;
/// `x - a (b v) / (sqrt(c s) + e)`, where x comes from the stage before, s and v from those before that.
type CorrectedStepFromLast =
    Arith<Corrected, 7, { from([Last, Scalar, Scalar, ThirdLast, Scalar, SecondLast, Scalar]) }, MEASURED>;
/// `w - a (b v) / (sqrt(c s) + e)`, where s comes from the stage before and v from the third before.
type CorrectedStepFromFarther =
    Arith<Corrected, 7, { from([Tensor, Scalar, Scalar, ThirdLast, Scalar, Last, Scalar]) }, MEASURED_FROM_FIRST>;

macro_rules! repertoire {
    ($($stage:ty;)*) => {
        /// The first kernel that fits what the code begins with, and the number of instructions that it stands for.
        pub(super) fn find(code: &[Instr]) -> Option<(u16, usize)> {
            const FITS: &[(fn(&[Instr], usize) -> bool, usize)] =
                &[$((<$stage as Stage<f32>>::fits, <$stage as Stage<f32>>::COUNT)),*];
            let at = FITS.iter().position(|(fits, _)| fits(code, 0))?;
            Some((at as u16, FITS[at].1))
        }

        /// The kernels of a number, in the same order, for each level.
        pub(super) trait Kernels: Real {
            const ALL: [&'static [Kernel<Self>]; Level::COMPILED];
        }

        impl<F: Real> Kernels for F {
            const ALL: [&'static [Kernel<Self>]; Level::COMPILED] = [
                &[$(loops::plain::<F, $stage>),*],
                #[cfg(target_arch = "x86_64")]
                &[$(loops::avx2::<F, $stage>),*],
                #[cfg(target_arch = "x86_64")]
                &[$(loops::avx512::<F, $stage>),*],
            ];
        }
    };
}

repertoire! {
    Then<Average, Then<AverageOfSquares, CorrectedStep>>;
    Then<Average, Then<AverageOfSquares, Then<Scaled, CorrectedStepFromLast>>>;
    Then<Average, Then<AverageOfSquares, Then<Lanewise<Max, 2>, CorrectedStepFromFarther>>>;
    Then<Average, Step>;
    Then<Average, Then<LastScaled, Step>>;
    Then<AverageOfSquares, ScaledStep>;
    Then<SquarePlus, ScaledStep>;
    Then<ScaledPlus, Step>;
    Then<ScaledPlus, Then<LastScaledPlus, Step>>;

    Average;
    AverageOfSquares;
    ScaledPlus;
    SquarePlus;
    Scaled;
    Arith<Plus, 2, { from([Tensor, Tensor]) }, UNMEASURED>;
    Arith<Plus, 2, { from([Scalar, Tensor]) }, UNMEASURED>;
    Arith<Minus, 2, { from([Tensor, Tensor]) }, UNMEASURED>;
    Arith<Minus, 2, { from([Scalar, Tensor]) }, UNMEASURED>;
    Arith<Minus, 2, { from([Tensor, Scalar]) }, UNMEASURED>;
    Arith<Times, 2, { from([Tensor, Tensor]) }, UNMEASURED>;
    Arith<Over, 2, { from([Tensor, Tensor]) }, UNMEASURED>;
    Arith<Over, 2, { from([Scalar, Tensor]) }, UNMEASURED>;
    Arith<SubMul, 3, { from([Tensor, Tensor, Tensor]) }, UNMEASURED>;
    Arith<SubMul, 3, { from([Tensor, Scalar, Tensor]) }, UNMEASURED>;
    Arith<SubMul, 3, { from([Tensor, Scalar, Tensor]) }, MEASURED_FROM_FIRST>;
    Arith<DivSqrt, 3, { from([Tensor, Tensor, Scalar]) }, UNMEASURED>;
    Arith<SubMulDivSqrt, 5, { from([Tensor, Scalar, Tensor, Tensor, Scalar]) }, UNMEASURED>;
    Arith<SubMulDivSqrt, 5, { from([Tensor, Scalar, Tensor, Tensor, Scalar]) }, MEASURED_FROM_FIRST>;
    Arith<Corrected, 7, { from([Tensor, Scalar, Scalar, Tensor, Scalar, Tensor, Scalar]) }, UNMEASURED>;
    Arith<Corrected, 7, { from([Tensor, Scalar, Scalar, Tensor, Scalar, Tensor, Scalar]) }, MEASURED_FROM_FIRST>;

    Arith<Copy, 1, ANY, UNMEASURED>;
    Arith<Copy, 1, ANY, MEASURED>;
    Arith<Sqrt, 1, ANY, UNMEASURED>;
    Arith<Plus, 2, ANY, UNMEASURED>;
    Arith<Minus, 2, ANY, UNMEASURED>;
    Arith<Times, 2, ANY, UNMEASURED>;
    Arith<Over, 2, ANY, UNMEASURED>;
    Arith<MulAdd, 3, ANY, UNMEASURED>;
    Arith<MulSub, 3, ANY, UNMEASURED>;
    Arith<SubMul, 3, ANY, UNMEASURED>;
    Arith<SubMul, 3, ANY, MEASURED>;
    Arith<MulMul, 3, ANY, UNMEASURED>;
    Arith<MulMulAdd, 4, ANY, UNMEASURED>;
    Arith<MulMulMulAdd, 5, ANY, UNMEASURED>;
    Arith<DivSqrt, 3, ANY, UNMEASURED>;
    Arith<SubMulDivSqrt, 5, ANY, UNMEASURED>;
    Arith<SubMulDivSqrt, 5, ANY, MEASURED>;
    Arith<Corrected, 7, ANY, UNMEASURED>;
    Arith<Corrected, 7, ANY, MEASURED>;

    Fold<SUM>;
    Fold<DOT>;
    Fold<DISTANCE>;
    Largest;

    Lanewise<Neg, 1>;
    Lanewise<Abs, 1>;
    Lanewise<Sign, 1>;
    Lanewise<Exp, 1>;
    Lanewise<Ln, 1>;
    Lanewise<Ln1p, 1>;
    Lanewise<Tanh, 1>;
    Lanewise<Sigmoid, 1>;
    Lanewise<Erf, 1>;
    Lanewise<Sin, 1>;
    Lanewise<Cos, 1>;
    Lanewise<Floor, 1>;
    Lanewise<Not, 1>;
    Lanewise<Pow, 2>;
    Lanewise<Rem, 2>;
    Lanewise<Min, 2>;
    Lanewise<Max, 2>;
    Lanewise<Lt, 2>;
    Lanewise<Le, 2>;
    Lanewise<Gt, 2>;
    Lanewise<Ge, 2>;
    Lanewise<Eq, 2>;
    Lanewise<Ne, 2>;
    Lanewise<And, 2>;
    Lanewise<Or, 2>;
    Lanewise<Gate, 2>;
    Lanewise<Select, 3>;
}
