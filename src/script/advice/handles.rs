//! What is called of `run`, `rng`, `h`, `state` and `memory`, which are no maps of another language.

use super::Look;
use super::foreign;
use super::instead::instead_of;
use crate::error::{Error, nearest};
use crate::script::run;
use crate::script::words::functions_of;

/// What is called of `run`, `rng`, `h` or `state`.
pub(super) fn of_handle(look: &Look<'_>, owner: &str, kind: &str, name: &str, arguments: &[String]) -> Option<Error> {
    let (pieces, at) = (&look.pieces, look.at);
    let place = pieces.place(at - 2, at);
    let unknown = || Error::user(format!("there is no `{owner}.{name}`")).at(place.clone());
    match kind {
        "`run`" if run::all_names().any(|number| number == name) => {
            let error = Error::user(format!("`{owner}.{name}` is a number, not a function")).at(place);
            Some(error.help(format!("write `{owner}.{name}`")))
        }
        "`run`" if name == "get" => {
            let error = Error::user(format!("`{owner}` has no `get`: its numbers are named behind a point")).at(place);
            Some(error.help(format!("write `{owner}.{}`", named(arguments).unwrap_or("loss"))))
        }
        "`run`" => Some(match nearest(name, functions_of("run").filter(|name| *name != "average")) {
            Some(near) if near != name => unknown().label(format!("did you mean `{owner}.{near}`?")),
            _ => {
                unknown().help(format!("`{owner}` has the numbers {}", run::all_names().collect::<Vec<_>>().join(", ")))
            }
        }),
        "`rng`" if functions_of("rng").any(|draw| draw == name) => {
            let error = Error::user(format!(
                "`{owner}.{name}` does not take {}",
                if arguments.len() == 1 { "this value" } else { "these values" }
            ));
            let help = match name {
                "integer" => format!("write `{owner}.integer(0, 10)`, or with a last argument `n` for so many"),
                "shuffle" | "choose" => format!("write `{owner}.{name}(list)`"),
                "bernoulli" | "exponential" | "poisson" | "student_t" => {
                    format!("write `{owner}.{name}(0.5)`, or `{owner}.{name}(0.5, n)` for so many")
                }
                _ => format!("write `{owner}.{name}(0, 1)`, or `{owner}.{name}(0, 1, n)` for so many"),
            };
            Some(error.at(place).help(help))
        }
        "`rng`" => Some(match (foreign::function(name), nearest(name, functions_of("rng"))) {
            (Some(instead), _) => unknown().help(instead_of(look, instead, arguments)),
            (None, Some(near)) => unknown().label(format!("did you mean `{owner}.{near}`?")),
            (None, None) => {
                unknown().help(format!("`{owner}` draws {}", functions_of("rng").collect::<Vec<_>>().join(", ")))
            }
        }),
        "`h`" | "`state`" | "`memory`" if of_a_map(name) => {
            Some(as_a_map(look, owner, (kind, name), arguments).at(place))
        }
        "`h`" | "`state`" | "`memory`" => {
            let error = Error::user(format!("`{owner}.{name}` is no function")).at(place);
            Some(match arguments {
                [] => error.help(format!("write `{owner}.{name}`")),
                [one] if one.chars().all(|c| c.is_alphanumeric() || "_.".contains(c)) => {
                    error.help(format!("a product is written `{owner}.{name} * {one}`"))
                }
                arguments => error.help(format!("a product is written `{owner}.{name} * ({})`", arguments.join(", "))),
            })
        }
        _ => None,
    }
}

/// What is called of maps in other languages, and of lists and maps here.
fn of_a_map(name: &str) -> bool {
    let asks = ["contains", "contains_key", "has", "has_key", "keys", "values", "items", "len"];
    ["get", "setdefault", "pop", "set"].contains(&name) || asks.contains(&name)
}

/// `state.get("v")`, `h.keys()`: parts are named behind a point, and it is known which there are.
fn as_a_map(look: &Look<'_>, owner: &str, (kind, name): (&str, &str), arguments: &[String]) -> Error {
    let (maker, called) = match kind {
        "`h`" => ("hyper", "hyper()"),
        "`state`" => ("state", "state(w)"),
        _ => ("memory", "memory()"),
    };
    let keys = look.outline.keys(&look.pieces, maker);
    let key = named(arguments).or(keys.first().copied()).unwrap_or("v");
    match name {
        "get" | "setdefault" | "pop" => {
            let error = Error::user(format!("`{owner}` has no `{name}`: its parts are named behind a point"));
            error.help(format!("write `{owner}.{key}`"))
        }
        "set" => {
            let value = arguments.get(1).map_or("..", String::as_str);
            let error = Error::user(format!("`{owner}` has no `set`: its parts are named behind a point"));
            error.help(format!("write `{owner}.{key} = {value}`"))
        }
        _ => {
            let error = Error::user(format!("`{owner}` has no `{name}`: it has what `{called}` makes, at every step"));
            let parts: Vec<String> = keys.iter().take(12).map(|key| format!("`{owner}.{key}`")).collect();
            if parts.is_empty() { error } else { error.help(format!("there is {}", parts.join(", "))) }
        }
    }
}

/// The name in quotes that comes first.
fn named(arguments: &[String]) -> Option<&str> {
    let name = arguments.first()?.strip_prefix('"')?.strip_suffix('"')?;
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    (plain && !name.is_empty()).then_some(name)
}
