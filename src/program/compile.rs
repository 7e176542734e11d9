//! From a graph to a [`Program`]: which scalars are computed when, which tensors in which pass, and where each result
//! lies. Decides nothing about numbers: the instructions round exactly as the nodes they stand for.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use arrayvec::ArrayVec;

use super::graph::{Graph, NodeId, Op, Slot};
use super::kernel::{Group, groups};
use super::lower::{self, Lowered, Scope};
use super::ops::{Binary, Reduction, Unary};

/// A scalar's place in the machine's table.
pub(super) type ScalarSlot = u16;

/// Where an instruction reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loc {
    Register(u16),
    Read(u8),
    Write(u8),
    /// A scalar, repeated.
    Splat(ScalarSlot),
}

/// One pass of a loop over a block. The fused forms round like the operations they join: no multiply-add in one rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    Copy,
    Unary(Unary),
    Binary(Binary),
    Select,
    /// a * b + c
    MulAdd,
    /// a * b - c
    MulSub,
    /// c - a * b, with the operands in the order (c, a, b)
    SubMul,
    /// a * b * c, from the left
    MulMul,
    /// a * b + c * d
    MulMulAdd,
    /// a * b + (c * d) * e
    MulMulMulAdd,
    /// a / (sqrt(b) + c)
    DivSqrt,
    /// a - (b * c) / (sqrt(d) + e)
    SubMulDivSqrt,
    /// a - (b * (c * d)) / (sqrt(e * f) + g)
    Corrected,
    /// Hands a block to the watcher under the name with this number.
    Emit(u16),
    /// Adds a block to the reduction with this number.
    Reduce(Reduction, u16),
    /// The same with sums of `f64`, one element after the other.
    ReduceExactly(Reduction, u16),
}

/// The most operands that an instruction has.
pub(super) const OPERANDS: usize = 7;

/// An instruction of a block.
#[derive(Debug, Clone)]
pub(super) struct Instr {
    pub code: Code,
    pub to: Loc,
    /// The squared distance from what lay at `to` before is added to the reduction with this number.
    pub distance: Option<u16>,
    pub from: ArrayVec<Loc, OPERANDS>,
}

/// How a scalar comes about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum ScalarOp {
    Constant(u16),
    Uniform(u16),
    Number(u16),
    Length,
    /// The result of a reduction of an earlier phase.
    Reduced(u16),
    Unary(Unary, ScalarSlot),
    Binary(Binary, ScalarSlot, ScalarSlot),
    Select(ScalarSlot, ScalarSlot, ScalarSlot),
}

/// One pass over all elements of a parameter.
#[derive(Debug, Clone, Default)]
pub(super) struct Phase {
    /// Scalars to be computed before it, as a range of [`Program::scalars`].
    pub scalars: std::ops::Range<usize>,
    pub code: Vec<Instr>,
    /// The code, cut into what one kernel each can run.
    pub groups: Vec<Group>,
    /// How many registers it needs.
    pub registers: usize,
    /// Each reduction begun in this phase, with its number.
    pub reductions: Vec<(Reduction, u16)>,
}

impl Phase {
    /// Gives it the code that does what the scope says.
    fn fill(&mut self, scope: &Scope<'_>) {
        let Lowered { code, registers } = lower::lower(scope);
        self.registers = registers;
        self.groups = groups(&code);
        self.code = code;
        let kind = |id| if let Op::Reduce(kind, ..) = scope.graph.op(id) { kind } else { Reduction::Sum };
        self.reductions = scope.reduces.iter().map(|(id, number)| (kind(*id), *number)).collect();
    }
}

/// What a program is to give.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Tensors written in place: the slot's number and the node.
    pub tensors: &'a [(u8, NodeId)],
    /// Numbers kept for each parameter: the number's place and the node.
    pub numbers: &'a [(u16, NodeId)],
    /// Scalars to be read after a run, for each parameter.
    pub measures: &'a [NodeId],
    /// Nodes shown to the watcher, by their place in this list.
    pub watched: &'a [NodeId],
    /// Nodes whose values the caller has already, as a tensor of this slot.
    pub given: &'a [(NodeId, Slot)],
}

