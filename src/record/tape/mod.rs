//! What a tape says, read and checked as far as that goes without its lab.

mod keys;
mod limits;
mod open;
mod read;
mod values;

use std::time::Duration;

use crossterm::event::KeyEvent;
pub use open::Changes;
pub(super) use read::moved;

use crate::error::Place;
use crate::lab::Document;
use crate::ui::Theme;

/// A tape.
#[derive(Debug, Clone)]
pub struct Tape {
    /// The document that it was read from.
    pub document: Document,
    /// What pictures and players call it; without one the lab's title stands there.
    pub title: Option<Words>,
    /// A path, relative to the tape, or a shipped lab's id.
    pub lab: String,
    /// Where that is said.
    pub lab_place: Place,
    /// Values that are laid over the lab, as in `training.batch=8`, each with where that is said.
    pub set: Vec<(String, Place)>,
    /// Texts in the place of those of the lab's files, by the names that the lab has for them, each with where that is said.
    pub files: Vec<(String, String, Place)>,
    /// Columns and rows.
    pub size: (u16, u16),
    /// The colours.
    pub theme: Theme,
    /// Frames a second: 10, 20, 25 or 50.
    pub fps: u16,
    /// Steps a virtual second; none: as the lab says.
    pub speed: Option<f64>,
    /// The keys that are pressed are named on the screen.
    pub keys: bool,
    /// What happens, in its order.
    pub play: Vec<Item>,
}

/// One thing that happens.
#[derive(Debug, Clone)]
pub struct Item {
    /// What.
    pub does: Does,
    /// Where the tape says so.
    pub place: Place,
}

/// What happens.
#[derive(Debug, Clone)]
pub enum Does {
    /// A chapter begins.
    Chapter(Words),
    /// A caption, which stands until the next one or for four seconds.
    Say {
        /// What is said.
        words: Words,
        /// It stands in the last line of the screen, too.
        on_screen: bool,
    },
    /// Keys are pressed, one after another.
    Keys {
        /// They.
        keys: Vec<Pressed>,
        /// No time passes between them.
        at_once: bool,
    },
    /// A text is typed; a line break is the key Enter.
    Type {
        /// The text.
        text: String,
        /// No time passes while it is typed.
        at_once: bool,
    },
    /// Time goes on until this holds of the run.
    Until {
        /// The expression.
        query: String,
        /// An error after so much virtual time.
        within: Duration,
    },
    /// A picture of the screen, or of one pane.
    Shot {
        /// Its name, of which the files are made.
        name: String,
        /// That pane alone.
        pane: Option<String>,
    },
    /// Virtual time goes on.
    Pause(Duration),
    /// A live play waits for its lecturer; a recording goes on.
    Halt,
    /// A file of the lab is edited, in memory alone.
    Edit {
        /// Its name in the lab.
        file: String,
        /// What is replaced; it stands there once.
        replace: String,
        /// What stands there then.
        with: String,
        /// No time passes while it is typed.
        at_once: bool,
    },
    /// This happens and is not recorded.
    Hide(Vec<Item>),
}

/// A key that is pressed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pressed {
    /// The key.
    pub key: KeyEvent,
    /// How often.
    pub times: u16,
}

/// What is said, in one language or in several.
#[derive(Debug, Clone, PartialEq)]
pub struct Words {
    /// By language, as in `pt`; one without a language holds for all.
    said: Vec<(Option<String>, String)>,
}

impl Words {
    /// In this language; else without its region; else in English; else in the first that there is.
    pub fn in_language(&self, language: Option<&str>) -> &str {
        let of = |wanted: &str| {
            let has = |(name, _): &&(Option<String>, String)| {
                name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(wanted))
            };
            self.said.iter().find(has)
        };
        let wanted = language.unwrap_or("en");
        let short = wanted.split(['-', '_']).next().unwrap_or(wanted);
        let found = of(wanted).or_else(|| of(short)).or_else(|| of("en")).or(self.said.first());
        found.map_or("", |(_, words)| words)
    }

    /// One text, in all languages.
    #[cfg(test)]
    pub(crate) fn of(text: &str) -> Self {
        Self { said: vec![(None, text.to_owned())] }
    }

    /// The languages that it is said in; none where it is said once for all.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.said.iter().filter_map(|(language, _)| language.as_deref())
    }
}

/// The name of a key as tapes and the recording's own line have it: `space`, `Enter`, `Ctrl-P`, `s`.
pub fn key_name(key: &KeyEvent) -> String {
    keys::name(key)
}

#[cfg(test)]
mod tests;
