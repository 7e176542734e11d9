//! What rules may do with whole matrices, as scripts say it: the numbers, the states, and what is told where shapes do not fit.

use super::*;
use crate::error::{Result, Source};
use crate::optim::{ParameterFacts, Rule, StateValue};

/// A weight of two rows and three columns, and its bias.
fn parameters() -> [ParameterFacts; 2] {
    let weight = ParameterFacts::weight(2, 3);
    let bias = ParameterFacts { range: 16..19, ..ParameterFacts::bias(3) };
    [weight, bias]
}

const DW: [f64; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
const DB: [f64; 3] = [0.5, -0.5, 1.0];

/// The weights after some steps from 0 with the same gradients, and the rule.
fn train(text: &str, steps: u64) -> Result<([f64; 6], [f64; 3], Rule<f64>)> {
    let script = Script::load(Kind::Optimizer, &Source::new("mine.rhai", text))?;
    let (mut w, mut dw) = (vec![0.0; 32], vec![0.0; 32]);
    dw[..6].copy_from_slice(&DW);
    dw[16..19].copy_from_slice(&DB);
    let mut rule = Rule::for_parameters(rule(&script)?, &mut w, &parameters(), &[0, 0])?;
    for t in 1..=steps {
        rule.step(t, &[], &mut w, &dw, None)?;
    }
    let (mut weight, mut bias) = ([0.0; 6], [0.0; 3]);
    weight.copy_from_slice(&w[..6]);
    bias.copy_from_slice(&w[16..19]);
    Ok((weight, bias, rule))
}

fn rule_of(body: &str) -> String {
    format!("fn update(w, dw, state, h, t) {{\n{body}\n}}")
}

/// What an update from 0 makes of the weight and the bias.
fn made(body: &str) -> ([f64; 6], [f64; 3]) {
    let (weight, bias, _) = train(&rule_of(body), 1).unwrap_or_else(|error| panic!("{body}: {}", error.what()));
    (weight, bias)
}

/// The message of the error that a text makes, with its line.
fn wrong(text: &str) -> (String, usize) {
    let error = train(text, 1).err().unwrap_or_else(|| panic!("this should be wrong:\n{text}"));
    (error.what().to_owned(), error.place().map_or(0, super::super::error::Place::line))
}

#[test]
fn a_sum_along_an_axis_is_one_value_a_column_or_a_row_and_meets_the_whole() {
    assert_eq!(made("w + sum(dw, 0)"), ([5.0, 7.0, 9.0, 5.0, 7.0, 9.0], DB));
    assert_eq!(made("w + sum(dw, 1)"), ([6.0, 6.0, 6.0, 15.0, 15.0, 15.0], [1.0; 3]));
    assert_eq!(made("w + mean(dw, 1)").0, [2.0, 2.0, 2.0, 5.0, 5.0, 5.0]);
    assert_eq!(made("w + max_abs(dw, 1)"), ([3.0, 3.0, 3.0, 6.0, 6.0, 6.0], [1.0; 3]));
    assert_eq!(made("w + norm(dw - 1, 0) ** 2").0.map(f64::round), [9.0, 17.0, 29.0, 9.0, 17.0, 29.0]);
    assert_eq!(made("dw - mean(dw, 0)").0, [-1.5, -1.5, -1.5, 1.5, 1.5, 1.5]);
    // What is taken of all of it is taken of so many elements.
    assert_eq!(made("w + mean(sum(dw, 1)) + sum(mean(dw, 0))").0, [10.5 + 10.5; 6]);
    assert_eq!(made("where(dw > mean(dw, 1), dw, like(mean(dw, 1), 7))").0, [7.0, 7.0, 3.0, 7.0, 7.0, 6.0]);
    assert_eq!(made("clamp(dw, mean(dw, 1), 5)").0, [2.0, 2.0, 3.0, 5.0, 5.0, 5.0]);
}

#[test]
fn matrices_are_multiplied_turned_and_summed_over_their_diagonals() {
    assert_eq!(made("matmul(matmul(dw, transpose(dw)), dw)").0, [142.0, 188.0, 234.0, 340.0, 449.0, 558.0]);
    assert_eq!(made("matmul(dw, 2 * eye(w.columns))"), (DW.map(|x| 2.0 * x), DB.map(|x| 2.0 * x)));
    assert_eq!(made("outer(sum(dw, 1), sum(dw, 0))").0, [30.0, 42.0, 54.0, 75.0, 105.0, 135.0]);
    assert_eq!(made("outer(sum(transpose(dw), 0), transpose(sum(dw, 0)))").0[5], 135.0);
    assert_eq!(made("w + trace(matmul(dw, transpose(dw)))"), ([91.0; 6], [1.5; 3]));
    assert_eq!(made("let x = dw; for i in 0..3 { x = matmul(x, 2 * eye(w.columns)); } x").0, DW.map(|x| 8.0 * x));
    assert_eq!(made("w + ones(w.rows, 1) * w.columns + zeros(1, w.columns)").0, [3.0; 6]);
    // An infinite value beside the diagonal is none of it.
    assert_eq!(made("let a = where(eye(3) > 0, eye(3), 1 / (eye(3) - eye(3))); w + trace(a)").0, [3.0; 6]);
}

#[test]
fn a_total_is_of_all_parameters_and_may_be_kept_as_a_number() {
    let text = "fn state(w) { #{ n: 0.0 } }
        fn update(w, dw, state, h, t) { state.n = state.n + total(dw * dw); w + sqrt(total(dw * dw)) }";
    let (weight, bias, rule) = train(text, 2).unwrap();
    let norm = 92.5_f64.sqrt();
    assert_eq!((weight, bias), ([norm + norm; 6], [norm + norm; 3]));
    for parameter in 0..2 {
        let state: Vec<_> = rule.state_of(parameter).map(|(name, value)| format!("{name} {value:?}")).collect();
        assert_eq!(state, ["n Number(185.0)"]);
    }
    // A helper that is called twice sums twice, each time in both parameters.
    let text =
        "fn all(x) { total(x) } fn update(w, dw, state, h, t) { w + all(dw) + 100 * all(all(abs(dw)) + sum(dw)) }";
    let (weight, bias, _) = train(text, 1).unwrap();
    let want = 22.0 + 100.0 * (2.0 * 23.0 + 22.0);
    assert_eq!((weight, bias), ([want; 6], [want; 3]));
    // Some may add nothing, but all come to it.
    assert_eq!(made("w + total(if w.kind == \"bias\" { sum(dw) } else { 0 })"), ([1.0; 6], [1.0; 3]));
}

#[test]
fn states_have_shapes_of_their_own() {
    let text = "fn state(w) {
            if w.kind == \"bias\" { #{ v: zeros(w) } } else { #{ r: zeros(w.rows, 1), c: ones(1, w.columns), big: eye(3 * w.columns) } }
        }
        fn update(w, dw, state, h, t) {
            if w.kind == \"bias\" { state.v += dw; return w - state.v; }
            state.r += sum(dw, 1);
            state.c *= 2;
            state.big += 1;
            w - state.r
        }";
    let (weight, bias, rule) = train(text, 2).unwrap();
    assert_eq!((weight, bias), ([-18.0, -18.0, -18.0, -45.0, -45.0, -45.0], DB.map(|x| -3.0 * x)));
    let state: Vec<(String, Vec<f64>)> = (0..2)
        .flat_map(|at| rule.state_of(at))
        .map(|(name, value)| match value {
            StateValue::Tensor(values) => (name.to_owned(), values.to_vec()),
            StateValue::Number(value) => (name.to_owned(), vec![value]),
        })
        .collect();
    assert_eq!(state[0], ("r".into(), vec![12.0, 30.0]));
    assert_eq!(state[1], ("c".into(), vec![4.0; 3]));
    let (name, big) = &state[2];
    assert_eq!((name.as_str(), big.len(), big[0], big[1]), ("big", 81, 3.0, 2.0));
    assert_eq!(state[3], ("v".into(), DB.map(|x| 2.0 * x).to_vec()));
}

