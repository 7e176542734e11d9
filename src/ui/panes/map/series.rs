//! The map of a series: its values as dim dots, every average as a line with a letter at its head, and beside them
//! the letters with the names and the numbers now. The average that is chosen lies above all others.

mod room;

use std::fmt::Write;

use super::weights;
use crate::snapshot::{Line, SeriesView};
use crate::ui::canvas::edge::{self, Outside};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::plot::{Head, draw_axes, draw_heads};
use crate::ui::canvas::raster::{Layer, Raster};
use crate::ui::canvas::scale::{Scale, last_step};
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::{View, first_shown, write_invitation};

/// What to look for.
pub(super) const LOOK_FOR: &str = "Each line is an average of the dots: the longer it remembers, the smoother it runs and the later it follows. See where \
     the lines start, and when that is forgotten. j and k choose a line; in a large pane (z) bars are the weights of the newest \
     values in it.";

/// The values and each average.
pub(super) fn rows(series: &SeriesView) -> usize {
    series.averages.len() + 1
}

/// The layer of the values; those of the averages follow.
const VALUES: usize = 0;
/// Narrower than this, names are shortened.
const WIDE: usize = 90;
/// The fewest columns of a plot beside which there is room for names and numbers.
const LEAST: usize = 20;

/// `a`, `b`, ... tell lines apart where colours do not; after `z` comes `A`.
pub(super) fn letter(at: usize) -> char {
    let first = if (at / 26).is_multiple_of(2) { b'a' } else { b'A' };
    char::from(first + (at % 26) as u8)
}

pub(super) fn role(at: usize) -> Role {
    // Averages of one colour differ by their dashes, of which there are as many.
    Role::Racer((at % 64) as u8)
}

/// The style of an average's line: bold if the cursor is on it.
fn style(at: usize, chosen: usize) -> Role {
    match role(at) {
        Role::Racer(place) if at + 1 == chosen => Role::Chosen(place),
        role => role,
    }
}

pub(super) fn heading(view: &View<'_>, series: &SeriesView) -> (String, String) {
    let left = format!("Map {} {}", view.look.dot(), series.name);
    let right = series.rows.last().map(|row| format!("t = {} of {}", row.t, view.snapshot.steps_total));
    (left, right.unwrap_or_default())
}

pub(super) fn describe(view: &View<'_>, series: &SeriesView) -> String {
    let Some(row) = series.rows.last() else {
        return format!("Map of {}: {} values to come.", series.name, view.snapshot.steps_total);
    };
    let mut said =
        format!("Map of {}: {} at t = {} of {}", series.name, text::long(row.value), row.t, view.snapshot.steps_total);
    for (average, value) in series.averages.iter().zip(&row.averages) {
        let _ = write!(said, "; {} {}", average.name, text::long(*value));
    }
    said + "."
}

