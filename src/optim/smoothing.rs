//! Which states of a rule are averages, and whether it corrects them for their start at 0: told by what the update computes
//! at a step, not by how the script has written it.

use super::compiled::Holds;
use crate::program::{Binary, Graph, NodeId, Op, Slot, Unary};

/// Of one state, in scalars that the watched program shows: how much of its old value the new one keeps, and what it may be
/// divided by.
#[derive(Debug, Clone, Default)]
pub(super) struct Smoothing {
    keeps: Option<Kept>,
    /// The places of scalars, one of which is `1 - b^t` at a step if the state is corrected.
    divisors: Vec<usize>,
    /// The new weights depend on no step number and on no number that is kept, so that nothing can be corrected.
    timeless: bool,
    /// The scalars may be numbers that have nothing to do with the step.
    by_chance: bool,
}

/// Whether a rule divides an average by `1 - b^t`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Correction {
    /// Not known.
    #[default]
    Unknown,
    /// It does not: its weights do not depend on the step number.
    Never,
    /// It does, by this number.
    By(f64),
}

/// The factor of the old value, a formula over scalars.
#[derive(Debug, Clone)]
enum Kept {
    One,
    Scalar(usize),
    Minus(Box<Self>),
    Two(Binary, Box<Self>, Box<Self>),
}

/// The most operations of a factor: a loop makes a tree of a chain.
const LONGEST: usize = 32;
/// The most scalars that are looked at for a correction.
const DIVISORS: usize = 32;
/// How near a number must be to `1 - b^t`: rounding leaves less, and for a large `t` many numbers are near 1.
const NEAR: f64 = 1e-9;

impl Smoothing {
    /// Of the state in `slot` whose new value is `state`. `show` gives the place of a scalar among those that are shown.
    pub fn of(
        graph: &Graph,
        (state, slot): (NodeId, u8),
        w: NodeId,
        holds: Holds,
        mut show: impl FnMut(NodeId) -> usize,
    ) -> Self {
        let Some(keeps) = factor(graph, state, slot) else { return Self::default() };
        let keeps = keeps.places(&mut show);
        let time = descendants(graph, |_, op| matches!(op, Op::Uniform(0) | Op::Number(_)));
        let each_step = holds == Holds::ThisStep;
        let divisors = divisors(graph, state, |id| each_step || time[id]);
        Self {
            keeps: Some(keeps),
            divisors: divisors.into_iter().map(&mut show).collect(),
            timeless: holds == Holds::Always && !time[place(graph, w)],
            by_chance: each_step,
        }
    }

    /// The decay in [0, 1) of a state that is an average, and its correction, by the scalars of step `t`.
    pub fn at(&self, t: u64, scalars: &[f64]) -> (Option<f64>, Correction) {
        let decay = self.keeps.as_ref().and_then(|keeps| keeps.value(scalars));
        let Some(decay) = decay.filter(|decay| (0.0..1.0).contains(decay) && *decay > 0.0) else {
            return (None, Correction::Unknown);
        };
        let power = i32::try_from(t).map_or(0.0, |t| decay.powi(t));
        let near = |value: &f64| (value - (1.0 - power)).abs() <= NEAR * (1.0 - power);
        // At the first step `1 - b` is the weight of the gradient, too, and often the rate.
        let told = t > 1 || !self.by_chance;
        // When the power is next to nothing, many a 1 is near.
        let telling = power > NEAR || !self.by_chance;
        let found = self.divisors.iter().filter_map(|at| scalars.get(*at).copied()).find(near);
        let correction = match found {
            Some(value) if told && telling => Correction::By(value),
            _ if self.timeless => Correction::Never,
            _ => Correction::Unknown,
        };
        (Some(decay), correction)
    }
}

/// A factor before its scalars have places.
#[derive(Debug, Clone)]
enum Factor {
    One,
    Scalar(NodeId),
    Minus(Box<Self>),
    Two(Binary, Box<Self>, Box<Self>),
}

impl Factor {
    fn size(&self) -> usize {
        match self {
            Self::One | Self::Scalar(_) => 1,
            Self::Minus(inner) => 1 + inner.size(),
            Self::Two(_, a, b) => 1 + a.size() + b.size(),
        }
    }

    fn places(&self, show: &mut impl FnMut(NodeId) -> usize) -> Kept {
        match self {
            Self::One => Kept::One,
            Self::Scalar(id) => Kept::Scalar(show(*id)),
            Self::Minus(inner) => Kept::Minus(Box::new(inner.places(show))),
            Self::Two(op, a, b) => Kept::Two(*op, Box::new(a.places(show)), Box::new(b.places(show))),
        }
    }
}

impl Kept {
    fn value(&self, scalars: &[f64]) -> Option<f64> {
        Some(match self {
            Self::One => 1.0,
            Self::Scalar(at) => *scalars.get(*at)?,
            Self::Minus(inner) => -inner.value(scalars)?,
            Self::Two(op, a, b) => op.apply(a.value(scalars)?, b.value(scalars)?),
        })
    }
}

/// What a node has of a state's old value.
#[derive(Debug, Clone)]
enum Share {
    Nothing,
    Times(Factor),
    /// Not in proportion to it.
    Otherwise,
}

fn place(graph: &Graph, id: NodeId) -> usize {
    graph.nodes().position(|(other, _)| other == id).unwrap_or(0)
}

