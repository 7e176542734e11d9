//! Which operation of a function by script was the first to make something that is not finite of what was, and which derivative
//! was the first, backward.

use arrayvec::ArrayVec;

use crate::optim::{BrokenOperation, PLAIN, plain};
use crate::program::{
    Backward, Function, Graph, NodeId, Op, Part, Real, Shape, Through, Whole, WholePart, backward, local,
};
use crate::snapshot::Formula;

/// How many operations within each other are written out.
const DEEPEST: usize = 4;

/// An operation of a function that broke.
pub(crate) struct BrokenScript {
    pub operation: BrokenOperation,
    /// `sample 3, output 1 of the mini-batch`.
    pub element: String,
    /// `line 4 of focal.rhai`.
    pub line: Option<String>,
    /// It is not its value that broke.
    pub slope: Option<BrokenSlope>,
}

/// A derivative that broke.
pub(crate) struct BrokenSlope {
    /// By which operand, as it stands in the script, and its value.
    pub by: String,
    pub at: Option<f64>,
    /// The derivative by it, if it is this one that broke.
    pub slope: Option<f64>,
}

/// A function by script with what it was given.
pub(super) struct Scripted<'a, F> {
    pub function: &'a Function,
    /// Of its tensors, if it has none of its own.
    pub shape: Shape,
    pub uniforms: &'a [f64],
    pub reads: &'a [&'a [F]],
    /// An element of so many columns, in words.
    pub words: &'a dyn Fn((usize, usize)) -> String,
}

impl<F: Real> Scripted<'_, F> {
    fn run<'p>(&self, parts: &'p [WholePart<'p>]) -> Option<Whole<'p, F>> {
        let place = [0..self.shape.len()];
        let reads = self.reads.iter().map(|read| (*read, &place[..])).collect();
        Whole::of(parts, reads, ArrayVec::new())
    }

    fn part<'p>(&'p self, graph: &'p Graph) -> WholePart<'p> {
        WholePart { graph, shape: self.shape, uniforms: self.uniforms, numbers: &[] }
    }

    /// The operation that has broken its value.
    pub fn value(&self) -> Option<BrokenScript> {
        let graph = &self.function.graph;
        let parts = [self.part(graph)];
        let whole = self.run(&parts)?;
        let through = whole.through(0, self.function.output);
        let search = Search { function: self.function, whole: &whole, through: &through };
        let (id, node, element, largest) = graph.nodes().find_map(|(id, _)| search.born_within(id))?;
        let constant = matches!(graph.op(node), Op::Constant(_));
        let elementwise =
            constant || (search.meets(id, node) && matches!(graph.op(id), Op::Unary(..) | Op::Binary(..)));
        let mut told = self.told(&whole, (id, node, element), elementwise)?;
        told.operation.largest = (!elementwise).then_some(largest);
        // What a script makes of plain numbers is a constant that no operation has made.
        let plain_number = |value: &&Option<f64>| value.is_some_and(|value| !value.is_finite());
        if let Some(number) = told.operation.values.iter().find(plain_number).copied().flatten() {
            let operation = &mut told.operation;
            (operation.name, operation.words, operation.values) = (PLAIN, vec![plain(number)], vec![Some(number)]);
        }
        Some(told)
    }

    /// The operation whose derivative has broken that of the value by these inputs.
    pub fn slope(&self, inputs: &[NodeId]) -> Option<BrokenScript> {
        let Function { graph: own, output, .. } = self.function;
        let mut graph = own.clone();
        let one = graph.constant(1.0);
        let tensor = own.facts(*output).tensor;
        let seed = if tensor { graph.broadcast_like(one, own.shape(*output)) } else { one };
        let nodes: Vec<NodeId> = own.nodes().map(|(id, _)| id).collect();
        let Backward { gradients, parts: passed } = backward(&mut graph, *output, seed, &nodes);
        let wanted = vec![true; nodes.len()];
        let slopes: Vec<Vec<(NodeId, NodeId)>> = nodes.iter().map(|node| local(&mut graph, *node, &wanted)).collect();
        let parts = [self.part(&graph)];
        let whole = self.run(&parts)?;
        let wanted = inputs.iter().map(|input| gradients[input.index()]);
        let through: Vec<Through> = wanted.map(|gradient| whole.through(0, gradient)).collect();
        let of = |id: NodeId, with: (NodeId, usize)| whole.at(0, id, whole.element_with(0, id, with));
        // What came to an operation from behind it was finite, and what it passed on is not.
        let breaks = |part: &Part| {
            let behind = gradients[part.from.index()];
            let all = |id: NodeId| (0..whole.shape(0, id).map_or(1, Shape::len)).all(|at| finite(whole.at(0, id, at)));
            let broke = |element: &usize| {
                !finite(whole.at(0, part.value, *element))
                    && if part.gathered { all(behind) } else { finite(of(behind, (part.value, *element))) }
            };
            through.iter().find_map(|through| through.elements(0, part.value).find(broke))
        };
        let (part, element) = passed.iter().find_map(|part| Some((part, breaks(part)?)))?;
        let through = whole.through(0, *output);
        let search = Search { function: self.function, whole: &whole, through: &through };
        let id = nodes.iter().copied().find(|id| search.holds(*id, part.from))?;
        let mut told = self.told(&whole, (id, part.value, element), !part.gathered)?;
        let to = self.function.written.get(&id)?.applied.as_ref()?.1.iter().copied();
        let to = to.clone().find(|operand| *operand == part.to).or_else(|| to.clone().next())?;
        let slope = slopes[part.from.index()].iter().find(|(operand, _)| *operand == part.to);
        let slope = slope.and_then(|(_, slope)| of(*slope, (part.value, element)));
        told.slope = Some(BrokenSlope {
            by: words(self.function, to, DEEPEST, false).text(&String::clone),
            at: of(to, (part.value, element)),
            slope: slope.filter(|slope| !slope.is_finite()),
        });
        Some(told)
    }

    /// An operation of the script, by a node that broke in an element; with the values of its operands, if they go with it.
    fn told(
        &self,
        whole: &Whole<'_, F>,
        (id, node, element): (NodeId, NodeId, usize),
        values: bool,
    ) -> Option<BrokenScript> {
        let (function, graph) = (self.function, &self.function.graph);
        let written = function.written.get(&id)?;
        let (name, operands) = written.applied.clone()?;
        let value = |operand: &NodeId| {
            let known = graph.constant_value(*operand);
            known.or_else(|| whole.at(0, *operand, whole.element_with(0, *operand, (node, element))))
        };
        let columns = whole.shape(0, node).map_or(1, |shape| (shape.columns as usize).max(1));
        Some(BrokenScript {
            operation: BrokenOperation {
                name,
                text: words(function, id, DEEPEST, true).text(&String::clone),
                words: operands.iter().map(|id| words(function, *id, DEEPEST, false).text(&String::clone)).collect(),
                values: operands.iter().map(|operand| value(operand).filter(|_| values)).collect(),
                hyper: Vec::new(),
                of_gradient: false,
                place: None,
                element: Some(element),
                shape: None,
                value: whole.at(0, node, element),
                largest: None,
            },
            element: (self.words)((element, columns)),
            line: written.line.map(|line| format!("line {line} of {}", function.source)),
            slope: None,
        })
    }
}

