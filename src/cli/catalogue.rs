//! `optlab show`: an entry of the catalogue, from the headers of the scripts and the tables of the code.

use std::path::Path;

use super::report::line;
use super::{functions, list, show_lab};
use crate::data::{SOURCES, SeriesSpec, SourceSpec, series};
use crate::error::{Error, Result, nearest, scrub_line};
use crate::lab::keys::{self, KEYS, Key};
use crate::nn::{About, Init, LAYERS, LOSSES};
use crate::script::{Entry, HyperValue, Kind, Script, entries, shipped};

/// What is listed beside scripts.
pub(super) const OTHERS: [&str; 6] = ["layers", "initialisers", "functions", "keys", "labs", "tapes"];

/// The columns that texts without line breaks of their own are set in, as wide as the headers of scripts.
pub(super) const COLUMNS: usize = 116;

pub(super) fn working_folder() -> &'static Path {
    Path::new(".")
}

/// Entries of one kind that are Rust and no scripts.
pub(super) struct Group {
    /// The words that mean it: many, one, and any other.
    pub words: &'static [&'static str],
    pub entries: fn() -> Vec<&'static About>,
}

pub(super) static GROUPS: [Group; 2] = [
    Group { words: &["layers", "layer"], entries: || LAYERS.iter().collect() },
    Group { words: &["initialisers", "initialiser", "init"], entries: || Init::ALL.map(Init::about).to_vec() },
];

pub(super) fn unknown_kind(word: &str, others: &[&'static str]) -> Error {
    if matches!(word, "observers" | "observer") {
        return Error::user("observers are not in the catalogue: they lie beside their labs")
            .help("a lab names one by its path, as in `observe: angle.rhai`");
    }
    let all: Vec<&str> = Kind::ALL.into_iter().map(Kind::folder).chain(others.iter().copied()).collect();
    let error = Error::user(format!("there is no kind of thing called `{word}`"));
    let error = match nearest(word, all.iter().copied()) {
        Some(name) => error.help(format!("did you mean `{name}`?")),
        None => error,
    };
    let error = match Kind::ALL.into_iter().find(|kind| shipped(*kind).iter().any(|entry| entry.name == word)) {
        Some(kind) => error.help(format!("`{word}` is {}: `optlab show {word}` shows it", kind.article())),
        None => error,
    };
    error.help(format!("the kinds are {}", all.join(", ")))
}

/// The word is the name of an entry that is no script.
pub(super) fn is_known(name: &str) -> bool {
    SOURCES.iter().any(|source| source.name == name)
        || series::find(name).is_some()
        || LOSSES.iter().any(|loss| loss.name == name)
        || GROUPS.iter().any(|group| (group.entries)().iter().any(|entry| entry.name == name))
}

/// The word means many: `optimizers`, `layers`, `labs`.
fn is_kind(word: &str) -> bool {
    Kind::ALL.into_iter().any(|kind| kind.folder() == word)
        || GROUPS.iter().any(|group| group.words[0] == word)
        || OTHERS.contains(&word)
}

/// Keys by their path, as in `training.batch` or `network[0].dense`, or by their own name alone.
fn keys_called(name: &str) -> Vec<&'static Key> {
    match keys::find(name) {
        Some(key) => vec![key],
        None => KEYS.iter().filter(|key| key.name() == name).collect(),
    }
}

fn show_key(key: &'static Key) {
    line(&format!("{} (key of a lab file)\n\n{}\n", key.path, key.help));
    for (word, text) in key.rows() {
        let mut word = word;
        for text in wrap(&text, COLUMNS - 12) {
            line(&format!("  {word:<10}{text}"));
            word = "";
        }
    }
}

fn show_keys(name: &str) -> Result<()> {
    let found = keys_called(name);
    for (at, key) in found.iter().enumerate() {
        separate(at);
        show_key(key);
    }
    if !found.is_empty() {
        return Ok(());
    }
    let error = Error::user(format!("a lab file has no key `{name}`"));
    let error = match nearest(name, KEYS.iter().flat_map(|key| [key.path, key.name()])) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    };
    Err(error.help("`optlab list keys` shows them all"))
}

