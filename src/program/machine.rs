//! Runs a [`Program`] over the parameters of an arena: scalars once, then block after block of each parameter.
//!
//! Allocates when a program is first seen, and nothing after that.

use std::ops::Range;

use arrayvec::ArrayVec;

use super::Real;
use super::compile::{Program, ScalarOp};
use super::kernel::{BLOCK, Bases, Chunk, LANES, execute};
use super::ops::{Reduction, select};

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

/// A reduction in progress.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum(f64);

impl Sum {
    pub fn add(&mut self, kind: Reduction, block: f64) {
        self.0 = match kind {
            Reduction::MaxAbs => block.larger(self.0),
            Reduction::Sum | Reduction::Dot | Reduction::Distance => self.0 + block,
        };
    }
}

/// The scratch memory of programs: scalars, their repeated forms, and registers.
#[derive(Debug, Clone, Default)]
pub struct Machine<F> {
    slots: Vec<f64>,
    splats: Vec<Chunk<F>>,
    registers: Vec<Chunk<F>>,
    sums: Vec<Sum>,
}

impl<F: Real> Machine<F> {
    /// Scratch memory that grows to what its programs need.
    pub fn new() -> Self {
        Self { slots: Vec::new(), splats: Vec::new(), registers: Vec::new(), sums: Vec::new() }
    }

    /// Makes room for a program, so that running it allocates nothing.
    pub fn fit(&mut self, program: &Program) {
        let grow = |len: usize, wanted: usize| len.max(wanted);
        self.slots.resize(grow(self.slots.len(), program.scalars.len()), 0.0);
        self.splats.resize(grow(self.splats.len(), program.scalars.len()), Chunk([F::ZERO; LANES]));
        let registers = program.registers * (BLOCK / LANES);
        self.registers.resize(grow(self.registers.len(), registers), Chunk([F::ZERO; LANES]));
        self.sums.resize(grow(self.sums.len(), program.reductions), Sum::default());
    }

    /// Runs the program over all segments.
    ///
    /// # Panics
    /// If a tensor is shorter than a segment's end or missing, which is a fault of the caller's.
    pub fn run(&mut self, program: &Program, call: Call<'_, F>) {
        let Call { constants, uniforms, reads, mut writes, segments, numbers, measures, mut watch } = call;
        let end = segments.iter().map(|s| s.end).max().unwrap_or(0);
        assert!(reads.len() >= program.reads && writes.len() >= program.writes, "a tensor is missing");
        assert!(reads.iter().all(|t| t.len() >= end) && writes.iter().all(|t| t.len() >= end), "a tensor is too short");
        self.fit(program);
        let reads: ArrayVec<*const F, TENSORS> = reads.iter().map(|t| t.as_ptr()).collect();
        let writes: ArrayVec<*mut F, TENSORS> = writes.iter_mut().map(|t| t.as_mut_ptr()).collect();

        let per_parameter = if segments.is_empty() { 0 } else { numbers.len() / segments.len() };
        self.scalars(program, 0..program.uniform, constants, uniforms, &[], 0);
        for (parameter, segment) in segments.iter().enumerate() {
            let numbers = &mut numbers[parameter * per_parameter..(parameter + 1) * per_parameter];
            self.sums[..program.reductions].fill(Sum::default());
            for phase in &program.phases {
                self.scalars(program, phase.scalars.clone(), constants, uniforms, numbers, segment.len());
                for within in (0..segment.len()).step_by(BLOCK) {
                    let bases = Bases {
                        registers: self.registers.as_mut_ptr().cast::<F>(),
                        splats: &self.splats,
                        reads: &reads,
                        writes: &writes,
                        start: segment.start + within,
                        len: BLOCK.min(segment.len() - within),
                        parameter,
                        within,
                    };
                    execute(&phase.code, &bases, &mut self.sums, watch.as_deref_mut());
                }
            }
            self.scalars(program, program.closing.clone(), constants, uniforms, numbers, segment.len());
            for (number, slot) in &program.numbers {
                numbers[usize::from(*number)] = self.slots[usize::from(*slot)];
            }
            let wanted = program.measures.len();
            for (measure, slot) in measures[parameter * wanted..].iter_mut().zip(&program.measures) {
                *measure = self.slots[usize::from(*slot)];
            }
            if let Some(watch) = watch.as_deref_mut() {
                for (name, slot) in &program.watched_scalars {
                    watch.scalar(usize::from(*name), parameter, self.slots[usize::from(*slot)]);
                }
            }
        }
    }

    /// Evaluates a program of scalars alone, such as a schedule, and returns its first measure.
    pub fn scalar(&mut self, program: &Program, constants: &[f64], uniforms: &[f64]) -> f64 {
        let mut first = [f64::NAN];
        self.scalars_of(program, constants, uniforms, &mut first);
        first[0]
    }

    /// Evaluates a program of scalars alone and gives its measures, as many as there is room for.
    pub fn scalars_of(&mut self, program: &Program, constants: &[f64], uniforms: &[f64], measures: &mut [f64]) {
        self.fit(program);
        self.scalars(program, 0..program.uniform, constants, uniforms, &[], 0);
        for (measure, slot) in measures.iter_mut().zip(&program.measures) {
            *measure = self.slots[usize::from(*slot)];
        }
    }

    /// Computes some of a program's scalars, in `f64` whatever F is, and repeats each for the blocks.
    fn scalars(
        &mut self,
        program: &Program,
        range: Range<usize>,
        constants: &[f64],
        uniforms: &[f64],
        numbers: &[f64],
        length: usize,
    ) {
        for slot in range {
            let at = |s: u16| self.slots[usize::from(s)];
            let value = match program.scalars[slot] {
                ScalarOp::Constant(i) => constants[usize::from(i)],
                ScalarOp::Uniform(i) => uniforms[usize::from(i)],
                ScalarOp::Number(i) => numbers[usize::from(i)],
                ScalarOp::Length => length as f64,
                ScalarOp::Reduced(i) => self.sums[usize::from(i)].0,
                ScalarOp::Unary(op, x) => op.apply(at(x)),
                ScalarOp::Binary(op, x, y) => op.apply(at(x), at(y)),
                ScalarOp::Select(m, a, b) => select(at(m), at(a), at(b)),
            };
            self.slots[slot] = value;
            self.splats[slot] = Chunk([F::from_f64(value); LANES]);
        }
    }
}
