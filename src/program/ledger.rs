//! A program for one element of one parameter, with the value of every node kept: what the ledger shows of an update.
//!
//! It applies the very operations that blocks apply, scalars in `f64` and elements in `F`, so each value has the bits
//! that the kernel made. What was taken of all elements (a norm, a mean) cannot be known from one of them and is given.

use super::Real;
use super::graph::{Graph, NodeId, Op, Slot};
use super::ops::select;

/// What came into an update, as one element saw it.
#[derive(Debug, Clone, Copy)]
pub struct Element<'a, F> {
    /// The scalars that are the same for all parameters.
    pub uniforms: &'a [f64],
    /// The parameter's numbers, before the update.
    pub numbers: &'a [f64],
    /// How many elements the parameter has.
    pub length: usize,
    /// The element of each tensor that stays as it is.
    pub reads: &'a [F],
    /// The element of each tensor that is written in place, before the update.
    pub writes: &'a [F],
    /// What each reduction came to.
    pub reduced: &'a [(NodeId, f64)],
}

/// The value of every node of a graph, for one element.
#[derive(Debug, Clone, PartialEq)]
pub struct Values(Vec<f64>);

impl Values {
    /// The value of a node of that graph: an element's exactly, or a scalar's.
    pub fn at(&self, id: NodeId) -> f64 {
        self.0[id.index()]
    }
}

impl<F: Real> Element<'_, F> {
    /// The value of every node. What the element does not know is NaN.
    pub fn values(&self, graph: &Graph) -> Values {
        let mut values: Vec<f64> = Vec::with_capacity(graph.len());
        for (id, op) in graph.nodes() {
            let value = if graph.facts(id).tensor {
                self.element(op, |id| F::from_f64(values[id.index()])).map_or(f64::NAN, F::to_f64)
            } else {
                self.scalar(id, op, |id| values[id.index()]).unwrap_or(f64::NAN)
            };
            values.push(value);
        }
        Values(values)
    }

    /// Scalar operands are rounded to `F`, as they are when they are repeated for a block.
    fn element(&self, op: Op, at: impl Fn(NodeId) -> F) -> Option<F> {
        Some(match op {
            Op::Tensor(Slot::Read(slot)) => *self.reads.get(usize::from(slot))?,
            Op::Tensor(Slot::Write(slot)) => *self.writes.get(usize::from(slot))?,
            Op::Broadcast(x) => at(x),
            Op::Unary(op, x) => op.apply(at(x)),
            Op::Binary(op, x, y) => op.apply(at(x), at(y)),
            Op::Select(mask, a, b) => select(at(mask), at(a), at(b)),
            Op::Constant(_) | Op::Uniform(_) | Op::Number(_) | Op::Length | Op::Reduce(..) => return None,
        })
    }

    fn scalar(&self, id: NodeId, op: Op, at: impl Fn(NodeId) -> f64) -> Option<f64> {
        Some(match op {
            Op::Constant(bits) => f64::from_bits(bits),
            Op::Uniform(index) => *self.uniforms.get(usize::from(index))?,
            Op::Number(index) => *self.numbers.get(usize::from(index))?,
            Op::Length => self.length as f64,
            Op::Reduce(..) => self.reduced.iter().find(|(reduced, _)| *reduced == id)?.1,
            Op::Unary(op, x) => op.apply(at(x)),
            Op::Binary(op, x, y) => op.apply(at(x), at(y)),
            Op::Select(mask, a, b) => select(at(mask), at(a), at(b)),
            Op::Tensor(_) | Op::Broadcast(_) => return None,
        })
    }
}

/// An expression as a script wrote it: a graph has joined, folded and turned its nodes, which no reader would recognise.
/// `V` says where a value comes from, or is the value.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula<V> {
    /// A value filled in.
    Value(V),
    /// A tensor as a whole, by its name: what a norm is taken of.
    Word(String),
    /// An operator or a function.
    Apply {
        /// As in a script: `+`, `sqrt`, `where`.
        name: &'static str,
        /// In the order of the script.
        operands: Vec<Self>,
        /// What it came to.
        value: V,
    },
}

/// How closely an operator binds, as in Rhai; a function closest of all.
fn binding(name: &str, operands: usize) -> u8 {
    match (name, operands) {
        ("|", 2) => 1,
        ("&", 2) => 2,
        ("==" | "!=", 2) => 3,
        ("<" | "<=" | ">" | ">=", 2) => 4,
        ("+" | "-", 2) => 5,
        ("*" | "/" | "%", 2) => 6,
        ("**", 2) => 7,
        ("-" | "!", 1) => 8,
        _ => 9,
    }
}

impl<V> Formula<V> {
    /// The value of the whole, if it is one of the element or of the parameter.
    pub fn value(&self) -> Option<&V> {
        match self {
            Self::Value(value) | Self::Apply { value, .. } => Some(value),
            Self::Word(_) => None,
        }
    }

