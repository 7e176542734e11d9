//! The network: its layers in order, and the memory that a pass needs, allocated once for the largest batch.
//!
//! Parameters and gradients are not kept here but handed in, so that whoever trains owns them. Running statistics are
//! kept here, since a pass moves them; they go with every copy and can be read and replaced. A pass allocates nothing.

use std::sync::Arc;

use super::init::{self, Init};
use super::layer::{Backward, Layer, LayerKind, LayerShape, LayerSpec, Layouts, Mode, shapes};
use crate::error::Result;
use crate::matmul::Multiplier;
use crate::program::{Aligned, Arena, Function, Layout, Pointwise, Real};

/// Layers with their memory.
pub struct Network<F: Real> {
    layers: Vec<Layer<F>>,
    shapes: Vec<LayerShape>,
    layout: Arc<Layout>,
    /// How each parameter of the layout starts; looked at for weight matrices only.
    inits: Vec<Init>,
    /// Running means and variances, which training passes move.
    statistics: Arena<F>,
    capacity: usize,
    /// The samples of the last forward pass.
    samples: usize,
    /// Activations that turn what comes in into what goes out where it lies.
    in_place: Vec<bool>,
    /// What each layer gave out in the last forward pass, `[samples, outputs]`: the backward pass needs all of it. Empty
    /// before an activation in place.
    outputs: Vec<Aligned<F>>,
    /// The loss's derivatives by what goes into a layer and what comes out of it, in turn.
    deltas: [Aligned<F>; 2],
    /// The first layer with parameters: the backward pass ends there. The number of layers if there is none.
    first_trained: usize,
    multiplier: Multiplier<F>,
}

impl<F: Real> Network<F> {
    /// Allocates a network for batches of up to `capacity` samples. Dense layers are numbered from 1, and their
    /// parameters are `W1, b1, W2, b2, ...`. Normalisations are counted by themselves, and theirs are `gamma1, beta1, ...`.
    ///
    /// # Errors
    /// Those of [`shapes`].
    pub fn new(inputs: usize, specs: Vec<LayerSpec<F>>, capacity: usize) -> Result<Self> {
        Self::of_kinds(inputs, specs, capacity, Ok)
    }

    /// Allocates a network as [`Network::new`] does, of layers whose activations are still to be made: `function` makes
    /// the function of each.
    ///
    /// # Errors
    /// Those of [`shapes`], and of the making of a function.
    pub fn of_kinds<A>(
        inputs: usize,
        kinds: Vec<LayerKind<A>>,
        capacity: usize,
        function: impl Fn(A) -> Result<Box<dyn Pointwise<F>>>,
    ) -> Result<Self> {
        let shapes = shapes(inputs, &kinds)?;
        let mut layouts = Layouts::default();
        let mut layers = Vec::with_capacity(kinds.len());
        for (kind, shape) in kinds.into_iter().zip(&shapes) {
            layers.push(Layer::new(kind, shape, capacity, &mut layouts, &function)?);
        }
        let Layouts { params: layout, statistics, mut inits, .. } = layouts;
        // Those of a normalisation at the end; an initialiser is looked at for weight matrices only.
        inits.resize(layout.parameters().len(), Init::Zeros);
        let mut statistics = Arena::zeros(&Arc::new(statistics));
        init::reset_statistics(&mut statistics);
        let first_trained = shapes.iter().position(|shape| shape.parameters > 0).unwrap_or(shapes.len());
        // The first delta to be written is the one by the input of the last layer.
        let widest = shapes.iter().skip(first_trained + 1).map(|shape| shape.inputs).max().unwrap_or(0);
        let in_place = in_place(&layers);
        Ok(Self {
            outputs: outputs(&shapes, &in_place, capacity),
            in_place,
            deltas: [Aligned::zeros(capacity * widest), Aligned::zeros(capacity * widest)],
            layers,
            shapes,
            layout: Arc::new(layout),
            inits,
            statistics,
            capacity,
            samples: 0,
            first_trained,
            multiplier: Multiplier::new(),
        })
    }

    /// Shares large products among so many threads of the rayon pool in which passes are asked for. It changes no bit.
    /// Whether any product is that large.
    pub fn share(&mut self, threads: usize) -> bool {
        self.multiplier.share(threads);
        let largest = self.shapes.iter().filter(|shape| shape.name == "dense").map(|s| s.inputs * s.outputs).max();
        Multiplier::<F>::is_large(self.capacity * largest.unwrap_or(0))
    }

