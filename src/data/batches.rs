//! Mini-batches: in which order the samples come, epoch by epoch, and their rows gathered into the caller's buffers.
//!
//! Nothing is allocated after [`Batches::new`]. The order of an epoch depends on the seed and the epoch alone, so any
//! epoch can be entered at once and a run can be taken up in its midst.

use std::ops::Range;

use ndarray::Array2;
use rand::seq::SliceRandom;

use crate::error::{Error, Result};
use crate::program::Real;
use crate::random::{Purpose, stream};

/// What happens to the samples that do not fill a last batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rest {
    /// They are a last, smaller batch: ceil(n / batch) steps an epoch.
    #[default]
    Keep,
    /// They are left out, others in every shuffled epoch: floor(n / batch) steps, the lecture's `n // batch`.
    Drop,
}

/// In which order the samples of an epoch come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// A new one in every epoch.
    #[default]
    Shuffled,
    /// That of the data, in every epoch.
    AsGiven,
}

/// The order of the samples and how it is cut.
#[derive(Debug, Clone)]
pub struct Batches {
    rows: Vec<u32>,
    batch: usize,
    order: Order,
    rest: Rest,
    /// Mini-batches of an update.
    accumulate: usize,
    seed: u64,
    epoch: u64,
}

/// The mini-batches of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Their epoch, counted from 0.
    pub epoch: u64,
    /// Their places in it.
    pub batches: Range<usize>,
    /// Mini-batches dealt before them, since the first epoch.
    pub before: u64,
}

impl Batches {
    /// Batches of `batch` samples (all of them for `full`, or where there are fewer), set to epoch 0.
    ///
    /// An error if there would be no batch at all: without samples, with a batch of 0, or where [`Rest::Drop`] drops
    /// everything because a batch is larger than the data.
    pub fn new(samples: usize, batch: usize, order: Order, rest: Rest, seed: u64) -> Result<Self> {
        let Ok(count) = u32::try_from(samples) else {
            return Err(Error::user(format!("{samples} samples are too many: at most {} are possible", u32::MAX)));
        };
        if count == 0 || batch == 0 {
            return Err(Error::user("a batch needs at least one sample"));
        }
        if rest == Rest::Drop && batch > samples {
            return Err(Error::user(format!(
                "a batch of {batch} is larger than the {samples} training samples, and `rest: drop` drops what does not fill one"
            ))
            .help("a smaller `batch`, or `rest: keep`"));
        }
        let rows = (0..count).collect();
        let mut batches = Self { rows, batch: batch.min(samples), order, rest, accumulate: 1, seed, epoch: 0 };
        batches.start_epoch(0);
        Ok(batches)
    }

    /// The samples of a batch; the last one of an epoch may have fewer.
    pub fn batch_size(&self) -> usize {
        self.batch
    }

    /// An update takes so many of them, at least 1; the last one of an epoch what there is.
    #[must_use]
    pub fn accumulating(mut self, batches: usize) -> Self {
        self.accumulate = batches.max(1);
        self
    }

    /// Updates in an epoch; at least 1.
    pub fn updates_per_epoch(&self) -> usize {
        self.per_epoch().div_ceil(self.accumulate)
    }

    /// The mini-batches of the update after so many others.
    pub fn turn(&self, updates: u64) -> Turn {
        let (per_epoch, all) = (self.updates_per_epoch() as u64, self.per_epoch());
        let (epoch, at) = (updates / per_epoch, (updates % per_epoch) as usize);
        let first = at * self.accumulate;
        let batches = first..all.min(first + self.accumulate);
        Turn { epoch, batches, before: epoch.saturating_mul(all as u64).saturating_add(first as u64) }
    }

    /// The samples in so many updates, from the first one of the first epoch.
    pub fn samples_after(&self, updates: u64) -> u64 {
        self.samples_in(self.turn(updates).before)
    }

    /// The number of batches in an epoch; at least 1.
    pub fn per_epoch(&self) -> usize {
        match self.rest {
            Rest::Keep => self.rows.len().div_ceil(self.batch),
            Rest::Drop => self.rows.len() / self.batch,
        }
    }

    /// The samples in so many batches, from the first one of the first epoch.
    pub fn samples_in(&self, batches: u64) -> u64 {
        let per_epoch = self.per_epoch() as u64;
        let epoch = match self.rest {
            Rest::Keep => self.rows.len() as u64,
            Rest::Drop => per_epoch * self.batch as u64,
        };
        let begun = ((batches % per_epoch) * self.batch as u64).min(epoch);
        (batches / per_epoch).saturating_mul(epoch).saturating_add(begun)
    }

    /// In which order the samples come.
    pub fn order(&self) -> Order {
        self.order
    }

    /// The epoch whose batches are dealt, counted from 0.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Makes the order of an epoch, from the data's own order and never from the last epoch's: O(samples) for any.
    pub fn start_epoch(&mut self, epoch: u64) {
        self.epoch = epoch;
        if self.order == Order::Shuffled {
            self.rows.iter_mut().zip(0..).for_each(|(row, i)| *row = i);
            self.rows.shuffle(&mut stream(self.seed, Purpose::Shuffle, epoch, 0));
        }
    }

