//! How weights start. Biases start at 0, as do shifts; scales start at 1.
//!
//! Every weight matrix has a stream of its own, keyed by the lab's seed and its place among weights and biases, so a layer
//! that is added at the end leaves the first weights of the others as they were, and a normalisation does so anywhere: a
//! network with it and one without it can be compared. Draws are made in `f64` and rounded.

use rand::distr::{Distribution, Uniform};
use rand_distr::StandardNormal;

use super::about::{About, INITIALISERS};
use crate::program::{Arena, ParameterKind, Real};
use crate::random::{self, Purpose};

/// A distribution of first weights; `in` and `out` are the layer's inputs and outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Init {
    /// All 0, variance 0: units of a layer then never come to differ, which is what a lab may want to show.
    Zeros,
    /// Uniform in ±1/sqrt(in), variance 1/(3 in): `PyTorch`'s for linear layers.
    Uniform,
    /// Normal with deviation 0.01, variance 0.0001, whatever the layer: Krizhevsky et al., 2012; too small for deep nets.
    Normal,
    /// Uniform in ±sqrt(6/(in + out)), variance 2/(in + out): Glorot and Bengio, 2010; for tanh and sigmoid.
    Xavier,
    /// Normal, variance 2/in: He et al., 2015; for relu and its kin.
    He,
    /// Normal, variance 1/in: `LeCun` et al., 1998; for selu.
    Lecun,
}

/// The deviation of [`Init::Normal`].
const NORMAL_DEVIATION: f64 = 0.01;

impl Init {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Zeros, Self::Uniform, Self::Normal, Self::Xavier, Self::He, Self::Lecun];

    /// The one with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|init| init.name() == name)
    }

    /// The name in the lab file.
    pub fn name(self) -> &'static str {
        self.about().name
    }

    /// What the catalogue says of it.
    pub fn about(self) -> &'static About {
        &INITIALISERS[self as usize]
    }

    /// The variance of a weight between layers of these sizes.
    pub fn variance(self, inputs: usize, outputs: usize) -> f64 {
        let (inputs, outputs) = (inputs.max(1) as f64, outputs as f64);
        match self {
            Self::Zeros => 0.0,
            Self::Uniform => 1.0 / (3.0 * inputs),
            Self::Normal => NORMAL_DEVIATION * NORMAL_DEVIATION,
            Self::Xavier => 2.0 / (inputs + outputs),
            Self::He => 2.0 / inputs,
            Self::Lecun => 1.0 / inputs,
        }
    }

    /// Draws `weights`, `[inputs, outputs]`, for the parameter with this index among weights and biases.
    pub fn fill<F: Real>(self, weights: &mut [F], inputs: usize, outputs: usize, seed: u64, parameter: usize) {
        let mut rng = random::stream(seed, Purpose::Init, 0, parameter as u64);
        let deviation = self.variance(inputs, outputs).sqrt();
        match self {
            Self::Zeros => weights.fill(F::ZERO),
            Self::Normal | Self::He | Self::Lecun => {
                for weight in weights {
                    let draw: f64 = StandardNormal.sample(&mut rng);
                    *weight = F::from_f64(deviation * draw);
                }
            }
            Self::Uniform | Self::Xavier => {
                // A uniform distribution in ±a has the variance a^2 / 3. The bounds 0 and 1 are always in order.
                let Ok(unit) = Uniform::new(0.0_f64, 1.0) else { return };
                let bound = deviation * 3.0_f64.sqrt();
                for weight in weights {
                    *weight = F::from_f64(bound * (2.0 * unit.sample(&mut rng) - 1.0));
                }
            }
        }
    }
}

/// Gives every parameter of the arena its first value; `inits` names the initialiser of each weight matrix, by the
/// parameter's index (those of other parameters are not looked at).
pub(super) fn initialise<F: Real>(params: &mut Arena<F>, inits: &[Init], seed: u64) {
    let layout = params.layout().clone();
    let mut stream = 0;
    for (index, (parameter, init)) in layout.parameters().iter().zip(inits).enumerate() {
        let values = params.get_mut(index);
        match (parameter.kind, parameter.shape.as_slice()) {
            (ParameterKind::Weight, &[inputs, outputs]) => init.fill(values, inputs, outputs, seed, stream),
            (ParameterKind::Scale, _) => values.fill(F::ONE),
            _ => values.fill(F::ZERO),
        }
        stream += usize::from(matches!(parameter.kind, ParameterKind::Weight | ParameterKind::Bias));
    }
}

