//! The Loss pane: every mini-batch's loss dim, its average bright, validation dashed. No spike is lost: where a column
//! stands for many steps it reaches from their smallest to their largest loss.

use std::fmt::Write;

use ratatui::layout::Size;

use super::{Pane, View, write_invitation};
use crate::train::Mark;
use crate::train::snapshot::Line;
use crate::ui::pen::Pen;
use crate::ui::raster::{Layer, Raster};
use crate::ui::scale::{Scale, last_step};
use crate::ui::text;
use crate::ui::theme::Role;

/// The pane.
pub static PANE: Pane = Pane {
    name: "loss",
    title: "Loss",
    suits: |snapshot| snapshot.series.is_none(),
    look_for: "The bright line should fall and then level out; if the dashed validation line rises while it falls, the \
               network is learning its training samples by heart.",
    heading,
    rows: |_: &View<'_>, _: Size| 1,
    describe,
    tells_the_end: false,
    draw,
};

const BATCH: usize = 0;
const SMOOTH: usize = 1;
const VALID: usize = 2;
const LAYERS: [Layer; 3] = [
    Layer { role: Role::Batch, letters: ['\'', '.', ':'] },
    Layer { role: Role::Smooth, letters: ['*'; 3] },
    Layer { role: Role::Valid, letters: ['o'; 3] },
];

fn heading(view: &View<'_>) -> (String, String) {
    let loss = &view.snapshot.loss;
    let (Some(last), Some((best, step))) = (loss.last, loss.best) else { return ("Loss".into(), String::new()) };
    let whose = match &view.snapshot.race {
        Some(race) => format!("Loss {} {}", view.look.dot(), race.runs[0].name),
        None => "Loss".into(),
    };
    (whose, format!("{} {} best {}@{step}", text::short(last), view.look.pick("▼", "v"), text::short(best)))
}

/// The axis for this view. A logarithmic one by default, where all losses are above 0: a loss falls by factors, and
/// an axis that changes its kind on the way would hide that.
fn scale(view: &View<'_>) -> Option<Scale> {
    let snapshot = view.snapshot;
    let log = view.cursor.log.unwrap_or(true);
    let values = || {
        let batches = snapshot.loss.batch.buckets.iter().flat_map(|bucket| [bucket.min, bucket.max]);
        batches.chain(snapshot.epochs.iter().filter_map(|row| row.val_loss))
    };
    // A loss of exactly 0 lies on the lower edge of a logarithmic axis rather than forbidding it.
    let negative = values().any(|value| value < 0.0);
    let positive = values().any(|value| value >= f64::MIN_POSITIVE);
    let drop_zero = log && positive && !negative;
    Scale::covering(values().filter(|value| !drop_zero || *value >= f64::MIN_POSITIVE), log)
}

fn describe(view: &View<'_>) -> String {
    let snapshot = view.snapshot;
    let loss = &snapshot.loss;
    let Some(last) = loss.last else { return "Loss: no step was made yet.".into() };
    let mut said = format!(
        "Loss: {} in the mini-batch of step {} (epoch {} of {})",
        text::number(last),
        snapshot.step,
        snapshot.epoch,
        snapshot.epochs_total
    );
    if let Some(smooth) = loss.smooth_last {
        let _ = write!(said, ", smoothed {}", text::number(smooth));
    }
    if let Some((best, step)) = loss.best {
        let _ = write!(said, ", the best {} at step {step}", text::number(best));
    }
    if let Some((row, value)) = snapshot.epochs.iter().rev().find_map(|row| Some((row, row.val_loss?))) {
        let _ = write!(said, "; validation {} after epoch {}", text::number(value), row.epoch);
        if let Some(accuracy) = row.val_accuracy {
            let _ = write!(said, " with {:.1} % right", accuracy * 100.0);
        }
    }
    for mark in &snapshot.timeline.marks {
        let _ = write!(said, "; {} after step {}", mark.text, mark.step);
    }
    let axis = if scale(view).is_some_and(|scale| scale.is_log()) { "logarithmic" } else { "linear" };
    said + format!(". The axis is {axis}.").as_str()
}

fn draw(view: &View<'_>, pen: &mut Pen<'_>) {
    let snapshot = view.snapshot;
    let Some(scale) = scale(view) else {
        return write_invitation(pen);
    };
    // The axis and its labels take two rows.
    let rows = pen.height().saturating_sub(2);
    let labels = scale.labels(rows);
    let margin = labels.iter().map(|(_, label)| text::width(label)).max().unwrap_or(0) + 1;
    let columns = pen.width().saturating_sub(margin + 1);
    if rows < 2 || columns < 4 {
        let (left, right) = heading(view);
        pen.text(0, 0, &format!("{left} {right}"), Role::Text);
        return;
    }
    // Back in time the axis stays as it was, with room for what is known to come.
    let last = last_step(snapshot.step.max(snapshot.timeline.seen), snapshot.steps_total);
    draw_axes(pen, &labels, margin, (rows, columns), ("0", &steps(last)));
    draw_marks(&snapshot.timeline.marks, pen, (margin + 1, rows, columns), last);
    let mut plot = Plot { raster: Raster::new(columns, rows, view.look.unicode, &LAYERS), scale, last };
    plot.envelope(&snapshot.loss.batch);
    plot.means(SMOOTH, &snapshot.loss.smooth);
    let valid: Vec<(u64, f64)> = snapshot.epochs.iter().filter_map(|row| Some((row.step, row.val_loss?))).collect();
    plot.points(&valid);
    let mut inside = pen.part(margin + 1, 0, columns, rows);
    plot.raster.paint(&mut inside);
    let width = snapshot.loss.batch.width.max(1);
    for (i, _) in snapshot.loss.batch.buckets.iter().enumerate().filter(|(_, bucket)| !bucket.last.is_finite()) {
        let column = ((i as u64 + 1).saturating_mul(width)) as f64 / last as f64 * (columns - 1) as f64;
        inside.symbol((column as usize).min(columns - 1), 0, view.look.pick('×', 'X'), Role::Bad);
    }
    legend(view, pen, (margin + 1, rows + 1), last, !valid.is_empty());
}

