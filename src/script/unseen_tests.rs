//! What is wrong in a part of a script that its first steps do not come to, found before a run.

use super::*;
use crate::error::{Error, Place, Result, Source};
use crate::optim::{ParameterFacts, Rule};

const HEAD: &str = "fn hyper() { #{\n lr: 0.1, // in [0, 1)\n k: 3.0, // steps\n } }\n";

fn script(text: &str) -> Result<std::sync::Arc<Script>> {
    Script::load(Kind::Optimizer, &Source::new("mine.rhai", text.to_owned()))
}

/// What is found when a script alone is looked at.
fn alone(text: &str) -> Result<()> {
    try_ahead(&script(text)?)
}

/// An update with this body, on line 6, beside a state of a tensor and a number.
fn update(body: &str) -> String {
    format!("{HEAD}fn update(w, dw, state, h, t) {{\n{body} }}\nfn state(w) {{ #{{ v: zeros(w), n: 0.0 }} }}")
}

/// The error of a script, with its line.
fn wrong(text: &str) -> (Error, usize) {
    let error = alone(text).err().unwrap_or_else(|| panic!("this should be wrong:\n{text}"));
    let line = error.place().map_or(0, Place::line);
    (error, line)
}

#[test]
fn names_in_a_branch_that_is_not_gone_are_looked_for() {
    let never = |code: &str| update(&format!("if t < 0 {{ {code} }} w - h.lr * dw"));
    for (code, told) in [
        ("w -= foo(dw, dw);", "there is no function `foo` here"),
        ("w -= h.lrr * dw;", "there is no `h.lrr`; did you mean `h.lr`?"),
        ("state.m = dw;", "there is no `state.m`"),
        ("w -= lrr * dw;", "`lrr`"),
        ("w -= late(dw);", "there is no function `late` here"),
    ] {
        let (error, line) = wrong(&never(code));
        assert_eq!((line, error.what().contains(told)), (6, true), "{code}: {}", error.what());
    }
    // In a helper that only such a branch calls, with what it is given.
    let helper = |line: &str| format!("{}\nfn late(x, given) {{\n {line} }}", never("w -= late(dw, h);"));
    for line in ["x * given.lrr", "x * foo(x)", "x * y", "late(x)"] {
        assert_eq!(wrong(&helper(line)).1, 9, "{line}");
    }
    for line in
        ["x * given.lr", "x * PI", "let given = #{ a: 1 }; x * given.a", "[x].map(|y| y * 2)[0]", "late(x, given)"]
    {
        assert!(alone(&helper(line)).is_ok(), "{line}: {:?}", alone(&helper(line)));
    }
}

#[test]
fn ways_that_a_late_step_goes_are_traced_beforehand() {
    for condition in [
        "t == 300",
        "t > 4000",
        "t % 700 == 699",
        "h.lr > 0.5",
        "h.k * h.k * t == 900",
        "state.n > 5",
        "t > 2 && state.n == 7",
    ] {
        let (error, line) = wrong(&update(&format!("if {condition} {{ zeros(3, 3) }} else {{ w - h.lr * dw }}")));
        assert_eq!(line, 6, "{condition}: {}", error.what());
        assert!(error.what().contains("should give the new `w`, which is 2x3, but gives 3x3"), "{}", error.what());
        assert!(error.help_lines().iter().any(|line| line.starts_with("it comes there")), "{:?}", error.help_lines());
    }
    // Of one way after the other.
    let (_, line) = wrong(&update("if t > 10 {\n if t > 20 {\n if h.k == 4 {\n return matmul(dw, dw); } } }\n w"));
    assert_eq!(line, 9);
}

