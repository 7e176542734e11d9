//! Random programs against a plain interpreter that shares no code with the engine, gradients against finite
//! differences, and the bits of f32 against one element at a time.
#![allow(clippy::match_same_arms, clippy::needless_range_loop)] // one line a case, as a table

use arrayvec::ArrayVec;
use proptest::prelude::*;

use super::*;

/// An expression as a student would write it.
#[derive(Debug, Clone)]
enum Expr {
    X,
    W,
    V,
    Rate,
    Constant(f64),
    Unary(Unary, Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    Where(Box<Expr>, Box<Expr>, Box<Expr>),
    Reduce(Reduction, Box<Expr>, Box<Expr>),
}

use Expr::{Constant, Rate, Reduce, V, W, Where, X};

fn expression(reductions: bool) -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        3 => Just(X), 2 => Just(W), 2 => Just(V), 1 => Just(Rate),
        1 => prop_oneof![Just(0.0), Just(1.0), Just(2.0), Just(-0.5), -3.0..3.0_f64].prop_map(Constant),
    ];
    leaf.prop_recursive(5, 40, 3, move |inner| {
        let unary = prop::sample::select(Unary::ALL.to_vec());
        let binary = prop::sample::select(Binary::ALL.to_vec());
        let arithmetic = prop::sample::select(vec![Binary::Add, Binary::Sub, Binary::Mul, Binary::Div]);
        let reduction =
            prop::sample::select(vec![Reduction::Sum, Reduction::Dot, Reduction::MaxAbs, Reduction::Distance]);
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            2 => (unary, inner.clone()).prop_map(|(op, a)| Expr::Unary(op, a.into())),
            2 => (binary, pair.clone()).prop_map(|(op, (a, b))| Expr::Binary(op, a.into(), b.into())),
            6 => (arithmetic, pair.clone()).prop_map(|(op, (a, b))| Expr::Binary(op, a.into(), b.into())),
            1 => (inner, pair.clone()).prop_map(|(m, (a, b))| Where(m.into(), a.into(), b.into())),
            u32::from(reductions) => (reduction, pair).prop_map(|(op, (a, b))| Reduce(op, a.into(), b.into())),
        ]
    })
}

impl Expr {
    fn trace(&self, g: &mut Graph) -> NodeId {
        match self {
            X => g.tensor(Slot::Read(0)),
            W => g.tensor(Slot::Write(0)),
            V => g.tensor(Slot::Write(1)),
            Rate => g.uniform(0),
            Constant(value) => g.constant(*value),
            Expr::Unary(op, a) => {
                let a = a.trace(g);
                g.unary(*op, a)
            }
            Expr::Binary(op, a, b) => {
                let (a, b) = (a.trace(g), b.trace(g));
                g.binary(*op, a, b)
            }
            Where(m, a, b) => {
                let (m, a, b) = (m.trace(g), a.trace(g), b.trace(g));
                g.select(m, a, b)
            }
            Reduce(op, a, b) => {
                let (a, b) = (a.trace(g), b.trace(g));
                let (a, b) = (g.broadcast(a), g.broadcast(b));
                g.reduce(*op, a, b)
            }
        }
    }

