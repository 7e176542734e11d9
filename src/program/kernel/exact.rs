//! Reductions whose sums in lanes of `F` left its range, summed once more in `f64`: the squares of `f32` begin to vanish
//! below 1e-19 and are infinite beyond 1e19, while those of its whole range are numbers of `f64`. It takes some time, which
//! only a parameter takes whose numbers are so small or so large.
//!
//! In plain Rust, element by element in fixed lanes: the bits are the same on every processor and for any number of threads.

use std::ops::Range;

use super::pass::Bound;
use super::sums::by_halves;
use super::{LANES, Ready};
use crate::program::Real;
use crate::program::compile::Phase;
use crate::program::ops::Reduction;

/// Whether a reduction over so many elements is right. Each product may lose half of the smallest denormal number, so a sum
/// of normal numbers keeps its digits. Where `F` is `f64` there is nothing wider.
fn holds<F: Real>(kind: Reduction, value: f64, len: usize) -> bool {
    size_of::<F>() == size_of::<f64>()
        || match kind {
            Reduction::MaxAbs => true,
            Reduction::Sum => value.is_finite(),
            Reduction::Dot | Reduction::Distance => value.is_finite() && value.abs() >= len as f64 * F::TINY.to_f64(),
        }
}

/// Adds `len` terms of a reduction, whose operands begin at `start` in their tensors.
#[inline(never)]
pub(super) fn sum_exactly<F: Real>(
    ready: &Ready<F>,
    kind: Reduction,
    start: usize,
    len: usize,
    sums: &mut [f64; LANES],
) {
    let operand = |k: usize, at: usize| {
        let at = if ready.is_scalar(k) { 0 } else { at };
        // SAFETY: the block lies in its tensor, and of a scalar the first of its chunk is read.
        unsafe { *ready.operand(k, start).add(at) }.to_f64()
    };
    for at in 0..len {
        let a = operand(0, at);
        sums[at % LANES] += match kind {
            Reduction::Sum => a,
            Reduction::MaxAbs => 0.0,
            Reduction::Dot => a * operand(1, at),
            Reduction::Distance => {
                let step = a - operand(1, at);
                step * step
            }
        };
    }
}

