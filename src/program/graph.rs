//! The graph that a script's arithmetic leaves behind: nodes in the order they were made, folded as they come.
//!
//! Folding joins equal subexpressions and computes constants. It never uses an identity that fails for NaN or an
//! infinity: `x - x` and `x * 0` stay, because NaN is a value here.

mod shapes;

use std::collections::HashMap;

use super::ops::{Along, Axis, Binary, OfRow, Reduction, Unary, select};
use super::shape::Shape;

/// A node's number; operands always have smaller numbers than the node that uses them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    /// The number.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where a tensor comes from: read only, or written in place by one of the outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// A tensor that stays as it is.
    Read(u8),
    /// A tensor that may be an output as well.
    Write(u8),
}

/// What a node computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// A scalar known when the graph is made, by its bits.
    Constant(u64),
    /// A scalar given at every run, the same for all parameters.
    Uniform(u16),
    /// A scalar kept for each parameter: a number of the rule's state.
    Number(u16),
    /// The number of elements of the parameter.
    Length,
    /// A tensor given at every run.
    Tensor(Slot),
    /// A scalar as a tensor.
    Broadcast(NodeId),
    /// One operand.
    Unary(Unary, NodeId),
    /// Two operands.
    Binary(Binary, NodeId, NodeId),
    /// The second operand where the first is not 0, else the third.
    Select(NodeId, NodeId, NodeId),
    /// A scalar taken of all elements; the second operand matters for `Dot` and `Distance`.
    Reduce(Reduction, NodeId, NodeId),
    /// A scalar as a tensor of another shape than the parameter's.
    Fill(NodeId, Shape),
    /// One value taken of each column, or of each row.
    Along(Along, Axis, NodeId),
    /// Every row made into another one of the same length.
    OfRow(OfRow, NodeId),
    /// The matrix product.
    Product(NodeId, NodeId),
    /// Rows for columns.
    Transpose(NodeId),
    /// The square matrix of so many rows with 1 on its diagonal.
    Eye(u32),
    /// The sum of a scalar over all parameters; parameters that have this number in common are summed.
    Total(u64, NodeId),
}

impl Op {
    /// The operands, in order.
    pub fn operands(self) -> impl Iterator<Item = NodeId> {
        let all = match self {
            Self::Constant(_) | Self::Uniform(_) | Self::Number(_) | Self::Length | Self::Tensor(_) | Self::Eye(_) => {
                [None; 3]
            }
            Self::Broadcast(a)
            | Self::Unary(_, a)
            | Self::Fill(a, _)
            | Self::Along(_, _, a)
            | Self::OfRow(_, a)
            | Self::Transpose(a)
            | Self::Total(_, a) => [Some(a), None, None],
            Self::Binary(_, a, b) | Self::Product(a, b) => [Some(a), Some(b), None],
            Self::Reduce(kind, a, b) => {
                [Some(a), (matches!(kind, Reduction::Dot | Reduction::Distance)).then_some(b), None]
            }
            Self::Select(a, b, c) => [Some(a), Some(b), Some(c)],
        };
        all.into_iter().flatten()
    }

    /// It looks at other elements than its own, or at other parameters, and is no sum over a whole parameter: a program stops
    /// there until all that goes into it is known.
    pub fn is_barrier(self) -> bool {
        matches!(
            self,
            Self::Along(..) | Self::OfRow(..) | Self::Product(..) | Self::Transpose(_) | Self::Eye(_) | Self::Total(..)
        )
    }
}

/// What is known of a node besides its operation.
#[expect(clippy::struct_excessive_bools, reason = "four facts that do not exclude each other")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// One value for each element, rather than one for the parameter.
    pub tensor: bool,
    /// Depends on a reduction, or on a number that may differ from parameter to parameter.
    pub by_parameter: bool,
    /// Depends on a reduction.
    pub reduced: bool,
    /// 0 or 1 rather than a quantity.
    pub mask: bool,
    /// The shape of a tensor that has not the parameter's.
    pub shape: Option<Shape>,
}