    /// One element of the plain meaning, in f64, with loops for the reductions.
    fn plain(&self, at: usize, data: &Data) -> f64 {
        let of = |holds: bool| f64::from(u8::from(holds));
        match self {
            X => data.x[at],
            W => data.w[at],
            V => data.v[at],
            Rate => data.rate,
            Constant(value) => *value,
            Expr::Unary(op, a) => {
                let a = a.plain(at, data);
                match op {
                    Unary::Neg => -a,
                    Unary::Abs => a.abs(),
                    Unary::Sign if a > 0.0 => 1.0,
                    Unary::Sign if a < 0.0 => -1.0,
                    Unary::Sign => a,
                    Unary::Sqrt => a.sqrt(),
                    Unary::Exp => a.exp(),
                    Unary::Ln => a.ln(),
                    Unary::Ln1p => a.ln_1p(),
                    Unary::Tanh => a.tanh(),
                    Unary::Sigmoid => 1.0 / (1.0 + (-a).exp()),
                    Unary::Erf => libm::erf(a),
                    Unary::Sin => a.sin(),
                    Unary::Cos => a.cos(),
                    Unary::Floor => a.floor(),
                    Unary::Not => of(a == 0.0),
                }
            }
            Expr::Binary(op, a, b) => {
                let (a, b) = (a.plain(at, data), b.plain(at, data));
                match op {
                    Binary::Add => a + b,
                    Binary::Sub => a - b,
                    Binary::Mul => a * b,
                    Binary::Div => a / b,
                    Binary::Pow => a.powf(b),
                    Binary::Rem => a % b,
                    Binary::Min | Binary::Max if a.is_nan() || b.is_nan() => f64::NAN,
                    Binary::Min => a.min(b),
                    Binary::Max => a.max(b),
                    Binary::Lt => of(a < b),
                    Binary::Le => of(a <= b),
                    Binary::Gt => of(a > b),
                    Binary::Ge => of(a >= b),
                    Binary::Eq => of(a == b),
                    Binary::Ne => of(a != b),
                    Binary::And => of(a != 0.0 && b != 0.0),
                    Binary::Or => of(a != 0.0 || b != 0.0),
                    Binary::Gate if a == 0.0 => 0.0,
                    Binary::Gate => a * b,
                }
            }
            Where(m, a, _) if m.plain(at, data) != 0.0 => a.plain(at, data),
            Where(_, _, b) => b.plain(at, data),
            Reduce(op, a, b) => (0..data.x.len()).fold(0.0, |sum, i| {
                let x = a.plain(i, data);
                match op {
                    Reduction::Sum => sum + x,
                    Reduction::Dot => sum + x * b.plain(i, data),
                    Reduction::Distance => sum + (x - b.plain(i, data)).powi(2),
                    Reduction::MaxAbs if x.is_nan() || f64::is_nan(sum) => f64::NAN,
                    Reduction::MaxAbs => sum.max(x.abs()),
                }
            }),
        }
    }

    /// The expression jumps or is steep somewhere near, so that neither differences nor another order of rounding say
    /// anything about it.
    fn is_fragile(&self, at: usize, data: &Data) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-6 * (1.0 + a.abs().max(b.abs()));
        let value = |e: &Self| e.plain(at, data);
        match self {
            X | W | V | Rate | Constant(_) => false,
            Expr::Unary(op, a) => {
                a.is_fragile(at, data)
                    || match op {
                        Unary::Sign | Unary::Not | Unary::Abs => near(value(a), 0.0),
                        Unary::Floor => near(value(a), value(a).round()),
                        Unary::Sqrt | Unary::Ln => value(a) < 1e-3,
                        Unary::Ln1p => value(a) < -0.999,
                        Unary::Exp => value(a).abs() > 20.0,
                        Unary::Sin | Unary::Cos => value(a).abs() > 1e3,
                        _ => false,
                    }
            }
            Expr::Binary(op, a, b) => {
                let (x, y) = (value(a), value(b));
                a.is_fragile(at, data)
                    || b.is_fragile(at, data)
                    || match op {
                        Binary::Div => y.abs() < 1e-3,
                        Binary::Rem => y.abs() < 1e-3 || near(x / y, (x / y).round()),
                        Binary::Pow => x < 1e-3 || y.abs() > 6.0 || x > 1e3,
                        Binary::And | Binary::Or | Binary::Gate => near(x, 0.0) || near(y, 0.0),
                        Binary::Add | Binary::Sub | Binary::Mul => false,
                        _ => near(x, y),
                    }
            }
            Where(m, a, b) => {
                m.is_fragile(at, data) || a.is_fragile(at, data) || b.is_fragile(at, data) || near(value(m), 0.0)
            }
            Reduce(_, a, b) => (0..data.x.len()).any(|i| a.is_fragile(i, data) || b.is_fragile(i, data)),
        }
    }
}

#[derive(Debug, Clone)]
struct Data {
    x: Vec<f64>,
    w: Vec<f64>,
    v: Vec<f64>,
    rate: f64,
}

fn data(len: usize) -> impl Strategy<Value = Data> {
    let column = move || prop::collection::vec(-2.0..2.0_f64, len);
    (column(), column(), column(), 0.01..1.5_f64).prop_map(|(x, w, v, rate)| Data { x, w, v, rate })
}

