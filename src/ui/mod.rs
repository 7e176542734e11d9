//! The screen: what a person at a terminal sees of a run and asks of it.
//!
//! Its rooms, each of which imports only from those before it: [`look`] (themes), `canvas` (what is drawn with), [`keys`]
//! (how a key is pressed and what it asks for), [`layout`] (what lies where), `element` (one number of a parameter), `host`
//! (the run and its files, what happens and what is to be done), [`panes`] (one file each), `command_line`, [`app`] (the
//! state, and what an event does to it), [`draw`] (the whole screen), `terminal`, the only room that writes to one, and `live`
//! (the loop). A run is reached through [`Host`] alone: nothing here trains, reads a file or computes what a run should have
//! told, and a pane keeps no truth of its own.

use crate::clock::Clock;
use crate::error::Error;

pub mod app;
mod canvas;
mod command_line;
pub mod draw;
mod element;
mod host;
pub mod keys;
pub mod layout;
mod live;
pub mod look;
pub mod panes;
mod terminal;
#[cfg(test)]
mod tests;

pub use app::{App, Told};
pub use canvas::{markdown, pen, picture, text};
pub use host::onlooker::{Onlooker, Pressed};
pub use host::opening::{Opened, Opening};
pub use host::pace::{Metronome, Pace};
pub use host::tasks::Deed;
pub use host::{Done, Editable, Effect, Event, FileChange, Host, LabEntry, Labs, Leave, OpenLab, Watch};
pub use live::Options;
pub use live::scene::{Scene, play};
pub use look::palette::Depth;
pub use look::theme::{Look, Theme};
pub use look::{palette, theme};
pub use terminal::encode::difference;

/// Columns and rows of the terminal; 80 x 24 of one that does not know them.
pub fn terminal_size() -> (u16, u16) {
    terminal::Terminal::size()
}

/// Shows the list of labs, or the lab `first`, until the user leaves or a signal comes. The terminal is as it was
/// before, whichever way this ends.
///
/// A lab that is not there in a moment is waited for on the screen. An error of one from the list is shown there and
/// never leaves it; errors of `first` end the screen, if there was one yet. Fails as well if there is no terminal. The
/// clock paces frames and pop-ups. Onlookers see what is shown and what is pressed.
pub fn run(
    labs: impl Labs,
    first: Option<Opening>,
    options: Options,
    onlookers: Vec<Box<dyn Onlooker>>,
    clock: Clock,
) -> Result<Leave, Vec<Error>> {
    live::run(labs, first, options, onlookers, clock)
}