#[test]
fn ways_that_are_never_gone_and_errors_that_a_script_means_give_no_alarm() {
    for body in [
        // What is made under one condition is there under the same again, and under one that follows from it.
        "let v = (); if t == 1 { v = dw; } if t == 1 { return w - v; } w",
        "let v = (); if t > 3 { v = dw; } if t > 5 { return w - v; } w",
        "if t < 0 { return zeros(3, 3); } w",
        "if h.lr > 2 { return zeros(3, 3); } w",
        "if t * t == -1 { matmul(dw, dw) } else { w }",
        "if h.k < 1 { throw \"k is too small\"; } w - h.lr * dw / h.k",
        "let n = 0; if t > 8 { n = 1; } w - dw / n",
        "let all = [1, 2]; state.n = (state.n + 1) % 2; if state.n > 0 { w - dw * all[1] } else { w }",
        "if t > 8 { w - dw / 0 } else { w - dw * sqrt(-1) }",
    ] {
        assert!(
            alone(&update(body)).is_ok(),
            "{body}: {:?}",
            alone(&update(body)).err().map(|error| error.what().to_owned())
        );
    }
}

#[test]
fn a_script_alone_is_tried_for_parameters_of_every_kind() {
    for kind in ["bias", "gamma", "beta"] {
        let (error, line) = wrong(&update(&format!("if w.kind == \"{kind}\" {{ return w - matmul(dw, dw); }} w")));
        assert_eq!((line, error.what().contains("1x3 and 1x3")), (6, true), "{}", error.what());
    }
    let (error, line) = wrong(&update("if w.kind == \"beta\" { return w; }\n w / total(dw)"));
    assert_eq!((line, error.what().contains("`beta1` does not come")), (7, true), "{}", error.what());
    assert!(alone(&update("if w.kind == \"xy\" { return w - matmul(dw, dw); } w")).is_ok());
}

/// A rule for a weight of two rows and five columns.
fn of_five(text: &str) -> Result<Rule<f64>> {
    let parts = rule(&script(text)?)?;
    Rule::for_parameters(parts, &mut [0.0; 16], &[ParameterFacts::weight(2, 5)], &[0])
}

#[test]
fn a_shape_that_is_wrong_later_is_told_of_the_parameter_that_there_is() {
    let text = update("if t == 300 { zeros(3, 3) } else { w - h.lr * dw }");
    let error = of_five(&text).err().unwrap();
    assert!(error.what().contains("which is 2x5, but gives 3x3"), "{}", error.what());
    // A shape that fits the parameter that there is.
    assert!(of_five(&update("if t == 300 { zeros(2, 5) } else { w - h.lr * dw }")).is_ok());
}

#[test]
fn an_error_of_a_later_step_tells_the_step_and_the_parameter() {
    // No numbers are found by which it goes there: the cube of a step is far from the numbers that are tried.
    let mut rule = of_five(&update("if t ** 3 == 39304000 { zeros(3, 3) } else { w - h.lr * dw }")).unwrap();
    let (mut w, dw) = ([0.0; 16], [0.0; 16]);
    let error = (1..=340).find_map(|t| rule.step(t, &[0.1, 3.0], &mut w, &dw, None).err().map(|error| (t, error)));
    let (t, error) = error.unwrap();
    assert_eq!(t, 340);
    assert!(
        error.help_lines().iter().any(|line| line == "this is step 340, for `W1`, which is 2x5"),
        "{:?}",
        error.help_lines()
    );
}

#[test]
fn a_schedule_is_looked_through_as_well() {
    let load = |text: &str| {
        let script = Script::load(Kind::Schedule, &Source::new("mine.rhai", text)).unwrap();
        try_ahead(&script)
    };
    let text = "fn hyper() { #{ lr: 0.1 } }\nfn rate(t, h) { if t == 300 {\n foo(t) } else { h.lr } }";
    let error = load(text).unwrap_err();
    assert_eq!((error.place().map(Place::line), error.what().contains("`foo`")), (Some(3), true));
    assert!(load(&text.replace("foo(t)", "h.lrr")).is_err() && load(&text.replace("foo(t)", "sqrt(t)")).is_ok());
}
