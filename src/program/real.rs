//! The two kinds of numbers that programs, networks and rules are generic over: `f32` for training, `f64` for checks
//! and closed forms.
//!
//! Choices are written without branches, so that a loop over a slice becomes vector instructions. Functions are those of
//! [`super::functions`] or of the crate `libm`, never the standard library's: these call the platform's, whose last bit
//! depends on the processor (with FMA or without) and on the system.
#![allow(clippy::eq_op)] // `self != self` is how NaN is told apart without a branch

use std::fmt::Display;
use std::iter::Sum;
use std::ops::{MulAssign, Neg, Rem, SubAssign};

use super::functions;
use super::kernel::Vectors;
use crate::simd::Float;

/// A floating-point number with what scripts may apply to it.
pub trait Real:
    Float + Vectors + PartialOrd + Display + Sum + Rem<Output = Self> + Neg<Output = Self> + SubAssign + MulAssign
{
    /// 1.
    const ONE: Self;
    /// The smallest normal number; what is smaller is slow to compute with and is stored as 0 in a rule's state.
    const TINY: Self;

    /// |x|.
    fn abs(self) -> Self;
    /// e^x, within 2 units of the last place.
    fn exp(self) -> Self;
    /// The natural logarithm, within 2 units of the last place.
    fn ln(self) -> Self;
    /// ln(1 + x), exact near 0.
    fn ln_1p(self) -> Self;
    /// The hyperbolic tangent, within 2 units of the last place.
    fn tanh(self) -> Self;
    /// 1 / (1 + e^-x), within 2 units of the last place.
    fn sigmoid(self) -> Self;
    /// The error function.
    fn erf(self) -> Self;
    /// The sine of an angle in radians.
    fn sin(self) -> Self;
    /// The cosine of an angle in radians.
    fn cos(self) -> Self;
    /// The largest whole number not above x.
    fn floor(self) -> Self;
    /// x^y.
    fn pow(self, exponent: Self) -> Self;
    /// Neither infinite nor NaN.
    fn finite(self) -> bool;

    /// The larger of two; NaN if one is NaN, so that a fault is never hidden.
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        if (self > other) | (self != self) { self } else { other }
    }

    /// The smaller of two; NaN if one is NaN.
    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        if (self < other) | (self != self) { self } else { other }
    }

    /// -1, 0 or 1; NaN stays NaN.
    #[inline(always)]
    fn signum0(self) -> Self {
        let sign = if self > Self::ZERO { Self::ONE } else { -Self::ONE };
        if (self == Self::ZERO) | (self != self) { self } else { sign }
    }
}

impl Real for f64 {
    const ONE: Self = 1.0;
    const TINY: Self = Self::MIN_POSITIVE;

    #[inline(always)]
    fn abs(self) -> Self {
        Self::abs(self)
    }
    fn exp(self) -> Self {
        libm::exp(self)
    }
    fn ln(self) -> Self {
        libm::log(self)
    }
    fn ln_1p(self) -> Self {
        libm::log1p(self)
    }
    fn tanh(self) -> Self {
        libm::tanh(self)
    }
    fn sigmoid(self) -> Self {
        1.0 / (1.0 + libm::exp(-self))
    }
    fn erf(self) -> Self {
        libm::erf(self)
    }
    fn sin(self) -> Self {
        libm::sin(self)
    }
    fn cos(self) -> Self {
        libm::cos(self)
    }
    #[inline(always)]
    fn floor(self) -> Self {
        Self::floor(self)
    }
    fn pow(self, exponent: Self) -> Self {
        libm::pow(self, exponent)
    }
    #[inline(always)]
    fn finite(self) -> bool {
        self.is_finite()
    }
}

impl Real for f32 {
    const ONE: Self = 1.0;
    const TINY: Self = Self::MIN_POSITIVE;

    #[inline(always)]
    fn abs(self) -> Self {
        Self::abs(self)
    }

    #[inline(always)]
    fn exp(self) -> Self {
        functions::exp(self)
    }
    #[inline(always)]
    fn ln(self) -> Self {
        functions::ln(self)
    }
    fn ln_1p(self) -> Self {
        libm::log1p(f64::from(self)) as Self
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        functions::tanh(self)
    }
    #[inline(always)]
    fn sigmoid(self) -> Self {
        functions::sigmoid(self)
    }
    fn erf(self) -> Self {
        libm::erf(f64::from(self)) as Self
    }
    fn sin(self) -> Self {
        libm::sin(f64::from(self)) as Self
    }
    fn cos(self) -> Self {
        libm::cos(f64::from(self)) as Self
    }
    #[inline(always)]
    fn floor(self) -> Self {
        Self::floor(self)
    }
    fn pow(self, exponent: Self) -> Self {
        libm::pow(f64::from(self), f64::from(exponent)) as Self
    }
    #[inline(always)]
    fn finite(self) -> bool {
        self.is_finite()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nan_is_never_hidden_by_a_choice() {
        for (a, b) in [(f64::NAN, 1.0), (1.0, f64::NAN)] {
            assert!(a.larger(b).is_nan() && a.smaller(b).is_nan());
        }
        assert_eq!((2.0_f64.larger(3.0), 2.0_f64.smaller(3.0)), (3.0, 2.0));
        assert_eq!(((-3.0_f64).signum0(), 0.0_f64.signum0()), (-1.0, 0.0));
    }
}
