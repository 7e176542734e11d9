//! The memory that programs compute in, and one pass of a program over a parameter: block after block, every kernel over
//! each, its sums from lanes of `f32` to lanes of `f64`.

use std::marker::PhantomData;
use std::ops::Range;
use std::ptr::{null, null_mut};

use super::{BLOCK, Chunk, Kind, LANES, Ready, STRIP, Task};
use crate::program::compile::{Code, Instr, Loc, OPERANDS, Phase, Program};
use crate::program::machine::{TENSORS, Watch};
use crate::program::ops::Reduction;
use crate::program::real::Real;

/// Registers, repeated scalars and sums.
#[derive(Debug, Clone, Default)]
pub(in crate::program) struct Scratch<F> {
    registers: Vec<Chunk<F>>,
    splats: Vec<Chunk<F>>,
    /// The sums of a block, for each reduction, and those of a parameter.
    block_sums: Vec<Chunk<F>>,
    sums: Vec<[f64; LANES]>,
    ready: Vec<Ready<F>>,
    kind: Kind,
}

impl<F: Real> Scratch<F> {
    /// For kernels of one kind of processor rather than the best.
    #[cfg(test)]
    pub fn on(kind: Kind) -> Self {
        Self { kind, ..Self::default() }
    }

    /// Makes room for a program, so that running it allocates nothing.
    pub fn fit(&mut self, program: &Program) {
        let zero = Chunk([F::ZERO; LANES]);
        let grow = |chunks: &mut Vec<Chunk<F>>, len: usize| chunks.resize(chunks.len().max(len), zero);
        grow(&mut self.registers, program.registers * (STRIP / LANES));
        grow(&mut self.splats, program.scalars.len());
        grow(&mut self.block_sums, program.reductions);
        self.sums.resize(self.sums.len().max(program.reductions), [0.0; LANES]);
        self.ready.clear();
        self.ready.reserve(program.instructions());
    }

    /// Gives all operands of a program their addresses.
    ///
    /// # Panics
    /// If a tensor is missing, which is a fault of the caller's.
    pub fn bind<'a>(&'a mut self, program: &Program, reads: &'a [&[F]], writes: &'a mut [&mut [F]]) -> Bound<'a, F> {
        assert!(reads.len() >= program.reads && writes.len() >= program.writes, "a tensor is missing");
        self.fit(program);
        let lengths = reads.iter().map(|t| t.len()).chain(writes.iter().map(|t| t.len()));
        let reach = lengths.min().unwrap_or(usize::MAX);
        let mut bases = Bases {
            registers: self.registers.as_mut_ptr(),
            splats: self.splats.as_mut_ptr(),
            sums: self.block_sums.as_mut_ptr(),
            reads: [null(); TENSORS],
            writes: [null_mut(); TENSORS],
        };
        // In place, since a small network's step would feel it if they were collected elsewhere and moved.
        bases.reads.iter_mut().zip(reads).for_each(|(at, tensor)| *at = tensor.as_ptr());
        bases.writes.iter_mut().zip(writes).for_each(|(at, tensor)| *at = tensor.as_mut_ptr());
        let code = program.phases.iter().flat_map(|phase| &phase.code);
        self.ready.extend(code.map(|instr| bases.ready(instr)));
        Bound { reach, scratch: self, tensors: PhantomData }
    }
}

/// Where everything lies during one run.
struct Bases<F> {
    registers: *mut Chunk<F>,
    splats: *mut Chunk<F>,
    sums: *mut Chunk<F>,
    reads: [*const F; TENSORS],
    writes: [*mut F; TENSORS],
}

impl<F: Real> Bases<F> {
    /// Wrapping, because nothing is read or written here: [`Scratch::fit`] has made room for what the program names.
    fn address(&self, loc: Loc) -> *mut F {
        match loc {
            Loc::Register(r) => self.registers.wrapping_add(usize::from(r) * (STRIP / LANES)).cast(),
            Loc::Read(i) => self.reads[usize::from(i)].cast_mut(),
            Loc::Write(i) => self.writes[usize::from(i)],
            Loc::Splat(s) => self.splats.wrapping_add(usize::from(s)).cast(),
        }
    }

    fn ready(&self, instr: &Instr) -> Ready<F> {
        let mut from = [null(); OPERANDS];
        let (mut tensors, mut scalars) = (0, 0);
        for (k, loc) in instr.from.iter().enumerate() {
            from[k] = self.address(*loc).cast_const();
            tensors |= u8::from(matches!(loc, Loc::Read(_) | Loc::Write(_))) << k;
            scalars |= u8::from(matches!(loc, Loc::Splat(_))) << k;
        }
        tensors |= u8::from(matches!(instr.to, Loc::Write(_))) << OPERANDS;
        let number = if let Code::Reduce(_, number) = instr.code { Some(number) } else { instr.distance };
        let sums = self.sums.wrapping_add(number.map_or(0, usize::from));
        Ready { from, to: self.address(instr.to), sums, tensors, scalars }
    }
}

