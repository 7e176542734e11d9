//! What a function of this program is given and does not take, told by the code that says it: shapes, masks, a base, the draws
//! of other languages.

use super::Look;
use crate::error::Error;

/// What is said of it, if it is one of these.
pub(super) fn given(look: &Look<'_>, name: &str, kinds: &[&str], arguments: &[String]) -> Option<Error> {
    let x = arguments.first().map_or("x", String::as_str);
    let told = |what: String, help: String| Some(Error::user(what).help(help));
    let rule = look.is_given("w") && !look.is_given("rng");
    match (name, kinds) {
        ("normal" | "uniform", _) if rule => {
            let what = format!("`{name}(w)` draws a number for each element of `w`, in the shape of `w` alone");
            told(what, format!("write {}", drawn(name, kinds, arguments)))
        }
        ("zeros" | "ones", ["a list"]) if rule => {
            let sides = x.strip_prefix('[').and_then(|x| x.strip_suffix(']')).filter(|x| x.matches(',').count() == 1);
            let code = sides.or_else(|| x.strip_suffix(".shape")).unwrap_or("w");
            told(format!("`{name}` takes no list here"), format!("write `{name}({code})`"))
        }
        ("log", [_, _]) if arguments.len() == 2 => told(
            "`log(x, base)` takes plain numbers alone".to_owned(),
            format!("write `ln({x}) / ln({})`", arguments[1]),
        ),
        ("int" | "to_int" | "float" | "to_float" | "floor" | "abs", ["a mask"]) => {
            told("a mask is no number to calculate with: it chooses".to_owned(), format!("write `where({x}, 1, 0)`"))
        }
        (_, ["a mask"]) if ["sum", "mean", "norm", "max_abs", "total"].contains(&name) => {
            let code = format!("{name}(where({x}, 1, 0))");
            told(format!("`{name}` takes numbers, and a mask is none"), format!("write `{code}`"))
        }
        (_, kinds) if kinds.contains(&super::MADE) => told(
            format!("`{name}` takes numbers that are known before the step, and this step makes `{x}` of tensors"),
            "operators, `floor`, `abs`, `sqrt` and such take it, and `where(condition, a, b)` chooses by it".to_owned(),
        ),
        _ => None,
    }
}

/// The draw that is meant, with its ends or its mean and deviation.
fn drawn(name: &str, kinds: &[&str], arguments: &[String]) -> String {
    let shapes =
        arguments.iter().any(|argument| [".rows", ".columns", ".shape", "zeros("].iter().any(|s| argument.contains(s)));
    let [one, other] = arguments else { return format!("`{name}(w)`") };
    if shapes || kinds.iter().any(|kind| *kind != "a number" && *kind != "a tensor") {
        return format!("`{name}(w)`");
    }
    match (name, one.as_str(), other.as_str()) {
        ("normal" | "uniform", "0" | "0.0", "1" | "1.0") => format!("`{name}(w)`"),
        (_, "0" | "0.0", scale) => format!("`{scale} * {name}(w)`"),
        ("normal", mean, deviation) => format!("`{mean} + {deviation} * normal(w)`"),
        (_, low, high) => format!("`{low} + ({high} - {low}) * uniform(w)`").replace("- -", "+ "),
    }
}

/// The smallest or largest of all elements, which there is of their sizes alone.
pub(super) fn of_all(name: &str, x: &str) -> String {
    match name {
        "min" => format!("the smallest of all elements is `max_abs({x}) - max_abs(max_abs({x}) - {})`", bracketed(x)),
        _ => format!(
            "the largest size of an element is `max_abs({x})`, the largest element `max_abs({} + max_abs({x})) - max_abs({x})`",
            bracketed(x)
        ),
    }
}

fn bracketed(x: &str) -> String {
    let plain = x.chars().all(|c| c.is_alphanumeric() || "_.()".contains(c));
    if plain { x.to_owned() } else { format!("({x})") }
}
