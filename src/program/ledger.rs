//! A program for one element of one parameter, with the value of every node kept: what the ledger shows of an update.
//!
//! It applies the very operations that blocks apply, scalars in `f64` and elements in `F`, so each value has the bits
//! that the kernel made. What was taken of all elements (a norm, a mean) cannot be known from one of them and is given.

use super::Real;
use super::graph::{Graph, NodeId, Op, Slot};
use super::ops::select;

/// What came into an update, as one element saw it.
#[derive(Debug, Clone, Copy)]
pub struct Element<'a, F> {
    /// The scalars that are the same for all parameters.
    pub uniforms: &'a [f64],
    /// The parameter's numbers, before the update.
    pub numbers: &'a [f64],
    /// How many elements the parameter has.
    pub length: usize,
    /// The element of each tensor that stays as it is.
    pub reads: &'a [F],
    /// The element of each tensor that is written in place, before the update.
    pub writes: &'a [F],
    /// What each reduction came to, and what was made of other elements or parameters: a sum along an axis, a product.
    pub reduced: &'a [(NodeId, f64)],
}

/// The value of every node of a graph, for one element.
#[derive(Debug, Clone, PartialEq)]
pub struct Values(pub(super) Vec<f64>);

impl Values {
    /// The value of a node of that graph: an element's exactly, or a scalar's.
    pub fn at(&self, id: NodeId) -> f64 {
        self.0[id.index()]
    }
}

impl<F: Real> Element<'_, F> {
    /// The value of every node. What the element does not know is NaN.
    pub fn values(&self, graph: &Graph) -> Values {
        let mut values: Vec<f64> = Vec::with_capacity(graph.len());
        for (id, op) in graph.nodes() {
            let value = self.value(graph, id, op, |id| values[id.index()]);
            values.push(value);
        }
        Values(values)
    }

    /// What a node would be if another one were something else than it is; all that does not depend on that one stays.
    pub fn moved(&self, graph: &Graph, values: &Values, (node, to): (NodeId, f64), wanted: NodeId) -> f64 {
        let mut moved: Vec<Option<f64>> = vec![None; wanted.index() + 1];
        if node > wanted {
            return values.at(wanted);
        }
        moved[node.index()] = Some(to);
        for (id, op) in graph.nodes().take(wanted.index() + 1).skip(node.index() + 1) {
            if op.operands().any(|operand| moved[operand.index()].is_some()) {
                let at = |id: NodeId| moved[id.index()].unwrap_or_else(|| values.at(id));
                moved[id.index()] = Some(self.value(graph, id, op, at));
            }
        }
        moved[wanted.index()].unwrap_or_else(|| values.at(wanted))
    }

    fn value(&self, graph: &Graph, id: NodeId, op: Op, at: impl Fn(NodeId) -> f64) -> f64 {
        if graph.facts(id).tensor {
            self.element(id, op, |id| F::from_f64(at(id))).map_or(f64::NAN, F::to_f64)
        } else {
            self.scalar(id, op, at).unwrap_or(f64::NAN)
        }
    }

    fn given(&self, id: NodeId) -> Option<f64> {
        self.reduced.iter().find(|(reduced, _)| *reduced == id).map(|(_, value)| *value)
    }

    /// Scalar operands are rounded to `F`, as they are when they are repeated for a block.
    fn element(&self, id: NodeId, op: Op, at: impl Fn(NodeId) -> F) -> Option<F> {
        Some(match op {
            Op::Tensor(Slot::Read(slot)) => *self.reads.get(usize::from(slot))?,
            Op::Tensor(Slot::Write(slot)) => *self.writes.get(usize::from(slot))?,
            Op::Broadcast(x) | Op::Fill(x, _) => at(x),
            Op::Unary(op, x) => op.apply(at(x)),
            Op::Binary(op, x, y) => op.apply(at(x), at(y)),
            Op::Select(mask, a, b) => select(at(mask), at(a), at(b)),
            _ => F::from_f64(self.given(id)?),
        })
    }

    fn scalar(&self, id: NodeId, op: Op, at: impl Fn(NodeId) -> f64) -> Option<f64> {
        Some(match op {
            Op::Constant(bits) => f64::from_bits(bits),
            Op::Uniform(index) => *self.uniforms.get(usize::from(index))?,
            Op::Number(index) => *self.numbers.get(usize::from(index))?,
            Op::Length => self.length as f64,
            Op::Unary(op, x) => op.apply(at(x)),
            Op::Binary(op, x, y) => op.apply(at(x), at(y)),
            Op::Select(mask, a, b) => select(at(mask), at(a), at(b)),
            _ => self.given(id)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::{Binary, Folding, Reduction, Unary};

    #[test]
    fn elements_round_as_blocks_do_and_scalars_do_not() {
        let mut g = Graph::new(Folding::Full);
        let (w, rate) = (g.tensor(Slot::Write(0)), g.uniform(0));
        let third = g.unary(Unary::Sqrt, rate);
        let product = g.binary(Binary::Mul, w, third);
        let norm = g.reduce(Reduction::Dot, w, w);
        let scaled = g.binary(Binary::Mul, w, norm);
        let unknown = g.number(0);
        let element = Element {
            uniforms: &[2.0],
            numbers: &[],
            length: 3,
            reads: &[],
            writes: &[0.1_f32],
            reduced: &[(norm, 0.25)],
        };
        let values = element.values(&g);
        assert_eq!(values.at(third), 2.0_f64.sqrt());
        assert_eq!(values.at(product), f64::from(0.1_f32 * 2.0_f64.sqrt() as f32));
        assert_eq!(values.at(scaled), f64::from(0.1_f32 * 0.25));
        assert!(values.at(unknown).is_nan());
    }
}
