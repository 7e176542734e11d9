//! What a network asks of an activation or of a scripted loss: values and derivatives, element by element or row by row.
//!
//! The network sees these traits only; the programs behind them come from scripts.

use std::sync::Arc;

use super::Real;
use super::operations::Function;

/// `y = f(x)` on every element, with its derivative.
pub trait Pointwise<F: Real>: Send + Sync {
    /// Writes `f(x)` to `y`; both have the same length.
    fn forward(&mut self, x: &[F], y: &mut [F]);
    /// Turns `x` into `f(x)` where it lies.
    fn forward_in_place(&mut self, x: &mut [F]);
    /// Whether [`Pointwise::backward`] looks at `x`. If it does not, it may be given anything as long in its place.
    fn needs_x(&self) -> bool;
    /// Turns `dy` into `dx = f'(x) * dy` where it lies, given the `y` that [`Pointwise::forward`] wrote for this `x`.
    fn backward(&mut self, x: &[F], y: &[F], d: &mut [F]);
    /// The function with the words in which it was written, if they are known.
    fn function(&self) -> Option<&Arc<Function>> {
        None
    }
    /// A copy with scratch memory of its own, for another thread.
    fn duplicate(&self) -> Box<dyn Pointwise<F>>;
}

/// A loss `l(y_hat, y)` with one value an element, or one a sample, and its derivative with respect to `y_hat`.
pub trait PointwiseLoss<F: Real>: Send + Sync {
    /// The sum of the losses of all elements or samples.
    fn sum(&mut self, y_hat: &[F], y: &[F]) -> f64;
    /// Writes `scale * dl/dy_hat` to `d`.
    fn gradient(&mut self, y_hat: &[F], y: &[F], scale: F, d: &mut [F]);
    /// Both of them.
    fn sum_and_gradient(&mut self, y_hat: &[F], y: &[F], scale: F, d: &mut [F]) -> f64 {
        self.gradient(y_hat, y, scale, d);
        self.sum(y_hat, y)
    }
    /// It has one value a sample, so that the mean is over samples alone.
    fn is_of_samples(&self) -> bool {
        false
    }
    /// It looks at all outputs of a sample, as by softmax: values are given to it in whole rows, one for each sample.
    fn is_over_outputs(&self) -> bool {
        false
    }
    /// It takes the softmax of the outputs, which then stand for classes.
    fn takes_softmax(&self) -> bool {
        false
    }
    /// The function with the words in which it was written, if they are known.
    fn function(&self) -> Option<&Arc<Function>> {
        None
    }
    /// A copy with scratch memory of its own, for another thread.
    fn duplicate(&self) -> Box<dyn PointwiseLoss<F>>;
}
