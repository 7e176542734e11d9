//! The binary: calls the command line and gives its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(optlab::cli::run())
}
