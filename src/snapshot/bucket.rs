//! The bucket that lines are drawn from: a few consecutive values as their extremes, mean and last one.

use serde::{Deserialize, Serialize};

/// A few consecutive values, summed up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// The smallest finite value; NaN if there was none.
    pub min: f64,
    /// The largest finite value; NaN if there was none.
    pub max: f64,
    /// The mean of the finite values; NaN if there was none.
    pub mean: f64,
    /// The last value as it came.
    pub last: f64,
    /// How many finite values the mean is of.
    pub count: u64,
}

impl Bucket {
    /// In place of a value where there was none yet: a NaN of its own, so that a value that is not a number is another thing.
    pub(crate) const ABSENT: f64 = f64::from_bits(0x7ff8_0000_0000_0ab5);

    /// It covers no step that has a value.
    pub fn is_absent(&self) -> bool {
        self.count == 0 && self.last.to_bits() == Self::ABSENT.to_bits()
    }

    /// One value.
    pub(crate) fn of(value: f64) -> Self {
        let (shown, count) = if value.is_finite() { (value, 1) } else { (f64::NAN, 0) };
        Self { min: shown, max: shown, mean: shown, last: value, count }
    }

    /// This bucket followed by a later one. `f64::min` passes over NaN, which is what an empty bucket holds.
    pub(crate) fn join(self, later: Self) -> Self {
        let count = self.count + later.count;
        let mean = match (self.count, later.count) {
            (0, _) => later.mean,
            (_, 0) => self.mean,
            (a, b) => self.mean + (later.mean - self.mean) * (b as f64 / (a + b) as f64),
        };
        Self { min: self.min.min(later.min), max: self.max.max(later.max), mean, last: later.last, count }
    }
}
