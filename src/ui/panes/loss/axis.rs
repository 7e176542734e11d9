//! The axis of the Loss pane: what it has to show, what it leaves to its edges, and where everything lies.

use ratatui::layout::Size;

use super::Loss;
use super::before;
use super::lines::{LEGEND, is_race, own_role};
use crate::snapshot::{Bucket, Snapshot};
use crate::ui::canvas::edge::{self, Outside};
use crate::ui::canvas::ends::{self, number};
use crate::ui::canvas::plot::Plot;
use crate::ui::canvas::range::Range;
use crate::ui::canvas::raster::Raster;
use crate::ui::canvas::scale::{Scale, last_step};
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::View;

/// Where the parts of the pane lie in its inside.
pub(super) struct Frame {
    pub scale: Scale,
    /// Rows of the chart with their labels.
    pub labels: Vec<(usize, String)>,
    /// Columns at the left for them.
    pub margin: usize,
    /// Columns at the right for the numbers of a race's runs.
    pub beside: usize,
    /// Columns of the chart, and rows of it with those for what lies outside.
    pub columns: usize,
    pub rows: usize,
    /// Rows at the top and at the bottom of it for what lies outside.
    pub outside: (usize, usize),
    /// There is a row for the names of the runs.
    pub names: bool,
    /// The step at the right end.
    pub last: u64,
}

impl Frame {
    /// Rows that the lines are drawn in.
    pub fn inner_rows(&self) -> usize {
        self.rows - self.outside.0 - self.outside.1
    }
}

/// The step at the right end of the axis: back in time it stays as it was, with room for what is known to come.
pub(super) fn last(snapshot: &Snapshot) -> u64 {
    last_step(snapshot.step.max(snapshot.timeline.seen), snapshot.steps_total)
}

impl Loss {
    /// The axis for this view: for the smooth loss and validation, with as much of the batches and of other runs as leaves
    /// these their room. A logarithmic one by default, where no smooth loss is below 0: a loss falls by factors, and an axis
    /// that changes its kind on the way would hide that.
    pub(super) fn scale(&self, view: &View<'_>) -> Option<Scale> {
        let snapshot = view.snapshot;
        let batches = || snapshot.loss.batch.buckets.iter();
        let smooth = snapshot.loss.smooth.buckets.iter().map(|bucket| bucket.mean);
        let validation = snapshot.epochs.iter().filter_map(|row| row.val_loss);
        let lines: Vec<f64> = smooth.chain(validation).collect();
        let log = !self.linear;
        // A run whose smooth loss is nowhere a number has at most batches.
        let range = Range::of(&lines, log)
            .or_else(|| Range::of(&batches().map(|bucket| bucket.mean).collect::<Vec<_>>(), log))?;
        let others = snapshot.racers.iter().enumerate().filter(|(run, _)| *run != snapshot.shown);
        let range =
            others.fold(range, |range, (_, line)| range.and_line(line.buckets.iter().map(|bucket| bucket.mean)));
        let range = range.and_line(before::values(view));
        range.and_points(batches().flat_map(|bucket| [bucket.min, bucket.max])).scale()
    }

    /// Where everything lies in a pane of that size; none without a loss or without room for a chart.
    pub(super) fn frame(&self, view: &View<'_>, size: Size) -> Option<Frame> {
        let (width, height) = (usize::from(size.width), usize::from(size.height));
        let scale = self.scale(view)?;
        let race = is_race(view.snapshot);
        let names = race && height >= LEGEND;
        // The axis and its labels take two rows.
        let rows = height.checked_sub(2 + usize::from(names)).filter(|rows| *rows >= 2)?;
        // Any chart tells that there is something outside; where depends on its columns.
        let last = last(view.snapshot);
        let outside = edge::rows(&self.outside(view, scale, last, width.max(1)), rows);
        let labels: Vec<(usize, String)> = scale.labels(rows - outside.0 - outside.1);
        let labels: Vec<(usize, String)> = labels.into_iter().map(|(row, label)| (row + outside.0, label)).collect();
        let margin = labels.iter().map(|(_, label)| text::width(label)).max().unwrap_or(0) + 1;
        // The rows in which lines end are known before the columns are.
        let inner = (rows - outside.0 - outside.1).max(1);
        let place = Plot { raster: Raster::new(1, inner, view.look.unicode, &[]), scale, last };
        let beside = if race { ends::room(&ends::of(&place, &view.snapshot.racers), 1) } else { 0 };
        let columns = width.checked_sub(margin + 1 + beside).filter(|columns| *columns >= 4)?;
        Some(Frame { scale, labels, margin, beside, columns, rows, outside, names, last })
    }

    /// What lies outside of the axis: other runs first, since a line alone says less than a name.
    pub(super) fn outside(&self, view: &View<'_>, scale: Scale, last: u64, columns: usize) -> Vec<Outside> {
        let snapshot = view.snapshot;
        let ends = scale.ends();
        let place = Plot { raster: Raster::new(columns, 1, view.look.unicode, &[]), scale, last };
        let column = |width: u64| {
            let place = &place;
            move |at: usize| place.column(Plot::middle(at, width))
        };
        let mut all = Vec::new();
        for (run, line) in snapshot.racers.iter().enumerate().filter(|(run, _)| *run != snapshot.shown) {
            let found = edge::of_line(line, column(line.width), ends);
            let name = snapshot.race.as_ref().and_then(|race| race.runs.get(run)).map_or("", |run| run.name.as_str());
            all.extend(found.into_iter().map(|piece| Outside {
                name: format!("{} {name}", number(run)),
                role: Role::Racer(run as u8),
                ..piece
            }));
        }
        // Among several runs each number says whose it is.
        let shown = snapshot.shown;
        let own = snapshot.whose().filter(|_| is_race(snapshot)).map(|name| format!("{} {name}", number(shown)));
        let own = own.unwrap_or_default();
        let smooth = self.smoothed(view);
        let found = edge::of_line(&smooth, column(smooth.width), ends);
        all.extend(found.into_iter().map(|piece| Outside { name: own.clone(), role: own_role(view), ..piece }));
        let batch = &snapshot.loss.batch;
        let column = column(batch.width);
        let numbers =
            |of: fn(&Bucket) -> f64| batch.buckets.iter().enumerate().map(move |(at, bucket)| (column(at), of(bucket)));
        let mut points = edge::pieces(numbers(|bucket| bucket.max), (f64::NEG_INFINITY, ends.1));
        points.extend(edge::pieces(numbers(|bucket| bucket.min), (ends.0, f64::INFINITY)));
        // The one farthest away is told first.
        let far = |piece: &Outside| scale.share(piece.value).map_or(0.0, |share| (share - 0.5).abs());
        points.sort_by(|a, b| far(b).total_cmp(&far(a)).then(b.value.abs().total_cmp(&a.value.abs())));
        all.extend(points.into_iter().map(|piece| Outside { name: own.clone(), ..piece }));
        all
    }
}
