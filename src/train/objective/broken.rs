//! Which operation of a loss by script was the first to make something that is not finite of outputs that were.

use super::{Learner, Work};
use crate::nn::{Mode, Network};
use crate::optim::{BrokenOperation, plain};
use crate::program::{Arena, Function, NodeId, Op, Real, Through, Whole, WholePart};
use crate::snapshot::Formula;

/// How many operations within each other are written out.
const DEEPEST: usize = 4;

/// An operation of a loss that broke.
pub(crate) struct BrokenLoss {
    pub operation: BrokenOperation,
    /// `sample 3, output 1 of the mini-batch`.
    pub element: String,
    /// `line 4 of focal.rhai`.
    pub line: Option<String>,
}

impl<F: Real> Work<F> {
    /// What has broken the loss of the last pass, after so many updates, with these weights, if it is one by script and every
    /// output is finite.
    pub fn broken_loss(&self, updates: u64, params: &Arena<F>) -> Option<BrokenLoss> {
        let Self::Network(learner) = self else { return None };
        learner.broken_loss(updates, params)
    }
}

impl<F: Real> Learner<F> {
    /// The last forward pass, after so many updates, made once more so that all layers' outputs are kept: the samples are those
    /// that were gathered last, of which there are so many.
    pub(super) fn pass_again(&self, updates: u64, params: &Arena<F>) -> (Network<F>, usize) {
        let turn = self.batches.turn(updates);
        let (k, number) = (turn.batches.start + self.passed, turn.before + self.passed as u64);
        let n = self.batches.batch(k).len();
        let mut network = self.parts.network.watched_for(n);
        let mode = Mode::Train { seed: self.seed, step: number + 1 };
        network.forward(params, &self.x[..n * network.inputs()], n, mode);
        (network, n)
    }

    fn broken_loss(&self, updates: u64, params: &Arena<F>) -> Option<BrokenLoss> {
        let function = self.parts.loss.function()?;
        let (network, n) = self.pass_again(updates, params);
        let (outputs, z) = (network.output_width(), network.output(network.shapes().len().checked_sub(1)?));
        let y = if self.values.is_empty() {
            let mut one_hot = vec![F::ZERO; n * outputs];
            let rows = one_hot.chunks_exact_mut(outputs).zip(&self.labels);
            rows.for_each(|(row, class)| row[*class as usize] = F::ONE);
            one_hot
        } else {
            self.values[..n * outputs].to_vec()
        };
        let own = function.graph.own()?;
        let most = own.len();
        z.chunks(most).zip(y.chunks(most)).enumerate().find_map(|(at, (z, y))| {
            // The graph is of so many rows: the last one stands in for those that are missing.
            let filled = |values: &[F]| {
                let (rows, last) = (values.len() / outputs, &values[values.len() - outputs..]);
                let missing = std::iter::repeat_n(last, own.rows as usize - rows).flatten();
                values.iter().chain(missing).copied().collect::<Vec<F>>()
            };
            broken_in(function, [&filled(z), &filled(y)], at * own.rows as usize)
        })
    }
}

/// The first operation that broke in some rows, of which the first is a sample with this number.
fn broken_in<F: Real>(function: &Function, [z, y]: [&[F]; 2], first: usize) -> Option<BrokenLoss> {
    let graph = &function.graph;
    let parts = [WholePart { graph, shape: graph.own()?, uniforms: &[], numbers: &[] }];
    let place = [0..z.len()];
    let reads = [(z, &place[..]), (y, &place[..])].into_iter().collect();
    let whole = Whole::of(&parts, reads, arrayvec::ArrayVec::new())?;
    let through = whole.through(0, function.output);
    let search = Search { function, whole: &whole, through: &through };
    let (id, node, element, largest) = graph.nodes().find_map(|(id, _)| search.born_within(id))?;
    let (name, operands) = function.written.get(&id)?.applied.clone()?;
    let tensor = |id: &NodeId| graph.facts(*id).tensor;
    let meets =
        node == id && operands.iter().all(|operand| !tensor(operand) || whole.shape(0, *operand) == whole.shape(0, id));
    let value = |operand: &NodeId| {
        let known = graph.constant_value(*operand);
        known.or_else(|| whole.at(0, *operand, whole.element_with(0, *operand, (id, element))))
    };
    let elementwise = meets && matches!(graph.op(id), Op::Unary(..) | Op::Binary(..));
    let columns = whole.shape(0, node).map_or(1, |shape| (shape.columns as usize).max(1));
    let (sample, output) = (first + element / columns, element % columns);
    let of = if columns > 1 { format!("sample {sample}, output {output}") } else { format!("sample {sample}") };
    let line = function.written.get(&id).and_then(|written| written.line);
    Some(BrokenLoss {
        operation: BrokenOperation {
            name,
            text: words(function, id, DEEPEST, true).text(&String::clone),
            words: operands.iter().map(|id| words(function, *id, DEEPEST, false).text(&String::clone)).collect(),
            values: operands.iter().map(|operand| value(operand).filter(|_| elementwise)).collect(),
            hyper: Vec::new(),
            of_gradient: false,
            place: None,
            element: Some(element),
            shape: None,
            value: whole.at(0, node, element),
            largest: (!elementwise).then_some(largest),
        },
        element: format!("{of} of the mini-batch"),
        line: line.map(|line| format!("line {line} of {}", function.source)),
    })
}

struct Search<'a, F> {
    function: &'a Function,
    whole: &'a Whole<'a, F>,
    through: &'a Through,
}

impl<F: Real> Search<'_, F> {
    /// An operation of the script with the node that broke of those that it was made of, the element, and the largest that went
    /// into it.
    fn born_within(&self, id: NodeId) -> Option<(NodeId, NodeId, usize, f64)> {
        let written = |id: &NodeId| self.function.written.get(id).is_some_and(|written| written.applied.is_some());
        let mut left = if written(&id) { vec![id] } else { Vec::new() };
        while let Some(node) = left.pop() {
            if let Some((element, largest)) = self.whole.first_born(self.through, 0, node) {
                return Some((id, node, element, largest));
            }
            left.extend(self.function.graph.op(node).operands().filter(|operand| !written(operand)));
        }
        None
    }
}

/// A node by its name, or by what it is made of.
fn words(function: &Function, id: NodeId, left: usize, whole: bool) -> Formula<String> {
    let written = function.written.get(&id);
    let name = written.and_then(|written| written.name.clone()).filter(|_| !whole);
    let input = function.inputs.iter().find(|(input, _)| *input == id).map(|(_, name)| name.clone());
    if let Some(name) = name.or(input) {
        return Formula::Value(name);
    }
    match (written.and_then(|written| written.applied.as_ref()), function.graph.op(id)) {
        (Some((name, operands)), _) if left > 0 => {
            let operands = operands.iter().map(|id| words(function, *id, left - 1, false)).collect();
            Formula::Apply { name, operands, value: String::new() }
        }
        (_, Op::Broadcast(x) | Op::Fill(x, _)) => words(function, x, left, false),
        _ => Formula::Value(function.graph.constant_value(id).map_or_else(|| "..".to_owned(), plain)),
    }
}
