//! Runs a [`Program`] over the parameters of an arena: scalars once, then block after block of each parameter.
//!
//! Allocates when a program is first seen, and nothing after that.

use std::ops::Range;

use arrayvec::ArrayVec;

use super::Real;
use super::compile::{Program, ScalarOp};
use super::kernel::Scratch;
use super::ops::select;

/// The most tensors of each kind that a program may name: the weights and up to 15 states.
pub const TENSORS: usize = 16;

/// What a program runs on. Tensors are whole arenas; segments say where in them the parameters are.
pub struct Call<'a, F> {
    /// The values of the graph's constants; usually [`Program::constants`].
    pub constants: &'a [f64],
    /// Scalars that are the same for all parameters.
    pub uniforms: &'a [f64],
    /// Tensors that stay as they are.
    pub reads: ArrayVec<&'a [F], TENSORS>,
    /// Tensors that are read and written in place.
    pub writes: ArrayVec<&'a mut [F], TENSORS>,
    /// Where each parameter lies.
    pub segments: &'a [Range<usize>],
    /// The numbers of the state: all of the first parameter, then all of the second, ...
    pub numbers: &'a mut [f64],
    /// Filled with what [`Wanted::measures`](super::Wanted) asked for, parameter by parameter.
    pub measures: &'a mut [f64],
    /// Sees the named values.
    pub watch: Option<&'a mut dyn Watch<F>>,
}

/// Sees named values while they are in a register: nothing is stored for it, and nothing computed again.
pub trait Watch<F> {
    /// Consecutive elements of a parameter, from its element `start` on, of the watched node `name`.
    fn block(&mut self, name: usize, parameter: usize, start: usize, values: &[F]);
    /// A watched node that is one number for the parameter.
    fn scalar(&mut self, name: usize, parameter: usize, value: f64);
}

/// The scratch memory of programs: scalars, their repeated forms, and registers.
#[derive(Debug, Clone, Default)]
pub struct Machine<F> {
    slots: Vec<f64>,
    /// What each reduction came to.
    reduced: Vec<f64>,
    scratch: Scratch<F>,
}

impl<F: Real> Machine<F> {
    /// Scratch memory that grows to what its programs need.
    pub fn new() -> Self {
        Self { slots: Vec::new(), reduced: Vec::new(), scratch: Scratch::default() }
    }

    /// With memory that has been set up for a test.
    #[cfg(test)]
    pub(super) fn on(scratch: Scratch<F>) -> Self {
        Self { scratch, ..Self::default() }
    }

    /// Makes room for a program, so that running it allocates nothing.
    pub fn fit(&mut self, program: &Program) {
        self.fit_scalars(program);
        self.scratch.fit(program);
    }

    fn fit_scalars(&mut self, program: &Program) {
        self.slots.resize(self.slots.len().max(program.scalars.len()), 0.0);
        self.reduced.resize(self.reduced.len().max(program.reductions), 0.0);
    }

    /// Runs the program over all segments.
    ///
    /// # Panics
    /// If a tensor is shorter than a segment's end or missing, which is a fault of the caller's.
    pub fn run(&mut self, program: &Program, mut call: Call<'_, F>) {
        self.run_at(program, &mut call, 0);
    }

    /// The same where the tensors are what an arena has from `base` on.
    pub(super) fn run_at(&mut self, program: &Program, call: &mut Call<'_, F>, base: usize) {
        // By reference: the views take half a kilobyte, which a small network's step would spend on copying.
        let Call { constants, uniforms, reads, writes, segments, numbers, measures, watch } = call;
        self.fit_scalars(program);
        let Self { slots, reduced, scratch } = self;
        let mut bound = scratch.bind(program, reads, writes);
        let per_parameter = if segments.is_empty() { 0 } else { numbers.len() / segments.len() };
        let given = Given { constants, uniforms, numbers: &[], length: 0, reduced: &[] };
        given.compute(program, 0..program.uniform, slots, |slot, value| bound.splat(slot, value));
        for (parameter, segment) in segments.iter().enumerate() {
            let numbers = &mut numbers[parameter * per_parameter..(parameter + 1) * per_parameter];
            let (mut first, mut first_exact) = (0, program.instructions());
            for (phase, exact) in program.phases.iter().zip(&program.exact) {
                let given = Given { constants, uniforms, numbers, length: segment.len(), reduced };
                given.compute(program, phase.scalars.clone(), slots, |slot, value| bound.splat(slot, value));
                let place = segment.start - base..segment.end - base;
                bound.pass(phase, first, parameter, place.clone(), watch.as_deref_mut());
                for (kind, number) in &phase.reductions {
                    reduced[usize::from(*number)] = bound.reduced(*kind, *number, segment.len());
                }
                bound.mend(exact, first_exact, place, reduced);
                first += phase.code.len();
                first_exact += exact.code.len();
            }
            let wanted = program.measures.len();
            let measures = &mut measures[parameter * wanted..];
            close(program, slots, reduced, Ending { constants, uniforms, length: segment.len(), numbers, measures });
            if let Some(watch) = watch.as_deref_mut() {
                for (name, slot) in &program.watched_scalars {
                    watch.scalar(usize::from(*name), parameter, slots[usize::from(*slot)]);
                }
            }
        }
    }

