//! Looks into a network: a fixed probe of training samples goes through a copy of it, and its weights are counted into
//! bins. It moves nothing of the run, and nothing of it is made before somebody looks.

use std::time::Duration;

use crate::clock::{Clock, Moment};
use crate::nn::{Mode, Network};
use crate::program::{Arena, Real};
use crate::snapshot::{Health, Histogram, LayerView, NetworkView, Spread, WeightsView};
use crate::train::Experiment;

/// Samples of the probe, as far as there are so many.
const PROBE: usize = 256;
/// Products of a sample and a parameter that a probe may take: a large network sees fewer samples.
const PRODUCTS: usize = 1 << 28;
/// A running network is looked into so often at most: nobody reads it faster.
const PAUSE: Duration = Duration::from_millis(250);
/// At full speed all looks together may slow training by one part in so many.
const SHARE: u64 = 200;
/// To count a weight into its bin takes about as long as to pass so many samples by it.
const COUNTING: u64 = 64;

/// The newest look, and what the next one needs.
pub(crate) struct NetworkProbe<F: Real> {
    probe: Option<Probe<F>>,
    view: Option<NetworkView>,
    /// The weights are others than those that were looked at, though the step may be the same.
    stale: bool,
    /// When the newest look was.
    last: Option<Moment>,
}

impl<F: Real> Default for NetworkProbe<F> {
    fn default() -> Self {
        Self { probe: None, view: None, stale: false, last: None }
    }
}

impl<F: Real> NetworkProbe<F> {
    /// The weights are others than those that were looked at, though the step may be the same.
    pub fn forget(&mut self) {
        self.stale = true;
    }

    /// The newest look, as old as it is.
    pub fn newest(&self) -> Option<NetworkView> {
        self.view.clone()
    }

    /// The network as it is if the run is held, and as it was a moment ago if it runs; none on a landscape. `asked` is
    /// about now, in a run at full speed; there the clock is not read.
    pub fn view(
        &mut self,
        experiment: &Experiment<F>,
        held: bool,
        asked: Option<Moment>,
        clock: &Clock,
    ) -> Option<NetworkView> {
        let step = experiment.steps();
        if self.view.as_ref().is_some_and(|view| view.step == step && !self.stale) {
            return self.view.clone();
        }
        if self.probe.is_none() {
            self.probe = Some(Probe::of(experiment)?);
        }
        let probe = self.probe.as_mut()?;
        let seen = self.view.as_ref().filter(|_| !self.stale).map(|view| view.step);
        // Counted in steps, so that no frame of a run at full speed reads the clock.
        let few = |seen: u64| asked.is_some() && step.abs_diff(seen) < probe.pause(experiment.batch());
        let now = if held { None } else { Some(asked.unwrap_or_else(|| clock.now())) };
        let soon = |last: Moment| now.is_some_and(|now| now.since(last) < PAUSE);
        if held || seen.is_none() || !(seen.is_some_and(few) || self.last.is_some_and(soon)) {
            self.view = Some(probe.look(experiment));
            (self.last, self.stale) = (now, false);
        }
        self.view.clone()
    }
}

/// What is asked of an activation layer.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// 0 with a slope of 0 on its left.
    Rectifier,
    /// Without a slope far out, on one side or both.
    Flat,
    Other,
}

/// A copy of the network with the samples for it.
struct Probe<F: Real> {
    network: Network<F>,
    kinds: Vec<Kind>,
    x: Vec<F>,
    samples: usize,
    /// What each layer gives out, `[samples, units]`.
    outputs: Vec<Vec<F>>,
}

impl<F: Real> Probe<F> {
    fn of(experiment: &Experiment<F>) -> Option<Self> {
        let learning = experiment.learning()?;
        let (train, network) = (&learning.train, &learning.network);
        let affordable = (PRODUCTS / network.layout().count().max(1)).max(16);
        let samples = train.samples().min(PROBE).min(affordable);
        // From all of the data, since they may be sorted by class.
        let rows: Vec<u32> = (0..samples).map(|i| (i * train.samples() / samples) as u32).collect();
        let mut x = vec![F::ZERO; samples * train.features()];
        crate::data::gather(train.x(), &rows, &mut x);
        let mut network = network.watched_for(samples);
        let kinds = (0..network.shapes().len()).map(|layer| kind(&mut network, layer)).collect();
        let outputs = network.shapes().iter().map(|shape| vec![F::ZERO; samples * shape.outputs]).collect();
        Some(Self { network, kinds, x, samples, outputs })
    }

