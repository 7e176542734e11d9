//! The heap, counted: what each thread has asked of it, by which a script's memory and work are bounded. Counts depend on
//! what a program does and never on the machine it does it on. Knows nothing of who asks, and never refuses anything.
#![allow(unsafe_code)] // an allocator can be installed in no other way

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, which counts. A program installs it with
/// `#[global_allocator] static HEAP: optlab::heap::Counting = optlab::heap::Counting;`; one that does not has scripts that
/// are bounded by their operations and their tensors alone.
#[derive(Debug, Clone, Copy)]
pub struct Counting;

/// What one thread has asked for since it began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bytes asked for less bytes given back; below 0 where it gave back more of another thread's.
    pub held: i64,
    /// Bytes asked for, those given back included.
    pub bytes: u64,
    /// Blocks asked for, those given back included. A block that grows is asked for again.
    pub blocks: u64,
}

thread_local! {
    // Never destroyed, so that a thread that ends may still give back.
    static COUNTS: Cell<Counts> = const { Cell::new(Counts { held: 0, bytes: 0, blocks: 0 }) };
}

/// The counts of this thread.
pub fn counts() -> Counts {
    COUNTS.get()
}

fn asked(size: usize, instead_of: usize) {
    let Counts { held, bytes, blocks } = COUNTS.get();
    COUNTS.set(Counts {
        held: held.wrapping_add(size as i64).wrapping_sub(instead_of as i64),
        bytes: bytes.wrapping_add(size as u64),
        blocks: blocks.wrapping_add(1),
    });
}

// SAFETY: every call is handed on to the system's allocator as it came; the counters neither allocate nor are destroyed.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        asked(layout.size(), 0);
        // SAFETY: the caller's promise is handed on as it is.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        asked(layout.size(), 0);
        // SAFETY: the caller's promise is handed on as it is.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        let now = COUNTS.get();
        COUNTS.set(Counts { held: now.held.wrapping_sub(layout.size() as i64), ..now });
        // SAFETY: the caller's promise is handed on as it is.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        asked(size, layout.size());
        // SAFETY: the caller's promise is handed on as it is.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_thread_asks_for_is_counted_and_what_another_one_does_is_not() {
        let before = counts();
        let block = std::hint::black_box(vec![0_u8; 100]);
        let after = counts();
        let change = (after.held - before.held, after.bytes - before.bytes, after.blocks - before.blocks);
        assert_eq!(change, (100, 100, 1));
        drop(block);
        assert_eq!(counts(), Counts { held: before.held, ..after });
        let elsewhere = std::thread::spawn(|| {
            drop(std::hint::black_box(vec![0_u8; 1000]));
            counts().bytes
        });
        let here = counts().bytes;
        assert!(elsewhere.join().unwrap() >= 1000);
        // Only what waiting for it takes.
        assert!(counts().bytes - here < 1000);
    }
}
