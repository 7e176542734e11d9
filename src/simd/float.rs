//! The numbers that registers hold, and `a * b + c` with one rounding on every processor.

use std::ops::{Add, AddAssign, Div, Mul, Sub};

/// A floating-point number with the arithmetic that registers have.
pub trait Float:
    Copy
    + Send
    + Sync
    + Default
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + AddAssign
    + std::fmt::Debug
    + 'static
{
    /// 0.
    const ZERO: Self;
    /// Rounds to the nearest.
    fn from_f64(value: f64) -> Self;
    /// Exact.
    fn to_f64(self) -> f64;
    /// The square root, correctly rounded; NaN below 0.
    fn sqrt(self) -> Self;
    /// `self * factor + summand`, rounded once: in software where the target's processors need not have it.
    fn mul_add(self, factor: Self, summand: Self) -> Self;
}

/// All processors of the target fuse a multiply-add. Asked of the compiler, since the standard library's `mul_add` calls the
/// platform's `fma` where they do not, and not every platform's rounds correctly.
const FUSED: bool = cfg!(any(target_feature = "fma", target_arch = "aarch64", target_arch = "riscv64"));

/// `a * b + c` of `f32`, rounded once, without the instruction. In `f64` the product is exact, and so is what the sum lost.
/// The sum is rounded to odd: if it lost something its last bit is made 1, so that it lies on the right side of the middle
/// between two numbers of `f32`, which have 29 bits fewer, and is no middle itself (Boldo and Melquiond, "Emulation of a FMA
/// and correctly rounded sums", 2008). No branches, so that loops become vector instructions.
#[inline(always)]
fn fused(a: f32, b: f32, c: f32) -> f32 {
    let (product, c) = (f64::from(a) * f64::from(b), f64::from(c));
    let sum = product + c;
    let of_c = sum - product;
    let lost = (product - (sum - of_c)) + (c - of_c);
    let bits = sum.to_bits();
    // Where nothing was lost, or the sum is not finite and this is NaN, the sum stays.
    let inexact = (lost > 0.0) | (lost < 0.0);
    let outward = (lost > 0.0) == (sum > 0.0);
    let odd = if outward { bits | 1 } else { (bits - u64::from(inexact)) | 1 };
    f64::from_bits(if inexact & (bits & 1 == 0) { odd } else { bits }) as f32
}

impl Float for f32 {
    const ZERO: Self = 0.0;
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value as Self
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self::sqrt(self)
    }
    #[inline(always)]
    #[allow(clippy::disallowed_methods)] // an instruction where it is called
    fn mul_add(self, factor: Self, summand: Self) -> Self {
        if FUSED { Self::mul_add(self, factor, summand) } else { fused(self, factor, summand) }
    }
}

impl Float for f64 {
    const ZERO: Self = 0.0;
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self::sqrt(self)
    }
    #[inline(always)]
    #[allow(clippy::disallowed_methods)] // an instruction where it is called
    fn mul_add(self, factor: Self, summand: Self) -> Self {
        if FUSED { Self::mul_add(self, factor, summand) } else { libm::fma(self, factor, summand) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of every exponent, with last bits that tie and that do not, zeros and what is not finite.
    fn hard(seed: u64) -> impl Iterator<Item = f32> {
        let mut state = seed;
        let random = std::iter::repeat_with(move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let bits = (state >> 32) as u32;
            // A third has few bits in its fraction, so that sums tie.
            f32::from_bits(match bits % 3 {
                0 => bits & 0xff80_0003,
                1 => bits & 0xfff0_0000,
                _ => bits,
            })
        });
        [0.0, -0.0, 1.0, f32::MIN_POSITIVE, 1e-45, f32::MAX, f32::INFINITY, f32::NAN].into_iter().chain(random)
    }

    #[test]
    fn a_multiply_add_in_software_has_the_bits_of_the_fused_one() {
        let near = |x: f32, k: i32| f32::from_bits(x.to_bits().wrapping_add(k as u32));
        let mut inexact = 0;
        for ((a, b), c) in hard(1).zip(hard(2).skip(3)).zip(hard(3).skip(5)).take(3_000_000) {
            // Beside a sum of any size, one that nearly cancels and one whose product is about half of a last place.
            let half = a * b * f32::EPSILON / 2.0;
            let sums = [(a, b, c), (a, b, near(-(a * b), 1)), (c, f32::EPSILON / 2.0, c), (half, 1.0, near(a * b, 0))];
            for (a, b, c) in sums {
                let (got, expected) = (fused(a, b, c), libm::fmaf(a, b, c));
                assert!(got.to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan(), "{a:e} {b:e} {c:e}");
                // The test would be none if it were the same to round twice.
                inexact +=
                    u32::from((f64::from(a) * f64::from(b) + f64::from(c)) as f32 != expected && !expected.is_nan());
            }
        }
        assert!(inexact > 0, "no sum was rounded twice");
    }

    #[test]
    fn both_types_round_once() {
        // The square of 1 + e is 1 + 2 e + e^2, of which the last term is lost if the product is rounded.
        assert_eq!(
            Float::mul_add(1.0_f32 + f32::EPSILON, 1.0 + f32::EPSILON, -1.0 - 2.0 * f32::EPSILON),
            f32::EPSILON.powi(2)
        );
        assert_eq!(
            Float::mul_add(1.0_f64 + f64::EPSILON, 1.0 + f64::EPSILON, -1.0 - 2.0 * f64::EPSILON),
            f64::EPSILON.powi(2)
        );
    }
}
