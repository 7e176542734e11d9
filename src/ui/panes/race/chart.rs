//! The chart of the Race pane: the smooth losses of all runs over the steps of the one that is shown, each labelled where
//! it ends by its number and, where there is room, by its name.

use crate::snapshot::{Lock, RunRow, Standing};
use crate::ui::canvas::ends::{self, Label, number};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::plot::{Plot, draw_axes, steps};
use crate::ui::canvas::raster::{Layer, Raster};
use crate::ui::canvas::scale::{Scale, last_step};
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::View;

/// Rows of a chart that is worth its place: three of curves, the axis and its labels.
pub const LEAST: usize = 5;
/// A chart so wide has the names beside it.
const WITH_NAMES: usize = 48;
/// Columns of a name beside it at the most.
const NAME: usize = 14;

/// Draws it.
pub fn draw(view: &View<'_>, race: &Standing, pen: &mut Pen<'_>) {
    let racers = &view.snapshot.racers[..view.snapshot.racers.len().min(race.runs.len())];
    let values = || racers.iter().flat_map(|line| &line.buckets).map(|bucket| bucket.mean);
    let log = values().all(|value| value.is_nan() || value > 0.0);
    let rows = pen.height().saturating_sub(2);
    let Some(scale) = Scale::covering(values(), log) else { return };
    let labels = scale.labels(rows);
    let margin = labels.iter().map(|(_, label)| text::width(label)).max().unwrap_or(0) + 1;
    let label = |run: usize| {
        let short = number(run).to_string();
        let whole = format!("{short} {}", race.runs[run].name);
        // A name that does not fit is left out whole: the number is in the table, too.
        let long = if pen.width() >= WITH_NAMES && text::width(&whole) <= NAME { whole } else { short.clone() };
        Label { long, short, role: Role::Racer(run as u8) }
    };
    let names: Vec<Label> = (0..race.runs.len()).map(label).collect();
    // The rows in which lines end are known before the columns are.
    let place = Plot { raster: Raster::new(1, rows.max(1), view.look.unicode, &[]), scale, last: 1 };
    let widest = names.iter().map(|label| text::width(&label.long)).max().unwrap_or(1);
    let beside = ends::room(&ends::of(&place, racers), widest);
    let columns = pen.width().saturating_sub(margin + 1 + beside);
    if rows < 2 || columns < 4 {
        return;
    }
    let last = last_step(view.snapshot.step, view.snapshot.steps_total);
    let plain = race.rules.lock == Lock::Steps
        || race.runs.iter().all(|run| run.samples * race.runs[0].step == race.runs[0].samples * run.step);
    let end = match view.snapshot.whose() {
        // Steps of others are of another size.
        Some(name) if !plain => format!("{} of {name}", steps(last)),
        _ => steps(last),
    };
    draw_axes(pen, &labels, margin, (rows, columns), ("0", &end));
    let layers: Vec<Layer> =
        (0..race.runs.len()).map(|run| Layer { role: Role::Racer(run as u8), letters: [number(run); 3] }).collect();
    let mut plot = Plot { raster: Raster::new(columns, rows, view.look.unicode, &layers), scale, last };
    // The lab's own run lies on top.
    for (run, line) in racers.iter().enumerate().rev() {
        plot.means(run, line);
    }
    plot.raster.paint(&mut pen.part(margin + 1, 0, columns, rows));
    ends::draw(&ends::of(&plot, racers), &names, &mut pen.part(margin + 1, 0, columns + beside, rows));
    // What is drawn may be another number than that which ranks the runs.
    let what = if race.is_on_landscape() {
        "height"
    } else if view.snapshot.runs.present.iter().any(RunRow::has_penalty) {
        "smooth loss with penalty"
    } else {
        "smooth loss"
    };
    let (first, after) = (margin + 4, (margin + 1 + columns).saturating_sub(text::width(&end) + 2));
    if first + text::width(what) <= after {
        let middle = (margin + 1 + columns / 2).saturating_sub(text::width(what) / 2);
        pen.text(middle.clamp(first, after - text::width(what)), rows + 1, what, Role::Dim);
    }
}
