//! A differentiable function taken apart: its operations in the order in which they are computed, each with its value, its
//! derivative by each operand, and what went backward through it. A program that trains does the same without keeping any
//! of it; the numbers are the same bits.

use std::collections::HashMap;
use std::sync::Arc;

use super::Real;
use super::gradient::{Backward, backward, depending, local};
use super::graph::{Graph, NodeId, Op};
use super::ledger::Element;
use super::ops::{Along, Unary};
use super::row_values::Row;
use crate::snapshot::{Formula, Operand, OperationKind, OperationLine};

/// How a node came about, in the words of who wrote the function.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Written {
    /// The name that it was given.
    pub name: Option<String>,
    /// The operator or function, and what it was applied to.
    pub applied: Option<(&'static str, Vec<NodeId>)>,
    /// The line of the file, counted from 1.
    pub line: Option<usize>,
}

/// A function with the words in which it was written.
#[derive(Debug, Clone)]
pub struct Function {
    /// Where the function comes from: a file's name.
    pub source: String,
    /// What it computes.
    pub graph: Graph,
    /// Its value.
    pub output: NodeId,
    /// What a value without a name is called.
    pub called: &'static str,
    /// What goes in, with its name.
    pub inputs: Vec<(NodeId, String)>,
    /// What is known of nodes.
    pub written: HashMap<NodeId, Written>,
}

impl Function {
    /// Its value looks at other outputs of a sample than its own.
    pub fn is_over_outputs(&self) -> bool {
        self.needs(Op::is_barrier)
    }

    /// Its value is made of a softmax, its logarithm, or that of its divisor.
    pub fn takes_softmax(&self) -> bool {
        self.needs(|op| matches!(op, Op::OfRow(..) | Op::Along(Along::LogSumExp, ..)))
    }

    /// Some operation of this kind goes into its value.
    fn needs(&self, kind: impl Fn(Op) -> bool) -> bool {
        let mut live = vec![false; self.graph.len()];
        live[self.output.index()] = true;
        self.graph.nodes().rev().any(|(id, op)| {
            if live[id.index()] {
                op.operands().for_each(|operand| live[operand.index()] = true);
            }
            live[id.index()] && kind(op)
        })
    }
}

/// The most operations that are told: a script with a loop may make thousands.
const MOST: usize = 200;

/// An operation, or what goes in.
#[expect(clippy::struct_field_names, reason = "it is a line of the script")]
struct Line {
    node: NodeId,
    name: String,
    formula: Option<Formula<Operand>>,
    line: Option<usize>,
    kind: OperationKind,
    /// The line of each operand with the derivative by it.
    slopes: Vec<(usize, NodeId)>,
    gradient: NodeId,
    /// The lines that use it, with what each passes back.
    parts: Vec<(usize, NodeId)>,
    /// The lines whose part comes from other outputs of the sample as well.
    gathered: Vec<usize>,
}

/// A function that is ready to be worked through at any numbers.
pub struct Operations {
    function: Arc<Function>,
    /// The function's graph with its derivatives.
    graph: Graph,
    lines: Vec<Line>,
    left_out: usize,
}

impl Operations {
    /// Differentiates a function. The derivative of its value by itself is the node that `seed` makes: the one with which the
    /// program begins that trains.
    pub fn of(function: &Arc<Function>, seed: impl FnOnce(&mut Graph) -> NodeId) -> Self {
        let mut graph = function.graph.clone();
        let seed = seed(&mut graph);
        let mut inputs: Vec<NodeId> = function.inputs.iter().map(|(id, _)| *id).collect();
        // The value comes last, also where it is what goes in.
        inputs.sort_by_key(|id| *id == function.output);
        let varies = depending(&graph, &inputs);
        let mut nodes = inputs;
        nodes.extend(computed(&graph, function.output, &varies));
        let left_out = nodes.len().saturating_sub(MOST.max(function.inputs.len() + 1));
        // The value is what all is about: of a long function the first operations are left out.
        nodes.drain(function.inputs.len()..function.inputs.len() + left_out);
        let Backward { gradients, parts } = backward(&mut graph, function.output, seed, &nodes);
        let place: HashMap<NodeId, usize> = nodes.iter().enumerate().map(|(at, node)| (*node, at)).collect();
        let names = names(function, &nodes);
        let mut lines = Vec::with_capacity(nodes.len());
        for ((node, name), gradient) in nodes.iter().zip(names).zip(gradients) {
            let op = function.graph.op(*node);
            let used = local(&mut graph, *node, &varies);
            let none = graph.constant(0.0);
            // Where the derivative is 0 everywhere nothing is passed back, and it is told.
            let flat = op.operands().filter(|id| varies[id.index()] && used.iter().all(|(used, _)| used != id));
            let slopes: Vec<_> = used.iter().copied().chain(flat.map(|id| (id, none))).collect();
            let slopes = slopes.into_iter().filter_map(|(id, slope)| Some((*place.get(&id)?, slope))).collect();
            let own = || parts.iter().filter(|part| part.to == *node);
            let gathered =
                own().filter(|part| part.gathered).filter_map(|part| place.get(&part.from).copied()).collect();
            let parts = own().filter_map(|part| Some((*place.get(&part.from)?, part.value))).collect();
            let input = function.inputs.iter().any(|(input, _)| input == node);
            lines.push(Line {
                node: *node,
                name,
                formula: (!input).then(|| formula(function, *node, &place)),
                line: line(function, *node).filter(|_| !input),
                kind: if input { OperationKind::Input } else { kind(&function.graph, *node) },
                slopes,
                gradient,
                parts,
                gathered,
            });
        }
        Self { function: function.clone(), graph, lines, left_out }
    }

