//! One pass of a program: the tensor nodes it needs, joined into fused instructions where a value has a single use,
//! with registers for what lives between them and results written in place where nothing still reads the old value.

use std::collections::HashMap;

use arrayvec::ArrayVec;

use super::compile::{Code, Instr, Loc, OPERANDS, ScalarSlot, Wanted};
use super::graph::{Graph, NodeId, Op, Slot};
use super::ops::{Binary, Reduction, Unary};

/// What one pass is to do.
pub(super) struct Scope<'a> {
    pub graph: &'a Graph,
    pub slots: &'a HashMap<NodeId, ScalarSlot>,
    pub reduces: &'a [(NodeId, u16)],
    /// Reductions are summed in `f64`, element by element.
    pub exactly: bool,
    pub outputs: &'a [(u8, NodeId)],
    pub watched: &'a [NodeId],
    pub given: &'a [(NodeId, Slot)],
}

/// The instructions of one pass.
pub(super) struct Lowered {
    pub code: Vec<Instr>,
    pub registers: usize,
}

/// An instruction whose operands are still nodes.
struct Draft {
    code: Code,
    node: Option<NodeId>,
    from: ArrayVec<NodeId, OPERANDS>,
}

pub(super) fn lower(scope: &Scope<'_>) -> Lowered {
    let drafts = draft(scope);
    allocate(scope, &drafts)
}

/// Which tensors depend, element by element, on one that the program writes.
pub(super) fn overwritten(graph: &Graph, wanted: &Wanted<'_>) -> Vec<bool> {
    let mut found = vec![false; graph.len()];
    for (id, op) in graph.nodes().filter(|(id, _)| graph.facts(*id).tensor) {
        let given = wanted.given.iter().find(|(given, _)| *given == id).map(|(_, slot)| *slot);
        found[id.index()] = match (given, op) {
            (Some(slot), _) | (None, Op::Tensor(slot)) => {
                wanted.tensors.iter().any(|(written, _)| slot == Slot::Write(*written))
            }
            _ => op.operands().any(|operand| found[operand.index()]),
        };
    }
    found
}

impl Scope<'_> {
    /// The tensor that holds a node's value without an instruction.
    fn source(&self, id: NodeId) -> Option<Slot> {
        if let Some((_, slot)) = self.given.iter().find(|(given, _)| *given == id) {
            return Some(*slot);
        }
        match self.graph.op(id) {
            Op::Tensor(slot) => Some(slot),
            _ => None,
        }
    }

    /// The node is computed by an instruction of this pass.
    fn computed(&self, id: NodeId) -> bool {
        self.graph.facts(id).tensor && self.source(id).is_none() && !matches!(self.graph.op(id), Op::Broadcast(_))
    }

    /// A reduction that measures how far an output moves: the slot and the node of the output.
    fn step_of(&self, reduction: NodeId) -> Option<(u8, NodeId)> {
        let Op::Reduce(Reduction::Distance, a, b) = self.graph.op(reduction) else { return None };
        self.outputs.iter().copied().find(|(slot, output)| {
            let old = |id| self.source(id) == Some(Slot::Write(*slot));
            self.computed(*output) && ((*output == a && old(b)) || (*output == b && old(a)))
        })
    }

    fn roots(&self) -> impl Iterator<Item = NodeId> + '_ {
        let reduced = self.reduces.iter().flat_map(|(id, _)| self.graph.op(*id).operands());
        let watched = self.watched.iter().copied().filter(|id| self.graph.facts(*id).tensor);
        reduced.chain(self.outputs.iter().map(|(_, id)| *id)).chain(watched)
    }
}

