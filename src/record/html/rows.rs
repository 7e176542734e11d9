//! The rows of a recording as data, each stored once: as what it changes in an earlier one. Symbols and styles alone; how
//! they are drawn is the player's business.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use ratatui::buffer::Cell;
use ratatui::style::Modifier;
use serde_json::{Value, json};

use crate::record::painted::{Painted, hex};
use crate::ui::Theme;
use crate::ui::picture::shapes::{self, Part};
use crate::ui::text;

/// A cell as it is stored: its symbol, empty where a wide one before it covers it, and its style.
pub(super) type Stored = (String, usize);

/// Rows, styles and shapes by their numbers.
pub(super) struct Table {
    theme: Theme,
    styles: Vec<Painted>,
    style_at: HashMap<Painted, usize>,
    shapes: BTreeMap<char, Value>,
    /// Each row, as data.
    rows: Vec<Value>,
    /// Each row, as cells.
    cells: Vec<Vec<Stored>>,
    row_at: HashMap<Vec<Stored>, usize>,
    /// Rows that were asked for, by where they lie: frames share them. The row is held, so that its place stays its own.
    known: HashMap<*const Cell, (Arc<[Cell]>, usize)>,
}

impl Table {
    pub(super) fn new(theme: Theme) -> Self {
        Self {
            theme,
            styles: Vec::new(),
            style_at: HashMap::new(),
            shapes: BTreeMap::new(),
            rows: Vec::new(),
            cells: Vec::new(),
            row_at: HashMap::new(),
            known: HashMap::new(),
        }
    }

    /// The number of a frame's row; `near` is that of one that it may be like.
    pub(super) fn shared(&mut self, row: &Arc<[Cell]>, near: Option<usize>) -> usize {
        if let Some((_, at)) = self.known.get(&row.as_ptr()) {
            return *at;
        }
        let at = self.row(row, near);
        self.known.insert(row.as_ptr(), (row.clone(), at));
        at
    }

    /// The number of a row; `near` is that of one that it may be like.
    pub(super) fn row(&mut self, row: &[Cell], near: Option<usize>) -> usize {
        let cells = self.stored(row);
        if let Some(at) = self.row_at.get(&cells) {
            return *at;
        }
        let near = near.filter(|near| self.cells[*near].len() == cells.len());
        let before = near.map_or(&[][..], |near| &self.cells[near][..]);
        let from = before.iter().zip(&cells).take_while(|(a, b)| a == b).count();
        let same_end = before[from..].iter().rev().zip(cells[from..].iter().rev()).take_while(|(a, b)| a == b).count();
        let to = cells.len() - same_end;
        let mut data = vec![near.map_or(json!(-1), |near| json!(near)), json!(from), json!(to)];
        let mut at = from;
        while at < to {
            let style = cells[at].1;
            let run = cells[at..to].iter().take_while(|cell| cell.1 == style);
            let symbols: Vec<&str> = run.map(|(symbol, _)| symbol.as_str()).collect();
            at += symbols.len();
            data.push(json!(style));
            // A text where each character is a cell.
            let plain = symbols.iter().all(|symbol| symbol.chars().count() == 1);
            data.push(if plain { json!(symbols.concat()) } else { json!(symbols) });
        }
        let number = self.rows.len();
        self.rows.push(Value::from(data));
        self.cells.push(cells.clone());
        self.row_at.insert(cells, number);
        number
    }

    /// The cells of a row as they are stored.
    pub(super) fn stored(&mut self, row: &[Cell]) -> Vec<Stored> {
        let mut cells = Vec::with_capacity(row.len());
        while cells.len() < row.len() {
            let cell = &row[cells.len()];
            let style = self.style(Painted::of(cell, self.theme));
            let columns = text::width(cell.symbol()).max(1).min(row.len() - cells.len());
            cells.push((self.symbol(cell.symbol()), style));
            cells.extend(std::iter::repeat_n((String::new(), style), columns - 1));
        }
        cells
    }

    fn style(&mut self, style: Painted) -> usize {
        *self.style_at.entry(style).or_insert_with(|| {
            self.styles.push(style);
            self.styles.len() - 1
        })
    }

    /// A symbol as it is stored; the shapes of one that is drawn are noted.
    fn symbol(&mut self, symbol: &str) -> String {
        if let (Some(parts), Some(c)) = (shapes::parts(symbol), symbol.chars().next()) {
            self.shapes.entry(c).or_insert_with(|| parts.iter().map(part).collect());
            return c.to_string();
        }
        if symbol.trim().is_empty() {
            return " ".to_owned();
        }
        let shown = symbol.chars().map(text::shown_char).filter(|c| !matches!(c, '\u{fe0e}' | '\u{fe0f}'));
        // Two characters that no page knows.
        shown.map(|c| if matches!(c, '\u{fffe}' | '\u{ffff}') { '\u{fffd}' } else { c }).collect()
    }

    /// Rows, styles and shapes, in the order of their numbers.
    pub(super) fn into_data(self) -> (Value, Value, Value) {
        let style = |style: Painted| {
            let bits = [Modifier::BOLD, Modifier::ITALIC, Modifier::UNDERLINED, Modifier::CROSSED_OUT];
            let bits = bits.into_iter().enumerate().filter(|(_, bit)| style.modifier.contains(*bit));
            json!([hex(style.ink), style.paper.map(hex), bits.map(|(at, _)| 1 << at).sum::<u8>()])
        };
        let shapes = self.shapes.into_iter().map(|(c, parts)| (c.to_string(), parts)).collect();
        (self.rows.into(), self.styles.into_iter().map(style).collect(), Value::Object(shapes))
    }
}

/// A part of a shape: how thick it is drawn (0 if it is filled), and each piece as its place in the cell and the rest of its
/// path, which is relative to that; or the share of the ink, where it is the whole cell.
fn part(part: &Part) -> Value {
    match part {
        Part::Rect([x, y, wide, high]) => json!([0, short(*x), short(*y), format!("h{wide}v{high}h-{wide}z")]),
        Part::Filled(path) => pieces(0.0, path),
        Part::Line(path, thick) => pieces(*thick, path),
        Part::Shade(share) => json!([short(*share)]),
    }
}

fn pieces(thick: f32, path: &str) -> Value {
    let mut data = vec![short(thick)];
    for piece in path.split('M').skip(1) {
        let end = piece.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(piece.len());
        let (place, rest) = piece.split_at(end);
        let mut place = place.split(' ').map(|number| number.parse::<f32>().unwrap_or(0.0));
        data.extend([short(place.next().unwrap_or(0.0)), short(place.next().unwrap_or(0.0)), json!(rest)]);
    }
    Value::from(data)
}

/// A number by its shortest digits: `1.2`, and `1` without a point.
fn short(number: f32) -> Value {
    if number.fract() == 0.0 {
        return json!(number as i64);
    }
    number.to_string().parse::<f64>().map_or(json!(0), |number| json!(number))
}
