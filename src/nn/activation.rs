//! The activation layer: `y = f(x)` on every element, `dx = f'(x) dy`. What `f` is, the layer does not know.

use crate::program::{Pointwise, Real};

/// The function.
pub(super) struct Activation<F>(pub Box<dyn Pointwise<F>>);

impl<F: Real> Activation<F> {
    /// `y = f(x)`.
    pub fn forward(&mut self, x: &[F], y: &mut [F]) {
        self.0.forward(x, y);
    }

    /// Turns `x` into `f(x)` where it lies.
    pub fn forward_in_place(&mut self, x: &mut [F]) {
        self.0.forward_in_place(x);
    }

    /// Whether the backward pass looks at `x`.
    pub fn needs_x(&self) -> bool {
        self.0.needs_x()
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