    /// Steps between two looks. A step passes every sample of its batch forward once and back at twice the work.
    fn pause(&self, batch: usize) -> u64 {
        SHARE * (self.samples as u64 + COUNTING).div_ceil(3 * batch.max(1) as u64)
    }

    fn look(&mut self, experiment: &Experiment<F>) -> NetworkView {
        let params = experiment.params();
        if let Some(statistics) = experiment.statistics() {
            self.network.statistics_mut().values_mut().copy_from_slice(statistics.values());
        }
        let (features, chunk) = (self.network.inputs(), self.network.capacity());
        for start in (0..self.samples).step_by(chunk.max(1)) {
            let end = (start + chunk).min(self.samples);
            self.network.forward(params, &self.x[start * features..end * features], end - start, Mode::Evaluate);
            for (layer, output) in self.outputs.iter_mut().enumerate() {
                let units = self.network.shapes()[layer].outputs;
                output[start * units..end * units].copy_from_slice(self.network.output(layer));
            }
        }
        let mut first = 0;
        let layers = (0..self.outputs.len()).map(|layer| self.layer(layer, params, &mut first)).collect();
        let parameters = params.layout().count();
        NetworkView { step: experiment.steps(), samples: self.samples, parameters, layers }
    }

    /// A layer, whose parameters begin at this place of the layout; afterwards the next one's do.
    fn layer(&mut self, layer: usize, params: &Arena<F>, first: &mut usize) -> LayerView {
        let shape = &self.network.shapes()[layer];
        let (units, parameters) = (shape.outputs, shape.parameters);
        let name = match shape.name.as_str() {
            "dense" => format!("{} dense {}x{units}", layer + 1, shape.inputs),
            name => format!("{} {name}", layer + 1),
        };
        let mut weights = Vec::new();
        let mut left = parameters;
        while let Some(parameter) = params.layout().parameters().get(*first).filter(|next| next.len <= left && left > 0)
        {
            let spread = spread(params.get(*first));
            weights.push(WeightsView { name: parameter.name.clone(), shape: parameter.shape.clone(), spread });
            left -= parameter.len;
            *first += 1;
        }
        let health = self.health(layer, units);
        LayerView { name, units, parameters, activations: spread(&self.outputs[layer]), health, weights }
    }

    fn health(&mut self, layer: usize, units: usize) -> Health {
        if self.kinds[layer] == Kind::Other {
            return Health::Unmeasured;
        }
        let x = layer.checked_sub(1).map_or(&self.x, |before| &self.outputs[before]);
        let Some([values, slopes]) = self.network.activation_at(layer, x) else { return Health::Unmeasured };
        if self.kinds[layer] == Kind::Rectifier {
            return Health::Dead(dead(&values, &slopes, units));
        }
        Health::Saturated(saturated(&slopes, units))
    }
}

/// The kind tells itself by what the function does, whatever its script calls it.
fn kind<F: Real>(network: &mut Network<F>, layer: usize) -> Kind {
    let Some([values, slopes]) = network.activation_at(layer, &[-30.0, -1.0, 30.0].map(F::from_f64)) else {
        return Kind::Other;
    };
    let flat = |slope: F| slope.abs().to_f64() < Health::FLAT;
    if values[1] == F::ZERO && slopes[1] == F::ZERO {
        Kind::Rectifier
    } else if flat(slopes[0]) || flat(slopes[2]) {
        Kind::Flat
    } else {
        Kind::Other
    }
}

/// The share of units that give 0 without a slope to every sample.
fn dead<F: Real>(values: &[F], slopes: &[F], units: usize) -> f64 {
    let mut dead = vec![true; units];
    for (values, slopes) in values.chunks_exact(units).zip(slopes.chunks_exact(units)) {
        for ((dead, value), slope) in dead.iter_mut().zip(values).zip(slopes) {
            *dead &= *value == F::ZERO && *slope == F::ZERO;
        }
    }
    dead.iter().filter(|dead| **dead).count() as f64 / units.max(1) as f64
}

/// The share of units without a slope for nine of ten samples.
fn saturated<F: Real>(slopes: &[F], units: usize) -> f64 {
    let mut flat = vec![0; units];
    for slopes in slopes.chunks_exact(units) {
        for (flat, slope) in flat.iter_mut().zip(slopes) {
            *flat += usize::from(slope.to_f64().abs() < Health::FLAT);
        }
    }
    let samples = slopes.len() / units.max(1);
    flat.iter().filter(|flat| **flat * 10 >= samples * 9).count() as f64 / units.max(1) as f64
}

