//! What the command line says: errors as rustc draws them, and text that may be cut short by a closed pipe.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Error;

/// A line was lost on its way to standard output.
static LOST: AtomicBool = AtomicBool::new(false);

/// Prints errors on standard error; the exit code is the worst one's.
pub(super) fn errors(errors: &[Error]) -> u8 {
    let stderr = std::io::stderr();
    let colour = stderr.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let mut out = stderr.lock();
    for (at, error) in errors.iter().enumerate() {
        let gap = if at > 0 { "\n" } else { "" };
        let _ = writeln!(out, "{gap}{}", error.render(colour));
    }
    errors.iter().map(Error::exit_code).max().unwrap_or(0)
}

/// A line on standard output. A reader that went away (`optlab list | head`) is no error.
pub(super) fn line(text: &str) {
    let written = writeln!(std::io::stdout(), "{text}");
    if written.is_err_and(|error| error.kind() != std::io::ErrorKind::BrokenPipe) {
        LOST.store(true, Ordering::Relaxed);
    }
}

/// What was to be printed could not be, for another reason than a reader that went away: says so once at the end.
pub(super) fn lost() -> Option<u8> {
    let flushed = std::io::stdout().flush().is_ok_and(|()| !LOST.load(Ordering::Relaxed));
    (!flushed).then(|| errors(&[Error::user("standard output cannot be written").help("is the disk full?")]))
}

/// A line on standard error.
pub(super) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