    /// The function.
    pub fn function(&self) -> &Function {
        &self.function
    }

    /// Operations at the beginning that are not told, since there are too many.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Every operation with its numbers for one element, in the precision in which it trains; finite differences are always
    /// taken in `f64`.
    pub fn at<F: Real>(&self, uniforms: &[f64], reads: &[F], writes: &[F]) -> Vec<OperationLine> {
        let element = Element { uniforms, numbers: &[], length: 1, reads, writes, reduced: &[] };
        let values = element.values(&self.graph);
        let wide = |values: &[F]| values.iter().map(|value| value.to_f64()).collect::<Vec<f64>>();
        let (reads, writes) = (wide(reads), wide(writes));
        let exact = Element { uniforms, numbers: &[], length: 1, reads: &reads, writes: &writes, reduced: &[] };
        let (graph, output) = (&self.function.graph, self.function.output);
        let exactly = exact.values(graph);
        self.told(&|id| values.at(id), &|node| {
            let here = exactly.at(node);
            let moved = |by: f64| exact.moved(graph, &exactly, (node, here + by), output);
            differences(here, exactly.at(output), &moved)
        })
    }

    /// Whether what is told depends on the other outputs of the sample.
    pub fn is_over_outputs(&self) -> bool {
        self.function.is_over_outputs()
    }

    /// The same of a function over the outputs of a sample, for one of them: what there is once for the sample stands as it is.
    /// Gradients are those of the sum over what the function gives for the sample.
    pub fn at_output<F: Real>(&self, uniforms: &[f64], reads: &[&[F]], output: usize) -> Vec<OperationLine> {
        let values = Row { uniforms, reads }.values(&self.graph);
        let wide: Vec<Vec<f64>> = reads.iter().map(|row| row.iter().map(|value| value.to_f64()).collect()).collect();
        let wide: Vec<&[f64]> = wide.iter().map(|row| &row[..]).collect();
        let exact = Row { uniforms, reads: &wide };
        let (graph, end) = (&self.function.graph, self.function.output);
        let exactly = exact.values(graph);
        self.told(&|id| values.at(id, output), &|node| {
            let here = exactly.at(node, output);
            let moved = |by: f64| exact.moved(graph, &exactly, (node, output, here + by), end);
            differences(here, exactly.sum(end), &moved)
        })
    }

    /// Every operation by the values of nodes, and with what differences say of the derivative by a node.
    fn told(&self, value: &dyn Fn(NodeId) -> f64, differences: &dyn Fn(NodeId) -> (f64, bool)) -> Vec<OperationLine> {
        let told = self.lines.iter().map(|line| {
            let numbers = |list: &[(usize, NodeId)]| list.iter().map(|(at, id)| (*at, value(*id))).collect();
            // A mask has no numbers between 0 and 1.
            let differences = (line.kind != OperationKind::Mask).then(|| differences(line.node));
            OperationLine {
                name: line.name.clone(),
                formula: line.formula.clone(),
                line: line.line,
                kind: line.kind,
                value: value(line.node),
                slopes: numbers(&line.slopes),
                gradient: value(line.gradient),
                parts: numbers(&line.parts),
                gathered: line.gathered.clone(),
                differences: differences.map(|(slope, _)| slope),
                corner: differences.is_some_and(|(_, corner)| corner),
            }
        });
        told.collect()
    }
}

/// The derivative by a value that is `here`, where the result is `there`, by central differences, and whether the function has
/// a corner or a jump there: then the slopes on both sides differ however near they are taken.
fn differences(here: f64, there: f64, moved: &dyn Fn(f64) -> f64) -> (f64, bool) {
    let sides = |h: f64| [(there - moved(-h)) / h, (moved(h) - there) / h];
    let h = STEP * here.abs().max(1.0);
    let ([left, right], [near_left, near_right]) = (sides(h), sides(h / 8.0));
    // Central differences without the value between them: one rounding less.
    let slope = (moved(h) - moved(-h)) / (2.0 * h);
    // What rounding makes of two equal values is no slope.
    let slope = if slope.abs() <= 2.0 * f64::EPSILON * there.abs() / h { 0.0 } else { slope };
    let bend = (right - left).abs();
    let turn = ((left + right) - (near_left + near_right)).abs() / 2.0;
    let seen = bend > 1e-6 * there.abs().max(1.0);
    (slope, seen && ((near_right - near_left).abs() > bend / 2.0 || turn > bend / 10.0))
}

