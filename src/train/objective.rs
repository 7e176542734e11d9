//! What is made small: the loss of a network over samples, or the height of a landscape. Given weights, an objective
//! tells its value and its gradient there; it never changes a weight.

mod ahead;
mod broken;
mod comparing;
mod passes;
mod scripted;
mod second;

use std::sync::Arc;

use rand_distr::{Distribution, StandardNormal};

use super::diagnosis::Remedy;
use super::evaluate::{Evaluation, evaluate};
use super::experiment::Length;
use super::pool::TrainingPool;
use crate::data::{Batches, Dataset, Order, Rest, Target};
use crate::error::Result;
use crate::nn::{Loss, Network, Penalty};
use crate::program::{Aligned, Arena, Landscape, Layout, ParameterKind, Real};
use crate::random::{Purpose, stream};
pub(crate) use ahead::{BatchPass, NetworkPass, Pass};
pub(super) use broken::broken_scalar;
pub(super) use comparing::{Pair, angle};
pub(super) use scripted::{BrokenScript, BrokenSlope};

/// What an experiment makes small.
#[expect(clippy::large_enum_variant, reason = "there is one of them in a run")]
pub enum Objective<F: Real> {
    /// The loss of a network, mini-batch by mini-batch.
    Network(Box<Learning<F>>),
    /// The height of a landscape.
    Landscape(Descent),
}

/// A network with the samples that it learns.
pub struct Learning<F: Real> {
    /// The part that is trained on.
    pub train: Arc<Dataset<F>>,
    /// The part held out.
    pub validation: Option<Arc<Dataset<F>>>,
    /// The part held out for one evaluation at the end.
    pub test: Option<Arc<Dataset<F>>>,
    /// The layers, with room for a batch.
    pub network: Network<F>,
    /// The loss.
    pub loss: Loss<F>,
    /// Added to the loss.
    pub penalty: Penalty,
    /// Samples in a mini-batch.
    pub batch: usize,
    /// The order of the samples.
    pub order: Order,
    /// What happens to a last, smaller batch.
    pub rest: Rest,
    /// Mini-batches of an update, which is made by the mean of their gradients; at least 1.
    pub accumulate: usize,
}

/// A landscape with what blurs its gradient.
pub struct Descent {
    /// The height over two weights.
    pub landscape: Landscape,
    /// The deviation of the noise that is added to each of the two derivatives: what a mini-batch does.
    pub noise: f64,
}

impl Descent {
    /// The one parameter of a landscape: `xy`, of the shape `[2]`, whose elements are x and y.
    pub const PARAMETER: &'static str = "xy";

    /// Where the two weights lie.
    pub fn layout() -> Arc<Layout> {
        let mut layout = Layout::new();
        layout.add(Self::PARAMETER, &[2], ParameterKind::Point);
        Arc::new(layout)
    }

    /// The two weights at a point.
    pub fn at<F: Real>(start: [f64; 2]) -> Arena<F> {
        let mut params = Arena::zeros(&Self::layout());
        params.get_mut(0).copy_from_slice(&start.map(F::from_f64));
        params
    }
}

/// A point of a landscape: the height there and the slope without any noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// The first weight.
    pub x: f64,
    /// The second weight.
    pub y: f64,
    /// The height.
    pub height: f64,
    /// d height / dx.
    pub dx: f64,
    /// d height / dy.
    pub dy: f64,
}

/// An objective at work, with its scratch memory.
#[expect(clippy::large_enum_variant, reason = "there is one of them in a run")]
pub(super) enum Work<F: Real> {
    Network(Box<Learner<F>>),
    Landscape(LandscapeObjective),
}

impl<F: Real> Work<F> {
    pub fn new(objective: Objective<F>, length: Length, seed: u64, threads: usize) -> Result<Self> {
        Ok(match objective {
            Objective::Network(learning) => Self::Network(Box::new(Learner::new(*learning, seed, threads)?)),
            Objective::Landscape(descent) => {
                // There is nothing to pass over: the whole run is one epoch.
                let steps = if let Length::Steps(steps) = length { steps.max(1) } else { 1 };
                Self::Landscape(LandscapeObjective { descent, seed, steps })
            }
        })
    }

    /// The loss after so many updates and its gradient, which is not asked for where the loss is not finite.
    pub fn loss_and_gradient(&mut self, updates: u64, params: &Arena<F>, grads: &mut Arena<F>) -> f64 {
        match self {
            Self::Network(learner) => learner.loss_and_gradient(updates, params, grads),
            Self::Landscape(objective) => objective.loss_and_gradient(updates, params, grads),
        }
    }

