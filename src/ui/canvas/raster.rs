//! A picture of dots in character cells: braille (2 x 4 dots a cell), or letters (1 x 2) where there is only ASCII.
//!
//! Dots belong to layers. A cell shows the dots of its highest layer alone, so that a bright line over a dim cloud
//! stays a line. Racers are equals: where several share a cell they take turns, and none hides another; without colours it
//! has the dots of all. It knows nothing of what the dots mean.

use crate::ui::canvas::pen::Pen;
use crate::ui::look::theme::{Role, Theme};

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

/// So many racers have colours of their own.
const COLOURS: u8 = 8;
/// So many columns of cells are one racer's turn where several share them.
const TURN: usize = 3;

/// How lines are broken that no colour tells apart: which dots of a period are drawn, along their longer side.
const DASHES: [&[u8]; 8] = [
    &[1],
    &[1, 1, 1, 1, 0, 0],
    &[1, 0, 0],
    &[1, 1, 1, 1, 1, 0, 0, 1, 0, 0],
    &[1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0],
    &[1, 0, 0, 0, 0, 0],
    &[1, 1, 1, 0, 0, 1, 0, 0, 1, 0, 0],
    &[1, 1, 0, 0, 0, 0],
];
/// The dashes of a line that is broken on purpose.
const BROKEN: &[u8] = &[1, 1, 0, 0];

/// Dots in layers; the last layer lies on top.
pub struct Raster {
    columns: usize,
    rows: usize,
    unicode: bool,
    /// Colours tell racers apart.
    coloured: bool,
    /// Where they do not, dashes do.
    dashed: bool,
    layers: Vec<Layer>,
    /// A mask of dots for each cell of each layer.
    masks: Vec<Vec<u8>>,
}

impl Raster {
    /// An empty picture of that many cells.
    pub fn new(columns: usize, rows: usize, unicode: bool, layers: &[Layer]) -> Self {
        let masks = vec![vec![0; columns * rows]; layers.len()];
        Self { columns, rows, unicode, coloured: true, dashed: false, layers: layers.to_vec(), masks }
    }

    /// For a theme, which may be one without colours.
    pub fn for_theme(self, theme: Theme) -> Self {
        Self { coloured: theme != Theme::Mono, ..self }
    }

    /// For lines that run smoothly: without colours racers differ by their dashes.
    pub fn with_dashes(self) -> Self {
        Self { dashed: true, ..self }
    }

