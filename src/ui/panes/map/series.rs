//! The map of a series: its values as dim dots, every average as a line with a letter at its head, and beside them
//! the letters with the names and the numbers now.

use std::fmt::Write;

use super::weights;
use crate::snapshot::{Line, SeriesView};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::plot::draw_axes;
use crate::ui::canvas::raster::{Layer, Raster};
use crate::ui::canvas::scale::{Scale, last_step};
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::{View, first_shown, write_invitation};

/// What to look for.
pub(super) const LOOK_FOR: &str = "Each line is an average of the dots: the longer it remembers, the smoother it runs and the later it follows. See where \
     the lines start, and when that is forgotten; the bars are the weights of the newest values in the average that j and k \
     choose.";

/// The values and each average.
pub(super) fn rows(series: &SeriesView) -> usize {
    series.averages.len() + 1
}

/// The layer of the values; those of the averages follow.
const VALUES: usize = 0;
/// Narrower than this, names are shortened.
const WIDE: usize = 90;
/// From this height on a narrow pane has room for names below the plot.
const TALL: usize = 18;
/// The fewest columns of a plot beside which there is room for names and numbers.
const LEAST: usize = 20;

/// `a`, `b`, ... tell lines apart where colours do not.
pub(super) fn letter(at: usize) -> char {
    char::from(b'a' + (at % 26) as u8)
}

pub(super) fn role(at: usize) -> Role {
    Role::Racer((at % 8) as u8)
}

pub(super) fn heading(view: &View<'_>, series: &SeriesView) -> (String, String) {
    let left = format!("Map {} {}", view.look.dot(), series.name);
    let right = series.rows.last().map(|row| format!("t = {} of {}", row.t, view.snapshot.steps_total));
    (left, right.unwrap_or_default())
}

pub(super) fn describe(view: &View<'_>, series: &SeriesView) -> String {
    let Some(row) = series.rows.last() else {
        return format!("Map: {}, {} values to come.", series.name, view.snapshot.steps_total);
    };
    let mut said =
        format!("Map: {} is {} at t = {} of {}", series.name, text::long(row.value), row.t, view.snapshot.steps_total);
    for (average, value) in series.averages.iter().zip(&row.averages) {
        let _ = write!(said, "; {} {}", average.name, text::long(*value));
    }
    said + "."
}

pub(super) fn draw(view: &View<'_>, series: &SeriesView, row: usize, pen: &mut Pen<'_>) {
    if series.rows.is_empty() {
        return write_invitation(pen);
    }
    let (width, height) = (pen.width(), pen.height());
    let bars = weights::height(height);
    if let Some(average) = weights::chosen(series, row).filter(|_| bars > 0) {
        weights::draw(view, series, average, &mut pen.part(0, height - bars, width, bars));
        plot(view, series, row, &mut pen.part(0, 0, width, height - bars));
    } else {
        plot(view, series, row, pen);
    }
}

fn plot(view: &View<'_>, series: &SeriesView, chosen: usize, pen: &mut Pen<'_>) {
    let Some(scale) = scale(view, series) else { return };
    let legend = legend(series, pen.width() >= WIDE);
    let longest = |of: fn(&Entry) -> &str| legend.iter().map(|entry| text::width(of(entry))).max().unwrap_or(0);
    let beside = longest(|entry| &entry.name) + longest(|entry| &entry.number) + 4;
    // A tall and narrow pane has its names below the plot, any other beside it.
    let below = if pen.height() >= TALL && pen.width() < WIDE { legend.len().min(pen.height() / 3) } else { 0 };
    // The axis and its labels take two rows and some columns at the left.
    let rows = pen.height().saturating_sub(2 + below);
    let labels = scale.labels(rows);
    let margin = labels.iter().map(|(_, label)| text::width(label)).max().unwrap_or(0) + 1;
    let columns = pen.width().saturating_sub(margin + 1 + if below > 0 { 0 } else { beside });
    if rows < 2 || columns < LEAST {
        return write_legend(view, &legend, chosen, pen);
    }
    let last = last_step(view.snapshot.step, view.snapshot.steps_total);
    draw_axes(pen, &labels, margin, (rows, columns), ("1", &format!("t = {last}")));
    let mut plot = Plot::new(view, series, scale, (columns, rows), last);
    plot.values(&series.values);
    series.averages.iter().enumerate().for_each(|(at, average)| plot.average(at, &average.line));
    let mut inside = pen.part(margin + 1, 0, columns, rows);
    plot.raster.paint(&mut inside);
    plot.heads(series, &mut inside);
    let (x, y) = if below > 0 { (margin + 1, rows + 2) } else { (margin + 2 + columns, 0) };
    let (width, height) = (pen.width(), pen.height());
    write_legend(view, &legend, chosen, &mut pen.part(x, y, width, height));
}

