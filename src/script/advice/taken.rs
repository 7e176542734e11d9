//! Parts taken out of what is taken as a whole: `dw[0]`, `p[y]`, `x[1..3]`, `state['v']`.

use std::sync::Arc;

use super::foreign::RIGHT_CLASS;
use super::outline::Outline;
use super::pieces::Pieces;
use super::scan::Piece;
use super::{Look, a_type, elements};
use crate::error::{Error, Place, Source};

/// Functions in which a tensor stands for all of its elements.
const WHOLE: [&str; 7] = ["state", "update", "evaluate", "second_point", "forward", "loss", "height"];

/// `dw[0]`, `state['v']`
pub(in crate::script) fn index(source: &Arc<Source>, types: &str, place: &Place, of_tensors: bool) -> Error {
    let look = Look::new(source, place);
    let (pieces, at) = (&look.pieces, look.at);
    let (owner, key) = types.split_once(" [").unwrap_or((types, ""));
    let (owner, key) = (a_type(owner, of_tensors), a_type(key.trim_end_matches(']'), of_tensors));
    let open = (0..=at).rev().find(|at| pieces.is(*at, "["));
    let name = open.and_then(|open| open.checked_sub(1)).and_then(|last| Some((pieces.operand_before(last)?, last)));
    let name = name.and_then(|(first, last)| pieces.short(first, last)).unwrap_or_else(|| "x".to_owned());
    let place = open.map_or_else(|| place.clone(), |open| pieces.place(open, pieces.closing(open).unwrap_or(open)));
    let inside = open.map_or(at, |open| open + 1);
    if pieces.kind(inside) == Some(Piece::Quoted) {
        let key = pieces.text(inside).trim_matches('\'');
        return Error::user("a text stands in double quotes here, not in single ones")
            .at(place)
            .help(format!("write `{name}.{key}`"));
    }
    if let Some(error) = elements::looped(&look).filter(|_| owner == "a tensor") {
        return error;
    }
    let set = open.is_some_and(|open| elements::is_set(pieces, open));
    match owner {
        "a tensor" if look.is_given("rng") || look.is_given("run") => of_data(&look, &name, open, (key, set)).at(place),
        "a tensor" => of_whole(&look, &name, open, set).at(place),
        "`state`" | "`h`" | "`memory`" | "`run`" => Error::user(format!("{owner} has parts by name, not by {key}"))
            .at(place)
            .help(format!("write `{name}.v`, with the name of the part")),
        owner => {
            Error::user(format!("{owner} has no parts, so it has no index")).at(place).help(format!("write `{name}`"))
        }
    }
}

/// What stands between the brackets, and whether it is a condition.
fn inside(pieces: &Pieces<'_>, open: Option<usize>) -> Option<(String, bool)> {
    let (open, close) = (open?, pieces.closing(open?)?);
    let compares = |at: usize| ["<", "<=", ">", ">=", "==", "!=", "&", "|", "!"].iter().any(|sign| pieces.is(at, sign));
    Some((pieces.short(open + 1, close.checked_sub(1)?)?, (open + 1..close).any(compares)))
}

/// A range stands between the brackets.
fn is_range(pieces: &Pieces<'_>, open: usize) -> bool {
    let close = pieces.closing(open).unwrap_or(open);
    (open..close).any(|at| pieces.is(at, "..") || pieces.is(at, "..=") || pieces.is(at, ":"))
}

/// Of a tensor that stands for all of its elements.
fn of_whole(look: &Look<'_>, name: &str, open: Option<usize>, set: bool) -> Error {
    let pieces = &look.pieces;
    let mask = inside(pieces, open).filter(|(_, mask)| *mask).map(|(condition, _)| condition);
    if set {
        let error =
            Error::user("one element of a tensor is not set by itself: what is written is done for each of them");
        let close = open.and_then(|open| pieces.closing(open)).unwrap_or(look.at);
        let value = pieces.short(close + 2, pieces.expression(close + 2).1);
        return error.help(match mask.zip(value).filter(|_| pieces.is(close + 1, "=")) {
            Some((mask, value)) => format!("write `{name} = where({mask}, {value}, {name})`"),
            None => format!("write `{name} = ..`; elements are chosen by `where(condition, a, b)`"),
        });
    }
    let error = Error::user("elements of a tensor are not taken one by one: what is written is done for each of them");
    match mask {
        Some(mask) => error.help(format!("write `where({mask}, {name}, 0)`")),
        None if look.within() == "loss" => {
            of_outputs(error, name, &inside(pieces, open).map_or_else(String::new, |(index, _)| index))
        }
        None if open.is_some_and(|open| is_range(pieces, open)) => cut(name, look.within()),
        None => error.help(format!("write `{name}`")),
    }
}

