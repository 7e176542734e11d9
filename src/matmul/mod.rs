//! Matrix products, row by row, on one thread: `c = a b + bias`, `c = a^T b` and `c = a b^T`.
//!
//! That is the scheme of Goto and van de Geijn ("Anatomy of high-performance matrix multiplication", 2008): `NC` columns of
//! `b`, `KC` terms deep, are packed into micro-panels of one to four vector registers, which stay in the second-level cache.
//! `MR` rows of `a` at a time, which stay in the first, run over all micro-panels of `b`, and the micro-kernel holds their
//! results in registers. As little is packed as can be: `b` is read where it lies if it is small or micro-panels are several
//! lines wide, and `MC` rows of `a` are packed only where they lie across, as in `a^T b`, and are too many for the first-level
//! cache. What needs no turning is packed by the first micro-kernel that reads it, beside its multiply-adds.
//!
//! The crate `gemm` was measured and not taken: it allocates a buffer in every product, and is faster by a few per cent at
//! most shapes on AVX2 and slower at most with AVX-512 (`cargo bench --bench step -- products`). Nothing here allocates
//! after [`Multiplier::new`] (only a copy does, when it first needs room), starts threads (large products are shared among
//! those of the rayon pool that it is called in, if it was made to), or lets the result depend on anything but the numbers:
//! every element is the sum of the same products in the same order, each product added with one rounding, at every [`Level`].
#![allow(unsafe_code)] // calls of functions compiled for detected processor features, vector registers, one unchecked index
#![allow(clippy::inline_always)] // what is not inlined into such a function is compiled for the plainest processor

mod balance;
mod blocks;
mod micro_kernel;
mod narrow;
mod packing;
mod registers;

use std::sync::atomic::{AtomicBool, Ordering};

use balance::Balance;

use crate::simd::{Aligned, Float, Level};

/// The most terms that are summed in registers, before `c` takes a part.
const KC: usize = 512;
/// Columns of `b` that are copied side by side: with the terms above 256 KiB of `f32`, half of a second-level cache.
const NC: usize = 128;
/// Numbers of packed `b` that may be more columns than that, if they have few terms.
const SHALLOW: usize = 8192;
/// Numbers of a left operand that lies across which are copied side by side: another 280 KiB.
const PACKED_A: usize = 72_000;

/// Numbers of an operand that are read where they lie: they stay in the nearest caches.
const IN_PLACE: usize = 16_384;

/// Memory for copies of the operands. Pages that no product needs are never touched.
#[derive(Debug)]
struct Room<F: Float> {
    packed_b: Aligned<F>,
    packed_a: Aligned<F>,
    /// Between the threads before this room's, as far as a product is parted there, and those from it on.
    balance: Balance,
}

/// Multiply-adds from which a product is shared where there are threads: some ten microseconds of work.
const SHARED: usize = 500_000;

/// Multiply-adds from which a product is worth threads of its own: forty microseconds of work.
const LARGE: usize = 2_000_000;

/// Rows at whose multiples a product is parted among threads: as many as the tallest tile has.
const TALLEST: usize = 8;

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

/// A whole product, compiled for one level. Unsafe to call where the processor does not have it.
type Kernel<F> = unsafe fn(&mut Product<F>, &mut Room<F>);

/// Multiplies matrices with the best instructions that the processor has, in memory of its own.
#[derive(Debug)]
pub struct Multiplier<F: Float> {
    kernel: Kernel<F>,
    /// One for each thread that may work.
    rooms: Vec<Room<F>>,
}

impl<F: Float> Clone for Multiplier<F> {
    /// Nothing is kept from product to product, so a copy has room of its own.
    fn clone(&self) -> Self {
        Self { kernel: self.kernel, rooms: self.rooms.iter().map(|_| Room::growing()).collect() }
    }
}

impl<F: Float> Room<F> {
    fn new() -> Self {
        // Micro-panels of every width fill `NC` columns or are fewer, and `MC` is cut to the room for packed `a`.
        let [packed_b, packed_a] = [KC * NC, PACKED_A].map(Aligned::zeros);
        Self { packed_b, packed_a, balance: Balance::default() }
    }

    /// Room that grows as products need it: a network for an evaluation has its own, in memory that was used before and has
    /// to be cleared, and most labs need little of it.
    fn growing() -> Self {
        Self { packed_b: Aligned::default(), packed_a: Aligned::default(), balance: Balance::default() }
    }
}

/// Room for at least so many numbers, whatever they are.
#[inline(always)]
fn at_least<F: Float>(count: usize, room: &mut Aligned<F>) -> &mut [F] {
    if room.len() < count {
        grow(count, room);
    }
    &mut room[..]
}