/// What is not known was not computed, and broke nothing.
fn finite(value: Option<f64>) -> bool {
    value.is_none_or(f64::is_finite)
}

struct Search<'a, F> {
    function: &'a Function,
    whole: &'a Whole<'a, F>,
    through: &'a Through,
}

impl<F: Real> Search<'_, F> {
    fn is_written(&self, id: NodeId) -> bool {
        self.function.written.get(&id).is_some_and(|written| written.applied.is_some())
    }

    /// The nodes that an operation of the script was made of, itself first; none of another node.
    fn within(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        let mut left = if self.is_written(id) { vec![id] } else { Vec::new() };
        std::iter::from_fn(move || {
            let node = left.pop()?;
            left.extend(self.function.graph.op(node).operands().filter(|operand| !self.is_written(*operand)));
            Some(node)
        })
    }

    /// This node is part of an operation of the script.
    fn holds(&self, id: NodeId, node: NodeId) -> bool {
        self.within(id).any(|own| own == node)
    }

    /// An operation of the script with the node that broke of those that it was made of, the element, and the largest that went
    /// into it.
    fn born_within(&self, id: NodeId) -> Option<(NodeId, NodeId, usize, f64)> {
        self.within(id).find_map(|node| {
            let (element, largest) = self.whole.first_born(self.through, 0, node)?;
            Some((id, node, element, largest))
        })
    }

    /// An operation goes element by element: what it was applied to has its shape.
    fn meets(&self, id: NodeId, node: NodeId) -> bool {
        let tensor = |id: &NodeId| self.function.graph.facts(*id).tensor;
        let applied = self.function.written.get(&id).and_then(|written| written.applied.as_ref());
        let same = |operand: &NodeId| !tensor(operand) || self.whole.shape(0, *operand) == self.whole.shape(0, id);
        node == id && applied.is_some_and(|(_, operands)| operands.iter().all(same))
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
