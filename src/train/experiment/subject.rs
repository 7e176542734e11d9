//! What an experiment trains or walks, for those who make pictures of it or compare it with others: the samples and the
//! network, or the landscape.

use super::Experiment;
use crate::program::{Landscape, Real};
use crate::train::objective::{Learning, Work};

impl<F: Real> Experiment<F> {
    /// The network with its samples; none on a landscape.
    pub(crate) fn learning(&self) -> Option<&Learning<F>> {
        match &self.work {
            Work::Network(learner) => Some(learner.learning()),
            Work::Landscape(_) => None,
        }
    }

    /// The landscape; none for a network.
    pub(crate) fn landscape(&self) -> Option<&Landscape> {
        match &self.work {
            Work::Network(_) => None,
            Work::Landscape(objective) => Some(objective.landscape()),
        }
    }

    /// Samples that so many updates see, each time anew; on a landscape one each.
    pub fn samples_after(&self, updates: u64) -> u64 {
        self.work.samples_after(updates)
    }

    /// The loss has a penalty in it.
    pub fn has_penalty(&self) -> bool {
        self.work.has_penalty()
    }
}
