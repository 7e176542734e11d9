//! What a network asks of an activation or of a scripted loss: values and derivatives, element by element.
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

/// A loss `l(y_hat, y)` with one value an element, and its derivative with respect to `y_hat`.
pub trait PointwiseLoss<F: Real>: Send + Sync {
    /// The sum of the losses of all elements.
    fn sum(&mut self, y_hat: &[F], y: &[F]) -> f64;
    /// Writes `scale * dl/dy_hat` to `d`.
    fn gradient(&mut self, y_hat: &[F], y: &[F], scale: F, d: &mut [F]);
    /// The function with the words in which it was written, if they are known.
    fn function(&self) -> Option<&Arc<Function>> {
        None
    }
    /// A copy with scratch memory of its own, for another thread.
    fn duplicate(&self) -> Box<dyn PointwiseLoss<F>>;
}
