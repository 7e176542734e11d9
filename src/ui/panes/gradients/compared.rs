//! A mini-batch's gradient beside that of all samples, in the Gradient norm pane: two columns, and a sentence below.

use std::fmt::Write;

use crate::snapshot::{ComparedRow, ComparedView, Snapshot};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::View;

/// Columns of the angle and of the ratio of the lengths.
pub(super) const WIDTH: usize = 19;

/// What the two gradients are called: on a landscape there are no batches, but noise or none.
fn names(compared: &ComparedView) -> [&'static str; 2] {
    match compared.seen {
        // The norm beside it is that of the batch that was.
        Some(_) => ["next", "full"],
        None if is_noisy(compared) => ["noisy", "true"],
        None => ["next", "true"],
    }
}

/// Noise that changes neither the length nor the angle of a slope is none.
fn is_noisy(compared: &ComparedView) -> bool {
    compared.rows.iter().any(|row| row.batch != row.whole || row.angle.is_some_and(|angle| angle > 0.0))
}

/// It is of another step than the one that is shown.
fn is_stale(snapshot: &Snapshot, compared: &ComparedView) -> bool {
    compared.step != snapshot.step
}

fn degrees(row: &ComparedRow) -> Option<String> {
    row.angle.map(|angle| if angle > 0.0 && angle < 0.05 { "<0.1".into() } else { format!("{angle:.1}") })
}

fn times(row: &ComparedRow) -> Option<String> {
    row.ratio().filter(|ratio| ratio.is_finite()).map(|ratio| format!("{}x", text::short(ratio)))
}

/// The names of the two columns, which begin at `x`.
pub(super) fn draw_head(pen: &mut Pen<'_>, x: usize, compared: &ComparedView) {
    let [part, whole] = names(compared);
    pen.text(x, 0, &format!("{:>7}{:>11}", "angle", format!("{part}/{whole}")), Role::Dim);
}

/// The two columns of a row.
pub(super) fn draw_row(
    snapshot: &Snapshot,
    pen: &mut Pen<'_>,
    (x, y): (usize, usize),
    compared: &ComparedView,
    row: &ComparedRow,
) {
    let role = if is_stale(snapshot, compared) { Role::Dim } else { Role::Text };
    let dash = || "-".to_owned();
    let unit = pen.look.pick("°", "");
    let angle = degrees(row).map_or_else(dash, |angle| format!("{angle}{unit}"));
    pen.text(x, y, &format!("{angle:>7}{:>11}", times(row).unwrap_or_else(dash)), role);
}

/// What the two gradients are: a sentence without its end.
fn what(snapshot: &Snapshot, compared: &ComparedView) -> String {
    let stale = if is_stale(snapshot, compared) {
        " (c measures again)"
    } else if snapshot.status.is_final() {
        " (the run is over)"
    } else {
        ""
    };
    let step = compared.step;
    let Some(seen) = compared.seen else {
        let noisy = is_noisy(compared);
        let slope = if noisy { "noisy slope against the true one" } else { "slope is the true one, without noise" };
        return format!("the next step's {slope}, after step {step}{stale}");
    };
    let whole = if seen.whole == seen.all {
        format!("all {} training samples", seen.all)
    } else {
        format!("{} of the {} training samples", seen.whole, seen.all)
    };
    let dropout = snapshot
        .network
        .as_ref()
        .is_some_and(|network| network.layers.iter().any(|layer| layer.name.contains("dropout")));
    let off = if dropout { ", dropout off" } else { "" };
    format!("the next mini-batch ({}) against {whole}, after step {step}{stale}{off}", seen.batch)
}

/// One row in words: `W1 72.1 degrees apart, |batch| 0.412, |full| 0.131`.
fn apart(name: &str, row: &ComparedRow, [part, whole]: [&str; 2]) -> String {
    let angle = degrees(row).map_or_else(String::new, |angle| format!(" {angle} degrees apart,"));
    format!("{name}{angle} |{part}| {}, |{whole}| {}", text::short(row.batch), text::short(row.whole))
}

/// All rows in words.
pub(super) fn whole_sentence(snapshot: &Snapshot, compared: &ComparedView) -> String {
    let mut said = what(snapshot, compared);
    for (at, (gradient, row)) in snapshot.gradients.iter().zip(&compared.rows).enumerate() {
        let _ = write!(said, "{} {}", if at == 0 { ":" } else { "," }, apart(&gradient.name, row, names(compared)));
    }
    said
}

