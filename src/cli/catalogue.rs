//! `optlab list` and `optlab show`: the catalogue, from the headers of the scripts and the tables of the code.

use std::path::Path;

use super::report::line;
use crate::data::{SOURCES, SeriesSpec, series};
use crate::error::{Error, Result, nearest};
use crate::lab::Library;
use crate::nn::Init;
use crate::script::{Entry, HyperValue, Kind, Origin, Script, entries};

/// What is listed beside scripts.
const OTHERS: [&str; 2] = ["initialisers", "labs"];

/// Losses that look at a whole sample or are fused with the network's last function, so they are Rust.
const FUSED: [(&str, &str, &str); 3] = [
    (
        "cross_entropy",
        "Cross-entropy of classes, fused with softmax.",
        "l = -ln softmax(z)[class], the mean over samples. Source: PyTorch's CrossEntropyLoss.",
    ),
    (
        "binary_cross_entropy",
        "Cross-entropy of yes and no, fused with the logistic function.",
        "l = -(y ln p + (1 - y) ln(1 - p)), p = sigmoid(z), the mean over samples and outputs. Source: PyTorch's BCEWithLogitsLoss.",
    ),
    (
        "hinge",
        "Hinge loss of classes: the class's own output should lead every other by a margin of 1.",
        "l = max(0, 1 - z[class] + z[j]) for every other output j, the mean over samples and outputs. Source: Crammer and Singer, 2001; PyTorch's MultiMarginLoss.",
    ),
];

fn working_folder() -> &'static Path {
    Path::new(".")
}

/// The whole catalogue, or one kind.
pub(super) fn list(kind: Option<&str>) -> Result<()> {
    let Some(word) = kind else {
        for kind in Kind::ALL {
            list_kind(kind)?;
            line("");
        }
        list_initialisers();
        line("");
        list_labs();
        return Ok(());
    };
    match (Kind::named(word), word) {
        (Some(kind), _) => list_kind(kind),
        (None, "initialisers" | "initialiser" | "init") => {
            list_initialisers();
            Ok(())
        }
        (None, "labs" | "lab") => {
            list_labs();
            Ok(())
        }
        (None, _) => Err(unknown_kind(word)),
    }
}

fn unknown_kind(word: &str) -> Error {
    if matches!(word, "observers" | "observer") {
        return Error::user("observers are not in the catalogue: they lie beside their labs")
            .help("a lab names one by its path, as in `observe: angle.rhai`");
    }
    let all: Vec<&str> = Kind::ALL.into_iter().map(Kind::folder).chain(OTHERS).collect();
    let error = Error::user(format!("there is no kind of thing called `{word}`"));
    let error = match nearest(word, all.iter().copied()) {
        Some(name) => error.help(format!("did you mean `{name}`?")),
        None => error,
    };
    error.help(format!("the kinds are {}", all.join(", ")))
}

fn row(name: &str, sentence: &str, note: &str) {
    line(format!("  {name:<22} {sentence}{note}").trim_end());
}

fn list_kind(kind: Kind) -> Result<()> {
    line(kind.folder());
    let scripts = entries(kind, Some(working_folder()))?;
    let mut rows: Vec<(String, String, String)> = scripts
        .iter()
        .map(|entry| {
            let note = match entry.origin {
                Origin::Shipped => String::new(),
                Origin::Folder { hides: false } => format!("  ({})", entry.source.name),
                Origin::Folder { hides: true } => format!("  ({}, hides the shipped one)", entry.source.name),
            };
            (entry.name.clone(), entry.sentence().to_owned(), note)
        })
        .collect();
    if kind == Kind::Dataset {
        let sources = SOURCES.iter().filter(|source| !scripts.iter().any(|entry| entry.name == source.name));
        rows.extend(sources.map(|source| (source.name.to_owned(), source.about.to_owned(), String::new())));
    }
    if kind == Kind::Series {
        let real = series::ALL.iter().filter(|spec| !scripts.iter().any(|entry| entry.name == spec.name));
        rows.extend(real.map(|spec| (spec.name.to_owned(), spec.about.to_owned(), String::new())));
    }
    if kind == Kind::Loss {
        rows.extend(FUSED.map(|(name, sentence, _)| (name.to_owned(), sentence.to_owned(), String::new())));
    }
    rows.sort();
    rows.iter().for_each(|(name, sentence, note)| row(name, sentence, note));
    Ok(())
}

fn list_initialisers() {
    line("initialisers");
    Init::ALL.iter().for_each(|(_, name, sentence)| row(name, sentence, ""));
}

fn list_labs() {
    line("labs");
    for lab in Library::shipped().labs() {
        row(&lab.id, &lab.title, "");
    }
}

/// One entry, by `[KIND] NAME`.
pub(super) fn show(words: &[String]) -> Result<()> {
    let (kinds, name) = match words {
        [kind, name] => (vec![Kind::named(kind).ok_or_else(|| unknown_kind(kind))?], name),
        [name] => (Kind::ALL.to_vec(), name),
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
            if let Some((name, sentence, formula)) = FUSED.iter().find(|loss| loss.0 == name) {
                separate(found);
                line(&format!("{name} (loss)\n\n{sentence}\n{formula}"));
                found += 1;
            }
            names.extend(FUSED.iter().map(|loss| loss.0.to_owned()));
        }
    }
    if found > 0 {
        return Ok(());
    }
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
    line(&format!("{} ({word}, {})\n", entry.name, entry.source.name));
    script.header().iter().for_each(|text| line(text));
    if !script.hyper.is_empty() {
        line("\nParameters");
        for parameter in &script.hyper {
            let default = match &parameter.default {
                HyperValue::Number(value) => value.to_string(),
                HyperValue::List(values) => format!("{values:?}"),
                HyperValue::Text(word) => word.clone(),
            };
            line(&format!("  {:<14} {default:<10} {}", parameter.name, parameter.about));
        }
    }
    line("\nScript");
    let body = entry.source.text.lines().skip_while(|text| text.starts_with("//!") || text.trim().is_empty());
    body.for_each(|text| line(&format!("  {text}")));
    Ok(())
}

fn show_series(spec: &SeriesSpec) -> Result<()> {
    line(&format!("{} (series)\n\n{}\n{}\nSource: {}", spec.name, spec.about, spec.formula, spec.source));
    let values = (spec.values)()?;
    let first: Vec<String> = values.iter().take(6).map(f64::to_string).collect();
    line(&format!("\nValues\n  {}, ... ({} in all)", first.join(", "), values.len()));
    Ok(())
}

fn show_source(source: &crate::data::SourceSpec) {
    line(&format!("{} (dataset)\n\n{}\n{}\nSource: {}", source.name, source.about, source.formula, source.source));
    if !source.parameters.is_empty() {
        line("\nParameters");
        for parameter in source.parameters {
            line(&format!(
                "  {:<14} {:<10} {}, {}",
                parameter.name,
                parameter.default,
                parameter.meaning,
                parameter.range_text()
            ));
        }
    }
}
