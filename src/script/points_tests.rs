//! What a rule says beside its update: the weights to evaluate and a second gradient; what is told where it says it wrongly.

use super::*;
use crate::error::{Result, Source};
use crate::optim::{ParameterFacts, Rule, StateValue};

/// A weight of two rows and three columns, and its bias.
fn parameters() -> [ParameterFacts; 2] {
    let weight = ParameterFacts::weight(2, 3);
    let bias = ParameterFacts { range: 16..19, ..ParameterFacts::bias(3) };
    [weight, bias]
}

/// Of the weight, then of the bias.
type Both = ([f64; 6], [f64; 3]);

fn both(arena: &[f64]) -> Both {
    let (mut weight, mut bias) = ([0.0; 6], [0.0; 3]);
    weight.copy_from_slice(&arena[..6]);
    bias.copy_from_slice(&arena[16..19]);
    (weight, bias)
}

const DW: Both = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [0.5, -0.5, 1.0]);

struct Trained {
    rule: Rule<f64>,
    w: Vec<f64>,
    t: u64,
}

impl Trained {
    /// A rule whose second gradient is the point at which it is taken.
    fn new(text: &str, steps: u64) -> Result<Self> {
        let script = Script::load(Kind::Optimizer, &Source::new("mine.rhai", text))?;
        let (mut w, mut dw) = (vec![0.0; 32], vec![0.0; 32]);
        dw[..6].copy_from_slice(&DW.0);
        dw[16..19].copy_from_slice(&DW.1);
        let mut rule = Rule::for_parameters(rule(&script)?, &mut w, &parameters(), &[0, 0])?;
        let mut point = vec![f64::NAN; 32];
        for t in 1..=steps {
            rule.second_point((t, false), &[], (&w, &dw), &mut point)?;
            rule.step_with(t, &[], &mut w, [&dw, &point], None)?;
        }
        Ok(Self { rule, w, t: steps })
    }

    fn evaluated(&mut self) -> Both {
        let mut to = vec![f64::NAN; 32];
        self.rule.evaluated(self.t, &[], &self.w, &mut to).unwrap();
        both(&to)
    }
}

fn trained(text: &str, steps: u64) -> Trained {
    Trained::new(text, steps).unwrap_or_else(|error| panic!("{text}: {}", error.what()))
}

/// The message of the error that a text makes, with its line.
fn wrong(text: &str) -> (String, usize) {
    let error = Trained::new(text, 1).err().unwrap_or_else(|| panic!("this should be wrong:\n{text}"));
    (error.what().to_owned(), error.place().map_or(0, super::super::error::Place::line))
}

/// Sums up gradients, with a number for each parameter and a count.
const SUMS: &str = "fn state(w) { #{ sum: zeros(w), size: 0.0, n: 0.0 } }
fn update(w, dw, state, h, t) {
    state.sum += dw;
    state.size = max_abs(state.sum);
    state.n += 1;
    w - dw
}
";

fn summed(evaluate: &str, steps: u64) -> Both {
    trained(&format!("{SUMS}fn evaluate(w, state, h, t) {{ {evaluate} }}"), steps).evaluated()
}

#[test]
fn evaluated_weights_are_made_of_weights_and_state_and_change_neither() {
    let times = |by: f64| (DW.0.map(|dw| by * dw), DW.1.map(|dw| by * dw));
    assert_eq!(summed("state.sum", 3), times(3.0));
    assert_eq!(summed("w", 3), times(-3.0));
    assert_eq!(summed("w + 2 * state.sum / t", 4), times(-2.0));
    assert_eq!(summed("state.sum / state.n", 5), times(1.0));
    let (weight, bias) = summed("like(w, state.size)", 2);
    assert_eq!((weight, bias), ([12.0; 6], [2.0; 3]), "a number of each parameter's own");
    let mut own = trained(&format!("{SUMS}fn evaluate(w, state, h, t) {{ 100 + w + state.sum * state.n }}"), 2);
    let before: Vec<String> = own.rule.state_of(0).map(|state| format!("{state:?}")).collect();
    let w = own.w.clone();
    own.evaluated();
    let after: Vec<String> = own.rule.state_of(0).map(|state| format!("{state:?}")).collect();
    assert_eq!((before, w), (after, own.w.clone()));
    assert!(matches!(own.rule.state_of(0).nth(2), Some(("n", StateValue::Number(2.0)))));
}

#[test]
fn before_the_first_update_the_weights_themselves_are_evaluated() {
    assert_eq!(summed("state.sum / (1 - 0.9 ** t)", 0), ([0.0; 6], [0.0; 3]));
    assert!(summed("state.sum / (1 - 0.9 ** t)", 1).0.iter().all(|w| w.is_finite()));
}

