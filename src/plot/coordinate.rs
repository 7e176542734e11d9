//! An axis as `plotters` asks for one: its marks and their words are ours, the pixels the library's.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;

use super::axis::Axis;

/// An axis with its marks.
pub struct Coordinate {
    axis: Axis,
    places: RangedCoordf64,
    told: Vec<f64>,
    drawn: Vec<f64>,
}

impl Coordinate {
    /// With so many numbers at most.
    pub fn of(axis: &Axis, most: usize) -> Self {
        let (told, drawn) = axis.marks(most);
        Self { axis: axis.clone(), places: (axis.ends.0..axis.ends.1).into(), told, drawn }
    }
}

impl Ranged for Coordinate {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, place: &f64, limit: (i32, i32)) -> i32 {
        self.places.map(place, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() { self.drawn.clone() } else { self.told.clone() }
    }

    fn range(&self) -> Range<f64> {
        self.places.range()
    }
}

impl ValueFormatter<f64> for Coordinate {
    fn format(place: &f64) -> String {
        super::axis::number(*place)
    }

    fn format_ext(&self, place: &f64) -> String {
        self.axis.label(*place)
    }
}
