//! The shipped scripts as parts of networks, and the reference vectors.
#![allow(dead_code)] // each test file uses some of it

use std::sync::Arc;

use optlab::nn::{Init, LayerSpec, Loss};
use optlab::optim::{Constant, RuleParts, Schedule};
use optlab::program::{Pointwise, PointwiseLoss, Real};
use optlab::script::{self, HyperValue, HyperValues, Kind, Script};
use serde_json::Value;

/// A dense layer with a bias.
pub fn dense<F>(units: usize) -> LayerSpec<F> {
    LayerSpec::Dense { units, init: Init::Xavier, bias: true }
}

/// A shipped script.
pub fn shipped(kind: Kind, name: &str) -> Arc<Script> {
    let entry = script::find(kind, name, None).expect("the catalogue has it");
    Script::load(kind, &entry.source).expect("what is shipped is right")
}

pub fn defaults(script: &Script) -> HyperValues {
    script.hyper.iter().map(|p| (p.name.clone(), p.default.clone())).collect()
}

/// A shipped activation with its defaults.
pub fn activation<F: Real>(name: &str) -> Box<dyn Pointwise<F>> {
    let script = shipped(Kind::Activation, name);
    Box::new(script::activation::<F>(&script, &defaults(&script)).expect("what is shipped is right"))
}

pub fn activation_layer<F: Real>(name: &str) -> LayerSpec<F> {
    LayerSpec::Activation { name: name.to_owned(), function: activation(name) }
}

pub fn mse<F: Real>() -> Box<dyn PointwiseLoss<F>> {
    scripted_loss("mse", &[], 1)
}

/// A shipped loss by script for so many outputs, with these parameters, the rest being defaults.
pub fn scripted_loss<F: Real>(name: &str, given: &[(&str, f64)], outputs: usize) -> Box<dyn PointwiseLoss<F>> {
    let script = shipped(Kind::Loss, name);
    let mut hyper = defaults(&script);
    for (name, value) in given {
        let own = hyper.iter_mut().find(|(own, _)| own == name).expect("a parameter of the loss");
        own.1 = HyperValue::Number(*value);
    }
    script::loss(&script, &hyper, outputs).expect("what is shipped is right")
}

/// A shipped loss, in Rust or by script, for so many outputs.
pub fn loss<F: Real>(name: &str, outputs: usize) -> Loss<F> {
    match name {
        "cross_entropy" => Loss::CrossEntropy,
        "binary_cross_entropy" => Loss::BinaryCrossEntropy,
        "hinge" => Loss::Hinge,
        _ => Loss::pointwise(scripted_loss(name, &[], outputs)),
    }
}

/// A shipped optimizer with the values that a case gives, the rest being defaults. A name that it does not have panics.
pub fn optimizer(name: &str, given: &Value) -> (RuleParts, Vec<f64>) {
    let script = shipped(Kind::Optimizer, name);
    if let Some(given) = given.as_object() {
        given.keys().for_each(|key| assert!(script.parameter(key).is_some(), "{name} has no `{key}`"));
    }
    let values = script.hyper.iter().map(|parameter| {
        let HyperValue::Number(default) = parameter.default else { panic!("a number") };
        given[&parameter.name].as_f64().unwrap_or(default)
    });
    (script::rule(&script).expect("what is shipped is right"), values.collect())
}

pub fn constants(values: &[f64]) -> Vec<Box<dyn Schedule>> {
    values.iter().map(|value| Box::new(Constant(*value)) as Box<dyn Schedule>).collect()
}

pub fn reference(name: &str) -> Value {
    let path = format!("{}/tests/reference/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the vectors lie beside the tests");
    serde_json::from_str(&text).expect("the vectors are JSON")
}

/// All numbers of a nested list, in order.
pub fn flat(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(flat).collect(),
        other => vec![other.as_f64().unwrap()],
    }
}

pub fn rounded<F: Real>(values: &[f64]) -> Vec<F> {
    values.iter().map(|value| F::from_f64(*value)).collect()
}

/// Every value is within the tolerance of the one expected, by the size of the largest expected.
pub fn close<F: Real>(got: &[F], expected: &[f64], tolerance: f64, what: &str) -> Result<(), String> {
    if got.len() != expected.len() {
        return Err(format!("{what} has {} values for {}", got.len(), expected.len()));
    }
    let size = expected.iter().fold(0.0, |max: f64, value| max.max(value.abs()));
    for (at, (got, expected)) in got.iter().zip(expected).enumerate() {
        let off = (got.to_f64() - expected).abs();
        // Not `off > ...`, which NaN would pass.
        if !matches!(off.partial_cmp(&(tolerance * size)), Some(std::cmp::Ordering::Less | std::cmp::Ordering::Equal)) {
            return Err(format!("{what}: {got} for {expected} at {at}, off by {off:e}, the largest being {size}"));
        }
    }
    Ok(())
}
