//! Norms of parameters, in a fixed order.

use crate::program::Real;

/// The norm of all parameters together.
pub(super) fn together(norms: &[f64]) -> f64 {
    norms.iter().map(|n| n * n).sum::<f64>().sqrt()
}

/// The Euclidean norm in f64, in a fixed order.
pub(super) fn exact_norm<F: Real>(values: &[F]) -> f64 {
    let mut lanes = [0.0_f64; 8];
    let mut chunks = values.chunks_exact(8);
    for chunk in &mut chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value.to_f64() * value.to_f64();
        }
    }
    let rest: f64 = chunks.remainder().iter().map(|v| v.to_f64() * v.to_f64()).sum();
    (lanes.iter().sum::<f64>() + rest).sqrt()
}
