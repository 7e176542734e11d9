//! The norm of every parameter of an arena, as a program of one reduction.

use std::ops::Range;

use super::Real;
use super::arena::{Layout, Parameter};
use super::compile::{Program, Wanted};
use super::graph::{Graph, Slot};
use super::machine::Call;
use super::machines::Machines;
use super::ops::Reduction;

/// Measures Euclidean norms, parameter by parameter, in one pass.
#[derive(Debug, Clone)]
pub struct Norms<F> {
    segments: Vec<Range<usize>>,
    program: Program,
    machines: Machines<F>,
}

impl<F: Real> Norms<F> {
    /// For tensors of this layout.
    pub fn new(layout: &Layout) -> Self {
        let mut graph = Graph::default();
        let x = graph.tensor(Slot::Read(0));
        let squares = graph.reduce(Reduction::Dot, x, x);
        let program = Program::new(&graph, &Wanted { measures: &[squares], ..Wanted::default() });
        let mut machines = Machines::new();
        machines.fit(&program);
        Self { segments: layout.parameters().iter().map(Parameter::range).collect(), program, machines }
    }

    /// Writes the norm of each parameter: not finite if an element is not, or if its square is beyond the numbers.
    /// Allocates nothing.
    pub fn measure(&mut self, values: &[F], norms: &mut [f64]) {
        self.machines.run(
            &self.program,
            Call {
                constants: self.program.constants(),
                uniforms: &[],
                reads: [values].into_iter().collect(),
                writes: [].into_iter().collect(),
                segments: &self.segments,
                numbers: &mut [],
                measures: norms,
                watch: None,
            },
        );
        norms.iter_mut().for_each(|norm| *norm = norm.sqrt());
    }
}
