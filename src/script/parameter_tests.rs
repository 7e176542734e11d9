//! What a rule may ask of the parameter that it changes, and how many programs come of it.

use super::optimizer::rule;
use super::{Kind, Script};
use crate::error::{Error, Source};
use crate::optim::{ParameterFacts, Rule, RuleState, RuleWatch, StateValue};
use crate::program::{Layout, ParameterKind};

fn layout() -> Layout {
    let mut layout = Layout::new();
    layout.add("W1", &[2, 3], ParameterKind::Weight);
    layout.add("b1", &[3], ParameterKind::Bias);
    layout.add("gamma1", &[3], ParameterKind::Scale);
    layout.add("beta1", &[3], ParameterKind::Shift);
    layout.add("W2", &[3, 2], ParameterKind::Weight);
    layout.add("b2", &[2], ParameterKind::Bias);
    layout
}

fn facts(layout: &Layout) -> Vec<ParameterFacts> {
    layout.parameters().iter().map(ParameterFacts::from).collect()
}

fn made(text: &str) -> Result<(Rule<f64>, Vec<f64>, Layout), Error> {
    let script = Script::load(Kind::Optimizer, &Source::new("mine.rhai", text))?;
    let layout = layout();
    let (facts, mut w) = (facts(&layout), vec![1.0; layout.len()]);
    let rule = Rule::for_parameters(rule(&script)?, &mut w, &facts, &vec![0; facts.len()])?;
    Ok((rule, w, layout))
}

/// The first element of each parameter after so many updates by a gradient of 1.
fn after(text: &str, steps: u64) -> (Vec<f64>, usize) {
    let (mut rule, mut w, layout) = made(text).unwrap();
    let dw = vec![1.0; layout.len()];
    for t in 1..=steps {
        rule.step(t, &[], &mut w, &dw, None).unwrap();
    }
    (layout.parameters().iter().map(|p| w[p.offset]).collect(), rule.groups())
}

fn update(body: &str) -> String {
    format!("fn update(w, dw, state, h, t) {{ {body} }}")
}

#[test]
fn an_if_on_what_is_known_chooses_a_program_for_each_parameter() {
    let kind = update("if w.kind == \"bias\" { w - dw } else if w.kind == \"weight\" { w - 2 * dw } else { w }");
    assert_eq!(after(&kind, 1), (vec![-1.0, 0.0, 1.0, 1.0, -1.0, 0.0], 3));
    let name = update("if w.name == \"W2\" { w } else { w - dw }");
    assert_eq!(after(&name, 1), (vec![0.0, 0.0, 0.0, 0.0, 1.0, 0.0], 2));
    let layer = update("w - dw / 2 ** w.layer");
    assert_eq!(after(&layer, 1), (vec![0.5, 0.5, 0.5, 0.5, 0.75, 0.75], 2));
    let shape = update("let n = w.shape; w - dw * (n[0] * n[1] + w.rows * w.columns)");
    assert_eq!(after(&shape, 1), (vec![-11.0, -5.0, -5.0, -5.0, -11.0, -3.0], 3));
}

/// `W1` is asked for its kind alone, a bias for its layer as well; answers that make no difference make no program.
#[test]
fn there_is_no_program_more_than_needed() {
    assert_eq!(after(&update("w - dw"), 1).1, 1);
    let asked = "if w.kind == \"bias\" && w.layer == 2 { w } else { w - dw }";
    assert_eq!(after(&update(asked), 1).1, 2);
    assert_eq!(after(&update("if w.rows > 99 { w } else { w - dw }"), 1).1, 1);
}

/// Which values were shown of which parameter.
#[derive(Default)]
struct Seen(Vec<String>, Vec<(usize, usize)>);
impl RuleWatch<f64> for Seen {
    fn begin(&mut self, names: &[String]) {
        self.0 = names.to_vec();
    }
    fn block(&mut self, name: usize, parameter: usize, _: usize, _: &[f64]) {
        self.1.push((parameter, name));
    }
    fn number(&mut self, name: usize, parameter: usize, _: f64) {
        self.1.push((parameter, name));
    }
}