/// The frame of a plot of so many rows and columns: labels and ticks at the left, the two ends of the other axis below.
pub(super) fn draw_axes(
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
pub(super) fn draw_marks(marks: &[Mark], pen: &mut Pen<'_>, (left, row, columns): (usize, usize, usize), last: u64) {
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
pub(super) fn steps(last: u64) -> String {
    format!("{last} steps")
}

/// Names the lines, each in its own style, in the middle of the row of the steps, where there is room.
fn legend(view: &View<'_>, pen: &mut Pen<'_>, (left, row): (usize, usize), last: u64, valid: bool) {
    let look = view.look;
    let mut parts = vec![
        (look.pick("batch ⠶", "batch :"), Role::Batch),
        (look.pick("smooth ─", "smooth *"), Role::Smooth),
        (look.pick("valid ╌", "valid o"), Role::Valid),
    ];
    if !valid {
        parts.pop();
    }
    let total: usize = parts.iter().map(|(name, _)| text::width(name) + 2).sum::<usize>() - 2;
    let room = pen.width().saturating_sub(left);
    if room < total + 2 * (text::width(&steps(last)) + 2) {
        return;
    }
    let mut x = left + (room - total) / 2;
    for (name, role) in parts {
        x = pen.text(x, row, name, role) + 2;
    }
}

/// A raster with a scale of losses and so many steps.
pub(super) struct Plot {
    pub raster: Raster,
    pub scale: Scale,
    pub last: u64,
}

impl Plot {
    fn x(&self, step: f64) -> usize {
        (step / self.last.max(1) as f64 * (self.raster.width() - 1) as f64).round().max(0.0) as usize
    }

    /// The row of dots of a loss.
    pub fn y(&self, value: f64) -> Option<usize> {
        let height = self.raster.height() - 1;
        self.scale.place(value).map(|place| ((1.0 - place) * height as f64).round() as usize)
    }

    /// The step in the middle of a bucket.
    fn middle(index: usize, width: u64) -> f64 {
        (index as f64 + 0.5) * width.max(1) as f64 + 0.5
    }

    /// From the smallest to the largest of each bucket, and a line through the means.
    fn envelope(&mut self, line: &Line) {
        for (i, bucket) in line.buckets.iter().enumerate() {
            if let (Some(low), Some(high)) = (self.y(bucket.min), self.y(bucket.max)) {
                let x = self.x(Self::middle(i, line.width));
                self.raster.upright(BATCH, x, high, low);
            }
        }
        self.means(BATCH, line);
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

    /// Validation: a block at each epoch's end, dashes between them.
    fn points(&mut self, points: &[(u64, f64)]) {
        let mut before = None;
        for (step, value) in points {
            let here = self.y(*value).map(|y| (self.x(*step as f64), y));
            if let Some((x, y)) = here {
                for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                    self.raster.dot(VALID, (x + dx).saturating_sub(1), (y + dy).saturating_sub(1));
                }
                if let Some(before) = before {
                    self.raster.line(VALID, before, (x, y), true);
                }
            }
            before = here;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fixture::{self, pane_picture};

    #[test]
    fn a_healthy_run() {
        insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (76, 14), true));
    }

    #[test]
    fn a_healthy_run_in_ascii() {
        insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (76, 14), false));
    }

    #[test]
    fn a_run_whose_knobs_were_turned() {
        let mark = |step, text: &str| Mark { step, text: text.into() };
        let mut snapshot = fixture::healthy();
        snapshot.timeline.marks =
            vec![mark(0, "beta1 = 0.8"), mark(100, "lr = 0.0321"), mark(150, "fork"), mark(152, "lr = 0.001")];
        insta::assert_snapshot!(pane_picture(&PANE, &snapshot, (76, 14), true));
        insta::assert_snapshot!(pane_picture(&PANE, &snapshot, (40, 10), false));
        assert!(fixture::described(&PANE, &snapshot).contains("; lr = 0.0321 after step 100; fork after step 150;"));
    }

    #[test]
    fn a_diverged_run() {
        insta::assert_snapshot!(pane_picture(&PANE, &fixture::diverged(), (60, 12), true));
    }

    #[test]
    fn a_spike_among_a_million_steps_is_seen() {
        let quiet = |step: u64| if step == 600_000 { 90.0 } else { 1.0 };
        let snapshot = fixture::with_losses((1..=1_000_000).map(quiet));
        let picture = pane_picture(&PANE, &snapshot, (60, 12), true);
        let top: Vec<&str> = picture.lines().skip(1).take(2).collect();
        assert!(top.iter().any(|row| row.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c))), "{picture}");
    }

    #[test]
    fn the_sentence_has_the_numbers() {
        let said = fixture::described(&PANE, &fixture::healthy());
        insta::assert_snapshot!(said);
    }
}
