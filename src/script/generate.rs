//! Scripts that make things with plain numbers: datasets and series (`generate(h, rng)`; what it gives tells the two
//! apart) and networks (`layers(inputs, outputs, h)`).

use ndarray::Array2;
use rhai::{Array, Dynamic, EvalAltResult, Map, Position, Scope};

use super::failure::a_kind;
use super::hyper::function_place;
use super::load::Script;
use super::rng::Rng;
use super::schedule::{HyperValues, to_map};
use super::tensor::{Tensor, tensor_of};
use super::trace::{self, HyperHandle};
use super::{Kind, engine, failure, nested};
use crate::data::{Columns, Dataset, Target};
use crate::error::{Error, Result};
use crate::program::{Folding, Real};
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

/// What `generate` gives, with a stream of the seed's own for this purpose.
fn generated(script: &Script, hyper: &HyperValues, seed: u64, purpose: Purpose) -> Result<Dynamic> {
    begin(hyper);
    let rng = Rng::new(stream(seed, purpose, 0, 0));
    let result = engine::call(engine::concrete(), &script.ast, "generate", &mut Scope::new(), (HyperHandle, rng));
    result.map_err(|error| failure::failed(&script.source, &error))
}

/// A list or a tensor.
fn is_series(value: &Dynamic) -> bool {
    value.is_array() || value.is::<Tensor>()
}

/// Whether a script that defines `generate` makes a dataset or a series: only what it gives can tell.
pub(super) fn generated_kind(script: &Script, hyper: &HyperValues) -> Result<Kind> {
    let value = generated(script, hyper, 0, Purpose::Data)?;
    if value.is_map() {
        return Ok(Kind::Dataset);
    }
    if is_series(&value) {
        return Ok(Kind::Series);
    }
    let what = format!("`generate` should give `#{{x: .., y: ..}}` or a list of numbers, but gives {}", a_kind(&value));
    let error = Error::user(what).at(function_place(&script.source, "generate"));
    Err(error.help("`#{x: .., y: ..}` makes a dataset, a list of numbers a series"))
}

/// Calls `generate` for the values of a series: at least one, all finite.
pub fn series(script: &Script, hyper: &HyperValues, seed: u64) -> Result<Vec<f64>> {
    let source = &script.source;
    let value = generated(script, hyper, seed, Purpose::Series)?;
    let wrong = |what: String| Error::user(what).at(function_place(source, "generate"));
    if value.is_map() {
        let error = wrong("`generate` gives a map, which makes a dataset; a series is a list of numbers".to_owned());
        return Err(
            error.help("a dataset is named in `data`; for a series give `[1.0, 2.0, ..]` or a tensor of one column")
        );
    }
    if !is_series(&value) {
        return Err(wrong(format!("`generate` should give a list of numbers, but gives {}", a_kind(&value))));
    }
    if let Some(list) = value.read_lock::<Array>()
        && let Some(item) = list.first()
        && list.iter().all(Dynamic::is::<Tensor>)
    {
        let what = format!("a series is a list of numbers, and this list holds {}", a_kind(item));
        return Err(wrong(what).help("a dataset is a map: write `#{ x: x, y: y }`"));
    }
    let tensor = tensor_of(&value).map_err(|error| {
        wrong(failure::failed(source, &error).what().to_owned()).help("a series is a list of numbers")
    })?;
    if tensor.columns != 1 {
        let what = format!("`generate` gives rows of {} numbers; a series is one number after another", tensor.columns);
        return Err(wrong(what));
    }
    if tensor.values.is_empty() {
        return Err(wrong("`generate` gives an empty list; a series has at least one value".to_owned()));
    }
    match tensor.values.iter().position(|value| !value.is_finite()) {
        None => Ok(tensor.values.to_vec()),
        Some(at) => {
            let value = tensor.values[at];
            let value = if value.is_nan() { "not a number".to_owned() } else { value.to_string() };
            Err(wrong(format!("value {} of `{}` is {value}: a series must be finite", at + 1, script.name)))
        }
    }
}

/// Calls `generate` for samples and targets. The inputs, which a script makes in 64 bits, are rounded to `F` once: to `f64`,
/// which leaves them alone, if they are still to be standardised.
pub fn dataset<F: Real>(script: &Script, hyper: &HyperValues, seed: u64) -> Result<Dataset<F, f64>> {
    let source = &script.source;
    let value = generated(script, hyper, seed, Purpose::Data)?;
    let wrong = |what: String| Error::user(what).at(function_place(source, "generate"));
    if is_series(&value) {
        let error = wrong("`generate` gives a list, which makes a series; a dataset is `#{x: .., y: ..}`".to_owned());
        return Err(error.help("a series is named in `series`, the section of a lab of moving averages"));
    }
    let Some(map) = value.clone().try_cast::<Map>() else {
        return Err(wrong(format!("`generate` should give `#{{x: .., y: ..}}`, but gives {}", a_kind(&value))));
    };
    if let Some(other) = map.keys().find(|key| !["x", "y"].contains(&key.as_str())) {
        return Err(wrong(format!("`generate` gives an unknown `{other}`; it should give `x` and `y`")));
    }
    let (Some(x), Some(y)) = (map.get("x"), map.get("y")) else {
        return Err(wrong("`generate` should give both `x` and `y`".into()));
    };
    let of =
        |name: &str, error: Box<EvalAltResult>| wrong(format!("`{name}`: {}", failure::failed(source, &error).what()));
    let x = tensor_of(x).map_err(|error| of("x", error))?;
    let matrix = |t: &Tensor| {
        Array2::from_shape_vec((t.rows(), t.columns), t.values.to_vec()).map_err(|error| wrong(error.to_string()))
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
    let mut inputs = Columns::new(x.columns.max(1), x.rows());
    x.values.iter().for_each(|value| inputs.push(*value));
    Dataset::collected(inputs, target, script.name.clone()).map_err(|error| {
        let uneven = error.what().contains("rows of x");
        let error = wrong(error.what().to_owned());
        if uneven { error.help("a sample is a row of `x` and an entry of `y`") } else { error }
    })
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
    // What is read here is read by recursion.
    let flat = |value| {
        let at_layers =
            |error| EvalAltResult::ErrorInFunctionCall("layers".into(), String::new(), error, Position::NONE);
        nested::settled(value).map_err(|error| at_layers(error).into())
    };
    let value = result.and_then(flat).map_err(|error| failure::failed(source, &error))?;
    match plain(&value) {
        Some(LayerValue::List(items)) => Ok(items),
        _ => Err(Error::user(format!("`layers` should give a list of layers, but gives {}", a_kind(&value)))
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
