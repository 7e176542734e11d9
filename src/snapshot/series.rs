//! What a snapshot shows of a series that is walked.

use super::Line;

/// A series and its averages so far.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesView {
    /// What the series is called.
    pub name: String,
    /// The smallest and the largest value of the whole series, those to come included.
    pub range: (f64, f64),
    /// The values so far.
    pub values: Line,
    /// In the lab's order.
    pub averages: Vec<AverageView>,
    /// The newest values with their averages, oldest first (at most [`SeriesView::ROWS`]).
    pub rows: Vec<SeriesRow>,
}

impl SeriesView {
    /// How many rows a snapshot carries.
    pub const ROWS: usize = 10;
    /// How many weights a snapshot carries.
    pub const WEIGHTS: usize = 800;
}

/// An average of a series so far.
#[derive(Debug, Clone, PartialEq)]
pub struct AverageView {
    /// As in `averages.csv`: `exponential.0.9`.
    pub name: String,
    /// The average at each value.
    pub line: Line,
    /// How much each of the newest values counts in the average now, the newest first (at most [`SeriesView::WEIGHTS`]).
    /// All weights together are 1, but for an exponential average that is not corrected.
    pub weights: Vec<f64>,
}

/// A row of `averages.csv`.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesRow {
    /// Counted from 1.
    pub t: u64,
    /// The value.
    pub value: f64,
    /// Each average, in the lab's order.
    pub averages: Vec<f64>,
}
