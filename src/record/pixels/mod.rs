//! Screens as pixels, for what has no letters and no shapes: GIF and PNG. Each pixel is a number of one table of colours.

mod masks;
mod palette;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ratatui::buffer::Cell;
use ratatui::style::Modifier;

use self::masks::Masks;
use self::palette::{Pair, Palette, Uses};
use super::painted::{Painted, Rgb};
use super::recording::{Frame, Recording};
use crate::ui::Theme;
use crate::ui::{palette as colours, text};

/// Draws the frames of a recording one after another.
pub struct Painter {
    masks: Masks,
    palette: Palette,
    theme: Theme,
    /// The numbers of colours for each pair that was asked for.
    numbers: HashMap<Pair, [u8; 256]>,
    /// The rows that are drawn.
    shown: Vec<Arc<[Cell]>>,
    /// The screen: the number of each pixel's colour.
    pixels: Vec<u8>,
    size: (usize, usize),
}

impl Painter {
    /// For a recording, with so many pixels for a unit of a picture, in which a cell has 9 by 18.
    pub fn new(recording: &Recording, scale: usize) -> Self {
        let mut masks = Masks::new(scale.max(1));
        let theme = recording.theme;
        let mut uses = Uses::default();
        let mut seen: HashSet<*const Cell> = HashSet::new();
        for row in recording.frames.iter().flat_map(|frame| &frame.rows) {
            if seen.insert(row.as_ptr()) {
                each(row, theme, |_, symbol, columns, pair, modifier| {
                    let number = masks.number(symbol, columns, modifier);
                    uses.add(pair, &masks.mask(number).values);
                });
            }
        }
        let (wide, high) = masks.cell();
        let size = (usize::from(recording.size.0) * wide, usize::from(recording.size.1) * high);
        let palette = Palette::of(&uses);
        let (numbers, shown) = (HashMap::new(), Vec::new());
        Self { masks, palette, theme, numbers, shown, pixels: vec![0; size.0 * size.1], size }
    }

    /// Width and height, in pixels.
    pub fn size(&self) -> (usize, usize) {
        self.size
    }

    /// The colours by their numbers, 255 at the most.
    pub fn colours(&self) -> &[Rgb] {
        &self.palette.colours
    }

    /// Draws a frame: the number of each pixel's colour, row by row. What is as in the frame before costs nothing.
    pub fn draw(&mut self, frame: &Frame) -> &[u8] {
        for (y, row) in frame.rows.iter().enumerate() {
            if self.shown.get(y).is_some_and(|shown| Arc::ptr_eq(shown, row)) {
                continue;
            }
            self.row(y, row);
            if y < self.shown.len() {
                self.shown[y] = row.clone();
            } else {
                self.shown.push(row.clone());
            }
        }
        &self.pixels
    }

    fn row(&mut self, y: usize, row: &[Cell]) {
        let Self { masks, palette, numbers, pixels, size, theme, .. } = self;
        let (wide, high) = masks.cell();
        each(row, *theme, |x, symbol, columns, pair, modifier| {
            let number = masks.number(symbol, columns, modifier);
            let mask = masks.mask(number);
            let numbers = numbers.entry(pair).or_insert_with(|| palette.numbers(pair));
            for (line, covered) in mask.pixels.chunks(mask.wide).enumerate() {
                let from = (y * high + line) * size.0 + x * wide;
                let Some(place) = pixels.get_mut(from..from + mask.wide) else { return };
                place.iter_mut().zip(covered).for_each(|(pixel, value)| *pixel = numbers[usize::from(*value)]);
            }
        });
    }
}

/// Each symbol of a row with its column, and how many columns it takes.
fn each(row: &[Cell], theme: Theme, mut paint: impl FnMut(usize, &str, usize, Pair, Modifier)) {
    let (_, ground) = colours::ground(theme);
    let mut x = 0;
    while x < row.len() {
        let cell = &row[x];
        let style = Painted::of(cell, theme);
        // A wide character covers the next cell.
        let columns = text::width(cell.symbol()).max(1).min(row.len() - x);
        let pair = (style.ink, style.paper.unwrap_or(ground));
        paint(x, cell.symbol(), columns, pair, style.modifier);
        x += columns;
    }
}

#[cfg(test)]
pub(crate) mod tests;
