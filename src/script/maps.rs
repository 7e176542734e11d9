//! Maps and texts in scripts: Rhai's functions for maps, each of which pays for its work and puts nothing into a map that
//! is too deep, and those for texts by which they grow, which keep them short.

use rhai::{Array, Dynamic, Engine, EvalAltResult, FuncRegistration, ImmutableString, Map};

use super::nested::{pay, same_maps, settled, shown_map};

type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// The longest text, in bytes: so long that Rhai's functions for texts, which look at every letter, take no longer than
/// some operations.
const LONGEST: usize = 4096;

/// A function that only looks at its map, which may be a constant.
macro_rules! look {
    ($engine:ident, $name:literal, $function:expr) => {
        FuncRegistration::new($name).with_purity(true).register_into_engine($engine, $function);
    };
}

/// Teaches an engine maps.
pub(super) fn register(engine: &mut Engine) {
    for name in ["to_string", "to_debug", "print", "debug"] {
        FuncRegistration::new(name).with_purity(true).register_into_engine(engine, |map: &mut Map| shown_map(map));
    }
    look!(engine, "len", |map: &mut Map| map.len() as i64);
    look!(engine, "is_empty", |map: &mut Map| map.is_empty());
    look!(engine, "contains", |map: &mut Map, key: &str| map.contains_key(key));
    look!(engine, "get", |map: &mut Map, key: &str| map.get(key).cloned().unwrap_or(Dynamic::UNIT));
    look!(engine, "keys", |map: &mut Map| -> Array { map.keys().map(|key| Dynamic::from(key.to_string())).collect() });
    look!(engine, "values", |map: &mut Map| -> Array { map.values().cloned().collect() });
    look!(engine, "==", |a: &mut Map, b: Map| same_maps(a, &b, 1));
    look!(engine, "!=", |a: &mut Map, b: Map| same_maps(a, &b, 1).map(|same| !same));
    engine.register_fn("set", |map: &mut Map, key: &str, value: Dynamic| -> Fallible<()> {
        map.insert(key.into(), settled(value)?);
        Ok(())
    });
    engine.register_fn("remove", |map: &mut Map, key: &str| map.remove(key).map_or(Ok(Dynamic::UNIT), settled));
    engine.register_fn("clear", |map: &mut Map| map.clear());
    for name in ["mixin", "+="] {
        engine.register_fn(name, |map: &mut Map, other: Map| mix(map, other));
    }
    engine.register_fn("+", |mut map: Map, other: Map| -> Fallible<Map> {
        mix(&mut map, other)?;
        Ok(map)
    });
    register_texts(engine);
}

fn mix(map: &mut Map, other: Map) -> Fallible<()> {
    pay(other.len().saturating_mul(16))?;
    map.extend(other);
    Ok(())
}

fn joined(a: &str, b: &str) -> Fallible<ImmutableString> {
    if a.len() + b.len() > LONGEST {
        return Err(format!("a text of {} bytes is too long: {LONGEST} is the most", a.len() + b.len()).into());
    }
    Ok([a, b].concat().into())
}

/// What Rhai's package for texts does without looking at their length. The others give no more than they were given.
fn register_texts(engine: &mut Engine) {
    engine.register_fn("+", |a: &str, b: &str| joined(a, b));
    engine.register_fn("+", |a: &str, b: char| joined(a, b.encode_utf8(&mut [0; 4])));
    engine.register_fn("+", |a: char, b: &str| joined(a.encode_utf8(&mut [0; 4]), b));
    engine.register_fn("+", |a: &str, b: Dynamic| joined(a, &super::nested::shown(&b)));
    engine.register_fn("+", |a: Dynamic, b: &str| joined(&super::nested::shown(&a), b));
    for name in ["+=", "append"] {
        engine.register_fn(name, |a: &mut ImmutableString, b: &str| -> Fallible<()> {
            *a = joined(a, b)?;
            Ok(())
        });
        engine.register_fn(name, |a: &mut ImmutableString, b: char| -> Fallible<()> {
            *a = joined(a, b.encode_utf8(&mut [0; 4]))?;
            Ok(())
        });
        engine.register_fn(name, |a: &mut ImmutableString, b: Dynamic| -> Fallible<()> {
            *a = joined(a, &super::nested::shown(&b))?;
            Ok(())
        });
    }
    engine.register_fn("pad", |text: &mut ImmutableString, length: i64, with: char| -> Fallible<()> {
        let more = usize::try_from(length).unwrap_or(0).saturating_sub(text.chars().count());
        let with: String = std::iter::repeat_n(with, more.min(LONGEST + 1)).collect();
        *text = joined(text, &with)?;
        Ok(())
    });
    engine.register_fn("pad", |_: &mut ImmutableString, _: i64, _: &str| -> Fallible<()> {
        Err("`pad` fills a text with one letter, as in `pad(8, ' ')`".into())
    });
}
