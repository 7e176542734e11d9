//! The sixteen colours of the screen as fixed ones, for terminals that show 256 or any: the terminal's own sixteen may be
//! anything. They follow the set that Okabe and Ito made to be told apart by people with any colour vision ("Color
//! Universal Design", 2008). Which colour goes where is decided elsewhere.

use ratatui::buffer::Buffer;
use ratatui::style::Color;

use super::lecture;
use super::theme::{Look, Role, Theme};

/// How many colours the terminal is asked to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// The terminal's own sixteen, which suit its background.
    #[default]
    Sixteen,
    /// Those of the table of 256.
    Indexed,
    /// Any.
    True,
}

impl Depth {
    /// The words of the command line.
    pub const NAMES: [&str; 3] = ["16", "256", "true"];

    /// The depth of that name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Sixteen, Self::Indexed, Self::True];
        Self::NAMES.iter().zip(all).find(|(own, _)| **own == name).map(|(_, depth)| depth)
    }
}

/// Red, green and blue of one of the sixteen in a theme, and its nearest place in the table of 256; none of the terminal's own.
fn fixed(colour: Color, theme: Theme) -> Option<([u8; 3], u8)> {
    lecture::fixed(colour, theme).or_else(|| usual(colour))
}

/// What one of the sixteen is where a theme says nothing else of it.
fn usual(colour: Color) -> Option<([u8; 3], u8)> {
    Some(match colour {
        Color::Black => ([0, 0, 0], 16),
        Color::Red => ([178, 34, 34], 124),
        Color::Green => ([0, 158, 115], 36),
        Color::Yellow => ([230, 159, 0], 178),
        Color::Blue => ([0, 114, 178], 25),
        Color::Magenta => ([175, 82, 140], 132),
        Color::Cyan => ([86, 180, 233], 74),
        Color::Gray => ([188, 188, 188], 250),
        Color::DarkGray => ([138, 138, 138], 245),
        Color::LightRed => ([232, 110, 50], 209),
        Color::LightGreen => ([122, 217, 163], 115),
        Color::LightYellow => ([240, 228, 66], 227),
        Color::LightBlue => ([95, 135, 215], 68),
        Color::LightMagenta => ([204, 121, 167], 175),
        Color::LightCyan => ([135, 206, 250], 117),
        Color::White => ([255, 255, 255], 231),
        Color::Reset | Color::Indexed(_) | Color::Rgb(..) => return None,
    })
}

/// The sixteen in the order in which terminals count them: eight, then the bright ones.
pub const ORDER: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// Red, green and blue of the sixteen of a theme, in that order.
pub fn sixteen(theme: Theme) -> [[u8; 3]; 16] {
    ORDER.map(|colour| rgb(colour, theme).unwrap_or_default())
}

/// Ink and paper of a theme, where it has to bring its own.
pub fn ground(theme: Theme) -> ([u8; 3], [u8; 3]) {
    match theme {
        Theme::Dark => ([220, 220, 220], [18, 20, 24]),
        Theme::Light => ([30, 30, 30], [255, 255, 255]),
        Theme::Lecture | Theme::Mono => ([255, 255, 255], [0, 0, 0]),
        Theme::LectureLight => ([0, 0, 0], [255, 255, 255]),
    }
}

/// Red, green and blue of a colour in a theme; none of the terminal's own.
pub fn rgb(colour: Color, theme: Theme) -> Option<[u8; 3]> {
    match colour {
        Color::Rgb(r, g, b) => Some([r, g, b]),
        other => fixed(other, theme).map(|(rgb, _)| rgb),
    }
}

/// Red, green and blue of what has a role where any colour can be shown, without what bold letters add to it; the theme's own ink
/// for a role that has no colour.
pub fn ink(role: Role, theme: Theme) -> [u8; 3] {
    let colour = Look { theme, unicode: true }.style(role).fg;
    colour.and_then(|colour| rgb(colour, theme)).unwrap_or(ground(theme).0)
}

