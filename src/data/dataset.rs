//! A dataset: the inputs, what is to be learned about them, and their names.
//!
//! What a [`Dataset`] promises is checked once, by [`Dataset::new`]. It never changes its samples' order by itself.

use std::sync::Arc;

use ndarray::Array2;

use super::{Standardizer, classes};
use crate::error::{Error, Result};
use crate::program::Real;

/// The most classes that whole numbers are taken for: each has a name, so a slip in `units` must not fill the memory.
const MAX_CLASSES: usize = 1_000_000;

/// What is to be learned about each sample.
#[derive(Debug, Clone, PartialEq)]
pub enum Target<F: Real = f32> {
    /// One of `names` for each sample: from words and generators, where the classes are known exactly, or made of
    /// whole numbers by [`Dataset::into_classes`] for a known number of outputs.
    Classes {
        /// The class of each sample, an index into `names`.
        labels: Vec<u32>,
        /// The classes; their number is the number of outputs a network needs.
        names: Vec<String>,
    },
    /// Numbers, `[samples, outputs]`. A column of whole numbers may still become classes: only the loss tells.
    Values(Array2<F>),
}

impl<F: Real> Target<F> {
    /// The number of samples.
    pub fn samples(&self) -> usize {
        match self {
            Self::Classes { labels, .. } => labels.len(),
            Self::Values(values) => values.nrows(),
        }
    }
}

/// Samples with their targets: at least one sample and one feature, as many targets as samples, every number finite,
/// every label a class, and matrices stored row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset<F: Real = f32> {
    x: Array2<F>,
    target: Target<F>,
    feature_names: Vec<String>,
    origin: String,
    /// What the inputs were standardised by.
    scale: Option<Arc<Standardizer>>,
}

/// A target that does not fit a loss or a network's outputs.
///
/// `?` turns it into the error alone; with `cell` a caller can find the place in a CSV file ([`super::csv::locate`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The first sample at fault and the column of the targets, both counted from 0, if a single number is at fault.
    pub cell: Option<(usize, usize)>,
    /// What is wrong, without a place.
    pub error: Error,
}

impl From<Mismatch> for Error {
    fn from(mismatch: Mismatch) -> Self {
        mismatch.error
    }
}

impl From<Error> for Mismatch {
    fn from(error: Error) -> Self {
        Self { cell: None, error }
    }
}

