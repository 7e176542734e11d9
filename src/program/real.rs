//! The two kinds of numbers that programs, networks and rules are generic over: `f32` for training, `f64` for checks
//! and closed forms.
//!
//! Functions are written without branches, so that a loop over a slice becomes vector instructions. `f32` has its own
//! `exp`, `tanh` and `sigmoid` for that reason (scalar library calls would be most of a small network's step).
#![allow(clippy::eq_op)] // `self != self` is how NaN is told apart without a branch

use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Rem, Sub, SubAssign};

/// A floating-point number with what scripts may apply to it.
pub trait Real:
    Copy
    + Send
    + Sync
    + Default
    + PartialOrd
    + Debug
    + Display
    + Sum
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Rem<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + 'static
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// The smallest normal number; what is smaller is slow to compute with and is stored as 0 in a rule's state.
    const TINY: Self;

    /// Rounds to the nearest.
    fn from_f64(value: f64) -> Self;
    /// Exact.
    fn to_f64(self) -> f64;
    /// |x|.
    fn abs(self) -> Self;
    /// The square root; NaN below 0.
    fn sqrt(self) -> Self;
    /// e^x, within 2 units of the last place.
    fn exp(self) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// ln(1 + x), exact near 0.
    fn ln_1p(self) -> Self;
    /// The hyperbolic tangent, within 2 units of the last place.
    fn tanh(self) -> Self;
    /// 1 / (1 + e^-x).
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
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const TINY: Self = Self::MIN_POSITIVE;

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Self::abs(self)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self::sqrt(self)
    }
    fn exp(self) -> Self {
        Self::exp(self)
    }
    fn ln(self) -> Self {
        Self::ln(self)
    }
    fn ln_1p(self) -> Self {
        Self::ln_1p(self)
    }
    fn tanh(self) -> Self {
        Self::tanh(self)
    }
    fn sigmoid(self) -> Self {
        1.0 / (1.0 + Self::exp(-self))
    }
    fn erf(self) -> Self {
        libm::erf(self)
    }
    fn sin(self) -> Self {
        Self::sin(self)
    }
    fn cos(self) -> Self {
        Self::cos(self)
    }
    #[inline(always)]
    fn floor(self) -> Self {
        Self::floor(self)
    }
    fn pow(self, exponent: Self) -> Self {
        Self::powf(self, exponent)
    }
    #[inline(always)]
    fn finite(self) -> bool {
        self.is_finite()
    }
}

