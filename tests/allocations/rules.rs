//! A step of any shipped rule allocates nothing, whatever it looks at.

use optlab::optim::{ParameterFacts, Rule};
use optlab::program::{Layout, ParameterKind, Real};
use optlab::script::{Kind, shipped};

use crate::common::optimizer;
use crate::counting::allocations;

fn check<F: Real>(name: &str) {
    let mut layout = Layout::new();
    for (layer, (inputs, outputs)) in (1..).zip([(20, 33), (33, 7)]) {
        layout.add(format!("W{layer}"), &[inputs, outputs], ParameterKind::Weight);
        layout.add(format!("b{layer}"), &[outputs], ParameterKind::Bias);
    }
    let parameters: Vec<ParameterFacts> = layout.parameters().iter().map(ParameterFacts::from).collect();
    let (parts, hyper) = optimizer(name, &serde_json::Value::Null);
    let mut w: Vec<F> = (0..layout.len()).map(|at| F::from_f64((at as f64 * 0.7).sin())).collect();
    let dw = w.clone();
    let mut rule = Rule::for_parameters(parts, &mut w, &parameters, &[0; 4]).unwrap();
    rule.step(1, &hyper, &mut w, &dw, None).unwrap();
    let counted = allocations(|| {
        for t in 2..70 {
            rule.step(t, &hyper, &mut w, &dw, None).unwrap();
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
