//! The curve of another run of the session beside the present one's: dim and dashed, below all other lines; each is named by
//! what the other was not made with. Where the runs have mini-batches of other sizes they lie beside each other by epochs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::snapshot::{PastRun, RunRow};
use crate::ui::canvas::measure;
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::plot::Plot;
use crate::ui::canvas::raster::{Layer, Raster};
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::View;

/// The losses of the other run, for the axis.
pub(super) fn values(view: &View<'_>) -> impl Iterator<Item = f64> {
    let curve = view.snapshot.runs.beside().map(|past| &past.curve.buckets);
    curve.into_iter().flatten().map(|bucket| bucket.mean)
}

/// The present run that the panes show.
fn present<'v>(view: &View<'v>) -> Option<&'v RunRow> {
    let runs = &view.snapshot.runs;
    runs.present.get(view.snapshot.shown).or_else(|| runs.present.first())
}

/// Steps of the present run that a step of the other one stands for.
fn stretch(past: &PastRun, present: &RunRow) -> f64 {
    present.steps_per_epoch.max(1) as f64 / past.row.steps_per_epoch.max(1) as f64
}

/// Draws its curve and the names of both into the inside of a plot that is painted: dim where nothing is, plain where it
/// crosses the cloud of the batches, and below every other line.
pub(super) fn draw(view: &View<'_>, plot: &Plot, pen: &mut Pen<'_>) {
    let Some((past, present)) = view.snapshot.runs.beside().zip(present(view)) else { return };
    let (columns, rows) = (pen.width(), pen.height());
    let layers = [Layer { role: Role::Dim, letters: ['-'; 3] }];
    let raster = Raster::new(columns, rows, view.look.unicode, &layers);
    let mut own = Plot { raster, scale: plot.scale, last: plot.last };
    let stretch = stretch(past, present);
    let mut before = None;
    for (at, bucket) in past.curve.buckets.iter().enumerate() {
        let step = Plot::middle(at, past.curve.width) * stretch;
        let here = own.y(bucket.mean).filter(|_| step <= own.last as f64).map(|y| (own.x(step), y));
        if let Some(here) = here {
            own.raster.line(0, before.unwrap_or(here), here, true);
        }
        before = here;
    }
    let mut sheet = Buffer::empty(Rect::new(0, 0, columns as u16, rows as u16));
    let area = sheet.area;
    let mut sheet = Pen::new(&mut sheet, area, view.look);
    own.raster.paint(&mut sheet);
    for (x, y) in (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y))) {
        let drawn = sheet.seen(x, y, Role::Dim).map_or(' ', |(symbol, _)| symbol);
        match pen.seen(x, y, Role::Batch) {
            Some((' ', _)) if drawn != ' ' => pen.symbol(x, y, drawn, Role::Dim),
            Some((_, true)) if drawn != ' ' => pen.symbol(x, y, drawn, Role::Text),
            _ => {}
        }
    }
    label(view, past, present, pen);
}

/// Names both curves at the right of the second row, where a falling loss leaves room.
fn label(view: &View<'_>, past: &PastRun, present: &RunRow, pen: &mut Pen<'_>) {
    let named = |own: &RunRow, other: &RunRow| {
        let told = own.differs_from(other);
        if told.is_empty() { vec![format!("run {}", own.number)] } else { told }
    };
    let look = view.look;
    let (columns, rows) = (pen.width(), pen.height());
    if rows < 3 {
        return;
    }
    // A third of the row each, at the right.
    let fitting = |words: &[String]| measure::fitting(words, (columns / 3).max(8), look.ellipsis());
    let by_epochs = if past.row.steps_per_epoch == present.steps_per_epoch { "" } else { " by epochs" };
    let then = format!("{} {}{by_epochs}", look.pick("┈", "--"), fitting(&named(&past.row, present)));
    let now = format!("{} {}", look.pick("─", "*"), fitting(&named(present, &past.row)));
    let mut parts = vec![(then, Role::Dim), (now, Role::Smooth)];
    let total = |parts: &[(String, Role)]| parts.iter().map(|(words, _)| text::width(words) + 3).sum::<usize>() - 3;
    // What cannot be told whole is not told: the pane of the runs has it all.
    while !parts.is_empty() && total(&parts) + 1 > columns {
        parts.pop();
    }
    let mut x = columns.saturating_sub(if parts.is_empty() { 0 } else { total(&parts) + 1 });
    for (words, role) in parts {
        // With a blank on either side, so that no line runs into it.
        let left = x.saturating_sub(1);
        pen.text(left, 1, &format!("{}{words} ", " ".repeat(x - left)), role);
        x += text::width(&words) + 3;
    }
}

#[cfg(test)]
mod tests {
    use super::super::PANE;
    use crate::ui::tests::fixture::{self, pane_picture};
    use crate::ui::tests::fixture_runs::several;

    #[test]
    fn the_curve_before_lies_dim_beside_the_present_one_with_what_differed() {
        let mut snapshot = several();
        insta::assert_snapshot!(pane_picture(&PANE, &snapshot, (76, 14), true));
        insta::assert_snapshot!(pane_picture(&PANE, &snapshot, (58, 12), false));
        // Taken away, nothing is left of it.
        snapshot.runs.beside = None;
        let alone = pane_picture(&PANE, &fixture::healthy(), (76, 14), true);
        assert_eq!(pane_picture(&PANE, &snapshot, (76, 14), true), alone);
    }
}