/// How many programs have been compiled.
static PROGRAMS: AtomicU64 = AtomicU64::new(0);

/// A graph made ready to run. Knows nothing of parameters, rules or scripts.
#[derive(Debug, Clone)]
pub struct Program {
    /// Another one for each program that is compiled, so that whoever has made one ready knows it again.
    pub(super) id: u64,
    /// Uniform scalars first, then each phase's.
    pub(super) scalars: Vec<ScalarOp>,
    /// How many of the scalars are the same for every parameter.
    pub(super) uniform: usize,
    /// Which scalar slots are read by instructions, by phase: the uniform ones, then each phase's.
    pub(super) phases: Vec<Phase>,
    /// Of each phase, those of its reductions that can be summed once more after it, in `f64`: where its own sums leave the
    /// range of `F`. They write no tensor.
    pub(super) exact: Vec<Phase>,
    /// Scalars after the last phase (of numbers and measures).
    pub(super) closing: std::ops::Range<usize>,
    pub(super) registers: usize,
    pub(super) reductions: usize,
    /// The values of the constants when the graph was made.
    pub(super) constants: Vec<f64>,
    pub(super) numbers: Vec<(u16, ScalarSlot)>,
    pub(super) measures: Vec<ScalarSlot>,
    /// Watched scalars: the name's number and the slot.
    pub(super) watched_scalars: Vec<(u16, ScalarSlot)>,
    /// The largest numbers of tensors read and written, plus one.
    pub(super) reads: usize,
    pub(super) writes: usize,
}

impl Program {
    /// Compiles what is wanted of a graph; the rest of it costs nothing.
    pub fn new(graph: &Graph, wanted: &Wanted<'_>) -> Self {
        Compiler::new(graph, wanted).compile()
    }

    /// Each element of a result depends on the same element of what is read and on the uniform scalars, and nothing else
    /// is computed.
    pub(super) fn is_pointwise(&self) -> bool {
        let nothing_else = self.numbers.is_empty() && self.measures.is_empty() && self.reductions == 0;
        nothing_else && self.scalars.iter().all(|scalar| !matches!(scalar, ScalarOp::Length))
    }

    /// A long parameter can be run by halves on two threads: one pass, and what it reduces are sums.
    pub(super) fn has_halves(&self) -> bool {
        let [phase] = &self.phases[..] else { return false };
        phase.reductions.iter().all(|(kind, _)| *kind != Reduction::MaxAbs)
    }

    /// Whether the tensor that is read by this number is looked at.
    pub(super) fn looks_at(&self, read: u8) -> bool {
        let mut instructions = self.phases.iter().flat_map(|phase| &phase.code);
        instructions.any(|instruction| instruction.from.contains(&Loc::Read(read)))
    }

    /// The constants in the order that [`Call::constants`](super::Call) wants them.
    pub fn constants(&self) -> &[f64] {
        &self.constants
    }

    /// All instructions, with those that are only run where a sum leaves the range of `F`.
    pub(super) fn code(&self) -> impl Iterator<Item = &Instr> {
        self.phases.iter().chain(&self.exact).flat_map(|phase| &phase.code)
    }

    /// Instructions of one block, over all passes: what a step costs.
    pub fn instructions(&self) -> usize {
        self.phases.iter().map(|phase| phase.code.len()).sum()
    }

    /// Kernels that run one after the other over each block, over all passes; a value shown counts as one.
    pub fn kernels(&self) -> usize {
        self.phases.iter().map(|phase| phase.groups.len()).sum()
    }

    /// Passes over the elements.
    pub fn passes(&self) -> usize {
        self.phases.len()
    }
}

/// The constants of a graph, in the order of its nodes.
pub fn constants_of(graph: &Graph) -> Vec<f64> {
    graph.nodes().filter_map(|(id, _)| graph.constant_value(id)).collect()
}

