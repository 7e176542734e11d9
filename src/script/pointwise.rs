//! Activations and losses by script: `forward(x, h)` and `loss(y_hat, y, h)`, traced and differentiated.

use std::sync::Arc;

use rhai::{Dynamic, Scope};

use super::failure::{self, Stop, a_kind};
use super::hyper::function_place;
use super::load::Script;
use super::number::number;
use super::schedule::HyperValues;
use super::trace::{self, HyperHandle, Sym};
use super::written::written;
use super::{advice, engine};
use crate::error::{Error, Result};
use crate::program::{
    Activation, ElementwiseLoss, Folding, Function, Graph, NodeId, PointwiseLoss, Real, RowLoss, Shape, X, Y, Y_HAT,
    rows_at_once,
};

/// An activation with its parameters, which are constants of its program.
pub fn activation<F: Real>(script: &Arc<Script>, hyper: &HyperValues) -> Result<Activation<F>> {
    begin("an activation", hyper);
    let (id, x) = input(|graph| graph.tensor(X));
    let traced = Traced { function: "forward", gives: "tensor", called: "y", inputs: &[id] };
    let function = if script.defines("forward", 1) {
        trace_call(script, &traced, (x,))?
    } else {
        trace_call(script, &traced, (x, HyperHandle))?
    };
    Ok(Activation::new(function.graph.clone(), function.output).written(function))
}

/// A loss with its parameters, which are constants of its program, for networks with so many outputs. It has one value for
/// each output of a sample, or one for the sample.
pub fn loss<F: Real>(script: &Arc<Script>, hyper: &HyperValues, outputs: usize) -> Result<Box<dyn PointwiseLoss<F>>> {
    begin(LOSS, hyper);
    trace::with(|trace| {
        trace.graph = Graph::of_shape(Folding::Full, Shape::new(rows_at_once(outputs), outputs));
        trace.over_outputs = advice::over_outputs(&script.ast);
    });
    let ([y_hat_id, y_id], [y_hat, y]) = {
        let ((a, y_hat), (b, y)) = (input(|graph| graph.tensor(Y_HAT)), input(|graph| graph.tensor(Y)));
        ([a, b], [y_hat, y])
    };
    let traced = Traced { function: "loss", gives: "tensor", called: "loss", inputs: &[y_hat_id, y_id] };
    let function = if script.defines("loss", 3) {
        trace_call(script, &traced, (y_hat, y, HyperHandle))?
    } else {
        trace_call(script, &traced, (y_hat, y))?
    };
    if !function.is_over_outputs() {
        return Ok(Box::new(ElementwiseLoss::new(function.graph.clone(), function.output).written(function)));
    }
    let loss = RowLoss::new(function.graph.clone(), function.output)
        .ok_or_else(|| Error::fault("a loss mixes samples").at(function_place(&script.source, "loss")))?;
    Ok(Box::new(loss.written(function)))
}

/// What is traced, for messages and for what may be said in it.
pub(super) const LOSS: &str = "a loss";

/// Outputs for which a loss is traced where no network is there yet: several, as of classes.
pub const SOME_OUTPUTS: usize = 3;

/// Begins to trace a function that is differentiated. What it does is kept, to be told of it.
pub(super) fn begin(what: &'static str, hyper: &HyperValues) {
    trace::begin(Folding::Full, what, false);
    trace::with(|trace| {
        trace.tape = Some(Vec::new());
        trace.hyper = hyper.iter().map(|(name, value)| (name.clone(), value.to_dynamic())).collect();
    });
}

/// A value that goes into the function.
pub(super) fn input(make: impl FnOnce(&mut Graph) -> NodeId) -> (NodeId, Sym) {
    trace::with(|trace| {
        let id = make(&mut trace.graph);
        (id, trace.sym(id))
    })
}

/// A function that is traced.
pub(super) struct Traced<'a> {
    pub function: &'static str,
    /// What it should give, for messages.
    pub gives: &'static str,
    /// What its value is called where the script has no name for it.
    pub called: &'static str,
    /// What goes in, in the order of its parameters.
    pub inputs: &'a [NodeId],
}

/// Calls a function with symbols.
pub(super) fn trace_call(script: &Script, traced: &Traced<'_>, arguments: impl rhai::FuncArgs) -> Result<Function> {
    let Traced { function, gives, .. } = traced;
    let place = || function_place(&script.source, function);
    let mut scope = Scope::new();
    let result = engine::call(engine::traced(), &script.ast, function, &mut scope, arguments);
    let value: Dynamic = result.map_err(|error| match failure::stop(&script.source, &error) {
        Stop::Failed(error) | Stop::Branches(error) => error,
    })?;
    let mut trace = trace::end();
    let output = match (value.clone().try_cast::<Sym>(), number(&value)) {
        (Some(sym), _) => sym.id,
        (None, Some(number)) => trace.graph.constant(number),
        (None, None) => {
            return Err(Error::user(format!("`{function}` should give a {gives}, but gives {}", a_kind(&value)))
                .at(place())
                .help(if a_kind(&value) == "a mask" {
                    "numbers are made of a mask by `where(mask, 1, 0)`"
                } else {
                    "its last line should be the value"
                }));
        }
    };
    Ok(written(script, traced, trace, &scope, output))
}
