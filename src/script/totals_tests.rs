//! Sums over all parameters: each is of all of them, by the way on which a script comes to it, or an error.

use super::*;
use crate::error::{Error, Place, Result, Source};
use crate::optim::{ParameterFacts, Rule};

const W: [f64; 2] = [3.0, -1.0];
const B: [f64; 2] = [0.5, 2.0];
const DW: [f64; 2] = [1.0, 2.0];
const DB: [f64; 2] = [-4.0, 6.0];

/// The weight and the bias after so many steps of a script whose lines these are.
fn train(text: &str, steps: u64) -> Result<[f64; 4]> {
    let script = Script::load(Kind::Optimizer, &Source::new("mine.rhai", text))?;
    let parameters =
        [ParameterFacts::weight(2, 1), ParameterFacts { range: 16..18, name: "b1".into(), ..ParameterFacts::bias(2) }];
    let (mut w, mut dw) = (vec![0.0; 32], vec![0.0; 32]);
    for (all, [own, other]) in [(&mut w, [W, B]), (&mut dw, [DW, DB])] {
        all[..2].copy_from_slice(&own);
        all[16..18].copy_from_slice(&other);
    }
    let mut rule = Rule::for_parameters(rule(&script)?, &mut w, &parameters, &[0, 0])?;
    for t in 1..=steps {
        rule.step(t, &[], &mut w, &dw, None)?;
    }
    Ok([w[0], w[1], w[16], w[17]])
}

fn rule_of(body: &str) -> String {
    format!(
        "fn size(x) {{ total(x * x) }}\nfn twice(x) {{ size(x) + size(2 * x) }}\nfn tell(x) {{ total(x); true }} fn update(w, dw, state, h, t) {{\n{body}\n}}"
    )
}

/// What is added to the weights in the first step, of which all are to be alike.
fn added(body: &str) -> f64 {
    let after = train(&rule_of(body), 1).unwrap_or_else(|error| panic!("{body}: {}", error.what()));
    let added: Vec<f64> = after.iter().zip(W.iter().chain(&B)).map(|(after, before)| after - before).collect();
    assert!(added.iter().all(|own| (own - added[0]).abs() < 1e-12), "{body}: {added:?}");
    added[0]
}

/// The error of a body, with its line, after so many steps.
fn wrong(body: &str, steps: u64) -> (Error, usize) {
    let error = train(&rule_of(body), steps).err().unwrap_or_else(|| panic!("this should be wrong: {body}"));
    let line = error.place().map_or(0, Place::line);
    (error, line)
}

const ALL_W: f64 = 9.0 + 1.0 + 0.25 + 4.0;
const ALL_DW: f64 = 1.0 + 4.0 + 16.0 + 36.0;

#[test]
fn a_total_is_the_sum_by_hand_however_a_script_comes_to_it() {
    assert_eq!(added("w + total(dw * dw)"), ALL_DW);
    assert_eq!(added("w + size(dw) + 10 * size(w)"), ALL_DW + 10.0 * ALL_W);
    assert_eq!(added("w + twice(dw) - twice(w)"), 5.0 * (ALL_DW - ALL_W));
    // Ways that part and meet again before it, in statements and within one.
    assert_eq!(added("let x = dw; if w.kind == \"bias\" { x = 2 * dw; } w + total(x)"), 3.0 + 2.0 * 2.0);
    assert_eq!(added("w + total(if w.kind == \"bias\" { dw } else { w })"), 2.0 + 2.0);
    assert_eq!(
        added(
            "let k = if w.kind == \"bias\" { 2 } else { 1 } * size(dw); w + k / (if w.kind == \"bias\" { 2 } else { 1 })"
        ),
        ALL_DW
    );
}

#[test]
fn a_number_is_summed_once_a_parameter() {
    assert_eq!(added("w + total(1)"), 2.0);
    assert_eq!(added("w + total(if w.kind == \"weight\" { sum(dw * dw) } else { 0 })"), 5.0);
    assert_eq!(added("w + total(0.25)"), 0.5);
}

