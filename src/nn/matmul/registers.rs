//! The kinds of vector registers, and for each a product that is compiled for the processors that have it.

use super::Product;
use super::tiles::multiply;
use crate::program::Real;

/// A vector register of elements. Explicit, because left to itself the compiler made gathers across rows of the
/// tile's loops, thirty times slower.
pub(super) trait Register<F>: Copy {
    /// Elements in a register.
    const LANES: usize;
    /// `value` in every lane.
    unsafe fn splat(value: F) -> Self;
    /// Lanes from memory, which need not be aligned.
    unsafe fn load(from: *const F) -> Self;
    /// Lanes to memory, which need not be aligned.
    unsafe fn store(self, to: *mut F);
    /// `self + a * b`.
    unsafe fn add_product(self, a: Self, b: Self) -> Self;
}

/// Four elements, for processors whose registers we do not name; without fused multiply-add, which would be a call there.
impl<F: Real> Register<F> for [F; 4] {
    const LANES: usize = 4;
    #[inline(always)]
    unsafe fn splat(value: F) -> Self {
        [value; 4]
    }
    #[inline(always)]
    unsafe fn load(from: *const F) -> Self {
        unsafe { from.cast::<Self>().read() }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut F) {
        unsafe { to.cast::<Self>().write(self) }
    }
    #[inline(always)]
    unsafe fn add_product(self, a: Self, b: Self) -> Self {
        [self[0] + a[0] * b[0], self[1] + a[1] * b[1], self[2] + a[2] * b[2], self[3] + a[3] * b[3]]
    }
}

/// The product for any processor, with tiles of 4 rows by one or two registers of four elements.
pub(super) fn plain<F: Real>(product: &mut Product<F>, strip: &mut [F]) {
    // SAFETY: needs no instructions beyond the target's own.
    unsafe { multiply::<F, [F; 4], 4, 4, 8>(product, strip) }
}

#[cfg(target_arch = "x86_64")]
pub(super) mod x86 {
    use std::arch::x86_64 as arch;

    use super::{Product, Register, multiply};

    /// A kind of register and the kernel made of it, with tiles of `$rows` rows by one or two registers.
    macro_rules! kernel {
        ($kernel:ident, $float:ty, $register:ident, $lanes:literal, $rows:literal, $features:literal,
         $splat:ident, $load:ident, $store:ident, $fma:ident) => {
            impl Register<$float> for arch::$register {
                const LANES: usize = $lanes;
                #[inline(always)]
                unsafe fn splat(value: $float) -> Self {
                    unsafe { arch::$splat(value) }
                }
                #[inline(always)]
                unsafe fn load(from: *const $float) -> Self {
                    unsafe { arch::$load(from) }
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut $float) {
                    unsafe { arch::$store(to, self) }
                }
                #[inline(always)]
                unsafe fn add_product(self, a: Self, b: Self) -> Self {
                    unsafe { arch::$fma(a, b, self) }
                }
            }

            #[target_feature(enable = $features)]
            pub fn $kernel(product: &mut Product<$float>, strip: &mut [$float]) {
                // SAFETY: this function is compiled for the instructions that the registers need.
                unsafe { multiply::<$float, arch::$register, $rows, $lanes, { 2 * $lanes }>(product, strip) }
            }
        };
    }

    // 8 rows by 2 registers: 16 sums in flight hide the latency of two multiply-adds a cycle, and 10 loads feed them.
    kernel!(
        f32_avx512,
        f32,
        __m512,
        16,
        8,
        "avx512f",
        _mm512_set1_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_fmadd_ps
    );
    kernel!(
        f64_avx512,
        f64,
        __m512d,
        8,
        8,
        "avx512f",
        _mm512_set1_pd,
        _mm512_loadu_pd,
        _mm512_storeu_pd,
        _mm512_fmadd_pd
    );
    // AVX2 has 16 registers: 12 for sums, 2 for `b`, 1 for `a`.
    kernel!(
        f32_avx2,
        f32,
        __m256,
        8,
        6,
        "avx2,fma",
        _mm256_set1_ps,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_fmadd_ps
    );
    kernel!(
        f64_avx2,
        f64,
        __m256d,
        4,
        6,
        "avx2,fma",
        _mm256_set1_pd,
        _mm256_loadu_pd,
        _mm256_storeu_pd,
        _mm256_fmadd_pd
    );
}
