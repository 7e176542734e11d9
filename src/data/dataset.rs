//! A dataset: the inputs, what is to be learned about them, and their names.
//!
//! What a [`Dataset`] promises is checked once, by [`Dataset::new`]. It never changes its samples' order by itself.

use ndarray::Array2;

use crate::error::{Error, Result};
use crate::program::Real;

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
        Ok(Self { x, target, feature_names, origin })
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

    /// The inputs to be scaled in place.
    pub(super) fn x_mut(&mut self) -> &mut Array2<F> {
        &mut self.x
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
        Self { x: pick(&self.x), target, feature_names: self.feature_names.clone(), origin: self.origin.clone() }
    }

    /// The same data in another kind of numbers, as in `data.map::<f64>()`.
    #[must_use]
    pub fn map<G: Real>(&self) -> Dataset<G> {
        let convert = |matrix: &Array2<F>| matrix.mapv(|value| G::from_f64(value.to_f64()));
        let target = match &self.target {
            Target::Classes { labels, names } => Target::Classes { labels: labels.clone(), names: names.clone() },
            Target::Values(values) => Target::Values(convert(values)),
        };
        Dataset { x: convert(&self.x), target, feature_names: self.feature_names.clone(), origin: self.origin.clone() }
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
        let (has_text, outputs_text) = (count(has, thing), count(outputs, "output"));
        Error::user(format!("`{}` has {has_text}, but the network has {outputs_text}", self.origin))
            .help(format!("give the last layer {}", count(has, "unit")))
    }
}

/// The matrix with its rows one after the other in memory; copied only if they are not.
fn row_by_row<F: Real>(matrix: Array2<F>) -> Array2<F> {
    if matrix.is_standard_layout() { matrix } else { matrix.as_standard_layout().into_owned() }
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
mod tests {
    use super::*;
    use ndarray::array;

    fn values(y: Array2<f32>) -> Dataset {
        Dataset::new(Array2::ones((y.nrows(), 2)), Target::Values(y), "f.csv").unwrap()
    }

    fn words() -> Dataset {
        let target = Target::Classes { labels: vec![1, 0, 1], names: vec!["cat".into(), "dog".into()] };
        Dataset::new(array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], target, "pets").unwrap()
    }

    #[test]
    fn whole_numbers_are_class_indices_and_classes_may_be_missing() {
        let data = values(array![[0.0], [4.0], [2.0]]).into_classes(6).unwrap();
        let Target::Classes { labels, names } = data.target() else { panic!("classes") };
        assert_eq!((labels.as_slice(), names.len()), (&[0, 4, 2][..], 6));
        assert_eq!(data.clone().into_classes(6).unwrap(), data);
    }

    #[test]
    fn what_is_no_class_is_found_with_its_sample() {
        for (bad, says) in [(4.0, "needs more outputs"), (0.5, "is not a class"), (-1.0, "is not a class")] {
            let mismatch = values(array![[0.0], [bad], [bad]]).into_classes(4).unwrap_err();
            assert_eq!(mismatch.cell, Some((1, 0)));
            assert!(mismatch.error.what().contains(says), "{}", mismatch.error);
            assert!(mismatch.error.help_lines()[0].contains("from 0 to 3"));
        }
        let error: Error = values(array![[0.0, 1.0]]).into_classes(2).unwrap_err().into();
        assert_eq!(error.what(), "classes need one column of targets, `f.csv` has 2");
    }

    #[test]
    fn known_classes_must_match_the_outputs_exactly() {
        assert!(words().into_classes(2).is_ok());
        let mismatch = words().into_classes(3).unwrap_err();
        assert_eq!(mismatch.error.what(), "`pets` has 2 classes, but the network has 3 outputs");
        assert_eq!(mismatch.error.help_lines(), ["give the last layer 2 units"]);
    }

    #[test]
    fn classes_become_one_hot_or_a_column_of_0_and_1() {
        let two = words().into_values(2).unwrap();
        assert_eq!(two.target(), &Target::Values(array![[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]));
        let one = words().into_values(1).unwrap();
        assert_eq!(one.target(), &Target::Values(array![[1.0], [0.0], [1.0]]));
        assert!(one.check_binary().is_ok());
        assert!(words().into_values(3).is_err());
        let error = values(array![[1.0]]).into_values(2).unwrap_err().error;
        assert_eq!(error.what(), "`f.csv` has 1 target column, but the network has 2 outputs");
    }

    #[test]
    fn binary_targets_are_0_or_1() {
        assert!(values(array![[0.0, 1.0], [1.0, 1.0]]).check_binary().is_ok());
        let mismatch = values(array![[0.0, 1.0], [1.0, 2.0]]).check_binary().unwrap_err();
        assert_eq!(mismatch.cell, Some((1, 1)));
    }

    #[test]
    fn a_dataset_that_breaks_its_promises_is_refused() {
        let x = || Array2::<f32>::zeros((2, 1));
        let labels = |labels: &[u32]| Target::Classes { labels: labels.to_vec(), names: vec!["a".into()] };
        let refused = |x, target| Dataset::new(x, target, "d").unwrap_err().what().to_owned();
        assert!(refused(x(), labels(&[0])).contains("2 rows of x but 1 of y"));
        assert!(refused(x(), labels(&[0, 1])).contains("sample 2"));
        assert!(refused(Array2::zeros((0, 1)), labels(&[])).contains("0 samples"));
        assert!(refused(array![[1.0], [f32::NAN]], labels(&[0, 0])).contains("x[1,0]"));
        assert!(refused(x(), Target::Values(array![[1.0], [f32::INFINITY]])).contains("y[1,0]"));
        assert!(refused(x(), Target::Values(Array2::zeros((2, 0)))).contains("no column"));
    }

    #[test]
    fn select_map_and_bytes() {
        let data = words();
        let picked = data.select(&[2, 0]);
        assert_eq!(picked.x(), &array![[5.0, 6.0], [1.0, 2.0]]);
        assert_eq!(data.map::<f64>().map::<f32>(), data);
        assert_eq!((data.bytes(), data.map::<f64>().bytes()), (3 * 2 * 4 + 3 * 4, 3 * 2 * 8 + 3 * 4));
        assert_eq!((data.samples(), data.features(), data.classes()), (3, 2, Some(2)));
        assert_eq!(data.feature_names(), ["x1", "x2"]);
    }

    #[test]
    fn a_transposed_matrix_is_stored_row_by_row() {
        let x = array![[1.0, 2.0], [3.0, 4.0]].reversed_axes();
        let data = Dataset::new(x, Target::Values(Array2::<f32>::zeros((2, 1))), "t").unwrap();
        assert_eq!(data.x().as_slice(), Some(&[1.0, 3.0, 2.0, 4.0][..]));
    }
}
