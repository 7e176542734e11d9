//! Reads a tape out of its YAML: every key at its place, the nearest right name where there is none, all errors at once.

use std::time::Duration;

use super::limits::{bounded, shots_apart};
use super::open::name_of;
use super::values::{duration, laid, rate, size, speed, texts, theme};
use super::{Does, Item, Pressed, Tape, Words, keys};
use crate::error::{Error, Place, Result};
use crate::lab::{Document, Field, Fields, Node, Problems};
use crate::session;
use crate::ui::Theme;

/// The format that is written today.
const FORMAT: u64 = 1;
/// The most steps in a tape, and how deep `hide` may hold others.
const MOST: usize = 2000;
/// How long an `until` waits that does not say how long.
const WITHIN: Duration = Duration::from_secs(60);
/// The kinds of steps, in the order in which an error names them.
const KINDS: [&str; 10] = ["chapter", "say", "key", "type", "until", "shot", "pause", "halt", "edit", "hide"];

impl Tape {
    /// Reads a tape; `name` is what errors call it.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, Vec<Error>> {
        let document = Document::read(name, bytes).map_err(|error| vec![error])?;
        let mut problems = Problems::new(&document);
        let tape = read(&document, &mut problems).unwrap_or_else(|error| {
            problems.push(error);
            None
        });
        problems.finish(tape)
    }
}

fn read(document: &Document, problems: &mut Problems) -> Result<Option<Tape>> {
    let mut fields = Fields::root(document, "the tape")?;
    let mut found = Vec::new();
    let mut note = |error: Error| found.push(error);
    if let Some(Err(error)) = fields.take("format").map(|field| field.whole(FORMAT..=FORMAT)) {
        note(error.help("this optlab reads format 1"));
    }
    let title = fields.take("title").and_then(|field| words(&field).map_err(&mut note).ok()).map(|(words, _)| words);
    let lab = match fields.require("lab") {
        Ok(field) => field.text().map_err(&mut note).ok().map(|text| (text.to_owned(), field.place())),
        Err(error) => {
            note(error);
            None
        }
    };
    let set = fields.take("set").and_then(|field| laid(&field).map_err(&mut note).ok()).unwrap_or_default();
    let files = fields.take("files").and_then(|field| texts(&field).map_err(&mut note).ok()).unwrap_or_default();
    let size = fields.take("size").and_then(|field| size(&field).map_err(&mut note).ok()).unwrap_or((100, 30));
    let theme = fields.take("theme").and_then(|field| theme(&field).map_err(&mut note).ok()).unwrap_or(Theme::Lecture);
    let fps = fields.take("fps").and_then(|field| rate(&field).map_err(&mut note).ok()).unwrap_or(20);
    let speed = fields.take("speed").and_then(|field| speed(&field).map_err(&mut note).ok());
    let shows = |field: Field<'_>| field.one_of(&["show", "hide"], "way to treat keys").map(|word| word == "show");
    let keys = fields.take("keys").and_then(|field| shows(field).map_err(&mut note).ok()).unwrap_or(false);
    let play = match fields.require("play").and_then(|field| field.list()) {
        Ok(list) => list,
        Err(error) => {
            note(error);
            Vec::new()
        }
    };
    if play.len() > MOST {
        note(
            Error::user(format!("a tape has {MOST} steps at most, and this one has {}", play.len()))
                .at(play[MOST].place()),
        );
    }
    found.into_iter().for_each(|error| problems.push(error));
    let play = items(&play, problems, false);
    if let Err(error) = bounded(&play) {
        problems.push(error);
    }
    shots_apart(&play, &name_of(&document.source().name), problems);
    fields.finish(problems);
    Ok(lab.map(|(lab, lab_place)| Tape {
        document: document.clone(),
        title,
        lab,
        lab_place,
        set,
        files,
        size,
        theme,
        fps,
        speed,
        keys,
        play,
    }))
}

