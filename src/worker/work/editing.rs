//! What the worker does with a lab that was edited.

use super::Loop;
use crate::run::{Edited, Extent, RunFactory, Runs};

impl Loop {
    /// Takes an edit up as far as it goes. One that comes when the runs are over waits until they can go on.
    pub(super) fn take_up(&mut self, edited: Edited, runs: &mut Box<dyn Runs>, factory: &mut RunFactory) {
        let number = factory.learn(&edited);
        self.pending = None;
        match edited.extent {
            Extent::Live => self.pending = Some((number, edited.what)),
            Extent::NextStart => {}
            Extent::StartOver => self.restart(edited.seed, runs, factory),
        }
    }

    /// The edit that waits, if the runs go on now.
    pub(super) fn take_up_what_waits(&mut self, runs: &mut dyn Runs, factory: &mut RunFactory) {
        if runs.status().is_final() {
            return;
        }
        let Some((number, what)) = self.pending.take() else { return };
        if let Err(error) = runs.edit(number, &what, factory) {
            return runs.refuse(error);
        }
        factory.drop_printed();
        factory.forget_but(&runs.recipes());
        self.changed = true;
    }
}
