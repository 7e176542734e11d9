//! Layer normalisation: each sample's features get mean 0 and variance 1, then a scale and a shift that are learned:
//! `y = gamma * (x - mean) / sqrt(variance + eps) + beta` (Ba, Kiros and Hinton, 2016). The variance is the biased one,
//! `sum (x - mean)^2 / features`. Training and evaluation are the same: a sample never sees the others.
//!
//! What rounding left out of a mean that is many times the deviation is kept, and taken off such a sample.

use super::layer::Backward;
use super::sums::{about_the_mean, along, inverse_deviation, left_out};
use crate::program::{Aligned, Arena, Layout, ParameterKind, Real};

/// Where `gamma` and `beta`, `[features]`, lie, and what the backward pass needs. `beta` directly follows its `gamma`.
#[derive(Debug, Clone)]
pub(super) struct LayerNorm<F: Real> {
    width: usize,
    gamma: usize,
    eps: f64,
    /// The mean of each sample in the last forward pass.
    mean: Aligned<F>,
    /// `1 / sqrt(variance + eps)` of each.
    inverse: Aligned<F>,
    /// What rounding left out of each mean, in deviations: 0 where it is below the digits of `F`.
    rest: Aligned<F>,
    /// The sums over the samples in which `dgamma` and `dbeta` grow.
    sums: [Aligned<f64>; 2],
}

impl<F: Real> LayerNorm<F> {
    /// Adds `gamma` and `beta` with this number, counted from 1, to the layout; `capacity` is the largest batch.
    pub fn new(layout: &mut Layout, number: usize, width: usize, eps: f64, capacity: usize) -> Self {
        let gamma = layout.add(format!("gamma{number}"), &[width], ParameterKind::Scale);
        layout.add(format!("beta{number}"), &[width], ParameterKind::Shift);
        let sums = [Aligned::zeros(width), Aligned::zeros(width)];
        let [mean, inverse, rest] = std::array::from_fn(|_| Aligned::zeros(capacity));
        Self { width, gamma, eps, mean, inverse, rest, sums }
    }

    /// `y = gamma * (x - mean) / sqrt(variance + eps) + beta`, sample by sample.
    pub fn forward(&mut self, params: &Arena<F>, x: &[F], y: &mut [F]) {
        let (gamma, beta) = (params.get(self.gamma), params.get(self.gamma + 1));
        let features = self.width as f64;
        let kept = self.mean.iter_mut().zip(self.inverse.iter_mut()).zip(self.rest.iter_mut());
        let rows = x.chunks_exact(self.width).zip(y.chunks_exact_mut(self.width));
        for ((x, y), ((mean, inverse), rest)) in rows.zip(kept) {
            let exact = along(x, x, |x, _| x) / features;
            let m = F::from_f64(exact);
            let lost = exact - m.to_f64();
            let variance = about_the_mean(along(x, x, |x, _| (x - m) * (x - m)) / features, lost);
            let k = F::from_f64(inverse_deviation(variance, self.eps));
            let r = F::from_f64(left_out(lost, k.to_f64()));
            (*mean, *inverse, *rest) = (m, k, r);
            if r != F::ZERO {
                for (((y, x), gamma), beta) in y.iter_mut().zip(x).zip(gamma).zip(beta) {
                    *y = ((*x - m) * k - r) * *gamma + *beta;
                }
                continue;
            }
            for (((y, x), gamma), beta) in y.iter_mut().zip(x).zip(gamma).zip(beta) {
                *y = (*x - m) * k * *gamma + *beta;
            }
        }
    }

