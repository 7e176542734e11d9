//! What charts over the steps of a run have in common: the frame with its labels, and a raster with a scale.

use crate::snapshot::Line;
use crate::snapshot::Mark;
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::raster::Raster;
use crate::ui::canvas::scale::Scale;
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;

/// The frame of a plot of so many rows and columns: labels and ticks at the left, the two ends of the other axis below.
pub fn draw_axes(
    pen: &mut Pen<'_>,
    labels: &[(usize, String)],
    margin: usize,
    (rows, columns): (usize, usize),
    (first, end): (&str, &str),
) {
    let look = pen.look;
    for row in 0..rows {
        pen.symbol(margin, row, look.pick('│', '|'), Role::Dim);
    }
    for (row, label) in labels {
        pen.text(margin - 1 - text::width(label), *row, label, Role::Dim);
        pen.symbol(margin, *row, look.pick('┤', '+'), Role::Dim);
    }
    pen.symbol(margin, rows, look.pick('└', '+'), Role::Dim);
    for column in 0..columns {
        pen.symbol(margin + 1 + column, rows, look.pick('─', '-'), Role::Dim);
    }
    pen.text(margin + 1, rows + 1, first, Role::Dim);
    let x = (margin + 1 + columns).saturating_sub(text::width(end));
    pen.text(x, rows + 1, end, Role::Dim);
}

/// Where something was done to the run, on the axis of steps, with its words as far as there is room for them.
pub fn draw_marks(marks: &[Mark], pen: &mut Pen<'_>, (left, row, columns): (usize, usize, usize), last: u64) {
    let look = pen.look;
    let place = |mark: &Mark| (mark.step as f64 / last.max(1) as f64 * (columns - 1) as f64).round() as usize;
    let places: Vec<usize> = marks.iter().map(|mark| place(mark).min(columns - 1)).collect();
    for (at, mark) in marks.iter().enumerate() {
        // Of marks in one column the last one's words are shown.
        let end = places[at + 1..].first().copied().unwrap_or(columns);
        let room = end.saturating_sub(places[at] + 2);
        if text::width(&mark.text) <= room {
            pen.text(left + places[at] + 1, row, &mark.text, Role::Text);
        }
        pen.symbol(left + places[at], row, look.pick('▲', '^'), Role::Strong);
    }
}

/// The label at the end of the axis.
pub fn steps(last: u64) -> String {
    format!("{last} steps")
}

/// A raster with a scale of losses and so many steps.
pub struct Plot {
    pub raster: Raster,
    pub scale: Scale,
    pub last: u64,
}

impl Plot {
    /// The column of dots of a step.
    pub fn x(&self, step: f64) -> usize {
        (step / self.last.max(1) as f64 * (self.raster.width() - 1) as f64).round().max(0.0) as usize
    }

    /// The row of dots of a loss.
    pub fn y(&self, value: f64) -> Option<usize> {
        let height = self.raster.height() - 1;
        self.scale.place(value).map(|place| ((1.0 - place) * height as f64).round() as usize)
    }

    /// The step in the middle of a bucket.
    pub fn middle(index: usize, width: u64) -> f64 {
        (index as f64 + 0.5) * width.max(1) as f64 + 0.5
    }

    /// A line through the means of a layer's buckets.
    pub fn means(&mut self, layer: usize, line: &Line) {
        let mut before = None;
        for (i, bucket) in line.buckets.iter().enumerate() {
            let here = self.y(bucket.mean).map(|y| (self.x(Self::middle(i, line.width)), y));
            if let Some(here) = here {
                self.raster.line(layer, before.unwrap_or(here), here, false);
            }
            before = here;
        }
    }
}
