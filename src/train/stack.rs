//! Room on the stack: how much of it a thread needs in which experiments are made and stepped.

/// Rhai recurses on the stack; its limits need this much (measured: 2 MiB overflows).
pub const STACK: usize = 32 << 20;

/// Works with room on the stack for scripts, which recurse: in the same thread, on a stack of its own if there is too little
/// left of the thread's.
pub fn on_large_stack<R>(work: impl FnOnce() -> R) -> R {
    // A thread that was started with [`STACK`] has less than a megabyte in use here.
    stacker::maybe_grow(STACK - (1 << 20), STACK, work)
}
