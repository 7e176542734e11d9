//! What the first update of a rule was made of: most scripts that break do so there, and what the update leaves behind does not
//! tell all of it. It is copied once and dropped with the next update.

use super::broken::{Broken, BrokenOperation};
use super::state::Unseen;
use super::{Rule, RuleState};
use crate::program::{Partly, Real};

/// The most bytes of weights that are copied.
const MOST: usize = 64 << 20;

/// The weights and the state before the first update.
#[derive(Default)]
pub(super) enum First<F> {
    /// It was not made yet.
    #[default]
    Ahead,
    /// It was the last one.
    Kept { t: u64, w: Vec<F>, state: Box<RuleState<F>> },
    /// There were others since, or it is too large.
    Gone,
}

impl<F: Real> Rule<F> {
    /// Copies what the first update is about to be made of.
    pub(super) fn keep_first(&mut self, t: u64, w: &[F]) {
        match self.first {
            First::Gone => {}
            First::Ahead if size_of_val(w) <= MOST => {
                let mut state: Box<RuleState<F>> = Box::default();
                self.save(&mut state);
                self.first = First::Kept { t, w: w.to_vec(), state };
            }
            _ => self.first = First::Gone,
        }
    }

    /// The operation of the first update that has broken a parameter, if that was the last one: it is made once more of the
    /// same weights, so that nothing of it is unknown. All is put back after it.
    pub(super) fn broken_at_first(&mut self, broken: &Broken<'_, F>) -> Option<(usize, BrokenOperation)> {
        let First::Kept { t, w: before, state } = std::mem::replace(&mut self.first, First::Gone) else { return None };
        let mut after = RuleState::default();
        self.save(&mut after);
        let microscopes = self.take_microscopes();
        let found = self.restore(&state).is_ok().then(|| {
            let mut w = before.clone();
            self.microscope.look_at(broken.parameter, broken.element);
            self.step_with(t, broken.hyper, &mut w, [broken.dw, broken.second], Some(&mut Unseen)).ok()?;
            let group = self.of.get(broken.parameter)?.0;
            let update = self.groups[group].last_update()?;
            let values = |element| self.microscope.values(&update, element).map(Partly::from);
            self.first_broken(&update, broken, values)
        });
        // It is of the same rule.
        let _ = self.restore(&after);
        self.put_microscopes(microscopes);
        self.first = First::Kept { t, w: before, state };
        found.flatten()
    }
}
