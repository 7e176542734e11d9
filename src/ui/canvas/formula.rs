//! A line of the ledger with its numbers, as a reader checks it by hand: the operands have as many digits as it takes for
//! the line, computed with the numbers that are shown, to give the result that is shown.

use crate::snapshot::Formula;
use crate::ui::canvas::text;

/// The digits that operands have where nothing asks for more.
const OPERAND: usize = 4;
/// The digits that tell every `f64` from its neighbours.
const EXACT: usize = 17;
/// A result of 0 stands for anything that `f32` cannot tell from 0.
const NOTHING: f64 = 1.2e-38;

/// A formula with its numbers, and what it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// `0.9 * 0.0123 + 0.1 * -0.402`; empty for a value alone.
    pub numbers: String,
    /// `-0.02913`
    pub value: String,
}

/// The formula with the numbers that give its value, which has so many digits, as far as it has them: a value that rounding
/// left fewer digits has fewer. Where the operations inside were rounded to something else than a reader would get, what they
/// came to stands in their place.
pub fn shown(formula: &Formula<f64>, value: f64, digits: usize) -> Shown {
    let said = text::rounded(value, digits);
    if matches!(formula, Formula::Value(_)) {
        return Shown { numbers: String::new(), value: said };
    }
    let mut joined = formula.clone();
    loop {
        if let Some(numbers) = operands(&joined, &said) {
            return Shown { numbers, value: said };
        }
        if !join(&mut joined) {
            break;
        }
    }
    let mut fewer = (2..digits).rev().map(|digits| text::rounded(value, digits));
    let fits = fewer.find_map(|value| Some(Shown { numbers: operands(formula, &value)?, value }));
    fits.unwrap_or_else(|| Shown { numbers: formula.text(&|value| text::filled(*value)), value: said })
}

/// The digits of a number are 1 and zeros.
fn is_power_of_ten(said: &str) -> bool {
    let digits = said.split('e').next().unwrap_or_default();
    digits.chars().filter(char::is_ascii_digit).collect::<String>().trim_matches('0') == "1"
}

/// The formula's numbers with as many digits as make it come to `said`; nothing if no digits do.
fn operands(formula: &Formula<f64>, said: &str) -> Option<String> {
    let mut exact = Vec::new();
    leaves(formula, &mut exact);
    let write = |digits: &[usize]| {
        let at = std::cell::Cell::new(0);
        formula.text(&|value| {
            let digits = digits.get(at.get()).copied().unwrap_or(OPERAND);
            at.set(at.get() + 1);
            text::filled_to(*value, digits)
        })
    };
    let read = |value: f64, digits: usize| text::filled_to(value, digits).parse::<f64>().unwrap_or(value);
    let target: f64 = said.parse().ok()?;
    // A number of the size of the result, as the weight before an update is, has no fewer digits than the result: where they
    // differ in the last one only, the reader sees what was added.
    let least =
        |value: &f64| if (0.5..2.0).contains(&(value / target)) { significant(said).max(OPERAND) } else { OPERAND };
    let mut digits: Vec<usize> = exact.iter().map(least).collect();
    if !target.is_finite() || !exact.iter().all(|value| value.is_finite()) {
        return Some(write(&digits));
    }
    let unit = unit(said);
    let off = |values: &[f64]| (computed(formula, &mut values.iter().copied()) - target).abs();
    // What rounding half up would make of it; or, where a result lies between two, its neighbour.
    let (half, whole) = if target == 0.0 { (NOTHING, NOTHING) } else { (0.5 * unit, unit) };
    let (half, whole) = (half * (1.0 + 1e-9), whole * (1.0 + 1e-9));
    // Just below a power of ten a digit is worth a tenth: who comes to 9.991e-6 writes 9.99e-6, and not 1.00e-5.
    let rounds = |values: &[f64]| {
        let below = is_power_of_ten(said) && computed(formula, &mut values.iter().copied()).abs() < target.abs();
        off(values) <= if below { 0.1 * half } else { half }
    };
    if off(&exact) > whole {
        return None;
    }
    let mut values: Vec<f64> = exact.iter().zip(&digits).map(|(value, digits)| read(*value, *digits)).collect();
    let mut near = None;
    loop {
        if rounds(&values) {
            return Some(write(&digits));
        }
        if off(&values) <= whole && near.is_none() {
            near = Some(digits.clone());
        }
        // The operand whose missing digits move the result most has one more.
        let right = computed(formula, &mut exact.iter().copied());
        let moves = |at: usize| {
            let one = exact.iter().zip(&values).enumerate();
            let mut one = one.map(|(place, (exact, value))| if place == at { *value } else { *exact });
            (computed(formula, &mut one) - right).abs()
        };
        let open = (0..exact.len()).filter(|at| values[*at].to_bits() != exact[*at].to_bits() && digits[*at] < EXACT);
        let Some(at) = open.max_by(|a, b| moves(*a).total_cmp(&moves(*b))) else {
            return near.map(|digits| write(&digits));
        };
        digits[at] += 1;
        values[at] = read(exact[at], digits[at]);
    }
}

