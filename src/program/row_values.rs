//! A program of rows for one of them, with the value of every node kept: what is told of a loss over the outputs of a sample.
//!
//! It applies the very operations that blocks and stages apply, so that each value has the bits with which is trained.

use super::Real;
use super::graph::{Graph, NodeId, Op, Slot};
use super::ops::select;
use super::shape::Shape;
use super::stages::{along, of_row};

/// What goes into a loss for one sample.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a, F> {
    /// Scalars that are given.
    pub uniforms: &'a [f64],
    /// Outputs and targets.
    pub reads: &'a [&'a [F]],
}

/// The values of every node of a graph: of a tensor one for each output, or one.
#[derive(Debug, Clone)]
pub(super) struct RowValues(Vec<Vec<f64>>);

impl RowValues {
    /// The value of a node for an output, or its only one.
    pub fn at(&self, id: NodeId, output: usize) -> f64 {
        let values = &self.0[id.index()];
        *values.get(output).or(values.first()).unwrap_or(&f64::NAN)
    }

    /// The sum of a node's values.
    pub fn sum(&self, id: NodeId) -> f64 {
        self.0[id.index()].iter().sum()
    }
}

impl<F: Real> Row<'_, F> {
    /// The values of every node.
    pub fn values(&self, graph: &Graph) -> RowValues {
        let mut values: Vec<Vec<f64>> = Vec::with_capacity(graph.len());
        for (id, op) in graph.nodes() {
            let value = self.value(graph, id, op, &|id| &values[id.index()]);
            values.push(value);
        }
        RowValues(values)
    }

    /// The sum of the values of a node, if another one were something else than it is for one output; all that does not depend
    /// on that one stays.
    pub fn moved(
        &self,
        graph: &Graph,
        values: &RowValues,
        (node, output, to): (NodeId, usize, f64),
        wanted: NodeId,
    ) -> f64 {
        let mut moved: Vec<Option<Vec<f64>>> = vec![None; wanted.index() + 1];
        if node > wanted {
            return values.sum(wanted);
        }
        let mut own = values.0[node.index()].clone();
        let place = output.min(own.len().saturating_sub(1));
        own.iter_mut().skip(place).take(1).for_each(|value| *value = to);
        moved[node.index()] = Some(own);
        for (id, op) in graph.nodes().take(wanted.index() + 1).skip(node.index() + 1) {
            if op.operands().any(|operand| moved[operand.index()].is_some()) {
                let at = |id: NodeId| moved[id.index()].as_deref().unwrap_or(&values.0[id.index()]);
                let value = self.value(graph, id, op, &at);
                moved[id.index()] = Some(value);
            }
        }
        moved[wanted.index()].as_deref().unwrap_or(&values.0[wanted.index()]).iter().sum()
    }

    fn value<'v>(&self, graph: &Graph, id: NodeId, op: Op, at: &impl Fn(NodeId) -> &'v [f64]) -> Vec<f64> {
        let rounded = |id: NodeId| at(id).iter().map(|value| F::from_f64(*value)).collect::<Vec<F>>();
        let wide = |values: &[F]| values.iter().map(|value| value.to_f64()).collect::<Vec<f64>>();
        if !graph.facts(id).tensor {
            let of = |id: NodeId| at(id).first().copied().unwrap_or(f64::NAN);
            return vec![match op {
                Op::Constant(bits) => f64::from_bits(bits),
                Op::Uniform(index) => self.uniforms.get(usize::from(index)).copied().unwrap_or(f64::NAN),
                Op::Unary(op, x) => op.apply(of(x)),
                Op::Binary(op, x, y) => op.apply(of(x), of(y)),
                Op::Select(mask, a, b) => select(of(mask), of(a), of(b)),
                _ => f64::NAN,
            }];
        }
        let columns = graph.shape(id).map_or(1, |shape| shape.columns as usize);
        // Scalars are rounded as they are when they are repeated; a side of 1 is repeated, too.
        let of = |id: NodeId, output: usize| {
            let values = at(id);
            F::from_f64(*values.get(if values.len() == 1 { 0 } else { output }).unwrap_or(&f64::NAN))
        };
        let each = |value: &dyn Fn(usize) -> F| (0..columns).map(|output| value(output).to_f64()).collect();
        match op {
            Op::Tensor(Slot::Read(slot)) => self.reads.get(usize::from(slot)).map_or_else(Vec::new, |row| wide(row)),
            Op::Broadcast(x) | Op::Fill(x, _) => each(&|output| of(x, output)),
            Op::Unary(op, x) => each(&|output| op.apply(of(x, output))),
            Op::Binary(op, x, y) => each(&|output| op.apply(of(x, output), of(y, output))),
            Op::Select(mask, a, b) => each(&|output| select(of(mask, output), of(a, output), of(b, output))),
            Op::Along(kind, axis, x) => {
                let row = rounded(x);
                let mut to = vec![F::ZERO; columns];
                let mut sums = vec![0.0; row.len()];
                along(kind, axis, &row, Shape::new(1, row.len()), &mut to, &mut sums);
                wide(&to)
            }
            Op::OfRow(kind, x) => {
                let row = rounded(x);
                let mut to = vec![F::ZERO; row.len()];
                of_row(kind, &row, row.len().max(1), &mut to);
                wide(&to)
            }
            _ => vec![f64::NAN; columns],
        }
    }
}
