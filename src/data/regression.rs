//! Generated values: a sine, a line, a plane and waves over the plane.
//!
//! Inputs are uniform; noise is added to the target alone and drawn even where its deviation is 0, so that turning it
//! up changes nothing else. Values are computed in `f64`; inputs are rounded once, here
//! or where they are standardised.

use std::f64::consts::PI;
use std::ops::Bound::{Excluded, Included};

use ndarray::Array2;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::source::{Make, Parameter, Params, SAMPLES, SourceSpec, noise, real, whole};
use super::{Columns, Dataset, Target};
use crate::error::{Error, Result};
use crate::program::Real;

const NOISE: Parameter = noise("the deviation added to y");

const FREQUENCY: Parameter =
    real("frequency", 1.0, "the number of periods from -pi to pi", (Excluded(0.0), Included(100.0)));

/// One period or more of a sine.
pub(super) const SINE: SourceSpec = SourceSpec {
    name: "sine",
    about: "A sine of one input.",
    formula: "y = sin(frequency x) + noise normal",
    symbols: "x uniform in [-pi, pi]; y the target; frequency the periods over that range; normal a draw of \
              mean 0 and deviation 1.",
    source: "the usual first regression.",
    differs: "the range, the noise and whether x is drawn or evenly spaced are each text's own; here x is drawn.",
    parameters: &[SAMPLES, NOISE, FREQUENCY],
    features: 1,
    make: Make { single: sine, double: sine },
};

/// A straight line.
pub(super) const LINE: SourceSpec = SourceSpec {
    name: "line",
    about: "A straight line, for a single weight and bias.",
    formula: "y = slope x + intercept + noise normal",
    symbols: "x uniform in [-1, 1]; y the target; slope, intercept the weight and bias to be found; normal a \
              draw of mean 0 and deviation 1.",
    source: "linear regression; Legendre, 1805, and Gauss, 1809.",
    differs: "the range and the noise are each text's own.",
    parameters: &[
        SAMPLES,
        NOISE,
        real("slope", 2.0, "the weight to be found", (Included(-1e6), Included(1e6))),
        real("intercept", 1.0, "the bias to be found", (Included(-1e6), Included(1e6))),
    ],
    features: 1,
    make: Make { single: line, double: line },
};

/// A plane whose weights are known.
pub(super) const PLANE: SourceSpec = SourceSpec {
    name: "plane",
    about: "A plane over any number of inputs.",
    formula: "y = x1 - x2 / 2 + x3 / 3 - ... + 1/2 + noise normal",
    symbols: "x1 uniform in [-scale, scale], the other inputs in [-1, 1]; y the target; a scale other than 1 \
              makes the loss a ravine: the curvature along W1's first row is scale^2 that of the others.",
    source: "linear regression, with weights that are known.",
    differs: "scikit-learn's make_regression draws the weights; here they are always the same.",
    parameters: &[
        SAMPLES,
        whole("features", 2.0, "the number of inputs", 1.0, Some(10_000.0)),
        NOISE,
        real("scale", 1.0, "how far from 0 the first input reaches", (Excluded(0.0), Included(1e6))),
    ],
    features: 2,
    make: Make { single: plane, double: plane },
};

/// Hills and valleys over the plane.
pub(super) const WAVES: SourceSpec = SourceSpec {
    name: "waves",
    about: "Hills and valleys over two inputs.",
    formula: "y = sin(frequency x1) cos(frequency x2) + noise normal",
    symbols: "x1, x2 uniform in [-pi, pi]; y the target; normal a draw of mean 0 and deviation 1.",
    source: "a product of two waves.",
    differs: "it is made here; other tests of regression over the plane are other functions.",
    parameters: &[SAMPLES, NOISE, FREQUENCY],
    features: 2,
    make: Make { single: waves, double: waves },
};

fn sine<F: Real>(params: &Params, rng: &mut ChaCha8Rng) -> Result<Dataset<F, f64>> {
    let frequency = params.get("frequency");
    sample(params, 1, rng, |_| PI, |x| libm::sin(frequency * x[0]))
}

fn line<F: Real>(params: &Params, rng: &mut ChaCha8Rng) -> Result<Dataset<F, f64>> {
    let (slope, intercept) = (params.get("slope"), params.get("intercept"));
    sample(params, 1, rng, |_| 1.0, |x| slope * x[0] + intercept)
}

