//! The Log pane: what scripts printed, warnings, and what was done to the run, each with its step; the newest lowest.
//! Its rows count from below, so that it follows the run until somebody scrolls.

use ratatui::layout::Size;

use crate::snapshot::Snapshot;
use crate::ui::canvas::markdown;
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::keys::{Binding, Press};
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::{Pane, PaneKind, View, scrolled};

/// The pane.
pub static PANE: PaneKind = PaneKind {
    name: "log",
    title: "Log",
    keys: &[Binding::UP, Binding::DOWN, Binding::PAGE_UP, Binding::PAGE_DOWN, Binding::FIRST, Binding::LAST],
    opens_for: |_, _| true,
    suits: |_| true,
    look_for: |_| "Look here first when something is odd: warnings, what scripts print, and at which step a value was changed by hand.",
    tells_the_end: false,
    open: || Box::<Log>::default(),
};

/// How far it is scrolled, counted from the newest line.
#[derive(Debug, Default)]
struct Log {
    row: usize,
}

impl Pane for Log {
    fn heading(&self, view: &View<'_>) -> (String, String) {
        let all = entries(view.snapshot);
        let counted =
            |kind, one, many| Some(count(&all, kind)).filter(|count| *count > 0).map(|count| plural(count, one, many));
        let entries = Some(all.len()).filter(|count| *count > 0).map(|count| plural(count, "entry", "entries"));
        let wrong = [counted(Kind::Error, "error", "errors"), counted(Kind::Warning, "warning", "warnings")];
        let right = entries.into_iter().chain(wrong.into_iter().flatten()).collect::<Vec<_>>().join(", ");
        ("Log".into(), right)
    }

    fn describe(&self, view: &View<'_>) -> String {
        let all = entries(view.snapshot);
        let Some((step, _, newest)) = all.last() else {
            return "Log: no script printed anything, no warning came and no value was changed by hand so far.".into();
        };
        format!(
            "Log: {} printed, {}, {} by hand or by the lab; the newest after step {step}: {newest}",
            plural(count(&all, Kind::Printed), "line", "lines"),
            plural(count(&all, Kind::Warning), "warning", "warnings"),
            plural(count(&all, Kind::Done), "change", "changes"),
        )
    }

    fn draw(&self, view: &View<'_>, pen: &mut Pen<'_>) {
        let rows = lay_out(view, pen.width());
        if rows.is_empty() {
            let said = "Nothing yet. `print(...)` in a script writes here; so do warnings, and values that are changed by hand.";
            return markdown::draw(&markdown::words(said, Role::Dim, pen.width()), pen);
        }
        let height = pen.height();
        let hidden = rows.len().saturating_sub(height);
        let below = self.row.min(hidden);
        let first = hidden - below;
        for (y, (number, line)) in rows.iter().skip(first).take(height).enumerate() {
            let mut x = pen.text(0, y, number, Role::Dim) + 2;
            for (words, role) in line {
                x = pen.text(x, y, words, *role);
            }
        }
        pen.scroll_marks(first > 0, below > 0);
    }

    fn row(&mut self) -> Option<&mut usize> {
        Some(&mut self.row)
    }

    fn rows(&self, view: &View<'_>, size: Size) -> usize {
        let rows = lay_out(view, usize::from(size.width)).len();
        rows.saturating_sub(usize::from(size.height)) + 1
    }

    fn scroll(&mut self, press: Press, view: &View<'_>, size: Size) {
        let from_below = match press {
            Press::Up => Press::Down,
            Press::Down => Press::Up,
            Press::PageUp => Press::PageDown,
            Press::PageDown => Press::PageUp,
            Press::First => Press::Last,
            Press::Last => Press::First,
            other => other,
        };
        self.row = scrolled(self.row, from_below, self.rows(view, size).saturating_sub(1), size);
    }
}

/// What came from where.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Printed,
    Warning,
    /// Of a file that was saved: nothing of it is taken up.
    Error,
    Done,
}

/// All entries that were there at this step, in their order: what was printed after a step stands before what was then
/// done.
fn entries(snapshot: &Snapshot) -> Vec<(u64, Kind, &str)> {
    let printed = snapshot.log.iter().map(|(step, line)| {
        let kind = match line.split_once(": ") {
            Some(("warning", _)) => Kind::Warning,
            Some(("error", _)) => Kind::Error,
            _ => Kind::Printed,
        };
        (*step, kind, line.as_str())
    });
    let done = snapshot.timeline.marks.iter().filter(|mark| mark.step <= snapshot.step);
    let mut all: Vec<_> = printed.chain(done.map(|mark| (mark.step, Kind::Done, mark.text.as_str()))).collect();
    all.sort_by_key(|(step, _, _)| *step);
    all
}

fn count(all: &[(u64, Kind, &str)], kind: Kind) -> usize {
    all.iter().filter(|(_, other, _)| *other == kind).count()
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A line of the pane: the step where an entry begins, and the words.
type Row = (String, markdown::Row);

/// All lines, wrapped beside the column of the steps.
fn lay_out(view: &View<'_>, columns: usize) -> Vec<Row> {
    let all = entries(view.snapshot);
    let digits = all.iter().map(|(step, _, _)| step.to_string().len()).max().unwrap_or(1).max(4);
    let mut rows = Vec::new();
    for (step, kind, words) in all {
        let (sign, role) = match kind {
            Kind::Printed => ("", Role::Text),
            Kind::Warning | Kind::Error => ("", Role::Warn),
            Kind::Done => (view.look.pick("▲ ", "^ "), Role::Strong),
        };
        let (words, room) = (format!("{sign}{words}"), columns.saturating_sub(digits + 2));
        // What a script prints stands as it was printed.
        let lines = match kind {
            Kind::Printed => text::wrap(&words, room).into_iter().map(|line| vec![(line, role)]).collect(),
            Kind::Warning | Kind::Error | Kind::Done => markdown::words(&words, role, room),
        };
        // An empty line that was printed is an entry, too.
        for (at, line) in if lines.is_empty() { vec![Vec::new()] } else { lines }.into_iter().enumerate() {
            let number = if at == 0 { format!("{step:>digits$}") } else { " ".repeat(digits) };
            rows.push((number, line));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Mark;
    use crate::ui::tests::fixture::{self, pane_picture};

    fn talkative() -> Snapshot {
        let mut snapshot = fixture::healthy();
        let warning =
            "warning: the state `s` of `mine` is after 287 steps what it was at the start, though gradients were not 0";
        snapshot.log = vec![(0, "warning: `lr` is far from usual".into())];
        snapshot.log.extend((1..=9).map(|epoch| (23 * epoch, format!("epoch {epoch}: angle {}", 0.1 * epoch as f64))));
        snapshot.log.push((287, warning.into()));
        let mark = |step, text: &str| Mark { step, text: text.into() };
        snapshot.timeline.marks = vec![mark(100, "lr = 0.0321"), mark(287, "fork"), mark(400, "lr = 1")];
        snapshot
    }

    #[test]
    fn the_newest_entries_are_lowest() {
        insta::assert_snapshot!(pane_picture(&PANE, &talkative(), (76, 10), true));
        insta::assert_snapshot!(pane_picture(&PANE, &talkative(), (40, 18), false));
    }

    #[test]
    fn nothing_yet() {
        insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (60, 6), true));
        assert_eq!(
            fixture::described(&PANE, &fixture::healthy()),
            "Log: no script printed anything, no warning came and no value was changed by hand so far."
        );
    }

    #[test]
    fn the_sentence_has_the_numbers() {
        insta::assert_snapshot!(fixture::described(&PANE, &talkative()));
    }
}
