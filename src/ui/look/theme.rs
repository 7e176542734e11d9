//! How things look: roles instead of colours, five themes over the terminal's own 16 colours, and the characters with
//! their ASCII forms. It decides nothing about what is drawn and where; no role is told apart by colour alone.

use std::env;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

/// A set of colours for one kind of background or reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// For a dark background.
    #[default]
    Dark,
    /// For a light background: nothing yellow or white.
    Light,
    /// For a projector in a dark hall: on black, whatever the terminal's ground, and rich in contrast.
    Lecture,
    /// For a projector in a light hall, and for paper: on white, whatever the terminal's ground, and rich in contrast.
    LectureLight,
    /// No colour: bold, dim, underlined and reversed only.
    Mono,
}

impl Theme {
    /// Every theme, for arguments and help.
    pub const ALL: [Self; 5] = [Self::Dark, Self::Light, Self::Lecture, Self::LectureLight, Self::Mono];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Lecture => "lecture",
            Self::LectureLight => "lecture-light",
            Self::Mono => "mono",
        }
    }

    /// The theme of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }

    /// `Mono` where the user's `NO_COLOR` asks for it (<https://no-color.org>: set and not empty), `Dark` elsewhere.
    pub fn of_environment() -> Self {
        match env::var_os("NO_COLOR") {
            Some(value) if !value.is_empty() => Self::Mono,
            _ => Self::Dark,
        }
    }
}

/// What a piece of the screen is; the theme makes a style of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Plain text and numbers.
    Text,
    /// Labels, axes, what is there but not looked at.
    Dim,
    /// What to read first.
    Strong,
    /// A word that is stressed, or the symbol of a quantity in a text: underlined, since few terminals have slanted letters.
    Emphasis,
    /// The frame of a pane.
    Border,
    /// The frame of the pane in focus.
    Focus,
    /// The name of a key, a command or code.
    Key,
    /// The row under the cursor.
    Selected,
    /// As it should be.
    Good,
    /// Worth a look.
    Warn,
    /// Gone wrong.
    Bad,
    /// A line across the screen that says that it has gone wrong.
    Banner,
    /// The loss of each mini-batch.
    Batch,
    /// A smoothed loss.
    Smooth,
    /// A loss over the part held out.
    Valid,
    /// A run of a race or an average of a series, by its place: eight colours that people with any colour vision tell
    /// apart, as far as sixteen colours allow; a number or a letter goes with each.
    Racer(u8),
    /// The same run or average while it is the one that is looked at: its own colour, and bold.
    Chosen(u8),
    /// The ground of a region of a map, by its class: the racers' colours as backgrounds. Text on it is black.
    Region(u8),
    /// The ground of a pixel, from 0, the darkest, to 3.
    Grey(u8),
}

/// In pairs that differ in brightness as well as in hue: light blue and yellow first, since every kind of colour vision
/// tells them apart.
const DARK_RACERS: [Color; 8] = [
    Color::LightCyan,
    Color::LightYellow,
    Color::LightMagenta,
    Color::Green,
    Color::White,
    Color::LightRed,
    Color::LightBlue,
    Color::Gray,
];
/// The same for a light background: none of them yellow or white.
const LIGHT_RACERS: [Color; 8] = [
    Color::Blue,
    Color::Magenta,
    Color::Red,
    Color::Green,
    Color::Black,
    Color::Cyan,
    Color::LightMagenta,
    Color::LightRed,
];

/// For a projector, on black: none of them is the ink or the grey of other lines. The first three are also text.
const LECTURE_RACERS: [Color; 8] = [
    Color::LightCyan,
    Color::LightYellow,
    Color::LightMagenta,
    Color::Green,
    Color::Yellow,
    Color::LightRed,
    Color::LightBlue,
    Color::LightGreen,
];
/// The same on white.
const LECTURE_LIGHT_RACERS: [Color; 8] = [
    Color::Blue,
    Color::Red,
    Color::Magenta,
    Color::Green,
    Color::Yellow,
    Color::Cyan,
    Color::LightBlue,
    Color::LightRed,
];

/// The same colours as grounds, darker than the lines on a dark background, and lighter on a light one.
const DARK_REGIONS: [Color; 8] =
    [Color::Cyan, Color::Yellow, Color::Magenta, Color::Green, Color::Gray, Color::Red, Color::Blue, Color::DarkGray];
