//! Chains against their instructions one by one, every level against the plain one, and both against the
//! formulas written out in a loop.

use super::{Group, Scratch, Task, repertoire};
use crate::program::compile::Wanted;
use crate::program::{Aligned, Binary, Call, Folding, Graph, Machine, NodeId, Program, Real, Reduction, Slot, Unary};
use crate::simd::Level;

/// A graph with shorter names: what an update writes.
struct Formula {
    graph: Graph,
    w: NodeId,
    g: NodeId,
}

impl Formula {
    fn new() -> Self {
        let mut graph = Graph::new(Folding::Full);
        let (w, g) = (graph.tensor(Slot::Write(0)), graph.tensor(Slot::Read(0)));
        Self { graph, w, g }
    }
    fn state(&mut self, number: u8) -> NodeId {
        self.graph.tensor(Slot::Write(number))
    }
    /// A scalar that is no constant.
    fn h(&mut self, number: u16) -> NodeId {
        self.graph.uniform(number)
    }
    fn add(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.graph.binary(Binary::Add, a, b)
    }
    fn sub(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.graph.binary(Binary::Sub, a, b)
    }
    fn mul(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.graph.binary(Binary::Mul, a, b)
    }
    /// `h[0] state + h[1] x`, or `h[6] state + h[7] x x`.
    fn average(&mut self, state: NodeId, x: NodeId, squared: bool) -> NodeId {
        let (decay, share) = if squared { (self.h(6), self.h(7)) } else { (self.h(0), self.h(1)) };
        let kept = self.mul(decay, state);
        let mut new = self.mul(share, x);
        if squared {
            new = self.mul(new, x);
        }
        self.add(kept, new)
    }
    /// `from - h[2] top / (sqrt(below) + h[3])`.
    fn divided_step(&mut self, from: NodeId, top: NodeId, below: NodeId) -> NodeId {
        let (rate, eps) = (self.h(2), self.h(3));
        let root = self.graph.unary(Unary::Sqrt, below);
        let (top, bottom) = (self.mul(rate, top), self.add(root, eps));
        let quotient = self.graph.binary(Binary::Div, top, bottom);
        self.sub(from, quotient)
    }
    /// `from - h[2] x`.
    fn step(&mut self, from: NodeId, x: NodeId) -> NodeId {
        let rate = self.h(2);
        let step = self.mul(rate, x);
        self.sub(from, step)
    }
    /// The new w and states, measured.
    fn program(mut self, outputs: &[NodeId]) -> Program {
        let tensors: Vec<(u8, NodeId)> = outputs.iter().enumerate().map(|(at, id)| (at as u8, *id)).collect();
        let moved = self.graph.reduce(Reduction::Distance, outputs[0], self.w);
        Program::new(&self.graph, &Wanted { tensors: &tensors, measures: &[moved], ..Wanted::default() })
    }
}

/// One element's update: `h`, g, and w with the states, which it changes.
type Plain = fn(&[f32; 8], f32, &mut [f32; 3]);