    /// What lies where in the arenas of parameters and gradients.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// The layers' names and sizes.
    pub fn shapes(&self) -> &[LayerShape] {
        &self.shapes
    }

    /// Numbers that come in for a sample.
    pub fn inputs(&self) -> usize {
        self.shapes.first().map_or(0, |shape| shape.inputs)
    }

    /// Numbers that go out for a sample.
    pub fn output_width(&self) -> usize {
        self.shapes.last().map_or(0, |shape| shape.outputs)
    }

    /// The largest batch.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The running means and variances, `running_mean1, running_variance1, ...`, and what rounding left out of each mean;
    /// empty without batch normalisation.
    pub fn statistics(&self) -> &Arena<F> {
        &self.statistics
    }

    /// The running statistics, to put back what was copied or read from a file. A variance is never negative.
    pub fn statistics_mut(&mut self) -> &mut Arena<F> {
        &mut self.statistics
    }

    /// First parameters: weights from each layer's initialiser, biases and shifts 0, scales 1.
    pub fn initialise(&self, seed: u64) -> Arena<F> {
        let mut params = Arena::zeros(&self.layout);
        init::initialise(&mut params, &self.inits, seed);
        params
    }

    /// The outputs, `[samples, outputs]`, for `x`, `[samples, inputs]`. Keeps what [`Network::backward`] needs; in training
    /// it moves the running statistics.
    ///
    /// # Panics
    /// If `x` does not hold that many inputs or more than the capacity.
    pub fn forward(&mut self, params: &Arena<F>, x: &[F], samples: usize, mode: Mode) -> &[F] {
        assert!(samples <= self.capacity, "{samples} samples in a network for {}", self.capacity);
        assert_eq!(x.len(), samples * self.inputs(), "the inputs of {samples} samples");
        self.samples = samples;
        for (index, (layer, shape)) in self.layers.iter_mut().zip(&self.shapes).enumerate() {
            let (before, rest) = self.outputs.split_at_mut(index);
            // An activation in place finds what comes in where its output will be.
            let place = usize::from(self.in_place.get(index + 1) == Some(&true));
            let y = &mut rest[place][..samples * shape.outputs];
            match layer {
                Layer::Activation(activation) if self.in_place[index] => activation.forward_in_place(y),
                layer => {
                    let x = before.last().map_or(x, |before| &before[..samples * shape.inputs]);
                    layer.forward(params, &mut self.statistics, x, y, mode, &mut self.multiplier);
                }
            }
        }
        self.output(self.shapes.len() - 1)
    }

    /// What a layer gave out in the last forward pass, `[samples, outputs]`. Empty where an activation behind it has
    /// turned it into its own, except in a network that is [watched](Self::watched_for).
    pub fn output(&self, layer: usize) -> &[F] {
        let output = &self.outputs[layer];
        &output[..output.len().min(self.samples * self.shapes[layer].outputs)]
    }

    /// It works on every number by itself: `tanh`.
    pub fn is_activation(&self, layer: usize) -> bool {
        matches!(self.layers.get(layer), Some(Layer::Activation(_)))
    }

    /// The values and the slopes f'(x) of an activation layer at any inputs; none for a layer of another kind.
    pub fn activation_at(&mut self, layer: usize, x: &[F]) -> Option<[Vec<F>; 2]> {
        let Layer::Activation(activation) = self.layers.get_mut(layer)? else { return None };
        let (mut values, mut slopes) = (vec![F::ZERO; x.len()], vec![F::from_f64(1.0); x.len()]);
        activation.forward(x, &mut values);
        activation.backward(x, &values, &mut slopes);
        Some([values, slopes])
    }

    /// The function of an activation layer with the words in which it was written, if it has them.
    pub fn function(&self, layer: usize) -> Option<&Arc<Function>> {
        let Layer::Activation(activation) = self.layers.get(layer)? else { return None };
        activation.0.function()
    }

