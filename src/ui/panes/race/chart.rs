//! The chart of the Race pane: the smooth losses of all runs over the steps of the one that is shown, each labelled where
//! it ends by its number and, where there is room, by its name.

use crate::snapshot::{Lock, Standing};
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
    let rows = pen.height().saturating_sub(2).max(1);
    // Where not every run finds a row for its name, several numbers stand in a row.
    if !draw_with(view, race, pen, 1) && race.runs.len() > rows {
        pen.clear();
        draw_with(view, race, pen, race.runs.len().div_ceil(rows));
    }
}

/// Draws it with up to so many labels in a row; false if a run has none.
fn draw_with(view: &View<'_>, race: &Standing, pen: &mut Pen<'_>, in_a_row: usize) -> bool {
    let racers = &view.snapshot.racers[..view.snapshot.racers.len().min(race.runs.len())];
    let values = || racers.iter().flat_map(|line| &line.buckets).map(|bucket| bucket.mean);
    let log = values().all(|value| value.is_nan() || value > 0.0);
    let rows = pen.height().saturating_sub(2);
    let Some(scale) = Scale::covering(values(), log) else { return true };
    let labels = scale.labels(rows);
    let margin = labels.iter().map(|(_, label)| text::width(label)).max().unwrap_or(0) + 1;
    let label = |run: usize| {
        let name = &race.runs[run].name;
        let whole = format!("{} {name}", number(run));
        // A name that does not fit is left out whole: the number is in the table, too.
        if pen.width() >= WITH_NAMES && in_a_row == 1 && text::width(&whole) <= NAME {
            whole
        } else {
            number(run).to_string()
        }
    };
    let names: Vec<String> = (0..race.runs.len()).map(label).collect();
    let beside = in_a_row * (names.iter().map(|name| text::width(name)).max().unwrap_or(1) + 1);
    let columns = pen.width().saturating_sub(margin + 1 + beside);
    if rows < 2 || columns < 4 {
        return true;
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
    let mut ends = Vec::new();
    // The lab's own run lies on top.
    for (run, line) in racers.iter().enumerate().rev() {
        plot.means(run, line);
        let end = line.buckets.iter().rposition(|bucket| bucket.mean.is_finite());
        ends.extend(end.and_then(|end| Some((run, end, plot.y(line.buckets[end].mean)?))));
    }
    plot.raster.paint(&mut pen.part(margin + 1, 0, columns, rows));
    let height = plot.raster.height().max(1);
    ends.sort_by_key(|(_, _, y)| *y);
    let mut placed: Vec<(usize, usize, usize)> = Vec::new();
    let all = ends.len();
    for (run, end, y) in ends {
        let step = ((end as u64 + 1) * racers[run].width).min(last);
        let x = (step as f64 / last.max(1) as f64 * columns as f64).round() as usize;
        placed.push((run, margin + 2 + x.min(columns), (y * rows / height).min(rows - 1)));
    }
    if in_a_row == 1 {
        make_way(&mut placed, rows, beside);
    } else {
        stand_beside(&mut placed, rows, in_a_row);
    }
    for (run, x, row) in &placed {
        pen.text(*x, *row, &names[*run], Role::Racer(*run as u8));
    }
    placed.len() == all
}

/// Labels (run, column, row) of one letter in the order of their rows, up to so many in a row, with a blank between them: what
/// finds its row full stands in the next one below, or else above.
fn stand_beside(labels: &mut [(usize, usize, usize)], rows: usize, in_a_row: usize) {
    let mut taken = vec![0; rows];
    for (_, x, row) in labels {
        let free = |at: &usize| taken[*at] < in_a_row;
        let Some(at) = (*row..rows).find(free).or_else(|| (0..*row).rev().find(free)) else { continue };
        *x += 2 * taken[at];
        *row = at;
        taken[at] += 1;
    }
}

/// Labels (run, column, row) in the order of their rows, of which none may lie on another: those near each other make way,
/// down where there is room and else up, and stay in their order. What has no row left goes.
fn make_way(labels: &mut Vec<(usize, usize, usize)>, rows: usize, width: usize) {
    for at in 0..labels.len() {
        let (_, x, row) = labels[at];
        let above = labels[..at].iter().filter(|(_, other, _)| other.abs_diff(x) <= width);
        labels[at].2 = above.map(|(_, _, above)| above + 1).fold(row, usize::max);
    }
    for at in (0..labels.len()).rev() {
        let (_, x, row) = labels[at];
        let below = labels[at + 1..].iter().filter(|(_, other, _)| other.abs_diff(x) <= width);
        let lowest = below.map(|(_, _, below)| below.saturating_sub(1)).fold(rows - 1, usize::min);
        labels[at].2 = row.min(lowest);
    }
    let mut kept: Vec<(usize, usize, usize)> = Vec::new();
    labels.retain(|label| {
        let free = kept.iter().all(|(_, x, row)| *row != label.2 || x.abs_diff(label.1) > width);
        if free {
            kept.push(*label);
        }
        free
    });
}

#[cfg(test)]
mod tests {
    use super::{make_way, stand_beside};

    #[test]
    fn every_run_has_its_number_where_there_are_fewer_rows_than_runs() {
        for rows in 1..4 {
            for ends in [[0, 0, 0, 0], [2, 2, 2, 2], [0, 1, 1, 2]] {
                let mut labels: Vec<_> = ends
                    .iter()
                    .map(|row| (9, *row.min(&(rows - 1))))
                    .enumerate()
                    .collect::<Vec<_>>()
                    .into_iter()
                    .map(|(run, (x, row))| (run, x, row))
                    .collect();
                stand_beside(&mut labels, rows, 4_usize.div_ceil(rows));
                for (at, (_, x, row)) in labels.iter().enumerate() {
                    let apart = |(_, other, its): &(usize, usize, usize)| its != row || other.abs_diff(*x) >= 2;
                    assert!(*row < rows && labels[at + 1..].iter().all(apart), "{labels:?}");
                }
            }
        }
    }

    #[test]
    fn labels_make_way_and_keep_their_order() {
        let placed = |rows: &[(usize, usize)], of: usize| {
            let mut labels: Vec<_> = rows.iter().enumerate().map(|(run, (x, row))| (run, *x, *row)).collect();
            make_way(&mut labels, of, 5);
            labels.into_iter().map(|(run, _, row)| (run, row)).collect::<Vec<_>>()
        };
        assert_eq!(placed(&[(40, 1), (40, 1), (40, 5)], 8), [(0, 1), (1, 2), (2, 5)]);
        assert_eq!(placed(&[(40, 6), (40, 7), (40, 7)], 8), [(0, 5), (1, 6), (2, 7)]);
        assert_eq!(placed(&[(10, 3), (40, 3)], 8), [(0, 3), (1, 3)]);
        assert_eq!(placed(&[(40, 0), (40, 0), (40, 1)], 2).len(), 2);
    }
}
