//! Functions, operators and known values of scripts, as `optlab list functions` and `optlab show` tell them.

use serde_json::{Value, json};

use super::report::line;
use crate::error::{Error, Result, nearest};
use crate::script::{Section, Word, called, called_here, defined, sections, words};

/// All rows by their groups, each with where it is there.
pub(super) fn list() {
    line("functions");
    for section in std::iter::once(defined()).chain(sections()) {
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
    of_scripts().chain(words()).map(row).collect()
}

/// The rows of what scripts define, with their section.
fn of_scripts() -> impl Iterator<Item = (&'static Section, &'static Word)> {
    defined().words.iter().map(|word| (defined(), word))
}

/// The names of all.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    of_scripts().chain(words()).map(|(_, word)| word.name())
}

/// Shows what a name means.
///
/// # Errors
/// Scripts have nothing of that name.
pub(super) fn show(name: &str) -> Result<()> {
    if show_called(name) > 0 || show_foreign(name) {
        return Ok(());
    }
    let error = Error::user(format!("scripts have no function `{name}`"));
    let error = match nearest(name, names()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    };
    Err(error.help("`optlab list functions` shows them all"))
}

/// The sign of an operator or its whole row, as `/` and `a / b`, which might be read as a path.
pub(super) fn is_operator(name: &str) -> bool {
    let operator = |word: &Word| word.name() == name || word.signature == name;
    name.contains('/') && words().any(|(_, word)| operator(word))
}

/// Shows what something of another language is called here; false of what nothing is known of.
pub(super) fn show_foreign(name: &str) -> bool {
    let Some(here) = called_here(name) else { return false };
    line(&here.sentence);
    if let Some(own) = here.name {
        line("");
        show_called(own);
    }
    true
}

/// Shows what a name means, and how many rows that are.
pub(super) fn show_called(name: &str) -> usize {
    let own: Vec<_> = of_scripts().filter(|(_, word)| word.name() == name || word.signature == name).collect();
    let found = own.len();
    let others = called(name);
    for (at, (section, word)) in own.into_iter().chain(others.iter().copied()).enumerate() {
        if at > 0 {
            line("");
        }
        line(&format!("{} (function of scripts, {})\n\n{}\n", word.signature, section.title, word.about));
        line(&format!("  {:<10}{}", "In", section.kinds_of(word).text()));
        line(&format!("  {:<10}{}", "Example", word.example));
        if at >= found {
            let elsewhere = if word.elsewhere.is_empty() { "nothing of that name" } else { word.elsewhere };
            line(&format!("  {:<10}{elsewhere}", "Elsewhere"));
        }
    }
    found + others.len()
}
