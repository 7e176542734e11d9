//! Expressions over runs, as the command line of the screen takes them: `run.loss < 0.1`, for short `loss < 0.1`, in a race
//! `run.sgd.loss`. Compiled once by Rhai (about a microsecond an evaluation); statements are refused, so that there is no
//! loop and nothing to assign. What an expression sees are copies in a thread-local place.

use std::cell::RefCell;
use std::sync::Arc;

use rhai::{AST, Dynamic, Engine, EvalAltResult};

use super::number::number;
use super::run::{self, RunHandle};
use super::{advice, engine, failure};
use crate::error::{Error, Result, Source, nearest, scrub};
use crate::optim::RunView;
use crate::run::{Evaluate, Query, Value};

type Fallible<T> = std::result::Result<T, Box<EvalAltResult>>;

/// The longest expression, in bytes.
const LONGEST: usize = 1000;

/// `run` where there may be several.
#[derive(Debug, Clone, Copy)]
struct Runs;

thread_local! {
    static RUNS: RefCell<Vec<(String, RunView)>> = const { RefCell::new(Vec::new()) };
}

/// Teaches an engine `run` with its racers, and the numbers of the lab's own run without `run.` before them.
pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Runs>("run");
    engine.register_indexer_get(|_: &mut Runs, key: &str| {
        look(key).ok_or_else(|| Box::<EvalAltResult>::from(unknown(key)))
    });
    engine.register_indexer_set(|_: &mut Runs, key: &str, _: Dynamic| -> Fallible<()> {
        Err(format!("`run.{key}` cannot be assigned: `{key} = 0.1` alone turns a hyper-parameter").into())
    });
    #[expect(deprecated, reason = "Rhai marks what may change in a later release so; the release is pinned")]
    engine.on_var(|name, _, _| match name {
        "run" => Ok(Some(Dynamic::from(Runs))),
        "PI" => Ok(Some(Dynamic::from(std::f64::consts::PI))),
        "E" => Ok(Some(Dynamic::from(std::f64::consts::E))),
        name => look(name).map(Some).ok_or_else(|| unknown(name).into()),
    });
}

/// A number of the lab's own run, or a racer.
fn look(name: &str) -> Option<Dynamic> {
    RUNS.with_borrow(|runs| {
        let own = runs.first().and_then(|(_, own)| run::number(name, own));
        own.or_else(|| runs.iter().find(|(racer, _)| racer == name).map(|(_, run)| Dynamic::from(RunHandle(*run))))
    })
}

fn unknown(name: &str) -> String {
    let mut names: Vec<String> = run::names().map(str::to_owned).collect();
    RUNS.with_borrow(|runs| {
        names.extend(runs.iter().map(|(name, _)| name.clone()).filter(|_| runs.len() > 1));
    });
    let hint = match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", names.join(", ")),
    };
    format!("a run has no number `{}`; {hint}", scrub(name))
}

/// Compiles an expression.
///
/// # Errors
/// It is no expression. Names that no run has are told when it is asked.
pub fn query(text: &str) -> Result<Query> {
    let source = Source::new("expression", text);
    if text.len() > LONGEST {
        return Err(Error::user(format!("an expression has at most {LONGEST} bytes")));
    }
    let engine = engine::for_queries();
    let ast = engine.compile_expression(text).map_err(|error| {
        let said = advice::syntax(&source, &error);
        let what = said.what().trim_start_matches(advice::NO_SCRIPT);
        let what = format!("this is not an expression: {what}");
        match said.place() {
            Some(place) => Error::user(what).at(place.clone()),
            None => Error::user(what),
        }
    })?;
    Ok(Query::new(text, Arc::new(Compiled { source, ast })))
}

struct Compiled {
    source: Arc<Source>,
    ast: AST,
}

impl Evaluate for Compiled {
    fn evaluate(&self, runs: &[(&str, RunView)]) -> Result<Value> {
        RUNS.with_borrow_mut(|seen| {
            seen.truncate(runs.len());
            for (at, (name, run)) in runs.iter().enumerate() {
                match seen.get_mut(at) {
                    // Names rarely change, so nothing is allocated from step to step.
                    Some(old) if old.0 == *name => old.1 = *run,
                    Some(old) => *old = ((*name).to_owned(), *run),
                    None => seen.push(((*name).to_owned(), *run)),
                }
            }
        });
        let value = engine::evaluate(engine::for_queries(), &self.ast);
        let value = value.map_err(|error| failure::failed(&self.source, &error))?;
        if let Some(truth) = value.clone().try_cast::<bool>() {
            return Ok(Value::Truth(truth));
        }
        if let Some(number) = number(&value) {
            return Ok(Value::Number(number));
        }
        if value.is::<Runs>() || value.is::<RunHandle>() {
            let names: Vec<&str> = run::names().collect();
            return Ok(Value::Text(format!("a run, with {}", names.join(", "))));
        }
        Ok(Value::Text(scrub(&value.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> String {
        let own = RunView { step: 7, loss: 0.25, lr: 0.1, ..RunView::default() };
        let runs = [("adam", own), ("sgd", RunView { loss: 0.5, ..own })];
        match query(text).and_then(|query| Compiled::of(text)?.evaluate(&runs).map(|value| (query, value))) {
            Ok((_, value)) => value.to_string(),
            Err(error) => error.what().to_owned(),
        }
    }

    impl Compiled {
        fn of(text: &str) -> Result<Self> {
            let source = Source::new("expression", text);
            let ast =
                engine::for_queries().compile_expression(text).map_err(|error| advice::syntax(&source, &error))?;
            Ok(Self { source, ast })
        }
    }

    #[test]
    fn numbers_have_short_names_and_racers_their_own() {
        assert_eq!(asked("run.step / 2"), "3.5");
        assert_eq!(asked("loss < 0.3 && step == 7"), "true");
        assert_eq!(asked("run.sgd.loss - sgd.loss + run.loss"), "0.25");
        assert_eq!(asked("sqrt(loss)"), "0.5");
        assert_eq!(asked("val_loss < 1"), "false");
        assert_eq!(asked("val_loss"), "nothing yet (NaN)");
        assert_eq!(asked("loss / 1000000"), "2.5e-7");
        assert_eq!(asked("run"), format!("a run, with {}", run::names().collect::<Vec<_>>().join(", ")));
    }

    #[test]
    fn what_is_wrong_is_told() {
        assert_eq!(asked("losss"), "a run has no number `losss`; did you mean `loss`?");
        assert_eq!(asked("run.sdg.loss"), "a run has no number `sdg`; did you mean `sgd`?");
        assert!(asked("loss <").starts_with("this is not an expression"), "{}", asked("loss <"));
        for statement in ["let x = 1", "while true {}", "loop {}", "loss = 3", "run.loss = 3", "eval(\"1\")"] {
            assert!(asked(statement).parse::<f64>().is_err(), "{statement}: {}", asked(statement));
        }
        assert!(!asked("run.loss = 3").is_empty());
    }
}
