//! The chart of the Race pane: the smooth losses of all runs over the steps of the one that is shown, each labelled where
//! it ends by its number and, where there is room, by its name.

use crate::snapshot::{Line, Lock, Standing};
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

/// The number of a run, from 1: its label in the table, the chart and the Loss pane.
pub fn number(run: usize) -> char {
    u32::try_from(run + 1).ok().and_then(|run| char::from_digit(run, 10)).unwrap_or('?')
}

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
        let name = &race.runs[run].name;
        let whole = format!("{} {name}", number(run));
        // A name that does not fit is left out whole: the number is in the table, too.
        if pen.width() >= WITH_NAMES && text::width(&whole) <= NAME { whole } else { number(run).to_string() }
    };
    let names: Vec<String> = (0..race.runs.len()).map(label).collect();
    // Lines that end in one row are told by their numbers, side by side.
    let place = Plot { raster: Raster::new(1, rows.max(1), view.look.unicode, &[]), scale, last: 1 };
    let row_of = |value: f64| {
        let height = place.raster.height().max(1);
        place.y(value).map(|y| (y * rows / height).min(rows.saturating_sub(1)))
    };
    let ends: Vec<End> = racers.iter().enumerate().filter_map(|(run, line)| end_of(run, line, &row_of)).collect();
    let most = ends.iter().map(|end| ends.iter().filter(|other| other.row == end.row).count()).max().unwrap_or(1);
    let names_beside = names.iter().map(|name| text::width(name)).max().unwrap_or(1);
    let beside = names_beside.max(2 * most - 1) + 1;
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
    let column = |end: &End| {
        let x = (end.step.min(last) as f64 / last.max(1) as f64 * columns as f64).round() as usize;
        margin + 2 + x.min(columns)
    };
    for group in together(&ends, &column, beside) {
        let x = group.iter().map(column).max().unwrap_or(0);
        let label = |end: &&End| match group.len() {
            1 => names[end.run].clone(),
            _ => number(end.run).to_string(),
        };
        let labels: Vec<(usize, String)> = group.iter().map(|end| (end.run, label(&end))).collect();
        let wide = labels.iter().map(|(_, label)| text::width(label) + 1).sum::<usize>() - 1;
        let mut x = x.min(pen.width().saturating_sub(wide));
        for (run, label) in labels {
            x = pen.text(x, group[0].row, &label, Role::Racer(run as u8)) + 1;
        }
    }
    // What is drawn may be another number than that which ranks the runs.
    let what = if race.is_on_landscape() { "height" } else { "smooth loss" };
    let (first, after) = (margin + 4, (margin + 1 + columns).saturating_sub(text::width(&end) + 2));
    if first + text::width(what) <= after {
        let middle = (margin + 1 + columns / 2).saturating_sub(text::width(what) / 2);
        pen.text(middle.clamp(first, after - text::width(what)), rows + 1, what, Role::Dim);
    }
}

/// Where the line of a run ends: the last step that has a number, and the row of the chart.
#[derive(Debug, Clone, Copy, PartialEq)]
struct End {
    run: usize,
    step: u64,
    row: usize,
}

fn end_of(run: usize, line: &Line, row_of: &dyn Fn(f64) -> Option<usize>) -> Option<End> {
    let at = line.buckets.iter().rposition(|bucket| bucket.mean.is_finite())?;
    Some(End { run, step: (at as u64 + 1) * line.width, row: row_of(line.buckets[at].mean)? })
}

/// The ends in groups: those of one row that are so near each other that their labels would lie on one another. A label is
/// never moved to another row, where it would stand beside the line of another run.
fn together(ends: &[End], column: &dyn Fn(&End) -> usize, width: usize) -> Vec<Vec<End>> {
    let mut groups: Vec<Vec<End>> = Vec::new();
    for end in ends {
        let near = |other: &End| other.row == end.row && column(other).abs_diff(column(end)) <= width;
        // One may stand between two others.
        let (mut joined, others): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.iter().any(near));
        groups = others;
        let mut group: Vec<End> = joined.drain(..).flatten().collect();
        group.push(*end);
        group.sort_by_key(|end| end.run);
        groups.push(group);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_end_in_one_row_are_labelled_there_together_and_no_label_leaves_its_row() {
        let grouped = |ends: &[(u64, usize)]| {
            let ends: Vec<End> =
                ends.iter().enumerate().map(|(run, (step, row))| End { run, step: *step, row: *row }).collect();
            let mut groups = together(&ends, &|end| end.step as usize, 5);
            groups.sort_by_key(|group| group[0].run);
            groups.iter().map(|group| (group[0].row, group.iter().map(|end| end.run).collect())).collect::<Vec<_>>()
        };
        assert_eq!(grouped(&[(40, 1), (40, 1), (40, 5)]), [(1, vec![0, 1]), (5, vec![2])]);
        assert_eq!(grouped(&[(10, 3), (40, 3)]), [(3, vec![0]), (3, vec![1])]);
        assert_eq!(grouped(&[(40, 3), (30, 3), (35, 3)]), [(3, vec![0, 1, 2])]);
    }
}
