//! Scalars of a program that are known before it runs: what follows from the scalars that it is given and from the numbers of
//! a parameter, and from no tensor. A script that chooses by such a one may be traced once for each way that it goes.

use super::graph::{Graph, NodeId, Op};
use super::ops::{Binary, Unary, select};

/// One operation of a tape; operands are places on it.
#[derive(Debug, Clone, Copy)]
enum Step {
    Constant(f64),
    Uniform(usize),
    Number(usize),
    Unary(Unary, usize),
    Binary(Binary, usize, usize),
    Select(usize, usize, usize),
}

/// The operation of a node whose operands are found by `at`; none if it is of a tensor or of what was made of one.
fn step(graph: &Graph, id: NodeId, at: impl Fn(NodeId) -> usize) -> Option<Step> {
    let facts = graph.facts(id);
    if facts.tensor || facts.reduced {
        return None;
    }
    Some(match graph.op(id) {
        Op::Constant(bits) => Step::Constant(f64::from_bits(bits)),
        Op::Uniform(place) => Step::Uniform(usize::from(place)),
        Op::Number(place) => Step::Number(usize::from(place)),
        Op::Unary(op, x) => Step::Unary(op, at(x)),
        Op::Binary(op, x, y) => Step::Binary(op, at(x), at(y)),
        Op::Select(mask, a, b) => Step::Select(at(mask), at(a), at(b)),
        _ => return None,
    })
}

impl Step {
    fn value(self, uniforms: &[f64], numbers: &[f64], values: &[f64]) -> f64 {
        match self {
            Self::Constant(value) => value,
            Self::Uniform(place) => uniforms.get(place).copied().unwrap_or(f64::NAN),
            Self::Number(place) => numbers.get(place).copied().unwrap_or(f64::NAN),
            Self::Unary(op, x) => op.apply(values[x]),
            Self::Binary(op, x, y) => op.apply(values[x], values[y]),
            Self::Select(mask, a, b) => select(values[mask], values[a], values[b]),
        }
    }
}

/// The values of a graph's nodes while it grows, for these scalars and numbers.
#[derive(Debug, Clone, Default)]
pub struct Known {
    uniforms: Vec<f64>,
    numbers: Vec<f64>,
    values: Vec<f64>,
}

impl Known {
    /// Of no node yet.
    pub fn new(uniforms: Vec<f64>, numbers: Vec<f64>) -> Self {
        Self { uniforms, numbers, values: Vec::new() }
    }

    /// The value of a node of this graph, which has only grown since the last call; none if it is not known before it runs.
    pub fn at(&mut self, graph: &Graph, id: NodeId) -> Option<f64> {
        let Self { uniforms, numbers, values } = self;
        for (id, _) in graph.nodes().skip(values.len()) {
            // What is made of an unknown one is itself unknown, so this is never asked for.
            let value = step(graph, id, NodeId::index).map_or(f64::NAN, |step| step.value(uniforms, numbers, values));
            values.push(value);
        }
        step(graph, id, NodeId::index).and_then(|_| values.get(id.index()).copied())
    }
}

/// Conditions that a trace came to, each with its outcome, in order.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    tape: Vec<Step>,
    /// The place of each condition on the tape, and whether it held.
    outcomes: Vec<(usize, bool)>,
    /// One of them is not known before the program runs.
    unknown: bool,
}

impl Conditions {
    /// These nodes of a graph. They never hold where one of them is not known before the program runs.
    pub fn new(graph: &Graph, outcomes: &[(NodeId, bool)]) -> Self {
        let mut wanted = vec![false; graph.len()];
        outcomes.iter().for_each(|(id, _)| wanted[id.index()] = true);
        let all: Vec<(NodeId, Op)> = graph.nodes().collect();
        for (id, op) in all.iter().rev() {
            if wanted[id.index()] {
                op.operands().for_each(|operand| wanted[operand.index()] = true);
            }
        }
        let mut places = vec![0; graph.len()];
        let mut tape = Vec::new();
        for (id, _) in all.iter().filter(|(id, _)| wanted[id.index()]) {
            places[id.index()] = tape.len();
            tape.push(step(graph, *id, |operand| places[operand.index()]).unwrap_or(Step::Constant(f64::NAN)));
        }
        let unknown = outcomes.iter().any(|(id, _)| step(graph, *id, NodeId::index).is_none());
        let outcomes = outcomes.iter().map(|(id, holds)| (places[id.index()], *holds)).collect();
        Self { tape, outcomes, unknown }
    }

