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
use crate::run::{Evaluate, Query, Sight, Value};

type Fallible<T> = std::result::Result<T, Box<EvalAltResult>>;

/// The longest expression, in bytes.
const LONGEST: usize = 1000;

/// `run` where there may be several.
#[derive(Debug, Clone, Copy)]
struct Runs;

thread_local! {
    static RUNS: RefCell<Vec<(String, RunView)>> = const { RefCell::new(Vec::new()) };
    static AVERAGES: RefCell<Vec<(String, f64)>> = const { RefCell::new(Vec::new()) };
}

/// Teaches an engine `run` with its racers, and the numbers of the lab's own run without `run.` before them.
pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Runs>("run");
    engine.register_indexer_get(|_: &mut Runs, key: &str| {
        look(key).unwrap_or_else(|| Err(unknown(key))).map_err(Box::<EvalAltResult>::from)
    });
    engine.register_fn("average", |name: Dynamic| average(&name));
    engine.register_fn("average", |_: Runs, name: Dynamic| average(&name));
    engine.register_indexer_set(|_: &mut Runs, key: &str, _: Dynamic| -> Fallible<()> {
        Err(format!("`run.{key}` cannot be assigned: `{key} = 0.1` alone turns a hyper-parameter").into())
    });
    #[expect(deprecated, reason = "Rhai marks what may change in a later release so; the release is pinned")]
    engine.on_var(|name, _, _| match name {
        "run" => Ok(Some(Dynamic::from(Runs))),
        "PI" => Ok(Some(Dynamic::from(std::f64::consts::PI))),
        "E" => Ok(Some(Dynamic::from(std::f64::consts::E))),
        name => look(name).unwrap_or_else(|| Err(unknown(name))).map(Some).map_err(Into::into),
    });
}

/// A number of the lab's own run, or a racer.
fn look(name: &str) -> Option<Result<Dynamic, String>> {
    RUNS.with_borrow(|runs| {
        let own = runs.first().and_then(|(_, own)| run::number(name, own));
        let racer = || runs.iter().find(|(racer, _)| racer == name).map(|(_, run)| Dynamic::from(RunHandle(*run)));
        match own {
            // A racer may be called as a number that this run has not.
            Some(Err(said)) => Some(racer().ok_or(said)),
            own => own.or_else(|| racer().map(Ok)),
        }
    })
}

/// One of the averages of a series, at the value taken last.
fn average(name: &Dynamic) -> Fallible<f64> {
    const EXAMPLE: &str = "`average` wants the name of an average, as in `average(\"exponential.0.9\")`";
    let Ok(name) = name.clone().into_string() else { return Err(EXAMPLE.into()) };
    AVERAGES.with_borrow(|averages| {
        if let Some((_, value)) = averages.iter().find(|(own, _)| *own == name) {
            return Ok(*value);
        }
        let names: Vec<&str> = averages.iter().map(|(name, _)| name.as_str()).collect();
        let hint = match nearest(&name, names.iter().copied()) {
            _ if names.is_empty() => "a run has averages along a series alone".to_owned(),
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", names.join(", ")),
        };
        Err(format!("there is no average `{}`; {hint}", scrub(&name)).into())
    })
}

/// The names of the numbers of the lab's own run.
fn names() -> Vec<&'static str> {
    RUNS.with_borrow(|runs| run::names(runs.first().map_or(&RunView::default(), |(_, own)| own)).collect())
}

fn unknown(name: &str) -> String {
    let mut names: Vec<String> = names().into_iter().map(str::to_owned).collect();
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
    fn evaluate(&self, sight: &Sight<'_>) -> Result<Value> {
        RUNS.with_borrow_mut(|seen| renew(seen, &sight.runs));
        AVERAGES.with_borrow_mut(|seen| renew(seen, &sight.averages));
        let value = engine::evaluate(engine::for_queries(), &self.ast);
        let value = value.map_err(|error| failure::failed(&self.source, &error))?;
        if let Some(truth) = value.clone().try_cast::<bool>() {
            return Ok(Value::Truth(truth));
        }
        if let Some(number) = number(&value) {
            return Ok(Value::Number(number));
        }
        if value.is::<Runs>() || value.is::<RunHandle>() {
            return Ok(Value::Text(format!("a run, with {}", names().join(", "))));
        }
        Ok(Value::Text(scrub(&value.to_string())))
    }
}

/// Names rarely change, so nothing is allocated from step to step.
fn renew<T: Copy>(seen: &mut Vec<(String, T)>, now: &[(&str, T)]) {
    seen.truncate(now.len());
    for (at, (name, value)) in now.iter().enumerate() {
        match seen.get_mut(at) {
            Some(old) if old.0 == *name => old.1 = *value,
            Some(old) => *old = ((*name).to_owned(), *value),
            None => seen.push(((*name).to_owned(), *value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::Position;

    fn asked(text: &str) -> String {
        let own = RunView { step: 7, loss: 0.25, lr: 0.1, position: Position::Network, ..RunView::default() };
        let runs = vec![("adam", own), ("sgd", RunView { loss: 0.5, ..own })];
        of(text, &Sight { runs, averages: Vec::new() })
    }

    fn of(text: &str, sight: &Sight<'_>) -> String {
        match query(text).and_then(|query| query.value(sight)) {
            Ok(value) => value.to_string(),
            Err(error) => error.what().to_owned(),
        }
    }

    #[test]
    fn a_run_tells_where_it_stands_and_another_kind_of_run_has_no_such_number() {
        let at = |position| RunView { position, ..RunView::default() };
        let walk = Sight {
            runs: vec![("values", at(Position::Series { value: 3.0 }))],
            averages: vec![("simple.2", 2.5), ("exponential.0.9", 0.25)],
        };
        let hill = at(Position::Landscape { x: 1.0, y: -2.0, height: 5.0 });
        let hill = Sight { runs: vec![("sgd", hill), ("adam", hill)], averages: Vec::new() };
        assert_eq!(of("run.x + y + run.adam.height", &hill), "4");
        assert_eq!(of("run.value - average(\"simple.2\") + run.average(\"exponential.0.9\")", &walk), "0.75");
        assert_eq!(of("run.value", &hill), "`value` is a number of runs along a series alone");
        assert_eq!(of("height", &walk), "`height` is a number of runs on a landscape alone");
        assert_eq!(asked("x"), "`x` is a number of runs on a landscape alone");
        let wrong = of("average(\"exponential.0.99\")", &walk);
        assert_eq!(wrong, "there is no average `exponential.0.99`; did you mean `exponential.0.9`?");
        assert_eq!(of("average(\"a\")", &hill), "there is no average `a`; a run has averages along a series alone");
        assert!(of("average(2)", &walk).starts_with("`average` wants the name"), "{}", of("average(2)", &walk));
        assert!(!asked("run").contains("height") && of("run", &hill).ends_with("x, y, height"));
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
        assert_eq!(
            asked("run"),
            format!("a run, with {}", run::names(&RunView::default()).collect::<Vec<_>>().join(", "))
        );
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
