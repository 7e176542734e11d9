//! What the worker does with a lab that was edited.

use super::{Loop, Maker};
use crate::train::edited::{Edited, Extent};
use crate::train::events::Deed;
use crate::train::race::Race;

impl Loop {
    /// Takes an edit up as far as it goes. One that comes when the runs are over waits until they can go on.
    pub(super) fn take_up(&mut self, edited: Edited, race: &mut Race, maker: &mut Maker) {
        let number = maker.learn(&edited);
        self.pending = None;
        match edited.extent {
            Extent::Live => self.pending = Some((number, edited.what)),
            Extent::NextStart => {}
            Extent::StartOver => self.restart(edited.seed, race, maker),
        }
    }

    /// The edit that waits, if the runs go on now.
    pub(super) fn take_up_what_waits(&mut self, race: &mut Race, maker: &mut Maker) {
        if race.status().is_final() {
            return;
        }
        let Some((number, what)) = self.pending.take() else { return };
        let seed = race.own().experiment.seed();
        if let Err(error) = race.edit(number, &what, &mut || maker.parts(number, Some(seed))) {
            return race.refuse(error);
        }
        drop((maker.printed)());
        let edition = |deed: &Deed| if let Deed::Edit { edition, .. } = deed { Some(*edition) } else { None };
        let needed: Vec<u64> = race.events().iter().filter_map(|event| edition(&event.deed)).collect();
        maker.forget_but(&needed);
        self.changed = true;
    }
}
