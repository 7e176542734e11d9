//! Where tensors lie between blocks: places that are used again when nobody reads them any more.

use std::collections::HashMap;

use super::chunks::Value;
use super::{Place, Shape};

/// Temporary places, and what lies in which.
#[derive(Default)]
pub(super) struct Places {
    homes: HashMap<Value, Place>,
    pub lengths: Vec<usize>,
    free: Vec<u16>,
}

impl Places {
    /// Where a value lies.
    pub fn home(&self, value: Value) -> Option<Place> {
        self.homes.get(&value).copied()
    }

    /// It lies there.
    pub fn settle(&mut self, value: Value, place: Place) {
        self.homes.insert(value, place);
    }

    /// Finds a temporary place for a value, if it has none yet.
    pub fn find(&mut self, value: Value) -> Place {
        if let Some(place) = self.home(value) {
            return place;
        }
        let place = self.temporary(value.shape);
        self.homes.insert(value, place);
        place
    }

    /// A free place of this size: the smallest that is large enough, else the largest is made larger.
    fn temporary(&mut self, shape: Shape) -> Place {
        let wanted = shape.len();
        let length = |at: &usize| self.lengths[usize::from(self.free[*at])];
        let enough = (0..self.free.len()).filter(|at| length(at) >= wanted).min_by_key(length);
        let found = enough.or_else(|| (0..self.free.len()).max_by_key(length));
        let place = if let Some(at) = found {
            self.free.swap_remove(at)
        } else {
            self.lengths.push(0);
            (self.lengths.len() - 1) as u16
        };
        let length = &mut self.lengths[usize::from(place)];
        *length = wanted.max(*length);
        Place::Temporary(place)
    }

    /// Nobody reads the value any more.
    pub fn leave(&mut self, value: Value) {
        if let Some(Place::Temporary(place)) = self.home(value) {
            self.free.push(place);
        }
    }
}
