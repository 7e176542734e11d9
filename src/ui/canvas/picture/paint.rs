//! The colours of a picture: each as red, green and blue, and by the name that it has among the sixteen, so that a style sheet
//! can give it another value. Classes are `fill-NAME` for letters and shapes, `line-NAME` for what is drawn with a stroke, and
//! `ground-NAME` for what lies behind. Names are `ink` and `paper`, those of the sixteen as `light-cyan`, with `-strong` the bold
//! ones of the themes for a projector, and with `-on-ground` what lies on a coloured ground: a style sheet that leaves the
//! grounds as they are leaves these, too, as `docs/pictures.css` does.

use std::fmt::Write;

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use crate::ui::look::palette;
use crate::ui::look::theme::Theme;

pub(super) type Rgb = [u8; 3];

/// A colour of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Paint {
    rgb: Rgb,
    name: &'static str,
    strong: bool,
    on_ground: bool,
    /// How much of it is seen, in hundredths.
    share: u32,
}

/// What is done with a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something that lies behind is filled.
    Ground,
    /// Letters and shapes are filled.
    Fill,
    /// A line is drawn, so many tenths thick.
    Line(u32),
}

/// How a run of cells is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Style {
    pub ink: Paint,
    pub paper: Option<Paint>,
    /// Of [`KEPT`].
    pub modifier: Modifier,
}

/// What is seen in a picture besides colours.
const KEPT: Modifier = Modifier::BOLD.union(Modifier::ITALIC).union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT);

impl Paint {
    fn plain(rgb: Rgb, name: &'static str) -> Self {
        Self { rgb, name, strong: false, on_ground: false, share: 100 }
    }

    /// What letters are written with where nothing else is said.
    fn ink(theme: Theme) -> Self {
        Self::plain(palette::ground(theme).0, "ink")
    }

    /// What everything lies on.
    pub fn paper(theme: Theme) -> Self {
        Self::plain(palette::ground(theme).1, "paper")
    }

    /// A colour of a cell; none for the terminal's own.
    fn of(colour: Color, theme: Theme) -> Option<Self> {
        let rgb = palette::rgb(colour, theme)?;
        let (name, strong) = palette::name(colour, theme).unwrap_or(("other", false));
        Some(Self { strong, ..Self::plain(rgb, name) })
    }

    /// The same colour, of which so many hundredths are seen.
    pub fn faded(self, share: u32) -> Self {
        Self { share: self.share * share / 100, ..self }
    }

    /// Its attributes, with a blank before each.
    pub fn attributes(self, kind: Kind) -> String {
        let [r, g, b] = self.rgb;
        let (word, class) = match kind {
            Kind::Ground => ("fill", "ground"),
            Kind::Fill => ("fill", "fill"),
            Kind::Line(_) => ("stroke", "line"),
        };
        let strong = if self.strong { "-strong" } else { "" };
        let on_ground = if self.on_ground { "-on-ground" } else { "" };
        let mut out = format!(" class=\"{class}-{}{strong}{on_ground}\" {word}=\"#{r:02x}{g:02x}{b:02x}\"", self.name);
        // Writing to a string does not fail.
        if self.share < 100 {
            let _ = write!(out, " {word}-opacity=\"0.{:02}\"", self.share);
        }
        if let Kind::Line(tenths) = kind {
            let (whole, tenths) = (tenths / 10, tenths % 10);
            let _ = match tenths {
                0 => write!(out, " fill=\"none\" stroke-width=\"{whole}\""),
                _ => write!(out, " fill=\"none\" stroke-width=\"{whole}.{tenths}\""),
            };
        }
        out
    }
}

impl Style {
    /// That of a cell.
    pub fn of(cell: &Cell, theme: Theme) -> Self {
        let (ink, paper) = (Paint::ink(theme), Paint::paper(theme));
        let ground = Paint::of(cell.bg, theme).filter(|ground| ground.rgb != paper.rgb);
        let mut fg = match Paint::of(cell.fg, theme) {
            // What a theme sets as its ink is the ink.
            Some(own) if own.rgb == ink.rgb => ink,
            Some(own) => own,
            None => ink,
        };
        let mut bg = ground;
        if cell.modifier.contains(Modifier::REVERSED) {
            (fg, bg) = (bg.unwrap_or(paper), Some(fg));
        }
        if cell.modifier.contains(Modifier::DIM) {
            fg = fg.faded(50);
        }
        fg.on_ground = bg.is_some_and(|bg| bg.name != "ink");
        Self { ink: fg, paper: bg, modifier: cell.modifier.intersection(KEPT) }
    }
}
