//! Vector registers: what the inner loops of programs and of matrix products are written in.
//!
//! Explicit, because the compiler left to itself made gathers across rows of a matrix product (thirty times slower), and
//! kept whole chunks of a program in memory. Everything here rounds as the same operation on one number does, but for
//! [`Register::add_product`].
#![allow(clippy::missing_safety_doc)] // what every method of the traits needs is told once, at the trait

use super::Float;

/// The most lanes that a register has.
const MAX_LANES: usize = 16;

/// A vector register of elements.
///
/// # Safety
/// Every method needs a processor that has the register's instructions. [`Register::load`] and [`Register::store`] reach
/// over [`Register::LANES`] elements, which need not be aligned.
pub trait Register<F: Float>: Copy {
    /// Elements in a register.
    const LANES: usize;
    /// Whether processors with this register know the hint for writing, see [`writing`](super::ahead::writing).
    const HINTS: bool = false;
    /// `value` in every lane.
    unsafe fn splat(value: F) -> Self;
    /// Lanes from memory.
    unsafe fn load(from: *const F) -> Self;
    /// Lanes to memory.
    unsafe fn store(self, to: *mut F);
    /// `self + other`.
    unsafe fn add(self, other: Self) -> Self;
    /// `self - other`.
    unsafe fn sub(self, other: Self) -> Self;
    /// `self * other`.
    unsafe fn mul(self, other: Self) -> Self;
    /// `self / other`.
    unsafe fn div(self, other: Self) -> Self;
    /// The square root.
    unsafe fn sqrt(self) -> Self;
    /// `self + a * b`, rounded once.
    unsafe fn add_product(self, a: Self, b: Self) -> Self;
    /// The lanes of both in turn, `self`'s first: the first half of them and the second.
    unsafe fn interleave(self, other: Self) -> [Self; 2];
    /// The first `count` lanes, at most all, from memory, and `fill` in the others: what lies behind is not touched.
    #[inline(always)]
    unsafe fn load_first(from: *const F, count: usize, fill: F) -> Self {
        let mut lanes = [fill; MAX_LANES];
        // SAFETY: the caller's promise; no more is read than there is.
        lanes.iter_mut().enumerate().take(count).for_each(|(i, lane)| *lane = unsafe { *from.add(i) });
        // SAFETY: the caller's promise; there are as many lanes as the widest register has.
        unsafe { Self::load(lanes.as_ptr()) }
    }
    /// The first `count` lanes, at most all, to memory.
    #[inline(always)]
    unsafe fn store_first(self, to: *mut F, count: usize) {
        let mut lanes = [F::ZERO; MAX_LANES];
        // SAFETY: the caller's promise; there are as many lanes as the widest register has.
        unsafe { self.store(lanes.as_mut_ptr()) }
        // SAFETY: the caller's promise; no more is written than there is room for.
        lanes.iter().enumerate().take(count).for_each(|(i, lane)| unsafe { *to.add(i) = *lane });
    }
    /// The first `count` lanes, and 0 in the others.
    #[inline(always)]
    unsafe fn first(self, count: usize) -> Self {
        let mut lanes = [F::ZERO; MAX_LANES];
        // SAFETY: the caller's promise; there are as many lanes as the widest register has.
        unsafe { self.store(lanes.as_mut_ptr()) }
        // SAFETY: the caller's promise; there are as many lanes as are read.
        unsafe { Self::load_first(lanes.as_ptr(), count, F::ZERO) }
    }
}

