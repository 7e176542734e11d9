//! The dense layer: `y = x W + b`.

use super::layer::Backward;
use crate::matmul::Multiplier;
use crate::program::{Arena, Layout, ParameterKind, Real};

/// Where `W`, `[inputs, outputs]`, and `b`, `[outputs]`, lie. `b` directly follows its `W`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dense {
    inputs: usize,
    outputs: usize,
    weight: usize,
    bias: bool,
}

impl Dense {
    /// Adds `W` and `b` with this number, counted from 1, to the layout.
    pub fn new(layout: &mut Layout, number: usize, inputs: usize, outputs: usize, bias: bool) -> Self {
        let weight = layout.add(format!("W{number}"), &[inputs, outputs], ParameterKind::Weight);
        if bias {
            layout.add(format!("b{number}"), &[outputs], ParameterKind::Bias);
        }
        Self { inputs, outputs, weight, bias }
    }

    /// `y = x W + b`.
    pub fn forward<F: Real>(&self, params: &Arena<F>, x: &[F], y: &mut [F], multiplier: &mut Multiplier<F>) {
        let n = y.len() / self.outputs;
        let bias = self.bias.then(|| params.get(self.weight + 1));
        multiplier.ab(x, params.get(self.weight), bias, y, [n, self.inputs, self.outputs]);
    }

    /// `dW = x^T dy`, `db = sum of dy over the samples`, `dx = dy W^T`. The mean over the batch is already in `dy`.
    pub fn backward<F: Real>(
        &self,
        params: &Arena<F>,
        grads: &mut Arena<F>,
        pass: Backward<F>,
        multiplier: &mut Multiplier<F>,
    ) {
        let n = pass.dy.len() / self.outputs;
        let shape = [self.inputs, n, self.outputs];
        if self.bias {
            let (dw, db) = grads.pair_mut(self.weight);
            multiplier.at_b(pass.x, pass.dy, Some(db), dw, shape);
        } else {
            multiplier.at_b(pass.x, pass.dy, None, grads.get_mut(self.weight), shape);
        }
        if let Some(dx) = pass.dx {
            multiplier.a_bt(pass.dy, params.get(self.weight), dx, [n, self.outputs, self.inputs]);
        }
    }
}
