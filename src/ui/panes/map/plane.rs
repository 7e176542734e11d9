//! A plane with its two axes and its legend, for maps that have one: what lies where, and from numbers to places.

use super::legend::{self, Entry};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::plot::draw_axes;
use crate::ui::canvas::text;

/// Where the inside of a plane lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plane {
    pub left: usize,
    pub columns: usize,
    pub rows: usize,
    x: (f64, f64),
    y: (f64, f64),
}

/// What a plane with its axes and its legend takes of a pane.
struct Room {
    columns: usize,
    rows: usize,
    margin: usize,
    labels: Vec<(usize, String)>,
    beside: usize,
    below: usize,
}

impl Room {
    fn of(pen: &Pen<'_>, (y, y_name): ((f64, f64), &str), legend: &[Entry]) -> Self {
        let (beside, below) = legend::room(legend, pen.width(), pen.height());
        // The axis and its labels take two rows and some columns at the left.
        let rows = pen.height().saturating_sub(2 + below);
        let mut labels = vec![(0, text::short(y.1))];
        if rows >= 5 {
            labels.push((rows / 2, text::cut(y_name, 8, pen.look.ellipsis())));
        }
        labels.push((rows.saturating_sub(1), text::short(y.0)));
        let margin = labels.iter().map(|(_, label)| text::width(label)).max().unwrap_or(0) + 1;
        let columns = pen.width().saturating_sub(margin + 1 + beside);
        Self { columns, rows, margin, labels, beside, below }
    }

    fn cells(&self) -> Option<(usize, usize)> {
        (self.rows >= 3 && self.columns >= 12).then_some((self.columns, self.rows))
    }
}

impl Plane {
    /// The columns that there are for the name of an axis between its ends.
    pub fn room_of_name(columns: usize, (left, right): (f64, f64)) -> usize {
        let ends = text::width(&text::short(left)) + text::width(&text::short(right));
        columns.saturating_sub(ends + 4)
    }

    /// The columns and rows that a plane would have; none if there is no room for it.
    pub fn cells(pen: &Pen<'_>, y: ((f64, f64), &str), legend: &[Entry]) -> Option<(usize, usize)> {
        Room::of(pen, y, legend).cells()
    }

    /// Draws the axes and the legend; none if there is no room for them, then the legend is all that is drawn.
    pub fn new(
        pen: &mut Pen<'_>,
        (x, x_name): ((f64, f64), &str),
        (y, y_name): ((f64, f64), &str),
        legend: &[Entry],
    ) -> Option<Self> {
        let room = Room::of(pen, (y, y_name), legend);
        let Some((columns, rows)) = room.cells() else {
            legend::column(legend, pen);
            return None;
        };
        let Room { margin, labels, beside, below, .. } = room;
        let (left, right) = (text::short(x.0), text::short(x.1));
        draw_axes(pen, &labels, margin, (rows, columns), (&left, &right));
        let name = text::cut(x_name, Self::room_of_name(columns, x), '~');
        let middle = margin + 1 + columns.saturating_sub(text::width(&name)) / 2;
        pen.text(middle, rows + 1, &name, crate::ui::look::theme::Role::Dim);
        let (width, height) = (pen.width(), pen.height());
        if beside > 0 {
            let at = margin + columns + 3;
            legend::column(legend, &mut pen.part(at, 0, width.saturating_sub(at), height));
        } else {
            legend::lines(legend, &mut pen.part(0, rows + 2, width, below));
        }
        Some(Self { left: margin + 1, columns, rows, x, y })
    }

    /// The inside.
    pub fn inside<'p>(&self, pen: &'p mut Pen<'_>) -> Pen<'p> {
        pen.part(self.left, 0, self.columns, self.rows)
    }

    /// How far a point lies from the left and from the top, as shares of the plane; outside they are below 0 or above 1.
    pub fn place(&self, x: f64, y: f64) -> (f64, f64) {
        ((x - self.x.0) / (self.x.1 - self.x.0), (self.y.1 - y) / (self.y.1 - self.y.0))
    }

    /// The cell of a point, if it lies in the plane.
    pub fn cell(&self, x: f64, y: f64) -> Option<(usize, usize)> {
        let (u, v) = self.place(x, y);
        let inside = (0.0..=1.0).contains(&u) && (0.0..=1.0).contains(&v);
        let at = |share: f64, of: usize| ((share * of as f64) as usize).min(of - 1);
        inside.then(|| (at(u, self.columns), at(v, self.rows)))
    }
}
