//! Derivatives of what looks at a whole row or column, and of sides of 1 that were repeated.

use super::{Adjoint, times};
use crate::program::graph::{Graph, NodeId, Op};
use crate::program::ops::{Along, Axis, Binary, OfRow, Unary};

/// What `node` passes back to an operand that it may have repeated: then the sum over all that it was repeated to. Also says
/// whether it comes from other elements as well.
pub(super) fn back(g: &mut Graph, node: NodeId, operand: NodeId, part: Adjoint) -> (Adjoint, bool) {
    match g.op(node) {
        Op::OfRow(..) => return (part, true),
        Op::Along(..) | Op::Broadcast(_) | Op::Fill(..) => return (part, false),
        _ => {}
    }
    let tensors = g.facts(node).tensor && g.facts(operand).tensor;
    let (Some(from), Some(to)) = (g.shape(node), g.shape(operand)) else { return (part, false) };
    if !tensors || from == to {
        return (part, false);
    }
    let whole = g.spread(part.id, Some(from));
    (Adjoint { id: g.gather(whole, to), ..part }, true)
}

/// What is passed back to the elements of which `node` was taken.
pub(super) fn along(g: &mut Graph, (kind, axis, x): (Along, Axis, NodeId), node: NodeId, adjoint: Adjoint) -> Adjoint {
    let shape = g.shape(x);
    let zero = g.constant(0.0);
    match kind {
        Along::Sum => Adjoint { id: g.spread(adjoint.id, shape), ..adjoint },
        Along::Mean => {
            let count = shape.map_or(1, |shape| if axis == Axis::Rows { shape.rows } else { shape.columns });
            let share = g.constant(1.0 / f64::from(count));
            let part = times(g, adjoint, share);
            Adjoint { id: g.spread(part.id, shape), ..part }
        }
        Along::Norm => {
            // A norm of 0 is the lowest there is: 0 is a derivative.
            let quotient = g.binary(Binary::Div, x, node);
            let positive = g.binary(Binary::Gt, node, zero);
            let slope = g.select(positive, quotient, zero);
            times(g, adjoint, slope)
        }
        Along::LogSumExp => {
            let slope = g.of_row(OfRow::Softmax, x);
            times(g, adjoint, slope)
        }
        Along::Max => shared(g, (axis, x), node, adjoint),
        Along::MaxAbs => {
            let size = g.unary(Unary::Abs, x);
            let part = shared(g, (axis, size), node, adjoint);
            let sign = g.unary(Unary::Sign, x);
            times(g, part, sign)
        }
    }
}

/// Those that are the largest have equal shares.
fn shared(g: &mut Graph, (axis, x): (Axis, NodeId), node: NodeId, adjoint: Adjoint) -> Adjoint {
    let zero = g.constant(0.0);
    let is_largest = g.binary(Binary::Eq, x, node);
    let count = g.along(Along::Sum, axis, is_largest);
    let share = g.binary(Binary::Div, adjoint.id, count);
    Adjoint { id: g.select(is_largest, share, zero), masked: true }
}

/// What is passed back to the row of which `node` was made.
pub(super) fn of_row(g: &mut Graph, kind: OfRow, node: NodeId, adjoint: Adjoint) -> Adjoint {
    let id = match kind {
        OfRow::Softmax => {
            let pulled = g.binary(Binary::Mul, adjoint.id, node);
            let mean = g.along(Along::Sum, Axis::Columns, pulled);
            let apart = g.binary(Binary::Sub, adjoint.id, mean);
            g.binary(Binary::Mul, node, apart)
        }
        OfRow::LogSoftmax => {
            let whole = g.spread(adjoint.id, g.shape(node));
            let sum = g.along(Along::Sum, Axis::Columns, whole);
            let p = g.unary(Unary::Exp, node);
            let pulled = g.binary(Binary::Mul, p, sum);
            g.binary(Binary::Sub, whole, pulled)
        }
    };
    Adjoint { id, ..adjoint }
}

/// The derivative of an element of `node` by the element at the same place of the row of which it was made.
pub(super) fn own_slope(g: &mut Graph, kind: OfRow, node: NodeId) -> NodeId {
    let one = g.constant(1.0);
    match kind {
        OfRow::Softmax => {
            let rest = g.binary(Binary::Sub, one, node);
            g.binary(Binary::Mul, node, rest)
        }
        OfRow::LogSoftmax => {
            let p = g.unary(Unary::Exp, node);
            g.binary(Binary::Sub, one, p)
        }
    }
}
