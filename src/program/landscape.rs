//! A landscape as a program: the height over two numbers in, height and both derivatives out.

use std::sync::Arc;

use super::compile::{Program, Wanted};
use super::gradient::gradient;
use super::graph::{Graph, NodeId};
use super::machine::Machine;
use super::operations::Function;

/// `height(x, y)` with its derivatives, all in `f64`.
#[derive(Debug, Clone)]
pub struct Landscape {
    program: Program,
    machine: Machine<f64>,
    function: Option<Arc<Function>>,
}

impl Landscape {
    /// x in a landscape's graph, as a uniform.
    pub const X: u16 = 0;
    /// y in a landscape's graph, as a uniform.
    pub const Y: u16 = 1;

    /// Compiles the height and its derivatives with respect to the uniforms [`Self::X`] and [`Self::Y`].
    pub fn new(mut graph: Graph, height: NodeId) -> Self {
        let (x, y) = (graph.uniform(Self::X), graph.uniform(Self::Y));
        let seed = graph.constant(1.0);
        let slope = gradient(&mut graph, height, seed, &[x, y]);
        let program = Program::new(&graph, &Wanted { measures: &[height, slope[0], slope[1]], ..Wanted::default() });
        let mut machine = Machine::new();
        machine.fit(&program);
        Self { program, machine, function: None }
    }

    /// The same with the words in which it was written.
    #[must_use]
    pub fn written(self, function: Function) -> Self {
        Self { function: Some(Arc::new(function)), ..self }
    }

    /// The function with the words in which it was written, if they are known.
    pub fn function(&self) -> Option<&Arc<Function>> {
        self.function.as_ref()
    }

    /// The height, d height / dx and d height / dy at a point. Allocates nothing.
    pub fn at(&mut self, x: f64, y: f64) -> [f64; 3] {
        let mut measures = [0.0; 3];
        self.machine.scalars_of(&self.program, self.program.constants(), &[x, y], &mut measures);
        measures
    }
}
