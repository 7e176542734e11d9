//! Clipping: a gradient that is too large is made smaller before the rule sees it.

use std::ops::Range;

use crate::program::Real;

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
    /// Clips a gradient whose norm is known; tells whether anything changed.
    pub fn apply<F: Real>(
        self,
        gradient: &mut [F],
        segments: impl IntoIterator<Item = Range<usize>>,
        norm: f64,
    ) -> bool {
        match self {
            Self::Norm(limit) => {
                if norm <= limit || norm.is_nan() {
                    return false;
                }
                let scale = F::from_f64(limit / norm);
                segments.into_iter().for_each(|s| gradient[s].iter_mut().for_each(|g| *g *= scale));
                true
            }
            Self::Value(limit) => {
                let limit = F::from_f64(limit);
                let mut hit = false;
                for g in segments.into_iter().flatten() {
                    let clipped = gradient[g].larger(-limit).smaller(limit);
                    hit |= clipped != gradient[g];
                    gradient[g] = clipped;
                }
                hit
            }
        }
    }
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
    fn values_are_held_and_nan_is_not_hidden() {
        let mut g = [3.0_f32, -0.2, f32::NAN];
        assert!(Clip::Value(0.5).apply(&mut g, [0..3], f64::NAN));
        assert_eq!((g[0], g[1]), (0.5, -0.2));
        assert!(g[2].is_nan());
    }
}
