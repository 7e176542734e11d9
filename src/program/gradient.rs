//! Reverse-mode derivatives, as more nodes of the same graph.
//!
//! Behind a `where` the adjoint of the branch not taken is exactly 0, and [`Binary::Gate`] keeps it 0 however large
//! the local derivative is: `where(x > 0, x, exp(x) - 1)` has the derivative 1 at 100, not `0 * inf`.
//! At a tie of `min` and `max` with a constant the derivative is 0, as `PyTorch` has it for relu; between two
//! quantities each gets half, and equal largest elements of a row share what comes back, as `PyTorch`'s `amax` has it.
//! What was repeated comes back as a sum. Reductions of whole tensors and products are not differentiated: scripts that
//! are differentiated may not use them.

mod rows;

use super::graph::{Graph, NodeId, Op};
use super::ops::{Binary, Unary};

/// The derivative of something with respect to a node, while it is being summed up.
#[derive(Clone, Copy)]
struct Adjoint {
    id: NodeId,
    /// Came through a `where`, so that a 0 in it means "not taken".
    masked: bool,
}

/// What went backward through a graph.
pub struct Backward {
    /// The derivatives `seed * d output / d x` for each x that was asked for, in order.
    pub gradients: Vec<NodeId>,
    /// Their parts, in the order in which they were added.
    pub parts: Vec<Part>,
}

/// What a node passed on to one of its operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The node that used the operand.
    pub from: NodeId,
    /// The operand.
    pub to: NodeId,
    /// What is added to the operand's derivative.
    pub value: NodeId,
    /// It comes from other elements of the row as well.
    pub gathered: bool,
}

/// The derivatives `seed * d output / d x` for each x of `wrt`, in order; 0 where the output does not depend on x.
pub fn gradient(g: &mut Graph, output: NodeId, seed: NodeId, wrt: &[NodeId]) -> Vec<NodeId> {
    backward(g, output, seed, wrt).gradients
}

/// The derivatives as [`gradient`] makes them, with what each of them is the sum of.
pub fn backward(g: &mut Graph, output: NodeId, seed: NodeId, wrt: &[NodeId]) -> Backward {
    let count = g.len();
    let depends = depending(g, wrt);
    let mut passed = Vec::new();
    let mut adjoints: Vec<Option<Adjoint>> = vec![None; count];
    adjoints[output.index()] = Some(Adjoint { id: seed, masked: false });
    for index in (0..=output.index()).rev() {
        let Some(adjoint) = adjoints[index].filter(|_| depends[index]) else { continue };
        let node = NodeId(index as u32);
        for (operand, part) in parts(g, node, adjoint, &depends) {
            let (part, gathered) = rows::back(g, node, operand, part);
            passed.push(Part { from: node, to: operand, value: part.id, gathered });
            let sum = match adjoints[operand.index()] {
                None => part,
                Some(before) => {
                    Adjoint { id: g.binary(Binary::Add, before.id, part.id), masked: before.masked || part.masked }
                }
            };
            adjoints[operand.index()] = Some(sum);
        }
    }
    let gradients = wrt.iter().map(|x| match adjoints[x.index()] {
        Some(adjoint) if depends[output.index()] => adjoint.id,
        _ => g.constant(0.0),
    });
    Backward { gradients: gradients.collect(), parts: passed }
}

/// For each node whether it is one of these or depends on one.
pub fn depending(g: &Graph, on: &[NodeId]) -> Vec<bool> {
    let mut depends = vec![false; g.len()];
    for (id, op) in g.nodes() {
        depends[id.index()] = on.contains(&id) || op.operands().any(|operand| depends[operand.index()]);
    }
    depends
}

/// The derivatives of a node by its operands, each as often as it is one; those are left out that are not wanted, and those
/// by which the derivative is 0 everywhere.
pub fn local(g: &mut Graph, node: NodeId, wanted: &[bool]) -> Vec<(NodeId, NodeId)> {
    if let Op::OfRow(kind, x) = g.op(node) {
        return vec![(x, rows::own_slope(g, kind, node))];
    }
    let one = g.constant(1.0);
    let parts = parts(g, node, Adjoint { id: one, masked: false }, wanted);
    parts.into_iter().map(|(operand, part)| (operand, part.id)).collect()
}

/// What a node passes on to each of its operands.
fn parts(g: &mut Graph, node: NodeId, adjoint: Adjoint, depends: &[bool]) -> Vec<(NodeId, Adjoint)> {
    let mut parts = Vec::with_capacity(2);
    let wanted = |id: NodeId| depends[id.index()];
    match g.op(node) {
        Op::Unary(op, x) => {
            if let Some(local) = unary_derivative(g, op, x, node) {
                parts.push((x, times(g, adjoint, local)));
            }
        }
        Op::Binary(op, x, y) => {
            if wanted(x)
                && let Some(part) = binary_part(g, op, (x, y), node, adjoint, (true, wanted(y)))
            {
                parts.push((x, part));
            }
            if wanted(y)
                && let Some(part) = binary_part(g, op, (x, y), node, adjoint, (false, wanted(x)))
            {
                parts.push((y, part));
            }
        }
        Op::Select(mask, a, b) => {
            let zero = g.constant(0.0);
            if wanted(a) {
                parts.push((a, Adjoint { id: g.select(mask, adjoint.id, zero), masked: true }));
            }
            if wanted(b) {
                parts.push((b, Adjoint { id: g.select(mask, zero, adjoint.id), masked: true }));
            }
        }
        Op::Broadcast(x) | Op::Fill(x, _) => parts.push((x, adjoint)),
        Op::Along(kind, axis, x) => parts.push((x, rows::along(g, (kind, axis, x), node, adjoint))),
        Op::OfRow(kind, x) => parts.push((x, rows::of_row(g, kind, node, adjoint))),
        // The rest is no function of an element, or is not there: what is differentiated is taken element by element.
        Op::Constant(_)
        | Op::Uniform(_)
        | Op::Number(_)
        | Op::Length
        | Op::Tensor(_)
        | Op::Reduce(..)
        | Op::Product(..)
        | Op::Transpose(_)
        | Op::Eye(_)
        | Op::Total(..) => {}
    }
    parts
}