/// Four elements, for processors whose registers we do not name.
impl<F: Float> Register<F> for [F; 4] {
    const LANES: usize = 4;
    #[inline(always)]
    unsafe fn splat(value: F) -> Self {
        [value; 4]
    }
    #[inline(always)]
    unsafe fn load(from: *const F) -> Self {
        // SAFETY: the caller's promise: four numbers lie there. An array's alignment is its number's.
        unsafe { from.cast::<Self>().read() }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut F) {
        // SAFETY: the caller's promise: there is room for four numbers.
        unsafe { to.cast::<Self>().write(self) }
    }
    #[inline(always)]
    unsafe fn add(self, b: Self) -> Self {
        [self[0] + b[0], self[1] + b[1], self[2] + b[2], self[3] + b[3]]
    }
    #[inline(always)]
    unsafe fn sub(self, b: Self) -> Self {
        [self[0] - b[0], self[1] - b[1], self[2] - b[2], self[3] - b[3]]
    }
    #[inline(always)]
    unsafe fn mul(self, b: Self) -> Self {
        [self[0] * b[0], self[1] * b[1], self[2] * b[2], self[3] * b[3]]
    }
    #[inline(always)]
    unsafe fn div(self, b: Self) -> Self {
        [self[0] / b[0], self[1] / b[1], self[2] / b[2], self[3] / b[3]]
    }
    #[inline(always)]
    unsafe fn sqrt(self) -> Self {
        [self[0].sqrt(), self[1].sqrt(), self[2].sqrt(), self[3].sqrt()]
    }
    #[inline(always)]
    unsafe fn add_product(self, a: Self, b: Self) -> Self {
        std::array::from_fn(|i| a[i].mul_add(b[i], self[i]))
    }
    #[inline(always)]
    unsafe fn interleave(self, b: Self) -> [Self; 2] {
        [[self[0], b[0], self[1], b[1]], [self[2], b[2], self[3], b[3]]]
    }
}

/// The intrinsics of one kind of register.
#[cfg(target_arch = "x86_64")]
macro_rules! register {
    ($register:ident of $lanes:literal $float:ty: $splat:ident, $load:ident, $store:ident, $add:ident, $sub:ident,
     $mul:ident, $div:ident, $sqrt:ident, $fma:ident, $interleave:ident $(, $mask:ty: $load_first:ident, $store_first:ident, $first:ident)?) => {
        impl Register<$float> for std::arch::x86_64::$register {
            const LANES: usize = $lanes;
            const HINTS: bool = true;
            #[inline(always)]
            unsafe fn splat(value: $float) -> Self {
                // SAFETY: the caller's promise.
                unsafe { std::arch::x86_64::$splat(value) }
            }
            #[inline(always)]
            unsafe fn load(from: *const $float) -> Self {
                // SAFETY: the caller's promise; the address need not be aligned.
                unsafe { std::arch::x86_64::$load(from) }
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut $float) {
                // SAFETY: the caller's promise; the address need not be aligned.
                unsafe { std::arch::x86_64::$store(to, self) }
            }
            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { std::arch::x86_64::$add(self, other) }
            }
            #[inline(always)]
            unsafe fn sub(self, other: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { std::arch::x86_64::$sub(self, other) }
            }
            #[inline(always)]
            unsafe fn mul(self, other: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { std::arch::x86_64::$mul(self, other) }
            }
            #[inline(always)]
            unsafe fn div(self, other: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { std::arch::x86_64::$div(self, other) }
            }
            #[inline(always)]
            unsafe fn sqrt(self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { std::arch::x86_64::$sqrt(self) }
            }
            #[inline(always)]
            unsafe fn add_product(self, a: Self, b: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { std::arch::x86_64::$fma(a, b, self) }
            }
            #[inline(always)]
            unsafe fn interleave(self, other: Self) -> [Self; 2] {
                // SAFETY: the caller's promise.
                unsafe { $interleave(self, other) }
            }
            $(
                // By masks, without the way through memory.
                #[inline(always)]
                unsafe fn load_first(from: *const $float, count: usize, fill: $float) -> Self {
                    let mask = ((1_u32 << count) - 1) as $mask;
                    // SAFETY: the caller's promise; lanes that the mask leaves out are not touched.
                    unsafe { std::arch::x86_64::$load_first(Self::splat(fill), mask, from) }
                }
                #[inline(always)]
                unsafe fn store_first(self, to: *mut $float, count: usize) {
                    // SAFETY: the caller's promise; lanes that the mask leaves out are not touched.
                    unsafe { std::arch::x86_64::$store_first(to, ((1_u32 << count) - 1) as $mask, self) }
                }
                #[inline(always)]
                unsafe fn first(self, count: usize) -> Self {
                    // SAFETY: the caller's promise.
                    unsafe { std::arch::x86_64::$first(((1_u32 << count) - 1) as $mask, self) }
                }
            )?
        }
    };
}

