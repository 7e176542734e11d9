//! Batch normalisation: each feature gets mean 0 and variance 1 over the mini-batch, then a scale and a shift that are
//! learned: `y = gamma * (x - mean) / sqrt(variance + eps) + beta` (Ioffe and Szegedy, 2015).
//!
//! Training takes the batch's mean and biased variance, `sum (x - mean)^2 / n`, and moves the running statistics:
//! `running = (1 - momentum) * running + momentum * batch's`, with the unbiased variance, `sum (x - mean)^2 / (n - 1)`, as
//! `PyTorch` does. Evaluation takes the running ones. So does a training batch of one sample, which has no variance of its
//! own and would lose all that it says to `x - mean = 0`; it leaves the statistics as they are (`PyTorch` refuses it).
//!
//! Where the mean is many times the deviation its rounding to `F` moves all samples: by half a deviation at a mean of 1e7 in
//! `f32`. What was left out is kept and taken off where a feature's numbers are combined, so that no sample's arithmetic
//! takes longer. The running mean has such a part as well, without which small changes of a large one would be rounded away;
//! an evaluation takes the running mean as it is saved, so that a saved network answers as it did.

use super::layer::{Backward, Mode};
use super::sums::{about_the_mean, inverse_deviation, left_out};
use crate::program::{Aligned, Arena, Layout, ParameterKind, Real};

