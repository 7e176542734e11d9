//! Which script of a pass has left the finite numbers: an activation, a loss or a landscape, in its value or in its derivative.

use super::scripted::{BrokenScript, Scripted};
use super::{LandscapeObjective, Learner, Work};
use crate::nn::{Mode, Network};
use crate::optim::plain;
use crate::program::{Arena, Function, Landscape, NodeId, Real, Shape};

/// Where a landscape has nothing to show any more.
const FAR: f64 = 1e6;

impl<F: Real> Work<F> {
    /// What has broken the loss of the last pass, after so many updates, with these weights, if it is one by script and every
    /// output is finite, or a landscape by script.
    pub fn broken_loss(&self, updates: u64, params: &Arena<F>) -> Option<BrokenScript> {
        match self {
            Self::Network(learner) => learner.broken_loss(updates, params),
            Self::Landscape(objective) => objective.broken_height(params, |scripted, _| scripted.value()),
        }
    }

    /// What has broken the gradient of the last pass, whose loss is finite: a derivative of a loss, of an activation or of a
    /// landscape by script.
    pub fn broken_slope(&self, updates: u64, params: &Arena<F>) -> Option<BrokenScript> {
        match self {
            Self::Network(learner) => learner.broken_slope(updates, params),
            Self::Landscape(objective) => objective.broken_height(params, |scripted, input| scripted.slope(input)),
        }
    }

    /// What has made the output of this layer something that is not finite, of what came in and was, if the layer is an
    /// activation by script.
    pub fn broken_activation(&self, updates: u64, params: &Arena<F>, layer: usize) -> Option<BrokenScript> {
        let Self::Network(learner) = self else { return None };
        let (network, n) = learner.pass_again(updates, params);
        let broken = network.output(layer).iter().position(|value| !value.finite())?;
        learner.activation(&network, (layer, n), broken, |scripted| scripted.value())
    }
}

impl<F: Real> Learner<F> {
    /// The last forward pass, after so many updates, made once more so that all layers' outputs are kept: the samples are those
    /// that were gathered last, of which there are so many.
    pub(super) fn pass_again(&self, updates: u64, params: &Arena<F>) -> (Network<F>, usize) {
        let turn = self.batches.turn(updates);
        let (k, number) = (turn.batches.start + self.passed, turn.before + self.passed as u64);
        let n = self.batches.batch(k).len();
        let mut network = self.parts.network.watched_for(n);
        let mode = Mode::Train { seed: self.seed, step: number + 1 };
        network.forward(params, &self.x[..n * network.inputs()], n, mode);
        (network, n)
    }

    /// What came into a layer in that pass.
    fn input<'a>(&'a self, network: &'a Network<F>, (layer, n): (usize, usize)) -> &'a [F] {
        match layer.checked_sub(1) {
            Some(before) => network.output(before),
            None => &self.x[..n * network.inputs()],
        }
    }

    /// Looks at one element of what an activation by script was given.
    fn activation(
        &self,
        network: &Network<F>,
        (layer, n): (usize, usize),
        element: usize,
        look: impl Fn(Scripted<'_, F>) -> Option<BrokenScript>,
    ) -> Option<BrokenScript> {
        let function = network.function(layer)?;
        let x = self.input(network, (layer, n)).get(element..=element)?;
        let width = network.shapes()[layer].outputs.max(1);
        let words = |_| format!("sample {}, output {} of the mini-batch", element / width, element % width);
        look(Scripted { function, shape: Shape::new(1, 1), uniforms: &[], reads: &[x], words: &words })
    }

    fn broken_loss(&self, updates: u64, params: &Arena<F>) -> Option<BrokenScript> {
        let (network, n) = self.pass_again(updates, params);
        self.loss(&network, n, |scripted| scripted.value())
    }

    /// That of the loss comes first, and then those of the layers from the last one on: what comes later backward is made of it.
    fn broken_slope(&self, updates: u64, params: &Arena<F>) -> Option<BrokenScript> {
        let (mut network, n) = self.pass_again(updates, params);
        // The first of its inputs is what it is differentiated by.
        let slope = |scripted: Scripted<'_, F>| {
            let (input, _) = scripted.function.inputs.first()?;
            scripted.slope(&[*input])
        };
        self.loss(&network, n, slope).or_else(|| {
            (0..network.shapes().len()).rev().find_map(|layer| {
                network.function(layer)?;
                let x = self.input(&network, (layer, n)).to_vec();
                let [_, slopes] = network.activation_at(layer, &x)?;
                let broken = slopes.iter().position(|slope| !slope.finite())?;
                self.activation(&network, (layer, n), broken, slope)
            })
        })
    }

