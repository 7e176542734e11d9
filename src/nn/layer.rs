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
use crate::program::{Arena, Layout, Pointwise, Real};

/// A kind of layer with its settings: as a lab plans it, where `A` says what an activation is made of, and as a network
/// is asked for, see [`LayerSpec`].
#[derive(Debug, Clone)]
pub enum LayerKind<A> {
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
        /// The function, or what it is made of.
        function: A,
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

/// A layer as a network is asked for: an activation is its function.
pub type LayerSpec<F> = LayerKind<Box<dyn Pointwise<F>>>;

/// The value of one setting of a layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Setting {
    /// A whole number, as that of units.
    Whole(usize),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// How weights start.
    Init(Init),
}

impl<A> LayerKind<A> {
    /// The layer of a name with its settings, in the order of [`LayerKind::settings`]. None for other settings, for an
    /// activation and for a name that is no layer's.
    pub fn of(name: &str, settings: &[Setting]) -> Option<Self> {
        Some(match (name, settings) {
            ("dense", &[Setting::Whole(units), Setting::Init(init), Setting::Flag(bias)]) => {
                Self::Dense { units, init, bias }
            }
            ("dropout", &[Setting::Number(rate)]) => Self::Dropout { rate },
            ("layer_norm", &[Setting::Number(eps)]) => Self::LayerNorm { eps },
            ("batch_norm", &[Setting::Number(momentum), Setting::Number(eps)]) => Self::BatchNorm { momentum, eps },
            _ => return None,
        })
    }

    /// Its settings in the order in which they are explained; none of an activation, whose function has them.
    pub fn settings(&self) -> Vec<Setting> {
        match *self {
            Self::Dense { units, init, bias } => {
                vec![Setting::Whole(units), Setting::Init(init), Setting::Flag(bias)]
            }
            Self::Activation { .. } => Vec::new(),
            Self::Dropout { rate } => vec![Setting::Number(rate)],
            Self::LayerNorm { eps } => vec![Setting::Number(eps)],
            Self::BatchNorm { momentum, eps } => vec![Setting::Number(momentum), Setting::Number(eps)],
        }
    }

