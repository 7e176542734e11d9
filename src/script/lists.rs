//! Lists in scripts: Rhai's functions for them, each of which pays for its work before it does it, and puts nothing into
//! a list that is too deep. Rhai's own package does neither.

use std::cmp::Ordering;
use std::ops::{Range, RangeInclusive};

use rhai::{Array, Dynamic, Engine, EvalAltResult, FnPtr, FuncRegistration, ImmutableString, NativeCallContext};

use super::budget;
use super::nested::{is_same, pay, same_lists, settled, shown_list};
use super::number::number;

type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// A function that only looks at its list, which may be a constant.
macro_rules! look {
    ($engine:ident, $name:literal, $function:expr) => {
        FuncRegistration::new($name).with_purity(true).register_into_engine($engine, $function);
    };
}

/// A place in a list; below 0 it counts from the end. Outside there is none.
fn place(length: usize, index: i64) -> Option<usize> {
    let at = if index < 0 { i64::try_from(length).ok()?.checked_add(index)? } else { index };
    usize::try_from(at).ok().filter(|at| *at < length)
}

/// The stretch of so many elements from a place on, cut to what there is; a place below 0 counts from the end.
fn stretch(length: usize, start: i64, count: i64) -> Range<usize> {
    let size = usize::try_from(start.unsigned_abs()).unwrap_or(length).min(length);
    let start = if start < 0 { length - size } else { size };
    start..start.saturating_add(usize::try_from(count).unwrap_or(0)).min(length)
}

fn part(list: &Array, start: i64, count: i64) -> Fallible<Array> {
    let part = stretch(list.len(), start, count);
    budget::afford_list(part.len())?;
    Ok(list[part].to_vec())
}

/// The order of two elements: numbers by size with NaN last, texts by their letters. There is none of other values.
fn order(a: &Dynamic, b: &Dynamic) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return Some(a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan())));
    }
    let (a, b) = (a.read_lock::<ImmutableString>()?, b.read_lock::<ImmutableString>()?);
    Some(a.as_str().cmp(b.as_str()))
}

fn sort(list: &mut Array) -> Fallible<()> {
    // Each element is looked at some log2(n) times.
    pay(list.len().saturating_mul(1 + list.len().max(1).ilog2() as usize).saturating_mul(4))?;
    if list.iter().any(|item| order(item, &list[0]).is_none()) {
        return Err("`sort()` wants a list of numbers, or of texts".into());
    }
    list.sort_by(|a, b| order(a, b).unwrap_or(Ordering::Equal));
    Ok(())
}

