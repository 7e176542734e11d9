//! The way out: frames are written by a thread of their own, so that a terminal which stops reading holds up that thread and
//! nothing else; what waits on it can be given up.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::modes::takes_more;

/// Frames on their way out, and whether the last ones got there.
pub(super) struct Outbox {
    /// Frames that are not written yet: 0 or 1.
    pending: Mutex<usize>,
    written: Condvar,
    broken: AtomicBool,
    /// What is not written yet is not to be written.
    given_up: AtomicBool,
}

/// There is one terminal.
pub(super) static OUTBOX: Outbox = Outbox {
    pending: Mutex::new(0),
    written: Condvar::new(),
    broken: AtomicBool::new(false),
    given_up: AtomicBool::new(false),
};

/// How often who waits for the terminal looks whether it is still wanted.
const GLANCE: Duration = Duration::from_millis(20);

/// Standard output to be written to, and whether a write waits for the terminal: opened anew by its name it does not, while
/// a mode of the one that the shell gave us would be the shell's as well.
pub(super) fn line() -> io::Result<(File, bool)> {
    let given = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let own = || {
        let name = rustix::termios::ttyname(&given, Vec::new()).ok()?;
        let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
        let own = OpenOptions::new()
            .write(true)
            .custom_flags(flags)
            .open(Path::new(std::ffi::OsStr::from_bytes(name.as_bytes())));
        let own = own.ok()?;
        let [a, b] = [own.metadata().ok()?, given.metadata().ok()?];
        (a.rdev() == b.rdev()).then_some(own)
    };
    Ok(own().map_or((given, true), |own| (own, false)))
}

/// Writes all, unless it is given up while the terminal takes nothing.
pub(super) fn write(out: &mut File, waits: bool, mut bytes: &[u8], given_up: impl Fn() -> bool) -> io::Result<()> {
    while !bytes.is_empty() && !given_up() {
        if waits && !takes_more(out.as_fd(), GLANCE) {
            continue;
        }
        match out.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                takes_more(out.as_fd(), GLANCE);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl Outbox {
    /// Starts the writing thread. `wake` is called from it whenever a frame is out, or could not go.
    pub(super) fn start(&'static self, wake: impl Fn() + Send + 'static) -> io::Result<SyncSender<Vec<u8>>> {
        let (frames, inbox) = mpsc::sync_channel::<Vec<u8>>(1);
        let (mut out, waits) = line()?;
        let run = move || {
            for frame in inbox {
                if write(&mut out, waits, &frame, || self.given_up.load(Ordering::SeqCst)).is_err() {
                    self.broken.store(true, Ordering::SeqCst);
                }
                *self.pending() = 0;
                self.written.notify_all();
                wake();
            }
        };
        thread::Builder::new().name("frames".into()).spawn(run)?;
        Ok(frames)
    }

    fn pending(&self) -> std::sync::MutexGuard<'_, usize> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last frame is out, so another may be drawn.
    pub(super) fn is_idle(&self) -> bool {
        *self.pending() == 0
    }

    /// A frame could not be written: the terminal is gone.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::SeqCst)
    }

    /// A frame could not be handed over.
    pub(super) fn set_broken(&self) {
        self.broken.store(true, Ordering::SeqCst);
    }

    /// A frame is about to be handed over.
    pub(super) fn expect_one(&self) {
        *self.pending() = 1;
    }

    /// Waits until everything is out; false if the terminal does not read.
    pub(super) fn wait(&self, patience: Duration) -> bool {
        let waited = self.written.wait_timeout_while(self.pending(), patience, |pending| *pending > 0);
        waited.is_ok_and(|(_, timeout)| !timeout.timed_out())
    }

    /// What is on its way is not written any further, nor is what comes, until [`Outbox::go_on`].
    pub(super) fn give_up(&self) {
        self.given_up.store(true, Ordering::SeqCst);
    }

    /// Frames are written again.
    pub(super) fn go_on(&self) {
        self.given_up.store(false, Ordering::SeqCst);
    }
}
