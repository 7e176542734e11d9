//! Losses: what is wrong with the outputs, as one number, and its derivative by each output.
//!
//! `z` are the network's outputs, `[samples, outputs]`. A value is the mean that `PyTorch` takes: over the samples for
//! cross-entropy and what has one value a sample, over samples and outputs for all others. Sums are taken in `f64`; nothing allocates once a loss has
//! seen its largest batch.

mod hinge;

use std::sync::Arc;

use crate::program::{Function, PointwiseLoss, Real};

/// What the outputs should have been.
#[derive(Debug, Clone, Copy)]
pub enum Targets<'a, F> {
    /// A class for each sample, below the number of outputs.
    Classes(&'a [u32]),
    /// A number for each output of each sample, `[samples, outputs]`.
    Values(&'a [F]),
}

/// How many answers were right. One answer a sample for classes, one an output for `binary_cross_entropy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hits {
    /// Right answers.
    pub right: usize,
    /// All answers.
    pub of: usize,
}

/// A loss.
pub enum Loss<F> {
    /// `-ln p_c`, the mean over the samples, where `p = softmax(z)` and `c` is the sample's class: `dz = (p - 1_c) / n`.
    /// Given values instead of classes it takes them for probabilities `y`: `-sum y ln p`.
    CrossEntropy,
    /// `-(y ln p + (1 - y) ln(1 - p))`, the mean over samples and outputs, where `p = 1 / (1 + e^-z)` and `y` is 0 or 1:
    /// `dz = (p - y) / (n outputs)`. A class is taken for `y` where there is one output, else for 1 at that output.
    BinaryCrossEntropy,
    /// `max(0, 1 - z_c + z_j)` for every output `j` but the sample's class `c`, the mean over samples and outputs: `dz_j` is
    /// 1 where the margin is missed, and `dz_c` minus how many miss it. `PyTorch`'s multi-margin loss. Given values
    /// instead of classes it takes the largest of a sample for its class.
    Hinge,
    /// Any loss with one value an element, or one a sample: the mean over samples and outputs, or over samples. Classes are
    /// shown to it one-hot.
    Pointwise {
        /// The loss and its derivative.
        function: Box<dyn PointwiseLoss<F>>,
        /// Room for one-hot targets; start with an empty one.
        one_hot: Vec<F>,
    },
}

impl<F: Real> Loss<F> {
    /// A loss with one value an element, or one a sample.
    pub fn pointwise(function: Box<dyn PointwiseLoss<F>>) -> Self {
        Self::Pointwise { function, one_hot: Vec::new() }
    }

    /// The loss of a batch, for evaluation. 0 for an empty batch.
    pub fn value(&mut self, z: &[F], targets: Targets<F>, outputs: usize) -> f64 {
        let count = self.count(z, outputs);
        if count == 0.0 {
            return 0.0;
        }
        let sum = match self {
            Self::CrossEntropy => cross_entropy_sum(z, targets, outputs),
            Self::BinaryCrossEntropy => binary_sum(z, targets, outputs),
            Self::Hinge => hinge::sum(z, targets, outputs),
            Self::Pointwise { function, one_hot } => function.sum(z, values(targets, outputs, one_hot)),
        };
        sum / count
    }

    /// The loss of a batch, and its derivative by `z` in `dz`.
    pub fn value_and_gradient(&mut self, z: &[F], targets: Targets<F>, outputs: usize, dz: &mut [F]) -> f64 {
        let count = self.count(z, outputs);
        if count == 0.0 {
            return 0.0;
        }
        let scale = F::from_f64(1.0 / count);
        let sum = match self {
            Self::CrossEntropy => cross_entropy_gradient(z, targets, outputs, scale, dz),
            Self::BinaryCrossEntropy => {
                // Two flat loops: this one becomes vector instructions.
                for (dz, z) in dz.iter_mut().zip(z) {
                    *dz = z.sigmoid();
                }
                for_each_target(targets, outputs, |i, y| dz[i] = without_dust((dz[i] - y) * scale));
                binary_sum(z, targets, outputs)
            }
            Self::Hinge => hinge::gradient(z, targets, outputs, scale, dz),
            Self::Pointwise { function, one_hot } => {
                let y = values(targets, outputs, one_hot);
                let sum = function.sum_and_gradient(z, y, scale, dz);
                if function.is_over_outputs() {
                    dz.iter_mut().for_each(|dz| *dz = without_dust(*dz));
                }
                sum
            }
        };
        sum / count
    }

