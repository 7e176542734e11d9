//! Rules: the mistakes that students make, each with what is said of it.

use super::*;

const ADAM: Kind = Kind::Optimizer;

#[test]
fn every_shipped_rule_does_what_it_does() {
    for entry in crate::script::shipped(Kind::Optimizer) {
        let mut late = case("late");
        (late.from, late.steps) = (1000, 80);
        let mut still = case("no gradient");
        still.zero_gradient = true;
        let mut shapes = case("two shapes");
        shapes.shapes = vec![vec![2, 2], vec![1], vec![3]];
        passes(&judge(&task(vec![case("first"), late, still, shapes]), &entry.source, &entry.source, true));
    }
}

#[test]
fn another_way_to_write_the_same_passes() {
    passes(&altered(
        ADAM,
        "adam",
        &[
            ("h.beta2 * state.s + (1 - h.beta2) * dw * dw", "state.s - (1 - h.beta2) * (state.s - square(dw))"),
            ("w - h.lr * v_hat / (sqrt(s_hat) + h.eps)", "let step = h.lr * v_hat; w - step / (h.eps + s_hat ** 0.5)"),
            ("state.v", "state.m"),
            ("v: zeros", "m: zeros"),
        ],
        vec![Case { steps: 200, ..case("long") }],
    ));
}

