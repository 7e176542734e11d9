//! Letters of a picture as text: runs of one style, each with the length of its cells, and all runs of one style together.

use std::fmt::Write;

use ratatui::style::Modifier;

use super::paint::{Kind, Paint, Style};
use super::{BASE, CELL};
use crate::ui::canvas::text;

/// Runs by how they are written, in the order in which each was first asked for, and the run that may go on.
#[derive(Default)]
pub(super) struct Letters {
    runs: Vec<((Paint, Modifier), String)>,
    open: Option<Run>,
}

/// Letters that stand side by side, a blank at the most between them.
struct Run {
    style: Style,
    at: [usize; 2],
    columns: usize,
    letters: String,
    blank: bool,
}

/// What of a style is seen on letters themselves.
const WRITTEN: Modifier = Modifier::BOLD.union(Modifier::ITALIC);

impl Letters {
    /// A character of so many columns, at a place in columns and rows.
    pub fn push(&mut self, symbol: &str, columns: usize, at: [usize; 2], style: Style) {
        // What a font of a terminal may lack comes from another one, with another width: it stands by itself.
        let usual = symbol.chars().all(|c| matches!(c, '!'..='\u{52f}' | '\u{2010}'..='\u{2044}'));
        if !usual {
            self.end();
        }
        let run = self.open.get_or_insert_with(|| Run { style, at, columns: 0, letters: String::new(), blank: false });
        if run.blank {
            run.letters.push(' ');
            run.columns += 1;
        }
        run.blank = false;
        run.letters.extend(symbol.chars().filter(|c| !matches!(c, '\u{fe0e}' | '\u{fe0f}')));
        run.columns += columns;
        if !usual {
            self.end();
        }
    }

    /// A blank: a second one ends the run.
    pub fn blank(&mut self) {
        match &mut self.open {
            Some(run) if !run.blank => run.blank = true,
            _ => self.end(),
        }
    }

    /// Nothing more belongs to the run.
    pub fn end(&mut self) {
        let Some(Run { style, at: [x, y], columns, letters, .. }) = self.open.take() else { return };
        let key = (style.ink, style.modifier.intersection(WRITTEN));
        let place = self.runs.iter().position(|(own, _)| *own == key).unwrap_or_else(|| {
            self.runs.push((key, String::new()));
            self.runs.len() - 1
        });
        // Writing to a string does not fail.
        let _ = writeln!(
            self.runs[place].1,
            "<text x=\"{}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\">{}</text>",
            x * CELL.0,
            y * CELL.1 + BASE,
            columns * CELL.0,
            escaped(&letters),
        );
    }

    /// The runs as elements, in a group for each style.
    pub fn written(mut self) -> String {
        self.end();
        let mut out = String::new();
        for ((ink, modifier), runs) in &self.runs {
            let weight = if modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
            let slant = if modifier.contains(Modifier::ITALIC) { " font-style=\"italic\"" } else { "" };
            let _ = write!(out, "<g{}{weight}{slant}>\n{runs}</g>\n", ink.attributes(Kind::Fill));
        }
        out
    }
}

/// Text as it may stand in XML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match text::shown_char(c) {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // Two characters that XML does not know.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
