//! What a large weight costs: `l1 * sum|W| + l2 * sum W^2` over weight matrices, never biases, scales or shifts.

use crate::program::{Arena, ParameterKind, Real};

/// The two strengths. `l2` is the factor of `W^2` itself, not of its half: `PyTorch`'s `weight_decay` is `2 * l2`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Penalty {
    /// The strength of `sum |W|`, which drives weights to exactly 0.
    pub l1: f64,
    /// The strength of `sum W^2`, which shrinks large weights most.
    pub l2: f64,
}

impl Penalty {
    /// Whether there is nothing to add.
    pub fn is_none(self) -> bool {
        self.l1 == 0.0 && self.l2 == 0.0
    }

    /// The value, summed in `f64`.
    pub fn value<F: Real>(self, params: &Arena<F>) -> f64 {
        if self.is_none() {
            return 0.0;
        }
        let (mut absolute, mut square) = (0.0, 0.0);
        for index in weights(params) {
            let (a, s) = sums(params.get(index));
            absolute += a;
            square += s;
        }
        // A strength of 0 takes no part, also where the sum is infinite.
        let part = |strength: f64, sum: f64| if strength == 0.0 { 0.0 } else { strength * sum };
        part(self.l1, absolute) + part(self.l2, square)
    }

    /// Adds the gradient, `l1 * sign(W) + 2 * l2 * W`, to `grads`; the sign of 0 is 0, as `PyTorch` has it.
    pub fn add_gradient<F: Real>(self, params: &Arena<F>, grads: &mut Arena<F>) {
        if self.is_none() {
            return;
        }
        let (l1, two_l2) = (F::from_f64(self.l1), F::from_f64(2.0 * self.l2));
        for index in weights(params) {
            let pairs = grads.get_mut(index).iter_mut().zip(params.get(index));
            // Two loops, so that the common one, without l1, has no comparisons.
            if self.l1 == 0.0 {
                pairs.for_each(|(d, w)| *d += two_l2 * *w);
            } else {
                pairs.for_each(|(d, w)| *d += l1 * w.signum0() + two_l2 * *w);
            }
        }
    }
}

/// The indices of the weight matrices.
fn weights<F: Real>(params: &Arena<F>) -> impl Iterator<Item = usize> + use<'_, F> {
    let parameters = params.layout().parameters().iter().enumerate();
    parameters.filter(|(_, parameter)| parameter.kind == ParameterKind::Weight).map(|(index, _)| index)
}

/// The sums of absolute values and of squares, in eight lanes each, since one running sum would wait for every addition.
fn sums<F: Real>(values: &[F]) -> (f64, f64) {
    const LANES: usize = 8;
    let (mut absolute, mut square) = ([0.0; LANES], [0.0; LANES]);
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            let value = chunk[lane].to_f64();
            absolute[lane] += value.abs();
            square[lane] += value * value;
        }
    }
    for (lane, value) in rest.iter().enumerate() {
        let value = value.to_f64();
        absolute[lane] += value.abs();
        square[lane] += value * value;
    }
    (absolute.iter().sum(), square.iter().sum())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::program::Layout;

    fn arena() -> Arena<f64> {
        let mut layout = Layout::new();
        layout.add("W1", &[3, 3], ParameterKind::Weight);
        layout.add("b1", &[2], ParameterKind::Bias);
        let mut params = Arena::zeros(&Arc::new(layout));
        params.get_mut(0).copy_from_slice(&[1.0, -2.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 3.0]);
        params.get_mut(1).copy_from_slice(&[100.0, -100.0]);
        params
    }

    #[test]
    fn the_value_counts_weights_and_not_biases() {
        assert_eq!(Penalty { l1: 0.1, l2: 0.0 }.value(&arena()), 0.1 * 6.5);
        assert_eq!(Penalty { l1: 0.0, l2: 0.1 }.value(&arena()), 0.1 * 14.25);
        assert_eq!(Penalty::default().value(&arena()), 0.0);
    }

    #[test]
    fn the_gradient_is_added_to_what_is_there() {
        let params = arena();
        let mut grads = Arena::zeros(params.layout());
        grads.values_mut().fill(1.0);
        Penalty { l1: 0.5, l2: 0.25 }.add_gradient(&params, &mut grads);
        assert_eq!(grads.get(0)[..4], [1.0 + 0.5 + 0.5, 1.0 - 0.5 - 1.0, 1.0, 1.0 + 0.5 + 0.25]);
        assert_eq!(grads.get(1), [1.0, 1.0]);
    }
}