    /// How many of the outputs tell the right answer: the largest output (the first of equals) for classes; for
    /// `binary_cross_entropy` whether `p > 0.5`, that is `z > 0`; nothing for regression. NaN is never right.
    pub fn hits(&self, z: &[F], targets: Targets<F>, outputs: usize) -> Option<Hits> {
        match (self, targets) {
            (Self::BinaryCrossEntropy, _) => {
                let mut right = 0;
                let half = F::from_f64(0.5);
                for_each_target(targets, outputs, |i, y| {
                    right += usize::from(if y > half { z[i] > F::ZERO } else { z[i] <= F::ZERO });
                });
                Some(Hits { right, of: z.len() })
            }
            (_, Targets::Classes(classes)) => {
                let rows = z.chunks_exact(outputs).zip(classes);
                let right = rows.filter(|(row, class)| is_largest(row, **class as usize)).count();
                Some(Hits { right, of: classes.len() })
            }
            (Self::CrossEntropy | Self::Hinge, Targets::Values(y)) => {
                let rows = z.chunks_exact(outputs).zip(y.chunks_exact(outputs));
                let right = rows.filter(|(row, y)| is_largest(row, largest(y))).count();
                Some(Hits { right, of: z.len() / outputs })
            }
            (Self::Pointwise { .. }, Targets::Values(_)) => None,
        }
    }

    /// The function by script with the words in which it was written, if it has them.
    pub fn function(&self) -> Option<&Arc<Function>> {
        match self {
            Self::Pointwise { function, .. } => function.function(),
            Self::CrossEntropy | Self::BinaryCrossEntropy | Self::Hinge => None,
        }
    }

    /// What it is called in a lab; of one by script, what its file is called.
    pub fn name(&self) -> String {
        match self {
            Self::CrossEntropy => "cross_entropy".to_owned(),
            Self::BinaryCrossEntropy => "binary_cross_entropy".to_owned(),
            Self::Hinge => "hinge".to_owned(),
            Self::Pointwise { function, .. } => {
                let source = function.function().map_or("loss", |function| &function.source);
                let file = source.rsplit(['/', '\\']).next().unwrap_or(source);
                file.strip_suffix(".rhai").unwrap_or(file).to_owned()
            }
        }
    }

    /// The mean is over the samples alone, and not over the outputs of each as well.
    pub fn is_of_samples(&self) -> bool {
        match self {
            Self::CrossEntropy => true,
            Self::BinaryCrossEntropy | Self::Hinge => false,
            Self::Pointwise { function, .. } => function.is_of_samples(),
        }
    }

    /// What the mean is taken over.
    fn count(&self, z: &[F], outputs: usize) -> f64 {
        let of = if self.is_of_samples() { z.len() / outputs.max(1) } else { z.len() };
        of as f64
    }

    /// A copy with scratch memory of its own, for another thread.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        match self {
            Self::CrossEntropy => Self::CrossEntropy,
            Self::BinaryCrossEntropy => Self::BinaryCrossEntropy,
            Self::Hinge => Self::Hinge,
            Self::Pointwise { function, .. } => Self::pointwise(function.duplicate()),
        }
    }
}

/// Whether this is the first of the largest; never with a NaN in the row.
fn is_largest<F: Real>(row: &[F], class: usize) -> bool {
    row[..class].iter().all(|other| *other < row[class]) && row[class..].iter().all(|other| *other <= row[class])
}

/// The first of the largest.
fn largest<F: Real>(row: &[F]) -> usize {
    let mut best = 0;
    for (index, value) in row.iter().enumerate() {
        if *value > row[best] {
            best = index;
        }
    }
    best
}

/// The largest element; NaN if there is one.
fn maximum<F: Real>(row: &[F]) -> F {
    row.iter().fold(row[0], |max, value| max.larger(*value))
}

/// The sum over the samples of `-sum y ln p`, from the logarithm of the sum of exponentials, whose largest is 1.
fn cross_entropy_sum<F: Real>(z: &[F], targets: Targets<F>, outputs: usize) -> f64 {
    let mut sum = 0.0;
    for (i, row) in z.chunks_exact(outputs).enumerate() {
        let max = maximum(row);
        let mut exponentials = 0.0;
        for block in row.chunks(16) {
            // Flat and of a fixed length, so that the exponentials become vector instructions.
            let mut e = [max; 16];
            e[..block.len()].copy_from_slice(block);
            let e = e.map(|z| (z - max).exp());
            exponentials += e[..block.len()].iter().map(|e| e.to_f64()).sum::<f64>();
        }
        sum += row_loss(row, max, exponentials, targets, i);
    }
    sum
}