/// Where a value stands in a list.
fn find(list: &Array, value: &Dynamic) -> Fallible<Option<usize>> {
    for (at, item) in list.iter().enumerate() {
        if at % 16 == 15 {
            budget::spend(1)?;
        }
        if is_same(item, value, 1)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// Teaches an engine lists.
pub(super) fn register(engine: &mut Engine) {
    for name in ["to_string", "to_debug", "print", "debug"] {
        FuncRegistration::new(name).with_purity(true).register_into_engine(engine, |list: &mut Array| shown_list(list));
    }
    look!(engine, "len", |list: &mut Array| list.len() as i64);
    engine.register_get("len", |list: &mut Array| list.len() as i64);
    look!(engine, "is_empty", |list: &mut Array| list.is_empty());
    engine.register_get("is_empty", |list: &mut Array| list.is_empty());
    look!(engine, "get", |list: &mut Array, at: i64| {
        place(list.len(), at).map_or(Dynamic::UNIT, |at| list[at].clone())
    });
    look!(engine, "contains", |list: &mut Array, value: Dynamic| find(list, &value).map(|at| at.is_some()));
    look!(engine, "index_of", |list: &mut Array, value: Dynamic| {
        find(list, &value).map(|at| at.map_or(-1, |at| at as i64))
    });
    look!(engine, "==", |a: &mut Array, b: Array| same_lists(a, &b, 1));
    look!(engine, "!=", |a: &mut Array, b: Array| same_lists(a, &b, 1).map(|same| !same));
    look!(engine, "extract", |list: &mut Array, start: i64| part(list, start, i64::MAX));
    look!(engine, "extract", part_of);
    look!(engine, "extract", |list: &mut Array, range: Range<i64>| {
        part(list, range.start, range.end.saturating_sub(range.start))
    });
    look!(engine, "extract", |list: &mut Array, range: RangeInclusive<i64>| {
        part(list, *range.start(), range.end().saturating_sub(*range.start()).saturating_add(1))
    });
    register_changes(engine);
    register_functions(engine);
}

fn part_of(list: &mut Array, start: i64, count: i64) -> Fallible<Array> {
    part(list, start, count)
}

/// Functions that change their list.
fn register_changes(engine: &mut Engine) {
    engine.register_fn("set", |list: &mut Array, at: i64, value: Dynamic| -> Fallible<()> {
        if let Some(at) = place(list.len(), at) {
            list[at] = settled(value)?;
        }
        Ok(())
    });
    for name in ["push", "+="] {
        engine.register_fn(name, |list: &mut Array, value: Dynamic| -> Fallible<()> {
            list.push(settled(value)?);
            Ok(())
        });
    }
    for name in ["append", "+="] {
        engine.register_fn(name, |list: &mut Array, other: Array| append(list, other));
    }
    engine.register_fn("+", |mut list: Array, other: Array| -> Fallible<Array> {
        append(&mut list, other)?;
        Ok(list)
    });
    engine.register_fn("insert", |list: &mut Array, at: i64, value: Dynamic| -> Fallible<()> {
        let at = stretch(list.len(), at, 0).start;
        pay(list.len() - at)?;
        list.insert(at, settled(value)?);
        Ok(())
    });
    engine.register_fn("pad", |list: &mut Array, length: i64, value: Dynamic| -> Fallible<()> {
        let length = usize::try_from(length).unwrap_or(0);
        let more = length.saturating_sub(list.len());
        budget::afford_list(more)?;
        pay(more)?;
        if value.is_array() || value.is_map() {
            // Each copy is paid for, and looked at, by itself.
            for _ in 0..more {
                budget::afford_list(1)?;
                budget::spend(1)?;
                list.push(settled(value.clone())?);
            }
        } else if more > 0 {
            list.resize(length, value);
        }
        Ok(())
    });
    engine.register_fn("pop", |list: &mut Array| list.pop().map_or(Ok(Dynamic::UNIT), settled));
    engine.register_fn("shift", |list: &mut Array| -> Fallible<Dynamic> { remove(list, 0) });
    engine.register_fn("remove", remove);
    engine.register_fn("clear", |list: &mut Array| list.clear());
    engine.register_fn("truncate", |list: &mut Array, length: i64| {
        list.truncate(usize::try_from(length).unwrap_or(0));
    });
    engine.register_fn("reverse", |list: &mut Array| -> Fallible<()> {
        pay(list.len())?;
        list.reverse();
        Ok(())
    });
    engine.register_fn("sort", sort);
}

fn append(list: &mut Array, other: Array) -> Fallible<()> {
    budget::afford_list(other.len())?;
    pay(other.len())?;
    list.extend(other);
    Ok(())
}

fn remove(list: &mut Array, at: i64) -> Fallible<Dynamic> {
    let Some(at) = place(list.len(), at) else { return Ok(Dynamic::UNIT) };
    pay(list.len() - at)?;
    settled(list.remove(at))
}

/// Functions that call a function for each element; each call is paid for as such.
fn register_functions(engine: &mut Engine) {
    look!(engine, "map", |context: NativeCallContext, list: &mut Array, f: FnPtr| -> Fallible<Array> {
        list.iter().map(|item| settled(f.call_within_context(&context, (item.clone(),))?)).collect()
    });
    look!(engine, "filter", |context: NativeCallContext, list: &mut Array, f: FnPtr| -> Fallible<Array> {
        let mut kept = Array::new();
        for item in list.iter() {
            if f.call_within_context::<bool>(&context, (item.clone(),))? {
                kept.push(item.clone());
            }
        }
        Ok(kept)
    });
    look!(engine, "for_each", |context: NativeCallContext, list: &mut Array, f: FnPtr| -> Fallible<()> {
        list.iter().try_for_each(|item| f.call_within_context::<Dynamic>(&context, (item.clone(),)).map(drop))
    });
    look!(engine, "some", |context: NativeCallContext, list: &mut Array, f: FnPtr| -> Fallible<bool> {
        for item in list.iter() {
            if f.call_within_context(&context, (item.clone(),))? {
                return Ok(true);
            }
        }
        Ok(false)
    });
    look!(engine, "all", |context: NativeCallContext, list: &mut Array, f: FnPtr| -> Fallible<bool> {
        for item in list.iter() {
            if !f.call_within_context::<bool>(&context, (item.clone(),))? {
                return Ok(false);
            }
        }
        Ok(true)
    });
    look!(engine, "find", |context: NativeCallContext, list: &mut Array, f: FnPtr| -> Fallible<Dynamic> {
        for item in list.iter() {
            if f.call_within_context(&context, (item.clone(),))? {
                return Ok(item.clone());
            }
        }
        Ok(Dynamic::UNIT)
    });
    look!(engine, "reduce", |context: NativeCallContext, list: &mut Array, f: FnPtr| -> Fallible<Dynamic> {
        fold(&context, list, &f, Dynamic::UNIT)
    });
    look!(engine, "reduce", |context: NativeCallContext, list: &mut Array, f: FnPtr, first: Dynamic| {
        fold(&context, list, &f, first)
    });
}

fn fold(context: &NativeCallContext, list: &Array, f: &FnPtr, first: Dynamic) -> Fallible<Dynamic> {
    list.iter().try_fold(first, |so_far, item| settled(f.call_within_context(context, (so_far, item.clone()))?))
}
