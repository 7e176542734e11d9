//! Which operations are one block: those of one level and one shape, as many as a program may have tensors for.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::levels::{Kind, Level, Levels, kind};
use super::{Shape, StagesPart};
use crate::program::graph::{Graph, NodeId, Op, Slot};
use crate::program::machine::TENSORS;

/// Operations of one block, in order.
pub(super) struct Chunk {
    pub level: Level,
    pub shape: Shape,
    pub nodes: Vec<NodeId>,
}

/// A tensor that is there for others than the block that makes it: a node, or a node with its sides of 1 repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Value {
    pub node: NodeId,
    pub shape: Shape,
}

/// The graph of a part with what is needed of it.
pub(super) struct Needs<'a> {
    pub graph: &'a Graph,
    pub live: Vec<bool>,
    /// The parameter's shape.
    own: Shape,
    /// Nodes that lie somewhere of their own whatever the blocks are.
    whole: HashSet<NodeId>,
}

impl<'a> Needs<'a> {
    pub fn of(part: &StagesPart<'a>) -> Self {
        let graph = part.graph;
        let mut live = vec![false; graph.len()];
        let mut whole: HashSet<NodeId> = part.tensors.iter().map(|(_, id)| *id).collect();
        whole.extend(part.shown.iter().map(|(_, id)| *id).filter(|id| graph.facts(*id).tensor));
        let scalars = part.numbers.iter().map(|(_, id)| *id).chain(part.measures.iter().copied());
        let shown = part.shown.iter().map(|(_, id)| *id);
        // What a total is made of counts for other parameters, too.
        let totals = graph.nodes().filter(|(_, op)| matches!(op, Op::Total(..))).map(|(id, _)| id);
        for id in whole.iter().copied().chain(scalars).chain(shown).chain(totals) {
            live[id.index()] = true;
        }
        let mut needs = Self { graph, live, own: part.shape, whole };
        for (id, _) in graph.nodes().rev() {
            if !needs.live[id.index()] {
                continue;
            }
            let barrier = kind(graph, id) == Kind::Barrier;
            for operand in needs.operands(id) {
                needs.live[operand.index()] = true;
                if barrier || needs.is_repeated(operand, id) {
                    needs.whole.insert(operand);
                }
            }
        }
        needs
    }

    pub fn shape(&self, id: NodeId) -> Shape {
        self.graph.facts(id).shape.unwrap_or(self.own)
    }

    /// What a node is computed of: a product reads one operand with rows for columns, if it is to be turned.
    pub fn operands(&self, id: NodeId) -> Vec<NodeId> {
        match self.graph.op(id) {
            Op::Product(..) => self.product(id).0.to_vec(),
            op => op.operands().collect(),
        }
    }

    /// The operands of a product, and which of them is read with rows for columns.
    pub fn product(&self, id: NodeId) -> ([NodeId; 2], [bool; 2]) {
        let Op::Product(a, b) = self.graph.op(id) else { return ([id; 2], [false; 2]) };
        match (self.graph.op(a), self.graph.op(b)) {
            (_, Op::Transpose(b)) => ([a, b], [false, true]),
            (Op::Transpose(a), _) => ([a, b], [true, false]),
            _ => ([a, b], [false; 2]),
        }
    }

    /// The operand's sides of 1 are repeated for this node. A scalar that stands for a tensor is everywhere the same.
    pub fn is_repeated(&self, operand: NodeId, id: NodeId) -> bool {
        let tensor = self.graph.facts(operand).tensor && kind(self.graph, operand) != Kind::Repeated;
        tensor && kind(self.graph, id) == Kind::Elementwise && self.shape(operand) != self.shape(id)
    }

    /// What lies outside of a block and is read in it for this node.
    pub fn value(&self, operand: NodeId, id: NodeId) -> Value {
        let shape = if self.is_repeated(operand, id) { self.shape(id) } else { self.shape(operand) };
        Value { node: operand, shape }
    }

    /// Whether a node is made in a block.
    fn in_block(&self, id: NodeId) -> bool {
        match kind(self.graph, id) {
            Kind::Elementwise | Kind::Reduced => true,
            Kind::Repeated => self.whole.contains(&id),
            _ => false,
        }
    }

