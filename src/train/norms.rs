//! Norms of parameters, in a fixed order.

use crate::program::Real;

/// Weights below this size do not count beside a step whose squares overflow `f32`: 1e9 to 1e19.
const FAR: f64 = 1e9;

/// How far the weights may have come, and those before the step as soon as that is far: then, and only then, they are
/// needed to measure a step that is too long for its squares. A usual run keeps no copy.
pub(super) struct TravelledDistance<F> {
    distance: f64,
    before: Vec<F>,
}

impl<F: Real> TravelledDistance<F> {
    /// The weights at the start.
    pub fn new(weights: &[F]) -> Self {
        Self { distance: exact_norm(weights), before: Vec::new() }
    }

    /// Before a step.
    pub fn prepare(&mut self, weights: &[F]) {
        if self.distance > FAR {
            self.before.clear();
            self.before.extend_from_slice(weights);
        }
    }

    /// A step was made.
    pub fn add(&mut self, update_norm: f64) {
        self.distance += update_norm;
    }

    /// The length of the way so far.
    pub fn so_far(&self) -> f64 {
        self.distance
    }

    /// Back to where the way had this length.
    pub fn go_back(&mut self, distance: f64) {
        self.distance = distance;
        self.before.clear();
    }

    /// |`W_new` - W| of a stretch of the last step, in f64.
    pub fn distance(&self, weights: &[F], range: std::ops::Range<usize>) -> f64 {
        if self.before.is_empty() {
            return exact_norm(&weights[range]);
        }
        let pairs = weights[range.clone()].iter().zip(&self.before[range]);
        let moved = pairs.map(|(after, before)| after.to_f64() - before.to_f64());
        in_range(moved.clone().map(|part| part.powi(2)).sum::<f64>().sqrt(), moved)
    }
}

/// The norm of all parameters together.
pub(super) fn together(norms: &[f64]) -> f64 {
    in_range(norms.iter().map(|n| n * n).sum::<f64>().sqrt(), norms.iter().copied())
}

/// A norm by its squares, or the same of scaled numbers where squares leave the range of `f64`.
fn in_range(norm: f64, values: impl Iterator<Item = f64> + Clone) -> f64 {
    /// Below this the squares have lost digits to the smallest numbers.
    const LEAST: f64 = 1e-150;
    if norm.is_nan() || (LEAST..f64::INFINITY).contains(&norm) {
        return norm;
    }
    let largest = values.clone().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if largest == 0.0 || largest.is_infinite() {
        return largest;
    }
    values.map(|value| (value / largest).powi(2)).sum::<f64>().sqrt() * largest
}

/// The Euclidean norm in f64, in a fixed order.
pub(crate) fn exact_norm<F: Real>(values: &[F]) -> f64 {
    let mut lanes = [0.0_f64; 8];
    let mut chunks = values.chunks_exact(8);
    for chunk in &mut chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value.to_f64() * value.to_f64();
        }
    }
    let rest: f64 = chunks.remainder().iter().map(|v| v.to_f64() * v.to_f64()).sum();
    in_range((lanes.iter().sum::<f64>() + rest).sqrt(), values.iter().map(|value| value.to_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_are_right_where_their_squares_leave_the_range() {
        for scale in [1.0, 1e200, 1e-200, 1e-308, 2e307] {
            let near = |got: f64| assert!((got / (5.0 * scale) - 1.0).abs() < 1e-12, "{got} at {scale}");
            near(together(&[3.0 * scale, 4.0 * scale]));
            near(exact_norm(&[3.0 * scale, 0.0, -4.0 * scale]));
        }
        assert_eq!((together(&[0.0; 3]), exact_norm(&[f64::INFINITY, 1.0])), (0.0, f64::INFINITY));
        assert!(together(&[f64::NAN, 1.0]).is_nan());
    }
}