struct Compiler<'a> {
    graph: &'a Graph,
    wanted: &'a Wanted<'a>,
    live: Vec<bool>,
    /// The phase in which a node is known.
    phase: Vec<usize>,
    slots: HashMap<NodeId, ScalarSlot>,
    reductions: HashMap<NodeId, u16>,
}

impl<'a> Compiler<'a> {
    fn new(graph: &'a Graph, wanted: &'a Wanted<'a>) -> Self {
        let mut phase = vec![0; graph.len()];
        for (id, op) in graph.nodes() {
            if wanted.given.iter().any(|(given, _)| *given == id) {
                continue;
            }
            let before = op.operands().map(|operand| phase[operand.index()]).max().unwrap_or(0);
            phase[id.index()] = before + usize::from(matches!(op, Op::Reduce(..)));
        }
        let mut live = vec![false; graph.len()];
        let roots = wanted.tensors.iter().map(|(_, id)| *id);
        let roots = roots.chain(wanted.numbers.iter().map(|(_, id)| *id));
        let roots = roots.chain(wanted.measures.iter().copied()).chain(wanted.watched.iter().copied());
        roots.for_each(|id| live[id.index()] = true);
        for (id, op) in graph.nodes().rev() {
            if live[id.index()] && !wanted.given.iter().any(|(given, _)| *given == id) {
                op.operands().for_each(|operand| live[operand.index()] = true);
            }
        }
        Self { graph, wanted, live, phase, slots: HashMap::new(), reductions: HashMap::new() }
    }

    fn compile(mut self) -> Program {
        let graph = self.graph;
        let live: Vec<(NodeId, Op)> = graph.nodes().filter(|(id, _)| self.live[id.index()]).collect();
        for (id, op) in &live {
            if matches!(op, Op::Reduce(..)) {
                let number = self.reductions.len() as u16;
                self.reductions.insert(*id, number);
            }
        }
        let overwritten = lower::overwritten(graph, self.wanted);
        // The pass in which outputs are written is the last that anything needs.
        let tensor_phase = |id: &NodeId| if graph.facts(*id).tensor { self.phase[id.index()] } else { 0 };
        let last = live
            .iter()
            .map(|(id, op)| match op {
                Op::Reduce(..) => self.phase[id.index()] - 1,
                _ => tensor_phase(id),
            })
            .chain(self.wanted.tensors.iter().map(|(_, id)| self.phase[id.index()]))
            .max()
            .unwrap_or(0);
        // A sum of products of what that pass overwrites has one before it: it could not be summed once more.
        let lost = live.iter().any(|(id, op)| {
            matches!(op, Op::Reduce(Reduction::Dot, ..))
                && self.phase[id.index()] - 1 == last
                && op.operands().any(|operand| overwritten[operand.index()])
        });
        let last = last + usize::from(lost);

        let mut scalars = Vec::new();
        self.add_scalars(&live, &mut scalars, |facts, _| !facts.by_parameter);
        let uniform = scalars.len();
        let mut phases = Vec::with_capacity(last + 1);
        for pass in 0..=last {
            let start = scalars.len();
            self.add_scalars(&live, &mut scalars, |facts, phase| facts.by_parameter && phase == pass);
            phases.push(Phase { scalars: start..scalars.len(), ..Phase::default() });
        }
        let start = scalars.len();
        self.add_scalars(&live, &mut scalars, |facts, phase| facts.by_parameter && phase > last);
        let closing = start..scalars.len();

        let mut registers = 0;
        let mut exact = Vec::with_capacity(phases.len());
        for (pass, phase) in phases.iter_mut().enumerate() {
            let begun =
                live.iter().filter(|(id, op)| matches!(op, Op::Reduce(..)) && self.phase[id.index()] == pass + 1);
            let reduces: Vec<(NodeId, u16)> = begun.map(|(id, _)| (*id, self.reductions[id])).collect();
            let intact = |(id, _): &&(NodeId, u16)| {
                !matches!(graph.op(*id), Op::Reduce(Reduction::MaxAbs, ..))
                    && (pass < last || !graph.op(*id).operands().any(|operand| overwritten[operand.index()]))
            };
            let again: Vec<(NodeId, u16)> = reduces.iter().filter(intact).copied().collect();
            let scope = Scope {
                graph,
                slots: &self.slots,
                reduces: &reduces,
                exactly: false,
                outputs: if pass == last { self.wanted.tensors } else { &[] },
                watched: if pass == last { self.wanted.watched } else { &[] },
                given: self.wanted.given,
            };
            phase.fill(&scope);
            let mut once_more = Phase::default();
            once_more.fill(&Scope { reduces: &again, exactly: true, outputs: &[], watched: &[], ..scope });
            registers = registers.max(phase.registers).max(once_more.registers);
            exact.push(once_more);
        }
        self.finish(scalars, uniform, [phases, exact], closing, registers)
    }

