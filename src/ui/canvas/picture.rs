//! `P`: the screen as a picture, SVG with real text in it, for slides and reports. No font and no size of a terminal is
//! asked for: each run of cells is stretched to its place.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use crate::ui::canvas::text::{self, width};
use crate::ui::look::palette::rgb;
use crate::ui::look::theme::Theme;

/// A cell, in units of the picture.
const CELL: (usize, usize) = (9, 18);
/// From the top of a row to the line that letters stand on.
const BASE: usize = 14;

/// Ink and paper of a theme.
fn ground(theme: Theme) -> ([u8; 3], [u8; 3]) {
    match theme {
        Theme::Dark => ([220, 220, 220], [18, 20, 24]),
        Theme::Light => ([30, 30, 30], [255, 255, 255]),
        Theme::Lecture | Theme::Mono => ([255, 255, 255], [0, 0, 0]),
    }
}

/// How a run of cells is drawn.
#[derive(PartialEq)]
struct Style {
    ink: [u8; 3],
    paper: Option<[u8; 3]>,
    bold: bool,
    underlined: bool,
}

fn style(cell: &Cell, theme: Theme) -> Style {
    let (ink, paper) = ground(theme);
    let (mut fg, mut bg) = (rgb(cell.fg).unwrap_or(ink), rgb(cell.bg).filter(|_| cell.bg != Color::Reset));
    if cell.modifier.contains(Modifier::REVERSED) {
        (fg, bg) = (bg.unwrap_or(paper), Some(fg));
    }
    if cell.modifier.contains(Modifier::DIM) {
        // Half way to the paper.
        fg = std::array::from_fn(|i| u8::midpoint(fg[i], paper[i]));
    }
    Style {
        ink: fg,
        paper: bg,
        bold: cell.modifier.contains(Modifier::BOLD),
        underlined: cell.modifier.contains(Modifier::UNDERLINED),
    }
}

/// The screen as SVG.
pub fn svg(buffer: &Buffer, theme: Theme) -> String {
    let (columns, rows) = (usize::from(buffer.area.width), usize::from(buffer.area.height));
    let (_, paper) = ground(theme);
    let (wide, high) = (columns * CELL.0, rows * CELL.1);
    let mut out = String::with_capacity(64 * columns * rows / 8 + 512);
    // Writing to a string does not fail.
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {high}\" width=\"{wide}\" height=\"{high}\" \
         font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"15\" xml:space=\"preserve\">\n\
         <rect width=\"{wide}\" height=\"{high}\" fill=\"{}\"/>",
        hex(paper)
    );
    for (y, row) in buffer.content.chunks(columns.max(1)).enumerate() {
        let mut x = 0;
        while x < row.len() {
            let own = style(&row[x], theme);
            let (first, mut text) = (x, String::new());
            while x < row.len() && style(&row[x], theme) == own {
                let symbol = row[x].symbol();
                text.push_str(if symbol.is_empty() { " " } else { symbol });
                // A wide character covers the next cell.
                x += width(symbol).max(1);
            }
            run(&mut out, &own, &text, [first, y, x.min(row.len()) - first]);
        }
    }
    out + "</svg>\n"
}

fn run(out: &mut String, style: &Style, text: &str, [x, y, cells]: [usize; 3]) {
    let (left, top, wide) = (x * CELL.0, y * CELL.1, cells * CELL.0);
    if let Some(paper) = style.paper {
        let height = CELL.1;
        let _ = writeln!(
            out,
            "<rect x=\"{left}\" y=\"{top}\" width=\"{wide}\" height=\"{height}\" fill=\"{}\"/>",
            hex(paper)
        );
    }
    if text.trim().is_empty() && !style.underlined {
        return;
    }
    let weight = if style.bold { " font-weight=\"bold\"" } else { "" };
    let line = if style.underlined { " text-decoration=\"underline\"" } else { "" };
    let _ = write!(
        out,
        "<text x=\"{left}\" y=\"{}\" textLength=\"{wide}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"{weight}{line}>",
        top + BASE,
        hex(style.ink)
    );
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // Blanks at the ends would be dropped by readers that do not heed xml:space.
            ' ' => out.push('\u{a0}'),
            c => out.push(text::shown_char(c)),
        }
    }
    out.push_str("</text>\n");
}

fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style as Look;

    #[test]
    fn runs_of_one_style_are_one_text_at_its_place() {
        let mut buffer = Buffer::with_lines(["a<b cd", "      "]);
        let bold = Look::new().fg(Color::LightCyan).add_modifier(Modifier::BOLD);
        buffer.set_style(Rect::new(4, 0, 2, 1), bold);
        buffer.set_style(Rect::new(0, 1, 3, 1), Look::new().add_modifier(Modifier::REVERSED));
        insta::assert_snapshot!(svg(&buffer, Theme::Dark));
    }

    #[test]
    fn every_theme_has_ink_that_is_seen_on_its_paper() {
        for theme in Theme::ALL {
            let (ink, paper) = ground(theme);
            assert!(ink.iter().zip(paper).all(|(a, b)| a.abs_diff(b) > 150), "{theme:?}");
        }
    }
}
