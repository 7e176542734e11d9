//! Reading ahead: lines of memory that will be needed soon are asked for early.
//!
//! The processor does so by itself along a line of addresses, but not beyond the end of a page, and not across the rows of
//! a matrix, where each is on another page. It changes no number, and a wrong address does nothing.

/// Asks for the line of memory at an address, which will be read.
#[inline(always)]
pub fn reading<F>(at: *const F) {
    ask::<false, F>(at);
}

/// Asks for the line of memory at an address, which will be written.
#[inline(always)]
pub fn writing<F>(at: *const F) {
    ask::<true, F>(at);
}

#[inline(always)]
#[cfg_attr(not(target_arch = "x86_64"), expect(unused_variables, reason = "no hint is known for other processors"))]
fn ask<const WRITTEN: bool, F>(at: *const F) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: an x86-64 processor has the instruction, or takes the hint for writing for one that does nothing; it never
    // fails, whatever the address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_ET0, _MM_HINT_T0, _mm_prefetch};
        if WRITTEN { _mm_prefetch::<_MM_HINT_ET0>(at.cast()) } else { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
    }
}

/// Asks for a chunk that will be read, so many bytes behind an address.
#[inline(always)]
pub(super) fn chunk<F>(at: *const F, bytes: usize) {
    let at = at.wrapping_byte_add(bytes);
    (0..super::LANES).step_by(line::<F>()).for_each(|i| reading(at.wrapping_add(i)));
}

/// Numbers in a line of memory.
pub const fn line<F>() -> usize {
    64 / size_of::<F>()
}
