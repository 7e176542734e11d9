//! What stands beside a map, or below it where it is narrow: marks with their names and numbers.

use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;

/// From this width on there is room beside a map.
const WIDE: usize = 66;
/// The widest legend beside a map.
const MOST: usize = 26;

/// A mark and what it means.
pub(super) struct Entry {
    pub mark: String,
    pub role: Role,
    pub text: String,
}

/// An entry.
pub(super) fn entry(mark: impl Into<String>, role: Role, text: impl Into<String>) -> Entry {
    Entry { mark: mark.into(), role, text: text.into() }
}

fn width(entry: &Entry) -> usize {
    text::width(&entry.mark) + usize::from(!entry.mark.is_empty()) + text::width(&entry.text)
}

/// Columns beside the map and rows below it that the legend takes of so many columns and rows.
pub(super) fn room(entries: &[Entry], columns: usize, rows: usize) -> (usize, usize) {
    if columns >= WIDE {
        let widest = entries.iter().map(width).max().unwrap_or(0).min(MOST);
        (widest + 2, 0)
    } else {
        (0, flow(entries, columns).len().min(rows / 5))
    }
}

/// Draws it in a column, an entry a row. What is wider than the column goes on in the next row; an entry for which there are
/// not rows enough is left out, with those after it.
pub(super) fn column(entries: &[Entry], pen: &mut Pen<'_>) {
    let mut y = 0;
    for entry in entries {
        let x = text::width(&entry.mark) + usize::from(!entry.mark.is_empty());
        let lines = text::wrap(&entry.text, pen.width().saturating_sub(x).max(1));
        if y + lines.len() > pen.height() {
            return;
        }
        pen.text(0, y, &entry.mark, entry.role);
        for line in lines {
            pen.text(x, y, &line, Role::Text);
            y += 1;
        }
    }
}

/// Draws it in lines.
pub(super) fn lines(entries: &[Entry], pen: &mut Pen<'_>) {
    for (y, line) in flow(entries, pen.width()).into_iter().take(pen.height()).enumerate() {
        let mut x = 0;
        for entry in line {
            x = pen.text(x, y, &entry.mark, entry.role) + usize::from(!entry.mark.is_empty());
            x = pen.text(x, y, &entry.text, Role::Text) + 2;
        }
    }
}

/// As many entries a line as there is room for.
fn flow(entries: &[Entry], columns: usize) -> Vec<Vec<&Entry>> {
    let mut lines: Vec<Vec<&Entry>> = Vec::new();
    let mut used = 0;
    for entry in entries {
        let needs = width(entry) + 2;
        match lines.last_mut() {
            Some(line) if used + needs <= columns + 2 => line.push(entry),
            _ => {
                lines.push(vec![entry]);
                used = 0;
            }
        }
        used += needs;
    }
    lines
}
