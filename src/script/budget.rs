//! What a script may take: operations, memory, work in functions of ours, lines that it prints. All are counts, so that a
//! script that runs on one machine runs on every one, however busy; a limit of time is the caller's policy beside that.
//!
//! Rhai counts its operations. Long work that it counts as a single one is paid for here before it is done: elements of
//! tensors and lists by [`spend`], copies by what they ask of the heap. Memory is what a call asks of the heap and has not
//! given back, with what a memory has kept from earlier calls. It is looked at before each operation and before each
//! tensor; in between Rhai can at most copy the lists that there are, so no script holds more than [`HELD`] and [`LISTS`]
//! together, 256 MB.
//!
//! Lists within lists are dropped and copied by recursion. Functions of ours never build them deeper than 64 levels; only literals can,
//! whose parts are copies: a level costs 2 blocks for every 32 levels that are built on it, which bounds the depth by some
//! 20 000 levels, a few megabytes of the stack.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use rhai::{Dynamic, EvalAltResult, Position};

use super::nested::cut;
use crate::clock::{Clock, Moment};
use crate::heap::{self, Counts};

type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// Operations of one call of a function that makes data: some 1.5 s on a quiet core.
pub(super) const OPERATIONS_FOR_DATA: u64 = 10_000_000;
/// Operations of one call of a function that is traced or asked at every step: some 0.4 s.
pub(super) const OPERATIONS: u64 = 2_000_000;
/// Operations of an expression over runs.
pub(super) const OPERATIONS_OF_A_QUERY: u64 = 100_000;
/// Bytes that a script holds at once, tensors that a memory keeps included.
pub(super) const HELD: i64 = 192 << 20;
/// Of these, bytes of all that is not a tensor: lists, maps, texts.
pub(super) const LISTS: i64 = 64 << 20;
/// Lines that one call may print.
const PRINTS: u32 = 200;
/// Bytes of a printed line.
const LINE: usize = 1000;

/// So many bytes asked of the heap count as an operation, as does each block.
const BYTES_AN_OPERATION: u64 = 128;
/// Rhai asks for leave at every operation; the clock is read once in so many.
const OPERATIONS_A_LOOK: u64 = 16;

/// What has run out: the value of the error that ends a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// Operations, most of them by Rhai's count.
    Operations,
    /// Operations, most of them for long work.
    Work,
    /// Bytes in all.
    Memory,
    /// Bytes of lists, maps and texts.
    Lists,
    /// Levels of lists and maps.
    Depth,
    /// The caller's patience.
    Time,
}

impl Limit {
    /// The error of a function of ours, which Rhai gives the place of the call. A script that catches it has got nothing.
    #[expect(clippy::unnecessary_box_returns, reason = "Rhai's errors are boxed")]
    pub fn error(self) -> Box<EvalAltResult> {
        EvalAltResult::ErrorRuntime(Dynamic::from(self), Position::NONE).into()
    }
}

/// The call that is under way in a thread.
struct Call {
    start: Cell<Counts>,
    /// Bytes of tensors that a memory kept from earlier calls.
    kept: Cell<i64>,
    /// Bytes of all tensors.
    tensors: Cell<i64>,
    /// The most operations.
    most: Cell<u64>,
    /// Operations by Rhai's count.
    counted: Cell<u64>,
    /// Operations that were paid for work in functions of ours.
    spent: Cell<u64>,
    /// Operations of both kinds of all calls before.
    earlier: Cell<u64>,
    /// Lines.
    printed: Cell<u32>,
    deadline: Cell<Option<Moment>>,
}

thread_local! {
    static PATIENCE: RefCell<Option<(Clock, Duration)>> = const { RefCell::new(None) };
    static CALL: Call = const {
        Call {
            start: Cell::new(Counts { held: 0, bytes: 0, blocks: 0 }),
            kept: Cell::new(0),
            tensors: Cell::new(0),
            most: Cell::new(u64::MAX),
            counted: Cell::new(0),
            spent: Cell::new(0),
            earlier: Cell::new(0),
            printed: Cell::new(0),
            deadline: Cell::new(None),
        }
    };
}

/// From now on a call of a script in this thread may take so long by this clock, beside its operations; or as long as it
/// likes. A caller that waits for scripts of strangers sets it, with room for a machine that is busy.
pub fn limit_time(limit: Option<(Clock, Duration)>) {
    PATIENCE.set(limit);
}

fn is_past(end: Moment) -> bool {
    PATIENCE.with_borrow(|patience| patience.as_ref().is_some_and(|(clock, _)| clock.now() > end))
}

