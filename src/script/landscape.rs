//! Landscapes by script: `height(x, y, h)`, traced with two symbolic numbers and differentiated.

use std::sync::Arc;

use super::load::Script;
use super::pointwise::trace_call;
use super::schedule::HyperValues;
use super::trace::{self, HyperHandle};
use crate::error::Result;
use crate::program::{Folding, Landscape};

/// A landscape with its parameters, which are constants of its program.
pub fn landscape(script: &Arc<Script>, hyper: &HyperValues) -> Result<Landscape> {
    trace::begin(Folding::Full, "a landscape", false);
    let (x, y) = trace::with(|trace| {
        trace.hyper = hyper.iter().map(|(name, value)| (name.clone(), value.to_dynamic())).collect();
        let (x, y) = (trace.graph.uniform(Landscape::X), trace.graph.uniform(Landscape::Y));
        (trace.sym(x), trace.sym(y))
    });
    let (graph, height) = trace_call(script, "height", "number", (x, y, HyperHandle))?;
    Ok(Landscape::new(graph, height))
}
