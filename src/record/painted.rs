//! How a cell of a recording looks: its colours worked out, as red, green and blue.

use ratatui::buffer::Cell;
use ratatui::style::Modifier;

use crate::ui::Theme;
use crate::ui::palette::{ground, rgb};

/// Red, green and blue.
pub type Rgb = [u8; 3];

/// How a cell is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Painted {
    /// The colour of what stands in it.
    pub ink: Rgb,
    /// The colour behind it; none where the ground of the whole is seen.
    pub paper: Option<Rgb>,
    /// Whether it is bold, italic, underlined or crossed out; nothing else.
    pub modifier: Modifier,
}

/// What is seen besides colours.
const KEPT: Modifier = Modifier::BOLD.union(Modifier::ITALIC).union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT);

impl Painted {
    /// That of a cell.
    pub fn of(cell: &Cell, theme: Theme) -> Self {
        let (plain, whole) = ground(theme);
        let (mut ink, mut paper) = (rgb(cell.fg, theme).unwrap_or(plain), rgb(cell.bg, theme));
        if cell.modifier.contains(Modifier::REVERSED) {
            (ink, paper) = (paper.unwrap_or(whole), Some(ink));
        }
        if cell.modifier.contains(Modifier::DIM) {
            ink = half(ink, paper.unwrap_or(whole));
        }
        Self { ink, paper: paper.filter(|paper| *paper != whole), modifier: cell.modifier.intersection(KEPT) }
    }
}

/// Half of one colour and half of another.
fn half(a: Rgb, b: Rgb) -> Rgb {
    std::array::from_fn(|part| u16::midpoint(u16::from(a[part]) + 1, u16::from(b[part])) as u8)
}

/// A colour as pages write it.
pub fn hex([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use ratatui::style::{Color, Style};

    use super::*;

    fn painted(style: Style) -> Painted {
        let mut cell = Cell::default();
        cell.set_style(style);
        Painted::of(&cell, Theme::Light)
    }

    #[test]
    fn colours_are_worked_out_and_the_ground_is_none() {
        let (ink, paper) = ground(Theme::Light);
        let plain = painted(Style::new());
        assert_eq!(plain, Painted { ink, paper: None, modifier: Modifier::empty() });
        let reversed = painted(Style::new().fg(Color::Black).add_modifier(Modifier::REVERSED | Modifier::BOLD));
        assert_eq!(reversed, Painted { ink: paper, paper: rgb(Color::Black, Theme::Light), modifier: Modifier::BOLD });
        let dim = painted(Style::new().fg(Color::Black).add_modifier(Modifier::DIM));
        assert_eq!(dim.ink, [128; 3]);
        assert_eq!(painted(Style::new().bg(Color::White)).paper, None);
    }
}
