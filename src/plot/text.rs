//! Texts of a plot: one font, `DejaVu` Sans, which is inside the program and by which every width is measured; a picture that is
//! opened elsewhere asks for it by name, and for fonts of its widths where it is not there.

use std::sync::Once;

use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, RGBColor, TextStyle, register_font};

use super::palette::Rgb;

/// The font as a picture asks for it.
pub const FAMILY: &str = "DejaVu Sans, Verdana, Bitstream Vera Sans, Geneva, sans-serif";

/// What the library makes of a size: a picture's letters are by so much smaller.
const OF_LIBRARY: f64 = 1.24;
/// Height of a line of the font, for a size of 1: what its measure is told by.
const LINE: f64 = 1.164;

fn font(size: f64) -> FontDesc<'static> {
    static KNOWN: Once = Once::new();
    KNOWN.call_once(|| {
        // A font that ships is one: a test draws with it.
        let _ = register_font(FAMILY, FontStyle::Normal, dejavu::sans::regular());
    });
    FontDesc::new(FontFamily::Name(FAMILY), size, FontStyle::Normal)
}

/// The style of a text of so many units.
pub fn style(size: u32, ink: Rgb, across: HPos, up: VPos) -> TextStyle<'static> {
    let [r, g, b] = ink;
    let color = RGBColor(r, g, b).to_backend_color();
    TextStyle { font: font(f64::from(size) * OF_LIBRARY), color, pos: Pos::new(across, up) }
}

/// How wide a text of so many units is.
pub fn width(text: &str, size: u32) -> u32 {
    font(f64::from(size) * LINE).box_size(text).map_or(0, |(width, _)| width)
}

/// A text in lines that are no wider than so much, broken between words; a word that is wider is cut.
pub fn wrapped(text: &str, size: u32, most: u32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = cut(word, size, most);
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size) <= most => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// A text that is no wider than so much, with what it lacks told by a sign.
pub fn cut(text: &str, size: u32, most: u32) -> String {
    if width(text, size) <= most {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let shortened = |count: usize| letters[..count].iter().collect::<String>().trim_end().to_owned() + "…";
    let (mut fits, mut too_many) = (0, letters.len());
    while fits + 1 < too_many {
        let middle = usize::midpoint(fits, too_many);
        if width(&shortened(middle), size) <= most { fits = middle } else { too_many = middle }
    }
    shortened(fits)
}

/// A text inside of a picture or a page.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
