//! What is to be learned about samples, and how it becomes what a loss and a network's outputs ask for.

use ndarray::Array2;

use super::classes;
use crate::error::{Error, Result};
use crate::program::Real;

/// The most classes that whole numbers are taken for: each has a name, so a slip in `units` must not fill the memory.
const MAX_CLASSES: usize = 1_000_000;

/// What is to be learned about each sample.
#[derive(Debug, Clone, PartialEq)]
pub enum Target<F = f32> {
    /// One of `names` for each sample: from words and generators, where the classes are known exactly, or made of
    /// whole numbers by [`Target::into_classes`] for a known number of outputs.
    Classes {
        /// The class of each sample, an index into `names`.
        labels: Vec<u32>,
        /// The classes; their number is the number of outputs a network needs.
        names: Vec<String>,
    },
    /// Numbers, `[samples, outputs]`. A column of whole numbers may still become classes: only the loss tells.
    Values(Array2<F>),
}

impl<F> Target<F> {
    /// The number of samples.
    pub fn samples(&self) -> usize {
        match self {
            Self::Classes { labels, .. } => labels.len(),
            Self::Values(values) => values.nrows(),
        }
    }

    /// The number of classes; `None` for values.
    pub fn classes(&self) -> Option<usize> {
        match self {
            Self::Classes { names, .. } => Some(names.len()),
            Self::Values(_) => None,
        }
    }

    /// Columns that it was given in: a class is one.
    pub fn columns(&self) -> usize {
        match self {
            Self::Classes { .. } => 1,
            Self::Values(values) => values.ncols(),
        }
    }
}

impl<F: Real> Target<F> {
    /// The same in another kind of numbers.
    #[must_use]
    pub fn map<G: Real>(self) -> Target<G> {
        match self {
            Self::Classes { labels, names } => Target::Classes { labels, names },
            Self::Values(values) => Target::Values(values.mapv(|value| G::from_f64(value.to_f64()))),
        }
    }

    /// For a loss over classes: labels below `outputs`.
    ///
    /// Known classes must be exactly as many as the outputs. A single column of whole numbers **is** class indices, each
    /// below `outputs`; classes may be missing, and are named by their index.
    pub fn into_classes(self, outputs: usize, origin: &str) -> Result<Self, Mismatch> {
        let values = match &self {
            Self::Classes { names, .. } if names.len() == outputs => return Ok(self),
            Self::Classes { names, .. } => {
                return Err(wrong_classes(origin, names, outputs).into());
            }
            Self::Values(values) if values.ncols() != 1 => {
                let what = format!("classes need one column of targets, `{origin}` has {}", values.ncols());
                return Err(Error::user(what).into());
            }
            Self::Values(_) if outputs > MAX_CLASSES => {
                let what = format!("{outputs} outputs are too many for classes: at most {MAX_CLASSES} are possible");
                return Err(Error::user(what).into());
            }
            Self::Values(values) => values,
        };
        let mut labels = Vec::with_capacity(values.nrows());
        for (sample, value) in values.iter().map(|value| value.to_f64()).enumerate() {
            let what = if value < 0.0 || value.fract() != 0.0 {
                format!("target {value} of sample {} of `{origin}` is not a class", sample + 1)
            } else if value >= outputs as f64 {
                format!("class {value} of sample {} of `{origin}` needs more outputs", sample + 1)
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
        Ok(Self::Classes { labels, names })
    }

    /// For a loss over numbers: values `[samples, outputs]`.
    ///
    /// Values must have as many columns as there are outputs. Classes become one-hot rows, or, two classes before a
    /// single output, a column of 0 and 1.
    pub fn into_values(self, outputs: usize, origin: &str) -> Result<Self, Mismatch> {
        let values = match &self {
            Self::Values(values) if values.ncols() == outputs => return Ok(self),
            Self::Values(values) => {
                return Err(
                    wrong_outputs(origin, &count(values.ncols(), "target column"), values.ncols(), outputs).into()
                );
            }
            Self::Classes { labels, names } if outputs == 1 && names.len() == 2 => {
                Array2::from_shape_fn((labels.len(), 1), |(i, _)| F::from_f64(f64::from(labels[i])))
            }
            Self::Classes { labels, names } if names.len() == outputs => {
                let one_hot = |i: usize, j: usize| if labels[i] as usize == j { F::ONE } else { F::ZERO };
                Array2::from_shape_fn((labels.len(), outputs), |(i, j)| one_hot(i, j))
            }
            Self::Classes { names, .. } => {
                return Err(wrong_classes(origin, names, outputs).into());
            }
        };
        Ok(Self::Values(values))
    }

    /// For binary cross-entropy, after [`Target::into_values`]: every value is 0 or 1.
    pub fn check_binary(&self, origin: &str) -> Result<(), Mismatch> {
        let Self::Values(values) = self else { return Ok(()) };
        match values.indexed_iter().find(|(_, value)| **value != F::ZERO && **value != F::ONE) {
            None => Ok(()),
            Some((cell, value)) => {
                let what = format!("target {value} of sample {} of `{origin}` is neither 0 nor 1", cell.0 + 1);
                let error = Error::user(what).help("`binary_cross_entropy` learns columns of 0 and 1");
                Err(Mismatch { cell: Some(cell), error })
            }
        }
    }
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

fn wrong_classes(origin: &str, names: &[String], outputs: usize) -> Error {
    let has = count(names.len(), "class") + classes::in_brackets(names).as_str();
    wrong_outputs(origin, &has, names.len(), outputs)
}

fn wrong_outputs(origin: &str, has: &str, needed: usize, outputs: usize) -> Error {
    let outputs = count(outputs, "output");
    Error::user(format!("`{origin}` has {has}, but the network has {outputs}"))
        .help(format!("give the last layer {}", count(needed, "unit")))
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