fn draft(scope: &Scope<'_>) -> Vec<Draft> {
    let graph = scope.graph;
    let mut uses = vec![0_u32; graph.len()];
    let mut needed = vec![false; graph.len()];
    for id in scope.roots() {
        // What is an output, watched or reduced is needed as itself, so it is never absorbed.
        uses[id.index()] += 2;
        needed[id.index()] = true;
    }
    for (id, op) in graph.nodes().rev() {
        if needed[id.index()] && scope.computed(id) {
            for operand in op.operands() {
                uses[operand.index()] += 1;
                needed[operand.index()] = true;
            }
        }
    }
    let mut absorbed = vec![false; graph.len()];
    let mut drafts = Vec::new();
    for (id, _) in graph.nodes().rev() {
        if !needed[id.index()] || absorbed[id.index()] || !scope.computed(id) {
            continue;
        }
        let mut fuser = Fuser { scope, uses: &uses, taken: ArrayVec::new() };
        let (code, from) = fuser.fuse(id);
        fuser.taken.iter().for_each(|inner| absorbed[inner.index()] = true);
        drafts.push(Draft { code, node: Some(id), from });
    }
    drafts.reverse();

    // Reductions and watched values come right after their last operand, so that registers are free early.
    let mut after: Vec<(usize, Draft)> = Vec::new();
    let place = |operands: &[NodeId]| {
        let defined = |id: &NodeId| drafts.iter().position(|d| d.node == Some(*id)).map_or(0, |at| at + 1);
        operands.iter().map(defined).max().unwrap_or(0)
    };
    for (id, number) in scope.reduces {
        let Op::Reduce(kind, ..) = graph.op(*id) else { continue };
        if scope.step_of(*id).is_some() {
            // Measured while the result is written, or after everything else.
            continue;
        }
        let from: ArrayVec<NodeId, OPERANDS> = graph.op(*id).operands().collect();
        let code = if scope.exactly { Code::ReduceExactly(kind, *number) } else { Code::Reduce(kind, *number) };
        after.push((place(&from), Draft { code, node: None, from }));
    }
    for (name, id) in scope.watched.iter().enumerate().filter(|(_, id)| graph.facts(**id).tensor) {
        let from: ArrayVec<NodeId, OPERANDS> = [*id].into_iter().collect();
        after.push((place(&from), Draft { code: Code::Emit(name as u16), node: None, from }));
    }
    after.sort_by_key(|(at, _)| *at);
    let mut all = Vec::with_capacity(drafts.len() + after.len());
    let mut after = after.into_iter().peekable();
    for (at, draft) in drafts.into_iter().enumerate() {
        while let Some((_, early)) = after.next_if(|(place, _)| *place <= at) {
            all.push(early);
        }
        all.push(draft);
    }
    all.extend(after.map(|(_, draft)| draft));
    all
}

/// Looks for a pattern at one node and takes the inner nodes that have no other use.
struct Fuser<'a> {
    scope: &'a Scope<'a>,
    uses: &'a [u32],
    taken: ArrayVec<NodeId, OPERANDS>,
}

type Operands = ArrayVec<NodeId, OPERANDS>;

