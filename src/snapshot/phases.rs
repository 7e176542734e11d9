//! One update taken apart: what of it belongs to each of its phases, from the mini-batch to the new weights.

use super::LedgerLine;

/// The update that was made last, phase by phase.
#[derive(Debug, Clone, PartialEq)]
pub struct PhasesView {
    /// The number by which it was asked for.
    pub walk: u64,
    /// The update's number, from 1; of a series the value's.
    pub step: u64,
    /// In the order in which they are gone through; never none.
    pub phases: Vec<Phase>,
}

/// A phase of an update, with its numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// The samples that the update is made of.
    Batch(BatchPhase),
    /// They go through the layers.
    Forward(ForwardPhase),
    /// What is wrong with the outputs, as one number.
    Loss(LossPhase),
    /// On a landscape, the height where the weights stand.
    Height {
        /// The weights by their names, before the update.
        at: Vec<(String, f64)>,
        /// The height there.
        height: f64,
    },
    /// The derivative of the loss by each weight; on a landscape the slope.
    Gradient(GradientPhase),
    /// Of an update of several mini-batches, what they come to.
    Mean(MeanPhase),
    /// A gradient that is too large is made smaller.
    Clip(ClipPhase),
    /// The rule makes new weights of it: line by line as [`Snapshot::ledger`](super::Snapshot::ledger) has it.
    Update(UpdatePhase),
    /// The step broke in the phase before this one, and why: no update was made.
    Broken(String),
    /// The next value of a series.
    Value {
        /// What the series is called.
        series: String,
        /// The value.
        value: f64,
        /// The value before it.
        before: Option<f64>,
    },
    /// Each average takes it: the name of the average with a line of how it is worked out.
    Average(Vec<(String, LedgerLine)>),
}

impl Phase {
    /// Its name on the screen.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Batch(_) => "batch",
            Self::Forward(_) => "forward",
            Self::Loss(_) => "loss",
            Self::Height { .. } => "height",
            Self::Gradient(gradient) if gradient.descends => "gradient",
            Self::Gradient(_) => "backward",
            Self::Mean(_) => "mean",
            Self::Clip(_) => "clip",
            Self::Update(_) => "update",
            Self::Broken(_) => "broken",
            Self::Value { .. } => "value",
            Self::Average(_) => "average",
        }
    }
}

/// The samples of a mini-batch.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchPhase {
    /// Its place in the update, from 1, and how many there are, where it is not the only one. The phases up to the next one,
    /// or to the mean, are of this mini-batch alone, without the penalty.
    pub of_update: Option<(usize, usize)>,
    /// Its place in the epoch, from 1, and how many there are.
    pub place: (u64, u64),
    /// The epoch, from 1.
    pub epoch: u64,
    /// The samples in their order, by their numbers in the training part, from 1.
    pub samples: Vec<u32>,
    /// All samples of the training part.
    pub all: usize,
    /// The samples come in another order in every epoch.
    pub shuffled: bool,
    /// What they should come to.
    pub targets: BatchTargets,
}

/// What the samples of a mini-batch should come to.
#[derive(Debug, Clone, PartialEq)]
pub enum BatchTargets {
    /// A class each.
    Classes {
        /// The class of each sample, by its place among the names.
        labels: Vec<u32>,
        /// All classes.
        names: Vec<String>,
    },
    /// Numbers, so many for each sample.
    Values {
        /// Sample by sample.
        values: Vec<f64>,
        /// How many a sample has.
        each: usize,
    },
}

/// What the layers give out for a mini-batch.
#[derive(Debug, Clone, PartialEq)]
pub struct ForwardPhase {
    /// In their order: the name, `1 dense 64x32`, and the square root of the mean square of what it gives out.
    pub layers: Vec<(String, f64)>,
    /// The unit that the element that is looked at leads to, for the first sample.
    pub unit: Option<UnitOutput>,
}

