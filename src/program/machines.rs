//! A program run by several threads at once, each over parameters of its own: large ones are shared among the rayon pool
//! in which they are asked for.
//!
//! It changes no bit. A parameter's sums are one thread's, in their order; only a program without any is cut within a
//! parameter.

use std::ops::Range;

use arrayvec::ArrayVec;

use super::Real;
use super::compile::Program;
use super::machine::{Call, Machine, TENSORS};

/// Elements from which a run is shared: some ten microseconds of work.
const SHARED: usize = 32_768;

/// Machines for as many threads as may work: one, until a large run is asked for in a pool.
#[derive(Debug, Clone)]
pub struct Machines<F>(Vec<Machine<F>>);

impl<F: Real> Machines<F> {
    /// One machine.
    pub fn new() -> Self {
        Self(vec![Machine::new()])
    }

    /// Makes room for a program, so that running it allocates nothing where one thread works.
    pub fn fit(&mut self, program: &Program) {
        self.0.iter_mut().for_each(|machine| machine.fit(program));
    }

    /// Runs the program over all segments, as [`Machine::run`]; one that is watched is not shared.
    pub fn run(&mut self, program: &Program, mut call: Call<'_, F>) {
        let size = || call.segments.iter().map(Range::len).sum::<usize>();
        let shared = rayon::current_thread_index().is_some() && call.watch.is_none() && size() >= SHARED;
        let threads = if shared { rayon::current_num_threads() } else { 1 };
        if self.0.len() < threads {
            self.0.resize_with(threads, Machine::new);
        }
        if threads == 1 {
            return self.0[0].run_at(program, &mut call, 0);
        }
        let Call { constants, uniforms, reads, writes, segments, numbers, measures, .. } = call;
        let part = Part { base: 0, constants, uniforms, reads, writes, segments, numbers, measures };
        run(&mut self.0[..threads], program, part);
    }
}

impl<F: Real> Default for Machines<F> {
    fn default() -> Self {
        Self::new()
    }
}

/// A part of a call that nobody watches: its tensors are what an arena has from `base` on.
struct Part<'a, F> {
    base: usize,
    constants: &'a [f64],
    uniforms: &'a [f64],
    reads: ArrayVec<&'a [F], TENSORS>,
    writes: ArrayVec<&'a mut [F], TENSORS>,
    segments: &'a [Range<usize>],
    numbers: &'a mut [f64],
    measures: &'a mut [f64],
}

/// Runs a part of a program by all machines.
fn run<F: Real>(machines: &mut [Machine<F>], program: &Program, part: Part<'_, F>) {
    let of = machines.len();
    let (first, second) = machines.split_at_mut(of / 2);
    if let (Some(at), false) = (between(part.segments, first.len(), of), first.is_empty()) {
        let (place, (a, b)) = (part.segments[at].start, part.segments.split_at(at));
        return both([first, second], program, part.halves([a, b], place));
    }
    if let ([whole], true, false) = (part.segments, program.is_pointwise(), first.is_empty()) {
        let middle = whole.start + (whole.len() * first.len() / of).next_multiple_of(16).min(whole.len());
        let (a, b) = ([whole.start..middle], [middle..whole.end]);
        return both([first, second], program, part.halves([&a, &b], middle));
    }
    if let [machine, ..] = second {
        let Part { base, constants, uniforms, reads, writes, segments, numbers, measures } = part;
        let mut call = Call { constants, uniforms, reads, writes, segments, numbers, measures, watch: None };
        machine.run_at(program, &mut call, base);
    }
}