#[test]
fn turns_of_loops_are_told_apart() {
    assert_eq!(added("let s = 0; for i in 0..3 { s += (i + 1) * total(dw); } w + s"), 6.0 * 5.0);
    // As often, in other turns.
    let (error, line) = wrong(
        "let s = 0; for i in 0..3 { let own = w.kind == \"bias\";\nif own && i > 0 || !own && i < 2 {\n s += total(dw); } } w + s",
        1,
    );
    assert_eq!(line, 6);
    assert!(error.what().contains("`total` is a sum over all parameters"), "{}", error.what());
    let (_, line) =
        wrong("let s = 0; for i in 0..(if w.kind == \"bias\" { 2 } else { 3 }) {\n s += size(dw); } w + s", 1);
    assert_eq!(line, 1);
}

#[test]
fn a_total_to_which_some_parameters_do_not_come_is_refused() {
    let told = |body: &str, line: usize, missing: &str| {
        let (error, at) = wrong(body, 1);
        assert_eq!(at, line, "{body}: {}", error.what());
        assert!(error.what().contains(missing), "{body}: {}", error.what());
    };
    // Written once in each branch.
    told("if w.kind == \"weight\" {\n w / total(dw) } else {\n w / total(dw) }", 5, "`b1` does not come");
    // Behind an early end.
    told("if w.kind == \"bias\" { return w; }\n w / total(dw)", 5, "`b1` does not come");
    told("if w.kind == \"weight\" { return w; }\n w / total(dw)", 5, "`W1` does not come");
    // By a helper that is called with other things in other branches.
    let body = "let a = 0; let b = 0;\nif w.kind == \"weight\" {\n a = size(dw); b = size(w);\n } else {\n b = size(w);\n }\n w + a + b";
    told(body, 1, "from line 6");
    let body = "let a = 0;\nif w.kind == \"weight\" {\n a = size(dw);\n } else {\n a = size(w);\n }\n w + a";
    told(body, 1, "`b1` does not come");
    told("w * (if w.kind == \"weight\" { size(dw) } else { size(dw) })", 1, "`b1` does not come");
    // A part of a condition that is not always looked at.
    told("let ok = w.kind == \"bias\" || tell(dw); w", 3, "`b1` does not come");
}

#[test]
fn a_guard_may_hold_a_total_that_all_come_to() {
    let after = train(&rule_of("if t % 2 == 0 { w + size(dw) } else { w }"), 4).unwrap();
    assert_eq!(after, [W[0], W[1], B[0], B[1]].map(|w| w + 2.0 * ALL_DW));
    // Numbers that are not alike lead parameters by it, at a later step.
    let text = "fn state(w) { #{ n: 0.0 } }\nfn update(w, dw, state, h, t) {\n let far = state.n > 2;\n state.n = sum(dw);\n if far {\n return w + total(dw); }\n w }";
    assert!(train(text, 1).is_ok());
    let error = train(text, 2).unwrap_err();
    assert_eq!((error.place().map(Place::line), error.what().contains("`b1` does not come")), (Some(6), true));
}

#[test]
fn a_script_without_a_total_is_called_as_it_is() {
    let load = |text: &str| Script::load(Kind::Optimizer, &Source::new("mine.rhai", text)).unwrap();
    assert!(load("fn update(w, dw, state, h, t) { w - dw }").told.is_none());
    assert!(load("fn update(w, dw, state, h, t) { w - dw / total(dw) }").told.is_some());
}

#[test]
fn what_is_wrong_in_a_script_with_a_total_is_told_at_its_place() {
    let (error, line) = wrong("let n = total(dw);\n let k = 2;\n w - foo(k, n)", 1);
    assert_eq!((line, error.what().contains("`foo`")), (6, true), "{}", error.what());
    let (error, line) = wrong("let n = total(dw);\n if dw > 0 { w } else { w - n }", 1);
    assert_eq!((line, error.what().contains("`if`")), (5, true), "{}", error.what());
}