/// The axis for all values and for the averages in the newer half of the way: what begins far away from the values would
/// leave them a few rows for ever. What lies outside is not drawn.
fn scale(view: &View<'_>, series: &SeriesView) -> Option<Scale> {
    let half = view.snapshot.step as f64 / 2.0;
    let newer = |line: &Line| {
        let width = line.width;
        let late = move |i: usize| Plot::middle(i, width) > half;
        line.buckets.iter().enumerate().filter(move |(i, _)| late(*i)).flat_map(|(_, b)| [b.min, b.max]).collect()
    };
    let ends: Vec<f64> = series.averages.iter().flat_map(|average| -> Vec<f64> { newer(&average.line) }).collect();
    Scale::covering(ends.into_iter().chain([series.range.0, series.range.1]), false)
}

/// A line of the legend.
struct Entry {
    /// The place among the averages; none for the values themselves.
    average: Option<usize>,
    name: String,
    /// The number now.
    number: String,
}

fn legend(series: &SeriesView, wide: bool) -> Vec<Entry> {
    let Some(row) = series.rows.last() else { return Vec::new() };
    let short = |name: &str| {
        if wide { name.to_owned() } else { name.replace("exponential", "exp").replace("corrected", "corr") }
    };
    let mut lines = vec![Entry { average: None, name: "value".to_owned(), number: text::long(row.value) }];
    let averages = series.averages.iter().zip(&row.averages).enumerate();
    lines.extend(averages.map(|(at, (average, value))| Entry {
        average: Some(at),
        name: short(&average.name),
        number: text::long(*value),
    }));
    lines
}

/// Marks, names and numbers in three columns; the cursor scrolls where there are more than rows.
fn write_legend(view: &View<'_>, legend: &[Entry], chosen: usize, pen: &mut Pen<'_>) {
    let names = legend.iter().map(|entry| text::width(&entry.name)).max().unwrap_or(0);
    let numbers = legend.iter().map(|entry| text::width(&entry.number)).max().unwrap_or(0);
    let first = first_shown(chosen, legend.len(), pen.height());
    for (y, entry) in legend.iter().skip(first).take(pen.height()).enumerate() {
        let (mark, role) = match entry.average {
            Some(at) => (letter(at), role(at)),
            None => (view.look.pick('⠶', ':'), Role::Dim),
        };
        pen.symbol(0, y, mark, role);
        pen.text(2, y, &entry.name, role);
        pen.text(3 + names + numbers - text::width(&entry.number), y, &entry.number, Role::Text);
    }
}

struct Plot {
    raster: Raster,
    scale: Scale,
    last: u64,
    cell: (usize, usize),
}

impl Plot {
    fn new(view: &View<'_>, series: &SeriesView, scale: Scale, (columns, rows): (usize, usize), last: u64) -> Self {
        let mut layers = vec![Layer { role: Role::Dim, letters: ['\'', '.', ':'] }];
        layers.extend((0..series.averages.len()).map(|at| Layer { role: role(at), letters: [letter(at); 3] }));
        let raster = Raster::new(columns, rows, view.look.unicode, &layers);
        let cell = (raster.width() / columns, raster.height() / rows);
        Self { raster, scale, last, cell }
    }