/// What is chained into one kernel, with the same written out.
fn updates() -> Vec<(&'static str, Program, Plain)> {
    let mut all: Vec<(&'static str, Program, Plain)> = Vec::new();

    let corrected = |with: &str| {
        let mut f = Formula::new();
        let (v, s, largest) = (f.state(1), f.state(2), f.state(3));
        let (v, s) = (f.average(v, f.g, false), f.average(s, f.g, true));
        let mut outputs = vec![f.w, v, s];
        let (first, second) = (f.h(4), f.h(5));
        let (mut from, mut squares) = (f.w, s);
        if with == "decay" {
            let kept = f.h(1);
            from = f.mul(kept, f.w);
        } else if with == "largest" {
            squares = f.graph.binary(Binary::Max, largest, s);
            outputs.push(squares);
        }
        let (v_hat, s_hat) = (f.mul(v, first), f.mul(squares, second));
        outputs[0] = f.divided_step(from, v_hat, s_hat);
        f.program(&outputs)
    };
    all.push(("averages and corrected step", corrected(""), |h, g, [w, v, s]| {
        *v = h[0] * *v + h[1] * g;
        *s = h[6] * *s + h[7] * g * g;
        *w -= h[2] * (h[4] * *v) / ((h[5] * *s).sqrt() + h[3]);
    }));
    all.push(("with decay", corrected("decay"), |h, g, [w, v, s]| {
        *v = h[0] * *v + h[1] * g;
        *s = h[6] * *s + h[7] * g * g;
        *w = h[1] * *w - h[2] * (h[4] * *v) / ((h[5] * *s).sqrt() + h[3]);
    }));
    // The largest is not compared: three states are.
    all.push(("with the largest", corrected("largest"), |h, g, [w, v, s]| {
        *v = h[0] * *v + h[1] * g;
        *s = h[6] * *s + h[7] * g * g;
        *w -= h[2] * (h[4] * *v) / ((h[5] * s.max(1.0)).sqrt() + h[3]);
    }));

    let mut f = Formula::new();
    let v = f.state(1);
    let v = f.average(v, f.g, false);
    let w = f.step(f.w, v);
    all.push(("average and step", f.program(&[w, v]), |h, g, [w, v, _]| {
        *v = h[0] * *v + h[1] * g;
        *w -= h[2] * *v;
    }));

    let mut f = Formula::new();
    let v = f.state(1);
    let v = f.average(v, f.g, false);
    let correction = f.h(4);
    let v_hat = f.mul(v, correction);
    let w = f.step(f.w, v_hat);
    all.push(("average, scaled, and step", f.program(&[w, v]), |h, g, [w, v, _]| {
        *v = h[0] * *v + h[1] * g;
        *w -= h[2] * (h[4] * *v);
    }));

    let mut f = Formula::new();
    let s = f.state(1);
    let s = f.average(s, f.g, true);
    let w = f.divided_step(f.w, f.g, s);
    all.push(("average of squares and step", f.program(&[w, s]), |h, g, [w, s, _]| {
        *s = h[6] * *s + h[7] * g * g;
        *w -= h[2] * g / (s.sqrt() + h[3]);
    }));

    let mut f = Formula::new();
    let (s, square) = (f.state(1), f.mul(f.g, f.g));
    let s = f.add(s, square);
    let w = f.divided_step(f.w, f.g, s);
    all.push(("sum of squares and step", f.program(&[w, s]), |h, g, [w, s, _]| {
        *s += g * g;
        *w -= h[2] * g / (s.sqrt() + h[3]);
    }));

    let mut f = Formula::new();
    let (v, decay) = (f.state(1), f.h(0));
    let kept = f.mul(decay, v);
    let v = f.add(kept, f.g);
    let w = f.step(f.w, v);
    all.push(("decayed sum and step", f.program(&[w, v]), |h, g, [w, v, _]| {
        *v = h[0] * *v + g;
        *w -= h[2] * *v;
    }));

    let mut f = Formula::new();
    let (v, decay) = (f.state(1), f.h(0));
    let kept = f.mul(decay, v);
    let v = f.add(kept, f.g);
    let more = f.mul(decay, v);
    let ahead = f.add(f.g, more);
    let w = f.step(f.w, ahead);
    all.push(("decayed sum, a look ahead, and step", f.program(&[w, v]), |h, g, [w, v, _]| {
        *v = h[0] * *v + g;
        *w -= h[2] * (h[0] * *v + g);
    }));
    all
}

const H: [f64; 8] = [0.9, 0.1, 0.01, 1e-8, 1.7, 3.1, 0.99, 0.02];

/// Three steps; returns w, the first two states, and the distances of w.
fn run<F: Real>(program: &Program, level: Level, len: usize) -> (Vec<Vec<F>>, Vec<f64>) {
    run_on(&mut Machine::on(Scratch::on(level)), program, len)
}

fn run_on<F: Real>(machine: &mut Machine<F>, program: &Program, len: usize) -> (Vec<Vec<F>>, Vec<f64>) {
    let wave = |phase: f64| {
        let mut tensor = Aligned::<F>::zeros(len);
        tensor.iter_mut().enumerate().for_each(|(i, x)| *x = F::from_f64((i as f64 * 0.7 + phase).sin()));
        tensor
    };
    let ones = || {
        let mut tensor = Aligned::<F>::zeros(len);
        tensor.fill(F::ONE);
        tensor
    };
    let (g, mut tensors) = (wave(1.0), [wave(0.0), ones(), ones(), ones()]);
    let mut moved = Vec::new();
    for _ in 0..3 {
        let mut measures = [f64::NAN];
        machine.run(
            program,
            Call {
                constants: program.constants(),
                uniforms: &H,
                reads: [&*g].into_iter().collect(),
                writes: tensors.iter_mut().map(|tensor| &mut **tensor).collect(),
                segments: &[0..len],
                numbers: &mut [],
                measures: &mut measures,
                watch: None,
            },
        );
        moved.push(measures[0]);
    }
    (tensors[..3].iter().map(|tensor| tensor.to_vec()).collect(), moved)
}

/// The same program, one kernel for each instruction.
fn unchained(program: &Program) -> Program {
    let mut program = program.clone();
    for phase in &mut program.phases {
        let one = |first: usize| {
            let (kernel, count) = repertoire::find(&phase.code[first..=first]).expect("every instruction has a kernel");
            Group { task: Task::Run(kernel), first, count }
        };
        phase.groups = (0..phase.code.len()).map(one).collect();
    }
    program
}

const LENGTHS: [usize; 12] = [1, 2, 15, 16, 17, 127, 128, 129, 2047, 2048, 2049, 5000];

#[test]
fn a_chain_gives_the_bits_of_its_instructions_on_every_level() {
    fn check<F: Real>(name: &str, program: &Program) {
        let apart = unchained(program);
        for len in LENGTHS {
            let expected = run::<F>(&apart, Level::Portable, len);
            for level in Level::available() {
                assert_eq!(run::<F>(program, level, len), expected, "{name}, {len} values, {level:?}");
                assert_eq!(run::<F>(&apart, level, len), expected, "{name} apart, {len} values, {level:?}");
            }
        }
    }
    for (name, program, _) in updates() {
        assert_eq!((program.kernels(), program.passes()), (1, 1), "{name} is one kernel");
        assert!(unchained(&program).kernels() > 1, "{name} is a chain");
        check::<f32>(name, &program);
        check::<f64>(name, &program);
    }
}

#[test]
fn a_chain_gives_the_bits_of_its_formulas_in_a_loop() {
    let h = H.map(|value| value as f32);
    for (name, program, plain) in updates() {
        let (got, moved) = run::<f32>(&program, Level::in_force(), 1000);
        let mut distances = [0.0_f64; 3];
        for at in 0..1000 {
            let g = (at as f64 * 0.7 + 1.0).sin() as f32;
            let mut values = [(at as f64 * 0.7).sin() as f32, 1.0, 1.0];
            for distance in &mut distances {
                let before = values[0];
                plain(&h, g, &mut values);
                *distance += f64::from(values[0] - before).powi(2);
            }
            for (tensor, value) in got.iter().zip(values) {
                assert_eq!(tensor[at].to_bits(), value.to_bits(), "{name}, element {at}");
            }
        }
        for (got, expected) in moved.iter().zip(distances) {
            assert!((got / expected - 1.0).abs() < 1e-6, "{name}: moved {got} for {expected}");
        }
    }
}

#[test]
fn a_machine_that_has_addresses_from_a_run_before_finds_other_tensors_and_other_programs() {
    let programs = updates();
    let mut machine = Machine::<f32>::on(Scratch::on(Level::in_force()));
    // Tensors of each run are made while some of those before are still there, so that they lie elsewhere.
    let mut kept = Vec::new();
    for round in 0..4 {
        for (name, program, _) in &programs {
            for len in [17, 300, 2049] {
                let alone = run::<f32>(program, Level::in_force(), len);
                let mut copy = machine.clone();
                assert_eq!(run_on(&mut machine, program, len), alone, "{name}, {len} values, round {round}");
                assert_eq!(run_on(&mut copy, program, len), alone, "a copy of the machine");
                kept.push(Aligned::<f32>::zeros(len + round));
            }
        }
    }
}

#[test]
fn sums_norms_and_largest_values_have_the_same_bits_on_every_level() {
    fn check<F: Real>() {
        let mut graph = Graph::new(Folding::Full);
        let (x, y) = (graph.tensor(Slot::Read(0)), graph.tensor(Slot::Read(1)));
        let kinds = [Reduction::Sum, Reduction::Dot, Reduction::Distance, Reduction::MaxAbs];
        let mut measures: Vec<NodeId> = kinds.into_iter().map(|kind| graph.reduce(kind, x, y)).collect();
        measures.push(graph.reduce(Reduction::Dot, x, x));
        let program = Program::new(&graph, &Wanted { measures: &measures, ..Wanted::default() });
        let wave = |len: usize, phase: f64| {
            let mut tensor = Aligned::<F>::zeros(len);
            let value = |i: usize| (i as f64 * 0.7 + phase).sin() * [1.0, 1e-7, 1e5][i % 3];
            tensor.iter_mut().enumerate().for_each(|(i, x)| *x = F::from_f64(value(i)));
            tensor
        };
        for len in LENGTHS.into_iter().chain([65_535, 65_536, 140_001]) {
            let (x, y) = (wave(len, 0.0), wave(len, 1.0));
            let on = |level: Level| {
                let mut found = [f64::NAN; 5];
                Machine::<F>::on(Scratch::on(level)).run(
                    &program,
                    Call {
                        constants: program.constants(),
                        uniforms: &[],
                        reads: [&*x, &*y].into_iter().collect(),
                        writes: [].into_iter().collect(),
                        segments: &[0..len],
                        numbers: &mut [],
                        measures: &mut found,
                        watch: None,
                    },
                );
                found.map(f64::to_bits)
            };
            let expected = on(Level::Portable);
            for level in Level::available() {
                assert_eq!(on(level), expected, "{len} values, {}", level.name());
            }
        }
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn functions_have_the_same_bits_on_every_level() {
    fn check<F: Real>() {
        let one = [
            Unary::Neg,
            Unary::Abs,
            Unary::Sign,
            Unary::Sqrt,
            Unary::Exp,
            Unary::Ln,
            Unary::Ln1p,
            Unary::Tanh,
            Unary::Sigmoid,
            Unary::Erf,
            Unary::Sin,
            Unary::Cos,
            Unary::Floor,
        ];
        let two = [Binary::Pow, Binary::Rem, Binary::Min, Binary::Max, Binary::Div];
        let len = 5000;
        let mut x = Aligned::<F>::zeros(len);
        x.iter_mut().enumerate().for_each(|(i, x)| *x = F::from_f64((i as f64 - 1000.0) * 0.0173));
        let on = |level: Level, make: &dyn Fn(&mut Graph, NodeId) -> NodeId| {
            let mut graph = Graph::new(Folding::Full);
            let x_node = graph.tensor(Slot::Read(0));
            let y_node = make(&mut graph, x_node);
            let program = Program::new(&graph, &Wanted { tensors: &[(0, y_node)], ..Wanted::default() });
            let mut y = Aligned::<F>::zeros(len);
            Machine::<F>::on(Scratch::on(level)).run(
                &program,
                Call {
                    constants: program.constants(),
                    uniforms: &[0.37],
                    reads: [&*x].into_iter().collect(),
                    writes: [&mut *y].into_iter().collect(),
                    segments: &[0..len],
                    numbers: &mut [],
                    measures: &mut [],
                    watch: None,
                },
            );
            // What is not a number has no bits that are promised.
            y.iter().map(|y| if y.to_f64().is_nan() { u64::MAX } else { y.to_f64().to_bits() }).collect::<Vec<_>>()
        };
        let agree = |name: &str, make: &dyn Fn(&mut Graph, NodeId) -> NodeId| {
            let expected = on(Level::Portable, make);
            for level in Level::available() {
                assert!(on(level, make) == expected, "{name}, {}", level.name());
            }
        };
        for op in one {
            agree(op.name(), &|graph, x| graph.unary(op, x));
        }
        for op in two {
            agree(op.name(), &|graph, x| {
                let exponent = graph.uniform(0);
                graph.binary(op, x, exponent)
            });
        }
    }
    check::<f32>();
    check::<f64>();
}
