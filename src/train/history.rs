//! Bounded memory of what a run did: each scalar is a row of buckets that keep minimum, maximum, mean and last value.
//!
//! When the row is full, neighbours are joined and each bucket covers twice as many steps, so 10^9 steps take the
//! memory of 10^3 and no spike is lost. It knows nothing of what the numbers mean and draws nothing.

use serde::{Deserialize, Serialize};

use crate::optim::Exponential;
use crate::snapshot::Bucket;

/// One scalar over all steps so far, in at most [`Series::CAPACITY`] buckets.
#[derive(Debug, Serialize, Deserialize)]
#[serde(try_from = "SeriesBytes")]
pub struct Series {
    buckets: Vec<Bucket>,
    /// The bucket being filled and how many steps it has.
    open: Option<(Bucket, u64)>,
    width: u64,
    capacity: usize,
}

/// A [`Series`] as bytes have it, before it is known to be one.
#[derive(Deserialize)]
struct SeriesBytes {
    buckets: Vec<Bucket>,
    open: Option<(Bucket, u64)>,
    width: u64,
    capacity: usize,
}

impl TryFrom<SeriesBytes> for Series {
    type Error = &'static str;

    /// Everything that the series' own arithmetic relies on is looked at: bytes may come from a damaged file.
    fn try_from(SeriesBytes { buckets, open, width, capacity }: SeriesBytes) -> Result<Self, Self::Error> {
        let sized = capacity >= 2 && capacity.is_multiple_of(2) && buckets.len() < capacity;
        // A width beyond this takes more steps than a run of a thousand years.
        let covers = width.is_power_of_two() && width <= 1 << 48 && capacity <= 1 << 14;
        let filled = buckets.iter().all(|bucket| bucket.count <= width);
        let opened = open.is_none_or(|(bucket, steps)| steps > 0 && steps < width && bucket.count <= steps);
        if sized && covers && filled && opened {
            Ok(Self { buckets, open, width, capacity })
        } else {
            Err("a series of buckets does not add up")
        }
    }
}

impl Clone for Series {
    fn clone(&self) -> Self {
        Self { buckets: self.buckets.clone(), ..*self }
    }

    /// Without a new allocation where there is room: histories are copied often, see `timeline`.
    fn clone_from(&mut self, source: &Self) {
        self.buckets.clone_from(&source.buckets);
        (self.open, self.width, self.capacity) = (source.open, source.width, source.capacity);
    }
}

impl Series {
    /// The usual number of buckets: four a column of a wide terminal.
    pub const CAPACITY: usize = 1024;

    /// An empty series of at most `capacity` buckets (rounded up to an even number, at least 2).
    pub fn new(capacity: usize) -> Self {
        let capacity = capacity.next_multiple_of(2).max(2);
        Self { buckets: Vec::with_capacity(capacity), open: None, width: 1, capacity }
    }

    /// Takes the next step's value. Allocates nothing.
    pub fn push(&mut self, value: f64) {
        let (bucket, filled) = match self.open.take() {
            None => (Bucket::of(value), 1),
            Some((bucket, filled)) => (bucket.join(Bucket::of(value)), filled + 1),
        };
        if filled < self.width {
            self.open = Some((bucket, filled));
            return;
        }
        self.buckets.push(bucket);
        if self.buckets.len() == self.capacity {
            for i in 0..self.capacity / 2 {
                self.buckets[i] = self.buckets[2 * i].join(self.buckets[2 * i + 1]);
            }
            self.buckets.truncate(self.capacity / 2);
            self.width *= 2;
        }
    }

    /// As many times the same value: what held between two looks. Costs one turn a bucket, not one a step.
    pub fn push_many(&mut self, value: f64, mut times: u64) {
        while times > 0 {
            let filled = self.open.map_or(0, |(_, filled)| filled);
            let fits = (self.width - filled).min(times);
            if fits > 1 {
                let same = Bucket { count: Bucket::of(value).count * (fits - 1), ..Bucket::of(value) };
                let joined = self.open.map_or(same, |(bucket, _)| bucket.join(same));
                self.open = Some((joined, filled + fits - 1));
            }
            self.push(value);
            times -= fits;
        }
    }

