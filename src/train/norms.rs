//! How far a step moves the weights, where its squares tell it and where they do not.

use crate::program::{Layout, Parameter, Real, exact_norm, norm_of};

/// Weights below this size do not count beside a step whose squares overflow `f32`: 1e9 to 1e19.
const FAR: f64 = 1e9;

/// How far the weights may have come, and those before a step that its squares may fail to measure: one so long that they
/// overflow beside weights that are as large, or so short that they vanish. A usual run keeps no copy.
///
/// What a step is expected to be depends on the gradient, the rate and the way so far alone, so that a run that was resumed
/// measures its steps alike.
pub(super) struct TravelledDistance<F> {
    distance: f64,
    parameters: Vec<Bounds<F>>,
}

/// Of one parameter.
struct Bounds<F> {
    /// A step of this length or more is measured by its squares.
    least: f64,
    /// One that is expected to be shorter than this may be shorter than `least`.
    short: f64,
    /// The weights before this step; empty if they are not needed.
    before: Vec<F>,
}

impl<F: Real> TravelledDistance<F> {
    /// The weights at the start.
    pub fn new(weights: &[F], layout: &Layout) -> Self {
        // Of so many squares each may lose half of the smallest denormal number, so normal ones keep their digits.
        let smallest = F::TINY.to_f64().sqrt();
        let bounds = |parameter: &Parameter| {
            let least = smallest * (parameter.range().len() as f64).sqrt();
            // A rule may well divide the usual step by a million, and more hardly.
            Bounds { least, short: 1e7 * least, before: Vec::new() }
        };
        Self { distance: exact_norm(weights), parameters: layout.parameters().iter().map(bounds).collect() }
    }

    /// Before a step by gradients of these norms, each at its rate; 1 where the rule has none.
    pub fn prepare(&mut self, weights: &[F], layout: &Layout, gradients: impl Iterator<Item = (f64, f64)>) {
        let far = self.distance > FAR;
        for ((bounds, parameter), (norm, rate)) in self.parameters.iter_mut().zip(layout.parameters()).zip(gradients) {
            bounds.before.clear();
            if far || norm * rate.abs().min(1.0) < bounds.short {
                bounds.before.extend_from_slice(&weights[parameter.range()]);
            }
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
    }

    /// The squares of the last step of a parameter have told its length.
    pub fn holds(&self, at: usize, norm: f64) -> bool {
        (self.parameters[at].least..f64::INFINITY).contains(&norm)
    }

    /// |`W_new` - W| of the last step of a parameter whose weights are finite now, in f64; `norm` by its squares.
    pub fn distance(&self, weights: &[F], at: usize, parameter: &Parameter, norm: f64) -> f64 {
        let weights = &weights[parameter.range()];
        match &self.parameters[at].before[..] {
            [] if norm.is_finite() => norm,
            [] => exact_norm(weights),
            before => {
                let pairs = weights.iter().zip(before);
                norm_of(pairs.map(|(after, before)| after.to_f64() - before.to_f64()))
            }
        }
    }
}
