//! What stands in a cell as pixels: how much of each is covered, from 0 to 255. Letters are those of `DejaVu` Sans Mono, which is
//! inside the program; all else is drawn by the shapes of `ui::picture`. Nothing here depends on the machine: letters are
//! hinted and filled in whole numbers, and curves are laid out by sums and products of our own library of functions.

use std::collections::HashMap;
use std::fmt::Write;

use ratatui::style::Modifier;
use swash::FontRef;
use swash::scale::{Render, ScaleContext, Source};
use swash::zeno::{Mask as Drawing, Stroke, Transform};
use unicode_normalization::UnicodeNormalization;

use crate::ui::picture::shapes::{self, Part};
use crate::ui::picture::{BASE, CELL};
use crate::ui::text;

/// The size of letters for a cell of 18: the width of one is 9 then.
const SIZE: f32 = 15.0;

/// Covered pixels of one symbol in all its columns, row by row.
#[derive(Debug)]
pub(super) struct Mask {
    /// How many pixels are in a row.
    pub wide: usize,
    /// 0 where nothing is, 255 where all of a pixel is covered.
    pub pixels: Vec<u8>,
    /// Which values are among them.
    pub values: [bool; 256],
}

/// All symbols that were drawn so far.
pub(super) struct Masks {
    context: ScaleContext,
    /// Regular, bold, italic, and both: by the bits of a weight and a slant.
    fonts: [Option<FontRef<'static>>; 4],
    /// Pixels for a unit of the picture.
    scale: usize,
    at: HashMap<(String, Modifier), usize>,
    drawn: Vec<Mask>,
}

impl Masks {
    pub(super) fn new(scale: usize) -> Self {
        use dejavu::sans_mono::{bold, bold_oblique, oblique, regular};
        let fonts = [regular(), bold(), oblique(), bold_oblique()].map(|bytes| FontRef::from_index(bytes, 0));
        Self { context: ScaleContext::new(), fonts, scale, at: HashMap::new(), drawn: Vec::new() }
    }

    /// The size of a cell.
    pub(super) fn cell(&self) -> (usize, usize) {
        (CELL.0 * self.scale, CELL.1 * self.scale)
    }

    /// The number of a symbol, drawn bold, italic, underlined or crossed out, as `modifier` says.
    pub(super) fn number(&mut self, symbol: &str, columns: usize, modifier: Modifier) -> usize {
        // Most are asked for often: only a new one makes a string that is kept.
        let key = (symbol.to_owned(), modifier);
        if let Some(at) = self.at.get(&key) {
            return *at;
        }
        let mask = self.draw(symbol, columns, modifier);
        self.drawn.push(mask);
        self.at.insert(key, self.drawn.len() - 1);
        self.drawn.len() - 1
    }

    pub(super) fn mask(&self, number: usize) -> &Mask {
        &self.drawn[number]
    }

    fn draw(&mut self, symbol: &str, columns: usize, modifier: Modifier) -> Mask {
        let (wide, high) = (self.cell().0 * columns, self.cell().1);
        let mut pixels = vec![0; wide * high];
        match shapes::parts(symbol) {
            Some(parts) => self.shapes(&parts, columns, &mut pixels),
            None => self.letters(symbol, columns, modifier, &mut pixels),
        }
        for (line, from_top) in [(Modifier::UNDERLINED, BASE + 2), (Modifier::CROSSED_OUT, CELL.1 / 2)] {
            if modifier.contains(line) {
                pixels[from_top * self.scale * wide..(from_top + 1) * self.scale * wide].fill(255);
            }
        }
        let mut values = [false; 256];
        pixels.iter().for_each(|value| values[usize::from(*value)] = true);
        Mask { wide, pixels, values }
    }

