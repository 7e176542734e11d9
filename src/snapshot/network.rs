//! What a snapshot shows of a network: layer by layer what it gives out for a probe, how many of its units are dead or
//! saturated, and how its weights are spread.

/// The layers of a network at a step.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkView {
    /// Updates that had been made when it was measured: the snapshot's own where the run is held, else that or one before.
    pub step: u64,
    /// Samples of the training part that were passed through it, the same ones each time; dropout off.
    pub samples: usize,
    /// Weights, biases, scales and shifts together.
    pub parameters: usize,
    /// In the lab's order.
    pub layers: Vec<LayerView>,
}

/// A layer with its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerView {
    /// As the lab lists it, counted from 1: `1 dense 64x128`, `2 relu`.
    pub name: String,
    /// Numbers that go out for a sample.
    pub units: usize,
    /// The number of its parameters.
    pub parameters: usize,
    /// What it gives out, over all units and samples.
    pub activations: Spread,
    /// What became of its units.
    pub health: Health,
    /// Its parameters: `W1`, `b1`.
    pub weights: Vec<WeightsView>,
}

/// Units that have stopped to learn. Shares are of all units of the layer, 0..1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Health {
    /// The layer is no activation, or one that has a slope everywhere.
    Unmeasured,
    /// Of a rectifier, units that give 0 with a slope of 0 to every sample of the probe: no gradient reaches them.
    Dead(f64),
    /// Of an activation with flat ends, units whose slope is below [`Health::FLAT`] for nine of ten samples or more.
    Saturated(f64),
}

impl Health {
    /// A slope below it is flat. The steepest of `tanh` is 1, that of `sigmoid` 1/4.
    pub const FLAT: f64 = 0.005;
}

/// A parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightsView {
    /// `W1`.
    pub name: String,
    /// `[64, 128]`.
    pub shape: Vec<usize>,
    /// Its elements.
    pub spread: Spread,
}

/// How numbers are spread.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// The mean of those that are finite; NaN if none is.
    pub mean: f64,
    /// Their standard deviation (of all of them, not of a sample).
    pub std: f64,
    /// sqrt(mean(x^2)).
    pub rms: f64,
    /// How many fall where.
    pub histogram: Histogram,
}

/// Counts in bins of one width between the smallest and the largest finite number.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// The smallest; NaN if no number is finite.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// How many numbers lie in each bin; a border belongs to the bin above it, the largest number to the last bin. Where
    /// all are equal they lie in the middle one.
    pub counts: Vec<u64>,
    /// Numbers that are not finite, and so in no bin.
    pub broken: u64,
}

impl Histogram {
    /// How many bins there are.
    pub const BINS: usize = 32;
}
