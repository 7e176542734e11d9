//! From values to places on an axis: ranges that are rounded outwards so that they seldom change, and their labels.
//! Values that are not finite have no place. It draws nothing.

use crate::ui::canvas::text;

/// The vertical range of a chart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    log: bool,
}

impl Scale {
    /// The range that holds all finite values, its ends rounded outwards (on a logarithmic axis to one or two
    /// digits), so that a chart of a run is redrawn only now and then. None without a finite value.
    ///
    /// `log` is a wish: with a value that is not above 0 the axis is linear.
    pub fn covering(values: impl IntoIterator<Item = f64>, log: bool) -> Option<Self> {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.into_iter().filter(|value| value.is_finite()) {
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            return None;
        }
        if log && low >= f64::MIN_POSITIVE {
            let (low, high) = (rounded(low, &ENDS, false), rounded(high, &ENDS, true));
            let high = if high > low { high } else { low * 2.0 };
            return Some(Self { low, high: high.min(f64::MAX), log: true });
        }
        // Halves keep the differences of the largest numbers finite.
        let spread = high / 2.0 - low / 2.0;
        let spread = if spread > 0.0 { spread } else { low.abs().max(1e-300) / 4.0 };
        let step = rounded(spread / 2.0, &STEPS, true);
        let down = |x: f64| (x / step).floor() * step;
        let low_end = if low >= 0.0 && low < spread { 0.0 } else { down(low) };
        let high_end = -down(-high);
        let high_end = if high_end > low_end { high_end } else { low_end + step };
        Some(Self { low: low_end.max(f64::MIN), high: high_end.min(f64::MAX), log: false })
    }

    /// The axis is logarithmic.
    pub fn is_log(&self) -> bool {
        self.log
    }

