//! An axis: what it covers, where its marks stand and what they say. Places on a logarithmic one are decimal logarithms, so that
//! whoever draws knows one kind of axis alone.

use plotters::coord::ranged1d::Ranged;
use plotters::coord::types::RangedCoordf64;

/// What an axis covers.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Both ends, as places.
    pub ends: (f64, f64),
    /// It is logarithmic: a value that is not above 0 has no place.
    pub log: bool,
    /// Its numbers are told in percent.
    pub percent: bool,
}

impl Axis {
    /// The place of a value; none where there is none.
    pub fn place(&self, value: f64) -> Option<f64> {
        let place = if self.log { libm::log10(value) } else { value };
        place.is_finite().then_some(place)
    }

    /// The value at a place.
    pub fn value(&self, place: f64) -> f64 {
        if self.log { libm::exp10(place) } else { place }
    }

    /// Places that are told by a number, some `most` at most, and between them on a logarithmic axis those that are told by a
    /// line alone.
    pub fn marks(&self, most: usize) -> (Vec<f64>, Vec<f64>) {
        let (from, to) = self.ends;
        let inside = |place: &f64| *place >= from - 1e-9 && *place <= to + 1e-9;
        if !self.log {
            return (even(from, to, most), Vec::new());
        }
        let decades = |steps: &[f64]| -> Vec<f64> {
            let powers = (from.floor() as i32)..=(to.ceil() as i32);
            let places = powers.flat_map(|power| steps.iter().map(move |step| f64::from(power) + libm::log10(*step)));
            places.filter(inside).collect()
        };
        let light = decades(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
        let fits = |bold: &Vec<f64>| bold.len() <= most.max(2);
        let finest = [&[1.0, 2.0, 3.0, 5.0][..], &[1.0, 2.0, 5.0], &[1.0, 3.0], &[1.0]];
        if let Some(bold) = finest.into_iter().map(decades).find(fits)
            && bold.len() > 1
        {
            return (bold, light);
        }
        let powers = decades(&[1.0]);
        if powers.len() > 1 {
            let every = powers.len().div_ceil(most.max(2)) as i64;
            // Each tenth power, say, and not from wherever the axis begins.
            let bold = powers.iter().copied().filter(|power| (power.round() as i64).rem_euclid(every) == 0).collect();
            // More lines than marks can count are a grey ground.
            return (
                bold,
                if every == 1 {
                    light
                } else if powers.len() <= 40 {
                    powers
                } else {
                    Vec::new()
                },
            );
        }
        // Less than a decade: whole values.
        let values = even(self.value(from), self.value(to), most);
        (values.into_iter().filter(|value| *value > 0.0).map(libm::log10).filter(inside).collect(), Vec::new())
    }

    /// What is said at a place.
    pub fn label(&self, place: f64) -> String {
        let value = self.value(place);
        if self.percent { format!("{} %", number(value * 100.0)) } else { number(value) }
    }
}

/// Even places between two ends.
fn even(from: f64, to: f64, most: usize) -> Vec<f64> {
    if to <= from {
        return vec![from];
    }
    let places = RangedCoordf64::from(from..to).key_points(most);
    // What is left of 0 after sums of tenths is 0.
    let tiny = (to - from) * 1e-9;
    places.into_iter().map(|place| if place.abs() < tiny { 0.0 } else { place }).collect()
}

/// A number as an axis tells it: six digits at most, very large and very small ones with a power of ten.
pub fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let mut power = libm::log10(value.abs()).floor() as i32;
    let mut digits = rounded(value / libm::exp10(f64::from(power)));
    if digits.trim_start_matches('−').starts_with("10") {
        power += 1;
        digits = rounded(value / libm::exp10(f64::from(power)));
    }
    if (-3..6).contains(&power) {
        let places = usize::try_from(5 - power).unwrap_or(0);
        return signed(trimmed(&format!("{value:.places$}")));
    }
    let raised: String = power.to_string().chars().map(raised).collect();
    match digits.as_str() {
        "1" => format!("10{raised}"),
        "−1" => format!("−10{raised}"),
        _ => format!("{digits}·10{raised}"),
    }
}

fn rounded(value: f64) -> String {
    signed(trimmed(&format!("{value:.3}")))
}

fn trimmed(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

/// With the sign that is as wide as a digit.
fn signed(digits: &str) -> String {
    digits.replace('-', "−")
}

fn raised(c: char) -> char {
    match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => digit.to_digit(10).and_then(|digit| char::from_u32(0x2070 + digit)).unwrap_or(digit),
    }
}

/// What an axis has to show.
#[derive(Debug, Clone, Default)]
pub struct Extent {
    /// Values of lines that are seen whole.
    pub whole: Vec<f64>,
    /// Values that are seen but for the farthest, as those of single mini-batches.
    pub most: Vec<f64>,
    /// Values of runs that broke down: as far as others leave them room.
    pub broken: Vec<f64>,
}

impl Extent {
    /// The axis that shows it; none if there is no value that has a place.
    pub fn axis(&self, log: bool, percent: bool) -> Option<Axis> {
        let bare = Axis { ends: (0.0, 1.0), log, percent };
        let places = |values: &[f64]| values.iter().filter_map(|value| bare.place(*value)).collect::<Vec<_>>();
        let (whole, mut most, broken) = (places(&self.whole), places(&self.most), places(&self.broken));
        let mut ends = ends_of(&whole);
        if !most.is_empty() {
            most.sort_by(f64::total_cmp);
            let cut = most.len() / 100;
            ends = joined(ends, (most[cut], most[most.len() - 1 - cut]));
        }
        if let Some(first) = broken.first() {
            // Of what grows without bound the beginning is worth the room, as much as the others have and half of it again.
            let low = broken.iter().copied().fold(*first, f64::min);
            let (from, to) = joined(ends, (low.max(first - 8.0 * (1.0 + first.abs())), *first));
            let room = if log { (to - from).max(1.0) } else { (to - from).max(first.abs()) };
            let high = broken.iter().copied().fold(to, f64::max).min(to + 0.5 * room);
            ends = (from, high);
        }
        if ends.0 > ends.1 {
            return None;
        }
        let (from, to) = ends;
        let pad = if to > from {
            0.04 * (to - from)
        } else if log {
            0.1
        } else {
            from.abs().max(1e-3) * 0.1
        };
        let mut ends = (from - pad, to + pad);
        // A loss or a norm is seen from 0 on where it comes near it.
        if !log && from >= 0.0 && (from <= 0.35 * to || ends.0 < 0.0) {
            ends.0 = 0.0;
        }
        if percent && to <= 1.0 {
            ends.1 = ends.1.min(1.0);
        }
        Some(Axis { ends, log, percent })
    }

    /// The axis from the first value to the last, without room beside them.
    pub fn tight(&self, log: bool, from_zero: bool) -> Option<Axis> {
        let bare = Axis { ends: (0.0, 1.0), log, percent: false };
        let places: Vec<f64> = self.whole.iter().filter_map(|value| bare.place(*value)).collect();
        let (mut from, mut to) = ends_of(&places);
        if from > to {
            return None;
        }
        if from_zero && !log && from > 0.0 {
            from = 0.0;
        }
        if to <= from {
            (from, to) = (from - 0.5, to + 0.5);
        }
        Some(Axis { ends: (from, to), log, percent: false })
    }
}

fn ends_of(places: &[f64]) -> (f64, f64) {
    places.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |ends, place| joined(ends, (*place, *place)))
}

fn joined(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    (a.0.min(b.0), a.1.max(b.1))
}
