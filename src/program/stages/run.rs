//! Runs the plans of all parameters, round by round.

use std::ops::Range;

use arrayvec::ArrayVec;

use super::{At, Block, Place, Plan, Stages, Step};
use super::{matrix, rows};
use crate::matmul::Multiplier;
use crate::program::Real;
use crate::program::graph::Op;
use crate::program::machine::{Call, TENSORS, Watch};
use crate::program::machines::Machines;
use crate::program::ops::select;
use crate::simd::Aligned;

/// What stages run on.
pub struct StagesCall<'a, F> {
    /// The values of each graph's constants, parameter by parameter.
    pub constants: &'a [Vec<f64>],
    /// Scalars that are given to each parameter.
    pub uniforms: &'a [Vec<f64>],
    /// Tensors that stay as they are, each with where its parameters lie.
    pub reads: ArrayVec<(&'a [F], &'a [Range<usize>]), TENSORS>,
    /// Tensors that are read and written in place, each with where its part for each parameter lies.
    pub writes: ArrayVec<(&'a mut [F], &'a [Range<usize>]), TENSORS>,
    /// The numbers of each parameter's state.
    pub numbers: &'a mut [Vec<f64>],
    /// Filled with what is measured, parameter by parameter.
    pub measures: &'a mut [f64],
    /// Sees what is to be shown.
    pub watch: Option<&'a mut dyn Watch<F>>,
}

/// The memory of stages: temporary tensors, scalars, copies for products.
pub struct StagesMachine<F: Real> {
    machines: Machines<F>,
    multiplier: Option<Multiplier<F>>,
    threads: usize,
    /// For each parameter where it is kept from round to round, else for all.
    temporaries: Vec<Vec<Aligned<F>>>,
    scalars: Vec<Vec<f64>>,
    totals: Vec<f64>,
    sums: Vec<f64>,
    /// The scalars that a block is given.
    given: Vec<f64>,
    /// What it reduces.
    reduced: Vec<f64>,
}

impl<F: Real> Default for StagesMachine<F> {
    fn default() -> Self {
        Self {
            machines: Machines::new(),
            multiplier: None,
            threads: 1,
            temporaries: Vec::new(),
            scalars: Vec::new(),
            totals: Vec::new(),
            sums: Vec::new(),
            given: Vec::new(),
            reduced: Vec::new(),
        }
    }
}

impl Stages {
    /// The lengths of the tensors that a run needs beside those that it is given: of each parameter where they are kept from round
    /// to round, else of all.
    fn temporaries(&self) -> Vec<Vec<usize>> {
        let pools = if self.rounds > 1 { self.plans.len() } else { 1 };
        let mut wanted: Vec<Vec<usize>> = vec![Vec::new(); pools];
        for (at, plan) in self.plans.iter().enumerate() {
            cover(&mut wanted[if pools == 1 { 0 } else { at }], &plan.temporaries);
        }
        wanted
    }

    /// How many numbers a machine keeps room for that is fit for all of these. Nothing is taken.
    pub fn numbers_for(all: &[&Self]) -> f64 {
        let mut wanted: Vec<Vec<usize>> = Vec::new();
        for pools in all.iter().map(|stages| stages.temporaries()) {
            wanted.resize_with(wanted.len().max(pools.len()), Vec::new);
            wanted.iter_mut().zip(&pools).for_each(|(wanted, pool)| cover(wanted, pool));
        }
        wanted.iter().flatten().map(|len| *len as f64).sum()
    }
}

/// Makes each length at least the other one.
fn cover(lengths: &mut Vec<usize>, others: &[usize]) {
    grow(lengths, others.len());
    lengths.iter_mut().zip(others).for_each(|(length, other)| *length = (*length).max(*other));
}

fn grow<T: Clone + Default>(room: &mut Vec<T>, len: usize) {
    if room.len() < len {
        room.resize(len, T::default());
    }
}

impl<F: Real> StagesMachine<F> {
    /// Makes room for stages, so that running them allocates nothing where one thread works.
    pub fn fit(&mut self, stages: &Stages) {
        grow(&mut self.totals, stages.totals.len());
        self.scalars.resize_with(self.scalars.len().max(stages.plans.len()), Vec::new);
        let wanted = stages.temporaries();
        self.temporaries.resize_with(self.temporaries.len().max(wanted.len()), Vec::new);
        for (pool, wanted) in self.temporaries.iter_mut().zip(&wanted) {
            pool.resize_with(pool.len().max(wanted.len()), Aligned::default);
            for (room, len) in pool.iter_mut().zip(wanted).filter(|(room, len)| room.len() < **len) {
                *room = Aligned::zeros(*len);
            }
        }
        for (at, plan) in stages.plans.iter().enumerate() {
            grow(&mut self.scalars[at], plan.nodes);
            for step in plan.steps.iter().flatten() {
                match step {
                    Step::Block(block) => {
                        self.machines.fit(&block.program);
                        grow(&mut self.given, block.scalars.len());
                        grow(&mut self.reduced, block.reduced.len());
                    }
                    Step::Along { from, .. } => grow(&mut self.sums, from.shape.columns as usize),
                    _ => {}
                }
            }
        }
        if stages.has_products() && self.multiplier.is_none() {
            self.multiplier = Some(Multiplier::new());
        }
    }

