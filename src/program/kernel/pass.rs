//! The memory that programs compute in, and one pass of a program over a parameter: block after block, every kernel over
//! each, its sums from lanes of `f32` to lanes of `f64`.

use std::marker::PhantomData;
use std::ops::Range;

use super::exact::sum_exactly;
use super::sums::{Sums, by_halves};
use super::{BLOCK, Chunk, LANES, Ready, STRIP, Task, kernels};
use crate::program::compile::{Code, Instr, Loc, OPERANDS, Phase, Program};
use crate::program::machine::{TENSORS, Watch};
use crate::program::ops::Reduction;
use crate::program::real::Real;
use crate::simd::Level;

/// Elements from which the sums of a parameter are those of its two halves, added: two threads can each do one, and a
/// single one comes to the same bits.
pub(in crate::program) const HALVED: usize = 65_536;

/// How many of so many elements are in the first half: whole blocks.
pub(in crate::program) const fn first_half(len: usize) -> usize {
    (len / 2).next_multiple_of(BLOCK)
}

/// Registers, repeated scalars and sums.
#[derive(Debug)]
pub(in crate::program) struct Scratch<F> {
    registers: Vec<Chunk<F>>,
    splats: Vec<Chunk<F>>,
    /// The sums of a block, for each reduction, and those of a parameter.
    block_sums: Vec<Chunk<F>>,
    sums: Vec<[f64; LANES]>,
    /// The sums of a first half while the second one is run.
    first_sums: Vec<[f64; LANES]>,
    /// Those of a parameter that is summed once more.
    pub(super) exact_sums: Vec<[f64; LANES]>,
    /// The instructions of a program with the addresses of its operands, and which program, and the tensors' addresses.
    ready: Vec<Ready<F>>,
    program: Option<u64>,
    bases: Bases,
    level: Level,
}

impl<F: Clone> Clone for Scratch<F> {
    /// As much room, and no addresses: they would not be those of the copy.
    fn clone(&self) -> Self {
        Self {
            registers: self.registers.clone(),
            splats: self.splats.clone(),
            block_sums: self.block_sums.clone(),
            sums: self.sums.clone(),
            first_sums: self.first_sums.clone(),
            exact_sums: self.exact_sums.clone(),
            ready: Vec::with_capacity(self.ready.capacity()),
            program: None,
            bases: Bases::default(),
            level: self.level,
        }
    }
}

impl<F> Default for Scratch<F> {
    /// For the kernels of the level in force.
    fn default() -> Self {
        Self::on(Level::in_force())
    }
}

impl<F> Scratch<F> {
    /// For the kernels of a level that this processor has.
    pub fn on(level: Level) -> Self {
        Self {
            registers: Vec::new(),
            splats: Vec::new(),
            block_sums: Vec::new(),
            sums: Vec::new(),
            first_sums: Vec::new(),
            exact_sums: Vec::new(),
            ready: Vec::new(),
            program: None,
            bases: Bases::default(),
            level,
        }
    }
}

impl<F: Real> Scratch<F> {
    /// Makes room for a program, so that running it allocates nothing.
    pub fn fit(&mut self, program: &Program) {
        let zero = Chunk([F::ZERO; LANES]);
        let grow = |chunks: &mut Vec<Chunk<F>>, len: usize| chunks.resize(chunks.len().max(len), zero);
        grow(&mut self.registers, program.registers * (STRIP / LANES));
        grow(&mut self.splats, program.scalars.len());
        grow(&mut self.block_sums, program.reductions);
        self.sums.resize(self.sums.len().max(program.reductions), [0.0; LANES]);
        self.first_sums.resize(self.sums.len(), [0.0; LANES]);
        self.exact_sums.resize(self.sums.len(), [0.0; LANES]);
        self.ready.clear();
        self.ready.reserve(program.code().count());
        self.program = None;
    }

    /// Adds the sums of a second half that was run elsewhere, and gives what they come to.
    pub fn with_second_half(&mut self, number: u16, second: &Self) -> f64 {
        let number = usize::from(number);
        add_lanes(&mut self.sums[number], &second.sums[number]);
        by_halves(&self.sums[number])
    }

