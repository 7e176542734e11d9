//! Schedules that learn from the run: `memory()` and `rate(t, h, run, memory)`, called before every step.
//!
//! `memory` lies in a thread-local place while `rate` runs, so that an assignment through any alias or helper is kept,
//! as with the `state` of an optimizer.

use std::cell::RefCell;
use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, Map, Scope};

use super::engine;
use super::failure;
use super::hyper::function_place;
use super::load::Script;
use super::number::number;
use super::optimizer::unknown;
use super::schedule::{HyperValues, not_a_number};
use super::trace::{self, HyperHandle};
use crate::error::{Error, Result};
use crate::optim::{RunView, Schedule};
use crate::program::Folding;

type Fallible<T> = std::result::Result<T, Box<EvalAltResult>>;
type Memory = Vec<(String, Dynamic)>;

thread_local! {
    static MEMORY: RefCell<Memory> = const { RefCell::new(Vec::new()) };
}

/// The `memory` of `rate`.
#[derive(Debug, Clone, Copy)]
struct MemoryHandle;

/// The `run` of `rate`.
#[derive(Debug, Clone, Copy)]
struct RunHandle(RunView);

/// What a script finds in `run`.
const RUN: [&str; 11] = [
    "step",
    "epoch",
    "evaluations",
    "loss",
    "smooth_loss",
    "train_loss",
    "val_loss",
    "train_accuracy",
    "val_accuracy",
    "grad_norm",
    "update_norm",
];

fn look(run: &RunView, key: &str) -> Option<Dynamic> {
    Some(match key {
        "step" => Dynamic::from(run.step as i64),
        "epoch" => Dynamic::from(run.epoch as i64),
        "evaluations" => Dynamic::from(run.evaluations as i64),
        "loss" => Dynamic::from(run.loss),
        "smooth_loss" => Dynamic::from(run.smooth_loss),
        "train_loss" => Dynamic::from(run.train_loss),
        "val_loss" => Dynamic::from(run.val_loss),
        "train_accuracy" => Dynamic::from(run.train_accuracy),
        "val_accuracy" => Dynamic::from(run.val_accuracy),
        "grad_norm" => Dynamic::from(run.grad_norm),
        "update_norm" => Dynamic::from(run.update_norm),
        _ => return None,
    })
}

/// What a memory may hold.
fn is_kept(value: &Dynamic) -> bool {
    number(value).is_some() || value.is_bool()
}

/// Teaches an engine `run` and `memory`.
pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<RunHandle>("run");
    engine.register_indexer_get(|run: &mut RunHandle, key: &str| -> Fallible<Dynamic> {
        look(&run.0, key).ok_or_else(|| unknown("run", key, "a schedule sees", RUN.into_iter()))
    });
    engine.register_type_with_name::<MemoryHandle>("memory");
    engine.register_indexer_get(|_: &mut MemoryHandle, key: &str| -> Fallible<Dynamic> {
        MEMORY.with_borrow(|memory| match memory.iter().find(|(name, _)| name == key) {
            Some((_, value)) => Ok(value.clone()),
            None => Err(forgotten(memory, key)),
        })
    });
    engine.register_indexer_set(|_: &mut MemoryHandle, key: &str, value: Dynamic| -> Fallible<()> {
        if !is_kept(&value) {
            return Err(format!("`memory.{key}` holds a number or a truth, not a {}", value.type_name()).into());
        }
        MEMORY.with_borrow_mut(|memory| match memory.iter_mut().find(|(name, _)| name == key) {
            Some((_, place)) => {
                *place = value;
                Ok(())
            }
            None => Err(forgotten(memory, key)),
        })
    });
}

#[expect(clippy::unnecessary_box_returns, reason = "Rhai's errors are boxed")]
fn forgotten(memory: &Memory, key: &str) -> Box<EvalAltResult> {
    unknown("memory", key, "`memory()` makes", memory.iter().map(|(name, _)| name.as_str()))
}

/// A schedule that learns from the run, with its parameters.
pub(super) fn schedule(script: &Arc<Script>, hyper: &HyperValues) -> Result<Box<dyn Schedule>> {
    let source = &script.source;
    let value = engine::call(engine::traced(), &script.ast, "memory", &mut Scope::new(), ());
    let value = value.map_err(|error| failure::failed(source, &error))?;
    let wrong = |what: String| Error::user(what).at(function_place(source, "memory"));
    let Some(map) = value.clone().try_cast::<Map>() else {
        return Err(wrong(format!("`memory()` should give a map, but gives a {}", value.type_name()))
            .help("write `fn memory() { #{ best: 1 / 0 } }`"));
    };
    if let Some((name, value)) = map.iter().find(|(_, value)| !is_kept(value)) {
        return Err(wrong(format!("`{name}` should begin as a number or a truth, but is a {}", value.type_name())));
    }
    let first: Memory = map.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
    let mut learning = Learning { script: script.clone(), hyper: hyper.clone(), memory: first.clone(), first };
    // A wrong script is found before training.
    learning.rate(0)?;
    Ok(Box::new(learning))
}

struct Learning {
    script: Arc<Script>,
    hyper: HyperValues,
    first: Memory,
    memory: Memory,
}

impl Schedule for Learning {
    fn rate(&mut self, t: u64) -> Result<f64> {
        self.rate_of(t, &RunView { step: t, ..RunView::default() })
    }

    fn rate_of(&mut self, t: u64, run: &RunView) -> Result<f64> {
        if t == 0 {
            self.memory.clone_from(&self.first);
        }
        trace::begin(Folding::Full, "a schedule", false);
        trace::with(|trace| {
            trace.hyper = self.hyper.iter().map(|(name, value)| (name.clone(), value.to_dynamic())).collect();
        });
        MEMORY.set(std::mem::take(&mut self.memory));
        let arguments = (t as i64, HyperHandle, RunHandle(*run), MemoryHandle);
        let result = engine::call(engine::traced(), &self.script.ast, "rate", &mut Scope::new(), arguments);
        self.memory = MEMORY.take();
        let value = result.map_err(|error| failure::failed(&self.script.source, &error))?;
        number(&value).ok_or_else(|| not_a_number(&self.script, &value))
    }
}
