//! The pass that the next step will make, made on copies first so that all of it can be looked at: the samples of each
//! mini-batch, what each layer gives out, each sample's own loss, and the gradient with and without the penalty. Nothing of
//! the training moves.

use super::{LandscapeObjective, Learner, Spot, Work};
use crate::data::{Order, Target, Turn, gather, gather_labels};
use crate::nn::{Loss, Mode, Network, Targets};
use crate::program::{Aligned, Arena, Real, exact_norm};

/// So many mini-batches of an update are kept one by one at most, and ...
const KEPT: usize = 64;
/// ... so many elements of their gradients; but always one mini-batch.
const ELEMENTS: usize = 1 << 24;

/// The pass of a step, up to its gradient.
pub(crate) enum Pass<F: Real> {
    /// Of a network.
    Network(Box<NetworkPass<F>>),
    /// Of a landscape: where the weights stand.
    Landscape(Spot),
}

/// What the mini-batches of an update come to.
pub(crate) struct NetworkPass<F: Real> {
    /// The mini-batches, the first ones of them where there are very many; none behind one whose loss is not finite.
    pub batches: Vec<BatchPass<F>>,
    /// The loss of each mini-batch of the update; none behind one that is not finite.
    pub losses: Vec<f64>,
    /// Mini-batches of the update.
    pub count: usize,
    /// The epoch, from 1, and its mini-batches.
    pub epoch: u64,
    pub per_epoch: u64,
    pub shuffled: bool,
    /// The mean of the losses, without the penalty, and the penalty.
    pub of_data: f64,
    pub penalty: f64,
    /// The mean of the gradients without the penalty; none where there is no penalty.
    pub grads_of_data: Option<Arena<F>>,
}

/// The pass of a mini-batch.
pub(crate) struct BatchPass<F: Real> {
    /// The samples, by their rows in the training part.
    pub rows: Vec<u32>,
    /// Its place in the epoch, from 1.
    pub place: u64,
    /// The features of the first sample.
    pub x: Vec<F>,
    pub layers: Vec<LayerPass<F>>,
    /// The loss of each sample alone.
    pub each: Vec<f64>,
    /// The gradient of its own loss. None where it is the update's only one, and where its loss is not finite.
    pub grads: Option<Arena<F>>,
}

/// What a layer gives out for a mini-batch.
pub(crate) struct LayerPass<F> {
    /// The square root of the mean square.
    pub rms: f64,
    /// For the first sample.
    pub first: Vec<F>,
}

impl<F: Real> Work<F> {
    /// The pass of the step that follows so many updates. Its gradient is written into `grads`, unless the loss is not finite.
    pub fn pass_ahead(&mut self, updates: u64, params: &Arena<F>, grads: &mut Arena<F>) -> Pass<F> {
        match self {
            Self::Network(learner) => Pass::Network(Box::new(learner.pass_ahead(updates, params, grads))),
            Self::Landscape(objective) => Pass::Landscape(objective.pass_ahead(updates, params, grads)),
        }
    }
}

impl LandscapeObjective {
    fn pass_ahead<F: Real>(&mut self, updates: u64, params: &Arena<F>, grads: &mut Arena<F>) -> Spot {
        self.loss_and_gradient(updates, params, grads);
        self.spot(params)
    }
}

/// What goes back as a step does, without being that of the training.
struct Copies<F: Real> {
    network: Network<F>,
    loss: Loss<F>,
}

