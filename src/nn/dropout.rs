//! Dropout: while training, each unit of each sample is switched off with probability `rate`, and the others are scaled
//! by `1 / (1 - rate)`, so that the expected output stays the input ("inverted" dropout; Srivastava et al., 2014, scale
//! when evaluating instead). `y = x * mask`, `dx = dy * mask`.
//!
//! The mask is drawn from a stream keyed by seed, step and layer, so that a step can be replayed.

use rand::Rng;

use super::layer::{Backward, Mode};
use crate::program::{Aligned, Real};
use crate::random::{self, Purpose};

/// The mask of the last forward pass: 0 or `1 / (1 - rate)` for every element.
#[derive(Debug, Clone)]
pub(super) struct Dropout<F: Real> {
    /// The layer's place in the network, which keys its stream.
    index: u64,
    rate: f64,
    mask: Aligned<F>,
    /// Whether the last forward pass used the mask.
    masked: bool,
}

impl<F: Real> Dropout<F> {
    /// `rate` lies in [0, 1); `capacity` is the largest batch times the width.
    pub fn new(index: usize, rate: f64, capacity: usize) -> Self {
        Self { index: index as u64, rate, mask: Aligned::zeros(capacity), masked: false }
    }

    /// `y = x * mask`, or `y = x` when evaluating.
    pub fn forward(&mut self, x: &[F], y: &mut [F], mode: Mode) {
        let Mode::Train { seed, step } = mode else {
            self.masked = false;
            y.copy_from_slice(x);
            return;
        };
        self.masked = true;
        let mask = &mut self.mask[..x.len()];
        // A draw of 32 bits lies below this with probability `rate`, exact to 2^-32.
        let threshold = (self.rate * 4_294_967_296.0) as u64;
        let scale = F::from_f64(1.0 / (1.0 - self.rate));
        let mut rng = random::stream(seed, Purpose::Dropout, step, self.index);
        for factor in &mut *mask {
            *factor = if u64::from(rng.next_u32()) < threshold { F::ZERO } else { scale };
        }
        multiply(x, mask, y);
    }

    /// `dx = dy * mask`, with the mask of the forward pass.
    pub fn backward(&mut self, pass: Backward<F>) {
        let Some(dx) = pass.dx else { return };
        if self.masked {
            multiply(pass.dy, &self.mask[..pass.dy.len()], dx);
        } else {
            dx.copy_from_slice(pass.dy);
        }
    }
}

fn multiply<F: Real>(a: &[F], b: &[F], c: &mut [F]) {
    for ((c, a), b) in c.iter_mut().zip(a).zip(b) {
        *c = *a * *b;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_right_and_the_mean_is_kept() {
        let n = 40_000;
        let (x, mut y) = (vec![1.0_f64; n], vec![0.0; n]);
        Dropout::new(1, 0.3, n).forward(&x, &mut y, Mode::Train { seed: 5, step: 2 });
        let off = y.iter().filter(|y| **y == 0.0).count() as f64 / n as f64;
        assert!((off - 0.3).abs() < 5.0 * (0.21 / n as f64).sqrt(), "{off} are off");
        assert!(y.iter().all(|y| *y == 0.0 || (*y - 1.0 / 0.7).abs() < 1e-15));
    }

    #[test]
    fn a_step_is_replayed_and_another_step_or_layer_is_not() {
        let x = vec![1.0_f32; 200];
        let run = |index, seed, step| {
            let mut y = vec![0.0; 200];
            Dropout::new(index, 0.5, 200).forward(&x, &mut y, Mode::Train { seed, step });
            y
        };
        let first = run(1, 3, 9);
        assert_eq!(first, run(1, 3, 9));
        for other in [run(2, 3, 9), run(1, 4, 9), run(1, 3, 10)] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn evaluating_changes_nothing_forward_or_backward() {
        let x = [1.0_f32, -2.0, 3.0];
        let (mut y, mut dx) = ([0.0; 3], [0.0; 3]);
        let mut dropout = Dropout::new(0, 0.9, 3);
        dropout.forward(&x, &mut y, Mode::Train { seed: 0, step: 0 });
        dropout.forward(&x, &mut y, Mode::Evaluate);
        dropout.backward(Backward { x: &x, y: &y, dy: &x, dx: Some(&mut dx) });
        assert_eq!((y, dx), (x, x));
    }
}