    /// The part trained on, and the part held out if there is one. Whole, without what is random and without penalties.
    pub fn evaluate(&mut self, params: &Arena<F>, threads: usize) -> (Evaluation, Option<Evaluation>) {
        match self {
            Self::Network(learner) => {
                let of = |data: &Dataset<F>| learner.evaluate(params, data, threads);
                (of(&learner.parts.train), learner.parts.validation.as_deref().map(of))
            }
            Self::Landscape(objective) => (Evaluation { loss: objective.spot(params).height, accuracy: None }, None),
        }
    }

    /// The part held out for the end, evaluated as the others are; none if there is none.
    pub fn test(&self, params: &Arena<F>, threads: usize) -> Option<Evaluation> {
        let Self::Network(learner) = self else { return None };
        learner.parts.test.as_deref().map(|data| learner.evaluate(params, data, threads))
    }

    pub fn steps_per_epoch(&self) -> u64 {
        match self {
            Self::Network(learner) => learner.batches.updates_per_epoch() as u64,
            Self::Landscape(objective) => objective.steps,
        }
    }

    /// The loss has a penalty in it.
    pub fn has_penalty(&self) -> bool {
        matches!(self, Self::Network(learner) if !learner.parts.penalty.is_none())
    }

    /// What of the newest loss is the penalty.
    pub fn penalty(&self) -> f64 {
        match self {
            Self::Network(learner) => learner.penalty,
            Self::Landscape(_) => 0.0,
        }
    }

    /// Samples that so many updates see, each time anew; on a landscape one each.
    pub fn samples_after(&self, updates: u64) -> u64 {
        match self {
            Self::Network(learner) => learner.batches.samples_after(updates),
            Self::Landscape(_) => updates,
        }
    }

    /// The first layer whose output in the last forward pass, after so many updates, is not finite, with its name and the
    /// value: `layer 3 (relu)`. The pass is made once more, since in a step some outputs are overwritten.
    pub fn broken_layer(&self, updates: u64, params: &Arena<F>) -> Option<(usize, String, f64)> {
        let Self::Network(learner) = self else { return None };
        let (network, _) = learner.pass_again(updates, params);
        (0..network.shapes().len()).find_map(|at| {
            let value = network.output(at).iter().find(|value| !value.finite())?;
            Some((at, layer_name(&network, at), value.to_f64()))
        })
    }

    /// The layer that a parameter belongs to, as the lab lists it; nothing on a landscape.
    pub fn layer_of(&self, parameter: usize) -> String {
        let Self::Network(learner) = self else { return String::new() };
        let network = &learner.parts.network;
        // Layers take their parameters in order, so they are counted off by their sizes.
        let before: usize = network.layout().parameters()[..parameter].iter().map(|p| p.len).sum();
        let mut end = 0;
        let at = network.shapes().iter().position(|shape| {
            end += shape.parameters;
            before < end
        });
        at.map_or_else(String::new, |at| layer_name(network, at))
    }

    /// What may help when a run of this kind diverges, beside what the rule offers.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Network(learner) => {
                let largest = learner.parts.train.x().iter().fold(F::ZERO, |most, x| x.abs().larger(most));
                // Standardized features seldom leave -10..10, and smaller ones need no standardizing for their size.
                (largest.to_f64() > 10.0).then_some(Remedy::Standardize)
            }
            Self::Landscape(_) => Some(Remedy::StartNearer),
        }
    }

    /// The running statistics of a network.
    pub fn statistics(&self) -> Option<&Arena<F>> {
        match self {
            Self::Network(learner) => Some(learner.parts.network.statistics()),
            Self::Landscape(_) => None,
        }
    }

    /// The same, to put back what was copied.
    pub fn statistics_mut(&mut self) -> Option<&mut Arena<F>> {
        match self {
            Self::Network(learner) => Some(learner.parts.network.statistics_mut()),
            Self::Landscape(_) => None,
        }
    }

    /// Threads that share what is large in a step, if it is worth their while; a step outside of them does all alone.
    pub fn pool(&self) -> Option<&TrainingPool> {
        match self {
            Self::Network(learner) => learner.pool.as_ref(),
            Self::Landscape(_) => None,
        }
    }

    /// Learns the very samples of another, which must be equal to its own.
    pub fn share_samples_of(&mut self, other: &Self) {
        if let (Self::Network(learner), Self::Network(other)) = (self, other) {
            learner.parts.train = other.parts.train.clone();
            learner.parts.validation.clone_from(&other.parts.validation);
            learner.parts.test.clone_from(&other.parts.test);
        }
    }

    pub fn batch(&self) -> usize {
        match self {
            Self::Network(learner) => learner.batches.batch_size(),
            Self::Landscape(_) => 1,
        }
    }

    /// Mini-batches of an update.
    pub fn accumulate(&self) -> usize {
        match self {
            Self::Network(learner) => learner.parts.accumulate.max(1),
            Self::Landscape(_) => 1,
        }
    }

    /// Where the weights stand on a landscape.
    pub fn spot(&mut self, params: &Arena<F>) -> Option<Spot> {
        match self {
            Self::Network(_) => None,
            Self::Landscape(objective) => Some(objective.spot(params)),
        }
    }
}

