//! A program run by several threads at once, each over parameters of its own: large ones are shared among the rayon pool
//! in which they are asked for.
//!
//! It changes no bit. The sums of a long parameter are those of its two halves wherever they are run, and two threads share
//! it; those of a shorter one are one thread's. A program without any is cut anywhere.

use std::ops::Range;

use arrayvec::ArrayVec;

use super::Real;
use super::compile::Program;
use super::kernel::{HALVED, first_half};
use super::machine::{Call, Ending, Machine, TENSORS};

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
        share(&mut self.0[..threads], program, part);
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

/// Runs a program by all machines: by two the halves of a long parameter, by each those of its own what lies between.
fn share<F: Real>(machines: &mut [Machine<F>], program: &Program, mut part: Part<'_, F>) {
    let by_halves = program.has_halves() && !program.is_pointwise() && in_order(part.segments);
    let long = |segment: &Range<usize>| by_halves && segment.len() >= HALVED;
    while let Some(at) = part.segments.iter().position(long) {
        let [between, rest] = part.cut(at);
        run_all(machines, program, between);
        let [parameter, rest] = rest.cut(1);
        run_halves(machines, program, parameter);
        part = rest;
    }
    run_all(machines, program, part);
}

/// Runs what is worth it by all machines, and the rest by the first.
fn run_all<F: Real>(machines: &mut [Machine<F>], program: &Program, part: Part<'_, F>) {
    let size: usize = part.segments.iter().map(Range::len).sum();
    match part.segments {
        [] => (),
        _ if size < SHARED => run(&mut machines[..1], program, part),
        _ => run(machines, program, part),
    }
}

/// Runs the halves of a part that is one parameter.
fn run_halves<F: Real>(machines: &mut [Machine<F>], program: &Program, mut part: Part<'_, F>) {
    let ([first, second, ..], [whole]) = (&mut *machines, part.segments) else { return run(machines, program, part) };
    let (length, middle) = (whole.len(), whole.start + first_half(whole.len()));
    let (constants, uniforms) = (part.constants, part.uniforms);
    let (numbers, measures) = (std::mem::take(&mut part.numbers), std::mem::take(&mut part.measures));
    let (upper, lower) = ([whole.start..middle], [middle..whole.end]);
    let [a, b] = part.again().halves([&upper, &lower], middle);
    let half = |machine: &mut Machine<F>, part: Part<'_, F>, numbers: &[f64]| {
        let (base, mut call) = part.call();
        machine.half(program, &mut call, base, length, numbers);
    };
    let given = &*numbers;
    rayon::join(|| half(first, a, given), || half(second, b, given));
    let (base, mut call) = part.call();
    first.end_halves(program, second, &mut call, base, Ending { constants, uniforms, length, numbers, measures });
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
        let (base, mut call) = part.call();
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
    let ordered = in_order(segments);
    let (begin, end) = (segments.first()?.start, segments.last()?.end);
    let wanted = begin + (end - begin) * share / of;
    (1..segments.len()).filter(|_| ordered).min_by_key(|at| segments[*at].start.abs_diff(wanted))
}

fn in_order(segments: &[Range<usize>]) -> bool {
    segments.windows(2).all(|pair| pair[0].end <= pair[1].start)
}

impl<'a, F> Part<'a, F> {
    /// The base, and the call without it.
    fn call(self) -> (usize, Call<'a, F>) {
        let Self { base, constants, uniforms, reads, writes, segments, numbers, measures } = self;
        (base, Call { constants, uniforms, reads, writes, segments, numbers, measures, watch: None })
    }