/// How numbers are spread.
pub(crate) fn spread<F: Real>(values: &[F]) -> Spread {
    let finite = || values.iter().map(|value| value.to_f64()).filter(|value| value.is_finite());
    let (mut count, mut sum, mut squares) = (0_u64, 0.0, 0.0);
    let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in finite() {
        count += 1;
        sum += value;
        squares += value * value;
        min = min.min(value);
        max = max.max(value);
    }
    let broken = values.len() as u64 - count;
    let mut counts = vec![0; Histogram::BINS];
    if count == 0 {
        let histogram = Histogram { min: f64::NAN, max: f64::NAN, counts, broken };
        return Spread { mean: f64::NAN, std: f64::NAN, rms: f64::NAN, histogram };
    }
    let mean = sum / count as f64;
    let mut deviations = 0.0;
    let bins = Histogram::BINS as f64 / (max - min);
    for value in finite() {
        deviations += (value - mean) * (value - mean);
        let bin = if max > min { ((value - min) * bins) as usize } else { Histogram::BINS / 2 };
        counts[bin.min(Histogram::BINS - 1)] += 1;
    }
    Spread {
        mean,
        std: (deviations / count as f64).sqrt(),
        rms: (squares / count as f64).sqrt(),
        histogram: Histogram { min, max, counts, broken },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_counted_as_by_hand() {
        let values: Vec<f32> =
            (0..1000).map(|i| ((i * 37 % 101) as f32 - 40.0) / 8.0).chain([f32::NAN, f32::INFINITY]).collect();
        let found = spread(&values);
        let finite: Vec<f64> = values[..1000].iter().map(|x| f64::from(*x)).collect();
        let mean = finite.iter().sum::<f64>() / 1000.0;
        let variance = finite.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 1000.0;
        let rms = (finite.iter().map(|x| x * x).sum::<f64>() / 1000.0).sqrt();
        assert!((found.mean - mean).abs() < 1e-12 && (found.std - variance.sqrt()).abs() < 1e-12);
        assert!((found.rms - rms).abs() < 1e-12);
        let Histogram { min, max, counts, broken } = found.histogram;
        assert_eq!((min, max, broken, counts.iter().sum::<u64>()), (-5.0, 7.5, 2, 1000));
        for (bin, count) in counts.iter().enumerate() {
            let edge = |k: usize| -5.0 + 12.5 * k as f64 / 32.0;
            let last = bin == 31;
            let inside = finite.iter().filter(|x| **x >= edge(bin) && (**x < edge(bin + 1) || last)).count() as u64;
            assert_eq!(*count, inside, "bin {bin}");
        }
    }

    #[test]
    fn equal_numbers_lie_in_the_middle_and_none_at_all_nowhere() {
        let found = spread(&[0.25_f32; 7]);
        assert_eq!((found.histogram.counts[16], found.std, found.mean, found.rms), (7, 0.0, 0.25, 0.25));
        let none = spread(&[f32::NAN; 3]);
        assert!(
            none.mean.is_nan() && none.histogram.counts.iter().all(|count| *count == 0) && none.histogram.broken == 3
        );
        assert!(spread::<f32>(&[]).std.is_nan());
    }

    #[test]
    fn a_spread_of_any_size_is_that_of_numbers_near_1() {
        let near = |got: f64, expected: f64| assert!((got / expected - 1.0).abs() < 1e-6, "{got:e} for {expected:e}");
        let values = |size: f32| (0..200).map(|i| size * (2.0 + (i % 9) as f32 / 4.0)).collect::<Vec<f32>>();
        let usual = spread(&values(1.0));
        for size in [1e-38, 1e-30, 1e-19, 1e19, 5e37] {
            let (found, by) = (spread(&values(size)), f64::from(size));
            near(found.rms, by * usual.rms);
            near(found.std, by * usual.std);
            near(found.mean, by * usual.mean);
            assert_eq!(found.histogram.counts.iter().sum::<u64>(), 200);
        }
    }

    #[test]
    fn a_unit_is_dead_if_no_sample_wakes_it_and_saturated_if_nine_of_ten_leave_it_flat() {
        // Three units: one never wakes, one does for the last sample, one gives 0 with a slope.
        let values = [0.0_f32, 0.0, 0.0, 0.0, 2.0, 0.0];
        let slopes = [0.0_f32, 0.0, 1.0, 0.0, 1.0, 1.0];
        assert_eq!(dead(&values, &slopes, 3), 1.0 / 3.0);
        // Ten samples of two units: the first flat for nine, the second for eight.
        let slopes: Vec<f32> =
            (0..10).flat_map(|i| [if i < 9 { 1e-3 } else { 1.0 }, if i < 8 { -1e-3 } else { 1.0 }]).collect();
        assert_eq!(saturated(&slopes, 2), 0.5);
    }
}
