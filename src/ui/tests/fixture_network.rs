//! The network of the fixtures' run, for tests: layers 64-64-10 with a relu, dropout and a tanh, healthy.

use crate::snapshot::{Health, Histogram, LayerView, NetworkView, Spread, WeightsView};

/// Numbers around a mean, as a bell of that deviation, cut off below.
fn bell(count: usize, mean: f64, std: f64, least: f64) -> Spread {
    let (min, max) = ((mean - 3.1 * std).max(least), mean + 3.4 * std);
    let width = (max - min) / Histogram::BINS as f64;
    let mut counts: Vec<u64> = (0..Histogram::BINS)
        .map(|bin| {
            let x = min + (bin as f64 + 0.5) * width;
            (count as f64 * width / std / 2.5066 * (-0.5 * ((x - mean) / std).powi(2)).exp()).round() as u64
        })
        .collect();
    // What was cut off lies in the lowest bin, as after a relu.
    let rest = (count as u64).saturating_sub(counts.iter().sum());
    counts[0] += if least > f64::NEG_INFINITY { rest } else { 0 };
    let rms = (mean * mean + std * std).sqrt();
    Spread { mean, std, rms, histogram: Histogram { min, max, counts, broken: 0 } }
}

fn weights(name: &str, shape: &[usize], std: f64) -> WeightsView {
    let spread = bell(shape.iter().product(), 0.004, std, f64::NEG_INFINITY);
    WeightsView { name: name.into(), shape: shape.to_vec(), spread }
}

/// As it was looked at after so many updates.
pub fn network(step: u64) -> NetworkView {
    let free = f64::NEG_INFINITY;
    let layer = |name: &str, units: usize, activations, health, weights: Vec<WeightsView>| LayerView {
        name: name.into(),
        units,
        parameters: weights.iter().map(|w| w.shape.iter().product::<usize>()).sum(),
        activations,
        health,
        weights,
    };
    let dense = vec![weights("W1", &[64, 64], 0.13), weights("b1", &[64], 0.02)];
    let last = vec![weights("W2", &[64, 10], 0.21), weights("b2", &[10], 0.03)];
    NetworkView {
        step,
        samples: 256,
        parameters: 4810,
        layers: vec![
            layer("1 dense 64x64", 64, bell(16384, -0.18, 1.21, free), Health::Unmeasured, dense),
            layer("2 relu", 64, bell(16384, 0.39, 0.61, 0.0), Health::Dead(3.0 / 64.0), Vec::new()),
            layer("3 dropout", 64, bell(16384, 0.39, 0.61, 0.0), Health::Unmeasured, Vec::new()),
            layer("4 tanh", 64, bell(16384, 0.28, 0.33, free), Health::Saturated(0.0), Vec::new()),
            layer("5 dense 64x10", 10, bell(2560, -1.4, 3.9, free), Health::Unmeasured, last),
        ],
    }
}
