//! What is wrong with a script, as a student is told it: one sentence, the place, and the code that says it here. Rhai's own
//! words for mistakes, and the names of types, end in this module. It looks at a text only when something is wrong with it,
//! or for warnings: what a script does never depends on it.

mod axis;
mod between;
mod brackets;
mod called_here;
mod elements;
mod foreign;
mod given;
mod handles;
mod hooks;
mod instead;
mod meant;
mod named;
mod operators;
mod outline;
mod pieces;
mod python;
mod scan;
mod signs;
mod slips;
mod syntax;
mod taken;
mod typography;
mod unknown;
mod values;

use std::sync::Arc;

pub(super) use axis::over_outputs;
pub use called_here::{CalledHere, called_here};
#[cfg(test)]
pub(super) use hooks::signatures;
pub(super) use hooks::{meant_kind, misnamed};
pub(super) use meant::{copied_state, warnings};
pub(super) use slips::{absent, slips};
pub(super) use syntax::{NO_SCRIPT, syntax};
pub(super) use taken::index;
pub(super) use unknown::{function, variable};
pub(super) use values::{branch, last_statement, loops, mismatch, misplaced, part, property};

use outline::Outline;
use pieces::Pieces;

use super::Kind;
use super::known::MADE as MADE_NUMBER;
use super::words::{self, functions};
use crate::error::{Place, Source};

/// A script's text, looked at from a place in it.
struct Look<'a> {
    pieces: Pieces<'a>,
    outline: Outline<'a>,
    /// The piece at the place.
    at: usize,
}

impl<'a> Look<'a> {
    fn new(source: &'a Arc<Source>, place: &Place) -> Self {
        let pieces = Pieces::of(source);
        let outline = Outline::of(&pieces);
        let at = pieces.at(place.span.start);
        Self { pieces, outline, at }
    }

    /// The function around the place has such a parameter.
    fn is_given(&self, parameter: &str) -> bool {
        self.outline.around(self.at).is_some_and(|function| function.parameters.contains(&parameter))
    }

    /// The kind of the script, by the function that it defines.
    fn kind(&self) -> Option<Kind> {
        let defines = |name: &str| self.outline.function(name).is_some();
        let observes = || ["on_step", "on_epoch"].into_iter().any(defines).then_some(Kind::Observer);
        Kind::ALL.into_iter().find(|kind| defines(kind.function().0)).or_else(observes)
    }

    /// How a function is called here, or where it is there.
    fn call(&self, name: &str) -> Option<&'static str> {
        words::call(name, self.kind())
    }

    /// The name of the function around the place.
    fn within(&self) -> &'a str {
        self.outline.around(self.at).map_or("", |function| function.name)
    }
}

/// "1 parameter", "2 parameters".
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// What a number is called that a step makes of tensors.
const MADE: &str = "a number made of a tensor";

/// A type by its name in Rhai, with its article. `of_tensors` tells what a symbolic value is where it may be either.
pub(super) fn a_type(name: &str, of_tensors: bool) -> &'static str {
    match name {
        "tensor" if of_tensors => "a tensor",
        "f64" | "i64" | "tensor" => "a number",
        MADE_NUMBER => MADE,
        "bool" => "true or false",
        "array" => "a list",
        "map" => "a map",
        "char" => "a letter",
        "()" => "nothing",
        "rng" => "`rng`",
        "run" => "`run`",
        "state" => "`state`",
        "memory" => "`memory`",
        "hyper-parameters" => "`h`",
        "Fn" => "a function",
        other if other.contains("mask") || other.contains("Mask") => "a mask",
        other if other.contains("string") || other.contains("str ") || other.contains("String") => "a text",
        other if other.contains("ange") => "a range",
        other if other.ends_with("::Sym") => {
            if of_tensors {
                "a tensor"
            } else {
                "a number"
            }
        }
        other if other.ends_with("::Tensor") => "a tensor",
        other if other.ends_with("::Rng") => "`rng`",
        other if other.ends_with("::RunHandle") || other.ends_with("::Runs") || other.ends_with("::Racer") => "`run`",
        other if other.ends_with("::StateHandle") => "`state`",
        other if other.ends_with("::MemoryHandle") => "`memory`",
        other if other.ends_with("::HyperHandle") => "`h`",
        _ => "something else",
    }
}