    /// Overwrites `grads` with the gradient for the last forward pass, whose `x` and `params` are given again, from the
    /// loss's derivative by the outputs, `[samples, outputs]`. The mean over the batch is the loss's business.
    ///
    /// # Panics
    /// If `x` or `d_output` are not those of the last forward pass.
    pub fn backward(&mut self, params: &Arena<F>, x: &[F], d_output: &[F], grads: &mut Arena<F>) {
        let samples = self.samples;
        assert_eq!(x.len(), samples * self.inputs(), "the inputs of the last forward pass");
        assert_eq!(d_output.len(), samples * self.output_width(), "a derivative for each of the last outputs");
        let [delta, next] = &mut self.deltas;
        let (mut delta, mut next) = (delta, next);
        for index in (self.first_trained..self.layers.len()).rev() {
            let shape = &self.shapes[index];
            // Only activations look at `y`, and those in place not at `x`.
            let y = &self.outputs[index];
            let y = &y[..y.len().min(samples * shape.outputs)];
            let x = match index.checked_sub(1) {
                _ if self.in_place[index] => y,
                Some(before) => &self.outputs[before][..samples * shape.inputs],
                None => x,
            };
            let last = index + 1 == self.layers.len();
            if let (Layer::Activation(activation), false) = (&mut self.layers[index], last) {
                activation.backward(x, y, &mut delta[..samples * shape.outputs]);
                continue;
            }
            let dy = if last { d_output } else { &delta[..samples * shape.outputs] };
            let dx = (index > self.first_trained).then(|| &mut next[..samples * shape.inputs]);
            self.layers[index].backward(params, grads, Backward { x, y, dy, dx }, &mut self.multiplier);
            std::mem::swap(&mut delta, &mut next);
        }
    }

    /// A copy with memory of its own, for another thread or another racer.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        let Self { samples, .. } = *self;
        Self { samples, outputs: self.outputs.clone(), deltas: self.deltas.clone(), ..self.evaluator() }
    }

    /// A copy for forward passes alone, which has made none yet and has no memory for derivatives.
    #[must_use]
    pub fn evaluator(&self) -> Self {
        self.passing(self.capacity, self.in_place.clone())
    }

    /// The same for batches of at most so many samples, and of no more than before, with the output of every layer.
    #[must_use]
    pub fn watched_for(&self, samples: usize) -> Self {
        self.passing(samples.min(self.capacity), vec![false; self.layers.len()])
    }

    fn passing(&self, capacity: usize, in_place: Vec<bool>) -> Self {
        Self {
            layers: self.layers.iter().map(Layer::duplicate).collect(),
            shapes: self.shapes.clone(),
            layout: self.layout.clone(),
            inits: self.inits.clone(),
            statistics: self.statistics.clone(),
            capacity,
            samples: 0,
            outputs: outputs(&self.shapes, &in_place, capacity),
            in_place,
            deltas: [Aligned::default(), Aligned::default()],
            first_trained: self.first_trained,
            multiplier: self.multiplier.clone(),
        }
    }
}

/// Which layers are activations in place: those that go backward by what they gave out, behind a layer that does not need
/// what it gave out.
fn in_place<F: Real>(layers: &[Layer<F>]) -> Vec<bool> {
    let before = [None].into_iter().chain(layers.iter().map(Some));
    let pairs = before.zip(layers);
    pairs
        .map(|pair| match pair {
            (None | Some(Layer::Activation(_)), _) => false,
            (_, Layer::Activation(activation)) => !activation.needs_x(),
            _ => false,
        })
        .collect()
}

