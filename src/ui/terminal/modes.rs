//! What is on at the terminal, and how it is undone: from any thread, by a panic, in a crash, and though the terminal does not
//! read. It is kept in statics, so that all of these can do it without the [`super::Terminal`].

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossterm::terminal as tty;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::stdio::{stdin, stdout};
use rustix::termios::{OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr};

use super::outbox::{self, OUTBOX};

/// Raw mode is on.
static RAW: AtomicBool = AtomicBool::new(false);
/// The alternate screen is on and the cursor hidden.
static SCREEN: AtomicBool = AtomicBool::new(false);
/// The mouse is listened to.
static MOUSE: AtomicBool = AtomicBool::new(false);
/// Somebody is about to undo all of it.
static RESTORING: Mutex<()> = Mutex::new(());
/// The modes of the line as they were before.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// No line goes on below while the screen is on: a character that a terminal takes to be wider than we do must not, at the
/// right edge, push the next row, or at the bottom the whole screen.
pub(super) const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?7l\x1b[2J";
/// Synchronised update first: a frame that was cut off half way must not keep the terminal waiting. Where there is no
/// alternate screen (`screen`, mosh, some consoles) what comes after us begins in the last row, which is blank.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[0m\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[999;1H\x1b[K\x1b[?1049l";
// Presses, the wheel, and motion while a button is down. Every motion (1003), which crossterm's own command asks for,
// would fill an SSH line.
pub(super) const MOUSE_ON: &[u8] = b"\x1b[?1002h\x1b[?1006h";
pub(super) const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1002l";
/// Ends a control sequence that was cut off, of whatever kind: CAN and ST.
const CUT_OFF: &[u8] = b"\x18\x1b\\";
/// What a program that died may have left on, each in the way of the program that comes after: attributes and character
/// sets, keys as applications want them, the origin, wrapping and insertion, the margins (the cursor stays), all kinds of
/// mouse, focus and paste, further key protocols, the cursor, and last the alternate screen.
pub(super) const CLEAN_UP: &[u8] =
    b"\x18\x1b\\\x1b[?2026l\x1b[0m\x1b(B\x0f\x1b[?1l\x1b>\x1b[?6l\x1b[?7h\x1b[4l\x1b7\x1b[r\x1b8\
    \x1b[?9l\x1b[?1000l\x1b[?1001l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1005l\x1b[?1006l\x1b[?1015l\x1b[?2004l\
    \x1b[>4;0m\x1b[<u\x1b[?25h\x1b[?1049l";

/// How long leaving waits for a terminal that does not read, after what was on its way was given up.
const PATIENCE: Duration = Duration::from_millis(200);

/// Raw mode, from the modes as they are now: keys come one by one and unseen, and none of them is a signal.
pub(super) fn make_raw() -> io::Result<()> {
    if !RAW.load(Ordering::SeqCst) {
        *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(tcgetattr(stdin())?);
    }
    // Another program may have changed the modes meanwhile: what crossterm remembers of them is forgotten, and raw is made of
    // those from before.
    let _ = tty::disable_raw_mode();
    put_back_line();
    tty::enable_raw_mode()?;
    RAW.store(true, Ordering::SeqCst);
    Ok(())
}

/// The modes of the line as they were before the screen had it, whatever another program has made of them since.
pub(super) fn put_back_line() {
    // In a signal handler nobody may be waited for; who has the lock is about to set the modes itself.
    if let Ok(before) = BEFORE.try_lock()
        && let Some(before) = &*before
    {
        let _ = tcsetattr(stdin(), OptionalActions::Now, before);
    }
}

/// The alternate screen is about to be on.
pub(super) fn screen_is_on() {
    SCREEN.store(true, Ordering::SeqCst);
}

/// Somebody's panic would be drawn over.
pub(super) fn is_screen_on() -> bool {
    SCREEN.load(Ordering::SeqCst)
}

/// Notes whether the mouse is listened to; true if that is new.
pub(super) fn turn_mouse(on: bool) -> bool {
    MOUSE.swap(on, Ordering::SeqCst) != on
}

/// Undoes everything that is on. Any thread may call it, any number of times; errors have nobody to go to.
///
/// A terminal that does not read is not waited for: what was on its way to it is given up, and what undoes the modes is
/// the first that it finds when it reads again.
pub fn restore() {
    // Who comes second may end the process right after, and must not do so before the first is through.
    let _one = RESTORING.lock().unwrap_or_else(PoisonError::into_inner);
    let bytes = undoing();
    if !bytes.is_empty() {
        if OUTBOX.wait(PATIENCE) {
            let _ = leave(&bytes);
        } else {
            OUTBOX.give_up();
            let _ = tcflush(stdout(), QueueSelector::OFlush);
            OUTBOX.wait(PATIENCE);
            let _ = leave(&[CUT_OFF, &bytes].concat());
        }
    }
    if RAW.swap(false, Ordering::SeqCst) {
        put_back_line();
    }
}

/// What undoes the modes of the terminal that are on, which count as undone from now on.
fn undoing() -> Vec<u8> {
    let mouse = MOUSE.swap(false, Ordering::SeqCst);
    let screen = SCREEN.swap(false, Ordering::SeqCst);
    [if mouse { MOUSE_OFF } else { b"" }, if screen { LEAVE } else { b"" }].concat()
}

/// Writes as much as the terminal takes within [`PATIENCE`].
fn leave(bytes: &[u8]) -> io::Result<()> {
    let (mut out, waits) = outbox::line()?;
    let last = Instant::now() + PATIENCE;
    outbox::write(&mut out, waits, bytes, || Instant::now() >= last)
}

/// A terminal takes a few bytes at once, or soon.
pub(super) fn takes_more(out: BorrowedFd<'_>, wait: Duration) -> bool {
    let wait = Timespec { tv_sec: 0, tv_nsec: wait.subsec_nanos().into() };
    poll(&mut [PollFd::new(&out, PollFlags::OUT)], Some(&wait)).is_ok_and(|ready| ready > 0)
}

/// [`restore`] as far as a signal handler may: it allocates nothing and waits for no lock.
pub(super) fn restore_in_crash() {
    let mouse = MOUSE.swap(false, Ordering::SeqCst);
    let screen = SCREEN.swap(false, Ordering::SeqCst);
    if (mouse || screen) && takes_more(stdout().as_fd(), PATIENCE) {
        for bytes in [CUT_OFF, MOUSE_OFF, LEAVE] {
            let _ = rustix::io::write(stdout(), bytes);
        }
    }
    if RAW.swap(false, Ordering::SeqCst) {
        put_back_line();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn giving_back_what_was_never_taken_does_nothing() {
        restore();
        restore_in_crash();
        restore();
        assert!(!RAW.load(Ordering::SeqCst) && !is_screen_on() && undoing().is_empty());
    }
}
