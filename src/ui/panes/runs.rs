//! The Runs pane: the runs of this session as a table, the present ones last: what was set, how far they came, how long it
//! took and what came out. Enter lays the curve of one beside the present one's.

mod columns;

use std::fmt::Write;

use ratatui::layout::Size;

use crate::lab::keys::LabKind;
use crate::session::Command;
use crate::snapshot::{Map, RunRow, RunsView, Snapshot};
use crate::ui::canvas::markdown;
use crate::ui::canvas::measure;
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::host::Effect;
use crate::ui::keys::{Binding, Press};
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::{Answer, Pane, PaneKind, View, first_shown, scrolled};

/// The pane.
pub static PANE: PaneKind = PaneKind {
    name: "runs",
    title: "Runs",
    keys: &[
        Binding::press(Press::Enter, "beside", "lay the curve of this run beside the present one's, or not"),
        Binding::UP,
        Binding::DOWN,
        Binding::PAGE_UP,
        Binding::PAGE_DOWN,
        Binding::FIRST,
        Binding::LAST,
    ],
    opens_for: |_, _| true,
    suits: |_| true,
    look_for: |snapshot| match kind(snapshot) {
        LabKind::Network => {
            "Change one thing at a time, as with `:set training.batch=1`, and compare what it did to loss and time; a row \
             is a run as it stood when the next one began."
        }
        LabKind::Landscape => {
            "Change one thing at a time, as with `:set optimizer.lr=0.1`, and compare how far down each run came."
        }
        LabKind::Series => "Change one thing at a time, as with `:set series={source: impulse}`, and look at Map.",
    },
    tells_the_end: false,
    open: || Box::<Runs>::default(),
};

/// The row under the cursor, counted from the lowest, which is the present run: so it stays where it is when one begins.
#[derive(Debug, Default)]
struct Runs {
    row: usize,
}

impl Pane for Runs {
    fn heading(&self, view: &View<'_>) -> (String, String) {
        let runs = &view.snapshot.runs;
        let beside = runs.beside().map_or_else(String::new, |past| format!("beside: run {}", named(&past.row)));
        let penalty = has_penalty(view).then(|| format!("Runs {} smooth without penalty\n", view.look.dot()));
        (penalty.unwrap_or_default() + "Runs", beside)
    }

    fn describe(&self, view: &View<'_>) -> String {
        let runs = &view.snapshot.runs;
        let starts = runs.present.first().map_or(0, |row| row.number);
        let mut said = format!("Runs: {} in this session", measure::count(starts, "start"));
        for row in &runs.present {
            let _ = write!(
                said,
                "; now run {}, {}: {}",
                named(row),
                what(row, runs).join(", "),
                outcome(row, reached(view))
            );
        }
        if let Some(past) = runs.beside() {
            let _ = write!(
                said,
                "; beside it run {}, {}: {}",
                named(&past.row),
                what(&past.row, runs).join(", "),
                outcome(&past.row, reached(view))
            );
        }
        said + "."
    }

