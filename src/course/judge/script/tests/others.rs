//! Schedules, activations, losses and landscapes: what students get wrong, and what is said of it.

use super::*;

#[test]
fn every_shipped_schedule_function_and_landscape_does_what_it_does() {
    for kind in [Kind::Schedule, Kind::Activation, Kind::Loss, Kind::Landscape] {
        for entry in crate::script::shipped(kind) {
            passes(&judge(&task(Vec::new()), &entry.source, &entry.source, true));
        }
    }
}

#[test]
fn another_way_to_write_the_same_passes() {
    let own = "fn hyper() { #{\n lr: 0.3, // rate\n every: 7, // steps\n factor: 0.25, // factor\n} }\n\
               fn rate(t, h) {\n let rate = h.lr;\n for i in 0..200 { if t >= (i + 1) * h.every { rate *= h.factor; } }\n rate\n}\n";
    passes(&written(Kind::Schedule, "step", own, vec![Case { hyper: vec![("every".into(), 30.0)], ..case("often") }]));
    let own = "fn forward(x, h) { x * (1 + erf(x * 0.7071067811865476)) / 2 }\n";
    passes(&written(Kind::Activation, "gelu", own, vec![case("all")]));
    passes(&written(Kind::Loss, "mse", "fn loss(y_hat, y) { (y - y_hat) ** 2 }\n", vec![case("all")]));
    let own = "fn hyper() { #{} }\nfn height(x, y, h) { square(x * x + y - 11) + square(x + y * y - 7) }\n";
    passes(&written(Kind::Landscape, "himmelblau", own, vec![case("all")]));
}

