//! A series lab on the command line: the table of its last values.

use crate::snapshot::SeriesView;

/// The newest values with their averages, a line a row.
pub(super) fn table(view: &SeriesView, total: u64) -> Vec<String> {
    let Some(last) = view.rows.last() else { return Vec::new() };
    let mut lines = vec![match last.t {
        t if t < total => format!("{}, up to value {t} of {total}", view.name),
        _ if view.rows.len() as u64 == total => format!("{}, all of its values", view.name),
        _ => format!("{}, the last {} of {total} values", view.name, view.rows.len()),
    }];
    let names = ["t", "value"].into_iter().chain(view.averages.iter().map(|average| average.name.as_str()));
    let mut rows: Vec<Vec<String>> = vec![names.map(str::to_owned).collect()];
    rows.extend(view.rows.iter().map(|row| {
        let numbers = std::iter::once(&row.value).chain(&row.averages).map(|number| shown(*number));
        std::iter::once(row.t.to_string()).chain(numbers).collect()
    }));
    let widths: Vec<usize> =
        (0..rows[0].len()).map(|at| rows.iter().map(|row| row[at].len()).max().unwrap_or(0)).collect();
    lines.extend(rows.iter().map(|row| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}")).collect();
        format!("  {}", cells.join("  "))
    }));
    lines
}

/// A number with six significant digits, zeros at its end left out.
fn shown(number: f64) -> String {
    let short: f64 = format!("{number:.5e}").parse().unwrap_or(number);
    if short == 0.0 || (1e-4..1e9).contains(&short.abs()) { short.to_string() } else { format!("{short:e}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{AverageView, Line, SeriesRow};

    #[test]
    fn the_table_is_aligned_and_its_numbers_are_short() {
        let average = |name: &str| AverageView { name: name.into(), line: Line::default(), weights: Vec::new() };
        let row = |t, value, average| SeriesRow { t, value, averages: vec![average, 1.234_567_8e-7] };
        let view = SeriesView {
            name: "values".into(),
            range: (16.0, 24.0),
            values: Line::default(),
            averages: vec![average("exponential.0.98"), average("x")],
            rows: vec![row(1, 16.0, 0.32 + 1e-16), row(2, 24.0, 0.793_6), row(3, -0.0, 20.040_404)],
        };
        let want = "values, all of its values
  t  value  exponential.0.98           x
  1     16              0.32  1.23457e-7
  2     24            0.7936  1.23457e-7
  3     -0           20.0404  1.23457e-7";
        assert_eq!(table(&view, 3).join("\n"), want);
        assert_eq!(table(&view, 4)[0], "values, up to value 3 of 4");
        assert!(table(&SeriesView { rows: Vec::new(), ..view }, 4).is_empty());
    }
}