fn both<F: Real>(machines: [&mut [Machine<F>]; 2], program: &Program, parts: [Part<'_, F>; 2]) {
    let ([first, second], [a, b]) = (machines, parts);
    rayon::join(|| run(first, program, a), || run(second, program, b));
}

/// The segment at which to begin the second part, so that the first has about `share` of `of` elements; none if there is
/// one segment only, or if they do not lie in order.
fn between(segments: &[Range<usize>], share: usize, of: usize) -> Option<usize> {
    let ordered = segments.windows(2).all(|pair| pair[0].end <= pair[1].start);
    let (begin, end) = (segments.first()?.start, segments.last()?.end);
    let wanted = begin + (end - begin) * share / of;
    (1..segments.len()).filter(|_| ordered).min_by_key(|at| segments[*at].start.abs_diff(wanted))
}

impl<'a, F> Part<'a, F> {
    /// What lies before a place in the arena and what lies after it, with the segments of each.
    fn halves(self, segments: [&'a [Range<usize>]; 2], place: usize) -> [Self; 2] {
        let Self { base, constants, uniforms, reads, writes, numbers, measures, .. } = self;
        // As many for each segment.
        let [all, before] = [self.segments.len().max(1), segments[0].len()];
        let (numbers, more_numbers) = numbers.split_at_mut(numbers.len() / all * before);
        let (measures, more_measures) = measures.split_at_mut(measures.len() / all * before);
        let (reads, more_reads): (ArrayVec<_, TENSORS>, ArrayVec<_, TENSORS>) =
            reads.into_iter().map(|tensor| tensor.split_at(place - base)).unzip();
        let (writes, more_writes): (ArrayVec<_, TENSORS>, ArrayVec<_, TENSORS>) =
            writes.into_iter().map(|tensor| tensor.split_at_mut(place - base)).unzip();
        let [segments, more_segments] = segments;
        [
            Part { base, constants, uniforms, reads, writes, segments, numbers, measures },
            Part {
                base: place,
                constants,
                uniforms,
                reads: more_reads,
                writes: more_writes,
                segments: more_segments,
                numbers: more_numbers,
                measures: more_measures,
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::{Activation, Binary, Graph, Pointwise, Reduction, Slot, Unary, Wanted, X};

    /// The weights, a state, and a number and a norm for each parameter after three steps of `W -= n s`, `s += dW`, with a
    /// number that counts.
    fn steps(machines: &mut Machines<f32>, segments: &[Range<usize>]) -> (Vec<f32>, Vec<f32>, Vec<f64>, Vec<f64>) {
        let mut graph = Graph::default();
        let (g, w, s) = (graph.tensor(Slot::Read(0)), graph.tensor(Slot::Write(0)), graph.tensor(Slot::Write(1)));
        let (n, one) = (graph.number(0), graph.constant(1.0));
        let s = graph.binary(Binary::Add, s, g);
        let step = graph.binary(Binary::Mul, n, s);
        let (w, n) = (graph.binary(Binary::Sub, w, step), graph.binary(Binary::Add, n, one));
        let squares = graph.reduce(Reduction::Dot, step, step);
        let wanted =
            Wanted { tensors: &[(0, w), (1, s)], numbers: &[(0, n)], measures: &[squares], ..Wanted::default() };
        let program = Program::new(&graph, &wanted);
        let len = segments.last().unwrap().end;
        let dw: Vec<f32> = (0..len).map(|i| (i as f32 * 0.37).sin()).collect();
        let (mut w, mut s) = (dw.clone(), vec![0.5; len]);
        let (mut numbers, mut measures) = (vec![0.25; segments.len()], vec![0.0; segments.len()]);
        for _ in 0..3 {
            let call = Call {
                constants: program.constants(),
                uniforms: &[],
                reads: [&dw[..]].into_iter().collect(),
                writes: [&mut w[..], &mut s[..]].into_iter().collect(),
                segments,
                numbers: &mut numbers,
                measures: &mut measures,
                watch: None,
            };
            machines.run(&program, call);
        }
        (w, s, numbers, measures)
    }

    #[test]
    fn a_run_that_is_shared_has_the_same_bits() {
        let one_large = 0..3 * SHARED;
        let many: Vec<_> = [16, 5_000, 40_000, 40_048, 90_000].windows(2).map(|pair| pair[0]..pair[1] - 3).collect();
        for segments in [&[one_large][..], &many[..]] {
            let alone = steps(&mut Machines::new(), segments);
            for threads in [1, 2, 3, 6] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let mut machines = Machines::new();
                assert!(pool.install(|| steps(&mut machines, segments)) == alone, "{threads} threads");
                assert_eq!(machines.0.len(), threads, "as many machines as threads");
            }
        }
    }

    #[test]
    fn an_activation_that_is_shared_has_the_same_bits() {
        let mut graph = Graph::default();
        let x = graph.tensor(X);
        let y = graph.unary(Unary::Tanh, x);
        let mut activation = Activation::<f32>::new(graph, y);
        let len = 2 * SHARED + 21;
        let x: Vec<f32> = (0..len).map(|i| (i as f32 * 0.37).sin()).collect();
        let mut both = || {
            let (mut y, mut dx) = (vec![0.0; len], x.clone());
            activation.forward(&x, &mut y);
            activation.backward(&x, &y, &mut dx);
            (y, dx)
        };
        let alone = both();
        for threads in [2, 3, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert!(pool.install(&mut both) == alone, "{threads} threads");
        }
    }
}