    /// The rows of the epoch's batch `k`, counted from 0. Panics if `k` is not below [`Batches::per_epoch`].
    pub fn batch(&self, k: usize) -> &[u32] {
        assert!(k < self.per_epoch(), "batch {k} of {}", self.per_epoch());
        let start = k * self.batch;
        &self.rows[start..self.rows.len().min(start + self.batch)]
    }
}

/// Copies rows of `matrix` `[samples, columns]` one after the other into `out` `[rows, columns]`.
///
/// Panics if `out` has another length or a row is not there.
pub fn gather<F: Real>(matrix: &Array2<F>, rows: &[u32], out: &mut [F]) {
    let columns = matrix.ncols();
    assert_eq!(out.len(), rows.len() * columns, "room for the rows of a batch");
    let Some(all) = matrix.as_slice() else {
        // Datasets are stored row by row; any other matrix is copied element by element.
        let elements = rows.iter().flat_map(|&row| matrix.row(row as usize));
        out.iter_mut().zip(elements).for_each(|(to, from)| *to = *from);
        return;
    };
    copy_rows(all, columns, rows, out);
}

/// Numbers of a batch that one thread copies; more of them are shared, where there are threads to share with.
const SHARED: usize = 32_768;

fn copy_rows<F: Real>(all: &[F], columns: usize, rows: &[u32], out: &mut [F]) {
    if out.len() > SHARED && rows.len() > 1 && rayon::current_thread_index().is_some() {
        let (rows, more_rows) = rows.split_at(rows.len() / 2);
        let (out, more) = out.split_at_mut(rows.len() * columns);
        rayon::join(|| copy_rows(all, columns, rows, out), || copy_rows(all, columns, more_rows, more));
        return;
    }
    // To call for the copy of a few numbers takes longer than to copy them.
    match columns {
        1 => copy_narrow::<F, 1>(all, rows, out),
        2 => copy_narrow::<F, 2>(all, rows, out),
        3 => copy_narrow::<F, 3>(all, rows, out),
        4 => copy_narrow::<F, 4>(all, rows, out),
        _ => {
            for (to, &row) in out.chunks_exact_mut(columns.max(1)).zip(rows) {
                let start = row as usize * columns;
                to.copy_from_slice(&all[start..start + columns]);
            }
        }
    }
}

fn copy_narrow<F: Real, const COLUMNS: usize>(all: &[F], rows: &[u32], out: &mut [F]) {
    let all = all.as_chunks::<COLUMNS>().0;
    out.as_chunks_mut::<COLUMNS>().0.iter_mut().zip(rows).for_each(|(to, &row)| *to = all[row as usize]);
}

