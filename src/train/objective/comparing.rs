//! The gradient of a mini-batch and that of all training samples at the same weights. It works on a copy of the network,
//! so that nothing of the training moves, and takes memory of its own that it gives back.

use super::{LandscapeObjective, Learner, Work};
use crate::data::{Target, Turn, gather, gather_labels};
use crate::nn::{Loss, Mode, Network, Targets};
use crate::program::{Arena, Real, norm_of};
use crate::snapshot::Seen;

/// The whole gradient is of so many samples at most: beyond that their own noise is below a hundredth of one sample's.
const SAMPLES: usize = 1 << 14;
/// And of fewer where the network is large: products of a sample and a parameter, about two seconds' worth.
const PRODUCTS: usize = 1 << 32;
/// But never of fewer than these.
const LEAST: usize = 512;

/// Two gradients at the same weights, in the order of the layout.
pub struct Pair {
    /// Of the mini-batch.
    pub batch: Vec<f64>,
    /// Of all samples.
    pub whole: Vec<f64>,
    /// How many these are; none on a landscape.
    pub seen: Option<Seen>,
}

/// Between two vectors in degrees, precise for small angles, too (Kahan, 2006); none where one is 0 or not finite.
pub fn angle(a: &[f64], b: &[f64]) -> Option<f64> {
    let norm = |x: &[f64]| norm_of(x.iter().copied());
    let (of_a, of_b) = (norm(a), norm(b));
    if !(of_a > 0.0 && of_b > 0.0 && of_a.is_finite() && of_b.is_finite()) {
        return None;
    }
    let units = || a.iter().zip(b).map(|(a, b)| (a / of_a, b / of_b));
    let apart = units().map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    let along = units().map(|(a, b)| (a + b).powi(2)).sum::<f64>().sqrt();
    Some(2.0 * libm::atan2(apart, along).to_degrees())
}

impl<F: Real> Work<F> {
    /// The gradient of the mini-batch that follows so many updates, and the whole one.
    pub fn compare(&mut self, updates: u64, params: &Arena<F>) -> Pair {
        match self {
            Self::Network(learner) => learner.compare(updates, params),
            Self::Landscape(objective) => objective.compare(updates, params),
        }
    }
}

impl LandscapeObjective {
    fn compare<F: Real>(&mut self, updates: u64, params: &Arena<F>) -> Pair {
        let mut grads = Arena::zeros(params.layout());
        self.loss_and_gradient(updates, params, &mut grads);
        let spot = self.spot(params);
        let wide = |grads: &Arena<F>| grads.values().iter().map(|g| g.to_f64()).collect();
        let batch = wide(&grads);
        // The true slope as a step would see it, so that without noise the two are the same bits.
        grads.get_mut(0).copy_from_slice(&[spot.dx, spot.dy].map(F::from_f64));
        Pair { batch, whole: wide(&grads), seen: None }
    }
}

/// A copy of the network with the memory of a pass.
struct Copy<F: Real> {
    network: Network<F>,
    loss: Loss<F>,
    x: Vec<F>,
    labels: Vec<u32>,
    values: Vec<F>,
    d_output: Vec<F>,
    grads: Arena<F>,
}

impl<F: Real> Learner<F> {
    fn compare(&mut self, updates: u64, params: &Arena<F>) -> Pair {
        let Turn { epoch, batches, .. } = self.batches.turn(updates);
        // A step enters its own epoch again if this is another one.
        if self.batches.epoch() != epoch {
            self.batches.start_epoch(epoch);
        }
        let network = self.parts.network.duplicate();
        let (capacity, all) = (network.capacity(), self.parts.train.samples());
        let mut copy = Copy {
            x: vec![F::ZERO; capacity * network.inputs()],
            labels: vec![0; capacity],
            values: vec![F::ZERO; capacity * network.output_width()],
            d_output: vec![F::ZERO; capacity * network.output_width()],
            grads: Arena::zeros(params.layout()),
            loss: self.parts.loss.duplicate(),
            network,
        };
        let mut batch = vec![0.0; copy.grads.values().len()];
        let (share, mut seen) = (1.0 / batches.len() as f64, 0);
        for k in batches {
            let rows = self.batches.batch(k);
            seen += rows.len();
            self.add(&mut copy, rows, share, params, &mut batch);
        }

        let affordable = (PRODUCTS / params.layout().count().max(1)).max(LEAST);
        let whole_samples = all.min(SAMPLES).min(affordable);
        // From all of the data, since they may be sorted by class.
        let chosen: Vec<u32> =
            (0..whole_samples).map(|i| (i as u64 * all as u64 / whole_samples as u64) as u32).collect();
        let mut whole = vec![0.0; batch.len()];
        for rows in chosen.chunks(capacity) {
            self.add(&mut copy, rows, rows.len() as f64 / whole_samples as f64, params, &mut whole);
        }

        copy.grads.values_mut().fill(F::ZERO);
        self.parts.penalty.add_gradient(params, &mut copy.grads);
        for sum in [&mut batch, &mut whole] {
            sum.iter_mut().zip(copy.grads.values()).for_each(|(sum, g)| *sum += g.to_f64());
        }
        Pair { seen: Some(Seen { batch: seen, whole: whole_samples, all }), batch, whole }
    }

    /// Adds a share of the mean gradient over these rows, without the penalty and without what is random.
    fn add(&self, copy: &mut Copy<F>, rows: &[u32], share: f64, params: &Arena<F>, sum: &mut [f64]) {
        let Copy { network, loss, x, labels, values, d_output, grads } = copy;
        let (n, outputs) = (rows.len(), network.output_width());
        let x = &mut x[..n * network.inputs()];
        gather(self.parts.train.x(), rows, x);
        let targets = match self.parts.train.target() {
            Target::Classes { labels: all, .. } => {
                gather_labels(all, rows, &mut labels[..n]);
                Targets::Classes(&labels[..n])
            }
            Target::Values(all) => {
                gather(all, rows, &mut values[..n * outputs]);
                Targets::Values(&values[..n * outputs])
            }
        };
        let z = network.forward(params, x, n, Mode::Evaluate);
        let d_output = &mut d_output[..n * outputs];
        loss.value_and_gradient(z, targets, outputs, d_output);
        network.backward(params, x, d_output, grads);
        sum.iter_mut().zip(grads.values()).for_each(|(sum, g)| *sum += share * g.to_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_angle_is_that_of_the_cosine_and_precise_where_it_is_small() {
        let (a, b) = ([3.0, -1.0, 2.0], [0.5, 4.0, 1.0]);
        let dot: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
        let norm = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
        let expected = (dot / norm(&a) / norm(&b)).acos().to_degrees();
        assert!((angle(&a, &b).unwrap() - expected).abs() < 1e-12);
        assert_eq!((angle(&a, &a), angle(&[2.0, 0.0], &[-1.0, 0.0])), (Some(0.0), Some(180.0)));
        let tiny = angle(&[1.0, 0.0], &[5.0, 5e-9]).unwrap();
        assert!((tiny.to_radians() - 1e-9).abs() < 1e-22, "{tiny}");
        for (p, q) in [(1e-30, 1e30), (1e-200, 1e-200), (1e-300, 1e250)] {
            let (a, b) = (a.map(|x| p * x), b.map(|x| q * x));
            assert!((angle(&a, &b).unwrap() - expected).abs() < 1e-12, "of {p:e} and {q:e}");
        }
        assert_eq!([angle(&a, &[0.0; 3]), angle(&a, &[f64::NAN; 3]), angle(&a, &[f64::INFINITY; 3])], [None; 3]);
    }
}
