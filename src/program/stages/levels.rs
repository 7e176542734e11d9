//! When each node can be known: in which round (totals lie between rounds), and at which level of it (barriers lie
//! between levels).

use super::StagesPart;
use crate::program::graph::{Graph, NodeId, Op};
use crate::program::shape::Shape;

/// Round and level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(super) struct Level {
    pub round: usize,
    pub level: usize,
}

impl Level {
    fn next(self) -> Self {
        Self { level: self.level + 1, ..self }
    }
}

/// The levels of the nodes of one graph.
pub(super) struct Levels {
    at: Vec<Level>,
}

/// How a node comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One number, computed from others.
    Scalar,
    /// One number taken of all elements.
    Reduced,
    /// Lies there before anything is done.
    Source,
    /// A scalar for every element.
    Repeated,
    /// Element by element.
    Elementwise,
    /// Of other elements than its own.
    Barrier,
}

/// What kind of node this is.
pub(super) fn kind(graph: &Graph, id: NodeId) -> Kind {
    match graph.op(id) {
        Op::Reduce(..) => Kind::Reduced,
        Op::Tensor(_) => Kind::Source,
        Op::Broadcast(_) | Op::Fill(..) => Kind::Repeated,
        Op::Along(..) | Op::OfRow(..) | Op::Product(..) | Op::Transpose(_) | Op::Eye(_) => Kind::Barrier,
        _ if graph.facts(id).tensor => Kind::Elementwise,
        _ => Kind::Scalar,
    }
}

/// The place of a total among all.
pub(super) fn place(totals: &[u64], total: u64) -> usize {
    totals.binary_search(&total).unwrap_or(0)
}

/// The levels of all graphs, with the round before which each total is known.
pub(super) fn all(parts: &[StagesPart<'_>], totals: &[u64]) -> Option<(Vec<usize>, Vec<Levels>)> {
    let mut rounds = vec![1; totals.len()];
    // Each time at least one total goes a round back, if none is settled.
    for _ in 0..=totals.len() {
        let levels: Vec<Levels> =
            parts.iter().map(|part| Levels::of(part.graph, |total| rounds[place(totals, total)])).collect();
        let mut settled = true;
        for (part, levels) in parts.iter().zip(&levels) {
            for (_, op) in part.graph.nodes() {
                let Op::Total(total, x) = op else { continue };
                let after = levels.at(x).round + 1;
                let round = &mut rounds[place(totals, total)];
                settled &= after <= *round;
                *round = after.max(*round);
            }
        }
        if settled {
            return Some((rounds, levels));
        }
    }
    None
}

impl Levels {
    fn of(graph: &Graph, round: impl Fn(u64) -> usize) -> Self {
        let mut levels = Self { at: Vec::with_capacity(graph.len()) };
        for (id, op) in graph.nodes() {
            let latest = |of: &dyn Fn(NodeId) -> Level| op.operands().map(of).max().unwrap_or_default();
            let level = match (op, kind(graph, id)) {
                (Op::Total(total, _), _) => Level { round: round(total), level: 0 },
                (_, Kind::Reduced) => latest(&|operand| levels.at(operand)).next(),
                (_, Kind::Barrier) => latest(&|operand| levels.whole(graph, operand)),
                (_, Kind::Elementwise) => {
                    let shape = graph.facts(id).shape;
                    latest(&|operand| levels.of_shape(graph, operand, shape))
                }
                _ => latest(&|operand| levels.at(operand)),
            };
            levels.at.push(level);
        }
        levels
    }

    /// When a node is known.
    pub fn at(&self, id: NodeId) -> Level {
        self.at[id.index()]
    }

    /// When a barrier may look at all of it: what a block makes must be finished.
    pub fn whole(&self, graph: &Graph, id: NodeId) -> Level {
        match kind(graph, id) {
            Kind::Elementwise | Kind::Repeated => self.at(id).next(),
            _ => self.at(id),
        }
    }

    /// When its elements are there for a tensor of this shape.
    fn of_shape(&self, graph: &Graph, id: NodeId, shape: Option<Shape>) -> Level {
        let same = !graph.facts(id).tensor || graph.facts(id).shape == shape;
        if same { self.at(id) } else { self.whole(graph, id) }
    }
}
