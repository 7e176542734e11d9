//! A step of any shipped rule allocates nothing, whatever it looks at; nor does one of a rule that branches, on a way that it
//! has gone before.

use optlab::error::Source;
use optlab::optim::{ParameterFacts, Rule, RuleParts};
use optlab::program::{Layout, ParameterKind, Real};
use optlab::script::{Kind, Script, shipped};

use crate::common::optimizer;
use crate::counting::allocations;

fn check<F: Real>(name: &str) {
    let (parts, hyper) = optimizer(name, &serde_json::Value::Null);
    check_parts::<F>(name, (parts, hyper), 2);
}

/// It allocates nothing after so many steps.
fn check_parts<F: Real>(name: &str, (parts, hyper): (RuleParts, Vec<f64>), steps: u64) {
    let mut layout = Layout::new();
    for (layer, (inputs, outputs)) in (1..).zip([(20, 33), (33, 7)]) {
        layout.add(format!("W{layer}"), &[inputs, outputs], ParameterKind::Weight);
        layout.add(format!("b{layer}"), &[outputs], ParameterKind::Bias);
    }
    let parameters: Vec<ParameterFacts> = layout.parameters().iter().map(ParameterFacts::from).collect();
    let mut w: Vec<F> = (0..layout.len()).map(|at| F::from_f64((at as f64 * 0.7).sin())).collect();
    let dw = w.clone();
    let mut rule = Rule::for_parameters(parts, &mut w, &parameters, &[0; 4]).unwrap();
    let mut point = vec![F::ZERO; w.len()];
    let mut step = |t| {
        rule.second_point((t, false), &hyper, (&w, &dw), &mut point).unwrap();
        rule.step_with(t, &hyper, &mut w, [&dw, &point], None).unwrap();
    };
    (1..steps).for_each(&mut step);
    let counted = allocations(|| {
        for t in steps..70 {
            step(t);
        }
    });
    assert_eq!(counted, 0, "{name}");
    assert!(w.iter().all(|value| value.finite()), "{name}");
}

pub fn a_step_of_a_shipped_rule_allocates_nothing() {
    let names: Vec<String> = shipped(Kind::Optimizer).into_iter().map(|entry| entry.name).collect();
    assert!(["adafactor", "prodigy", "muon", "shampoo"].iter().all(|name| names.iter().any(|known| known == name)));
    for name in names {
        check::<f32>(&name);
        check::<f64>(&name);
    }
}

pub fn a_step_of_a_rule_that_branches_allocates_nothing_on_a_way_that_is_known() {
    for body in [
        "if t % 2 == 0 { state.v = 0.9 * state.v + dw; } w - h.lr * (dw + state.v) / t",
        "state.n = norm(dw) * (1 + t % 3); if t % 3 == 0 { w - h.lr * dw / state.n } else { w - h.lr * dw }",
        "let far = state.n > 0; state.n = sum(dw); if far & (h.lr > 0) { w - h.lr * dw } else { 0.9 * w }",
        "if t % 3 == 0 { w - h.lr * sum(dw, 0) } else if t > 1 { w - h.lr * dw / total(dw * dw) } else { w }",
    ] {
        let text = format!(
            "fn hyper() {{ #{{ lr: 0.001 }} }}\nfn state(w) {{ #{{ v: zeros(w), n: 0 }} }}\n\
             fn update(w, dw, state, h, t) {{ {body} }}\n"
        );
        let script = Script::load(Kind::Optimizer, &Source::new("mine.rhai", text)).unwrap();
        let parts = || (optlab::script::rule(&script).unwrap(), vec![0.001]);
        check_parts::<f32>(body, parts(), 20);
        check_parts::<f64>(body, parts(), 20);
    }
}