/// By what scalar the old value of a state is multiplied in its new one; nothing if it is not, or not in proportion.
fn factor(graph: &Graph, state: NodeId, slot: u8) -> Option<Factor> {
    let places: std::collections::HashMap<NodeId, usize> =
        graph.nodes().enumerate().map(|(at, (id, _))| (id, at)).collect();
    let mut shares: Vec<Share> = Vec::with_capacity(graph.len());
    for (id, op) in graph.nodes() {
        let of = |id: &NodeId| shares[places[id]].clone();
        let nothing = |id: &NodeId| matches!(shares[places[id]], Share::Nothing);
        // A scalar, as it is or repeated for each element.
        let scalar = |id: NodeId| match graph.op(id) {
            Op::Broadcast(scalar) | Op::Fill(scalar, _) => Some(scalar),
            _ => (!graph.facts(id).tensor).then_some(id),
        };
        let share = match op {
            Op::Tensor(Slot::Write(own)) if own == slot => Share::Times(Factor::One),
            op if op.operands().all(|id| nothing(&id)) => Share::Nothing,
            Op::Unary(Unary::Neg, x) => match of(&x) {
                Share::Times(factor) => Share::Times(Factor::Minus(Box::new(factor))),
                other => other,
            },
            Op::Binary(op @ (Binary::Add | Binary::Sub), x, y) => match (of(&x), of(&y)) {
                (Share::Times(a), Share::Times(b)) => Share::Times(Factor::Two(op, Box::new(a), Box::new(b))),
                (Share::Times(a), Share::Nothing) => Share::Times(a),
                (Share::Nothing, Share::Times(b)) if op == Binary::Add => Share::Times(b),
                (Share::Nothing, Share::Times(b)) => Share::Times(Factor::Minus(Box::new(b))),
                _ => Share::Otherwise,
            },
            Op::Binary(op @ (Binary::Mul | Binary::Div), x, y) => match (of(&x), of(&y), scalar(x), scalar(y)) {
                (Share::Times(a), Share::Nothing, _, Some(s)) => product(op, a, Factor::Scalar(s)),
                (Share::Nothing, Share::Times(b), Some(s), _) if op == Binary::Mul => product(op, Factor::Scalar(s), b),
                _ => Share::Otherwise,
            },
            _ => Share::Otherwise,
        };
        let long = matches!(&share, Share::Times(factor) if factor.size() > LONGEST);
        shares.push(if long { Share::Otherwise } else { share });
        if id == state {
            break;
        }
    }
    match shares.pop() {
        Some(Share::Times(factor)) => Some(factor),
        _ => None,
    }
}

fn product(op: Binary, a: Factor, b: Factor) -> Share {
    Share::Times(match (a, b) {
        (a, Factor::One) => a,
        (Factor::One, b) if op == Binary::Mul => b,
        (a, b) => Factor::Two(op, Box::new(a), Box::new(b)),
    })
}

/// For each node whether it is, or is made of, one of these.
fn descendants(graph: &Graph, of: impl Fn(NodeId, Op) -> bool) -> Vec<bool> {
    let mut places = std::collections::HashMap::new();
    let mut all: Vec<bool> = Vec::with_capacity(graph.len());
    for (at, (id, op)) in graph.nodes().enumerate() {
        places.insert(id, at);
        let made = op.operands().any(|operand| all[places[&operand]]);
        all.push(made || of(id, op));
    }
    all
}

/// Scalars that something made of the state is multiplied with or divided by, or of which those are made.
fn divisors(graph: &Graph, state: NodeId, counts: impl Fn(usize) -> bool) -> Vec<NodeId> {
    let carries = descendants(graph, |id, _| id == state);
    let places: std::collections::HashMap<NodeId, usize> =
        graph.nodes().enumerate().map(|(at, (id, _))| (id, at)).collect();
    let mut wanted = vec![false; graph.len()];
    for (_, op) in graph.nodes() {
        let Op::Binary(Binary::Mul | Binary::Div, x, y) = op else { continue };
        for (tensor, other) in [(x, y), (y, x)] {
            if !carries[places[&tensor]] || !graph.facts(tensor).tensor {
                continue;
            }
            // The scalars of a product may have gone into its other side.
            let (mut sides, mut seen) = (vec![other], std::collections::HashSet::new());
            while let Some(side) = sides.pop().filter(|_| seen.len() < LONGEST) {
                if !seen.insert(side) {
                    continue;
                }
                match graph.op(side) {
                    Op::Broadcast(scalar) | Op::Fill(scalar, _) => wanted[places[&scalar]] = true,
                    _ if !graph.facts(side).tensor => wanted[places[&side]] = true,
                    Op::Binary(Binary::Mul | Binary::Div, a, b) => sides.extend([a, b]),
                    _ => {}
                }
            }
        }
    }
    let all: Vec<(NodeId, Op)> = graph.nodes().collect();
    for (at, (_, op)) in all.iter().enumerate().rev() {
        if wanted[at] {
            op.operands().filter(|id| !graph.facts(*id).tensor).for_each(|id| wanted[places[&id]] = true);
        }
    }
    let told = all.into_iter().enumerate().filter(|(at, (id, op))| {
        let plain = matches!(op, Op::Uniform(_) | Op::Length | Op::Reduce(..) | Op::Total(..));
        wanted[*at] && counts(*at) && !plain && !graph.facts(*id).mask
    });
    told.map(|(_, (id, _))| id).take(DIVISORS).collect()
}