/// One entry, by `[KIND] NAME`; the texts of a lab in a language, where it has them.
pub(super) fn show(words: &[String], lang: Option<String>) -> Result<()> {
    match words {
        [kind, name] if matches!(kind.as_str(), "labs" | "lab") => return show_lab::show(name, lang),
        [name] if show_lab::is_path(name) && !name.contains('[') && !functions::is_operator(name) => {
            return show_lab::show(name, lang);
        }
        _ => {}
    }
    if let [kind, name] = words
        && matches!(kind.as_str(), "keys" | "key")
    {
        return show_keys(name);
    }
    if let [kind, name] = words
        && matches!(kind.as_str(), "functions" | "function")
    {
        return functions::show(name);
    }
    let group = |word: &String| GROUPS.iter().position(|group| group.words.contains(&word.as_str()));
    let (kinds, groups, name) = match words {
        [word, name] => match group(word) {
            Some(at) => (Vec::new(), &GROUPS[at..=at], name),
            None => (vec![Kind::named(word).ok_or_else(|| unknown_kind(word, &OTHERS))?], &GROUPS[..0], name),
        },
        [name] => (Kind::ALL.to_vec(), &GROUPS[..], name),
        _ => return Err(Error::user("`optlab show` wants a name, as in `optlab show adam`")),
    };
    let mut found = 0;
    let mut names = Vec::new();
    for kind in kinds {
        for entry in entries(kind, Some(working_folder()))? {
            if entry.name == *name {
                separate(found);
                show_script(&entry)?;
                found += 1;
            }
            names.push(entry.name);
        }
        if kind == Kind::Dataset {
            if let Some(source) = SOURCES.iter().find(|source| source.name == name) {
                separate(found);
                show_source(source);
                found += 1;
            }
            names.extend(SOURCES.iter().map(|source| source.name.to_owned()));
        }
        if kind == Kind::Series {
            if let Some(spec) = series::find(name) {
                separate(found);
                show_series(spec)?;
                found += 1;
            }
            names.extend(series::ALL.iter().map(|spec| spec.name.to_owned()));
        }
        if kind == Kind::Loss {
            if let Some(loss) = LOSSES.iter().find(|loss| loss.name == name) {
                separate(found);
                show_about(loss, "loss");
                found += 1;
            }
            names.extend(LOSSES.iter().map(|loss| loss.name.to_owned()));
        }
    }
    for group in groups {
        let all = (group.entries)();
        if let Some(entry) = all.iter().find(|entry| entry.name == name) {
            separate(found);
            show_about(entry, group.words[1]);
            found += 1;
        }
        names.extend(all.iter().map(|entry| entry.name.to_owned()));
    }
    // A word that the catalogue knows means its entry, and a key besides only by its whole path.
    let keys = match words.len() {
        1 if found == 0 => keys_called(name),
        1 => KEYS.iter().filter(|key| key.path == name).collect(),
        _ => Vec::new(),
    };
    for key in keys {
        separate(found);
        show_key(key);
        found += 1;
    }
    // So is a function of scripts: `relu` is an activation. That there is one is told.
    if words.len() == 1 && found == 0 && !is_kind(name) {
        found += functions::show_called(name);
    } else if words.len() == 1 && found > 0 && functions::names().any(|function| function == name) {
        line(&format!("\nIt is a function of scripts as well: `optlab show function {name}`."));
    }
    if words.len() == 1 && show_lab::opens(name).is_some() {
        separate(found);
        return show_lab::show(name, lang);
    }
    if found > 0 {
        return Ok(());
    }
    if words.len() == 1 && is_kind(name) {
        return list::list(Some(name), lang, false);
    }
    if words.len() == 1 && functions::show_foreign(name) {
        return Ok(());
    }
    names.extend(show_lab::names());
    names.extend(functions::names().map(str::to_owned));
    names.extend(KEYS.iter().flat_map(|key| [key.path, key.name()]).map(str::to_owned));
    let error = Error::user(format!("there is nothing called `{name}`"));
    let error = match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    };
    Err(error.help("`optlab list` shows everything"))
}

