//! Means, deviations and standardised values against numbers that are known exactly.

use super::*;
use crate::data::{Columns, Pixel, Target, check_parameters, find, generate, split};
use ndarray::{Array2, array};
use proptest::prelude::*;

fn values(x: Array2<f64>) -> Dataset<f64> {
    let y = Array2::zeros((x.nrows(), 1));
    Dataset::new(x, Target::Values(y), "d").unwrap()
}

fn column(x: &[f64]) -> Dataset<f64> {
    values(Array2::from_shape_vec((x.len(), 1), x.to_vec()).unwrap())
}

/// The standardised column.
fn standardized(x: &[f64]) -> Vec<f32> {
    let data = column(x);
    Standardizer::fit(&data).apply(data).unwrap().x().iter().copied().collect()
}

/// Whole numbers, standardised: their mean and variance as fractions of whole numbers, without any rounding before the last
/// two operations.
fn exactly(k: &[i64]) -> Vec<f64> {
    let n = k.len() as i128;
    let sum: i128 = k.iter().map(|k| i128::from(*k)).sum();
    // n k - sum is n times the distance from the mean.
    let distances: Vec<i128> = k.iter().map(|k| n * i128::from(*k) - sum).collect();
    let squares: i128 = distances.iter().map(|d| d * d).sum();
    let deviation = (squares as f64 / n as f64).sqrt();
    distances.iter().map(|d| if squares == 0 { 0.0 } else { *d as f64 / deviation }).collect()
}

/// Whether a number is the nearest of 32 bits to `exact`, or the next one where two are about as near.
fn is_rounded(got: f32, exact: f64) -> bool {
    let nearest = exact as f32;
    let step = f64::from(nearest.next_up()) - f64::from(nearest);
    (f64::from(got) - exact).abs() <= step * 0.5001
}

#[test]
fn by_hand() {
    let data = values(array![[1.0, 0.1], [3.0, 0.1], [5.0, 0.1]]);
    let standardizer = Standardizer::fit(&data);
    let deviation = (8.0_f64 / 3.0).sqrt();
    assert!((standardizer.mean()[0] - 3.0).abs() < 1e-15 && (standardizer.deviation()[0] - deviation).abs() < 1e-15);
    let data = standardizer.apply(data).unwrap();
    assert_eq!(data.x()[[2, 0]], (2.0 / deviation) as f32);
    assert_eq!(data.x().column(1), array![0.0, 0.0, 0.0]);
    let back = data.original(0);
    assert!((back[0] - 1.0).abs() < 1e-6 && (back[1] - 0.1).abs() < 1e-12, "{back:?}");
    let unseen = standardizer.apply(values(array![[3.0, 9.0]])).unwrap();
    assert_eq!(unseen.x()[[0, 1]], 0.0, "constant in training, so 0 everywhere");
}

proptest! {
    #[test]
    fn neither_offset_nor_scale_changes_a_standardised_value(
        k in prop::collection::vec(-1000..1000_i64, 2..200),
        offset in -(1_i64 << 40)..(1_i64 << 40),
        power in -300..300_i32,
    ) {
        // Every cell is a number of 64 bits: at most 2^40 + 1000 times a power of 2.
        let x: Vec<f64> = k.iter().map(|k| (offset + k) as f64 * 2.0_f64.powi(power)).collect();
        for (got, exact) in standardized(&x).into_iter().zip(exactly(&k)) {
            prop_assert!(is_rounded(got, exact), "{got:e} is not {exact:e} rounded once");
        }
    }
}

#[test]
fn a_column_far_from_0_is_standardised_as_near_to_0() {
    // About 1e15 numbers of 64 bits lie an eighth apart, and the mean lies between two of them.
    let k: Vec<i64> = (0..1001).map(|i| (i * i * 7919) % 41 - 20).collect();
    for (offset, unit) in [(1e15, 0.125), (-1e15, 0.125), (1.7e12, 1.0 / 1024.0), (1e7, 0.5)] {
        let x: Vec<f64> = k.iter().map(|k| offset + *k as f64 * unit).collect();
        for (got, exact) in standardized(&x).into_iter().zip(exactly(&k)) {
            assert!(is_rounded(got, exact), "{offset}: {got:e} is not {exact:e} rounded once");
        }
    }
}