/// One unit of a layer, for one sample.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitOutput {
    /// The element that leads to it: `W1[3,5]`.
    pub element: String,
    /// Its layer, counted from 1 as the lab lists them.
    pub layer: usize,
    /// Its place in the layer, from 0.
    pub unit: usize,
    /// The sample's number in the training part, from 1.
    pub sample: u32,
    /// What the element, if it is a weight, is multiplied by: the place of the input of the layer, and its value.
    pub input: Option<(usize, f64)>,
    /// What the layer gives out there.
    pub net_input: f64,
    /// What the activation behind it makes of that, with its name.
    pub activation: Option<(String, f64)>,
}

/// The loss of a mini-batch.
#[derive(Debug, Clone, PartialEq)]
pub struct LossPhase {
    /// `cross_entropy`, or what the script is called.
    pub name: String,
    /// With the penalty.
    pub loss: f64,
    /// Without it.
    pub of_data: f64,
    /// What is added for large weights; none where nothing is.
    pub penalty: Option<f64>,
    /// The mean is over so many samples ...
    pub samples: usize,
    /// ... and, where it is, over so many outputs of each.
    pub outputs: Option<usize>,
    /// The sample with the smallest loss of its own, by its number from 1, and that with the largest.
    pub extremes: Option<[(u32, f64); 2]>,
}

/// The gradient, before it is clipped; where an update has several mini-batches that of one of them.
#[derive(Debug, Clone, PartialEq)]
pub struct GradientPhase {
    /// It is the slope of a landscape, and no network is gone through backward.
    pub descends: bool,
    /// Its norm over all parameters, with the penalty that this phase has.
    pub norm: f64,
    /// The norm of each parameter's, in the order in which they come: the last layer first.
    pub norms: Vec<(String, f64)>,
    /// The element that is looked at; on a landscape both.
    pub elements: Vec<ElementGradient>,
}

/// What the mini-batches of an update come to, before it is clipped.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanPhase {
    /// The loss of each of them, without the penalty.
    pub losses: Vec<f64>,
    /// The mean of these.
    pub of_data: f64,
    /// What is added for large weights; none where nothing is.
    pub penalty: Option<f64>,
    /// Both together.
    pub loss: f64,
    /// The norm of the mean of their gradients over all parameters, with the penalty.
    pub norm: f64,
    /// The norm of each parameter's, in the order in which they come: the last layer first.
    pub norms: Vec<(String, f64)>,
    /// The derivative by the element that is looked at, of each mini-batch that was walked through.
    pub of_each: Vec<f64>,
    /// The mean of all of them, and the penalty.
    pub element: ElementGradient,
}

/// The derivative by one element.
#[derive(Debug, Clone, PartialEq)]
pub struct ElementGradient {
    /// `dW1[3,5]`, `dx`.
    pub name: String,
    /// Of the data, or of the landscape itself.
    pub own: f64,
    /// What is added, if anything is: `the penalty` or `the noise`, and how much.
    pub added: Option<(&'static str, f64)>,
    /// Both together.
    pub value: f64,
}

/// What clipping does to a gradient.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipPhase {
    /// The longest that the gradient may be, or the largest that an element may be.
    pub limit: f64,
    /// It is each element that is held within the limit, and not the norm of all.
    pub each: bool,
    /// The norm before.
    pub before: f64,
    /// The norm afterwards.
    pub after: f64,
    /// How many elements are others than before, of so many.
    pub changed: (usize, usize),
    /// The elements that are looked at: `dW1[3,5]`, before and afterwards.
    pub elements: Vec<(String, f64, f64)>,
}

/// What the rule did to all weights.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdatePhase {
    /// The rule's name.
    pub rule: String,
    /// The element that is looked at: `W1[3,5]`.
    pub element: String,
    /// |`W_new` - W| over all parameters.
    pub norm: f64,
    /// The norm of the second gradient, of a rule that has one taken at another point.
    pub second: Option<f64>,
}
