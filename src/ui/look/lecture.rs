//! The two themes for a projector, whose ground is their own: black, or white. Every colour has a fixed value there, chosen by
//! contrast (WCAG 2.1, <https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio>): text has at least 7:1, a line 4.5:1, and what is
//! bold, as the curve that is looked at, stands out from every line that is not. A test works it out for every role.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

use super::theme::Theme;

/// Red, green and blue, and a place in the table of 256.
pub(super) type Fixed = ([u8; 3], u8);

/// Ink and paper as two of the sixteen; none for a theme that leaves the ground to the terminal.
pub(super) fn ground(theme: Theme) -> Option<(Color, Color)> {
    match theme {
        Theme::Lecture => Some((Color::White, Color::Black)),
        Theme::LectureLight => Some((Color::Black, Color::White)),
        Theme::Dark | Theme::Light | Theme::Mono => None,
    }
}

/// What one of the sixteen is in a theme that does not take it as others do.
pub(super) fn fixed(colour: Color, theme: Theme) -> Option<Fixed> {
    let table: &[(Color, Fixed)] = match theme {
        Theme::Lecture => &ON_BLACK,
        Theme::LectureLight => &ON_WHITE,
        Theme::Dark | Theme::Light | Theme::Mono => &[],
    };
    table.iter().find(|(own, _)| *own == colour).map(|(_, fixed)| *fixed)
}

const ON_BLACK: [(Color, Fixed); 10] = [
    (Color::LightCyan, ([86, 180, 233], 74)),
    (Color::LightYellow, ([200, 182, 50], 179)),
    (Color::LightMagenta, ([214, 133, 178], 175)),
    (Color::Green, ([0, 175, 130], 36)),
    (Color::Yellow, ([226, 146, 30], 172)),
    (Color::LightRed, ([240, 128, 98], 209)),
    (Color::LightBlue, ([125, 160, 245], 111)),
    (Color::LightGreen, ([130, 195, 110], 107)),
    (Color::Gray, ([160, 160, 160], 247)),
    (Color::DarkGray, ([84, 84, 84], 240)),
];
const ON_WHITE: [(Color, Fixed); 14] = [
    (Color::Blue, ([0, 88, 155], 24)),
    (Color::Red, ([165, 30, 22], 124)),
    (Color::Magenta, ([142, 45, 115], 125)),
    (Color::Green, ([0, 100, 70], 29)),
    (Color::Yellow, ([118, 80, 0], 94)),
    (Color::Cyan, ([0, 96, 112], 23)),
    // These two are lines on white and grounds below black, for which this one brightness has contrast enough.
    (Color::LightBlue, ([106, 113, 182], 98)),
    (Color::LightRed, ([188, 90, 28], 131)),
    (Color::DarkGray, ([85, 85, 85], 240)),
    (Color::Gray, ([188, 188, 188], 250)),
    (Color::LightMagenta, ([226, 158, 200], 175)),
    (Color::LightGreen, ([150, 215, 175], 151)),
    (Color::LightCyan, ([150, 205, 240], 117)),
    (Color::LightYellow, ([240, 228, 110], 221)),
];

/// The same colours where they are bold: brighter on black, darker on white. No two of one theme are alike.
const STRONG_ON_BLACK: [(Color, Fixed); 8] = [
    (Color::LightCyan, ([150, 215, 255], 117)),
    (Color::LightYellow, ([250, 240, 110], 227)),
    (Color::LightMagenta, ([250, 190, 225], 218)),
    (Color::Green, ([95, 225, 180], 79)),
    (Color::Yellow, ([255, 200, 110], 215)),
    (Color::LightRed, ([255, 190, 165], 217)),
    (Color::LightBlue, ([180, 205, 255], 153)),
    (Color::LightGreen, ([180, 240, 160], 157)),
];
const STRONG_ON_WHITE: [(Color, Fixed); 8] = [
    (Color::Blue, ([0, 50, 110], 18)),
    (Color::Red, ([110, 10, 10], 52)),
    (Color::Magenta, ([95, 10, 75], 53)),
    (Color::Green, ([0, 62, 42], 22)),
    (Color::Yellow, ([80, 48, 0], 236)),
    (Color::Cyan, ([0, 58, 72], 235)),
    (Color::LightBlue, ([50, 45, 125], 54)),
    (Color::LightRed, ([112, 42, 0], 88)),
];

fn strong(theme: Theme) -> &'static [(Color, Fixed)] {
    match theme {
        Theme::Lecture => &STRONG_ON_BLACK,
        Theme::LectureLight => &STRONG_ON_WHITE,
        Theme::Dark | Theme::Light | Theme::Mono => &[],
    }
}

/// Which of the sixteen a colour is the strong one of, and its place in the table of 256.
pub(super) fn weakened(colour: Color, theme: Theme) -> Option<(Color, u8)> {
    let Color::Rgb(r, g, b) = colour else { return None };
    strong(theme).iter().find(|(_, (rgb, _))| *rgb == [r, g, b]).map(|(own, (_, index))| (*own, *index))
}

/// Puts the theme's own ink and paper into every cell that has none, and makes bold colours strong: so the screen is the same
/// on a terminal of any ground.
pub fn lay_ground(buffer: &mut Buffer, theme: Theme) {
    let Some((ink, paper)) = ground(theme) else { return };
    let strong = strong(theme);
    for cell in &mut buffer.content {
        if cell.fg == Color::Reset {
            cell.fg = ink;
        }
        if cell.bg == Color::Reset {
            cell.bg = paper;
        }
        if cell.modifier.contains(Modifier::BOLD)
            && let Some((_, ([r, g, b], _))) = strong.iter().find(|(own, _)| *own == cell.fg)
        {
            cell.fg = Color::Rgb(*r, *g, *b);
        }
    }
}

/// For a terminal that has its own sixteen and no more: strong colours become plain ones, and an ink of which its usual value
/// has too little contrast gives way to one that has enough. On white few have, so that letters are black there.
pub(super) fn to_sixteen(buffer: &mut Buffer, theme: Theme) {
    let Some((_, paper)) = ground(theme) else { return };
    for cell in &mut buffer.content {
        if let Some((plain, _)) = weakened(cell.fg, theme) {
            cell.fg = plain;
        }
        // Half a cell of a map is a ground.
        if cell.bg == paper && cell.symbol() != "▀" {
            cell.fg = usual(cell.fg, is_line(cell.symbol()), theme);
        }
    }
}

/// A character of lines, bars or dots.
fn is_line(symbol: &str) -> bool {
    symbol.chars().all(|c| matches!(c, '\u{2500}'..='\u{259f}' | '\u{2800}'..='\u{28ff}'))
}

fn usual(ink: Color, line: bool, theme: Theme) -> Color {
    match (theme, ink) {
        (Theme::Lecture, Color::LightRed) if !line => Color::LightYellow,
        (Theme::Lecture, Color::LightMagenta | Color::LightBlue) if !line => Color::LightCyan,
        (Theme::Lecture, Color::Green) if !line => Color::LightGreen,
        (Theme::LectureLight, _) if !line => Color::Black,
        (Theme::LectureLight, Color::DarkGray | Color::Green | Color::Cyan | Color::LightBlue) => Color::Blue,
        (Theme::LectureLight, Color::Yellow | Color::LightRed) => Color::Red,
        (_, ink) => ink,
    }
}

#[cfg(test)]
mod tests;
