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

/// A shipped script; none if the catalogue does not have it.
pub fn shipped(kind: Kind, name: &str) -> Option<Arc<Script>> {
    let entry = script::find(kind, name, None).ok()?;
    Some(Script::load(kind, &entry.source).unwrap())
}

pub fn defaults(script: &Script) -> HyperValues {
    script.hyper.iter().map(|p| (p.name.clone(), p.default.clone())).collect()
}

/// A shipped activation.
pub fn activation<F: Real>(name: &str) -> Option<Box<dyn Pointwise<F>>> {
    let script = shipped(Kind::Activation, name)?;
    Some(Box::new(script::activation::<F>(&script, &defaults(&script)).unwrap()))
}

pub fn activation_layer<F: Real>(name: &str) -> LayerSpec<F> {
    LayerSpec::Activation { name: name.to_owned(), function: activation(name).expect("the activation is shipped") }
}

pub fn mse<F: Real>() -> Box<dyn PointwiseLoss<F>> {
    Box::new(script::loss::<F>(&shipped(Kind::Loss, "mse").unwrap()).unwrap())
}

/// A shipped loss, fused or by script.
pub fn loss<F: Real>(name: &str) -> Option<Loss<F>> {
    Some(match name {
        "cross_entropy" => Loss::CrossEntropy,
        "binary_cross_entropy" => Loss::BinaryCrossEntropy,
        _ => Loss::pointwise(Box::new(script::loss::<F>(&shipped(Kind::Loss, name)?).unwrap())),
    })
}

/// A shipped optimizer with the values that a case gives, the rest being defaults.
pub fn optimizer(name: &str, given: &Value) -> Option<(RuleParts, Vec<f64>)> {
    let script = shipped(Kind::Optimizer, name)?;
    let values = script.hyper.iter().map(|parameter| {
        let HyperValue::Number(default) = parameter.default else { panic!("a number") };
        given[&parameter.name].as_f64().unwrap_or(default)
    });
    Some((script::rule(&script).unwrap(), values.collect()))
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
