//! Observers by script: `on_step(run)` and `on_epoch(run)`, or with a `memory`, called with plain numbers.
//!
//! What a script may look at lies in a thread-local place while it runs, as copies, so that nothing it does can reach
//! the training.

use std::cell::RefCell;
use std::sync::Arc;

use rhai::{Array, Dynamic, Engine, EvalAltResult, Scope};

use super::failure::a_kind;
use super::hyper::function_place;
use super::load::Script;
use super::memory::{self, Holds, Memory, MemoryHandle};
use super::number::number;
use super::run::{self, RunHandle};
use super::tensor::{COPIED, Tensor};
use super::{Kind, engine, failure};
use crate::error::{Error, Result, nearest, scrub};
use crate::optim::Memory as Copy;
use crate::program::Layout;
use crate::train::{Needs, Notes, Observer, Scene, Seen};

type Fallible<T> = std::result::Result<T, Box<EvalAltResult>>;

/// The functions of which an observer has at least one.
pub(super) const FUNCTIONS: [&str; 2] = ["on_step", "on_epoch"];
/// The most names that an observer may log: more fill no screen, and a name made anew at each step would fill memory.
const NAMES: usize = 64;
/// The most numbers that one call may log: a row of the table takes one of each name.
const ROWS: usize = 256;
/// The longest name.
const NAME: usize = 40;

/// What lies before the script.
#[derive(Default)]
struct Stage {
    layout: Layout,
    weights: Vec<f64>,
    gradients: Vec<f64>,
    updates: Vec<f64>,
    states: Vec<(String, Seen)>,
    /// Every name that was logged in this run.
    names: Vec<String>,
    /// How often this call has logged.
    logged: usize,
    notes: Notes,
}

/// One of the tensors.
type Part = fn(&Stage) -> &[f64];

thread_local! {
    static STAGE: RefCell<Stage> = RefCell::new(Stage::default());
}

