//! Names that nothing here goes by: variables, functions and what modules of other languages hold, each with the nearest of
//! the names that are there.

use std::sync::Arc;

use super::axis;
use super::elements;
use super::foreign::{self, Instead};
use super::given;
use super::handles::of_handle;
use super::instead::{instead_of, module, no_near};
use super::scan::Piece;
use super::{Look, a_type, counted, functions, operators};
use crate::error::{Error, Place, Source, nearest};
use crate::script::words::kinds_of;

/// A variable that is not there.
pub(in crate::script) fn variable(source: &Arc<Source>, name: &str, place: &Place) -> Error {
    let look = Look::new(source, place);
    let (pieces, at) = (&look.pieces, look.at);
    let told = |what: String, help: String| Error::user(what).at(pieces.place(at, at)).help(help);
    if foreign::is_module(name) && pieces.is(at + 1, ".") {
        return module(&look, name);
    }
    let (hyper, states) = (look.outline.keys(pieces, "hyper"), look.outline.keys(pieces, "state"));
    if name == "self" {
        let key = if pieces.is(at + 1, ".") { pieces.text(at + 2) } else { "v" };
        let owner = if hyper.contains(&key) { "h" } else { "state" };
        let last = if pieces.is(at + 1, ".") { at + 2 } else { at };
        let error =
            Error::user("there is no `self` here: what is kept from step to step is in `state`, what is set in `h`");
        return error.at(pieces.place(at, last)).help(format!("write `{owner}.{key}`"));
    }
    if name == "pass" {
        return told("there is no `pass` here: a block may be empty".into(), "write `{ }`".into());
    }
    if let Some(here) = foreign::word(name).filter(|_| !pieces.is(at + 1, "=")) {
        return told(format!("`{name}` is written `{here}` here"), format!("write `{here}`"));
    }
    let of = look.within();
    if name == "h"
        && ["loss", "forward", "height"].contains(&of)
        && let Some(function) = look.outline.function(of)
    {
        let given = function.parameters.join(", ");
        return told(format!("`{of}({given})` is not given `h`"), format!("write `fn {of}({given}, h)`"));
    }
    if name == "h" && look.within() == "state" {
        let key = (0..at).rev().find(|at| pieces.is_word(*at) && pieces.is(at + 1, ":"));
        let entry = key.and_then(|key| {
            let end = (at..pieces.len()).find(|at| pieces.is(*at, "}"))?;
            let value = pieces.parts(key + 2, end).into_iter().next()?;
            Some(format!("state.{} = {}", pieces.text(key), pieces.short(value.start, value.end - 1)?))
        });
        let code = entry.unwrap_or_else(|| "state.d = h.d0".to_owned());
        if let Some(code) = side(&look) {
            return told(
                "a shape keeps for the whole run, and `state(w)` is not given `h`, whose values may change".into(),
                format!("write the number, as in `{code}`"),
            );
        }
        return told(
            "`state(w)` is not given `h`, whose values may change in the run".into(),
            format!("begin with 0 there, and write `if t == 1 {{ {code}; }}` in `update`"),
        );
    }
    let member = |owner: &str, key: &str| {
        told(format!("there is no `{name}` by itself: it is a part of `{owner}`"), format!("write `{owner}.{key}`"))
    };
    let seen = look.outline.seen(pieces, at);
    let (given, kept) = (look.is_given("h"), look.is_given("state"));
    if given && hyper.contains(&name) {
        return member("h", name);
    }
    if kept && states.contains(&name) {
        return member("state", name);
    }
    if let Some(other) = seen.iter().find(|other| other.to_lowercase() == name.to_lowercase()) {
        let how = if other.chars().all(|c| !c.is_uppercase()) { "is written small" } else { "is written" };
        return told(format!("there is no `{name}` here: it {how}, `{other}`"), format!("write `{other}`"));
    }
    if pieces.is(at + 1, "=") {
        let (_, last) = pieces.expression(at + 2);
        let value = pieces.short(at + 2, last).unwrap_or_else(|| "..".to_owned());
        return told(
            format!("there is no variable `{name}` yet"),
            format!("begin it with `let`, as in `let {name} = {value};`"),
        );
    }
    if ["+=", "-=", "*=", "/="].iter().any(|sign| pieces.is(at + 1, sign)) {
        let help = match look.within() {
            "on_step" | "on_epoch" => {
                format!("what is kept is in `memory`, made by `fn memory() {{ #{{ {name}: 0 }} }}`")
            }
            "update" => format!("give it one before, as in `let {name} = 0;`, or keep it as `state.{name}`"),
            _ => format!("give it one before, as in `let {name} = 0;`"),
        };
        return told(format!("`{name}` has no value yet that could be changed"), help);
    }
    if ["epoch", "epochs"].contains(&name) && seen.contains(&"t") {
        return told(
            format!("there is no `{name}` here: `t` counts the updates"),
            "an epoch is as many updates as there are mini-batches: name that number in `hyper()`".into(),
        );
    }
    if look.outline.is_outside(pieces, name) {
        let help =
            format!("name it in `hyper()` and write `h.{}`, or give it its value in the function", name.to_lowercase());
        return told(
            format!("`{name}` stands outside of the functions, and a function sees its parameters alone"),
            help,
        );
    }
    if look.outline.function(name).is_some() || functions(None).any(|function| function == name) {
        let call = look.call(name).map_or_else(|| format!("{name}(..)"), str::to_owned);
        return told(format!("`{name}` is a function: it wants brackets"), format!("write `{call}`"));
    }
    let parts: Vec<(String, &str)> = [("h", &hyper, given), ("state", &states, kept)]
        .into_iter()
        .filter(|(_, _, there)| *there)
        .flat_map(|(owner, keys, _)| keys.iter().map(move |key| (format!("{owner}.{key}"), *key)))
        .collect();
    // `loss.backward()`, `model.parameters()`: what is called of it says what is meant.
    if pieces.is(at + 1, ".")
        && pieces.is(at + 3, "(")
        && let Some(Instead::Words(words)) = foreign::function(pieces.text(at + 2))
    {
        return told(format!("there is nothing called `{name}` here"), words.to_owned());
    }
    let unknown = Error::user(format!("there is nothing called `{name}` here")).at(pieces.place(at, at));
    if let Some(near) = nearest(name, seen.iter().copied()) {
        return unknown.label(format!("did you mean `{near}`?"));
    }
    if let Some((part, _)) =
        nearest(name, parts.iter().map(|(_, key)| *key)).and_then(|near| parts.iter().find(|(_, key)| *key == near))
    {
        return unknown.label(format!("did you mean `{part}`?"));
    }
    if let Some(synonym) = foreign::synonym(name) {
        let part = parts.iter().find(|(_, key)| *key == synonym).map(|(part, _)| part.as_str());
        if let Some(here) = seen.iter().find(|seen| **seen == synonym).copied().or(part) {
            return unknown.label(format!("did you mean `{here}`?"));
        }
    }
    let seen: Vec<String> = seen.iter().map(|name| format!("`{name}`")).collect();
    if seen.is_empty() {
        unknown.help("make it by `let` before, or name it in `hyper()` and read it from `h`")
    } else {
        unknown.help(format!("the function sees {}; a new variable begins with `let`", seen.join(", ")))
    }
}

