//! The loop of every kernel, for each level.

use super::registers::{Vector, Vectors};
use super::stages::Stage;
use super::{LANES, Ready};
use crate::program::Real;

#[inline(always)]
unsafe fn run<F: Real, V: Vector<F>, S: Stage<F>>(ready: &[Ready<F>], start: usize, len: usize) {
    // SAFETY: the callers' promise, which is that of `Kernel`.
    unsafe {
        let mut open = S::open::<V>(ready, start);
        let none = [V::splat(F::ZERO); 3];
        let mut at = 0;
        while at + LANES <= len {
            S::chunk::<V, true>(&mut open, at, LANES, none);
            at += LANES;
        }
        if at < len {
            S::chunk::<V, false>(&mut open, at, len - at, none);
        }
        S::close::<V>(ready, open);
    }
}

pub(super) unsafe fn plain<F: Real, S: Stage<F>>(ready: &[Ready<F>], start: usize, len: usize) {
    // SAFETY: the caller's promise; every processor has these registers.
    unsafe { run::<F, <F as Vectors>::Plain, S>(ready, start, len) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
pub(super) unsafe fn avx2<F: Real, S: Stage<F>>(ready: &[Ready<F>], start: usize, len: usize) {
    // SAFETY: the caller's promise; this function is compiled for the instructions of these registers.
    unsafe { run::<F, <F as Vectors>::Avx2, S>(ready, start, len) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw")]
pub(super) unsafe fn avx512<F: Real, S: Stage<F>>(ready: &[Ready<F>], start: usize, len: usize) {
    // SAFETY: the caller's promise; this function is compiled for the instructions of these registers.
    unsafe { run::<F, <F as Vectors>::Avx512, S>(ready, start, len) }
}
