//! An interval of numbers with open and closed ends, as in `[0, 1)`. Holds no values, only says what is allowed.

use std::fmt;

/// The numbers between two ends, each of which belongs to the interval or does not. An infinite end means no limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    low: f64,
    high: f64,
    low_open: bool,
    high_open: bool,
}

impl Interval {
    /// `[low, high]`
    pub const fn closed(low: f64, high: f64) -> Self {
        Self { low, high, low_open: false, high_open: false }
    }

    /// `[low, high)`
    pub const fn below(low: f64, high: f64) -> Self {
        Self { low, high, low_open: false, high_open: true }
    }

    /// `(low, high]`
    pub const fn above(low: f64, high: f64) -> Self {
        Self { low, high, low_open: true, high_open: false }
    }

    /// `(low, high)`
    pub const fn open(low: f64, high: f64) -> Self {
        Self { low, high, low_open: true, high_open: true }
    }

    /// Numbers greater than 0.
    pub const fn positive() -> Self {
        Self::open(0.0, f64::INFINITY)
    }

    /// 0 and all greater numbers.
    pub const fn not_negative() -> Self {
        Self::below(0.0, f64::INFINITY)
    }

    /// Its lower and its upper end, and whether each is open.
    pub fn ends(&self) -> [(f64, bool); 2] {
        [(self.low, self.low_open), (self.high, self.high_open)]
    }

    /// Whether a number belongs to it; NaN never does.
    pub fn contains(&self, value: f64) -> bool {
        let low = if self.low_open { value > self.low } else { value >= self.low };
        let high = if self.high_open { value < self.high } else { value <= self.high };
        low && high
    }
}

/// In words where an end is infinite: `greater than 0`, `at least 0`, `in [0, 1)`.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.low.is_finite(), self.high.is_finite()) {
            (true, false) => write!(f, "{} {}", if self.low_open { "greater than" } else { "at least" }, self.low),
            (false, true) => write!(f, "{} {}", if self.high_open { "less than" } else { "at most" }, self.high),
            (false, false) => f.write_str("any number"),
            (true, true) => {
                let open = if self.low_open { '(' } else { '[' };
                let close = if self.high_open { ')' } else { ']' };
                // A tiny end, such as 1e-12, would else be a row of zeros.
                let tiny = self.low != 0.0 && self.low.abs() < 1e-4;
                let low = if tiny { format!("{:e}", self.low) } else { self.low.to_string() };
                write!(f, "in {open}{low}, {}{close}", self.high)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_belongs_to_it_or_does_not() {
        assert!(Interval::below(0.0, 1.0).contains(0.0) && !Interval::below(0.0, 1.0).contains(1.0));
        assert!(!Interval::above(0.0, 1.0).contains(0.0) && Interval::above(0.0, 1.0).contains(1.0));
        assert!(!Interval::positive().contains(0.0) && Interval::not_negative().contains(0.0));
        assert!(!Interval::closed(0.0, 1.0).contains(f64::NAN));
    }

    #[test]
    fn it_reads_as_in_a_lecture() {
        assert_eq!(Interval::below(0.0, 1.0).to_string(), "in [0, 1)");
        assert_eq!(Interval::closed(1e-12, 1.0).to_string(), "in [1e-12, 1]");
        assert_eq!(Interval::positive().to_string(), "greater than 0");
        assert_eq!(Interval::closed(f64::NEG_INFINITY, 3.0).to_string(), "at most 3");
    }
}