/// `zeros(w.rows, h.rank)` with the number in the place of `h.rank`, where `h` stands in such a call.
fn side(look: &Look<'_>) -> Option<String> {
    let (pieces, at) = (&look.pieces, look.at);
    let makes = |open: &usize| {
        let maker = open.checked_sub(1).is_some_and(|name| ["zeros", "ones", "eye"].contains(&pieces.text(name)));
        maker && pieces.is(*open, "(") && pieces.closing(*open).is_some_and(|close| close > at)
    };
    let open = (0..at).rev().find(makes)?;
    let key = pieces.is(at + 1, ".").then(|| pieces.text(at + 2))?;
    let hyper = look.outline.function("hyper").map(|hyper| hyper.pieces.clone());
    let set = hyper.into_iter().flatten().find(|at| pieces.is(*at, key) && pieces.is(at + 1, ":"));
    let number = set.map(|at| pieces.text(at + 2)).filter(|text| text.parse::<u32>().is_ok()).unwrap_or("4");
    let parts = pieces.arguments(open).join(", ").replace(&format!("h.{key}"), number);
    Some(format!("{}({parts})", pieces.text(open - 1)))
}

/// A function that is not there, or not for what it is given. `signature` is Rhai's: a name and the types of the arguments.
pub(in crate::script) fn function(source: &Arc<Source>, signature: &str, place: &Place, of_tensors: bool) -> Error {
    let look = Look::new(source, place);
    let (pieces, at) = (&look.pieces, look.at);
    let (name, types) = signature.split_once(" (").unwrap_or((signature, ""));
    let types: Vec<&str> = types.trim_end_matches(')').split(", ").filter(|name| !name.is_empty()).collect();
    let kinds: Vec<&str> = types.iter().map(|name| a_type(name, of_tensors)).collect();
    if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return operators::operator(&look, name, &kinds);
    }
    let mut arguments = if pieces.is(at + 1, "(") { pieces.arguments(at + 1) } else { Vec::new() };
    let object = (at > 1 && pieces.is(at - 1, ".")).then(|| pieces.operand_before(at - 2).unwrap_or(at - 2));
    let owner = object.and_then(|first| pieces.short(first, at - 2));
    let first = object.unwrap_or(at);
    if let Some(error) = elements::in_head(&look).filter(|_| of_tensors) {
        return error;
    }
    let told = |what: String, help: String| Error::user(what).at(pieces.place(first, at)).help(help);
    if let (Some(owner), Some(kind)) = (&owner, kinds.first())
        && let Some(error) = of_handle(&look, owner, kind, name, &arguments)
    {
        return error;
    }
    arguments.splice(0..0, owner);
    let given = if types.is_empty() { arguments.len() } else { types.len() };
    if let Some(own) = look.outline.function(name) {
        let (wanted, code) = (own.parameters.len(), format!("{name}({})", own.parameters.join(", ")));
        return told(
            format!("`{name}` has {}, and is given {given}", counted(wanted, "parameter")),
            format!("write `{code}`"),
        );
    }
    if look.within() == "layers" && (foreign::function(name).is_none() || name.starts_with(char::is_lowercase)) {
        let code = match &arguments[..] {
            [] => format!("\"{name}\""),
            values => format!("#{{{name}: {}}}", values[0]),
        };
        return told(
            format!("there is no function `{name}` here: layers are maps and texts"),
            format!("write `{code}`"),
        );
    }
    if let Some(error) = given::given(&look, name, &kinds, &arguments) {
        return error.at(pieces.place(first, at));
    }
    // What numbers alone have is there.
    let of_numbers = kinds.first() == Some(&"a tensor")
        && look.call(name).is_some_and(|call| call.matches(',').count() + 1 == kinds.len());
    if let Some(instead) = foreign::function(name).filter(|_| !of_numbers) {
        let what = match name {
            "not" => "`not` is written `!` here".to_owned(),
            _ => format!("there is no function `{name}` here"),
        };
        return told(what, instead_of(&look, instead, &arguments));
    }
    if look.outline.seen(pieces, at).contains(&name) {
        let next_line = pieces.is(at + 1, "(") && !pieces.same_line(at, at + 1);
        return if next_line {
            let mut behind = pieces.place(at, at);
            behind.span.start = behind.span.end;
            let line = pieces.line_until(at).unwrap_or_else(|| name.to_owned());
            Error::user("a `;` is missing at the end of this line").at(behind).help(format!("write `{line};`"))
        } else {
            told(
                format!("`{name}` is no function"),
                format!("a product is written `{name} * ({})`", arguments.join(", ")),
            )
        };
    }
    if let Some(error) = of_another_kind(&look, name).or_else(|| of_wrong_values(&look, name, &kinds, &arguments)) {
        return error.at(pieces.place(first, at));
    }
    let unknown = Error::user(format!("there is no function `{name}` here")).at(pieces.place(at, at));
    let mut all: Vec<&str> = functions(look.kind()).collect();
    all.extend(look.outline.functions.iter().map(|function| function.name));
    match nearest(name, all) {
        Some(near) => unknown.label(format!("did you mean `{near}`?")),
        None => unknown.help(no_near(&look, name)),
    }
}