#[test]
fn a_forgotten_bias_correction_is_told_by_its_statement() {
    let verdict = altered(ADAM, "adam", &[("state.v / (1 - h.beta1 ** t)", "state.v")], vec![case("first step")]);
    insta::assert_snapshot!(read(&verdict), @r"
    Failed 0
    Case `first step`: after step 1 `W1[0,0]` should be 0.02207, and is 0.02117.
    - Into step 1 of `W1[0,0]` came w = 0.02107, dw = -0.9853, lr = 0.001, beta1 = 0.9, beta2 = 0.999, eps = 1e-8.
    - Line 27: `v_hat = state.v` gives -0.09853, the reference has -0.9853.
    ");
}

#[test]
fn a_correction_that_is_left_out_of_a_named_value_is_told_there() {
    let verdict = altered(ADAM, "adam", &[("state.s / (1 - h.beta2 ** t)", "state.s")], Vec::new());
    insta::assert_snapshot!(read(&verdict), @r"
    Failed 0
    After step 1 `W1[0,0]` should be 0.17996, and is 0.1493.
    - Into step 1 of `W1[0,0]` came w = 0.181, dw = 0.8118, lr = 0.001, beta1 = 0.9, beta2 = 0.999, eps = 1e-8.
    - Line 28: `s_hat = state.s` gives 0.0006589, the reference has 0.6589.
    ");
    // Multiplied by it instead of divided.
    let changes = [("state.v / (1 - h.beta1 ** t)", "state.v * (1 - h.beta1 ** t)")];
    insta::assert_snapshot!(read(&altered(ADAM, "adam", &changes, Vec::new())), @r"
    Failed 0
    After step 1 `W1[0,0]` should be 0.17996, and is 0.1809.
    - Into step 1 of `W1[0,0]` came w = 0.181, dw = 0.8118, lr = 0.001, beta1 = 0.9, beta2 = 0.999, eps = 1e-8.
    - Line 27: `v_hat = state.v * (1 - h.beta1 ** t)` gives 0.08118 * 0.1 = 0.008118, the reference has 0.8118.
    ");
}

#[test]
fn eps_inside_of_the_root_shows_in_a_small_gradient() {
    let verdict = altered(ADAM, "adam", &[("sqrt(s_hat) + h.eps", "sqrt(s_hat + h.eps)")], vec![case("first step")]);
    insta::assert_snapshot!(read(&verdict), @r"
    Failed 0
    Case `first step`: after step 1 `W1[2,0]` should be -0.8918, and is -0.8914.
    - Into step 1 of `W1[2,0]` came w = -0.8908, dw = 6.426e-5, lr = 0.001, beta1 = 0.9, beta2 = 0.999, eps = 1e-8.
    - Line 29: `w - h.lr * v_hat / (sqrt(s_hat + h.eps))` gives -0.8908 - 0.001 * 6.426e-5 / sqrt(4.13e-9 + 1e-8) = -0.8914, the reference has -0.8918.
    ");
}

#[test]
fn decays_that_are_swapped_are_told_by_the_first_average() {
    let changes = [
        ("h.beta1 * state.v + (1 - h.beta1)", "h.beta2 * state.v + (1 - h.beta2)"),
        ("h.beta2 * state.s + (1 - h.beta2)", "h.beta1 * state.s + (1 - h.beta1)"),
    ];
    insta::assert_snapshot!(read(&altered(ADAM, "adam", &changes, vec![case("first step")])), @r"
    Failed 0
    Case `first step`: after step 1 `W1[0,0]` should be 0.02207, and is 0.02107.
    - Into step 1 of `W1[0,0]` came w = 0.02107, dw = -0.9853, lr = 0.001, beta1 = 0.9, beta2 = 0.999, eps = 1e-8.
    - Line 25: `state.v = h.beta2 * state.v + (1 - h.beta2) * dw` gives 0.999 * 0 + 0.001 * -0.9853 = -0.0009853, the reference has -0.09853.
    ");
}

#[test]
fn a_step_that_is_counted_from_0_divides_by_0() {
    let verdict = altered(ADAM, "adam", &[("h.beta1 ** t", "h.beta1 ** (t - 1)")], vec![case("first step")]);
    insta::assert_snapshot!(read(&verdict), @r"
    Failed 0
    Case `first step`: after step 1 `W1[0,0]` should be 0.02207, and is inf.
    - Into step 1 of `W1[0,0]` came w = 0.02107, dw = -0.9853, lr = 0.001, beta1 = 0.9, beta2 = 0.999, eps = 1e-8.
    - Line 27: `v_hat = state.v / (1 - h.beta1 ** (t - 1))` gives -0.09853 / 0 = -inf, the reference has -0.9853.
    ");
}

#[test]
fn a_state_that_is_not_kept_is_told_where_it_is_made() {
    let changes = [("    state.v = h.beta", "    let v = h.beta"), ("h.lr * state.v", "h.lr * v")];
    insta::assert_snapshot!(read(&altered(ADAM, "momentum", &changes, vec![case("first step"), case("three steps")])), @r"
    Failed 0
    Case `first step`: after step 1 the weights agree, but `state.v` of `W1[0,0]` should be -0.09853, and is 0.
    - Into step 1 of `W1[0,0]` came w = 0.02107, dw = -0.9853, lr = 0.1, beta = 0.9.
    - Line 15: the state `v` never changes: `update` does not assign `state.v`.
    - Both do the same in 0 of 2 cases; they differ in `first step`, `three steps`.
    ");
}

#[test]
fn a_plus_in_place_of_a_minus_is_told_by_the_last_line() {
    let verdict = altered(ADAM, "momentum", &[("w - h.lr", "w + h.lr")], vec![case("first step")]);
    insta::assert_snapshot!(read(&verdict), @r"
    Failed 0
    Case `first step`: after step 1 `W1[0,0]` should be 0.03092, and is 0.01122.
    - Into step 1 of `W1[0,0]` came w = 0.02107, dw = -0.9853, lr = 0.1, beta = 0.9.
    - Line 19: `w + h.lr * state.v` gives 0.02107 + 0.1 * -0.09853 = 0.01122, the reference has 0.03092.
    ");
}

#[test]
fn momentum_without_1_minus_beta_is_told_with_its_numbers() {
    let verdict = altered(ADAM, "momentum", &[("(1 - h.beta) * dw", "dw")], vec![case("first step")]);
    insta::assert_snapshot!(read(&verdict), @r"
    Failed 0
    Case `first step`: after step 1 `W1[0,0]` should be 0.03092, and is 0.1196.
    - Into step 1 of `W1[0,0]` came w = 0.02107, dw = -0.9853, lr = 0.1, beta = 0.9.
    - Line 18: `state.v = h.beta * state.v + dw` gives 0.9 * 0 + -0.9853 = -0.9853, the reference has -0.09853.
    ");
}

#[test]
fn a_starter_that_changes_nothing_fails_and_says_so() {
    let starter =
        "fn hyper() { #{\n lr: 0.1, // rate\n} }\nfn state(w) { #{} }\nfn update(w, dw, state, h, t) {\n    w\n}\n";
    let verdict = written(ADAM, "momentum", starter, vec![case("first step"), Case { hidden: true, ..case("secret") }]);
    insta::assert_snapshot!(read(&verdict), @r"
    Failed 0
    Case `first step`: after step 1 `W1[0,0]` should be 0.03092, and is 0.02107.
    - Into step 1 of `W1[0,0]` came w = 0.02107, dw = -0.9853, lr = 0.1.
    - Line 6: `w` gives 0.02107, the reference has 0.03092.
    - Your rule has no `beta`; `momentum` has `lr`, `beta`.
    - Both do the same in 0 of 2 cases; they differ in `first step`.
    - Hidden cases in which they differ: `secret`.
    ");
}

#[test]
fn a_branching_rule_is_compared_step_by_step_and_its_late_mistake_found() {
    let text = "fn hyper() { #{\n lr: 0.1, // rate\n beta: 0.9, // decay\n} }\nfn state(w) { #{ v: zeros(w) } }\n\
                fn update(w, dw, state, h, t) {\n  state.v = h.beta * state.v + (1 - h.beta) * dw;\n  \
                if t > 4 { return w - 2 * h.lr * state.v; }\n  w - h.lr * state.v\n}\n";
    let cases = vec![case("first steps"), Case { steps: 9, ..case("nine steps") }];
    insta::assert_snapshot!(read(&written(ADAM, "momentum", text, cases)), @r"
    Failed 1
    Case `nine steps`: after step 5 `W1[0,0]` should be -0.3648, and is -0.3512.
    - Into step 5 of `W1[0,0]` came w = -0.3784, dw = -0.3057, lr = 0.1, beta = 0.9.
    - Line 8: `w - 2 * h.lr * state.v` gives -0.3784 - 0.2 * -0.136 = -0.3512, the reference has -0.3648.
    - Both do the same in 1 of 2 cases; they differ in `nine steps`.
    ");
}

#[test]
fn the_least_decay_of_weights_counts() {
    let verdict = altered(
        ADAM,
        "adamw",
        &[("h.weight_decay", "0 * h.weight_decay")],
        vec![Case { hyper: vec![("lr".into(), 1e-6)], ..case("small rate") }],
    );
    assert_eq!(verdict.outcome, Outcome::Failed, "{}", read(&verdict));
    assert!(verdict.message.starts_with("Case `small rate` (lr = 1e-6): "), "{}", read(&verdict));
}

#[test]
fn the_weights_that_evaluations_look_at_are_compared_too() {
    let told = |verdict: &Verdict, after: &str, also: &str| {
        let read = read(verdict);
        let says =
            format!("After step {after} the weights in training agree, but as it is evaluated `W1[0,0]` should be");
        assert!(read.starts_with("Failed 0") && read.contains(&says) && read.contains(also), "{read}");
    };
    let evaluate = "fn evaluate(w, state, h, t) { state.x }";
    let instead = |text: &str| altered(ADAM, "schedule_free_sgd", &[(evaluate, text)], Vec::new());
    told(&instead("fn evaluate(w, state, h, t) { w }"), "2", "");
    told(&instead(""), "2", "Your rule has no `evaluate`: the weights in training are evaluated.");
    let own = format!("{}\nfn evaluate(w, state, h, t) {{ w * 0.5 }}\n", shipped(ADAM, "shampoo").text);
    told(&written(ADAM, "shampoo", &own, Vec::new()), "1", "`shampoo` has no `evaluate`");
    // The same weights by another name of the state pass.
    let changes = [("{ z: w, x: w,", "{ z: w, mean: w,"), ("state.x", "state.mean")];
    passes(&altered(ADAM, "schedule_free_sgd", &changes, Vec::new()));
    let own = format!("{}\nfn evaluate(w, state, h, t) {{ 1.0 * w }}\n", shipped(ADAM, "adam").text);
    passes(&written(ADAM, "adam", &own, Vec::new()));
}
