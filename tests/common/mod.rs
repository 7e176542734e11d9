//! Activations and a loss written by hand, so that tests of networks need no scripts.
#![allow(dead_code)] // each test file uses some of it

use optlab::nn::{Init, LayerSpec};
use optlab::program::{Pointwise, PointwiseLoss, Real};

/// A dense layer with a bias.
pub fn dense<F>(units: usize) -> LayerSpec<F> {
    LayerSpec::Dense { units, init: Init::Xavier, bias: true }
}

macro_rules! pointwise {
    ($name:ident, |$x:ident| $forward:expr, |$at:ident, $y:ident| $slope:expr) => {
        pub struct $name;
        impl<F: Real> Pointwise<F> for $name {
            fn forward(&mut self, x: &[F], y: &mut [F]) {
                for ($x, y) in x.iter().copied().zip(y) {
                    *y = $forward;
                }
            }
            fn backward(&mut self, x: &[F], y: &[F], dy: &[F], dx: &mut [F]) {
                for ((($at, $y), dy), dx) in x.iter().copied().zip(y.iter().copied()).zip(dy).zip(dx) {
                    let _ = ($at, $y);
                    *dx = $slope * *dy;
                }
            }
            fn duplicate(&self) -> Box<dyn Pointwise<F>> {
                Box::new($name)
            }
        }
    };
}

pointwise!(Identity, |x| x, |x, y| F::ONE);
pointwise!(Relu, |x| if x > F::ZERO { x } else { F::ZERO }, |x, y| if x > F::ZERO { F::ONE } else { F::ZERO });
pointwise!(Tanh, |x| x.tanh(), |x, y| (F::ONE - y * y));
pointwise!(Logistic, |x| x.sigmoid(), |x, y| (y * (F::ONE - y)));

/// `(y_hat - y)^2`.
pub struct Mse;

impl<F: Real> PointwiseLoss<F> for Mse {
    fn sum(&mut self, y_hat: &[F], y: &[F]) -> f64 {
        y_hat.iter().zip(y).map(|(a, b)| (a.to_f64() - b.to_f64()).powi(2)).sum()
    }
    fn gradient(&mut self, y_hat: &[F], y: &[F], scale: F, d: &mut [F]) {
        for ((d, a), b) in d.iter_mut().zip(y_hat).zip(y) {
            *d = (scale + scale) * (*a - *b);
        }
    }
    fn duplicate(&self) -> Box<dyn PointwiseLoss<F>> {
        Box::new(Mse)
    }
}
