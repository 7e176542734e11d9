//! Chunks that will be needed soon are asked for early, see [`crate::simd::ahead`].

use super::LANES;
use crate::simd::ahead::{line, reading, writing};

/// Asks for a chunk that will be read, so many bytes behind an address.
#[inline(always)]
pub(super) fn chunk<F>(at: *const F, bytes: usize) {
    lines(at, bytes).for_each(reading);
}

/// Asks for a chunk that will be written, see [`writing`].
#[inline(always)]
pub(super) fn chunk_to_write<F>(at: *const F, bytes: usize, known: bool) {
    lines(at, bytes).for_each(|at| writing(at, known));
}

/// Where the lines of a chunk lie, so many bytes behind an address.
#[inline(always)]
fn lines<F>(at: *const F, bytes: usize) -> impl Iterator<Item = *const F> {
    let at = at.wrapping_byte_add(bytes);
    (0..LANES).step_by(line::<F>()).map(move |i| at.wrapping_add(i))
}