/// The digits of a number, without the zeros before the first that is none.
fn significant(said: &str) -> usize {
    let mantissa = said.split('e').next().unwrap_or_default();
    mantissa.chars().filter(char::is_ascii_digit).skip_while(|digit| *digit == '0').count()
}

/// What one more in the last digit of a number adds to it.
fn unit(said: &str) -> f64 {
    let (digits, exponent) = said.split_once('e').unwrap_or((said, "0"));
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len()) as i32;
    10.0_f64.powi(exponent.parse::<i32>().unwrap_or(0) - decimals)
}

/// The numbers of a formula in the order in which they are read.
fn leaves(formula: &Formula<f64>, into: &mut Vec<f64>) {
    match formula {
        Formula::Value(value) => into.push(*value),
        Formula::Word(_) => {}
        Formula::Apply { operands, .. } => operands.iter().for_each(|operand| leaves(operand, into)),
    }
}

/// What the formula comes to with other numbers, in `f64`, as a reader computes it. What is taken of a whole tensor is what
/// it was.
fn computed(formula: &Formula<f64>, numbers: &mut impl Iterator<Item = f64>) -> f64 {
    match formula {
        Formula::Value(value) => numbers.next().unwrap_or(*value),
        Formula::Word(_) => f64::NAN,
        Formula::Apply { name, operands, value } => {
            let given: Vec<f64> = operands.iter().map(|operand| computed(operand, numbers)).collect();
            if operands.iter().any(|operand| matches!(operand, Formula::Word(_))) {
                return *value;
            }
            apply(name, &given).unwrap_or(*value)
        }
    }
}

/// An operator or a function of scripts; nothing for one that is not known here.
fn apply(name: &str, given: &[f64]) -> Option<f64> {
    let mask = |holds: bool| if holds { 1.0 } else { 0.0 };
    Some(match (name, given) {
        ("-", [x]) => -x,
        ("!", [x]) => mask(*x == 0.0),
        ("abs", [x]) => x.abs(),
        ("sign", [x]) => {
            if *x == 0.0 {
                0.0
            } else {
                x.signum()
            }
        }
        ("sqrt", [x]) => x.sqrt(),
        ("exp", [x]) => x.exp(),
        ("ln", [x]) => x.ln(),
        ("ln1p", [x]) => x.ln_1p(),
        ("tanh", [x]) => x.tanh(),
        ("sigmoid", [x]) => 1.0 / (1.0 + (-x).exp()),
        ("erf", [x]) => libm::erf(*x),
        ("sin", [x]) => x.sin(),
        ("cos", [x]) => x.cos(),
        ("floor", [x]) => x.floor(),
        ("relu", [x]) => x.max(0.0),
        ("square", [x]) => x * x,
        ("cube", [x]) => x * x * x,
        ("+", [x, y]) => x + y,
        ("-", [x, y]) => x - y,
        ("*", [x, y]) => x * y,
        ("/", [x, y]) => x / y,
        ("**", [x, y]) => x.powf(*y),
        ("%", [x, y]) => x % y,
        ("min", [x, y]) => x.min(*y),
        ("max", [x, y]) => x.max(*y),
        ("<", [x, y]) => mask(x < y),
        ("<=", [x, y]) => mask(x <= y),
        (">", [x, y]) => mask(x > y),
        (">=", [x, y]) => mask(x >= y),
        ("==", [x, y]) => mask(x == y),
        ("!=", [x, y]) => mask(x != y),
        ("&", [x, y]) => mask(*x != 0.0 && *y != 0.0),
        ("|", [x, y]) => mask(*x != 0.0 || *y != 0.0),
        ("where", [mask, x, y]) => {
            if *mask == 0.0 {
                *y
            } else {
                *x
            }
        }
        ("clamp", [x, low, high]) => x.max(*low).min(*high),
        _ => return None,
    })
}

/// Replaces an inner operation by its value; false if there is none.
fn join(formula: &mut Formula<f64>) -> bool {
    let mut best = None;
    seek(formula, &mut Vec::new(), false, &mut best);
    let Some((_, path)) = best else { return false };
    let mut at = formula;
    for place in path {
        let Formula::Apply { operands, .. } = at else { return false };
        at = &mut operands[place];
    }
    if let Some(value) = at.value().copied() {
        *at = Formula::Value(value);
    }
    true
}

/// How gladly an operation is joined, and where it is.
type Found = ((bool, usize), Vec<usize>);

/// Looks for the operation to join: one on values alone, closed by brackets if there is such, and as deep as there is.
fn seek(formula: &Formula<f64>, path: &mut Vec<usize>, closed: bool, best: &mut Option<Found>) {
    let Formula::Apply { operands, .. } = formula else { return };
    let inner = operands.iter().any(|operand| matches!(operand, Formula::Apply { .. }));
    let rank = (closed || formula.is_function(), path.len());
    if !inner && !path.is_empty() && best.as_ref().is_none_or(|(other, _)| rank > *other) {
        *best = Some((rank, path.clone()));
    }
    for (at, operand) in operands.iter().enumerate() {
        path.push(at);
        seek(operand, path, formula.brackets(at), best);
        path.pop();
    }
}

#[cfg(test)]
#[path = "formula_tests.rs"]
mod tests;