#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
mod x86 {
    use std::arch::x86_64::{
        __m256, __m256d, __m512, __m512d, _mm256_permute2f128_pd, _mm256_permute2f128_ps, _mm256_unpackhi_pd,
        _mm256_unpackhi_ps, _mm256_unpacklo_pd, _mm256_unpacklo_ps, _mm512_permutex2var_pd, _mm512_permutex2var_ps,
        _mm512_setr_epi32, _mm512_setr_epi64,
    };

    use super::Register;

    #[inline(always)]
    unsafe fn interleave_16(a: __m512, b: __m512) -> [__m512; 2] {
        // SAFETY: the caller's promise, that of [`Register`].
        unsafe {
            let low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            let high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
            [_mm512_permutex2var_ps(a, low, b), _mm512_permutex2var_ps(a, high, b)]
        }
    }

    #[inline(always)]
    unsafe fn interleave_8_wide(a: __m512d, b: __m512d) -> [__m512d; 2] {
        // SAFETY: the caller's promise, that of [`Register`].
        unsafe {
            let low = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
            let high = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
            [_mm512_permutex2var_pd(a, low, b), _mm512_permutex2var_pd(a, high, b)]
        }
    }

    // Wide registers interleave within their halves; these are put in order then.
    #[inline(always)]
    unsafe fn interleave_8(a: __m256, b: __m256) -> [__m256; 2] {
        // SAFETY: the caller's promise, that of [`Register`].
        unsafe {
            let (even, odd) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
            [_mm256_permute2f128_ps::<0x20>(even, odd), _mm256_permute2f128_ps::<0x31>(even, odd)]
        }
    }

    #[inline(always)]
    unsafe fn interleave_4(a: __m256d, b: __m256d) -> [__m256d; 2] {
        // SAFETY: the caller's promise, that of [`Register`].
        unsafe {
            let (even, odd) = (_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b));
            [_mm256_permute2f128_pd::<0x20>(even, odd), _mm256_permute2f128_pd::<0x31>(even, odd)]
        }
    }

    register!(__m512 of 16 f32: _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_add_ps, _mm512_sub_ps,
        _mm512_mul_ps, _mm512_div_ps, _mm512_sqrt_ps, _mm512_fmadd_ps, interleave_16,
        u16: _mm512_mask_loadu_ps, _mm512_mask_storeu_ps, _mm512_maskz_mov_ps);
    register!(__m512d of 8 f64: _mm512_set1_pd, _mm512_loadu_pd, _mm512_storeu_pd, _mm512_add_pd, _mm512_sub_pd,
        _mm512_mul_pd, _mm512_div_pd, _mm512_sqrt_pd, _mm512_fmadd_pd, interleave_8_wide,
        u8: _mm512_mask_loadu_pd, _mm512_mask_storeu_pd, _mm512_maskz_mov_pd);
    register!(__m256 of 8 f32: _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_add_ps, _mm256_sub_ps,
        _mm256_mul_ps, _mm256_div_ps, _mm256_sqrt_ps, _mm256_fmadd_ps, interleave_8);
    register!(__m256d of 4 f64: _mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_add_pd, _mm256_sub_pd,
        _mm256_mul_pd, _mm256_div_pd, _mm256_sqrt_pd, _mm256_fmadd_pd, interleave_4);
}
