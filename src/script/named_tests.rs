//! What is assigned within blocks, in loops and in the functions that `update` calls, shown under its name with the numbers of
//! the rule's own arithmetic.

use super::*;
use crate::error::Source;
use crate::optim::{ParameterFacts, Rule, RuleWatch};

/// A weight of two rows and three columns, and its bias.
const DW: [f64; 6] = [1.0, -2.0, 3.0, 4.0, 0.5, 6.0];

/// What was shown of the weight, by its place among the names.
#[derive(Default)]
struct Shown(Vec<(usize, Vec<f64>)>);

impl RuleWatch<f64> for Shown {
    fn begin(&mut self, _: &[String]) {
        self.0.clear();
    }
    fn block(&mut self, name: usize, parameter: usize, _: usize, values: &[f64]) {
        if parameter == 0 {
            self.0.push((name, values.to_vec()));
        }
    }
    fn number(&mut self, name: usize, parameter: usize, value: f64) {
        self.block(name, parameter, 0, &[value]);
    }
}

/// The names that are shown of the weight after each of some steps, with how often each was given and with what.
fn shown(text: &str, steps: u64) -> Vec<Vec<(String, u32, Vec<f64>)>> {
    let script = Script::load(Kind::Optimizer, &Source::new("mine.rhai", text)).unwrap();
    let (mut w, mut dw) = (vec![0.0; 32], vec![0.0; 32]);
    dw[..6].copy_from_slice(&DW);
    dw[16..19].copy_from_slice(&[0.5, -0.5, 1.0]);
    let facts = [ParameterFacts::weight(2, 3), ParameterFacts { range: 16..19, ..ParameterFacts::bias(3) }];
    let mut rule = Rule::for_parameters(rule(&script).unwrap(), &mut w, &facts, &[0, 0]).unwrap();
    let usual: Vec<f64> =
        script.hyper.iter().map(|hyper| if let HyperValue::Number(x) = hyper.default { x } else { 0.0 }).collect();
    let mut shown = Shown::default();
    let mut step = |t: u64| {
        rule.step(t, &usual, &mut w, &dw, Some(&mut shown)).unwrap();
        let mut told = shown.0.clone();
        told.sort_by_key(|(name, _)| *name);
        let told = told.into_iter().map(|(name, values)| (rule.names()[name].clone(), rule.times(0, name), values));
        told.collect::<Vec<_>>()
    };
    (1..=steps).map(&mut step).collect()
}

