//! The verdict as a whole: points, hidden cases, hyper-parameters by other names, scripts that fail, and what they cost.

use super::*;

const MOMENTUM: &str = "fn hyper() { #{\n lr: 0.1, // rate\n beta: 0.9, // decay\n} }\nfn state(w) { #{ v: zeros(w) } }\n\
                        fn update(w, dw, state, h, t) {\n    state.v = h.beta * state.v + (1 - h.beta) * dw;\n    w - h.lr * state.v\n}\n";

fn rule(text: &str, cases: Vec<Case>) -> Verdict {
    written(Kind::Optimizer, "momentum", text, cases)
}

#[test]
fn points_are_those_of_the_cases_that_pass() {
    let beta = |name: &str, beta: f64, points: f64| Case { hyper: vec![("beta".into(), beta)], points, ..case(name) };
    let cases =
        || vec![beta("usual", 0.9, 2.0), beta("strong", 0.99, 3.0), Case { zero_gradient: true, ..case("still") }];
    let verdict = rule(&MOMENTUM.replace("h.beta", "0.9"), cases());
    assert_eq!(verdict.points, 3.0);
    insta::assert_snapshot!(read(&verdict), @r"
    Failed 3
    Case `strong` (beta = 0.99): after step 1 `W1[0,0]` should be -0.8306, and is -0.8242.
    - Into step 1 of `W1[0,0]` came w = -0.8313, dw = -0.7087, lr = 0.1, beta = 0.99.
    - Line 7: `state.v = 0.9 * state.v + (1 - 0.9) * dw` gives 0.9 * 0 + 0.1 * -0.7087 = -0.07087, the reference has -0.007087.
    - Both do the same in 2 of 3 cases; they differ in `strong`.
    ");
    let verdict = rule(MOMENTUM, cases());
    passes(&verdict);
    assert_eq!(verdict.points, 6.0);
}

#[test]
fn of_a_hidden_case_only_the_name_is_told_and_only_to_graders() {
    let cases = || vec![case("open"), Case { from: 7, hidden: true, ..case("later") }];
    let text = MOMENTUM.replace("    w - ", "    if t > 5 { return w; }\n    w - ");
    insta::assert_snapshot!(read(&rule(&text, cases())), @r"
    Failed 1
    All is as it should be but in cases that are hidden: `later`.
    - Both do the same in 1 of 2 cases.
    ");
    let own = Source::new("mine.rhai", text);
    let verdict = judge(&task(cases()), &shipped(Kind::Optimizer, "momentum"), &own, false);
    passes(&verdict);
    assert_eq!(verdict.points, 1.0, "a hidden case brings its points when it is judged");
    let all_hidden = task(vec![Case { hidden: true, ..case("later") }]);
    assert_eq!(judge(&all_hidden, &own, &own, false).outcome, Outcome::Recorded);
    let wrong = MOMENTUM.replace("w - ", "w + ");
    let told = read(&rule(&wrong, cases()));
    assert!(told.contains("\n- Hidden cases in which they differ: `later`."), "{told}");
}

#[test]
fn a_hyper_parameter_by_another_name_is_told_unless_all_passes_without_it() {
    let renamed = MOMENTUM.replace("beta", "betta").replace("0.9,", "0.8,");
    insta::assert_snapshot!(read(&rule(&renamed, Vec::new())), @r"
    Failed 0
    After step 1 `W1[0,0]` should be 0.1728, and is 0.1647.
    - Into step 1 of `W1[0,0]` came w = 0.181, dw = 0.8118, lr = 0.1, betta = 0.8.
    - Line 7: `state.v = h.betta * state.v + (1 - h.betta) * dw` gives 0.8 * 0 + 0.2 * 0.8118 = 0.1624, the reference has 0.08118.
    - Your rule has no `beta` (it has `betta`); `momentum` has `lr`, `beta`.
    - Your rule has `betta` (here 0.8), which `momentum` has not.
    ");
    passes(&rule(&MOMENTUM.replace("beta", "decay"), Vec::new()));
    let more = MOMENTUM.replace("lr: 0.1,", "boost: 3, // more\n lr: 0.1,").replace("h.lr *", "h.boost * h.lr *");
    insta::assert_snapshot!(read(&rule(&more, Vec::new())), @r"
    Failed 0
    After step 1 `W1[0,0]` should be 0.1728, and is 0.1566.
    - Into step 1 of `W1[0,0]` came w = 0.181, dw = 0.8118, boost = 3, lr = 0.1, beta = 0.9.
    - Line 9: `w - h.boost * h.lr * state.v` gives 0.181 - 0.3 * 0.08118 = 0.1566, the reference has 0.1728.
    - Your rule has `boost` (here 3), which `momentum` has not.
    ");
}

#[test]
fn a_script_that_fails_says_what_its_error_says() {
    for text in [
        MOMENTUM.replace("h.beta *", "h.bta *"),
        MOMENTUM.replace("state.v +", "state.v ++"),
        MOMENTUM.replace("update", "step"),
        "fn rate(t, h) { 0.1 }".to_owned(),
        MOMENTUM.replace("w - h.lr * state.v", "loop { }"),
    ] {
        let verdict = rule(&text, Vec::new());
        assert_eq!((verdict.outcome, verdict.points), (Outcome::Error, 0.0), "{}", read(&verdict));
        assert!(verdict.message.starts_with("mine.rhai:"), "{}", read(&verdict));
    }
    insta::assert_snapshot!(read(&rule(&MOMENTUM.replace("h.beta *", "h.bta *"), Vec::new())), @r"
    Error 0
    mine.rhai:7:15: there is no `h.bta`; did you mean `h.beta`?
    ");
}

#[test]
fn a_script_that_fails_in_one_case_keeps_the_points_of_the_others() {
    let text = MOMENTUM.replace("    w - ", "    if t > 5000 { return w - h.lrr; }\n    w - ");
    let verdict = rule(&text, vec![case("early"), Case { from: 6000, ..case("late") }]);
    assert_eq!((verdict.outcome, verdict.points), (Outcome::Error, 1.0));
    insta::assert_snapshot!(read(&verdict), @r"
    Error 1
    mine.rhai:8:30: there is no `h.lrr`; did you mean `h.lr`?
    - this is step 6000, for `W1`, which is 3x2
    ");
}

#[test]
fn a_script_that_takes_too_much_is_ended_by_a_count() {
    let slow = MOMENTUM.replace("    w - ", "    if t > 2000 { let n = 0; while n < 16 * t { n += 1; } }\n    w - ");
    let verdict = rule(&slow, vec![case("early"), Case { from: 6000, steps: 10_000, ..case("late") }, case("after")]);
    insta::assert_snapshot!(read(&verdict), @r"
    Error 1
    your script takes more than 50 million operations in all cases
    - is there a loop that it could do without?
    ");
}

#[test]
fn what_is_judged_twice_is_judged_alike_and_prints_nothing() {
    let text = MOMENTUM.replace("w - ", "print(\"here\"); w + ");
    let cases = || vec![case("one"), Case { steps: 100, ..case("long") }];
    crate::script::take_log();
    let (first, second) = (rule(&text, cases()), rule(&text, cases()));
    assert_eq!(first, second);
    assert_eq!(crate::script::take_log(), Vec::<String>::new());
}

#[test]
fn a_reference_that_cannot_be_used_is_no_fault_of_the_student() {
    let own = Source::new("mine.rhai", MOMENTUM);
    let broken = Source::new("reference.rhai", MOMENTUM.replace("h.lr *", "h.lrr *"));
    insta::assert_snapshot!(read(&judge(&task(Vec::new()), &broken, &own, false)), @r"
    Error 0
    what this is compared with fails: reference.rhai:8:9: there is no `h.lrr`; did you mean `h.lr`?
    ");
    let observer = Source::new("look.rhai", "fn on_step(run) { }");
    insta::assert_snapshot!(read(&judge(&task(Vec::new()), &observer, &own, false)), @r"
    Error 0
    an observer makes nothing that could be compared
    ");
    let mut strange = task(Vec::new());
    strange.hyper = vec![("betta".into(), 0.5)];
    insta::assert_snapshot!(read(&judge(&strange, &own, &own, false)), @r"
    Error 0
    the task sets `betta`, which `mine` has not
    ");
}

#[test]
fn a_reference_of_the_catalogue_is_found_by_its_name_alone() {
    let found = |name: &str| of_catalogue(name, None).unwrap();
    assert_eq!(found("adam"), shipped(Kind::Optimizer, "adam"));
    assert_eq!(found("huber"), shipped(Kind::Loss, "huber"));
    assert_eq!(of_catalogue("adamm", None).unwrap_err().what(), "the catalogue has no script `adamm`");
    let mut names: Vec<String> =
        Kind::ALL.into_iter().flat_map(crate::script::shipped).map(|entry| entry.name).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "two kinds have a script of one name, and a task could not say which");
}
