//! Matrix products, row by row, on one thread: `c = a b + bias`, `c = a^T b` and `c = a b^T`.
//!
//! A strip of `b`, at most 256 rows and two vector registers wide, is copied side by side (it then fits the first-level
//! cache); tiles of `a` run over it, their results in registers. That is the inner half of Goto and van de Geijn's
//! scheme ("Anatomy of high-performance matrix multiplication", 2008); the outer half, which copies `a` as well, is left
//! out, since the matrices of a laboratory fit the second-level cache.
//!
//! The crate `gemm` was measured and not taken: it allocates a buffer in every product, and on AVX-512 it was slower at
//! all shapes of interest (100 GFLOP/s against 158 at 256 x 784 x 512, 0.29 microseconds against 0.2 at 32 x 16 x 16). Nothing here allocates after
//! [`Multiplier::new`], starts threads, or lets the result depend on anything but the numbers and the kind of processor.
#![allow(unsafe_code)] // calls of functions compiled for processor features that were detected, and one unchecked index

use std::array;
use std::ops::Range;

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
        Self { kernel: kernels().next().unwrap_or(multiply_plain), strip: Aligned::zeros(DEPTH * WIDEST) }
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
        assert!(a.len() == m * k && b.len() == k * n && c.len() == m * n, "the operands' lengths do not fit {m}x{k}x{n}");
        assert!(product.bias.is_none_or(|bias| bias.len() == *n), "the bias does not have {n} elements");
        assert!(product.sums.as_ref().is_none_or(|sums| sums.len() == *n), "the sums do not have {n} elements");
        // SAFETY: `kernels` names only kernels whose instructions this processor has.
        unsafe { (self.kernel)(&mut product, &mut self.strip) }
    }
}

/// A vector register of elements. Explicit, because left to itself the compiler made gathers across rows of the
/// tile's loops, thirty times slower.
trait Register<F>: Copy {
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

/// The same for tiles of 4 rows by one or two such registers.
fn multiply_plain<F: Real>(product: &mut Product<F>, strip: &mut [F]) {
    // SAFETY: needs no instructions beyond the target's own.
    unsafe { multiply::<F, [F; 4], 4, 4, 8>(product, strip) }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
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
    kernel!(f32_avx512, f32, __m512, 16, 8, "avx512f", _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_fmadd_ps);
    kernel!(f64_avx512, f64, __m512d, 8, 8, "avx512f", _mm512_set1_pd, _mm512_loadu_pd, _mm512_storeu_pd, _mm512_fmadd_pd);
    // AVX2 has 16 registers: 12 for sums, 2 for `b`, 1 for `a`.
    kernel!(f32_avx2, f32, __m256, 8, 6, "avx2,fma", _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_fmadd_ps);
    kernel!(f64_avx2, f64, __m256d, 4, 6, "avx2,fma", _mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_fmadd_pd);
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
            named[0] = same(x86::f32_avx512 as Kernel<f32>);
            named[1] = same(x86::f64_avx512 as Kernel<f64>);
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            named[2] = same(x86::f32_avx2 as Kernel<f32>);
            named[3] = same(x86::f64_avx2 as Kernel<f64>);
        }
    }
    named.into_iter().flatten().chain([multiply_plain as Kernel<F>])
}

/// The product, strip by strip. Inlined into each kernel, so that all of it is compiled for that processor. `R` holds
/// `W` lanes, `NR` is twice that.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
unsafe fn multiply<F: Real, R: Register<F>, const MR: usize, const W: usize, const NR: usize>(
    product: &mut Product<F>,
    strip: &mut [F],
) {
    let (k, n) = (product.k, product.n);
    if product.m == 0 || n == 0 {
        return;
    }
    // Blocks of equal depth, rather than full ones and a small rest; one empty block if there is nothing to sum.
    let blocks = k.div_ceil(DEPTH).max(1);
    let depth = k.div_ceil(blocks);
    for block in 0..blocks {
        let rows = (block * depth).min(k)..((block + 1) * depth).min(k);
        let mut column = 0;
        while column < n {
            // SAFETY: the caller's promise.
            unsafe {
                if n - column > W {
                    multiply_strip::<F, R, MR, 2, NR>(product, strip, rows.clone(), column);
                    column += NR;
                } else {
                    multiply_strip::<F, R, MR, 1, W>(product, strip, rows.clone(), column);
                    column += W;
                }
            }
        }
    }
}

