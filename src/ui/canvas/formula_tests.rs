//! Lines of the ledger computed once more from their text alone, as a reader does with a pocket calculator.

use proptest::prelude::*;

use super::*;
use crate::lab::{Lab, Overrides};
use crate::session::{Command, Options, Session};

fn apply_named(name: &'static str, value: f64, operands: Vec<Formula<f64>>) -> Formula<f64> {
    Formula::Apply { name, operands, value }
}

/// Reads a line and computes it: numbers, operators by their binding, functions with their operands in brackets.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn compute(line: &'a str) -> Option<f64> {
        let mut reader = Reader { rest: line };
        let value = reader.sum(0)?;
        assert!(reader.rest.trim().is_empty(), "`{}` was left of `{line}`", reader.rest);
        Some(value)
    }

    fn token(&mut self, token: &str) -> bool {
        match self.rest.trim_start().strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn sum(&mut self, least: usize) -> Option<f64> {
        const LEVELS: [&[&str]; 7] =
            [&["|"], &["&"], &["==", "!="], &["<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"], &["**"]];
        if least == LEVELS.len() {
            return self.one();
        }
        let mut left = self.sum(least + 1)?;
        loop {
            let starred = self.rest.trim_start().starts_with("**");
            let found = LEVELS[least].iter().find(|name| (**name != "*" || !starred) && self.token(name));
            let Some(name) = found else { return Some(left) };
            left = apply(name, &[left, self.sum(least + 1)?])?;
        }
    }

    fn one(&mut self) -> Option<f64> {
        if self.token("(") {
            let inner = self.sum(0)?;
            assert!(self.token(")"));
            return Some(inner);
        }
        let text = self.rest.trim_start();
        let signed = text.strip_prefix('-').unwrap_or(text);
        if signed.starts_with(|c: char| c.is_ascii_digit()) {
            let mut end = text.len() - signed.len();
            while let Some(c) = text[end..].chars().next() {
                let exponent = c == '-' && text[..end].ends_with('e');
                if !(c.is_ascii_digit() || c == '.' || c == 'e' || exponent) {
                    break;
                }
                end += 1;
            }
            self.rest = &text[end..];
            return text[..end].parse().ok();
        }
        for sign in ["-", "!"] {
            if self.token(sign) {
                return apply(sign, &[self.one()?]);
            }
        }
        let length = text.find('(')?;
        let name = &text[..length];
        self.rest = &text[length + 1..];
        let mut given = vec![self.sum(0)?];
        while self.token(",") {
            given.push(self.sum(0)?);
        }
        assert!(self.token(")"));
        apply(name, &given)
    }
}

/// The line comes to what it says, within one unit of the last digit.
fn holds(shown: &Shown) -> bool {
    if shown.numbers.is_empty() || !shown.value.parse::<f64>().unwrap().is_finite() {
        return true;
    }
    let Some(got) = Reader::compute(&shown.numbers) else { return true };
    let said: f64 = shown.value.parse().unwrap();
    let room = if said == 0.0 { NOTHING } else { unit(&shown.value) * (1.0 + 1e-6) };
    (got - said).abs() <= room
}

#[test]
fn a_weight_has_as_many_digits_before_an_update_as_after_it() {
    let (before, rate, gradient) = (-1.109_945, 0.1, 2.27e-4);
    let product = apply_named("*", rate * gradient, vec![Formula::Value(rate), Formula::Value(gradient)]);
    let after = before - rate * gradient;
    let update = apply_named("-", after, vec![Formula::Value(before), product]);
    let shown = shown(&update, after, 5);
    assert_eq!(shown.value, "-1.1100");
    // Not `-1.11`, which the weight never was.
    assert!(shown.numbers.starts_with("-1.1099"), "{}", shown.numbers);
}

#[test]
fn operands_have_as_many_digits_as_the_result_needs() {
    let value = Formula::Value;
    let quotient = |top: f64, bottom: f64| apply_named("/", top / bottom, vec![value(top), value(bottom)]);
    let (w, v, root) = (0.200_587_31, 1.153_27e-4, 0.005_861_23);
    let top = apply_named("*", 0.003 * v, vec![value(0.003), value(v)]);
    let step = apply_named("/", 0.003 * v / root, vec![top, value(root)]);
    let update = apply_named("-", w - 0.003 * v / root, vec![value(w), step]);
    let line = shown(&update, w - 0.003 * v / root, 4);
    assert_eq!((line.numbers.as_str(), line.value.as_str()), ("0.2006 - 0.003 * 1.15e-4 / 0.005861", "0.2005"));
    let line = shown(&quotient(3.714e-4, 0.249_6), 3.714e-4 / 0.249_6, 4);
    assert_eq!((line.numbers.as_str(), line.value.as_str()), ("3.714e-4 / 0.2496", "0.001488"));
    // A difference of numbers that are nearly alike.
    let (a, b) = (1.234_567_8, 1.234_512_3);
    let line = shown(&apply_named("-", a - b, vec![value(a), value(b)]), a - b, 4);
    assert_eq!((line.numbers.as_str(), line.value.as_str()), ("1.2345678 - 1.2345123", "5.55e-5"));
    // A comparison keeps its side.
    let mask = apply_named(">", 1.0, vec![value(5.000_04), value(5.0)]);
    let choice = apply_named("where", 2.0, vec![mask, value(2.0), value(1.0)]);
    assert_eq!(shown(&choice, 2.0, 4).numbers, "where(5.00004 > 5, 2, 1)");
}

