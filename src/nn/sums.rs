//! Sums that normalisation takes: in `f64`, since a mean over many `f32` samples loses digits, and in a fixed order.

use crate::program::Real;

/// The sum of `f(a, b)` over two rows, in eight lanes: a single running sum would wait for every addition.
pub(super) fn along<F: Real>(a: &[F], b: &[F], f: impl Fn(F, F) -> F) -> f64 {
    const LANES: usize = 8;
    let mut lanes = [0.0; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            lanes[lane] += f(a[lane], b[lane]).to_f64();
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| f(*a, *b).to_f64()).sum();
    lanes.iter().sum::<f64>() + rest
}

/// The variance about the mean, from the mean square of the distances from a number near it, `rest` away: the distances from
/// a mean that was rounded are larger.
pub(super) fn about_the_mean(square: f64, rest: f64) -> f64 {
    let variance = square - rest * rest;
    // Both are equal where all samples are, but for their own rounding. NaN stays.
    if variance < 0.0 { 0.0 } else { variance }
}

/// What rounding has left out of a mean, in deviations, where it counts: 0 if it is below the last digits that a normalised
/// number of `f32` has, as it is unless the mean is many times the deviation.
pub(super) fn left_out(rest: f64, inverse: f64) -> f64 {
    const COUNTS: f64 = 1.0 / (1 << 22) as f64;
    let deviations = rest * inverse;
    if deviations.abs() > COUNTS { deviations } else { 0.0 }
}

/// `1 / sqrt(variance + eps)`.
pub(super) fn inverse_deviation(variance: f64, eps: f64) -> f64 {
    1.0 / (variance + eps).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_is_counted_once_whatever_the_length() {
        for n in [0, 1, 7, 8, 9, 24, 29] {
            let a: Vec<f32> = (0..n).map(|i| i as f32).collect();
            let b = vec![2.0; n];
            let expected: f64 = (0..n).map(|i| 2.0 * i as f64).sum();
            assert_eq!(along(&a, &b, |a, b| a * b), expected, "{n}");
        }
    }

    #[test]
    fn a_sum_of_many_f32_keeps_its_digits() {
        let a = vec![0.1_f32; 1_000_000];
        assert!((along(&a, &a, |a, _| a) / 1e6 - f64::from(0.1_f32)).abs() < 1e-12);
    }
}
