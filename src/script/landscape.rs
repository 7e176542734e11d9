//! Landscapes by script: `height(x, y, h)`, traced with two symbolic numbers and differentiated.

use std::sync::Arc;

use super::load::Script;
use super::pointwise::{Traced, begin, input, trace_call};
use super::schedule::HyperValues;
use super::trace::HyperHandle;
use crate::error::Result;
use crate::program::Landscape;

/// A landscape with its parameters, which are constants of its program.
pub fn landscape(script: &Arc<Script>, hyper: &HyperValues) -> Result<Landscape> {
    begin("a landscape", hyper);
    let (x_id, x) = input(|graph| graph.uniform(Landscape::X));
    let (y_id, y) = input(|graph| graph.uniform(Landscape::Y));
    let traced = Traced { function: "height", gives: "number", called: "height", inputs: &[x_id, y_id] };
    let function = if script.defines("height", 2) {
        trace_call(script, &traced, (x, y))?
    } else {
        trace_call(script, &traced, (x, y, HyperHandle))?
    };
    Ok(Landscape::new(function.graph.clone(), function.output).written(function))
}
