//! The bytes that turn one screen into another, as few as there can be: over SSH they are what a frame costs.
//!
//! ratatui's own writer names row and column for every jump and both colours for every change. Most jumps stay in their
//! row and most changes are of one colour, so that a frame of a running lab is half as long here.

use std::fmt::Write as _;
use std::iter;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use crate::ui::canvas::disputed::{is_disputed, most_columns};
use crate::ui::canvas::text::width;

/// What the terminal will be at, after what was written so far.
struct Pen {
    out: String,
    /// Column and row of the cursor; none before the first cell.
    at: Option<(u16, u16)>,
    colours: [Color; 2],
    modifier: Modifier,
}

/// What differs between two screens of one size; nothing if they are the same. Colours are the terminal's own before and
/// after it.
///
/// After a character whose width terminals do not agree on (`is_disputed`) the place is named anew, and what some terminal
/// may have drawn it over is drawn again: so no row is ever shifted.
pub fn difference(before: &Buffer, next: &Buffer) -> String {
    let mut pen =
        Pen { out: String::with_capacity(4096), at: None, colours: [Color::Reset; 2], modifier: Modifier::empty() };
    // Up to where the last row is drawn already.
    let mut drawn = (0, 0);
    for (x, y, cell) in before.diff(next) {
        if y == drawn.1 && x < drawn.0 {
            continue;
        }
        let (mut at, mut end, mut cell) = (x, x, cell);
        loop {
            end = end.max(at.saturating_add(pen.draw(at, y, cell)));
            at = at.saturating_add(columns(cell));
            match next.cell((at, y)) {
                Some(after) if at < end => cell = after,
                _ => break,
            }
        }
        drawn = (at, y);
    }
    if pen.colours != [Color::Reset; 2] || !pen.modifier.is_empty() {
        pen.out.push_str("\x1b[0m");
    }
    pen.out
}

/// How many columns a cell takes, together with those that it covers.
fn columns(cell: &Cell) -> u16 {
    u16::try_from(width(cell.symbol())).unwrap_or(1).max(1)
}

impl Pen {
    /// Draws a cell, and returns up to how many columns of the row it may have touched.
    fn draw(&mut self, x: u16, y: u16, cell: &Cell) -> u16 {
        let (symbol, wide) = (cell.symbol(), columns(cell));
        self.go(x, y);
        self.dress(cell);
        if !is_disputed(symbol) {
            self.out.push_str(symbol);
            self.at = Some((x.saturating_add(wide), y));
            return wide;
        }
        if wide > 1 {
            // A terminal that takes fewer columns leaves what was in the others.
            self.out.extend(iter::repeat_n(' ', usize::from(wide)));
            self.at = None;
            self.go(x, y);
        }
        self.out.push_str(symbol);
        self.at = None;
        wide.max(u16::try_from(most_columns(symbol)).unwrap_or(wide))
    }

    // Writing to a string does not fail.
    fn go(&mut self, x: u16, y: u16) {
        let _ = match self.at {
            Some((column, row)) if row == y && column == x => Ok(()),
            Some((column, row)) if row == y && column + 1 == x => write!(self.out, "\x1b[C"),
            Some((column, row)) if row == y && column < x => write!(self.out, "\x1b[{}C", x - column),
            _ => write!(self.out, "\x1b[{};{}H", y + 1, x + 1),
        };
    }

    fn dress(&mut self, cell: &Cell) {
        if cell.modifier != self.modifier {
            // Attributes cannot be taken off one by one everywhere: all go, and with them the colours.
            self.out.push_str("\x1b[0");
            for (attribute, code) in ATTRIBUTES {
                if cell.modifier.contains(attribute) {
                    let _ = write!(self.out, ";{code}");
                }
            }
            self.out.push('m');
            (self.modifier, self.colours) = (cell.modifier, [Color::Reset; 2]);
        }
        for (place, colour) in [cell.fg, cell.bg].into_iter().enumerate() {
            if self.colours[place] != colour {
                self.colours[place] = colour;
                self.colour(colour, 10 * place);
            }
        }
    }

    /// `ground` is 0 for the characters and 10 for what is behind them.
    fn colour(&mut self, colour: Color, ground: usize) {
        let usual = match colour {
            Color::Reset => 39,
            Color::Black => 30,
            Color::Red => 31,
            Color::Green => 32,
            Color::Yellow => 33,
            Color::Blue => 34,
            Color::Magenta => 35,
            Color::Cyan => 36,
            Color::Gray => 37,
            Color::DarkGray => 90,
            Color::LightRed => 91,
            Color::LightGreen => 92,
            Color::LightYellow => 93,
            Color::LightBlue => 94,
            Color::LightMagenta => 95,
            Color::LightCyan => 96,
            Color::White => 97,
            Color::Indexed(index) => {
                let _ = write!(self.out, "\x1b[{};5;{index}m", 38 + ground);
                return;
            }
            Color::Rgb(r, g, b) => {
                let _ = write!(self.out, "\x1b[{};2;{r};{g};{b}m", 38 + ground);
                return;
            }
        };
        let _ = write!(self.out, "\x1b[{}m", usual + ground);
    }
}

