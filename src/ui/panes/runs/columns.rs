//! The columns of numbers in the table of runs: which of them there are, and which are given up where room lacks.

use super::{is_broken, percent};
use crate::snapshot::RunRow;
use crate::ui::canvas::measure;
use crate::ui::canvas::text;

/// A column of numbers.
pub(super) struct Column {
    pub title: &'static str,
    pub width: usize,
    /// The columns of the lowest rank are given up last.
    rank: u8,
    pub value: fn(&RunRow) -> String,
}

/// The columns that have anything to show, as many as fit beside what was set, which takes `wanted` columns: for that the
/// count of steps and their rate are given up, for a few words of it all others.
pub(super) fn of(rows: &[&RunRow], loss: &'static str, room: usize, wanted: usize) -> Vec<Column> {
    let column = |title, width, rank, value| Column { title, width, rank, value };
    let epochs = rows.iter().any(|row| row.steps_per_epoch > 1 && row.steps_per_epoch < row.steps_total);
    let mut all = Vec::new();
    if epochs {
        all.push(column("epochs", 8, 4, |row| {
            let text = format!("{:.1}", row.epochs());
            text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
        }));
    } else {
        all.push(column("steps", 9, 4, |row| row.step.to_string()));
    }
    all.push(column(
        "time",
        9,
        2,
        |row| if row.rate().is_none() { "-".into() } else { measure::duration(row.seconds) },
    ));
    all.push(column("steps/s", 11, 5, |row| row.rate().map_or_else(|| "-".to_owned(), measure::rate)));
    if rows.iter().any(|row| row.loss.is_some() || is_broken(row)) {
        all.push(column(loss, 10, 0, |row| if is_broken(row) { row.status.to_owned() } else { text::maybe(row.loss) }));
    }
    if rows.iter().any(|row| row.val_loss.is_some()) {
        all.push(column("val loss", 10, 3, |row| text::maybe(row.val_loss)));
    }
    if rows.iter().any(|row| row.val_accuracy.is_some()) {
        all.push(column("val acc", 9, 1, |row| row.val_accuracy.map_or_else(|| "-".to_owned(), percent)));
    }
    let wanted = wanted.min(MOST_WORDS);
    while let Some(least) = (0..all.len()).max_by_key(|at| all[*at].rank) {
        let least_words = if all[least].rank >= STEPS { wanted.max(WORDS) } else { WORDS };
        if all.iter().map(|column| column.width).sum::<usize>() + least_words <= room {
            break;
        }
        all.remove(least);
    }
    all
}

/// The rank from which on columns tell of steps, which are the same in most runs.
const STEPS: u8 = 4;
/// Columns that what was set has at the most, where it takes them from others.
const MOST_WORDS: usize = 36;

/// Columns that what was set has at the least.
const WORDS: usize = 14;
