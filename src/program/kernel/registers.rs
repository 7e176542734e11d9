//! Vectors: a chunk of values in the registers of one level, and the arithmetic that formulas are made of.
#![allow(clippy::missing_safety_doc)] // what every method of the traits needs is told once, at the trait

use std::marker::PhantomData;
use std::ops::{Add, Div, Mul, Sub};

use super::LANES;
use crate::program::Real;
use crate::simd::Register;

/// What the formulas of [`super::forms`] are made of.
pub trait Arithmetic: Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> {
    /// The square root.
    fn root(self) -> Self;
}

impl<F: Real> Arithmetic for F {
    #[inline(always)]
    fn root(self) -> Self {
        self.sqrt()
    }
}

/// A chunk of [`LANES`] values in registers.
///
/// # Safety
/// As for [`Register`]; a vector exists only where the processor has its instructions, so arithmetic on it is safe.
pub trait Vector<F>: Arithmetic {
    /// As [`Register::HINTS`].
    const HINTS: bool;
    /// `value` in every lane.
    unsafe fn splat(value: F) -> Self;
    /// A chunk from memory.
    unsafe fn load(from: *const F) -> Self;
    /// A chunk to memory.
    unsafe fn store(self, to: *mut F);
    /// The first `count` values from memory, and `fill` in the place of the others.
    unsafe fn load_first(from: *const F, count: usize, fill: F) -> Self;
    /// The first `count` values to memory.
    unsafe fn store_first(self, to: *mut F, count: usize);
    /// The first `count` values, and 0 in the place of the others.
    unsafe fn first(self, count: usize) -> Self;
}

/// How many of the first `count` values of a chunk lie in its register `k`.
#[inline(always)]
fn within<F: Real, R: Register<F>>(k: usize, count: usize) -> usize {
    count.saturating_sub(k * R::LANES).min(R::LANES)
}

/// The registers that hold a chunk.
#[derive(Debug, Clone, Copy)]
pub struct Chunked<F, R, const COUNT: usize>([R; COUNT], PhantomData<F>);

impl<F: Real, R: Register<F>, const COUNT: usize> Vector<F> for Chunked<F, R, COUNT> {
    const HINTS: bool = R::HINTS;
    #[inline(always)]
    unsafe fn splat(value: F) -> Self {
        const { assert!(R::LANES * COUNT == LANES) };
        // SAFETY: the caller's promise.
        unsafe { Self([R::splat(value); COUNT], PhantomData) }
    }
    #[inline(always)]
    unsafe fn load(from: *const F) -> Self {
        const { assert!(R::LANES * COUNT == LANES) };
        // SAFETY: the caller's promise; each register's lanes lie in the chunk.
        unsafe {
            let mut registers = [R::load(from); COUNT];
            for (k, register) in registers.iter_mut().enumerate().skip(1) {
                *register = R::load(from.add(k * R::LANES));
            }
            Self(registers, PhantomData)
        }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut F) {
        for (k, register) in self.0.into_iter().enumerate() {
            // SAFETY: the caller's promise; each register's lanes lie in the chunk.
            unsafe { register.store(to.add(k * R::LANES)) }
        }
    }
    #[inline(always)]
    unsafe fn load_first(from: *const F, count: usize, fill: F) -> Self {
        // SAFETY: the caller's promise; no more lanes are read than there are values.
        let mut registers = [unsafe { R::load_first(from, within::<F, R>(0, count), fill) }; COUNT];
        for (k, register) in registers.iter_mut().enumerate().skip(1) {
            // Wrapping, since nothing may lie so far.
            // SAFETY: as many values lie there as are read.
            *register = unsafe { R::load_first(from.wrapping_add(k * R::LANES), within::<F, R>(k, count), fill) };
        }
        Self(registers, PhantomData)
    }
    #[inline(always)]
    unsafe fn store_first(self, to: *mut F, count: usize) {
        for (k, register) in self.0.into_iter().enumerate() {
            // SAFETY: the caller's promise; as many values lie there as are written.
            unsafe { register.store_first(to.wrapping_add(k * R::LANES), within::<F, R>(k, count)) }
        }
    }
    #[inline(always)]
    unsafe fn first(mut self, count: usize) -> Self {
        for (k, register) in self.0.iter_mut().enumerate() {
            // SAFETY: the caller's promise.
            *register = unsafe { register.first(within::<F, R>(k, count)) };
        }
        self
    }
}

impl<F: Real, R: Register<F>, const COUNT: usize> Arithmetic for Chunked<F, R, COUNT> {
    #[inline(always)]
    fn root(mut self) -> Self {
        for register in &mut self.0 {
            // SAFETY: the vector exists, see [`Vector`].
            *register = unsafe { register.sqrt() };
        }
        self
    }
}

macro_rules! operator {
    ($($trait:ident $method:ident)*) => {$(
        impl<F: Real, R: Register<F>, const COUNT: usize> $trait for Chunked<F, R, COUNT> {
            type Output = Self;
            #[inline(always)]
            fn $method(mut self, other: Self) -> Self {
                for (a, b) in self.0.iter_mut().zip(other.0) {
                    // SAFETY: the vectors exist, see [`Vector`].
                    *a = unsafe { Register::$method(*a, b) };
                }
                self
            }
        }
    )*};
}

operator!(Add add Sub sub Mul mul Div div);

/// The vectors of a number for each level.
pub trait Vectors: Sized {
    /// Any processor.
    type Plain: Vector<Self>;
    /// AVX2.
    #[cfg(target_arch = "x86_64")]
    type Avx2: Vector<Self>;
    /// AVX-512.
    #[cfg(target_arch = "x86_64")]
    type Avx512: Vector<Self>;
}

impl Vectors for f32 {
    type Plain = Chunked<Self, [Self; 4], 4>;
    #[cfg(target_arch = "x86_64")]
    type Avx2 = Chunked<Self, std::arch::x86_64::__m256, 2>;
    #[cfg(target_arch = "x86_64")]
    type Avx512 = Chunked<Self, std::arch::x86_64::__m512, 1>;
}

impl Vectors for f64 {
    type Plain = Chunked<Self, [Self; 4], 4>;
    #[cfg(target_arch = "x86_64")]
    type Avx2 = Chunked<Self, std::arch::x86_64::__m256d, 4>;
    #[cfg(target_arch = "x86_64")]
    type Avx512 = Chunked<Self, std::arch::x86_64::__m512d, 2>;
}
