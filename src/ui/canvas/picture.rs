//! The screen as a picture: SVG for slides and reports, the same in every viewer.
//!
//! No font and no size of a terminal is asked for. Cells have whole numbers. What only fits in its cell (boxes, blocks,
//! braille, arrows, signs) is drawn as shapes, all of one colour as one path; letters are real text, each run stretched to its
//! cells, and broken where two blanks stand, so that a font of another width shifts no column.

mod boxes;
pub mod shapes;
mod signs;

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use self::shapes::{HIGH, Part, WIDE};
use crate::ui::canvas::text::{self, width};
use crate::ui::look::palette::{ground, rgb};
use crate::ui::look::theme::Theme;

/// A cell, in units of the picture: its width and its height.
pub const CELL: (usize, usize) = (WIDE as usize, HIGH as usize);
/// From the top of a row to the line that letters stand on.
pub const BASE: usize = 14;
/// The size of letters.
pub const SIZE: f32 = 15.0;

type Rgb = [u8; 3];

/// How a run of cells is drawn.
#[derive(Clone, Copy, PartialEq)]
struct Style {
    ink: Rgb,
    paper: Option<Rgb>,
    /// Of [`KEPT`].
    modifier: Modifier,
}

/// What is seen in a picture besides colours.
const KEPT: Modifier = Modifier::BOLD.union(Modifier::ITALIC).union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT);

fn style(cell: &Cell, theme: Theme) -> Style {
    let (ink, paper) = ground(theme);
    let (mut fg, mut bg) = (rgb(cell.fg).unwrap_or(ink), rgb(cell.bg).filter(|_| cell.bg != Color::Reset));
    if cell.modifier.contains(Modifier::REVERSED) {
        (fg, bg) = (bg.unwrap_or(paper), Some(fg));
    }
    if cell.modifier.contains(Modifier::DIM) {
        fg = mixed(fg, paper, 0.5);
    }
    Style { ink: fg, paper: bg, modifier: cell.modifier.intersection(KEPT) }
}

/// So large a share of one colour on another.
fn mixed(ink: Rgb, paper: Rgb, share: f32) -> Rgb {
    std::array::from_fn(|i| (f32::from(ink[i]) * share + f32::from(paper[i]) * (1.0 - share)).round() as u8)
}

/// The screen as SVG, with what it is called and what is seen on it, for who does not see it.
pub fn svg(buffer: &Buffer, theme: Theme, title: &str, description: &str) -> String {
    let columns = usize::from(buffer.area.width);
    let mut picture = Picture { theme, grounds: Paths::default(), shapes: Paths::default(), texts: String::new() };
    for (y, row) in buffer.content.chunks(columns.max(1)).enumerate() {
        let mut x = 0;
        while x < row.len() {
            let own = style(&row[x], theme);
            let first = x;
            while x < row.len() && style(&row[x], theme) == own {
                // A wide character covers the next cell.
                x += width(row[x].symbol()).max(1);
            }
            x = x.min(row.len());
            picture.run(own, &row[first..x], [first, y]);
        }
    }
    let (wide, high) = (columns * CELL.0, usize::from(buffer.area.height) * CELL.1);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {high}\" width=\"{wide}\" height=\"{high}\" role=\"img\" \
         font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"{SIZE}\">\n\
         <title>{}</title>\n<desc>{}</desc>\n\
         <rect width=\"{wide}\" height=\"{high}\" fill=\"{}\"/>\n{}{}{}</svg>\n",
        escaped(title),
        escaped(description),
        hex(ground(theme).1),
        picture.grounds.written(),
        picture.shapes.written(),
        picture.texts,
    )
}

/// A picture on its way: what is behind, what is drawn, what is written.
struct Picture {
    theme: Theme,
    grounds: Paths,
    shapes: Paths,
    texts: String,
}

impl Picture {
    /// A run of cells of one style.
    fn run(&mut self, style: Style, cells: &[Cell], [x, y]: [usize; 2]) {
        let (left, top, wide) = ((x * CELL.0) as f32, (y * CELL.1) as f32, (cells.len() * CELL.0) as f32);
        if let Some(paper) = style.paper {
            self.grounds.rect(paper, [left, top, wide, HIGH]);
        }
        for (line, from_top) in [(Modifier::UNDERLINED, BASE as f32 + 2.0), (Modifier::CROSSED_OUT, HIGH / 2.0)] {
            if style.modifier.contains(line) {
                self.shapes.rect(style.ink, [left, top + from_top, wide, 1.0]);
            }
        }
        let mut text = Text::default();
        let mut at = 0;
        while at < cells.len() {
            let symbol = cells[at].symbol();
            let columns = width(symbol).max(1);
            let place = [x + at, y];
            if let Some(parts) = shapes::parts(symbol) {
                text.end(style, y, &mut self.texts);
                let cell = [place[0] as f32 * WIDE + (columns - 1) as f32 * WIDE / 2.0, top];
                parts.iter().for_each(|part| self.part(style, part, cell));
            } else if symbol.trim().is_empty() {
                text.blank(style, y, &mut self.texts);
            } else {
                text.push(symbol, columns, place[0], style, y, &mut self.texts);
            }
            at += columns;
        }
        text.end(style, y, &mut self.texts);
    }

