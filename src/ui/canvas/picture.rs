//! The screen as a picture: SVG for slides and reports, the same in every viewer.
//!
//! No font and no size of a terminal is asked for. Cells have whole numbers. What only fits in its cell (boxes, blocks,
//! braille, arrows, signs) is drawn as shapes, all of one colour as one path; letters are real text, each run stretched to its
//! cells, and broken where two blanks stand, so that a font of another width shifts no column.
//!
//! Every colour stands there twice: as an attribute, for viewers without style sheets, and as a class
//! (`paint`), so that one style sheet turns a dark picture into a light one.

mod boxes;
pub mod film;
mod letters;
mod paint;
mod paths;
pub mod shapes;
mod signs;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Modifier;

use self::letters::{Letters, escaped};
use self::paint::{Kind, Paint, Style};
use self::paths::Paths;
use self::shapes::{HIGH, Part, WIDE};
use crate::ui::canvas::text::width;
use crate::ui::look::theme::Theme;

/// A cell, in units of the picture: its width and its height.
pub const CELL: (usize, usize) = (WIDE as usize, HIGH as usize);
/// From the top of a row to the line that letters stand on.
pub const BASE: usize = 14;

/// The screen as SVG, with what it is called and what is seen on it, for who does not see it.
pub fn svg(buffer: &Buffer, theme: Theme, title: &str, description: &str) -> String {
    let columns = usize::from(buffer.area.width);
    let mut picture = Picture::default();
    for (y, row) in buffer.content.chunks(columns.max(1)).enumerate() {
        picture.row(row, [0, y], theme);
    }
    framed([columns, usize::from(buffer.area.height)], theme, title, description, &picture.written())
}

/// A whole picture of so many columns and rows around what is drawn in it.
fn framed([columns, rows]: [usize; 2], theme: Theme, title: &str, description: &str, inside: &str) -> String {
    let (wide, high) = (columns * CELL.0, rows * CELL.1);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {high}\" width=\"{wide}\" height=\"{high}\" role=\"img\" \
         class=\"optlab\" font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"{SIZE}\">\n\
         <title>{}</title>\n<desc>{}</desc>\n\
         <rect width=\"{wide}\" height=\"{high}\"{}/>\n{inside}</svg>\n",
        escaped(title),
        escaped(description),
        Paint::paper(theme).attributes(Kind::Ground),
    )
}

/// At this size a letter of `DejaVu Sans Mono`, the first font that is asked for, is as wide as a cell, so that it is not
/// stretched at all.
pub const SIZE: f32 = 14.95;

/// A picture on its way: what is behind, what is drawn, what is written.
#[derive(Default)]
struct Picture {
    grounds: Paths,
    shapes: Paths,
    letters: Letters,
}

impl Picture {
    /// Cells of one row, from a place on.
    fn row(&mut self, row: &[Cell], [left, y]: [usize; 2], theme: Theme) {
        let mut x = 0;
        while x < row.len() {
            let style = Style::of(&row[x], theme);
            let first = x;
            while x < row.len() && Style::of(&row[x], theme) == style {
                // A wide character covers the next cell.
                x += width(row[x].symbol()).max(1);
            }
            x = x.min(row.len());
            self.run(style, &row[first..x], [left + first, y]);
        }
    }

    /// A run of cells of one style.
    fn run(&mut self, style: Style, cells: &[Cell], [x, y]: [usize; 2]) {
        let (left, top, wide) = ((x * CELL.0) as f32, (y * CELL.1) as f32, (cells.len() * CELL.0) as f32);
        if let Some(paper) = style.paper {
            self.grounds.rect(paper, Kind::Ground, [left, top, wide, HIGH]);
        }
        for (line, from_top) in [(Modifier::UNDERLINED, BASE as f32 + 2.0), (Modifier::CROSSED_OUT, HIGH / 2.0)] {
            if style.modifier.contains(line) {
                self.shapes.rect(style.ink, Kind::Fill, [left, top + from_top, wide, 1.0]);
            }
        }
        let mut at = 0;
        while at < cells.len() {
            let symbol = cells[at].symbol();
            let columns = width(symbol).max(1);
            if let Some(parts) = shapes::parts(symbol) {
                self.letters.end();
                let cell = [(x + at) as f32 * WIDE + (columns - 1) as f32 * WIDE / 2.0, top];
                parts.iter().for_each(|part| self.part(style, part, cell, symbol));
            } else if symbol.trim().is_empty() {
                self.letters.blank();
            } else {
                self.letters.push(symbol, columns, [x + at, y], style);
            }
            at += columns;
        }
        self.letters.end();
    }

    fn part(&mut self, style: Style, part: &Part, [left, top]: [f32; 2], symbol: &str) {
        match part {
            // Two pixels of a map in one cell: a ground, as the other one is.
            Part::Rect([x, y, wide, high]) if symbol == "▀" => {
                self.shapes.rect(style.ink, Kind::Ground, [left + x, top + y, *wide, *high]);
            }
            Part::Rect([x, y, wide, high]) => {
                self.shapes.rect(style.ink, Kind::Fill, [left + x, top + y, *wide, *high]);
            }
            Part::Filled(path) => self.shapes.path(style.ink, Kind::Fill, path, [left, top]),
            Part::Line(path, thick) => {
                self.shapes.path(style.ink, Kind::Line((thick * 10.0) as u32), path, [left, top]);
            }
            Part::Shade(share) => {
                let ink = style.ink.faded((share * 100.0) as u32);
                self.shapes.rect(ink, Kind::Fill, [left, top, WIDE, HIGH]);
            }
        }
    }

    fn written(self) -> String {
        [self.grounds.written(), self.shapes.written(), self.letters.written()].concat()
    }
}

#[cfg(test)]
mod tests;
