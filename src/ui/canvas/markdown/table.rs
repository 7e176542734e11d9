//! Tables: in columns where they have room, their cells wrapped if need be; else each row as lines of `heading: cell`.

use pulldown_cmark::Alignment;

use super::Row;
use super::words::{Words, width};
use crate::ui::look::theme::{Look, Role};

/// Columns between two cells.
const GAP: usize = 2;

/// A table as it is read.
#[derive(Debug, Default)]
pub(super) struct Table {
    alignments: Vec<Alignment>,
    head: Vec<Words>,
    rows: Vec<Vec<Words>>,
}

impl Table {
    /// One of so many columns, each of which stands so.
    pub fn new(alignments: Vec<Alignment>) -> Self {
        Self { alignments, ..Self::default() }
    }

    /// Another row begins.
    pub fn begin_row(&mut self) {
        self.rows.push(Vec::new());
    }

    /// What was read so far are the headings.
    pub fn end_head(&mut self) {
        self.head = self.rows.pop().unwrap_or_default();
    }

    /// Another cell of the row.
    pub fn push(&mut self, cell: Words) {
        if let Some(row) = self.rows.last_mut() {
            row.push(cell);
        }
    }

    /// Its lines.
    pub fn lay_out(&self, columns: usize, look: Look) -> Vec<Row> {
        match self.widths(columns) {
            Some(widths) => self.in_columns(&widths, look),
            None => self.in_rows(columns),
        }
    }

    /// The columns of each cell, if the longest words of all fit beside each other.
    fn widths(&self, columns: usize) -> Option<Vec<usize>> {
        let room = columns.checked_sub(GAP * self.head.len().saturating_sub(1))?;
        let mut widths = vec![(0, 0); self.head.len()];
        for row in std::iter::once(&self.head).chain(&self.rows) {
            for (own, cell) in widths.iter_mut().zip(row) {
                let (longest, all) = cell.widths();
                *own = (own.0.max(longest), own.1.max(all.min(columns)));
            }
        }
        if widths.iter().map(|(longest, _)| longest).sum::<usize>() > room {
            return None;
        }
        // The widest gives way first, as far as its longest word lets it.
        while widths.iter().map(|(_, all)| all).sum::<usize>() > room {
            let widest = widths.iter_mut().filter(|(longest, all)| all > longest).max_by_key(|(_, all)| *all);
            widest?.1 -= 1;
        }
        Some(widths.into_iter().map(|(_, all)| all).collect())
    }

    fn in_columns(&self, widths: &[usize], look: Look) -> Vec<Row> {
        let mut rows = self.beside(&self.head, widths);
        let rule = |width: &usize| (look.pick("─", "-").repeat(*width), Role::Dim);
        let gap = || (" ".repeat(GAP), Role::Text);
        let rules = widths.iter().enumerate().flat_map(|(i, width)| [(i > 0).then(gap), Some(rule(width))]);
        rows.push(rules.flatten().collect());
        rows.extend(self.rows.iter().flat_map(|row| self.beside(row, widths)));
        rows
    }

    /// Cells beside each other.
    fn beside(&self, cells: &[Words], widths: &[usize]) -> Vec<Row> {
        let cells: Vec<Vec<Row>> = cells.iter().zip(widths).map(|(cell, width)| cell.fill(*width)).collect();
        let high = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
        (0..high).map(|y| self.line(&cells, widths, y)).collect()
    }

    /// A line of them.
    fn line(&self, cells: &[Vec<Row>], widths: &[usize], y: usize) -> Row {
        let mut line = Row::new();
        let mut pending = 0;
        for (at, room) in widths.iter().enumerate() {
            let cell = cells.get(at).and_then(|rows| rows.get(y));
            let free = room.saturating_sub(cell.map_or(0, width));
            let before = match self.alignments.get(at) {
                Some(Alignment::Right) => free,
                Some(Alignment::Center) => free / 2,
                _ => 0,
            };
            pending += before;
            if let Some(cell) = cell {
                if pending > 0 {
                    line.push((" ".repeat(pending), Role::Text));
                }
                line.extend(cell.iter().cloned());
                pending = 0;
            }
            pending += free - before + GAP;
        }
        line
    }

    /// Cells below each other, each with its heading.
    fn in_rows(&self, columns: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        for row in &self.rows {
            if !rows.is_empty() {
                rows.push(Row::new());
            }
            for (at, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let named = self.head.get(at).filter(|head| !head.is_empty());
                let words = named.map_or_else(|| cell.clone(), |head| head.named(cell));
                for (y, mut line) in words.fill(columns.saturating_sub(GAP)).into_iter().enumerate() {
                    if y > 0 {
                        line.insert(0, (" ".repeat(GAP), Role::Text));
                    }
                    rows.push(line);
                }
            }
        }
        rows
    }
}
