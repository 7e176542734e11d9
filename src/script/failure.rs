//! Rhai's errors in running scripts as optlab's: the innermost place in the user's file, and what [`advice`] says of it.

use std::sync::Arc;

use rhai::{Dynamic, EvalAltResult, Position};

use super::advice;
use super::budget::{HELD, LISTS, Limit};
use super::hyper::function_place;
use super::known;
use super::nested::{DEEPEST, cut, shown};
use super::trace::{self, Mask, TensorMask};
use crate::error::{Error, Place, Source};

/// A position of Rhai's as a place in the file; the start of the file if it has none. Of `h.lr`, which Rhai finds at its
/// point, it is all.
pub(super) fn place(source: &Arc<Source>, position: Position) -> Place {
    let mut place = Place::token(source, position.line().unwrap_or(1), position.position().unwrap_or(1));
    let before = &source.text[..place.span.start];
    let token = &source.text[place.span.clone()];
    if token.starts_with('.') && !token.starts_with("..") && before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
    {
        place.span.start = before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_').len();
    }
    place
}

/// What stops a trace: either a script branches on a scalar, which only means that it must be traced for each way that it
/// goes, or something is wrong.
pub(super) enum Stop {
    /// `if t > 100 { .. }`, with the error to show where it must not be.
    Branches(Error),
    /// The error to show.
    Failed(Error),
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_lowercase().chain(chars).collect())
}

/// The innermost error and the innermost place that is known.
fn innermost(error: &EvalAltResult) -> (&EvalAltResult, Position) {
    match error {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, outer) => {
            let (error, position) = innermost(inner);
            (error, if position.is_none() { *outer } else { position })
        }
        other => (other, other.position()),
    }
}

/// Where a failed call is to be shown: a limit that was hit has no position, but the function that was called has one.
fn shown_at(source: &Arc<Source>, error: &EvalAltResult, position: Position) -> Place {
    match error {
        EvalAltResult::ErrorInFunctionCall(function, ..) if position.is_none() => function_place(source, function),
        _ => place(source, position),
    }
}

/// Rhai names a type by its registered name in some errors and by its Rust path in others.
fn is_type<T>(got: &str, name: &str) -> bool {
    got == name || got == std::any::type_name::<T>()
}

/// A failed call, told apart from a branch on a symbolic scalar.
pub(super) fn stop(source: &Arc<Source>, error: &EvalAltResult) -> Stop {
    let (inner, position) = innermost(error);
    let here = shown_at(source, error, position);
    match inner {
        EvalAltResult::ErrorMismatchDataType(_, got, _) if is_type::<Mask>(got, "mask") => {
            Stop::Branches(advice::branch(source, &here, of_tensors()))
        }
        EvalAltResult::ErrorMismatchDataType(_, got, _) if is_type::<TensorMask>(got, "tensor mask") => {
            Stop::Failed(advice::branch(source, &here, of_tensors()))
        }
        EvalAltResult::ErrorRuntime(value, _) if value.is::<known::Wanted>() => {
            Stop::Branches(Error::user("a number is wanted here that is known in each step alone").at(here))
        }
        _ => Stop::Failed(failed(source, error)),
    }
}