    /// Runs the only pass of a program over one half of a parameter of this length, the call's only segment. The numbers are
    /// the parameter's.
    pub(super) fn half(
        &mut self,
        program: &Program,
        call: &mut Call<'_, F>,
        base: usize,
        length: usize,
        numbers: &[f64],
    ) {
        let Call { constants, uniforms, reads, writes, segments, .. } = call;
        self.fit_scalars(program);
        let Self { slots, reduced, scratch } = self;
        let mut bound = scratch.bind(program, reads, writes);
        let given = Given { constants, uniforms, numbers, length, reduced };
        given.compute(program, 0..program.uniform, slots, |slot, value| bound.splat(slot, value));
        for (phase, half) in program.phases.iter().zip(*segments) {
            given.compute(program, phase.scalars.clone(), slots, |slot, value| bound.splat(slot, value));
            bound.half(phase, half.start - base..half.end - base);
        }
    }

    /// Ends what this machine has begun with the first half of a parameter and the other one with the second.
    pub(super) fn end_halves(
        &mut self,
        program: &Program,
        second: &Self,
        call: &mut Call<'_, F>,
        base: usize,
        ending: Ending<'_>,
    ) {
        let Self { slots, reduced, scratch } = self;
        for (_, number) in program.phases.iter().flat_map(|phase| &phase.reductions) {
            reduced[usize::from(*number)] = scratch.with_second_half(*number, &second.scratch);
        }
        let mut bound = scratch.bind(program, &call.reads, &mut call.writes);
        for (exact, whole) in program.exact.iter().zip(call.segments) {
            bound.mend(exact, program.instructions(), whole.start - base..whole.end - base, reduced);
        }
        close(program, slots, reduced, ending);
    }

    /// Evaluates a program of scalars alone, such as a schedule, and returns its first measure.
    pub fn scalar(&mut self, program: &Program, constants: &[f64], uniforms: &[f64]) -> f64 {
        let mut first = [f64::NAN];
        self.scalars_of(program, constants, uniforms, &mut first);
        first[0]
    }

    /// Evaluates a program of scalars alone and gives its measures, as many as there is room for.
    pub fn scalars_of(&mut self, program: &Program, constants: &[f64], uniforms: &[f64], measures: &mut [f64]) {
        self.fit_scalars(program);
        let given = Given { constants, uniforms, numbers: &[], length: 0, reduced: &[] };
        given.compute(program, 0..program.uniform, &mut self.slots, |_, _| ());
        for (measure, slot) in measures.iter_mut().zip(&program.measures) {
            *measure = self.slots[usize::from(*slot)];
        }
    }
}

/// What is given and wanted after a parameter's last pass.
pub(super) struct Ending<'a> {
    pub constants: &'a [f64],
    pub uniforms: &'a [f64],
    /// Elements of the whole parameter.
    pub length: usize,
    /// The parameter's, as in [`Call`].
    pub numbers: &'a mut [f64],
    pub measures: &'a mut [f64],
}

/// Computes what a program gives of one parameter after its last pass.
fn close(program: &Program, slots: &mut [f64], reduced: &[f64], ending: Ending<'_>) {
    let Ending { constants, uniforms, length, numbers, measures } = ending;
    let given = Given { constants, uniforms, numbers, length, reduced };
    given.compute(program, program.closing.clone(), slots, |_, _| ());
    for (number, slot) in &program.numbers {
        numbers[usize::from(*number)] = slots[usize::from(*slot)];
    }
    for (measure, slot) in measures.iter_mut().zip(&program.measures) {
        *measure = slots[usize::from(*slot)];
    }
}

/// What the scalars of one parameter are computed from.
struct Given<'a> {
    constants: &'a [f64],
    uniforms: &'a [f64],
    numbers: &'a [f64],
    length: usize,
    reduced: &'a [f64],
}

impl Given<'_> {
    /// Computes some of a program's scalars, in `f64` whatever the tensors are, and hands each on as it is known.
    fn compute(&self, program: &Program, range: Range<usize>, slots: &mut [f64], mut known: impl FnMut(usize, f64)) {
        for slot in range {
            let at = |s: u16| slots[usize::from(s)];
            let value = match program.scalars[slot] {
                ScalarOp::Constant(i) => self.constants[usize::from(i)],
                ScalarOp::Uniform(i) => self.uniforms[usize::from(i)],
                ScalarOp::Number(i) => self.numbers[usize::from(i)],
                ScalarOp::Length => self.length as f64,
                ScalarOp::Reduced(i) => self.reduced[usize::from(i)],
                ScalarOp::Unary(op, x) => op.apply(at(x)),
                ScalarOp::Binary(op, x, y) => op.apply(at(x), at(y)),
                ScalarOp::Select(m, a, b) => select(at(m), at(a), at(b)),
            };
            slots[slot] = value;
            known(slot, value);
        }
    }
}
