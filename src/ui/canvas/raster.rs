//! A picture of dots in character cells: braille (2 x 4 dots a cell), or letters (1 x 2) where there is only ASCII.
//!
//! Dots belong to layers. A cell shows the dots of its highest layer alone, so that a bright line over a dim cloud
//! stays a line. It knows nothing of what the dots mean.

use crate::ui::canvas::pen::Pen;
use crate::ui::look::theme::Role;

/// The bits of the braille patterns U+2800, by column and row of a cell.
const BRAILLE: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// How a layer is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Layer {
    /// Its style.
    pub role: Role,
    /// In ASCII: the upper dot alone, the lower alone, both.
    pub letters: [char; 3],
}

/// Dots in layers; the last layer lies on top.
pub struct Raster {
    columns: usize,
    rows: usize,
    unicode: bool,
    layers: Vec<Layer>,
    /// A mask of dots for each cell of each layer.
    masks: Vec<Vec<u8>>,
}

impl Raster {
    /// An empty picture of that many cells.
    pub fn new(columns: usize, rows: usize, unicode: bool, layers: &[Layer]) -> Self {
        Self { columns, rows, unicode, layers: layers.to_vec(), masks: vec![vec![0; columns * rows]; layers.len()] }
    }

    /// Dots from left to right.
    pub fn width(&self) -> usize {
        self.columns * if self.unicode { 2 } else { 1 }
    }

    /// Dots from top to bottom.
    pub fn height(&self) -> usize {
        self.rows * if self.unicode { 4 } else { 2 }
    }

    /// Sets a dot, counted from the top left; outside the picture nothing happens.
    pub fn dot(&mut self, layer: usize, x: usize, y: usize) {
        if x >= self.width() || y >= self.height() {
            return;
        }
        let (cell, bit) = if self.unicode {
            (y / 4 * self.columns + x / 2, BRAILLE[x % 2][y % 4])
        } else {
            (y / 2 * self.columns + x, 1 << (y % 2))
        };
        self.masks[layer][cell] |= bit;
    }

    /// Sets all dots between two heights of one column.
    pub fn vertical(&mut self, layer: usize, x: usize, y0: usize, y1: usize) {
        for y in y0.min(y1)..=y0.max(y1).min(self.height()) {
            self.dot(layer, x, y);
        }
    }

    /// A straight line; with `dashed`, every other pair of columns is left out.
    pub fn line(&mut self, layer: usize, from: (usize, usize), to: (usize, usize), dashed: bool) {
        let (x0, y0, x1, y1) = (from.0 as f64, from.1 as f64, to.0 as f64, to.1 as f64);
        let steps = (x1 - x0).abs().max((y1 - y0).abs()).max(1.0);
        for i in 0..=steps as usize {
            let part = i as f64 / steps;
            let (x, y) = ((x0 + part * (x1 - x0)).round() as usize, (y0 + part * (y1 - y0)).round() as usize);
            let period = if self.unicode { 2 } else { 1 };
            if !dashed || (x / period).is_multiple_of(2) {
                self.dot(layer, x, y);
            }
        }
    }

    /// Writes the cells that have dots; the others keep what they have.
    pub fn paint(&self, pen: &mut Pen<'_>) {
        for y in 0..self.rows {
            for x in 0..self.columns {
                let cell = y * self.columns + x;
                let top = (0..self.layers.len()).rev().find(|layer| self.masks[*layer][cell] != 0);
                if let Some(top) = top {
                    let (mask, layer) = (self.masks[top][cell], self.layers[top]);
                    let symbol = if self.unicode {
                        char::from_u32(0x2800 + u32::from(mask)).unwrap_or(' ')
                    } else {
                        layer.letters[usize::from(mask).clamp(1, 3) - 1]
                    };
                    pen.symbol(x, y, symbol, layer.role);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::look::theme::{Look, Theme};
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    fn drawn(unicode: bool, draw: impl Fn(&mut Raster)) -> String {
        let layers =
            [Layer { role: Role::Dim, letters: ['\'', '.', ':'] }, Layer { role: Role::Text, letters: ['*'; 3] }];
        let mut raster = Raster::new(3, 2, unicode, &layers);
        draw(&mut raster);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 2));
        let area = buffer.area;
        raster.paint(&mut Pen::new(&mut buffer, area, Look { theme: Theme::Mono, unicode }));
        buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    #[test]
    fn braille_dots_are_where_they_belong() {
        let corner = |x, y| drawn(true, |raster| raster.dot(0, x, y));
        assert_eq!(corner(0, 0), "⠁     ");
        assert_eq!(corner(5, 7), "     ⢀");
        assert_eq!(corner(6, 0), "      ");
        assert_eq!(corner(0, 8), "      ");
    }

    #[test]
    fn the_top_layer_alone_is_seen_in_its_cells() {
        let both = |raster: &mut Raster| {
            raster.vertical(0, 0, 0, raster.height() - 1);
            raster.dot(1, 0, 0);
        };
        assert_eq!(drawn(true, both), "⠁  ⡇  ");
        assert_eq!(drawn(false, both), "*  :  ");
    }

    #[test]
    fn a_line_touches_every_column_and_a_dashed_one_every_other_pair() {
        assert_eq!(drawn(true, |raster| raster.line(0, (0, 0), (5, 0), false)), "⠉⠉⠉   ");
        assert_eq!(drawn(true, |raster| raster.line(0, (0, 0), (5, 0), true)), "⠉ ⠉   ");
    }
}
