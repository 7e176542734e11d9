//! Keys, the mouse and signals, each read by a thread of its own and passed on as messages. They only translate.
//!
//! A second Ctrl-C, or a second signal, while the screen has not answered the first ends the process at once: a program
//! that hangs must not hold a terminal.

use std::io;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::stdio::stdin;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTSTP, SIGWINCH};
use signal_hook::flag;
use signal_hook::iterator::{Handle, Signals};

use super::Terminal;
use super::reader::Reader;
use crate::error::{Error, Result};
use crate::signals;
use crate::ui::host::Event;

/// What reaches the screen's thread.
pub enum Message {
    /// Something for the app.
    Event(Event),
    /// `SIGTSTP` came: stop until continued.
    Stop,
    /// `SIGCONT`: another program had the terminal.
    Continued,
    /// A frame is out.
    Written,
    /// The terminal is gone.
    Gone,
}

/// The threads that listen. Dropping it ends them.
pub struct Input {
    ended: Arc<AtomicBool>,
    hold: Arc<Hold>,
    unanswered: Arc<Unanswered>,
    signals: Handle,
}

/// How long the key thread sleeps at most before it looks whether it is still wanted.
const GLANCE: Duration = Duration::from_millis(200);

impl Input {
    /// Starts listening.
    pub fn start(messages: &Sender<Message>) -> Result<Self> {
        let failed = |error: io::Error| Error::fault(format!("cannot listen to the terminal: {error}"));
        let ended = Arc::new(AtomicBool::new(false));
        let unanswered = Arc::new(Unanswered::default());
        let hold = Arc::new(Hold::default());
        for signal in signals::ending().filter(|signal| *signal != SIGHUP) {
            // From the end on, while files are still being written, a signal ends the process at once. Registered before
            // those that are listened to, since the same signal that brings about the end must not find it already there.
            flag::register_conditional_shutdown(signal, 128 + signal, ended.clone()).map_err(failed)?;
        }
        let stop = Some(SIGTSTP).filter(|signal| !signals::is_ignored(*signal));
        let all = signals::ending().chain(stop).chain([SIGCONT, SIGWINCH]);
        let mut listened = Signals::new(all).map_err(failed)?;
        let handle = listened.handle();
        let (sender, waiting) = (messages.clone(), unanswered.clone());
        let listen = move || {
            for signal in &mut listened {
                let message = match signal {
                    SIGTSTP => Message::Stop,
                    SIGCONT => Message::Continued,
                    SIGWINCH => {
                        let (columns, rows) = Terminal::size();
                        Message::Event(Event::Resize(columns, rows))
                    }
                    signal => {
                        insist(&waiting, signal);
                        Message::Event(Event::Signal(signal))
                    }
                };
                if sender.send(message).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().name("signals".into()).spawn(listen).map_err(failed)?;
        let (sender, waiting, stop, held) = (messages.clone(), unanswered.clone(), ended.clone(), hold.clone());
        let read = move || {
            if keys(&sender, &waiting, &stop, &held).is_err() {
                let _ = sender.send(Message::Gone);
            }
        };
        thread::Builder::new().name("keys".into()).spawn(read).map_err(failed)?;
        Ok(Self { ended, hold, unanswered, signals: handle })
    }

    /// Leaves the keys to another program. Returns when none is read any more.
    pub fn hold(&self) {
        self.hold.wanted.store(true, Ordering::SeqCst);
        let patience = Instant::now() + 3 * GLANCE;
        while !self.hold.stands.load(Ordering::SeqCst) && Instant::now() < patience {
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// No key is read from now on; what is typed is for who comes after.
    pub fn stop_reading(&self) {
        self.hold.wanted.store(true, Ordering::SeqCst);
    }

    /// Reads keys again.
    pub fn go_on(&self) {
        self.hold.wanted.store(false, Ordering::SeqCst);
    }

    /// The screen is alive: it has answered all that came.
    pub fn answered(&self) {
        *self.unanswered.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        self.signals.close();
    }
}

/// When the first wish to leave came that the screen has not answered.
type Unanswered = Mutex<Option<Instant>>;

/// Two presses that come together are one wish; the screen answers within a frame unless it hangs.
const HANGS: Duration = Duration::from_millis(300);

/// Notes a wish to leave; one that comes while an older one waits is granted here.
fn insist(unanswered: &Unanswered, signal: i32) {
    let first = *unanswered.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(Instant::now);
    if first.elapsed() >= HANGS {
        super::restore();
        process::exit(128 + signal);
    }
}

/// Another program has the terminal.
#[derive(Default)]
struct Hold {
    wanted: AtomicBool,
    /// No key is being waited for.
    stands: AtomicBool,
}

/// Reads keys until it is told to end. An error means that the terminal is gone.
fn keys(messages: &Sender<Message>, unanswered: &Unanswered, ended: &AtomicBool, hold: &Hold) -> io::Result<()> {
    let begun = Instant::now();
    let mut reader = Reader::new();
    let mut bytes = [0; 4096];
    while !ended.load(Ordering::SeqCst) {
        let held = hold.wanted.load(Ordering::SeqCst);
        hold.stands.store(held, Ordering::SeqCst);
        if held {
            reader.forget();
            thread::sleep(Duration::from_millis(10));
            continue;
        }
        let wait = reader.due().map_or(GLANCE, |due| due.saturating_sub(begun.elapsed()).min(GLANCE));
        let came = waits_for_keys(wait)?;
        // Another program may have the terminal by now, and what came is for it.
        if hold.wanted.load(Ordering::SeqCst) {
            continue;
        }
        let events = if came {
            match rustix::io::read(stdin(), &mut bytes) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => reader.read(&bytes[..read], begun.elapsed()),
                Err(Errno::INTR | Errno::AGAIN) => continue,
                Err(error) => return Err(error.into()),
            }
        } else {
            reader.wait_is_over(begun.elapsed())
        };
        for event in events {
            if matches!(&event, Event::Key(key) if is_interrupt(key)) {
                insist(unanswered, SIGINT);
            }
            if messages.send(Message::Event(event)).is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn is_interrupt(key: &KeyEvent) -> bool {
    key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL)
}

/// Waits until something is there to be read; false if nothing came. A line that has dropped is an error: who reads it would
/// be told for ever that there is something.
fn waits_for_keys(wait: Duration) -> io::Result<bool> {
    let wait = Timespec { tv_sec: 0, tv_nsec: wait.subsec_nanos().into() };
    let stdin = stdin();
    let mut line = [PollFd::new(&stdin, PollFlags::IN)];
    match poll(&mut line, Some(&wait)) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    let told = line[0].revents();
    if told.contains(PollFlags::IN) {
        return Ok(true);
    }
    if told.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
        return Err(io::ErrorKind::BrokenPipe.into());
    }
    Ok(false)
}
