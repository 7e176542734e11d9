//! The values of a traced `update` that have names: what its variables hold in the end, and what was assigned within its blocks
//! and loops and in the functions that it calls, each with the last value that it had.

use rhai::Scope;

use super::ledger::is_leaf;
use super::load::Script;
use super::statements::{Names, Sentences};
use super::trace::{Done, Sym, Trace};
use crate::optim::Name;
use crate::program::NodeId;

/// A variable of a function, with what it held.
struct Held<'a> {
    function: &'a str,
    name: &'a str,
    node: NodeId,
    /// How many values it had one after the other.
    times: u32,
}

/// All values that have names, in the order of the script: those that `update` ends with first, those of other functions last.
/// What stands within blocks is known only where the call was taped. `states` are what the states are in the end, under whose
/// names these are shown.
pub(super) fn names(
    script: &Script,
    sentences: Option<&Sentences>,
    trace: &Trace,
    scope: &Scope<'_>,
    states: &[NodeId],
) -> Vec<Name> {
    let parameters: Vec<String> = script.parameters_of("update").into_iter().collect();
    let own = |name: &str| !parameters.iter().any(|parameter| parameter == name);
    let held = sentences.map_or_else(Vec::new, |sentences| held(script, sentences, trace));
    let times = |name: &str, node: NodeId| {
        let found = held.iter().find(|held| (held.function, held.name, held.node) == ("update", name, node));
        found.map_or(1, |held| held.times)
    };
    let mut names: Vec<Name> = Vec::new();
    for (name, _, value) in scope.iter().filter(|(name, ..)| own(name)) {
        if let Some(sym) = value.try_cast::<Sym>() {
            names.retain(|earlier| earlier.name != name);
            names.push(Name { name: name.to_owned(), node: sym.id, times: times(name, sym.id) });
        }
    }
    // A second name of a state, or of what came in, shows nothing new.
    names.retain(|name| !states.contains(&name.node));
    let (of_update, of_others): (Vec<_>, Vec<_>) = held.iter().partition(|held| held.function == "update");
    for held in of_update.into_iter().filter(|held| own(held.name)).chain(of_others) {
        let facts = trace.graph.facts(held.node);
        let inside = held.function == "update";
        let known = names.iter().any(|name| name.node == held.node || (inside && name.name == held.name));
        // What a function works with may be large and of little use: a product of rows with rows. What it makes of the parameter
        // is what its caller gets.
        let is_shown = inside || facts.shape.is_none();
        if is_shown && !facts.mask && !known && !states.contains(&held.node) && !is_leaf(&trace.graph, held.node) {
            let name = if inside { held.name.to_owned() } else { format!("{}.{}", held.function, held.name) };
            names.push(Name { name, node: held.node, times: held.times });
        }
    }
    names
}

/// What variables held last, in the order in which they were first assigned. A variable is known by its function and its name,
/// whichever block it belongs to.
fn held<'a>(script: &'a Script, sentences: &'a Sentences, trace: &'a Trace) -> Vec<Held<'a>> {
    let tape = trace.tape.as_deref().unwrap_or_default();
    let level = |done: &Done| if let Done::Seen { level, .. } = done { Some(*level) } else { None };
    let lowest = tape.iter().filter_map(level).min();
    let mut all: Vec<Held<'a>> = Vec::new();
    for done in tape {
        let (function, name, node) = match done {
            Done::Applied { node, at, .. } => match sentences.at(*at).map(|sentence| (sentence, &sentence.names)) {
                Some((sentence, Names::Variable(name))) => match sentences.function(sentence.offset) {
                    Some(function) => (function, name.as_str(), *node),
                    None => continue,
                },
                _ => continue,
            },
            Done::Seen { name, node, level, first } => {
                let name = trace.words[*name].as_str();
                let other = || function(script, &trace.firsts[*first], name);
                let Some(function) = (if Some(*level) == lowest { Some("update") } else { other() }) else { continue };
                (function, name, *node)
            }
            Done::Assigned { .. } => continue,
        };
        match all.iter_mut().find(|held| (held.function, held.name) == (function, name)) {
            Some(held) => {
                held.times += u32::from(held.node != node);
                held.node = node;
            }
            None => all.push(Held { function, name, node, times: 1 }),
        }
    }
    all
}

/// The function that begins with these variables, if there is one alone and this variable is not what it is given.
fn function<'a>(script: &'a Script, first: &[String], name: &str) -> Option<&'a str> {
    let mut found = script.ast.iter_functions().filter(|function| {
        first.iter().rev().map(String::as_str).take(function.params.len()).eq(function.params.iter().copied())
    });
    let function = found.next().filter(|_| found.next().is_none())?;
    (!function.params.contains(&name)).then_some(function.name)
}
