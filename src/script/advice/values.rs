//! Values in places that are made for others: a tensor where a question is asked, a tensor taken apart, parameters in another
//! order.

use std::sync::Arc;

use rhai::EvalAltResult;

use super::elements;
use super::foreign::{self, Instead};
use super::outline::Outline;
use super::pieces::Pieces;
use super::{Look, a_type, taken};
use crate::error::{Error, Place, Source, nearest};
use crate::optim::Property;
use crate::script::words::kinds_of;

/// An `if`, or `&&`, that would have to choose for each element of a tensor.
pub(in crate::script) fn branch(source: &Arc<Source>, place: &Place, of_tensors: bool) -> Error {
    let look = Look::new(source, place);
    let (pieces, at) = (&look.pieces, look.at);
    let joins = |at: &usize| pieces.is(*at, "&&") || pieces.is(*at, "||");
    let (mut first, mut last) = pieces.expression(at);
    // `(dw > 0) && (w > 0)`: each side stands in brackets of its own.
    if !(first..=last).any(|at| joins(&at))
        && let Some(open) = first.checked_sub(1).filter(|open| pieces.is(*open, "("))
        && (joins(&(last + 2)) || open.checked_sub(1).is_some_and(|before| joins(&before)))
    {
        (first, last) = pieces.expression(open);
    }
    let joined = (first..=last).find(joins);
    let asks = first > 0 && (pieces.is(first - 1, "if") || pieces.is(first - 1, "while"));
    let inside = |open: &usize| pieces.is(*open, "(") && pieces.is(open.wrapping_sub(1), "if");
    let asks = asks || first.checked_sub(1).is_some_and(|open| inside(&open));
    if let Some(joined) = joined.filter(|_| !asks) {
        let sign = pieces.text(joined);
        let single = &sign[..1];
        let code = pieces.rewritten(first, last, super::python::here);
        let error =
            Error::user(format!("masks are joined by `{single}`, not by `{sign}`")).at(pieces.place(joined, joined));
        return error.help(code.map_or_else(|| format!("write `{single}`"), |code| format!("write `{code}`")));
    }
    let condition = pieces.rewritten(first, last, super::python::here).unwrap_or_else(|| "condition".to_owned());
    let code = if let Some((what, value)) = changed(pieces, last + 1) {
        format!("`{what} = where({condition}, {value}, {what})`")
    } else {
        let (yes, no) =
            blocks(pieces, last + 1).unwrap_or_else(|| ("value_if_true".to_owned(), "value_if_false".to_owned()));
        format!("`where({condition}, {yes}, {no})`")
    };
    if of_tensors && pieces.is(first.wrapping_sub(1), "while") {
        let error = Error::user("a `while` cannot depend on a tensor, nor on a number made of one").at(place.clone());
        return error.help(format!("a loop counts, as in `for i in 0..5 {{ .. }}`, and in it {code} chooses"));
    }
    if of_tensors {
        let error = Error::user("an `if` cannot depend on a tensor, nor on a number made of one").at(place.clone());
        return error.help(format!("choose element by element: {code}"));
    }
    let error = Error::user("an `if` cannot depend on where the landscape is looked at").at(place.clone());
    error.help(format!("choose by {code}"))
}

/// What an `if` without an `else` gives another value, and which: `{ g = dw / n; }`.
fn changed(pieces: &Pieces<'_>, open: usize) -> Option<(String, String)> {
    let open = if pieces.is(open, ")") { open + 1 } else { open };
    let close = pieces.is(open, "{").then(|| pieces.closing(open))??;
    let end = if pieces.is(close - 1, ";") { close - 1 } else { close };
    let equals = (open + 1..end).find(|at| pieces.is(*at, "="))?;
    let more = (open + 1..end).any(|at| pieces.is(at, ";") || pieces.is(at, "{") || at > equals && pieces.is(at, "="));
    let whole = equals > open + 1 && equals + 1 < end && !pieces.is(open + 1, "let");
    if more || !whole || pieces.is(close + 1, "else") {
        return None;
    }
    Some((pieces.short(open + 1, equals - 1)?, pieces.short(equals + 1, end - 1)?))
}