    /// `dense`, `dropout`, `layer_norm`, `batch_norm`, or the activation's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Dense { .. } => "dense",
            Self::Activation { name, .. } => name,
            Self::Dropout { .. } => "dropout",
            Self::LayerNorm { .. } => "layer_norm",
            Self::BatchNorm { .. } => "batch_norm",
        }
    }

    /// The number of its outputs, if it is not that of its inputs.
    pub fn units(&self) -> Option<usize> {
        if let Self::Dense { units, .. } = self { Some(*units) } else { None }
    }

    /// Numbers that go out for a sample of so many that come in.
    pub fn outputs(&self, inputs: usize) -> usize {
        self.units().unwrap_or(inputs)
    }

    /// The number of weights, biases, scales and shifts for so many inputs; in `f64`, since it may be absurd.
    pub fn parameters(&self, inputs: f64) -> f64 {
        match self {
            Self::Dense { units, bias, .. } => (inputs + f64::from(u8::from(*bias))) * *units as f64,
            Self::Activation { .. } | Self::Dropout { .. } => 0.0,
            Self::LayerNorm { .. } | Self::BatchNorm { .. } => 2.0 * inputs,
        }
    }

    /// The numbers that a network keeps for a pass of so many samples with so many inputs: the layer's outputs, and what
    /// else it remembers.
    pub fn kept(&self, inputs: f64, samples: f64) -> f64 {
        match self {
            Self::Dense { units, .. } => samples * *units as f64,
            Self::Activation { .. } => samples * inputs,
            // Its mask.
            Self::Dropout { .. } => 2.0 * samples * inputs,
            // A mean and a deviation of each sample, and sums in numbers of twice the size.
            Self::LayerNorm { .. } => samples * (inputs + 2.0) + 4.0 * inputs,
            // The running statistics, too.
            Self::BatchNorm { .. } => samples * inputs + 8.0 * inputs,
        }
    }

    /// What is wrong with its settings, if anything is.
    fn check(&self) -> Result<()> {
        match self {
            Self::Dense { units: 0, .. } => Err(Error::user("a dense layer needs at least one unit")),
            Self::Dropout { rate } if !(0.0..1.0).contains(rate) => {
                Err(Error::user(format!("dropout's share must lie in [0, 1), and {rate} does not")))
            }
            Self::LayerNorm { eps } | Self::BatchNorm { eps, .. } if !(*eps > 0.0 && eps.is_finite()) => {
                Err(Error::user(format!("the eps of a normalisation must be positive, and {eps} is not")))
            }
            Self::BatchNorm { momentum, .. } if !(*momentum > 0.0 && *momentum <= 1.0) => {
                Err(Error::user(format!("batch_norm's momentum must lie in (0, 1], and {momentum} does not")))
            }
            _ => Ok(()),
        }
    }
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
pub fn shapes<A>(inputs: usize, kinds: &[LayerKind<A>]) -> Result<Vec<LayerShape>> {
    if inputs == 0 {
        return Err(Error::user("the network has no inputs"));
    }
    if kinds.is_empty() {
        return Err(Error::user("the network has no layers").help("add one, as in `- dense: 10`"));
    }
    let mut width = inputs;
    let mut shapes = Vec::with_capacity(kinds.len());
    for kind in kinds {
        kind.check()?;
        let outputs = kind.outputs(width);
        // A product too large for memory is also one too large to count, and is refused by its size.
        let parameters = kind.parameters(width as f64) as usize;
        shapes.push(LayerShape { name: kind.name().to_owned(), inputs: width, outputs, parameters });
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

/// What layers are laid out in, one after another.
#[derive(Default)]
pub(super) struct Layouts {
    /// Of weights, biases, scales and shifts.
    pub params: Layout,
    /// Of running statistics.
    pub statistics: Layout,
    /// How each parameter starts; looked at for weight matrices only.
    pub inits: Vec<Init>,
    /// Layers so far, those with weights among them, and normalisations.
    layers: usize,
    dense: usize,
    norms: usize,
}

impl<F: Real> Layer<F> {
    /// A layer with memory for so many samples, laid out behind those before it. Dense layers are numbered from 1, and
    /// normalisations by themselves.
    ///
    /// # Errors
    /// Those of `function`, which makes the function of an activation.
    pub fn new<A>(
        kind: LayerKind<A>,
        shape: &LayerShape,
        samples: usize,
        layouts: &mut Layouts,
        function: &impl Fn(A) -> Result<Box<dyn Pointwise<F>>>,
    ) -> Result<Self> {
        let index = layouts.layers;
        layouts.layers += 1;
        Ok(match kind {
            LayerKind::Dense { units, init, bias } => {
                layouts.dense += 1;
                let dense = Dense::new(&mut layouts.params, layouts.dense, shape.inputs, units, bias);
                layouts.inits.resize(layouts.params.parameters().len(), init);
                Self::Dense(dense)
            }
            LayerKind::LayerNorm { eps } => {
                layouts.norms += 1;
                Self::LayerNorm(LayerNorm::new(&mut layouts.params, layouts.norms, shape.inputs, eps, samples))
            }
            LayerKind::BatchNorm { momentum, eps } => {
                layouts.norms += 1;
                let (layout, statistics) = (&mut layouts.params, &mut layouts.statistics);
                Self::BatchNorm(BatchNorm::new(layout, statistics, layouts.norms, shape.inputs, [momentum, eps]))
            }
            LayerKind::Activation { function: made_of, .. } => Self::Activation(Activation(function(made_of)?)),
            LayerKind::Dropout { rate } => Self::Dropout(Dropout::new(index, rate, samples * shape.outputs)),
        })
    }

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
