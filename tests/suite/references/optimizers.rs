//! An update rule on a fixed sequence of gradients: the weights after each of 40 steps.

use optlab::optim::Rule;
use optlab::program::Real;
use serde_json::Value;

use super::Outcomes;
use crate::common::{close, flat, optimizer, reference, rounded};

fn check<F: Real>(case: &Value, w0: &[f64], grads: &[Vec<f64>], tolerance: f64) -> Result<(), String> {
    let name = case["rule"].as_str().unwrap();
    let (parts, hyper) = optimizer(name, &case["hyper"]);
    let mut w: Vec<F> = rounded(w0);
    let mut rule = Rule::new(parts, &mut w, vec![0..w0.len()]).map_err(|error| error.to_string())?;
    let steps = case["w"].as_array().unwrap();
    assert_eq!(steps.len(), grads.len(), "every gradient has its step");
    for (t, (gradient, want)) in (1..).zip(grads.iter().zip(steps)) {
        rule.step(t, &hyper, &mut w, &rounded::<F>(gradient), None).map_err(|error| error.to_string())?;
        close(&w, &flat(want), tolerance, &format!("w after step {t}"))?;
    }
    Ok(())
}

pub fn outcomes() -> Outcomes {
    let all = reference("optimizers");
    let grads: Vec<Vec<f64>> = all["grads"].as_array().unwrap().iter().map(flat).collect();
    let w0 = flat(&all["w0"]);
    let outcome = |case: &Value| {
        let both = check::<f64>(case, &w0, &grads, 1e-9).and_then(|()| check::<f32>(case, &w0, &grads, 1e-5));
        (format!("{} {}", case["rule"], case["hyper"]), both)
    };
    all["cases"].as_array().unwrap().iter().map(outcome).collect()
}