/// Where `gamma` and `beta`, `[features]`, lie, and what the backward pass needs. `beta` directly follows its `gamma`, and
/// among the statistics `running_variance` its `running_mean`, and what was left out of that follows them.
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
    /// What rounding left out of that mean, in deviations: 0 where it is below the digits of `F`, and in an evaluation.
    rest: Aligned<f64>,
    /// `beta`, or its derivative, with what the rest makes of it.
    shift: Aligned<F>,
    /// Whether these were the batch's own, so that they too depend on `x`.
    own: bool,
    /// Sums over the samples, then their means.
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
        statistics.add(format!("running_mean_rest{number}"), &[width], ParameterKind::RunningMeanRest);
        Self {
            width,
            gamma,
            running,
            momentum,
            eps,
            mean: Aligned::zeros(width),
            inverse: Aligned::zeros(width),
            rest: Aligned::zeros(width),
            shift: Aligned::zeros(width),
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
            self.rest.fill(0.0);
        }
        let (gamma, beta) = (params.get(self.gamma), params.get(self.gamma + 1));
        for (((shift, beta), gamma), rest) in self.shift.iter_mut().zip(beta).zip(gamma).zip(self.rest.iter()) {
            *shift = F::from_f64(beta.to_f64() - gamma.to_f64() * rest);
        }
        for (x, y) in x.chunks_exact(self.width).zip(y.chunks_exact_mut(self.width)) {
            let normal = x.iter().zip(self.mean.iter()).zip(self.inverse.iter());
            for (((y, ((x, mean), inverse)), gamma), shift) in
                y.iter_mut().zip(normal).zip(gamma).zip(self.shift.iter())
            {
                *y = (*x - *mean) * *inverse * *gamma + *shift;
            }
        }
    }

    /// The batch's mean and inverse deviation; mean and biased variance stay in the two sums.
    fn measure(&mut self, x: &[F]) {
        let n = (x.len() / self.width) as f64;
        let [sum, square] = &mut self.sums;
        sum.fill(0.0);
        square.fill(0.0);
        for x in x.chunks_exact(self.width) {
            sum.iter_mut().zip(x).for_each(|(sum, x)| *sum += x.to_f64());
        }
        for (mean, sum) in self.mean.iter_mut().zip(sum.iter_mut()) {
            *sum /= n;
            *mean = F::from_f64(*sum);
        }
        for x in x.chunks_exact(self.width) {
            for ((square, x), mean) in square.iter_mut().zip(x).zip(self.mean.iter()) {
                *square += ((*x - *mean) * (*x - *mean)).to_f64();
            }
        }
        let means = sum.iter().zip(self.mean.iter()).zip(self.rest.iter_mut());
        for ((inverse, square), ((mean, rounded), rest)) in self.inverse.iter_mut().zip(square.iter_mut()).zip(means) {
            let lost = mean - rounded.to_f64();
            *square = about_the_mean(*square / n, lost);
            *inverse = F::from_f64(inverse_deviation(*square, self.eps));
            *rest = left_out(lost, inverse.to_f64());
        }
    }

    /// Moves the running statistics towards those of a batch of `n`, just measured.
    fn follow(&mut self, n: usize, statistics: &mut Arena<F>) {
        let (unbiased, momentum) = (n as f64 / (n - 1) as f64, self.momentum);
        let toward = |running: f64, batch: f64| (1.0 - momentum) * running + momentum * batch;
        let [mean, variance] = &mut self.sums;
        let (running, rest) = (statistics.get(self.running), statistics.get(self.running + 2));
        for (mean, (running, rest)) in mean.iter_mut().zip(running.iter().zip(rest)) {
            *mean = toward(running.to_f64() + rest.to_f64(), *mean);
        }
        let running = statistics.get_mut(self.running).iter_mut();
        running.zip(mean.iter()).for_each(|(running, mean)| *running = F::from_f64(*mean));
        for (rest, mean) in statistics.get_mut(self.running + 2).iter_mut().zip(mean.iter()) {
            *rest = F::from_f64(*mean - F::from_f64(*mean).to_f64());
        }
        for (running, biased) in statistics.get_mut(self.running + 1).iter_mut().zip(variance.iter()) {
            *running = F::from_f64(toward(running.to_f64(), biased * unbiased));
        }
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
        // With the mean as it is instead of rounded, x_hat is smaller by the rest, in every sample.
        for (((product, sum), rest), shift) in
            product.iter_mut().zip(sum.iter()).zip(self.rest.iter()).zip(self.shift.iter_mut())
        {
            *product -= rest * sum;
            *shift = F::from_f64(sum - rest * *product);
        }
        let (d_gamma, d_beta) = grads.pair_mut(self.gamma);
        d_gamma.iter_mut().zip(product.iter()).for_each(|(to, sum)| *to = F::from_f64(*sum));
        d_beta.iter_mut().zip(sum.iter()).for_each(|(to, sum)| *to = F::from_f64(*sum));
        let Some(dx) = dx else { return };
        let (gamma, d_gamma, shift) = (&params.get(self.gamma)[..width], &d_gamma[..width], &self.shift[..width]);
        // 1 / n, or 0 where the means are left out.
        let share = if self.own { F::from_f64(width as f64 / x.len() as f64) } else { F::ZERO };
        let rows = x.chunks_exact(width).zip(dy.chunks_exact(width)).zip(dx.chunks_exact_mut(width));
        for ((x, dy), dx) in rows {
            for j in 0..width {
                let x_hat = (x[j] - mean[j]) * inverse[j];
                dx[j] = gamma[j] * inverse[j] * (dy[j] - share * (shift[j] + x_hat * d_gamma[j]));
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

    /// What a layer of two features makes of these numbers in training, and the running statistics after so many batches:
    /// `y`, `dx`, the gradients of `gamma` and `beta`, the running means and the running variances.
    fn train<F: Real>(x: &[f32], dy: &[f32], batches: usize) -> [Vec<f64>; 5] {
        let (mut layout, mut statistics) = (Layout::new(), Layout::new());
        let mut norm = BatchNorm::<F>::new(&mut layout, &mut statistics, 1, 2, [0.1, 1e-5]);
        let (mut params, mut statistics) = (Arena::zeros(&Arc::new(layout)), Arena::zeros(&Arc::new(statistics)));
        params.get_mut(0).copy_from_slice(&[1.5, -0.5].map(F::from_f64));
        params.get_mut(1).copy_from_slice(&[0.25, 3.0].map(F::from_f64));
        statistics.get_mut(1).fill(F::ONE);
        let typed = |values: &[f32]| values.iter().map(|x| F::from_f64(f64::from(*x))).collect::<Vec<F>>();
        let (x, dy) = (typed(x), typed(dy));
        let (mut y, mut dx) = (vec![F::ZERO; x.len()], vec![F::ZERO; x.len()]);
        for _ in 0..batches {
            norm.forward(&params, &mut statistics, &x, &mut y, TRAIN);
        }
        let mut grads = Arena::zeros(params.layout());
        norm.backward(&params, &mut grads, Backward { x: &x, y: &y, dy: &dy, dx: Some(&mut dx) });
        let wide = |values: &[F]| values.iter().map(|x| x.to_f64()).collect::<Vec<f64>>();
        let gradients = [grads.get(0), grads.get(1)].concat();
        [wide(&y), wide(&dx), wide(&gradients), wide(statistics.get(0)), wide(statistics.get(1))]
    }

    #[test]
    fn statistics_and_gradients_of_f32_are_those_of_f64_whatever_the_mean_is() {
        let (n, mut most) = (64, 0.0_f64);
        for mean in [0.0, 0.4, 30.0, -1e3, 1e4, 1e5, -1e6, 3.3e6, 1e7, 1.6e7] {
            // Deviations of about 1 and 3, as far as f32 has numbers there.
            let noise = |i: usize, phase: f64| (i as f64 * 1.7 + phase).sin() * 1.4 + (i as f64 * 0.31).cos();
            let value = |i: usize| mean + noise(i / 2, (i % 2) as f64) * (1 + 2 * (i % 2)) as f64;
            let x: Vec<f32> = (0..2 * n).map(|i| value(i) as f32).collect();
            let dy: Vec<f32> = (0..2 * n).map(|i| (0.5 + noise(i, 2.0)) as f32).collect();
            let (got, expected) = (train::<f32>(&x, &dy, 300), train::<f64>(&x, &dy, 300));
            for (at, (got, expected)) in got[..3].iter().zip(&expected).enumerate() {
                let size = expected.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
                for (got, expected) in got.iter().zip(expected) {
                    most = most.max((got - expected).abs() / size);
                    assert!((got - expected).abs() < 3e-6 * size, "{at}: {got} for {expected} at mean {mean:e}");
                }
            }
            // The running mean is the number of f32 that is next to it.
            for (got, expected) in got[3].iter().zip(&expected[3]) {
                let unit = f64::from(f32::EPSILON) * expected.abs().max(1e-3);
                assert!((got - expected).abs() <= 0.51 * unit, "{got} for {expected}");
            }
            for (got, expected) in got[4].iter().zip(&expected[4]) {
                assert!((got / expected - 1.0).abs() < 3e-6, "variance {got} for {expected} at mean {mean:e}");
            }
        }
        assert!(most > 0.0);
    }

    #[test]
    fn the_variance_of_f64_is_that_of_the_numbers_themselves() {
        for mean in [1e4_f64, 1e5, 1e6, 1e7] {
            // 0, 1, ... 7 around the mean: each is a number of f32.
            let x: Vec<f32> = (0..16).map(|i| (mean + f64::from(i / 2)) as f32).collect();
            let [y, .., variance] = train::<f32>(&x, &[0.0; 16], 1);
            let deviation = (5.25_f64 + 1e-5).sqrt();
            for (i, y) in y.chunks_exact(2).enumerate() {
                let normal = (i as f64 - 3.5) / deviation;
                assert!((y[0] - (1.5 * normal + 0.25)).abs() < 1e-6 && (y[1] - (3.0 - 0.5 * normal)).abs() < 1e-6);
            }
            assert!((variance[0] - (0.9 + 0.1 * 6.0)).abs() < 1e-6, "{}", variance[0]);
        }
    }

    #[test]
    fn the_gradient_at_a_large_mean_is_that_of_finite_differences() {
        let x: Vec<f64> = (0..12).map(|i| 1e4 + (f64::from(i) * 1.3).sin()).collect();
        let weights: Vec<f64> = (0..12).map(|i| (f64::from(i) * 0.7).cos()).collect();
        let (mut norm, mut params, mut statistics) = layer(0.1);
        params.get_mut(0).copy_from_slice(&[1.5, -0.5]);
        let mut loss = |norm: &mut BatchNorm<f64>, x: &[f64]| {
            let mut y = [0.0; 12];
            norm.forward(&params, &mut statistics, x, &mut y, TRAIN);
            y.iter().zip(&weights).map(|(y, w)| y * w).sum::<f64>()
        };
        loss(&mut norm, &x);
        let (mut dx, mut grads) = ([0.0; 12], Arena::zeros(params.layout()));
        norm.backward(&params, &mut grads, Backward { x: &x, y: &[], dy: &weights, dx: Some(&mut dx) });
        let h = 1e-3;
        for at in 0..12 {
            let mut moved = |by: f64| {
                let mut x = x.clone();
                x[at] += by;
                loss(&mut norm, &x)
            };
            let slope = (8.0 * (moved(h) - moved(-h)) - (moved(2.0 * h) - moved(-2.0 * h))) / (12.0 * h);
            assert!((dx[at] - slope).abs() < 1e-6, "{} for {slope}", dx[at]);
        }
    }
}
