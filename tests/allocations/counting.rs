//! The allocator of this program, which counts: for each thread by itself, and for all of them.
#![allow(unsafe_code)] // an allocator that counts can be installed in no other way

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

thread_local! {
    static OF_THIS_THREAD: Cell<usize> = const { Cell::new(0) };
}
static OF_ALL: AtomicU64 = AtomicU64::new(0);
static LIVE: AtomicI64 = AtomicI64::new(0);
static PEAK: AtomicI64 = AtomicI64::new(0);

struct Counting;

fn count(change: i64) {
    OF_THIS_THREAD.set(OF_THIS_THREAD.get() + 1);
    OF_ALL.fetch_add(1, Ordering::Relaxed);
    let live = LIVE.fetch_add(change, Ordering::Relaxed) + change;
    PEAK.fetch_max(live, Ordering::Relaxed);
}

// SAFETY: every call is passed on as it came; the counters neither allocate nor are ever destroyed.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        // SAFETY: as it came.
        // SAFETY: the caller\'s promise is handed on as it is.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as i64, Ordering::Relaxed);
        // SAFETY: as it came.
        // SAFETY: the caller\'s promise is handed on as it is.
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as i64 - layout.size() as i64);
        // SAFETY: as it came.
        // SAFETY: the caller\'s promise is handed on as it is.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations that a piece of work makes in the thread that calls.
pub fn allocations(mut work: impl FnMut()) -> usize {
    let before = OF_THIS_THREAD.get();
    work();
    OF_THIS_THREAD.get() - before
}

/// Allocations that a piece of work makes in all threads, and the most bytes that it holds above those at its start.
pub fn of_all_threads(work: impl FnOnce()) -> (u64, i64) {
    let before = (OF_ALL.load(Ordering::SeqCst), LIVE.load(Ordering::SeqCst));
    PEAK.store(before.1, Ordering::SeqCst);
    work();
    (OF_ALL.load(Ordering::SeqCst) - before.0, PEAK.load(Ordering::SeqCst) - before.1)
}

pub fn the_counters_count() {
    let work = || drop(std::hint::black_box(vec![0_u8; 100]));
    assert_eq!((allocations(work), of_all_threads(work)), (1, (1, 100)));
    // Another thread's are of all, and not of this one.
    let elsewhere = || std::thread::scope(|scope| scope.spawn(work).join().unwrap());
    let (of_all, most) = of_all_threads(elsewhere);
    let here = allocations(elsewhere) as u64;
    assert!(of_all > here && most >= 100, "{of_all} of all, {here} of this thread, {most} bytes");
}
