//! What the command line says: errors as rustc draws them, and text that may be cut short by a closed pipe.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Error;
use crate::snapshot::Divergence;

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

/// A warning with its place, on standard error.
pub(super) fn warning(warning: &Error) {
    note(&warning.render(false).replacen("error", "warning", 1));
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
    let gone = |error: &std::io::Error| error.kind() == std::io::ErrorKind::BrokenPipe;
    let flushed = std::io::stdout().flush().or_else(|error| if gone(&error) { Ok(()) } else { Err(error) });
    let written = flushed.is_ok() && !LOST.load(Ordering::Relaxed);
    (!written).then(|| errors(&[Error::user("standard output cannot be written").help("is the disk full?")]))
}

/// A line on standard error.
pub(super) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Steps on a line of [`recent`]: as many as 80 columns hold.
const ACROSS: usize = 8;

/// The losses and gradient norms of the steps before a divergence on standard error, newest last.
pub(super) fn recent(divergence: &Divergence) {
    let count = divergence.losses.len();
    if count == 0 {
        return note("no step was made before it");
    }
    let steps = if count == 1 { "step".to_owned() } else { format!("{count} steps") };
    note(&format!("the last {steps} before it, newest last:"));
    let row = |values: &[f64]| -> String {
        let cells: Vec<String> = values.iter().map(|value| format!("{:>8}", short(*value))).collect();
        cells.concat()
    };
    let rows = divergence.losses.chunks(ACROSS).zip(divergence.grad_norms.chunks(ACROSS));
    for (at, (losses, norms)) in rows.enumerate() {
        note(&format!("{:>8}  loss{}", divergence.first_step() + (at * ACROSS) as u64, row(losses)));
        note(&format!("          |dW|{}", row(norms)));
    }
}

/// Three digits in at most seven characters.
fn short(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || (1e-3..1e4).contains(&size) {
        let whole = if size < 1.0 { 1 } else { libm::log10(size) as usize + 1 };
        format!("{value:.*}", 4_usize.saturating_sub(whole))
    } else {
        format!("{value:.1e}")
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn short_numbers_are_short() {
        let shown = [0.0, 0.00123, 0.25, -9.876, 1234.5, 12345.0, -1.5e-300, f64::MAX, f64::INFINITY].map(super::short);
        assert_eq!(shown, ["0.000", "0.001", "0.250", "-9.876", "1234", "1.2e4", "-1.5e-300", "1.8e308", "inf"]);
    }
}
