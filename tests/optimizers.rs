//! The shipped optimizers and schedules against what PyTorch, Optax and NumPy compute (`tests/reference`): f64 within
//! 1e-9, f32 within 1e-5 of the size of the tensor.

use optlab::optim::Rule;
use optlab::program::Real;
use optlab::script::{HyperValue, Kind, Script, find, rule, schedule};
use serde_json::Value;

fn reference(name: &str) -> Value {
    let path = format!("{}/tests/reference/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the vectors lie beside the tests");
    serde_json::from_str(&text).expect("the vectors are JSON")
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn load(kind: Kind, name: &str) -> std::sync::Arc<Script> {
    Script::load(kind, &find(kind, name, None).unwrap().source).unwrap()
}

/// The largest error over all steps, relative to the size of the weights.
fn worst<F: Real>(case: &Value, w0: &[f64], grads: &[Vec<f64>]) -> f64 {
    let script = load(Kind::Optimizer, case["rule"].as_str().unwrap());
    let parts = rule(&script).unwrap();
    let hyper: Vec<f64> = script
        .hyper
        .iter()
        .map(|parameter| {
            let HyperValue::Number(default) = parameter.default else { panic!("a number") };
            case["hyper"][&parameter.name].as_f64().unwrap_or(default)
        })
        .collect();
    let mut w: Vec<F> = w0.iter().map(|v| F::from_f64(*v)).collect();
    let mut rule = Rule::new(parts, &mut w, vec![0..w0.len()]).unwrap();
    let mut worst = 0.0_f64;
    for (t, (gradient, want)) in grads.iter().zip(case["w"].as_array().unwrap()).enumerate() {
        let dw: Vec<F> = gradient.iter().map(|v| F::from_f64(*v)).collect();
        rule.step(t as u64 + 1, &hyper, &mut w, &dw, None).unwrap();
        let want = numbers(want);
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
    let grads: Vec<Vec<f64>> = all["grads"].as_array().unwrap().iter().map(numbers).collect();
    let w0 = numbers(&all["w0"]);
    let mut checked = Vec::new();
    for case in all["cases"].as_array().unwrap() {
        let name = case["rule"].as_str().unwrap();
        if find(Kind::Optimizer, name, None).is_err() {
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
        if find(Kind::Schedule, name, None).is_err() {
            continue;
        }
        let script = load(Kind::Schedule, name);
        let value = |p: &optlab::script::HyperParameter| {
            let given = case["hyper"][&p.name].as_f64().map(HyperValue::Number);
            (p.name.clone(), given.unwrap_or_else(|| p.default.clone()))
        };
        let values = script.hyper.iter().map(value).collect();
        let mut schedule = schedule(&script, &values).unwrap();
        for (t, want) in numbers(&case["lr"]).into_iter().enumerate() {
            let got = schedule.rate(t as u64).unwrap();
            assert!((got - want).abs() < 1e-9 * 0.1_f64.max(want.abs()) + 1e-12, "{name} at {t}: {got} for {want}");
        }
        checked.push(name);
    }
    assert_eq!(checked, ["step", "cosine", "warmup_cosine"]);
}
