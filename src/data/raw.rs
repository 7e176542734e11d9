//! Samples as they were made or read: before they are parted, scaled and rounded to the 32 bits that a network trains on.

use super::generate::{make_double, make_single};
use super::{Dataset, Mismatch, Params, Pixel, Target};
use crate::error::Result;

/// Samples in the kind of numbers that loses nothing of what is done with them: those to be standardised in 64 bits, pixels
/// as the bytes that they are. Targets are numbers of 64 bits until they have been seen to be what a loss learns.
#[derive(Debug, Clone, PartialEq)]
pub enum Raw {
    /// Rounded as they came, since nothing will scale them.
    Single(Dataset<f32, f64>),
    /// Not rounded.
    Double(Dataset<f64>),
    /// Of images.
    Pixels(Dataset<Pixel, f64>),
}

/// Calls a dataset whatever kind of numbers its inputs are.
macro_rules! each {
    ($raw:expr, $data:ident => $value:expr) => {
        match $raw {
            Raw::Single($data) => $value,
            Raw::Double($data) => $value,
            Raw::Pixels($data) => $value,
        }
    };
}

impl Raw {
    /// The samples of a named source: always the same for the same parameters and seed. More memory than
    /// [`MAX_BYTES`](super::MAX_BYTES) is refused.
    pub fn generated(params: &Params, seed: u64, standardize: bool) -> Result<Self> {
        if standardize {
            make_double(params, seed).map(Self::Double)
        } else {
            make_single(params, seed).map(Self::Single)
        }
    }

    /// The number of samples, at least 1.
    pub fn samples(&self) -> usize {
        each!(self, data => data.samples())
    }

    /// The number of inputs of a network for these samples, at least 1.
    pub fn features(&self) -> usize {
        each!(self, data => data.features())
    }

    /// The source's or file's name.
    pub fn origin(&self) -> &str {
        each!(self, data => data.origin())
    }

    /// What is to be learned.
    pub fn target(&self) -> &Target<f64> {
        each!(self, data => data.target())
    }

    /// The same inputs with another target for the same samples, made of this one and of what its origin is called.
    pub fn with_target(
        self,
        change: impl FnOnce(Target<f64>, &str) -> Result<Target<f64>, Mismatch>,
    ) -> Result<Self, Mismatch> {
        Ok(match self {
            Self::Single(data) => Self::Single(data.with_target(change)?),
            Self::Double(data) => Self::Double(data.with_target(change)?),
            Self::Pixels(data) => Self::Pixels(data.with_target(change)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{check_parameters, find};

    #[test]
    fn samples_to_be_standardised_are_those_that_are_rounded_else() {
        for name in ["blobs", "moons", "checkerboard", "plane", "digits", "iris"] {
            let params = check_parameters(find(name).unwrap(), &[]).unwrap();
            let (Raw::Single(single), Raw::Double(double)) =
                (Raw::generated(&params, 7, false).unwrap(), Raw::generated(&params, 7, true).unwrap())
            else {
                panic!("{name}: numbers of another kind")
            };
            assert_eq!(single.target(), double.target(), "{name}");
            assert_eq!(single.x(), double.x().mapv(|x| x as f32), "{name}");
            assert_eq!(single.feature_names(), double.feature_names(), "{name}");
            let exact = double.x().iter().all(|x| f64::from(*x as f32) == *x);
            assert_eq!(exact, name == "digits", "{name}");
        }
    }

    #[test]
    fn a_number_that_is_nearly_whole_is_no_class() {
        let nearly = Target::Values(ndarray::array![[0.0], [0.999_999_999_9]]);
        let data = Dataset::new(ndarray::array![[1.0_f32], [2.0]], nearly, "f.csv").unwrap();
        let mismatch = Raw::Single(data).with_target(|target, origin| target.into_classes(2, origin)).unwrap_err();
        assert_eq!(mismatch.cell, Some((1, 0)));
        assert_eq!(mismatch.error.what(), "target 0.9999999999 of sample 2 of `f.csv` is not a class");
    }
}
