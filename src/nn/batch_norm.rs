//! Batch normalisation: each feature gets mean 0 and variance 1 over the mini-batch, then a scale and a shift that are
//! learned: `y = gamma * (x - mean) / sqrt(variance + eps) + beta` (Ioffe and Szegedy, 2015).
//!
//! Training takes the batch's mean and biased variance, `sum (x - mean)^2 / n`, and moves the running statistics:
//! `running = (1 - momentum) * running + momentum * batch's`, with the unbiased variance, `sum (x - mean)^2 / (n - 1)`, as
//! `PyTorch` does. Evaluation takes the running ones. So does a training batch of one sample, which has no variance of its
//! own and would lose all that it says to `x - mean = 0`; it leaves the statistics as they are (`PyTorch` refuses it).

use super::layer::{Backward, Mode};
use super::sums::inverse_deviation;
use crate::program::{Aligned, Arena, Layout, ParameterKind, Real};

/// Where `gamma` and `beta`, `[features]`, lie, and what the backward pass needs. `beta` directly follows its `gamma`, and
/// among the statistics `running_variance` its `running_mean`.
#[derive(Debug, Clone)]
pub(super) struct BatchNorm<F: Real> {
    width: usize,
    gamma: usize,
    running: usize,
    momentum: f64,
    eps: f64,
    /// What the last forward pass took from each feature.
    mean: Aligned<F>,
    /// `1 / sqrt(variance + eps)` that the last forward pass took for each feature.
    inverse: Aligned<F>,
    /// Whether these were the batch's own, so that they too depend on `x`.
    own: bool,
    /// Sums over the samples.
    sums: [Aligned<f64>; 2],
}

impl<F: Real> BatchNorm<F> {
    /// Adds `gamma` and `beta` with this number, counted from 1, to the layout, and the running statistics to theirs.
    pub fn new(
        layout: &mut Layout,
        statistics: &mut Layout,
        number: usize,
        width: usize,
        [momentum, eps]: [f64; 2],
    ) -> Self {
        let gamma = layout.add(format!("gamma{number}"), &[width], ParameterKind::Scale);
        layout.add(format!("beta{number}"), &[width], ParameterKind::Shift);
        let running = statistics.add(format!("running_mean{number}"), &[width], ParameterKind::RunningMean);
        statistics.add(format!("running_variance{number}"), &[width], ParameterKind::RunningVariance);
        Self {
            width,
            gamma,
            running,
            momentum,
            eps,
            mean: Aligned::zeros(width),
            inverse: Aligned::zeros(width),
            own: false,
            sums: [Aligned::zeros(width), Aligned::zeros(width)],
        }
    }

    /// `y = gamma * (x - mean) / sqrt(variance + eps) + beta`; in training this also moves the running statistics.
    pub fn forward(&mut self, params: &Arena<F>, statistics: &mut Arena<F>, x: &[F], y: &mut [F], mode: Mode) {
        self.own = mode != Mode::Evaluate && x.len() > self.width;
        if self.own {
            self.measure(x);
            self.follow(x.len() / self.width, statistics);
        } else {
            self.mean.copy_from_slice(statistics.get(self.running));
            for (inverse, variance) in self.inverse.iter_mut().zip(statistics.get(self.running + 1)) {
                *inverse = F::from_f64(inverse_deviation(variance.to_f64(), self.eps));
            }
        }
        let (gamma, beta) = (params.get(self.gamma), params.get(self.gamma + 1));
        for (x, y) in x.chunks_exact(self.width).zip(y.chunks_exact_mut(self.width)) {
            let normal = x.iter().zip(self.mean.iter()).zip(self.inverse.iter());
            for (((y, ((x, mean), inverse)), gamma), beta) in y.iter_mut().zip(normal).zip(gamma).zip(beta) {
                *y = (*x - *mean) * *inverse * *gamma + *beta;
            }
        }
    }

    /// The batch's mean and inverse deviation; its biased variance stays in the second of the sums.
    fn measure(&mut self, x: &[F]) {
        let n = (x.len() / self.width) as f64;
        let [sum, square] = &mut self.sums;
        sum.fill(0.0);
        square.fill(0.0);
        for x in x.chunks_exact(self.width) {
            sum.iter_mut().zip(x).for_each(|(sum, x)| *sum += x.to_f64());
        }
        self.mean.iter_mut().zip(sum.iter()).for_each(|(mean, sum)| *mean = F::from_f64(*sum / n));
        for x in x.chunks_exact(self.width) {
            for ((square, x), mean) in square.iter_mut().zip(x).zip(self.mean.iter()) {
                *square += ((*x - *mean) * (*x - *mean)).to_f64();
            }
        }
        for (inverse, square) in self.inverse.iter_mut().zip(square.iter_mut()) {
            *square /= n;
            *inverse = F::from_f64(inverse_deviation(*square, self.eps));
        }
    }

    /// Moves the running statistics towards those of a batch of `n`, just measured.
    fn follow(&self, n: usize, statistics: &mut Arena<F>) {
        let unbiased = n as f64 / (n - 1) as f64;
        let toward = |running: &mut F, batch: f64| {
            *running = F::from_f64((1.0 - self.momentum) * running.to_f64() + self.momentum * batch);
        };
        let (mean, variance) = statistics.pair_mut(self.running);
        mean.iter_mut().zip(self.mean.iter()).for_each(|(running, mean)| toward(running, mean.to_f64()));
        variance.iter_mut().zip(self.sums[1].iter()).for_each(|(running, biased)| toward(running, biased * unbiased));
    }

