//! The Script pane: the text of the lab's scripts with line numbers, its pieces told apart as the engine's lexer tells
//! them; the line at which a run failed is marked, with the words of the error below it. While a task asks for a line of the
//! file that is shown, one of its lines is under the cursor.

mod rows;

use std::fmt::Write;

use ratatui::layout::Size;

use crate::error::{Error, scrub_line};
use crate::lab::ScriptText;
use crate::snapshot::Status;
use crate::ui::canvas::pen::Pen;
use crate::ui::host::Effect;
use crate::ui::host::tasks::Deed;
use crate::ui::keys::{Binding, Press};
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::{Answer, Pane, PaneKind, View, scrolled};
use crate::ui::panes::tasked::bears;
use rows::{count, failure, lay_out, margin, rows_of, said};

/// The pane.
pub static PANE: PaneKind = PaneKind {
    name: "script",
    title: "Script",
    keys: &[
        Binding::UP,
        Binding::DOWN,
        Binding::press(Press::Left, "", "the script before"),
        Binding::press(Press::Right, "next script", "the next script of the lab"),
        Binding::press(Press::Enter, "", "answer a task with the line under the cursor"),
        Binding::PAGE_UP,
        Binding::PAGE_DOWN,
        Binding::FIRST,
        Binding::LAST,
    ],
    opens_for: |scripts, _| !scripts.is_empty(),
    suits: |_| true,
    look_for: |_| {
        "This very text is what runs at every step: find the line of each value that the State and the Ledger pane \
               show."
    },
    tells_the_end: false,
    open: || Box::<Script>::default(),
};

/// What the user looks at.
#[derive(Debug, Default)]
struct Script {
    /// The first row that is shown, but where a line is chosen.
    row: usize,
    /// The line under the cursor, counted from 0, where one is to be chosen.
    line: usize,
    /// The line of a failure that is to be in sight, counted from 1, until the user scrolls: how many rows there are before it
    /// depends on the size of the pane.
    sought: Option<usize>,
    /// The name of the script that is shown; none is the first one, and so is one that is gone.
    shown: Option<String>,
}

impl Pane for Script {
    fn heading(&self, view: &View<'_>) -> (String, String) {
        let Some(script) = self.text(view) else { return ("Script".into(), String::new()) };
        let name = scrub_line(&script.source.name);
        // The end of a path tells more than its beginning.
        let file = name.rsplit('/').next().unwrap_or_default();
        let left = format!("Script {dot} {name}\nScript {dot} {file}", dot = view.look.dot());
        let all = view.scripts.len();
        if asks(view, script) {
            return (left, format!("line {line}: Enter answers with it\nline {line}", line = self.line(script) + 1));
        }
        let right = match failure(view, script).filter(|_| view.broken.is_some()) {
            Some((line, _)) => format!("not loaded: error in line {line}"),
            None if view.older_scripts.contains(&script.source.name) => {
                format!("as step {step} has it, edited since\nas step {step} has it", step = view.snapshot.step)
            }
            None if all == 1 => String::new(),
            None => format!("{} of {all}", self.place(view) + 1),
        };
        (left, right)
    }

    fn describe(&self, view: &View<'_>) -> String {
        let Some(script) = self.text(view) else { return "Script: this lab has none.".into() };
        let lines = script.source.text.lines().count();
        let name = scrub_line(&script.source.name);
        let mut said = format!("Script: {name}, {lines} lines, {} of {}", self.place(view) + 1, view.scripts.len());
        if let Some((line, error)) = failure(view, script) {
            let verb = if view.broken.is_some() { "was saved with an error" } else { "failed" };
            said = format!("{said}; it {verb} at line {line}: {}", error.what());
        }
        if view.older_scripts.contains(&script.source.name) {
            let _ = write!(said, "; this is the text by which step {} goes on, edited since", view.snapshot.step);
        }
        said + "."
    }

    fn draw(&self, view: &View<'_>, pen: &mut Pen<'_>) {
        let Some(script) = self.text(view) else {
            pen.text(0, 0, "This lab has no script.", Role::Dim);
            return;
        };
        let (margin, height) = (margin(script), pen.height());
        let all = count(view, script, pen.width());
        let first = self.first(view, script, pen.width(), height);
        let look = view.look;
        let chosen = asks(view, script).then(|| self.line(script) + 1);
        let mut line = 0;
        for (y, row) in lay_out(view, script, pen.width(), first..first + height).iter().enumerate() {
            if let Some(number) = row.number {
                let role = if row.failed { Role::Bad } else { Role::Dim };
                pen.text(1, y, &format!("{number:>width$}", width = margin - 3), role);
                if row.failed {
                    pen.symbol(0, y, look.pick('▶', '>'), Role::Bad);
                }
            } else if row.goes_on {
                pen.symbol(margin - 3, y, look.pick('↳', '>'), Role::Dim);
            }
            let mut x = margin;
            for (piece, role) in &row.pieces {
                x = pen.text(x, y, piece, *role);
            }
            line = row.number.unwrap_or(line);
            if chosen == Some(line) && (row.number.is_some() || row.goes_on) {
                row.number.iter().for_each(|_| pen.symbol(0, y, look.pick('▶', '>'), Role::Key));
                pen.row_style(y, Role::Selected);
            }
        }
        pen.scroll_marks(first > 0, first + height < all);
    }

    fn row(&mut self) -> Option<&mut usize> {
        Some(&mut self.row)
    }

