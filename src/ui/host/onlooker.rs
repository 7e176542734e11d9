//! Somebody who looks on while a screen is used: a recorder of what is shown, or of what is pressed.

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;

use crate::clock::Moment;
use crate::session::{FileChange, Obeyed};

/// A key, and how the screen stood when it was pressed.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each says something of its own, and all of them may hold")]
pub struct Pressed {
    /// The key.
    pub key: KeyEvent,
    /// It goes into the command line.
    pub typed: bool,
    /// A tape can press it: it answers no task, and leads neither out of the lab nor to an editor or a file.
    pub for_tapes: bool,
    /// The run went on.
    pub running: bool,
    /// Something went on by itself since the key before: the time in between is no pause that might be shorter.
    pub paced: bool,
    /// Updates that had been made of it, as far as the screen knew.
    pub step: u64,
    /// The commands that it sent to the run, by their numbers.
    pub sent: (u64, u64),
}

/// Somebody who looks on. Nothing that it does is seen on the screen, and none of it may take long.
pub trait Onlooker {
    /// A screen is shown.
    fn shown(&mut self, _cells: &Buffer, _at: Moment) {}
    /// A key was pressed.
    fn pressed(&mut self, _pressed: &Pressed, _at: Moment) {}
    /// The lab's files were changed; what was sent to the run for that, by its numbers.
    fn changed(&mut self, _change: &FileChange, _sent: (u64, u64), _at: Moment) {}
    /// The run has obeyed these commands.
    fn obeyed(&mut self, _obeyed: &[Obeyed]) {}
    /// The screen is left.
    fn ended(&mut self, _at: Moment) {}
}
