//! Calls a script once with its defaults, to find what only a call can find.

use std::sync::Arc;

use super::generate::generated_kind;
use super::load::Script;
use super::schedule::HyperValues;
use super::{
    Kind, SOME_OUTPUTS, activation, advice, dataset, landscape, layers, loss, observer, rule, rule_as_far_as_it_goes,
    schedule, series, without_log,
};
use crate::error::{Result, Source};
use crate::optim::{ParameterFacts, Rule, RuleParts};
use crate::program::{Layout, ParameterKind};

/// The functions by which an observer is known.
const OBSERVES: [&str; 2] = ["on_step", "on_epoch"];

/// The script of a file, of whatever kind: the one whose function it defines. Where two kinds have the same function,
/// what it gives tells them apart. The error of a script that defines none speaks of an optimizer.
pub fn load_any(source: &Arc<Source>) -> Result<Arc<Script>> {
    let defines = |function: &str| source.text.contains(&format!("fn {function}("));
    let named = Kind::ALL.into_iter().find(|kind| defines(kind.function().0));
    let observes = || OBSERVES.into_iter().any(defines).then_some(Kind::Observer);
    let kind = named.or_else(observes).or_else(|| advice::meant_kind(source)).unwrap_or(Kind::Optimizer);
    let script = Script::load(kind, source)?;
    match kind {
        Kind::Dataset if generated_kind(&script, &defaults(&script))? == Kind::Series => {
            Script::load(Kind::Series, source)
        }
        _ => Ok(script),
    }
}

fn defaults(script: &Script) -> HyperValues {
    script.hyper.iter().map(|p| (p.name.clone(), p.default.clone())).collect()
}

/// Parameters of every kind that a network has, of layers of unlike sizes.
fn some_parameters() -> (Layout, usize) {
    let mut layout = Layout::new();
    let layers: [(&str, &[usize], ParameterKind); 6] = [
        ("W1", &[2, 3], ParameterKind::Weight),
        ("b1", &[3], ParameterKind::Bias),
        ("gamma1", &[3], ParameterKind::Scale),
        ("beta1", &[3], ParameterKind::Shift),
        ("W2", &[3, 4], ParameterKind::Weight),
        ("b2", &[4], ParameterKind::Bias),
    ];
    for (name, shape, kind) in layers {
        layout.add(name, shape, kind);
    }
    let end = layout.parameters().last().map_or(0, |last| last.range().end);
    (layout, end)
}

/// Makes a rule for parameters of all kinds: what is wrong with one of them, or with all of them together.
pub fn try_parameters(parts: RuleParts) -> Result<()> {
    let (layout, length) = some_parameters();
    let facts: Vec<ParameterFacts> = layout.parameters().iter().map(ParameterFacts::from).collect();
    let mut w = vec![0.0_f64; length];
    without_log(|| Rule::for_parameters(parts, &mut w, &facts, &vec![0; facts.len()]).map(drop))
}

/// Traces or calls the script with the defaults of its parameters.
pub fn try_out(script: &Arc<Script>) -> Result<()> {
    let defaults = defaults(script);
    match script.kind {
        Kind::Optimizer => rule_as_far_as_it_goes(script).map(drop),
        Kind::Schedule => schedule(script, &defaults)?.rate(0).map(drop),
        Kind::Activation => activation::<f32>(script, &defaults).map(drop),
        Kind::Loss => loss::<f32>(script, &defaults, SOME_OUTPUTS).map(drop),
        Kind::Dataset => dataset::<f32>(script, &defaults, 0).map(drop),
        Kind::Network => layers(script, 2, 2, &defaults).map(drop),
        Kind::Landscape => landscape(script, &defaults).map(drop),
        Kind::Series => series(script, &defaults, 0).map(drop),
        Kind::Observer => observer(script).map(drop),
    }
}

/// The same, and looks for what it will do later: on other ways, with parameters of every kind.
///
/// # Errors
/// It fails, or will.
pub fn try_ahead(script: &Arc<Script>) -> Result<()> {
    if script.kind == Kind::Optimizer {
        return try_parameters(rule(script)?);
    }
    try_out(script)?;
    script.look_ahead()
}