#[test]
fn a_state_of_another_shape_is_kept_copied_and_put_back() {
    let text = "fn state(w) { #{ big: eye(w.columns), r: zeros(w.rows, 1) } }
        fn update(w, dw, state, h, t) {
            state.big = 0.5 * state.big + matmul(transpose(dw), dw);
            state.r = 0.5 * state.r + mean(dw, 1);
            w - matmul(dw, state.big) / norm(state.big) - state.r
        }";
    let (_, _, mut rule) = train(text, 3).unwrap();
    let mut copy = crate::optim::RuleState::default();
    rule.save(&mut copy);
    let values =
        |rule: &Rule<f64>| rule.state_of(0).map(|(name, value)| format!("{name} {value:?}")).collect::<Vec<_>>();
    let before = values(&rule);
    let (mut w, dw) = (vec![0.25; 32], vec![0.5; 32]);
    let mut go = |rule: &mut Rule<f64>| {
        w.fill(0.25);
        rule.step(4, &[], &mut w, &dw, None).unwrap();
        w.clone()
    };
    let first = go(&mut rule);
    assert_ne!(values(&rule), before);
    rule.restore(&copy).unwrap();
    assert_eq!(values(&rule), before);
    assert_eq!(go(&mut rule), first);
    // A rule edited meanwhile goes on with what has the same name and shape.
    let other = text.replace("zeros(w.rows, 1)", "zeros(1, w.columns)").replace("mean(dw, 1)", "mean(dw, 0)");
    let (_, _, mut edited) = train(&other, 0).unwrap();
    assert_eq!(edited.go_on_with(&rule), ["r"]);
    assert_eq!(values(&edited)[0], values(&rule)[0]);
}