/// The row under the cursor in words, in the last lines of the pane, at most three and no more than a third of it.
/// Returns how many.
pub(super) fn draw_below(view: &View<'_>, row: usize, pen: &mut Pen<'_>, compared: &ComparedView) -> usize {
    let snapshot = view.snapshot;
    let all = snapshot.gradients.iter().zip(&compared.rows);
    // Below the gradients there may be rows of what is observed.
    let at = if row < compared.rows.len() { row } else { 0 };
    let Some((gradient, row)) = all.clone().nth(at).or_else(|| all.clone().next()) else { return 0 };
    let said = format!("{}: {}.", apart(&gradient.name, row, names(compared)), what(snapshot, compared));
    let lines = text::wrap(&said, pen.width());
    let shown = lines.len().min(pen.height() / 3).min(3);
    let top = pen.height() - shown;
    for (i, line) in lines.iter().take(shown).enumerate() {
        let line =
            if i + 1 == shown && shown < lines.len() { &format!("{line} {}", pen.look.ellipsis()) } else { line };
        pen.text(0, top + i, &text::cut(line, pen.width(), pen.look.ellipsis()), Role::Dim);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Seen;
    use crate::ui::panes::gradients::PANE;
    use crate::ui::tests::fixture::{self, described, pane_picture};

    fn compared(step: u64, seen: Option<Seen>) -> Snapshot {
        let row = |angle, batch, whole| ComparedRow { angle, batch, whole };
        let rows = vec![
            row(Some(72.14), 0.4501, 0.1402),
            row(Some(74.9), 0.362, 0.0981),
            row(Some(41.3), 0.022, 0.0171),
            row(Some(0.001), 0.229, 0.229),
            row(None, 0.0414, 0.0),
        ];
        Snapshot { compared: Some(ComparedView { step, seen, rows }), ..fixture::healthy() }
    }

    const ALL: Option<Seen> = Some(Seen { batch: 64, whole: 1438, all: 1438 });

    #[test]
    fn a_mini_batch_beside_all_samples() {
        insta::assert_snapshot!(pane_picture(&PANE, &compared(287, ALL), (76, 12), true));
        insta::assert_snapshot!(pane_picture(&PANE, &compared(287, ALL), (38, 12), false));
        insta::assert_snapshot!(described(&PANE, &compared(287, ALL)));
    }

    #[test]
    fn one_of_an_earlier_step_says_so_and_one_of_a_part_of_very_many() {
        let seen = Some(Seen { batch: 64, whole: 16384, all: 60000 });
        insta::assert_snapshot!(pane_picture(&PANE, &compared(271, seen), (120, 10), true));
    }

    #[test]
    fn a_noisy_slope_beside_the_true_one() {
        insta::assert_snapshot!(pane_picture(&PANE, &compared(287, None), (58, 10), true));
    }

    #[test]
    fn a_landscape_without_noise_has_none_in_words_either() {
        let mut snapshot = compared(287, None);
        let exact = |row: &mut ComparedRow| (row.angle, row.batch) = (Some(0.0), row.whole);
        snapshot.compared.iter_mut().flat_map(|compared| &mut compared.rows).for_each(exact);
        let said = described(&PANE, &snapshot);
        assert!(said.contains("the next step's slope is the true one, without noise, after step 287"), "{said}");
        assert!(!said.contains("noisy slope") && !said.contains("batch|"), "{said}");
    }

    #[test]
    fn the_two_numbers_have_their_headings_wherever_they_stand() {
        let snapshot = compared(287, ALL);
        for height in 4..14 {
            let picture = pane_picture(&PANE, &snapshot, (80, height), true);
            let head = picture.lines().position(|line| line.contains("angle") && line.contains("next/full"));
            let first = picture.lines().position(|line| line.contains("72.1°"));
            assert!(head.is_some() && first == head.map(|at| at + 1), "{height}\n{picture}");
        }
    }

    #[test]
    fn dropout_is_said_to_be_off_only_where_there_is_some() {
        let mut snapshot = compared(287, ALL);
        assert!(described(&PANE, &snapshot).contains("after step 287, dropout off"));
        snapshot.network.as_mut().unwrap().layers.retain(|layer| !layer.name.contains("dropout"));
        let said = described(&PANE, &snapshot);
        assert!(said.contains("after step 287") && !said.contains("dropout"), "{said}");
    }

    #[test]
    fn no_size_is_too_small() {
        let snapshot = compared(287, ALL);
        for (width, height) in (0..60).flat_map(|width| (0..14).map(move |height| (width, height))) {
            pane_picture(&PANE, &snapshot, (width, height), true);
        }
    }
}