fn close(got: &[f64], wanted: &[f64]) -> bool {
    got.len() == wanted.len() && got.iter().zip(wanted).all(|(got, wanted)| (got - wanted).abs() < 1e-12)
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// Blocks, a loop, an `if` that is a value, and functions that call each other.
const INNER: &str = r#"
    fn state(w) { #{ v: zeros(w) } }
    fn scaled(x, by) { let size = norm(x); let unit = x / size; unit * by }
    fn twice(x) { let far = scaled(x, 2); far }
    fn rows(x) { let gram = matmul(x, transpose(x)); let r = sum(gram, 1); x + r }
    fn update(w, dw, state, h, t) {
        state.v = 0.5 * state.v + dw;
        if t > 1 {
            let late = scaled(state.v, 3);
            let again = dw;
            let root = sqrt(abs(late));
            w - root + 0 * again
        } else {
            let total = dw / 2;
            for i in 0..3 {
                let turn = (i + 1) * dw;
                total += turn;
            }
            let early = if w.kind == "weight" { twice(total) } else { total };
            w - early + rows(dw)
        }
    }
"#;

#[test]
fn what_is_assigned_within_blocks_loops_and_functions_is_shown_with_its_last_value() {
    let steps = shown(INNER, 2);
    let times = |by: f64| DW.map(|dw| by * dw).to_vec();
    let unit = times(1.0 / norm(&DW));
    let first: Vec<(&str, u32, Vec<f64>)> = vec![
        ("v", 1, times(1.0)),
        ("total", 4, times(6.5)),
        ("turn", 3, times(3.0)),
        ("early", 1, unit.iter().map(|unit| 2.0 * unit).collect()),
        ("scaled.size", 1, vec![6.5 * norm(&DW)]),
        ("scaled.unit", 1, unit.clone()),
    ];
    let second: Vec<(&str, u32, Vec<f64>)> = vec![
        ("v", 1, times(1.5)),
        ("late", 1, unit.iter().map(|unit| 3.0 * unit).collect()),
        ("root", 1, unit.iter().map(|unit| (3.0 * unit).abs().sqrt()).collect()),
        ("scaled.size", 1, vec![1.5 * norm(&DW)]),
        ("scaled.unit", 1, unit.clone()),
    ];
    for (got, wanted) in steps.iter().zip([first, second]) {
        let names: Vec<(&str, u32)> = got.iter().map(|(name, times, _)| (name.as_str(), *times)).collect();
        assert_eq!(names, wanted.iter().map(|(name, times, _)| (*name, *times)).collect::<Vec<_>>());
        for ((name, _, got), (.., wanted)) in got.iter().zip(&wanted) {
            assert!(close(got, wanted), "{name}: {got:?} and not {wanted:?}");
        }
    }
}

/// The product of two matrices by rows.
fn product(a: &[f64], b: &[f64], [rows, inner, columns]: [usize; 3]) -> Vec<f64> {
    let at = |row: usize, column: usize| (0..inner).map(|k| a[row * inner + k] * b[k * columns + column]).sum();
    (0..rows * columns).map(|place| at(place / columns, place % columns)).collect()
}

#[test]
fn what_muon_makes_orthogonal_is_shown_before_and_after() {
    let muon = find(Kind::Optimizer, "muon", None).unwrap();
    let shown = shown(&muon.source.text, 1);
    let names: Vec<&str> = shown[0].iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["V", "x", "step"]);
    let beta: f64 = 0.95;
    let v = DW.map(|dw| (1.0 - beta) * dw);
    let x: Vec<f64> = v.iter().zip(DW).map(|(v, dw)| beta * v / (1.0 - beta.powi(2)) + dw).collect();
    let mut step: Vec<f64> = x.iter().map(|one| one / (norm(&x) + 1e-8)).collect();
    let transpose = |x: &[f64]| -> Vec<f64> { (0..6).map(|place| x[place % 2 * 3 + place / 2]).collect() };
    for _ in 0..5 {
        let a = product(&step, &transpose(&step), [2, 3, 2]);
        let square = product(&a, &a, [2, 2, 2]);
        let by: Vec<f64> = square.iter().zip(&a).map(|(square, a)| 2.0315 * square - 4.775 * a).collect();
        let turned = product(&by, &step, [2, 2, 3]);
        step = step.iter().zip(turned).map(|(step, turned)| 3.4445 * step + turned).collect();
    }
    for ((name, times, got), wanted) in shown[0].iter().zip([v.to_vec(), x, step]) {
        assert!(close(got, &wanted) && *times == 1, "{name}, {times}: {got:?} and not {wanted:?}");
    }
}

#[test]
fn a_rule_that_is_called_at_each_step_shows_them_of_all_parameters() {
    let text = INNER.replace("if t > 1 {", "print(t);\n        if t > 1 {");
    let names = |steps: &[Vec<(String, u32, Vec<f64>)>]| {
        steps.iter().map(|step| step.iter().map(|(name, ..)| name.clone()).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    assert_eq!(names(&shown(&text, 2)), names(&shown(INNER, 2)), "nobody looks at an element");
}

#[test]
fn looking_at_what_is_within_changes_no_bit() {
    let script = Script::load(Kind::Optimizer, &Source::new("mine.rhai", INNER)).unwrap();
    let run = |looks: bool| {
        let mut w = vec![0.0_f32; 6];
        let dw = DW.map(|dw| dw as f32);
        let facts = [ParameterFacts::weight(2, 3)];
        let mut rule = Rule::for_parameters(rule(&script).unwrap(), &mut w, &facts, &[0]).unwrap();
        for t in 1..6 {
            let mut unseen = Unseen;
            let watch: Option<&mut dyn RuleWatch<f32>> = if looks { Some(&mut unseen) } else { None };
            rule.step(t, &[], &mut w, &dw, watch).unwrap();
        }
        w.into_iter().map(f32::to_bits).collect::<Vec<_>>()
    };
    assert_eq!(run(true), run(false));
}

struct Unseen;

impl RuleWatch<f32> for Unseen {
    fn begin(&mut self, _: &[String]) {}
    fn block(&mut self, _: usize, _: usize, _: usize, _: &[f32]) {}
    fn number(&mut self, _: usize, _: usize, _: f64) {}
}
