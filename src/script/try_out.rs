//! Calls a script once with its defaults, to find what only a call can find.

use std::sync::Arc;

use super::load::Script;
use super::schedule::HyperValues;
use super::{Kind, activation, dataset, landscape, layers, loss, observer, rule, schedule};
use crate::error::Result;

/// Traces or calls the script with the defaults of its parameters.
pub fn try_out(script: &Arc<Script>) -> Result<()> {
    let defaults: HyperValues = script.hyper.iter().map(|p| (p.name.clone(), p.default.clone())).collect();
    match script.kind {
        Kind::Optimizer => rule(script).map(drop),
        Kind::Schedule => schedule(script, &defaults)?.rate(0).map(drop),
        Kind::Activation => activation::<f32>(script, &defaults).map(drop),
        Kind::Loss => loss::<f32>(script).map(drop),
        Kind::Dataset => dataset(script, &defaults, 0).map(drop),
        Kind::Network => layers(script, 2, 2, &defaults).map(drop),
        Kind::Landscape => landscape(script, &defaults).map(drop),
        Kind::Observer => observer(script).map(drop),
    }
}