    /// Gives all operands of a program their addresses, unless they have them since the last run.
    ///
    /// # Panics
    /// If a tensor is missing, which is a fault of the caller's.
    pub fn bind<'a>(&'a mut self, program: &Program, reads: &'a [&[F]], writes: &'a mut [&mut [F]]) -> Bound<'a, F> {
        assert!(reads.len() >= program.reads && writes.len() >= program.writes, "a tensor is missing");
        assert!(reads.len() <= TENSORS && writes.len() <= TENSORS, "more tensors than a program has");
        let lengths = reads.iter().map(|t| t.len()).chain(writes.iter().map(|t| t.len()));
        let reach = lengths.min().unwrap_or(usize::MAX);
        // A step of a small network feels each program that is made ready anew.
        let known = self.program == Some(program.id);
        if !known {
            self.fit(program);
        }
        let bases = [
            self.registers.as_mut_ptr().expose_provenance(),
            self.splats.as_mut_ptr().expose_provenance(),
            self.block_sums.as_mut_ptr().expose_provenance(),
        ];
        let reads = reads.iter().map(|tensor| tensor.as_ptr().expose_provenance());
        let writes = writes.iter_mut().map(|tensor| tensor.as_mut_ptr().expose_provenance());
        let moved = self.bases.put(bases, reads, writes);
        if moved || !known {
            self.ready.clear();
            self.ready.extend(program.code().map(|instr| self.bases.ready(instr)));
            self.program = Some(program.id);
        }
        Bound { reach, scratch: self, tensors: PhantomData }
    }
}

/// Who watches a parameter, and where it begins.
pub(super) struct Shown<'a, F> {
    watch: &'a mut (dyn Watch<F> + 'a),
    parameter: usize,
    origin: usize,
}

/// Where everything lies during one run.
#[derive(Debug, Default)]
struct Bases {
    /// Registers, repeated scalars, and the sums of a block.
    own: [usize; 3],
    reads: [usize; TENSORS],
    writes: [usize; TENSORS],
}

impl Bases {
    /// Takes these addresses in place of those before, and tells whether any differs.
    fn put(
        &mut self,
        own: [usize; 3],
        reads: impl Iterator<Item = usize>,
        writes: impl Iterator<Item = usize>,
    ) -> bool {
        let mut moved = std::mem::replace(&mut self.own, own) != own;
        let places = self.reads.iter_mut().zip(reads).chain(self.writes.iter_mut().zip(writes));
        for (place, now) in places {
            moved |= std::mem::replace(place, now) != now;
        }
        moved
    }

    /// [`Scratch::fit`] has made room for what the program names.
    fn address<F>(&self, loc: Loc) -> usize {
        match loc {
            Loc::Register(r) => self.own[0] + usize::from(r) * (STRIP / LANES) * size_of::<Chunk<F>>(),
            Loc::Read(i) => self.reads[usize::from(i)],
            Loc::Write(i) => self.writes[usize::from(i)],
            Loc::Splat(s) => self.own[1] + usize::from(s) * size_of::<Chunk<F>>(),
        }
    }

    fn ready<F>(&self, instr: &Instr) -> Ready<F> {
        let mut from = [0; OPERANDS];
        let (mut tensors, mut scalars) = (0, 0);
        for (k, loc) in instr.from.iter().enumerate() {
            from[k] = self.address::<F>(*loc);
            tensors |= u8::from(matches!(loc, Loc::Read(_) | Loc::Write(_))) << k;
            scalars |= u8::from(matches!(loc, Loc::Splat(_))) << k;
        }
        tensors |= u8::from(matches!(instr.to, Loc::Write(_))) << OPERANDS;
        let number = if let Code::Reduce(_, number) = instr.code { Some(number) } else { instr.distance };
        let sums = self.own[2] + number.map_or(0, usize::from) * size_of::<Chunk<F>>();
        Ready { from, to: self.address::<F>(instr.to), sums, tensors, scalars, of: PhantomData }
    }
}

/// A program whose operands have addresses, for as long as the tensors are borrowed. The scratch memory is touched
/// through pointers alone meanwhile, since the addresses point into it.
pub(in crate::program) struct Bound<'a, F> {
    /// The length of the shortest tensor.
    reach: usize,
    pub(super) scratch: &'a mut Scratch<F>,
    tensors: PhantomData<&'a mut [F]>,
}

