//! One block as a program of its own: what is known before it comes in as scalars and tensors.

use std::collections::{BTreeSet, HashMap};

use super::chunks::{Chunk, Needs, Value};
use super::levels::{Kind, kind};
use super::{Block, Place};
use crate::program::compile::{Program, Wanted};
use crate::program::graph::{Folding, Graph, NodeId, Op, Slot};

/// Makes the program of a block.
pub(super) struct Builder<'a> {
    pub needs: &'a Needs<'a>,
    pub chunk: &'a Chunk,
    /// Where a tensor lies that is there before.
    pub home: &'a dyn Fn(Value) -> Place,
    /// Where what the block makes is to lie.
    pub outputs: &'a [(NodeId, Place)],
}

impl Builder<'_> {
    /// The tensors that the block reads and does not make.
    pub fn inputs(needs: &Needs<'_>, chunk: &Chunk) -> BTreeSet<Value> {
        let mut inputs = BTreeSet::new();
        for id in &chunk.nodes {
            for operand in needs.graph.op(*id).operands().filter(|id| needs.graph.facts(*id).tensor) {
                if !chunk.nodes.contains(&operand) && kind(needs.graph, operand) != Kind::Repeated {
                    inputs.insert(needs.value(operand, *id));
                }
            }
        }
        inputs
    }

    pub fn build(&self) -> Block {
        let inputs = Self::inputs(self.needs, self.chunk);
        let mut reads = BTreeSet::new();
        let mut writes: BTreeSet<Place> = self.outputs.iter().map(|(_, place)| *place).collect();
        for value in &inputs {
            match (self.home)(*value) {
                place @ Place::Slot(_) => writes.insert(place),
                place => reads.insert(place),
            };
        }
        let (reads, writes): (Vec<_>, Vec<_>) = (reads.into_iter().collect(), writes.into_iter().collect());
        let at = |places: &[Place], place: Place| places.iter().position(|own| *own == place).unwrap_or(0) as u8;
        let mut inner = Inner { graph: Graph::new(Folding::Structural), scalars: Vec::new(), known: HashMap::new() };
        let mut reduced = Vec::new();
        let mut measures = Vec::new();
        for id in &self.chunk.nodes {
            let mut operand = |operand: NodeId| {
                if let Some(inside) = inner.known.get(&operand) {
                    return *inside;
                }
                if kind(self.needs.graph, operand) == Kind::Repeated {
                    return inner.repeated(self.needs.graph, operand);
                }
                if !self.needs.graph.facts(operand).tensor {
                    return inner.scalar(operand);
                }
                let slot = match (self.home)(self.needs.value(operand, *id)) {
                    place @ Place::Slot(_) => Slot::Write(at(&writes, place)),
                    place => Slot::Read(at(&reads, place)),
                };
                inner.graph.tensor(slot)
            };
            let op = match self.needs.graph.op(*id) {
                Op::Unary(op, x) => Op::Unary(op, operand(x)),
                Op::Binary(op, x, y) => {
                    let (x, y) = (operand(x), operand(y));
                    Op::Binary(op, x, y)
                }
                Op::Select(m, a, b) => {
                    let (m, a, b) = (operand(m), operand(a), operand(b));
                    Op::Select(m, a, b)
                }
                Op::Reduce(kind, x, y) => {
                    let (x, y) = (operand(x), operand(y));
                    reduced.push(id.index());
                    measures.push(inner.graph.reduce(kind, x, y));
                    continue;
                }
                _ => {
                    let repeated = inner.repeated(self.needs.graph, *id);
                    inner.known.insert(*id, repeated);
                    continue;
                }
            };
            let inside = inner.graph.add(op);
            inner.known.insert(*id, inside);
        }
        let tensors: Vec<(u8, NodeId)> =
            self.outputs.iter().map(|(id, place)| (at(&writes, *place), inner.known[id])).collect();
        let wanted = Wanted { tensors: &tensors, measures: &measures, ..Wanted::default() };
        let program = Program::new(&inner.graph, &wanted);
        Block { program, scalars: inner.scalars, reads, writes, len: self.chunk.shape.len(), reduced }
    }
}

/// The graph of the block.
struct Inner {
    graph: Graph,
    /// What the scalars that it is given are outside.
    scalars: Vec<usize>,
    known: HashMap<NodeId, NodeId>,
}

impl Inner {
    fn scalar(&mut self, outside: NodeId) -> NodeId {
        let place = self.scalars.iter().position(|known| *known == outside.index()).unwrap_or_else(|| {
            self.scalars.push(outside.index());
            self.scalars.len() - 1
        });
        self.graph.uniform(place as u16)
    }

    fn repeated(&mut self, graph: &Graph, outside: NodeId) -> NodeId {
        let scalar = graph.op(outside).operands().next().unwrap_or(outside);
        let scalar = self.scalar(scalar);
        self.graph.broadcast(scalar)
    }
}