    /// With `x_hat` the normalised input and means over the samples: `dgamma = sum of dy * x_hat`, `dbeta = sum of dy`,
    /// `dx = gamma * (dy - mean(dy) - x_hat * mean(dy * x_hat)) / sqrt(variance + eps)`. Running statistics do not depend on
    /// `x`, and the two means are then left out.
    pub fn backward(&mut self, params: &Arena<F>, grads: &mut Arena<F>, pass: Backward<F>) {
        let Backward { x, dy, dx, .. } = pass;
        let width = self.width;
        let (mean, inverse) = (&self.mean[..width], &self.inverse[..width]);
        let [product, sum] = &mut self.sums;
        product.fill(0.0);
        sum.fill(0.0);
        for (x, dy) in x.chunks_exact(width).zip(dy.chunks_exact(width)) {
            let normal = x.iter().zip(mean).zip(inverse);
            for (((product, sum), dy), ((x, mean), inverse)) in
                product.iter_mut().zip(sum.iter_mut()).zip(dy).zip(normal)
            {
                *product += (*dy * ((*x - *mean) * *inverse)).to_f64();
                *sum += dy.to_f64();
            }
        }
        let (d_gamma, d_beta) = grads.pair_mut(self.gamma);
        d_gamma.iter_mut().zip(product.iter()).for_each(|(to, sum)| *to = F::from_f64(*sum));
        d_beta.iter_mut().zip(sum.iter()).for_each(|(to, sum)| *to = F::from_f64(*sum));
        let Some(dx) = dx else { return };
        let (gamma, d_gamma, d_beta) = (&params.get(self.gamma)[..width], &d_gamma[..width], &d_beta[..width]);
        // 1 / n, or 0 where the means are left out.
        let share = if self.own { F::from_f64(width as f64 / x.len() as f64) } else { F::ZERO };
        let rows = x.chunks_exact(width).zip(dy.chunks_exact(width)).zip(dx.chunks_exact_mut(width));
        for ((x, dy), dx) in rows {
            for j in 0..width {
                let x_hat = (x[j] - mean[j]) * inverse[j];
                dx[j] = gamma[j] * inverse[j] * (dy[j] - share * (d_beta[j] + x_hat * d_gamma[j]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const TRAIN: Mode = Mode::Train { seed: 0, step: 1 };

    /// A layer of two features, `gamma` 1 and `beta` 0, with running statistics of mean 0 and variance 1.
    fn layer(momentum: f64) -> (BatchNorm<f64>, Arena<f64>, Arena<f64>) {
        let (mut layout, mut statistics) = (Layout::new(), Layout::new());
        let norm = BatchNorm::new(&mut layout, &mut statistics, 1, 2, [momentum, 1e-12]);
        let (mut params, mut statistics) = (Arena::zeros(&Arc::new(layout)), Arena::zeros(&Arc::new(statistics)));
        params.get_mut(0).fill(1.0);
        statistics.get_mut(1).fill(1.0);
        (norm, params, statistics)
    }

    #[test]
    fn training_takes_the_batchs_statistics_and_moves_the_running_ones() {
        let (mut norm, params, mut statistics) = layer(0.25);
        let mut y = [0.0; 6];
        norm.forward(&params, &mut statistics, &[1.0, 10.0, 2.0, 10.0, 6.0, 10.0], &mut y, TRAIN);
        // Mean 3, biased variance 14/3, unbiased 7; the other feature is constant.
        let deviation = (14.0_f64 / 3.0).sqrt();
        for (y, expected) in y.iter().zip([-2.0 / deviation, 0.0, -1.0 / deviation, 0.0, 3.0 / deviation, 0.0]) {
            assert!((y - expected).abs() < 1e-12, "{y} for {expected}");
        }
        let expected = [0.25 * 3.0, 0.25 * 10.0, 0.75 + 0.25 * 7.0, 0.75];
        let found = statistics.get(0).iter().chain(statistics.get(1));
        found.zip(expected).for_each(|(found, expected)| assert!((found - expected).abs() < 1e-12, "{found}"));
    }

    #[test]
    fn evaluation_and_a_batch_of_one_take_the_running_statistics_and_leave_them() {
        let (mut norm, params, mut statistics) = layer(0.25);
        statistics.get_mut(0).copy_from_slice(&[1.0, -1.0]);
        statistics.get_mut(1).copy_from_slice(&[4.0, 0.25]);
        let before = statistics.values().to_vec();
        let (x, dy) = ([5.0, 2.0, -3.0, 0.0], [1.0, 1.0, 2.0, 3.0]);
        for (samples, mode) in [(2, Mode::Evaluate), (1, TRAIN), (1, Mode::Evaluate)] {
            let (x, dy) = (&x[..2 * samples], &dy[..2 * samples]);
            let (mut y, mut dx) = ([0.0; 4], [0.0; 4]);
            norm.forward(&params, &mut statistics, x, &mut y[..2 * samples], mode);
            let (expected, expected_dx) = ([2.0, 6.0, -2.0, 2.0], [0.5, 2.0, 1.0, 6.0]);
            let mut grads = Arena::zeros(params.layout());
            let pass = Backward { x, y: &y[..2 * samples], dy, dx: Some(&mut dx[..2 * samples]) };
            norm.backward(&params, &mut grads, pass);
            for at in 0..2 * samples {
                assert!((y[at] - expected[at]).abs() < 1e-9 && (dx[at] - expected_dx[at]).abs() < 1e-9, "{samples}");
            }
            assert_eq!(statistics.values(), before);
        }
    }
}