/// Outputs of a sample that are taken by their places; `index` stands between the brackets.
fn of_outputs(error: Error, name: &str, index: &str) -> Error {
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let p = if plain { name } else { "p" };
    let error = match index {
        "y" => error,
        _ => error
            .help(format!("the outputs of a sample go together in `sum({p}, 1)`, `mean({p}, 1)` and `max({p}, 1)`")),
    };
    let name = if name.len() < 24 { name } else { "p" };
    error.help(RIGHT_CLASS.replace("sum(p ", &format!("sum({name} ")))
}

/// A tensor that stands for all of its elements is cut into parts.
fn cut(name: &str, within: &str) -> Error {
    let error = Error::user("a part of a tensor is not taken here: what is written is done for each of its elements");
    match within {
        "loss" => of_outputs(error, name, ""),
        "forward" | "height" => error.help(format!("write what becomes of one element, as in `max({name}, 0)`")),
        _ => error.help(format!(
            "`sum({name}, 0)` is a row of sums, `sum({name}, 1)` a column; `where(mask, a, b)` chooses elements"
        )),
    }
}

/// `dw[1:3]`, `y_hat[:, 0]`, `dw[0, 1]`: where the bracket opens behind a tensor that stands for all of its elements.
pub(super) fn sliced(pieces: &Pieces<'_>, open: usize) -> Option<Error> {
    let outline = Outline::of(pieces);
    let within = outline.around(open)?.name;
    let name = pieces.short(pieces.operand_before(open.checked_sub(1)?)?, open - 1)?;
    // Parameters may be lists.
    if !WHOLE.contains(&within) || name.starts_with("h.") {
        return None;
    }
    let close = pieces.closing(open)?;
    let place = pieces.place(open, close);
    if (open..close).any(|at| pieces.is(at, "None") || pieces.is(at, "newaxis")) {
        let error = Error::user("a side of 1 is there already, and is repeated where it meets others");
        return Some(
            error.at(place).help(format!("write `{name}`; a column is `sum({name}, 1)`, a row `sum({name}, 0)`")),
        );
    }
    Some(cut(&name, within).at(place))
}

/// Of a tensor that holds plain numbers.
fn of_data(look: &Look<'_>, name: &str, open: Option<usize>, (key, set): (&str, bool)) -> Error {
    let pieces = &look.pieces;
    let row = name.split('[').next().unwrap_or(name);
    if set {
        let error = Error::user("numbers of a tensor are not set one by one");
        return error.help("fill a list, as in `list.push(0.5)`, or choose by `where(mask, a, b)`");
    }
    let error = Error::user(format!("a tensor is not indexed by {key}"));
    if open.is_some_and(|open| is_range(pieces, open)) {
        let range = inside(pieces, open).map_or_else(|| "0..3".to_owned(), |(range, _)| range);
        return error.help(format!("take its rows one by one, as in `for i in {range} {{ rows.push({row}[i]); }}`"));
    }
    match inside(pieces, open) {
        Some((condition, true)) => error.help(format!("write `where({condition}, {name}, 0)`")),
        _ => error.help(format!("write `{name}[0]`, with a whole number: a row of a matrix, or a number of a column")),
    }
}

/// `y[0..2]` of a list.
pub(super) fn part_of_a_list(look: &Look<'_>) -> Option<Error> {
    let pieces = &look.pieces;
    let open = (0..=look.at).rev().find(|at| pieces.is(*at, "["))?;
    let name = pieces.short(pieces.operand_before(open.checked_sub(1)?)?, open - 1)?;
    let (range, _) = inside(pieces, Some(open)).filter(|_| is_range(pieces, open))?;
    let numbers = range.split_once("..").map(|(low, high)| (low.trim().parse::<u64>(), high.trim().parse::<u64>()));
    let code = match numbers {
        Some((Ok(low), Ok(high))) if high >= low => format!("write `{name}.extract({low}, {})`", high - low),
        _ => format!("`{name}.extract(1, 3)` gives three elements from number 1 on"),
    };
    let close = pieces.closing(open).unwrap_or(open);
    Some(Error::user("a part of a list is not taken by a range here").at(pieces.place(open, close)).help(code))
}
