//! What a name or a sign of another language is called in scripts, for who asks before a script is written.

use super::foreign::{self, Instead};
use super::python;
use crate::script::words::{called, words};

/// What there is in the place of something foreign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalledHere {
    /// A sentence or two.
    pub sentence: String,
    /// The name of the rows that tell more, where it is one thing by another name.
    pub name: Option<&'static str>,
}

/// What a name (`np.linalg.norm`, `einsum`, `True`), a sign (`@`, `a @ b`) or a call of `NumPy`, `PyTorch` or Python is called
/// in scripts; none of what no table has.
pub fn called_here(written: &str) -> Option<CalledHere> {
    let written = written.trim();
    if written.is_empty() {
        return None;
    }
    let row = |name: &'static str| {
        let sentence = format!("`{written}` is written `{name}` here.");
        Some(CalledHere { sentence, name: Some(name) })
    };
    if let Some((_, word)) = words().find(|(_, word)| word.elsewhere.split(", ").any(|other| other == written)) {
        return row(word.name());
    }
    let sign = match written.split_whitespace().collect::<Vec<_>>()[..] {
        [_, sign, _] | [sign] => sign,
        _ => "",
    };
    if let Some(name) = of_sign(sign) {
        return row(name);
    }
    let name = written.split('(').next().unwrap_or_default().trim_end();
    let owner = name.split_once('.').map(|(owner, _)| owner);
    if owner.is_some_and(|owner| !foreign::is_module(owner)) {
        return None;
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    let sentence = match foreign::function(last) {
        Some(Instead::Name(own)) => return row(own),
        Some(Instead::Code("{0}")) => format!("Scripts have no `{written}`: write the value itself."),
        Some(Instead::Code(code)) => format!("`{written}` is written {}.", coded(code)),
        Some(Instead::Words(said)) => {
            let mut letters = said.chars();
            let first = letters.next().into_iter().flat_map(char::to_uppercase);
            format!("Scripts have no `{written}`. {}{}.", first.collect::<String>(), letters.as_str())
        }
        None => match (foreign::word(last).or_else(|| python::here(last)), called(last).first()) {
            (Some(here), _) => format!("`{written}` is written `{here}` here."),
            (None, Some((_, word))) if owner.is_some() => return row(word.name()),
            _ => return None,
        },
    };
    Some(CalledHere { sentence, name: None })
}

/// The operator, or the function in its place, of a sign that scripts have not.
fn of_sign(sign: &str) -> Option<&'static str> {
    let signs = || !sign.is_empty() && sign.chars().all(|c| c.is_ascii_punctuation() && !"_.".contains(c));
    let has = |other: &str| other.split(' ').any(|part| part == sign);
    let own = match sign {
        "^" => "**",
        "===" => "==",
        "!==" | "<>" => "!=",
        "~" => "!",
        _ => match python::here(sign) {
            Some(own) => own,
            None => words().find(|(_, word)| signs() && word.elsewhere.split(", ").any(has))?.1.name(),
        },
    };
    (!called(own).is_empty()).then_some(own)
}

/// A call as it is written here, of `x` and `y`.
fn coded(code: &str) -> String {
    let given = match code {
        _ if code.contains("{}") || code.starts_with("0..") => &["n"][..],
        _ if code.contains("{1}") => &["x", "y"],
        _ => &["x"],
    };
    let given: Vec<String> = given.iter().map(ToString::to_string).collect();
    let here = format!("`{}`", foreign::filled(code, &given));
    match code.strip_prefix("rng.").and_then(|drawn| drawn.split('(').next()) {
        Some(drawn @ ("normal" | "uniform")) => {
            format!("{here} in datasets and series, `{drawn}(w)` in optimizers")
        }
        Some(_) => format!("{here} in datasets and series"),
        None => format!("{here} here"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_a_sign_and_a_call_of_another_language_are_told_as_they_are_written_here() {
        for (written, name) in [
            ("np.linalg.norm", "norm"),
            ("np.linalg.norm(x)", "norm"),
            ("torch.where", "where"),
            ("np.sqrt", "sqrt"),
            ("torch.clamp", "clamp"),
            ("clip", "clamp"),
            ("@", "matmul"),
            ("x @ y", "matmul"),
            ("x.T", "transpose"),
            ("math.pi", "PI"),
            ("torch.pow", "**"),
            ("^", "**"),
            ("and", "&"),
            ("||", "|"),
        ] {
            let here = called_here(written).unwrap_or_else(|| panic!("nothing of {written}"));
            assert_eq!(here.name, Some(name), "{written}");
            assert_eq!(here.sentence, format!("`{written}` is written `{name}` here."));
        }
        for (written, sentence) in [
            ("float_power", "`float_power` is written `x ** y` here."),
            ("np.reciprocal", "`np.reciprocal` is written `1 / x` here."),
            ("True", "`True` is written `true` here."),
            ("range", "`range` is written `0..n` here."),
            ("detach", "Scripts have no `detach`: write the value itself."),
            ("zero_grad", "Scripts have no `zero_grad`. Delete the line: `dw` is made anew at each step."),
        ] {
            assert_eq!(called_here(written), Some(CalledHere { sentence: sentence.into(), name: None }));
        }
        for (written, part) in [
            ("einsum", "`matmul(a, b)`, `outer(a, b)`"),
            ("np.random.randn", "`rng.normal(0, 1, n)` in datasets and series, `normal(w)` in optimizers"),
        ] {
            let here = called_here(written).unwrap();
            assert!(here.sentence.contains(part) && here.name.is_none(), "{here:?}");
        }
        for unknown in ["", "matmull", "lab.yaml", "adam", "np.nothing_of_the_kind", "a ? b", "."] {
            assert_eq!(called_here(unknown), None, "{unknown}");
        }
    }
}