fn times(g: &mut Graph, adjoint: Adjoint, local: NodeId) -> Adjoint {
    let op = if adjoint.masked { Binary::Gate } else { Binary::Mul };
    Adjoint { id: g.binary(op, adjoint.id, local), masked: adjoint.masked }
}

/// dy/dx of `y = op(x)`; none where it is 0 everywhere.
fn unary_derivative(g: &mut Graph, op: Unary, x: NodeId, y: NodeId) -> Option<NodeId> {
    let one = g.constant(1.0);
    Some(match op {
        Unary::Neg => g.constant(-1.0),
        Unary::Abs => g.unary(Unary::Sign, x),
        Unary::Sqrt => {
            let half = g.constant(0.5);
            g.binary(Binary::Div, half, y)
        }
        Unary::Exp => y,
        Unary::Ln => g.binary(Binary::Div, one, x),
        Unary::Ln1p => {
            let sum = g.binary(Binary::Add, one, x);
            g.binary(Binary::Div, one, sum)
        }
        Unary::Tanh => {
            let square = g.binary(Binary::Mul, y, y);
            g.binary(Binary::Sub, one, square)
        }
        Unary::Sigmoid => {
            let rest = g.binary(Binary::Sub, one, y);
            g.binary(Binary::Mul, y, rest)
        }
        Unary::Erf => {
            let square = g.binary(Binary::Mul, x, x);
            let exponent = g.unary(Unary::Neg, square);
            let bell = g.unary(Unary::Exp, exponent);
            let scale = g.constant(std::f64::consts::FRAC_2_SQRT_PI);
            g.binary(Binary::Mul, scale, bell)
        }
        Unary::Sin => g.unary(Unary::Cos, x),
        Unary::Cos => {
            let sin = g.unary(Unary::Sin, x);
            g.unary(Unary::Neg, sin)
        }
        Unary::Sign | Unary::Floor | Unary::Not => return None,
    })
}

/// The adjoint of the first or second operand of `node = op(x, y)`; none where the derivative is 0 everywhere. With which one it
/// is comes whether the derivative by the other is wanted as well.
fn binary_part(
    g: &mut Graph,
    op: Binary,
    (x, y): (NodeId, NodeId),
    node: NodeId,
    adjoint: Adjoint,
    (first, moves): (bool, bool),
) -> Option<Adjoint> {
    let local = match (op, first) {
        (Binary::Add, _) | (Binary::Sub | Binary::Rem, true) => return Some(adjoint),
        (Binary::Sub, false) => {
            return Some(Adjoint { id: g.unary(Unary::Neg, adjoint.id), masked: adjoint.masked });
        }
        (Binary::Mul | Binary::Gate, true) => y,
        (Binary::Mul | Binary::Gate, false) => x,
        (Binary::Div, true) => {
            let one = g.constant(1.0);
            g.binary(Binary::Div, one, y)
        }
        (Binary::Div, false) => {
            let slope = g.binary(Binary::Div, node, y);
            g.unary(Unary::Neg, slope)
        }
        (Binary::Pow, true) => {
            let one = g.constant(1.0);
            let less = g.binary(Binary::Sub, y, one);
            let power = g.binary(Binary::Pow, x, less);
            g.binary(Binary::Mul, y, power)
        }
        (Binary::Pow, false) => {
            let log = g.unary(Unary::Ln, x);
            g.binary(Binary::Mul, node, log)
        }
        (Binary::Rem, false) => {
            // x % y = x - y trunc(x / y), so the slope is -trunc(x / y) = (x % y - x) / y.
            let difference = g.binary(Binary::Sub, node, x);
            g.binary(Binary::Div, difference, y)
        }
        (Binary::Min | Binary::Max, _) => {
            let (this, other) = if first { (x, y) } else { (y, x) };
            return Some(choice(g, op, [this, other], node, adjoint, moves));
        }
        (Binary::Lt | Binary::Le | Binary::Gt | Binary::Ge | Binary::Eq | Binary::Ne | Binary::And | Binary::Or, _) => {
            return None;
        }
    };
    Some(times(g, adjoint, local))
}

/// The adjoint of `this` in `node`, the `min` or `max` of it and `other`, which may move, too.
fn choice(
    g: &mut Graph,
    op: Binary,
    [this, other]: [NodeId; 2],
    node: NodeId,
    adjoint: Adjoint,
    moves: bool,
) -> Adjoint {
    let zero = g.constant(0.0);
    let apart = if op == Binary::Max { Binary::Gt } else { Binary::Lt };
    // One number for all elements is a constant, unless the derivative by it is wanted, as by the place on a landscape.
    let one_number = matches!(g.op(other), Op::Constant(_) | Op::Uniform(_) | Op::Broadcast(_));
    let (wins, at_tie) = if one_number && !moves {
        // `this` has won where the result is not `other`. So what is derived from the result alone, like relu, does
        // not need what went in.
        (g.binary(apart, node, other), zero)
    } else {
        let half = g.constant(0.5);
        let shared = g.binary(Binary::Mul, adjoint.id, half);
        let tie = g.binary(Binary::Eq, this, other);
        (g.binary(apart, this, other), g.select(tie, shared, zero))
    };
    Adjoint { id: g.select(wins, adjoint.id, at_tie), masked: true }
}
