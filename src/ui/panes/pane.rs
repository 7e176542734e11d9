//! What a pane is: what is the same of it in every lab, what the screen asks of one that is open, and what it may look at.
//! A pane draws a snapshot in a rectangle, owns its keys and what the user chose in it, and keeps no truth of its own.

use std::fmt::Debug;

use ratatui::layout::{Position, Size};

use crate::error::Error;
use crate::lab::ScriptText;
use crate::snapshot::{Snapshot, Status};
use crate::ui::canvas::markdown;
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::host::Effect;
use crate::ui::keys::{Binding, Press};
use crate::ui::look::theme::{Look, Role};
use crate::ui::panes::tasked::{News, Tasked};

/// What is the same of a pane in every lab.
#[derive(Debug)]
pub struct PaneKind {
    /// Its name in `watch.panes`.
    pub name: &'static str,
    /// Its name on the tab line.
    pub title: &'static str,
    /// Its keys, in the order of the help. A key that is not here never reaches it.
    pub keys: &'static [Binding],
    /// Whether a lab with these scripts has it, and whether the lab lists it; if not, the lab's screen is without it for good.
    pub opens_for: fn(&[ScriptText], bool) -> bool,
    /// Whether it has anything to show of such a run; if not, the lab's screen is without it for now.
    pub suits: fn(&Snapshot) -> bool,
    /// One sentence: what to look for in such a run.
    pub look_for: fn(&Snapshot) -> &'static str,
    /// It tells by itself how a run ended badly, and comes into view when one does; the other panes get a line about it.
    pub tells_the_end: bool,
    /// One as a lab opens it, with nothing chosen in it.
    pub open: fn() -> Box<dyn Pane>,
}