    /// The dashes of a layer's lines. Letters tell lines apart by themselves.
    fn dashes(&self, layer: usize) -> &'static [u8] {
        match self.layers[layer].role {
            Role::Racer(place) if self.unicode => {
                let kind = if self.coloured || !self.dashed { place / COLOURS } else { place };
                DASHES[usize::from(kind) % DASHES.len()]
            }
            _ => DASHES[0],
        }
    }

    /// Cells from left to right.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Cells from top to bottom.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Dots from left to right and from top to bottom of so many cells. A cell is about twice as high as it is wide, so that
    /// they are as far apart both ways.
    pub fn dots_of((columns, rows): (usize, usize), unicode: bool) -> (usize, usize) {
        if unicode { (2 * columns, 4 * rows) } else { (columns, 2 * rows) }
    }

    /// Dots from left to right.
    pub fn width(&self) -> usize {
        Self::dots_of((self.columns, self.rows), self.unicode).0
    }

    /// Dots from top to bottom.
    pub fn height(&self) -> usize {
        Self::dots_of((self.columns, self.rows), self.unicode).1
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

    /// A straight line, in the dashes of its layer; with `dashed`, every other pair of columns is left out.
    pub fn line(&mut self, layer: usize, from: (usize, usize), to: (usize, usize), dashed: bool) {
        let (x0, y0, x1, y1) = (from.0 as f64, from.1 as f64, to.0 as f64, to.1 as f64);
        let steps = (x1 - x0).abs().max((y1 - y0).abs()).max(1.0);
        let dashes = if dashed { if self.unicode { BROKEN } else { &[1, 0] } } else { self.dashes(layer) };
        // A dashed line is broken by its columns alone, so that pieces of it join.
        let steep = !dashed && (y1 - y0).abs() > (x1 - x0).abs();
        for i in 0..=steps as usize {
            let part = i as f64 / steps;
            let (x, y) = ((x0 + part * (x1 - x0)).round() as usize, (y0 + part * (y1 - y0)).round() as usize);
            if dashes[(if steep { y } else { x }) % dashes.len()] != 0 {
                self.dot(layer, x, y);
            }
        }
    }

    /// The layer that is seen in a cell.
    fn seen(&self, x: usize, cell: usize) -> Option<usize> {
        let there = || (0..self.layers.len()).rev().filter(|layer| self.masks[*layer][cell] != 0);
        let equals = || there().take_while(|layer| matches!(self.layers[*layer].role, Role::Racer(_)));
        match equals().count() {
            0 => there().next(),
            count => equals().nth(x / TURN % count),
        }
    }

    /// The dots of a cell in which a layer is seen.
    fn dots(&self, seen: usize, cell: usize) -> u8 {
        let is_racer = |layer: usize| matches!(self.layers[layer].role, Role::Racer(_));
        if self.coloured || !self.unicode || !is_racer(seen) {
            return self.masks[seen][cell];
        }
        (0..self.layers.len()).filter(|layer| is_racer(*layer)).fold(0, |dots, layer| dots | self.masks[layer][cell])
    }

    /// Writes the cells that have dots; the others keep what they have.
    pub fn paint(&self, pen: &mut Pen<'_>) {
        for y in 0..self.rows {
            for x in 0..self.columns {
                let cell = y * self.columns + x;
                if let Some(top) = self.seen(x, cell) {
                    let (mask, layer) = (self.dots(top, cell), self.layers[top]);
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
    use ratatui::style::Modifier;

    const PLAIN: [Layer; 2] =
        [Layer { role: Role::Dim, letters: ['\'', '.', ':'] }, Layer { role: Role::Text, letters: ['*'; 3] }];

    fn buffer(layers: &[Layer], theme: Theme, unicode: bool, columns: u16, draw: impl Fn(&mut Raster)) -> Buffer {
        let mut raster = Raster::new(usize::from(columns), 2, unicode, layers).for_theme(theme).with_dashes();
        draw(&mut raster);
        let mut buffer = Buffer::empty(Rect::new(0, 0, columns, 2));
        let area = buffer.area;
        raster.paint(&mut Pen::new(&mut buffer, area, Look { theme, unicode }));
        buffer
    }

    fn text(buffer: &Buffer) -> String {
        buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    fn drawn(unicode: bool, draw: impl Fn(&mut Raster)) -> String {
        text(&buffer(&PLAIN, Theme::Mono, unicode, 3, draw))
    }

    fn racers(places: [u8; 2]) -> [Layer; 2] {
        places.map(|place| Layer { role: Role::Racer(place), letters: [char::from(b'1' + place); 3] })
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

    fn both_along_the_top(raster: &mut Raster) {
        for layer in 0..2 {
            raster.line(layer, (0, layer), (raster.width() - 1, layer), false);
        }
    }

    #[test]
    fn racers_that_share_cells_take_turns_and_the_chosen_one_has_them_all() {
        let both = both_along_the_top;
        assert_eq!(text(&buffer(&racers([0, 1]), Theme::Dark, false, 8, both)), "22211122        ");
        let turns = buffer(&racers([0, 1]), Theme::Dark, true, 8, both);
        let look = Look { theme: Theme::Dark, unicode: true };
        let of = |buffer: &Buffer, role| (0..8).filter(|x| buffer[(*x, 0)].fg == look.style(role).fg.unwrap()).count();
        assert_eq!((of(&turns, Role::Racer(0)), of(&turns, Role::Racer(1))), (3, 5));
        let mono = |raster: &mut Raster| (0..2).for_each(|layer| raster.dot(layer, layer, 0));
        assert_eq!(text(&buffer(&racers([0, 1]), Theme::Mono, true, 1, mono)), "⠉ ");
        let mut chosen = racers([1, 0]);
        chosen[1].role = Role::Chosen(0);
        let chosen = buffer(&chosen, Theme::Dark, true, 8, both);
        assert_eq!(of(&chosen, Role::Chosen(0)), 8);
        assert!((0..8).all(|x| chosen[(x, 0)].modifier.contains(Modifier::BOLD)));
    }

    #[test]
    fn where_colours_end_dashes_tell_lines_apart() {
        let line = |theme, place| {
            let one = |raster: &mut Raster| raster.line(0, (0, 0), (15, 0), false);
            text(&buffer(&racers([place, 0]), theme, true, 8, one))
        };
        let seen = |theme, places: std::ops::Range<u8>| {
            let lines: std::collections::BTreeSet<String> = places.map(|place| line(theme, place)).collect();
            lines.len()
        };
        // Of one colour are each eighth; without colours all are of one.
        assert_eq!((line(Theme::Dark, 7), seen(Theme::Mono, 0..8)), (line(Theme::Dark, 0), 8));
        for place in 8..16 {
            assert_ne!(line(Theme::Dark, place), line(Theme::Dark, place - 8));
        }
        // A steep line is broken by its rows: one that goes straight down is seen in every dash.
        let down = |raster: &mut Raster| raster.line(0, (4, 0), (4, 7), false);
        assert_eq!(text(&buffer(&racers([1, 0]), Theme::Mono, true, 3, down)), "  ⡇  ⡄");
    }
}
