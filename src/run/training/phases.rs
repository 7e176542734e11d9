//! Steps of a run that are taken apart into their phases, if that was asked for. Any other step takes no notice of it.

use super::Run;
use crate::probe::Walked;
use crate::program::Real;
use crate::snapshot::PhasesView;
use crate::train::{Ahead, Halt, StepReport};

/// What was asked for, and the newest step of the kind.
pub(super) struct Walks<F: Real> {
    /// The next step is to be taken apart, for the one who asked by this number.
    asked: Option<u64>,
    newest: Option<Walked<F>>,
}

impl<F: Real> Default for Walks<F> {
    fn default() -> Self {
        Self { asked: None, newest: None }
    }
}

impl<F: Real> Walks<F> {
    /// The run stands elsewhere.
    pub fn forget(&mut self) {
        self.newest = None;
    }
}

impl<F: Real> Run<F> {
    /// The next step is taken apart, for the one who asks by this number; or it is not.
    pub fn walk_next(&mut self, number: Option<u64>) {
        self.walks.asked = number;
    }

    /// What the step that comes now will be made of, if it is to be taken apart. What was kept of an earlier one is given up.
    pub(super) fn ahead_of_walk(&mut self) -> Option<(u64, Ahead<F>)> {
        self.walks.newest = None;
        self.walks.asked.take().map(|number| (number, self.experiment.look_at_next_step()))
    }

    /// The step was made, or broke.
    pub(super) fn walked(&mut self, ahead: Option<(u64, Ahead<F>)>, result: &Result<StepReport, Halt>) {
        let Some((number, ahead)) = ahead else { return };
        let made = result.as_ref().map_err(|halt| match halt {
            Halt::Diverged(divergence) => divergence.sentence(),
            Halt::Failed(error) => error.what().to_owned(),
        });
        let rule = self.experiment.rule().name();
        self.walks.newest = Some(Walked::new(number, ahead, rule, made));
    }

    /// The step where it stands, if it was taken apart.
    pub(super) fn phases(&self) -> Option<PhasesView> {
        self.walks.newest.as_ref()?.view(&self.experiment, self.looked_at)
    }
}