#[test]
fn evaluated_weights_may_depend_on_the_step_by_an_if_and_on_the_parameter() {
    let text = "if t < 3 { w } else { state.sum }";
    assert_eq!(summed(text, 2).1, DW.1.map(|dw| -2.0 * dw));
    assert_eq!(summed(text, 3).1, DW.1.map(|dw| 3.0 * dw));
    let (weight, bias) = summed("if w.kind == \"bias\" { w } else { state.sum }", 1);
    assert_eq!((weight, bias), (DW.0, DW.1.map(|dw| -dw)));
    assert_eq!(summed("if state.n > 1 { state.sum } else { w }", 2).0, DW.0.map(|dw| 2.0 * dw));
    // By a number that each parameter has of its own they go different ways.
    assert_eq!(summed("if state.size > 1 { w } else { state.sum }", 1), (DW.0.map(|dw| -dw), DW.1));
    // It differs between parameters also where another `if` is decided.
    let (weight, bias) = summed("if t > 1 { like(w, state.size) } else { w }", 2);
    assert_eq!((weight, bias), ([12.0; 6], [2.0; 3]));
}

#[test]
fn evaluated_weights_may_look_at_rows_products_and_all_parameters() {
    assert_eq!(summed("w + sum(state.sum, 1)", 1).0, [5.0, 4.0, 3.0, 11.0, 10.0, 9.0]);
    let all: f64 = DW.0.iter().chain(&DW.1).sum();
    assert_eq!(summed("like(w, total(state.sum))", 1), ([all; 6], [all; 3]));
}

/// Twice the gradient is the second one.
const SECOND: &str = "fn second_point(w, dw, state, h, t) { AT }
fn state(w) { #{ n: 1.0 } }
fn update(w, dw, dw2, state, h, t) { state.n *= 2; w - dw + 10 * dw2 }
";

#[test]
fn a_second_gradient_is_taken_where_the_script_says_and_given_to_the_update() {
    let second = |at: &str, steps: u64| both(&trained(&SECOND.replace("AT", at), steps).w);
    // The gradient there is the point itself.
    assert_eq!(second("w + 2 * dw", 1), (DW.0.map(|dw| 19.0 * dw), DW.1.map(|dw| 19.0 * dw)));
    assert_eq!(second("dw * state.n", 2).1, DW.1.map(|dw| 9.0 * dw + 19.0 * dw), "the state before the update");
    let norm = DW.0.iter().chain(&DW.1).map(|dw| dw * dw).sum::<f64>().sqrt();
    let (weight, bias) = second("w + dw / sqrt(total(dw * dw))", 1);
    for (got, dw) in weight.iter().chain(&bias).zip(DW.0.iter().chain(&DW.1)) {
        assert!((got - (10.0 * dw / norm - dw)).abs() < 1e-12, "{got} for {dw}");
    }
    assert_eq!(second("if t == 1 { w } else { dw }", 2).1, DW.1.map(|dw| -2.0 * dw + 10.0 * dw));
}

#[test]
fn what_is_wrong_beside_the_update_is_told_with_its_line() {
    let sums = |text: &str| format!("{SUMS}{text}");
    for (text, says, line) in [
        (sums("fn evaluate(w, state, h, t) { state.n }"), "shape of `w`, but gives a number", 8),
        (sums("fn evaluate(w, state, h, t) { }"), "shape of `w`, but gives nothing", 8),
        (sums("fn evaluate(w, state, h, t) { sum(w, 0) }"), "which is 2x3, but gives 1x3", 8),
        (sums("fn evaluate(w, state, h, t) { state.sum = w; w }"), "changed in `update` alone", 8),
        (sums("fn evaluate(w, state, h, t) { normal(w) }"), "and this is an evaluation", 8),
        (sums("fn evaluate(w, state) { w }"), "`evaluate` has 2 parameters", 8),
        (sums("fn evalute(w, state, h, t) { w }"), "no function `evalute`", 8),
        (sums("fn evaluate(w, state, h, t) { state.mean }"), "mean", 8),
        (sums("fn second_point(w, dw, state, h, t) { w }"), "`update` is not given it", 2),
        (SUMS.replace("w, dw, state", "w, dw, dw2, state"), "no second gradient", 2),
        (SECOND.replace("AT", "state.n = 2; w"), "changed in `update` alone", 1),
        (SECOND.replace("AT", "1"), "shape of `w`, but gives a number", 1),
        (SECOND.replace("AT", "w").replace("dw2, state, h", "state, dw2, h"), "another order", 3),
        (
            "fn state(w) { #{ w: w } }\nfn update(w, dw, state, h, t) { state.w = w - dw; w - dw }\n\
             fn evaluate(w, state, h, t) { state.w }"
                .to_owned(),
            "cannot be called `w`",
            1,
        ),
    ] {
        let (what, at) = wrong(&text);
        assert!(what.contains(says), "{what}: not `{says}`");
        assert_eq!(at, line, "{what}");
    }
}

#[test]
fn what_a_rule_takes_beside_its_states_is_counted() {
    let most = |name: &str| {
        let script = Script::load(Kind::Optimizer, &find(Kind::Optimizer, name, None).unwrap().source).unwrap();
        rule(&script).unwrap().most_tensors
    };
    let counts = ["sgd", "adam", "sgd_averaged", "schedule_free_adamw", "sam", "sgld"].map(most);
    assert_eq!(counts, [0, 2, 2, 4, 2, 1]);
}