    /// The value lies between the ends.
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// The two ends.
    pub fn ends(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// Where a value lies: 0 at the lower end, 1 at the upper, kept within; none if it is not finite.
    pub fn place(&self, value: f64) -> Option<f64> {
        self.share(value).map(|part| part.clamp(0.0, 1.0))
    }

    /// Where a value lies: 0 at the lower end, 1 at the upper; outside it is less or more, down to -1 and up to 2. None if
    /// it is not finite.
    pub fn share(&self, value: f64) -> Option<f64> {
        if !value.is_finite() {
            return None;
        }
        let part = if self.log {
            if value < f64::MIN_POSITIVE {
                return Some(-1.0);
            }
            // Differences of logarithms: a ratio of the values may overflow.
            (value.ln() - self.low.ln()) / (self.high.ln() - self.low.ln())
        } else {
            (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0)
        };
        (!part.is_nan()).then(|| part.clamp(-1.0, 2.0))
    }

    /// Rows (0 at the top) and labels for an axis of that many rows; at least a row between two labels.
    pub fn labels(&self, rows: usize) -> Vec<(usize, String)> {
        if rows == 0 {
            return Vec::new();
        }
        let mut taken: Vec<(usize, String)> = Vec::new();
        for value in self.candidates(rows) {
            let Some(place) = self.place(value) else { continue };
            let row = ((1.0 - place) * (rows - 1) as f64).round() as usize;
            if taken.iter().all(|(other, _)| row.abs_diff(*other) >= 2) {
                taken.push((row, text::short(value)));
            }
        }
        taken.sort_by_key(|(row, _)| *row);
        taken
    }

    /// Values worth a label, the most wanted first.
    fn candidates(&self, rows: usize) -> Vec<f64> {
        let mut values = vec![self.high, self.low];
        if self.log {
            let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
            for factor in [1.0, 2.0, 5.0] {
                values.extend((first..=last).map(|k| factor * 10_f64.powi(k)));
            }
        } else {
            let step = rounded((self.high / 2.0 - self.low / 2.0) * 2.0 / (rows as f64 / 3.0).max(1.0), &STEPS, true);
            let first = (self.low / step).ceil();
            values.extend((0..rows).map(|i| (first + i as f64) * step));
        }
        values.retain(|value| *value >= self.low && *value <= self.high);
        values
    }
}

/// Differences between labels on a linear axis, times a power of ten.
const STEPS: [f64; 4] = [1.0, 2.0, 5.0, 10.0];
/// Ends of a logarithmic axis, times a power of ten.
const ENDS: [f64; 7] = [1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0];

/// One of the steps times a power of ten, at or above (`up`) or at or below a positive number.
fn rounded(x: f64, steps: &[f64], up: bool) -> f64 {
    let power = 10_f64.powf(x.log10().floor()).max(f64::MIN_POSITIVE);
    let slack = 1e-9;
    if up {
        let found = steps.iter().find(|step| **step * power >= x * (1.0 - slack));
        found.unwrap_or(&10.0) * power
    } else {
        let found = steps.iter().rev().find(|step| **step * power <= x * (1.0 + slack));
        found.unwrap_or(&1.0) * power
    }
}

/// The last step of the horizontal axis: fixed for as long as possible, then doubled, since a chart that slides is
/// redrawn as a whole and one that grows is not. At most the steps of the run, so that its end touches the edge.
pub fn last_step(step: u64, steps_total: u64) -> u64 {
    let doubled = step.max(64).checked_next_power_of_two().unwrap_or(u64::MAX);
    if steps_total >= step.max(1) { doubled.min(steps_total) } else { doubled }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_logarithmic_axis_ends_at_round_numbers() {
        let scale = Scale::covering([2.3, 0.31, f64::NAN, f64::INFINITY], true).unwrap();
        assert!(scale.is_log() && (scale.low - 0.3).abs() < 1e-12 && scale.high == 3.0);
        assert!((scale.place(0.9_f64.sqrt()).unwrap() - 0.5).abs() < 1e-12);
        assert_eq!(scale.place(f64::NAN), None);
        let labels = scale.labels(9);
        assert_eq!(
            labels.iter().map(|(_, label)| label.as_str()).collect::<Vec<_>>(),
            ["3.00", "1.00", "0.500", "0.300"]
        );
    }

    #[test]
    fn a_value_at_zero_makes_the_axis_linear() {
        let scale = Scale::covering([0.0, 3.0], true).unwrap();
        assert!(!scale.is_log() && scale.place(0.0) == Some(0.0));
        assert_eq!(Scale::covering([f64::NAN], true), None);
    }

    #[test]
    fn the_last_step_jumps_and_stops_at_the_end() {
        let ends: Vec<u64> = [0, 64, 65, 130, 500].into_iter().map(|step| last_step(step, 440)).collect();
        assert_eq!(ends, [64, 64, 128, 256, 512]);
        assert_eq!((last_step(0, 20), last_step(400, 440), last_step(u64::MAX, 0)), (20, 440, u64::MAX));
    }

    proptest! {
        #[test]
        fn every_finite_value_has_its_place_and_labels_their_rows(
            values in prop::collection::vec(prop::num::f64::ANY, 1..20), log: bool, rows in 0..40_usize,
        ) {
            if let Some(scale) = Scale::covering(values.iter().copied(), log) {
                for value in &values {
                    let place = scale.place(*value);
                    prop_assert_eq!(place.is_some(), value.is_finite(), "{} in {:?}", value, scale);
                    prop_assert!(place.is_none_or(|p| (0.0..=1.0).contains(&p)));
                }
                prop_assert!(scale.labels(rows).iter().all(|(row, _)| *row < rows));
            } else {
                prop_assert!(values.iter().all(|value| !value.is_finite()));
            }
        }

        #[test]
        fn a_larger_value_is_never_lower(a in 1e-200..1e200_f64, b in 1e-200..1e200_f64, log: bool) {
            let scale = Scale::covering([a, b], log).unwrap();
            prop_assert!((a <= b) == (scale.place(a) <= scale.place(b)) || scale.place(a) == scale.place(b));
        }
    }
}
