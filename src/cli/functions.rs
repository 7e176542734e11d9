//! Functions, operators and known values of scripts, as `optlab list functions` and `optlab show` tell them.

use serde_json::{Value, json};

use super::report::line;
use crate::error::{Error, Result, nearest};
use crate::script::{Section, Word, called, sections, words};

/// All rows by their groups, each with where it is there.
pub(super) fn list() {
    line("functions");
    for section in sections() {
        line(&format!("\n{} ({})", section.title, section.kinds.text()));
        for word in section.words {
            let kinds = section.kinds_of(word);
            // What is there in fewer kinds than the rest of its group says so.
            let note = if kinds == section.kinds { String::new() } else { format!("  ({})", kinds.text()) };
            line(&format!("  {:<22} {}{note}", word.signature, word.about));
        }
    }
    line("\n`optlab show NAME` tells more of one: an example, and what NumPy and PyTorch call it.");
}

/// All rows for a program.
pub(super) fn json() -> Value {
    let row = |(section, word): (&Section, &Word)| {
        let elsewhere: Vec<&str> = word.elsewhere.split(", ").filter(|name| !name.is_empty()).collect();
        json!({
            "name": word.name(),
            "group": section.title,
            "kinds": section.kinds_of(word).words(),
            "signature": word.signature,
            "sentence": word.about,
            "example": word.example,
            "elsewhere": elsewhere,
        })
    };
    words().map(row).collect()
}

/// The names of all.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    words().map(|(_, word)| word.name())
}

/// Shows what a name means.
///
/// # Errors
/// Scripts have nothing of that name.
pub(super) fn show(name: &str) -> Result<()> {
    if show_called(name) > 0 {
        return Ok(());
    }
    let error = Error::user(format!("scripts have no function `{name}`"));
    let error = match nearest(name, names()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    };
    Err(error.help("`optlab list functions` shows them all"))
}

/// Shows what a name means, and how many rows that are.
pub(super) fn show_called(name: &str) -> usize {
    let found = called(name);
    for (at, (section, word)) in found.iter().enumerate() {
        if at > 0 {
            line("");
        }
        line(&format!("{} (function of scripts, {})\n\n{}\n", word.signature, section.title, word.about));
        let elsewhere = if word.elsewhere.is_empty() { "nothing of that name" } else { word.elsewhere };
        for (head, text) in
            [("In", section.kinds_of(word).text().as_str()), ("Example", word.example), ("Elsewhere", elsewhere)]
        {
            line(&format!("  {head:<10}{text}"));
        }
    }
    found.len()
}