/// Adds to `c` (or, with the first rows, starts it with) the product of all rows of `a` and one strip of `b`, which is
/// `V` registers or `NR` elements wide.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
unsafe fn multiply_strip<F: Real, R: Register<F>, const MR: usize, const V: usize, const NR: usize>(
    product: &mut Product<F>,
    strip: &mut [F],
    rows: Range<usize>,
    column: usize,
) {
    let (m, k, n) = (product.m, product.k, product.n);
    let width = NR.min(n - column);
    let strip = &mut strip.as_chunks_mut::<NR>().0[..rows.len()];
    copy_strip(product, strip, rows.clone(), column);
    if let Some(sums) = &mut product.sums {
        sum_columns(strip, &mut sums[column..column + width], rows.start == 0);
    }
    let mut start = [F::ZERO; NR];
    if let Some(bias) = product.bias {
        start[..width].copy_from_slice(&bias[column..column + width]);
    }
    // A lone strip may write whole registers: what spills over the end of a row is the next row's place, written later.
    let whole_rows = width == NR || (n <= NR && k <= DEPTH);
    let c = &mut *product.c;
    for first in (0..m).step_by(MR) {
        let height = MR.min(m - first);
        // A tile that hangs over the last row computes that row several times and stores it once.
        let offsets = array::from_fn(|i| (first + i.min(height - 1)) * product.row + rows.start * product.step);
        let at = first * n + column;
        let whole = whole_rows && height == MR && at + (MR - 1) * n + NR <= c.len();
        // The edges go through memory, since registers cannot be chosen by a number known only at run time.
        // SAFETY: the caller's promise.
        unsafe {
            let mut sums = [load::<F, R, V, NR>(&start); MR];
            if rows.start > 0 {
                if whole {
                    sums = array::from_fn(|i| load::<F, R, V, NR>(&c[at + i * n..]));
                } else {
                    let mut tile = [start; MR];
                    copy_rows(&c[at..], n, tile.as_flattened_mut(), NR, [height, width]);
                    sums = array::from_fn(|i| load::<F, R, V, NR>(&tile[i]));
                }
            }
            let sums = multiply_tile::<F, R, MR, V, NR>(product.a, offsets, product.step, strip, sums);
            if whole {
                for i in 0..MR {
                    store::<F, R, V, NR>(&sums[i], &mut c[at + i * n..]);
                }
            } else {
                let mut tile = [start; MR];
                for i in 0..MR {
                    store::<F, R, V, NR>(&sums[i], &mut tile[i]);
                }
                copy_rows(tile.as_flattened(), NR, &mut c[at..], n, [height, width]);
            }
        }
    }
}

/// Copies `height` rows of `width` elements between places with rows of different lengths.
#[inline(always)]
fn copy_rows<F: Real>(from: &[F], from_row: usize, to: &mut [F], to_row: usize, [height, width]: [usize; 2]) {
    for (from, to) in from.chunks(from_row).zip(to.chunks_mut(to_row)).take(height) {
        to[..width].copy_from_slice(&from[..width]);
    }
}

/// Adds `a(i, p) * strip[p]`, summed over p, to `sums[i]`, where `a(i, p)` is `a[offsets[i] + p * step]` and no offset is
/// larger than the last.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
unsafe fn multiply_tile<F: Real, R: Register<F>, const MR: usize, const V: usize, const NR: usize>(
    a: &[F],
    offsets: [usize; MR],
    step: usize,
    strip: &[[F; NR]],
    mut sums: [[R; V]; MR],
) -> [[R; V]; MR] {
    let Some(last) = strip.len().checked_sub(1) else { return sums };
    assert!(offsets[MR - 1] + last * step < a.len(), "a tile reaches past the left operand");
    let mut at = 0;
    for row in strip {
        // SAFETY: the caller's promise; `at` is at most `last * step`, so the assertion covers the row with the largest
        // offset and with it every row.
        unsafe {
            let b = load::<F, R, V, NR>(row);
            for i in 0..MR {
                let x = R::splat(*a.get_unchecked(offsets[i] + at));
                for v in 0..V {
                    sums[i][v] = sums[i][v].add_product(x, b[v]);
                }
            }
        }
        at += step;
    }
    sums
}

/// The first `NR` elements as `V` registers.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
unsafe fn load<F, R: Register<F>, const V: usize, const NR: usize>(from: &[F]) -> [R; V] {
    const { assert!(V * R::LANES == NR) };
    let from = &from[..NR];
    // SAFETY: the caller's promise; the slice holds exactly these registers.
    array::from_fn(|v| unsafe { R::load(from.as_ptr().add(v * R::LANES)) })
}

/// `V` registers to the first `NR` elements.
///
/// # Safety
/// The processor must have the instructions of `R`.
#[inline(always)]
unsafe fn store<F, R: Register<F>, const V: usize, const NR: usize>(registers: &[R; V], to: &mut [F]) {
    const { assert!(V * R::LANES == NR) };
    let to = &mut to[..NR];
    for (v, register) in registers.iter().enumerate() {
        // SAFETY: the caller's promise; the slice holds exactly these registers.
        unsafe { register.store(to.as_mut_ptr().add(v * R::LANES)) }
    }
}

/// Copies rows `rows` and columns `column..column + NR` of the right operand. Columns past the last one are filled with
/// what is at hand: their results are never stored.
#[inline(always)]
fn copy_strip<F: Real, const NR: usize>(product: &Product<F>, strip: &mut [[F; NR]], rows: Range<usize>, column: usize) {
    let (b, k, n) = (product.b, product.k, product.n);
    if product.b_transposed {
        for (j, row) in b[column * k..].chunks_exact(k.max(1)).take(NR).enumerate() {
            for (strip, value) in strip.iter_mut().zip(&row[rows.clone()]) {
                strip[j] = *value;
            }
        }
    } else {
        for (strip, p) in strip.iter_mut().zip(rows) {
            let row = &b[p * n + column..];
            match row.first_chunk::<NR>() {
                Some(whole) => *strip = *whole,
                None => strip[..row.len()].copy_from_slice(row),
            }
        }
    }
}

/// Adds the strip's rows to `sums`, which are 0 before the first.
#[inline(always)]
fn sum_columns<F: Real, const NR: usize>(strip: &[[F; NR]], sums: &mut [F], first: bool) {
    let mut total = [F::ZERO; NR];
    if !first {
        total[..sums.len()].copy_from_slice(sums);
    }
    for row in strip {
        for (total, value) in total.iter_mut().zip(row) {
            *total += *value;
        }
    }
    sums.copy_from_slice(&total[..sums.len()]);
}

#[cfg(test)]
mod tests;