/// `-sum y ln p` of row `i`, where `ln p = z - max - ln(sum of e^(z - max))`.
fn row_loss<F: Real>(row: &[F], max: F, exponentials: f64, targets: Targets<F>, i: usize) -> f64 {
    let log_sum = max.to_f64() + Real::ln(exponentials);
    match targets {
        Targets::Classes(classes) => log_sum - row[classes[i] as usize].to_f64(),
        Targets::Values(y) => {
            let y = &y[i * row.len()..(i + 1) * row.len()];
            // A probability of 0 takes no part, also where the output is infinite.
            let terms = row.iter().zip(y).filter(|(_, y)| **y != F::ZERO);
            terms.map(|(z, y)| y.to_f64() * (log_sum - z.to_f64())).sum()
        }
    }
}

/// `dz = (p sum(y) - y) * scale`, and the sum over the samples of `-sum y ln p`. `dz` holds `e^(z - max)` on the way.
fn cross_entropy_gradient<F: Real>(z: &[F], targets: Targets<F>, outputs: usize, scale: F, dz: &mut [F]) -> f64 {
    for (dz, z) in dz.chunks_exact_mut(outputs).zip(z.chunks_exact(outputs)) {
        let max = maximum(z);
        dz.iter_mut().zip(z).for_each(|(dz, z)| *dz = *z - max);
    }
    // One flat loop over the whole batch, so that short rows become full vectors too.
    for dz in dz.iter_mut() {
        *dz = dz.exp();
    }
    let mut sum = 0.0;
    for (i, (dz, z)) in dz.chunks_exact_mut(outputs).zip(z.chunks_exact(outputs)).enumerate() {
        let exponentials = dz.iter().map(|e| e.to_f64()).sum::<f64>();
        sum += row_loss(z, maximum(z), exponentials, targets, i);
        match targets {
            Targets::Classes(classes) => {
                let factor = scale * F::from_f64(1.0 / exponentials);
                for dz in dz.iter_mut() {
                    *dz = without_dust(*dz * factor);
                }
                dz[classes[i] as usize] -= scale;
            }
            Targets::Values(y) => {
                let y = &y[i * outputs..(i + 1) * outputs];
                let factor = F::from_f64(y.iter().map(|y| y.to_f64()).sum::<f64>() / exponentials);
                dz.iter_mut().zip(y).for_each(|(dz, y)| *dz = (*dz * factor - *y) * scale);
            }
        }
    }
    sum
}

/// 0 for what is so small that products with it would be denormal, and those are slow: measured, a saturated softmax
/// made whole steps six times slower. Nothing that large weights see changes by it.
#[inline(always)]
fn without_dust<F: Real>(x: F) -> F {
    if x.abs() < F::TINY * F::from_f64(1e13) { F::ZERO } else { x }
}

/// The sum of `max(z, 0) - z y + ln(1 + e^-|z|)`, which is the loss without a large exponential.
fn binary_sum<F: Real>(z: &[F], targets: Targets<F>, outputs: usize) -> f64 {
    let mut sum = 0.0;
    for_each_target(targets, outputs, |i, y| {
        let z = z[i];
        let value = z.larger(F::ZERO) - z * y + (-z.abs()).exp().ln_1p();
        sum += value.to_f64();
    });
    sum
}

/// Calls with each element's index and its target of 0 or 1.
fn for_each_target<F: Real>(targets: Targets<F>, outputs: usize, mut with: impl FnMut(usize, F)) {
    match targets {
        Targets::Values(y) => y.iter().enumerate().for_each(|(i, y)| with(i, *y)),
        Targets::Classes(classes) if outputs == 1 => {
            classes.iter().enumerate().for_each(|(i, class)| with(i, F::from_f64(f64::from(*class))));
        }
        Targets::Classes(classes) => {
            for (i, class) in classes.iter().enumerate() {
                for j in 0..outputs {
                    with(i * outputs + j, if j == *class as usize { F::ONE } else { F::ZERO });
                }
            }
        }
    }
}

/// The targets as values; classes one-hot, in `room`.
fn values<'a, F: Real>(targets: Targets<'a, F>, outputs: usize, room: &'a mut Vec<F>) -> &'a [F] {
    match targets {
        Targets::Values(y) => y,
        Targets::Classes(classes) => {
            room.clear();
            room.resize(classes.len() * outputs, F::ZERO);
            for (row, class) in room.chunks_exact_mut(outputs).zip(classes) {
                row[*class as usize] = F::ONE;
            }
            room
        }
    }
}

#[cfg(test)]
mod tests;