    fn shapes(&self, parts: &[Part], columns: usize, pixels: &mut [u8]) {
        let (cell, high) = self.cell();
        let wide = cell * columns;
        let scale = self.scale as f32;
        // A sign that has two columns stands in their middle.
        let inset = ((columns - 1) * cell) as f32 / 2.0;
        let place = Transform::new(scale, 0.0, 0.0, scale, inset, 0.0);
        let mut filled = String::new();
        for part in parts {
            // Writing to a string does not fail.
            let _ = match part {
                Part::Rect([x, y, wide, high]) => write!(filled, "M{x} {y}h{wide}v{high}h-{wide}z"),
                Part::Filled(path) => write!(filled, "{path}"),
                Part::Line(path, thick) => {
                    let mut own = vec![0; pixels.len()];
                    let mut drawing = Drawing::new(*path);
                    drawing.style(Stroke::new(*thick)).transform(Some(place)).size(wide as u32, high as u32);
                    drawing.render_into(&mut own, None);
                    cover(pixels, &own);
                    Ok(())
                }
                Part::Shade(share) => {
                    pixels.fill((share * 255.0).round() as u8);
                    Ok(())
                }
            };
        }
        if !filled.is_empty() {
            let mut own = vec![0; pixels.len()];
            let mut drawing = Drawing::new(filled.as_str());
            drawing.transform(Some(place)).size(wide as u32, high as u32).render_into(&mut own, None);
            cover(pixels, &own);
        }
    }

    fn letters(&mut self, symbol: &str, columns: usize, modifier: Modifier, pixels: &mut [u8]) {
        let wide = self.cell().0 * columns;
        let base = (BASE * self.scale) as i32;
        // A letter and its accent are one, where there is such a letter; else one is set over the other.
        for c in symbol.nfc().map(text::shown_char).filter(|c| !matches!(c, '\u{fe0e}' | '\u{fe0f}' | '\u{200d}')) {
            let Some(font) = self.font(c, modifier) else {
                if c.is_whitespace() {
                    continue;
                }
                self.frame(wide, pixels);
                break;
            };
            let mut scaler = self.context.builder(font).size(SIZE * self.scale as f32).hint(true).build();
            let Some(image) = Render::new(&[Source::Outline]).render(&mut scaler, font.charmap().map(c)) else {
                continue;
            };
            let (left, top) = (image.placement.left, base - image.placement.top);
            let columns_of_letter = (image.placement.width as usize).max(1);
            for (y, row) in image.data.chunks(columns_of_letter).enumerate() {
                for (x, value) in row.iter().enumerate() {
                    let (x, y) = (left + x as i32, top + y as i32);
                    if x < 0 || y < 0 || x as usize >= wide {
                        continue;
                    }
                    if let Some(pixel) = pixels.get_mut(y as usize * wide + x as usize) {
                        *pixel = (*pixel).max(*value);
                    }
                }
            }
        }
    }

    /// The font that has a letter: the slanted ones have fewer, and so has the bold one.
    fn font(&self, c: char, modifier: Modifier) -> Option<FontRef<'static>> {
        let style =
            usize::from(modifier.contains(Modifier::BOLD)) + 2 * usize::from(modifier.contains(Modifier::ITALIC));
        let has = |at: usize| self.fonts[at].filter(|font| font.charmap().map(c) != 0);
        has(style).or_else(|| has(style & 1)).or_else(|| has(0))
    }

    /// A frame in the place of a letter that the font has not.
    fn frame(&self, wide: usize, pixels: &mut [u8]) {
        let (thick, top, bottom) = (self.scale, 3 * self.scale, BASE * self.scale);
        for y in top..bottom {
            let row = &mut pixels[y * wide..(y + 1) * wide];
            if y < top + thick || y >= bottom - thick {
                row[thick..wide - thick].fill(255);
            } else {
                row[thick..2 * thick].fill(255);
                row[wide - 2 * thick..wide - thick].fill(255);
            }
        }
    }
}