/// What one of the sixteen is called in pictures, and whether it is the strong one that a theme has where it is bold.
pub fn name(colour: Color, theme: Theme) -> Option<(&'static str, bool)> {
    let strong = lecture::weakened(colour, theme);
    let name = match strong.map_or(colour, |(plain, _)| plain) {
        Color::Black => "black",
        Color::Red => "red",
        Color::Green => "green",
        Color::Yellow => "yellow",
        Color::Blue => "blue",
        Color::Magenta => "magenta",
        Color::Cyan => "cyan",
        Color::Gray => "gray",
        Color::DarkGray => "dark-gray",
        Color::LightRed => "light-red",
        Color::LightGreen => "light-green",
        Color::LightYellow => "light-yellow",
        Color::LightBlue => "light-blue",
        Color::LightMagenta => "light-magenta",
        Color::LightCyan => "light-cyan",
        Color::White => "white",
        Color::Reset | Color::Indexed(_) | Color::Rgb(..) => return None,
    };
    Some((name, strong.is_some()))
}

/// Puts a theme's fixed colours in the place of the sixteen, or keeps to the sixteen.
pub fn apply_depth(buffer: &mut Buffer, depth: Depth, theme: Theme) {
    if depth == Depth::Sixteen {
        lecture::to_sixteen(buffer, theme);
        return;
    }
    let deep = |colour: Color| match (fixed(colour, theme), depth) {
        (Some(([r, g, b], _)), Depth::True) => Color::Rgb(r, g, b),
        (Some((_, index)), _) => Color::Indexed(index),
        (None, Depth::Indexed) => lecture::weakened(colour, theme).map_or(colour, |(_, index)| Color::Indexed(index)),
        (None, _) => colour,
    };
    for cell in &mut buffer.content {
        (cell.fg, cell.bg) = (deep(cell.fg), deep(cell.bg));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn the_sixteen_become_fixed_and_the_terminals_own_stays() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
        buffer.set_style(Rect::new(0, 0, 1, 1), Style::new().fg(Color::LightCyan).bg(Color::Red));
        let before = buffer.clone();
        apply_depth(&mut buffer, Depth::Sixteen, Theme::Dark);
        assert_eq!(buffer, before);
        apply_depth(&mut buffer, Depth::True, Theme::Dark);
        assert_eq!((buffer[(0, 0)].fg, buffer[(0, 0)].bg), (Color::Rgb(135, 206, 250), Color::Rgb(178, 34, 34)));
        assert_eq!((buffer[(1, 0)].fg, buffer[(1, 0)].bg), (Color::Reset, Color::Reset));
        let mut indexed = before;
        apply_depth(&mut indexed, Depth::Indexed, Theme::Dark);
        assert_eq!(indexed[(0, 0)].fg, Color::Indexed(117));
    }

    #[test]
    fn the_ink_of_a_role_is_its_colour_in_the_theme_or_the_themes_own() {
        assert_eq!(ink(Role::Racer(0), Theme::LectureLight), [0, 88, 155]);
        assert_eq!(ink(Role::Chosen(0), Theme::LectureLight), [0, 88, 155]);
        assert_eq!(ink(Role::Smooth, Theme::Lecture), [255, 255, 255]);
        assert_eq!(ink(Role::Smooth, Theme::Dark), [135, 206, 250]);
    }

    #[test]
    fn places_in_the_table_are_near_their_colours() {
        // The table's cube: 16 + 36 r + 6 g + b with these six levels, then 24 greys.
        let level = |step: u8| [0, 95, 135, 175, 215, 255][usize::from(step)];
        let of = |index: u8| match index {
            16..=231 => [(index - 16) / 36, (index - 16) / 6 % 6, (index - 16) % 6].map(level),
            grey => [8 + 10 * (i32::from(grey) - 232); 3],
        };
        for colour in [Color::Black, Color::Green, Color::Cyan, Color::Gray, Color::LightRed, Color::LightYellow] {
            let (rgb, index) = usual(colour).unwrap();
            let far = rgb.iter().zip(of(index)).map(|(a, b)| (i32::from(*a) - b).abs()).max().unwrap();
            assert!(far <= 48, "{colour:?} {rgb:?} {index} {far}");
        }
        assert_eq!(Depth::named("256"), Some(Depth::Indexed));
        assert_eq!(Depth::named("8"), None);
    }
}