impl<F: Real> Learner<F> {
    /// The same operations in the same order as a step's, see `passes`.
    fn pass_ahead(&mut self, updates: u64, params: &Arena<F>, grads: &mut Arena<F>) -> NetworkPass<F> {
        let Turn { epoch, batches, before } = self.batches.turn(updates);
        // A step enters its own epoch again if this is another one.
        if self.batches.epoch() != epoch {
            self.batches.start_epoch(epoch);
        }
        let (first, count) = (batches.start, batches.len());
        let kept = (ELEMENTS / params.values().len().max(1)).clamp(1, KEPT);
        let mut copies = Copies { network: self.parts.network.duplicate(), loss: self.parts.loss.duplicate() };
        let mut sum = Aligned::zeros(if count > 1 { params.values().len() } else { 0 });
        let mut pass = NetworkPass {
            batches: Vec::new(),
            losses: Vec::new(),
            count,
            epoch: epoch + 1,
            per_epoch: self.batches.per_epoch() as u64,
            shuffled: self.batches.order() == Order::Shuffled,
            of_data: 0.0,
            penalty: self.parts.penalty.value(params),
            grads_of_data: None,
        };
        for k in batches {
            let at = k - first;
            let (mut batch, loss) = self.batch_ahead(k, before + at as u64, params, (&mut copies, &mut *grads));
            pass.of_data += loss;
            pass.losses.push(loss);
            let is_finite = pass.of_data.is_finite();
            if is_finite && count > 1 {
                if at == 0 {
                    sum.copy_from_slice(grads.values());
                } else {
                    sum.iter_mut().zip(grads.values()).for_each(|(sum, g)| *sum += *g);
                }
                batch.grads = (at < kept).then(|| copy_of(grads));
            }
            // The one that breaks is told, wherever it comes.
            if at < kept || !is_finite {
                pass.batches.push(batch);
            }
            if !is_finite {
                return pass;
            }
        }
        if count > 1 {
            let share = F::from_f64(1.0 / count as f64);
            grads.values_mut().iter_mut().zip(&*sum).for_each(|(g, sum)| *g = *sum * share);
            pass.of_data /= count as f64;
        }
        if !self.parts.penalty.is_none() {
            pass.grads_of_data = Some(copy_of(grads));
            self.parts.penalty.add_gradient(params, grads);
        }
        pass
    }

    /// The pass of mini-batch `k` of the epoch, before which `number` were dealt, and its loss.
    fn batch_ahead(
        &self,
        k: usize,
        number: u64,
        params: &Arena<F>,
        (copies, grads): (&mut Copies<F>, &mut Arena<F>),
    ) -> (BatchPass<F>, f64) {
        let rows = self.batches.batch(k).to_vec();
        let (n, outputs) = (rows.len(), self.parts.network.output_width());
        let train = &self.parts.train;
        let mut x = vec![F::ZERO; n * train.features()];
        gather(train.x(), &rows, &mut x);
        let (mut labels, mut values) = (Vec::new(), Vec::new());
        let targets = match train.target() {
            Target::Classes { labels: all, .. } => {
                labels.resize(n, 0);
                gather_labels(all, &rows, &mut labels);
                Targets::Classes(&labels)
            }
            Target::Values(all) => {
                values.resize(n * outputs, F::ZERO);
                gather(all, &rows, &mut values);
                Targets::Values(&values)
            }
        };
        let mode = Mode::Train { seed: self.seed, step: number + 1 };
        // One copy keeps what every layer gives out, and the other goes back as a step does.
        let mut watched = self.parts.network.watched_for(n);
        watched.forward(params, &x, n, mode);
        let layers = watched.shapes().iter().enumerate().map(|(layer, shape)| {
            let output = watched.output(layer);
            let rms = exact_norm(output) / (output.len().max(1) as f64).sqrt();
            LayerPass { rms, first: output[..shape.outputs.min(output.len())].to_vec() }
        });
        let layers = layers.collect();
        let Copies { network, loss } = copies;
        let mut d_output = vec![F::ZERO; n * outputs];
        let z = network.forward(params, &x, n, mode).to_vec();
        let of_data = loss.value_and_gradient(&z, targets, outputs, &mut d_output);
        let of_one = |(at, z): (usize, &[F])| {
            let own = match targets {
                Targets::Classes(labels) => Targets::Classes(&labels[at..=at]),
                Targets::Values(values) => Targets::Values(&values[at * outputs..(at + 1) * outputs]),
            };
            loss.value(z, own, outputs)
        };
        let each = z.chunks_exact(outputs.max(1)).enumerate().map(of_one).collect();
        if of_data.is_finite() {
            network.backward(params, &x, &d_output, grads);
        }
        x.truncate(train.features());
        (BatchPass { rows, place: k as u64 + 1, x, layers, each, grads: None }, of_data)
    }
}

fn copy_of<F: Real>(arena: &Arena<F>) -> Arena<F> {
    let mut kept = Arena::zeros(arena.layout());
    kept.values_mut().copy_from_slice(arena.values());
    kept
}