    fn draw(&self, view: &View<'_>, pen: &mut Pen<'_>) {
        let runs = &view.snapshot.runs;
        let rows = all(runs);
        if rows.is_empty() {
            return;
        }
        // The last column is that of the marks which say that there are more rows.
        let (columns, height) = (pen.width().saturating_sub(2), pen.height());
        let note = note(runs);
        let noted = height >= 4 && rows.len() + 2 <= height || height >= 8;
        let names = rows.iter().map(|row| text::width(&named(row))).max().unwrap_or(0).max(3) + 2;
        let told: Vec<Vec<String>> = told(&rows, runs);
        let wanted = 1 + told.iter().map(|set| measure::least_width(set)).max().unwrap_or(0);
        let room = columns.saturating_sub(2 + names);
        // A second line of headings is worth a row where there are some.
        let (loss, two) = (reached(view).split(' ').next().unwrap_or_default(), height >= 5);
        let (shown, two) = columns::of(&rows, loss, room, wanted, two);
        let heads = 1 + usize::from(two);
        let table = height.saturating_sub(heads + usize::from(noted));
        let numbers: usize = shown.iter().map(|column| column.width).sum();
        let words = columns.saturating_sub(2 + names + numbers);
        pen.text(2, heads - 1, "run", Role::Dim);
        pen.text(2 + names, heads - 1, "set", Role::Dim);
        let mut x = 2 + names + words;
        for column in &shown {
            let (upper, lower) = column.title.split_once(' ').filter(|_| two).unwrap_or(("", column.title));
            for (y, title) in [upper, lower].into_iter().skip(2 - heads).enumerate() {
                pen.text(x, y, &format!("{title:>width$}", width = column.width), Role::Dim);
            }
            x += column.width;
        }
        let chosen = rows.len() - 1 - self.row.min(rows.len() - 1);
        let first = first_shown(chosen, rows.len(), table);
        for (y, (at, row)) in rows.iter().enumerate().skip(first).take(table).enumerate() {
            let y = y + heads;
            let present = at >= runs.past.len();
            let role = if present { Role::Strong } else { Role::Text };
            if present {
                pen.symbol(0, y, view.look.pick('▶', '>'), Role::Good);
            } else if runs.beside == Some(row.id) {
                pen.symbol(0, y, view.look.pick('┈', '-'), Role::Key);
            }
            pen.text(2, y, &named(row), role);
            let set = measure::fitting(&told[at], words.saturating_sub(1), view.look.ellipsis());
            pen.text(2 + names, y, &set, role);
            let mut x = 2 + names + words;
            for column in &shown {
                let value = (column.value)(row);
                let role = if value == row.status { Role::Bad } else { role };
                pen.text(x, y, &format!("{value:>width$}", width = column.width), role);
                x += column.width;
            }
            if view.focused && at == chosen {
                pen.part(2, y, names.saturating_sub(2), 1).row_style(0, Role::Selected);
            }
        }
        pen.scroll_marks(first > 0, first + table < rows.len());
        if noted {
            // Whole, or without what is in brackets or behind a semicolon.
            let forms = [" (", ";"].map(|mark| note.split_once(mark).map_or(&*note, |(before, _)| before));
            let note = text::longest([&*note].into_iter().chain(forms), columns).unwrap_or_default();
            let (row, width) = (markdown::words(note, Role::Dim, pen.width()), pen.width());
            markdown::draw(&row, &mut pen.part(0, height - 1, width, 1));
        }
    }

    fn row(&mut self) -> Option<&mut usize> {
        Some(&mut self.row)
    }

    fn rows(&self, view: &View<'_>, _size: Size) -> usize {
        all(&view.snapshot.runs).len().max(1)
    }

    fn scroll(&mut self, press: Press, view: &View<'_>, size: Size) {
        let last = self.rows(view, size) - 1;
        let from_top = last - self.row.min(last);
        self.row = last - scrolled(from_top, press, last, size);
    }

    fn act(&mut self, press: Press, view: &View<'_>, size: Size) -> Answer {
        if press == Press::Enter {
            return self.lay(view);
        }
        self.scroll(press, view, size);
        Answer::default()
    }
}

impl Runs {
    /// Lays the run under the cursor beside the present one, or takes it away.
    fn lay(&self, view: &View<'_>) -> Answer {
        let runs = &view.live.runs;
        let rows = all(runs).len();
        let Some(past) = rows.checked_sub(1 + self.row.min(rows.saturating_sub(1))).and_then(|at| runs.past.get(at))
        else {
            return Answer::notice(if runs.past.is_empty() {
                format!("there is no earlier run yet: `:set {}`, or r, begins another one", kind(view.live).example())
            } else {
                "this is the present run: choose one above it".into()
            });
        };
        if past.curve.buckets.is_empty() {
            return Answer::notice("a series has no loss whose curve could lie beside another");
        }
        let laid = runs.beside == Some(past.row.id);
        let beside = (!laid).then_some(past.row.id);
        let said =
            if laid { "no longer lies in the Loss pane" } else { "lies dim in the Loss pane; Enter takes it away" };
        Answer {
            effects: vec![Effect::Send(Command::Beside(beside))],
            ..Answer::notice(format!("run {} {said}", named(&past.row)))
        }
    }
}