impl<F: Real> Bound<'_, F> {
    /// Repeats a scalar for the blocks.
    pub fn splat(&mut self, slot: usize, value: f64) {
        assert!(slot < self.scratch.splats.len());
        // SAFETY: the slot exists.
        unsafe { *self.scratch.splats.as_mut_ptr().add(slot) = Chunk([F::from_f64(value); LANES]) }
    }

    /// Begins the reductions of a phase over a parameter of one block or of several.
    fn begin(&mut self, phase: &Phase, several: bool) {
        for (_, number) in &phase.reductions {
            if several {
                self.scratch.sums[usize::from(*number)] = [0.0; LANES];
            }
            *self.block_sums(*number) = Chunk([F::ZERO; LANES]);
        }
    }

    /// The sums of the block that is run or was the last.
    fn block_sums(&mut self, number: u16) -> &mut Chunk<F> {
        assert!(usize::from(number) < self.scratch.block_sums.len());
        // SAFETY: they exist. Through a pointer, since kernels have their addresses.
        unsafe { &mut *self.scratch.block_sums.as_mut_ptr().add(usize::from(number)) }
    }

    /// Adds the sums of a block to those of the parameter, so that a lane of `f32` never sums more than a block's. The
    /// largest value of all blocks stays where it is.
    fn end_block(&mut self, phase: &Phase) {
        let (add, _) = F::SUMS[self.scratch.level as usize];
        for (_, number) in phase.reductions.iter().filter(|(kind, _)| *kind != Reduction::MaxAbs) {
            let block = std::mem::replace(self.block_sums(*number), Chunk([F::ZERO; LANES]));
            // SAFETY: the processor has this level.
            unsafe { add(&mut self.scratch.sums[usize::from(*number)], &block) }
        }
    }

    /// Puts the sums of the first half aside.
    fn end_first_half(&mut self, phase: &Phase) {
        let Scratch { sums, first_sums, .. } = &mut *self.scratch;
        for (_, number) in &phase.reductions {
            let number = usize::from(*number);
            first_sums[number] = std::mem::replace(&mut sums[number], [0.0; LANES]);
        }
    }

    /// Adds those of the second half to them.
    fn end_second_half(&mut self, phase: &Phase) {
        let Scratch { sums, first_sums, .. } = &mut *self.scratch;
        for (_, number) in &phase.reductions {
            let number = usize::from(*number);
            add_lanes(&mut first_sums[number], &sums[number]);
            sums[number] = first_sums[number];
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
        watch: Option<&mut (dyn Watch<F> + '_)>,
    ) {
        let several = segment.len() > BLOCK;
        self.begin(phase, several);
        let mut shown = watch.map(|watch| Shown { watch, parameter, origin: segment.start });
        if segment.len() < HALVED {
            return self.blocks(phase, first, several, segment, &mut shown);
        }
        let middle = segment.start + first_half(segment.len());
        self.blocks(phase, first, true, segment.start..middle, &mut shown);
        self.end_first_half(phase);
        self.blocks(phase, first, true, middle..segment.end, &mut shown);
        self.end_second_half(phase);
    }

    /// Runs a phase over one half of a parameter, the other half of which is run elsewhere.
    pub fn half(&mut self, phase: &Phase, half: Range<usize>) {
        self.begin(phase, true);
        self.blocks(phase, 0, true, half, &mut None);
    }

    /// Runs a phase over consecutive blocks.
    #[inline]
    pub(super) fn blocks(
        &mut self,
        phase: &Phase,
        first: usize,
        several: bool,
        range: Range<usize>,
        shown: &mut Option<Shown<'_, F>>,
    ) {
        assert!(range.end <= self.reach, "a tensor is too short");
        let kernels = kernels::<F>(self.scratch.level);
        let strip = if phase.groups.len() < 2 && phase.registers == 0 { BLOCK } else { STRIP };
        // Not by `step_by`, which divides first: that takes as long as a small parameter.
        let mut start = range.start;
        while start < range.end {
            let end = range.end.min(start + BLOCK);
            while start < end {
                let len = strip.min(end - start);
                for group in &phase.groups {
                    let ready = &self.scratch.ready[first + group.first..][..group.count];
                    match group.task {
                        // SAFETY: the tensors reach to the segment's end, registers hold a strip, and the processor has
                        // this level.
                        Task::Run(kernel) => unsafe { kernels[usize::from(kernel)](ready, start, len) },
                        Task::Emit(name) => {
                            if let Some(Shown { watch, parameter, origin }) = shown {
                                show(&ready[0], start, len, |at, values| {
                                    watch.block(usize::from(name), *parameter, start + at - *origin, values);
                                });
                            }
                        }
                        Task::SumExactly(kind, number) => {
                            sum_exactly(&ready[0], kind, start, len, &mut self.scratch.exact_sums[usize::from(number)]);
                        }
                    }
                }
                start += len;
            }
            if several {
                self.end_block(phase);
            }
        }
    }

    /// What a reduction over a parameter of so many elements came to.
    pub fn reduced(&mut self, kind: Reduction, number: u16, len: usize) -> f64 {
        if kind == Reduction::MaxAbs {
            let lanes = self.block_sums(number).0;
            return lanes.iter().fold(0.0, |largest: f64, lane| lane.to_f64().larger(largest));
        }
        if len > BLOCK {
            return by_halves(&self.scratch.sums[usize::from(number)]);
        }
        let (_, total) = F::SUMS[self.scratch.level as usize];
        // SAFETY: the processor has this level.
        unsafe { total(self.block_sums(number)) }
    }
}

/// Adds lane by lane.
fn add_lanes(sums: &mut [f64; LANES], more: &[f64; LANES]) {
    sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
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