impl<F: Real> Bound<'_, F> {
    /// Sums those of a phase's reductions once more that do not hold, if it can be done: over the parameter that lies there.
    /// `first` is the place of the first instruction of `exact` among the program's.
    #[inline]
    pub fn mend(&mut self, exact: &Phase, first: usize, place: Range<usize>, reduced: &mut [f64]) {
        let len = place.len();
        if exact.reductions.iter().all(|(kind, number)| holds::<F>(*kind, reduced[usize::from(*number)], len)) {
            return;
        }
        for (_, number) in &exact.reductions {
            self.scratch.exact_sums[usize::from(*number)] = [0.0; LANES];
        }
        self.blocks(exact, first, false, place, &mut None);
        for (kind, number) in &exact.reductions {
            let number = usize::from(*number);
            if !holds::<F>(*kind, reduced[number], len) {
                reduced[number] = by_halves(&self.scratch.exact_sums[number]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::program::kernel::Scratch;
    use crate::program::{
        Binary, Call, Folding, Graph, Machine, Machines, NodeId, Program, Real, Reduction, Slot, Unary,
    };
    use crate::program::{Wanted, norm_of};
    use crate::simd::Level;

    /// What a program gives of tensors: `x`, which it reads, and `w`, which it may write.
    fn run<F: Real>(machine: &mut Machine<F>, program: &Program, x: &[F], w: &mut [F], measures: &mut [f64]) {
        machine.run(program, call(program, x, w, &[0..x.len()], measures));
    }

    fn call<'a, F>(
        program: &'a Program,
        x: &'a [F],
        w: &'a mut [F],
        segments: &'a [std::ops::Range<usize>],
        measures: &'a mut [f64],
    ) -> Call<'a, F> {
        Call {
            constants: program.constants(),
            uniforms: &[],
            reads: [x].into_iter().collect(),
            writes: [w].into_iter().collect(),
            segments,
            numbers: &mut [],
            measures,
            watch: None,
        }
    }

    fn tensors(graph: &mut Graph) -> (NodeId, NodeId) {
        (graph.tensor(Slot::Read(0)), graph.tensor(Slot::Write(0)))
    }

    /// Numbers of the sizes `10^exponent`, one after the other.
    fn numbers(exponents: &[f64], len: usize) -> Vec<f32> {
        let size = |i: usize| libm::pow(10.0, exponents[i % exponents.len()]);
        (0..len).map(|i| ((1.0 + (i % 7) as f64) * size(i) * if i % 3 == 0 { -0.1 } else { 0.1 }) as f32).collect()
    }

    fn wide(x: &[f32]) -> impl Iterator<Item = f64> + Clone + '_ {
        x.iter().map(|x| f64::from(*x))
    }

    fn near(got: f64, expected: f64, what: &str) {
        assert!((got / expected - 1.0).abs() < 1e-5 || got == expected, "{what}: {got:e} for {expected:e}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn sums_are_those_of_f64_and_the_same_bits_everywhere(
            exponents in prop::collection::vec(-41.0..38.0_f64, 1..4),
            len in prop_oneof![1_usize..40, 2000..2100_usize, Just(66_000_usize)],
        ) {
            let mut graph = Graph::new(Folding::Full);
            let (x, w) = tensors(&mut graph);
            let kinds = [(Reduction::Dot, x, x), (Reduction::Dot, x, w), (Reduction::Distance, x, w), (Reduction::Sum, x, x)];
            let measures = kinds.map(|(kind, a, b)| graph.reduce(kind, a, b));
            let program = Program::new(&graph, &Wanted { measures: &measures, ..Wanted::default() });
            let x = numbers(&exponents, len);
            // Of the same signs, so that nothing cancels in the product.
            let mut w: Vec<f32> = x.iter().map(|x| -0.25 * x).collect();
            let mut found = [0.0; 4];
            run(&mut Machine::on(Scratch::on(Level::Portable)), &program, &x, &mut w, &mut found);
            let pairs = || wide(&x).zip(wide(&w));
            near(found[0], wide(&x).map(|x| x * x).sum(), "dot(x, x)");
            near(found[1], pairs().map(|(x, w)| x * w).sum(), "dot(x, w)");
            near(found[2], pairs().map(|(x, w)| (x - w) * (x - w)).sum(), "distance");
            prop_assert!(found[3].is_finite());
            for level in Level::available() {
                let mut other = [0.0; 4];
                run(&mut Machine::on(Scratch::on(level)), &program, &x, &mut w, &mut other);
                prop_assert_eq!(found.map(f64::to_bits), other.map(f64::to_bits), "{}", level.name());
            }
            for threads in [2, 3] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let mut other = [0.0; 4];
                let segments = [0..len];
                pool.install(|| Machines::new().run(&program, call(&program, &x, &mut w, &segments, &mut other)));
                prop_assert_eq!(found.map(f64::to_bits), other.map(f64::to_bits), "{} threads", threads);
            }
        }

        #[test]
        fn what_is_divided_by_its_norm_has_the_norm_1(exponent in -37.0..37.0_f64, len in 1_usize..5000) {
            let mut graph = Graph::new(Folding::Full);
            let (x, w) = tensors(&mut graph);
            let sum = graph.binary(Binary::Add, x, w);
            let squares = graph.reduce(Reduction::Dot, sum, sum);
            let norm = graph.unary(Unary::Sqrt, squares);
            let unit = graph.binary(Binary::Div, sum, norm);
            let after = graph.reduce(Reduction::Dot, w, w);
            let program = Program::new(&graph, &Wanted { tensors: &[(0, unit)], measures: &[norm, after], ..Wanted::default() });
            let x = numbers(&[exponent], len);
            let mut w = vec![0.0; len];
            let mut found = [0.0; 2];
            run(&mut Machine::new(), &program, &x, &mut w, &mut found);
            near(found[0], norm_of(wide(&x)), "the norm");
            near(norm_of(wide(&w)), 1.0, "the norm of what came out");
            prop_assert_eq!(found[1], 0.0);
            // The weights are overwritten by the pass that measures them, and right all the same.
            let mut old = numbers(&[exponent], len);
            let zeros = vec![0.0; len];
            run(&mut Machine::new(), &program, &zeros, &mut old, &mut found);
            near(found[1].sqrt(), found[0], "the norm of the weights before");
        }
    }

    #[test]
    fn what_is_not_finite_stays_so() {
        let mut graph = Graph::new(Folding::Full);
        let (x, _) = tensors(&mut graph);
        let squares = graph.reduce(Reduction::Dot, x, x);
        let program = Program::new(&graph, &Wanted { measures: &[squares], ..Wanted::default() });
        let dot = |x: &[f32]| {
            let mut found = [0.0];
            run(&mut Machine::new(), &program, x, &mut x.to_vec(), &mut found);
            found[0]
        };
        assert_eq!(dot(&[1.0, f32::NEG_INFINITY, 1e-30]), f64::INFINITY);
        assert!(dot(&[1e-30, f32::NAN]).is_nan());
        assert_eq!([dot(&[0.0; 9]), dot(&[])], [0.0, 0.0]);
    }
}