/// What stands in the blocks of an `if`, where each is one value.
fn blocks(pieces: &Pieces<'_>, open: usize) -> Option<(String, String)> {
    let value = |open: usize| {
        let close = pieces.is(open, "{").then(|| pieces.closing(open))??;
        let plain = (open + 1..close).all(|at| !pieces.is(at, ";") && !pieces.is(at, "{") && !pieces.is(at, "="));
        let code = (close > open + 1 && plain).then(|| pieces.short(open + 1, close - 1))??;
        Some((code, close))
    };
    let (yes, close) = value(open)?;
    let (no, _) = if pieces.is(close + 1, "else") { value(close + 2)? } else { return None };
    Some((yes, no))
}

/// A value of one type where another is wanted.
pub(in crate::script) fn mismatch(
    source: &Arc<Source>,
    wanted: &str,
    got: &str,
    place: &Place,
    of_tensors: bool,
) -> Error {
    let look = Look::new(source, place);
    let pieces = &look.pieces;
    let got = a_type(got, of_tensors);
    if got == "a range"
        && let Some(error) = taken::part_of_a_list(&look)
    {
        return error;
    }
    if wanted != "bool" {
        let wanted = a_type(wanted, of_tensors);
        return Error::user(format!("this should be {wanted}, and is {got}")).at(place.clone());
    }
    let (first, last) = pieces.expression(look.at);
    let value = pieces.short(first, last).filter(|value| !value.contains("&&") && !value.contains("||"));
    let value = value.unwrap_or_else(|| "x".to_owned());
    let error = Error::user(format!("a question is asked here whose answer is true or false, and this is {got}"))
        .at(place.clone());
    match got {
        "a tensor" => error.help(format!("`where({value} > 0, a, b)` chooses element by element")),
        _ => error.help(format!("compare, as in `{value} != 0`")),
    }
}

/// `w.shape`, `dw.T`, `x.abs`
pub(in crate::script) fn property(source: &Arc<Source>, words: &str, place: &Place, of_tensors: bool) -> Error {
    let look = Look::new(source, place);
    let (pieces, at) = (&look.pieces, look.at);
    if let Some(error) = elements::looped(&look).filter(|_| of_tensors) {
        return error;
    }
    let owner = words.rsplit('\'').nth(1).map_or("something else", |name| a_type(name, of_tensors));
    let name = pieces.text(at);
    let first = if at > 1 && pieces.is(at - 1, ".") { pieces.operand_before(at - 2).unwrap_or(at) } else { at };
    let of = if first < at { pieces.short(first, at - 2) } else { None }.unwrap_or_else(|| "x".to_owned());
    let given = ["=", "+=", "-=", "*=", "/="].iter().any(|sign| pieces.is(at + 1, sign));
    if given && look.is_given("w") && Property::ALL.into_iter().any(|property| property.word() == name) {
        let value = pieces.short(at + 2, pieces.expression(at + 2).1).unwrap_or_else(|| "..".to_owned());
        let error = Error::user(format!("`{of}.{name}` tells which parameter this is, and cannot be given a value"));
        return error.at(pieces.place(first, at)).help(format!("a question is asked by `{of}.{name} == {value}`"));
    }
    let error = Error::user(format!("{owner} has no `.{name}`")).at(pieces.place(first, at));
    if look.is_given("rng") || look.is_given("run") {
        match name {
            "rows" | "height" => return error.help(format!("write `{of}.len()`")),
            "columns" | "cols" | "width" => return error.help(format!("of a matrix write `{of}[0].len()`")),
            _ => {}
        }
    }
    if look.call(name).is_some() {
        return error.help(format!("write `{name}({of})`"));
    }
    if of == "w" && look.is_given("w") && !["T", "mT", "grad", "data", "values", "value", "flat"].contains(&name) {
        return property_of_w(error, name);
    }
    match name {
        "shape" | "size" if look.is_given("rng") || look.is_given("run") => {
            error.help(format!("`{of}.len()` is the number of its rows"))
        }
        "dtype" | "device" => error.help("all numbers of a run are of one kind: there is nothing to ask"),
        "ndim" if look.is_given("w") => error.help(SIDES),
        "shape" | "size" | "ndim" => {
            error.help(format!("`zeros({of})`, `ones({of})` and `like({of}, 0.1)` make a tensor of its shape"))
        }
        "T" | "mT" => {
            error.help(match look.kind().filter(|kind| !kinds_of("transpose").is_some_and(|all| all.has(*kind))) {
                Some(_) => "`transpose(x)` turns a matrix in optimizers alone".to_owned(),
                None => format!("write `transpose({of})`"),
            })
        }
        "grad" => error.help("the gradient is `dw`"),
        "data" | "values" | "value" | "flat" => error.help(format!("write `{of}`")),
        _ => match foreign::function(name) {
            Some(Instead::Name(function)) => error.help(format!("write `{function}({of})`")),
            _ => error.help(format!("functions are written `sqrt({of})`, operators `{of} * {of}`")),
        },
    }
}

