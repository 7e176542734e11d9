//! Activations and losses by script: `forward(x, h)` and `loss(y_hat, y)`, traced and differentiated.

use std::sync::Arc;

use rhai::{Dynamic, Scope};

use super::engine;
use super::failure::{self, Stop, a_kind};
use super::hyper::function_place;
use super::load::Script;
use super::number::number;
use super::schedule::HyperValues;
use super::trace::{self, HyperHandle, Sym};
use crate::error::{Error, Result};
use crate::program::{Activation, ElementwiseLoss, Folding, Graph, NodeId, Real, X, Y, Y_HAT};

/// An activation with its parameters, which are constants of its program.
pub fn activation<F: Real>(script: &Arc<Script>, hyper: &HyperValues) -> Result<Activation<F>> {
    trace::begin(Folding::Full, "an activation", false);
    let x = trace::with(|trace| {
        trace.hyper = hyper.iter().map(|(name, value)| (name.clone(), value.to_dynamic())).collect();
        let id = trace.graph.tensor(X);
        trace.sym(id)
    });
    let (graph, y) = trace_call(script, "forward", "tensor", (x, HyperHandle))?;
    Ok(Activation::new(graph, y))
}

/// A loss of one value for each element.
pub fn loss<F: Real>(script: &Arc<Script>) -> Result<ElementwiseLoss<F>> {
    trace::begin(Folding::Full, "a loss", false);
    let (y_hat, y) = trace::with(|trace| {
        let (y_hat, y) = (trace.graph.tensor(Y_HAT), trace.graph.tensor(Y));
        (trace.sym(y_hat), trace.sym(y))
    });
    let (graph, value) = trace_call(script, "loss", "tensor", (y_hat, y))?;
    Ok(ElementwiseLoss::new(graph, value))
}

/// Calls a function with symbols; `wanted` is what it should give, for messages.
pub(super) fn trace_call(
    script: &Script,
    function: &str,
    wanted: &str,
    arguments: impl rhai::FuncArgs,
) -> Result<(Graph, NodeId)> {
    let place = || function_place(&script.source, function);
    let result = engine::call(engine::traced(), &script.ast, function, &mut Scope::new(), arguments);
    let value: Dynamic = result.map_err(|error| match failure::stop(&script.source, &error) {
        Stop::Failed(error) | Stop::Branches(error) => error,
    })?;
    let mut graph = trace::end().graph;
    let node = match (value.clone().try_cast::<Sym>(), number(&value)) {
        (Some(sym), _) => sym.id,
        (None, Some(number)) => graph.constant(number),
        (None, None) => {
            return Err(Error::user(format!("`{function}` should give a {wanted}, but gives {}", a_kind(&value)))
                .at(place())
                .help(if a_kind(&value) == "a mask" {
                    "numbers are made of a mask by `where(mask, 1, 0)`"
                } else {
                    "its last line should be the value"
                }));
        }
    };
    Ok((graph, node))
}