/// Steps; those that are wrong are told and left out.
fn items(list: &[Field<'_>], problems: &mut Problems, hidden: bool) -> Vec<Item> {
    let mut items = Vec::new();
    for field in list {
        match item(field, problems, hidden) {
            Ok(does) => items.push(Item { does, place: field.place() }),
            Err(error) => problems.push(error),
        }
    }
    items
}

fn item(field: &Field<'_>, problems: &mut Problems, hidden: bool) -> Result<Does> {
    if let Node::Str(word) = field.node() {
        if word == "halt" {
            return Ok(Does::Halt);
        }
        let error =
            field.error(format!("a step of a tape is a key with its value, as in `- key: space`, not `{word}`"));
        return Err(error.nearest(word, KINDS));
    }
    let mut fields = field.map("a step of the tape")?;
    let (kind, value) = fields.one_of(&KINDS)?;
    if hidden && ["chapter", "halt"].contains(&KINDS[kind]) {
        let error = value.error(format!("nobody sees a `{}` that is hidden", KINDS[kind]));
        return Err(error.help("put it before the `hide`, or after it"));
    }
    let does = match KINDS[kind] {
        "chapter" => words(&value).map(|(words, _)| Does::Chapter(words)),
        "say" => {
            let beside = fields.take("on_screen").map(|field| field.boolean()).transpose()?.unwrap_or(false);
            words(&value).map(|(words, within)| Does::Say { words, on_screen: within || beside })
        }
        "key" => {
            let at_once = at_once(&mut fields)?;
            pressed(&value).map(|keys| Does::Keys { keys, at_once })
        }
        "type" => {
            let at_once = at_once(&mut fields)?;
            typed(&value).map(|text| Does::Type { text, at_once })
        }
        "until" => {
            let within = fields.take("within").map(|field| duration(&field)).transpose()?.unwrap_or(WITHIN);
            value.text().and_then(|text| {
                // What is no expression is told before anything is played.
                session::query(text).map_err(|error| moved(&error, &value.place()))?;
                Ok(Does::Until { query: text.to_owned(), within })
            })
        }
        "shot" => shot(&value, problems),
        "pause" => duration(&value).map(Does::Pause),
        "halt" => Ok(Does::Halt),
        "edit" => {
            let at_once = at_once(&mut fields)?;
            edit(&value, at_once, problems)
        }
        "hide" if hidden => Err(value.error("what is hidden stands in one `hide`")),
        _ => value.list().map(|list| Does::Hide(items(&list, problems, true))),
    };
    fields.finish(problems);
    does
}

/// Whether no time passes meanwhile.
fn at_once(fields: &mut Fields<'_>) -> Result<bool> {
    Ok(fields.take("at_once").map(|field| field.boolean()).transpose()?.unwrap_or(false))
}

/// The same error at a place of the tape.
pub(in crate::record) fn moved(error: &Error, place: &Place) -> Error {
    let moved = Error::user(error.what()).at(place.clone()).label(error.label_text());
    error.help_lines().iter().fold(moved, Error::help)
}

/// A text that is typed: letters, line breaks and tabs.
fn typed(field: &Field<'_>) -> Result<String> {
    let text = field.text()?;
    match text.chars().find(|letter| letter.is_control() && !['\n', '\t'].contains(letter)) {
        Some(letter) => Err(field
            .error(format!("U+{:04X} cannot be typed", u32::from(letter)))
            .help("`key:` presses keys that are no letters, as in `key: Esc`")),
        None if text.is_empty() => Err(field.error("nothing is typed here")),
        None => Ok(text.to_owned()),
    }
}

/// A text, or one in each of several languages; in a map `on_screen` may stand beside them.
fn words(field: &Field<'_>) -> Result<(Words, bool)> {
    let Node::Map(_) = field.node() else {
        let text = field.text()?.trim().to_owned();
        if text.is_empty() {
            return Err(field.error("nothing is said here"));
        }
        return Ok((Words { said: vec![(None, text)] }, false));
    };
    let mut fields = field.map("what is said")?;
    let on_screen = fields.take("on_screen").map(|field| field.boolean()).transpose()?.unwrap_or(false);
    let mut said = Vec::new();
    for (language, field) in fields.rest() {
        let text = field.text()?.trim().to_owned();
        if language == "text" {
            said.push((None, text));
        } else if is_language(language) {
            said.push((Some(language.to_owned()), text));
        } else {
            let error = field.error(format!("`{language}` is no language"));
            return Err(error.help("write what is said by language, as in `{en: .., pt: ..}`"));
        }
    }
    if said.is_empty() {
        return Err(field.error("nothing is said here"));
    }
    Ok((Words { said }, on_screen))
}

fn is_language(word: &str) -> bool {
    let (language, region) = word.split_once('-').map_or((word, None), |(language, region)| (language, Some(region)));
    let letters = |text: &str| text.chars().all(|letter| letter.is_ascii_alphanumeric());
    (2..=3).contains(&language.len())
        && letters(language)
        && region.is_none_or(|region| !region.is_empty() && letters(region))
}

/// `space`, or `[r, space]`, or `[s, x10]`.
fn pressed(field: &Field<'_>) -> Result<Vec<Pressed>> {
    let list = if let Node::Seq(_) = field.node() { field.list()? } else { vec![field.clone()] };
    let mut pressed: Vec<Pressed> = Vec::new();
    for field in list {
        // The digits that choose a pane are numbers in YAML.
        let name = match field.node() {
            Node::Int(digit @ 0..=9) => digit.to_string(),
            _ => field.text()?.to_owned(),
        };
        if let (Some(times), Some(last)) = (repeated(&name), pressed.last_mut()) {
            last.times = times;
        } else if let Some(key) = keys::read(&name) {
            pressed.push(Pressed { key, times: 1 });
        } else {
            let error = field.error(format!("there is no key `{name}`")).nearest(&name, keys::names());
            return Err(error.help(
                "keys have the names of the help: `space`, `Enter`, `Ctrl-P`, or the character itself; \
                                   `x10` after one repeats it",
            ));
        }
    }
    if pressed.is_empty() {
        return Err(field.error("no key is pressed here"));
    }
    Ok(pressed)
}

/// `x10` as ten times.
fn repeated(name: &str) -> Option<u16> {
    let times = name.strip_prefix('x')?.parse().ok()?;
    (1..=1000).contains(&times).then_some(times)
}

/// A name, or `{name: zigzag, pane: map}`.
fn shot(field: &Field<'_>, problems: &mut Problems) -> Result<Does> {
    let (name, pane) = if let Node::Map(_) = field.node() {
        let mut fields = field.map("the shot")?;
        let name = fields.require("name")?;
        let pane = fields.take("pane").map(|field| field.text().map(str::to_owned)).transpose()?;
        fields.finish(problems);
        (name, pane)
    } else {
        (field.clone(), None)
    };
    let text = name.text()?;
    let plain = |letter: char| letter.is_alphanumeric() || ['-', '_', '.'].contains(&letter);
    if text.is_empty() || text.starts_with('.') || !text.chars().all(plain) {
        let error = name.error(format!("`{text}` is no name for a file"));
        return Err(error.help("letters, digits, `-`, `_` and `.` make one"));
    }
    Ok(Does::Shot { name: text.to_owned(), pane })
}

fn edit(field: &Field<'_>, at_once: bool, problems: &mut Problems) -> Result<Does> {
    let mut fields = field.map("the edit")?;
    let text = |field: Result<Field<'_>>| field.and_then(|field| field.text().map(str::to_owned));
    let edit = Does::Edit {
        file: text(fields.require("file"))?,
        replace: text(fields.require("replace"))?,
        with: text(fields.require("with"))?,
        at_once,
    };
    fields.finish(problems);
    Ok(edit)
}
