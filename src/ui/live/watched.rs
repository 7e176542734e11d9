//! What the loop tells those who look on.

use crossterm::event::KeyEvent;

use super::Screen;
use crate::session::FileChange;
use crate::ui::host::{Event, Labs, Leave};

impl<L: Labs> Screen<L> {
    /// Commands that were sent to the run so far.
    fn sent(&self) -> u64 {
        self.host.as_ref().map_or(0, |host| host.sent())
    }

    /// Does what a key asks for, and tells of it.
    pub(super) fn update_watched(&mut self, key: KeyEvent) -> Option<Leave> {
        let mut pressed = self.app.pressed(key);
        let before = self.sent();
        let effects = self.app.update(Event::Key(key));
        let leave = self.carry_out(effects);
        pressed.sent = (before, self.sent());
        let now = self.clock.now();
        self.onlookers.iter_mut().for_each(|onlooker| onlooker.pressed(&pressed, now));
        leave
    }

    /// What has become of the lab's files.
    pub(super) fn file_change(&mut self) -> Option<FileChange> {
        let before = self.sent();
        let change = self.host.as_mut()?.file_change()?;
        let (sent, now) = ((before, self.sent()), self.clock.now());
        self.onlookers.iter_mut().for_each(|onlooker| onlooker.changed(&change, sent, now));
        Some(change)
    }

    /// Tells which commands the run has obeyed.
    pub(super) fn look_at_obeyed(&mut self) {
        if self.onlookers.is_empty() {
            return;
        }
        let obeyed = self.host.as_ref().map_or_else(Vec::new, |host| host.obeyed());
        if !obeyed.is_empty() {
            self.onlookers.iter_mut().for_each(|onlooker| onlooker.obeyed(&obeyed));
        }
    }

    /// Tells that the screen is left.
    pub(super) fn told_of_end(&mut self) {
        self.look_at_obeyed();
        let now = self.clock.now();
        self.onlookers.iter_mut().for_each(|onlooker| onlooker.ended(now));
    }
}
