//! The inner loops: a run of instructions over one block, in chunks of [`LANES`] values.
//!
//! This is one of the two modules with `unsafe` (see `Cargo.toml`). Reason: a result may lie where an operand lies (an
//! average is updated in place), which slices cannot say; and instructions for wide vectors are chosen at run time.
//!
//! Every [`Level`] gives the same bits: nothing is fused into one rounding, and sums have fixed lanes.
#![allow(unsafe_code)]

mod ahead;
mod exact;
mod folds;
mod forms;
mod loops;
mod pass;
mod registers;
mod repertoire;
mod stages;
mod sums;

#[cfg(test)]
mod tests;

pub(super) use pass::{HALVED, Scratch, first_half};
pub use registers::Vectors;

use std::marker::PhantomData;
use std::ptr::{with_exposed_provenance, with_exposed_provenance_mut};

use super::Real;
use super::compile::{Code, Instr, OPERANDS};
use super::ops::Reduction;
use crate::simd::Level;
use repertoire::Kernels;

/// Values handled together; a 64-byte line of `f32`.
const LANES: usize = 16;
/// Values in a block: as many are summed in lanes of `f32`, 128 a lane, before these are added to lanes of `f64`.
const BLOCK: usize = 2048;
/// Values that one kernel handles before the next one gets them, and that a register holds, if a pass needs several.
/// Few, so that a processor which executes out of order begins with the next kernel while it still divides for the last.
const STRIP: usize = 128;

/// A chunk, aligned for the widest vectors.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Chunk<F>([F; LANES]);

/// An instruction whose operands have addresses. They are plain numbers, since they are kept from run to run: a run that
/// finds its tensors where they were goes on with them, and has exposed each pointer anew.
#[derive(Debug, Clone)]
struct Ready<F> {
    from: [usize; OPERANDS],
    to: usize,
    /// The sums of a reduction.
    sums: usize,
    /// Bit k: operand k is a tensor, and begins where the block does. The last bit is the result's.
    tensors: u8,
    /// Bit k: operand k is a scalar, and stays where it is.
    scalars: u8,
    of: PhantomData<F>,
}

impl<F> Ready<F> {
    /// The address of operand `k` for a block that begins at `start`.
    ///
    /// # Safety
    /// The block lies in the tensors.
    #[inline(always)]
    unsafe fn operand(&self, k: usize, start: usize) -> *const F {
        let from = with_exposed_provenance::<F>(self.from[k]);
        // SAFETY: the block lies in the tensor, and what is none stays where it is.
        unsafe { from.add(start * usize::from(self.tensors >> k & 1)) }
    }

    /// The address of the result, likewise.
    #[inline(always)]
    unsafe fn result(&self, start: usize) -> *mut F {
        let to = with_exposed_provenance_mut::<F>(self.to);
        // SAFETY: the block lies in the tensor, and a register stays where it is.
        unsafe { to.add(start * usize::from(self.tensors >> OPERANDS & 1)) }
    }

    /// The sums of a reduction.
    #[inline(always)]
    fn sums(&self) -> *mut Chunk<F> {
        with_exposed_provenance_mut(self.sums)
    }

    /// The address of operand `k`, which is a scalar.
    #[inline(always)]
    fn scalar(&self, k: usize) -> *const F {
        with_exposed_provenance(self.from[k])
    }

    /// Operand `k` is a scalar.
    #[inline(always)]
    fn is_scalar(&self, k: usize) -> bool {
        self.scalars >> k & 1 == 1
    }
}

/// Runs instructions over `len` values, at most [`STRIP`] if there are registers, that begin at `start` in their tensors. Unsafe to call on a
/// processor of another kind, and where tensors do not reach so far.
type Kernel<F> = unsafe fn(&[Ready<F>], usize, usize);

/// The kernels for a level that this processor has, in the order of the repertoire.
fn kernels<F: Real>(level: Level) -> &'static [Kernel<F>] {
    <F as Kernels>::ALL[level as usize]
}

/// Instructions that one kernel runs, or a value that the watcher sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group {
    task: Task,
    /// The first instruction and their number.
    first: usize,
    count: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    /// The kernel with this number.
    Run(u16),
    /// The operand is shown under the name with this number.
    Emit(u16),
    /// The operands are added to the exact sums of the reduction with this number.
    SumExactly(Reduction, u16),
}

/// Cuts a pass into the longest runs of instructions for which there are kernels.
pub(super) fn groups(code: &[Instr]) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut first = 0;
    while let Some(instr) = code.get(first) {
        let (task, count) = match instr.code {
            Code::Emit(name) => (Task::Emit(name), 1),
            Code::ReduceExactly(kind, number) => (Task::SumExactly(kind, number), 1),
            _ => repertoire::find(&code[first..]).map_or_else(
                || unreachable!("every instruction has a kernel: {instr:?}"),
                |(kernel, count)| (Task::Run(kernel), count),
            ),
        };
        groups.push(Group { task, first, count });
        first += count;
    }
    groups
}
