//! The curve of another run of the session beside the present one's: dim and dashed, below all other lines; the legend has the
//! numbers of both. Where the runs have mini-batches of other sizes they lie beside each other by epochs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::snapshot::{PastRun, RunRow};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::plot::Plot;
use crate::ui::canvas::raster::{Layer, Raster};
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

/// Draws its curve into the inside of a plot that is painted: dim where nothing is, plain where it crosses the cloud of the
/// batches, and below every other line.
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
}

/// What the legend calls the other run and the present one, in ever fewer words: `run 2 adam by epochs` where a race's runs lie
/// beside each other by epochs, without the racer's name, with the present one's number alone, and `run 2`. What each was made
/// with is told by the Runs pane.
pub(super) fn names(view: &View<'_>) -> Option<[[String; 4]; 2]> {
    let (past, present) = view.snapshot.runs.beside().zip(present(view))?;
    let by_epochs = if past.row.steps_per_epoch == present.steps_per_epoch { "" } else { " by epochs" };
    let named = |row: &RunRow, more: &str, few: String| {
        let number = format!("run {}", row.number);
        [format!("{number} {}", row.name).trim_end().to_owned() + more, number.clone() + more, few, number]
    };
    let (other, own) = (format!("run {}{by_epochs}", past.row.number), present.number.to_string());
    Some([named(&past.row, by_epochs, other), named(present, "", own)])
}

#[cfg(test)]
mod tests {
    use super::super::PANE;
    use crate::snapshot::RunRow;
    use crate::ui::tests::fixture::{self, pane_picture};
    use crate::ui::tests::fixture_runs::{row, several};

    #[test]
    fn the_curve_before_lies_dim_beside_the_present_one_and_the_legend_has_both_numbers() {
        let mut snapshot = several();
        insta::assert_snapshot!(pane_picture(&PANE, &snapshot, (76, 14), true));
        insta::assert_snapshot!(pane_picture(&PANE, &snapshot, (58, 12), false));
        // Taken away, nothing is left of it.
        snapshot.runs.beside = None;
        let alone = pane_picture(&PANE, &fixture::healthy(), (76, 14), true);
        assert_eq!(pane_picture(&PANE, &snapshot, (76, 14), true), alone);
    }

    /// Whatever was set, and whatever ends where: nothing is written over the curves.
    #[test]
    fn an_earlier_run_is_named_in_the_row_of_the_legend_at_every_width() {
        let mut race = fixture::race();
        race.runs = several().runs;
        race.runs.present = (0..4)
            .map(|run| RunRow { name: race.race.as_ref().unwrap().runs[run].name.clone(), ..row(3, &[], &[]) })
            .collect();
        for snapshot in [several(), race] {
            for (columns, unicode) in [(44, true), (48, false), (58, true), (58, false), (76, true), (116, true)] {
                let picture = pane_picture(&PANE, &snapshot, (columns, 14), unicode);
                let axis = picture.lines().position(|line| line.contains(" steps")).unwrap();
                let (chart, legend) = (picture.lines().take(axis), picture.lines().nth(axis).unwrap());
                let other = if columns < 48 { "run 2 " } else { "run 2 by epochs " };
                let own = if columns < 58 { "3 " } else { "run 3 " };
                assert!(legend.contains(other) && legend.contains(own), "{picture}");
                assert!(chart.skip(1).all(|line| !line.contains("run") && !line.contains("batch ")), "{picture}");
            }
        }
    }
}