#[cold]
fn grow<F: Float>(count: usize, room: &mut Aligned<F>) {
    // In pages, so that the next products seldom ask for more.
    *room = Aligned::zeros(count.next_multiple_of(4096 / size_of::<F>()));
}

impl<F: Float> Default for Multiplier<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: Float> Multiplier<F> {
    /// Chooses the kernel for the level in force and allocates room for copies.
    pub fn new() -> Self {
        Self::on(Level::in_force())
    }

    /// With the kernel of a level that this processor has.
    fn on(level: Level) -> Self {
        Self { kernel: kernel(level), rooms: vec![Room::new()] }
    }

    /// Large products are shared among so many threads of the rayon pool in which they are asked for; outside of a pool
    /// none is. It changes no bit of a result, since each of its elements is summed as before.
    pub fn share(&mut self, threads: usize) {
        self.rooms.resize_with(threads.max(1), Room::new);
    }

    /// Whether a product of so many multiply-adds is worth threads of its own.
    pub fn is_large(size: usize) -> bool {
        size >= LARGE
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

    fn run(&mut self, product: Product<F>) {
        let Product { a, b, c, m, k, n, .. } = &product;
        assert!(
            a.len() == m * k && b.len() == k * n && c.len() == m * n,
            "the operands' lengths do not fit {m}x{k}x{n}"
        );
        assert!(product.bias.is_none_or(|bias| bias.len() == *n), "the bias does not have {n} elements");
        assert!(product.sums.as_ref().is_none_or(|sums| sums.len() == *n), "the sums do not have {n} elements");
        if narrow::is_narrow(&product) {
            return narrow::multiply(self.kernel, product, &mut self.rooms[0]);
        }
        let shared = self.rooms.len() > 1 && m * k * n >= SHARED && rayon::current_thread_index().is_some();
        let rooms = if shared { &mut self.rooms[..] } else { &mut self.rooms[..1] };
        multiply(self.kernel, product, rooms);
    }
}

/// The product by as many threads as there are rooms, each with rows of the result.
fn multiply<F: Float>(kernel: Kernel<F>, mut product: Product<F>, rooms: &mut [Room<F>]) {
    let half = rooms.len() / 2;
    let top = match rooms.get(half) {
        Some(room) if half > 0 => room.balance.rows(product.m, half, rooms.len()) / TALLEST * TALLEST,
        _ => 0,
    };
    if let ([room], _) | ([room, ..], 0) = (&mut *rooms, top) {
        // SAFETY: the kernel is that of a level which this processor has.
        unsafe { kernel(&mut product, room) }
        return;
    }
    let Product { a, row, c, sums, m, .. } = product;
    let (c, rest) = c.split_at_mut(top * product.n);
    let (first, second) = rooms.split_at_mut(half);
    // The sums of the columns are one thread's.
    let upper = Product { c, sums, m: top, ..product };
    let lower = Product { a: &a[top * row..], c: rest, sums: None, m: m - top, ..product };
    let (done, caller) = (AtomicBool::new(false), rayon::current_thread_index());
    let (was_first, by_another) = rayon::join(
        || {
            multiply(kernel, upper, first);
            !done.swap(true, Ordering::Relaxed)
        },
        || {
            multiply(kernel, lower, second);
            done.store(true, Ordering::Relaxed);
            rayon::current_thread_index() != caller
        },
    );
    // One thread alone, while the others were busy, does the upper rows first and says nothing of speeds.
    if let (Some(room), true) = (second.first_mut(), by_another) {
        room.balance.learn(was_first);
    }
}

/// The kernel for a level that this processor has.
fn kernel<F: Float>(level: Level) -> Kernel<F> {
    #[cfg(target_arch = "x86_64")]
    {
        /// `kernel` if `F` is the type that it was made for: the cast is then one to the same type.
        fn same<F: Float, G: Float>(kernel: Kernel<G>) -> Option<Kernel<F>> {
            (&kernel as &dyn std::any::Any).downcast_ref::<Kernel<F>>().copied()
        }
        let either = |single: Kernel<f32>, double: Kernel<f64>| same(single).or_else(|| same(double));
        let wide = match level {
            Level::Portable => None,
            Level::Avx2 => either(registers::x86::f32_avx2, registers::x86::f64_avx2),
            Level::Avx512 => either(registers::x86::f32_avx512, registers::x86::f64_avx512),
        };
        wide.unwrap_or(registers::plain)
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = level;
        registers::plain
    }
}

#[cfg(test)]
mod tests;