    /// The same expression with other values.
    pub fn map<W>(&self, of: &impl Fn(&V) -> W) -> Formula<W> {
        match self {
            Self::Value(value) => Formula::Value(of(value)),
            Self::Word(word) => Formula::Word(word.clone()),
            Self::Apply { name, operands, value } => Formula::Apply {
                name,
                operands: operands.iter().map(|operand| operand.map(of)).collect(),
                value: of(value),
            },
        }
    }

    /// It is a function, whose operands stand in brackets of its own.
    pub fn is_function(&self) -> bool {
        matches!(self, Self::Apply { name, operands, .. } if binding(name, operands.len()) == 9)
    }

    /// An operand of this operator needs brackets. To the right of an operator that binds as closely they say what the
    /// script's brackets said.
    pub fn brackets(&self, at: usize) -> bool {
        let Self::Apply { name, operands, .. } = self else { return false };
        let own = binding(name, operands.len());
        match operands.get(at) {
            Some(Self::Apply { name, operands, .. }) => {
                let inner = binding(name, operands.len());
                own < 9 && (inner < own || (inner == own && at > 0))
            }
            _ => false,
        }
    }

    /// As a line of text, with the values as `say` has them, and brackets only where they are needed.
    pub fn text(&self, say: &impl Fn(&V) -> String) -> String {
        match self {
            Self::Value(value) => say(value),
            Self::Word(word) => word.clone(),
            Self::Apply { name, operands, .. } => {
                let own = binding(name, operands.len());
                let within = |at: usize| {
                    let text = operands[at].text(say);
                    // Rhai takes `-x ** 2` for `(-x) ** 2`, readers take it for the opposite.
                    let signed = text.starts_with('-') && (own == 8 || (own == 7 && at == 0));
                    if signed || self.brackets(at) { format!("({text})") } else { text }
                };
                match own {
                    8 => format!("{name}{}", within(0)),
                    9 => {
                        let all: Vec<String> = operands.iter().map(|operand| operand.text(say)).collect();
                        format!("{name}({})", all.join(", "))
                    }
                    _ => format!("{} {name} {}", within(0), within(1)),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::{Binary, Folding, Reduction, Unary};

    fn apply(name: &'static str, operands: Vec<Formula<f64>>) -> Formula<f64> {
        Formula::Apply { name, operands, value: 0.0 }
    }

    fn value(value: f64) -> Formula<f64> {
        Formula::Value(value)
    }

    fn text(formula: &Formula<f64>) -> String {
        formula.text(&|value| format!("{value}"))
    }

    #[test]
    fn brackets_stand_where_they_change_something_and_nowhere_else() {
        let sum = || apply("+", vec![value(1.0), value(-2.0)]);
        assert_eq!(text(&apply("*", vec![sum(), value(3.0)])), "(1 + -2) * 3");
        assert_eq!(text(&apply("+", vec![sum(), value(3.0)])), "1 + -2 + 3");
        assert_eq!(text(&apply("-", vec![value(3.0), sum()])), "3 - (1 + -2)");
        assert_eq!(text(&apply("**", vec![value(-3.0), value(2.0)])), "(-3) ** 2");
        assert_eq!(text(&apply("sqrt", vec![sum()])), "sqrt(1 + -2)");
        assert_eq!(text(&apply("-", vec![sum()])), "-(1 + -2)");
        let product = apply("*", vec![value(1.0), apply("/", vec![value(2.0), value(3.0)])]);
        assert_eq!(text(&product), "1 * (2 / 3)");
        let choice = apply("where", vec![apply("<", vec![value(1.0), value(0.0)]), sum(), value(5.0)]);
        assert_eq!(text(&choice), "where(1 < 0, 1 + -2, 5)");
        assert_eq!(text(&apply("norm", vec![Formula::Word("dw".into())])), "norm(dw)");
    }

    #[test]
    fn elements_round_as_blocks_do_and_scalars_do_not() {
        let mut g = Graph::new(Folding::Full);
        let (w, rate) = (g.tensor(Slot::Write(0)), g.uniform(0));
        let third = g.unary(Unary::Sqrt, rate);
        let product = g.binary(Binary::Mul, w, third);
        let norm = g.reduce(Reduction::Dot, w, w);
        let scaled = g.binary(Binary::Mul, w, norm);
        let unknown = g.number(0);
        let element = Element {
            uniforms: &[2.0],
            numbers: &[],
            length: 3,
            reads: &[],
            writes: &[0.1_f32],
            reduced: &[(norm, 0.25)],
        };
        let values = element.values(&g);
        assert_eq!(values.at(third), 2.0_f64.sqrt());
        assert_eq!(values.at(product), f64::from(0.1_f32 * 2.0_f64.sqrt() as f32));
        assert_eq!(values.at(scaled), f64::from(0.1_f32 * 0.25));
        assert!(values.at(unknown).is_nan());
    }
}
