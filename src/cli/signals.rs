//! Signals for verbs without a screen: the first one asks the run to end in good order, the second ends it at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::flag;

use crate::signals;

/// The number of the newest signal; 0 while there was none.
pub(super) struct Signals(Arc<AtomicUsize>);

impl Signals {
    /// Listens from now on, but to those that were to be ignored.
    pub fn listen() -> std::io::Result<Self> {
        let newest = Arc::new(AtomicUsize::new(0));
        let again = Arc::new(AtomicBool::new(false));
        for signal in signals::ending() {
            // Handlers run in the order they were registered: the shutdown sees the flag that an earlier signal set.
            flag::register_conditional_shutdown(signal, 128 + signal, again.clone())?;
            flag::register(signal, again.clone())?;
            flag::register_usize(signal, newest.clone(), signal as usize)?;
        }
        Ok(Self(newest))
    }

    /// The signal that came, if any.
    pub fn received(&self) -> Option<u8> {
        u8::try_from(self.0.load(Ordering::Relaxed)).ok().filter(|signal| *signal != 0)
    }
}
