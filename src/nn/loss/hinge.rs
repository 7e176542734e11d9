//! The hinge loss of classes: the class's own output should lead every other by a margin of 1.
//!
//! It is no script, because each element needs the output of its sample's class, which is another element.

use super::{Targets, largest};
use crate::program::Real;

/// The class of sample `i`.
fn class<F: Real>(targets: Targets<F>, i: usize, outputs: usize) -> usize {
    match targets {
        Targets::Classes(classes) => classes[i] as usize,
        Targets::Values(y) => largest(&y[i * outputs..(i + 1) * outputs]),
    }
}

/// By how much output `j` misses the margin: `1 - z_c + z_j`, whose positive part is the loss.
fn missed<F: Real>(row: &[F], class: usize, j: usize) -> F {
    F::ONE - row[class] + row[j]
}

/// The sum over samples and outputs of `max(0, 1 - z_c + z_j)`, the class itself left out.
pub(super) fn sum<F: Real>(z: &[F], targets: Targets<F>, outputs: usize) -> f64 {
    let mut sum = 0.0;
    for (i, row) in z.chunks_exact(outputs).enumerate() {
        let class = class(targets, i, outputs);
        for j in (0..outputs).filter(|j| *j != class) {
            sum += missed(row, class, j).larger(F::ZERO).to_f64();
        }
    }
    sum
}

/// `dz_j = scale` where the margin is missed, `dz_c` minus their sum; and the sum of the losses. On the margin itself the
/// derivative is 0, as `PyTorch` has it.
pub(super) fn gradient<F: Real>(z: &[F], targets: Targets<F>, outputs: usize, scale: F, dz: &mut [F]) -> f64 {
    for (i, (row, dz)) in z.chunks_exact(outputs).zip(dz.chunks_exact_mut(outputs)).enumerate() {
        let class = class(targets, i, outputs);
        let mut own = F::ZERO;
        for j in (0..outputs).filter(|j| *j != class) {
            dz[j] = if missed(row, class, j) > F::ZERO { scale } else { F::ZERO };
            own -= dz[j];
        }
        dz[class] = own;
    }
    sum(z, targets, outputs)
}