/// The limits of a call begin. A memory that it is lent has tensors of `kept` bytes.
pub(super) fn begin(most: u64, kept: usize) {
    let deadline = PATIENCE.with_borrow(|patience| patience.as_ref().map(|(clock, most)| clock.now() + *most));
    CALL.with(|call| {
        call.kept.set(kept as i64);
        call.tensors.set(kept as i64);
        call.most.set(most);
        call.earlier.set(call.all());
        call.counted.set(0);
        call.spent.set(0);
        call.printed.set(0);
        call.deadline.set(deadline);
        call.start.set(heap::counts());
    });
}

/// Operations of this thread's last call by Rhai's count.
pub(super) fn operations() -> u64 {
    CALL.with(|call| call.counted.get())
}

/// Operations of all calls of scripts in this thread so far, for whoever lets one be called many times.
pub fn operations_so_far() -> u64 {
    CALL.with(Call::all)
}

impl Call {
    /// Operations of this call and of those before.
    fn all(&self) -> u64 {
        self.earlier.get().saturating_add(self.counted.get()).saturating_add(self.spent.get())
    }

    /// Bytes that the script holds. Tensors count even where nobody counts the heap.
    fn held(&self, now: Counts) -> i64 {
        (now.held.wrapping_sub(self.start.get().held) + self.kept.get()).max(self.tensors.get())
    }

    fn exhausted(&self, now: Counts) -> Option<Limit> {
        let start = self.start.get();
        let copied = now.bytes.wrapping_sub(start.bytes) / BYTES_AN_OPERATION + now.blocks.wrapping_sub(start.blocks);
        let (counted, most) = (self.counted.get(), self.most.get());
        let limit = if counted > most / 2 { Limit::Operations } else { Limit::Work };
        (counted.saturating_add(self.spent.get()).saturating_add(copied) > most).then_some(limit)
    }

    fn look(&self) -> Option<Limit> {
        let now = heap::counts();
        let held = self.held(now);
        if held > HELD {
            Some(Limit::Memory)
        } else if held - self.tensors.get() > LISTS {
            Some(Limit::Lists)
        } else if let Some(limit) = self.exhausted(now) {
            Some(limit)
        } else if self.counted.get().is_multiple_of(OPERATIONS_A_LOOK) && self.deadline.get().is_some_and(is_past) {
            Some(Limit::Time)
        } else {
            None
        }
    }
}

/// Rhai is about to do an operation: whether the call must end, and why.
pub(super) fn progress(operations: u64) -> Option<Dynamic> {
    CALL.with(|call| {
        call.counted.set(operations);
        call.look().map(Dynamic::from)
    })
}

/// Pays for work that is about to be done, in operations.
///
/// # Errors
/// The call has none left.
pub(super) fn spend(operations: usize) -> Fallible<()> {
    CALL.with(|call| {
        call.spent.set(call.spent.get().saturating_add(operations as u64));
        call.exhausted(heap::counts()).map_or(Ok(()), |limit| Err(limit.error()))
    })
}

/// A tensor of so many numbers may be made.
///
/// # Errors
/// The script would hold too much.
pub(super) fn afford_tensor(numbers: usize) -> Fallible<()> {
    let held = CALL.with(|call| call.held(heap::counts()));
    let fits = i64::try_from(numbers.saturating_mul(size_of::<f64>())).is_ok_and(|bytes| bytes <= HELD - held);
    if fits { Ok(()) } else { Err(Limit::Memory.error()) }
}

/// A list of so many elements may be made.
///
/// # Errors
/// The script would hold too much.
pub(super) fn afford_list(elements: usize) -> Fallible<()> {
    let lists = CALL.with(|call| call.held(heap::counts()) - call.tensors.get());
    let fits = i64::try_from(elements.saturating_mul(size_of::<Dynamic>())).is_ok_and(|bytes| bytes <= LISTS - lists);
    if fits { Ok(()) } else { Err(Limit::Lists.error()) }
}

/// The bytes of a tensor, counted as such for as long as this lives.
#[derive(Debug)]
pub(super) struct OfTensor(i64);

impl OfTensor {
    pub fn new(numbers: usize) -> Self {
        let bytes = (numbers * size_of::<f64>()) as i64;
        CALL.with(|call| call.tensors.set(call.tensors.get() + bytes));
        Self(bytes)
    }
}

impl Drop for OfTensor {
    fn drop(&mut self) {
        CALL.with(|call| call.tensors.set(call.tensors.get() - self.0));
    }
}

/// A line that a script prints, as it is to be kept: cut, or nothing if the call has printed too many. The last one that is
/// kept says so.
pub(super) fn printed(line: &str) -> Option<String> {
    let before = CALL.with(|call| call.printed.replace(call.printed.get().saturating_add(1)));
    match before {
        0..PRINTS => Some(cut(line.to_owned(), LINE)),
        PRINTS => Some(format!("... more than {PRINTS} lines in one call: the rest is not printed")),
        _ => None,
    }
}

#[cfg(test)]
#[path = "budget_tests.rs"]
mod tests;
