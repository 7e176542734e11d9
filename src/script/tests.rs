//! What scripts may and may not do: the arithmetic of a student, traces, branches, and every way out of the sandbox.

use std::time::{Duration, Instant};

use super::*;
use crate::error::{Result, Source};
use crate::optim::{Body, Correction, Rule, RunView};

fn load(kind: Kind, text: &str) -> Result<std::sync::Arc<Script>> {
    Script::load(kind, &Source::new("mine.rhai", text))
}

/// Updates one parameter of three weights for some steps, in f64.
fn train(text: &str, hyper: &[f64], steps: u64) -> Result<(Vec<f64>, Rule<f64>)> {
    let mut w = vec![1.0, -2.0, 0.5];
    let script = load(Kind::Optimizer, text)?;
    let mut rule = Rule::new(rule(&script)?, &mut w, vec![0..3])?;
    for t in 1..=steps {
        rule.step(t, hyper, &mut w, &[0.5, -1.0, 0.0], None)?;
    }
    Ok((w, rule))
}

/// The message and the line of the error that a text makes.
fn wrong(text: &str) -> (String, usize) {
    let error = train(text, &[], 1).err().unwrap_or_else(|| panic!("this should be wrong:\n{text}"));
    (error.what().to_owned(), error.place().map_or(0, super::super::error::Place::line))
}

fn update(body: &str) -> String {
    format!("fn state(w) {{ #{{ v: zeros(w), n: 0 }} }}\nfn update(w, dw, state, h, t) {{\n{body}\n}}")
}

#[test]
fn plain_numbers_do_what_a_student_expects() {
    let value = |expression: &str| {
        let script = load(Kind::Schedule, &format!("fn rate(t, h) {{ {expression} }}")).unwrap();
        schedule(&script, &vec![]).unwrap().rate(3).unwrap()
    };
    let close = |expression: &str, want: f64| {
        let got = value(expression);
        assert!((got - want).abs() < 1e-12, "{expression} is {got}");
    };
    close("1 / 10", 0.1);
    close("sqrt(4)", 2.0);
    close("10 ** -3", 0.001);
    close("2 ** 3", 8.0);
    close("-2 ** 2", 4.0);
    close("let x = 1; x /= 4; x", 0.25);
    close("let x = 7; x %= 4; x", 3.0);
    close("max(1, 2.5) + min(3, 2) + abs(-1) + clamp(9, 0, 1)", 6.5);
    close("where(1.0 / 0 > 1e6, 1, 0)", 1.0);
    close("let n = 0.0 / 0; if n != n { 1 } else { 0 }", 1.0);
    close("let n = 0.0 / 0; if n < 1 || n > 1 { 1 } else { 0 }", 0.0);
    close("sin(PI / 2) + ln(E)", 2.0);
    close("t / 2", 1.5);
    close("where(t >= 3, 10, 20) + t ** 2", 19.0);
    close("let sum = 0; for i in 0..4 { sum += i * t; } sum", 18.0);
    close("if t > 2 { 5 } else { 6 }", 5.0);
}

#[test]
fn state_is_seen_through_helpers_and_aliases() {
    let text = "fn state(w) { #{ v: zeros(w), n: 1 } }
        fn helper(s, dw) { s.v = s.v + dw; }
        fn update(w, dw, state, h, t) {
            helper(state, dw);
            let alias = state;
            alias.v *= 2;
            state.n += 1;
            w - state.v
        }";
    let (w, rule) = train(text, &[], 1).unwrap();
    assert_eq!(w, [0.0, 0.0, 0.5]);
    let state: Vec<_> = rule.state_of(0).map(|(name, value)| format!("{name} {value:?}")).collect();
    assert_eq!(state, ["v Tensor([1.0, -2.0, 0.0])", "n Number(2.0)"]);
}

