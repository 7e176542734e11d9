//! What a snapshot shows of the space that a run moves in: a network's answers over its inputs or its samples, or the
//! landscape that the weights walk. Everything is measured with the weights of one step, without what is random.

use std::sync::Arc;

use super::Grid;

/// The picture that fits the lab.
#[derive(Debug, Clone, PartialEq)]
pub enum Map {
    /// Two features: the answer at every place.
    Regions(Regions),
    /// Classes over more features, or over one: who was taken for whom.
    Confusion(Confusion),
    /// One feature and a number: the network's curve.
    Curve(Curve),
    /// Two weights: heights and paths.
    Landscape(LandscapeView),
}

/// A network's answers over the plane of its two features, in the units in which it sees them.
#[derive(Debug, Clone, PartialEq)]
pub struct Regions {
    /// The updates that the weights had when it was measured.
    pub step: u64,
    /// The features' names: across, upwards.
    pub features: [String; 2],
    /// The ends of the plane across.
    pub x: (f64, f64),
    /// The ends of the plane upwards.
    pub y: (f64, f64),
    /// Cells across.
    pub columns: usize,
    /// Cells upwards.
    pub rows: usize,
    /// The answer in the middle of each cell, row by row, the uppermost row first.
    pub answers: Answers,
    /// Samples of both parts, evenly chosen.
    pub points: Vec<Point>,
    /// How many answers are right; none for numbers.
    pub score: Option<Score>,
}

/// The answers over a plane.
#[derive(Debug, Clone, PartialEq)]
pub enum Answers {
    /// A class each.
    Classes {
        /// The classes.
        names: Vec<String>,
        /// The answers.
        cells: Vec<Answer>,
    },
    /// A number each: the network's first output.
    Values {
        /// The outputs.
        cells: Vec<f32>,
        /// The least and the largest number that is to be learned.
        range: (f64, f64),
    },
}

/// A class as an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// The class; none where an output is not a number.
    pub class: Option<u16>,
    /// 0..1: its probability. For a loss without probabilities, by how much its output is above the next one, at most 1.
    pub sure: f32,
}

/// A sample in a plane, or on a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Across.
    pub x: f32,
    /// Upwards: the second feature, or on a line the number that is to be learned.
    pub y: f32,
    /// The class that it has, or the number that is to be learned.
    pub truth: f32,
    /// What the network says; NaN where it says nothing.
    pub answer: f32,
    /// It belongs to the part held out.
    pub held_out: bool,
}

/// Right answers over a part of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    /// Right answers.
    pub right: usize,
    /// Samples that were asked.
    pub of: usize,
    /// They are of the part held out; else of the training part.
    pub held_out: bool,
}

/// Who was taken for whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Confusion {
    /// The updates that the weights had when it was measured.
    pub step: u64,
    /// The classes.
    pub names: Vec<String>,
    /// Samples of class `i` that were taken for class `j`, at `i * classes + j`.
    pub counts: Vec<u32>,
    /// How many answers are right, and of how many. What is not a number is no answer and in no count.
    pub score: Score,
    /// Samples that are small pictures, the wrong answers first.
    pub images: Vec<Image>,
}

/// A sample that is a small square picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// Pixels in a row, and rows.
    pub side: usize,
    /// How dark each is, from 0 to [`Image::LEVELS`] - 1, row by row.
    pub pixels: Vec<u8>,
    /// The class that it has.
    pub truth: u16,
    /// What the network says.
    pub answer: Answer,
}

impl Image {
    /// Levels of a pixel.
    pub const LEVELS: u8 = 8;
}

/// A network's first output over its only feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The updates that the weights had when it was measured.
    pub step: u64,
    /// The feature's name.
    pub feature: String,
    /// The ends of the feature.
    pub x: (f64, f64),
    /// The least and the largest number that is to be learned.
    pub y: (f64, f64),
    /// The output, evenly from one end to the other.
    pub outputs: Vec<f32>,
    /// Samples of both parts, evenly chosen.
    pub points: Vec<Point>,
}

/// A landscape, and the ways of the runs over it.
#[derive(Debug, Clone, PartialEq)]
pub struct LandscapeView {
    /// The ends of what is worth seeing of the first weight.
    pub x: (f64, f64),
    /// The ends of what is worth seeing of the second weight.
    pub y: (f64, f64),
    /// Heights, evenly from end to end of what is [measured](Self::measured), the uppermost row first.
    pub heights: Arc<Grid>,
    /// In the order of the race; the lab's own run first.
    pub paths: Vec<PathView>,
    /// What moved the lab's own run in its last step.
    pub pulls: Vec<Pull>,
}

impl LandscapeView {
    /// Heights are measured over so many times what is worth seeing of each weight: a pane of another form shows more of
    /// one of them, so that a unit of `x` is as long there as one of `y`.
    pub const WIDER: f64 = 3.0;

    /// The ends over which the heights are measured, of the first weight and of the second.
    #[must_use]
    pub fn measured(&self) -> [(f64, f64); 2] {
        [widened(self.x, Self::WIDER), widened(self.y, Self::WIDER)]
    }
}

/// The ends of so many times a range, around its middle.
#[must_use]
pub fn widened((low, high): (f64, f64), times: f64) -> (f64, f64) {
    let (middle, half) = (0.5 * (low + high), 0.5 * (high - low) * times);
    (middle - half, middle + half)
}

/// The way of a run so far.
#[derive(Debug, Clone, PartialEq)]
pub struct PathView {
    /// The run's name.
    pub name: String,
    /// The start first, where it stands last; between them every so many steps.
    pub points: Vec<PathPoint>,
    /// The steps between two points.
    pub every: u64,
    /// The height where it stands.
    pub height: f64,
}

/// Where a run stood.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PathPoint {
    /// After so many steps.
    pub step: u64,
    /// The first weight.
    pub x: f64,
    /// The second weight.
    pub y: f64,
}

/// A direction with a length.
#[derive(Debug, Clone, PartialEq)]
pub struct Pull {
    /// `-dW`, `-v`, `step`.
    pub name: String,
    /// Where it begins.
    pub from: [f64; 2],
    /// By how much it leads away from there.
    pub by: [f64; 2],
}
