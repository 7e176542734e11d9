//! The terminal under the screen: taken in one place, and given back on every way out, each mode on its own.
//!
//! Frames are written by a thread of their own: a terminal that stops reading holds up that thread and nothing else.
//! It knows nothing of what is drawn.

mod clipboard;
pub(super) mod encode;
pub(super) mod input;
mod modes;
mod outbox;
mod reader;
pub(super) mod suspend;

use std::io::{self, IsTerminal};
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, Once, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use crossterm::terminal as tty;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use self::modes::{ENTER, MOUSE_OFF, MOUSE_ON, restore};
use self::outbox::{OUTBOX, Outbox};
use crate::error::{Error, Result, dumb_terminal};
use crate::signals;

/// The thread whose panic ends the screen.
static OWNER: Mutex<Option<ThreadId>> = Mutex::new(None);

/// How long a frame waits for a terminal that does not read, and leaving for the last one.
const PATIENCE: Duration = Duration::from_millis(500);

/// The terminal is still there: after a line drops, neither end is one any more.
pub fn is_there() -> bool {
    io::stdout().is_terminal() && io::stdin().is_terminal()
}

/// Installs the panic hook, once: a panic of the screen's thread gives the terminal back before its message is
/// printed; one of another thread, while the screen is up, prints nothing, since it is that thread's owner who catches
/// it and shows it as a status.
fn install_panic_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let owner = *OWNER.lock().unwrap_or_else(PoisonError::into_inner);
            if owner.is_some_and(|owner| owner == thread::current().id()) {
                restore();
            } else if modes::is_screen_on() {
                return;
            }
            before(info);
        }));
    });
}

/// The terminal in raw mode with its alternate screen, until it is dropped.
pub struct Terminal {
    outbox: &'static Outbox,
    frames: SyncSender<Vec<u8>>,
    shown: Buffer,
    mouse: bool,
}

impl Terminal {
    /// Takes the terminal. `wake` is called from the writing thread whenever a frame is out, or could not go.
    pub fn enter(mouse: bool, wake: impl Fn() + Send + 'static) -> Result<Self> {
        if !is_there() {
            return Err(Error::user("the screen needs a terminal on standard input and output")
                .help("`optlab train LAB` trains without a screen"));
        }
        if let Some(name) = dumb_terminal() {
            return Err(Error::user(format!(
                "the screen cannot be drawn on this terminal (TERM={name}): use `optlab train`"
            )));
        }
        // NO_COLOR is ours to honour, by a theme: crossterm's own way would cancel bold and reverse as well.
        crossterm::style::force_color_output(true);
        let frames = OUTBOX.start(wake).map_err(|e| cannot("write to", &e))?;
        install_panic_hook();
        signals::at_crash(modes::restore_in_crash);
        let mut terminal = Self { outbox: &OUTBOX, frames, shown: Buffer::empty(Rect::ZERO), mouse };
        *OWNER.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread::current().id());
        terminal.resume()?;
        Ok(terminal)
    }

    /// Columns and rows. A terminal that does not know them is taken to have 80 x 24.
    pub fn size() -> (u16, u16) {
        match tty::window_size() {
            Ok(size) if size.columns > 0 && size.rows > 0 => (size.columns, size.rows),
            _ => (80, 24),
        }
    }

    /// Raw mode, the alternate screen and the mouse, as after a stop; the next frame draws every cell.
    pub fn resume(&mut self) -> Result<()> {
        self.outbox.go_on();
        modes::make_raw().map_err(|e| cannot("set up", &e))?;
        modes::screen_is_on();
        self.send(ENTER.to_vec());
        self.set_mouse(self.mouse);
        self.redraw();
        Ok(())
    }

    /// The modes of the line as they were before another program had the terminal; after one that died also all that it may
    /// have left on the terminal itself.
    pub fn clean_up_after(&self, died: bool) {
        modes::put_back_line();
        if died {
            self.outbox.go_on();
            self.send(modes::CLEAN_UP.to_vec());
            self.outbox.wait(PATIENCE);
        }
    }

    /// Gives the terminal back for a while, or for good.
    pub fn pause(&self) {
        self.outbox.wait(PATIENCE);
        restore();
    }

    /// Listens to the mouse, or does not.
    pub fn set_mouse(&mut self, on: bool) {
        self.mouse = on;
        if modes::turn_mouse(on) {
            self.send(if on { MOUSE_ON } else { MOUSE_OFF }.to_vec());
        }
    }

    /// Puts a text on the clipboard of whoever sits at the terminal, if the terminal does such things.
    pub fn copy(&self, text: &str) {
        self.send(clipboard::copy(text));
    }

    /// The next frame draws every cell.
    pub fn redraw(&mut self) {
        self.shown = Buffer::empty(Rect::ZERO);
    }

    /// The last frame is out, so another may be drawn.
    pub fn is_idle(&self) -> bool {
        self.outbox.is_idle()
    }

    /// A frame could not be written: the terminal is gone.
    pub fn is_broken(&self) -> bool {
        self.outbox.is_broken()
    }

    /// Hands a frame to the writing thread; false if the terminal does not read, and the frame is dropped.
    fn send(&self, frame: Vec<u8>) -> bool {
        if !self.outbox.wait(PATIENCE) {
            return false;
        }
        self.outbox.expect_one();
        if self.frames.send(frame).is_err() {
            self.outbox.set_broken();
        }
        true
    }

    /// Shows a screen: what differs from the last one, in one write, inside one synchronised update. Nothing is written
    /// if nothing differs. Call it when [`Terminal::is_idle`].
    pub fn show(&mut self, next: Buffer) {
        let frame = frame(&self.shown, &next);
        self.shown = next;
        if !frame.is_empty() && !self.send(frame) {
            self.redraw();
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.pause();
        *OWNER.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn cannot(what: &str, error: &io::Error) -> Error {
    Error::user(format!("cannot {what} the terminal: {error}"))
}

/// The bytes that turn one screen into another; none if they are the same.
fn frame(shown: &Buffer, next: &Buffer) -> Vec<u8> {
    let mut bytes = Vec::new();
    let fresh = shown.area != next.area;
    let blank;
    let before = if fresh {
        blank = Buffer::empty(next.area);
        &blank
    } else {
        shown
    };
    let changes = encode::difference(before, next);
    if changes.is_empty() && !fresh {
        return bytes;
    }
    bytes.extend(b"\x1b[?2026h");
    if fresh {
        bytes.extend(b"\x1b[0m\x1b[2J");
    }
    bytes.extend(changes.as_bytes());
    bytes.extend(b"\x1b[?2026l");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(line: &str) -> Buffer {
        Buffer::with_lines([line])
    }

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_frame_is_one_synchronised_update_of_what_differs() {
        let bytes = text(frame(&screen("step 1"), &screen("step 2")));
        assert_eq!(bytes, "\u{1b}[?2026h\u{1b}[1;6H2\u{1b}[?2026l");
    }

    #[test]
    fn nothing_is_written_if_nothing_differs() {
        assert!(frame(&screen("same"), &screen("same")).is_empty());
    }

    #[test]
    fn another_size_draws_everything() {
        let bytes = text(frame(&Buffer::empty(Rect::ZERO), &screen("all")));
        assert!(bytes.contains("\u{1b}[2J") && bytes.contains("all"));
    }
}
