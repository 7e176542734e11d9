//! The files that are made of a recording, by their names.

use std::collections::BTreeSet;

use super::cast::{self, Version};
use super::recording::{Recording, Shot};
use super::tape::Words;
use super::{captions, gif, html, transcript};
use crate::error::{Error, Result};
use crate::ui::picture::film;
use crate::ui::{draw, picture};

/// What kind of file is asked for, by the ending of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What a terminal is sent: asciicast.
    Cast,
    /// A picture: of the last screen, or one that moves.
    Svg,
    /// A page that plays it.
    Html,
    /// An animated picture.
    Gif,
    /// The transcript.
    Text,
}

impl Kind {
    /// All, with their endings.
    const ALL: [(Self, &'static str); 5] =
        [(Self::Cast, "cast"), (Self::Svg, "svg"), (Self::Html, "html"), (Self::Gif, "gif"), (Self::Text, "txt")];

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
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The version of casts.
    pub cast: Version,
    /// In what is made of pixels, a cell has so many times 9 by 18 of them.
    pub scale: usize,
    /// A picture of the whole recording moves.
    pub animate: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { cast: Version::default(), scale: 1, animate: false }
    }
}

/// One file of a recording.
///
/// # Errors
/// The recording is more than a file of that kind can hold.
pub fn one(recording: &Recording, kind: Kind, options: Options) -> Result<Vec<u8>> {
    Ok(match kind {
        Kind::Cast => cast::write(recording, options.cast).into_bytes(),
        Kind::Text => transcript::write(recording).into_bytes(),
        Kind::Html => html::write(recording).into_bytes(),
        Kind::Gif => gif::write(recording, options.scale)?,
        Kind::Svg if options.animate => animated(recording).into_bytes(),
        Kind::Svg => still(recording).into_bytes(),
    })
}

/// A file of that kind and of so many bytes is a burden to who gets it: what would make it smaller.
pub fn burden(recording: &Recording, kind: Kind, bytes: usize, options: Options) -> Option<String> {
    const LARGE: usize = 2 << 20;
    if kind != Kind::Gif || bytes <= LARGE {
        return None;
    }
    let (columns, rows) = recording.size;
    let ways = [
        (options.scale > 1).then(|| "`--scale 1`".to_owned()),
        (recording.fps > 10).then(|| format!("`fps: 10` (now {})", recording.fps)),
        (columns > 80 || rows > 24).then(|| format!("`--size 80x24` (now {columns}x{rows})")),
        Some("a shorter tape".to_owned()),
    ];
    let ways: Vec<String> = ways.into_iter().flatten().collect();
    Some(format!(
        "a GIF of more than 2 MiB is slow to load; smaller by {}, and far smaller as `.html`",
        ways.join(", ")
    ))
}

/// The last screen.
fn still(recording: &Recording) -> String {
    let Some(last) = recording.frames.last() else { return String::new() };
    let chapter = recording.chapters.last().map_or("", |chapter| recording.said(&chapter.words));
    picture::svg(&last.cells(), recording.theme, &recording.title, chapter)
}

/// All screens, each at its time.
fn animated(recording: &Recording) -> String {
    let milliseconds = |tick: u64| recording.time(tick).as_millis() as u64;
    let mut screens = Vec::with_capacity(recording.frames.len());
    for frame in &recording.frames {
        let rows = frame.rows.iter().map(|row| &**row).collect();
        screens.push(film::Screen { at: milliseconds(frame.tick), rows });
    }
    let said = recording.captions.iter().map(|caption| &caption.words);
    let named = recording.chapters.iter().map(|chapter| &chapter.words);
    let words: Vec<&str> = named.chain(said).map(|words| recording.said(words)).collect();
    film::svg(&screens, milliseconds(recording.end), recording.theme, &recording.title, &words.join("\n"))
}

/// All files of a recording by their names, which begin with `name` or are those of its shots.
pub fn all(recording: &Recording, name: &str, options: Options) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![
        (format!("{name}.cast"), cast::write(recording, options.cast).into_bytes()),
        (format!("{name}.txt"), transcript::write(recording).into_bytes()),
        (format!("{name}.html"), html::write(recording).into_bytes()),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::pixels::tests::{recording, screen};

    #[test]
    fn a_kind_is_told_by_its_ending_whatever_its_case() {
        for (kind, ending) in Kind::ALL {
            assert_eq!(Kind::of(&format!("a.b.{ending}")).unwrap(), kind);
            assert_eq!(Kind::of(&format!("x.{}", ending.to_uppercase())).unwrap(), kind);
        }
        let error = Kind::of("x.giff").unwrap_err().to_string();
        assert!(error.contains("x.giff"), "{error}");
        assert!(Kind::of("gif").is_err());
    }

    #[test]
    fn the_nearest_ending_is_told_though_an_argument_has_no_place_in_a_file() {
        let drawn = Kind::of("x.giff").unwrap_err().render(false);
        assert!(drawn.contains("help: did you mean `gif`?") && drawn.contains("help: endings are"), "{drawn}");
        assert!(!Kind::of("x.mp4").unwrap_err().render(false).contains("did you mean"));
    }

    #[test]
    fn a_large_gif_is_told_with_what_makes_it_smaller() {
        let mut recording = recording(&[screen()]);
        let options = Options { scale: 2, ..Options::default() };
        assert_eq!(burden(&recording, Kind::Gif, 2 << 20, options), None);
        assert_eq!(burden(&recording, Kind::Html, 3 << 20, options), None);
        recording.fps = 25;
        recording.size = (120, 40);
        let told = burden(&recording, Kind::Gif, 3 << 20, options).unwrap();
        for way in ["`--scale 1`", "`fps: 10` (now 25)", "`--size 80x24` (now 120x40)", "a shorter tape", "`.html`"] {
            assert!(told.contains(way), "{told}");
        }
        (recording.fps, recording.size) = (10, (80, 24));
        let told = burden(&recording, Kind::Gif, 3 << 20, Options::default()).unwrap();
        assert!(!told.contains("fps") && !told.contains("--s"), "{told}");
    }
}