#[test]
fn a_branch_on_t_and_h_is_traced_at_every_step_and_means_the_same_as_where() {
    let branch = "fn hyper() { #{ lr: 0.1 } } fn state(w) { #{ v: zeros(w), n: 0 } }
        fn update(w, dw, state, h, t) {
            state.n += 1;
            if t > 3 && state.n > 2 { state.v = 0.9 * state.v + dw; } else { state.v = dw; }
            let rate = if h.lr > 0.05 { h.lr / t } else { h.lr };
            w - rate * state.v
        }";
    let chosen = "fn hyper() { #{ lr: 0.1 } } fn state(w) { #{ v: zeros(w), n: 0 } }
        fn update(w, dw, state, h, t) {
            state.n += 1;
            state.v = where((t > 3) & (state.n > 2), 0.9 * state.v + dw, dw);
            let rate = where(h.lr > 0.05, h.lr / t, h.lr);
            w - rate * state.v
        }";
    let script = load(Kind::Optimizer, branch).unwrap();
    assert!(matches!(rule(&script).unwrap().program.body, Body::EachStep(_)));
    assert!(matches!(rule(&load(Kind::Optimizer, chosen).unwrap()).unwrap().program.body, Body::Once(_)));
    let (a, _) = train(branch, &[0.1], 12).unwrap();
    let (b, _) = train(chosen, &[0.1], 12).unwrap();
    a.iter().zip(&b).for_each(|(a, b)| assert!((a - b).abs() < 1e-12, "{a} and {b}"));
}

#[test]
fn a_number_made_of_a_reduction_stays_symbolic_in_a_branching_rule() {
    let text = "fn state(w) { #{ largest: 0 } }
        fn update(w, dw, state, h, t) {
            state.largest = max(state.largest, norm(dw));
            let rate = if t < 2 { 0.1 } else { 0.2 };
            w - rate * dw / state.largest
        }";
    let (w, rule) = train(text, &[], 2).unwrap();
    let norm = 1.25_f64.sqrt();
    assert!((w[0] - (1.0 - 0.3 * 0.5 / norm)).abs() < 1e-12);
    assert_eq!(rule.state_of(0).map(|(_, v)| format!("{v:?}")).collect::<Vec<_>>(), [format!("Number({norm:?})")]);
}

#[test]
fn norms_in_a_rule_are_right_where_a_square_leaves_f32() {
    let text = "fn state(w) { #{ v: zeros(w), of_dw: 0, by_hand: 0, rms: 0, of_w: 0, along: 0 } }
        fn update(w, dw, state, h, t) {
            state.v = dw;
            state.of_dw = norm(dw);
            state.by_hand = sqrt(sum(dw * dw));
            state.rms = sqrt(mean(square(dw)));
            state.of_w = norm(w);
            state.along = dot(state.v, w);
            dw / norm(dw)
        }";
    let script = load(Kind::Optimizer, text).unwrap();
    for size in [1e-36_f32, 1e-25, 1e-19, 1.0, 1e18, 1e25, 1e36] {
        let (mut w, dw) = ([3.0, 0.0, 4.0].map(|x: f32| size * x), [0.0, -3.0, 4.0].map(|x: f32| size * x));
        let mut rule = Rule::new(rule(&script).unwrap(), &mut w, vec![0..3]).unwrap();
        rule.step(1, &[], &mut w, &dw, None).unwrap();
        let unit = w.iter().zip([0.0, -0.6, 0.8]).all(|(w, unit)| (w - unit).abs() < 1e-6);
        assert!(unit, "{w:?} at {size:e}");
        let size = f64::from(size);
        let expected = [5.0 * size, 5.0 * size, 5.0 * size / 3.0_f64.sqrt(), 5.0 * size, 16.0 * size * size];
        let numbers = rule.state_of(0).skip(1).map(|(name, value)| match value {
            crate::optim::StateValue::Number(number) => (name.to_owned(), number),
            crate::optim::StateValue::Tensor(_) => panic!("a number"),
        });
        for ((name, got), expected) in numbers.zip(expected) {
            assert!((got / expected - 1.0).abs() < 1e-6, "{name} is {got:e} for {expected:e}");
        }
    }
}

