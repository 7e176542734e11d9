//! Programs that look at other elements than their own, or at other parameters: cut into stages.
//!
//! What is done element by element stays fused: such operations of one level and one shape are a [`Program`](super::Program)
//! of their own. Between the levels lie barriers: sums along an axis, matrix products, transposes, a side of 1 that is
//! repeated. A total over all parameters ends a *round*: what comes before it is done for every parameter first.
//!
//! Each parameter has a plan of its own, for its shape. Every result is computed by one order of operations, so it has the
//! same bits for any number of threads, and nothing is allocated after the first run.

mod block;
mod chunks;
mod levels;
mod matrix;
mod places;
mod plan;
mod rows;
mod run;

#[cfg(test)]
mod tests;

use super::compile::Program;
use super::graph::{Graph, NodeId, Op};
use super::ops::{Along, Axis, OfRow};
use super::shape::Shape;

pub(super) use matrix::along;
pub(super) use rows::of_row;
pub use run::{StagesCall, StagesMachine};

/// What is wanted of one parameter.
#[derive(Debug, Clone, Copy)]
pub struct StagesPart<'a> {
    /// The arithmetic, traced for the parameter's shape.
    pub graph: &'a Graph,
    /// That shape.
    pub shape: Shape,
    /// Tensors written in place: the slot's number and the node.
    pub tensors: &'a [(u8, NodeId)],
    /// Numbers kept for the parameter: the number's place and the node.
    pub numbers: &'a [(u16, NodeId)],
    /// Scalars to be read after a run.
    pub measures: &'a [NodeId],
    /// Nodes shown to the watcher, with the number that each is shown by.
    pub shown: &'a [(usize, NodeId)],
}

/// The plans of all parameters.
#[derive(Debug, Clone)]
pub struct Stages {
    plans: Vec<Plan>,
    /// One more than totals follow from each other.
    rounds: usize,
    /// For each total the round before which it is known.
    totals: Vec<usize>,
}

/// Where a tensor lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Place {
    /// One that stays as it is.
    Read(u8),
    /// The parameter or a state.
    Slot(u8),
    /// A place that is used again when nobody reads it any more.
    Temporary(u16),
}

/// A fused block.
#[derive(Debug, Clone)]
struct Block {
    program: Program,
    /// The scalars that it is given, by their nodes.
    scalars: Vec<usize>,
    reads: Vec<Place>,
    /// Slots first, then temporary places, each in order.
    writes: Vec<Place>,
    len: usize,
    /// What it reduces, by their nodes.
    reduced: Vec<usize>,
}

/// A tensor at its place.
#[derive(Debug, Clone, Copy)]
struct At {
    place: Place,
    shape: Shape,
}

/// One thing after the other.
#[derive(Debug, Clone)]
enum Step {
    Scalars(Vec<(usize, Op)>),
    Block(Box<Block>),
    Along {
        kind: Along,
        axis: Axis,
        from: At,
        to: At,
    },
    OfRow {
        kind: OfRow,
        from: At,
        to: At,
    },
    /// Sides of 1 are repeated.
    Repeat {
        from: At,
        to: At,
    },
    /// Operands may be read with rows for columns; never both.
    Product {
        a: At,
        b: At,
        turned: [bool; 2],
        to: At,
    },
    Transpose {
        from: At,
        to: At,
    },
    Eye {
        to: At,
    },
    Copy {
        from: At,
        to: At,
    },
    Show {
        name: usize,
        from: At,
    },
}

/// What is done for one parameter.
#[derive(Debug, Clone)]
struct Plan {
    /// By rounds.
    steps: Vec<Vec<Step>>,
    /// Nodes of constants, in order.
    constants: Vec<usize>,
    /// How many nodes the graph has.
    nodes: usize,
    elements: usize,
    /// The length of each temporary place.
    temporaries: Vec<usize>,
    /// The place of each total, and the node that is summed.
    totals: Vec<(usize, usize)>,
    numbers: Vec<(u16, usize)>,
    measures: Vec<usize>,
    /// Scalars that are shown.
    shown: Vec<(usize, usize)>,
}

impl Stages {
    /// Cuts the programs of all parameters into stages. None if totals wait for each other, as two branches of an `if` can make
    /// them.
    pub fn new(parts: &[StagesPart<'_>]) -> Option<Self> {
        let number = |(_, op)| if let Op::Total(number, _) = op { Some(number) } else { None };
        let mut numbers: Vec<u64> = parts.iter().flat_map(|part| part.graph.nodes()).filter_map(number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let (totals, levels) = levels::all(parts, &numbers)?;
        let rounds = 1 + totals.iter().copied().max().unwrap_or(0);
        let plan = |(part, levels)| plan::plan(part, &levels, rounds, &numbers);
        let plans = parts.iter().zip(levels).map(plan).collect();
        Some(Self { plans, rounds, totals })
    }

    /// Fused blocks of all parameters: kernels that run one after the other.
    pub fn kernels(&self) -> usize {
        let steps = self.plans.iter().flat_map(|plan| plan.steps.iter().flatten());
        steps.map(|step| if let Step::Block(block) = step { block.program.kernels() } else { 0 }).sum()
    }

    /// From now on all tensors have another number of rows, at most as many as those for which the stages were made. There may
    /// be nothing that mixes rows, so that each has its own results whatever the others are.
    pub(super) fn set_rows(&mut self, before: usize, rows: usize) {
        let of = |at: &mut At| at.shape.rows = rows as u32;
        for step in self.plans.iter_mut().flat_map(|plan| plan.steps.iter_mut().flatten()) {
            match step {
                Step::Block(block) => block.len = block.len / before * rows,
                Step::Along { from, to, .. }
                | Step::OfRow { from, to, .. }
                | Step::Repeat { from, to }
                | Step::Copy { from, to } => {
                    of(from);
                    of(to);
                }
                Step::Show { from, .. } => of(from),
                Step::Scalars(_) | Step::Product { .. } | Step::Transpose { .. } | Step::Eye { .. } => {}
            }
        }
    }

    fn has_products(&self) -> bool {
        self.plans.iter().flat_map(|plan| plan.steps.iter().flatten()).any(|step| matches!(step, Step::Product { .. }))
    }
}
