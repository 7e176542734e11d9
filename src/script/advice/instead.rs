//! What is written here in the place of what other languages write: a call, or what their modules hold.

use super::foreign::{self, Instead};
use super::{Look, functions};
use crate::error::{Error, nearest};
use crate::script::words::kinds_of;

/// `np.sqrt(x)`, `torch.nn.functional.relu(x)`, `math.pi`
pub(super) fn module(look: &Look<'_>, name: &str) -> Error {
    let (pieces, at) = (&look.pieces, look.at);
    let mut last = at;
    while pieces.is(last + 1, ".") && pieces.is_word(last + 2) {
        last += 2;
    }
    let function = pieces.text(last);
    let arguments = if pieces.is(last + 1, "(") { pieces.arguments(last + 1) } else { Vec::new() };
    let layers = look.within() == "layers";
    let how = if layers { "layers are maps and texts" } else { "functions stand by themselves, without a module" };
    let what = format!("there is no `{name}` here: {how}");
    let error = Error::user(what).at(pieces.place(at, last));
    if ["normal", "uniform"].contains(&function) {
        return error.help(drawn(look, &format!("rng.{function}({})", arguments.join(", "))));
    }
    // Those of two values go by the same name here, and take no tensor alone.
    let same = match (function, arguments.as_slice()) {
        ("max" | "min", [one]) => {
            Some(format!("`{function}(a, b)` compares two values; the largest size is `max_abs({one})`"))
        }
        ("dot", [a, b]) => {
            Some(format!("`matmul({a}, {b})` is the product of matrices, `dot({a}, {b})` the sum of `a * b`"))
        }
        // The order of the norm there, the axis here.
        ("norm", [x, _]) => Some(format!(
            "`norm({x})` is the root of the sum of squares, `sum(abs({x}))` the sum of sizes; `norm({x}, 1)` goes along rows"
        )),
        _ => None,
    };
    if let Some(help) = same {
        return error.help(help);
    }
    match foreign::function(function).map(|instead| instead_of(look, instead, &arguments)) {
        Some(help) => error.help(help),
        None => match (foreign::word(function), look.call(function)) {
            (Some(here), _) => error.help(format!("write `{here}`")),
            // The axis of these is always that of the outputs.
            (None, Some(_)) if ["softmax", "log_softmax", "logsumexp"].contains(&function) && arguments.len() > 1 => {
                error.help(format!("write `{function}({})`", arguments[0]))
            }
            (None, Some(_)) => error.help(format!("write `{function}({})`", arguments.join(", "))),
            (None, None) => error.help(no_near(look, function)),
        },
    }
}

/// What is written in the place of a foreign call.
pub(super) fn instead_of(look: &Look<'_>, instead: Instead, arguments: &[String]) -> String {
    match instead {
        Instead::Name(name) => match look.kind().and_then(|kind| kinds_of(name).filter(|kinds| !kinds.has(kind))) {
            Some(kinds) => format!("`{name}` says the same, and is there in {} alone", kinds.text()),
            None => format!("write `{name}({})`", arguments.join(", ")),
        },
        // `float("inf")`
        Instead::Code("{0}") if arguments.first().is_some_and(|text| special(text).is_some()) => {
            format!("write `{}`", arguments.first().and_then(|text| special(text)).unwrap_or_default())
        }
        Instead::Code("0..{0}") if arguments.len() > 1 => format!("write `{}..{}`", arguments[0], arguments[1]),
        Instead::Code(code) => drawn(look, &foreign::filled(code, arguments)),
        Instead::Words(words) => words.to_owned(),
    }
}

/// A number that Python writes as a text.
fn special(text: &str) -> Option<String> {
    let word = text.trim_matches(['"', '\'']);
    let (minus, word) = word.strip_prefix('-').map_or(("", word), |word| ("-", word));
    let here = foreign::word(word).filter(|here| word.len() < text.len() && here.contains('/'))?;
    Some(format!("{minus}{here}"))
}

/// Code, if it draws nothing where nothing can be drawn.
fn drawn(look: &Look<'_>, code: &str) -> String {
    if code.starts_with("rng.") && !look.is_given("rng") {
        let name = if code.starts_with("rng.uniform") { "uniform" } else { "normal" };
        return if look.is_given("dw") {
            format!("write `{name}(w)`: a number for each element of `w`, drawn anew at each step")
        } else {
            "random numbers are drawn in datasets and series, by `rng`, and in optimizers, as in `normal(w)`".to_owned()
        };
    }
    format!("write `{code}`")
}

/// The nearest function, or all there are.
pub(super) fn no_near(look: &Look<'_>, name: &str) -> String {
    // Some have a row for each way in which they are called.
    let mut all: Vec<&str> = Vec::new();
    for function in functions(look.kind()) {
        if !all.contains(&function) {
            all.push(function);
        }
    }
    match nearest(name, all.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", all.join(", ")),
    }
}
