//! Arithmetic on plain numbers as a student expects it: `1 / 10` is 0.1, `sqrt(4)` is 2, `10 ** -3` is 0.001, and
//! comparisons of floats are those of IEEE 754 (`inf > 1e6`, `nan != nan`).

use rhai::{Dynamic, Engine, EvalAltResult};

use super::failure::a_kind;
use super::symbol::{COMPARISONS, FUNCTIONS};
use crate::program::{Binary, Real};

/// A number of a script, whole or not.
pub(super) fn number(value: &Dynamic) -> Option<f64> {
    value.as_float().ok().or_else(|| value.as_int().ok().map(|whole| whole as f64))
}

fn power(a: i64, b: i64) -> Dynamic {
    match u32::try_from(b).ok().and_then(|b| a.checked_pow(b)) {
        Some(whole) => Dynamic::from(whole),
        None => Dynamic::from(libm::pow(a as f64, b as f64)),
    }
}

/// Teaches an engine this arithmetic; `set_fast_operators(false)` makes it heed it.
pub(super) fn register(engine: &mut Engine) {
    engine.set_fast_operators(false);
    engine.register_fn("/", |a: i64, b: i64| a as f64 / b as f64);
    engine.register_fn("/", |a: f64, b: f64| a / b);
    engine.register_fn("/", |a: f64, b: i64| a / b as f64);
    engine.register_fn("/", |a: i64, b: f64| a as f64 / b);
    engine.register_fn("**", power);
    engine.register_fn("**", |a: f64, b: i64| libm::pow(a, b as f64));
    engine.register_fn("**", |a: i64, b: f64| libm::pow(a as f64, b));
    engine.register_fn("**", |a: f64, b: f64| libm::pow(a, b));
    // Rhai divides a whole number in place as a whole number, unless the place may change its type.
    engine.register_fn("/=", |a: &mut Dynamic, b: f64| divide(a, b));
    engine.register_fn("/=", |a: &mut Dynamic, b: i64| divide(a, b as f64));

    for op in COMPARISONS {
        let name = op.name();
        let holds = move |a: f64, b: f64| op.apply(a, b) != 0.0;
        engine.register_fn(name, holds);
        engine.register_fn(name, move |a: f64, b: i64| holds(a, b as f64));
        engine.register_fn(name, move |a: i64, b: f64| holds(a as f64, b));
    }
    for op in FUNCTIONS {
        engine.register_fn(op.name(), move |x: f64| op.apply(x));
        engine.register_fn(op.name(), move |x: i64| op.apply(x as f64));
    }
    for (name, f) in [("relu", (|x| x.larger(0.0)) as Function), ("square", |x| x * x), ("cube", |x| x * x * x)] {
        engine.register_fn(name, f);
        engine.register_fn(name, move |x: i64| f(x as f64));
    }
    // Rhai's own are the platform's, whose last bit depends on the processor and on the system.
    let functions: [(&str, Function); 10] = [
        ("tan", libm::tan),
        ("sinh", libm::sinh),
        ("cosh", libm::cosh),
        ("asin", libm::asin),
        ("acos", libm::acos),
        ("atan", libm::atan),
        ("asinh", libm::asinh),
        ("acosh", libm::acosh),
        ("atanh", libm::atanh),
        ("log", libm::log10),
    ];
    for (name, f) in functions {
        engine.register_fn(name, f);
        engine.register_fn(name, move |x: i64| f(x as f64));
    }
    let pairs: [(&str, OfTwo); 3] =
        [("atan", libm::atan2), ("hypot", libm::hypot), ("log", |x, base| libm::log(x) / libm::log(base))];
    for (name, f) in pairs {
        engine.register_fn(name, f);
        engine.register_fn(name, move |x: f64, y: i64| f(x, y as f64));
        engine.register_fn(name, move |x: i64, y: f64| f(x as f64, y));
        engine.register_fn(name, move |x: i64, y: i64| f(x as f64, y as f64));
    }
    whole(engine);
    for op in [Binary::Min, Binary::Max] {
        engine.register_fn(op.name(), move |a: f64, b: f64| op.apply(a, b));
        engine.register_fn(op.name(), move |a: f64, b: i64| op.apply(a, b as f64));
        engine.register_fn(op.name(), move |a: i64, b: f64| op.apply(a as f64, b));
        engine.register_fn(op.name(), move |a: i64, b: i64| if op == Binary::Min { a.min(b) } else { a.max(b) });
    }
    engine.register_fn("clamp", |x: Dynamic, low: Dynamic, high: Dynamic| -> Result<f64, Box<EvalAltResult>> {
        match (number(&x), number(&low), number(&high)) {
            (Some(x), Some(low), Some(high)) => Ok(x.larger(low).smaller(high)),
            _ => Err("`clamp(x, low, high)` wants three numbers".into()),
        }
    });
    engine.register_fn("where", |holds: bool, a: Dynamic, b: Dynamic| if holds { a } else { b });
}

/// What Rhai has for one kind of numbers alone: a whole number is a number, and one without a fraction is whole.
fn whole(engine: &mut Engine) {
    for name in ["ceiling", "round", "int", "to_int"] {
        engine.register_fn(name, |x: i64| x);
    }
    engine.register_fn("fraction", |_: i64| 0.0);
    engine.register_fn("to_radians", |x: i64| (x as f64).to_radians());
    engine.register_fn("to_degrees", |x: i64| (x as f64).to_degrees());
    engine.register_fn("is_finite", |_: i64| true);
    for name in ["is_nan", "is_infinite"] {
        engine.register_fn(name, |_: i64| false);
    }
    engine.register_fn("is_even", |x: f64| x % 2.0 == 0.0);
    engine.register_fn("is_odd", |x: f64| (x % 2.0).abs() == 1.0);
}

/// A function of one number.
type Function = fn(f64) -> f64;
/// A function of two numbers.
type OfTwo = fn(f64, f64) -> f64;

fn divide(a: &mut Dynamic, b: f64) -> Result<(), Box<EvalAltResult>> {
    let Some(value) = number(a) else {
        return Err(format!("`/=` cannot divide {}", a_kind(a)).into());
    };
    *a = Dynamic::from(value / b);
    Ok(())
}