impl Fuser<'_> {
    /// The operation of an inner node that may be absorbed.
    fn inner(&self, id: NodeId) -> Option<Op> {
        (self.uses[id.index()] == 1 && self.scope.computed(id)).then(|| self.scope.graph.op(id))
    }

    /// The scalar of two operands first, where one is: a product rounds the same, and kernels know where to look.
    fn scalar_first(&self, a: NodeId, b: NodeId) -> (NodeId, NodeId) {
        let scalar = |id| !self.scope.graph.facts(id).tensor || matches!(self.scope.graph.op(id), Op::Broadcast(_));
        if scalar(b) && !scalar(a) { (b, a) } else { (a, b) }
    }

    /// The factors of a product that may be absorbed.
    fn product(&self, id: NodeId) -> Option<(NodeId, NodeId)> {
        match self.inner(id)? {
            Op::Binary(Binary::Mul, a, b) => Some(self.scalar_first(a, b)),
            _ => None,
        }
    }

    /// `sqrt(y) + e`: its root, y and e.
    fn root_plus(&self, id: NodeId) -> Option<(NodeId, NodeId, NodeId)> {
        let Op::Binary(Binary::Add, a, b) = self.inner(id)? else { return None };
        [(a, b), (b, a)].into_iter().find_map(|(root, e)| match self.inner(root)? {
            Op::Unary(Unary::Sqrt, y) => Some((root, y, e)),
            _ => None,
        })
    }

    fn take(&mut self, ids: &[NodeId]) {
        self.taken.extend(ids.iter().copied());
    }

    fn fuse(&mut self, id: NodeId) -> (Code, Operands) {
        let list = |ids: &[NodeId]| -> Operands { ids.iter().copied().collect() };
        match self.scope.graph.op(id) {
            Op::Binary(Binary::Add, a, b) => self.fuse_sum(a, b),
            Op::Binary(Binary::Sub, a, b) => self.fuse_difference(a, b),
            Op::Binary(Binary::Mul, a, b) => {
                // Only from the left, (a b) c, or commuted: c (a b) rounds the same.
                for (pair, third) in [(a, b), (b, a)] {
                    if let Some((x, y)) = self.product(pair) {
                        self.take(&[pair]);
                        return (Code::MulMul, list(&[x, y, third]));
                    }
                }
                let (a, b) = self.scalar_first(a, b);
                (Code::Binary(Binary::Mul), list(&[a, b]))
            }
            Op::Binary(Binary::Div, a, b) => match self.root_plus(b) {
                Some((root, y, e)) => {
                    self.take(&[b, root]);
                    (Code::DivSqrt, list(&[a, y, e]))
                }
                None => (Code::Binary(Binary::Div), list(&[a, b])),
            },
            Op::Binary(op, a, b) => (Code::Binary(op), list(&[a, b])),
            Op::Unary(op, a) => (Code::Unary(op), list(&[a])),
            Op::Select(m, a, b) => (Code::Select, list(&[m, a, b])),
            // `computed` leaves nothing else.
            _ => (Code::Copy, list(&[id])),
        }
    }

    fn fuse_sum(&mut self, a: NodeId, b: NodeId) -> (Code, Operands) {
        let list = |ids: &[NodeId]| -> Operands { ids.iter().copied().collect() };
        match (self.product(a), self.product(b)) {
            (Some((w, x)), Some((y, z))) if a != b => {
                self.take(&[a, b]);
                for ((p, q), (r, s)) in [((w, x), (y, z)), ((y, z), (w, x))] {
                    for (pair, third) in [(r, s), (s, r)] {
                        if let Some((m, n)) = self.product(pair) {
                            self.take(&[pair]);
                            return (Code::MulMulMulAdd, list(&[p, q, m, n, third]));
                        }
                    }
                }
                (Code::MulMulAdd, list(&[w, x, y, z]))
            }
            (Some((x, y)), _) => {
                self.take(&[a]);
                (Code::MulAdd, list(&[x, y, b]))
            }
            (_, Some((x, y))) => {
                self.take(&[b]);
                (Code::MulAdd, list(&[x, y, a]))
            }
            _ => {
                let (a, b) = self.scalar_first(a, b);
                (Code::Binary(Binary::Add), list(&[a, b]))
            }
        }
    }

    fn fuse_difference(&mut self, a: NodeId, b: NodeId) -> (Code, Operands) {
        let list = |ids: &[NodeId]| -> Operands { ids.iter().copied().collect() };
        if let Some(Op::Binary(Binary::Div, top, bottom)) = self.inner(b)
            && let (Some((x, y)), Some((root, z, e))) = (self.product(top), self.root_plus(bottom))
        {
            self.take(&[b, top, bottom, root]);
            if let Some((p, q)) = self.product(z) {
                for (pair, rate) in [(y, x), (x, y)] {
                    if let Some((m, n)) = self.product(pair) {
                        self.take(&[z, pair]);
                        return (Code::Corrected, list(&[a, rate, m, n, p, q, e]));
                    }
                }
            }
            return (Code::SubMulDivSqrt, list(&[a, x, y, z, e]));
        }
        if let Some((x, y)) = self.product(b) {
            self.take(&[b]);
            return (Code::SubMul, list(&[a, x, y]));
        }
        if let Some((x, y)) = self.product(a) {
            self.take(&[a]);
            return (Code::MulSub, list(&[x, y, b]));
        }
        (Code::Binary(Binary::Sub), list(&[a, b]))
    }
}

