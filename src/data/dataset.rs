//! A dataset: the inputs, what is to be learned about them, and their names.
//!
//! What a [`Dataset`] promises is checked once, by [`Dataset::new`]. It never changes its samples' order by itself.

use std::sync::Arc;

use ndarray::Array2;

use super::cell::Cell;
use super::{Columns, Mismatch, Standardizer, Target};
use crate::error::{Error, Result};
use crate::program::Real;

/// Samples with their targets: at least one sample and one feature, as many targets as samples, every number finite,
/// every label a class, and matrices stored row by row.
///
/// Inputs are `F` and targets `T`. A network trains on `f32`; before they are split and scaled, inputs may be any
/// [`Cell`], and targets are `f64`, none of them beyond what `f32` holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset<F = f32, T = F> {
    x: Array2<F>,
    target: Target<T>,
    feature_names: Vec<String>,
    origin: String,
    /// What the targets are called, if they are of another file than the inputs.
    target_origin: Option<String>,
    /// What the inputs were standardised by.
    scale: Option<Arc<Standardizer>>,
    /// What rounding took of each feature, as a share of its range; empty if nothing is known to be lost.
    lost: Vec<f64>,
}

impl<T: Real> Dataset<f32, T> {
    /// What each feature lost when it was read or made as 32-bit numbers: the most that rounding changed a value by, as a
    /// share of the distance from its least to its largest value. Empty if nothing is known to be lost.
    pub fn lost(&self) -> &[f64] {
        &self.lost
    }
}

impl<F: Real, T: Real> Dataset<F, T> {
    /// A dataset of inputs that came cell by cell, with their targets; the features are named `x1`, `x2`, ...
    ///
    /// # Errors
    /// As [`Dataset::new`] has them.
    pub fn collected(columns: Columns<F>, target: Target<T>, origin: impl Into<String>) -> Result<Self> {
        let (x, lost) = columns.finish()?;
        Ok(Self { lost, ..Self::new(x, target, origin)? })
    }
}

impl<F: Cell, T: Real> Dataset<F, T> {
    /// A dataset of `x` `[samples, features]` with its targets; the features are named `x1`, `x2`, ...
    ///
    /// `origin` is what the data is called in messages: a source's name or a file's. An error says what of the
    /// promises above does not hold.
    pub fn new(x: Array2<F>, target: Target<T>, origin: impl Into<String>) -> Result<Self> {
        let origin = origin.into();
        let (samples, features) = x.dim();
        if samples == 0 || features == 0 {
            return Err(Error::user(format!(
                "`{origin}` has {samples} samples of {features} features: at least one of each is needed"
            )));
        }
        if samples > u32::MAX as usize {
            return Err(Error::user(format!("`{origin}` has {samples} samples: at most {} are possible", u32::MAX)));
        }
        if target.samples() != samples {
            return Err(Error::user(format!("`{origin}` has {samples} rows of x but {} of y", target.samples())));
        }
        all_finite(&x, "x", &origin, f64::is_finite)?;
        let x = row_by_row(x);
        let target = match target {
            Target::Values(values) if values.ncols() == 0 => {
                return Err(Error::user(format!("`{origin}` has no column of targets")));
            }
            Target::Values(values) => {
                // Targets are never scaled, so they are rounded as they are.
                all_finite(&values, "y", &origin, |value| (value as f32).is_finite())?;
                Target::Values(row_by_row(values))
            }
            Target::Classes { labels, names } => {
                if let Some(at) = labels.iter().position(|&label| label as usize >= names.len()) {
                    return Err(Error::user(format!(
                        "sample {} of `{origin}` has class {}, but there are {} classes, counted from 0",
                        at + 1,
                        labels[at],
                        names.len()
                    )));
                }
                Target::Classes { labels, names }
            }
        };
        let feature_names = (1..=features).map(|j| format!("x{j}")).collect();
        Ok(Self { x, target, feature_names, origin, target_origin: None, scale: None, lost: Vec::new() })
    }

    /// The samples as a network trains on them: inputs and targets are the nearest numbers of 32 bits.
    pub fn rounded(self) -> Dataset<f32> {
        let Self { x, target, feature_names, origin, target_origin, scale, lost } = self;
        Dataset { x: F::rounded(x), target: target.map(), feature_names, origin, target_origin, scale, lost }
    }