#[test]
fn wrong_updates_are_told_with_their_line_and_the_next_step() {
    let what = |body: &str| wrong(&update(body));
    assert_eq!(what("w - h.lrr * dw"), ("there is no `h.lrr`; name it by `fn hyper() { #{ lrr: 0.1 } }`".into(), 3));
    assert_eq!(what("state.vv = dw;\nw"), ("there is no `state.vv`; did you mean `state.v`?".into(), 3));
    assert_eq!(what("let g = dw;").0, "`update` gives nothing back: its last line should be the new `w`");
    assert_eq!(
        what("if dw > 0 { w } else { w - dw }").0,
        "an `if` cannot depend on a tensor, nor on a number made of one"
    );
    assert_eq!(
        what("if norm(dw) > 1 { w } else { w }").0,
        "an `if` cannot depend on a tensor, nor on a number made of one"
    );
    assert!(what("state.v = 1.0; w").0.contains("cannot become one number"));
    assert!(what("state.n = dw; w").0.contains("cannot become a tensor"));
    assert_eq!(what("\nw - lr * dw"), ("there is nothing called `lr` here".into(), 4));
    assert_eq!(what("switch t { 1 => w, _ => w - dw }").0, "`switch` cannot be used in an optimizer");
    assert_eq!(what("if t in [1, 2] { w } else { w - dw }").0, "`in` cannot be used in an optimizer");
    assert_eq!(what("try { w } catch { w }").0, "`try` cannot be used in an optimizer");
    assert!(what("if dw == \"a\" { w } else { w }").0.contains("cannot compare"));
    assert!(what("t").0.contains("should give the new `w`"));
    assert!(what("w - dww").0.contains("`dww`"));
    assert!(what("w - sqroot(dw)").0.contains("sqroot"));
}

#[test]
fn a_missing_function_or_another_kind_is_named() {
    assert!(wrong("fn rate(t, h) { 1 }").0.contains("which makes it a schedule"));
    assert!(wrong("fn updat(w, dw, state, h, t) { w }").0.contains("does not define `update(w, dw, state, h, t)`"));
    assert!(wrong("fn update(w, dw) { w }").0.contains("has 2 parameters"));
}

#[test]
fn every_way_out_of_the_sandbox_is_closed() {
    let bodies = [
        "loop { }",
        "let i = 0; while i < 1 { i *= 1; } w",
        "let f = 0; import \"os\" as os; w",
        "eval(\"w\")",
        "let f = Fn(\"update\"); f = f.curry(f); w",
        "let s = \"aaaaaaaaaa\"; loop { s += s; } w",
        "let a = [1]; loop { a += a; } w",
        "sleep(3); w",
        "sleep(1e300); w",
        "let s = \"a\"; s.replace(\"a\", \"aaaa\"); w",
        "timestamp(); w",
        "update(w, dw, state, h, t)",
        "let x = w; for i in 0..10000000 { x = x + dw; } x",
    ];
    for body in bodies {
        let began = Instant::now();
        let (what, _) = wrong(&update(body));
        assert!(began.elapsed() < Duration::from_secs(10), "{body} took {:?}", began.elapsed());
        assert!(!what.is_empty(), "{body}");
    }
}

#[test]
fn averages_are_recognised_in_any_script() {
    struct Nobody;
    impl crate::optim::RuleWatch<f64> for Nobody {
        fn begin(&mut self, _: &[String]) {}
        fn block(&mut self, _: usize, _: usize, _: usize, _: &[f64]) {}
        fn number(&mut self, _: usize, _: usize, _: f64) {}
    }
    let entry = find(Kind::Optimizer, "adam", None).unwrap();
    let mut w = vec![0.0; 4];
    let script = Script::load(Kind::Optimizer, &entry.source).unwrap();
    let mut rule = Rule::<f64>::new(rule(&script).unwrap(), &mut w, vec![0..4]).unwrap();
    for t in 1..=2 {
        rule.step(t, &[0.001, 0.9, 0.999, 1e-8], &mut w, &[1.0; 4], Some(&mut Nobody)).unwrap();
    }
    assert_eq!(rule.names(), ["v", "s", "v_hat", "s_hat"]);
    let (decay, correction) = rule.average(0, 0);
    assert_eq!(decay, Some(0.9));
    assert!(matches!(correction, Correction::By(value) if (value - 0.19).abs() < 1e-12));
    assert_eq!(rule.average(0, 1).0, Some(0.999));
}