/// Copies the labels of rows into `out`. Panics if `out` has another length or a row is not there.
pub fn gather_labels(labels: &[u32], rows: &[u32], out: &mut [u32]) {
    assert_eq!(out.len(), rows.len(), "room for the labels of a batch");
    out.iter_mut().zip(rows).for_each(|(to, &row)| *to = labels[row as usize]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    /// Ten samples in batches of 3, three of them an update.
    #[test]
    fn an_update_takes_several_batches_and_the_last_of_an_epoch_what_there_is() {
        let batches = Batches::new(10, 3, Order::AsGiven, Rest::Keep, 1).unwrap().accumulating(3);
        assert_eq!((batches.per_epoch(), batches.updates_per_epoch()), (4, 2));
        assert_eq!(batches.turn(3), Turn { epoch: 1, batches: 3..4, before: 7 });
        assert_eq!([0, 1, 2, 3, 4].map(|updates| batches.samples_after(updates)), [0, 9, 10, 19, 20]);
        let dropped = Batches::new(10, 3, Order::AsGiven, Rest::Drop, 1).unwrap().accumulating(2);
        assert_eq!((dropped.updates_per_epoch(), dropped.turn(1).batches), (2, 2..3));
        assert_eq!([1, 2, 3].map(|updates| dropped.samples_after(updates)), [6, 9, 15]);
        let more_than_there_are = Batches::new(10, 3, Order::AsGiven, Rest::Keep, 1).unwrap().accumulating(99);
        assert_eq!((more_than_there_are.updates_per_epoch(), more_than_there_are.turn(1).batches), (1, 0..4));
    }

    #[test]
    fn samples_are_counted_as_they_are_dealt() {
        for rest in [Rest::Keep, Rest::Drop] {
            let mut batches = Batches::new(10, 4, Order::Shuffled, rest, 1).unwrap();
            let mut dealt = 0;
            for step in 0..20_u64 {
                assert_eq!(batches.samples_in(step), dealt);
                let per_epoch = batches.per_epoch() as u64;
                batches.start_epoch(step / per_epoch);
                dealt += batches.batch((step % per_epoch) as usize).len() as u64;
            }
        }
    }

    #[test]
    fn rows_of_any_width_are_copied_in_the_order_asked_for() {
        for columns in 0..7 {
            let matrix = Array2::from_shape_fn((9, columns), |(i, j)| (i * 10 + j) as f64);
            let mut out = vec![f64::NAN; 4 * columns];
            gather(&matrix, &[8, 0, 3, 3], &mut out);
            let wanted = [8, 0, 3, 3].iter().flat_map(|row| matrix.row(*row).to_vec());
            assert_eq!(out, wanted.collect::<Vec<_>>(), "{columns} columns");
        }
    }

    #[test]
    fn a_large_batch_is_the_same_by_however_many_threads() {
        let matrix = Array2::from_shape_fn((300, 500), |(i, j)| (i * 500 + j) as f32);
        let rows: Vec<u32> = (0..257).map(|i| i * 7 % 300).collect();
        let copied = || {
            let mut out = vec![f32::NAN; rows.len() * 500];
            gather(&matrix, &rows, &mut out);
            out
        };
        let alone = copied();
        assert!(alone.chunks(500).zip(&rows).all(|(line, row)| line == matrix.row(*row as usize).as_slice().unwrap()));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        assert_eq!(pool.install(copied), alone);
    }

    fn epoch(batches: &Batches) -> Vec<u32> {
        (0..batches.per_epoch()).flat_map(|k| batches.batch(k).to_vec()).collect()
    }

    proptest! {
        #[test]
        fn keep_deals_every_sample_once_and_drop_only_full_batches(
            samples in 1..300_usize, batch in 1..320_usize, seed: u64, start in 0..1000_u64
        ) {
            let mut keep = Batches::new(samples, batch, Order::Shuffled, Rest::Keep, seed).unwrap();
            keep.start_epoch(start);
            let mut dealt = epoch(&keep);
            dealt.sort_unstable();
            prop_assert_eq!(dealt, (0..samples as u32).collect::<Vec<_>>());
            prop_assert_eq!(keep.per_epoch(), samples.div_ceil(batch));

            let drop = Batches::new(samples, batch, Order::Shuffled, Rest::Drop, seed);
            prop_assert_eq!(drop.is_err(), batch > samples);
            if let Ok(mut drop) = drop {
                drop.start_epoch(start);
                prop_assert!((0..drop.per_epoch()).all(|k| drop.batch(k).len() == batch));
                let dealt = epoch(&drop);
                prop_assert_eq!(dealt.len(), samples / batch * batch);
                prop_assert_eq!(&dealt, &epoch(&keep)[..dealt.len()], "the same order, cut short");
            }
        }
    }

    #[test]
    fn epochs_differ_repeat_by_seed_and_can_be_entered_at_once() {
        let make = |seed| Batches::new(50, 8, Order::Shuffled, Rest::Keep, seed).unwrap();
        let mut walked = make(7);
        let first = epoch(&walked);
        for e in 0..=5 {
            walked.start_epoch(e);
        }
        let mut jumped = make(7);
        jumped.start_epoch(5);
        assert_eq!((epoch(&walked), jumped.epoch()), (epoch(&jumped), 5));
        assert_ne!(first, epoch(&jumped));
        assert_ne!(first, epoch(&make(8)));
        jumped.start_epoch(0);
        assert_eq!(first, epoch(&jumped));
    }

    #[test]
    fn as_given_is_the_datas_order_in_every_epoch() {
        let mut batches = Batches::new(5, 2, Order::AsGiven, Rest::Keep, 7).unwrap();
        for e in 0..3 {
            batches.start_epoch(e);
            assert_eq!((batches.batch(0), batches.batch(1), batches.batch(2)), (&[0, 1][..], &[2, 3][..], &[4][..]));
        }
    }

    #[test]
    fn a_batch_is_at_most_the_whole_data() {
        let batches = Batches::new(5, 99, Order::AsGiven, Rest::Keep, 7).unwrap();
        assert_eq!((batches.batch_size(), batches.per_epoch(), batches.batch(0).len()), (5, 1, 5));
        let error = Batches::new(5, 99, Order::AsGiven, Rest::Drop, 7).unwrap_err();
        assert!(error.what().contains("larger than the 5 training samples"));
        assert!(Batches::new(5, 5, Order::AsGiven, Rest::Drop, 7).is_ok());
        assert!(Batches::new(5, 0, Order::AsGiven, Rest::Keep, 7).is_err());
        assert!(Batches::new(0, 5, Order::AsGiven, Rest::Keep, 7).is_err());
    }

    #[test]
    fn rows_are_gathered_in_the_batchs_order() {
        let matrix = array![[1.0_f32, 2.0], [3.0, 4.0], [5.0, 6.0]];
        let mut out = [0.0; 4];
        gather(&matrix, &[2, 0], &mut out);
        assert_eq!(out, [5.0, 6.0, 1.0, 2.0]);
        gather(&array![[1.0_f32, 3.0, 5.0], [2.0, 4.0, 6.0]].reversed_axes(), &[1, 0], &mut out);
        assert_eq!(out, [3.0, 4.0, 1.0, 2.0]);
        let mut labels = [0; 3];
        gather_labels(&[7, 8, 9], &[1, 1, 2], &mut labels);
        assert_eq!(labels, [8, 8, 9]);
    }
}
