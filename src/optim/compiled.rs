//! The two programs of an update, and what its graph tells about averages.

use super::rule::{Body, Initial, RuleParts, StateSpec, Update};
use crate::program::{Binary, Graph, NodeId, Op, Program, Reduction, Slot, Unary, Wanted};

/// A lean program, its watched twin, and the names that the twin shows.
pub(super) struct Compiled {
    pub lean: Program,
    pub watched: Program,
    /// States first, then what `let` names.
    pub names: Vec<String>,
    /// For each state, the place of its decay among the extra scalars.
    pub decays: Vec<Option<usize>>,
    /// For each state, the place of its `1 - b^t` among the extra scalars.
    pub corrections: Vec<Option<usize>>,
    /// How many scalars that explain averages the watched program shows after the names.
    pub extra: usize,
    /// What it shows after these: what the script takes of all elements.
    pub reductions: Vec<NodeId>,
}

/// Compiles both programs. The measure is `|W_new - W|^2`, for each parameter.
pub(super) fn compile(update: &Update, states: &[StateSpec]) -> Compiled {
    let mut graph = update.graph.clone();
    let w = graph.tensor(Slot::Write(0));
    let w_new = update.w.map_or(w, |id| graph.broadcast(id));
    let measures = [graph.reduce(Reduction::Distance, w_new, w)];
    let mut tensors = vec![(0, w_new)];
    let mut numbers = Vec::new();
    let mut shown = Vec::new();
    for (state, node) in states.iter().zip(&update.states) {
        match state.initial {
            Initial::Tensor(_) => {
                let node = graph.broadcast(*node);
                tensors.push((tensors.len() as u8, node));
                shown.push(node);
            }
            Initial::Number(_) => {
                numbers.push((numbers.len() as u16, *node));
                shown.push(*node);
            }
        }
    }
    let mut names: Vec<String> = states.iter().map(|s| s.name.clone()).collect();
    for name in &update.names {
        names.push(name.name.clone());
        shown.push(name.node);
    }

    let mut extra = Vec::new();
    let mut tensor_slot = 0_u8;
    let (mut decays, mut corrections) = (Vec::new(), Vec::new());
    for (state, node) in states.iter().zip(&shown) {
        let mut keep = |scalar: Option<NodeId>| {
            scalar.map(|id| {
                extra.push(id);
                extra.len() - 1
            })
        };
        if matches!(state.initial, Initial::Tensor(_)) {
            tensor_slot += 1;
            decays.push(keep(decay(&graph, *node, tensor_slot)));
            corrections.push(keep(correction(&graph, *node)));
        } else {
            decays.push(None);
            corrections.push(None);
        }
    }
    let count = extra.len();
    let lean = Wanted { tensors: &tensors, numbers: &numbers, measures: &measures, ..Wanted::default() };
    let reductions: Vec<NodeId> =
        update.graph.nodes().filter(|(_, op)| matches!(op, Op::Reduce(..))).map(|(id, _)| id).collect();
    let watched: Vec<NodeId> = shown.into_iter().chain(extra).chain(reductions.iter().copied()).collect();
    Compiled {
        lean: Program::new(&graph, &lean),
        watched: Program::new(&graph, &Wanted { watched: &watched, ..lean }),
        names,
        decays,
        corrections,
        extra: count,
        reductions,
    }
}

/// The scalar by which a state's own old value is multiplied: `b` in `v = b v + (1 - b) dW`.
fn decay(graph: &Graph, node: NodeId, slot: u8) -> Option<NodeId> {
    let Op::Binary(Binary::Add, a, b) = graph.op(node) else { return None };
    [a, b].into_iter().find_map(|term| match graph.op(term) {
        Op::Binary(Binary::Mul, x, y) => [(x, y), (y, x)].into_iter().find_map(|(scalar, old)| {
            let own = graph.op(old) == Op::Tensor(Slot::Write(slot));
            (own && !graph.facts(scalar).tensor).then_some(scalar)
        }),
        _ => None,
    })
}

/// The scalar `1 - b^t` by which a state is divided somewhere.
fn correction(graph: &Graph, state: NodeId) -> Option<NodeId> {
    graph.nodes().find_map(|(_, op)| {
        // A division by a scalar is a product with its inverse (see `Graph::binary`).
        let Op::Binary(Binary::Mul, a, b) = op else { return None };
        let inverse = if a == state {
            b
        } else if b == state {
            a
        } else {
            return None;
        };
        let Op::Binary(Binary::Div, _, bottom) = graph.op(inverse) else { return None };
        let Op::Binary(Binary::Sub, _, power) = graph.op(bottom) else { return None };
        matches!(graph.op(power), Op::Binary(Binary::Pow, ..)).then_some(bottom)
    })
}

/// What two traces have in common when only their numbers differ: a key for programs.
pub(super) fn structure(update: &Update) -> Vec<Op> {
    let mut constants = 0;
    let ops = update.graph.nodes().map(|(_, op)| match op {
        Op::Constant(_) => {
            constants += 1;
            Op::Constant(constants)
        }
        other => other,
    });
    let mut key: Vec<Op> = ops.collect();
    key.extend(update.w.iter().chain(&update.states).map(|id| Op::Broadcast(*id)));
    key.extend(update.names.iter().map(|name| Op::Unary(Unary::Neg, name.node)));
    key
}

impl RuleParts {
    /// The places of the states that the update gives back as they were. Unknown for a rule that is traced at every step.
    pub fn unassigned(&self) -> impl Iterator<Item = usize> {
        let (mut tensors, mut numbers) = (0_u8, 0_u16);
        let kept: Vec<bool> = self
            .states
            .iter()
            .enumerate()
            .map(|(at, state)| {
                let own = match state.initial {
                    Initial::Tensor(_) => {
                        tensors += 1;
                        Op::Tensor(Slot::Write(tensors))
                    }
                    Initial::Number(_) => {
                        numbers += 1;
                        Op::Number(numbers - 1)
                    }
                };
                matches!(&self.body, Body::Once(update) if update.graph.op(update.states[at]) == own)
            })
            .collect();
        kept.into_iter().enumerate().filter(|(_, kept)| *kept).map(|(at, _)| at)
    }
}
