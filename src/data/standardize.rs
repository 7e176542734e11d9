//! Standardising: every feature gets mean 0 and deviation 1, by the numbers of the training part alone.
//!
//! All of it is computed in `f64` and rounded to `f32` at the very end. A column that lies far from 0 (a height above the
//! sea's, a time in milliseconds) differs in digits that `f32` does not have: rounded first, it would be standardised noise.

use libm::{frexp, scalbn};

use super::Dataset;
use super::cell::{Cell, convert};
use crate::error::{Error, Result};
use crate::program::Real;

/// Mean and deviation of each feature: `x' = (x - mean) / deviation`.
///
/// The deviation divides by the number of samples, as scikit-learn's `StandardScaler` does. A feature that is the same
/// in every training sample (three pixels of `digits`) carries nothing and becomes 0, in the validation part as well.
#[derive(Debug, Clone, PartialEq)]
pub struct Standardizer {
    columns: Vec<Column>,
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

/// What one feature is standardised by: `x' = ((unit x - shift) - rest) / deviation`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Column {
    /// A power of 2 that brings the largest value to the order of 1, so that no square overflows or underflows.
    unit: f64,
    /// The mean, as near as a number of 64 bits comes to it.
    shift: f64,
    /// What the mean is more than that: of numbers about 1e15 it is a sixteenth that may be missing.
    rest: f64,
    /// 0 for a feature that is the same in every sample.
    deviation: f64,
}

impl Column {
    /// The value less the mean, in units of this column.
    fn centred(&self, x: f64) -> f64 {
        (x * self.unit - self.shift) - self.rest
    }
}

/// A sum whose error does not grow with the number of summands. Source: Neumaier, 1974, "Rundungsfehleranalyse einiger
/// Verfahren zur Summation endlicher Summen".
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        self.lost += if self.sum.abs() >= value.abs() { (self.sum - sum) + value } else { (value - sum) + self.sum };
        self.sum = sum;
    }

    fn over(self, samples: usize) -> f64 {
        (self.sum + self.lost) / samples as f64
    }
}

impl Standardizer {
    /// Takes both from a dataset.
    pub fn fit<C: Cell, T: Copy>(training: &Dataset<C, T>) -> Self {
        let rows = || training.x().rows().into_iter();
        let features = training.x().ncols();
        let mut most = vec![0.0_f64; features];
        // Told by its values, not by its deviation: rounding in the mean could leave that a little above 0.
        let mut constant = vec![true; features];
        let first = training.x().row(0);
        for row in rows() {
            for (((x, first), most), constant) in row.iter().zip(&first).zip(&mut most).zip(&mut constant) {
                *most = most.max(x.exact().abs());
                *constant &= x == first;
            }
        }
        let column = |most: &f64| Column { unit: unit(*most), shift: 0.0, rest: 0.0, deviation: 0.0 };
        let mut columns: Vec<Column> = most.iter().map(column).collect();
        let mean_of = |columns: &[Column], value: fn(f64) -> f64| {
            let mut sums = vec![Sum::default(); features];
            for row in rows() {
                for ((x, column), sum) in row.iter().zip(columns).zip(&mut sums) {
                    sum.add(value(column.centred(x.exact())));
                }
            }
            sums.into_iter().map(|sum| sum.over(training.x().nrows()))
        };
        let shifts = mean_of(&columns, |x| x);
        columns.iter_mut().zip(shifts).for_each(|(column, shift)| column.shift = shift);
        let rests = mean_of(&columns, |x| x);
        columns.iter_mut().zip(rests).for_each(|(column, rest)| column.rest = rest);
        let variances = mean_of(&columns, |x| x * x);
        for ((column, variance), constant) in columns.iter_mut().zip(variances).zip(constant) {
            column.deviation = if constant { 0.0 } else { variance.sqrt() };
        }
        let mean = columns.iter().map(|column| (column.shift + column.rest) / column.unit).collect();
        let deviation = columns.iter().map(|column| column.deviation / column.unit).collect();
        Self { columns, mean, deviation }
    }

    /// Standardises a dataset of the same features. Panics if it has other features.
    ///
    /// # Errors
    /// A sample that was held out may lie so far from the others that no number of 32 bits holds how far.
    pub fn apply<C: Cell, T: Real>(&self, data: Dataset<C, T>) -> Result<Dataset<f32>> {
        assert_eq!(data.x().ncols(), self.columns.len(), "a dataset is standardised by its own training part");
        let mut cells = data.x().indexed_iter().map(|((_, feature), x)| (feature, x.exact()));
        let beyond = cells.find(|(feature, x)| !(self.standardized(*feature, *x) as f32).is_finite());
        if let Some((feature, x)) = beyond {
            let (name, origin) = (&data.feature_names()[feature], data.origin());
            let (mean, deviation) = (self.mean[feature], self.deviation[feature]);
            let what = format!(
                "`{name}` of a validation or test sample of `{origin}` is {x}: too far from the training samples"
            );
            return Err(Error::user(what).help(format!(
                "those trained on have the mean {mean:e} and the deviation {deviation:e}; is the number right?"
            )));
        }
        Ok(data.scaled(self, |x| convert(x, |x, feature| self.standardized(feature, x.exact()) as f32)))
    }

    /// A value of a feature, standardised but not rounded yet.
    pub fn standardized(&self, feature: usize, x: f64) -> f64 {
        let column = &self.columns[feature];
        if column.deviation > 0.0 { column.centred(x) / column.deviation } else { 0.0 }
    }

    /// The mean of each feature.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The deviation of each feature; 0 for a constant one.
    pub fn deviation(&self) -> &[f64] {
        &self.deviation
    }
}

/// The power of 2 that brings numbers up to `most` below 1, the largest to at least 1/2; 1 for nothing but zeros.
fn unit(most: f64) -> f64 {
    // The smallest of all numbers stay below 1/2: the power of 2 for them would be infinite.
    if most > 0.0 { scalbn(1.0, (-frexp(most).1).min(1000)) } else { 1.0 }
}

#[cfg(test)]
mod tests;