    fn rows(&self, view: &View<'_>, size: Size) -> usize {
        let rows = self.text(view).map_or(0, |script| count(view, script, usize::from(size.width)));
        rows.saturating_sub(usize::from(size.height)) + 1
    }

    fn scroll(&mut self, press: Press, view: &View<'_>, size: Size) {
        let Some(script) = self.text(view) else { return };
        if asks(view, script) {
            let last = script.source.text.lines().count().saturating_sub(1);
            self.line = scrolled(self.line(script), press, last, size);
        } else {
            let here = self.first(view, script, usize::from(size.width), usize::from(size.height));
            self.row = scrolled(here, press, self.rows(view, size).saturating_sub(1), size);
            self.sought = None;
        }
    }

    fn act(&mut self, press: Press, view: &View<'_>, size: Size) -> Answer {
        let at = self.place(view);
        if press == Press::Enter {
            return self.choose(view);
        }
        let next = match press {
            Press::Left => at.checked_sub(1),
            Press::Right => Some(at + 1),
            _ => {
                self.scroll(press, view, size);
                return Answer::default();
            }
        };
        let Some(script) = next.and_then(|next| view.scripts.get(next)) else {
            return Answer::notice(format!("there are {} scripts, and this is the end of them", view.scripts.len()));
        };
        self.open(script);
        Answer::default()
    }

    fn show_file(&mut self, name: &str, view: &View<'_>) -> bool {
        let Some(script) = view.scripts.iter().find(|script| bears(&script.source.name, name)) else { return false };
        if self.text(view).is_none_or(|shown| shown.source.name != script.source.name) {
            self.open(script);
        }
        true
    }

    fn show_line(&mut self, name: &str, line: usize, view: &View<'_>) {
        if view.scripts.iter().any(|script| script.source.name == name) {
            (self.shown, self.sought) = (Some(name.to_owned()), Some(line));
        }
    }

    fn run_ended(&mut self, view: &View<'_>) {
        if let Status::Failed(error) = &view.live.status {
            self.show_line_of(error, view);
        }
    }

    fn file_broke(&mut self, view: &View<'_>) {
        if let Some(error) = view.broken {
            self.show_line_of(error, view);
        }
    }

    fn copy(&self, view: &View<'_>) -> Option<String> {
        self.text(view).map(|script| script.source.text.clone())
    }

    fn script(&self, view: &View<'_>) -> Option<String> {
        self.text(view).map(|script| script.source.name.clone())
    }
}

impl Script {
    /// Shows a script from its beginning.
    fn open(&mut self, script: &ScriptText) {
        *self = Self { shown: Some(script.source.name.clone()), ..Self::default() };
    }

    /// The place of the script that is shown.
    fn place(&self, view: &View<'_>) -> usize {
        let found = view.scripts.iter().position(|script| Some(&script.source.name) == self.shown.as_ref());
        found.unwrap_or(0)
    }

    fn text<'v>(&self, view: &View<'v>) -> Option<&'v ScriptText> {
        view.scripts.get(self.place(view))
    }

    /// The line under the cursor, counted from 0.
    fn line(&self, script: &ScriptText) -> usize {
        self.line.min(script.source.text.lines().count().saturating_sub(1))
    }

    /// The first row that is shown: where a line is chosen, or one failed, with that line and some before it.
    fn first(&self, view: &View<'_>, script: &ScriptText, columns: usize, height: usize) -> usize {
        let last = count(view, script, columns).saturating_sub(height);
        let room = columns.saturating_sub(margin(script)).max(1);
        // Rows of so many lines from the first on.
        let rows = |lines: usize| script.source.text.lines().take(lines).map(|line| rows_of(line, room)).sum::<usize>();
        match self.sought {
            _ if asks(view, script) => rows(self.line(script)).saturating_sub(height / 2).min(last),
            Some(line) => {
                // A few lines before it tell what it is part of, as far as it is whole with the words below it.
                let words = failure(view, script).filter(|(at, _)| *at == line);
                let end = rows(line) + words.map_or(0, |(_, error)| said(error, room).len());
                let begins = rows(line.saturating_sub(1));
                rows(line.saturating_sub(1 + BEFORE)).max(end.saturating_sub(height)).min(begins).min(last)
            }
            None => self.row.min(last),
        }
    }

    /// Answers the task that asks for a line with the one under the cursor.
    fn choose(&self, view: &View<'_>) -> Answer {
        let script = self.text(view);
        let task = script.zip(view.tasks).and_then(|(script, tasked)| tasked.asks_for_line_of(&script.source.name));
        let Some((task, script)) = task.zip(script) else {
            return Answer::notice("the current task does not ask for a line of this script");
        };
        let deed = Deed::Answer((self.line(script) + 1).to_string());
        Answer { effects: vec![Effect::Task { id: task.id.clone(), deed }], ..Answer::default() }
    }

    /// Shows the line of a script at which an error lies.
    fn show_line_of(&mut self, error: &Error, view: &View<'_>) {
        if let Some(place) = error.place() {
            self.show_line(&place.source.name, place.line(), view);
        }
    }
}

/// The current task asks for a line of this script.
fn asks(view: &View<'_>, script: &ScriptText) -> bool {
    view.tasks.is_some_and(|tasked| tasked.asks_for_line_of(&script.source.name).is_some())
}

/// Lines that are shown before the one that failed.
const BEFORE: usize = 4;

#[cfg(test)]
mod tests;
