//! Which samples are held out for validation: a random choice by the seed. The parts keep the data's order.

use rand::Rng;
use rand::seq::SliceRandom;

use super::Dataset;
use crate::error::{Error, Result};
use crate::program::Real;
use crate::random::{Purpose, stream};

/// Parts a dataset into training and validation; `fraction` in [0, 1) is the share held out, rounded to whole samples.
///
/// A fraction of 0 holds nothing out. Any other holds out at least one sample, so a dataset of one sample is an error,
/// as is a fraction that leaves nothing to train on.
pub fn split<F: Real>(data: Dataset<F>, fraction: f64, seed: u64) -> Result<(Dataset<F>, Option<Dataset<F>>)> {
    if !(0.0..1.0).contains(&fraction) {
        return Err(Error::user(format!("`validation` is {fraction}, but must be in [0, 1)"))
            .help("it is the share of the samples that is held out"));
    }
    if fraction == 0.0 {
        return Ok((data, None));
    }
    let samples = data.samples();
    let held_out = ((samples as f64 * fraction).round() as usize).max(1);
    if held_out >= samples {
        return Err(Error::user(format!(
            "holding out {fraction} of the {samples} samples of `{}` leaves none for training",
            data.origin()
        ))
        .help("a smaller `validation`, or more samples"));
    }
    let validation = choose(samples, held_out, &mut stream(seed, Purpose::Split, 0, 0));
    let (training, validation) = data.part(&validation);
    Ok((training, Some(validation)))
}

/// `count` different rows out of `samples`, each choice as likely as any other, in rising order.
pub(super) fn choose(samples: usize, count: usize, rng: &mut impl Rng) -> Vec<u32> {
    let mut rows: Vec<u32> = (0..samples as u32).collect();
    // The chosen ones come to lie at the end. They are not copied out: behind a copy the list of all rows would leave a hole
    // in the heap that no part of a dataset fits into, and that counts as memory of this program.
    let others = rows.partial_shuffle(rng, count).1.len();
    rows.drain(..others);
    rows.shrink_to_fit();
    rows.sort_unstable();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Target;
    use ndarray::Array2;
    use proptest::prelude::*;

    /// A dataset whose rows hold their own number.
    fn numbered(samples: usize) -> Dataset {
        let column = Array2::from_shape_fn((samples, 1), |(i, _)| i as f32);
        Dataset::new(column.clone(), Target::Values(column), "numbers").unwrap()
    }

    fn rows(data: &Dataset) -> Vec<usize> {
        data.x().iter().map(|&x| x as usize).collect()
    }

    proptest! {
        #[test]
        fn the_parts_are_disjoint_complete_and_in_order(samples in 2..400_usize, fraction in 0.001..0.7_f64, seed: u64) {
            prop_assume!(samples as f64 * fraction + 0.5 < samples as f64 - 0.5);
            let (training, validation) = split(numbered(samples), fraction, seed).unwrap();
            let (training, validation) = (rows(&training), rows(&validation.unwrap()));
            prop_assert!(training.is_sorted() && validation.is_sorted());
            prop_assert_eq!(validation.len(), ((samples as f64 * fraction).round() as usize).max(1));
            let mut all = [training, validation].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..samples).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_seed_chooses_and_targets_follow_their_rows() {
        let held_out = |seed| rows(&split(numbered(100), 0.2, seed).unwrap().1.unwrap());
        assert_eq!(held_out(7), held_out(7));
        assert_ne!(held_out(7), held_out(8));
        let (training, _) = split(numbered(100), 0.2, 7).unwrap();
        assert_eq!(training.target(), &Target::Values(training.x().clone()));
    }

    #[test]
    fn nothing_held_out_or_nothing_left() {
        assert_eq!(split(numbered(3), 0.0, 7).unwrap(), (numbered(3), None));
        assert!(split(numbered(1), 0.1, 7).unwrap_err().what().contains("leaves none for training"));
        assert!(split(numbered(3), 0.9, 7).is_err());
        for fraction in [1.0, -0.1, f64::NAN] {
            assert!(split(numbered(3), fraction, 7).unwrap_err().what().contains("[0, 1)"));
        }
    }
}
