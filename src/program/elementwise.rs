//! Activations and losses as programs: a forward graph in, values and derivatives out.

use std::sync::Arc;

use arrayvec::ArrayVec;

use super::Real;
use super::compile::{Program, Wanted};
use super::gradient::gradient;
use super::graph::{Graph, NodeId, Slot};
use super::machine::Call;
use super::machines::Machines;
use super::operations::Function;
use super::ops::Reduction;
use super::pointwise::{Pointwise, PointwiseLoss};

/// The input of an activation's graph.
pub const X: Slot = Slot::Read(0);
/// The prediction in a loss's graph; the derivative is taken with respect to it.
pub const Y_HAT: Slot = Slot::Read(0);
/// The target in a loss's graph.
pub const Y: Slot = Slot::Read(1);

fn call<'a, F>(
    program: &'a Program,
    uniforms: &'a [f64],
    reads: ArrayVec<&'a [F], 16>,
    to: Option<&'a mut [F]>,
    segment: &'a [std::ops::Range<usize>],
    measures: &'a mut [f64],
) -> Call<'a, F> {
    let writes = to.into_iter().collect();
    Call {
        constants: program.constants(),
        uniforms,
        reads,
        writes,
        segments: segment,
        numbers: &mut [],
        measures,
        watch: None,
    }
}

/// `y = f(x)` from a graph.
#[derive(Debug, Clone)]
pub struct Activation<F> {
    forward: Arc<Program>,
    in_place: Arc<Program>,
    backward: Arc<Program>,
    machines: Machines<F>,
    function: Option<Arc<Function>>,
}

impl<F: Real> Activation<F> {
    /// Compiles `f` and its derivative. `y` is a node of the graph that depends on the tensor [`X`] and constants.
    pub fn new(mut graph: Graph, y: NodeId) -> Self {
        let y = graph.broadcast(y);
        let forward = Program::new(&graph, &Wanted { tensors: &[(0, y)], ..Wanted::default() });
        let x = graph.tensor(X);
        let given = [(x, Slot::Write(0))];
        let in_place = Program::new(&graph, &Wanted { tensors: &[(0, y)], given: &given, ..Wanted::default() });
        let dy = graph.tensor(Slot::Write(0));
        let dx = gradient(&mut graph, y, dy, &[x])[0];
        let dx = graph.broadcast(dx);
        // The derivative may use the value itself, which the network keeps: tanh' = 1 - y^2 costs no second tanh.
        let given = if y == x { vec![] } else { vec![(y, Slot::Read(1))] };
        let backward = Program::new(&graph, &Wanted { tensors: &[(0, dx)], given: &given, ..Wanted::default() });
        let [forward, in_place, backward] = [forward, in_place, backward].map(Arc::new);
        Self { forward, in_place, backward, machines: Machines::new(), function: None }
    }

    /// The same with the words in which it was written.
    #[must_use]
    pub fn written(self, function: Function) -> Self {
        Self { function: Some(Arc::new(function)), ..self }
    }
}

impl<F: Real> Pointwise<F> for Activation<F> {
    fn forward(&mut self, x: &[F], y: &mut [F]) {
        let reads = [x].into_iter().collect();
        let whole = [0..x.len()];
        self.machines.run(&self.forward, call(&self.forward, &[], reads, Some(y), &whole, &mut []));
    }

    fn forward_in_place(&mut self, x: &mut [F]) {
        let whole = [0..x.len()];
        self.machines.run(&self.in_place, call(&self.in_place, &[], ArrayVec::new(), Some(x), &whole, &mut []));
    }

    fn needs_x(&self) -> bool {
        self.backward.looks_at(0)
    }

    fn backward(&mut self, x: &[F], y: &[F], d: &mut [F]) {
        let reads = [x, y].into_iter().collect();
        let whole = [0..x.len()];
        self.machines.run(&self.backward, call(&self.backward, &[], reads, Some(d), &whole, &mut []));
    }

    fn function(&self) -> Option<&Arc<Function>> {
        self.function.as_ref()
    }

    fn duplicate(&self) -> Box<dyn Pointwise<F>> {
        Box::new(Self { machines: Machines::new(), ..self.clone() })
    }
}

/// `l(y_hat, y)` from a graph.
#[derive(Debug, Clone)]
pub struct ElementwiseLoss<F> {
    value: Arc<Program>,
    slope: Arc<Program>,
    machines: Machines<F>,
    function: Option<Arc<Function>>,
}

impl<F: Real> ElementwiseLoss<F> {
    /// Compiles `l` and its derivative. `loss` is a node that depends on the tensors [`Y_HAT`] and [`Y`].
    pub fn new(mut graph: Graph, loss: NodeId) -> Self {
        let loss = graph.broadcast(loss);
        let sum = graph.reduce(Reduction::Sum, loss, loss);
        let value = Program::new(&graph, &Wanted { measures: &[sum], ..Wanted::default() });
        let y_hat = graph.tensor(Y_HAT);
        let scale = graph.uniform(0);
        let seed = graph.broadcast(scale);
        let d = gradient(&mut graph, loss, seed, &[y_hat])[0];
        let d = graph.broadcast(d);
        let slope = Program::new(&graph, &Wanted { tensors: &[(0, d)], ..Wanted::default() });
        Self { value: Arc::new(value), slope: Arc::new(slope), machines: Machines::new(), function: None }
    }

    /// The same with the words in which it was written.
    #[must_use]
    pub fn written(self, function: Function) -> Self {
        Self { function: Some(Arc::new(function)), ..self }
    }
}

impl<F: Real> PointwiseLoss<F> for ElementwiseLoss<F> {
    fn sum(&mut self, y_hat: &[F], y: &[F]) -> f64 {
        let mut sum = [0.0];
        let reads = [y_hat, y].into_iter().collect();
        let whole = [0..y_hat.len()];
        self.machines.run(&self.value, call(&self.value, &[], reads, None, &whole, &mut sum));
        sum[0]
    }

    fn gradient(&mut self, y_hat: &[F], y: &[F], scale: F, d: &mut [F]) {
        let reads = [y_hat, y].into_iter().collect();
        let whole = [0..y_hat.len()];
        let uniforms = [scale.to_f64()];
        self.machines.run(&self.slope, call(&self.slope, &uniforms, reads, Some(d), &whole, &mut []));
    }

    fn function(&self) -> Option<&Arc<Function>> {
        self.function.as_ref()
    }

    fn duplicate(&self) -> Box<dyn PointwiseLoss<F>> {
        Box::new(Self { machines: Machines::new(), ..self.clone() })
    }
}