    /// Runs the stages for all parameters.
    ///
    /// # Panics
    /// If no room was made for them by [`StagesMachine::fit`], or a tensor is shorter than its places say, which are faults of
    /// the caller's.
    pub fn run(&mut self, stages: &Stages, mut call: StagesCall<'_, F>) {
        let threads = if rayon::current_thread_index().is_some() { rayon::current_num_threads() } else { 1 };
        if threads > self.threads
            && let Some(multiplier) = &mut self.multiplier
        {
            multiplier.share(threads);
            self.threads = threads;
        }
        let wanted = call.measures.len() / stages.plans.len().max(1);
        for round in 0..stages.rounds {
            self.sum_up(stages, round);
            for (parameter, plan) in stages.plans.iter().enumerate() {
                self.round(stages, plan, (parameter, round), &mut call);
            }
        }
        for (parameter, plan) in stages.plans.iter().enumerate() {
            let scalars = &self.scalars[parameter];
            for (number, node) in &plan.numbers {
                call.numbers[parameter][usize::from(*number)] = scalars[*node];
            }
            for (measure, node) in call.measures[parameter * wanted..].iter_mut().zip(&plan.measures) {
                *measure = scalars[*node];
            }
            if let Some(watch) = call.watch.as_deref_mut() {
                plan.shown.iter().for_each(|(name, node)| watch.scalar(*name, parameter, scalars[*node]));
            }
        }
    }

    /// The totals that are known before a round: sums in the order of the parameters.
    fn sum_up(&mut self, stages: &Stages, round: usize) {
        let known = |place: &usize| stages.totals[*place] == round;
        for place in (0..stages.totals.len()).filter(known) {
            let parts = stages.plans.iter().zip(&self.scalars).flat_map(|(plan, scalars)| {
                plan.totals.iter().filter(|(own, _)| *own == place).map(|(_, node)| scalars[*node])
            });
            self.totals[place] = parts.sum();
        }
    }

    fn round(
        &mut self,
        stages: &Stages,
        plan: &Plan,
        (parameter, round): (usize, usize),
        call: &mut StagesCall<'_, F>,
    ) {
        let reads: ArrayVec<&[F], TENSORS> =
            call.reads.iter().map(|(tensor, places)| &tensor[places[parameter].clone()]).collect();
        let slots: ArrayVec<&mut [F], TENSORS> =
            call.writes.iter_mut().map(|(tensor, places)| &mut tensor[places[parameter].clone()]).collect();
        let pool = if stages.rounds > 1 { parameter } else { 0 };
        let scalars = &mut self.scalars[parameter];
        if round == 0 {
            for (node, value) in plan.constants.iter().zip(&call.constants[parameter]) {
                scalars[*node] = *value;
            }
        }
        let given = Given {
            uniforms: &call.uniforms[parameter],
            numbers: &call.numbers[parameter],
            totals: &self.totals,
            elements: plan.elements,
        };
        let mut tensors = Tensors { reads, slots, temporaries: &mut self.temporaries[pool] };
        for step in &plan.steps[round] {
            match step {
                Step::Scalars(nodes) => given.compute(nodes, scalars),
                Step::Block(block) => {
                    let own = (&mut self.machines, &mut self.given[..], &mut self.reduced[..]);
                    tensors.block(block, scalars, own);
                }
                Step::Show { name, from } => {
                    if let Some(watch) = call.watch.as_deref_mut() {
                        watch.block(*name, parameter, 0, tensors.get(*from));
                    }
                }
                other => tensors.barrier(other, &mut self.sums, self.multiplier.as_mut()),
            }
        }
    }
}

/// What scalars are computed from.
struct Given<'a> {
    uniforms: &'a [f64],
    numbers: &'a [f64],
    totals: &'a [f64],
    elements: usize,
}

impl Given<'_> {
    fn compute(&self, nodes: &[(usize, Op)], scalars: &mut [f64]) {
        for (node, op) in nodes {
            let at = |id: crate::program::NodeId| scalars[id.index()];
            let value = match *op {
                Op::Uniform(place) => self.uniforms[usize::from(place)],
                Op::Number(place) => self.numbers[usize::from(place)],
                Op::Length => self.elements as f64,
                Op::Total(place, _) => self.totals[place as usize],
                Op::Unary(op, x) => op.apply(at(x)),
                Op::Binary(op, x, y) => op.apply(at(x), at(y)),
                Op::Select(mask, a, b) => select(at(mask), at(a), at(b)),
                _ => continue,
            };
            scalars[*node] = value;
        }
    }
}

