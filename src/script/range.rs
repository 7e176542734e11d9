//! The range that the comment beside a hyper-parameter gives it.

/// A range of numbers, as in `in [0, 1)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The lower end belongs to it.
    pub with_low: bool,
    /// The upper end.
    pub high: f64,
    /// The upper end belongs to it.
    pub with_high: bool,
}

impl Interval {
    /// The number lies inside.
    pub fn contains(&self, x: f64) -> bool {
        let above = if self.with_low { x >= self.low } else { x > self.low };
        let below = if self.with_high { x <= self.high } else { x < self.high };
        above && below
    }

    /// Reads the first `in [a, b)` of a comment, with any of the four brackets; `inf` is allowed.
    pub fn in_text(text: &str) -> Option<Self> {
        Self::with_end(text, |end| end.parse().ok())
    }

    /// The same where the upper end may also be a name, which `high` reads.
    pub(super) fn with_end(text: &str, high: impl Fn(&str) -> Option<f64>) -> Option<Self> {
        Self::find(text, high).map(|(_, range)| range)
    }

    /// Where in the text it stands, from its `in`, and the range.
    pub(super) fn find(text: &str, high: impl Fn(&str) -> Option<f64>) -> Option<(std::ops::Range<usize>, Self)> {
        text.match_indices("in ").find_map(|(at, _)| {
            let word = text[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
            let rest = text[at + 3..].trim_start();
            if !word {
                return None;
            }
            let with_low = match rest.chars().next()? {
                '[' => true,
                '(' => false,
                _ => return None,
            };
            let end = rest.find([']', ')'])?;
            let with_high = rest[end..].starts_with(']');
            let behind = text.len() - rest.len() + end + 1;
            let (low, end) = rest[1..end].split_once(',')?;
            Some((at..behind, Self { low: low.trim().parse().ok()?, with_low, high: high(end.trim())?, with_high }))
        })
    }
}

impl std::fmt::Display for Interval {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (open, close) = (if self.with_low { '[' } else { '(' }, if self.with_high { ']' } else { ')' });
        write!(f, "{open}{}, {}{close}", self.low, self.high)
    }
}
