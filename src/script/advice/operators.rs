//! Operators between values that they do not join: powers of other languages, masks that are taken for numbers, ranges
//! without whole numbers.

use super::Look;
use crate::error::Error;
use crate::script::Kind;

/// An operator that does not know the kinds of values it stands between.
pub(super) fn operator(look: &Look<'_>, name: &str, kinds: &[&str]) -> Error {
    let (pieces, at) = (&look.pieces, look.at);
    let at = if pieces.is(at, name) { at } else { look.at };
    let sides = pieces.operands(at);
    let (left, right) = sides.clone().unwrap_or_else(|| ("a".to_owned(), "b".to_owned()));
    let told = |what: String, help: String| Error::user(what).at(pieces.place(at, at)).help(help);
    let mask = |which: usize| kinds.get(which) == Some(&"a mask");
    let (between, between_with) = (kinds.join(" and "), kinds.join(" with "));
    let bare = |text: &str| text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text).to_owned();
    match name {
        "<" | "<=" | ">" | ">=" | "==" | "!=" if mask(0) != mask(1) => {
            let chain = at.checked_sub(2).filter(|_| mask(0)).and_then(|_| {
                let middle = pieces.operand_before(at - 1)?;
                let sign = middle.checked_sub(1).filter(|sign| ["<", "<=", ">", ">="].contains(&pieces.text(*sign)))?;
                let first = sign.checked_sub(1).and_then(|last| Some((pieces.operand_before(last)?, last)))?;
                // A minus before the first operand belongs to it.
                let minus =
                    first.0.checked_sub(1).filter(|at| pieces.is(*at, "-") && !pieces.ends_value(at.wrapping_sub(1)));
                Some(format!(
                    "({} {} {left}) & ({left} {name} {right})",
                    pieces.short(minus.unwrap_or(first.0), first.1)?,
                    pieces.text(sign)
                ))
            });
            match chain {
                Some(code) => {
                    told("a chain of comparisons is two masks here, joined by `&`".into(), format!("write `{code}`"))
                }
                None => told(
                    format!("`{name}` cannot compare {between_with}"),
                    "masks are joined by `&` and `|`, and turned around by `!`".into(),
                ),
            }
        }
        "<" | "<=" | ">" | ">=" | "==" | "!=" => {
            let help =
                if kinds.contains(&"a text") { "numbers stand without quotes" } else { "look at what each side is" };
            told(format!("`{name}` cannot compare {between_with}"), help.into())
        }
        "^" if !mask(0) && !mask(1) => told("`^` is not a power here".into(), format!("write `{left} ** {right}`")),
        ".." | "..=" => range(look, at, kinds, &left, &right),
        "&" | "|" => {
            let other = kinds.iter().find(|kind| **kind != "a mask").copied().unwrap_or("something else");
            told(
                format!("`{name}` joins masks, and this is {other}"),
                format!("compare first, as in `({left} > 0) {name} ({right} > 0)`"),
            )
        }
        "*" if mask(0) != mask(1) => {
            let (mask, value) = if mask(0) { (bare(&left), right) } else { (bare(&right), left) };
            told(
                "a mask is no number to calculate with: it chooses".into(),
                format!("write `where({mask}, {value}, 0)`"),
            )
        }
        _ if mask(0) || mask(1) => {
            let mask = if mask(0) { bare(&left) } else { bare(&right) };
            told(
                "a mask is no number to calculate with: it chooses".into(),
                format!("`where({mask}, 1, 0)` makes numbers of it"),
            )
        }
        "-" | "+" | "!" if kinds.len() == 1 => {
            let help = if name == "!" {
                "it turns a mask around, as in `!(dw > 0)`"
            } else {
                "it stands before numbers and tensors"
            };
            told(format!("`{name}` cannot stand before {between}"), help.into())
        }
        "*" if kinds == ["a list", "a number"] && ["[0]", "[0.0]", "[1]", "[1.0]"].contains(&left.as_str()) => {
            let function = if left.contains('1') { "ones" } else { "zeros" };
            told("a list is not repeated by `*` here".into(), format!("write `{function}({right})`"))
        }
        _ if kinds.contains(&"a list") && look.kind().is_some_and(Kind::is_traced) => {
            let list = if kinds[0] == "a list" { left } else { right };
            told(
                format!("`{name}` is not possible between {between}: no tensor is made of a list here"),
                format!("one number of it meets a tensor, as in `{list}[0]`"),
            )
        }
        _ if kinds.contains(&"a list") => told(
            format!("`{name}` is not possible between {between}"),
            "tensors calculate element by element: make one by `zeros(n)`, `linspace(a, b, n)` or `columns([list])`"
                .into(),
        ),
        "%" if kinds.first() == Some(&"a text") => {
            let text = ["%d", "%i", "%s", "%f", "%g"].iter().fold(left, |text, hole| text.replace(hole, ""));
            told("`%` puts no values into a text here".into(), format!("write `{text} + {right}`"))
        }
        _ if kinds.contains(&"a text") => {
            told(format!("`{name}` is not possible between {between}"), "numbers stand without quotes".into())
        }
        _ => told(format!("`{name}` is not possible between {between}"), "look at what each side is".into()),
    }
}

/// `0..h.k`
fn range(look: &Look<'_>, at: usize, kinds: &[&str], left: &str, right: &str) -> Error {
    let pieces = &look.pieces;
    let place = pieces.place(at, at);
    let fixed = !look.is_given("rng") && !look.is_given("run") && !look.is_given("outputs");
    let wrong = if kinds.first() == Some(&"a number") && left.parse::<i64>().is_ok() { right } else { left };
    if fixed {
        let right = pieces.short(at + 1, pieces.expression(at).1).unwrap_or_else(|| right.to_owned());
        let (low, high) = if wrong == left {
            (format!("to_int({left})"), right)
        } else {
            (left.to_owned(), format!("to_int({right})"))
        };
        return Error::user(format!("a range has whole numbers at both ends, and `{wrong}` is none"))
            .at(place)
            .help(format!("write `{low}..{high}` if it is known before the step; of tensors no loop counts"));
    }
    let right = pieces.short(at + 1, pieces.expression(at).1).unwrap_or_else(|| right.to_owned());
    Error::user("a range has whole numbers at both ends").at(place).help(format!("write `{left}..({right}).to_int()`"))
}