pub(super) fn draw(view: &View<'_>, series: &SeriesView, row: usize, pen: &mut Pen<'_>) {
    if series.rows.is_empty() {
        return write_invitation(view, pen);
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
    let (below, across) = room::below(legend.len(), beside, (pen.width(), pen.height()));
    // The axis and its labels take two rows and some columns at the left.
    let rows = pen.height().saturating_sub(2 + below);
    let last = last_step(view.snapshot.step, view.snapshot.steps_total);
    // Any chart tells that there is something outside; where depends on its columns.
    let (above, under) = edge::rows(&outside(view, series, chosen, scale, (LEAST, last)), rows);
    let inner = rows.saturating_sub(above + under);
    let labels: Vec<_> = scale.labels(inner).into_iter().map(|(row, label)| (row + above, label)).collect();
    let margin = labels.iter().map(|(_, label)| text::width(label)).max().unwrap_or(0) + 1;
    let columns = pen.width().saturating_sub(margin + 1 + if below > 0 { 0 } else { beside });
    if rows < 2 || columns < LEAST {
        return write_legend(view, &legend, chosen, pen);
    }
    draw_axes(pen, &labels, margin, (rows, columns), ("1", &format!("t = {last}")));
    let mut plot = Plot::new(view, series, scale, (columns, inner), last, chosen);
    plot.values(&series.values);
    series.averages.iter().enumerate().for_each(|(at, average)| plot.average(at, &average.line));
    let mut inside = pen.part(margin + 1, above, columns, inner);
    plot.raster.paint(&mut inside);
    draw_heads(&plot.heads(series, chosen), &mut inside);
    edge::draw(&outside(view, series, chosen, scale, (columns, last)), &mut pen.part(margin + 1, 0, columns, rows));
    let (width, height) = (pen.width(), pen.height());
    if across < 2 {
        let (x, y) = if below > 0 { (margin + 1, rows + 2) } else { (margin + 2 + columns, 0) };
        return write_legend(view, &legend, chosen, &mut pen.part(x, y, width, height));
    }
    for (at, part) in legend.chunks(below).enumerate() {
        // The cursor lies in one of them; the others have none.
        let chosen = chosen.min(legend.len() - 1).checked_sub(at * below).filter(|chosen| *chosen < below);
        let mut place = pen.part(at * beside, rows + 2, beside, below);
        write_legend(
            &View { focused: view.focused && chosen.is_some(), ..*view },
            part,
            chosen.unwrap_or(0),
            &mut place,
        );
    }
}

/// What lies outside of an axis of so many columns up to that value, the chosen average first.
fn outside(
    view: &View<'_>,
    series: &SeriesView,
    chosen: usize,
    scale: Scale,
    (columns, last): (usize, u64),
) -> Vec<Outside> {
    let place = Plot::new(view, series, scale, (columns, 1), last, chosen);
    let of = |at: usize| {
        let line = &series.averages[at].line;
        let found = edge::of_line(line, |i| place.x(Plot::middle(i, line.width)) / place.cell.0, scale.ends());
        found.into_iter().map(move |piece| Outside { name: letter(at).to_string(), role: style(at, chosen), ..piece })
    };
    let first = chosen.checked_sub(1).filter(|at| *at < series.averages.len());
    first.into_iter().chain((0..series.averages.len()).filter(|at| Some(*at) != first)).flat_map(of).collect()
}

/// The axis for all values and for the averages in the newer half of the way: what begins far away from the values would
/// leave them a few rows for ever. What lies outside is marked at the edge.
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
            Some(at) => (letter(at), style(at, chosen)),
            None => (view.look.pick('⠶', ':'), Role::Dim),
        };
        pen.symbol(0, y, mark, role);
        pen.text(2, y, &entry.name, role);
        if view.focused && first + y == chosen.min(legend.len() - 1) {
            pen.part(0, y, 2 + names, 1).row_style(0, Role::Selected);
        }
        pen.text(3 + names + numbers - text::width(&entry.number), y, &entry.number, Role::Text);
    }
}

struct Plot {
    raster: Raster,
    scale: Scale,
    last: u64,
    cell: (usize, usize),
    /// The average that lies above the others, and its layer.
    top: Option<usize>,
    above: usize,
}

impl Plot {
    fn new(
        view: &View<'_>,
        series: &SeriesView,
        scale: Scale,
        (columns, rows): (usize, usize),
        last: u64,
        chosen: usize,
    ) -> Self {
        let averages = 0..series.averages.len();
        let layer = |at: usize| Layer { role: style(at, chosen), letters: [letter(at); 3] };
        let mut layers = vec![Layer { role: Role::Dim, letters: ['\'', '.', ':'] }];
        layers.extend(averages.clone().map(layer));
        // The chosen one lies on top, once more.
        let top = chosen.checked_sub(1).filter(|at| averages.contains(at));
        layers.extend(top.map(layer));
        let raster = Raster::new(columns, rows, view.look.unicode, &layers).for_theme(view.look.theme);
        let cell = (raster.width() / columns.max(1), raster.height() / rows.max(1));
        Self { raster, scale, last, cell, top, above: averages.len() + 1 }
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
        let layer = if self.top == Some(at) { self.above } else { at + 1 };
        let mut before = None;
        for (i, bucket) in line.buckets.iter().enumerate() {
            let here = self.y(bucket.mean).map(|y| (self.x(Self::middle(i, line.width)), y));
            if let Some(here) = here {
                self.raster.line(layer, before.unwrap_or(here), here, false);
            }
            before = here;
        }
    }