/// Runs two outputs in place, over a whole tensor.
fn run<F: Real>(data: &Data, outputs: &[Expr]) -> Vec<Vec<f64>> {
    let mut g = Graph::new(Folding::Full);
    let nodes: Vec<NodeId> = outputs.iter().map(|e| e.trace(&mut g)).collect();
    let nodes: Vec<NodeId> = nodes.into_iter().map(|id| g.broadcast(id)).collect();
    let tensors: Vec<(u8, NodeId)> = nodes.iter().enumerate().map(|(i, id)| (i as u8, *id)).collect();
    let program = Program::new(&g, &Wanted { tensors: &tensors, ..Wanted::default() });
    let cast = |values: &[f64]| values.iter().map(|v| F::from_f64(*v)).collect::<Vec<F>>();
    let (x, mut w, mut v) = (cast(&data.x), cast(&data.w), cast(&data.v));
    let mut machine = Machine::new();
    machine.run(
        &program,
        Call {
            constants: program.constants(),
            uniforms: &[data.rate],
            reads: [x.as_slice()].into_iter().collect(),
            writes: [w.as_mut_slice(), v.as_mut_slice()].into_iter().collect(),
            segments: &[0..data.x.len()],
            numbers: &mut [],
            measures: &mut [],
            watch: None,
        },
    );
    [w, v].iter().map(|t| t.iter().map(|value| value.to_f64()).collect()).collect()
}

fn same(got: f64, want: f64, within: f64) -> bool {
    got == want || (got.is_nan() && want.is_nan()) || (got - want).abs() <= within * (1.0 + want.abs())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn programs_mean_what_a_plain_interpreter_says(
        first in expression(true), second in expression(true), data in data(37),
    ) {
        let got = run::<f64>(&data, &[first.clone(), second.clone()]);
        for (expr, got) in [&first, &second].into_iter().zip(&got) {
            if (0..data.x.len()).any(|at| expr.is_fragile(at, &data)) {
                continue;
            }
            for at in 0..data.x.len() {
                let want = expr.plain(at, &data);
                prop_assert!(same(got[at], want, 1e-9), "element {at}: {} for {want}\n{expr:?}", got[at]);
            }
        }
    }

    #[test]
    fn blocks_round_as_one_element_does(expr in expression(false), data in data(1100)) {
        let whole = run::<f32>(&data, &[expr.clone(), V]);
        for at in [0, 15, 16, 511, 512, 1023, 1024, 1099] {
            let one = Data { x: vec![data.x[at]], w: vec![data.w[at]], v: vec![data.v[at]], rate: data.rate };
            let alone = run::<f32>(&one, &[expr.clone(), V]);
            prop_assert!(whole[0][at].to_bits() == alone[0][0].to_bits() || (whole[0][at].is_nan() && alone[0][0].is_nan()), "{expr:?}");
        }
    }

    #[test]
    fn gradients_agree_with_finite_differences(expr in expression(false), mut data in data(1)) {
        let mut g = Graph::new(Folding::Full);
        let y = expr.trace(&mut g);
        let (x, one) = (g.tensor(Slot::Read(0)), g.constant(1.0));
        let d = gradient(&mut g, y, one, &[x])[0];
        let d = g.broadcast(d);
        let program = Program::new(&g, &Wanted { tensors: &[(2, d)], ..Wanted::default() });
        let mut out = [0.0];
        Machine::new().run(&program, Call {
            constants: program.constants(),
            uniforms: &[data.rate],
            reads: [data.x.as_slice()].into_iter().collect(),
            writes: [data.w.clone().as_mut_slice(), data.v.clone().as_mut_slice(), &mut out].into_iter().collect(),
            segments: &[0..1],
            numbers: &mut [],
            measures: &mut [],
            watch: None,
        });
        let (at, h) = (data.x[0], 1e-5);
        let mut difference = |h: f64| {
            data.x[0] = at + h;
            let above = (expr.plain(0, &data), expr.is_fragile(0, &data));
            data.x[0] = at - h;
            let below = (expr.plain(0, &data), expr.is_fragile(0, &data));
            ((above.0 - below.0) / (2.0 * h), above.1 || below.1)
        };
        let ((fine, fragile), (coarse, _)) = (difference(h), difference(2.0 * h));
        // Where two step widths disagree, or the value is huge, a difference says nothing.
        prop_assume!(!fragile && fine.abs() < 1e3 && (fine - coarse).abs() < 1e-5 * (1.0 + fine.abs()));
        prop_assert!((out[0] - fine).abs() < 1e-4 * (1.0 + fine.abs()), "{} for {fine}\n{expr:?}", out[0]);
    }
}