fn separate(found: usize) {
    if found > 0 {
        line("");
    }
}

fn show_script(entry: &Entry) -> Result<()> {
    let script = Script::load(entry.kind, &entry.source)?;
    let word = entry.kind.article().rsplit(' ').next().unwrap_or("script");
    let title = format!("{} ({word}, {})", entry.name, entry.source.name);
    line(&format!("{}\n", scrub_line(&title)));
    script.header().iter().for_each(|text| line(text));
    if !script.hyper.is_empty() {
        // As scripts write them: 1e-30 in place of thirty zeros.
        let number = |value: &f64| {
            let is_small = *value != 0.0 && value.abs() < 1e-3;
            if is_small { format!("{value:e}") } else { value.to_string() }
        };
        let rows = script.hyper.iter().map(|one| {
            let default = match &one.default {
                HyperValue::Number(value) => number(value),
                HyperValue::List(values) => format!("[{}]", values.iter().map(number).collect::<Vec<_>>().join(", ")),
                HyperValue::Text(word) => word.clone(),
            };
            [one.name.clone(), default, one.about.clone()]
        });
        show_parameters(&rows.collect::<Vec<_>>());
    }
    line("\nScript");
    let body = entry.source.text.lines().skip_while(|text| text.starts_with("//!") || text.trim().is_empty());
    body.for_each(|text| line(&format!("  {text}")));
    Ok(())
}

/// What is no script, told as the header of a script tells it.
fn show_about(about: &About, word: &str) {
    let About { name, sentence, formula, symbols, source, differs } = about;
    line(&format!("{name} ({word})\n\n{sentence}\n{formula}"));
    for (word, text) in [("Symbols", symbols), ("Source", source), ("Implementations differ", differs)] {
        wrap(&format!("{word}: {text}"), COLUMNS).iter().for_each(|text| line(text));
    }
}

fn show_series(spec: &SeriesSpec) -> Result<()> {
    let SeriesSpec { name, about: sentence, formula, symbols, source, differs, .. } = *spec;
    show_about(&About { name, sentence, formula, symbols, source, differs }, "series");
    let values = (spec.values)()?;
    let first: Vec<String> = values.iter().take(6).map(f64::to_string).collect();
    line(&format!("\nValues\n  {}, ... ({} in all)", first.join(", "), values.len()));
    Ok(())
}

fn show_source(spec: &SourceSpec) {
    let SourceSpec { name, about: sentence, formula, symbols, source, differs, .. } = *spec;
    show_about(&About { name, sentence, formula, symbols, source, differs }, "dataset");
    if !spec.parameters.is_empty() {
        let rows = spec.parameters.iter().map(|one| {
            let about = format!("{}, {}", one.meaning, one.range_text());
            [one.name.to_string(), one.default.to_string(), about]
        });
        show_parameters(&rows.collect::<Vec<_>>());
    }
}

/// Name, default and meaning of each parameter in columns, as wide as what stands in them.
fn show_parameters(rows: &[[String; 3]]) {
    let width = |column: usize, least: usize| {
        rows.iter().map(|row| row[column].chars().count() + 1).max().unwrap_or(0).max(least)
    };
    let (names, defaults) = (width(0, 14), width(1, 10));
    line("\nParameters");
    for [name, default, about] in rows {
        line(&format!("  {name:<names$} {default:<defaults$} {about}"));
    }
}

/// A text in lines of at most so many columns, each as far in as the line that it is a part of.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let lines = text.lines().flat_map(|line| {
        let indent = &line[..line.len() - line.trim_start_matches(' ').len()];
        textwrap::wrap(line.trim_end(), textwrap::Options::new(columns).subsequent_indent(indent))
    });
    lines.map(std::borrow::Cow::into_owned).collect()
}
