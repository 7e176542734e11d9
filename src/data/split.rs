//! Which samples are held out for validation and for the test: random choices by the seed. The parts keep the data's order.

use rand::Rng;
use rand::seq::SliceRandom;

use super::Dataset;
use crate::error::{Error, Result};
use crate::random::{Purpose, stream};

/// What is trained on, and what is held out.
type Parts<D> = (D, Option<D>);

/// Parts a dataset into training and validation; `fraction` in [0, 1) is the share held out, rounded to whole samples.
///
/// A fraction of 0 holds nothing out. Any other holds out at least one sample, so a dataset of one sample is an error,
/// as is a fraction that leaves nothing to train on.
pub fn split<F: Copy, T: Copy>(data: Dataset<F, T>, fraction: f64, seed: u64) -> Result<Parts<Dataset<F, T>>> {
    if !(0.0..1.0).contains(&fraction) {
        return Err(Error::user(format!("`validation` is {fraction}, but must be in [0, 1)"))
            .help("it is the share of the samples kept for validation"));
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

/// Takes the test part out of a training part; `fraction` in [0, 1) is its share of all `samples`, those of the validation
/// part among them, rounded to whole samples.
///
/// A fraction of 0 takes nothing. Any other takes at least one sample; one that leaves nothing to train on is an error. What
/// is held out for validation does not depend on it: the test part is chosen, by draws of its own, from what that left.
pub fn take_test<F: Copy, T: Copy>(
    training: Dataset<F, T>,
    fraction: f64,
    samples: usize,
    seed: u64,
) -> Result<Parts<Dataset<F, T>>> {
    if !(0.0..1.0).contains(&fraction) {
        return Err(Error::user(format!("`test` is {fraction}, but must be in [0, 1)"))
            .help("it is the share of the samples kept for the test at the end"));
    }
    if fraction == 0.0 {
        return Ok((training, None));
    }
    let (left, count) = (training.samples(), ((samples as f64 * fraction).round() as usize).max(1));
    if count >= left {
        let (origin, validation) = (training.origin(), samples - left);
        let what = if validation == 0 {
            format!("a test part of {fraction} of the {samples} samples of `{origin}` leaves none for training")
        } else {
            format!(
                "validation has {validation} of the {samples} samples of `{origin}`, and a test part of {fraction} leaves none for training"
            )
        };
        return Err(Error::user(what).help("a smaller `test` or `validation`, or more samples"));
    }
    let test = choose(left, count, &mut stream(seed, Purpose::Split, 0, 1));
    let (training, test) = training.part(&test);
    Ok((training, Some(test)))
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

    proptest! {
        #[test]
        fn every_sample_is_in_exactly_one_of_three_parts(
            samples in 3..400_usize, fraction in 0.0..0.4_f64, test in 0.001..0.4_f64, seed: u64
        ) {
            let count = |fraction: f64| ((samples as f64 * fraction).round() as usize).max(1);
            let held_out = if fraction == 0.0 { 0 } else { count(fraction) };
            prop_assume!(held_out + count(test) < samples);
            let (training, validation) = split(numbered(samples), fraction, seed).unwrap();
            let before = validation.as_ref().map(rows);
            let (training, test_part) = take_test(training, test, samples, seed).unwrap();
            let parts = [rows(&training), before.unwrap_or_default(), rows(&test_part.unwrap())];
            prop_assert!(parts.iter().all(|part| part.is_sorted()));
            prop_assert_eq!(parts.each_ref().map(Vec::len), [samples - held_out - count(test), held_out, count(test)]);
            let mut all = parts.concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..samples).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_test_part_that_leaves_nothing_to_train_on_is_refused() {
        let taken = |validation: f64, test: f64, samples: usize| {
            let (training, _) = split(numbered(samples), validation, 7).unwrap();
            take_test(training, test, samples, 7)
        };
        assert_eq!(taken(0.0, 0.0, 3).unwrap(), (numbered(3), None));
        assert_eq!(taken(0.5, 0.3, 10).unwrap().0.samples(), 2);
        assert!(taken(0.0, 0.9, 4).unwrap_err().what().contains("0.9 of the 4 samples of `numbers` leaves none"));
        assert!(taken(0.5, 0.5, 10).unwrap_err().what().contains("validation has 5 of the 10 samples"));
        for fraction in [1.0, -0.1, f64::NAN] {
            assert!(taken(0.0, fraction, 3).unwrap_err().what().contains("[0, 1)"));
        }
        let chosen = |seed| rows(&take_test(numbered(100), 0.2, 100, seed).unwrap().1.unwrap());
        assert_eq!(chosen(7), chosen(7));
        assert_ne!(chosen(7), chosen(8));
        assert_ne!(chosen(7), rows(&split(numbered(100), 0.2, 7).unwrap().1.unwrap()), "draws of their own");
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
