//! Expressions over runs, as the command line of the screen takes them: `run.loss < 0.1`, for short `loss < 0.1`, in a race
//! `run.sgd.loss`. Compiled once by Rhai (about a microsecond an evaluation); statements are refused, so that there is no
//! loop and nothing to assign. What an expression sees are copies in a thread-local place; of weights, gradients and states
//! only those that it asks for.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

use rhai::{AST, Dynamic, Engine, EvalAltResult};

use super::number::number;
use super::run;
use super::tensor::{Tensor, shown};
use super::{advice, engine, failure};
use crate::error::{Error, Result, Source, nearest, scrub};
use crate::optim::RunView;
use crate::run::{Evaluate, Part, Query, Seen, Sight, Value};

type Fallible<T> = std::result::Result<T, Box<EvalAltResult>>;

/// The longest expression, in bytes.
const LONGEST: usize = 1000;

/// The most tensors that one expression asks for.
const MOST: usize = 64;

/// `run` where there may be several.
#[derive(Debug, Clone, Copy)]
struct Runs;

/// One of them, by its place.
#[derive(Debug, Clone, Copy)]
struct Racer(usize);

/// A tensor that an expression asks for: of which run, which part, of what name.
#[derive(Debug, Clone, PartialEq)]
struct Wish {
    run: usize,
    /// Nothing for the names of parameters themselves.
    part: Option<Part>,
    name: Option<String>,
}

thread_local! {
    static RUNS: RefCell<Vec<(String, RunView)>> = const { RefCell::new(Vec::new()) };
    static AVERAGES: RefCell<Vec<(String, f64)>> = const { RefCell::new(Vec::new()) };
    /// What was copied of the runs, and what the expression asks for besides.
    static COPIES: RefCell<Vec<(Wish, Result<Dynamic, String>)>> = const { RefCell::new(Vec::new()) };
    static MISSING: RefCell<Option<Wish>> = const { RefCell::new(None) };
}

/// Teaches an engine `run` with its racers, and the numbers of the lab's own run without `run.` before them.
pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Runs>("run");
    engine.register_indexer_get(|_: &mut Runs, key: &str| {
        look(key).unwrap_or_else(|| Err(unknown(key))).map_err(Box::<EvalAltResult>::from)
    });
    engine.register_type_with_name::<Racer>("run");
    engine.register_indexer_get(|racer: &mut Racer, key: &str| -> Fallible<Dynamic> {
        RUNS.with_borrow(|runs| match runs.get(racer.0).map(|(_, run)| (run::number(key, run), run)) {
            Some((Some(value), _)) => value.map_err(Into::into),
            Some((None, run)) => Err(advice::part("run", key, "a script sees", run::names(run))),
            None => Err("this run is over".into()),
        })
    });
    for part in Part::ALL {
        let word = part.word();
        engine.register_fn(word, move |name: Dynamic| tensor(0, part, Some(&name)));
        engine.register_fn(word, move |_: Runs, name: Dynamic| tensor(0, part, Some(&name)));
        engine.register_fn(word, move |racer: Racer, name: Dynamic| tensor(racer.0, part, Some(&name)));
        engine.register_fn(word, move || tensor(0, part, None));
        engine.register_fn(word, move |_: Runs| tensor(0, part, None));
        engine.register_fn(word, move |racer: Racer| tensor(racer.0, part, None));
    }
    engine.register_fn("state", |a: Dynamic, b: Dynamic| run::one_name(&a, &b));
    engine.register_fn("state", |_: Runs, a: Dynamic, b: Dynamic| run::one_name(&a, &b));
    engine.register_fn("state", |_: Racer, a: Dynamic, b: Dynamic| run::one_name(&a, &b));
    engine.register_fn("parameters", || known(Wish { run: 0, part: None, name: None }, "parameters"));
    engine.register_fn("parameters", |_: Runs| known(Wish { run: 0, part: None, name: None }, "parameters"));
    engine.register_fn("parameters", |racer: Racer| known(Wish { run: racer.0, part: None, name: None }, "parameters"));
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
        let racer = || runs.iter().position(|(racer, _)| racer == name).map(|at| Dynamic::from(Racer(at)));
        match own {
            // A racer may be called as a number that this run has not.
            Some(Err(said)) => Some(racer().ok_or(said)),
            own => own.or_else(|| racer().map(Ok)),
        }
    })
}