/// How much a graph may simplify by the values of its constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Folding {
    /// Constants are computed with.
    #[default]
    Full,
    /// Constants are left alone, so that two traces that differ in numbers only have the same structure.
    Structural,
}

/// A program before it is compiled.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    ops: Vec<Op>,
    facts: Vec<Facts>,
    known: HashMap<Op, NodeId>,
    folding: Folding,
    own: Option<Shape>,
}

impl Graph {
    /// An empty graph.
    pub fn new(folding: Folding) -> Self {
        Self { folding, ..Self::default() }
    }

    /// An empty graph for a parameter of this shape.
    pub fn of_shape(folding: Folding, own: Shape) -> Self {
        Self { folding, own: Some(own), ..Self::default() }
    }

    /// How much it simplifies.
    pub fn folding(&self) -> Folding {
        self.folding
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    /// Nothing has been traced.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// All nodes in order.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = (NodeId, Op)> + '_ {
        self.ops.iter().enumerate().map(|(i, op)| (NodeId(i as u32), *op))
    }

    /// What a node computes.
    pub fn op(&self, id: NodeId) -> Op {
        self.ops[id.index()]
    }

    /// What is known of a node.
    pub fn facts(&self, id: NodeId) -> Facts {
        self.facts[id.index()]
    }

    /// The value of a node that is a constant.
    pub fn constant_value(&self, id: NodeId) -> Option<f64> {
        match self.op(id) {
            Op::Constant(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    /// A scalar that is known now.
    pub fn constant(&mut self, value: f64) -> NodeId {
        self.add(Op::Constant(value.to_bits()))
    }

    /// The scalar with this place among those given at every run.
    pub fn uniform(&mut self, index: u16) -> NodeId {
        self.add(Op::Uniform(index))
    }

    /// The scalar with this place among those kept for each parameter.
    pub fn number(&mut self, index: u16) -> NodeId {
        self.add(Op::Number(index))
    }

    /// The number of elements of a parameter.
    pub fn length(&mut self) -> NodeId {
        self.add(Op::Length)
    }

    /// A tensor given at every run.
    pub fn tensor(&mut self, slot: Slot) -> NodeId {
        self.add(Op::Tensor(slot))
    }

    /// A scalar as a tensor; a tensor stays as it is.
    pub fn broadcast(&mut self, scalar: NodeId) -> NodeId {
        if self.facts(scalar).tensor { scalar } else { self.add(Op::Broadcast(scalar)) }
    }

    /// One operand.
    pub fn unary(&mut self, op: Unary, x: NodeId) -> NodeId {
        if self.folding == Folding::Full {
            if let Some(value) = self.constant_value(x) {
                return self.constant(op.apply(value));
            }
            if let (Unary::Neg, Op::Unary(Unary::Neg, inner)) = (op, self.op(x)) {
                return inner;
            }
        }
        self.add(Op::Unary(op, x))
    }

    /// Two operands.
    pub fn binary(&mut self, op: Binary, x: NodeId, y: NodeId) -> NodeId {
        if self.folding == Folding::Full {
            let (left, right) = (self.constant_value(x), self.constant_value(y));
            if let (Some(a), Some(b)) = (left, right) {
                return self.constant(op.apply(a, b));
            }
            match (op, left, right) {
                (Binary::Mul | Binary::Div | Binary::Pow, _, Some(1.0)) | (Binary::Sub, _, Some(0.0)) => return x,
                (Binary::Mul, Some(1.0), _) => return y,
                (Binary::Pow, _, Some(2.0)) => return self.binary(Binary::Mul, x, x),
                _ => {}
            }
        }
        if op == Binary::Div && self.facts(x).tensor && !self.facts(y).tensor {
            // One division for the parameter instead of one for each element; at most one rounding more.
            let one = self.constant(1.0);
            let inverse = self.binary(Binary::Div, one, y);
            return self.binary(Binary::Mul, x, inverse);
        }
        let (x, y) = if op.commutes() && y < x { (y, x) } else { (x, y) };
        self.add(Op::Binary(op, x, y))
    }

    /// `a` where the mask holds, else `b`.
    pub fn select(&mut self, mask: NodeId, a: NodeId, b: NodeId) -> NodeId {
        if a == b {
            // The mask decides nothing; but the result must be a tensor if the mask is one.
            let facts = self.facts(mask);
            return if facts.tensor { self.broadcast_like(a, facts.shape) } else { a };
        }
        if self.folding == Folding::Full
            && !self.facts(a).tensor
            && !self.facts(b).tensor
            && let (Some(m), Some(x), Some(y)) =
                (self.constant_value(mask), self.constant_value(a), self.constant_value(b))
        {
            return self.constant(select(m, x, y));
        }
        self.add(Op::Select(mask, a, b))
    }

    /// A scalar taken of all elements of a parameter.
    pub fn reduce(&mut self, kind: Reduction, x: NodeId, y: NodeId) -> NodeId {
        let (x, y) = match kind {
            Reduction::Dot | Reduction::Distance if y < x => (y, x),
            Reduction::Dot | Reduction::Distance => (x, y),
            Reduction::Sum | Reduction::MaxAbs => (x, x),
        };
        self.add(Op::Reduce(kind, x, y))
    }

    pub(super) fn add(&mut self, op: Op) -> NodeId {
        if let Some(id) = self.known.get(&op) {
            return *id;
        }
        let id = NodeId(self.ops.len() as u32);
        self.facts.push(self.facts_of(op));
        self.ops.push(op);
        self.known.insert(op, id);
        id
    }

    fn facts_of(&self, op: Op) -> Facts {
        let tensor = match op {
            Op::Tensor(_) | Op::Broadcast(_) | Op::Fill(..) | Op::Eye(_) => true,
            Op::Reduce(..) | Op::Total(..) => false,
            other => other.operands().any(|id| self.facts(id).tensor),
        };
        let by_parameter = match op {
            Op::Reduce(..) | Op::Number(_) | Op::Length => true,
            other => other.operands().any(|id| self.facts(id).by_parameter),
        };
        let reduced = match op {
            Op::Reduce(..) | Op::Length | Op::Total(..) => true,
            other => other.operands().any(|id| self.facts(id).reduced),
        };
        let mask = match op {
            Op::Unary(Unary::Not, _) => true,
            Op::Binary(op, ..) => op.makes_mask(),
            Op::Select(_, a, b) => self.facts(a).mask && self.facts(b).mask,
            _ => false,
        };
        let shape = if tensor { self.shape_of(op) } else { None };
        Facts { tensor, by_parameter, reduced, mask, shape }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_expressions_are_one_node_and_constants_are_computed() {
        let mut g = Graph::new(Folding::Full);
        let (x, two, three) = (g.tensor(Slot::Read(0)), g.constant(2.0), g.constant(3.0));
        let six = g.binary(Binary::Mul, two, three);
        assert_eq!(g.constant_value(six), Some(6.0));
        let a = g.binary(Binary::Mul, x, six);
        let b = g.binary(Binary::Mul, six, x);
        assert_eq!(a, b);
        assert!(g.facts(a).tensor);
    }

    #[test]
    fn identities_that_fail_for_nan_are_not_used() {
        let mut g = Graph::new(Folding::Full);
        let (x, zero) = (g.tensor(Slot::Read(0)), g.constant(0.0));
        for id in [g.binary(Binary::Sub, x, x), g.binary(Binary::Mul, x, zero), g.binary(Binary::Add, x, zero)] {
            assert!(matches!(g.op(id), Op::Binary(..)));
        }
        assert_eq!(g.binary(Binary::Sub, x, zero), x);
    }

    #[test]
    fn a_structural_graph_keeps_its_shape_whatever_the_numbers() {
        let shape = |value: f64| {
            let mut g = Graph::new(Folding::Structural);
            let (x, c) = (g.tensor(Slot::Read(0)), g.constant(value));
            g.binary(Binary::Mul, x, c);
            g.len()
        };
        assert_eq!(shape(1.0), shape(0.9));
    }
}
