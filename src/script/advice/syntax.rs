//! Scripts that do not parse: what other languages write there, a bracket without a partner, or else Rhai's own reason in our
//! words. A missing `;` is told on the line that lacks it.

use std::sync::Arc;

use rhai::{LexError, ParseError, ParseErrorType};

use super::foreign::{self, Instead};
use super::meant::floor_division;
use super::outline::Outline;
use super::pieces::Pieces;
use super::scan::Piece;
use super::{brackets, python};
use crate::error::{Error, Place, Source};
use crate::script::failure::place;

/// What begins the message of a mistake that has no words of ours.
pub(in crate::script) const NO_SCRIPT: &str = "this cannot be read as a script: ";

/// Words that Rhai has and scripts have not.
const REFUSED: [&str; 9] = ["eval", "import", "export", "curry", "Fn", "call", "is_def_var", "is_def_fn", "is_shared"];

/// Comments before a mistake that are looked at: one of them may be a division.
const NEAR: usize = 20;

/// The error of a script that does not parse.
pub(in crate::script) fn syntax(source: &Arc<Source>, error: &ParseError) -> Error {
    let pieces = Pieces::of(source);
    let here = place(source, error.position());
    let rest = &source.text[here.span.start..];
    let limit = here.span.start + rest.find('\n').unwrap_or(rest.len());
    let outline = Outline::of(&pieces);
    let unbalanced = || {
        let error = brackets::unbalanced(&pieces)?;
        error.place().is_some_and(|place| place.span.start <= limit).then_some(error)
    };
    let foreign = python::first(&pieces, limit);
    // What follows a bracket that closes nothing only seems to be wrong.
    let stray = |error: &Error| {
        let start = error.place().map(|place| place.span.start);
        let after = foreign.as_ref().and_then(Error::place).map_or(usize::MAX, |place| place.span.start);
        start.is_some_and(|start| start <= after && source.text[start..].starts_with([')', ']', '}']))
    };
    if let Some(error) = unbalanced().filter(stray) {
        return error;
    }
    foreign
        .or_else(|| {
            let before = pieces.comments.iter().rev().filter(|comment| comment.start <= limit);
            before.take(NEAR).find_map(|comment| floor_division(&pieces, &outline, comment))
        })
        .or_else(unbalanced)
        .unwrap_or_else(|| translated(&pieces, error.err_type(), here))
}

