//! `run` as scripts see it: one table of its numbers, for schedules that learn and for observers alike.

use rhai::{Dynamic, Engine, EvalAltResult};

use super::advice;
use crate::error::{nearest, scrub};
use crate::optim::{Position, RunView};

/// The `run` of a script.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunHandle(pub RunView);

/// A number of `run`: its name, and where it comes from.
type Field = (&'static str, fn(&RunView) -> Dynamic);

/// What a script finds in `run`.
const FIELDS: [Field; 13] = [
    ("step", |run| Dynamic::from(run.step as i64)),
    ("epoch", |run| Dynamic::from(run.epoch as i64)),
    ("evaluations", |run| Dynamic::from(run.evaluations as i64)),
    ("loss", |run| Dynamic::from(run.loss)),
    ("smooth_loss", |run| Dynamic::from(run.smooth_loss)),
    ("train_loss", |run| Dynamic::from(run.train_loss)),
    ("val_loss", |run| Dynamic::from(run.val_loss)),
    ("train_accuracy", |run| Dynamic::from(run.train_accuracy)),
    ("val_accuracy", |run| Dynamic::from(run.val_accuracy)),
    ("grad_norm", |run| Dynamic::from(run.grad_norm)),
    ("update_norm", |run| Dynamic::from(run.update_norm)),
    ("lr", |run| Dynamic::from(run.lr)),
    ("diverged", |run| Dynamic::from(run.diverged)),
];

/// Names of numbers that only some runs have.
const PLACES: [&str; 4] = ["x", "y", "height", "value"];

/// A number of a run, if runs have one of that name; an error if this one has not.
pub(super) fn number(name: &str, run: &RunView) -> Option<Result<Dynamic, String>> {
    if let Some((_, look)) = FIELDS.iter().find(|(field, _)| *field == name) {
        return Some(Ok(look(run)));
    }
    let place = match (name, run.position) {
        ("x", Position::Landscape { x, .. }) => Ok(x),
        ("y", Position::Landscape { y, .. }) => Ok(y),
        ("height", Position::Landscape { height, .. }) => Ok(height),
        ("value", Position::Series { value }) => Ok(value),
        ("x" | "y" | "height" | "value", Position::Unknown) => Ok(f64::NAN),
        ("x" | "y" | "height", _) => Err(format!("`{name}` is a number of runs on a landscape alone")),
        ("value", _) => Err("`value` is a number of runs along a series alone".to_owned()),
        _ => return None,
    };
    Some(place.map(Dynamic::from))
}

/// The names of all numbers that some run has.
pub(super) fn all_names() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|(name, _)| *name).chain(PLACES)
}

/// The names of the numbers that a run has.
pub(super) fn names(run: &RunView) -> impl Iterator<Item = &'static str> {
    let places = match run.position {
        Position::Unknown | Position::Network => &PLACES[..0],
        Position::Landscape { .. } => &PLACES[..3],
        Position::Series { .. } => &PLACES[3..],
    };
    FIELDS.iter().map(|(name, _)| *name).chain(places.iter().copied())
}

/// What is said of a state that is asked for without a name.
pub(super) const STATE_WANTS_A_NAME: &str = "`state` wants a name in quotes, as in `state(\"v.W1\")`";

/// `run.state("W1", "v")`: a state's name is one, of two parts.
pub(super) fn one_name(a: &Dynamic, b: &Dynamic) -> Result<Dynamic, Box<EvalAltResult>> {
    let text = |value: &Dynamic| value.clone().into_string().unwrap_or_else(|_| "v".to_owned());
    let (a, b) = (text(a), text(b));
    // The one of the parameter ends with the number of its layer.
    let of_a_layer = |name: &str| name.ends_with(|c: char| c.is_ascii_digit());
    let (state, parameter) = if of_a_layer(&a) && !of_a_layer(&b) { (b, a) } else { (a, b) };
    let name = scrub(&format!("{state}.{parameter}"));
    Err(format!(
        "`state` wants one name, the state's and the parameter's with a point between, as in `state(\"{name}\")`"
    )
    .into())
}

/// There is no parameter, no state of this name, but these.
pub(super) fn no_such<'n>(what: &str, name: &str, names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    let hint = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "there is none at all".to_owned(),
        None => format!("there are {}", names[..names.len().min(12)].join(", ")),
    };
    format!("there is no {what} `{}`; {hint}", scrub(name))
}

/// Teaches an engine `run`.
pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<RunHandle>("run");
    engine.register_indexer_get(|run: &mut RunHandle, key: &str| -> Result<Dynamic, Box<EvalAltResult>> {
        match number(key, &run.0) {
            Some(value) => value.map_err(Into::into),
            None => Err(advice::part("run", key, "a script sees", names(&run.0))),
        }
    });
    engine.register_indexer_set(|_: &mut RunHandle, key: &str, _: Dynamic| -> Result<(), Box<EvalAltResult>> {
        Err(format!("`run.{key}` cannot be assigned: a script looks at the run and does not change it").into())
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_offers_what_scripts_see() {
        assert!(all_names().eq(crate::run::NUMBERS));
    }
}
