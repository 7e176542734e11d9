//! The words in which a traced function was written: which names the script gave to values, which operator or function made
//! them, and in which line. The graph by itself knows none of it.

use std::collections::HashMap;

use rhai::{Dynamic, Scope};

use super::load::Script;
use super::pointwise::Traced;
use super::statements::{Names, Sentences};
use super::trace::{Done, Sym, Trace};
use crate::program::{Function, NodeId, Written};

/// A traced function, with what the trace tells of its nodes.
pub(super) fn written(
    script: &Script,
    traced: &Traced<'_>,
    trace: Trace,
    scope: &Scope<'_>,
    output: NodeId,
) -> Function {
    let parameters = script.parameters_of(traced.function);
    let sentences = Sentences::of(script, traced.function);
    let mut written: HashMap<NodeId, Written> = HashMap::new();
    for done in trace.tape.iter().flatten() {
        let Done::Applied { name, operands, node, at } = done else { continue };
        // What gives back an operand, as `x * 1` does, made nothing; and what is made a second time is there already.
        if operands.contains(node) || traced.inputs.contains(node) {
            continue;
        }
        let own = written.entry(*node).or_default();
        if own.applied.is_none() {
            own.applied = Some((name, operands.to_vec()));
            own.line = at.line();
        }
        if let (None, Some(Names::Variable(name))) = (&own.name, sentences.at(*at).map(|sentence| &sentence.names)) {
            own.name = Some(name.clone());
        }
    }
    // Variables that hold what a function of the script made.
    for (name, _, value) in scope.iter() {
        let node = symbol(&value).filter(|node| !traced.inputs.contains(node));
        if let Some(own) = node.and_then(|node| written.get_mut(&node))
            && own.name.is_none()
            && !parameters.iter().any(|parameter| parameter == name)
        {
            own.name = Some(name.to_owned());
        }
    }
    let inputs = traced.inputs.iter().copied().zip(parameters).collect();
    Function { source: script.source.name.clone(), graph: trace.graph, output, called: traced.called, inputs, written }
}

/// The node of a symbolic value.
fn symbol(value: &Dynamic) -> Option<NodeId> {
    value.clone().try_cast::<Sym>().map(|sym| sym.id)
}