/// A pane of an open lab: what the user chose in it, and how it is drawn.
///
/// `size` is that of its inside, within the frame.
pub trait Pane: Debug {
    /// The left and the right title of its frame; each may have several forms, one a line, the longest first.
    fn heading(&self, view: &View<'_>) -> (String, String);

    /// The pane in a sentence with its numbers.
    fn describe(&self, view: &View<'_>) -> String;

    /// Draws its inside.
    fn draw(&self, view: &View<'_>, pen: &mut Pen<'_>);

    /// The row that is chosen, or scrolled to, if it has rows.
    fn row(&mut self) -> Option<&mut usize>;

    /// How many places that row can take.
    fn rows(&self, view: &View<'_>, size: Size) -> usize;

    /// Moves among its rows, as keys and the wheel ask for it.
    fn scroll(&mut self, press: Press, view: &View<'_>, size: Size) {
        let last = self.rows(view, size).saturating_sub(1);
        if let Some(row) = self.row() {
            *row = scrolled(*row, press, last, size);
        }
    }

    /// Does what one of its keys asks for.
    fn act(&mut self, press: Press, view: &View<'_>, size: Size) -> Answer {
        self.scroll(press, view, size);
        if self.rows(view, size) <= 1 {
            return Answer::notice("all of it is shown: there is nothing to scroll to");
        }
        Answer::default()
    }

    /// The mouse is pressed, or dragged with a button down, at this place of its inside.
    fn point(&mut self, _at: Position, _view: &View<'_>, _size: Size) {}

    /// Closes what is open in it; false if nothing is.
    fn close(&mut self) -> bool {
        false
    }

    /// The run has just ended early.
    fn run_ended(&mut self, _view: &View<'_>) {}

    /// A file of the lab was saved with the error at [`View::broken`].
    fn file_broke(&mut self, _view: &View<'_>) {}

    /// The current task is another one, or something has come of it.
    fn task_changed(&mut self, _news: News) {}

    /// Shows the file that the lab calls so; false if it has no such file to show.
    fn show_file(&mut self, _name: &str, _view: &View<'_>) -> bool {
        false
    }

    /// Shows a line, counted from 1, of the script of this name, if it shows scripts.
    fn show_line(&mut self, _name: &str, _line: usize, _view: &View<'_>) {}

    /// The script that an editor should open while the pane is in focus; none means the lab.
    fn script(&self, _view: &View<'_>) -> Option<String> {
        None
    }

    /// What is copied of it as text while it is in focus; if that is nothing the ledger is copied.
    fn copy(&self, _view: &View<'_>) -> Option<String> {
        None
    }
}

/// What a pane wants to happen outside of it.
#[derive(Debug, Default, PartialEq)]
pub struct Answer {
    /// For the host.
    pub effects: Vec<Effect>,
    /// A line in place of the hints.
    pub notice: Option<String>,
    /// The place of the parameter to look at from now on, in all panes.
    pub parameter: Option<usize>,
    /// The element of the parameter, row by row.
    pub element: Option<usize>,
    /// The name of the pane that takes the focus, if it is there.
    pub focus: Option<&'static str>,
}

impl Answer {
    /// Nothing but words.
    pub fn notice(words: impl Into<String>) -> Self {
        Self { notice: Some(words.into()), ..Self::default() }
    }
}

/// All that a pane may look at.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The run as it is shown.
    pub snapshot: &'a Snapshot,
    /// The run as it stands, which is another while the picture is frozen.
    pub live: &'a Snapshot,
    /// The lab's text, in Markdown.
    pub about: &'a str,
    /// The place of the parameter in focus in [`Snapshot::state`].
    pub parameter: usize,
    /// The element of it that the ledger is about, row by row.
    pub element: usize,
    /// The lab's scripts: those by which the run goes on from the step that is shown.
    pub scripts: &'a [ScriptText],
    /// The names of those that were edited since.
    pub older_scripts: &'a [String],
    /// The error with which a file of the lab was saved last.
    pub broken: Option<&'a Error>,
    /// What the lab asks, and where its student is; none of a lab that asks nothing.
    pub tasks: Option<Tasked<'a>>,
    /// In a walk through the phases of an update, how many lines of the ledger are worked so far: the last of them is lit,
    /// and those after it are still to come. None where all are shown alike.
    pub worked: Option<usize>,
    /// Keys go to this pane.
    pub focused: bool,
    /// How things look.
    pub look: Look,
}

/// Draws the inside of a pane; in a run that ended badly its last row says so.
pub fn draw(kind: &PaneKind, pane: &dyn Pane, view: &View<'_>, pen: &mut Pen<'_>) {
    // In a race it is told of whom: the worst end is that of all.
    let runs = view.snapshot.race.iter().flat_map(|race| &race.runs);
    let whose = runs.into_iter().find(|run| run.status == view.snapshot.status);
    let whose = whose.map_or_else(String::new, |run| format!("{} ", run.name));
    let verdict = match &view.snapshot.status {
        Status::Diverged(divergence) => format!("{whose}diverged: {}", divergence.sentence()),
        Status::Failed(error) => format!("{whose}failed: {}", error.what()),
        _ => String::new(),
    };
    let (columns, rows) = (pen.width(), pen.height());
    if verdict.is_empty() || kind.tells_the_end || rows < 2 {
        return pane.draw(view, pen);
    }
    pane.draw(view, &mut pen.part(0, 0, columns, rows - 1));
    let said = markdown::line(&verdict.replace('\n', " "), Role::Bad, columns, view.look.ellipsis());
    markdown::draw(&[said], &mut pen.part(0, rows - 1, columns, 1));
}

/// The row to which a key moves from one, of those up to the last.
pub(super) fn scrolled(row: usize, press: Press, last: usize, size: Size) -> usize {
    let page = usize::from(size.height.saturating_sub(1)).max(1);
    let row = row.min(last);
    let next = match press {
        Press::Up => row.saturating_sub(1),
        Press::Down => row + 1,
        Press::PageUp => row.saturating_sub(page),
        Press::PageDown => row + page,
        Press::First => 0,
        Press::Last => last,
        Press::Left | Press::Right | Press::Enter | Press::Letter(_) => row,
    };
    next.min(last)
}

/// The title of a pane, with the name of the run that it is about where there are several.
pub(super) fn titled(view: &View<'_>, title: &str) -> String {
    match view.snapshot.whose() {
        Some(name) => format!("{title} {} {name}", view.look.dot()),
        None => title.to_owned(),
    }
}

/// A matrix's shape as in `[64x10]`.
pub(super) fn shape(shape: &[usize]) -> String {
    let sizes: Vec<String> = shape.iter().map(ToString::to_string).collect();
    format!("[{}]", sizes.join("x"))
}

/// The first of `rows` rows to show in `height` lines so that the chosen one is seen.
pub(super) fn first_shown(chosen: usize, rows: usize, height: usize) -> usize {
    (chosen + 1).saturating_sub(height).min(rows.saturating_sub(height))
}

/// The words as they begin a sentence.
pub(super) fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// What there is to say before the first step, of a run that has not begun or of one that went back to its start: a sentence
/// without its end, which begins with a small letter.
pub(super) fn nothing_yet(view: &View<'_>) -> String {
    match view.snapshot.timeline.seen {
        0 => "nothing has run yet".into(),
        seen => format!("this is the start again, of a run that reached step {seen}"),
    }
}

/// How the first step comes about: by the keys that make it, or by an answer while a task holds the run.
pub(super) fn way_on(view: &View<'_>) -> String {
    match view.tasks.and_then(|tasked| tasked.holds_the_run(view.snapshot)) {
        Some(number) => format!("Task {number} is asked before the run: a answers, n leaves it for later"),
        None => "Space runs, s does one step".to_owned(),
    }
}

/// What a pane says before the first step.
pub(super) fn write_invitation(view: &View<'_>, pen: &mut Pen<'_>) {
    let columns = pen.width();
    let held = view.tasks.is_some_and(|tasked| tasked.holds_the_run(view.snapshot).is_some());
    let forward = if view.snapshot.timeline.seen > 0 && !held { ", } goes to its newest step" } else { "" };
    let said = format!("{}. {}{forward}.", capital(&nothing_yet(view)), way_on(view));
    let lines = text::wrap(&said, columns);
    let top = pen.height().saturating_sub(lines.len()) / 2;
    for (i, line) in lines.iter().enumerate().take(pen.height()) {
        pen.text(columns.saturating_sub(text::width(line)) / 2, top + i, line, Role::Dim);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_walked_and_never_left() {
        let size = Size { width: 20, height: 5 };
        let walk = |from, presses: &[Press]| presses.iter().fold(from, |row, press| scrolled(row, *press, 9, size));
        assert_eq!((walk(0, &[Press::Up]), walk(0, &[Press::Down; 3]), walk(9, &[Press::Down])), (0, 3, 9));
        // A page leaves one row of the one before.
        assert_eq!((walk(2, &[Press::PageDown]), walk(9, &[Press::PageUp]), walk(2, &[Press::PageUp])), (6, 5, 0));
        assert_eq!((walk(4, &[Press::Last]), walk(4, &[Press::First]), walk(4, &[Press::Enter])), (9, 0, 4));
        assert_eq!(walk(30, &[Press::Left]), 9);
    }

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
}
