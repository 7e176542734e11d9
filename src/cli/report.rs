//! What the command line says, and the one gate through which it leaves: whatever a file, a script, a name or an argument
//! brought with it is scrubbed here. Errors are drawn as rustc does it; text may be cut short by a closed pipe.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::error::{self, Error, and_more, dumb_terminal};
use crate::snapshot::Divergence;

/// A line was lost on its way to standard output.
static LOST: AtomicBool = AtomicBool::new(false);

/// Problems and warnings together that one command shows.
const MOST: usize = 20;
/// How many of them may be warnings: they come first, and errors must find room.
const WARNINGS: usize = 10;
/// Bytes of all of them. Somewhat less than 20 kB, so that the counts of the others fit into these.
const BYTES: usize = 19_500;

/// What this command has said of what is wrong.
struct Said {
    shown: usize,
    bytes: usize,
    /// Errors that were found and not shown.
    errors: u64,
    /// Warnings that were found and not shown.
    warnings: u64,
}

static SAID: Mutex<Said> = Mutex::new(Said { shown: 0, bytes: 0, errors: 0, warnings: 0 });

/// Notes so many bytes to be shown, unless it is too much: then nothing is to be shown.
fn fits(said: &mut Said, bytes: usize, most: usize) -> bool {
    let fits = said.shown < most && said.bytes + bytes <= BYTES;
    if fits {
        said.shown += 1;
        said.bytes += bytes;
    }
    fits
}

/// A text and a line end on standard output. A reader that went away (`optlab list | head`) is no error.
fn out(clean: &str) {
    let written = writeln!(std::io::stdout(), "{clean}");
    if written.is_err_and(|error| error.kind() != std::io::ErrorKind::BrokenPipe) {
        LOST.store(true, Ordering::Relaxed);
    }
}

/// A text and a line end on standard error, in one write: lines of two programs do not mix.
fn err(clean: &str) {
    let _ = std::io::stderr().write_all(format!("{clean}\n").as_bytes());
}

/// What standard error shows is seen by a person, who may want colours.
fn coloured() -> bool {
    is_watched() && are_wanted()
}

/// Nobody has said that there are to be no colours.
fn are_wanted() -> bool {
    dumb_terminal().is_none() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Standard error is a terminal, on which a line can be written over.
pub(super) fn is_watched() -> bool {
    std::io::stderr().is_terminal() && dumb_terminal().is_none()
}

/// Prints errors on standard error, as long as there are not too many; the exit code is the worst one's.
pub(super) fn errors(errors: &[Error]) -> u8 {
    let colour = coloured();
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    let mut gap = "";
    for error in errors {
        said.errors += error.left_out();
        if error.left_out() > 0 {
            continue;
        }
        // Nothing is drawn that will not be shown.
        let drawn = if said.shown < MOST { error.render(colour) } else { String::new() };
        let text = error::scrub_painted(&format!("{gap}{drawn}"));
        if fits(&mut said, text.len() + 1, MOST) {
            err(&text);
            gap = "\n";
        } else {
            said.errors += 1;
        }
    }
    errors.iter().map(Error::exit_code).max().unwrap_or(0)
}

/// A warning with its place, on standard error, as long as there are not too many.
pub(super) fn warning(warning: &Error) {
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    let text = warning.render(false).replacen("error", "warning", 1);
    if fits(&mut said, text.len() + 1, WARNINGS) {
        note(&text);
    } else {
        said.warnings += 1;
    }
}

/// Says how many problems were found beside those that were shown: the last that a command says of what is wrong.
pub(super) fn rest() {
    let said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    for (count, what) in [(said.errors, "problem"), (said.warnings, "warning")] {
        if count > 0 {
            note(&format!("\n{}", and_more(count, what)));
        }
    }
}

/// A line on standard output.
pub(super) fn line(text: &str) {
    out(&error::scrub(text));
}

/// A line on standard error.
pub(super) fn note(text: &str) {
    err(&error::scrub(text));
}

/// One line of JSON on standard output.
pub(super) fn json(value: &serde_json::Value) {
    out(&error::json_text(value));
}

/// What clap says: help and version on standard output, an error, which repeats arguments, on standard error. Gives the
/// exit code.
pub(super) fn usage(said: &clap::Error) -> u8 {
    // An argument could feign colours of clap's own, so where one has anything hidden in it none are shown.
    let hidden = |argument: std::ffi::OsString| argument.to_string_lossy().contains(error::is_hidden);
    let plain = std::env::args_os().any(hidden);
    let text = |colour: bool| {
        let rendered = said.render();
        if colour && !plain {
            error::scrub_painted(&rendered.ansi().to_string())
        } else {
            error::scrub(&rendered.to_string())
        }
    };
    if said.use_stderr() {
        let whole = text(coloured());
        let short = |line: &str| {
            if line.len() > 400 { line.chars().take(400).chain("...".chars()).collect() } else { line.to_owned() }
        };
        // A long argument is repeated in part.
        let lines = |whole: &str| whole.lines().map(short).collect::<Vec<String>>().join("\n");
        err(if whole.len() > BYTES { lines(&text(false)) } else { whole }.trim_end());
        return 2;
    }
    out(text(std::io::stdout().is_terminal() && are_wanted()).trim_end());
    0
}

/// What is said of a panic leaves by the gate, too: it may quote a text. With `RUST_BACKTRACE` it is the system's own message.
pub(super) fn panics() {
    if std::env::var_os("RUST_BACKTRACE").is_none() {
        std::panic::set_hook(Box::new(|info| note(&format!("optlab has a fault of its own: {info}"))));
    }
}

/// What was to be printed could not be, for another reason than a reader that went away: says so once at the end.
pub(super) fn lost() -> Option<u8> {
    let gone = |error: &std::io::Error| error.kind() == std::io::ErrorKind::BrokenPipe;
    let flushed = std::io::stdout().flush().or_else(|error| if gone(&error) { Ok(()) } else { Err(error) });
    let written = flushed.is_ok() && !LOST.load(Ordering::Relaxed);
    (!written).then(|| errors(&[Error::user("standard output cannot be written").help("is the disk full?")]))
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
