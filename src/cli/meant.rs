//! What was meant by words that the command line does not take: a verb with a slip in it, a verb behind the lab, two labs,
//! `--set` without its `=`.

use std::path::Path;

use clap::CommandFactory;

use super::{Arguments, catalogue, show_lab};
use crate::course::labs;
use crate::error::{Error, nearest};
use crate::lab::{Library, set_without_equals};
use crate::script::{Kind, entries};

/// What is wrong with arguments that were refused, where more can be said than the refusal does.
pub(super) fn of_arguments(arguments: &[String]) -> Option<Error> {
    let (first, rest) = arguments.split_first()?;
    let of_set = arguments.iter().enumerate().find_map(|(at, word)| {
        let (argument, next) = match word.strip_prefix("--set") {
            Some("") => (arguments.get(at + 1).map(String::as_str), arguments.get(at + 2)),
            Some(inside) => (Some(inside.strip_prefix('=')?), arguments.get(at + 1)),
            None => return None,
        };
        let Some(argument) = argument.filter(|argument| !argument.starts_with('-')) else {
            let error = Error::user("`--set` wants a key and its value, as in `--set optimizer.lr=0.1`");
            return Some(error.help("`optlab list keys` shows the keys"));
        };
        let value = next.map(String::as_str).filter(|next| !next.starts_with('-'));
        (!argument.contains('=')).then(|| set_without_equals("--set", argument, value))
    });
    if of_set.is_some() {
        return of_set;
    }
    if first.starts_with('-') || is_verb(first) {
        return None;
    }
    if !is_lab(first) {
        return no_verb(first, rest);
    }
    let verb = rest.iter().find(|word| is_verb(word))?;
    let others: Vec<&str> = arguments.iter().filter(|word| *word != verb).map(String::as_str).collect();
    let error = Error::user(format!("the verb `{verb}` stands behind the lab"));
    Some(error.help(format!("write `optlab {verb} {}`", others.join(" "))))
}

/// What is wrong with a lab to be shown that is none, and with words behind it.
pub(super) fn of_lab(lab: &str, rest: &[String]) -> Option<Error> {
    if !is_lab(lab) {
        return no_verb(lab, rest);
    }
    let other = rest.first()?;
    if let Some(error) = of_arguments(&super::written()) {
        return Some(error);
    }
    let error = Error::user(format!("one lab is opened at a time, and `{other}` stands behind `{lab}`"));
    Some(error.help(format!("`optlab {lab}` opens it; another one stands in a race by the lab's key `compare`")))
}

/// A word in the verb's place that is no verb; none where it may still be a lab that is not found.
fn no_verb(word: &str, rest: &[String]) -> Option<Error> {
    let verbs = verbs();
    let near = nearest(word, verbs.iter().map(String::as_str));
    let behind: Vec<&str> = rest.iter().map(String::as_str).collect();
    match near {
        Some(near) => {
            let error = Error::user(format!("there is no verb and no lab `{word}`"));
            Some(error.help(format!("did you mean `{}`?", [&["optlab", near][..], &behind].concat().join(" "))))
        }
        None if rest.iter().any(|word| !word.starts_with('-')) => {
            let error = Error::user(format!("there is no verb and no lab `{word}`"));
            Some(error.help(format!("the verbs are {}; `optlab LAB` opens a lab", verbs.join(", "))))
        }
        None => None,
    }
}

/// A word that is neither a file nor a lab nor a script, with the nearest that is.
pub(super) fn nothing(word: &str) -> Error {
    if matches!(word, "labs" | "scripts") {
        let error = Error::user(format!("there is no folder `{word}` here"));
        return error.help("`optlab init` makes a folder of your own with all labs and scripts");
    }
    if catalogue::is_known(word) {
        let error = Error::user(format!("`{word}` is part of the program, and no file"));
        return error.help(format!("`optlab show {word}` tells what it does"));
    }
    let scripts = Kind::ALL.into_iter().flat_map(|kind| entries(kind, Some(Path::new("."))).unwrap_or_default());
    let names: Vec<String> = show_lab::names().chain(scripts.map(|entry| entry.name)).collect();
    let error = Error::user(format!("there is no file, no lab and no script `{word}`"));
    match nearest(word, names.iter().map(String::as_str)) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help("`optlab list` shows the labs and scripts that there are"),
    }
}

fn verbs() -> Vec<String> {
    let mut command = Arguments::command();
    command.build();
    command.get_subcommands().map(|verb| verb.get_name().to_owned()).collect()
}

fn is_verb(word: &str) -> bool {
    verbs().iter().any(|verb| verb == word)
}

/// The word is the path of a file, could only be one, or means a lab.
pub(super) fn is_lab(word: &str) -> bool {
    word.contains(['/', '\\', '.'])
        || Path::new(word).exists()
        || Library::shipped().find(word).is_ok()
        || labs::named(word) != word
}