    /// Cuts what is done element by element into blocks. Also says which nodes lie somewhere of their own.
    pub fn chunks(&self, levels: &Levels) -> (Vec<Chunk>, HashSet<NodeId>) {
        let mut groups: BTreeMap<(Level, u32, u32), Vec<NodeId>> = BTreeMap::new();
        for (id, op) in self.graph.nodes().filter(|(id, _)| self.live[id.index()] && self.in_block(*id)) {
            let (level, shape) = match kind(self.graph, id) {
                Kind::Reduced => {
                    let operands = || op.operands().filter(|id| self.graph.facts(*id).tensor);
                    let level = operands().map(|id| levels.at(id)).max().unwrap_or_default();
                    (level, operands().next().map_or(self.own, |id| self.shape(id)))
                }
                _ => (levels.at(id), self.shape(id)),
            };
            groups.entry((level, shape.rows, shape.columns)).or_default().push(id);
        }
        let mut chunks = Vec::new();
        for ((level, rows, columns), nodes) in groups {
            let shape = Shape { rows, columns };
            let mut rest = &nodes[..];
            while !rest.is_empty() {
                let (now, later) = rest.split_at(self.fitting(rest));
                chunks.push(Chunk { level, shape, nodes: now.to_vec() });
                rest = later;
            }
        }
        let mut place: HashMap<NodeId, usize> = HashMap::new();
        for (at, chunk) in chunks.iter().enumerate() {
            place.extend(chunk.nodes.iter().map(|id| (*id, at)));
        }
        let mut whole = self.whole.clone();
        for (at, chunk) in chunks.iter().enumerate() {
            for id in &chunk.nodes {
                let elsewhere = |operand: &NodeId| place.get(operand).is_some_and(|other| *other != at);
                let tensor = |operand: &NodeId| self.graph.facts(*operand).tensor;
                let lying = |operand: &NodeId| kind(self.graph, *operand) != Kind::Repeated;
                whole.extend(self.graph.op(*id).operands().filter(|o| elsewhere(o) && tensor(o) && lying(o)));
            }
        }
        (chunks, whole)
    }

    /// How many of these operations fit into one block, at least one.
    fn fitting(&self, nodes: &[NodeId]) -> usize {
        let mut used_by: HashMap<NodeId, usize> = HashMap::new();
        for (at, id) in nodes.iter().enumerate() {
            for operand in self.graph.op(*id).operands() {
                used_by.insert(operand, at);
            }
        }
        let own: HashSet<NodeId> = nodes.iter().copied().collect();
        let others = self.graph.nodes().filter(|(id, _)| self.live[id.index()] && !own.contains(id));
        let outside: HashSet<NodeId> = others.flat_map(|(_, op)| op.operands()).collect();
        let (mut inputs, mut slots) = (HashSet::new(), HashSet::new());
        let mut fits = 1;
        for (at, id) in nodes.iter().enumerate() {
            let own = |operand: &NodeId| nodes[..at].contains(operand);
            for operand in self.graph.op(*id).operands().filter(|id| self.graph.facts(*id).tensor) {
                match self.graph.op(operand) {
                    Op::Tensor(Slot::Write(slot)) if !self.is_repeated(operand, *id) => {
                        slots.insert(NodeId(u32::MAX - u32::from(slot)));
                    }
                    _ if own(&operand) || kind(self.graph, operand) == Kind::Repeated => {}
                    _ => {
                        inputs.insert(self.value(operand, *id));
                        // It may lie in a slot by then.
                        slots.extend(self.whole.contains(&operand).then_some(operand));
                    }
                }
            }
            let made = |id: &&NodeId| self.graph.facts(**id).tensor;
            let later = |id: &NodeId| used_by.get(id).is_some_and(|last| *last > at);
            let leaves = |id: &&NodeId| self.whole.contains(id) || outside.contains(id) || later(id);
            let outputs = nodes[..=at].iter().filter(made).filter(leaves).count();
            if inputs.len() <= TENSORS && slots.len() + outputs <= TENSORS {
                fits = at + 1;
            } else if at >= fits + 4 * TENSORS {
                break;
            }
        }
        fits
    }
}