    fn part(&mut self, style: Style, part: &Part, [left, top]: [f32; 2]) {
        match part {
            Part::Rect([x, y, wide, high]) => self.shapes.rect(style.ink, [left + x, top + y, *wide, *high]),
            Part::Filled(path) => self.shapes.path((style.ink, 0), path, [left, top]),
            Part::Line(path, thick) => self.shapes.path((style.ink, (thick * 10.0) as u32), path, [left, top]),
            Part::Shade(share) => {
                let paper = style.paper.unwrap_or(ground(self.theme).1);
                self.grounds.rect(mixed(style.ink, paper, *share), [left, top, WIDE, HIGH]);
            }
        }
    }
}

/// Paths by their colour and, in tenths, how thick they are drawn; 0 if they are filled. In the order in which each was first
/// asked for.
#[derive(Default)]
struct Paths(Vec<((Rgb, u32), String)>);

impl Paths {
    fn of(&mut self, style: (Rgb, u32)) -> &mut String {
        let at = self.0.iter().position(|(own, _)| *own == style).unwrap_or_else(|| {
            self.0.push((style, String::new()));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }

    // Writing to a string does not fail.
    fn rect(&mut self, colour: Rgb, [left, top, wide, high]: [f32; 4]) {
        let _ = write!(self.of((colour, 0)), "M{left} {top}h{wide}v{high}h-{wide}z");
    }

    /// A path of a cell whose pieces each begin with `M` and a place in the cell, and go on relative to it.
    fn path(&mut self, style: (Rgb, u32), path: &str, [left, top]: [f32; 2]) {
        let out = self.of(style);
        for piece in path.split('M').skip(1) {
            let mut numbers = piece.splitn(2, |c: char| c.is_ascii_alphabetic());
            let place = numbers.next().unwrap_or_default();
            let mut place = place.split(' ').map(|number| number.parse().unwrap_or(0.0));
            let [x, y]: [f32; 2] = std::array::from_fn(|_| place.next().unwrap_or(0.0));
            let rest = piece.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
            let _ = write!(out, "M{} {}{rest}", left + x, top + y);
        }
    }

    fn written(&self) -> String {
        let mut out = String::new();
        for ((colour, thick), path) in &self.0 {
            let colour = hex(*colour);
            let _ = if *thick == 0 {
                writeln!(out, "<path fill=\"{colour}\" d=\"{path}\"/>")
            } else {
                let (whole, tenths) = (thick / 10, thick % 10);
                writeln!(
                    out,
                    "<path fill=\"none\" stroke=\"{colour}\" stroke-width=\"{whole}.{tenths}\" d=\"{path}\"/>"
                )
            };
        }
        out
    }
}

/// Letters of one style that stand side by side, a blank at the most between them.
#[derive(Default)]
struct Text {
    first: usize,
    columns: usize,
    letters: String,
    blank: bool,
}

impl Text {
    fn push(&mut self, symbol: &str, columns: usize, x: usize, style: Style, y: usize, out: &mut String) {
        // What a font of a terminal may lack comes from another one, with another width: it stands by itself.
        let usual = symbol.chars().all(|c| matches!(c, '!'..='\u{52f}' | '\u{2010}'..='\u{2044}'));
        if !usual {
            self.end(style, y, out);
        }
        if self.letters.is_empty() {
            self.first = x;
        } else if self.blank {
            self.letters.push(' ');
            self.columns += 1;
        }
        self.blank = false;
        self.letters.extend(symbol.chars().filter(|c| !matches!(c, '\u{fe0e}' | '\u{fe0f}')));
        self.columns += columns;
        if !usual {
            self.end(style, y, out);
        }
    }

    fn blank(&mut self, style: Style, y: usize, out: &mut String) {
        if self.blank || self.letters.is_empty() {
            self.end(style, y, out);
        } else {
            self.blank = true;
        }
    }

    fn end(&mut self, style: Style, y: usize, out: &mut String) {
        let Self { first, columns, letters, .. } = std::mem::take(self);
        if letters.is_empty() {
            return;
        }
        let weight = if style.modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
        let slant = if style.modifier.contains(Modifier::ITALIC) { " font-style=\"italic\"" } else { "" };
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"{weight}{slant}>{}</text>",
            first * CELL.0,
            y * CELL.1 + BASE,
            columns * CELL.0,
            hex(style.ink),
            escaped(&letters),
        );
    }
}

/// Text as it may stand in XML.
fn escaped(text: &str) -> String {
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

fn hex([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests;
