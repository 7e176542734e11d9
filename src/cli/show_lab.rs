//! `optlab show LAB`: a lab by its id or its path: what it is about, what it is made of, and its text.

use std::path::Path;

use super::catalogue::{COLUMNS, wrap};
use super::config;
use super::report::line;
use crate::course::labs;
use crate::error::{Result, scrub_line};
use crate::lab::{Document, Lab, Library, Node, Overrides};
use crate::script::header;

/// Keys that tell of the lab, and are no part of what it is made of.
const OF_THE_TEXT: [&str; 6] = ["format", "id", "title", "about", "learnt", "tasks"];

/// A word that can only be meant for a file.
pub(super) fn is_path(word: &str) -> bool {
    let ending = Path::new(word).extension().and_then(|ending| ending.to_str());
    word.contains(['/', '\\']) || matches!(ending, Some("yaml" | "yml"))
}

/// The words that mean labs, as `optlab list labs` calls them.
pub(super) fn names() -> impl Iterator<Item = String> {
    labs::labs(None).0.into_iter().map(|lab| lab.name)
}

/// The word means a lab that ships, by its id or its file.
pub(super) fn is_shipped(word: &str) -> bool {
    Library::shipped().find(word).is_ok()
}

/// What opens the lab that a word means, if it means one: one of the folder by its id, by its name in the list or by its file's
/// name without the ending, else one that ships.
pub(super) fn opens(word: &str) -> Option<String> {
    let named = labs::named(word);
    if named != word || is_shipped(word) {
        return Some(named);
    }
    let labs = labs::labs(None).0;
    let is_stem = |lab: &&labs::Listed| Path::new(&lab.opens).file_stem().is_some_and(|stem| stem == word);
    let is_called = |lab: &&labs::Listed| lab.id.as_deref() == Some(word) || lab.name == word;
    labs.iter().find(is_called).or_else(|| labs.iter().find(is_stem)).map(|lab| lab.opens.clone())
}

/// Shows the lab that a word means, with its texts in a language if it has them.
pub(super) fn show(word: &str, lang: Option<String>) -> Result<()> {
    let word = &opens(word).unwrap_or_else(|| word.to_owned());
    let language = config::language(lang);
    let lab = Lab::open(word, &Overrides { language, ..Overrides::default() }).map_err(|mut errors| {
        let error = errors.swap_remove(0);
        if error.place().is_some() {
            error.help(format!("`optlab check {word}` shows all that is wrong"))
        } else {
            error
        }
    })?;
    let source = &lab.written.source;
    line(&scrub_line(&format!("{} (lab {}, {})", lab.title, lab.id, source.name)));
    if !lab.about.trim().is_empty() {
        line(&format!("\n{}", lab.about.trim_end()));
    }
    line("\nMade of");
    let document = Document::parse(&source.name, &source.text)?;
    if let Node::Map(entries) = document.root() {
        for (key, node) in entries.iter().filter(|(key, _)| !OF_THE_TEXT.contains(&key.as_str())) {
            row(key, &flow(node));
        }
    }
    line("\nFiles");
    line(&scrub_line(&format!("  {}", source.name)));
    let parts = lab.parts()?;
    for part in parts.iter().skip(1) {
        let sentence =
            std::str::from_utf8(&part.bytes).ok().filter(|_| part.path.extension().is_some_and(|end| end == "rhai"));
        let sentence = sentence.and_then(|text| header(text).first().copied()).unwrap_or_default();
        line(scrub_line(&format!("  {:<34} {sentence}", part.path.display())).trim_end());
    }
    line("\nText");
    source.text.lines().for_each(|text| line(format!("  {text}").trim_end()));
    Ok(())
}

/// A key with its value, in as many lines as it takes.
fn row(key: &str, value: &str) {
    let mut word = key;
    for text in wrap(&scrub_line(value), COLUMNS - 14) {
        line(&format!("  {word:<11} {text}"));
        word = "";
    }
}

/// A node in one line.
fn flow(node: &Node) -> String {
    match node {
        Node::Null => "nothing".to_owned(),
        Node::Bool(value) => value.to_string(),
        Node::Int(value) => value.to_string(),
        Node::Float(value) => value.to_string(),
        Node::Str(text) => text.trim_end().to_owned(),
        Node::Seq(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Node::Map(entries) => {
            let inside: Vec<String> = entries.iter().map(|(key, node)| format!("{key}: {}", flow(node))).collect();
            format!("{{{}}}", inside.join(", "))
        }
    }
}