const ATTRIBUTES: [(Modifier, u8); 9] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    fn screen(lines: &[&str]) -> Buffer {
        Buffer::with_lines(lines.iter().copied())
    }

    #[test]
    fn nothing_is_written_for_what_is_the_same() {
        assert_eq!(difference(&screen(&["same"]), &screen(&["same"])), "");
    }

    #[test]
    fn a_jump_in_a_row_is_short_and_one_to_another_row_is_not() {
        let bytes = difference(&screen(&["abcdefg", "x"]), &screen(&["AbCdefG", "X"]));
        assert_eq!(bytes, "\x1b[1;1HA\x1b[CC\x1b[3CG\x1b[2;1HX");
    }

    #[test]
    fn a_wide_character_moves_the_cursor_by_two() {
        assert_eq!(difference(&screen(&["....."]), &screen(&["\u{4e16}..x"])), "\x1b[1;1H\u{4e16}\x1b[2Cx");
    }

    #[test]
    fn after_a_character_of_disputed_width_the_place_is_named_anew() {
        // A warning sign as emoji takes two columns here, and one or two there.
        let drawn = |line: &str| {
            let next = screen(&[line]);
            difference(&Buffer::empty(next.area), &next)
        };
        let bytes = drawn("\u{26a0}\u{fe0f} Momentum");
        assert_eq!(bytes, "\x1b[1;1H  \x1b[1;1H\u{26a0}\u{fe0f}\x1b[1;3H Momentum");
        // Syllables, marks, flags, families: whatever a terminal makes of one, the next character has its own place.
        for symbol in [
            "1\u{fe0f}\u{20e3}",
            "\u{ff76}\u{ff9e}",
            "\u{915}\u{94d}\u{937}\u{93f}",
            "\u{1f1f5}\u{1f1f9}",
            "\u{1f469}\u{200d}\u{1f52c}",
            "e\u{301}",
        ] {
            let wide = width(symbol);
            let bytes = drawn(&format!("{symbol}x  y"));
            let place = format!("{symbol}\x1b[1;{}Hx", wide + 1);
            assert!(bytes.contains(&place), "{symbol}: {bytes:?}");
        }
    }

    #[test]
    fn what_a_character_of_disputed_width_may_have_covered_is_drawn_again() {
        // A sign of play that a terminal draws as emoji lies over the letter after it, which has not changed.
        let bytes = difference(&screen(&[" a b"]), &screen(&["\u{25b6}a b"]));
        assert_eq!(bytes, "\x1b[1;1H\u{25b6}\x1b[1;2Ha");
        // At the end of a row there is nothing after it.
        assert_eq!(difference(&screen(&["ab"]), &screen(&["a\u{25b6}"])), "\x1b[1;2H\u{25b6}");
        let flag = "\u{1f1f5}\u{1f1f9}";
        let bytes = difference(&screen(&["..abc"]), &screen(&[&format!("{flag}abc")]));
        assert_eq!(bytes, format!("\x1b[1;1H  \x1b[1;1H{flag}\x1b[1;3Hab"));
        // One after the other, each is drawn once.
        let bytes = difference(&screen(&["....c"]), &screen(&[&format!("{flag}{flag}c")]));
        assert_eq!(bytes.matches(flag).count(), 2, "{bytes:?}");
        assert!(bytes.ends_with("\x1b[1;5Hc"), "{bytes:?}");
    }

    #[test]
    fn colours_and_attributes_are_named_once_and_taken_back() {
        let mut next = screen(&["abcd"]);
        next.set_style(ratatui::layout::Rect::new(0, 0, 2, 1), Style::new().fg(Color::LightRed));
        let bold = Style::new().fg(Color::Indexed(200)).bg(Color::Blue).add_modifier(Modifier::BOLD);
        next.set_style(ratatui::layout::Rect::new(2, 0, 1, 1), bold);
        let bytes = difference(&screen(&["    "]), &next);
        assert_eq!(bytes, "\x1b[1;1H\x1b[91mab\x1b[0;1m\x1b[38;5;200m\x1b[44mc\x1b[0md");
        next.set_style(ratatui::layout::Rect::new(3, 0, 1, 1), bold);
        assert!(difference(&screen(&["    "]), &next).ends_with("cd\x1b[0m"));
    }
}
