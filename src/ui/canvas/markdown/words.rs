//! Words of one or more styles, and lines that are filled with them.

use super::{Row, Span};
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;

/// A word, which is broken only if it is wider than a line; or the end of a line.
#[derive(Debug, Clone, Default)]
pub(super) struct Word {
    /// Its parts, without a blank between them.
    pub spans: Vec<Span>,
    /// Its columns.
    pub wide: usize,
    /// The line ends before it.
    pub breaks: bool,
}

/// Words in their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    all: Vec<Word>,
    /// What comes next belongs to the last word.
    open: bool,
}

impl Words {
    /// Adds a text of one style, which may hold white space.
    pub fn push(&mut self, text: &str, role: Role) {
        for (i, piece) in text.split(char::is_whitespace).enumerate() {
            self.open &= i == 0;
            if piece.is_empty() {
                continue;
            }
            if !self.open {
                self.all.push(Word::default());
            }
            if let Some(word) = self.all.last_mut() {
                word.wide += text::width(piece);
                match word.spans.last_mut() {
                    Some((span, own)) if *own == role => span.push_str(piece),
                    _ => word.spans.push((piece.to_owned(), role)),
                }
            }
            self.open = true;
        }
    }

    /// Ends the line.
    pub fn end_line(&mut self) {
        self.all.push(Word { breaks: true, ..Word::default() });
        self.open = false;
    }

    /// The last span.
    pub fn last_text(&self) -> &str {
        self.all.last().and_then(|word| word.spans.last()).map_or("", |(span, _)| span)
    }

    /// These words and a colon, then others.
    pub fn named(&self, others: &Self) -> Self {
        let mut all = self.clone();
        all.open = true;
        all.push(": ", Role::Strong);
        all.all.extend(others.all.iter().cloned());
        all
    }

    /// There is nothing to be seen.
    pub fn is_empty(&self) -> bool {
        self.all.iter().all(|word| word.spans.is_empty())
    }

    /// The columns of the longest word, and of all in one line.
    pub fn widths(&self) -> (usize, usize) {
        let longest = self.all.iter().map(|word| word.wide).max().unwrap_or(0);
        let all: usize = self.all.iter().map(|word| word.wide + 1).sum();
        (longest, all.saturating_sub(1))
    }

    /// Lines of at most so many columns. A word that is wider than a line goes on in the next one.
    pub fn fill(&self, columns: usize) -> Vec<Row> {
        let columns = columns.max(2);
        let mut rows = Vec::new();
        let (mut row, mut used) = (Row::new(), 0);
        for word in &self.all {
            if word.breaks || (used > 0 && used + 1 + word.wide > columns) {
                rows.push(std::mem::take(&mut row));
                used = 0;
            }
            if word.breaks {
                continue;
            }
            let mut blank = if used > 0 { " " } else { "" };
            for (span, role) in &word.spans {
                let mut rest = span.as_str();
                while text::is_wider(rest, columns.saturating_sub(used + blank.len())) && word.wide > columns {
                    let (head, tail) = text::split(rest, columns.saturating_sub(used + blank.len()));
                    push(&mut row, blank, head, *role);
                    rows.push(std::mem::take(&mut row));
                    (rest, used, blank) = (tail, 0, "");
                }
                used += blank.len() + text::width(rest);
                push(&mut row, blank, rest, *role);
                blank = "";
            }
        }
        if !row.is_empty() {
            rows.push(row);
        }
        rows
    }
}

/// Adds to a row; neighbours of one style are one span.
fn push(row: &mut Row, blank: &str, text: &str, role: Role) {
    if text.is_empty() {
        return;
    }
    match row.last_mut() {
        Some((last, own)) if *own == role => {
            last.push_str(blank);
            last.push_str(text);
        }
        Some(_) if !blank.is_empty() => {
            // The blank between two styles has none of them.
            row.push((blank.to_owned(), Role::Text));
            push(row, "", text, role);
        }
        _ => row.push((text.to_owned(), role)),
    }
}

/// The columns of a row.
pub(super) fn width(row: &Row) -> usize {
    row.iter().map(|(span, _)| text::width(span)).sum()
}
