//! `hyper()`: a script's parameters with their defaults, and what the comments beside them say: meaning and range.

use std::sync::Arc;

use rhai::{AST, Dynamic, Map, Scope};

use super::engine;
use super::failure::{self, a_kind};
use super::number::number;
use super::range::Interval;
use crate::error::{Error, Place, Result, Source};

/// The value of a hyper-parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum HyperValue {
    /// One number.
    Number(f64),
    /// A list of numbers, as in `at: [500, 800]`.
    List(Vec<f64>),
    /// One of the words that the script allows, as in `metric: val_loss`.
    Text(String),
}

impl HyperValue {
    /// The value as scripts see it.
    pub(super) fn to_dynamic(&self) -> Dynamic {
        match self {
            Self::Number(value) => Dynamic::from(*value),
            Self::Text(word) => Dynamic::from(word.clone()),
            Self::List(values) => Dynamic::from(values.iter().map(|v| Dynamic::from(*v)).collect::<rhai::Array>()),
        }
    }

    /// The value as scripts see it that count with it: a whole number is one, so that `0..h.samples` is a range.
    pub(super) fn to_counting(&self) -> Dynamic {
        let whole = |value: f64| {
            let counts = value.fract() == 0.0 && value.abs() < 1e15;
            if counts { Dynamic::from(value as i64) } else { Dynamic::from(value) }
        };
        match self {
            Self::Number(value) => whole(*value),
            Self::List(values) => Dynamic::from(values.iter().map(|v| whole(*v)).collect::<rhai::Array>()),
            Self::Text(_) => self.to_dynamic(),
        }
    }
}

/// A parameter of a script.
#[derive(Debug, Clone, PartialEq)]
pub struct HyperParameter {
    /// Its name in `h`.
    pub name: String,
    /// The value if the lab gives none.
    pub default: HyperValue,
    /// What the comment beside it says.
    pub about: String,
    /// The range that the comment gives, which is enforced.
    pub range: Option<Interval>,
    /// The parameter that is the upper end of the range, as in `in [0, steps)`; the range itself has no end then.
    pub limit: Option<String>,
    /// The words that the comment allows for a text, as in `one of smooth_loss, val_loss`.
    pub choices: Vec<String>,
    /// The name in the script.
    pub place: Place,
}

/// The most parameters of a script.
const MOST: usize = 200;

/// Calls `hyper()` and reads the comments of its lines. A script without it has no parameters.
pub(super) fn read(source: &Arc<Source>, ast: &AST) -> Result<Vec<HyperParameter>> {
    if !ast.iter_functions().any(|f| f.name == "hyper" && f.params.is_empty()) {
        return Ok(Vec::new());
    }
    let result = engine::call(engine::concrete(), ast, "hyper", &mut Scope::new(), ());
    let value = result.map_err(|error| failure::failed(source, &error))?;
    let head = function_place(source, "hyper");
    let Some(map) = value.clone().try_cast::<Map>() else {
        return Err(Error::user(format!("`hyper()` should give a map, but gives {}", a_kind(&value)))
            .at(head)
            .help("write `fn hyper() { #{ lr: 0.1 } }`"));
    };
    if map.len() > MOST {
        return Err(Error::user(format!("`hyper()` names {} parameters; {MOST} is the most", map.len())).at(head));
    }
    let mut parameters = Vec::with_capacity(map.len());
    for (name, value) in &map {
        let place = key_place(source, "hyper", name).unwrap_or_else(|| head.clone());
        let default = value_of(value).ok_or_else(|| {
            let error = Error::user(format!(
                "the default of `{name}` should be a number, a list of numbers or a text, but is {}",
                a_kind(value)
            ))
            .at(place.clone());
            match value.as_bool() {
                Ok(holds) => error.help(format!("write `{name}: {}`, 1 for yes and 0 for no", u8::from(holds))),
                Err(_) => error,
            }
        })?;
        let line = source.text.lines().nth(place.line() - 1).unwrap_or("");
        let comment = line.split_once("//").map_or("", |(_, comment)| comment).trim();
        let limit = map.keys().find(|other| {
            let end = |word: &str| (word == other.as_str()).then_some(f64::INFINITY);
            *other != name && Interval::with_end(comment, end).is_some()
        });
        let range = Interval::with_end(comment, |end| limit.map_or_else(|| end.parse().ok(), |_| Some(f64::INFINITY)));
        let limit = limit.map(ToString::to_string);
        let choices = choices_in(comment);
        let about = comment.to_owned();
        let parameter = HyperParameter { name: name.to_string(), default, about, range, limit, choices, place };
        check(&parameter, &parameter.default).map_err(|error| error.at(parameter.place.clone()))?;
        parameters.push(parameter);
    }
    parameters.sort_by_key(|p| p.place.span.start);
    for parameter in &parameters {
        let limit = parameters.iter().find(|other| parameter.limit.as_ref() == Some(&other.name));
        if let Some(limit) = limit {
            check_limit(parameter, &parameter.default, &limit.default)
                .map_err(|error| error.at(parameter.place.clone()))?;
        }
    }
    Ok(parameters)
}

