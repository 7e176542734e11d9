//! The ledger of Adam at a step, for tests: the numbers of `W1[3,5]` follow from each other as those of a run do.

use crate::snapshot::{Formula, Ledger, LedgerLine};

/// `W1[3,5]` of a matrix with 64 columns.
pub const ELEMENT: usize = 3 * 64 + 5;

fn apply(name: &'static str, operands: Vec<Formula<f64>>) -> Formula<f64> {
    let at = |place: usize| operands.get(place).and_then(Formula::value).copied().unwrap_or(f64::NAN);
    let value = match name {
        "+" => at(0) + at(1),
        "-" => at(0) - at(1),
        "*" => at(0) * at(1),
        "/" => at(0) / at(1),
        _ => at(0).sqrt(),
    };
    Formula::Apply { name, operands, value }
}

/// A line of the ledger.
pub fn line(name: &str, symbolic: &str, formula: Formula<f64>) -> LedgerLine {
    let value = formula.value().copied().unwrap_or(f64::NAN);
    let (name, symbolic) = (name.into(), symbolic.into());
    LedgerLine { name, place: String::new(), symbolic, formula, value, offset: None }
}

/// Adam's update.
pub fn ledger(step: u64) -> Ledger {
    use Formula::Value as V;
    let two = |name: &'static str, a: Formula<f64>, b: Formula<f64>| apply(name, vec![a, b]);
    let (w, dw, t) = (0.512, -0.402, step as i32);
    let average = |b: f64, old: f64, new: Formula<f64>| two("+", two("*", V(b), V(old)), new);
    let v = average(0.9, 0.0123, two("*", V(0.1), V(dw)));
    let s = average(0.999, 2.1e-4, two("*", two("*", V(0.001), V(dw)), V(dw)));
    let of = |formula: &Formula<f64>| formula.value().copied().unwrap_or(f64::NAN);
    let v_hat = two("/", V(of(&v)), V(1.0 - 0.9_f64.powi(t)));
    let s_hat = two("/", V(of(&s)), V(1.0 - 0.999_f64.powi(t)));
    let bottom = two("+", apply("sqrt", vec![V(of(&s_hat))]), V(1e-8));
    let step_taken = two("/", two("*", V(0.001), V(of(&v_hat))), bottom);
    let lines = vec![
        line("dW", "", V(dw)),
        line("state.v", "h.beta1 * state.v + (1 - h.beta1) * dw", v),
        line("state.s", "h.beta2 * state.s + (1 - h.beta2) * dw * dw", s),
        line("v_hat", "state.v / (1 - h.beta1 ** t)", v_hat),
        line("s_hat", "state.s / (1 - h.beta2 ** t)", s_hat),
        line("W", "w - h.lr * v_hat / (sqrt(s_hat) + h.eps)", two("-", V(w), step_taken)),
    ];
    Ledger {
        parameter: 0,
        name: "W1".into(),
        shape: vec![64, 64],
        index: ELEMENT,
        step,
        before: w,
        lines,
        second_point: 0..0,
        steepest: 1234,
    }
}
