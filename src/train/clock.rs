//! The clock, as training reads it: counted, so that a test can tell that a step does not.

use std::cell::Cell;
use std::time::Instant;

thread_local! {
    static READS: Cell<u64> = const { Cell::new(0) };
}

/// Now.
pub(super) fn now() -> Instant {
    READS.set(READS.get() + 1);
    Instant::now()
}

/// How often this thread has asked.
pub(super) fn reads() -> u64 {
    READS.get()
}
