//! Nodes that have a shape: tensors of other shapes than the parameter's, what is taken of rows and columns, products.

use super::{Graph, NodeId, Op, Slot};
use crate::program::ops::{Along, Axis, Binary, OfRow};
use crate::program::shape::Shape;

impl Graph {
    /// The shape of the parameter, if it is known.
    pub fn own(&self) -> Option<Shape> {
        self.own
    }

    /// The shape of a tensor, if it is known.
    pub fn shape(&self, id: NodeId) -> Option<Shape> {
        self.facts(id).shape.or(self.own)
    }

    /// The shape as facts have it: none for the parameter's own.
    fn other(&self, shape: Shape) -> Option<Shape> {
        (self.own != Some(shape)).then_some(shape)
    }

    /// A tensor given at every run that has a shape of its own.
    pub fn tensor_of(&mut self, slot: Slot, shape: Shape) -> NodeId {
        let id = self.add(Op::Tensor(slot));
        self.facts[id.index()].shape = self.other(shape);
        id
    }

    /// A scalar as a tensor of a shape.
    pub fn fill(&mut self, scalar: NodeId, shape: Shape) -> NodeId {
        match self.other(shape) {
            None => self.broadcast(scalar),
            Some(other) => self.add(Op::Fill(scalar, other)),
        }
    }

    /// A scalar as a tensor of the shape of another; a tensor stays as it is.
    pub fn broadcast_like(&mut self, scalar: NodeId, shape: Option<Shape>) -> NodeId {
        match shape {
            Some(shape) if !self.facts(scalar).tensor => self.fill(scalar, shape),
            _ => self.broadcast(scalar),
        }
    }

    /// One value of each column, or of each row.
    pub fn along(&mut self, kind: Along, axis: Axis, x: NodeId) -> NodeId {
        self.add(Op::Along(kind, axis, x))
    }

    /// Every row made into another one of the same length.
    pub fn of_row(&mut self, kind: OfRow, x: NodeId) -> NodeId {
        self.add(Op::OfRow(kind, x))
    }

    /// A scalar, or a tensor with its sides of 1 repeated, as a tensor of a shape that it meets.
    pub fn spread(&mut self, x: NodeId, shape: Option<Shape>) -> NodeId {
        if !self.facts(x).tensor {
            return self.broadcast_like(x, shape);
        }
        match shape {
            Some(shape) if self.shape(x) != Some(shape) => {
                let one = self.constant(1.0);
                let ones = self.fill(one, shape);
                self.binary(Binary::Mul, x, ones)
            }
            _ => x,
        }
    }

    /// The sums of a tensor over the sides that are 1 in a shape: what comes back from repeating them.
    pub fn gather(&mut self, x: NodeId, shape: Shape) -> NodeId {
        let Some(own) = self.shape(x) else { return x };
        let mut sum = x;
        if shape.rows == 1 && own.rows != 1 {
            sum = self.along(Along::Sum, Axis::Rows, sum);
        }
        if shape.columns == 1 && own.columns != 1 {
            sum = self.along(Along::Sum, Axis::Columns, sum);
        }
        sum
    }

    /// The matrix product of two tensors whose shapes fit.
    pub fn product(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.add(Op::Product(a, b))
    }

    /// Rows for columns.
    pub fn transpose(&mut self, x: NodeId) -> NodeId {
        match self.op(x) {
            Op::Transpose(inner) => inner,
            _ => self.add(Op::Transpose(x)),
        }
    }

    /// The square matrix with 1 on its diagonal.
    pub fn eye(&mut self, rows: u32) -> NodeId {
        self.add(Op::Eye(rows))
    }

    /// The sum of a scalar over all parameters.
    pub fn total(&mut self, place: u64, scalar: NodeId) -> NodeId {
        self.add(Op::Total(place, scalar))
    }

    /// The shape of a tensor, if it is not the parameter's own. Whoever adds an operation has seen that shapes fit.
    pub(super) fn shape_of(&self, op: Op) -> Option<Shape> {
        let of = |id: NodeId| self.shape(id);
        let shape = match op {
            Op::Tensor(_) | Op::Broadcast(_) => None,
            Op::Fill(_, shape) => Some(shape),
            Op::Eye(rows) => Some(Shape { rows, columns: rows }),
            Op::Along(_, Axis::Rows, x) => of(x).map(|shape| Shape { rows: 1, ..shape }),
            Op::Along(_, Axis::Columns, x) => of(x).map(|shape| Shape { columns: 1, ..shape }),
            Op::Transpose(x) => of(x).map(Shape::turned),
            Op::Product(a, b) => of(a).zip(of(b)).map(|(a, b)| Shape { columns: b.columns, ..a }),
            other => {
                let mut shapes = other.operands().filter(|id| self.facts(*id).tensor).map(|id| self.facts(id).shape);
                let first = shapes.next()?;
                // Most often all are the parameter's own.
                shapes.fold(first, |met, next| match (met, next) {
                    (None, None) => None,
                    (a, b) if a == b => a,
                    (a, b) => {
                        a.or(self.own).zip(b.or(self.own)).and_then(|(a, b)| a.meets(b)).and_then(|met| self.other(met))
                    }
                })
            }
        };
        shape.and_then(|shape| self.other(shape))
    }
}