/// A comment begins a range that cannot be read, so that nothing is held to it.
pub(super) fn unread_range(parameter: &HyperParameter) -> Option<Error> {
    let HyperParameter { name, about, range, place, .. } = parameter;
    if range.is_some() {
        return None;
    }
    let begins = |at: usize| {
        let word = about[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
        let inside = about[at + 3..].trim_start().strip_prefix(['[', '('])?.trim_start();
        let number = inside.split([',', ']', ')']).next()?.trim();
        (word && inside[number.len()..].trim_start().starts_with(',') && number.parse::<f64>().is_ok()).then_some(at)
    };
    let at = about.match_indices("in ").find_map(|(at, _)| begins(at))?;
    let text = &place.source.text;
    let rest = &text[place.span.end..];
    let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
    let start = place.span.end + line.find(about.as_str())? + at;
    let end = place.span.end + line.trim_end().len();
    let error = Error::user(format!("the range of `{name}` cannot be read, so no value is refused"));
    let error = error.at(Place { source: place.source.clone(), span: start..end, key: String::new() });
    Some(
        error.help(
            "both ends stand in brackets, as in `in [0, 1)`; the upper one is a number, `inf` or another parameter",
        ),
    )
}

fn value_of(value: &Dynamic) -> Option<HyperValue> {
    if let Some(number) = number(value) {
        return Some(HyperValue::Number(number));
    }
    if let Some(word) = value.read_lock::<rhai::ImmutableString>() {
        return Some(HyperValue::Text(word.to_string()));
    }
    let list = value.read_lock::<rhai::Array>()?;
    list.iter().map(number).collect::<Option<Vec<f64>>>().map(HyperValue::List)
}

/// The words after `one of` in a comment.
fn choices_in(comment: &str) -> Vec<String> {
    let Some((_, words)) = comment.split_once("one of ") else { return Vec::new() };
    words.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
}

/// A value is of the kind that the script wants and within its range. The caller adds the place.
pub fn check(parameter: &HyperParameter, value: &HyperValue) -> Result<()> {
    let name = &parameter.name;
    match (value, &parameter.default) {
        (HyperValue::List(_), HyperValue::Number(_)) => {
            return Err(Error::user(format!("`{name}` wants one number, not a list")));
        }
        (HyperValue::Text(_), HyperValue::Number(_)) => {
            return Err(Error::user(format!("`{name}` wants one number, not a text")));
        }
        (HyperValue::Number(_) | HyperValue::Text(_), HyperValue::List(_)) => {
            return Err(Error::user(format!("`{name}` wants a list of numbers, as in `[500, 800]`")));
        }
        (HyperValue::Text(word), HyperValue::Text(_))
            if parameter.choices.is_empty() && word.parse::<f64>().is_ok() =>
        {
            return Err(Error::user(format!("`{name}` is a text: a number stands without quotes"))
                .help(format!("write `{name}: {word}`")));
        }
        (HyperValue::Text(word), HyperValue::Text(_)) if parameter.choices.is_empty() => {
            return Err(Error::user(format!(
                "`{name}` is the text `{word}`, but its comment does not say which are allowed"
            ))
            .help("list them at its end, as in `// what is watched, one of smooth_loss, val_loss`"));
        }
        (HyperValue::Text(word), HyperValue::Text(_)) if !parameter.choices.contains(word) => {
            return Err(Error::user(format!("`{name}` cannot be `{word}`"))
                .nearest(word, parameter.choices.iter().map(String::as_str))
                .help(format!("it is one of {}", parameter.choices.join(", "))));
        }
        (HyperValue::Number(_) | HyperValue::List(_), HyperValue::Text(_)) => {
            return Err(Error::user(format!("`{name}` wants one of {}", parameter.choices.join(", "))));
        }
        _ => {}
    }
    let numbers = match value {
        HyperValue::Number(number) => std::slice::from_ref(number),
        HyperValue::List(numbers) => numbers,
        HyperValue::Text(_) => return Ok(()),
    };
    for number in numbers {
        if !number.is_finite() {
            return Err(Error::user(format!("`{name}` is {number}, which is not a finite number")));
        }
        if let Some(range) = parameter.range.filter(|range| !range.contains(*number)) {
            let error = Error::user(format!("`{name}` is {number}, outside of its range {range}"));
            return Err(meaning(parameter).into_iter().fold(error, Error::help));
        }
    }
    Ok(())
}

/// What a parameter means, of its comment without the range, which the message before it names; nothing where the comment has
/// the range alone.
fn meaning(parameter: &HyperParameter) -> Option<String> {
    let about = parameter.about.as_str();
    let end = about.len();
    let range = Interval::find(about, |end| end.parse().ok()).map_or(end..end, |(range, _)| range);
    let before = about[..range.start].trim_end().trim_end_matches([',', ';', ':']);
    let behind = about[range.end..].trim_end();
    let behind = if before.is_empty() { behind.trim_start_matches([',', ';', ':', ' ']) } else { behind };
    (before.len() + behind.len() > 0).then(|| format!("`{}`: {before}{behind}", parameter.name))
}

/// A value lies below that of the parameter which is its upper limit. The caller adds the place.
pub fn check_limit(parameter: &HyperParameter, value: &HyperValue, limit: &HyperValue) -> Result<()> {
    let (Some(name), Some(range)) = (&parameter.limit, parameter.range) else { return Ok(()) };
    let (HyperValue::Number(value), HyperValue::Number(limit)) = (value, limit) else { return Ok(()) };
    if (Interval { high: *limit, ..range }).contains(*value) {
        return Ok(());
    }
    let relation = if range.with_high { "not be above" } else { "be below" };
    let own = &parameter.name;
    Err(Error::user(format!("`{own}` is {value}, but must {relation} `{name}`, which is {limit}"))
        .help(format!("`{own}`: {}", parameter.about)))
}

/// Where a function begins: its name in the source.
pub(super) fn function_place(source: &Arc<Source>, function: &str) -> Place {
    let found = source.text.match_indices("fn ").find_map(|(at, _)| {
        let name = source.text[at + 3..].trim_start();
        let start = source.text.len() - name.len();
        let named = name.strip_prefix(function)?;
        named.trim_start().starts_with('(').then(|| start..start + function.len())
    });
    Place { source: source.clone(), span: found.unwrap_or(0..0), key: String::new() }
}

/// Where a key of the map that a function returns stands: `lr:` after `fn hyper`.
pub(super) fn key_place(source: &Arc<Source>, function: &str, key: &str) -> Option<Place> {
    let from = function_place(source, function).span.end;
    source.text[from..].match_indices(key).find_map(|(at, _)| {
        let start = from + at;
        let before = source.text[..start].chars().next_back();
        let whole = !before.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let line_start = source.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let in_comment = source.text[line_start..start].contains("//");
        let colon = source.text[start + key.len()..].trim_start().starts_with(':');
        (whole && colon && !in_comment).then(|| Place {
            source: source.clone(),
            span: start..start + key.len(),
            key: String::new(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_from_a_comment() {
        let range = Interval::in_text("decay of the average, in [0, 1)").unwrap();
        assert!(range.contains(0.0) && range.contains(0.999) && !range.contains(1.0));
        assert_eq!(range.to_string(), "[0, 1)");
        assert_eq!(Interval::in_text("steps in (0, inf]").unwrap().high, f64::INFINITY);
        assert_eq!(Interval::in_text("used in many places"), None);
        assert_eq!(Interval::in_text("a share, in [0, others)"), None);
    }

    #[test]
    fn what_is_out_of_its_range_is_told_with_the_range_once() {
        let told = |comment: &str| {
            let source = Source::new("x.rhai", format!("fn hyper() {{ #{{\n  b: 0.5, // {comment}\n}} }}"));
            let ast = engine::parse(engine::concrete(), &source).unwrap();
            let error = check(&read(&source, &ast).unwrap()[0], &HyperValue::Number(2.0)).unwrap_err();
            assert_eq!(error.what(), "`b` is 2, outside of its range [0, 1)");
            error.help_lines().to_vec()
        };
        assert_eq!(told("decay of the average, in [0, 1)"), ["`b`: decay of the average"]);
        assert_eq!(told("decay, in [0, 1); 0 keeps nothing"), ["`b`: decay; 0 keeps nothing"]);
        assert_eq!(told("in [0, 1): a share"), ["`b`: a share"]);
        assert!(told("in [0, 1)").is_empty());
    }

    #[test]
    fn parameters_come_in_the_order_of_the_script() {
        let source = Source::new(
            "x.rhai",
            "fn hyper() { #{\n  lr: 0.1, // rate\n  b: [1, 2], // a list\n  a: 0 // in [0, 1]\n} }",
        );
        let ast = engine::parse(engine::concrete(), &source).unwrap();
        let read = read(&source, &ast).unwrap();
        let names: Vec<&str> = read.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["lr", "b", "a"]);
        assert_eq!(read[1].default, HyperValue::List(vec![1.0, 2.0]));
        assert!(check(&read[2], &HyperValue::Number(1.5)).is_err());
    }

    #[test]
    fn the_upper_end_of_a_range_may_be_another_parameter() {
        let read = |body: &str| {
            let source = Source::new("x.rhai", format!("fn hyper() {{ #{{\n{body}\n}} }}"));
            read(&source, &engine::parse(engine::concrete(), &source).unwrap())
        };
        let parameters = read("warmup: 3, // on the way up, in [0, steps)\nsteps: 9, // all, in [1, inf)").unwrap();
        let number = HyperValue::Number;
        let told =
            |value, limit| check_limit(&parameters[0], &number(value), &number(limit)).map_err(|e| e.what().to_owned());
        assert_eq!(told(0.0, 1.0), Ok(()));
        assert_eq!(told(9.0, 9.0), Err("`warmup` is 9, but must be below `steps`, which is 9".into()));
        assert!(check(&parameters[0], &number(-1.0)).is_err() && check(&parameters[0], &number(1e9)).is_ok());
        assert_eq!(check_limit(&parameters[1], &number(9.0), &number(1.0)), Ok(()));
        let error = read("steps: 2,\nwarmup: 2, // in (0, steps)").unwrap_err();
        assert_eq!(error.place().unwrap().line(), 3);
    }

    #[test]
    fn a_range_that_cannot_be_read_is_told_with_its_place() {
        let told = |comment: &str| {
            let source = Source::new("x.rhai", format!("fn hyper() {{ #{{\n    lr: 0.1, // {comment}\n}} }}\n"));
            let read = read(&source, &engine::parse(engine::concrete(), &source).unwrap()).unwrap();
            unread_range(&read[0]).and_then(|error| error.place().map(|at| (at.line(), at.column())))
        };
        assert_eq!(told("rate, in [0, 1"), Some((2, 23)));
        for comment in ["in (0, 1 and then some", "in [0, others)", "in [0, 1.o]"] {
            assert!(told(comment).is_some(), "{comment}");
        }
        for comment in
            ["rate, in [0, 1)", "used in [Kingma, 2015]", "in (some, cases)", "in 3 of 4", "", "within [0, 1"]
        {
            assert_eq!(told(comment), None, "{comment}");
        }
    }
}
