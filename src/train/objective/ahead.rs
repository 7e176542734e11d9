//! The pass that the next step will make, made on copies first so that all of it can be looked at: the samples, what each
//! layer gives out, each sample's own loss, and the gradient with and without the penalty. Nothing of the training moves.

use super::{LandscapeObjective, Learner, Spot, Work};
use crate::data::{Order, Target, gather, gather_labels};
use crate::nn::{Mode, Targets};
use crate::program::{Arena, Real};

/// The pass of a step, up to its gradient.
pub(crate) enum Pass<F: Real> {
    /// Of a network, over a mini-batch.
    Network(Box<NetworkPass<F>>),
    /// Of a landscape: where the weights stand.
    Landscape(Spot),
}

/// The pass of a mini-batch.
pub(crate) struct NetworkPass<F: Real> {
    /// The samples, by their rows in the training part.
    pub rows: Vec<u32>,
    /// The place of the mini-batch in its epoch and how many there are, and the epoch; all from 1.
    pub place: (u64, u64),
    pub epoch: u64,
    pub shuffled: bool,
    pub x: Vec<F>,
    /// What each layer gives out, `[samples, units]`.
    pub outputs: Vec<Vec<F>>,
    /// The loss without the penalty, and the penalty.
    pub of_data: f64,
    pub penalty: f64,
    /// The loss of each sample alone.
    pub each: Vec<f64>,
    /// The gradient of the loss without the penalty; none where there is no penalty.
    pub grads_of_data: Option<Arena<F>>,
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

impl<F: Real> Learner<F> {
    fn pass_ahead(&mut self, updates: u64, params: &Arena<F>, grads: &mut Arena<F>) -> NetworkPass<F> {
        let per_epoch = self.batches.per_epoch() as u64;
        let (epoch, k) = (updates / per_epoch, (updates % per_epoch) as usize);
        // A step enters its own epoch again if this is another one.
        if self.batches.epoch() != epoch {
            self.batches.start_epoch(epoch);
        }
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
        let mode = Mode::Train { seed: self.seed, step: updates + 1 };
        // One copy keeps what every layer gives out, and the other goes back as a step does.
        let mut watched = self.parts.network.watched_for(n);
        watched.forward(params, &x, n, mode);
        let given_out = (0..watched.shapes().len()).map(|layer| watched.output(layer).to_vec()).collect();
        let (mut network, mut loss) = (self.parts.network.duplicate(), self.parts.loss.duplicate());
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
        let penalty = self.parts.penalty.value(params);
        let mut grads_of_data = None;
        if (of_data + penalty).is_finite() {
            network.backward(params, &x, &d_output, grads);
            if !self.parts.penalty.is_none() {
                let mut kept = Arena::zeros(params.layout());
                kept.values_mut().copy_from_slice(grads.values());
                grads_of_data = Some(kept);
                self.parts.penalty.add_gradient(params, grads);
            }
        }
        NetworkPass {
            place: (k as u64 + 1, per_epoch),
            epoch: epoch + 1,
            shuffled: self.batches.order() == Order::Shuffled,
            rows,
            x,
            outputs: given_out,
            of_data,
            penalty,
            each,
            grads_of_data,
        }
    }
}
