//! Losses over the outputs of a sample, by `PyTorch`: those that ship, and others that a script can say.

use optlab::error::Source;
use optlab::nn::{Loss, Targets};
use optlab::program::Real;
use optlab::script::{self, HyperValue, Kind, Script};
use serde_json::Value;

use super::Outcomes;
use crate::common::{close, defaults, flat, reference, rounded, shipped};

fn loss<F: Real>(case: &Value, outputs: usize) -> Loss<F> {
    let name = case["script"].as_str().unwrap();
    let script = match case["text"].as_str() {
        Some(text) => Script::load(Kind::Loss, &Source::new(format!("{name}.rhai"), text.to_owned())).unwrap(),
        None => shipped(Kind::Loss, name),
    };
    let mut hyper = defaults(&script);
    for (key, value) in case["hyper"].as_object().unwrap() {
        let own = hyper.iter_mut().find(|(name, _)| name == key).unwrap_or_else(|| panic!("{name} has no `{key}`"));
        own.1 = HyperValue::Number(value.as_f64().unwrap());
    }
    Loss::pointwise(script::loss(&script, &hyper, outputs).unwrap())
}

fn check<F: Real>(case: &Value, tolerance: f64) -> Result<(), String> {
    let outputs = case["outputs"].as_u64().unwrap() as usize;
    let z: Vec<F> = rounded(&flat(&case["z"]));
    let classes: Vec<u32> = flat(&case["y"]).into_iter().map(|y| y as u32).collect();
    let mut loss = loss::<F>(case, outputs);
    let mut dz = vec![F::ZERO; z.len()];
    let value = loss.value_and_gradient(&z, Targets::Classes(&classes), outputs, &mut dz);
    close(&[value], &[case["loss"].as_f64().unwrap()], tolerance, "the loss")?;
    close(&[loss.value(&z, Targets::Classes(&classes), outputs)], &[value], tolerance, "the loss alone")?;
    close(&dz, &flat(&case["dz"]), tolerance, "the derivative")
}

pub fn outcomes() -> Outcomes {
    let all = reference("losses");
    let outcome = |case: &Value| {
        let f64 = check::<f64>(case, 1e-9).map_err(|why| format!("in f64 {why}"));
        (format!("{} {}", case["script"], case["hyper"]), f64.and_then(|()| check::<f32>(case, 1e-5)))
    };
    all["cases"].as_array().unwrap().iter().map(outcome).collect()
}