const LIGHT_REGIONS: [Color; 8] = [
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightRed,
    Color::LightGreen,
    Color::Gray,
    Color::LightCyan,
    Color::LightYellow,
    Color::DarkGray,
];
const LECTURE_REGIONS: [Color; 8] = [
    Color::Cyan,
    Color::Yellow,
    Color::LightMagenta,
    Color::Green,
    Color::Gray,
    Color::LightRed,
    Color::LightBlue,
    Color::White,
];
const LECTURE_LIGHT_REGIONS: [Color; 8] = [
    Color::LightCyan,
    Color::LightYellow,
    Color::LightMagenta,
    Color::LightGreen,
    Color::Gray,
    Color::LightRed,
    Color::LightBlue,
    Color::White,
];
const GREYS: [Color; 4] = [Color::Black, Color::DarkGray, Color::Gray, Color::White];

/// A theme and whether the terminal shows more than ASCII. Small, and passed by value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The colours.
    pub theme: Theme,
    /// Borders, braille, shades and arrows may be used.
    pub unicode: bool,
}

impl Look {
    /// The style of a role.
    pub fn style(self, role: Role) -> Style {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        if matches!(role, Role::Selected) {
            return plain.add_modifier(Modifier::REVERSED);
        }
        if matches!(role, Role::Emphasis) {
            return plain.add_modifier(Modifier::UNDERLINED);
        }
        if let (Role::Racer(place) | Role::Chosen(place), false) = (role, self.theme == Theme::Mono) {
            let colours = match self.theme {
                Theme::Light => LIGHT_RACERS,
                Theme::Lecture => LECTURE_RACERS,
                Theme::LectureLight => LECTURE_LIGHT_RACERS,
                Theme::Dark | Theme::Mono => DARK_RACERS,
            };
            let weight = if matches!(role, Role::Chosen(_)) { bold } else { plain };
            return weight.fg(colours[usize::from(place) % colours.len()]);
        }
        if let (Role::Region(_) | Role::Grey(_), false) = (role, self.theme == Theme::Mono) {
            let regions = match self.theme {
                Theme::Light => LIGHT_REGIONS,
                Theme::Lecture => LECTURE_REGIONS,
                Theme::LectureLight => LECTURE_LIGHT_REGIONS,
                Theme::Dark | Theme::Mono => DARK_REGIONS,
            };
            let ground = match role {
                Role::Region(place) => regions[usize::from(place) % regions.len()],
                Role::Grey(level) => GREYS[usize::from(level).min(GREYS.len() - 1)],
                _ => Color::Reset,
            };
            return plain.fg(Color::Black).bg(ground);
        }
        let style = match self.theme {
            Theme::Mono => match role {
                Role::Dim | Role::Border | Role::Batch => plain.add_modifier(Modifier::DIM),
                Role::Strong | Role::Focus | Role::Key | Role::Smooth | Role::Bad | Role::Warn | Role::Chosen(_) => {
                    bold
                }
                Role::Banner => bold.add_modifier(Modifier::REVERSED),
                Role::Valid => plain.add_modifier(Modifier::UNDERLINED),
                Role::Text
                | Role::Emphasis
                | Role::Good
                | Role::Selected
                | Role::Racer(_)
                | Role::Region(_)
                | Role::Grey(_) => plain,
            },
            Theme::Dark => match role {
                Role::Dim | Role::Border | Role::Batch => plain.fg(Color::DarkGray),
                Role::Strong | Role::Chosen(_) => bold,
                Role::Focus | Role::Key => bold.fg(Color::Cyan),
                Role::Good => plain.fg(Color::Green),
                Role::Warn => plain.fg(Color::Yellow),
                Role::Bad => bold.fg(Color::LightRed),
                Role::Banner => bold.fg(Color::White).bg(Color::Red),
                Role::Smooth => plain.fg(Color::LightCyan),
                Role::Valid => plain.fg(Color::LightYellow),
                Role::Text | Role::Emphasis | Role::Selected | Role::Racer(_) | Role::Region(_) | Role::Grey(_) => {
                    plain
                }
            },
            Theme::Light => match role {
                Role::Dim | Role::Border | Role::Batch => plain.fg(Color::DarkGray),
                Role::Strong | Role::Chosen(_) => bold,
                Role::Focus | Role::Key => bold.fg(Color::Blue),
                Role::Good => plain.fg(Color::Green),
                Role::Warn => bold.fg(Color::Magenta),
                Role::Bad => bold.fg(Color::Red),
                Role::Banner => bold.fg(Color::White).bg(Color::Red),
                Role::Smooth => plain.fg(Color::Blue),
                Role::Valid => plain.fg(Color::Magenta),
                Role::Text | Role::Emphasis | Role::Selected | Role::Racer(_) | Role::Region(_) | Role::Grey(_) => {
                    plain
                }
            },
            // The smoothed loss has the ink itself, which nothing outshines.
            Theme::Lecture => match role {
                Role::Dim | Role::Border | Role::Batch => plain.fg(Color::Gray),
                Role::Strong | Role::Smooth | Role::Chosen(_) => bold,
                Role::Focus | Role::Key => bold.fg(Color::LightCyan),
                Role::Good => bold.fg(Color::LightGreen),
                Role::Warn | Role::Valid => bold.fg(Color::LightYellow),
                Role::Bad => bold.fg(Color::LightRed),
                Role::Banner => bold.add_modifier(Modifier::REVERSED),
                Role::Text | Role::Emphasis | Role::Selected | Role::Racer(_) | Role::Region(_) | Role::Grey(_) => {
                    plain
                }
            },
            Theme::LectureLight => match role {
                Role::Dim | Role::Border | Role::Batch => plain.fg(Color::DarkGray),
                Role::Strong | Role::Smooth | Role::Chosen(_) => bold,
                Role::Focus | Role::Key => bold.fg(Color::Blue),
                Role::Good => bold.fg(Color::Green),
                Role::Warn | Role::Valid => bold.fg(Color::Magenta),
                Role::Bad => bold.fg(Color::Red),
                Role::Banner => bold.add_modifier(Modifier::REVERSED),
                Role::Text | Role::Emphasis | Role::Selected | Role::Racer(_) | Role::Region(_) | Role::Grey(_) => {
                    plain
                }
            },
        };
        // The terminal's dim and bold together mean nothing definite; a role has at most one of them.
        debug_assert!(!style.add_modifier.contains(Modifier::BOLD | Modifier::DIM));
        style
    }