    /// The same part once more, without its numbers and measures.
    fn again(&mut self) -> Part<'_, F> {
        Part {
            base: self.base,
            constants: self.constants,
            uniforms: self.uniforms,
            reads: self.reads.clone(),
            writes: self.writes.iter_mut().map(|tensor| &mut **tensor).collect(),
            segments: self.segments,
            numbers: &mut [],
            measures: &mut [],
        }
    }

    /// The first so many segments, and the others.
    fn cut(self, at: usize) -> [Self; 2] {
        let (first, second) = self.segments.split_at(at);
        // Where there is nothing on one side, all lies on the other.
        let place = match (first, second) {
            ([], _) => self.base,
            (_, [next, ..]) => next.start,
            ([.., last], []) => last.end,
        };
        self.halves([first, second], place)
    }

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
    use crate::program::{Activation, Binary, Graph, Pointwise, Reduction, Slot, Unary, Wanted, Watch, X};

    /// What is measured besides the norm of the step.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Also {
        Nothing,
        Largest,
        /// The step's distance from a share of its own sum: a second pass.
        Spread,
    }

    /// The weights, a state, and a number and measures for each parameter after three steps of `W -= n s`, `s += dW`, with a
    /// number that counts.
    fn steps<F: Real>(
        machines: &mut Machines<F>,
        segments: &[Range<usize>],
        also: Also,
    ) -> (Vec<F>, Vec<F>, Vec<f64>, Vec<f64>) {
        let mut graph = Graph::default();
        let (g, w, s) = (graph.tensor(Slot::Read(0)), graph.tensor(Slot::Write(0)), graph.tensor(Slot::Write(1)));
        let (n, one) = (graph.number(0), graph.constant(1.0));
        let s = graph.binary(Binary::Add, s, g);
        let step = graph.binary(Binary::Mul, n, s);
        let (w, n) = (graph.binary(Binary::Sub, w, step), graph.binary(Binary::Add, n, one));
        let squares = graph.reduce(Reduction::Dot, step, step);
        let other = match also {
            Also::Nothing => squares,
            Also::Largest => graph.reduce(Reduction::MaxAbs, step, step),
            Also::Spread => {
                let sum = graph.reduce(Reduction::Sum, step, step);
                let share = graph.constant(1e-5);
                let mean = graph.binary(Binary::Mul, sum, share);
                let mean = graph.broadcast(mean);
                graph.reduce(Reduction::Distance, step, mean)
            }
        };
        let measures = &[squares, other];
        let wanted = Wanted { tensors: &[(0, w), (1, s)], numbers: &[(0, n)], measures, ..Wanted::default() };
        let program = Program::new(&graph, &wanted);
        let len = segments.last().unwrap().end;
        let dw: Vec<F> = (0..len).map(|i| F::from_f64((i as f64 * 0.37).sin())).collect();
        let (mut w, mut s) = (dw.clone(), vec![F::from_f64(0.5); len]);
        let (mut numbers, mut measures) = (vec![0.25; segments.len()], vec![0.0; 2 * segments.len()]);
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

    /// In `f64` as well: a few hundred sums of `f32` are added without rounding, so their order does not show.
    #[test]
    fn a_run_that_is_shared_has_the_same_bits() {
        fn check<F: Real>() {
            let one_large = [0..3 * SHARED];
            let many: Vec<_> =
                [16, 5_000, 40_000, 40_048, 90_000].windows(2).map(|pair| pair[0]..pair[1] - 3).collect();
            let (long, longer) = (16..16 + HALVED, 100_000..100_000 + 3 * HALVED + 77);
            let mixed = [0..9, long, 90_000..90_500, longer, 400_000..400_016, 410_000..410_000 + SHARED];
            let cases = [&one_large[..], &many[..], &mixed[..]]
                .map(|segments| [Also::Nothing, Also::Largest, Also::Spread].map(|also| (segments, also)));
            for (segments, also) in cases.into_iter().flatten() {
                let alone = steps(&mut Machines::<F>::new(), segments, also);
                for threads in [1, 2, 3, 6] {
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                    let mut machines = Machines::new();
                    let shared = pool.install(|| steps(&mut machines, segments, also));
                    assert!(shared == alone, "{threads} threads, {also:?}");
                    assert_eq!(machines.0.len(), threads, "as many machines as threads");
                }
            }
        }
        check::<f32>();
        check::<f64>();
    }

    /// Every element of a long parameter, and where it lies.
    #[derive(Default)]
    struct Seen(Vec<(usize, f32)>);

    impl Watch<f32> for Seen {
        fn block(&mut self, name: usize, parameter: usize, start: usize, values: &[f32]) {
            assert_eq!([name, parameter], [0, 1]);
            self.0.extend(values.iter().enumerate().map(|(at, value)| (start + at, *value)));
        }
        fn scalar(&mut self, _: usize, _: usize, _: f64) {}
    }

    #[test]
    fn both_halves_of_a_long_parameter_are_watched_and_summed() {
        let mut graph = Graph::default();
        let x = graph.tensor(Slot::Read(0));
        let y = graph.binary(Binary::Add, x, x);
        let sum = graph.reduce(Reduction::Sum, y, y);
        let program = Program::new(&graph, &Wanted { watched: &[y], measures: &[sum], ..Wanted::default() });
        let len = HALVED + 5_001;
        let x: Vec<f32> = (0..16 + len).map(|i| (i % 1000) as f32).collect();
        let (mut seen, mut sums) = (Seen::default(), [0.0; 2]);
        let call = Call {
            constants: program.constants(),
            uniforms: &[],
            reads: [&x[..]].into_iter().collect(),
            writes: [].into_iter().collect(),
            segments: &[0..0, 16..16 + len],
            numbers: &mut [],
            measures: &mut sums,
            watch: Some(&mut seen),
        };
        Machines::new().run(&program, call);
        assert_eq!(seen.0.len(), len);
        assert!(seen.0.iter().enumerate().all(|(at, seen)| *seen == (at, 2.0 * x[16 + at])));
        assert_eq!(sums, [0.0, seen.0.iter().map(|(_, y)| f64::from(*y)).sum()]);
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