fn translated(pieces: &Pieces<'_>, kind: &ParseErrorType, here: Place) -> Error {
    let at = pieces.at(here.span.start);
    let found = if at < pieces.len() { pieces.text(at).to_owned() } else { "the end".to_owned() };
    let told = |what: String, help: &str| {
        let error = Error::user(what).at(here.clone());
        if help.is_empty() { error } else { error.help(help) }
    };
    match kind {
        ParseErrorType::Reserved(name) | ParseErrorType::BadInput(LexError::ImproperSymbol(name, _)) => {
            let call = pieces.is(at + 1, "(").then(|| pieces.arguments(at + 1));
            reserved(name, call.as_deref(), here)
        }
        ParseErrorType::MissingToken(token, _) if token == ";" => ended(pieces, at, here),
        ParseErrorType::MissingToken(token, _) if token == "{" => braces(pieces, at, here),
        ParseErrorType::MissingToken(token, _) if token == "," && at > 0 && pieces.ends_value(at - 1) => {
            let value = pieces.line_until(at - 1).unwrap_or_else(|| pieces.text(at - 1).to_owned());
            Error::user("a `,` is missing here").at(behind(pieces, at - 1)).help(format!("write `{value},`"))
        }
        ParseErrorType::MissingToken(token, _) if token == ":" => {
            told("an entry of a map is a name, a `:` and a value".into(), "write it as in `#{ lr: 0.1 }`")
        }
        ParseErrorType::MissingToken(token, _) if token.len() <= 2 => {
            told(format!("`{found}` cannot stand here: `{token}` is missing before it"), "")
        }
        ParseErrorType::MissingToken(token, _) => told(format!("`{token}` is missing here"), ""),
        ParseErrorType::BadInput(LexError::MalformedNumber(number)) => {
            let digits = number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len());
            let (count, name) = number.split_at(digits);
            let product = !count.is_empty() && name.starts_with(|c: char| c.is_alphabetic());
            let help = if product { format!("a product is written `{count} * {name}`") } else { String::new() };
            told(format!("`{number}` is no number"), &help)
        }
        ParseErrorType::BadInput(LexError::MalformedChar(text)) => told(
            "a text stands in double quotes here, not in single ones".into(),
            &format!("write `\"{}\"`", text.trim_matches('\'')),
        ),
        ParseErrorType::BadInput(LexError::MalformedEscapeSequence(text)) => {
            told(format!("`{text}` means nothing in a text"), "a `\\` itself is written `\\\\`")
        }
        ParseErrorType::BadInput(LexError::UnterminatedString) => {
            told("this text is never closed".into(), "end it with `\"` on the same line")
        }
        ParseErrorType::BadInput(LexError::MalformedIdentifier(name)) => {
            told(format!("`{name}` is no name"), "a name has letters, digits and `_`, and no digit first")
        }
        ParseErrorType::BadInput(LexError::UnexpectedInput(text)) if text == "EOF" => {
            told("the script ends in the middle of a statement".into(), "write the rest of it")
        }
        ParseErrorType::BadInput(LexError::UnexpectedInput(text)) | ParseErrorType::UnknownOperator(text) => {
            let value = [";", ")", "]", "}", ","].contains(&text.as_str());
            told(format!("`{text}` cannot stand here"), if value { "a value is missing before it" } else { "" })
        }
        ParseErrorType::UnexpectedEOF => {
            told("the script ends in the middle of a statement".into(), "write the rest of it")
        }
        ParseErrorType::ExprExpected(_) => told(format!("a value is missing before `{found}`"), ""),
        ParseErrorType::MismatchedType(wanted, _) if wanted.contains("iterable") => {
            let number = pieces.kind(at) == Some(Piece::Number);
            let help = if number { format!("write `0..{found}`") } else { "write a range, as in `0..10`".to_owned() };
            told("a loop goes over a range or a list".into(), &help)
        }
        ParseErrorType::MismatchedType(wanted, _) if wanted.contains("bool") => {
            told("a question is asked here whose answer is true or false".into(), "compare, as in `t > 10`")
        }
        ParseErrorType::PropertyExpected => told(format!("a name is missing before `{found}`"), ""),
        ParseErrorType::VariableExpected => {
            told(format!("a name is missing before `{found}`"), "a variable is made by `let name = 1;`")
        }
        ParseErrorType::AssignmentToInvalidLHS(_) => told(
            "what stands before `=` cannot be given a value".into(),
            "a name can, as in `v = 1`, or a part, as in `state.v = 1`",
        ),
        ParseErrorType::AssignmentToConstant(name) => {
            told(format!("`{name}` is a constant and keeps its value"), &format!("write `let {name}` where it begins"))
        }
        ParseErrorType::DuplicatedProperty(name) => {
            told(format!("the map has two entries called `{name}`"), "delete one of them")
        }
        ParseErrorType::FnDuplicatedDefinition(name, _) => {
            told(format!("`{name}` is defined twice"), "delete one of the two, or give it another name")
        }
        ParseErrorType::FnDuplicatedParam(function, name) => {
            told(format!("`{function}` has two parameters called `{name}`"), "give one of them another name")
        }
        ParseErrorType::FnMissingName => {
            told("a name is missing behind `fn`".into(), "write it as in `fn update(w, dw, state, h, t) { .. }`")
        }
        ParseErrorType::FnMissingParams(name) => {
            told(format!("the parameters of `{name}` are missing"), &format!("write `fn {name}()` where it has none"))
        }
        ParseErrorType::FnMissingBody(_) => braces(pieces, at, here),
        ParseErrorType::WrongFnDefinition => told(
            "a function cannot stand within another".into(),
            "move it out of the braces: functions stand one below the other",
        ),
        ParseErrorType::LoopBreak => told(format!("`{found}` stands outside of a loop"), "delete it"),
        ParseErrorType::ExprTooDeep => {
            told("this is nested too deeply".into(), "give names to its parts, as in `let a = ..;`")
        }
        ParseErrorType::TooManyFunctions => told("these are too many functions".into(), "200 is the most"),
        ParseErrorType::WrongDocComment => {
            told("a comment with `///` stands before functions alone".into(), "write `//`")
        }
        other => told(format!("{NO_SCRIPT}{}", plain(&other.to_string())), ""),
    }
}