/// What others call the properties of a parameter.
const PROPERTIES: [(&str, Property); 14] = [
    ("size", Property::Shape),
    ("sizes", Property::Shape),
    ("dim", Property::Kind),
    ("dims", Property::Kind),
    ("ndim", Property::Kind),
    ("type", Property::Kind),
    ("height", Property::Rows),
    ("fan_in", Property::Rows),
    ("width", Property::Columns),
    ("cols", Property::Columns),
    ("fan_out", Property::Columns),
    ("depth", Property::Layer),
    ("index", Property::Layer),
    ("label", Property::Name),
];

/// What is asked where others count dimensions.
pub(super) const SIDES: &str =
    "a parameter has two sides always, a bias one row: ask `w.kind == \"bias\"`, or `w.rows == 1`";

/// Something that is not known of the parameter `w`.
fn property_of_w(error: Error, name: &str) -> Error {
    let own = Property::ALL.map(Property::word);
    let same = PROPERTIES.iter().find(|(other, _)| *other == name).map(|(_, property)| property.word());
    let meant = same.or_else(|| nearest(name, own));
    let error = meant.map_or(error.clone(), |meant| error.label(format!("did you mean `w.{meant}`?")));
    if ["dim", "dims", "ndim"].contains(&name) {
        return error.help(SIDES);
    }
    let all = own.map(|word| format!("`w.{word}`"));
    error.help(format!("what is known of a parameter: {} and {}", all[..5].join(", "), all[5]))
}

/// A loop over what is no list.
pub(in crate::script) fn loops(source: &Arc<Source>, place: &Place) -> Error {
    let look = Look::new(source, place);
    if let Some(error) = elements::looped(&look) {
        return error;
    }
    let pieces = &look.pieces;
    let (first, last) = pieces.expression(look.at);
    let value = pieces.short(first, last).unwrap_or_else(|| "x".to_owned());
    let error = Error::user(format!("a loop goes over a range or a list, and `{value}` is neither"))
        .at(pieces.place(first, last));
    if value.parse::<i64>().is_ok() {
        return error.help(format!("write `0..{value}`"));
    }
    if look.is_given("rng") || look.is_given("run") {
        return error.help(format!("of a tensor write `for i in 0..{value}.len() {{ {value}[i] }}`"));
    }
    error.help(format!("no loop is needed: what is written with `{value}` is done for each of its elements"))
}

