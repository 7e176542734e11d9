//! The shipped optimizers and schedules against what `PyTorch`, Optax and `NumPy` compute (`tests/reference`): f64 within
//! 1e-9, f32 within 1e-5 of the size of the tensor.

mod common;

use common::{flat, optimizer, reference, shipped};
use optlab::optim::Rule;
use optlab::program::Real;
use optlab::script::{HyperValue, Kind, schedule};
use serde_json::Value;

/// The largest error over all steps, relative to the size of the weights.
fn worst<F: Real>(case: &Value, w0: &[f64], grads: &[Vec<f64>]) -> f64 {
    let (parts, hyper) = optimizer(case["rule"].as_str().unwrap(), &case["hyper"]).unwrap();
    let mut w: Vec<F> = w0.iter().map(|v| F::from_f64(*v)).collect();
    let mut rule = Rule::new(parts, &mut w, vec![0..w0.len()]).unwrap();
    let mut worst = 0.0_f64;
    for (t, (gradient, want)) in grads.iter().zip(case["w"].as_array().unwrap()).enumerate() {
        let dw: Vec<F> = gradient.iter().map(|v| F::from_f64(*v)).collect();
        rule.step(t as u64 + 1, &hyper, &mut w, &dw, None).unwrap();
        let want = flat(want);
        let size = want.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        for (got, want) in w.iter().zip(&want) {
            worst = worst.max((got.to_f64() - want).abs() / size);
        }
    }
    worst
}

#[test]
fn optimizers_agree_with_the_references() {
    let all = reference("optimizers");
    let grads: Vec<Vec<f64>> = all["grads"].as_array().unwrap().iter().map(flat).collect();
    let w0 = flat(&all["w0"]);
    let mut checked = Vec::new();
    for case in all["cases"].as_array().unwrap() {
        let name = case["rule"].as_str().unwrap();
        if shipped(Kind::Optimizer, name).is_none() {
            continue;
        }
        let (fine, coarse) = (worst::<f64>(case, &w0, &grads), worst::<f32>(case, &w0, &grads));
        assert!(fine < 1e-9, "{name} in f64: {fine:e}");
        assert!(coarse < 1e-5, "{name} in f32: {coarse:e}");
        checked.push(name);
    }
    assert_eq!(checked, ["sgd", "sgd", "rmsprop", "adam", "adam", "momentum"]);
}

#[test]
fn schedules_agree_with_the_references() {
    let all = reference("schedules");
    let mut checked = Vec::new();
    for case in all.as_array().unwrap() {
        let name = case["rule"].as_str().unwrap();
        let Some(script) = shipped(Kind::Schedule, name) else { continue };
        let value = |p: &optlab::script::HyperParameter| {
            let given = case["hyper"][&p.name].as_f64().map(HyperValue::Number);
            (p.name.clone(), given.unwrap_or_else(|| p.default.clone()))
        };
        let values = script.hyper.iter().map(value).collect();
        let mut schedule = schedule(&script, &values).unwrap();
        for (t, want) in flat(&case["lr"]).into_iter().enumerate() {
            let got = schedule.rate(t as u64).unwrap();
            assert!((got - want).abs() < 1e-9 * 0.1_f64.max(want.abs()) + 1e-12, "{name} at {t}: {got} for {want}");
        }
        checked.push(name);
    }
    assert_eq!(checked, ["step", "cosine", "warmup_cosine"]);
}