/// Rhai's words, with ours for its types.
fn plain(words: &str) -> String {
    let words = words.replace("object map literal", "map").replace("array literal", "list");
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

/// A word of the language where a name is wanted, or a word that scripts have not.
fn reserved(name: &str, call: Option<&[String]>, here: Place) -> Error {
    if let Some((Instead::Code(code), arguments)) = foreign::function(name).zip(call) {
        let error = Error::user(format!("there is no function `{name}` here")).at(here);
        return error.help(format!("write `{}`", foreign::filled(code, arguments)));
    }
    if REFUSED.contains(&name) {
        return Error::user(format!("`{name}` is not part of optlab's scripts"))
            .at(here)
            .help("scripts have no files, modules, clock or `eval`; `optlab list` shows examples of what they can do");
    }
    if !name.starts_with(|c: char| c.is_alphabetic()) {
        return Error::user(format!("`{name}` cannot stand here")).at(here);
    }
    let error = Error::user(format!("`{name}` is a word of the language itself and cannot be a name")).at(here);
    match name {
        "null" | "nil" | "void" => error.help("nothing is written `()`"),
        "this" => error.help("write `state`, or `h`"),
        "match" | "case" | "goto" => error.help("write `if a { .. } else if b { .. }`"),
        "print" | "debug" | "type_of" => error.help(format!("write another name, as in `{name}ed`")),
        _ => error.help(format!("write another name, as in `{name}_value`")),
    }
}

/// The place just behind a piece.
fn behind(pieces: &Pieces<'_>, at: usize) -> Place {
    let mut place = pieces.place(at, at);
    place.span.start = place.span.end;
    place
}

/// A statement that goes on where it should have ended.
fn ended(pieces: &Pieces<'_>, at: usize, here: Place) -> Error {
    let Some(last) = at.checked_sub(1) else { return Error::user("this cannot begin a script").at(here) };
    if at < pieces.len() && pieces.same_line(last, at) {
        let found = pieces.text(at);
        let error = Error::user(format!("`{found}` cannot stand here")).at(here);
        return error.help("a statement ends with `;`, a block stands in braces");
    }
    let code = pieces.line_until(last).unwrap_or_else(|| format!(".. {}", pieces.text(last)));
    Error::user("a `;` is missing at the end of this line").at(behind(pieces, last)).help(format!("write `{code};`"))
}

/// A block without braces.
fn braces(pieces: &Pieces<'_>, at: usize, here: Place) -> Error {
    const HEADS: [&str; 6] = ["fn", "if", "else", "for", "while", "loop"];
    let head = (0..at).rev().find(|at| HEADS.iter().any(|word| pieces.is(*at, word)));
    let Some(head) = head else { return Error::user("a `{` is missing here").at(here) };
    let word = pieces.text(head);
    let code = pieces.rewritten(head, at - 1, python::here).unwrap_or_else(|| format!("{word} .."));
    let end = (at..pieces.len()).find(|at| pieces.is(*at, ";"));
    let inside = end.filter(|end| pieces.same_line(at - 1, *end)).and_then(|end| pieces.short(at, end));
    let inside =
        inside.filter(|_| pieces.kind(at) != Some(Piece::Sign) && word != "fn").unwrap_or_else(|| "..".to_owned());
    let what = if word == "fn" {
        "what a function does stands in braces".to_owned()
    } else {
        format!("what belongs to `{word}` stands in braces")
    };
    Error::user(what).at(here).help(format!("write `{code} {{ {inside} }}`"))
}
