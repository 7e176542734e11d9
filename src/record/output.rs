//! The files that are made of a recording, by their names.

use std::collections::BTreeSet;

use super::cast::{self, Version};
use super::recording::{Recording, Shot};
use super::tape::Words;
use super::{captions, html, transcript};
use crate::error::{Error, Result};
use crate::ui::{draw, picture};

/// What kind of file is asked for, by the ending of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What a terminal is sent: asciicast.
    Cast,
    /// A picture of the last screen.
    Svg,
    /// A page that plays it.
    Html,
    /// The transcript.
    Text,
}

impl Kind {
    /// All, with their endings.
    const ALL: [(Self, &'static str); 4] =
        [(Self::Cast, "cast"), (Self::Svg, "svg"), (Self::Html, "html"), (Self::Text, "txt")];

    /// The kind that a file's name asks for.
    ///
    /// # Errors
    /// There is none of that ending.
    pub fn of(name: &str) -> Result<Self> {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let known = Self::ALL.iter().find(|(_, own)| own.eq_ignore_ascii_case(ending)).map(|(kind, _)| *kind);
        known.ok_or_else(|| {
            let endings: Vec<String> = Self::ALL.iter().map(|(_, ending)| format!("`.{ending}`")).collect();
            Error::user(format!("what `{name}` is to be is told by its ending, which is none that is known"))
                .nearest(ending, Self::ALL.iter().map(|(_, ending)| *ending))
                .help(format!("endings are {}", endings.join(", ")))
        })
    }
}

/// How files are made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// The version of casts.
    pub cast: Version,
}

/// One file of a recording.
pub fn one(recording: &Recording, kind: Kind, options: Options) -> Vec<u8> {
    match kind {
        Kind::Cast => cast::write(recording, options.cast).into_bytes(),
        Kind::Text => transcript::write(recording).into_bytes(),
        Kind::Html => html::write(recording).into_bytes(),
        Kind::Svg => still(recording).into_bytes(),
    }
}

/// The last screen.
fn still(recording: &Recording) -> String {
    let Some(last) = recording.frames.last() else { return String::new() };
    let chapter = recording.chapters.last().map_or("", |chapter| recording.said(&chapter.words));
    picture::svg(&last.cells(), recording.theme, &recording.title, chapter)
}

/// All files of a recording by their names, which begin with `name` or are those of its shots.
pub fn all(recording: &Recording, name: &str, options: Options) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![
        (format!("{name}.cast"), one(recording, Kind::Cast, options)),
        (format!("{name}.html"), one(recording, Kind::Html, options)),
        (format!("{name}.txt"), one(recording, Kind::Text, options)),
    ];
    let said = recording.captions.iter().map(|caption| &caption.words);
    let named = recording.chapters.iter().map(|chapter| &chapter.words);
    let languages: BTreeSet<&str> = said.chain(named).flat_map(Words::languages).collect();
    let languages = languages.into_iter().map(|language| (Some(language), format!(".{language}")));
    for (language, ending) in languages.chain([(None, String::new())]) {
        if !recording.captions.is_empty() {
            files.push((format!("{name}{ending}.vtt"), captions::captions(recording, language).into_bytes()));
        }
        if !recording.chapters.is_empty() {
            files.push((format!("{name}.chapters{ending}.vtt"), captions::chapters(recording, language).into_bytes()));
        }
    }
    for shot in &recording.shots {
        files.push((format!("{}.svg", shot.name), shot_svg(recording, shot).into_bytes()));
        files.push((format!("{}.txt", shot.name), (draw::as_text(&shot.cells) + "\n").into_bytes()));
    }
    files
}

/// A shot as a picture.
pub fn shot_svg(recording: &Recording, shot: &Shot) -> String {
    picture::svg(&shot.cells, recording.theme, &shot.title, &shot.description)
}