#[test]
fn states_may_differ_between_parameters_in_their_keys() {
    let text = "fn state(w) { if w.kind == \"bias\" { #{ n: 3 } } else { #{ v: zeros(w), s: ones(w) } } }
        fn update(w, dw, state, h, t) {
            if w.kind == \"bias\" { state.n += 1; return w - state.n * dw; }
            state.v += dw;
            state.s *= 2;
            let step = state.v * state.s;
            w - step
        }";
    let (mut rule, mut w, layout) = made(text).unwrap();
    let (dw, mut seen, mut kept) = (vec![1.0; layout.len()], Seen::default(), RuleState::default());
    rule.look_at(5, 1);
    rule.step(1, &[], &mut w, &dw, Some(&mut seen)).unwrap();
    assert_eq!((rule.names(), rule.kept()), (&["v", "s", "n", "step"].map(str::to_owned)[..], 3));
    assert_eq!(seen.0, rule.names());
    seen.1.sort_unstable();
    let weights = |at| [(at, 0), (at, 1), (at, 3)];
    assert_eq!(
        seen.1,
        [
            weights(0).to_vec(),
            vec![(1, 2)],
            weights(2).to_vec(),
            weights(3).to_vec(),
            weights(4).to_vec(),
            vec![(5, 2)]
        ]
        .concat()
    );
    let reading = rule.reading().unwrap();
    assert_eq!((reading.parameter, reading.lines.last().unwrap().value), (5, 1.0 - 4.0));
    assert_eq!(rule.state_of(1).collect::<Vec<_>>(), [("n", StateValue::Number(4.0))]);
    assert_eq!(rule.state_of(4).map(|(name, _)| name).collect::<Vec<_>>(), ["v", "s"]);
    rule.save(&mut kept);
    let here = w.clone();
    rule.step(2, &[], &mut w, &dw, None).unwrap();
    let there = w.clone();
    rule.restore(&kept).unwrap();
    w.clone_from(&here);
    rule.step(2, &[], &mut w, &dw, None).unwrap();
    assert_eq!(w, there);
    let (mut other, mut fresh, _) = made(&text.replace("n: 3", "n: 3, m: 1")).unwrap();
    assert_eq!(other.go_on_with(&rule), ["m"]);
    other.step(3, &[], &mut fresh, &dw, None).unwrap();
    rule.step(3, &[], &mut w, &dw, None).unwrap();
    assert_eq!(other.state_of(1).next(), rule.state_of(1).next());
    assert_eq!(other.state_of(0).next(), rule.state_of(0).next());
}

#[test]
fn a_rule_that_branches_on_the_step_asks_as_well() {
    let text = update("if t > 1 && w.kind == \"bias\" { return w; } w - w.layer * dw");
    assert_eq!(after(&text, 2).0, [-1.0, 0.0, -1.0, -1.0, -3.0, -1.0]);
}

/// The error of a script, with what it says beside the place and below.
fn wrong(body: &str) -> String {
    match made(&update(body)) {
        Ok(_) => panic!("accepted: {body}"),
        Err(error) => format!("{error} {}", error.help_lines().join(" ")),
    }
}

#[test]
fn what_is_not_known_of_a_parameter_is_told_with_what_is() {
    let told = wrong("if w.kynd == \"bias\" { w } else { w - dw }");
    assert!(told.contains("a tensor has no `.kynd`") && told.contains("did you mean `w.kind`?"), "{told}");
    let told = wrong("w - dw / w.size");
    assert!(told.contains("did you mean `w.shape`?"), "{told}");
    let list = "`w.name`, `w.layer`, `w.kind`, `w.rows`, `w.columns` and `w.shape`";
    assert!(told.contains(list), "{told}");
    assert!(wrong("w - dw / dw.rows").contains("write `w.rows`"));
    assert!(wrong("let u = w - dw; if u.kind == \"bias\" { w } else { u }").contains("write `w.kind`"));
}

#[test]
fn switch_and_in_look_at_what_is_asked_of_the_parameter_alone() {
    let kinds = |body: &str| after(&update(body), 2);
    let plain = kinds("if w.kind == \"bias\" { w } else { w - 0.1 * dw }");
    assert_eq!(kinds("switch w.kind { \"bias\" => w, _ => w - 0.1 * dw }"), plain);
    assert_eq!(kinds("if w.kind in [\"xy\", \"bias\"] { w } else { w - 0.1 * dw }"), plain);
    let refused = |body: &str| Script::load(Kind::Optimizer, &Source::new("mine.rhai", update(body))).unwrap_err();
    for body in [
        "switch t { 1 => w, _ => w - dw }",
        "if h.lr in [1, 2] { w } else { dw }",
        "if t in [w.kind] { w } else { dw }",
    ] {
        let error = refused(body);
        assert!(error.what().contains("cannot be used in an optimizer"), "{error}");
        assert!(error.help_lines().iter().any(|line| line.contains("`w.kind`")), "{error}");
    }
}