/// Teaches an engine what only observers do with `run`.
pub(super) fn register(engine: &mut Engine) {
    let tensors: [(&'static str, Part); 3] = [
        ("weight", |stage| &stage.weights),
        ("gradient", |stage| &stage.gradients),
        ("update", |stage| &stage.updates),
    ];
    for (name, of) in tensors {
        engine.register_fn(name, move |_: RunHandle| STAGE.with_borrow(|stage| whole(stage, of)));
        engine.register_fn(name, move |_: RunHandle, parameter: Dynamic| look(&parameter, name, of));
    }
    engine.register_fn("state", |_: RunHandle, name: Dynamic| STAGE.with_borrow(|stage| kept(stage, &name)));
    engine.register_fn("state", |_: RunHandle| -> Fallible<Dynamic> { Err(run::STATE_WANTS_A_NAME.into()) });
    engine.register_fn("state", |_: RunHandle, a: Dynamic, b: Dynamic| run::one_name(&a, &b));
    engine.register_fn("parameters", |_: RunHandle| -> Array {
        STAGE.with_borrow(|stage| stage.layout.parameters().iter().map(|p| Dynamic::from(p.name.clone())).collect())
    });
    engine.register_fn("log", |_: RunHandle, name: Dynamic, value: Dynamic| log(&name, &value));
    engine.register_fn("log", |_: RunHandle, _: Dynamic| -> Fallible<()> {
        Err("`run.log` wants a name and a number, as in `run.log(\"angle\", 0.5)`".into())
    });
    engine.register_fn("stop", |_: RunHandle, why: Dynamic| stop(&why));
    engine.register_fn("stop", |_: RunHandle| stop(&Dynamic::UNIT));
}

/// All parameters, one after the other, in one column.
fn whole(stage: &Stage, of: Part) -> Fallible<Tensor> {
    let values = of(stage);
    let parameters = || stage.layout.parameters().iter().flat_map(|parameter| &values[parameter.range()]);
    let numbers = stage.layout.parameters().iter().map(|parameter| parameter.range().len()).sum();
    Tensor::made(numbers, 1, COPIED, || parameters().copied().collect())
}

/// A parameter's tensor by name; rows and columns as the network has them.
fn look(name: &Dynamic, what: &str, of: Part) -> Fallible<Tensor> {
    let Some(name) = text(name) else {
        return Err(format!("`run.{what}` wants the name of a parameter, as in `run.{what}(\"W1\")`").into());
    };
    STAGE.with_borrow(|stage| {
        let parameters = stage.layout.parameters();
        let Some(parameter) = parameters.iter().find(|parameter| parameter.name == name) else {
            let names = parameters.iter().map(|parameter| parameter.name.as_str());
            return Err(run::no_such("parameter", &name, names).into());
        };
        let columns = if parameter.shape.len() < 2 { 1 } else { parameter.shape[1..].iter().product() };
        Tensor::made(parameter.range().len(), columns, COPIED, || of(stage)[parameter.range()].to_vec())
    })
}

/// A state by its name, `v.W1`.
fn kept(stage: &Stage, name: &Dynamic) -> Fallible<Dynamic> {
    let Some(name) = text(name) else { return Err(run::STATE_WANTS_A_NAME.into()) };
    match stage.states.iter().find(|(own, _)| *own == name).map(|(_, seen)| seen) {
        Some(Seen::Number(number)) => Ok(Dynamic::from(*number)),
        Some(Seen::Tensor(values, columns)) => {
            let rows = values.len() / (*columns).max(1);
            Tensor::made(rows * *columns, *columns, COPIED, || values.clone()).map(Dynamic::from)
        }
        Some(Seen::NotKept(why)) => Err((*why).into()),
        None => Err(run::no_such("state", &name, stage.states.iter().map(|(name, _)| name.as_str())).into()),
    }
}

fn text(value: &Dynamic) -> Option<String> {
    value.clone().into_string().ok()
}

/// The name of something that is logged: a heading of a table without quotes.
fn is_plain(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.chars().next().is_some_and(|first| !first.is_ascii_digit())
        && name.len() <= NAME
}

fn log(name: &Dynamic, value: &Dynamic) -> Fallible<()> {
    let Some(name) = text(name) else {
        let kind = a_kind(name);
        return Err(format!("the name of what is logged is a text, as in `run.log(\"angle\", 0.5)`, not {kind}").into());
    };
    if !is_plain(&name) {
        return Err(format!(
            "`{}` cannot be the name of what is logged: at most {NAME} of the letters a to z, digits and `_`, and no digit first",
            scrub(&name)
        )
        .into());
    }
    let Some(value) = number(value) else {
        let hint = if value.is_bool() { "; `where(condition, 1, 0)` makes one" } else { "" };
        return Err(format!("`{name}` is logged as a number, not as {}{hint}", a_kind(value)).into());
    };
    STAGE.with_borrow_mut(|stage| {
        if !stage.names.contains(&name) {
            if stage.names.len() == NAMES {
                return Err(format!("`{name}` is one name too many: an observer logs {NAMES} at most").into());
            }
            stage.names.push(name.clone());
        }
        if stage.logged == ROWS {
            return Err(format!(
                "`run.log` is called more than {ROWS} times in one step: a name is logged once a step, the last number counts"
            )
            .into());
        }
        stage.logged += 1;
        stage.notes.values.push((name, value));
        Ok(())
    })
}

fn stop(why: &Dynamic) -> Fallible<()> {
    let Some(why) = text(why).filter(|why| !why.trim().is_empty()) else {
        return Err("`run.stop` wants to know why, as in `run.stop(\"the loss stands still\")`".into());
    };
    let line = scrub(&why).split_whitespace().collect::<Vec<_>>().join(" ");
    STAGE.with_borrow_mut(|stage| {
        // The first reason is the reason.
        stage.notes.stop.get_or_insert(line);
    });
    Ok(())
}

/// A function of the script, and whether it wants its memory.
#[derive(Debug, Clone, Copy)]
struct Function {
    name: &'static str,
    remembers: bool,
}

impl Function {
    fn of(script: &Script, name: &'static str) -> Option<Self> {
        let remembers = script.defines(name, 2);
        (remembers || script.defines(name, 1)).then_some(Self { name, remembers })
    }
}

/// At least one of the two functions is there and takes what it is given; who remembers says what at first.
pub(super) fn check_functions(script: &Script) -> Result<()> {
    let mut found = false;
    for name in FUNCTIONS {
        let Some(given) = script.parameters_count(name) else { continue };
        found = true;
        // Any other number was refused before.
        if given == 2 && !script.defines("memory", 0) {
            return Err(Error::user(format!(
                "`{name}(run, memory)` remembers, but the script does not say what at first"
            ))
            .at(function_place(&script.source, name))
            .help(format!("add it, as in `fn memory() {{ #{{ before: 0.0 }} }}`, or write `fn {name}(run)`")));
        }
    }
    if found {
        return Ok(());
    }
    if let Some(other) = Kind::ALL.into_iter().find(|kind| script.parameters_count(kind.function().0).is_some()) {
        let (function, article) = (other.function().0, other.article());
        return Err(Error::user(format!(
            "this script defines `{function}`, which makes {article}; an observer is wanted here"
        ))
        .at(function_place(&script.source, function))
        .help("an observer defines `on_step(run)` or `on_epoch(run)`"));
    }
    let what = "this script defines neither `on_step(run)` nor `on_epoch(run)`, which make an observer";
    let names = script.functions();
    let near = names.iter().find_map(|name| nearest(name, FUNCTIONS).map(|meant| (name, meant)));
    let error = match (near, names.first()) {
        (Some((name, meant)), _) => {
            Error::user(what).at(function_place(&script.source, name)).label(format!("did you mean `{meant}`?"))
        }
        (None, Some(name)) => Error::user(what).at(function_place(&script.source, name)),
        (None, None) => Error::user(what).at(script.start()),
    };
    Err(error.help("for example `fn on_step(run) { run.log(\"size\", norm(run.weight(\"W1\"))); }`"))
}

/// An observer of its own memory.
pub fn observer(script: &Arc<Script>) -> Result<Box<dyn Observer>> {
    let engine = engine::concrete();
    let remembers = script.defines("memory", 0);
    let memory = if remembers { memory::first(script, engine, Holds::Tensors)? } else { Memory::new() };
    // A function can be named in a script only by its name, so what is not there is not called.
    let says = |function: &str| script.source.text.contains(function);
    Ok(Box::new(Scripted {
        step: Function::of(script, FUNCTIONS[0]),
        epoch: Function::of(script, FUNCTIONS[1]),
        needs: Needs {
            weights: says("weight"),
            gradients: says("gradient"),
            updates: says("update"),
            states: says("state"),
        },
        script: script.clone(),
        memory,
        stage: Stage::default(),
    }))
}

struct Scripted {
    script: Arc<Script>,
    step: Option<Function>,
    epoch: Option<Function>,
    needs: Needs,
    memory: Memory,
    stage: Stage,
}

impl Scripted {
    fn call(&mut self, function: Option<Function>, scene: &Scene<'_>, notes: &mut Notes) -> Result<()> {
        let Some(Function { name, remembers }) = function else { return Ok(()) };
        let Self { stage, memory, script, .. } = self;
        if stage.layout.len() != scene.layout.len() {
            stage.layout = scene.layout.clone();
        }
        for (mine, given) in [
            (&mut stage.weights, scene.weights),
            (&mut stage.gradients, scene.gradients),
            (&mut stage.updates, scene.updates),
        ] {
            mine.clear();
            mine.extend_from_slice(given);
        }
        stage.states.clear();
        stage.states.extend_from_slice(scene.states);
        stage.notes = std::mem::take(notes);
        stage.logged = 0;
        STAGE.set(std::mem::take(stage));
        let run = RunHandle(*scene.run);
        let (engine, ast, scope) = (engine::concrete(), &script.ast, &mut Scope::new());
        let result = memory::lend(memory, Holds::Tensors, || {
            if remembers {
                engine::call(engine, ast, name, scope, (run, MemoryHandle))
            } else {
                engine::call(engine, ast, name, scope, (run,))
            }
        });
        *stage = STAGE.take();
        *notes = std::mem::take(&mut stage.notes);
        result.map(drop).map_err(|error| failure::failed(&script.source, &error))
    }
}

impl Observer for Scripted {
    fn needs(&self) -> Needs {
        self.needs
    }

    fn on_step(&mut self, scene: &Scene<'_>, notes: &mut Notes) -> Result<()> {
        self.call(self.step, scene, notes)
    }

    fn on_epoch(&mut self, scene: &Scene<'_>, notes: &mut Notes) -> Result<()> {
        self.call(self.epoch, scene, notes)
    }

    fn save(&self) -> Option<Copy> {
        Some(memory::save(&self.script, &self.memory).with_logged(self.stage.names.clone()))
    }

    fn restore(&mut self, copy: &Copy) -> Result<()> {
        let names = copy.logged();
        if names.len() > NAMES || !names.iter().all(|name| is_plain(name)) {
            return Err(Error::user("the names that were kept are not such as an observer logs"));
        }
        memory::restore(&self.script, &mut self.memory, Holds::Tensors, copy)?;
        self.stage.names.clear();
        self.stage.names.extend_from_slice(names);
        Ok(())
    }
}
