//! The terminal under the screen: taken in one place, and given back on every way out, each mode on its own.
//!
//! What is on is kept in statics, so that the panic hook and a second Ctrl-C can undo it without the [`Terminal`].
//! Frames are written by a thread of their own: a terminal that stops reading holds up that thread and nothing else.
//! It knows nothing of what is drawn.

mod clipboard;
mod encode;
pub(super) mod input;
pub(super) mod suspend;

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Condvar, Mutex, Once, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use crossterm::terminal as tty;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::error::{Error, Result};

/// Raw mode is on.
static RAW: AtomicBool = AtomicBool::new(false);
/// The alternate screen is on and the cursor hidden.
static SCREEN: AtomicBool = AtomicBool::new(false);
/// The mouse is listened to.
static MOUSE: AtomicBool = AtomicBool::new(false);
/// The thread whose panic ends the screen.
static OWNER: Mutex<Option<ThreadId>> = Mutex::new(None);

const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[2J";
/// Synchronised update first: a frame that was cut off half way must not keep the terminal waiting.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[0m\x1b[?2004l\x1b[?25h\x1b[?1049l";
// Presses, the wheel, and motion while a button is down. Every motion (1003), which crossterm's own command asks for,
// would fill an SSH line.
const MOUSE_ON: &[u8] = b"\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1002l";

/// How long leaving waits for a terminal that does not read.
const PATIENCE: Duration = Duration::from_millis(500);

/// Undoes everything that is on. Any thread may call it, any number of times; errors have nobody to go to.
///
/// Without `write`, only the modes of the line are reset: writing to a terminal that does not read would block.
pub fn restore(write: bool) {
    if write {
        let mut bytes: Vec<u8> = Vec::new();
        if MOUSE.swap(false, Ordering::SeqCst) {
            bytes.extend(MOUSE_OFF);
        }
        if SCREEN.swap(false, Ordering::SeqCst) {
            bytes.extend(LEAVE);
        }
        if !bytes.is_empty() {
            let mut out = io::stdout();
            let _ = out.write_all(&bytes);
            let _ = out.flush();
        }
    }
    if RAW.swap(false, Ordering::SeqCst) {
        let _ = tty::disable_raw_mode();
    }
}

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
                restore(true);
            } else if SCREEN.load(Ordering::SeqCst) {
                return;
            }
            before(info);
        }));
    });
}

/// A frame on its way out, and whether the last ones got there.
struct Outbox {
    /// Frames that are not written yet: 0 or 1.
    pending: Mutex<usize>,
    written: Condvar,
    broken: AtomicBool,
}

/// The terminal in raw mode with its alternate screen, until it is dropped.
pub struct Terminal {
    outbox: Arc<Outbox>,
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
        // NO_COLOR is ours to honour, by a theme: crossterm's own way would cancel bold and reverse as well.
        crossterm::style::force_color_output(true);
        let outbox =
            Arc::new(Outbox { pending: Mutex::new(0), written: Condvar::new(), broken: AtomicBool::new(false) });
        let (frames, inbox) = mpsc::sync_channel::<Vec<u8>>(1);
        let mut out = File::from(io::stdout().as_fd().try_clone_to_owned().map_err(|e| cannot("write to", &e))?);
        let theirs = outbox.clone();
        let write = move || {
            for frame in inbox {
                if out.write_all(&frame).is_err() {
                    theirs.broken.store(true, Ordering::SeqCst);
                }
                *theirs.pending.lock().unwrap_or_else(PoisonError::into_inner) = 0;
                theirs.written.notify_all();
                wake();
            }
        };
        thread::Builder::new().name("frames".into()).spawn(write).map_err(|e| cannot("write to", &e))?;
        install_panic_hook();
        let mut terminal = Self { outbox, frames, shown: Buffer::empty(Rect::ZERO), mouse };
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
        // Another program may have changed the modes meanwhile, so what crossterm remembers is forgotten first.
        let _ = tty::disable_raw_mode();
        tty::enable_raw_mode().map_err(|e| cannot("set up", &e))?;
        RAW.store(true, Ordering::SeqCst);
        SCREEN.store(true, Ordering::SeqCst);
        self.send(ENTER.to_vec());
        self.set_mouse(self.mouse);
        self.redraw();
        Ok(())
    }

    /// Gives the terminal back for a while, or for good.
    pub fn pause(&self) {
        restore(self.wait());
    }

    /// Listens to the mouse, or does not.
    pub fn set_mouse(&mut self, on: bool) {
        self.mouse = on;
        if MOUSE.swap(on, Ordering::SeqCst) != on {
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
        *self.outbox.pending.lock().unwrap_or_else(PoisonError::into_inner) == 0
    }

    /// A frame could not be written: the terminal is gone.
    pub fn is_broken(&self) -> bool {
        self.outbox.broken.load(Ordering::SeqCst)
    }

    /// Waits until everything is out; false if the terminal does not read.
    fn wait(&self) -> bool {
        let pending = self.outbox.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.outbox.written.wait_timeout_while(pending, PATIENCE, |pending| *pending > 0);
        waited.is_ok_and(|(_, timeout)| !timeout.timed_out())
    }

    /// Hands a frame to the writing thread; false if the terminal does not read, and the frame is dropped.
    fn send(&self, frame: Vec<u8>) -> bool {
        if !self.wait() {
            return false;
        }
        *self.outbox.pending.lock().unwrap_or_else(PoisonError::into_inner) = 1;
        if self.frames.send(frame).is_err() {
            self.outbox.broken.store(true, Ordering::SeqCst);
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

    #[test]
    fn giving_back_what_was_never_taken_does_nothing() {
        restore(true);
        restore(true);
        assert!(!RAW.load(Ordering::SeqCst) && !SCREEN.load(Ordering::SeqCst));
    }
}
