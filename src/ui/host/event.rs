//! What happens to the screen: keys, the mouse, signals, and what the run publishes.

use std::sync::Arc;

use crossterm::event::{KeyEvent, MouseEvent};

use crate::snapshot::Snapshot;

/// What happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A key was pressed.
    Key(KeyEvent),
    /// A text was pasted, where the terminal tells it from keys.
    Paste(String),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// The terminal has another size: columns and rows.
    Resize(u16, u16),
    /// The run published something.
    Snapshot(Arc<Snapshot>),
    /// What goes on by itself is due: see [`App::pace`](crate::ui::App::pace).
    Beat,
    /// A signal came.
    Signal(i32),
}
