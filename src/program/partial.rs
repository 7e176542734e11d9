//! What a program came to where not all that went into it is known any more: after an update the old weights are gone, but
//! the gradient and the new state are there. It is asked once, when a run has broken, and never while one trains.

use super::graph::{Graph, NodeId, Op, Slot};
use super::ledger::Values;
use super::ops::Reduction;
use super::real::Real;

/// The most elements over which a sum is made once more.
const MOST: usize = 1 << 18;

/// What is known around an element.
#[derive(Debug, Clone, Copy)]
pub struct Remains<'a, F> {
    /// The scalars that are the same for all parameters.
    pub uniforms: &'a [f64],
    /// How many elements the parameter has.
    pub length: usize,
    /// The gradient, and what else came in, for all elements.
    pub reads: &'a [&'a [F]],
    /// Tensors that were written, by the node of their new value.
    pub written: &'a [(NodeId, &'a [F])],
    /// Scalars that were written, by the node of their new value.
    pub numbers: &'a [(NodeId, f64)],
}

/// The values of an element's nodes, as far as they are known.
#[derive(Debug, Clone)]
pub struct Partly(Vec<Option<f64>>);

impl From<Values> for Partly {
    /// Of an element of which all is known.
    fn from(Values(all): Values) -> Self {
        Self(all.into_iter().map(Some).collect())
    }
}

impl Partly {
    /// The value of a node, if it follows from what is known.
    pub fn at(&self, id: NodeId) -> Option<f64> {
        self.0.get(id.index()).copied().flatten()
    }

    /// Whether what is not finite in a node may have come through each of the others. Of a choice, the side that was taken.
    pub fn relevant(&self, graph: &Graph, to: NodeId) -> Relevant {
        let mut wanted = vec![false; graph.len()];
        wanted[to.index()] = true;
        for (id, op) in graph.nodes().rev() {
            if !wanted[id.index()] || self.at(id).is_some_and(f64::is_finite) {
                wanted[id.index()] = false;
                continue;
            }
            match op {
                Op::Select(mask, a, b) if self.at(mask).is_some() => {
                    wanted[if self.at(mask) == Some(0.0) { b } else { a }.index()] = true;
                }
                _ => op.operands().for_each(|operand| wanted[operand.index()] = true),
            }
        }
        Relevant(wanted)
    }
}

/// The nodes through which something may have come.
#[derive(Debug, Clone)]
pub struct Relevant(Vec<bool>);

impl Relevant {
    /// It may have come through this one.
    pub fn holds(&self, id: NodeId) -> bool {
        self.0.get(id.index()).copied().unwrap_or(false)
    }
}

