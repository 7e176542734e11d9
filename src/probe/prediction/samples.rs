//! The samples that a map shows or counts: chosen evenly, once, so that pictures of two steps are of the same samples.

use super::answers::answer;
use super::truth;
use crate::data::{Dataset, Target};
use crate::nn::Loss;
use crate::program::Real;
use crate::snapshot::{Point, Score};
use crate::train::Learning;

/// Chosen rows of one part of the data, or of both.
#[derive(Default)]
pub(super) struct Samples {
    /// `[samples, features]`
    pub x: Vec<f32>,
    /// The class of each, or its number.
    pub truths: Vec<f32>,
    /// The row of each in its part.
    pub rows: Vec<usize>,
    features: usize,
    /// How many of the first are of the part trained on.
    trained: usize,
}

impl Samples {
    /// At most so many of these. The part trained on comes first.
    pub fn add<F: Real>(&mut self, data: &Dataset<F>, loss: &Loss<F>, most: usize, held_out: bool) {
        self.features = data.features();
        for row in spread(data.samples(), most) {
            self.x.extend(data.x().row(row).iter().map(|x| x.to_f64() as f32));
            self.truths.push(truth(data.target(), loss, row));
            self.rows.push(row);
        }
        if !held_out {
            self.trained = self.truths.len();
        }
    }

    pub fn held_out(&self, at: usize) -> bool {
        at >= self.trained
    }

    /// A point of each, by its place, features, truth and part.
    pub fn points(&self, point: impl Fn(usize, &[f32], f32, bool) -> Point) -> Vec<Point> {
        let all = self.x.chunks_exact(self.features.max(1)).zip(&self.truths).enumerate();
        all.map(|(at, (x, truth))| point(at, x, *truth, self.held_out(at))).collect()
    }

    /// How many of the outputs `z` are right answers.
    pub fn score<F: Real>(&self, loss: &Loss<F>, z: &[f32], outputs: usize) -> Score {
        let answers = z.chunks_exact(outputs).map(|z| answer(loss, z).class.map(f32::from));
        let right = answers.zip(&self.truths).filter(|(answer, truth)| *answer == Some(**truth)).count();
        Score { right, of: self.truths.len(), held_out: self.held_out(0) }
    }
}

/// At most so many of the numbers below `of`, evenly far apart: a table that is sorted by class is seen as a whole.
fn spread(of: usize, most: usize) -> impl Iterator<Item = usize> {
    let count = of.min(most);
    (0..count).map(move |at| at * of / count.max(1))
}

/// The least and the largest of these numbers, and a share of their distance more at both ends.
fn ends(values: impl Iterator<Item = f64>, margin: f64) -> (f64, f64) {
    let (low, high) = values
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high): (f64, f64), value| (low.min(value), high.max(value)));
    let more = if high > low { (high - low) * margin } else { low.abs().max(1.0) / 2.0 };
    (low - more, high + more)
}

/// Both parts of the data.
fn parts<F: Real>(learning: &Learning<F>) -> impl Iterator<Item = &Dataset<F>> {
    [&learning.train].into_iter().chain(&learning.validation).map(|data| &**data)
}

/// The ends of a feature over all samples.
pub(super) fn range<F: Real>(learning: &Learning<F>, feature: usize, margin: f64) -> (f64, f64) {
    ends(parts(learning).flat_map(|data| data.x().column(feature).into_iter().map(|x| x.to_f64())), margin)
}

/// The ends of the first number that is to be learned.
pub(super) fn targets<F: Real>(learning: &Learning<F>) -> (f64, f64) {
    let of = |data: &Dataset<F>| match data.target() {
        Target::Values(values) => values.column(0).iter().map(|value| value.to_f64()).collect::<Vec<_>>(),
        Target::Classes { labels, .. } => labels.iter().map(|label| f64::from(*label)).collect(),
    };
    ends(parts(learning).flat_map(of), 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_of_many_are_chosen_evenly() {
        assert_eq!(spread(3, 10).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(spread(10, 3).collect::<Vec<_>>(), [0, 3, 6]);
        assert_eq!(spread(0, 3).count(), 0);
    }

    #[test]
    fn ends_are_apart_even_if_all_numbers_are_the_same() {
        assert_eq!(ends([1.0, 3.0].into_iter(), 0.5), (0.0, 4.0));
        assert_eq!(ends([3.0].into_iter(), 0.5), (1.5, 4.5));
        assert_eq!(ends([0.0].into_iter(), 0.0), (-0.5, 0.5));
    }
}