impl Real for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const TINY: Self = Self::MIN_POSITIVE;

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value as Self
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Self::abs(self)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self::sqrt(self)
    }

    /// x = n ln 2 + r with |r| <= ln 2 / 2; e^r by a polynomial of degree 6 (Cephes' coefficients), then scaled by 2^n
    /// in two halves, so that results below the smallest normal number come out right as well.
    #[inline(always)]
    fn exp(self) -> Self {
        const MAGIC: f32 = 12_582_912.0; // 1.5 * 2^23: adding it rounds to a whole number, kept in the low bits
        const LN2_HIGH: f32 = 0.693_359_4;
        const LN2_LOW: f32 = -2.121_944_4e-4;
        let x = if self > 100.0 { 100.0 } else { self };
        let x = if x < -110.0 { -110.0 } else { x };
        let shifted = x * std::f32::consts::LOG2_E + MAGIC;
        let n = shifted - MAGIC;
        let k = (shifted.to_bits() as i32).wrapping_sub(MAGIC.to_bits() as i32);
        let r = x - n * LN2_HIGH - n * LN2_LOW;
        let mut p = 1.987_569_1e-4_f32;
        p = p * r + 1.398_199_9e-3;
        p = p * r + 8.333_452e-3;
        p = p * r + 4.166_579_6e-2;
        p = p * r + 1.666_666_5e-1;
        p = p * r + 0.5;
        let p = p * (r * r) + r + 1.0;
        let half = k >> 1;
        let scale = |e: i32| f32::from_bits((e.wrapping_add(127) as u32) << 23);
        p * scale(half) * scale(k.wrapping_sub(half))
    }
    fn ln(self) -> Self {
        f64::from(self).ln() as Self
    }
    fn ln_1p(self) -> Self {
        f64::from(self).ln_1p() as Self
    }

    /// Below 0.625 an odd polynomial (Cephes), above it 1 - 2 / (e^2x + 1).
    #[inline(always)]
    fn tanh(self) -> Self {
        let a = Self::abs(self);
        let z = self * self;
        let mut p = -5.704_988_7e-3_f32;
        p = p * z + 2.063_909e-2;
        p = p * z - 5.373_971e-2;
        p = p * z + 1.333_144_2e-1;
        p = p * z - 3.333_328e-1;
        let near = p * z * self + self;
        let far = (1.0 - 2.0 / (Real::exp(a + a) + 1.0)).copysign(self);
        if a < 0.625 { near } else { far }
    }
    #[inline(always)]
    fn sigmoid(self) -> Self {
        1.0 / (1.0 + Real::exp(-self))
    }
    fn erf(self) -> Self {
        libm::erf(f64::from(self)) as Self
    }
    fn sin(self) -> Self {
        f64::from(self).sin() as Self
    }
    fn cos(self) -> Self {
        f64::from(self).cos() as Self
    }
    #[inline(always)]
    fn floor(self) -> Self {
        Self::floor(self)
    }
    fn pow(self, exponent: Self) -> Self {
        Self::powf(self, exponent)
    }
    #[inline(always)]
    fn finite(self) -> bool {
        self.is_finite()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distance in units of the last place of the exact value.
    fn ulps(got: f32, exact: f64) -> f64 {
        if f64::from(got) == exact || (got.is_nan() && exact.is_nan()) || f64::from(got) == f64::from(exact as f32) {
            return 0.0;
        }
        let near = (exact.abs() as f32).max(f32::MIN_POSITIVE);
        let unit = f64::from(f32::from_bits(near.to_bits() + 1)) - f64::from(near);
        (f64::from(got) - exact).abs() / unit
    }

    fn worst(range: (f32, f32), ours: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64) -> f64 {
        let steps = 400_000;
        let x_at = |i: i32| range.0 + (range.1 - range.0) * i as f32 / steps as f32;
        (0..=steps).map(|i| ulps(ours(x_at(i)), exact(f64::from(x_at(i))))).fold(0.0, f64::max)
    }

    #[test]
    fn exp_and_tanh_are_within_two_units_of_the_last_place() {
        assert!(worst((-103.0, 88.7), Real::exp, f64::exp) <= 2.0);
        assert!(worst((-1.0, 1.0), Real::exp, f64::exp) <= 2.0);
        assert!(worst((-12.0, 12.0), Real::tanh, f64::tanh) <= 2.0);
        assert!(worst((-0.7, 0.7), Real::tanh, f64::tanh) <= 2.0);
        assert!(worst((-1e-3, 1e-3), Real::tanh, f64::tanh) <= 2.0);
    }

    #[test]
    fn the_ends_of_the_range_are_right() {
        assert_eq!(Real::exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(Real::exp(f32::INFINITY), f32::INFINITY);
        assert_eq!(Real::exp(89.0_f32), f32::INFINITY);
        assert!(Real::exp(f32::NAN).is_nan() && Real::tanh(f32::NAN).is_nan());
        assert_eq!((Real::tanh(50.0_f32), Real::tanh(-50.0_f32)), (1.0, -1.0));
        assert_eq!((Real::sigmoid(-200.0_f32), Real::sigmoid(200.0_f32)), (0.0, 1.0));
    }

    #[test]
    fn a_nan_is_never_hidden_by_a_choice() {
        for (a, b) in [(f64::NAN, 1.0), (1.0, f64::NAN)] {
            assert!(a.larger(b).is_nan() && a.smaller(b).is_nan());
        }
        assert_eq!((2.0_f64.larger(3.0), 2.0_f64.smaller(3.0)), (3.0, 2.0));
        assert_eq!(((-3.0_f64).signum0(), 0.0_f64.signum0()), (-1.0, 0.0));
    }
}