/// The step of the finite differences, for values up to 1; larger ones take it times their size.
pub const STEP: f64 = 1e-5;

/// The operations on which the value depends, and which depend on what goes in.
fn computed(graph: &Graph, output: NodeId, varies: &[bool]) -> Vec<NodeId> {
    let mut live = vec![false; graph.len()];
    live[output.index()] = true;
    for (id, op) in graph.nodes().rev() {
        if live[id.index()] {
            op.operands().for_each(|operand| live[operand.index()] = true);
        }
    }
    let is_made = |id: NodeId| graph.op(id).operands().next().is_some() || id == output;
    let input = |id: NodeId| is_leaf(graph.op(id)) && varies[id.index()];
    let wanted = |id: &NodeId| live[id.index()] && (varies[id.index()] || *id == output) && is_made(*id) && !input(*id);
    graph.nodes().map(|(id, _)| id).filter(wanted).collect()
}

fn is_leaf(op: Op) -> bool {
    op.operands().next().is_none()
}

/// What each of these nodes is called: as it was named, or by a number.
fn names(function: &Function, nodes: &[NodeId]) -> Vec<String> {
    let own = |id: &NodeId| function.written.get(id).and_then(|written| written.name.clone());
    let input = |id: &NodeId| function.inputs.iter().find(|(input, _)| input == id).map(|(_, name)| name.clone());
    let mut all: Vec<Option<String>> = nodes.iter().map(|id| input(id).or_else(|| own(id))).collect();
    let mut number = 0;
    for (at, node) in nodes.iter().enumerate() {
        if all[at].is_some() {
            continue;
        }
        let taken = |name: &str| all.iter().flatten().any(|other| other == name);
        let name = if *node == function.output && !taken(function.called) {
            function.called.to_owned()
        } else {
            loop {
                number += 1;
                let name = format!("t{number}");
                if !taken(&name) {
                    break name;
                }
            }
        };
        all[at] = Some(name);
    }
    all.into_iter().flatten().collect()
}

/// The line in which a node was made. A function that is made of several operations made those before its own, too.
fn line(function: &Function, node: NodeId) -> Option<usize> {
    let own = function.written.get(&node).and_then(|written| written.line);
    let next = || {
        let later = function.written.iter().filter(|(id, written)| **id > node && written.line.is_some());
        later.min_by_key(|(id, _)| **id).and_then(|(_, written)| written.line)
    };
    own.or_else(next)
}

/// What a node is computed from: as it was written, if it was written as one operation, else as the graph has it.
fn formula(function: &Function, node: NodeId, place: &HashMap<NodeId, usize>) -> Formula<Operand> {
    let graph = &function.graph;
    let operand = |id: &NodeId| {
        Formula::Value(match place.get(id) {
            Some(at) => Operand::Line(*at),
            None => constant(graph, *id).map_or(Operand::LeftOut, Operand::Number),
        })
    };
    let varying = |ids: &[NodeId]| {
        let mut ids: Vec<NodeId> = ids.iter().copied().filter(|id| constant(graph, *id).is_none()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let op = graph.op(node);
    let operands: Vec<NodeId> = op.operands().collect();
    let written = function.written.get(&node).and_then(|written| written.applied.as_ref());
    let (name, operands) = match (written, op) {
        (Some((name, as_written)), _) if varying(as_written) == varying(&operands) => (*name, as_written.clone()),
        (_, Op::Unary(op, _)) => (op.name(), operands),
        (_, Op::Binary(op, ..)) => (op.name(), operands),
        (_, Op::Select(..)) => ("where", operands),
        (_, Op::Along(kind, ..)) => (kind.name(), operands),
        (_, Op::OfRow(kind, _)) => (kind.name(), operands),
        _ => return operand(operands.first().unwrap_or(&node)),
    };
    let value = Operand::Line(place.get(&node).copied().unwrap_or(0));
    Formula::Apply { name, operands: operands.iter().map(operand).collect(), value }
}

/// The number of a node that is the same whatever goes in, as far as it was computed when the graph was made.
fn constant(graph: &Graph, id: NodeId) -> Option<f64> {
    match graph.op(id) {
        Op::Broadcast(scalar) => graph.constant_value(scalar),
        _ => graph.constant_value(id),
    }
}

fn kind(graph: &Graph, node: NodeId) -> OperationKind {
    use super::ops::Binary;
    match graph.op(node) {
        _ if graph.facts(node).mask => OperationKind::Mask,
        Op::Unary(Unary::Floor | Unary::Sign, _) => OperationKind::Flat,
        Op::Unary(Unary::Abs, _)
        | Op::Binary(Binary::Min | Binary::Max, ..)
        | Op::Select(..)
        | Op::Along(Along::Max | Along::MaxAbs, ..) => OperationKind::Branch,
        _ => OperationKind::Smooth,
    }
}
