//! `optlab list`: the catalogue by kinds, in lines or as JSON.

use serde_json::{Value, json};

use super::catalogue::{GROUPS, Group, OTHERS, unknown_kind, working_folder};
use super::report::{self, line};
use super::{config, functions};
use crate::course::labs;
use crate::data::{SOURCES, series};
use crate::error::{Result, scrub_line};
use crate::lab::keys::KEYS;
use crate::lab::shipped_tapes;
use crate::nn::LOSSES;
use crate::script::{Kind, Origin, entries};

/// Entries of a kind.
struct List {
    /// The word that means them.
    kind: &'static str,
    rows: Vec<Row>,
}

/// An entry: its name, a sentence, and what is to be said of it besides.
struct Row {
    name: String,
    sentence: String,
    note: String,
}

impl Row {
    fn new(name: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self { name: name.into(), sentence: sentence.into(), note: String::new() }
    }
}

impl List {
    fn write(&self) {
        line(self.kind);
        // Paths of keys are longer than names.
        let width = if self.kind == "keys" { KEYS.iter().map(|key| key.path.len()).max().unwrap_or(0) + 1 } else { 22 };
        for Row { name, sentence, note } in &self.rows {
            let note = if note.is_empty() { String::new() } else { format!("  ({note})") };
            line(scrub_line(&format!("  {name:<width$} {sentence}{note}")).trim_end());
        }
    }

    fn json(&self) -> Value {
        let row = |row: &Row| json!({ "name": row.name, "sentence": row.sentence, "note": row.note });
        self.rows.iter().map(row).collect()
    }
}

/// The whole catalogue, or one kind; titles of labs in a language, where they have it. As JSON it is one line: a list for each
/// kind.
pub(super) fn list(kind: Option<&str>, lang: Option<String>, json: bool) -> Result<()> {
    if let Some("functions" | "function") = kind {
        if json {
            report::json(&json!({ "functions": functions::json() }));
        } else {
            functions::list();
        }
        return Ok(());
    }
    let lists = if let Some(word) = kind {
        vec![one(word, lang)?]
    } else {
        let mut lists = Kind::ALL.into_iter().map(of_kind).collect::<Result<Vec<_>>>()?;
        lists.extend(GROUPS.iter().map(of_group));
        lists.extend([of_labs(lang), of_tapes()]);
        lists
    };
    if json {
        let all: serde_json::Map<String, Value> =
            lists.iter().map(|list| (list.kind.to_owned(), list.json())).collect();
        report::json(&Value::Object(all));
        return Ok(());
    }
    for (at, list) in lists.iter().enumerate() {
        if at > 0 {
            line("");
        }
        list.write();
    }
    Ok(())
}

fn one(word: &str, lang: Option<String>) -> Result<List> {
    match (Kind::named(word), word) {
        (Some(kind), _) => of_kind(kind),
        (None, "labs" | "lab") => Ok(of_labs(lang)),
        (None, "tapes" | "tape") => Ok(of_tapes()),
        (None, "keys" | "key") => Ok(of_keys()),
        (None, _) => match GROUPS.iter().find(|group| group.words.contains(&word)) {
            Some(group) => Ok(of_group(group)),
            None => Err(unknown_kind(word, &OTHERS)),
        },
    }
}

fn of_kind(kind: Kind) -> Result<List> {
    let scripts = entries(kind, Some(working_folder()))?;
    let mut rows: Vec<Row> = scripts
        .iter()
        .map(|entry| Row {
            note: match entry.origin {
                Origin::Shipped => String::new(),
                Origin::Folder { hides: false } => entry.source.name.clone(),
                Origin::Folder { hides: true } => format!("{}, hides the shipped one", entry.source.name),
            },
            ..Row::new(entry.name.clone(), entry.sentence())
        })
        .collect();
    if kind == Kind::Dataset {
        let sources = SOURCES.iter().filter(|source| !scripts.iter().any(|entry| entry.name == source.name));
        rows.extend(sources.map(|source| Row::new(source.name, source.about)));
    }
    if kind == Kind::Series {
        let real = series::ALL.iter().filter(|spec| !scripts.iter().any(|entry| entry.name == spec.name));
        rows.extend(real.map(|spec| Row::new(spec.name, spec.about)));
    }
    if kind == Kind::Loss {
        rows.extend(LOSSES.iter().map(|loss| Row::new(loss.name, loss.sentence)));
    }
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(List { kind: kind.folder(), rows })
}

fn of_group(group: &Group) -> List {
    let rows = (group.entries)().iter().map(|entry| Row::new(entry.name, entry.sentence)).collect();
    List { kind: group.words[0], rows }
}

fn of_labs(lang: Option<String>) -> List {
    let row = |lab: labs::Listed| Row {
        note: if lab.opens == lab.name { String::new() } else { lab.opens },
        ..Row::new(lab.name, lab.title)
    };
    List { kind: "labs", rows: labs::labs(config::language(lang).as_deref()).0.into_iter().map(row).collect() }
}

/// The tapes that ship, with what each is of.
fn of_tapes() -> List {
    let row = |(name, text): (String, &str)| {
        let title = text.lines().next().unwrap_or_default().trim_start_matches(['#', ' ']);
        Row::new(name.trim_end_matches(".tape.yaml"), title)
    };
    List { kind: "tapes", rows: shipped_tapes().map(row).collect() }
}

/// The keys of a lab file are no entries of the catalogue, so that they are listed only when they are asked for; neither are
/// functions of scripts.
fn of_keys() -> List {
    List { kind: "keys", rows: KEYS.iter().map(|key| Row::new(key.path, key.help)).collect() }
}
