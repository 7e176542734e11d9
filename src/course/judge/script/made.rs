//! Datasets, series and networks: both make the same. Shapes come first, then the numbers themselves, in their order.

use super::near::{equal, number, short, should_be};
use super::pair::Pair;
use super::stop::{Meter, Stop};
use super::{Compared, Difference};
use crate::data::{Dataset, Target};
use crate::lab::plan::task::Case;
use crate::script::{self, LayerItem, LayerValue};

/// Seeds of a case that does not say which.
const SEEDS: [u64; 2] = [1, 2];
/// Inputs and outputs that a network is made for.
const SIZES: [(usize, usize); 2] = [(4, 3), (2, 1)];
/// Rounding, as a share of the largest number.
const ROUNDING: f64 = 1e-13;

fn seeds(case: &Case) -> &[u64] {
    if case.seeds.is_empty() { &SEEDS } else { &case.seeds }
}

fn differ(told: Option<String>) -> Option<Difference> {
    told.map(|told| Difference { told, details: Vec::new() })
}

/// Compares the values of two series, seed by seed.
pub(super) fn series(pair: &Pair<'_>, case: &Case, meter: &mut Meter) -> Compared {
    let values = pair.values(case)?;
    for seed in seeds(case) {
        let expected = script::series(&pair.reference, &values.reference, *seed).map_err(|e| Stop::reference(&e))?;
        let got = meter.own(|| script::series(&pair.own, &values.own, *seed))?;
        let told = if expected.len() == got.len() {
            let at = first_apart(&expected, &got);
            at.map(|at| format!("value {} {}", at + 1, should_be(expected[at], got[at])))
        } else {
            Some(format!("there should be {} values, and there are {}", expected.len(), got.len()))
        };
        if let Some(told) = told {
            return Ok(differ(Some(format!("with seed {seed} {told}"))));
        }
    }
    Ok(None)
}

/// Compares the samples of two datasets, seed by seed.
pub(super) fn dataset(pair: &Pair<'_>, case: &Case, meter: &mut Meter) -> Compared {
    let values = pair.values(case)?;
    for seed in seeds(case) {
        let expected = script::dataset::<f64>(&pair.reference, &values.reference, *seed);
        let expected = expected.map_err(|error| Stop::reference(&error))?;
        let got = meter.own(|| script::dataset::<f64>(&pair.own, &values.own, *seed))?;
        if let Some(told) = samples_differ(&expected, &got) {
            return Ok(differ(Some(format!("with seed {seed} {told}"))));
        }
    }
    Ok(None)
}

fn samples_differ(expected: &Dataset<f64, f64>, got: &Dataset<f64, f64>) -> Option<String> {
    let of_x = matrices_differ("x", expected.x(), got.x());
    if expected.x().dim() != got.x().dim() {
        return of_x;
    }
    match (expected.target(), got.target()) {
        (Target::Values(expected), Target::Values(got)) => {
            if expected.dim() == got.dim() {
                of_x.or_else(|| matrices_differ("y", expected, got))
            } else {
                matrices_differ("y", expected, got)
            }
        }
        (Target::Classes { labels, names }, Target::Classes { labels: own, names: own_names }) => {
            let word = |names: &[String], label: u32| names.get(label as usize).cloned().unwrap_or_default();
            let pairs = labels.iter().zip(own).map(|(a, b)| (word(names, *a), word(own_names, *b)));
            let apart = pairs.enumerate().find(|(_, (a, b))| a != b);
            let told = apart.map(|(at, (a, b))| format!("`y[{at}]` should be `{}`, and is `{}`", short(&a), short(&b)));
            of_x.or(told)
        }
        (Target::Classes { .. }, _) => Some("`y` should be words, and is numbers".to_owned()),
        (Target::Values(_), _) => Some("`y` should be numbers, and is words".to_owned()),
    }
}

fn matrices_differ(name: &str, expected: &ndarray::Array2<f64>, got: &ndarray::Array2<f64>) -> Option<String> {
    let (rows, columns) = expected.dim();
    if (rows, columns) != got.dim() {
        let (own_rows, own_columns) = got.dim();
        return Some(format!("`{name}` should be {rows} by {columns}, and is {own_rows} by {own_columns}"));
    }
    let all = |matrix: &ndarray::Array2<f64>| matrix.iter().copied().collect::<Vec<f64>>();
    let (expected, got) = (all(expected), all(got));
    let at = first_apart(&expected, &got)?;
    let place = if columns == 1 { format!("{at}") } else { format!("{},{}", at / columns, at % columns) };
    Some(format!("`{name}[{place}]` {}", should_be(expected[at], got[at])))
}