/// A program whose operands have addresses, for as long as the tensors are borrowed. The scratch memory is touched
/// through pointers alone meanwhile, since the addresses point into it.
pub(in crate::program) struct Bound<'a, F> {
    /// The length of the shortest tensor.
    reach: usize,
    scratch: &'a mut Scratch<F>,
    tensors: PhantomData<&'a mut [F]>,
}

impl<F: Real> Bound<'_, F> {
    /// Repeats a scalar for the blocks.
    pub fn splat(&mut self, slot: usize, value: f64) {
        assert!(slot < self.scratch.splats.len());
        // SAFETY: the slot exists.
        unsafe { *self.scratch.splats.as_mut_ptr().add(slot) = Chunk([F::from_f64(value); LANES]) }
    }

    /// Begins the reductions of a phase.
    fn begin(&mut self, phase: &Phase) {
        for (_, number) in &phase.reductions {
            self.scratch.sums[usize::from(*number)] = [0.0; LANES];
            // SAFETY: `Scratch::fit` has made room for all reductions of the program.
            unsafe { *self.scratch.block_sums.as_mut_ptr().add(usize::from(*number)) = Chunk([F::ZERO; LANES]) }
        }
    }

    /// Adds the sums of a block to those of the parameter, so that a lane of `f32` never sums more than a block's.
    fn end_block(&mut self, phase: &Phase) {
        for (kind, number) in &phase.reductions {
            let sums = &mut self.scratch.sums[usize::from(*number)];
            // SAFETY: as above.
            let block = unsafe { &mut *self.scratch.block_sums.as_mut_ptr().add(usize::from(*number)) };
            if *kind == Reduction::MaxAbs {
                sums.iter_mut().zip(block.0).for_each(|(sum, lane)| *sum = lane.to_f64());
            } else {
                sums.iter_mut().zip(block.0).for_each(|(sum, lane)| *sum += lane.to_f64());
                block.0 = [F::ZERO; LANES];
            }
        }
    }

    /// Runs a phase over one parameter. `first` is the place of its first instruction among the program's.
    ///
    /// # Panics
    /// If a tensor is shorter than the segment's end, which is a fault of the caller's.
    pub fn pass(
        &mut self,
        phase: &Phase,
        first: usize,
        parameter: usize,
        segment: Range<usize>,
        mut watch: Option<&mut (dyn Watch<F> + '_)>,
    ) {
        assert!(segment.end <= self.reach, "a tensor is too short");
        self.begin(phase);
        let kernels = self.scratch.kind.kernels::<F>();
        let strip = if phase.groups.len() < 2 && phase.registers == 0 { BLOCK } else { STRIP };
        // Not by `step_by`, which divides first: that takes as long as a small parameter.
        let mut start = segment.start;
        while start < segment.end {
            let end = segment.end.min(start + BLOCK);
            while start < end {
                let len = strip.min(end - start);
                for group in &phase.groups {
                    let ready = &self.scratch.ready[first + group.first..][..group.count];
                    match group.task {
                        // SAFETY: the tensors reach to the segment's end, registers hold a strip, and the processor is
                        // of this kind.
                        Task::Run(kernel) => unsafe { kernels[usize::from(kernel)](ready, start, len) },
                        Task::Emit(name) => {
                            if let Some(watch) = watch.as_deref_mut() {
                                show(&ready[0], start, len, |at, values| {
                                    watch.block(usize::from(name), parameter, start + at - segment.start, values);
                                });
                            }
                        }
                    }
                }
                start += len;
            }
            self.end_block(phase);
        }
    }

    /// What a reduction came to.
    pub fn reduced(&self, kind: Reduction, number: u16) -> f64 {
        let lanes = &self.scratch.sums[usize::from(number)];
        if kind == Reduction::MaxAbs {
            return lanes.iter().fold(0.0, |largest: f64, lane| lane.larger(largest));
        }
        // By halves, since one chain of sixteen additions takes long.
        let eight: [f64; 8] = std::array::from_fn(|i| lanes[i] + lanes[i + 8]);
        let four: [f64; 4] = std::array::from_fn(|i| eight[i] + eight[i + 4]);
        (four[0] + four[2]) + (four[1] + four[3])
    }
}

/// Hands on the values of an operand in the block that begins at `start`, with their places in it. Of a scalar there are
/// [`LANES`] in a row.
#[inline(never)]
fn show<F: Real>(ready: &Ready<F>, start: usize, len: usize, mut see: impl FnMut(usize, &[F])) {
    let step = if ready.is_scalar(0) { LANES } else { len };
    for at in (0..len).step_by(step) {
        // SAFETY: the block lies in its tensor, and a scalar's chunk is whole.
        let values = unsafe { std::slice::from_raw_parts(ready.operand(0, start), step.min(len - at)) };
        see(at, values);
    }
}
