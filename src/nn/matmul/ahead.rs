//! Reading ahead: lines of memory that will be needed soon are asked for early.
//!
//! The processor does so by itself along a line of addresses, and not across the rows of a matrix, where each is on another
//! page. It changes no number, and a wrong address does nothing.

/// Asks for the line of memory at an address, which will be read.
#[inline(always)]
pub(super) fn reading<F>(at: *const F) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 processor has the instruction, and it never fails, whatever the address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(at.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}

/// Asks for the line of memory at an address, which will be written.
#[inline(always)]
pub(super) fn writing<F>(at: *const F) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: as above; a processor that does not know the hint takes the instruction for one that does nothing.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_ET0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_ET0>(at.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}

/// Numbers in a line of memory.
pub(super) const fn line<F>() -> usize {
    64 / size_of::<F>()
}