    /// A series that may take this one's place: it has room for as many buckets.
    pub fn is_like(&self, other: &Self) -> bool {
        self.capacity == other.capacity
    }

    /// How many steps a full bucket covers: a power of two.
    pub fn width(&self) -> u64 {
        self.width
    }

    /// The memory that the buckets take.
    pub fn bytes(&self) -> usize {
        self.buckets.capacity() * size_of::<Bucket>()
    }

    /// All buckets, oldest first; the last one may cover fewer steps than the others.
    pub fn buckets(&self) -> Vec<Bucket> {
        let mut all = self.buckets.clone();
        all.extend(self.open.map(|(bucket, _)| bucket));
        all
    }

    /// The newest value that is kept of those up to so many pushes, and never one from later. It is the value itself as
    /// long as a bucket covers one step, and for the newest one always; else it is less than a bucket older. None if
    /// there were fewer pushes, or none of them is kept.
    pub fn at(&self, pushes: u64) -> Option<f64> {
        let (bucket, filled) = (pushes / self.width, self.open.map_or(0, |(_, filled)| filled));
        let made = self.buckets.len() as u64 * self.width + filled;
        if pushes == made {
            return self.last();
        }
        let whole = usize::try_from(bucket).ok()?.checked_sub(1)?;
        self.buckets.get(whole).filter(|_| pushes < made).map(|bucket| bucket.last)
    }

    /// The most pushes up to so many after which [`Series::at`] is the value of the last of them, to the bit. None before the
    /// first one that is kept.
    pub fn exact_before(&self, pushes: u64) -> Option<u64> {
        let made = self.buckets.len() as u64 * self.width + self.open.map_or(0, |(_, filled)| filled);
        let exact = if pushes >= made { made } else { pushes / self.width * self.width };
        (exact > 0).then_some(exact)
    }

    /// The first bucket: the first value alone as long as a bucket covers one step.
    pub fn first(&self) -> Option<Bucket> {
        self.buckets.first().copied().or_else(|| self.open.map(|(bucket, _)| bucket))
    }

    /// The newest value.
    pub fn last(&self) -> Option<f64> {
        self.open.map(|(bucket, _)| bucket.last).or_else(|| self.buckets.last().map(|bucket| bucket.last))
    }
}

/// A bias-corrected exponential average of finite values: the smooth line of the Loss pane.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Smooth(Exponential);

impl Smooth {
    /// That of a run's losses: a window of about 50 mini-batches.
    pub fn of_losses() -> Self {
        Self::new(0.98)
    }

    /// `beta` in [0, 1): the window is about 1 / (1 - beta) values.
    pub fn new(beta: f64) -> Self {
        Self(Exponential::new(beta))
    }

    /// Takes a value and returns the average; a value that is not finite is passed over.
    pub fn push(&mut self, value: f64) -> f64 {
        if value.is_finite() {
            self.0.push(value);
        }
        self.value()
    }