impl<F: Real> Remains<'_, F> {
    /// The values of the nodes of one element. Elements are rounded to `F` as they were when the update was made.
    pub fn of(&self, graph: &Graph, element: usize) -> Partly {
        self.element_of(graph, element, &self.taken(graph))
    }

    /// The same, with [`Remains::taken`].
    pub fn element_of(&self, graph: &Graph, element: usize, taken: &[Option<f64>]) -> Partly {
        Partly(self.with(graph, element, taken))
    }

    /// What all elements have in common, by the places of its nodes: asked for once, it serves all of them.
    pub fn taken(&self, graph: &Graph) -> Vec<Option<f64>> {
        let mut given: Vec<Option<f64>> = vec![None; graph.len()];
        self.numbers.iter().for_each(|(id, value)| given[id.index()] = Some(*value));
        for (id, op) in graph.nodes() {
            if let Op::Reduce(kind, x, y) = op
                && self.length <= MOST
            {
                given[id.index()] = self.reduced(graph, (kind, x, y), &given);
            }
        }
        given
    }

    /// What was taken of all elements, if each of them is known.
    fn reduced(&self, graph: &Graph, (kind, x, y): (Reduction, NodeId, NodeId), given: &[Option<f64>]) -> Option<f64> {
        (0..self.length).try_fold(0.0_f64, |so_far, element| {
            let values = self.with(graph, element, given);
            let (x, y) = (values[x.index()]?, values[y.index()]?);
            Some(match kind {
                Reduction::Sum => so_far + x,
                Reduction::Dot => so_far + x * y,
                Reduction::MaxAbs => x.abs().larger(so_far),
                Reduction::Distance => so_far + (x - y) * (x - y),
            })
        })
    }

    fn with(&self, graph: &Graph, element: usize, given: &[Option<f64>]) -> Vec<Option<f64>> {
        let mut values: Vec<Option<f64>> = Vec::with_capacity(graph.len());
        for (id, op) in graph.nodes() {
            let written = self.written.iter().find(|(node, _)| *node == id);
            let written = written.and_then(|(_, values)| values.get(element)).map(|value| value.to_f64());
            let at = |id: NodeId| values[id.index()];
            let value = written
                .or(given[id.index()])
                .or_else(|| if graph.facts(id).tensor { self.element(op, element, at) } else { self.scalar(op, at) });
            values.push(value);
        }
        values
    }

    fn element(&self, op: Op, element: usize, at: impl Fn(NodeId) -> Option<f64>) -> Option<f64> {
        let at = |id: NodeId| at(id).map(F::from_f64);
        let value = match op {
            Op::Tensor(Slot::Read(slot)) => *self.reads.get(usize::from(slot))?.get(element)?,
            Op::Broadcast(x) | Op::Fill(x, _) => at(x)?,
            Op::Unary(op, x) => op.apply(at(x)?),
            Op::Binary(op, x, y) => op.apply(at(x)?, at(y)?),
            Op::Select(mask, a, b) => at(if at(mask)? == F::ZERO { b } else { a })?,
            _ => return None,
        };
        Some(value.to_f64())
    }

    fn scalar(&self, op: Op, at: impl Fn(NodeId) -> Option<f64>) -> Option<f64> {
        Some(match op {
            Op::Constant(bits) => f64::from_bits(bits),
            Op::Uniform(index) => *self.uniforms.get(usize::from(index))?,
            Op::Length => self.length as f64,
            Op::Unary(op, x) => op.apply(at(x)?),
            Op::Binary(op, x, y) => op.apply(at(x)?, at(y)?),
            Op::Select(mask, a, b) => at(if at(mask)? == 0.0 { b } else { a })?,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::{Binary, Folding, Unary};

    #[test]
    fn what_is_known_is_computed_and_the_rest_is_not_guessed() {
        let mut g = Graph::new(Folding::Full);
        let (w, dw, old) = (g.tensor(Slot::Write(0)), g.tensor(Slot::Read(0)), g.tensor(Slot::Write(1)));
        let new = g.binary(Binary::Add, old, dw);
        let root = g.unary(Unary::Sqrt, new);
        let broken = g.binary(Binary::Div, dw, root);
        let after = g.binary(Binary::Sub, w, broken);
        let norm = g.reduce(Reduction::Dot, dw, dw);
        let known = g.binary(Binary::Ge, norm, norm);
        let hidden = g.select(known, norm, root);
        let remains = Remains::<f32> {
            uniforms: &[],
            length: 2,
            reads: &[&[0.0, 3.0]],
            written: &[(new, &[0.0, 4.0])],
            numbers: &[],
        };
        let values = remains.of(&g, 0);
        assert_eq!((values.at(w), values.at(old), values.at(after)), (None, None, None));
        assert!(values.at(broken).unwrap().is_nan() && values.at(root) == Some(0.0));
        assert_eq!((values.at(norm), remains.of(&g, 1).at(broken)), (Some(9.0), Some(1.5)));
        let relevant = values.relevant(&g, after);
        assert!(relevant.holds(broken) && relevant.holds(w) && !relevant.holds(root) && !relevant.holds(norm));
        assert!(!values.relevant(&g, hidden).holds(root), "the side that was not taken");
    }
}