#[test]
fn at_a_kink_any_slope_between_those_beside_it_is_right() {
    let at_0 = || vec![Case { inputs: vec![vec![-2.0], vec![0.0], vec![3.0]], ..case("kink") }];
    for own in ["where(x >= 0, x, 0)", "max(0, x)", "(x + abs(x)) / 2", "relu(x)"] {
        passes(&written(Kind::Activation, "relu", &format!("fn forward(x, h) {{ {own} }}\n"), at_0()));
    }
    let verdict = written(Kind::Activation, "relu", "fn forward(x, h) { where(x == 0, -x, max(0, x)) }\n", at_0());
    insta::assert_snapshot!(read(&verdict), @r"
    Failed 0
    Case `kink`: at x = 0 the value is right, but the derivative should be 0, and is -1.
    - They agree at x = -2; x = 3.
    ");
}

#[test]
fn a_leak_of_another_slope_is_told_with_the_points_that_agree() {
    let verdict = altered(Kind::Activation, "leaky_relu", &[("h.slope * x", "0.1 * x")], vec![case("both sides")]);
    insta::assert_snapshot!(read(&verdict), @r"
    Failed 0
    Case `both sides`: at x = -10 the value should be -0.1, and is -1.
    - They agree at x = 0; x = 0.5; x = 1; x = 2; x = 3; x = 10.
    ");
}

#[test]
fn a_value_that_overflows_is_not_a_number_and_differs() {
    let naive = "fn forward(x, h) { ln(1 + exp(x)) }\n";
    let cases = vec![Case { inputs: vec![vec![1.0], vec![1000.0]], ..case("far out") }];
    insta::assert_snapshot!(read(&written(Kind::Activation, "softplus", naive, cases)), @r"
    Failed 0
    Case `far out`: at x = 1000 the value should be 1000, and is inf.
    - They agree at x = 1.
    ");
}

#[test]
fn losses_over_outputs_are_compared_on_rows() {
    let focal = |own: &str| written(Kind::Loss, "focal", own, vec![case("all")]);
    let hyper = "fn hyper() { #{ gamma: 2.0 } }\n";
    passes(&focal(&format!(
        "{hyper}fn loss(y_hat, y, h) {{ let p = sum(y * softmax(y_hat), 1); -((1 - p) ** h.gamma) * ln(p) }}\n"
    )));
    let verdict = focal("fn loss(y_hat, y) { -sum(y * log_softmax(y_hat), 1) }\n");
    assert!(
        read(&verdict).contains("at y_hat[0] = 0.2, y_hat[1] = -0.4, y_hat[2] = 1, y[0] = 0"),
        "{}",
        read(&verdict)
    );
    let verdict = focal("fn loss(y_hat, y) { square(y_hat - y) }\n");
    assert!(read(&verdict).contains("the loss should be"), "{}", read(&verdict));
}

#[test]
fn a_loss_that_is_halved_and_a_landscape_with_a_wrong_sign_are_told_by_their_first_point() {
    let halved = "fn loss(y_hat, y) { 0.5 * square(y_hat - y) }\n";
    insta::assert_snapshot!(read(&written(Kind::Loss, "mse", halved, Vec::new())), @r"
    Failed 0
    At y_hat = 0.2, y = 1 the loss should be 0.64, and is 0.32.
    - They agree at y_hat = 0.5, y = 0.5.
    ");
    let saddle = "fn hyper() { #{} }\nfn height(x, y, h) { square(x * x + y - 11) + square(x - y * y - 7) }\n";
    let cases = vec![Case { inputs: vec![vec![3.0, 0.0], vec![3.0, 2.0]], ..case("two points") }];
    insta::assert_snapshot!(read(&written(Kind::Landscape, "himmelblau", saddle, cases)), @r"
    Failed 0
    Case `two points`: at x = 3, y = 2 the height should be 0, and is 64.
    - They agree at x = 3, y = 0.
    ");
}

#[test]
fn a_schedule_that_is_off_by_one_is_told_which_way() {
    for (from, to, way) in [("t / h.every", "(t + 1) / h.every", "early"), ("t / h.every", "(t - 1) / h.every", "late")]
    {
        let cases =
            vec![Case { at: vec![1, 9, 10, 11, 20, 500], hyper: vec![("every".into(), 10.0)], ..case("every 10") }];
        let verdict = altered(Kind::Schedule, "step", &[(from, to)], cases);
        let late =
            format!("All values come one step too {way}: `t` is the number of updates already made, 0 at first.");
        assert!(verdict.details.contains(&late), "{}", read(&verdict));
    }
    let verdict = altered(Kind::Schedule, "warmup_cosine", &[("* t / max(", "* (t + 1) / max(")], Vec::new());
    insta::assert_snapshot!(read(&verdict), @r"
    Failed 0
    At t = 0 the value should be 0, and is 0.001.
    - They agree at t = 100, 499, 500, 999, 1000, 1001, 2000, 5000.
    - Both have lr = 0.1, warmup = 100, steps = 1000, final_lr = 0, start_lr = 0.
    ");
}

#[test]
fn a_schedule_that_learns_is_asked_at_every_step_of_one_run() {
    let verdict = altered(
        Kind::Schedule,
        "plateau",
        &[("memory.waited > h.patience", "memory.waited >= h.patience")],
        Vec::new(),
    );
    insta::assert_snapshot!(read(&verdict), @r"
    Failed 0
    At t = 500 the value should be 0.025, and is 0.0125.
    - They agree at t = 0, 1, 100, 250, 301, 302.
    - Both have lr = 0.1, factor = 0.5, patience = 100, threshold = 0.0001, min_lr = 0.
    ");
}

#[test]
fn points_of_another_form_are_the_tasks_own_fault() {
    let cases = vec![Case { inputs: vec![vec![1.0, 2.0]], ..case("pairs") }];
    let verdict = altered(Kind::Activation, "relu", &[], cases);
    insta::assert_snapshot!(read(&verdict), @r"
    Error 0
    the `points` of the case `pairs` should be single numbers for an activation
    ");
}

/// A parameter that takes a term away is no reason: who does without it has nothing to mend there.
#[test]
fn what_differs_is_said_before_the_names_that_are_lacking_and_those_that_are_0_are_not_said() {
    let late = "fn hyper() { #{\n lr: 0.1,      // top\n warmup: 100,  // steps, in [0, steps)\n steps: 1000,  // steps, in [1, inf)\n} }\n\
                fn rate(t, h) {\n if t < h.warmup { return h.lr * t / h.warmup; }\n h.lr * (1 + cos(PI * (t - h.warmup) / h.steps)) / 2\n}\n";
    let verdict = written(Kind::Schedule, "warmup_cosine", late, vec![Case { at: vec![0, 50, 400], ..case("down") }]);
    assert!(
        verdict.message.starts_with("Case `down`: at t = 400 the value should be 0.075, and is 0.07939"),
        "{verdict:?}"
    );
    assert!(verdict.details.iter().all(|line| !line.contains("has no")), "{verdict:?}");
}
