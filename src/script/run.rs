//! `run` as scripts see it: one table of its numbers, for schedules that learn and for observers alike.

use rhai::{Dynamic, Engine, EvalAltResult};

use super::advice;
use crate::optim::RunView;

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

/// A number of a run, if it has one of that name.
pub(super) fn number(name: &str, run: &RunView) -> Option<Dynamic> {
    FIELDS.iter().find(|(field, _)| *field == name).map(|(_, look)| look(run))
}

/// The names of the numbers.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|(name, _)| *name)
}

/// Teaches an engine `run`.
pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<RunHandle>("run");
    engine.register_indexer_get(|run: &mut RunHandle, key: &str| -> Result<Dynamic, Box<EvalAltResult>> {
        match FIELDS.iter().find(|(name, _)| *name == key) {
            Some((_, look)) => Ok(look(&run.0)),
            None => Err(advice::part("run", key, "a script sees", FIELDS.iter().map(|(name, _)| *name))),
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
        assert!(names().eq(crate::run::NUMBERS));
    }
}
