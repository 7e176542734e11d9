//! Calls a script once with its defaults, to find what only a call can find.

use std::sync::Arc;

use super::generate::generated_kind;
use super::load::Script;
use super::schedule::HyperValues;
use super::{
    Kind, SOME_OUTPUTS, activation, advice, dataset, landscape, layers, loss, observer, rule, schedule, series,
};
use crate::error::{Result, Source};

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

/// Traces or calls the script with the defaults of its parameters.
pub fn try_out(script: &Arc<Script>) -> Result<()> {
    let defaults = defaults(script);
    match script.kind {
        Kind::Optimizer => rule(script).map(drop),
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
