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
        let here = places[at];
        pen.symbol(left + here, row, look.pick('▲', '^'), Role::Strong);
        // Of marks in one column the last one's words are shown.
        if places[at + 1..].contains(&here) {
            continue;
        }
        let end = places.iter().copied().filter(|place| *place > here).min().unwrap_or(columns);
        if text::width(&mark.text) <= end.saturating_sub(here + 2) {
            pen.text(left + here + 1, row, &mark.text, Role::Text);
        }
    }
}

/// A character at the end of a line, for a cell of the chart and in the style of the line.
pub type Head = ((usize, usize), char, Role);

/// Draws each head at the right of where its line has come to, or as near to it as there is room: none covers another.
pub fn draw_heads(heads: &[Head], pen: &mut Pen<'_>) {
    let mut taken: Vec<(usize, usize, bool)> = Vec::new();
    for ((x, y), symbol, role) in heads {
        let digit = symbol.is_ascii_digit();
        let right = (1..=4).map(|by| (x + by, *y));
        let left = (0..=4).filter_map(|by| Some((x.checked_sub(by)?, *y)));
        let beside = [y.checked_sub(1), Some(y + 1)].into_iter().flatten().map(|y| (x + 1, y));
        // Two digits side by side would read as one number.
        let apart = |(x, y): &(usize, usize)| {
            taken.iter().all(|(other, row, of)| row != y || other.abs_diff(*x) > usize::from(digit && *of))
        };
        let fits = |at: &(usize, usize)| at.0 < pen.width() && at.1 < pen.height() && apart(at);
        if let Some((x, y)) = right.chain(beside).chain(left).find(fits) {
            pen.symbol(x, y, *symbol, *role);
            taken.push((x, y, digit));
        }
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

    /// A line through the means of a layer's buckets. What lies outside of the axis is not drawn.
    pub fn means(&mut self, layer: usize, line: &Line) {
        let points = line.buckets.iter().enumerate();
        let points: Vec<(f64, f64)> = points.map(|(i, bucket)| (Self::middle(i, line.width), bucket.mean)).collect();
        self.path(layer, &points, false);
    }

    /// A line through points, each a step and a number; it ends where a number is not finite, and where it leaves the axis.
    pub fn path(&mut self, layer: usize, points: &[(f64, f64)], dashed: bool) {
        let mut before: Option<(f64, f64)> = None;
        for (step, value) in points {
            let here = self.scale.share(*value).map(|share| (self.x(*step) as f64, share));
            match (before, here) {
                (Some(from), Some(to)) => self.piece(layer, from, to, dashed),
                (None, Some((x, share))) if (0.0..=1.0).contains(&share) => {
                    let y = self.row(share);
                    self.raster.dot(layer, x as usize, y);
                }
                _ => {}
            }
            before = here;
        }
    }

    /// The row of dots of a share of the axis.
    fn row(&self, share: f64) -> usize {
        ((1.0 - share) * (self.raster.height() - 1) as f64).round() as usize
    }

    /// What of a straight line lies within the axis.
    fn piece(&mut self, layer: usize, from: (f64, f64), to: (f64, f64), dashed: bool) {
        let Some((from, to)) = within(from, to) else { return };
        let (from, to): (_, _) = [from, to].map(|(x, share)| (x.round() as usize, self.row(share))).into();
        self.raster.line(layer, from, to, dashed);
    }

    /// From the smallest to the largest number of each bucket, as far as the axis goes.
    pub fn envelope(&mut self, layer: usize, line: &Line) {
        for (i, bucket) in line.buckets.iter().enumerate() {
            let reach = self.scale.share(bucket.min).zip(self.scale.share(bucket.max));
            if let Some((low, high)) = reach.filter(|(low, high)| *low <= 1.0 && *high >= 0.0) {
                let x = self.x(Self::middle(i, line.width));
                self.raster.vertical(layer, x, self.row(high.min(1.0)), self.row(low.max(0.0)));
            }
        }
    }

    /// The column of cells of a step.
    pub fn column(&self, step: f64) -> usize {
        self.x(step) / (self.raster.width() / self.raster.columns().max(1)).max(1)
    }

    /// The cell in which a line ends; none if it ends outside of the axis, or has no finite number.
    pub fn end(&self, line: &Line) -> Option<(usize, usize)> {
        let (at, bucket) = line.buckets.iter().enumerate().rev().find(|(_, bucket)| bucket.mean.is_finite())?;
        let y = self.y(bucket.mean).filter(|_| self.scale.holds(bucket.mean))?;
        let rows = (self.raster.height() / self.raster.rows().max(1)).max(1);
        Some((self.column(Self::middle(at, line.width)), y / rows))
    }
}

/// The part of a line between two points whose share of the axis lies within 0 and 1.
fn within(from: (f64, f64), to: (f64, f64)) -> Option<((f64, f64), (f64, f64))> {
    let is_inside = |share: f64| (0.0..=1.0).contains(&share);
    if is_inside(from.1) && is_inside(to.1) {
        return Some((from, to));
    }
    if from.1.max(to.1) < 0.0 || from.1.min(to.1) > 1.0 {
        return None;
    }
    let at_edge = |point: (f64, f64)| {
        let share = point.1.clamp(0.0, 1.0);
        let part = if to.1 == from.1 { 0.0 } else { (share - from.1) / (to.1 - from.1) };
        (from.0 + part * (to.0 - from.0), share)
    };
    Some((at_edge(from), at_edge(to)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::canvas::raster::Layer;
    use crate::ui::look::theme::{Look, Theme};
    use crate::ui::tests::fixture;
    use proptest::prelude::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    fn drawn((width, height): (u16, u16), draw: impl Fn(&mut Pen<'_>)) -> Vec<String> {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        let area = buffer.area;
        draw(&mut Pen::new(&mut buffer, area, Look { theme: Theme::Mono, unicode: true }));
        let symbols: Vec<&str> = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        symbols.chunks(usize::from(width.max(1))).map(<[&str]>::concat).collect()
    }

    /// A chart of 8 x 4 cells with an axis from 0 to 1.
    fn plot() -> Plot {
        let layers = [Layer { role: Role::Text, letters: ['*'; 3] }];
        let scale = Scale::covering([0.0, 1.0], false).unwrap();
        Plot { raster: Raster::new(8, 4, true, &layers), scale, last: 8 }
    }

    fn picture(draw: impl Fn(&mut Plot)) -> Vec<String> {
        let mut plot = plot();
        draw(&mut plot);
        drawn((8, 4), |pen| plot.raster.paint(pen))
    }

    #[test]
    fn a_line_is_drawn_to_the_edge_and_not_along_it() {
        let leaves = picture(|plot| plot.path(0, &[(0.0, 0.5), (4.0, 0.5), (5.0, 40.0), (8.0, 90.0)], false));
        assert!(leaves[0].trim_end().chars().count() <= 6, "{leaves:?}");
        assert!(leaves[0].contains(|c: char| c > '\u{2800}'), "it is seen to leave: {leaves:?}");
        let outside = picture(|plot| plot.path(0, &[(0.0, 3.0), (4.0, 40.0), (8.0, -9.0)], false));
        assert!(outside.iter().all(|row| row.chars().take(4).all(|c| c == ' ')), "{outside:?}");
        assert!(outside.iter().all(|row| !row.trim().is_empty()), "it crosses: {outside:?}");
        let never = picture(|plot| plot.path(0, &[(0.0, 3.0), (8.0, 2.0), (8.0, f64::NAN)], false));
        assert!(never.iter().all(|row| row.trim().is_empty()), "{never:?}");
    }

    #[test]
    fn a_spike_reaches_the_edge_and_what_lies_outside_alone_is_not_drawn() {
        let spike = picture(|plot| plot.envelope(0, &fixture::line([0.5, 0.5].into_iter())));
        assert_eq!(spike.concat().matches(|c: char| c > '\u{2800}').count(), 2, "{spike:?}");
        let outside = picture(|plot| plot.envelope(0, &fixture::line([5.0, -5.0].into_iter())));
        assert!(outside.concat().trim().is_empty());
    }

    #[test]
    fn the_end_of_a_line_is_a_cell_of_the_chart() {
        let end = |values: &[f64]| plot().end(&fixture::line(values.iter().copied()));
        assert_eq!((end(&[0.0, 1.0]), end(&[0.5, 0.0, f64::NAN])), (Some((2, 0)), Some((2, 3))));
        assert_eq!((end(&[0.0, 7.0]), end(&[f64::NAN]), end(&[])), (None, None, None));
    }

    #[test]
    fn heads_lie_near_each_other_and_never_read_as_one_number() {
        let of = |names: [char; 3]| names.map(|name| ((4, 1), name, Role::Text)).to_vec();
        let heads: Vec<Head> = of(['1', '2', '3']);
        assert_eq!(drawn((8, 3), |pen| draw_heads(&heads, pen)), ["     3  ", "     1 2", "        "]);
        let heads: Vec<Head> = of(['a', 'b', 'c']);
        assert_eq!(drawn((8, 3), |pen| draw_heads(&heads, pen)), ["        ", "     abc", "        "]);
        assert_eq!(
            drawn((6, 3), |pen| draw_heads(&heads, pen)),
            ["     b  "[..6].to_owned(), "     a".into(), "     c".into()]
        );
    }

    proptest! {
        #[test]
        fn no_mark_covers_a_letter(steps in prop::collection::vec(0..=100_u64, 1..7), columns in 4..60_usize) {
            let marks: Vec<Mark> = steps.iter().map(|step| Mark { step: *step, text: format!("lr = {step}") }).collect();
            let row = &drawn((columns as u16, 1), |pen| draw_marks(&marks, pen, (0, 0, columns), 100))[0];
            for piece in row.split(['▲']).filter(|piece| !piece.trim().is_empty()) {
                let words = piece.trim_end();
                prop_assert!(marks.iter().any(|mark| mark.text == words), "{row:?}");
            }
        }
    }
}
