//! `h`, the parameters as a script reads them: by name, and never assigned.

use rhai::{Dynamic, Engine, EvalAltResult};

use super::advice;
use super::number::number;
use super::trace::{self, HyperHandle, Sym};

type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// Teaches an engine `h`, which scripts of every kind have.
pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<HyperHandle>("hyper-parameters");
    engine.register_indexer_get(|_: &mut HyperHandle, key: &str| -> Fallible<Dynamic> {
        trace::with(|trace| match trace.hyper.iter().find(|(name, _)| name == key) {
            Some((_, value)) => Ok(value.clone()),
            None => Err(advice::part("h", key, "`hyper()` names", trace.hyper.iter().map(|(name, _)| name.as_str()))),
        })
    });
    engine.register_indexer_set(|_: &mut HyperHandle, key: &str, given: Dynamic| -> Fallible<()> {
        // Rhai gives a value back that a function was called of, as in `h.lr.to_string()`.
        let own = trace::with(|trace| trace.hyper.iter().find(|(name, _)| name == key).map(|(_, own)| own.clone()));
        if own.is_some_and(|own| same(&own, &given)) {
            return Ok(());
        }
        Err(format!("`h.{key}` cannot be assigned, since the lab gives it; take a name of your own, as in `let {key} = h.{key} / 2`").into())
    });
}

/// Both are the same symbol, number, text or list of numbers.
fn same(one: &Dynamic, other: &Dynamic) -> bool {
    if let (Some(one), Some(other)) = (number(one), number(other)) {
        return one.to_bits() == other.to_bits();
    }
    if let (Some(one), Some(other)) = (one.clone().try_cast::<Sym>(), other.clone().try_cast::<Sym>()) {
        return one == other;
    }
    if let (Some(one), Some(other)) = (one.read_lock::<rhai::Array>(), other.read_lock::<rhai::Array>()) {
        return one.len() == other.len() && one.iter().zip(other.iter()).all(|(one, other)| same(one, other));
    }
    match (one.read_lock::<rhai::ImmutableString>(), other.read_lock::<rhai::ImmutableString>()) {
        (Some(one), Some(other)) => *one == *other,
        _ => false,
    }
}
