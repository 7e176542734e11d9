//! Labs that are opened while the screen is there: waited for, and then shown.

use std::time::Duration;

use super::Screen;
use crate::ui::host::opening::Opening;
use crate::ui::host::{Labs, Leave, OpenLab};

impl<L: Labs> Screen<L> {
    pub(super) fn open_lab(&mut self, place: usize) {
        let Some(entry) = self.app.list.as_ref().and_then(|list| list.entries.get(place)) else { return };
        let opening = self.labs.open(entry);
        self.wait_for(Some(opening));
    }

    /// A lab that is on its way; what is typed is kept for it.
    pub(super) fn wait_for(&mut self, opening: Option<Opening>) {
        self.app.waiting = opening.as_ref().map(Opening::waiting);
        self.opening = opening;
    }

    /// Shows the lab that was waited for, once it is there, and until then that it is waited for.
    pub(super) fn look_at_opening(&mut self) -> Option<Leave> {
        let opening = self.opening.as_ref()?;
        let Some(opened) = opening.wait(Some(Duration::ZERO)) else {
            let seconds = opening.seconds();
            if let Some(waiting) = self.app.waiting.as_mut().filter(|waiting| waiting.seconds != seconds) {
                waiting.seconds = seconds;
                self.frames.change();
                self.frames.hurry();
            }
            return None;
        };
        self.opening = None;
        self.frames.change();
        self.frames.hurry();
        match opened {
            Ok(lab) => return self.show_lab(lab),
            Err(mut errors) if self.app.list.is_some() => self.app.show_error(errors.swap_remove(0)),
            Err(errors) => {
                self.failed = Some(errors);
                return Some(Leave::Quit);
            }
        }
        None
    }

    pub(super) fn show_lab(&mut self, lab: OpenLab) -> Option<Leave> {
        let tasks = self.host.insert(lab.host).tasks();
        let said = self.app.notice.take();
        let effects = self.app.open_asking(&lab.title, &lab.about, &lab.watch, tasks);
        if self.app.notice.is_none() {
            self.app.notice = lab.notice.or(said);
        }
        self.carry_out(effects)
    }
}