/// Running statistics as they are before the first batch: mean 0, variance 1.
pub(super) fn reset_statistics<F: Real>(statistics: &mut Arena<F>) {
    let layout = statistics.layout().clone();
    for (index, parameter) in layout.parameters().iter().enumerate() {
        let first = if parameter.kind == ParameterKind::RunningVariance { F::ONE } else { F::ZERO };
        statistics.get_mut(index).fill(first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(init: Init, inputs: usize, outputs: usize, seed: u64, parameter: usize) -> Vec<f64> {
        let mut weights = vec![f64::NAN; inputs * outputs];
        init.fill(&mut weights, inputs, outputs, seed, parameter);
        weights
    }

    #[test]
    fn mean_and_variance_are_as_documented() {
        let (inputs, outputs) = (200, 300);
        let count = (inputs * outputs) as f64;
        for init in Init::ALL {
            let name = init.name();
            let weights = draw(init, inputs, outputs, 11, 0);
            let mean = weights.iter().sum::<f64>() / count;
            let variance = weights.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / count;
            let expected = init.variance(inputs, outputs);
            // Five standard errors; the variance of a square is at most 2 sigma^4, that of a normal distribution.
            assert!(mean.abs() <= 5.0 * (expected / count).sqrt(), "{name}: mean {mean}");
            assert!(
                (variance - expected).abs() <= 5.0 * expected * (2.0 / count).sqrt(),
                "{name}: variance {variance}"
            );
        }
    }

    #[test]
    fn uniform_draws_keep_their_bounds_and_reach_near_them() {
        for (init, bound) in [(Init::Uniform, 0.1), (Init::Xavier, (6.0_f64 / 400.0).sqrt())] {
            let largest = draw(init, 100, 300, 1, 0).iter().fold(0.0, |max: f64, w| max.max(w.abs()));
            assert!(largest <= bound && largest > 0.999 * bound, "{init:?}: {largest} of {bound}");
        }
    }

    #[test]
    fn draws_depend_on_seed_and_parameter_and_nothing_else() {
        let first = draw(Init::He, 4, 3, 7, 0);
        assert_eq!(first, draw(Init::He, 4, 3, 7, 0));
        assert_ne!(first, draw(Init::He, 4, 3, 8, 0));
        assert_ne!(first, draw(Init::He, 4, 3, 7, 1));
        let mut rounded = vec![0.0_f32; 12];
        Init::He.fill(&mut rounded, 4, 3, 7, 0);
        assert_eq!(rounded, first.iter().map(|w| *w as f32).collect::<Vec<_>>());
    }

    /// What a seed gives stays what it gives, in every release: recorded runs and graded tasks rely on it.
    #[test]
    fn the_first_draws_are_these() {
        let first = [
            (Init::Zeros, [0.0, 0.0]),
            (Init::Uniform, [-0.389_647_483_285_657_6, -0.499_632_443_992_074_5]),
            (Init::Normal, [-0.010_766_145_698_131_273, -0.007_145_660_536_104_957]),
            (Init::Xavier, [-0.779_294_966_571_315_3, -0.999_264_887_984_149]),
            (Init::He, [-1.076_614_569_813_127_3, -0.714_566_053_610_495_7]),
            (Init::Lecun, [-0.761_281_463_039_1, -0.505_274_502_113_691_6]),
        ];
        assert_eq!(first.map(|(init, _)| init), Init::ALL);
        for (init, expected) in first {
            assert_eq!(draw(init, 2, 1, 7, 0), expected, "{init:?}");
        }
    }

    #[test]
    fn names_and_initialisers_are_one_to_one() {
        for init in Init::ALL {
            // The table of texts has the order of the enum: the name is the variant's, in small letters.
            assert_eq!(init.name(), format!("{init:?}").to_lowercase());
            assert_eq!(Init::from_name(init.name()), Some(init));
        }
        assert_eq!(Init::from_name("orthogonal"), None);
    }
}
