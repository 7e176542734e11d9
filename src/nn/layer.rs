//! What the layers of a network are, and the one place that tells them apart. Each kind is a file of its own, with its
//! forward and backward pass side by side; none of them allocates in either.

use super::activation::Activation;
use super::batch_norm::BatchNorm;
use super::dense::Dense;
use super::dropout::Dropout;
use super::init::Init;
use super::layer_norm::LayerNorm;
use crate::error::{Error, Result};
use crate::matmul::Multiplier;
use crate::program::{Arena, Pointwise, Real};

/// A layer as it is asked for.
pub enum LayerSpec<F> {
    /// `y = x W + b`.
    Dense {
        /// The number of outputs; at least 1.
        units: usize,
        /// How `W` starts.
        init: Init,
        /// Whether there is a `b`.
        bias: bool,
    },
    /// `y = f(x)` on every element.
    Activation {
        /// What to call it.
        name: String,
        /// The function.
        function: Box<dyn Pointwise<F>>,
    },
    /// Switches a share of the units off while training.
    Dropout {
        /// The share, in [0, 1).
        rate: f64,
    },
    /// Normalises each sample over its features, then scales by `gamma` and shifts by `beta`.
    LayerNorm {
        /// Added to the variance; positive.
        eps: f64,
    },
    /// Normalises each feature over the batch, and for an evaluation by running statistics; then `gamma` and `beta`.
    BatchNorm {
        /// The weight of the newest batch in the running statistics, in (0, 1].
        momentum: f64,
        /// Added to the variance; positive.
        eps: f64,
    },
}

/// What the pass is for. It changes what dropout and batch normalisation do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A step of training. The same seed and step switch the same units off, so that any step can be replayed.
    Train {
        /// The lab's seed.
        seed: u64,
        /// The number of the step.
        step: u64,
    },
    /// Nothing is switched off, and batch normalisation takes its running statistics.
    Evaluate,
}

/// The size of a layer, for those who draw a network or count its memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerShape {
    /// `dense`, `dropout`, `layer_norm`, `batch_norm`, or the activation's name.
    pub name: String,
    /// Numbers that come in for a sample.
    pub inputs: usize,
    /// Numbers that go out for a sample.
    pub outputs: usize,
    /// The number of weights, biases, scales and shifts.
    pub parameters: usize,
}

/// The shapes of the layers of a network with this many inputs, before anything is allocated.
///
/// # Errors
/// No layer, no inputs, a layer without units, a share to switch off that is not in [0, 1), or a normalisation whose
/// `eps` is not positive or whose momentum is not in (0, 1].
pub fn shapes<F>(inputs: usize, specs: &[LayerSpec<F>]) -> Result<Vec<LayerShape>> {
    if inputs == 0 {
        return Err(Error::user("the network has no inputs"));
    }
    if specs.is_empty() {
        return Err(Error::user("the network has no layers").help("add one, as in `- dense: 10`"));
    }
    let mut width = inputs;
    let mut shapes = Vec::with_capacity(specs.len());
    for spec in specs {
        let (name, outputs, parameters) = match spec {
            LayerSpec::Dense { units: 0, .. } => {
                return Err(Error::user("a dense layer needs at least one unit"));
            }
            LayerSpec::Dense { units, bias, .. } => {
                // A product too large for memory is also one too large to count, and is refused by its size.
                ("dense", *units, width.saturating_add(usize::from(*bias)).saturating_mul(*units))
            }
            LayerSpec::Activation { name, .. } => (name.as_str(), width, 0),
            LayerSpec::Dropout { rate } if !(0.0..1.0).contains(rate) => {
                return Err(Error::user(format!("dropout's share must lie in [0, 1), and {rate} does not")));
            }
            LayerSpec::Dropout { .. } => ("dropout", width, 0),
            LayerSpec::LayerNorm { eps } | LayerSpec::BatchNorm { eps, .. } if !(*eps > 0.0 && eps.is_finite()) => {
                return Err(Error::user(format!("the eps of a normalisation must be positive, and {eps} is not")));
            }
            LayerSpec::BatchNorm { momentum, .. } if !(*momentum > 0.0 && *momentum <= 1.0) => {
                let what = format!("batch_norm's momentum must lie in (0, 1], and {momentum} does not");
                return Err(Error::user(what));
            }
            LayerSpec::LayerNorm { .. } => ("layer_norm", width, width.saturating_mul(2)),
            LayerSpec::BatchNorm { .. } => ("batch_norm", width, width.saturating_mul(2)),
        };
        shapes.push(LayerShape { name: name.to_owned(), inputs: width, outputs, parameters });
        width = outputs;
    }
    Ok(shapes)
}

/// A layer with its memory.
pub(super) enum Layer<F: Real> {
    Dense(Dense),
    Activation(Activation<F>),
    Dropout(Dropout<F>),
    LayerNorm(LayerNorm<F>),
    BatchNorm(BatchNorm<F>),
}

/// What a backward pass has at hand: `x` and `y` of the forward pass, and the loss's derivative by `y`.
pub(super) struct Backward<'a, F> {
    /// `[n, inputs]`.
    pub x: &'a [F],
    /// `[n, outputs]`.
    pub y: &'a [F],
    /// `[n, outputs]`.
    pub dy: &'a [F],
    /// `[n, inputs]`, overwritten; `None` where nothing before this layer is trained.
    pub dx: Option<&'a mut [F]>,
}

impl<F: Real> Layer<F> {
    /// Writes `y`, `[n, outputs]`, from `x`, `[n, inputs]`. Training moves the running statistics.
    pub fn forward(
        &mut self,
        params: &Arena<F>,
        statistics: &mut Arena<F>,
        x: &[F],
        y: &mut [F],
        mode: Mode,
        multiplier: &mut Multiplier<F>,
    ) {
        match self {
            Self::Dense(dense) => dense.forward(params, x, y, multiplier),
            Self::Activation(activation) => activation.forward(x, y),
            Self::Dropout(dropout) => dropout.forward(x, y, mode),
            Self::LayerNorm(norm) => norm.forward(params, x, y),
            Self::BatchNorm(norm) => norm.forward(params, statistics, x, y, mode),
        }
    }

    /// Writes the gradients of the layer's parameters to `grads`, and `dx` if it is wanted.
    pub fn backward(
        &mut self,
        params: &Arena<F>,
        grads: &mut Arena<F>,
        pass: Backward<F>,
        multiplier: &mut Multiplier<F>,
    ) {
        match self {
            Self::Dense(dense) => dense.backward(params, grads, pass, multiplier),
            Self::Activation(activation) => {
                if let Some(dx) = pass.dx {
                    dx.copy_from_slice(pass.dy);
                    activation.backward(pass.x, pass.y, dx);
                }
            }
            Self::Dropout(dropout) => dropout.backward(pass),
            Self::LayerNorm(norm) => norm.backward(params, grads, pass),
            Self::BatchNorm(norm) => norm.backward(params, grads, pass),
        }
    }

    /// A copy with memory of its own.
    pub fn duplicate(&self) -> Self {
        match self {
            Self::Dense(dense) => Self::Dense(*dense),
            Self::Activation(activation) => Self::Activation(activation.duplicate()),
            Self::Dropout(dropout) => Self::Dropout(dropout.clone()),
            Self::LayerNorm(norm) => Self::LayerNorm(norm.clone()),
            Self::BatchNorm(norm) => Self::BatchNorm(norm.clone()),
        }
    }
}