    /// The first value lies at the left edge, the last one of the axis at the right.
    fn x(&self, t: f64) -> usize {
        let part = (t - 1.0) / (self.last.max(2) - 1) as f64;
        (part * (self.raster.width() - 1) as f64).round().max(0.0) as usize
    }

    fn y(&self, value: f64) -> Option<usize> {
        let height = self.raster.height() - 1;
        let inside = self.scale.place(value).filter(|_| self.scale.holds(value));
        inside.map(|place| ((1.0 - place) * height as f64).round() as usize)
    }

    /// The value in the middle of a bucket.
    fn middle(index: usize, width: u64) -> f64 {
        index as f64 * width.max(1) as f64 + (width.max(1) + 1) as f64 / 2.0
    }

    /// A dot each, larger where they lie far apart; from the smallest to the largest where a bucket holds several.
    fn values(&mut self, line: &Line) {
        let apart = self.raster.width() as u64 / self.last.max(1) >= 4;
        for (i, bucket) in line.buckets.iter().enumerate() {
            if let (Some(low), Some(high)) = (self.y(bucket.min), self.y(bucket.max)) {
                let x = self.x(Self::middle(i, line.width));
                self.raster.vertical(VALUES, x, high, low);
                if apart {
                    let (x, y) = (x.saturating_sub(1), high.saturating_sub(1));
                    (0..4).for_each(|dot| self.raster.dot(VALUES, x + dot % 2, y + dot / 2));
                }
            }
        }
    }

    fn average(&mut self, at: usize, line: &Line) {
        let mut before = None;
        for (i, bucket) in line.buckets.iter().enumerate() {
            let here = self.y(bucket.mean).map(|y| (self.x(Self::middle(i, line.width)), y));
            if let Some(here) = here {
                self.raster.line(at + 1, before.unwrap_or(here), here, false);
            }
            before = here;
        }
    }

    /// The letter of each average where its line has come to, or as near to it as there is room.
    fn heads(&self, series: &SeriesView, pen: &mut Pen<'_>) {
        let Some(row) = series.rows.last() else { return };
        let x = self.x(row.t as f64) / self.cell.0;
        let mut taken: Vec<(usize, usize)> = Vec::new();
        for (at, value) in row.averages.iter().enumerate() {
            let Some(y) = self.y(*value).map(|y| y / self.cell.1) else { continue };
            let places = (1..=4).map(|right| x + right).chain((0..=4).filter_map(|left| x.checked_sub(left)));
            let free = places.filter(|x| *x < pen.width()).find(|x| !taken.contains(&(*x, y)));
            if let Some(x) = free {
                pen.symbol(x, y, letter(at), role(at));
                taken.push((x, y));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ui::panes::map::PANE;
    use crate::ui::tests::fixture::{self, pane_picture};

    #[test]
    fn the_sea_half_way() {
        insta::assert_snapshot!(pane_picture(&PANE, &fixture::walked("moving-averages", 366), (80, 14), true));
    }

    #[test]
    fn the_sea_at_its_end_in_a_wide_pane() {
        insta::assert_snapshot!(pane_picture(&PANE, &fixture::walked("moving-averages", 732), (120, 20), true));
    }

    #[test]
    fn the_example_of_the_lecture_after_two_days() {
        insta::assert_snapshot!(pane_picture(&PANE, &fixture::walked("bias-correction", 2), (80, 12), true));
    }

    #[test]
    fn the_example_of_the_lecture_in_ascii() {
        insta::assert_snapshot!(pane_picture(&PANE, &fixture::walked("bias-correction", 3), (80, 12), false));
    }

    #[test]
    fn a_pane_without_room_for_a_chart_has_the_numbers() {
        insta::assert_snapshot!(pane_picture(&PANE, &fixture::walked("bias-correction", 3), (40, 6), true));
    }

    #[test]
    fn the_sentence_has_the_numbers() {
        insta::assert_snapshot!(fixture::described(&PANE, &fixture::walked("bias-correction", 2)));
    }
}