/// Memory for what layers give out.
fn outputs<F: Real>(shapes: &[LayerShape], in_place: &[bool], capacity: usize) -> Vec<Aligned<F>> {
    let turned = in_place.iter().skip(1).chain([&false]);
    let sizes = shapes.iter().zip(turned).map(|(shape, turned)| if *turned { 0 } else { capacity * shape.outputs });
    sizes.map(Aligned::zeros).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dense(units: usize, bias: bool) -> LayerSpec<f64> {
        LayerSpec::Dense { units, init: Init::Xavier, bias }
    }

    #[test]
    fn parameters_are_named_and_shaped_as_in_the_lecture() {
        let specs = vec![dense(4, true), LayerSpec::Dropout { rate: 0.5 }, dense(5, false), dense(2, true)];
        let network = Network::new(3, specs, 8).unwrap();
        let names: Vec<_> = network.layout().parameters().iter().map(|p| (p.name.as_str(), &p.shape[..])).collect();
        assert_eq!(names, [("W1", &[3, 4][..]), ("b1", &[4]), ("W2", &[4, 5]), ("W3", &[5, 2]), ("b3", &[2])]);
        let counted: usize = network.shapes().iter().map(|shape| shape.parameters).sum();
        assert_eq!((counted, network.output_width()), (network.layout().count(), 2));
        let params = network.initialise(1);
        assert!(params.get(0).iter().all(|w| *w != 0.0) && params.get(1).iter().all(|b| *b == 0.0));
    }

    #[test]
    fn normalisations_are_counted_by_themselves_and_leave_the_first_weights_as_they_were() {
        let norm = || LayerSpec::BatchNorm { momentum: 0.1, eps: 1e-5 };
        let specs = vec![norm(), dense(4, true), LayerSpec::LayerNorm { eps: 1e-5 }, dense(2, true), norm()];
        let mut network = Network::new(3, specs, 8).unwrap();
        let names = |layout: &Layout| layout.parameters().iter().map(|p| p.name.clone()).collect::<Vec<_>>().join(" ");
        assert_eq!(names(network.layout()), "gamma1 beta1 W1 b1 gamma2 beta2 W2 b2 gamma3 beta3");
        let statistics = names(network.statistics().layout());
        let of = |n: u32| format!("running_mean{n} running_variance{n} running_mean_rest{n}");
        assert_eq!(statistics, [of(1), of(3)].join(" "));
        let params = network.initialise(1);
        assert!(params.get(0).iter().all(|g| *g == 1.0) && params.get(9) == [0.0; 2]);
        let plain = Network::new(3, vec![dense(4, true), dense(2, true)], 8).unwrap().initialise(1);
        assert_eq!((params.get(2), params.get(6)), (plain.get(0), plain.get(2)));

        // Statistics start at mean 0 and variance 1, go with a copy, and are not shared with it.
        assert_eq!((network.statistics().get(3), network.statistics().get(4)), (&[0.0; 2][..], &[1.0; 2][..]));
        let x: Vec<f64> = (0..24).map(|i| f64::from(i).sin()).collect();
        network.forward(&params, &x, 8, Mode::Train { seed: 0, step: 1 });
        let mut copy = network.duplicate();
        let moved = network.statistics().values().to_vec();
        assert_ne!(moved, Network::new(3, vec![norm()], 1).unwrap().statistics().values());
        assert_eq!(copy.statistics().values(), moved);
        copy.forward(&params, &x, 8, Mode::Train { seed: 0, step: 2 });
        assert_eq!(network.statistics().values(), moved);
        assert_ne!(copy.statistics().values(), moved);
    }

    #[test]
    fn what_cannot_be_built_is_refused_in_words() {
        let refused = |inputs, specs| Network::new(inputs, specs, 8).err().map(|error| error.what().to_owned());
        assert_eq!(refused(0, vec![dense(1, true)]).as_deref(), Some("the network has no inputs"));
        assert_eq!(refused(1, vec![]).as_deref(), Some("the network has no layers"));
        assert_eq!(refused(1, vec![dense(0, true)]).as_deref(), Some("a dense layer needs at least one unit"));
        for rate in [1.0, -0.1, f64::NAN] {
            assert!(refused(1, vec![LayerSpec::Dropout { rate }]).is_some(), "{rate}");
        }
        for eps in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(refused(1, vec![LayerSpec::LayerNorm { eps }]).is_some(), "{eps}");
            assert!(refused(1, vec![LayerSpec::BatchNorm { momentum: 0.1, eps }]).is_some(), "{eps}");
        }
        for momentum in [0.0, 1.1, f64::NAN] {
            assert!(refused(1, vec![LayerSpec::BatchNorm { momentum, eps: 1e-5 }]).is_some(), "{momentum}");
        }
    }

    #[test]
    fn gradients_are_overwritten_and_a_smaller_batch_sees_nothing_of_a_larger_one() {
        let mut network = Network::new(2, vec![dense(3, true), dense(2, true)], 8).unwrap();
        let params = network.initialise(4);
        let x: Vec<f64> = (0..16).map(|i| f64::from(i) * 0.1).collect();
        let d = vec![0.5; 16];
        let mut fresh = Arena::zeros(network.layout());
        network.forward(&params, &x[..6], 3, Mode::Evaluate);
        network.backward(&params, &x[..6], &d[..6], &mut fresh);

        let mut used = Arena::zeros(network.layout());
        network.forward(&params, &x, 8, Mode::Evaluate);
        network.backward(&params, &x, &d, &mut used);
        assert_ne!(used.values(), fresh.values());
        let mut copy = network.duplicate();
        for network in [&mut network, &mut copy] {
            network.forward(&params, &x[..6], 3, Mode::Evaluate);
            network.backward(&params, &x[..6], &d[..6], &mut used);
            assert_eq!(used.values(), fresh.values());
        }
    }
}