#[test]
fn mean_and_deviation_are_right_about_1e15() {
    let data = column(&[1e15, 1e15 + 0.125, 1e15 + 0.25, 1e15 + 0.125]);
    let standardizer = Standardizer::fit(&data);
    assert_eq!(standardizer.mean(), [1e15 + 0.125]);
    assert!((standardizer.deviation()[0] - 0.125 / 2.0_f64.sqrt()).abs() < 1e-16);
    assert_eq!(standardizer.standardized(0, 1e15 + 0.25) as f32, 2.0_f64.sqrt() as f32);
}

#[test]
fn the_largest_and_the_smallest_numbers_are_standardised_too() {
    for scale in [1e308, 1.0, 1e-150, 1e-300, f64::MIN_POSITIVE] {
        assert_eq!(standardized(&[scale, -scale]), [1.0, -1.0], "{scale:e}");
        assert_eq!(Standardizer::fit(&column(&[scale, -scale])).deviation(), [scale]);
    }
    let smallest = f64::from_bits(1);
    assert_eq!(standardized(&[smallest, 0.0]), [1.0, -1.0]);
}

#[test]
fn one_sample_has_its_own_value_as_mean_and_becomes_0() {
    let standardizer = Standardizer::fit(&column(&[1e15 + 0.125]));
    assert_eq!((standardizer.mean(), standardizer.deviation()), (&[1e15 + 0.125][..], &[0.0][..]));
    assert_eq!(standardized(&[1.7e12]), [0.0]);
}

#[test]
fn a_column_that_differs_in_its_last_digit_is_not_constant() {
    let next = 1e9_f64.next_up();
    assert_eq!(standardized(&[1e9, next, 1e9, next]), [-1.0, 1.0, -1.0, 1.0]);
    assert_eq!(standardized(&[0.1, 0.1, 0.1]), [0.0, 0.0, 0.0]);
}

#[test]
fn a_held_out_sample_beyond_32_bits_is_refused_with_its_feature() {
    let standardizer = Standardizer::fit(&column(&[1.0, 1.0 + 1e-10]));
    let error = standardizer.apply(column(&[1e30])).unwrap_err();
    assert!(error.what().starts_with("`x1` of a validation or test sample of `d` is 1000000"), "{error}");
    assert!(standardizer.apply(column(&[1e20])).is_ok());
}

#[test]
fn pixels_are_standardised_from_their_bytes() {
    let bytes = Array2::from_shape_fn((256, 1), |(i, _)| Pixel(i as u8));
    let data = Dataset::new(bytes, Target::Values(Array2::<f64>::zeros((256, 1))), "images").unwrap();
    let got = Standardizer::fit(&data).apply(data).unwrap();
    let exact = exactly(&(0..256).collect::<Vec<_>>());
    assert!(got.x().iter().zip(exact).all(|(got, exact)| is_rounded(*got, exact)));
}

#[test]
fn what_was_read_as_64_bits_is_rounded_after_it_is_standardised() {
    let mut columns = Columns::<f64>::new(1, 4);
    [1e7, 1e7 + 0.25, 1e7 + 0.5, 1e7 + 0.75].into_iter().for_each(|x| columns.push(x));
    let data = Dataset::collected(columns, Target::Values(Array2::<f64>::zeros((4, 1))), "d").unwrap();
    let got = Standardizer::fit(&data).apply(data).unwrap();
    assert!(got.x().iter().zip(exactly(&[0, 1, 2, 3])).all(|(got, exact)| is_rounded(*got, exact)));
}

#[test]
fn digits_get_mean_0_and_deviation_1_but_for_their_constant_pixels() {
    let digits = generate(&check_parameters(find("digits").unwrap(), &[]).unwrap(), 7).unwrap();
    let (training, validation) = split(digits, 0.2, 7).unwrap();
    let standardizer = Standardizer::fit(&training);
    let training = standardizer.apply(training).unwrap();
    let mut constant = 0;
    for column in training.map::<f64>().x().columns() {
        assert!(column.mean().unwrap().abs() < 1e-6);
        let deviation = column.std(0.0);
        constant += usize::from(deviation == 0.0);
        assert!(deviation == 0.0 || (deviation - 1.0).abs() < 1e-6);
    }
    assert!(constant >= 3);
    let validation = standardizer.apply(validation.unwrap()).unwrap();
    assert!(validation.x().iter().all(|x| x.is_finite()));
}
