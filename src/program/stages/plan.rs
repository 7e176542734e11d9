//! The steps of one parameter, in order, with a place for every tensor that lies between them.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::block::Builder;
use super::chunks::{Chunk, Needs, Value};
use super::levels::{Kind, Level, Levels, kind, place};
use super::places::Places;
use super::{At, Place, Plan, StagesPart, Step};
use crate::program::graph::{NodeId, Op, Slot};

/// What is done at one place of the order.
enum Item {
    Scalars(Vec<NodeId>),
    /// A barrier.
    Whole(NodeId),
    Repeat(Value),
    Chunk(Chunk),
}

/// Scalars come first in a level, then barriers, each after what it looks at, then blocks.
type Order = (Level, u8, usize, u8);

pub(super) fn plan(part: &StagesPart<'_>, levels: &Levels, rounds: usize, totals: &[u64]) -> Plan {
    let needs = Needs::of(part);
    let (chunks, whole) = needs.chunks(levels);
    let items = items(&needs, levels, chunks);
    Planner { part, needs, items, whole, places: Places::default(), totals }.plan(rounds)
}

fn items(needs: &Needs<'_>, levels: &Levels, chunks: Vec<Chunk>) -> Vec<(Order, Item)> {
    let graph = needs.graph;
    let mut items: Vec<(Order, Item)> = Vec::new();
    let mut scalars: HashMap<Level, Vec<NodeId>> = HashMap::new();
    let mut repeats = HashSet::new();
    for (id, op) in graph.nodes().filter(|(id, _)| needs.live[id.index()]) {
        match kind(graph, id) {
            Kind::Scalar if !matches!(op, Op::Constant(_)) => scalars.entry(levels.at(id)).or_default().push(id),
            Kind::Barrier => items.push(((levels.at(id), 1, id.index(), 0), Item::Whole(id))),
            Kind::Elementwise => {
                for operand in op.operands().filter(|operand| needs.is_repeated(*operand, id)) {
                    let value = needs.value(operand, id);
                    if repeats.insert(value) {
                        let order = (levels.whole(graph, operand), 1, operand.index(), 1);
                        items.push((order, Item::Repeat(value)));
                    }
                }
            }
            _ => {}
        }
    }
    items.extend(scalars.into_iter().map(|(level, nodes)| ((level, 0, 0, 0), Item::Scalars(nodes))));
    let blocks = chunks.into_iter().enumerate();
    items.extend(blocks.map(|(at, chunk)| ((chunk.level, 2, at, 0), Item::Chunk(chunk))));
    // Among repeats of one operand the order is that of their shapes.
    items.sort_by_key(|(order, item)| {
        (*order, if let Item::Repeat(value) = item { Some(value.shape.len()) } else { None })
    });
    items
}

struct Planner<'a> {
    part: &'a StagesPart<'a>,
    needs: Needs<'a>,
    items: Vec<(Order, Item)>,
    /// Nodes that lie somewhere of their own.
    whole: HashSet<NodeId>,
    places: Places,
    /// The numbers of all totals.
    totals: &'a [u64],
}