#[test]
fn datasets_and_networks_by_script() {
    let rings = find(Kind::Dataset, "rings", None).unwrap();
    let script = Script::load(Kind::Dataset, &rings.source).unwrap();
    let values: HyperValues = script.hyper.iter().map(|p| (p.name.clone(), p.default.clone())).collect();
    let data = dataset::<f32>(&script, &values, 7).unwrap();
    assert_eq!((data.samples(), data.features()), (300, 2));
    assert_eq!(data, dataset::<f32>(&script, &values, 7).unwrap());
    assert_ne!(data, dataset::<f32>(&script, &values, 8).unwrap());

    let text = "fn generate(h, rng) { #{ x: [[0.0, 1.0], [1.0, 0.0]], y: [\"b\", \"a\"] } }";
    let named = dataset::<f32>(&load(Kind::Dataset, text).unwrap(), &vec![], 0).unwrap();
    assert_eq!(named.classes(), Some(2));

    let mlp = find(Kind::Network, "mlp", None).unwrap();
    let script = Script::load(Kind::Network, &mlp.source).unwrap();
    let values = vec![("units".into(), HyperValue::Number(8.0)), ("depth".into(), HyperValue::Number(1.0))];
    let list = layers(&script, 2, 3, &values).unwrap();
    let dense = |n| LayerValue::Map(vec![("dense".into(), LayerValue::Int(n))]);
    assert_eq!(list, [dense(8), LayerValue::Text("relu".into()), dense(3)]);
}

#[test]
fn every_shipped_script_loads_runs_and_has_a_header() {
    for kind in Kind::ALL {
        for entry in shipped(kind) {
            let script = Script::load(kind, &entry.source).unwrap();
            try_out(&script).unwrap();
            assert!(script.warnings().is_empty(), "{}", entry.name);
            let header = script.header().join("\n");
            assert!(header.contains("Source:"), "{} names no source", entry.name);
            assert!(
                script.hyper.iter().all(|p| !p.about.is_empty()),
                "{} has a parameter without a comment",
                entry.name
            );
        }
    }
}

#[test]
fn division_in_place_is_division_for_traced_values_and_tensors() {
    let text = "fn state(w) { #{ v: zeros(w), n: 8 } }
        fn update(w, dw, state, h, t) {
            state.v += dw;
            state.v /= 2;
            state.n /= 2.0;
            t /= 2;
            t *= 4;
            w -= state.v;
            w / t
        }";
    let (w, rule) = train(text, &[], 1).unwrap();
    assert_eq!(w, [0.375, -0.75, 0.25]);
    assert_eq!(rule.state_of(0).map(|(_, v)| format!("{v:?}")).nth(1).unwrap(), "Number(4.0)");
    let data = "fn generate(h, rng) { let x = linspace(0, 8, 5); x /= 2; x -= 1; #{ x: x, y: x } }";
    let data = dataset::<f32>(&load(Kind::Dataset, data).unwrap(), &vec![], 0).unwrap();
    assert_eq!(data.x().as_slice().unwrap(), [-1.0, 0.0, 1.0, 2.0, 3.0]);
}

#[test]
fn a_branch_may_depend_on_a_number_that_counts() {
    let text = "fn state(w) { #{ k: 0 } }
        fn update(w, dw, state, h, t) {
            state.k += 1;
            if state.k > 2 { w - 2 * dw } else { w - dw }
        }";
    assert_eq!(train(text, &[], 3).unwrap().0, [-1.0, 2.0, 0.5]);
    assert!(wrong(&update("state = #{ v: dw }; w")).0.contains("cannot be replaced as a whole"));
    assert!(wrong(&update("for i in 0..100000 { w = w + dw; } w")).0.contains("too many"));
}

