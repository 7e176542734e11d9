//! Clipping: a gradient that is too large is made smaller before the rule sees it.

use std::ops::Range;

use crate::program::{Real, norm_of};

/// How a gradient is clipped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Clip {
    /// The whole gradient is scaled so that its Euclidean norm is at most this: `g * c / |g|`, as `PyTorch`'s
    /// `clip_grad_norm_` without its 1e-6 in the denominator.
    Norm(f64),
    /// Each element is held within `[-c, c]`.
    Value(f64),
}

impl Clip {
    /// The length that a gradient, or an element of it, has at most.
    pub fn limit(self) -> f64 {
        match self {
            Self::Norm(limit) | Self::Value(limit) => limit,
        }
    }

    /// Clips a gradient whose norm is known; tells whether anything changed. The norm may be beyond `f64` where no element is.
    pub fn apply<F: Real>(
        self,
        gradient: &mut [F],
        segments: impl IntoIterator<Item = Range<usize>, IntoIter: Clone>,
        norm: f64,
    ) -> bool {
        let segments = segments.into_iter();
        match self {
            Self::Norm(limit) => {
                if norm <= limit || norm.is_nan() {
                    return false;
                }
                let scale = F::from_f64(limit / norm);
                if scale >= F::TINY {
                    segments.for_each(|s| gradient[s].iter_mut().for_each(|g| *g *= scale));
                } else {
                    scale_far_down(gradient, &segments, limit);
                }
                true
            }
            Self::Value(limit) => {
                let limit = F::from_f64(limit);
                let mut hit = false;
                for g in segments.flatten() {
                    let clipped = gradient[g].larger(-limit).smaller(limit);
                    hit |= clipped != gradient[g];
                    gradient[g] = clipped;
                }
                hit
            }
        }
    }
}

/// Gives a gradient this norm by a factor that is no normal number of `F`: first its largest element becomes 1.
fn scale_far_down<F: Real>(gradient: &mut [F], segments: &(impl Iterator<Item = Range<usize>> + Clone), limit: f64) {
    let places = || segments.clone().flatten();
    let largest = places().fold(0.0, |largest: f64, at| gradient[at].to_f64().abs().larger(largest));
    let scale = limit / norm_of(places().map(|at| gradient[at].to_f64() / largest));
    places().for_each(|at| gradient[at] = F::from_f64(gradient[at].to_f64() / largest * scale));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_norm_is_brought_to_the_limit_and_a_small_gradient_stays() {
        let mut g = [3.0_f64, 4.0];
        assert!(Clip::Norm(1.0).apply(&mut g, [0..2], 5.0));
        assert!((g[0] - 0.6).abs() < 1e-15 && (g[1] - 0.8).abs() < 1e-15);
        assert!(!Clip::Norm(2.0).apply(&mut g, [0..2], 1.0));
    }

    #[test]
    fn a_gradient_of_any_size_keeps_its_direction_and_gets_the_length_of_the_limit() {
        fn check<F: Real>(size: f64, limit: f64, precision: f64) {
            let mut g = [3.0, 0.0, -4.0].map(|x| F::from_f64(x * size));
            let norm = crate::program::exact_norm(&g);
            assert_eq!(Clip::Norm(limit).apply(&mut g, [0..1, 1..3], norm), norm > limit, "{size:e}, {limit:e}");
            let length = norm.min(limit);
            for (g, unit) in g.iter().zip([0.6, 0.0, -0.8]) {
                assert!((g.to_f64() - unit * length).abs() <= precision * length, "{g} of {size:e} at {limit:e}");
            }
        }
        let sizes = [1e-37, 1e-30, 1e-20, 1e-10, 1.0, 1e10, 1e19, 1e30, 5e37];
        for (size, limit) in sizes.into_iter().flat_map(|size| sizes.map(|limit| (size, limit))) {
            check::<f32>(size, limit, 1e-6);
            check::<f64>(size * size * size, limit * limit * limit, 1e-14);
            check::<f64>(size.powi(8), limit.powi(8), 1e-14);
        }
    }

    #[test]
    fn a_norm_beyond_f64_is_clipped_as_well() {
        let mut g = [f64::MAX; 4];
        assert!(Clip::Norm(2.0).apply(&mut g, [0..4], f64::INFINITY));
        assert_eq!(g, [1.0; 4]);
    }

    #[test]
    fn values_are_held_and_nan_is_not_hidden() {
        let mut g = [3.0_f32, -0.2, f32::NAN];
        assert!(Clip::Value(0.5).apply(&mut g, [0..3], f64::NAN));
        assert_eq!((g[0], g[1]), (0.5, -0.2));
        assert!(g[2].is_nan());
    }
}
