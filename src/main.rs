//! The binary: calls the command line and gives its exit code.

use std::process::ExitCode;

/// Counts what scripts ask for, by which they are bounded.
#[global_allocator]
static HEAP: optlab::heap::Counting = optlab::heap::Counting;

fn main() -> ExitCode {
    ExitCode::from(optlab::cli::run())
}
