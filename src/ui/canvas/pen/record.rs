//! What pens were asked to write, for tests that compare it with what stands on the screen in the end. It is kept for a
//! thread, from one call of [`start`] to one of [`take`].

use std::cell::RefCell;

use ratatui::layout::Rect;

/// Something that was done to the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// A text was asked for, and this was written from that cell on; nothing where there was no room at all.
    Text {
        /// The column and row of the screen.
        at: (u16, u16),
        /// As the pen was asked.
        asked: String,
        /// As it was written.
        written: String,
    },
    /// A rectangle was blanked, so that what stood there is no longer meant.
    Cleared(Rect),
}

thread_local! {
    static DONE: RefCell<Option<Vec<Done>>> = const { RefCell::new(None) };
}

/// Keeps what this thread's pens do from now on.
pub fn start() {
    DONE.set(Some(Vec::new()));
}

/// What was done since then.
pub fn take() -> Vec<Done> {
    DONE.take().unwrap_or_default()
}

pub(super) fn note(done: impl FnOnce() -> Done) {
    DONE.with_borrow_mut(|all| {
        if let Some(all) = all {
            all.push(done());
        }
    });
}
