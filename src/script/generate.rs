//! Scripts that make things with plain numbers: datasets (`generate(h, rng)`) and networks (`layers(inputs, outputs, h)`).

use ndarray::Array2;
use rhai::{Array, Dynamic, Map, Scope};

use super::hyper::function_place;
use super::load::Script;
use super::rng::Rng;
use super::schedule::{HyperValues, to_map};
use super::tensor::tensor_of;
use super::trace::{self, HyperHandle};
use super::{engine, failure};
use crate::data::{Dataset, Target};
use crate::error::{Error, Result};
use crate::program::Folding;
use crate::random::{Purpose, stream};

/// A value of a list of layers, as YAML would have it.
#[derive(Debug, Clone, PartialEq)]
pub enum LayerValue {
    /// Nothing.
    Null,
    /// A flag.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<LayerValue>),
    /// Keys and values.
    Map(Vec<(String, LayerValue)>),
}

/// An entry of the list: `"relu"` or `#{dense: 16}`.
pub type LayerItem = LayerValue;

fn begin(hyper: &HyperValues) {
    trace::begin(Folding::Full, "data", true);
    trace::with(|trace| {
        trace.hyper = to_map(hyper).into_iter().map(|(name, value)| (name.to_string(), value)).collect();
    });
}

/// Calls `generate` with a stream of the seed's own.
pub fn dataset(script: &Script, hyper: &HyperValues, seed: u64) -> Result<Dataset<f32>> {
    let source = &script.source;
    begin(hyper);
    let rng = Rng::new(stream(seed, Purpose::Data, 0, 0));
    let result = engine::call(engine::concrete(), &script.ast, "generate", &mut Scope::new(), (HyperHandle, rng));
    let value = result.map_err(|error| failure::failed(source, &error))?;
    let wrong = |what: String| Error::user(what).at(function_place(source, "generate"));
    let Some(map) = value.clone().try_cast::<Map>() else {
        return Err(wrong(format!("`generate` should give `#{{x: .., y: ..}}`, but gives a {}", value.type_name())));
    };
    if let Some(other) = map.keys().find(|key| !["x", "y"].contains(&key.as_str())) {
        return Err(wrong(format!("`generate` gives an unknown `{other}`; it should give `x` and `y`")));
    }
    let (Some(x), Some(y)) = (map.get("x"), map.get("y")) else {
        return Err(wrong("`generate` should give both `x` and `y`".into()));
    };
    let of = |name: &str, error: Box<rhai::EvalAltResult>| {
        wrong(format!("`{name}`: {}", failure::failed(source, &error).what()))
    };
    let x = tensor_of(x).map_err(|error| of("x", error))?;
    let matrix = |t: &super::tensor::Tensor| {
        let values = t.values.iter().map(|v| *v as f32).collect();
        Array2::from_shape_vec((t.rows(), t.columns), values).map_err(|error| wrong(error.to_string()))
    };
    let target = match words(y) {
        Some(words) => {
            let mut names = words.clone();
            names.sort();
            names.dedup();
            let label = |word: &String| names.binary_search(word).unwrap_or(0) as u32;
            Target::Classes { labels: words.iter().map(label).collect(), names: names.clone() }
        }
        None => Target::Values(matrix(&tensor_of(y).map_err(|error| of("y", error))?)?),
    };
    Dataset::new(matrix(&x)?, target, script.name.clone()).map_err(|error| wrong(error.what().to_owned()))
}

/// A list of texts.
fn words(value: &Dynamic) -> Option<Vec<String>> {
    let list = value.read_lock::<Array>()?;
    if list.is_empty() {
        return None;
    }
    list.iter().map(|item| item.clone().into_string().ok()).collect()
}

/// Calls `layers` and gives the list as YAML would have it.
pub fn layers(script: &Script, inputs: usize, outputs: usize, hyper: &HyperValues) -> Result<Vec<LayerItem>> {
    let source = &script.source;
    begin(hyper);
    let arguments = (inputs as i64, outputs as i64, HyperHandle);
    let result = engine::call(engine::concrete(), &script.ast, "layers", &mut Scope::new(), arguments);
    let value = result.map_err(|error| failure::failed(source, &error))?;
    match plain(&value) {
        Some(LayerValue::List(items)) => Ok(items),
        _ => Err(Error::user(format!("`layers` should give a list of layers, but gives a {}", value.type_name()))
            .at(function_place(source, "layers"))
            .help("for example `[#{dense: 16}, \"relu\", #{dense: outputs}]`")),
    }
}

fn plain(value: &Dynamic) -> Option<LayerValue> {
    if value.is_unit() {
        return Some(LayerValue::Null);
    }
    if let Ok(flag) = value.as_bool() {
        return Some(LayerValue::Bool(flag));
    }
    if let Ok(whole) = value.as_int() {
        return Some(LayerValue::Int(whole));
    }
    if let Ok(number) = value.as_float() {
        return Some(LayerValue::Float(number));
    }
    if let Ok(text) = value.clone().into_string() {
        return Some(LayerValue::Text(text));
    }
    if let Some(list) = value.read_lock::<Array>() {
        return list.iter().map(plain).collect::<Option<Vec<_>>>().map(LayerValue::List);
    }
    let map = value.read_lock::<Map>()?;
    map.iter()
        .map(|(key, value)| Some((key.to_string(), plain(value)?)))
        .collect::<Option<Vec<_>>>()
        .map(LayerValue::Map)
}