    /// The average so far; NaN before the first finite value.
    pub fn value(&self) -> f64 {
        self.0.corrected()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_value_of_the_past_never_comes_from_later() {
        let mut series = Series::new(64);
        for step in 1..=10_007_u64 {
            series.push(step as f64);
        }
        assert_eq!((series.at(10_007), series.at(10_008), series.at(0)), (Some(10_007.0), None, None));
        assert_eq!((series.exact_before(20_000), series.exact_before(0)), (Some(10_007), None));
        for pushes in series.width()..10_007 {
            let value = series.at(pushes).unwrap();
            assert!(value <= pushes as f64 && value > (pushes - series.width()) as f64, "{value} for {pushes}");
            assert_eq!(series.exact_before(pushes), Some(value as u64));
        }
    }

    #[test]
    fn a_series_goes_on_from_bytes() {
        let odd = f64::from_bits(0x7ff8_dead_beef_0001);
        let mut series = Series::new(8);
        for step in 0..1000_u32 {
            let bytes = postcard::to_stdvec(&series).unwrap();
            let mut back: Series = postcard::from_bytes(&bytes).unwrap();
            let value = if step % 7 == 0 { odd } else { f64::from(step) };
            back.push(value);
            series.push(value);
            assert_eq!(postcard::to_stdvec(&back).unwrap(), postcard::to_stdvec(&series).unwrap(), "{step}");
        }
    }

    #[test]
    fn a_series_that_does_not_add_up_is_refused() {
        let bucket = |count| Bucket { count, ..Bucket::of(1.0) };
        let read = |buckets: usize, open, width, capacity| {
            Series::try_from(SeriesBytes { buckets: vec![bucket(1); buckets], open, width, capacity })
        };
        assert!(read(3, Some((bucket(1), 1)), 2, 4).is_ok());
        for (buckets, open, width, capacity) in [
            (4, None, 2, 4),
            (3, None, 2, 5),
            (0, None, 1, 0),
            (0, None, 2, 1 << 20),
            (3, None, 0, 4),
            (3, None, 3, 4),
            (3, None, 1 << 63, 4),
            (3, Some((bucket(1), 2)), 2, 4),
            (3, Some((bucket(0), 0)), 2, 4),
            (3, Some((bucket(2), 1)), 2, 4),
            (3, Some((bucket(u64::MAX), 1)), 2, 4),
        ] {
            assert!(read(buckets, open, width, capacity).is_err(), "{buckets} {open:?} {width} {capacity}");
        }
        let full = SeriesBytes { buckets: vec![bucket(3)], open: None, width: 2, capacity: 4 };
        assert!(Series::try_from(full).is_err(), "a bucket of more values than steps");
    }

    #[test]
    fn a_spike_survives_a_million_steps() {
        let mut series = Series::new(64);
        for step in 0..1_000_000 {
            series.push(if step == 123_456 { 1e6 } else { 1.0 });
        }
        let buckets = series.buckets();
        assert!(buckets.len() <= 65);
        assert_eq!(buckets.iter().map(|b| b.max).fold(0.0, f64::max), 1e6);
        assert_eq!(buckets[123_456 / series.width() as usize].max, 1e6);
    }

    #[test]
    fn what_is_not_finite_is_kept_apart() {
        let mut series = Series::new(8);
        for value in [1.0, f64::NAN, f64::INFINITY, 3.0] {
            series.push(value);
        }
        let buckets = series.buckets();
        assert!(buckets[1].mean.is_nan() && buckets[2].last.is_infinite());
        assert_eq!(series.last(), Some(3.0));
    }

    #[test]
    fn a_value_that_held_is_as_many_values() {
        let (mut once, mut many) = (Series::new(8), Series::new(8));
        for (value, times) in [(1.0, 3), (2.0, 1), (5.0, 40), (f64::NAN, 2), (1.5, 7)] {
            (0..times).for_each(|_| once.push(value));
            many.push_many(value, times);
        }
        assert_eq!((once.width(), once.last()), (many.width(), many.last()));
        for (a, b) in once.buckets().iter().zip(many.buckets()) {
            assert_eq!((a.min, a.max, a.count), (b.min, b.max, b.count));
            assert!((a.mean - b.mean).abs() < 1e-12);
        }
    }

    #[test]
    fn smooth_is_corrected_for_its_start() {
        let mut smooth = Smooth::new(0.98);
        assert!((smooth.push(16.0) - 16.0).abs() < 1e-12);
        assert!((smooth.push(24.0) - 0.7936 / 0.0396).abs() < 1e-12);
        assert!((smooth.push(f64::NAN) - 0.7936 / 0.0396).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn buckets_hold_the_extremes_the_mean_and_the_count(values in prop::collection::vec(-1e3..1e3_f64, 1..400)) {
            let mut series = Series::new(16);
            values.iter().for_each(|v| series.push(*v));
            let buckets = series.buckets();
            prop_assert!(buckets.len() <= 16);
            prop_assert_eq!(buckets.iter().map(|b| b.count).sum::<u64>(), values.len() as u64);
            for (bucket, chunk) in buckets.iter().zip(values.chunks(series.width() as usize)) {
                prop_assert_eq!(bucket.min, chunk.iter().copied().fold(f64::INFINITY, f64::min));
                prop_assert_eq!(bucket.max, chunk.iter().copied().fold(f64::NEG_INFINITY, f64::max));
                prop_assert!((bucket.mean - chunk.iter().sum::<f64>() / chunk.len() as f64).abs() < 1e-9);
                prop_assert_eq!(bucket.last, chunk[chunk.len() - 1]);
            }
        }
    }
}