    /// Looks at what a loss by script was given, some samples at a time.
    fn loss(
        &self,
        network: &Network<F>,
        n: usize,
        look: impl Fn(Scripted<'_, F>) -> Option<BrokenScript>,
    ) -> Option<BrokenScript> {
        let function = self.parts.loss.function()?;
        let (outputs, z) = (network.output_width(), network.output(network.shapes().len().checked_sub(1)?));
        let y = if self.values.is_empty() {
            let mut one_hot = vec![F::ZERO; n * outputs];
            let rows = one_hot.chunks_exact_mut(outputs).zip(&self.labels);
            rows.for_each(|(row, class)| row[*class as usize] = F::ONE);
            one_hot
        } else {
            self.values[..n * outputs].to_vec()
        };
        let own = function.graph.own()?;
        let most = own.len();
        z.chunks(most).zip(y.chunks(most)).enumerate().find_map(|(at, (z, y))| {
            // The graph is of so many rows: the last one stands in for those that are missing.
            let filled = |values: &[F]| {
                let (rows, last) = (values.len() / outputs, &values[values.len() - outputs..]);
                let missing = std::iter::repeat_n(last, own.rows as usize - rows).flatten();
                values.iter().chain(missing).copied().collect::<Vec<F>>()
            };
            let words = |(element, columns): (usize, usize)| {
                let (sample, output) = (at * own.rows as usize + element / columns, element % columns);
                let of = if columns > 1 { format!(", output {output}") } else { String::new() };
                format!("sample {sample}{of} of the mini-batch")
            };
            let reads = [&filled(z)[..], &filled(y)];
            look(Scripted { function, shape: own, uniforms: &[], reads: &reads, words: &words })
        })
    }
}

/// What has broken the value of a schedule by script after so many updates.
pub fn broken_scalar(function: &Function, t: u64) -> Option<BrokenScript> {
    let words = |_| format!("the rate at `t` = {t}");
    let uniforms = &[t as f64];
    Scripted::<f64> { function, shape: Shape::new(1, 1), uniforms, reads: &[], words: &words }.value()
}

impl LandscapeObjective {
    /// Looks at where the weights stand.
    fn broken_height<F: Real>(
        &self,
        params: &Arena<F>,
        look: impl Fn(Scripted<'_, f64>, &[NodeId]) -> Option<BrokenScript>,
    ) -> Option<BrokenScript> {
        let function = self.descent.landscape.function()?;
        let [x, y] = [0, 1].map(|at| params.get(0)[at].to_f64());
        let mut place = [0.0; 2];
        (place[usize::from(Landscape::X)], place[usize::from(Landscape::Y)]) = (x, y);
        let words = |_| format!("the height at ({}, {})", plain(x), plain(y));
        let inputs: Vec<_> = function.inputs.iter().map(|(id, _)| *id).collect();
        let shape = Shape::new(1, 1);
        let found = look(Scripted { function, shape, uniforms: &place, reads: &[], words: &words }, &inputs)?;
        // Of what is too large far away the steps are to blame that went there.
        let far = x.abs().max(y.abs()) > FAR;
        (!far || found.operation.value.is_some_and(f64::is_nan)).then_some(found)
    }
}