    /// One of two, by what the terminal shows.
    pub fn pick<T>(self, unicode: T, ascii: T) -> T {
        if self.unicode { unicode } else { ascii }
    }

    /// Between two things on one line.
    pub fn dot(self) -> &'static str {
        self.pick("·", "-")
    }

    /// What stands for text that was cut off; one column.
    pub fn ellipsis(self) -> char {
        self.pick('…', '~')
    }

    /// The frame of a box: corners from the top left clockwise, then horizontal and vertical.
    pub fn frame(self) -> [char; 6] {
        self.pick(['╭', '╮', '╯', '╰', '─', '│'], ['+', '+', '+', '+', '-', '|'])
    }

    /// A level of 0..=8 as the part of a cell that is filled from below; 0 is blank.
    pub fn bar(self, level: usize) -> char {
        let levels: [char; 9] =
            self.pick([' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'], [' ', '_', '.', ',', '-', '~', '=', '*', '#']);
        levels[level.min(8)]
    }

    /// A level of 0..=4 as how dark a cell is.
    pub fn shade(self, level: usize) -> char {
        let levels: [char; 5] = self.pick([' ', '░', '▒', '▓', '█'], [' ', '.', ':', '*', '#']);
        levels[level.min(4)]
    }
}

/// The locale's character set is UTF-8 and the terminal is not `dumb`:
/// the first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set and not empty decides, as in POSIX.
pub fn locale_is_utf8() -> bool {
    is_utf8(["LC_ALL", "LC_CTYPE", "LANG"].map(|name| env::var(name).unwrap_or_default()))
        && env::var("TERM").map_or(true, |term| term != "dumb")
}

fn is_utf8(variables: [String; 3]) -> bool {
    let locale = variables.into_iter().find(|value| !value.is_empty()).unwrap_or_default().to_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// The last word on `--ascii`: whatever is still not ASCII on the screen, as a lab's text may be, is replaced.
pub fn force_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if cell.symbol().is_ascii() {
            continue;
        }
        let plain = match cell.symbol().chars().next().unwrap_or(' ') {
            '·' | '–' | '—' | '−' | '─' => '-',
            '…' => '~',
            '×' => 'x',
            '‘' | '’' => '\'',
            '“' | '”' | '„' => '"',
            '→' => '>',
            '←' => '<',
            'ä' | 'á' | 'à' | 'â' | 'α' => 'a',
            'é' | 'è' | 'ê' => 'e',
            'ö' | 'ó' | 'ô' => 'o',
            'ü' | 'ú' | 'µ' | 'μ' => 'u',
            'ß' | 'β' => 'b',
            _ => '?',
        };
        cell.set_char(plain);
    }
}

#[cfg(test)]
pub(super) mod tests;