/// A function that only other kinds of scripts have.
fn of_another_kind(look: &Look<'_>, name: &str) -> Option<Error> {
    let kinds = look.kind().and_then(|kind| kinds_of(name).filter(|kinds| !kinds.has(kind)))?;
    let help = match look.kind() {
        _ if look.is_given("w") => "a tensor of the shape of `w` is made by `zeros(w)`, `ones(w)` or `like(w, 0.5)`",
        Some(kind) if kind.is_traced() => {
            "write arithmetic with what the function is given: it is done element by element"
        }
        _ => "`optlab list functions` shows what there is, and where",
    };
    Some(Error::user(format!("`{name}` is there in {} alone", kinds.text())).help(help))
}

/// A function that is there, for other values.
fn of_wrong_values(look: &Look<'_>, name: &str, kinds: &[&str], arguments: &[String]) -> Option<Error> {
    let (pieces, at) = (&look.pieces, look.at);
    let argument = arguments.first().map_or("x", String::as_str);
    let tensor = kinds.first() == Some(&"a tensor");
    let by_element = ["loss", "forward", "height"].contains(&look.within());
    let told = |what: String, help: String| Some(Error::user(what).help(help));
    match name {
        "len" | "size" | "numel" | "count" if tensor && by_element => told(
            "what is written here is done for each element by itself: there is nothing to count".into(),
            "write what becomes of one element, as in `(y_hat - y) ** 2`, without a loop".into(),
        ),
        "size" if tensor && argument == "w" && look.is_given("w") => told(
            "a tensor has no `size` here".into(),
            "`w.rows` and `w.columns` are the sides of a parameter, `w.rows * w.columns` is the number of its elements"
                .into(),
        ),
        "len" | "size" | "numel" | "count" if tensor => told(
            format!("a tensor has no `{name}` here"),
            format!("the mean is `mean({argument})`, the number of elements `sum(ones({argument}))`"),
        ),
        "min" | "max" if kinds.len() == 1 && kinds != ["a list"] => {
            let size = argument.strip_prefix("abs(").and_then(|inside| inside.strip_suffix(')'));
            let plain = size.or_else(|| argument.strip_suffix(".abs()")).unwrap_or(argument);
            let help = match (name, look.within()) {
                ("max", "loss") => format!("the largest output of a sample is `{}.max(1)`", axis::owner(argument)),
                ("min", "loss") => format!("the smallest output of a sample is `-(-{}).max(1)`", axis::owner(argument)),
                (_, "forward" | "height") => format!("two are compared, as in `{name}({argument}, 0)`"),
                _ if name == "min" || plain == argument => given::of_all(name, argument),
                _ => format!("the largest size of an element is `max_abs({plain})`"),
            };
            told(format!("`{name}(a, b)` compares two values, and is given one"), help)
        }
        "normal" | "uniform" if look.is_given("rng") => {
            told(format!("`{name}` is drawn by `rng` here"), format!("write `rng.{name}({})`", arguments.join(", ")))
        }
        "append" if kinds.first() == Some(&"a list") && arguments.len() > 1 => told(
            "`append` puts a list behind a list".into(),
            format!("one value is put there by `{argument}.push({})`", arguments[1]),
        ),
        "print" if arguments.len() > 1 => told(
            "`print` takes one value".into(),
            format!("join them, as in `print({})`", arguments.join(" + \" \" + ")),
        ),
        "where" if kinds.len() == 3 && kinds[0] != "a mask" && kinds[0] != "true or false" => told(
            "`where(mask, a, b)` chooses by a mask, and is given none".into(),
            format!("compare, as in `where({argument} > 0, a, b)`"),
        ),
        "zeros" | "ones" if kinds.first() == Some(&"a number") && look.is_given("w") => {
            told(format!("`{name}` makes a tensor of the shape of another"), format!("write `{name}(w)`"))
        }
        "norm" if tensor && kinds.len() > 1 => told(
            "`norm` takes the whole tensor, without an axis or an order".into(),
            format!("`norm({argument})` is the root of the sum of squares, `sum(abs({argument}))` the sum of sizes"),
        ),
        "sum" | "mean" | "max_abs" if tensor && kinds.len() > 1 => {
            told(format!("`{name}` takes the whole tensor, without an axis"), format!("write `{name}({argument})`"))
        }
        _ => {
            let call = look.call(name)?;
            let wanted = call.matches(',').count() + 1;
            if wanted != kinds.len() {
                let own = wanted == 1 && kinds.len() > 1 && arguments.len() > 1;
                let code = if own { format!("{name}({argument})") } else { call.to_owned() };
                return told(
                    format!("`{name}` wants {}, and is given {}", counted(wanted, "value"), kinds.len()),
                    format!("write `{code}`"),
                );
            }
            let words = match kinds {
                [one] => (*one).to_owned(),
                [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
                [] => "nothing".to_owned(),
            };
            let quoted = pieces.kind(at + 2) == Some(Piece::Text);
            let help = match (quoted, kinds.contains(&"a list")) {
                (true, _) => "numbers stand without quotes",
                (false, true) => "a list becomes a tensor by `columns([list])`",
                (false, false) => "look at what each of them is",
            };
            let same = foreign::function(name).filter(|_| tensor).map(|same| instead_of(look, same, arguments));
            told(format!("`{call}` cannot take {words}"), same.unwrap_or_else(|| help.to_owned()))
        }
    }
}