    /// The letter of each average where its line has come to, the chosen one's first.
    fn heads(&self, series: &SeriesView, chosen: usize) -> Vec<Head> {
        let Some(row) = series.rows.last() else { return Vec::new() };
        let x = self.x(row.t as f64) / self.cell.0;
        let head = |at: usize| {
            let y = self.y(*row.averages.get(at)?)? / self.cell.1;
            Some(((x, y), letter(at), style(at, chosen)))
        };
        let others = (0..row.averages.len()).filter(|at| Some(*at) != self.top);
        self.top.into_iter().chain(others).filter_map(head).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{letter, role};
    use crate::ui::canvas::pen::Pen;
    use crate::ui::look::theme::{Look, Role, Theme};
    use crate::ui::panes::View;
    use crate::ui::panes::map::PANE;
    use crate::ui::tests::fixture::{self, pane_picture};
    use ratatui::buffer::{Buffer, Cell};
    use ratatui::layout::Rect;
    use ratatui::style::Modifier;

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

    /// The chart of the sea with the cursor on a row of the legend, and for each cell of it the letter of the colour in it.
    fn sea(row: usize, theme: Theme, unicode: bool) -> (Buffer, Look) {
        let snapshot = fixture::walked("moving-averages", 732);
        let look = Look { theme, unicode };
        let view = View { focused: true, ..fixture::view(&snapshot, &[], look) };
        let mut buffer = Buffer::empty(Rect::new(0, 0, 76, 18));
        let area = buffer.area;
        let series = snapshot.series.as_ref().unwrap();
        super::draw(&view, series, row, &mut Pen::new(&mut buffer, area, look));
        (buffer, look)
    }

    fn cells(buffer: &Buffer, is: impl Fn(&Cell) -> bool) -> usize {
        let braille = |cell: &&Cell| cell.symbol().chars().all(|c| ('\u{2801}'..='\u{28ff}').contains(&c));
        buffer.content.iter().filter(braille).filter(|cell| is(cell)).count()
    }

    #[test]
    fn every_average_is_seen_and_the_chosen_one_in_all_its_cells() {
        let colour = |look: Look, at| look.style(role(at)).fg.unwrap();
        let of = |row, at| {
            let (buffer, look) = sea(row, Theme::Dark, true);
            cells(&buffer, |cell| cell.fg == colour(look, at))
        };
        for at in 0..5 {
            let (shared, chosen) = (of(0, at), of(at + 1, at));
            assert!(shared >= 12, "average {at} is seen in {shared} cells");
            assert!(chosen > 40 && chosen >= shared, "{at} {chosen} {shared}");
            let (buffer, look) = sea(at + 1, Theme::Dark, true);
            assert_eq!(cells(&buffer, |cell| cell.modifier.contains(Modifier::BOLD)), chosen);
            assert_eq!(
                cells(&buffer, |cell| cell.fg == colour(look, at) && !cell.modifier.contains(Modifier::BOLD)),
                0
            );
        }
    }

    #[test]
    fn without_colours_the_chosen_one_is_bold_and_has_its_row_of_the_legend() {
        let (buffer, _) = sea(1, Theme::Mono, true);
        assert!(cells(&buffer, |cell| cell.modifier.contains(Modifier::BOLD)) > 40);
        let reversed: String =
            buffer.content.iter().filter(|cell| cell.modifier.contains(Modifier::REVERSED)).map(Cell::symbol).collect();
        assert!(reversed.contains("simple.12"), "{reversed}");
        let (ascii, _) = sea(1, Theme::Mono, false);
        let letters = |letter: &str| ascii.content.iter().filter(|cell| cell.symbol() == letter).count();
        assert!(letters("a") > 40, "{}", letters("a"));
    }

    #[test]
    fn letters_and_styles_of_many_averages_differ() {
        let all: Vec<(char, Role)> = (0..52).map(|at| (letter(at), role(at))).collect();
        assert!((0..52).all(|at| all.iter().filter(|(letter, _)| *letter == all[at].0).count() == 1));
        assert!((0..52).all(|at| all.iter().filter(|(_, role)| *role == all[at].1).count() == 1));
    }

    #[test]
    fn an_average_outside_of_the_axis_is_marked_at_its_edge() {
        let picture = pane_picture(&PANE, &fixture::walked("moving-averages", 732), (80, 20), true);
        let edge = picture.lines().find(|line| line.contains('▼')).unwrap();
        assert!(edge.contains("▼e "), "{picture}");
    }

    #[test]
    fn the_sentence_has_the_numbers() {
        insta::assert_snapshot!(fixture::described(&PANE, &fixture::walked("bias-correction", 2)));
    }
}