fn allocate(scope: &Scope<'_>, drafts: &[Draft]) -> Lowered {
    let mut home: HashMap<NodeId, Loc> = HashMap::new();
    let mut code = Vec::with_capacity(drafts.len() + scope.outputs.len());
    let mut next_register = 0_u16;

    // An output that is another's old value is saved before anything is written.
    let mut saved: HashMap<NodeId, Loc> = HashMap::new();
    for (slot, id) in scope.outputs {
        if let Some(Slot::Write(other)) = scope.source(*id).filter(|source| *source != Slot::Write(*slot)) {
            saved.entry(*id).or_insert_with(|| {
                let to = Loc::Register(next_register);
                next_register += 1;
                code.push(Instr {
                    code: Code::Copy,
                    to,
                    distance: None,
                    from: [Loc::Write(other)].into_iter().collect(),
                });
                to
            });
        }
    }

    let last_read = |wanted: &dyn Fn(NodeId) -> bool| drafts.iter().rposition(|d| d.from.iter().any(|id| wanted(*id)));
    // A result goes straight to its place when no later instruction reads what was there.
    for (at, draft) in drafts.iter().enumerate() {
        let Some(node) = draft.node else { continue };
        let direct = scope.outputs.iter().find(|(slot, id)| {
            *id == node && last_read(&|id| scope.source(id) == Some(Slot::Write(*slot))).is_none_or(|read| read <= at)
        });
        if let Some((slot, _)) = direct {
            home.insert(node, Loc::Write(*slot));
        }
    }

    let steps = scope
        .reduces
        .iter()
        .filter_map(|(id, number)| scope.step_of(*id).map(|(slot, output)| (*number, slot, output)));
    let distances: Vec<(u16, u8, NodeId)> = steps.collect();
    let mut free: Vec<u16> = Vec::new();
    let locate = |home: &HashMap<NodeId, Loc>, id: NodeId| -> Loc {
        if let Some(loc) = home.get(&id) {
            return *loc;
        }
        match (scope.source(id), scope.graph.op(id)) {
            (Some(Slot::Read(i)), _) => Loc::Read(i),
            (Some(Slot::Write(i)), _) => Loc::Write(i),
            (None, Op::Broadcast(scalar)) => Loc::Splat(scope.slots[&scalar]),
            (None, _) => Loc::Splat(scope.slots[&id]),
        }
    };
    for (at, draft) in drafts.iter().enumerate() {
        let from = draft.from.iter().map(|id| locate(&home, *id)).collect();
        // Registers read here for the last time may take the result: each lane is read before it is written.
        for id in &draft.from {
            if let Some(Loc::Register(register)) = home.get(id).copied() {
                let kept = scope.outputs.iter().any(|(_, output)| output == id);
                if !kept && last_read(&|other| other == *id) == Some(at) && !free.contains(&register) {
                    free.push(register);
                }
            }
        }
        let to = match draft.node {
            None => Loc::Register(0),
            Some(node) => *home.entry(node).or_insert_with(|| {
                Loc::Register(free.pop().unwrap_or_else(|| {
                    next_register += 1;
                    next_register - 1
                }))
            }),
        };
        let distance = draft.node.and_then(|node| distances.iter().find(|(_, _, output)| *output == node));
        let distance = distance.filter(|(_, slot, _)| to == Loc::Write(*slot)).map(|(number, ..)| *number);
        let measured = matches!(draft.code, Code::SubMul | Code::SubMulDivSqrt | Code::Corrected);
        if distance.is_some() && !measured {
            // Only the usual forms of a step measure it themselves; others are copied to their place by one that does.
            let through = Loc::Register(next_register);
            next_register += 1;
            code.push(Instr { code: draft.code, to: through, distance: None, from });
            let from = [through].into_iter().collect();
            code.push(Instr { code: Code::Copy, to, distance, from });
            continue;
        }
        code.push(Instr { code: draft.code, to, distance, from });
    }
    for (number, slot, output) in &distances {
        let from = locate(&home, *output);
        if from != Loc::Write(*slot) {
            let from = [from, Loc::Write(*slot)].into_iter().collect();
            let code_of = Code::Reduce(Reduction::Distance, *number);
            code.push(Instr { code: code_of, to: Loc::Register(0), distance: None, from });
        }
    }
    for (slot, id) in scope.outputs {
        let from = saved.get(id).copied().unwrap_or_else(|| locate(&home, *id));
        if from != Loc::Write(*slot) {
            code.push(Instr {
                code: Code::Copy,
                to: Loc::Write(*slot),
                distance: None,
                from: [from].into_iter().collect(),
            });
        }
    }
    Lowered { code, registers: usize::from(next_register) }
}
