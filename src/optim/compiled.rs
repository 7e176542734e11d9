//! The two programs of an update, and what its graph tells about averages.

use super::rule::{Body, Initial, Name, RuleProgram, StateSpec, Update, draw_places};
use super::smoothing::Smoothing;
use crate::program::{Graph, NodeId, Op, Program, Reduction, Shape, Slot, Wanted};

/// A lean program, its watched twin, and the names that the twin shows.
pub(super) struct Compiled {
    pub how: How,
    /// States first, then what `let` names.
    pub names: Vec<String>,
    /// Of each of them how many values it had one after the other in an update.
    pub times: Vec<u32>,
    /// How many of the states are tensors.
    pub tensors: usize,
    /// For each state, what the extra scalars tell of it as an average.
    pub averages: Vec<Smoothing>,
    /// How many scalars that explain averages the watched program shows after the names.
    pub extra: usize,
    /// The places at which random numbers come in.
    pub draws: Vec<u8>,
    /// What it shows after these: what the script takes of other elements, or of other parameters.
    pub taken: Vec<Taken>,
}

/// How it is run.
pub(super) enum How {
    /// By itself.
    Fused { lean: Box<Program>, watched: Box<Program> },
    /// In stages, with all parameters that are.
    Staged(Box<Wants>),
}

/// What is wanted of each parameter in stages.
pub(super) struct Wants {
    pub graph: Graph,
    pub tensors: Vec<(u8, NodeId)>,
    pub numbers: Vec<(u16, NodeId)>,
    pub measures: [NodeId; 1],
    /// With their numbers.
    pub shown: Vec<(usize, NodeId)>,
}

/// A value that one element does not know of itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Taken {
    pub node: NodeId,
    /// It has elements of its own, and this shape if it is not the parameter's.
    pub tensor: bool,
    pub shape: Option<Shape>,
}

impl Compiled {
    /// The lean program and its twin, of what is not run in stages.
    pub fn programs(&self) -> Option<(&Program, &Program)> {
        match &self.how {
            How::Fused { lean, watched } => Some((lean, watched)),
            How::Staged(_) => None,
        }
    }

    /// What is wanted of what is run in stages.
    pub fn wants(&self) -> Option<&Wants> {
        match &self.how {
            How::Fused { .. } => None,
            How::Staged(wants) => Some(wants),
        }
    }
}

/// It looks at other elements than its own, or has tensors of other shapes: it is run in stages.
pub(super) fn is_staged(graph: &Graph) -> bool {
    graph.nodes().any(|(id, op)| op.is_barrier() || graph.facts(id).shape.is_some())
}

/// For how long an update is what the script does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// At every step, with these settings.
    Always,
    /// As long as an `if` on the step number, or on a number that is kept, comes out the same.
    ForSomeSteps,
    /// The numbers of a single step are in it.
    ThisStep,
}

/// Compiles both programs of an update. The measure is `|W_new - W|^2`, for each parameter.
pub(super) fn compile(update: &Update, states: &[StateSpec], holds: Holds) -> Compiled {
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
                let node = graph.broadcast_like(*node, state.shape);
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
    let mut times = vec![1; names.len()];
    for name in &update.names {
        names.push(name.name.clone());
        times.push(name.times);
        shown.push(name.node);
    }

    let mut extra: Vec<NodeId> = Vec::new();
    let mut show = |id: NodeId| {
        extra.iter().position(|known| *known == id).unwrap_or_else(|| {
            extra.push(id);
            extra.len() - 1
        })
    };
    let mut tensor_slot = 0_u8;
    let mut averages = Vec::new();
    for (state, node) in states.iter().zip(&shown) {
        averages.push(if matches!(state.initial, Initial::Tensor(_)) {
            tensor_slot += 1;
            Smoothing::of(&graph, (*node, tensor_slot), w_new, holds, &mut show)
        } else {
            Smoothing::default()
        });
    }
    let count = extra.len();
    let lean = Wanted { tensors: &tensors, numbers: &numbers, measures: &measures, ..Wanted::default() };
    let staged = is_staged(&update.graph);
    let is_taken = |op: Op| matches!(op, Op::Reduce(..)) || op.is_barrier();
    let facts = |id: NodeId| update.graph.facts(id);
    let taken = |node: NodeId| Taken { node, tensor: facts(node).tensor, shape: facts(node).shape };
    let taken: Vec<Taken> = update.graph.nodes().filter(|(_, op)| is_taken(*op)).map(|(node, _)| taken(node)).collect();
    let watched: Vec<NodeId> = shown.into_iter().chain(extra).chain(taken.iter().map(|taken| taken.node)).collect();
    let (states, each) = (states.iter().filter(|state| matches!(state.initial, Initial::Tensor(_))).count(), &lean);
    let draws = draw_places(&update.graph);
    let how = if staged {
        let shown = watched.into_iter().enumerate().collect();
        How::Staged(Box::new(Wants { graph, tensors, numbers, measures, shown }))
    } else {
        let lean = Box::new(Program::new(&graph, each));
        let watched = Box::new(Program::new(&graph, &Wanted { watched: &watched, ..*each }));
        How::Fused { lean, watched }
    };
    Compiled { how, names, times, tensors: states, averages, extra: count, draws, taken }
}

/// What two traces have in common when only their numbers differ: a key for programs.
pub(super) fn structure(update: &Update) -> (Vec<Op>, Vec<Name>) {
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
    (key, update.names.clone())
}

impl RuleProgram {
    /// The places of the states that the update gives back as they were. Unknown for a rule that is traced at every step.
    pub fn unassigned(&self) -> impl Iterator<Item = usize> {
        let update = if let Body::Once(update) = &self.body { Some(update) } else { None };
        update.into_iter().flat_map(|update| given_back(&self.states, update))
    }
}

/// The places of the states that an update gives back as they were.
pub(super) fn given_back(states: &[StateSpec], update: &Update) -> Vec<usize> {
    let (mut tensors, mut numbers) = (0_u8, 0_u16);
    let mut kept = Vec::new();
    for (at, state) in states.iter().enumerate() {
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
        if update.graph.op(update.states[at]) == own {
            kept.push(at);
        }
    }
    kept
}