/// What is covered by one or the other.
fn cover(pixels: &mut [u8], by: &[u8]) {
    pixels.iter_mut().zip(by).for_each(|(own, other)| *own = (*own).max(*other));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(symbol: &str, columns: usize, modifier: Modifier, scale: usize) -> Vec<String> {
        let mut masks = Masks::new(scale);
        let number = masks.number(symbol, columns, modifier);
        let mask = masks.mask(number);
        let letter = |value: &u8| match value {
            0 => '.',
            255 => '#',
            _ => '+',
        };
        mask.pixels.chunks(mask.wide).map(|row| row.iter().map(letter).collect()).collect()
    }

    #[test]
    fn letters_of_portuguese_and_of_formulas_are_in_the_font() {
        let masks = Masks::new(1);
        let letters = "aZ09~ãáâàçéêíóôõúüÃÇÉ∇∂√∞≈≤≥≠·×÷−αβγδεηθλμσφ²³₁₂…–“”’";
        for look in [Modifier::empty(), Modifier::BOLD, Modifier::ITALIC, Modifier::BOLD | Modifier::ITALIC] {
            let lacking: String = letters.chars().filter(|c| masks.font(*c, look).is_none()).collect();
            assert_eq!(lacking, "", "{look:?}");
        }
        assert!(masks.font('世', Modifier::empty()).is_none());
    }

    #[test]
    fn a_letter_stands_on_its_line_inside_of_its_cell() {
        for (letter, descends) in [("H", false), ("x", false), ("p", true), ("ç", true)] {
            let rows = mask(letter, 1, Modifier::empty(), 1);
            assert!(rows[BASE - 1].contains(['#', '+']), "{letter} {rows:#?}");
            assert_eq!(rows[BASE + 1].contains(['#', '+']), descends, "{letter} {rows:#?}");
            assert!(!rows[0].contains('#') && rows.iter().all(|row| !row.ends_with('#')), "{letter} {rows:#?}");
        }
    }

    #[test]
    fn an_accent_is_one_with_its_letter_or_stands_over_it() {
        assert_eq!(mask("e\u{301}", 1, Modifier::empty(), 1), mask("é", 1, Modifier::empty(), 1));
        let (letter, both) = (mask("x", 1, Modifier::empty(), 1), mask("x\u{301}", 1, Modifier::empty(), 1));
        assert_eq!(letter[8..], both[8..]);
        assert_ne!(letter, both);
    }

    #[test]
    fn bold_and_italic_and_lines_are_seen() {
        let looks = [Modifier::empty(), Modifier::BOLD, Modifier::ITALIC, Modifier::UNDERLINED, Modifier::CROSSED_OUT];
        let drawn = looks.map(|look| mask("w", 1, look, 1));
        for (at, one) in drawn.iter().enumerate() {
            assert!(drawn[at + 1..].iter().all(|other| other != one));
        }
        assert_eq!((&*drawn[3][BASE + 2], &*drawn[4][9]), ("#########", "#########"));
    }

    #[test]
    fn what_the_font_has_not_is_a_frame() {
        let rows = mask("世", 2, Modifier::empty(), 1);
        assert_eq!(
            (&*rows[3], &*rows[4], &*rows[13]),
            (".################.", ".#..............#.", ".################.")
        );
    }

    #[test]
    fn shapes_are_whole_pixels_at_every_scale() {
        assert_eq!(mask("⠂", 1, Modifier::empty(), 1)[5], ".###.....");
        assert_eq!(mask("⠂", 1, Modifier::empty(), 1)[8], ".........");
        for scale in 1..=4 {
            for symbol in ["┼", "╬", "⣿", "█", "▁", "▀", "■"] {
                let (once, own) = (mask(symbol, 1, Modifier::empty(), 1), mask(symbol, 1, Modifier::empty(), scale));
                let times = |row: &String| row.chars().flat_map(|c| std::iter::repeat_n(c, scale)).collect::<String>();
                let larger: Vec<String> = once.iter().flat_map(|row| vec![times(row); scale]).collect();
                let exact = once.iter().all(|row| !row.contains('+'));
                assert!(exact == (symbol != "▁"), "{symbol}");
                assert!(!exact || own == larger, "{symbol} {scale}\n{}", own.join("\n"));
            }
        }
        assert!(mask("●", 1, Modifier::empty(), 1)[9].contains("#####"));
        assert!(
            mask("→", 1, Modifier::empty(), 1)[9].contains("+++")
                || mask("→", 1, Modifier::empty(), 1)[9].contains("###")
        );
    }
}
