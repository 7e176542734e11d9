//! Rhai's errors as optlab's: the innermost place in the user's file, words for a student, and the next step.

use std::sync::Arc;

use rhai::{Dynamic, EvalAltResult, ParseError, ParseErrorType, Position};

use super::budget::{HELD, LISTS, Limit};
use super::hyper::function_place;
use super::nested::{DEEPEST, cut, shown};
use super::symbol::FUNCTIONS;
use super::trace::{Mask, TensorMask};
use crate::error::{Error, Place, Source, nearest};

/// A position of Rhai's as a place in the file; the start of the file if it has none.
pub(super) fn place(source: &Arc<Source>, position: Position) -> Place {
    Place::token(source, position.line().unwrap_or(1), position.position().unwrap_or(1))
}

/// Functions on tensors beside [`FUNCTIONS`], for "did you mean".
const OTHER_FUNCTIONS: [&str; 15] = [
    "relu", "square", "cube", "min", "max", "clamp", "where", "zeros", "ones", "like", "sum", "mean", "norm", "dot",
    "max_abs",
];

/// What stops a trace: either a script branches on a scalar, which only means that it must be traced at every step, or
/// something is wrong.
pub(super) enum Stop {
    /// `if t > 100 { .. }`
    Branches,
    /// The error to show.
    Failed(Error),
}

/// A syntax error.
pub(super) fn syntax(source: &Arc<Source>, error: &ParseError) -> Error {
    let words = match error.err_type() {
        ParseErrorType::Reserved(name) | ParseErrorType::BadInput(rhai::LexError::ImproperSymbol(name, _)) => {
            return Error::user(format!("`{name}` is not part of optlab's scripts"))
                .at(place(source, error.position()))
                .help(
                    "scripts have no files, modules, clock or `eval`; `optlab list` shows examples of what they can do",
                );
        }
        other => other.to_string(),
    };
    let mut shown =
        Error::user(format!("this is not a valid script: {}", lower_first(&words))).at(place(source, error.position()));
    if words.contains("EOF") || words.contains("end of") || words.contains("xpecting") {
        shown = shown.help("this line, or one before it, may lack its `;`, `}` or `)`");
    }
    shown
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
    let at = |error: Error| Stop::Failed(error.at(here));
    match inner {
        EvalAltResult::ErrorMismatchDataType(_, got, _) if is_type::<Mask>(got, "mask") => Stop::Branches,
        EvalAltResult::ErrorMismatchDataType(_, got, _) if is_type::<TensorMask>(got, "tensor mask") => {
            at(Error::user("an `if` cannot depend on a tensor, nor on a number made of one").help(
                "choose element by element: `where(condition, value_if_true, value_if_false)`; an `if` may ask for `t` and `h`",
            ))
        }
        _ => Stop::Failed(failed(source, error)),
    }
}

/// A failed call.
pub(super) fn failed(source: &Arc<Source>, error: &EvalAltResult) -> Error {
    let (inner, position) = innermost(error);
    let (what, help): (String, &str) = match inner {
        EvalAltResult::ErrorVariableNotFound(name, _) => (
            format!("there is nothing called `{name}` here"),
            "a function sees its own parameters and `let` variables; a constant belongs into `hyper()`",
        ),
        EvalAltResult::ErrorFunctionNotFound(signature, _) => {
            let name = signature.split(" (").next().unwrap_or_default();
            let near = nearest(name, FUNCTIONS.iter().map(|op| op.name()).chain(OTHER_FUNCTIONS));
            let mut shown = Error::user(no_function(signature)).at(shown_at(source, error, position));
            if let Some(near) = near.filter(|near| *near != name) {
                shown = shown.label(format!("did you mean `{near}`?"));
            }
            return shown.help("the functions that scripts have are listed in the README");
        }
        EvalAltResult::ErrorPropertyNotFound(name, _) => (format!("there is no `{name}` here"), ""),
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
        EvalAltResult::ErrorMismatchDataType(want, got, _) => {
            (format!("this should be a {} but is a {}", words(want), words(got)), "")
        }
        EvalAltResult::ErrorDotExpr(text, _) | EvalAltResult::ErrorIndexingType(text, _) => (lower_first(text), ""),
        other => {
            let text = other.to_string();
            // Rhai adds the place in words; ours is drawn.
            (lower_first(text.split(" (line ").next().unwrap_or(&text)), "")
        }
    };
    let mut told = Error::user(cut(what, LONGEST)).at(shown_at(source, error, position));
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
            "look for a loop whose condition never becomes false",
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

/// A type in words.
fn words(name: &str) -> &str {
    match name {
        "f64" | "i64" => "number",
        "bool" => "condition",
        other if other.ends_with("::Sym") => "quantity",
        other if other.ends_with("Mask") => "mask",
        other => other.rsplit("::").next().unwrap_or(other),
    }
}

/// What a value is, with its article: "a number".
pub(super) fn a_kind(value: &Dynamic) -> String {
    let kind = match value.type_name() {
        "f64" | "i64" => "a number",
        "bool" => "a truth",
        "array" => "a list",
        "map" => "a map",
        "string" => "a text",
        "()" => "nothing",
        other => return format!("a {}", words(other).to_lowercase()),
    };
    kind.to_owned()
}

/// "foo (quantity, i64)" in words.
fn no_function(signature: &str) -> String {
    let (name, arguments) = signature.split_once(" (").unwrap_or((signature, ""));
    let arguments = arguments.trim_end_matches(')').replace("i64", "number").replace("f64", "number");
    let operator = name.chars().all(|c| !c.is_alphanumeric() && c != '_');
    match (operator, arguments.as_str()) {
        (true, _) => format!("`{name}` is not possible between {}", arguments.replace(", ", " and ")),
        (false, "") => format!("there is no function `{name}()`"),
        (false, _) => format!("there is no function `{name}({arguments})`"),
    }
}