/// The first place at which two lists of one length differ.
fn first_apart(expected: &[f64], got: &[f64]) -> Option<usize> {
    let size = expected.iter().fold(0.0_f64, |size, value| size.max(value.abs()));
    expected.iter().zip(got).position(|(expected, got)| !equal(*expected, *got, ROUNDING * size))
}

/// Compares the layers of two networks, for data of several shapes.
pub(super) fn network(pair: &Pair<'_>, case: &Case, meter: &mut Meter) -> Compared {
    let values = pair.values(case)?;
    for (inputs, outputs) in SIZES {
        let expected = script::layers(&pair.reference, inputs, outputs, &values.reference);
        let expected = expected.map_err(|error| Stop::reference(&error))?;
        let got = meter.own(|| script::layers(&pair.own, inputs, outputs, &values.own))?;
        if let Some(told) = layers_differ(&expected, &got) {
            let outputs = if outputs == 1 { "1 output".to_owned() } else { format!("{outputs} outputs") };
            return Ok(differ(Some(format!("for {inputs} inputs and {outputs} {told}"))));
        }
    }
    Ok(None)
}

fn layers_differ(expected: &[LayerItem], got: &[LayerItem]) -> Option<String> {
    let apart = |(at, (expected, got)): (usize, (&LayerItem, &LayerItem))| {
        let (right, own) = (normal(expected), normal(got));
        let told = || format!("layer {} should be `{}`, and is `{}`", at + 1, text(expected), text(got));
        (!alike(&right, &own)).then(told)
    };
    expected.iter().zip(got).enumerate().find_map(apart).or_else(|| {
        let (right, own) = (expected.len(), got.len());
        (right != own).then(|| format!("there should be {right} layers, and there are {own}"))
    })
}

/// A layer as it is however it is written: `"relu"` is `#{relu: ()}`, and `#{dense: 16}` is `#{dense: #{units: 16}}`.
fn normal(item: &LayerItem) -> LayerItem {
    match item {
        LayerValue::Text(name) => LayerValue::Map(vec![(name.clone(), LayerValue::Null)]),
        LayerValue::Map(entries) if entries.len() == 1 && entries[0].0 == "dense" && is_number(&entries[0].1) => {
            let units = LayerValue::Map(vec![("units".to_owned(), entries[0].1.clone())]);
            LayerValue::Map(vec![("dense".to_owned(), units)])
        }
        other => other.clone(),
    }
}

fn is_number(value: &LayerValue) -> bool {
    as_number(value).is_some()
}

fn as_number(value: &LayerValue) -> Option<f64> {
    match value {
        LayerValue::Int(whole) => Some(*whole as f64),
        LayerValue::Float(number) => Some(*number),
        _ => None,
    }
}

/// Both say the same; whole numbers and others are numbers alike, and the order of keys says nothing.
fn alike(a: &LayerValue, b: &LayerValue) -> bool {
    if let (Some(a), Some(b)) = (as_number(a), as_number(b)) {
        return equal(a, b, 0.0);
    }
    match (a, b) {
        (LayerValue::List(a), LayerValue::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b)),
        (LayerValue::Map(a), LayerValue::Map(b)) => {
            let found = |key: &str| b.iter().find(|(other, _)| other == key).map(|(_, value)| value);
            a.len() == b.len() && a.iter().all(|(key, value)| found(key).is_some_and(|other| alike(value, other)))
        }
        _ => a == b,
    }
}

/// A layer as a lab has it: `dense: 16`, `relu`.
fn text(item: &LayerItem) -> String {
    let told = match item {
        LayerValue::Map(entries) => pairs(entries),
        other => value_text(other),
    };
    short(&told)
}

fn pairs(entries: &[(String, LayerValue)]) -> String {
    entries.iter().map(|(key, value)| format!("{key}: {}", value_text(value))).collect::<Vec<_>>().join(", ")
}

fn value_text(value: &LayerValue) -> String {
    match value {
        LayerValue::Null => "null".to_owned(),
        LayerValue::Bool(flag) => flag.to_string(),
        LayerValue::Int(whole) => whole.to_string(),
        LayerValue::Float(value) => number(*value),
        LayerValue::Text(text) => text.clone(),
        LayerValue::List(items) => format!("[{}]", items.iter().map(value_text).collect::<Vec<_>>().join(", ")),
        LayerValue::Map(entries) => format!("{{{}}}", pairs(entries)),
    }
}
