//! The columns of numbers in the table of runs: which of them there are, and which are given up where room lacks.

use super::{is_broken, percent};
use crate::snapshot::RunRow;
use crate::ui::canvas::measure;
use crate::ui::canvas::text;

/// A column of numbers.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub title: &'static str,
    pub width: usize,
    /// The columns of the lowest rank are given up last.
    rank: u8,
    pub value: fn(&RunRow) -> String,
}

/// The columns that have anything to show, each as wide as its widest number, as many as fit beside what was set, which takes
/// `wanted` columns: for that the count of steps and their rate are given up, for a few words of it all others. What is left of
/// the room is for what was set; no column is given up that would fit into it.
///
/// Where their headings may take two lines, a column whose heading is wider than its numbers becomes narrower by them, and
/// stands closer to the next. They do so where a loss or an accuracy would be given up otherwise. Returned with it: whether
/// they take two.
pub(super) fn of(rows: &[&RunRow], loss: &'static str, room: usize, wanted: usize, two: bool) -> (Vec<Column>, bool) {
    let whole = all(rows, loss, false);
    let results = |kept: &[Column]| kept.iter().filter(|column| column.rank <= RESULTS).count();
    let one = fitting(whole.clone(), room, wanted);
    if two && results(&one) < results(&whole) {
        let folded = fitting(all(rows, loss, true), room, wanted);
        if results(&folded) > results(&one) {
            return (folded, true);
        }
    }
    (one, false)
}

/// All columns that have anything to show.
fn all(rows: &[&RunRow], loss: &'static str, folded: bool) -> Vec<Column> {
    let column = |title: &'static str, rank, value: fn(&RunRow) -> String| {
        let cells = rows.iter().map(|row| text::width(&value(row)));
        let lines = title.split(if folded { ' ' } else { '\n' });
        let gap = if folded { 1 } else { GAP };
        Column { title, width: gap + cells.chain(lines.map(str::len)).max().unwrap_or(0), rank, value }
    };
    let epochs = rows.iter().any(|row| row.steps_per_epoch > 1 && row.steps_per_epoch < row.steps_total);
    let mut all = Vec::new();
    if epochs {
        all.push(column("epochs", STEPS, |row| {
            let text = format!("{:.1}", row.epochs());
            text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
        }));
    } else {
        all.push(column("steps", STEPS, |row| row.step.to_string()));
    }
    all.push(column("time", 3, |row| if row.rate().is_none() { "-".into() } else { measure::duration(row.seconds) }));
    all.push(column("steps/s", 5, |row| row.rate().map_or_else(|| "-".to_owned(), measure::rate)));
    if rows.iter().any(|row| row.loss.is_some() || is_broken(row)) {
        all.push(column(loss, 0, |row| if is_broken(row) { row.status.to_owned() } else { text::maybe(row.loss) }));
    }
    if rows.iter().any(|row| row.val_loss.is_some()) {
        all.push(column("val loss", 2, |row| text::maybe(row.val_loss)));
    }
    if rows.iter().any(|row| row.val_accuracy.is_some()) {
        all.push(column("val acc", 1, |row| row.val_accuracy.map_or_else(|| "-".to_owned(), percent)));
    }
    all
}

/// As many of them as fit, those of the lowest ranks first.
fn fitting(mut all: Vec<Column>, room: usize, wanted: usize) -> Vec<Column> {
    let mut ranks: Vec<u8> = all.iter().map(|column| column.rank).collect();
    ranks.sort_unstable();
    let (mut kept, mut used) = (Vec::new(), 0);
    for rank in ranks {
        let width = all.iter().find(|column| column.rank == rank).map_or(0, |column| column.width);
        let words = wanted.min(if rank >= STEPS { MOST_WORDS } else { WORDS });
        if used + width + words <= room {
            used += width;
            kept.push(rank);
        }
    }
    all.retain(|column| kept.contains(&column.rank));
    all
}

/// Blanks before a column.
const GAP: usize = 2;
/// The rank from which on columns tell of steps, which are the same in most runs.
const STEPS: u8 = 4;
/// The rank up to which columns tell what came out: losses and an accuracy.
const RESULTS: u8 = 2;
/// Columns that what was set has at the most, where it takes them from others.
const MOST_WORDS: usize = 36;

/// Columns that what was set has before any number, if it has so many words.
const WORDS: usize = 14;
