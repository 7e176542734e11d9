//! How much each of the newest values counts in the chosen average of a series, as bars: `1/T` for a simple one,
//! `(1 - beta) beta^k` for an exponential one, and more while its start is corrected.

use super::series::{letter, role};
use crate::snapshot::SeriesView;
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::View;

/// An average that keeps less than this of itself from value to value has forgotten all after a few of them.
const SLOW: f64 = 0.8;

/// From this width on there is room for more words.
const WIDE: usize = 74;

/// The rows that they take of so many.
pub(super) fn height(rows: usize) -> usize {
    match rows {
        0..8 => 0,
        8..14 => 1,
        14..20 => 2,
        20..40 => 4,
        _ => 6,
    }
}

/// The average under the cursor. While that is on the values themselves the first exponential one that remembers more than a
/// few values, or any.
pub(super) fn chosen(series: &SeriesView, row: usize) -> Option<usize> {
    let averages = &series.averages;
    let exponential = |long: bool| {
        averages.iter().position(|average| {
            let slow = average.weights.get(1).is_some_and(|second| *second >= SLOW * average.weights[0]);
            average.name.starts_with("exponential") && (slow || !long)
        })
    };
    let at = row.min(averages.len()).checked_sub(1);
    let at = at.or_else(|| exponential(true)).or_else(|| exponential(false)).unwrap_or(0);
    // Before the first value there is nothing that counts.
    averages.get(at).filter(|average| !average.weights.is_empty()).map(|_| at)
}

/// Of how many of the newest values the weights come to so much of the sum of all: for an exponential average it is its window,
/// `1 / (1 - beta)`, since `beta^(1 / (1 - beta))` is about `1/e`.
fn window(weights: &[f64], sum: f64) -> usize {
    let share = sum * (1.0 - (-1.0_f64).exp());
    let mut so_far = 0.0;
    let reached = weights.iter().position(|weight| {
        so_far += weight;
        so_far >= share * (1.0 - 1e-9)
    });
    reached.map_or(weights.len(), |at| at + 1)
}

/// Draws the bars with the newest value at the left, and what they come to.
pub(super) fn draw(view: &View<'_>, series: &SeriesView, at: usize, pen: &mut Pen<'_>) {
    let weights = &series.averages[at].weights;
    let look = view.look;
    let rows = pen.height();
    let sum: f64 = weights.iter().sum();
    let (newest, together) = (text::short(weights[0]), text::short(sum));
    let t = series.rows.last().map_or(0, |row| row.t);
    // Where a snapshot does not hold all weights that count, their sum says nothing about the window.
    let cut = (weights.len() as u64) < t && weights.last().is_some_and(|last| *last > 0.01 * weights[0]);
    let share = if cut {
        format!("of the newest {}", weights.len())
    } else {
        format!("63 % in the newest {}", window(weights, sum))
    };
    let wide = pen.width() >= WIDE;
    let (head, tail) = match (rows > 1, wide) {
        (true, true) => {
            (format!("weights: the newest value {newest}, all together {together}, {share}"), String::new())
        }
        (true, false) => (format!("weights {newest} first, sum {together}, {share}"), String::new()),
        (false, true) => ("weights".to_owned(), format!("{newest} first, sum {together}, {share}")),
        (false, false) => ("weights".to_owned(), format!("sum {together}")),
    };
    pen.symbol(0, 0, letter(at), role(at));
    let x = pen.text(2, 0, &head, if rows > 1 { Role::Text } else { Role::Dim });
    let (left, top, bars) = if rows > 1 { (0, 1, rows - 1) } else { (x + 1, 0, 1) };
    let room = pen.width().saturating_sub(left + if tail.is_empty() { 0 } else { text::width(&tail) + 1 });
    let largest = weights.iter().copied().map(f64::abs).fold(0.0, f64::max);
    let eighths = |weight: &f64| (weight.abs() / largest * (8 * bars) as f64).round() as usize;
    // Those too small for a bar are left out.
    let shown = weights.iter().rposition(|weight| eighths(weight) > 0).map_or(0, |last| last + 1).min(room);
    for (k, weight) in weights.iter().take(shown).enumerate() {
        for row in 0..bars {
            let level = eighths(weight).saturating_sub(8 * (bars - 1 - row)).min(8);
            if level > 0 {
                pen.symbol(left + k, top + row, look.bar(level), role(at));
            }
        }
    }
    if !tail.is_empty() {
        pen.text(left + shown + 1, 0, &tail, Role::Dim);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_of_an_exponential_average_is_that_of_the_lecture() {
        let of = |beta: f64| {
            let weights: Vec<f64> = (0..SeriesView::WEIGHTS as i32).map(|k| (1.0 - beta) * beta.powi(k)).collect();
            window(&weights, weights.iter().sum())
        };
        assert_eq!([of(0.5), of(0.9), of(0.98)], [2, 10, 50]);
        assert_eq!((window(&[0.25; 4], 1.0), window(&[0.02], 0.02), window(&[], 0.0)), (3, 1, 0));
    }
}
