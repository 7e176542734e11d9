//! The files that a plot is written as, by their endings: the picture itself, its pixels, a page of paper, or a page for a browser.
//! All of them are made of the one picture, with the font that is inside the program and no other, so that the same runs give
//! the same bytes on every machine.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use svg2pdf::usvg::{Options, Tree, fontdb};
use svg2pdf::{ConversionOptions, PageOptions};

use super::figure::Figure;
use super::{draw, html, text};
use crate::error::{Error, Result, nearest};

/// What kind of file is asked for, by the ending of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A picture of lines.
    Svg,
    /// A picture of pixels.
    Png,
    /// A page, as LaTeX takes it for a figure.
    Pdf,
    /// A page for a browser, which tells the values that are pointed at.
    Html,
}

impl Kind {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Svg, "svg"), (Self::Png, "png"), (Self::Pdf, "pdf"), (Self::Html, "html")];

    /// The kind that a file's name asks for.
    ///
    /// # Errors
    /// There is none of that ending.
    pub fn of(name: &str) -> Result<Self> {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let known = Self::ALL.iter().find(|(_, own)| own.eq_ignore_ascii_case(ending)).map(|(kind, _)| *kind);
        known.ok_or_else(|| {
            let endings: Vec<String> = Self::ALL.iter().map(|(_, ending)| format!("`.{ending}`")).collect();
            let error =
                Error::user(format!("what `{name}` is to be is told by its ending, which is none that is known"));
            let near = nearest(ending, Self::ALL.iter().map(|(_, ending)| *ending));
            let error = match near {
                Some(near) => error.help(format!("did you mean `.{near}`?")),
                None => error,
            };
            error.help(format!("endings are {}", endings.join(", ")))
        })
    }
}

/// The bytes of a file of that kind, of so many pixels; on paper a pixel is a point.
///
/// # Errors
/// The figure has no room for its parts.
pub fn bytes(figure: &Figure, kind: Kind, size: (u32, u32)) -> Result<Vec<u8>> {
    let svg = draw::svg(figure, size)?;
    match kind {
        Kind::Svg => Ok(svg.into_bytes()),
        Kind::Html => html::page(figure, size, &svg).map(String::into_bytes),
        Kind::Png => pixels(&svg),
        Kind::Pdf => paper(&svg),
    }
}

/// The picture with its letters laid out in the program's own font.
pub(super) fn tree(svg: &str) -> Result<Tree> {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    let family = text::FAMILY.split(',').next().unwrap_or_default().to_owned();
    fonts.set_sans_serif_family(family);
    let options = Options { fontdb: Arc::new(fonts), ..Options::default() };
    Tree::from_str(svg, &options).map_err(|error| fault(&error))
}

fn fault(error: &dyn std::fmt::Display) -> Error {
    Error::fault(format!("the plot cannot be written: {error}"))
}

fn pixels(svg: &str) -> Result<Vec<u8>> {
    let tree = tree(svg)?;
    let size = tree.size().to_int_size();
    let Some(mut pixels) = Pixmap::new(size.width(), size.height()) else {
        return Err(Error::fault("a plot of no pixels"));
    };
    resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| fault(&error))
}

fn paper(svg: &str) -> Result<Vec<u8>> {
    let bytes = svg2pdf::to_pdf(&tree(svg)?, ConversionOptions::default(), PageOptions::default());
    Ok(in_order(bytes.map_err(|error| fault(&error))?))
}

/// The names that a page gives to its resources, in their order: the library writes them in the order of a table that is another
/// one at every call. What is moved is as long as before, so that places in the file stay true.
fn in_order(mut bytes: Vec<u8>) -> Vec<u8> {
    for name in [&b"/ExtGState <<"[..], b"/ColorSpace <<", b"/XObject <<", b"/Font <<"] {
        let mut from = 0;
        while let Some(at) = find(&bytes[from..], name) {
            let begin = from + at + name.len();
            let Some(length) = find(&bytes[begin..], b">>") else { break };
            let inside = bytes[begin..begin + length].to_vec();
            let mut entries: Vec<&[u8]> = inside.split_inclusive(|byte| *byte == b'\n').collect();
            // The last line leads to the closing brackets.
            let is_entry = |line: &[u8]| line.trim_ascii().ends_with(b" R") && line.trim_ascii().starts_with(b"/");
            if let Some(first) = entries.iter().position(|line| is_entry(line)) {
                let count = entries[first..].iter().take_while(|line| is_entry(line)).count();
                entries[first..first + count].sort_unstable();
                let sorted = entries.concat();
                bytes[begin..begin + length].copy_from_slice(&sorted);
            }
            from = begin + length;
        }
    }
    bytes
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
