//! What the processor can do: multiply-adds from registers to registers.
#![allow(unsafe_code)] // the target features are looked for before the calls

use crate::clock::Clock;
use std::hint::black_box;

use crate::simd::Level;

/// Sums that go on side by side: enough to hide a multiply-add's latency, few enough for 16 registers.
const SUMS: usize = 12;
/// Multiply-adds on each sum in one measurement.
const TURNS: usize = 20_000;

/// Multiply-adds of `f32` in a second, by one thread: the best of 50 short measurements. Twice as many operations.
pub fn multiply_adds_per_second() -> f64 {
    let clock = Clock::wall();
    let mut best = f64::INFINITY;
    let mut done = 0;
    for _ in 0..50 {
        let start = clock.now();
        done = run();
        best = best.min(clock.now().since(start).as_secs_f64());
    }
    done as f64 / best
}

/// Does some and tells how many.
fn run() -> usize {
    #[cfg(target_arch = "x86_64")]
    {
        match Level::in_force() {
            // SAFETY: the processor has the level in force.
            Level::Avx512 => return unsafe { avx512() },
            // SAFETY: the processor has the level in force.
            Level::Avx2 => return unsafe { avx2() },
            Level::Portable => {}
        }
    }
    plain()
}

/// Without fused multiply-add, which would be a call where the processor is not known to have it.
fn plain() -> usize {
    let (x, y) = (black_box([0.999_f32; 4]), black_box([1e-3_f32; 4]));
    let mut sums = [[1.0_f32; 4]; SUMS];
    for _ in 0..TURNS {
        for sum in &mut sums {
            for i in 0..4 {
                sum[i] = sum[i] * x[i] + y[i];
            }
        }
    }
    black_box(sums);
    TURNS * SUMS * 4
}

#[cfg(target_arch = "x86_64")]
macro_rules! wide {
    ($name:ident: $features:literal, $lanes:literal, $set:ident, $fmadd:ident) => {
        #[target_feature(enable = $features)]
        fn $name() -> usize {
            use std::arch::x86_64::{$fmadd, $set};
            let (x, y) = ($set(black_box(0.999)), $set(black_box(1e-3)));
            let mut sums = [$set(1.0); SUMS];
            for _ in 0..TURNS {
                for sum in &mut sums {
                    *sum = $fmadd(*sum, x, y);
                }
            }
            black_box(sums);
            TURNS * SUMS * $lanes
        }
    };
}

#[cfg(target_arch = "x86_64")]
wide!(avx2: "avx2,fma", 8, _mm256_set1_ps, _mm256_fmadd_ps);
#[cfg(target_arch = "x86_64")]
wide!(avx512: "avx512f", 16, _mm512_set1_ps, _mm512_fmadd_ps);
