//! The way back along a series: walked again from its start, which takes no time.

use super::{Trip, Walker};
use crate::train::history::Series;
use crate::train::race::stride;
use crate::train::snapshot::{Status, Travel};

impl Trip {
    /// Where a way along the series leads. It has no marks and is one epoch.
    pub(super) fn destination(&self, travel: Travel) -> u64 {
        let (here, total) = (self.walk.steps(), self.walk.steps_total());
        let stride = stride(total);
        match travel {
            Travel::Back => here.saturating_sub(1),
            Travel::BackEpoch | Travel::LastMark => 0,
            Travel::Backward => here.saturating_sub(1) / stride * stride,
            Travel::Forward => (here / stride + 1) * stride,
            Travel::NextMark => self.seen,
        }
    }

    /// Before the first value.
    fn begin_again(&mut self) {
        self.walk = self.start.clone();
        self.values = Series::new(Series::CAPACITY);
        self.averages = vec![Series::new(Series::CAPACITY); self.walk.names().len()];
        self.rows.clear();
        self.status = Status::Ready;
        self.saved = false;
    }

    /// The table tells of the values up to the present one: where a walk is left, its folder holds together.
    pub(super) fn forget_the_future(&mut self) {
        let steps = self.walk.steps();
        if self.seen > steps {
            self.seen = steps;
            if let Some(Err(error)) = self.dir.as_mut().map(|dir| dir.cut(steps)) {
                self.status = Status::Failed(error);
            }
        }
    }
}

impl Walker {
    /// To a value of the series, and holds there.
    pub(super) fn go_to(&mut self, step: u64, trip: &mut Trip) {
        if step < trip.walk.steps() {
            trip.begin_again();
        }
        let left = step.min(trip.walk.steps_total()) - trip.walk.steps();
        self.walk(trip, left);
        if !trip.status.is_final() {
            trip.status = if trip.walk.steps() == 0 { Status::Ready } else { Status::Paused };
        }
        self.rate.rest();
    }
}