    /// With `x_hat` the normalised input: `dgamma = sum of dy * x_hat` and `dbeta = sum of dy` over the samples; with
    /// `g = dy * gamma`, `dx = (g - mean(g) - x_hat * mean(g * x_hat)) / sqrt(variance + eps)`, means over the features.
    pub fn backward(&mut self, params: &Arena<F>, grads: &mut Arena<F>, pass: Backward<F>) {
        let Backward { x, dy, mut dx, .. } = pass;
        let (gamma, width, features) = (params.get(self.gamma), self.width, self.width as f64);
        let [d_gamma, d_beta] = &mut self.sums;
        d_gamma.fill(0.0);
        d_beta.fill(0.0);
        let rows = x.chunks_exact(width).zip(dy.chunks_exact(width));
        let kept = self.mean.iter().zip(self.inverse.iter()).zip(self.rest.iter());
        for (row, ((x, dy), ((&m, &k), &r))) in rows.zip(kept).enumerate() {
            for (((d_gamma, d_beta), x), dy) in d_gamma.iter_mut().zip(d_beta.iter_mut()).zip(x).zip(dy) {
                *d_gamma += (*dy * ((*x - m) * k)).to_f64();
                *d_beta += dy.to_f64();
            }
            if r != F::ZERO {
                d_gamma.iter_mut().zip(dy).for_each(|(d_gamma, dy)| *d_gamma -= dy.to_f64() * r.to_f64());
            }
            let Some(dx) = &mut dx else { continue };
            let dx = &mut dx[row * width..][..width];
            for ((dx, dy), gamma) in dx.iter_mut().zip(dy).zip(gamma) {
                *dx = *dy * *gamma;
            }
            // With the mean as it is instead of rounded, x_hat is smaller by the rest, for every feature.
            let (mean, rest) = (along(dx, dx, |g, _| g) / features, r.to_f64());
            let product = along(dx, x, |g, x| g * ((x - m) * k)) / features - rest * mean;
            let (mean, product) = (F::from_f64(mean - rest * product), F::from_f64(product));
            for (dx, x) in dx.iter_mut().zip(x) {
                *dx = (*dx - mean - (*x - m) * k * product) * k;
            }
        }
        let (to_gamma, to_beta) = grads.pair_mut(self.gamma);
        for (to, sum) in [(to_gamma, d_gamma), (to_beta, d_beta)] {
            to.iter_mut().zip(sum.iter()).for_each(|(to, sum)| *to = F::from_f64(*sum));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn each_sample_gets_mean_0_and_variance_1_and_a_constant_one_the_shift() {
        let (width, mut layout) = (5, Layout::new());
        let mut norm = LayerNorm::<f32>::new(&mut layout, 1, width, 1e-12, 3);
        let mut params = Arena::zeros(&Arc::new(layout));
        params.get_mut(0).fill(2.0);
        params.get_mut(1).fill(10.0);
        let x = [1.0, 2.0, 3.0, 4.0, 7.0, 100.0, 200.0, 300.0, 400.0, 700.0, 0.1, 0.1, 0.1, 0.1, 0.1];
        let mut y = [f32::NAN; 15];
        norm.forward(&params, &x, &mut y);
        for sample in y[..10].chunks(width) {
            let mean = sample.iter().sum::<f32>() / 5.0;
            let variance = sample.iter().map(|y| (y - mean).powi(2)).sum::<f32>() / 5.0;
            assert!((mean - 10.0).abs() < 1e-5 && (variance - 4.0).abs() < 1e-5, "{mean}, {variance}");
        }
        assert_eq!(y[10..], [10.0; 5]);
    }

    /// `y`, `dx` and the gradients of `gamma` and `beta` for samples of eight features.
    fn train<F: Real>(x: &[f32], dy: &[f32]) -> [Vec<f64>; 3] {
        let mut layout = Layout::new();
        let mut norm = LayerNorm::<F>::new(&mut layout, 1, 8, 1e-5, x.len() / 8);
        let mut params = Arena::zeros(&Arc::new(layout));
        params.get_mut(0).iter_mut().enumerate().for_each(|(i, gamma)| *gamma = F::from_f64(0.5 + i as f64));
        params.get_mut(1).fill(F::ONE);
        let typed = |values: &[f32]| values.iter().map(|x| F::from_f64(f64::from(*x))).collect::<Vec<F>>();
        let (x, dy) = (typed(x), typed(dy));
        let (mut y, mut dx) = (vec![F::ZERO; x.len()], vec![F::ZERO; x.len()]);
        norm.forward(&params, &x, &mut y);
        let mut grads = Arena::zeros(params.layout());
        norm.backward(&params, &mut grads, Backward { x: &x, y: &y, dy: &dy, dx: Some(&mut dx) });
        let wide = |values: &[F]| values.iter().map(|x| x.to_f64()).collect::<Vec<f64>>();
        [wide(&y), wide(&dx), wide(&[grads.get(0), grads.get(1)].concat())]
    }

    #[test]
    fn samples_of_f32_are_normalised_as_those_of_f64_whatever_their_mean_is() {
        for mean in [0.0, 0.4, 30.0, -1e3, 1e4, 1e5, -1e6, 3.3e6, 1e7, 1.6e7] {
            let noise = |i: usize| (i as f64 * 1.7).sin() * 1.4 + (i as f64 * 0.31).cos();
            let x: Vec<f32> = (0..48).map(|i| (mean + noise(i)) as f32).collect();
            let dy: Vec<f32> = (0..48).map(|i| (0.3 + noise(i + 5)) as f32).collect();
            for (at, (got, expected)) in train::<f32>(&x, &dy).iter().zip(train::<f64>(&x, &dy)).enumerate() {
                let size = expected.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
                for (got, expected) in got.iter().zip(expected) {
                    assert!((got - expected).abs() < 3e-6 * size, "{at}: {got} for {expected} at mean {mean:e}");
                }
            }
        }
    }
}
