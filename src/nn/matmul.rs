//! Matrix products, row by row, on one thread: `c = a b + bias`, `c = a^T b` and `c = a b^T`.
//!
//! A strip of `b`, at most 256 rows and two vector registers wide, is copied side by side (it then fits the first-level
//! cache); tiles of `a` run over it, their results in registers. That is the inner half of Goto and van de Geijn's
//! scheme ("Anatomy of high-performance matrix multiplication", 2008); the outer half, which copies `a` as well, is left
//! out, since the matrices of a laboratory fit the second-level cache.
//!
//! The crate `gemm` was measured and not taken: it allocates a buffer in every product, and was slower at most shapes and
//! faster at none (256 x 784 x 512 in f32 on one core with AVX-512: 100 to 111 GFLOP/s against 158; 32 x 16 x 16: 0.29
//! microseconds against 0.2). Nothing here allocates after [`Multiplier::new`], starts threads, or lets the result depend
//! on anything but the numbers and the kind of processor.
#![allow(unsafe_code)] // calls of functions compiled for detected processor features, vector registers, one unchecked index
#![allow(clippy::inline_always)] // what is not inlined into such a function is compiled for the plainest processor

mod registers;
mod tiles;

use crate::program::{Aligned, Real};

/// Rows of `b` that a strip holds at most: 256 rows of 128 bytes fill two thirds of a 48 KiB first-level cache.
const DEPTH: usize = 256;

/// The most columns that a strip has, over all kernels: two registers of 16.
const WIDEST: usize = 32;

/// One product, with the places of the operands' elements made uniform.
struct Product<'a, F> {
    a: &'a [F],
    /// Element (i, p) of the left operand is `a[i * row + p * step]`.
    row: usize,
    step: usize,
    b: &'a [F],
    /// Whether `b` is `[n, k]` and to be read across.
    b_transposed: bool,
    /// Added to every row of `c`.
    bias: Option<&'a [F]>,
    /// Where the sums of the columns of the right operand go.
    sums: Option<&'a mut [F]>,
    c: &'a mut [F],
    m: usize,
    k: usize,
    n: usize,
}

/// A whole product, compiled for one kind of processor. Unsafe to call on another.
type Kernel<F> = unsafe fn(&mut Product<F>, &mut [F]);

/// Multiplies matrices with the best instructions that the processor has, in memory of its own.
#[derive(Debug, Clone)]
pub struct Multiplier<F: Real> {
    kernel: Kernel<F>,
    strip: Aligned<F>,
}

impl<F: Real> Default for Multiplier<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: Real> Multiplier<F> {
    /// Detects the processor and allocates the strip.
    pub fn new() -> Self {
        Self { kernel: kernels().next().unwrap_or(registers::plain), strip: Aligned::zeros(DEPTH * WIDEST) }
    }

    /// `c = a b`, plus `bias` in every row: `a` is `[m, k]`, `b` `[k, n]`, `bias` `[n]`, `c` `[m, n]`.
    pub fn ab(&mut self, a: &[F], b: &[F], bias: Option<&[F]>, c: &mut [F], [m, k, n]: [usize; 3]) {
        self.run(Product { a, row: k, step: 1, b, b_transposed: false, bias, sums: None, c, m, k, n });
    }

    /// `c = a^T b`, and if wanted the sums of the columns of `b`: `a` is `[k, m]`, `b` `[k, n]`, `c` `[m, n]`, `sums`
    /// `[n]`. With the input `x` as `a` and `dy` as `b` these are a layer's `dW` and `db`.
    pub fn at_b(&mut self, a: &[F], b: &[F], sums: Option<&mut [F]>, c: &mut [F], [m, k, n]: [usize; 3]) {
        self.run(Product { a, row: 1, step: m, b, b_transposed: false, bias: None, sums, c, m, k, n });
    }

    /// `c = a b^T`: `a` is `[m, k]`, `b` `[n, k]`, `c` `[m, n]`.
    pub fn a_bt(&mut self, a: &[F], b: &[F], c: &mut [F], [m, k, n]: [usize; 3]) {
        self.run(Product { a, row: k, step: 1, b, b_transposed: true, bias: None, sums: None, c, m, k, n });
    }

    fn run(&mut self, mut product: Product<F>) {
        let Product { a, b, c, m, k, n, .. } = &product;
        assert!(
            a.len() == m * k && b.len() == k * n && c.len() == m * n,
            "the operands' lengths do not fit {m}x{k}x{n}"
        );
        assert!(product.bias.is_none_or(|bias| bias.len() == *n), "the bias does not have {n} elements");
        assert!(product.sums.as_ref().is_none_or(|sums| sums.len() == *n), "the sums do not have {n} elements");
        // SAFETY: `kernels` names only kernels whose instructions this processor has.
        unsafe { (self.kernel)(&mut product, &mut self.strip) }
    }
}

/// The kernels that this processor can run, best first; the plain one is always the last.
fn kernels<F: Real>() -> impl Iterator<Item = Kernel<F>> {
    let mut named: [Option<Kernel<F>>; 4] = [None; 4];
    #[cfg(target_arch = "x86_64")]
    {
        /// `kernel` if `F` is the type that it was made for: the cast is then one to the same type.
        fn same<F: Real, G: Real>(kernel: Kernel<G>) -> Option<Kernel<F>> {
            (&kernel as &dyn std::any::Any).downcast_ref::<Kernel<F>>().copied()
        }
        if is_x86_feature_detected!("avx512f") {
            named[0] = same(registers::x86::f32_avx512 as Kernel<f32>);
            named[1] = same(registers::x86::f64_avx512 as Kernel<f64>);
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            named[2] = same(registers::x86::f32_avx2 as Kernel<f32>);
            named[3] = same(registers::x86::f64_avx2 as Kernel<f64>);
        }
    }
    named.into_iter().flatten().chain([registers::plain as Kernel<F>])
}

#[cfg(test)]
mod tests;