    /// The memory that [`Conditions::hold`] wants, so that it allocates nothing.
    pub fn room(&self) -> usize {
        self.tape.len()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.outcomes.len()
    }

    /// The same up to one of them, which comes out otherwise.
    #[must_use]
    pub fn otherwise(&self, at: usize) -> Self {
        let mut outcomes: Vec<(usize, bool)> = self.outcomes.iter().take(at + 1).copied().collect();
        if let Some((_, holds)) = outcomes.get_mut(at) {
            *holds = !*holds;
        }
        Self { tape: self.tape.clone(), outcomes, unknown: self.unknown }
    }

    /// The numbers that stand in them.
    pub fn constants(&self) -> impl Iterator<Item = f64> {
        self.tape.iter().filter_map(|step| if let Step::Constant(value) = step { Some(*value) } else { None })
    }

    /// All of them come out as they did, by these scalars and numbers.
    pub fn hold(&self, uniforms: &[f64], numbers: &[f64], room: &mut Vec<f64>) -> bool {
        room.clear();
        !self.unknown
            && self.outcomes.iter().all(|(place, holds)| {
                for step in self.tape.get(room.len()..=*place).unwrap_or_default() {
                    let value = step.value(uniforms, numbers, room);
                    room.push(value);
                }
                (room[*place] != 0.0) == *holds
            })
    }

    /// They may come out otherwise for another parameter: a number that is kept is in them.
    pub fn of_numbers(&self) -> bool {
        self.tape.iter().any(|step| matches!(step, Step::Number(_)))
    }

    /// They may come out otherwise at another step with the same settings: the first scalar that is given, which counts the
    /// steps, or a number that is kept is in them.
    pub fn of_time(&self) -> bool {
        self.tape.iter().any(|step| matches!(step, Step::Uniform(0) | Step::Number(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::{Folding, Reduction, Slot};

    #[test]
    fn conditions_are_met_as_they_were_and_in_their_order() {
        let mut g = Graph::new(Folding::Full);
        let (t, lr, n) = (g.uniform(0), g.uniform(1), g.number(0));
        let (ten, two) = (g.constant(10.0), g.constant(2.0));
        let early = g.binary(Binary::Lt, t, ten);
        let rest = g.binary(Binary::Rem, t, two);
        let even = g.unary(Unary::Not, rest);
        let product = g.binary(Binary::Mul, lr, n);
        let large = g.binary(Binary::Gt, product, ten);
        let mut known = Known::new(vec![4.0, 3.0], vec![5.0]);
        assert_eq!([early, even, large].map(|id| known.at(&g, id)), [Some(1.0); 3]);
        // The last one is found first.
        let conditions = Conditions::new(&g, &[(large, true), (early, true), (even, true)]);
        let mut room = Vec::with_capacity(conditions.room());
        let mut hold = |t: f64, lr: f64, n: f64| conditions.hold(&[t, lr], &[n], &mut room);
        assert!(hold(4.0, 3.0, 5.0) && hold(8.0, 11.0, 1.0));
        assert!(!hold(5.0, 3.0, 5.0) && !hold(12.0, 3.0, 5.0) && !hold(4.0, 3.0, 1.0) && !hold(4.0, f64::NAN, 5.0));
        assert_eq!(room.capacity(), conditions.room());
        assert!(conditions.of_numbers() && conditions.of_time());
        assert!(!Conditions::new(&g, &[(early, true)]).of_numbers());
    }

    #[test]
    fn what_is_made_of_a_tensor_is_not_known() {
        let mut g = Graph::new(Folding::Full);
        let dw = g.tensor(Slot::Read(0));
        let norm = g.reduce(Reduction::Dot, dw, dw);
        let one = g.constant(1.0);
        let large = g.binary(Binary::Gt, norm, one);
        assert_eq!(Known::new(Vec::new(), Vec::new()).at(&g, large), None);
        assert!(!Conditions::new(&g, &[(large, true)]).hold(&[], &[], &mut Vec::new()));
    }
}
