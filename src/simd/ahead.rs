//! Reading ahead: lines of memory that will be needed soon are asked for early.
//!
//! The processor does so by itself along a line of addresses, but not beyond the end of a page, and not across the rows of
//! a matrix, where each is on another page. It changes no number, and a wrong address does nothing.

/// Asks for the line of memory at an address, which will be read.
#[inline(always)]
#[cfg_attr(not(target_arch = "x86_64"), expect(unused_variables, reason = "no hint is known for other processors"))]
pub fn reading<F>(at: *const F) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 processor has the instruction, which never fails, whatever the address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(at.cast());
    }
}

/// Asks for the line of memory at an address, which will be written. If another core has read it, it has to be told to
/// forget it, and a line that was asked for to be read waits for that when it is written.
///
/// By hand, since the compiler makes a hint to read of the intrinsic unless the processor is known to have this one.
/// `known` says that it has, or does nothing instead: all that have AVX2. Others are given a hint to read.
#[inline(always)]
#[cfg_attr(not(target_arch = "x86_64"), expect(unused_variables, reason = "no hint is known for other processors"))]
#[allow(clippy::pointers_in_nomem_asm_block)] // a hint reads and writes nothing that the program could see
pub fn writing<F>(at: *const F, known: bool) {
    #[cfg(target_arch = "x86_64")]
    if known {
        // SAFETY: `known` says that the processor has the instruction, which never fails, whatever the address.
        return unsafe { std::arch::asm!("prefetchw [{}]", in(reg) at, options(nomem, nostack, preserves_flags)) };
    }
    reading(at);
}

/// Numbers in a line of memory.
pub const fn line<F>() -> usize {
    64 / size_of::<F>()
}
