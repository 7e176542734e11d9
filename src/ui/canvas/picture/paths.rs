//! Shapes by how they are painted, all of one paint as one path. Rectangles that touch in a row are one, and dots of braille
//! are short strokes: so a screen full of either stays small.

use std::fmt::Write;

use super::paint::{Kind, Paint};

/// How large a dot of braille is.
const DOT: f32 = 3.0;

/// Paths in the order in which each paint was first asked for.
#[derive(Default)]
pub(super) struct Paths(Vec<Painted>);

struct Painted {
    paint: Paint,
    kind: Kind,
    path: String,
    /// Where the path's pen is, once something was drawn.
    pen: Option<[f32; 2]>,
    /// The rectangle that may still grow.
    open: Option<[f32; 4]>,
}

impl Paths {
    fn of(&mut self, paint: Paint, kind: Kind) -> &mut Painted {
        let at = self.0.iter().position(|own| own.paint == paint && own.kind == kind).unwrap_or_else(|| {
            self.0.push(Painted { paint, kind, path: String::new(), pen: None, open: None });
            self.0.len() - 1
        });
        &mut self.0[at]
    }

    /// Left, top, width and height.
    pub fn rect(&mut self, paint: Paint, kind: Kind, [left, top, wide, high]: [f32; 4]) {
        if kind == Kind::Fill && [wide, high] == [DOT; 2] {
            self.of(paint, Kind::Line((DOT * 10.0) as u32)).stroke([left, top + DOT / 2.0], wide);
            return;
        }
        let own = self.of(paint, kind);
        match &mut own.open {
            Some([from, own_top, own_wide, own_high])
                if (*own_top, *own_high) == (top, high) && *from <= left && left <= *from + *own_wide =>
            {
                *own_wide = own_wide.max(left + wide - *from);
            }
            _ => {
                own.close();
                own.open = Some([left, top, wide, high]);
            }
        }
    }

    /// A path of a cell whose pieces each begin with `M` and a place in the cell, and go on relative to it.
    pub fn path(&mut self, paint: Paint, kind: Kind, path: &str, [left, top]: [f32; 2]) {
        let own = self.of(paint, kind);
        own.close();
        for piece in path.split('M').skip(1) {
            let mut numbers = piece.splitn(2, |c: char| c.is_ascii_alphabetic());
            let place = numbers.next().unwrap_or_default();
            let mut place = place.split(' ').map(|number| number.parse().unwrap_or(0.0));
            let [x, y]: [f32; 2] = std::array::from_fn(|_| place.next().unwrap_or(0.0));
            let rest = piece.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
            // Writing to a string does not fail.
            let _ = write!(own.path, "M{} {}{rest}", left + x, top + y);
        }
        // Where such a path ends is not looked at.
        own.pen = None;
    }

    /// The paths as elements.
    pub fn written(mut self) -> String {
        let mut out = String::new();
        for own in &mut self.0 {
            own.close();
            let _ = writeln!(out, "<path{} d=\"{}\"/>", own.paint.attributes(own.kind), own.path);
        }
        out
    }
}

impl Painted {
    /// Moves the pen.
    fn go(&mut self, [x, y]: [f32; 2]) {
        let _ = match self.pen {
            Some([from, above]) => write!(self.path, "m{}{}", x - from, next(y - above)),
            None => write!(self.path, "M{x}{}", next(y)),
        };
        self.pen = Some([x, y]);
    }

    fn stroke(&mut self, from: [f32; 2], wide: f32) {
        self.go(from);
        let _ = write!(self.path, "h{wide}");
        self.pen = Some([from[0] + wide, from[1]]);
    }

    /// Writes the rectangle that was still open.
    fn close(&mut self) {
        if let Some([left, top, wide, high]) = self.open.take() {
            // After its end the pen is at its beginning.
            self.go([left, top]);
            let _ = write!(self.path, "h{wide}v{high}h-{wide}z");
        }
    }
}

/// A number after another one: its sign parts it, or a blank.
fn next(number: f32) -> String {
    if number < 0.0 { format!("{number}") } else { format!(" {number}") }
}
