//! The panes. Each is one file with one [`Pane`] in it and one line in [`PANES`]; all that the screen knows of a pane
//! is in that value. A pane draws a snapshot in a rectangle and keeps no truth of its own.

use ratatui::layout::Size;

use crate::error::Error;
use crate::lab::ScriptText;
use crate::train::snapshot::{Snapshot, Status};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::look::theme::{Look, Role};

mod gradients;
mod guide;
pub mod ledger;
mod log;
pub mod loss;
mod map;
mod network;
mod race;
mod schedule;
pub mod script;
mod state;

/// All panes, in the order in which a lab shows those that it does not list itself.
pub static PANES: [&Pane; 11] = [
    &loss::PANE,
    &race::PANE,
    &gradients::PANE,
    &state::PANE,
    &ledger::PANE,
    &map::PANE,
    &network::PANE,
    &schedule::PANE,
    &guide::PANE,
    &script::PANE,
    &log::PANE,
];

/// What the screen knows of a pane.
#[derive(Debug)]
pub struct Pane {
    /// Its name in `watch.panes`.
    pub name: &'static str,
    /// Its name on the tab line.
    pub title: &'static str,
    /// Whether it has anything to show of such a run; if not, the lab's screen is without it.
    pub suits: fn(&Snapshot) -> bool,
    /// One sentence: what to look for.
    pub look_for: &'static str,
    /// The left and the right title of its frame.
    pub heading: fn(&View<'_>) -> (String, String),
    /// How many places its cursor can take when its inside has that size.
    pub rows: fn(&View<'_>, Size) -> usize,
    /// The pane in a sentence with its numbers.
    pub describe: fn(&View<'_>) -> String,
    /// It tells by itself how a run ended badly; the other panes get a line about it.
    pub tells_the_end: bool,
    /// Draws its inside.
    pub draw: fn(&View<'_>, &mut Pen<'_>),
}

/// What the user did to one pane.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The row chosen, or scrolled to.
    pub row: usize,
    /// A logarithmic axis is wanted, or is not; none leaves the choice to the pane.
    pub log: Option<bool>,
    /// The step that the crosshair stands at.
    pub cross: Option<u64>,
    /// So many levels smoother than the run has it.
    pub smoother: i8,
    /// Averages are shown with the correction for their start.
    pub corrected: bool,
}

/// All that a pane may look at.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The run.
    pub snapshot: &'a Snapshot,
    /// The lab's text, in Markdown.
    pub about: &'a str,
    /// The place of the parameter in focus in [`Snapshot::state`].
    pub parameter: usize,
    /// The element of it that the ledger is about, row by row.
    pub element: usize,
    /// The lab's scripts; the one at [`View::script`] is shown.
    pub scripts: &'a [ScriptText],
    /// The place of the script that is shown.
    pub script: usize,
    /// The error with which a file of the lab was saved last.
    pub broken: Option<&'a Error>,
    /// What the user did to this pane.
    pub cursor: Cursor,
    /// Keys go to this pane.
    pub focused: bool,
    /// How things look.
    pub look: Look,
}

/// The pane of that name.
pub fn named(name: &str) -> Option<&'static Pane> {
    PANES.into_iter().find(|pane| pane.name == name)
}

/// The title of a pane, with the name of the run that it is about where there are several.
fn titled(view: &View<'_>, title: &str) -> String {
    match view.snapshot.whose() {
        Some(name) => format!("{title} {} {name}", view.look.dot()),
        None => title.to_owned(),
    }
}

/// What to look for in a pane: one that shows several kinds of pictures has a sentence for each.
pub fn look_for(pane: &Pane, snapshot: &Snapshot) -> &'static str {
    if pane.name == map::PANE.name { map::look_for(snapshot) } else { pane.look_for }
}

/// A matrix's shape as in `[64x10]`.
fn shape(shape: &[usize]) -> String {
    let sizes: Vec<String> = shape.iter().map(ToString::to_string).collect();
    format!("[{}]", sizes.join("x"))
}

/// The first of `rows` rows to show in `height` lines so that the chosen one is seen.
fn first_shown(chosen: usize, rows: usize, height: usize) -> usize {
    (chosen + 1).saturating_sub(height).min(rows.saturating_sub(height))
}

/// Draws the inside of a pane; in a run that ended badly its last row says so.
pub fn draw(pane: &Pane, view: &View<'_>, pen: &mut Pen<'_>) {
    let verdict = match &view.snapshot.status {
        Status::Diverged(divergence) => format!("diverged: {}", divergence.sentence()),
        Status::Failed(error) => format!("failed: {}", error.what()),
        _ => String::new(),
    };
    let (columns, rows) = (pen.width(), pen.height());
    if verdict.is_empty() || pane.tells_the_end || rows < 2 {
        return (pane.draw)(view, pen);
    }
    (pane.draw)(view, &mut pen.part(0, 0, columns, rows - 1));
    pen.text(0, rows - 1, &text::cut(&verdict.replace('\n', " "), columns, view.look.ellipsis()), Role::Bad);
}

/// What a pane says before the first step.
fn write_invitation(pen: &mut Pen<'_>) {
    let columns = pen.width();
    let lines = text::wrap("No step was made yet: space runs, s makes one step.", columns);
    let top = pen.height().saturating_sub(lines.len()) / 2;
    for (i, line) in lines.iter().enumerate() {
        pen.text(columns.saturating_sub(text::width(line)) / 2, top + i, line, Role::Dim);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_row_is_always_shown() {
        for rows in 1..12 {
            for height in 1..12 {
                for chosen in 0..rows {
                    let first = first_shown(chosen, rows, height);
                    assert!(first <= chosen && chosen < first + height && first <= rows.saturating_sub(height));
                }
            }
        }
    }

    #[test]
    fn panes_are_found_by_name_and_say_what_to_look_for() {
        for pane in PANES {
            assert!(std::ptr::eq(named(pane.name).unwrap(), pane));
            assert!(pane.look_for.ends_with('.'));
        }
        assert!(named("lossy").is_none());
    }
}