    /// The samples with their inputs scaled, by a standardizer that is remembered.
    pub(super) fn scaled(self, scale: &Standardizer, by: impl FnOnce(Array2<F>) -> Array2<f32>) -> Dataset<f32> {
        let Self { x, target, feature_names, origin, target_origin, .. } = self;
        let scale = Some(Arc::new(scale.clone()));
        Dataset { x: by(x), target: target.map(), feature_names, origin, target_origin, scale, lost: Vec::new() }
    }
}

impl<F: Copy, T: Copy> Dataset<F, T> {
    /// The same with the features' own names; a list of another length is a fault of the caller and is not taken.
    #[must_use]
    pub fn named(mut self, feature_names: Vec<String>) -> Self {
        debug_assert_eq!(feature_names.len(), self.features());
        if feature_names.len() == self.features() {
            self.feature_names = feature_names;
        }
        self
    }

    /// The same with targets that are of a file of their own, which is what errors about them call it.
    #[must_use]
    pub fn targets_of(mut self, file: impl Into<String>) -> Self {
        self.target_origin = Some(file.into());
        self
    }

    /// The inputs, `[samples, features]`, row by row.
    pub fn x(&self) -> &Array2<F> {
        &self.x
    }

    /// What is to be learned.
    pub fn target(&self) -> &Target<T> {
        &self.target
    }

    /// One name for each feature.
    pub fn feature_names(&self) -> &[String] {
        &self.feature_names
    }

    /// The source's or file's name.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The name of the source or file that the targets are from.
    pub fn target_origin(&self) -> &str {
        self.target_origin.as_ref().unwrap_or(&self.origin)
    }

    /// The number of rows, at least 1.
    pub fn samples(&self) -> usize {
        self.x.nrows()
    }

    /// The number of inputs of a network for this data, at least 1.
    pub fn features(&self) -> usize {
        self.x.ncols()
    }

    /// The number of classes; `None` for values.
    pub fn classes(&self) -> Option<usize> {
        self.target.classes()
    }

    /// The memory of inputs and targets in bytes.
    pub fn bytes(&self) -> u64 {
        let targets = match &self.target {
            Target::Classes { labels, .. } => size_of_val(labels.as_slice()),
            Target::Values(values) => values.len() * size_of::<T>(),
        };
        (self.x.len() * size_of::<F>() + targets) as u64
    }

    /// The given rows, in the given order. Panics if `rows` is empty or names a row that is not there.
    #[must_use]
    pub fn select(&self, rows: &[u32]) -> Self {
        assert!(!rows.is_empty(), "a dataset has at least one sample");
        let target = match &self.target {
            Target::Classes { labels, names } => {
                Target::Classes { labels: rows.iter().map(|&row| labels[row as usize]).collect(), names: names.clone() }
            }
            Target::Values(values) => Target::Values(pick(values, rows)),
        };
        Self {
            x: pick(&self.x, rows),
            target,
            feature_names: self.feature_names.clone(),
            origin: self.origin.clone(),
            target_origin: self.target_origin.clone(),
            scale: self.scale.clone(),
            lost: self.lost.clone(),
        }
    }

    /// Two datasets: of the rows that are not held out, and of those that are, which are given in rising order. The first
    /// keeps this one's memory, so that no more is taken than this one's and the second's. Panics if either has no row.
    pub(super) fn part(self, held_out: &[u32]) -> (Self, Self) {
        assert!(held_out.len() < self.samples(), "a dataset has at least one sample");
        let second = self.select(held_out);
        let target = match self.target {
            Target::Classes { mut labels, names } => {
                let (mut held, mut row) = (held_out.iter().peekable(), 0..);
                labels.retain(|_| held.next_if_eq(&&row.next().unwrap_or(u32::MAX)).is_none());
                labels.shrink_to_fit();
                Target::Classes { labels, names }
            }
            Target::Values(values) => Target::Values(without(values, held_out)),
        };
        (Self { x: without(self.x, held_out), target, ..self }, second)
    }
}