/// A failed call.
pub(super) fn failed(source: &Arc<Source>, error: &EvalAltResult) -> Error {
    let (inner, position) = innermost(error);
    let here = shown_at(source, error, position);
    let (what, help): (String, &str) = match inner {
        EvalAltResult::ErrorVariableNotFound(name, _) => return advice::variable(source, name, &here),
        EvalAltResult::ErrorFunctionNotFound(signature, _) => {
            return advice::function(source, signature, &here, of_tensors());
        }
        EvalAltResult::ErrorMismatchDataType(want, got, _) => {
            return advice::mismatch(source, want, got, &here, of_tensors());
        }
        EvalAltResult::ErrorIndexingType(types, _) => return advice::index(source, types, &here, of_tensors()),
        EvalAltResult::ErrorDotExpr(words, _) => return advice::property(source, words, &here, of_tensors()),
        EvalAltResult::ErrorFor(_) => return advice::loops(source, &here),
        EvalAltResult::ErrorPropertyNotFound(name, _) => (format!("there is no `{name}` here"), ""),
        EvalAltResult::ErrorIndexNotFound(key, _) => (format!("there is no `{key}` here"), ""),
        EvalAltResult::ErrorArrayBounds(length, index, _) => (
            format!("there is no element {index}: the list has {}", advice::counted(*length, "element")),
            "the first is `list[0]`, the last one `list[-1]`",
        ),
        EvalAltResult::ErrorStringBounds(length, index, _) => (
            format!("there is no letter {index}: the text has {}", advice::counted(*length, "letter")),
            "the first is `text[0]`",
        ),
        EvalAltResult::ErrorAssignmentToConstant(name, _) => {
            (format!("`{name}` is a constant and keeps its value"), "begin it with `let` in place of `const`")
        }
        EvalAltResult::ErrorNonPureMethodCallOnConstant(..) => {
            ("a constant keeps its value".into(), "begin it with `let` in place of `const`")
        }
        EvalAltResult::LoopBreak(..) => {
            ("`break` and `continue` stand in loops alone".into(), "delete it, or write `return`")
        }
        EvalAltResult::ErrorTooManyOperations(_) => ended(Limit::Operations),
        EvalAltResult::ErrorTerminated(token, _) => ended(token.clone().try_cast().unwrap_or(Limit::Time)),
        EvalAltResult::ErrorRuntime(value, _) if value.is::<Limit>() => ended(value.clone().cast()),
        EvalAltResult::ErrorStackOverflow(_) => (
            "the script calls itself too deeply".into(),
            "look for a function that calls itself without an end; 32 calls deep is the limit",
        ),
        EvalAltResult::ErrorDataTooLarge(what, _) => (format!("too large: {}", lower_first(what)), "make it smaller"),
        EvalAltResult::ErrorModuleNotFound(..) => {
            ("scripts have no modules".into(), "write helpers into the same file")
        }
        EvalAltResult::ErrorRuntime(value, _) => (shown(value), ""),
        other => {
            let text = other.to_string();
            // Rhai adds the place in words; ours is drawn.
            (lower_first(text.split(" (line ").next().unwrap_or(&text)), "")
        }
    };
    let mut told = Error::user(cut(what, LONGEST)).at(here);
    if !help.is_empty() {
        told = told.help(help);
    }
    told
}

/// What a script took too much of, and what to do.
fn ended(limit: Limit) -> (String, &'static str) {
    match limit {
        Limit::Operations => (
            "the script does not come to an end: too many operations".into(),
            "look for a loop whose condition never becomes false; what a loop does with a million numbers, `x * y` or \
             `sum(x)` of whole tensors does in one operation",
        ),
        Limit::Work => (
            "the script does too much: its work on lists, texts and tensors counts as too many operations".into(),
            "make them shorter, or go over them less often",
        ),
        Limit::Memory => (
            format!("the script holds too much: {} MB at once is the most", HELD >> 20),
            "make fewer or smaller tensors; a million numbers take 8 MB",
        ),
        Limit::Lists => (
            format!("the lists, maps and texts of the script are too large: {} MB at once is the most", LISTS >> 20),
            "hold many numbers in tensors: `zeros(n)`, `linspace(a, b, n)`, `rng.normal(0, 1, n)`",
        ),
        Limit::Depth => (
            format!("lists or maps are nested too deeply: {DEEPEST} levels is the most"),
            "look for a list that is put into itself again and again",
        ),
        Limit::Time => (
            "the script does not come to an end: its time is up".into(),
            "look for a loop whose condition never becomes false",
        ),
    }
}

/// The longest message that a script can cause, in bytes.
const LONGEST: usize = 600;

/// Symbolic values may be tensors in what is traced; in schedules and landscapes all are numbers.
fn of_tensors() -> bool {
    trace::with(|trace| !["a schedule", "a landscape"].contains(&trace.what))
}

/// What a value is, with its article: "a number".
pub(super) fn a_kind(value: &Dynamic) -> &'static str {
    advice::a_type(value.type_name(), of_tensors())
}