    fn finish(
        self,
        scalars: Vec<ScalarOp>,
        uniform: usize,
        [phases, exact]: [Vec<Phase>; 2],
        closing: std::ops::Range<usize>,
        registers: usize,
    ) -> Program {
        let (mut reads, mut writes) = (0, 0);
        for loc in phases.iter().flat_map(|p| &p.code).flat_map(|i| i.from.iter().chain([&i.to])) {
            match loc {
                Loc::Read(i) => reads = reads.max(usize::from(*i) + 1),
                Loc::Write(i) => writes = writes.max(usize::from(*i) + 1),
                Loc::Register(_) | Loc::Splat(_) => {}
            }
        }
        let slot = |id: &NodeId| self.slots[id];
        let watched = self.wanted.watched.iter().enumerate();
        Program {
            id: PROGRAMS.fetch_add(1, Ordering::Relaxed),
            uniform,
            phases,
            exact,
            closing,
            registers,
            reductions: self.reductions.len(),
            constants: constants_of(self.graph),
            numbers: self.wanted.numbers.iter().map(|(number, id)| (*number, slot(id))).collect(),
            measures: self.wanted.measures.iter().map(slot).collect(),
            watched_scalars: watched
                .filter(|(_, id)| !self.graph.facts(**id).tensor)
                .map(|(name, id)| (name as u16, slot(id)))
                .collect(),
            scalars,
            reads,
            writes,
        }
    }

    /// Gives slots to the live scalars that the filter takes, in the order of the graph.
    fn add_scalars(
        &mut self,
        live: &[(NodeId, Op)],
        scalars: &mut Vec<ScalarOp>,
        takes: impl Fn(super::graph::Facts, usize) -> bool,
    ) {
        let mut constants = 0_u16;
        let constant_number: HashMap<NodeId, u16> = self
            .graph
            .nodes()
            .filter(|(_, op)| matches!(op, Op::Constant(_)))
            .map(|(id, _)| {
                constants += 1;
                (id, constants - 1)
            })
            .collect();
        for (id, op) in live {
            let facts = self.graph.facts(*id);
            if facts.tensor || !takes(facts, self.phase[id.index()]) {
                continue;
            }
            let slot = |id: NodeId| self.slots[&id];
            let scalar = match *op {
                Op::Constant(_) => ScalarOp::Constant(constant_number[id]),
                Op::Uniform(i) => ScalarOp::Uniform(i),
                Op::Number(i) => ScalarOp::Number(i),
                Op::Length => ScalarOp::Length,
                Op::Unary(op, x) => ScalarOp::Unary(op, slot(x)),
                Op::Binary(op, x, y) => ScalarOp::Binary(op, slot(x), slot(y)),
                Op::Select(m, a, b) => ScalarOp::Select(slot(m), slot(a), slot(b)),
                Op::Reduce(..) => ScalarOp::Reduced(self.reductions[id]),
                // The others are tensors, or cut a program into stages.
                _ => continue,
            };
            self.slots.insert(*id, scalars.len() as ScalarSlot);
            scalars.push(scalar);
        }
    }
}