fn plane<F: Real>(params: &Params, rng: &mut ChaCha8Rng) -> Result<Dataset<F, f64>> {
    let scale = params.get("scale");
    let weight = |j: usize| if j.is_multiple_of(2) { 1.0 } else { -1.0 } / (j + 1) as f64;
    sample(
        params,
        params.whole("features"),
        rng,
        |j| if j == 0 { scale } else { 1.0 },
        |x| x.iter().enumerate().map(|(j, x)| weight(j) * x).sum::<f64>() + 0.5,
    )
}

fn waves<F: Real>(params: &Params, rng: &mut ChaCha8Rng) -> Result<Dataset<F, f64>> {
    let frequency = params.get("frequency");
    sample(params, 2, rng, |_| PI, |x| libm::sin(frequency * x[0]) * libm::cos(frequency * x[1]))
}

/// Draws inputs, column `j` uniform in ±`reach(j)`, and takes `y = f(x)` plus noise.
fn sample<F: Real>(
    params: &Params,
    features: usize,
    rng: &mut ChaCha8Rng,
    reach: impl Fn(usize) -> f64,
    f: impl Fn(&[f64]) -> f64,
) -> Result<Dataset<F, f64>> {
    let (samples, noise) = (params.whole("samples"), params.get("noise"));
    let mut x = Columns::new(features, samples);
    let mut y = Vec::with_capacity(samples);
    let mut row = vec![0.0; features];
    for _ in 0..samples {
        for (j, value) in row.iter_mut().enumerate() {
            *value = reach(j) * rng.random_range(-1.0..1.0);
        }
        row.iter().for_each(|value| x.push(*value));
        y.push(f(&row) + noise * rng.sample::<f64, _>(StandardNormal));
    }
    let y = Array2::from_shape_vec((samples, 1), y)
        .map_err(|error| Error::fault(format!("{}: {error}", params.spec().name)))?;
    Dataset::collected(x, Target::Values(y), params.spec().name)
}

#[cfg(test)]
mod tests {
    use crate::data::{Dataset, Target, check_parameters, find, generate};

    fn make(name: &str, given: &[(&str, f64)]) -> Dataset {
        generate(&check_parameters(find(name).unwrap(), given).unwrap(), 7).unwrap()
    }

    /// The largest distance of a target from `f`.
    fn distance(data: &Dataset, f: impl Fn(&[f32]) -> f64) -> f64 {
        let Target::Values(y) = data.target() else { panic!("values") };
        let rows = data.x().rows();
        let distance = |(row, y): (ndarray::ArrayView1<f32>, &f32)| (f(row.as_slice().unwrap()) - f64::from(*y)).abs();
        rows.into_iter().zip(y).map(distance).fold(0.0, f64::max)
    }

    #[test]
    fn without_noise_targets_are_the_formula() {
        let still = ("noise", 0.0);
        let wide = |x: f32| f64::from(x);
        assert!(distance(&make("sine", &[still, ("frequency", 3.0)]), |x| (3.0 * wide(x[0])).sin()) < 1e-5);
        let line = make("line", &[still, ("slope", -3.0), ("intercept", 0.25)]);
        assert!(distance(&line, |x| -3.0 * wide(x[0]) + 0.25) < 1e-6);
        let plane = make("plane", &[still, ("features", 3.0), ("scale", 10.0)]);
        assert!(distance(&plane, |x| wide(x[0]) - wide(x[1]) / 2.0 + wide(x[2]) / 3.0 + 0.5) < 1e-5);
        assert!(
            plane.x().column(0).iter().any(|x| x.abs() > 9.0) && plane.x().column(1).iter().all(|x| x.abs() <= 1.0)
        );
        assert!(distance(&make("waves", &[still]), |x| wide(x[0]).sin() * wide(x[1]).cos()) < 1e-6);
    }

    #[test]
    fn noise_has_its_deviation_and_leaves_the_inputs_alone() {
        let (still, noisy) = (
            make("line", &[("samples", 4000.0), ("noise", 0.0)]),
            make("line", &[("samples", 4000.0), ("noise", 0.5)]),
        );
        assert_eq!(still.x(), noisy.x());
        let (Target::Values(a), Target::Values(b)) = (still.target(), noisy.target()) else { panic!("values") };
        assert!(((a - b).std(0.0) - 0.5).abs() < 0.02);
    }
}
