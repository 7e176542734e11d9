//! Expressions over numbers with names, as tasks and texts of a lab have them: `(1 - beta) * theta`, `1 / (1 - 0.98)`.
//! Compiled by Rhai with the arithmetic of scripts; there is no statement, no loop and no run.

use std::cell::RefCell;

use rhai::{Dynamic, Engine, EvalAltResult};

use super::number::number;
use super::{advice, engine, failure};
use crate::error::{Error, Result, Source, nearest, scrub};

/// The longest expression, in bytes.
const LONGEST: usize = 1000;

thread_local! {
    static NUMBERS: RefCell<Vec<(String, f64)>> = const { RefCell::new(Vec::new()) };
}

/// Teaches an engine the names.
pub(super) fn register(engine: &mut Engine) {
    engine.register_fn("ceil", f64::ceil);
    engine.register_fn("ceil", |whole: i64| whole);
    #[expect(deprecated, reason = "Rhai marks what may change in a later release so; the release is pinned")]
    engine.on_var(|name, _, _| match name {
        "PI" => Ok(Some(Dynamic::from(std::f64::consts::PI))),
        "E" => Ok(Some(Dynamic::from(std::f64::consts::E))),
        name => {
            let given = |(own, value): &(String, f64)| (own == name).then(|| Dynamic::from(*value));
            NUMBERS.with_borrow(|numbers| match numbers.iter().find_map(given) {
                Some(value) => Ok(Some(value)),
                None => Err(Box::<EvalAltResult>::from(unknown(name, numbers))),
            })
        }
    });
}

fn unknown(name: &str, numbers: &[(String, f64)]) -> String {
    let names: Vec<&str> = numbers.iter().map(|(name, _)| name.as_str()).collect();
    let hint = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "only numbers and functions of them may stand here".to_owned(),
        None => format!("there are {}", names.join(", ")),
    };
    format!("there is no number `{}`; {hint}", scrub(name))
}

/// What an expression comes to, with these numbers.
///
/// # Errors
/// It is no expression, names a number that is not there, or comes to something that is no finite number.
pub fn arithmetic(text: &str, numbers: &[(String, f64)]) -> Result<f64> {
    if text.len() > LONGEST {
        return Err(Error::user(format!("an expression has at most {LONGEST} bytes")));
    }
    let source = Source::new("expression", text);
    let engine = engine::for_arithmetic();
    let ast = engine.compile_expression(text).map_err(|error| {
        let said = advice::syntax(&source, &error);
        let what = said.what().trim_start_matches(advice::NO_SCRIPT);
        Error::user(format!("`{}` is not an expression: {what}", scrub(text)))
    })?;
    NUMBERS.set(numbers.to_vec());
    let value = engine::evaluate(engine, &ast);
    NUMBERS.take();
    let value = value.map_err(|error| Error::user(failure::failed(&source, &error).what().to_owned()))?;
    match number(&value) {
        Some(value) if value.is_finite() => Ok(value),
        Some(value) => Err(Error::user(format!("`{}` is {value}, not a finite number", scrub(text)))),
        None => Err(Error::user(format!("`{}` is not a number", scrub(text)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_names_and_nothing_else_is_known() {
        let given = [("beta".to_owned(), 0.98), ("theta".to_owned(), 16.0)];
        assert_eq!(arithmetic("(1 - beta) * theta", &given).unwrap(), (1.0 - 0.98) * 16.0);
        assert_eq!(arithmetic("1 / (1 - 0.5) + sqrt(4)", &[]).unwrap(), 4.0);
        assert_eq!(arithmetic("2 ** -1", &[]).unwrap(), 0.5);
        assert_eq!(arithmetic("floor(7 / 2) + 10 * ceil(7 / 2) + 100 * ceil(3)", &[]).unwrap(), 343.0);
        assert_eq!(arithmetic("ceil(-1.5)", &[]).unwrap(), -1.0);
        for (wrong, said) in [
            ("bta", "there is no number `bta`; did you mean `beta`?"),
            ("1 +", "not an expression"),
            ("let x = 3", "not an expression"),
            ("1 / 0", "not a finite number"),
            ("1 < 2", "is not a number"),
        ] {
            let error = arithmetic(wrong, &given).unwrap_err();
            assert!(error.what().contains(said), "{wrong}: {error}");
        }
    }
}