impl Planner<'_> {
    fn plan(mut self, rounds: usize) -> Plan {
        let mut steps: Vec<Vec<Step>> = vec![Vec::new(); rounds];
        let mut last_read: HashMap<Value, usize> = HashMap::new();
        let reads: Vec<BTreeSet<Value>> = self.items.iter().map(|(_, item)| self.reads(item)).collect();
        for (at, reads) in reads.iter().enumerate() {
            last_read.extend(reads.iter().map(|value| (*value, at)));
        }
        let end = self.items.len();
        self.settle_sources();
        let later = self.outputs(&reads, &mut last_read, &mut steps[0], end);
        for (name, id) in self.part.shown.iter().filter(|(_, id)| kind(self.needs.graph, *id) == Kind::Source) {
            steps[0].push(Step::Show { name: *name, from: self.at(self.own(*id)) });
        }
        let items = std::mem::take(&mut self.items);
        for (at, (order, item)) in items.iter().enumerate() {
            let made = self.makes(item);
            let steps = &mut steps[order.0.round];
            for value in &made {
                self.places.find(*value);
            }
            steps.push(self.step(item));
            for value in &made {
                let shown = self.part.shown.iter().filter(|(_, id)| self.own(*id) == *value);
                steps.extend(shown.map(|(name, _)| Step::Show { name: *name, from: self.at(*value) }));
            }
            let unread = made.iter().filter(|value| !last_read.contains_key(value));
            let over = reads[at].iter().filter(|value| last_read.get(value) == Some(&at));
            let over: Vec<Value> = unread.chain(over).copied().collect();
            over.into_iter().for_each(|value| self.places.leave(value));
        }
        if let Some(steps) = steps.last_mut() {
            steps.extend(later.into_iter().map(|(from, slot)| Step::Copy {
                from: self.at(from),
                to: At { place: Place::Slot(slot), shape: from.shape },
            }));
        }
        self.finish(steps)
    }

    fn finish(self, steps: Vec<Vec<Step>>) -> Plan {
        let graph = self.needs.graph;
        let total = |(_, op)| match op {
            Op::Total(total, x) => Some((place(self.totals, total), x.index())),
            _ => None,
        };
        let totals = graph.nodes().filter_map(total);
        let constants = graph.nodes().filter(|(_, op)| matches!(op, Op::Constant(_)));
        let scalar = |(_, id): &&(usize, NodeId)| !graph.facts(*id).tensor;
        Plan {
            steps,
            constants: constants.map(|(id, _)| id.index()).collect(),
            nodes: graph.len(),
            elements: self.part.shape.len(),
            temporaries: self.places.lengths,
            totals: totals.collect(),
            numbers: self.part.numbers.iter().map(|(place, id)| (*place, id.index())).collect(),
            measures: self.part.measures.iter().map(|id| id.index()).collect(),
            shown: self.part.shown.iter().filter(scalar).map(|(name, id)| (*name, id.index())).collect(),
        }
    }

    /// A node as it is.
    fn own(&self, node: NodeId) -> Value {
        Value { node, shape: self.needs.shape(node) }
    }

    fn at(&self, value: Value) -> At {
        At { place: self.places.home(value).unwrap_or(Place::Temporary(0)), shape: value.shape }
    }

    fn settle_sources(&mut self) {
        for (id, op) in self.needs.graph.nodes() {
            let place = match op {
                Op::Tensor(Slot::Read(place)) => Place::Read(place),
                Op::Tensor(Slot::Write(place)) => Place::Slot(place),
                _ => continue,
            };
            self.places.settle(self.own(id), place);
        }
    }

    fn reads(&self, item: &Item) -> BTreeSet<Value> {
        match item {
            Item::Scalars(_) => BTreeSet::new(),
            Item::Whole(id) => self.needs.operands(*id).into_iter().map(|operand| self.own(operand)).collect(),
            Item::Repeat(value) => [self.own(value.node)].into_iter().collect(),
            Item::Chunk(chunk) => Builder::inputs(&self.needs, chunk),
        }
    }

    /// The tensors that an item leaves for others.
    fn makes(&self, item: &Item) -> Vec<Value> {
        match item {
            Item::Scalars(_) => Vec::new(),
            Item::Whole(id) => vec![self.own(*id)],
            Item::Repeat(value) => vec![*value],
            Item::Chunk(chunk) => {
                chunk.nodes.iter().filter(|id| self.whole.contains(id)).map(|id| self.own(*id)).collect()
            }
        }
    }

    /// Settles outputs in their slots where nobody reads what lay there afterwards. Gives back those that are copied at the
    /// end.
    fn outputs(
        &mut self,
        reads: &[BTreeSet<Value>],
        last_read: &mut HashMap<Value, usize>,
        first: &mut Vec<Step>,
        end: usize,
    ) -> Vec<(Value, u8)> {
        let mut later = Vec::new();
        for (slot, id) in self.part.tensors.iter().copied() {
            let value = self.own(id);
            match self.needs.graph.op(id) {
                Op::Tensor(Slot::Write(own)) if own == slot => continue,
                Op::Tensor(Slot::Write(_)) => {
                    // Another's old value: it is kept before anything is written.
                    let kept = Value { node: NodeId(u32::MAX - u32::from(slot)), shape: value.shape };
                    self.places.find(kept);
                    first.push(Step::Copy { from: self.at(value), to: self.at(kept) });
                    later.push((kept, slot));
                    continue;
                }
                Op::Tensor(Slot::Read(_)) => {
                    later.push((value, slot));
                    continue;
                }
                _ => {}
            }
            let made = self.items.iter().position(|(_, item)| self.makes(item).contains(&value));
            let old = self.needs.graph.nodes().find(|(_, op)| *op == Op::Tensor(Slot::Write(slot)));
            let old = old.map(|(id, _)| self.own(id));
            // A block reads what it overwrites before it does; a barrier does not.
            let reading = |at: usize| old.is_some_and(|old| reads[at].contains(&old));
            let free = made.is_some_and(|made| {
                let block = matches!(self.items[made].1, Item::Chunk(_));
                !(made + usize::from(block)..reads.len()).any(reading)
            });
            let kept = old.is_some_and(|old| last_read.get(&old) == Some(&end));
            if free && !kept && self.places.home(value).is_none() {
                self.places.settle(value, Place::Slot(slot));
            } else {
                last_read.insert(value, end);
                later.push((value, slot));
            }
        }
        later
    }

    fn step(&self, item: &Item) -> Step {
        match item {
            Item::Scalars(nodes) => {
                let op = |id: &NodeId| match self.needs.graph.op(*id) {
                    Op::Total(total, x) => Op::Total(place(self.totals, total) as u64, x),
                    op => op,
                };
                Step::Scalars(nodes.iter().map(|id| (id.index(), op(id))).collect())
            }
            Item::Repeat(value) => Step::Repeat { from: self.at(self.own(value.node)), to: self.at(*value) },
            Item::Chunk(chunk) => {
                let home = |value: Value| self.at(value).place;
                let made = self.makes(item);
                let outputs: Vec<(NodeId, Place)> =
                    made.iter().map(|value| (value.node, self.at(*value).place)).collect();
                Step::Block(Box::new(Builder { needs: &self.needs, chunk, home: &home, outputs: &outputs }.build()))
            }
            Item::Whole(id) => {
                let to = self.at(self.own(*id));
                let of = |id: NodeId| self.at(self.own(id));
                match self.needs.graph.op(*id) {
                    Op::Along(kind, axis, x) => Step::Along { kind, axis, from: of(x), to },
                    Op::OfRow(kind, x) => Step::OfRow { kind, from: of(x), to },
                    Op::Transpose(x) => Step::Transpose { from: of(x), to },
                    Op::Product(..) => {
                        let ([a, b], turned) = self.needs.product(*id);
                        Step::Product { a: of(a), b: of(b), turned, to }
                    }
                    _ => Step::Eye { to },
                }
            }
        }
    }
}