/// A function whose parameters bear the names of others: Python's order, or another.
pub(in crate::script) fn misplaced(source: &Arc<Source>, function: &str, signature: &str) -> Option<Error> {
    let wanted: Vec<&str> = signature.split(", ").collect();
    let pieces = Pieces::of(source);
    let outline = Outline::of(&pieces);
    let found = outline.function(function)?;
    let (mut given, mut names) = (found.parameters.clone(), wanted.clone());
    if given == wanted {
        return None;
    }
    given.sort_unstable();
    names.sort_unstable();
    if given != names {
        return None;
    }
    let start = found.pieces.start;
    let last = pieces.closing(start + 1).unwrap_or(start);
    let error =
        Error::user(format!("the parameters of `{function}` stand in another order")).at(pieces.place(start, last));
    Some(error.help(format!("write `fn {function}({signature})`")))
}

/// The last statement of a function, on its first line: what it gives back, or should.
pub(in crate::script) fn last_statement(source: &Arc<Source>, function: &str) -> Option<Place> {
    let pieces = Pieces::of(source);
    let outline = Outline::of(&pieces);
    let found = outline.function(function)?;
    let open = found.pieces.clone().find(|at| pieces.is(*at, "{"))?;
    let close = pieces.closing(open)?;
    let last = (open + 1..close).rev().find(|at| !pieces.is(*at, ";"))?;
    let mut first = last;
    while first > open + 1 {
        let before = first - 1;
        let block = pieces.is(before, "}") && !pieces.is(first, "else");
        if pieces.is(before, ";") || block && first < last {
            break;
        }
        let closes = [")", "]", "}"].iter().any(|sign| pieces.is(before, sign));
        first = if closes { pieces.opening(before)? } else { before };
    }
    let mut place = pieces.place(first, last);
    let text = &source.text[place.span.clone()];
    place.span.end = place.span.start + text.find('\n').unwrap_or(text.len());
    Some(place)
}

/// What others call a hyper-parameter, and what it may be called here.
const SAME: [(&str, &str); 12] = [
    ("learning_rate", "lr"),
    ("alpha", "lr"),
    ("eta", "lr"),
    ("rate", "lr"),
    ("epsilon", "eps"),
    ("momentum", "beta"),
    ("mu", "beta"),
    ("beta", "momentum"),
    ("beta_1", "beta1"),
    ("beta_2", "beta2"),
    ("decay", "weight_decay"),
    ("wd", "weight_decay"),
];

/// `h.lrr`: a part that its owner has not; `made` tells where the names come from.
#[expect(clippy::unnecessary_box_returns, reason = "Rhai's errors are boxed")]
pub(in crate::script) fn part<'a>(
    owner: &str,
    key: &str,
    made: &str,
    names: impl Iterator<Item = &'a str>,
) -> Box<EvalAltResult> {
    let names: Vec<&str> = names.collect();
    let add = match owner {
        "h" => format!(": add `{key}: 0.1` to it"),
        "state" => format!(": add `{key}: zeros(w)` to it"),
        "memory" => format!(": add `{key}: 0` to it"),
        _ => String::new(),
    };
    let same = SAME.iter().find(|(other, own)| owner == "h" && *other == key && names.contains(own));
    let meant = same.map(|(_, own)| *own).or_else(|| nearest(key, names.iter().copied()));
    let hint = match meant {
        Some(name) => format!("; did you mean `{owner}.{name}`?"),
        None if names.is_empty() && owner == "state" => {
            format!("; make it by `fn state(w) {{ #{{ {key}: zeros(w) }} }}`")
        }
        None if names.is_empty() && owner == "h" => format!("; name it by `fn hyper() {{ #{{ {key}: 0.1 }} }}`"),
        None if owner == "run" && key.starts_with(['W', 'b']) && key[1..].parse::<u32>().is_ok() => {
            format!("; a parameter is looked at by `run.weight(\"{key}\")`")
        }
        None if names.is_empty() => format!("; {made} nothing"),
        None => format!("; {made} {}{add}", names.join(", ")),
    };
    format!("there is no `{owner}.{key}`{hint}").into()
}