/// All rows, the present ones last.
fn all(runs: &RunsView) -> Vec<&RunRow> {
    runs.past.iter().map(|past| &past.row).chain(&runs.present).collect()
}

/// `2`, in a race `2 sgd`.
fn named(row: &RunRow) -> String {
    format!("{} {}", row.number, row.name).trim_end().to_owned()
}

/// What was set, what else is another than in the oldest run, as after an edit of the lab, and in a race what sets this run
/// apart from the others.
fn what(row: &RunRow, runs: &RunsView) -> Vec<String> {
    let mut told = row.set();
    let rows = all(runs);
    let fellows = rows.iter().filter(|other| other.number == row.number && other.id != row.id);
    let mut is_its_name = false;
    for words in rows.first().into_iter().chain(fellows).flat_map(|other| row.differs_from(other)) {
        is_its_name |= words == row.name;
        if !told.contains(&words) && words != row.name {
            told.push(words);
        }
    }
    match told.is_empty() {
        // What it is called is all that sets it apart.
        true if is_its_name => vec![row.name.clone()],
        true => vec!["as in the lab".to_owned()],
        false => told,
    }
}

/// What was set in each of these runs, that first in which they differ.
fn told(rows: &[&RunRow], runs: &RunsView) -> Vec<Vec<String>> {
    let all: Vec<Vec<String>> = rows.iter().map(|row| what(row, runs)).collect();
    let mut sorted = all.clone();
    sorted.iter_mut().for_each(|own| own.sort_by_key(|words| all.iter().all(|other| other.contains(words))));
    sorted
}

/// The numbers under *smooth* are not those of the line in the Loss pane, which has the penalty.
fn has_penalty(view: &View<'_>) -> bool {
    all(&view.snapshot.runs).into_iter().any(RunRow::has_penalty)
}

fn is_broken(row: &RunRow) -> bool {
    matches!(row.status, "diverged" | "failed")
}

/// A share in percent.
fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// What came out, in words.
fn outcome(row: &RunRow, reached: &str) -> String {
    let mut said = format!("{}, {}", row.status, measure::count(row.step, "step"));
    if let Some(rate) = row.rate() {
        let _ = write!(said, " in {} ({})", measure::duration(row.seconds), measure::speed(rate));
    }
    if let Some(loss) = row.loss {
        let _ = write!(said, ", {reached} {}", text::short(loss));
    }
    if let Some(loss) = row.val_loss {
        let _ = write!(said, ", validation loss {}", text::short(loss));
    }
    if let Some(share) = row.val_accuracy {
        let _ = write!(said, " with {} correct", percent(share));
    }
    said
}

/// What the runs make small.
fn reached(view: &View<'_>) -> &'static str {
    match &view.snapshot.map {
        Some(Map::Landscape(_)) => "height",
        _ if has_penalty(view) => "smooth loss without penalty",
        _ => "smooth loss",
    }
}

/// What kind of lab runs.
fn kind(snapshot: &Snapshot) -> LabKind {
    match (&snapshot.series, &snapshot.map) {
        (Some(_), _) => LabKind::Series,
        (None, Some(Map::Landscape(_))) => LabKind::Landscape,
        (None, _) => LabKind::Network,
    }
}

/// The row below the table. A series has no curve of a loss that could be drawn.
fn note(runs: &RunsView) -> String {
    match runs.beside() {
        Some(past) => format!("Run {} lies dim in the Loss pane; Enter takes it away.", named(&past.row)),
        None if runs.past.iter().all(|past| past.curve.buckets.is_empty()) => {
            "`:set KEY=VALUE` begins another run (Tab completes).".to_owned()
        }
        None => "Enter draws a run dim in the Loss pane.".to_owned(),
    }
}

#[cfg(test)]
mod tests;
