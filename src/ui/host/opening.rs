//! A lab that is being opened: its files are read and its data made in a thread of their own, so that the screen is there
//! from the first moment and answers meanwhile.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crossterm::event::KeyEvent;

use crate::clock::{Clock, Moment};
use crate::error::{Error, scrub_line};
use crate::session::STACK;
use crate::ui::host::OpenLab;

/// Labs open within this as a rule, and then nothing is shown of it. A screen's first frame is there within 50 ms.
pub(in crate::ui) const GRACE: Duration = Duration::from_millis(20);

/// Keys that are kept for the lab at most: a key that lies on a keyboard must not fill the memory.
const KEPT: usize = 256;

/// A lab, or all that is wrong with it.
pub type Opened = Result<OpenLab, Vec<Error>>;

/// A lab on its way. Dropped, it is given up: what comes of it goes nowhere.
#[derive(Debug)]
pub struct Opening {
    /// What the user asked for.
    title: String,
    begun: Moment,
    clock: Clock,
    opened: Receiver<Opened>,
}

impl Opening {
    /// Opens a lab in a thread. `title` is what the screen calls it until then.
    pub fn start(title: &str, clock: &Clock, open: impl FnOnce() -> Opened + Send + 'static) -> Self {
        let (sender, opened) = mpsc::channel();
        let failed = sender.clone();
        let work = move || {
            let panicked = |_| {
                let error = Error::fault("opening the lab panicked").help("this is a fault of optlab's");
                Err(vec![error])
            };
            // Nobody listens if it was given up.
            let _ = sender.send(catch_unwind(AssertUnwindSafe(open)).unwrap_or_else(panicked));
        };
        // Opening runs scripts, which recurse.
        if let Err(error) = thread::Builder::new().name("opening".into()).stack_size(STACK).spawn(work) {
            let _ = failed.send(Err(vec![Error::fault(format!("cannot start a thread: {error}"))]));
        }
        Self { title: title.to_owned(), begun: clock.now(), clock: clock.clone(), opened }
    }

    /// The lab, if it comes within this time; without one it is waited for.
    pub(in crate::ui) fn wait(&self, patience: Option<Duration>) -> Option<Opened> {
        let lost = || Err(vec![Error::fault("the lab that was being opened was lost")]);
        match patience {
            None => Some(self.opened.recv().unwrap_or_else(|_| lost())),
            Some(patience) => match self.clock.receive(&self.opened, self.clock.now() + patience) {
                Ok(opened) => Some(opened),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => Some(lost()),
            },
        }
    }

    /// How many whole seconds it has taken so far, once that is worth a word.
    pub(in crate::ui) fn seconds(&self) -> Option<u64> {
        let elapsed = self.clock.now().since(self.begun);
        (elapsed >= GRACE).then_some(elapsed.as_secs())
    }

    /// What the screen shows of it.
    pub(in crate::ui) fn waiting(&self) -> Waiting {
        let title = scrub_line(&self.title);
        Waiting { title, seconds: self.seconds(), typed: Vec::new() }
    }
}

/// What the screen knows of a lab that is being opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// What the user asked for.
    pub title: String,
    /// Whole seconds since then; none until it is worth a word.
    pub seconds: Option<u64>,
    /// Keys for the lab, in their order.
    typed: Vec<KeyEvent>,
}

impl Waiting {
    /// Keeps a key for the lab.
    pub(in crate::ui) fn hold(&mut self, key: KeyEvent) {
        if self.typed.len() < KEPT {
            self.typed.push(key);
        }
    }

    /// The keys that were kept.
    pub(in crate::ui) fn typed(self) -> Vec<KeyEvent> {
        self.typed
    }
}