impl<F: Real> Dataset<F> {
    /// A row of the inputs in the units that they came in. Panics if there is no such row.
    pub fn original(&self, row: usize) -> Vec<f64> {
        let values = self.x.row(row).into_iter().map(|x| x.to_f64());
        match &self.scale {
            None => values.collect(),
            Some(scale) => {
                let by = scale.mean().iter().zip(scale.deviation());
                values.zip(by).map(|(x, (mean, deviation))| x * deviation + mean).collect()
            }
        }
    }

    /// The same data in another kind of numbers, as in `data.map::<f64>()`.
    #[must_use]
    pub fn map<G: Real>(&self) -> Dataset<G> {
        Dataset {
            x: self.x.mapv(|value| G::from_f64(value.to_f64())),
            target: self.target.clone().map(),
            feature_names: self.feature_names.clone(),
            origin: self.origin.clone(),
            target_origin: self.target_origin.clone(),
            scale: self.scale.clone(),
            lost: self.lost.clone(),
        }
    }
}

impl<F, T: Real> Dataset<F, T> {
    /// For a loss over classes: labels below `outputs`, as [`Target::into_classes`] makes them.
    pub fn into_classes(self, outputs: usize) -> Result<Self, Mismatch> {
        self.with_target(|target, origin| target.into_classes(outputs, origin))
    }

    /// For a loss over numbers: values `[samples, outputs]`, as [`Target::into_values`] makes them.
    pub fn into_values(self, outputs: usize) -> Result<Self, Mismatch> {
        self.with_target(|target, origin| target.into_values(outputs, origin))
    }

    /// For binary cross-entropy, after [`Dataset::into_values`]: every value is 0 or 1.
    pub fn check_binary(&self) -> Result<(), Mismatch> {
        self.target.check_binary(self.target_origin.as_ref().unwrap_or(&self.origin))
    }

    /// The same inputs with another target for the same samples, made of this one and of what its origin is called.
    pub fn with_target(
        self,
        change: impl FnOnce(Target<T>, &str) -> Result<Target<T>, Mismatch>,
    ) -> Result<Self, Mismatch> {
        let target = change(self.target, self.target_origin.as_ref().unwrap_or(&self.origin))?;
        Ok(Self { target, ..self })
    }
}

/// The given rows of a matrix.
fn pick<F: Copy>(matrix: &Array2<F>, rows: &[u32]) -> Array2<F> {
    Array2::from_shape_fn((rows.len(), matrix.ncols()), |(i, j)| matrix[[rows[i] as usize, j]])
}

/// The matrix with its rows one after the other in memory; copied only if they are not.
fn row_by_row<F: Copy>(matrix: Array2<F>) -> Array2<F> {
    if matrix.is_standard_layout() { matrix } else { matrix.as_standard_layout().into_owned() }
}

/// The rows that are not held out, moved together in the same memory.
fn without<F: Copy>(matrix: Array2<F>, held_out: &[u32]) -> Array2<F> {
    let (rows, columns) = matrix.dim();
    let mut held = held_out.iter().peekable();
    // A dataset's matrices are stored row by row from their first element on.
    let (mut values, start) = matrix.into_raw_vec_and_offset();
    let (start, mut kept) = (start.unwrap_or(0), 0);
    for row in (0..rows).filter(|row| held.next_if(|held| **held as usize == *row).is_none()) {
        let from = start + row * columns;
        values.copy_within(from..from + columns, kept * columns);
        kept += 1;
    }
    values.truncate(kept * columns);
    values.shrink_to_fit();
    Array2::from_shape_vec((kept, columns), values).expect("as many values as rows times columns")
}

fn all_finite<C: Cell>(matrix: &Array2<C>, name: &str, origin: &str, fits: impl Fn(f64) -> bool) -> Result<()> {
    match matrix.indexed_iter().map(|(at, cell)| (at, cell.exact())).find(|(_, value)| !fits(*value)) {
        None => Ok(()),
        Some(((row, column), value)) if value.is_finite() => {
            let what = format!("{name}[{row},{column}] of `{origin}` is {value:e}: too large for a number of 32 bits");
            Err(Error::user(what).help("indices count from 0"))
        }
        Some(((row, column), value)) => Err(Error::user(format!(
            "{name}[{row},{column}] of `{origin}` is {value}: data must be finite (indices count from 0)"
        ))),
    }
}

#[cfg(test)]
mod tests;
