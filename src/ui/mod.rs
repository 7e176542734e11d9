//! The screen: what a person at a terminal sees of a run and asks of it.
//!
//! Read it in this order: [`app`] (the state, and what an event does to it), [`keys`] (every key, one table), [`layout`]
//! (what lies where), [`panes`] (one file each), [`draw`] (the whole screen), and last `terminal`, the only file that
//! writes to one. A run is reached through [`Session`] alone: nothing here trains, reads a file or computes what a run
//! should have told, and a pane keeps no truth of its own.

use std::path::PathBuf;
use std::sync::Arc;

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::lab::ScriptText;
use crate::session::News;
use crate::train::asked::Question;
use crate::train::snapshot::{Command, Snapshot, Speed};

pub mod app;
mod bars;
pub mod draw;
mod editor;
mod element;
mod fault;
mod formula;
mod header;
pub mod keys;
mod lab_screen;
pub mod layout;
mod line;
mod live;
mod markdown;
mod opening;
mod order;
mod ordering;
mod overlay;
pub mod palette;
pub mod panes;
pub mod pen;
mod picture;
mod pointing;
mod raster;
mod scale;
mod spark;
mod terminal;
pub mod text;
pub mod theme;

#[cfg(test)]
mod command_screen_tests;
#[cfg(test)]
mod edit_screen_tests;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod fixture_ledger;
#[cfg(test)]
mod fixture_maps;
#[cfg(test)]
mod fixture_network;
#[cfg(test)]
mod fixture_scripts;
#[cfg(test)]
mod inside_screen_tests;
#[cfg(test)]
mod ledger_screen_tests;
#[cfg(test)]
mod map_screen_tests;
#[cfg(test)]
mod opening_screen_tests;
#[cfg(test)]
mod panes_screen_tests;
#[cfg(test)]
mod pointing_screen_tests;
#[cfg(test)]
mod screen_tests;
#[cfg(test)]
mod series_screen_tests;
#[cfg(test)]
mod sizes_screen_tests;
#[cfg(test)]
mod travel_screen_tests;

pub use app::{App, Effect, Event};
pub use opening::{Opened, Opening};
pub use palette::Depth;
pub use theme::{Look, Theme};

/// A run, as the screen needs it. Dropping it gives the run up.
pub trait Session: Send {
    /// Asks something of the run; never waits for it.
    fn send(&self, command: Command);
    /// The newest snapshot, if there is one that was not taken yet.
    fn latest(&self) -> Option<Arc<Snapshot>>;
    /// Compiles an expression over the run.
    fn question(&self, text: &str) -> Result<Question>;
    /// Writes the run as a lab, and tells what was written; a file that is there is replaced only if that is said.
    fn save(&self, path: &str, replace: bool, snapshot: &Snapshot) -> Result<String>;
    /// What has happened to the lab's files since it was asked last.
    fn news(&mut self) -> Option<News>;
    /// Writes a picture of the screen, in a file of which the name tells the lab and ends so; returns its name.
    fn picture(&self, name: &str, svg: &str) -> Result<String>;
    /// The file to open in an editor: a script by its name, or else the lab.
    fn file(&self, script: Option<&str>) -> Result<PathBuf>;
}

/// A row in the list of labs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabEntry {
    /// The lab's stable name.
    pub id: String,
    /// One line.
    pub title: String,
    /// What it is about, in a few sentences.
    pub summary: String,
    /// What opens it: a path, or a shipped lab's id.
    pub path: String,
}

/// How the screen of a lab starts.
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    /// The parameter to look at: `W1`, or an element of it, `W1[3,5]`.
    pub parameter: Option<String>,
    /// Names of panes, the most important first; names that are not known are passed over.
    pub panes: Vec<String>,
    /// The speed to start with.
    pub speed: Speed,
    /// The lab's scripts, its rule first.
    pub scripts: Vec<ScriptText>,
}

/// A lab that was opened, with its run ready at step 0.
pub struct OpenLab {
    /// The lab's stable name.
    pub id: String,
    /// One line.
    pub title: String,
    /// The lab's text, in Markdown.
    pub about: String,
    /// How the screen starts.
    pub watch: Watch,
    /// What the line of hints says at first.
    pub notice: Option<String>,
    /// Its run.
    pub session: Box<dyn Session>,
}

/// What the command line says of the screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// The colours.
    pub theme: Theme,
    /// Nothing but ASCII, whatever the locale says.
    pub ascii: bool,
    /// How many colours the terminal is asked to show.
    pub depth: Depth,
    /// The most frames in a second, apart from those that a key asks for.
    pub fps: f64,
    /// Clicks and the wheel are listened to.
    pub mouse: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { theme: Theme::of_environment(), ascii: false, depth: Depth::Sixteen, fps: 10.0, mouse: true }
    }
}

/// Why the screen was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// The user asked for it: exit code 0.
    Quit,
    /// A signal of that number, or a terminal that is gone (then `SIGHUP`, 1): exit code 128 + N.
    Signal(i32),
}

/// Shows the list of labs, or the lab `first`, until the user leaves or a signal comes. The terminal is as it was
/// before, whichever way this ends.
///
/// A lab that is not there in a moment is waited for on the screen. An error of one from the list is shown there and
/// never leaves it; errors of `first` end the screen, if there was one yet. Fails as well if there is no terminal. The
/// clock paces frames and pop-ups.
pub fn run(
    entries: Vec<LabEntry>,
    open: impl FnMut(&LabEntry) -> Opening,
    first: Option<Opening>,
    options: Options,
    clock: Clock,
) -> Result<Leave, Vec<Error>> {
    live::run(entries, open, first, options, clock)
}
