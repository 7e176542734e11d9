//! The `state` that `update` is given: what an assignment through any alias does to it.

use rhai::{Dynamic, Engine, EvalAltResult};

use super::advice;
use super::failure::a_kind;
use super::hyper::{function_place, key_place};
use super::load::Script;
use super::number::number;
use super::trace::{self, Done, StateHandle, Sym};
use crate::error::Error;
use crate::optim::{RuleParts, StateSpec};

type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// Teaches an engine `state`.
pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<StateHandle>("state");
    engine.register_indexer_get(|_: &mut StateHandle, key: &str| -> Fallible<Dynamic> {
        trace::with(|trace| match trace.states.iter().find(|s| s.name == key) {
            Some(state) => Ok(state.value.clone()),
            None => Err(advice::part("state", key, "`state(w)` makes", trace.states.iter().map(|s| s.name.as_str()))),
        })
    });
    engine.register_indexer_set(|_: &mut StateHandle, key: &str, value: Dynamic| set_state(key, value));
}

/// An assignment to `state.key`, through whatever alias it came.
fn set_state(key: &str, value: Dynamic) -> Fallible<()> {
    trace::with(|trace| {
        if trace.what != "an update" {
            let what = trace.what;
            return Err(format!("`state.{key}` is changed in `update` alone: {what} leaves the state as it is").into());
        }
        let Some(at) = trace.states.iter().position(|s| s.name == key) else {
            return Err(advice::part("state", key, "`state(w)` makes", trace.states.iter().map(|s| s.name.as_str())));
        };
        let (tensor, shape) = (trace.states[at].tensor, trace.states[at].shape);
        if let (Some(sym), true) = (value.clone().try_cast::<Sym>(), tensor) {
            let facts = trace.facts(sym)?;
            let both = (shape.or(trace.graph.own()), trace.graph.shape(sym.id));
            if let (true, (Some(own), Some(other))) = (facts.tensor && facts.shape != shape, both) {
                return Err(format!("`state.{key}` is {own} and cannot become {other}; a state keeps its shape").into());
            }
        }
        let value = match (value.clone().try_cast::<Sym>(), number(&value)) {
            (Some(sym), _) => match (trace.facts(sym)?.tensor, tensor) {
                (true, true) | (false, false) => value,
                (true, false) => return Err(format!(
                    "`state.{key}` is a number and cannot become a tensor; `state(w)` decides, as in `{key}: zeros(w)`"
                )
                .into()),
                (false, true) => {
                    return Err(format!(
                        "`state.{key}` is a tensor{} and cannot become one number; use `like({}, number)`",
                        shape.map_or_else(|| " of the shape of `w`".to_owned(), |shape| format!(" of {shape}")),
                        shape.map_or_else(|| "w".to_owned(), |_| format!("state.{key}")),
                    )
                    .into());
                }
            },
            (None, Some(_)) if tensor => {
                return Err(format!(
                    "`state.{key}` is a tensor{} and cannot become one number; use `like({}, number)`",
                    shape.map_or_else(|| " of the shape of `w`".to_owned(), |shape| format!(" of {shape}")),
                    shape.map_or_else(|| "w".to_owned(), |_| format!("state.{key}")),
                )
                .into());
            }
            (None, Some(number)) => Dynamic::from(number),
            (None, None) => return Err(format!("`state.{key}` cannot hold {}", a_kind(&value)).into()),
        };
        if let Some(tape) = &mut trace.tape {
            tape.push(Done::Assigned { state: at, value: value.clone() });
        }
        trace.states[at].value = value;
        Ok(())
    })
}

/// States that `update` never assigns, each with the place of its key.
pub fn unassigned_states(script: &Script, rule: &RuleParts) -> Vec<Error> {
    let source = &script.source;
    let warning = |state: &StateSpec| {
        let place = key_place(source, "state", &state.name).unwrap_or_else(|| function_place(source, "state"));
        let name = &state.name;
        if let Some(copied) = advice::copied_state(source, name) {
            return copied;
        }
        // What begins as the parameter may be its start, kept to be looked at.
        let start = script.parameters_of("state").into_iter().next().unwrap_or_default();
        let value = source.text[place.span.end..].trim_start().strip_prefix(':').unwrap_or_default().trim_start();
        let kept = value.strip_prefix(start.as_str()).is_some_and(|rest| rest.trim_start().starts_with([',', '}']));
        let or = if kept { "or leave it so if it is the start that you keep" } else { "or delete it" };
        Error::user(format!("the state `{name}` never changes: `update` does not assign `state.{name}`"))
            .at(place)
            .help(format!("assign it, as in `state.{name} = ...`, {or}"))
    };
    // Another parameter's program may assign what this one leaves alone; the run will tell.
    let told = rule.program.unassigned().filter(|_| rule.by_parameter.is_none());
    told.map(|at| warning(&rule.program.states[at])).collect()
}
