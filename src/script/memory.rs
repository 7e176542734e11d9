//! The `memory` of a script that is called step by step: what `memory()` makes, kept from call to call.
//!
//! It lies in a thread-local place while the script runs, so that an assignment through any alias or helper is kept, as
//! with the `state` of an optimizer.

use std::cell::{Cell, RefCell};

use rhai::{Dynamic, Engine, EvalAltResult, Map, Scope};

use super::advice;
use super::failure::a_kind;
use super::hyper::function_place;
use super::load::Script;
use super::number::number;
use super::tensor::Tensor;
use super::{engine, failure};
use crate::error::{Error, Result};
use crate::optim::{Memory as Copy, MemoryValue};

type Fallible<T> = std::result::Result<T, Box<EvalAltResult>>;

/// The most values of a memory.
const MOST: usize = 200;

/// Names and their values.
pub(super) type Memory = Vec<(String, Dynamic)>;

thread_local! {
    static MEMORY: RefCell<Memory> = const { RefCell::new(Vec::new()) };
    static HOLDS: Cell<Holds> = const { Cell::new(Holds::Numbers) };
}

/// What a memory may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// Numbers and truths.
    Numbers,
    /// Tensors too, and `()` for what is not there yet.
    Tensors,
}

impl Holds {
    fn is_kept(self, value: &Dynamic) -> bool {
        let tensor = || value.is_unit() || value.is::<Tensor>();
        number(value).is_some() || value.is_bool() || (self == Self::Tensors && tensor())
    }

    fn words(self) -> &'static str {
        match self {
            Self::Numbers => "a number, `true` or `false`",
            Self::Tensors => "a number, `true` or `false`, a tensor or `()`",
        }
    }
}

/// The `memory` parameter.
#[derive(Debug, Clone, Copy)]
pub(super) struct MemoryHandle;

/// Teaches an engine `memory`.
pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<MemoryHandle>("memory");
    engine.register_indexer_get(|_: &mut MemoryHandle, key: &str| -> Fallible<Dynamic> {
        MEMORY.with_borrow(|memory| match memory.iter().find(|(name, _)| name == key) {
            Some((_, value)) => Ok(value.clone()),
            None => Err(forgotten(memory, key)),
        })
    });
    engine.register_indexer_set(|_: &mut MemoryHandle, key: &str, value: Dynamic| -> Fallible<()> {
        let holds = HOLDS.get();
        if !holds.is_kept(&value) {
            return Err(format!("`memory.{key}` holds {}, not {}", holds.words(), a_kind(&value)).into());
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
    advice::part("memory", key, "`memory()` makes", memory.iter().map(|(name, _)| name.as_str()))
}

/// Calls `memory()`.
pub(super) fn first(script: &Script, engine: &Engine, holds: Holds) -> Result<Memory> {
    let source = &script.source;
    let value = engine::call(engine, &script.ast, "memory", &mut Scope::new(), ());
    let value = value.map_err(|error| failure::failed(source, &error))?;
    let wrong = |what: String| Error::user(what).at(function_place(source, "memory"));
    let Some(map) = value.clone().try_cast::<Map>() else {
        return Err(wrong(format!("`memory()` should give a map, but gives {}", a_kind(&value)))
            .help("write `fn memory() { #{ best: 1 / 0 } }`"));
    };
    if map.len() > MOST {
        return Err(wrong(format!("`memory()` makes {} values; {MOST} is the most", map.len())));
    }
    if let Some((name, value)) = map.iter().find(|(_, value)| !holds.is_kept(value)) {
        let words = holds.words();
        return Err(wrong(format!("`{name}` should begin as {words}, but is {}", a_kind(value))));
    }
    Ok(map.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
}

/// Lends a memory to what is called, and takes it back.
pub(super) fn lend<R>(memory: &mut Memory, holds: Holds, call: impl FnOnce() -> R) -> R {
    // What was kept is given up after the call at the earliest, so that what the call may hold does not depend on who else
    // has a copy of it.
    let kept: Vec<Tensor> = memory.iter().filter_map(|(_, value)| Some(value.read_lock::<Tensor>()?.clone())).collect();
    MEMORY.set(std::mem::take(memory));
    HOLDS.set(holds);
    let result = call();
    *memory = MEMORY.take();
    drop(kept);
    result
}

/// Bytes of the tensors in the memory that is lent; none if none is.
pub(super) fn kept_bytes() -> usize {
    let bytes = |value: &Dynamic| value.read_lock::<Tensor>().map_or(0, |tensor| size_of_val(tensor.values.as_slice()));
    MEMORY.with_borrow(|memory| memory.iter().map(|(_, value)| bytes(value)).sum())
}

/// A copy of a memory; tensors are shared, since none is ever changed in its place.
pub(super) fn save(script: &Script, memory: &Memory) -> Copy {
    let value = |value: &Dynamic| {
        let value = value.clone().flatten();
        if let Some(tensor) = value.read_lock::<Tensor>() {
            return MemoryValue::Tensor { values: tensor.values.clone(), columns: tensor.columns };
        }
        if let Ok(number) = value.as_float() {
            MemoryValue::Number(number)
        } else if let Ok(whole) = value.as_int() {
            MemoryValue::Whole(whole)
        } else if let Ok(truth) = value.as_bool() {
            MemoryValue::Truth(truth)
        } else {
            // `Holds::is_kept` lets nothing else in.
            MemoryValue::Nothing
        }
    };
    let values = memory.iter().map(|(name, kept)| (name.clone(), value(kept))).collect();
    Copy::new(&script.source.text, values)
}

/// Puts a copy back.
///
/// # Errors
/// It is of another script, has other names, or holds what this memory may not. Nothing is changed then.
pub(super) fn restore(script: &Script, memory: &mut Memory, holds: Holds, copy: &Copy) -> Result<()> {
    save(script, memory).may_become(copy)?;
    let value = |value: &MemoryValue| match value {
        MemoryValue::Number(number) => Dynamic::from_float(*number),
        MemoryValue::Whole(whole) => Dynamic::from_int(*whole),
        MemoryValue::Truth(truth) => Dynamic::from_bool(*truth),
        MemoryValue::Tensor { values, columns } => Dynamic::from(Tensor::shared(values.clone(), *columns)),
        MemoryValue::Nothing => Dynamic::UNIT,
    };
    let restored: Memory = copy.values().iter().map(|(name, kept)| (name.clone(), value(kept))).collect();
    if let Some((name, value)) = restored.iter().find(|(_, value)| !holds.is_kept(value)) {
        let (words, kind) = (holds.words(), a_kind(value));
        return Err(Error::user(format!("`{}` was kept as {kind}, but it holds {words}", crate::error::scrub(name))));
    }
    *memory = restored;
    Ok(())
}