impl<F: Real> Dataset<F> {
    /// A dataset of `x` `[samples, features]` with its targets; the features are named `x1`, `x2`, ...
    ///
    /// `origin` is what the data is called in messages: a source's name or a file's. An error says what of the
    /// promises above does not hold.
    pub fn new(x: Array2<F>, target: Target<F>, origin: impl Into<String>) -> Result<Self> {
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
        all_finite(&x, "x", &origin)?;
        let x = row_by_row(x);
        let target = match target {
            Target::Values(values) if values.ncols() == 0 => {
                return Err(Error::user(format!("`{origin}` has no column of targets")));
            }
            Target::Values(values) => {
                all_finite(&values, "y", &origin)?;
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
        Ok(Self { x, target, feature_names, origin, scale: None })
    }

    /// The same with the features' own names; a list of another length is a fault of the caller and is not taken.
    #[must_use]
    pub fn named(mut self, feature_names: Vec<String>) -> Self {
        debug_assert_eq!(feature_names.len(), self.features());
        if feature_names.len() == self.features() {
            self.feature_names = feature_names;
        }
        self
    }

    /// The inputs, `[samples, features]`, row by row.
    pub fn x(&self) -> &Array2<F> {
        &self.x
    }

    /// The inputs to be scaled in place by a standardizer, which is remembered.
    pub(super) fn x_mut(&mut self, scale: &Standardizer) -> &mut Array2<F> {
        self.scale = Some(Arc::new(scale.clone()));
        &mut self.x
    }

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

    /// What is to be learned.
    pub fn target(&self) -> &Target<F> {
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
        match &self.target {
            Target::Classes { names, .. } => Some(names.len()),
            Target::Values(_) => None,
        }
    }

    /// The memory of inputs and targets in bytes.
    pub fn bytes(&self) -> u64 {
        let targets = match &self.target {
            Target::Classes { labels, .. } => size_of_val(labels.as_slice()),
            Target::Values(values) => values.len() * size_of::<F>(),
        };
        (self.x.len() * size_of::<F>() + targets) as u64
    }

    /// The given rows, in the given order. Panics if `rows` is empty or names a row that is not there.
    #[must_use]
    pub fn select(&self, rows: &[u32]) -> Self {
        assert!(!rows.is_empty(), "a dataset has at least one sample");
        let pick = |matrix: &Array2<F>| {
            Array2::from_shape_fn((rows.len(), matrix.ncols()), |(i, j)| matrix[[rows[i] as usize, j]])
        };
        let target = match &self.target {
            Target::Classes { labels, names } => {
                Target::Classes { labels: rows.iter().map(|&row| labels[row as usize]).collect(), names: names.clone() }
            }
            Target::Values(values) => Target::Values(pick(values)),
        };
        let (feature_names, origin) = (self.feature_names.clone(), self.origin.clone());
        Self { x: pick(&self.x), target, feature_names, origin, scale: self.scale.clone() }
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

    /// The same data in another kind of numbers, as in `data.map::<f64>()`.
    #[must_use]
    pub fn map<G: Real>(&self) -> Dataset<G> {
        let convert = |matrix: &Array2<F>| matrix.mapv(|value| G::from_f64(value.to_f64()));
        let target = match &self.target {
            Target::Classes { labels, names } => Target::Classes { labels: labels.clone(), names: names.clone() },
            Target::Values(values) => Target::Values(convert(values)),
        };
        let (feature_names, origin) = (self.feature_names.clone(), self.origin.clone());
        Dataset { x: convert(&self.x), target, feature_names, origin, scale: self.scale.clone() }
    }

    /// For a loss over classes: labels below `outputs`.
    ///
    /// Known classes must be exactly as many as the outputs. A single column of whole numbers **is** class indices, each
    /// below `outputs`; classes may be missing, and are named by their index.
    pub fn into_classes(self, outputs: usize) -> Result<Self, Mismatch> {
        let values = match &self.target {
            Target::Classes { names, .. } if names.len() == outputs => return Ok(self),
            Target::Classes { names, .. } => {
                return Err(self.wrong_outputs(names.len(), "class", outputs).into());
            }
            Target::Values(values) if values.ncols() != 1 => {
                let what = format!("classes need one column of targets, `{}` has {}", self.origin, values.ncols());
                return Err(Error::user(what).into());
            }
            Target::Values(_) if outputs > MAX_CLASSES => {
                let what = format!("{outputs} outputs are too many for classes: at most {MAX_CLASSES} are possible");
                return Err(Error::user(what).into());
            }
            Target::Values(values) => values,
        };
        let mut labels = Vec::with_capacity(values.nrows());
        for (sample, value) in values.iter().map(|value| value.to_f64()).enumerate() {
            let what = if value < 0.0 || value.fract() != 0.0 {
                format!("target {value} of sample {} of `{}` is not a class", sample + 1, self.origin)
            } else if value >= outputs as f64 {
                format!("class {value} of sample {} of `{}` needs more outputs", sample + 1, self.origin)
            } else {
                labels.push(value as u32);
                continue;
            };
            let last = outputs.saturating_sub(1);
            let help =
                format!("classes are whole numbers from 0 to {last}, as the network has {}", count(outputs, "output"));
            return Err(Mismatch { cell: Some((sample, 0)), error: Error::user(what).help(help) });
        }
        let names = (0..outputs).map(|class| class.to_string()).collect();
        Ok(Self { target: Target::Classes { labels, names }, ..self })
    }

    /// For a loss over numbers: values `[samples, outputs]`.
    ///
    /// Values must have as many columns as there are outputs. Classes become one-hot rows, or, two classes before a
    /// single output, a column of 0 and 1.
    pub fn into_values(self, outputs: usize) -> Result<Self, Mismatch> {
        let values = match &self.target {
            Target::Values(values) if values.ncols() == outputs => return Ok(self),
            Target::Values(values) => {
                return Err(self.wrong_outputs(values.ncols(), "target column", outputs).into());
            }
            Target::Classes { labels, names } if outputs == 1 && names.len() == 2 => {
                Array2::from_shape_fn((labels.len(), 1), |(i, _)| F::from_f64(f64::from(labels[i])))
            }
            Target::Classes { labels, names } if names.len() == outputs => {
                let one_hot = |i: usize, j: usize| if labels[i] as usize == j { F::ONE } else { F::ZERO };
                Array2::from_shape_fn((labels.len(), outputs), |(i, j)| one_hot(i, j))
            }
            Target::Classes { names, .. } => {
                return Err(self.wrong_outputs(names.len(), "class", outputs).into());
            }
        };
        Ok(Self { target: Target::Values(values), ..self })
    }

    /// For binary cross-entropy, after [`Dataset::into_values`]: every value is 0 or 1.
    pub fn check_binary(&self) -> Result<(), Mismatch> {
        let Target::Values(values) = &self.target else { return Ok(()) };
        match values.indexed_iter().find(|(_, value)| **value != F::ZERO && **value != F::ONE) {
            None => Ok(()),
            Some((cell, value)) => {
                let what = format!("target {value} of sample {} of `{}` is neither 0 nor 1", cell.0 + 1, self.origin);
                let error = Error::user(what).help("`binary_cross_entropy` learns columns of 0 and 1");
                Err(Mismatch { cell: Some(cell), error })
            }
        }
    }

    fn wrong_outputs(&self, has: usize, thing: &str, outputs: usize) -> Error {
        let (mut has_text, outputs_text) = (count(has, thing), count(outputs, "output"));
        if let Target::Classes { names, .. } = &self.target {
            has_text += &classes::in_brackets(names);
        }
        Error::user(format!("`{}` has {has_text}, but the network has {outputs_text}", self.origin))
            .help(format!("give the last layer {}", count(has, "unit")))
    }
}

/// The matrix with its rows one after the other in memory; copied only if they are not.
fn row_by_row<F: Real>(matrix: Array2<F>) -> Array2<F> {
    if matrix.is_standard_layout() { matrix } else { matrix.as_standard_layout().into_owned() }
}

/// The rows that are not held out, moved together in the same memory.
fn without<F: Real>(matrix: Array2<F>, held_out: &[u32]) -> Array2<F> {
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

/// "1 output", "2 outputs", "2 classes".
fn count(number: usize, thing: &str) -> String {
    let plural = match (number, thing.ends_with('s')) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{number} {thing}{plural}")
}

fn all_finite<F: Real>(matrix: &Array2<F>, name: &str, origin: &str) -> Result<()> {
    match matrix.indexed_iter().find(|(_, value)| !value.finite()) {
        None => Ok(()),
        Some(((row, column), value)) => Err(Error::user(format!(
            "{name}[{row},{column}] of `{origin}` is {value}: data must be finite (indices count from 0)"
        ))),
    }
}

#[cfg(test)]
mod tests;
