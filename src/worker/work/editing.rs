//! What the worker does with a lab that was edited or starts over.

use super::Loop;
use crate::run::{Dirs, Edited, Extent, RunFactory, Runs};
use crate::snapshot::Status;

impl Loop {
    /// Takes an edit up as far as it goes. One that comes when the runs are over waits until they can go on.
    pub(super) fn take_up(&mut self, edited: Edited, runs: &mut Box<dyn Runs>, factory: &mut RunFactory) {
        let number = factory.learn(&edited);
        self.pending = None;
        match edited.extent {
            Extent::Live => {
                self.seeds.part("the lab was edited");
                self.pending = Some((number, edited.what));
            }
            Extent::NextStart => self.seeds.part("the lab was edited"),
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

    /// The old runs are given up only when the new ones stand.
    pub(super) fn restart(&mut self, seed: Option<u64>, runs: &mut Box<dyn Runs>, factory: &mut RunFactory) {
        let seed = seed.unwrap_or(runs.seed());
        self.pending = None;
        let mut kept = self.kept.clone();
        kept.give_up(runs.as_ref(), factory);
        match factory.start(Some(seed), Dirs::default()) {
            Ok(mut fresh) => {
                fresh.set_folders(runs.take_folders(), &factory.take_texts());
                fresh.look_at(runs.looked_at());
                self.target = None;
                if *runs.status() == Status::Running {
                    fresh.set_status(&Status::Running);
                }
                *runs = fresh;
                self.kept = kept;
                self.kept.made_with(factory);
                self.seeds.start_over(runs.as_ref());
                self.rate.rest();
            }
            Err(error) => {
                self.seeds.part("its runs could not start over");
                runs.fail(&error);
            }
        }
    }
}