#[test]
fn a_result_at_a_power_of_ten_is_what_its_operands_round_to() {
    let value = Formula::Value;
    // 0.999 * 1e-5 is 9.99e-6, and no 1.00e-5.
    let (before, after) = (1.004e-5, 0.999 * 1.004e-5);
    let line = shown(&apply_named("*", after, vec![value(0.999), value(before)]), after, 4);
    assert_eq!((line.numbers.as_str(), line.value.as_str()), ("0.999 * 1.004e-5", "1.00e-5"));
    let line = shown(&apply_named("*", after, vec![value(-0.999), value(before)]), -after, 4);
    assert_eq!(line.numbers, "-0.999 * 1.004e-5");
    assert!(
        [("1.00e-5", true), ("0.01000", true), ("-1.000", true), ("1.01e-5", false), ("0", false)]
            .iter()
            .all(|(said, is)| is_power_of_ten(said) == *is)
    );
}

#[test]
fn what_rounding_lost_on_the_way_stands_as_what_it_came_to() {
    let value = Formula::Value;
    let [a, b, c, d] = [0.9_f32, 0.1, 0.1, -0.9];
    let (left, right) = (a * b, c * d);
    let sum = left + right + 1e-9;
    let product = |x: f32, y: f32| apply_named("*", f64::from(x * y), vec![value(f64::from(x)), value(f64::from(y))]);
    let small = apply_named("+", f64::from(left + right), vec![product(a, b), product(c, d)]);
    let line = shown(&apply_named("+", f64::from(sum), vec![small, value(1e-9)]), f64::from(sum), 4);
    assert!(holds(&line), "{line:?}");
}

#[test]
fn what_is_not_finite_or_alone_is_said_as_it_is() {
    let value = Formula::Value;
    let line = shown(&apply_named("/", f64::NAN, vec![value(0.0), value(0.0)]), f64::NAN, 4);
    assert_eq!((line.numbers.as_str(), line.value.as_str()), ("0 / 0", "nan"));
    assert_eq!(shown(&value(-0.402), -0.402, 4), Shown { numbers: String::new(), value: "-0.4020".into() });
    let norm = apply_named("norm", 3.0, vec![Formula::Word("dw".into())]);
    assert_eq!(shown(&norm, 3.0, 4), Shown { numbers: "norm(dw)".into(), value: "3.000".into() });
}

/// Operations as a rule makes them, each rounded to `f32`.
fn formulas() -> impl Strategy<Value = Formula<f64>> {
    let size = prop_oneof![Just(1.0), Just(1e-3), Just(1e-8), Just(1e4), Just(0.0)];
    let leaf = (-1.0..1.0_f64, size).prop_map(|(x, size)| Formula::Value(f64::from((x * size) as f32)));
    leaf.prop_recursive(4, 24, 3, |inner| {
        let two = prop::sample::select(vec!["+", "-", "*", "/", "min", "max", "<", ">"]);
        let one = prop::sample::select(vec!["-", "sqrt", "abs", "sign", "exp"]);
        let made = |name: &'static str, operands: Vec<Formula<f64>>| {
            let given: Vec<f64> = operands.iter().map(|operand| *operand.value().unwrap()).collect();
            let value = f64::from(apply(name, &given).unwrap() as f32);
            apply_named(name, value, operands)
        };
        prop_oneof![
            4 => (two, inner.clone(), inner.clone()).prop_map(move |(name, a, b)| made(name, vec![a, b])),
            1 => (one, inner.clone()).prop_map(move |(name, a)| made(name, vec![a])),
            1 => (inner.clone(), inner.clone(), inner).prop_map(move |(a, b, c)| made("where", vec![a, b, c])),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn every_line_gives_the_result_that_it_shows(formula in formulas(), digits in 4..8_usize) {
        let line = shown(&formula, *formula.value().unwrap(), digits);
        let broken = |text: &str| text.contains("nan") || text.contains("inf");
        prop_assert!(broken(&line.numbers) || broken(&line.value) || holds(&line), "{line:?} of {formula:?}");
    }
}

/// Every rule that ships, at early and late steps.
#[test]
fn every_line_of_every_rule_gives_the_result_that_it_shows() {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/optimizers")).unwrap();
    let name = |file: std::fs::DirEntry| file.path().file_stem().unwrap().to_str().unwrap().to_owned();
    let rules: Vec<String> = folder.map(|file| name(file.unwrap())).collect();
    assert!(rules.len() > 15, "{rules:?}");
    let mut lines = 0;
    for rule in rules {
        let set = format!("optimizer={{rule: {rule}}}");
        let lab = Lab::open("mini-batch-on-moons", &Overrides { set: vec![set], ..Overrides::default() }).unwrap();
        let mut session = Session::of(lab, Options { way_back: true, ..Options::default() }).unwrap();
        session.send(Command::Element { parameter: 0, index: 3 });
        for step in 1..=12 {
            session.step();
            if ![1, 2, 12].contains(&step) {
                continue;
            }
            let ledger = session.snapshot().ledger.unwrap();
            for line in &ledger.lines {
                let said = shown(&line.formula, line.value, 4);
                assert!(holds(&said), "{} of {rule} at step {step}: {said:?}", line.name);
                lines += 1;
            }
        }
    }
    assert!(lines > 200, "{lines}");
}