#[test]
fn a_watched_rule_may_name_other_values_from_step_to_step() {
    #[derive(Default)]
    struct Names(Vec<Vec<String>>, usize);
    impl crate::optim::RuleWatch<f64> for Names {
        fn begin(&mut self, names: &[String]) {
            self.0.push(names.to_vec());
        }
        fn block(&mut self, name: usize, _: usize, _: usize, _: &[f64]) {
            assert!(name < self.0.last().unwrap().len());
            self.1 += 1;
        }
        fn number(&mut self, name: usize, _: usize, _: f64) {
            assert!(name < self.0.last().unwrap().len());
        }
    }
    let text = "fn state(w) { #{ v: zeros(w) } }
        fn update(w, dw, state, h, t) {
            state.v = state.v + dw;
            if t < 2 { return w - dw; }
            let mean = state.v / t;
            let step = 2 * mean;
            w - step
        }";
    let mut w = vec![1.0, 2.0];
    let script = load(Kind::Optimizer, text).unwrap();
    let mut rule = Rule::<f64>::new(rule(&script).unwrap(), &mut w, vec![0..2]).unwrap();
    let mut names = Names::default();
    for t in 1..=3 {
        rule.step(t, &[], &mut w, &[0.5, 0.5], Some(&mut names)).unwrap();
    }
    assert_eq!(names.0, [vec!["v"], vec!["v", "mean", "step"], vec!["v", "mean", "step"]]);
    assert_eq!(names.1, 1 + 3 + 3);
}

#[test]
fn a_minus_before_a_power_is_warned_about() {
    let script = load(Kind::Schedule, "//! x\nfn rate(t, h) { let x = 2; -x ** 2 }").unwrap();
    assert_eq!(script.warnings().len(), 1);
    let script = load(Kind::Schedule, "//! x\nfn rate(t, h) { let x = 2; (-x) ** 2 - x ** 2 }").unwrap();
    assert_eq!(script.warnings().len(), 0);
}

#[test]
fn a_schedule_remembers_through_aliases_and_helpers_and_begins_anew_at_0() {
    let text = "
        fn memory() { #{ seen: 0, most: -1 / 0 } }
        fn count(memory) { memory.seen += 1; }
        fn rate(t, h, run, memory) {
            let same = memory;
            if t > 0 { count(same); memory.most = max(memory.most, run[\"loss\"]); }
            if memory.seen == 0 { 0.5 } else { memory.most + memory.seen }
        }";
    let mut schedule = schedule(&load(Kind::Schedule, text).unwrap(), &vec![]).unwrap();
    let mut at = |t: u64, loss: f64| schedule.rate_of(t, &RunView { step: t, loss, ..RunView::default() }).unwrap();
    for _ in 0..2 {
        assert_eq!(
            [at(0, f64::NAN), at(0, f64::NAN), at(1, 10.0), at(2, 5.0), at(3, 20.0)],
            [0.5, 0.5, 11.0, 12.0, 23.0]
        );
    }
}

#[test]
fn a_schedule_that_learns_is_told_what_it_did_wrong() {
    let wrong = |text: &str| match load(Kind::Schedule, text).and_then(|script| schedule(&script, &vec![]).map(drop)) {
        Ok(()) => panic!("accepted: {text}"),
        Err(error) => error.what().to_owned(),
    };
    let rate = "fn rate(t, h, run, memory)";
    assert!(wrong(&format!("{rate} {{ 1 }}")).contains("does not say what at first"));
    assert!(wrong(&format!("fn memory() {{ 1 }} {rate} {{ 1 }}")).contains("should give a map"));
    assert!(wrong(&format!("fn memory() {{ #{{ a: [] }} }} {rate} {{ 1 }}")).contains("a number, `true` or `false`"));
    let unknown = wrong(&format!("fn memory() {{ #{{ best: 1 }} }} {rate} {{ memory.bets }}"));
    assert!(unknown.contains("did you mean `memory.best`"), "{unknown}");
    let unseen = wrong(&format!("fn memory() {{ #{{ best: 1 }} }} {rate} {{ run.vall_loss }}"));
    assert!(unseen.contains("did you mean `run.val_loss`"), "{unseen}");
    assert!(wrong(&format!("fn memory() {{ #{{ a: 1 }} }} {rate} {{ memory.a = \"b\"; 1 }}")).contains("not a text"));
    assert!(wrong(&format!("fn memory() {{ #{{ a: 1 }} }} {rate} {{ \"fast\" }}")).contains("should give a number"));
}

#[test]
fn a_value_that_is_joined_to_a_text_is_named_and_not_by_its_path() {
    rule(&load(Kind::Optimizer, &update("print(\"dw \" + dw); print([dw > 0, h]); w")).unwrap()).unwrap();
    assert_eq!(take_log()[..2], ["dw a tensor", "[a mask, `h`]"]);
}
