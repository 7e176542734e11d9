//! Averages against their formulas written out, and what holds for every series.

use proptest::prelude::*;

use super::*;

fn averages(average: &Average, values: &[f64]) -> Vec<f64> {
    let mut moving = average.start();
    values.iter().map(|value| moving.push(*value)).collect()
}

fn weighted(weights: &[f64]) -> Average {
    Average::Weighted { weights: weights.into() }
}

fn exponential(beta: f64, corrected: bool) -> Average {
    Average::Exponential { beta, corrected }
}

fn near(a: f64, b: f64, size: f64) -> bool {
    (a - b).abs() <= 1e-9 * size.max(1e-300)
}

#[test]
fn names_are_the_columns_of_the_table() {
    let names = [
        (Average::Simple { window: 10 }, "simple.10"),
        (weighted(&[1.0, 2.0, 3.0, 4.0]), "weighted.4"),
        (exponential(0.9, false), "exponential.0.9"),
        (exponential(0.98, true), "exponential.0.98.corrected"),
        (exponential(0.0, false), "exponential.0"),
    ];
    for (average, name) in names {
        assert_eq!(average.name(), name);
    }
}

#[test]
fn a_window_that_is_not_full_averages_what_there_is() {
    assert_eq!(averages(&Average::Simple { window: 3 }, &[1.0, 3.0, 5.0, 7.0]), [1.0, 2.0, 3.0, 5.0]);
    assert_eq!(averages(&Average::Simple { window: u64::MAX }, &[1.0, 3.0]), [1.0, 2.0]);
    // With two values the newest two weights are theirs: (2 * 1 + 5 * 4) / 7.
    assert_eq!(averages(&weighted(&[1.0, 2.0, 5.0]), &[1.0, 4.0]), [1.0, 22.0 / 7.0]);
}

#[test]
fn what_has_left_the_window_is_forgotten_whole() {
    let values = [1e16, 1.0, 1.0, 1.0, 1.0];
    assert_eq!(averages(&Average::Simple { window: 2 }, &values)[2..], [1.0; 3]);
}

/// For beta = 1 - 1e-10 the difference 1 - beta^2 has only six digits left.
#[test]
fn the_correction_is_exact_however_near_beta_is_to_1() {
    for beta in [0.5, 0.98, 1.0 - 1e-10, 1.0 - f64::EPSILON] {
        for average in averages(&exponential(beta, true), &[7.0; 1000]) {
            assert!((average - 7.0).abs() < 1e-12, "{beta}: {average}");
        }
    }
}

/// The lecture's example: beta = 0.98, theta = 16, 24.
#[test]
fn the_worked_example_of_the_lecture() {
    let raw = averages(&exponential(0.98, false), &[16.0, 24.0]);
    let corrected = averages(&exponential(0.98, true), &[16.0, 24.0]);
    for (got, want) in raw.into_iter().chain(corrected).zip([0.32, 0.7936, 16.0, 0.7936 / 0.0396]) {
        assert!((got - want).abs() < 1e-12, "{got} for {want}");
    }
}

fn series() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-1e3..1e3_f64, 1..120)
}

proptest! {
    #[test]
    fn a_simple_average_is_the_mean_of_the_newest_values(values in series(), window in 1..60_u64) {
        for (t, got) in averages(&Average::Simple { window }, &values).into_iter().enumerate() {
            let newest = &values[(t + 1).saturating_sub(window as usize)..=t];
            let mean = newest.iter().sum::<f64>() / newest.len() as f64;
            prop_assert!(near(got, mean, 1e3), "{} for {} at {}", got, mean, t);
        }
    }

    #[test]
    fn equal_weights_are_a_simple_average(values in series(), count in 1..30_usize) {
        let simple = averages(&Average::Simple { window: count as u64 }, &values);
        for (got, want) in averages(&weighted(&vec![2.5; count]), &values).into_iter().zip(simple) {
            prop_assert!(near(got, want, 1e3));
        }
    }

    #[test]
    fn an_exponential_average_is_a_sum_with_falling_weights(values in series(), beta in 0.0..0.999_f64) {
        let raw = averages(&exponential(beta, false), &values);
        let corrected = averages(&exponential(beta, true), &values);
        for t in 0..values.len() {
            let sum: f64 = (0..=t).map(|i| (1.0 - beta) * beta.powi((t - i) as i32) * values[i]).sum();
            prop_assert!(near(raw[t], sum, 1e3));
            prop_assert!(near(corrected[t] * (1.0 - beta.powi(t as i32 + 1)), raw[t], 1e3));
        }
    }

    #[test]
    fn averages_with_positive_weights_stay_within_what_they_average(values in series(), beta in 0.0..0.999_f64) {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min) - 1e-9;
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max) + 1e-9;
        for average in [Average::Simple { window: 7 }, weighted(&[1.0, 2.0, 3.0]), exponential(beta, true)] {
            prop_assert!(averages(&average, &values).into_iter().all(|v| (low..=high).contains(&v)), "{}", average.name());
        }
    }

    #[test]
    fn twice_the_values_are_twice_the_averages(values in series(), beta in 0.0..0.999_f64) {
        let twice: Vec<f64> = values.iter().map(|v| 2.0 * v).collect();
        for average in [Average::Simple { window: 5 }, weighted(&[4.0, -1.0, 3.0]), exponential(beta, false)] {
            let doubled: Vec<f64> = averages(&average, &values).into_iter().map(|v| 2.0 * v).collect();
            prop_assert_eq!(averages(&average, &twice), doubled);
        }
    }
}

#[test]
fn an_average_is_the_sum_of_the_values_times_their_weights() {
    let averages = [
        Average::Simple { window: 4 },
        Average::Weighted { weights: [1.0, 3.0, 2.0].as_slice().into() },
        Average::Exponential { beta: 0.7, corrected: false },
        Average::Exponential { beta: 0.7, corrected: true },
    ];
    for average in averages {
        let mut moving = average.start();
        let mut values: Vec<f64> = Vec::new();
        for t in 1..=9_u64 {
            let value = ((t * 37) % 11) as f64 - 4.0;
            values.insert(0, value);
            let got = moving.push(value);
            let weights = moving.weights(t, 100);
            let sum: f64 = weights.iter().zip(&values).map(|(weight, value)| weight * value).sum();
            assert!((sum - got).abs() < 1e-12, "{average:?} at {t}: {sum} for {got}");
            assert_eq!(moving.weights(t, 2), weights[..weights.len().min(2)]);
        }
    }
}

#[test]
fn an_average_goes_on_from_bytes() {
    let averages = [
        Average::Simple { window: 4 },
        Average::Simple { window: 100 },
        weighted(&[1.0, 3.0, 2.0]),
        exponential(0.7, false),
        exponential(0.7, true),
    ];
    for average in averages {
        let mut moving = average.start();
        for t in 1..=30_u64 {
            let mut back: MovingAverage = postcard::from_bytes(&postcard::to_stdvec(&moving).unwrap()).unwrap();
            let value = ((t * 37) % 11) as f64 / 7.0 - 0.8;
            assert_eq!(back.push(value).to_bits(), moving.push(value).to_bits(), "{average:?} at {t}");
        }
    }
    let more = WeightedBytes { weights: [1.0].as_slice().into(), values: [1.0, 2.0].into() };
    assert!(Weighted::try_from(more).is_err());
}
