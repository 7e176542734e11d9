//! The rows of the Script pane: lines with their numbers, told apart by the engine's lexer, those that are longer than a row on
//! several, and the words of an error below the line at which it lies.

use std::ops::Range;

use crate::error::Error;
use crate::lab::{Ink, ScriptText};
use crate::snapshot::Status;
use crate::ui::canvas::markdown;
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::View;

/// How many rows the text takes.
pub(super) fn count(view: &View<'_>, script: &ScriptText, columns: usize) -> usize {
    let columns = columns.saturating_sub(margin(script)).max(1);
    let text = &script.source.text;
    let failed = failure(view, script).map_or(0, |(_, error)| said(error, columns).len());
    text.split_inclusive('\n').map(|line| rows_of(line, columns)).sum::<usize>() + failed
}

/// How many rows a line takes; most need no look at their characters.
pub(super) fn rows_of(line: &str, columns: usize) -> usize {
    let line = line.trim_end();
    // No character is wider than its bytes are many, but a tab.
    if line.len() <= columns && !line.contains('\t') { 1 } else { breaks(line, columns).len() + 1 }
}

/// The words of an error below the line at which it lies, with its column: a long line takes several rows, below which no mark
/// could point at it.
pub(super) fn said(error: &Error, columns: usize) -> Vec<markdown::Row> {
    let words = [error.what(), error.label_text()].into_iter().filter(|words| !words.is_empty());
    let words = words.collect::<Vec<_>>().join("; ");
    let at = error.place().map_or_else(String::new, |place| format!("column {}: ", place.column()));
    markdown::words(&format!("{at}{words}"), Role::Bad, columns.saturating_sub(2))
}

/// The rows in a range, of which alone the pieces are looked for; a line that is longer than one row goes on below.
pub(super) fn lay_out(view: &View<'_>, script: &ScriptText, columns: usize, seen: Range<usize>) -> Vec<Row> {
    let columns = columns.saturating_sub(margin(script)).max(1);
    let failure = failure(view, script);
    let mut rows = Vec::new();
    // The row and the byte at which a line begins.
    let (mut row, mut at) = (0, 0);
    for (number, line) in script.source.text.split_inclusive('\n').enumerate().map(|(at, line)| (at + 1, line)) {
        if row >= seen.end {
            break;
        }
        let failed = failure.filter(|(line, _)| *line == number).map(|(_, error)| error);
        let own = rows_of(line, columns);
        let after = failed.map_or(Vec::new(), |error| said(error, columns));
        if row + own + after.len() > seen.start {
            let pieces = pieces(script, at, line, columns);
            rows.extend(pieces.into_iter().enumerate().filter(|(i, _)| seen.contains(&(row + i))).map(
                |(i, pieces)| Row {
                    number: (i == 0).then_some(number),
                    goes_on: i > 0,
                    failed: failed.is_some(),
                    pieces,
                },
            ));
            let words = after.iter().enumerate().filter(|(i, _)| seen.contains(&(row + own + i)));
            rows.extend(words.map(|(_, line)| Row {
                number: None,
                goes_on: false,
                failed: true,
                pieces: [("! ".to_owned(), Role::Bad)].into_iter().chain(line.iter().cloned()).collect(),
            }));
        }
        row += own + after.len();
        at += line.len();
    }
    rows
}

/// A line that begins at a byte, in its rows of pieces of one role.
fn pieces(script: &ScriptText, at: usize, line: &str, columns: usize) -> Vec<Vec<(String, Role)>> {
    let first = script.spans.partition_point(|(span, _)| span.end <= at);
    let mut spans = script.spans[first..].iter().peekable();
    let mut breaks = breaks(line.trim_end(), columns).into_iter().peekable();
    let mut rows = Vec::new();
    let mut row: Vec<(String, Role)> = Vec::new();
    for (inside, c) in line.trim_end().char_indices() {
        while spans.peek().is_some_and(|(span, _)| span.end <= at + inside) {
            spans.next();
        }
        let ink = spans.peek().filter(|(span, _)| span.contains(&(at + inside))).map(|(_, ink)| *ink);
        let role = ink.map_or(Role::Text, role);
        if breaks.next_if_eq(&inside).is_some() {
            rows.push(std::mem::take(&mut row));
        }
        if row.last().is_none_or(|(_, last)| *last != role) {
            row.push((String::new(), role));
        }
        if let Some((piece, _)) = row.last_mut() {
            if c == '\t' { piece.push_str(TAB) } else { piece.push(c) }
        }
    }
    rows.push(row);
    rows
}

/// What a tab is shown as.
pub(super) const TAB: &str = "    ";

/// The error of this script: that with which it was saved last, or that which ended the run.
pub(super) fn failure<'v>(view: &View<'v>, script: &ScriptText) -> Option<(usize, &'v Error)> {
    let ((Some(error), _) | (None, Status::Failed(error))) = (view.broken, &view.snapshot.status) else { return None };
    let place = error.place().filter(|place| place.source.name == script.source.name)?;
    Some((place.line(), error))
}

fn role(ink: Ink) -> Role {
    match ink {
        Ink::Comment => Role::Dim,
        Ink::Keyword => Role::Strong,
        Ink::Number => Role::Racer(2),
        Ink::Text => Role::Good,
        Ink::Setting => Role::Racer(1),
        Ink::State => Role::Racer(0),
    }
}

/// A row of the pane: the number of the line that begins in it, and its characters.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    pub number: Option<usize>,
    /// It is a line's second row or a later one.
    pub goes_on: bool,
    pub failed: bool,
    pub pieces: Vec<(String, Role)>,
}

/// Where a line goes on in the next row: after a blank if there is one in the second half of the row.
fn breaks(line: &str, columns: usize) -> Vec<usize> {
    let mut breaks = Vec::new();
    let (mut start, mut used, mut blank) = (0, 0, None::<usize>);
    for (at, c) in line.char_indices() {
        let width = columns_of(c);
        if used + width > columns && at > start {
            start = blank.take().filter(|blank| *blank > start).unwrap_or(at);
            breaks.push(start);
            used = line[start..at].chars().map(columns_of).sum();
        }
        used += width;
        if c == ' ' && used > columns / 2 {
            blank = Some(at + 1);
        }
    }
    breaks
}

fn columns_of(c: char) -> usize {
    if c == '\t' { TAB.len() } else { text::columns_of(c) }
}

/// Columns for a mark and a number.
pub(super) fn margin(script: &ScriptText) -> usize {
    script.source.text.lines().count().max(1).to_string().len().max(2) + 3
}