/// The tensors of one parameter.
struct Tensors<'a, F: Real> {
    reads: ArrayVec<&'a [F], TENSORS>,
    slots: ArrayVec<&'a mut [F], TENSORS>,
    temporaries: &'a mut Vec<Aligned<F>>,
}

impl<F: Real> Tensors<'_, F> {
    fn get(&self, at: At) -> &[F] {
        let values = match at.place {
            Place::Read(place) => self.reads[usize::from(place)],
            Place::Slot(place) => &*self.slots[usize::from(place)],
            Place::Temporary(place) => &self.temporaries[usize::from(place)][..],
        };
        &values[..at.shape.len()]
    }

    /// Fills a tensor by others, none of which lies at the same place.
    fn fill(&mut self, to: At, make: impl FnOnce(&Self, &mut [F])) {
        let len = to.shape.len();
        match to.place {
            Place::Temporary(place) => {
                let mut room = std::mem::take(&mut self.temporaries[usize::from(place)]);
                make(self, &mut room[..len]);
                self.temporaries[usize::from(place)] = room;
            }
            Place::Slot(place) => {
                let slot = std::mem::take(&mut self.slots[usize::from(place)]);
                make(self, &mut slot[..len]);
                self.slots[usize::from(place)] = slot;
            }
            // Nothing is ever written there.
            Place::Read(_) => {}
        }
    }

    fn barrier(&mut self, step: &Step, sums: &mut [f64], multiplier: Option<&mut Multiplier<F>>) {
        match *step {
            Step::Along { kind, axis, from, to } => {
                self.fill(to, |own, to| matrix::along(kind, axis, own.get(from), from.shape, to, sums));
            }
            Step::OfRow { kind, from, to } => {
                self.fill(to, |own, values| rows::of_row(kind, own.get(from), from.shape.columns as usize, values));
            }
            Step::Repeat { from, to } => {
                self.fill(to, |own, values| matrix::repeat(own.get(from), from.shape, values, to.shape));
            }
            Step::Transpose { from, to } => {
                self.fill(to, |own, to| matrix::transpose(own.get(from), from.shape, to));
            }
            Step::Eye { to } => self.fill(to, |_, values| matrix::eye(values, to.shape.rows as usize)),
            Step::Copy { from, to } => self.fill(to, |own, to| to.copy_from_slice(own.get(from))),
            Step::Product { a, b, turned, to } => {
                let Some(multiplier) = multiplier else { return };
                let (rows, columns) = (to.shape.rows as usize, to.shape.columns as usize);
                let between = if turned[0] { a.shape.rows } else { a.shape.columns };
                let sizes = [rows, between as usize, columns];
                self.fill(to, |own, to| match turned {
                    [true, _] => multiplier.at_b(own.get(a), own.get(b), None, to, sizes),
                    [_, true] => multiplier.a_bt(own.get(a), own.get(b), to, sizes),
                    _ => multiplier.ab(own.get(a), own.get(b), None, to, sizes),
                });
            }
            Step::Scalars(_) | Step::Block(_) | Step::Show { .. } => {}
        }
    }

    fn block(
        &mut self,
        block: &Block,
        scalars: &mut [f64],
        (machines, given, reduced): (&mut Machines<F>, &mut [f64], &mut [f64]),
    ) {
        let uniforms = &mut given[..block.scalars.len()];
        for (uniform, node) in uniforms.iter_mut().zip(&block.scalars) {
            *uniform = scalars[*node];
        }
        let measures = &mut reduced[..block.reduced.len()];
        let mut taken: ArrayVec<(u16, Aligned<F>), TENSORS> = ArrayVec::new();
        for place in &block.writes {
            if let Place::Temporary(place) = place {
                taken.push((*place, std::mem::take(&mut self.temporaries[usize::from(*place)])));
            }
        }
        let len = block.len;
        let temporaries = &*self.temporaries;
        let reads = block.reads.iter().map(|place| match place {
            Place::Read(place) => &self.reads[usize::from(*place)][..len],
            Place::Temporary(place) => &temporaries[usize::from(*place)][..len],
            // Those are among the writes.
            Place::Slot(_) => &[],
        });
        let reads = reads.collect();
        let mut writes: ArrayVec<&mut [F], TENSORS> = ArrayVec::new();
        for (at, slot) in self.slots.iter_mut().enumerate() {
            if block.writes.contains(&Place::Slot(at as u8)) {
                writes.push(&mut slot[..len]);
            }
        }
        writes.extend(taken.iter_mut().map(|(_, room)| &mut room[..len]));
        machines.run(
            &block.program,
            Call {
                constants: &[],
                uniforms,
                reads,
                writes,
                segments: std::slice::from_ref(&(0..len)),
                numbers: &mut [],
                measures,
                watch: None,
            },
        );
        for (node, value) in block.reduced.iter().zip(measures) {
            scalars[*node] = *value;
        }
        for (place, room) in taken {
            self.temporaries[usize::from(place)] = room;
        }
    }
}