/// `layer 3 (relu)`, counted as the lab lists them.
fn layer_name<F: Real>(network: &Network<F>, at: usize) -> String {
    format!("layer {} ({})", at + 1, network.shapes()[at].name)
}

/// A network and the mini-batch before it.
pub(super) struct Learner<F: Real> {
    parts: Learning<F>,
    batches: Batches,
    seed: u64,
    x: Vec<F>,
    labels: Vec<u32>,
    values: Vec<F>,
    d_output: Vec<F>,
    /// The sum of the gradients of an update's mini-batches; empty where there is one.
    sum: Aligned<F>,
    /// Mini-batches of the newest update whose losses were finite before one was not.
    passed: usize,
    /// What of the newest loss is the penalty.
    penalty: f64,
    /// Keeps the running statistics while a pass is made that must not move them.
    statistics: Vec<F>,
    /// Threads that share what is large.
    pool: Option<TrainingPool>,
}

impl<F: Real> Learner<F> {
    fn new(mut parts: Learning<F>, seed: u64, threads: usize) -> Result<Self> {
        let batches = Batches::new(parts.train.samples(), parts.batch, parts.order, parts.rest, seed)?;
        let batches = batches.accumulating(parts.accumulate);
        let (batch, outputs) = (batches.batch_size(), parts.network.output_width());
        let targets = match parts.train.target() {
            Target::Classes { .. } => (batch, 0),
            Target::Values(_) => (0, batch * outputs),
        };
        let pool = if threads > 1 && parts.network.share(threads) { Some(TrainingPool::new(threads)?) } else { None };
        Ok(Self {
            pool,
            x: vec![F::ZERO; batch * parts.train.features()],
            labels: vec![0; targets.0],
            values: vec![F::ZERO; targets.1],
            d_output: vec![F::ZERO; batch * outputs],
            sum: Aligned::zeros(if parts.accumulate > 1 { parts.network.layout().len() } else { 0 }),
            passed: 0,
            penalty: 0.0,
            statistics: parts.network.statistics().values().to_vec(),
            parts,
            batches,
            seed,
        })
    }

    /// The network with its samples.
    pub fn learning(&self) -> &Learning<F> {
        &self.parts
    }

    fn evaluate(&self, params: &Arena<F>, data: &Dataset<F>, threads: usize) -> Evaluation {
        evaluate(&self.parts.network, &self.parts.loss, params, data, threads)
    }
}

/// A point on its way over a landscape.
pub(super) struct LandscapeObjective {
    descent: Descent,
    seed: u64,
    steps: u64,
}

impl LandscapeObjective {
    /// What it walks on.
    pub fn landscape(&self) -> &Landscape {
        &self.descent.landscape
    }

    fn spot<F: Real>(&mut self, params: &Arena<F>) -> Spot {
        let [x, y] = [0, 1].map(|at| params.get(0)[at].to_f64());
        let [height, dx, dy] = self.descent.landscape.at(x, y);
        Spot { x, y, height, dx, dy }
    }

    /// The height, and the slope with its noise, whose draws are the step's own: so no step's noise depends on another's.
    fn loss_and_gradient<F: Real>(&mut self, updates: u64, params: &Arena<F>, grads: &mut Arena<F>) -> f64 {
        let spot = self.spot(params);
        let mut slope = [spot.dx, spot.dy];
        if self.descent.noise > 0.0 {
            let mut draws = stream(self.seed, Purpose::Noise, updates, 0);
            for part in &mut slope {
                let draw: f64 = StandardNormal.sample(&mut draws);
                *part += self.descent.noise * draw;
            }
        }
        grads.get_mut(0).copy_from_slice(&slope.map(F::from_f64));
        spot.height
    }
}
