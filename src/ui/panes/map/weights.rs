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

/// What the weights come to, the most wanted first: the newest of them, their sum, and how much of it the newest values
/// have.
fn said(series: &SeriesView, at: usize, ellipsis: &str) -> [String; 3] {
    let average = &series.averages[at];
    let weights = &average.weights;
    let sum: f64 = weights.iter().sum();
    // With as many decimals as give the newest three digits, so that the others are seen to be smaller.
    let decimals = text::short(weights[0]).split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let plain = weights[0].abs() >= 0.001 && weights[0].abs() < 1e6;
    let say = |weight: &f64| if plain { format!("{weight:.decimals$}") } else { text::short(*weight) };
    let newest: Vec<String> = weights.iter().take(3).map(say).collect();
    let more = if weights.len() > 3 { format!(" {ellipsis}") } else { String::new() };
    let newest = format!("newest weights {}{more}", newest.join(", "));
    let t = series.rows.last().map_or(0, |row| row.t);
    // Where a snapshot does not hold all weights that count, their sum says nothing about the window.
    if (weights.len() as u64) < t
        && average.name.starts_with("exponential")
        && weights.last() > Some(&(0.01 * weights[0]))
    {
        return [newest, format!("sum of the newest {} {}", weights.len(), text::short(sum)), String::new()];
    }
    // A window has all of its weight in its values; an exponential average has most of it in as many as it is said to
    // remember.
    let count = if average.name.starts_with("exponential") { window(weights, sum) } else { weights.len() };
    let share = 100.0 * weights.iter().take(count).sum::<f64>() / sum;
    let whole = if text::short(sum) == text::short(1.0) { "" } else { " of it" };
    [newest, format!("sum {}", text::short(sum)), format!("{share:.0} %{whole} in the newest {count}")]
}

/// As many of the parts as there is room for, whole.
fn fitting(parts: &[String], columns: usize) -> String {
    let mut line = String::new();
    for part in parts.iter().filter(|part| !part.is_empty()) {
        let longer = if line.is_empty() { part.clone() } else { format!("{line}; {part}") };
        if text::width(&longer) > columns {
            break;
        }
        line = longer;
    }
    line
}

/// Draws the bars with the newest value at the left, and what they come to.
pub(super) fn draw(view: &View<'_>, series: &SeriesView, at: usize, pen: &mut Pen<'_>) {
    let weights = &series.averages[at].weights;
    let look = view.look;
    let rows = pen.height();
    let [newest, sum, share] = said(series, at, look.pick("…", ".."));
    let (head, tail) = if rows > 1 {
        (fitting(&[newest, sum, share], pen.width().saturating_sub(3)), String::new())
    } else {
        // In one row half of it is left to the bars.
        let room = pen.width() / 2;
        let all = [newest, sum.clone(), share.clone()];
        let all = if text::width(&all.join("; ")) <= room { fitting(&all, room) } else { fitting(&[sum, share], room) };
        ("weights".to_owned(), all)
    };
    pen.symbol(0, 0, letter(at), role(at));
    pen.text(1, 0, ":", role(at));
    let x = pen.text(3, 0, &head, if rows > 1 { Role::Text } else { Role::Dim });
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
    use crate::snapshot::AverageView;
    use crate::snapshot::Line;
    use crate::snapshot::SeriesRow;

    #[test]
    fn the_window_of_an_exponential_average_is_that_of_the_lecture() {
        let of = |beta: f64| {
            let weights: Vec<f64> = (0..SeriesView::WEIGHTS as i32).map(|k| (1.0 - beta) * beta.powi(k)).collect();
            window(&weights, weights.iter().sum())
        };
        assert_eq!([of(0.5), of(0.9), of(0.98)], [2, 10, 50]);
        assert_eq!((window(&[0.25; 4], 1.0), window(&[0.02], 0.02), window(&[], 0.0)), (3, 1, 0));
    }

    fn series(name: &str, t: u64, weights: Vec<f64>) -> SeriesView {
        let row = SeriesRow { t, value: 0.0, averages: vec![0.0] };
        let average = AverageView { name: name.into(), line: Line::default(), weights };
        SeriesView {
            name: "sea".into(),
            range: (0.0, 1.0),
            values: Line::default(),
            averages: vec![average],
            rows: vec![row],
        }
    }

    #[test]
    fn the_share_of_the_newest_is_that_of_the_weights_themselves() {
        let exponential = |beta: f64, t: u64, whole: f64| -> Vec<f64> {
            (0..t as i32).map(|k| (1.0 - beta) * beta.powi(k) / whole).collect()
        };
        let line = |name: &str, t: u64, weights: Vec<f64>| said(&series(name, t, weights), 0, "…").join("; ");
        assert_eq!(
            line("exponential.0.9", 400, exponential(0.9, 400, 1.0)),
            "newest weights 0.100, 0.090, 0.081 …; sum 1.00; 65 % in the newest 10"
        );
        assert_eq!(
            line("exponential.0.5.corrected", 2, exponential(0.5, 2, 0.75)),
            "newest weights 0.667, 0.333; sum 1.00; 67 % in the newest 1"
        );
        // 0.02 (1 + 0.98) = 0.0396, and (1 - 0.98^2) / (1 - 0.98^3) of three.
        assert_eq!(
            line("exponential.0.98", 3, exponential(0.98, 3, 1.0)),
            "newest weights 0.0200, 0.0196, 0.0192; sum 0.0588; 67 % of it in the newest 2"
        );
        assert_eq!(
            line("simple.4", 9, vec![0.25; 4]),
            "newest weights 0.250, 0.250, 0.250 …; sum 1.00; 100 % in the newest 4"
        );
        let weighted = vec![0.5, 1.0 / 3.0, 1.0 / 6.0];
        assert_eq!(
            line("weighted.3", 9, weighted),
            "newest weights 0.500, 0.333, 0.167; sum 1.00; 100 % in the newest 3"
        );
        // 800 of 5000 weights say nothing about the others.
        let long = line("exponential.0.9999", 5000, exponential(0.9999, 800, 1.0));
        assert_eq!(long, "newest weights 1.0e-4, 1.0e-4, 1.0e-4 …; sum of the newest 800 0.0769; ");
    }

    #[test]
    fn a_part_that_has_no_room_is_left_out_whole() {
        let parts = ["newest weights 0.100".to_owned(), "sum 1.00".into(), "65 % in the newest 10".into()];
        assert_eq!(fitting(&parts, 80), "newest weights 0.100; sum 1.00; 65 % in the newest 10");
        assert_eq!(fitting(&parts, 50), "newest weights 0.100; sum 1.00");
        assert_eq!((fitting(&parts, 20), fitting(&parts, 19)), ("newest weights 0.100".into(), String::new()));
    }
}
