//! The activation layer: `y = f(x)` on every element, `dx = f'(x) dy`. What `f` is, the layer does not know.

use crate::program::{Pointwise, Real};

/// The function.
pub(super) struct Activation<F>(pub Box<dyn Pointwise<F>>);

impl<F: Real> Activation<F> {
    /// `y = f(x)`.
    pub fn forward(&mut self, x: &[F], y: &mut [F]) {
        self.0.forward(x, y);
    }

    /// `dx = f'(x) dy`, in the place of `dy`: a second buffer as large would push others out of the caches.
    pub fn backward(&mut self, x: &[F], y: &[F], d: &mut [F]) {
        self.0.backward(x, y, d);
    }

    /// A copy with scratch memory of its own.
    pub fn duplicate(&self) -> Self {
        Self(self.0.duplicate())
    }
}