/// What was copied of a run. What was not is asked for by an error, upon which it is copied and the expression begun again.
fn tensor(run: usize, part: Part, name: Option<&Dynamic>) -> Fallible<Dynamic> {
    let word = part.word();
    let name = match name.map(|name| name.clone().into_string()) {
        None if part == Part::State => {
            return Err(run::STATE_WANTS_A_NAME.into());
        }
        Some(Err(_)) => {
            let example = if part == Part::State { "v.W1" } else { "W1" };
            return Err(format!("`{word}` wants a name in quotes, as in `{word}(\"{example}\")`").into());
        }
        given => given.and_then(std::result::Result::ok),
    };
    known(Wish { run, part: Some(part), name }, word)
}

/// What was copied for a wish; one that was not granted yet is noted.
fn known(wish: Wish, word: &str) -> Fallible<Dynamic> {
    let copy = COPIES.with_borrow(|copies| copies.iter().find(|(own, _)| *own == wish).map(|(_, copy)| copy.clone()));
    if let Some(copy) = copy {
        return copy.map_err(Into::into);
    }
    MISSING.set(Some(wish));
    Err(format!("`{word}` is not known yet").into())
}

/// Copies what is wished for.
fn copied(sight: &Sight<'_>, wish: &Wish) -> Result<Dynamic, String> {
    let Some(run) = sight.looks.0.get(wish.run) else {
        let word = wish.part.map_or("parameters", Part::word);
        return Err(format!("`{word}` is not known here: only numbers of runs are"));
    };
    let Some(part) = wish.part else {
        return Ok(run.names(Part::Weight).into_iter().map(Dynamic::from).collect::<Vec<_>>().into());
    };
    match run.look(part, wish.name.as_deref()) {
        Some(Seen::NotKept(why)) => Err(why.to_owned()),
        Some(Seen::Number(number)) => Ok(Dynamic::from(number)),
        Some(Seen::Tensor(values, columns)) => Ok(Dynamic::from(Tensor::shared(Arc::new(values), columns))),
        None => {
            let (names, name) = (run.names(part), wish.name.as_deref().unwrap_or_default());
            let what = if part == Part::State { "state" } else { "parameter" };
            Err(run::no_such(what, name, names.iter().map(String::as_str)))
        }
    }
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
    Ok(Query::new(text, Arc::new(Compiled { source, ast, wishes: Mutex::default() })))
}

struct Compiled {
    source: Arc<Source>,
    ast: AST,
    /// What it asked for before, and will again.
    wishes: Mutex<Vec<Wish>>,
}

impl Compiled {
    /// Its value, with what it asks for copied.
    fn value(&self, sight: &Sight<'_>) -> Fallible<Dynamic> {
        // Nothing in here can leave the list half changed.
        let mut wishes = self.wishes.lock().unwrap_or_else(PoisonError::into_inner);
        COPIES.set(wishes.iter().map(|wish| (wish.clone(), copied(sight, wish))).collect());
        let value = loop {
            MISSING.take();
            let value = engine::evaluate(engine::for_queries(), &self.ast);
            match MISSING.take() {
                Some(wish) if wishes.len() < MOST => {
                    COPIES.with_borrow_mut(|copies| copies.push((wish.clone(), copied(sight, &wish))));
                    wishes.push(wish);
                }
                _ => break value,
            }
        };
        COPIES.take();
        value
    }
}

impl Evaluate for Compiled {
    fn evaluate(&self, sight: &Sight<'_>) -> Result<Value> {
        RUNS.with_borrow_mut(|seen| renew(seen, &sight.runs));
        AVERAGES.with_borrow_mut(|seen| renew(seen, &sight.averages));
        let value = self.value(sight);
        let value = value.map_err(|error| failure::failed(&self.source, &error))?;
        if let Some(truth) = value.clone().try_cast::<bool>() {
            return Ok(Value::Truth(truth));
        }
        if let Some(number) = number(&value) {
            return Ok(Value::Number(number));
        }
        if let Some(tensor) = value.read_lock::<Tensor>() {
            return Ok(Value::Text(shown(&tensor)));
        }
        if value.is::<Runs>() || value.is::<Racer>() {
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
#[path = "query_tests.rs"]
mod tests;
