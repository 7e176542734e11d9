//! A loss that speaks over the outputs of a sample, as a program of rows: values and derivatives, one value an element or one
//! a sample.

use std::sync::Arc;

use super::Real;
use super::compile::constants_of;
use super::elementwise::Y_HAT;
use super::gradient::gradient;
use super::graph::{Graph, NodeId};
use super::operations::Function;
use super::pointwise::PointwiseLoss;
use super::stages::{Stages, StagesCall, StagesMachine, StagesPart};
use crate::simd::Aligned;

/// Elements of the rows that are worked on at once: what lies between their stages stays in the nearest cache.
const ELEMENTS: usize = 2048;

/// How many samples of so many outputs are worked on at once: the rows of the graph's own shape. At least 2, so that a row is
/// never taken for the whole.
pub fn rows_at_once(outputs: usize) -> usize {
    (ELEMENTS / outputs.max(1)).clamp(2, ELEMENTS / 4)
}

/// Stages for some rows.
#[derive(Debug, Clone)]
struct Staged {
    stages: Stages,
    constants: Vec<Vec<f64>>,
    rows: usize,
}

impl Staged {
    fn set_rows(&mut self, rows: usize) {
        if rows != self.rows {
            self.stages.set_rows(self.rows, rows);
            self.rows = rows;
        }
    }
}

/// `l(y_hat, y)` from a graph over the rows of samples. Each sample's value has the same bits whatever the others are.
pub struct RowLoss<F: Real> {
    value: Staged,
    /// The derivative, and with it the value.
    both: Staged,
    rows: usize,
    outputs: usize,
    of_samples: bool,
    softmax: bool,
    machine: StagesMachine<F>,
    /// The scale of the derivative.
    scale: Vec<Vec<f64>>,
    /// There are none.
    numbers: Vec<Vec<f64>>,
    /// The values of the rows that are worked on.
    losses: Aligned<F>,
    function: Option<Arc<Function>>,
}

impl<F: Real> RowLoss<F> {
    /// Cuts `l` and its derivative into stages. `loss` is a node that depends on the tensors [`Y_HAT`] and [`Y`](super::Y); the graph's
    /// own shape has [`rows_at_once`] rows and a column for each output. None where the graph has no shape, or mixes samples.
    pub fn new(mut graph: Graph, loss: NodeId) -> Option<Self> {
        let own = graph.own()?;
        let [rows, outputs] = [own.rows, own.columns].map(|side| side as usize);
        let loss = graph.broadcast(loss);
        let shape = graph.shape(loss);
        if shape.is_none_or(|shape| shape.rows != own.rows) {
            return None;
        }
        let y_hat = graph.tensor(Y_HAT);
        let scale = graph.uniform(0);
        let seed = graph.broadcast_like(scale, shape);
        let d = gradient(&mut graph, loss, seed, &[y_hat])[0];
        let d = graph.spread(d, Some(own));
        let staged = |tensors: &[(u8, NodeId)]| {
            let part = StagesPart { graph: &graph, shape: own, tensors, numbers: &[], measures: &[], shown: &[] };
            Some(Staged { stages: Stages::new(&[part])?, constants: vec![constants_of(&graph)], rows })
        };
        let (value, both) = (staged(&[(0, loss)])?, staged(&[(0, d), (1, loss)])?);
        let of_samples = shape.is_some_and(|shape| shape.columns == 1);
        Some(Self::on(value, both, (rows, outputs, of_samples), None))
    }

    fn on(
        mut value: Staged,
        mut both: Staged,
        (rows, outputs, of_samples): (usize, usize, bool),
        function: Option<Arc<Function>>,
    ) -> Self {
        let mut machine = StagesMachine::default();
        for staged in [&mut value, &mut both] {
            staged.set_rows(rows);
            machine.fit(&staged.stages);
        }
        let losses = Aligned::zeros(rows * if of_samples { 1 } else { outputs });
        let softmax = function.as_ref().is_some_and(|function| function.takes_softmax());
        let (scale, numbers) = (vec![vec![1.0]], vec![Vec::new()]);
        Self { value, both, rows, outputs, of_samples, softmax, machine, scale, numbers, losses, function }
    }

    /// The same with the words in which it was written.
    #[must_use]
    pub fn written(self, function: Function) -> Self {
        Self { softmax: function.takes_softmax(), function: Some(Arc::new(function)), ..self }
    }

    /// The sum of the values; the derivatives go to `d`, if they are wanted.
    fn run(&mut self, y_hat: &[F], y: &[F], mut d: Option<&mut [F]>) -> f64 {
        let width = if self.of_samples { 1 } else { self.outputs };
        let staged = if d.is_some() { &mut self.both } else { &mut self.value };
        let most = self.rows * self.outputs;
        let mut sum = 0.0;
        for (at, (y_hat, y)) in y_hat.chunks(most).zip(y.chunks(most)).enumerate() {
            let rows = y_hat.len() / self.outputs;
            staged.set_rows(rows);
            let losses = &mut self.losses[..rows * width];
            let (whole, values) = ([0..y_hat.len()], [0..losses.len()]);
            let slope = d.as_deref_mut().map(|d| (&mut d[at * most..][..y_hat.len()], &whole[..]));
            let writes = slope.into_iter().chain([(&mut *losses, &values[..])]).collect();
            let call = StagesCall {
                constants: &staged.constants,
                uniforms: &self.scale,
                reads: [(y_hat, &whole[..]), (y, &whole[..])].into_iter().collect(),
                writes,
                numbers: &mut self.numbers,
                measures: &mut [],
                watch: None,
            };
            self.machine.run(&staged.stages, call);
            sum += losses.iter().map(|loss| loss.to_f64()).sum::<f64>();
        }
        sum
    }
}

impl<F: Real> PointwiseLoss<F> for RowLoss<F> {
    fn sum(&mut self, y_hat: &[F], y: &[F]) -> f64 {
        self.run(y_hat, y, None)
    }

    fn gradient(&mut self, y_hat: &[F], y: &[F], scale: F, d: &mut [F]) {
        self.sum_and_gradient(y_hat, y, scale, d);
    }

    fn sum_and_gradient(&mut self, y_hat: &[F], y: &[F], scale: F, d: &mut [F]) -> f64 {
        self.scale[0][0] = scale.to_f64();
        self.run(y_hat, y, Some(d))
    }

    fn is_of_samples(&self) -> bool {
        self.of_samples
    }

    fn is_over_outputs(&self) -> bool {
        true
    }

    fn takes_softmax(&self) -> bool {
        self.softmax
    }

    fn function(&self) -> Option<&Arc<Function>> {
        self.function.as_ref()
    }

    fn duplicate(&self) -> Box<dyn PointwiseLoss<F>> {
        let sizes = (self.rows, self.outputs, self.of_samples);
        Box::new(Self::on(self.value.clone(), self.both.clone(), sizes, self.function.clone()))
    }
}
