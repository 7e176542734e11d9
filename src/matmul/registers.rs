//! For each kind of vector registers a product that is compiled for the processors that have it.

use super::blocks::multiply;
use super::{Product, Room};
use crate::simd::Float;

/// The product for any processor, with tiles of 4 rows by one or two registers of four elements.
pub(super) fn plain<F: Float>(product: &mut Product<F>, room: &mut Room<F>) {
    // SAFETY: needs no instructions beyond the target's own.
    unsafe { multiply::<F, [F; 4], 4, 4, 2, 4>(product, room) }
}

#[cfg(target_arch = "x86_64")]
pub(super) mod x86 {
    use std::arch::x86_64 as arch;

    use super::{Product, Room, multiply};

    /// The kernel of a kind of register: tiles of `$rows` rows by up to `$wide` registers, or `$tall` rows by one or two.
    macro_rules! kernel {
        ($kernel:ident: $register:ident of $lanes:literal $float:ty, $tall:literal by 2, $rows:literal by $wide:literal, $features:literal) => {
            #[target_feature(enable = $features)]
            pub fn $kernel(product: &mut Product<$float>, room: &mut Room<$float>) {
                // SAFETY: this function is compiled for the instructions that the registers need.
                unsafe { multiply::<$float, arch::$register, $tall, $rows, $wide, $lanes>(product, room) }
            }
        };
    }

    // 6 rows by 4 registers: 10 loads feed 24 multiply-adds, where 8 by 2 need 10 for 16. A core whose other thread is
    // a neighbour's has half of its instructions to give, and every one that is no multiply-add is felt. Where there are
    // not so many columns, 8 rows keep enough sums in flight to hide the latency of two multiply-adds a cycle.
    kernel!(f32_avx512: __m512 of 16 f32, 8 by 2, 6 by 4, "avx512f");
    kernel!(f64_avx512: __m512d of 8 f64, 8 by 2, 6 by 4, "avx512f");
    // AVX2 has 16 registers: 12 for sums, 2 for `b`, 1 for `a`.
    kernel!(f32_avx2: __m256 of 8 f32, 6 by 2, 6 by 2, "avx2,fma");
    kernel!(f64_avx2: __m256d of 4 f64, 6 by 2, 6 by 2, "avx2,fma");
}