/// Adam as the script has it.
fn adam(g: &mut Graph) -> Vec<(u8, NodeId)> {
    let (dw, w) = (g.tensor(Slot::Read(0)), g.tensor(Slot::Write(0)));
    let (v, s) = (g.tensor(Slot::Write(1)), g.tensor(Slot::Write(2)));
    let [lr, b1, b2, eps, t] = [0, 1, 2, 3, 4].map(|i| g.uniform(i));
    let one = g.constant(1.0);
    let average = |g: &mut Graph, b, old, new: &[NodeId]| {
        let kept = g.binary(Binary::Mul, b, old);
        let mut share = g.binary(Binary::Sub, one, b);
        for x in new {
            share = g.binary(Binary::Mul, share, *x);
        }
        g.binary(Binary::Add, kept, share)
    };
    let v_new = average(g, b1, v, &[dw]);
    let s_new = average(g, b2, s, &[dw, dw]);
    let corrected = |g: &mut Graph, b, x| {
        let power = g.binary(Binary::Pow, b, t);
        let correction = g.binary(Binary::Sub, one, power);
        g.binary(Binary::Div, x, correction)
    };
    let (v_hat, s_hat) = (corrected(g, b1, v_new), corrected(g, b2, s_new));
    let root = g.unary(Unary::Sqrt, s_hat);
    let bottom = g.binary(Binary::Add, root, eps);
    let top = g.binary(Binary::Mul, lr, v_hat);
    let step = g.binary(Binary::Div, top, bottom);
    vec![(0, g.binary(Binary::Sub, w, step)), (1, v_new), (2, s_new)]
}

#[test]
fn adam_is_three_instructions_in_one_pass_and_in_place() {
    let mut g = Graph::new(Folding::Full);
    let outputs = adam(&mut g);
    let program = Program::new(&g, &Wanted { tensors: &outputs, ..Wanted::default() });
    assert_eq!((program.instructions(), program.passes(), program.registers), (3, 1, 0));
}

#[test]
fn a_reduction_makes_a_second_pass_and_is_taken_by_parameter() {
    // w / norm(w), over two parameters in one arena.
    let mut g = Graph::new(Folding::Full);
    let w = g.tensor(Slot::Write(0));
    let dot = g.reduce(Reduction::Dot, w, w);
    let norm = g.unary(Unary::Sqrt, dot);
    let unit = g.binary(Binary::Div, w, norm);
    let program = Program::new(&g, &Wanted { tensors: &[(0, unit)], measures: &[norm], ..Wanted::default() });
    let mut arena = [3.0, 4.0, 0.0, 0.0, 5.0, 12.0];
    let mut norms = [0.0; 2];
    Machine::new().run(
        &program,
        Call {
            constants: program.constants(),
            uniforms: &[],
            reads: ArrayVec::new(),
            writes: [arena.as_mut_slice()].into_iter().collect(),
            segments: &[0..2, 4..6],
            numbers: &mut [],
            measures: &mut norms,
            watch: None,
        },
    );
    assert_eq!(norms, [5.0, 13.0]);
    assert!((arena[0] - 0.6).abs() < 1e-15 && (arena[5] - 12.0 / 13.0).abs() < 1e-15);
}

#[test]
fn outputs_may_exchange_their_places() {
    // v = w; w = v, from the old values.
    let mut g = Graph::new(Folding::Full);
    let (w, v) = (g.tensor(Slot::Write(0)), g.tensor(Slot::Write(1)));
    let program = Program::new(&g, &Wanted { tensors: &[(0, v), (1, w)], ..Wanted::default() });
    let (mut a, mut b) = ([1.0, 2.0], [3.0, 4.0]);
    Machine::new().run(
        &program,
        Call {
            constants: &[],
            uniforms: &[],
            reads: ArrayVec::new(),
            writes: [a.as_mut_slice(), b.as_mut_slice()].into_iter().collect(),
            segments: &[0..2],
            numbers: &mut [],
            measures: &mut [],
            watch: None,
        },
    );
    assert_eq!((a, b), ([3.0, 4.0], [1.0, 2.0]));
}

#[test]
fn the_branch_not_taken_never_poisons_a_derivative() {
    // elu: where(x > 0, x, exp(x) - 1) at 1000, where exp is infinite.
    let mut g = Graph::new(Folding::Full);
    let (x, zero, one) = (g.tensor(super::X), g.constant(0.0), g.constant(1.0));
    let mask = g.binary(Binary::Gt, x, zero);
    let e = g.unary(Unary::Exp, x);
    let low = g.binary(Binary::Sub, e, one);
    let y = g.select(mask, x, low);
    let mut elu = Activation::<f32>::new(g, y);
    let (mut out, mut dx) = ([0.0; 3], [1.0; 3]);
    let input = [1000.0, -1.0, 0.5];
    elu.forward(&input, &mut out);
    elu.backward(&input, &out, &mut dx);
    assert_eq!((out[0], dx[0], dx[2]), (1000.0, 1.0, 1.0));
    assert!((dx[1] - (-1.0_f32).exp()).abs() < 1e-6);
}
