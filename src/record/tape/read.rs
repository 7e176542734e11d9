//! Reads a tape out of its YAML: every key at its place, the nearest right name where there is none, all errors at once.

use std::time::Duration;

use super::{Does, Item, Pressed, Tape, Words, keys};
use crate::error::{Error, Place, Result};
use crate::lab::{Document, Field, Fields, Node, Problems};
use crate::ui::Theme;

/// The format that is written today.
const FORMAT: u64 = 1;
/// Frames a second: those that are whole hundredths in a GIF.
const RATES: [u16; 4] = [10, 20, 25, 50];
/// The most steps in a tape, and how deep `hide` may hold others.
const MOST: usize = 2000;
/// The longest that a tape waits for anything.
const LONGEST: Duration = Duration::from_secs(3600);
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
    let does = match KINDS[kind] {
        "chapter" => words(&value).map(|(words, _)| Does::Chapter(words)),
        "say" => {
            let beside = fields.take("on_screen").map(|field| field.boolean()).transpose()?.unwrap_or(false);
            words(&value).map(|(words, within)| Does::Say { words, on_screen: within || beside })
        }
        "key" => pressed(&value).map(Does::Keys),
        "type" => {
            let at_once = fields.take("at_once").map(|field| field.boolean()).transpose()?.unwrap_or(false);
            value.text().map(|text| Does::Type { text: text.to_owned(), at_once })
        }
        "until" => {
            let within = fields.take("within").map(|field| duration(&field)).transpose()?.unwrap_or(WITHIN);
            value.text().map(|query| Does::Until { query: query.to_owned(), within })
        }
        "shot" => shot(&value, problems),
        "pause" => duration(&value).map(Does::Pause),
        "halt" => Ok(Does::Halt),
        "edit" => {
            let at_once = fields.take("at_once").map(|field| field.boolean()).transpose()?.unwrap_or(false);
            edit(&value, at_once, problems)
        }
        _ if hidden => Err(value.error("what is hidden stands in one `hide`")),
        _ => value.list().map(|list| Does::Hide(items(&list, problems, true))),
    };
    fields.finish(problems);
    does
}

/// A text, or one in each of several languages; in a map `on_screen` may stand beside them.
fn words(field: &Field<'_>) -> Result<(Words, bool)> {
    let Node::Map(_) = field.node() else {
        let text = field.text()?.trim().to_owned();
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

/// `2s`, `1.5s`, `500ms`.
pub(super) fn duration(field: &Field<'_>) -> Result<Duration> {
    let wrong = |what: &str| Err(field.error(what).help("write a time with its unit, as in `2s` or `500ms`"));
    let text = match field.node() {
        Node::Str(text) => text.trim().to_owned(),
        Node::Int(_) | Node::Float(_) => return wrong("a time needs a unit"),
        _ => field.text()?.to_owned(),
    };
    let (number, unit) = text.split_at(text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len()));
    let Ok(number) = number.trim().parse::<f64>() else { return wrong(&format!("`{text}` is no time")) };
    let seconds = match unit {
        "s" => number,
        "ms" => number / 1000.0,
        "min" => number * 60.0,
        _ => return wrong(&format!("`{text}` is no time")),
    };
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if time <= LONGEST => Ok(time),
        _ => wrong(&format!("a tape waits an hour at most, and not `{text}`")),
    }
}

/// `100x30`.
fn size(field: &Field<'_>) -> Result<(u16, u16)> {
    columns_and_rows(field.text()?).map_err(|error| error.at(field.place()))
}

/// Columns and rows of a recording, as in `100x30`.
pub(super) fn columns_and_rows(text: &str) -> Result<(u16, u16)> {
    let read = text
        .split_once('x')
        .and_then(|(columns, rows)| Some((columns.trim().parse().ok()?, rows.trim().parse().ok()?)));
    match read {
        Some((columns @ 60..=300, rows @ 18..=100)) => Ok((columns, rows)),
        Some((columns, rows)) => {
            let error = Error::user(format!("{columns}x{rows} is no size of a recording"));
            Err(error.help("it has 60 to 300 columns and 18 to 100 rows, as in `100x30`"))
        }
        None => Err(Error::user(format!("`{text}` is no size")).help("write columns and rows, as in `100x30`")),
    }
}

fn theme(field: &Field<'_>) -> Result<Theme> {
    let names = Theme::ALL.map(Theme::name);
    field.one_of(&names, "theme").map(|name| Theme::named(name).unwrap_or(Theme::Lecture))
}

fn rate(field: &Field<'_>) -> Result<u16> {
    let rate = field.whole(1..=1000)?;
    let known = RATES.into_iter().find(|known| u64::from(*known) == rate);
    known.ok_or_else(|| {
        let error = field.error(format!("a recording has 10, 20, 25 or 50 frames a second, not {rate}"));
        error.help("others are no whole hundredths of a second, in which a GIF counts")
    })
}

fn speed(field: &Field<'_>) -> Result<f64> {
    let speed = field.number()?;
    if (0.1..=100_000.0).contains(&speed) {
        return Ok(speed);
    }
    Err(field.error(format!("a tape makes 0.1 to 100000 steps a second, not {speed}")))
}

/// The values of `set`, each as the command line would have it: `training.batch=8`.
fn laid(field: &Field<'_>) -> Result<Vec<(String, Place)>> {
    let mut fields = field.map("what is set")?;
    let mut arguments = Vec::new();
    for (key, field) in fields.rest() {
        arguments.push((format!("{key}={}", field.node().in_a_line()), field.place()));
    }
    Ok(arguments)
}

/// Texts by the names of files.
fn texts(field: &Field<'_>) -> Result<Vec<(String, String)>> {
    let mut fields = field.map("the files")?;
    let text = |(name, field): (&str, Field<'_>)| field.text().map(|text| (name.to_owned(), text.to_owned()));
    fields.rest().into_iter().map(text).collect()
}