#[test]
fn a_branch_on_the_step_may_lead_to_matrices_and_away_from_them() {
    let text = "fn state(w) { #{ n: 0.0 } }
        fn update(w, dw, state, h, t) {
            if t % 2 == 0 { state.n += total(dw); w + sum(dw, 1) } else { w + dw }
        }";
    let (weight, bias, rule) = train(text, 4).unwrap();
    assert_eq!(weight, [14.0, 16.0, 18.0, 38.0, 40.0, 42.0]);
    assert_eq!(bias, DB.map(|x| 2.0 * x + 2.0));
    assert!(rule.state_of(1).any(|(_, value)| value == StateValue::Number(44.0)));
}

#[test]
fn shapes_that_do_not_fit_are_told_with_both() {
    let told = |body: &str, wanted: &[&str]| {
        let (message, line) = wrong(&rule_of(body));
        for part in wanted {
            assert!(message.contains(part), "{body}: {message}");
        }
        assert_eq!(line, 2, "{body}: {message}");
    };
    told("w - dw * transpose(dw)", &["`*`", "2x3", "3x2"]);
    told("matmul(dw, dw)", &["`matmul(a, b)`", "2x3 and 2x3", "`matmul(a, transpose(b))` would fit"]);
    told("w + trace(dw)", &["square", "2x3"]);
    told("outer(dw, dw)", &["`outer`", "2x3"]);
    told("w + dot(dw, sum(dw, 1))", &["`dot`", "2x3 and 2x1"]);
    told("w + sum(dw, 2)", &["0, over the rows", "1, over the columns"]);
    told("w + zeros(w.rows / 2, 0)", &["`zeros(rows, columns)`", "whole numbers from 1", "this is 0"]);
    told("w + eye(0.5)", &["`eye(n)`", "0.5"]);
    told("sum(dw, 1)", &["2x3", "2x1", "`update`"]);
    told("where(transpose(dw) > 0, dw, 0)", &["`where`", "3x2", "2x3"]);
    let (message, line) =
        wrong("fn state(w) { #{ r: zeros(w.rows, 1) } }\nfn update(w, dw, state, h, t) {\n state.r = dw;\n w }");
    assert!(message.contains("`state.r` is 2x1 and cannot become 2x3"), "{message}");
    assert_eq!(line, 3);
    let (message, _) = wrong("fn state(w) { #{ r: zeros(w) * total(w) } }\nfn update(w, dw, state, h, t) { w }");
    assert!(message.contains("keep it in a number of the state, made in `update`"), "{message}");
}

#[test]
fn what_looks_at_other_elements_is_for_optimizers() {
    let text = "fn forward(x, h) { matmul(x, transpose(x)) }";
    let script = Script::load(Kind::Activation, &Source::new("act.rhai", text)).unwrap();
    let error = activation::<f64>(&script, &Vec::new()).err().unwrap();
    assert!(error.what().contains("taken element by element"), "{}", error.what());
}

#[test]
fn a_rule_that_asks_nothing_of_shapes_is_one_fused_program() {
    let (.., rule) = train(&rule_of("w - 0.1 * dw"), 1).unwrap();
    assert_eq!((rule.groups(), rule.kernels()), (1, 1));
}
