//! The ledger of what looks at other elements than its own: the element by its row and column, as the update was made.

use super::*;
use crate::error::Source;
use crate::optim::{ParameterFacts, Rule, RuleWatch};
use crate::snapshot::LedgerLine;

const RULE: &str = "
fn state(w) { #{ r: zeros(w.rows, 1) } }
fn update(w, dw, state, h, t) {
    let a = matmul(dw, transpose(dw));
    let b = matmul(a, dw);
    state.r = state.r + mean(dw * dw, 1);
    let c = transpose(b);
    let n = total(b);
    let wide = sum(abs(b) + 1, 0);
    w - b * state.r / n
}
";

/// Keeps what is shown of the whole values.
#[derive(Default)]
struct Seen(Vec<(usize, usize, usize)>, Vec<(usize, usize, f64)>);

impl RuleWatch<f32> for Seen {
    fn begin(&mut self, _: &[String]) {}
    fn block(&mut self, name: usize, parameter: usize, _: usize, values: &[f32]) {
        self.0.push((name, parameter, values.len()));
    }
    fn number(&mut self, name: usize, parameter: usize, value: f64) {
        self.1.push((name, parameter, value));
    }
}

/// Products within products, and one that is no element's of its own.
const NESTED: &str = "
fn state(w) { #{ r: zeros(w.rows, 1) } }
fn update(w, dw, state, h, t) {
    let a = matmul(dw, transpose(dw));
    state.r += 2 * sum(dw, 1);
    let n = norm(dw * 2) + norm(dw);
    w - matmul(matmul(a, a), dw) / 2
}
";

fn stepped() -> (Rule<f32>, Vec<f32>, Vec<f32>, Seen) {
    of(RULE)
}

fn of(text: &str) -> (Rule<f32>, Vec<f32>, Vec<f32>, Seen) {
    let script = Script::load(Kind::Optimizer, &Source::new("mine.rhai", text)).unwrap();
    let weight = ParameterFacts::weight(2, 3);
    let bias = ParameterFacts { range: 16..19, ..ParameterFacts::bias(3) };
    let (mut w, mut dw) = (vec![0.0_f32; 32], vec![0.0_f32; 32]);
    dw[..6].copy_from_slice(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    dw[16..19].copy_from_slice(&[0.5, -0.5, 1.0]);
    let mut rule = Rule::for_parameters(rule(&script).unwrap(), &mut w, &[weight, bias], &[0, 0]).unwrap();
    rule.look_at(0, 4);
    let mut seen = Seen::default();
    rule.step(1, &[], &mut w, &dw, Some(&mut seen)).unwrap();
    (rule, w, dw, seen)
}

fn line<'a>(lines: &'a [LedgerLine], name: &str) -> &'a LedgerLine {
    let found = lines.iter().find(|line| line.name == name);
    found.unwrap_or_else(|| panic!("no line {name}: {:?}", lines.iter().map(|line| &line.name).collect::<Vec<_>>()))
}

#[test]
fn an_element_of_a_product_is_told_by_its_row_and_column() {
    let (mut rule, w, ..) = stepped();
    let reading = rule.reading().unwrap();
    let text = |line: &LedgerLine| line.formula.text(&|value| format!("{value}"));
    let told = |name: &str| (line(&reading.lines, name).value, text(line(&reading.lines, name)));
    // [1,1] of the weight: of `a`, which is 2x2, it is [1,1].
    assert_eq!(told("a"), (77.0, "matmul(dw[1,:], transpose(dw)[:,1])".into()));
    assert_eq!(told("b"), (449.0, "matmul(a[1,:], dw[:,1])".into()));
    assert_eq!(told("c"), (449.0, "transpose(b[1,1])".into()));
    assert_eq!(told("n"), (1912.5, "total(b)".into()));
    assert_eq!(told("wide").0, 188.0 + 1.0 + 449.0 + 1.0);
    let squares = f64::from(77.0_f32 / 3.0);
    assert_eq!(told("state.r").0, squares);
    assert_eq!(line(&reading.lines, "W").value, f64::from(w[4]), "the update that was applied");
    // Another element while the run is held.
    rule.look_at(0, 2);
    let reading = rule.reading().unwrap();
    let told = |name: &str| (line(&reading.lines, name).value, text(line(&reading.lines, name)));
    assert_eq!(told("b"), (234.0, "matmul(a[0,:], dw[:,2])".into()));
    assert_eq!(told("a"), (14.0, "matmul(dw[0,:], transpose(dw)[:,0])".into()));
    assert_eq!(line(&reading.lines, "W").value, f64::from(w[2]));
}

#[test]
fn a_product_within_another_and_one_of_another_shape_say_which_element_they_are() {
    let (mut rule, ..) = of(NESTED);
    let told = |rule: &Rule<f32>| {
        let lines = rule.reading().unwrap().lines;
        let text = |line: &LedgerLine| line.formula.text(&|value| format!("{value}"));
        lines.iter().map(|line| format!("{}{} = {} = {}", line.name, line.place, text(line), line.value)).collect()
    };
    // dw is 1 2 3, 4 5 6, so a is 14 32, 32 77, and its square 1220 2912, 2912 6953. Element [1,2] is [1,1] of what is 2x2.
    rule.look_at(0, 5);
    let lines: Vec<String> = told(&rule);
    for wanted in [
        "dW = 6 = 6",
        "transpose(dw[1,2]) = 6 = 6",
        "a[1,1] = matmul(dw[1,:], transpose(dw)[:,1]) = 77",
        "sum(dw[1,:], 1) = 15 = 15",
        "state.r[1,0] = 0 + 2 * 15 = 30",
        "matmul(a[1,:], a[:,1]) = 6953 = 6953",
        "matmul(matmul(a, a)[1,:], dw[:,2]) = 50454 = 50454",
        "W = 0 - 50454 / 2 = -25227",
    ] {
        assert!(lines.iter().any(|line| line == wanted), "no `{wanted}`: {lines:#?}");
    }
    // A norm is one number for all elements.
    assert!(lines.iter().any(|line| line.starts_with("norm(dw) = 9.5")), "{lines:#?}");
    rule.look_at(0, 1);
    let lines: Vec<String> = told(&rule);
    for wanted in ["matmul(a[0,:], a[:,0]) = 1220 = 1220", "matmul(matmul(a, a)[0,:], dw[:,1]) = 17000 = 17000"] {
        assert!(lines.iter().any(|line| line == wanted), "no `{wanted}`: {lines:#?}");
    }
}

#[test]
fn what_is_named_is_shown_whole_whatever_its_shape() {
    let (rule, .., seen) = stepped();
    let place = |name: &str| rule.names().iter().position(|known| known == name).unwrap();
    for (name, of_weight, of_bias) in [("r", 2, 1), ("a", 4, 1), ("b", 6, 3), ("c", 6, 3), ("wide", 3, 3)] {
        assert!(seen.0.contains(&(place(name), 0, of_weight)), "{name} of the weight: {:?}", seen.0);
        assert!(seen.0.contains(&(place(name), 1, of_bias)), "{name} of the bias: {:?}", seen.0);
    }
    assert!([0, 1].iter().all(|parameter| seen.1.contains(&(place("n"), *parameter, 1912.5))), "{:?}", seen.1);
    let shape = rule.shape_of(0, 0).map(|shape| shape.to_string());
    assert_eq!(shape.as_deref(), Some("2x1"));
}

#[test]
fn looking_at_a_step_changes_none_of_its_bits() {
    let (mut watched, mut w, dw, _) = stepped();
    let script = Script::load(Kind::Optimizer, &Source::new("mine.rhai", RULE)).unwrap();
    let weight = ParameterFacts::weight(2, 3);
    let bias = ParameterFacts { range: 16..19, ..ParameterFacts::bias(3) };
    let mut other = vec![0.0_f32; 32];
    let parts = rule(&script).unwrap();
    let mut unseen = Rule::for_parameters(parts, &mut other, &[weight, bias], &[0, 0]).unwrap();
    unseen.step(1, &[], &mut other, &dw, None).unwrap();
    for t in 2..6 {
        watched.step(t, &[], &mut w, &dw, Some(&mut Seen::default())).unwrap();
        unseen.step(t, &[], &mut other, &dw, None).unwrap();
    }
    assert_eq!(w, other);
}
