//! One scalar over the run in one row of characters, and a matrix as shades. Neither knows what the numbers mean.

use crate::snapshot::Bucket;
use crate::snapshot::{Grid, Line};
use crate::ui::canvas::pen::Pen;
use crate::ui::look::theme::{Look, Role};

/// The line over steps 0..`last_step` in `columns` cells, one of eight heights each.
///
/// A cell shows the largest value of its steps, so that no spike is lost. Heights are logarithmic between the powers of
/// two around the positive values (0 is the lowest), so that the picture seldom changes where it is already drawn; a value
/// far from nearly all others is marked `▲` or `▼` and leaves them their heights. `×` marks steps without a finite value.
pub fn sparkline(line: &Line, columns: usize, last_step: u64, look: Look) -> String {
    let largest = |cell: &[f64]| cell.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let cells = cells(line, columns, last_step, |bucket| bucket.max, largest);
    let positive = cells.iter().flatten().copied().filter(|value| *value > 0.0 && value.is_finite());
    let (low, high) = usual(positive.map(f64::log2), OCTAVES);
    let (low, high) = (low.floor(), high.ceil());
    drawn(cells, look, |value| {
        if value <= 0.0 {
            return 0.0;
        }
        if high > low { (value.log2() - low) / (high - low) } else { 0.5 }
    })
}

/// So many powers of two have room beside the usual values whatever the range of these.
const OCTAVES: f64 = 8.0;

/// The range of all values but those that lie farther from four fifths of them than twice the range of these, or `least`.
fn usual(values: impl Iterator<Item = f64>, least: f64) -> (f64, f64) {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let ends = |values: &[f64]| Some((*values.first()?, *values.last()?));
    let tenth = values.len().saturating_sub(1) / 10;
    let Some((low, high)) = ends(&values[tenth..values.len() - tenth]) else {
        return (f64::INFINITY, f64::NEG_INFINITY);
    };
    // Halved, so that the distance between the largest numbers is finite.
    let room = (4.0 * (high / 2.0 - low / 2.0)).max(least);
    if room > 0.0 {
        values.retain(|value| *value >= low - room && *value <= high + room);
    }
    ends(&values).unwrap_or((low, high))
}

/// The same for numbers of any sign: a cell shows the mean of its steps, and heights are even between the least and the
/// largest of them, but for those far from nearly all others. Steps before the first value are blank.
pub fn level(line: &Line, columns: usize, last_step: u64, look: Look) -> String {
    let mean = |cell: &[f64]| cell.iter().map(|value| value / cell.len() as f64).sum();
    let cells = cells(line, columns, last_step, |bucket| bucket.mean, mean);
    let (low, high) = usual(cells.iter().flatten().copied().filter(|value| value.is_finite()), 0.0);
    // Halved, so that the distance between the largest numbers is finite.
    drawn(cells, look, |value| if high > low { (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0) } else { 0.5 })
}

/// One number a cell, of all buckets that touch it by `of`, joined by `join`; none where no step was made yet.
fn cells(
    line: &Line,
    columns: usize,
    last_step: u64,
    of: impl Fn(&Bucket) -> f64,
    join: impl Fn(&[f64]) -> f64,
) -> Vec<Option<f64>> {
    let mut cells: Vec<Vec<f64>> = vec![Vec::new(); columns];
    let width = line.width.max(1) as f64;
    let scale = columns as f64 / last_step.max(1) as f64;
    for (i, bucket) in line.buckets.iter().enumerate().filter(|(_, bucket)| !bucket.is_absent()) {
        let (start, end) = (i as f64 * width * scale, (i + 1) as f64 * width * scale);
        // A bucket narrower than a cell belongs to the cell of its middle, so that a spike is one cell wide.
        let first = if end - start < 1.0 { f64::midpoint(start, end) } else { start } as usize;
        let end = if end - start < 1.0 { first + 1 } else { (end.ceil() as usize).max(first + 1) };
        cells.iter_mut().take(end).skip(first).for_each(|cell| cell.push(of(bucket)));
    }
    // A bucket without a finite value holds NaN, which wins, so that no fault is hidden.
    let joined = |cell: Vec<f64>| if cell.iter().any(|value| value.is_nan()) { f64::NAN } else { join(&cell) };
    cells.into_iter().map(|cell| (!cell.is_empty()).then(|| joined(cell))).collect()
}

/// Each cell's height by its share of the whole, 0..1; outside of that an arrow.
fn drawn(cells: Vec<Option<f64>>, look: Look, share: impl Fn(f64) -> f64) -> String {
    let height = |share: f64| match share {
        ..-1e-9 => look.pick('▼', 'v'),
        1.000_000_001.. => look.pick('▲', '^'),
        share => look.bar(1 + (share * 7.999).clamp(0.0, 7.0) as usize),
    };
    let shown = cells.into_iter().map(|cell| match cell {
        None => ' ',
        Some(value) if value.is_finite() => height(share(value)),
        Some(_) => look.pick('×', 'x'),
    });
    shown.collect::<String>().trim_end().to_owned()
}

/// The rows and columns of cells in which a map of a matrix is drawn into so many columns and rows.
pub fn cells_of(grid: &Grid, (width, height): (usize, usize)) -> (usize, usize) {
    let wide = if grid.columns * 2 <= width { 2 } else { 1 };
    (grid.rows.min(height), grid.columns.min(width / wide))
}

/// Draws a map of a matrix: darker is larger, the darkest is the largest cell. Cells are doubled in width where there
/// is room, and joined (their mean taken) where there is not. Returns the largest cell's value, and the size drawn.
pub fn map(pen: &mut Pen<'_>, grid: &Grid) -> Option<(f64, usize, usize)> {
    let (rows, columns) = (grid.rows, grid.columns);
    if rows == 0 || columns == 0 || grid.cells.len() < rows * columns || pen.width() == 0 || pen.height() == 0 {
        return None;
    }
    let wide = if columns * 2 <= pen.width() { 2 } else { 1 };
    let (shown_rows, shown_columns) = cells_of(grid, (pen.width(), pen.height()));
    let span = |i: usize, shown: usize, all: usize| (i * all / shown)..((i + 1) * all / shown);
    let mut cells = Vec::with_capacity(shown_rows * shown_columns);
    for row in 0..shown_rows {
        for column in 0..shown_columns {
            let (mut sum, mut count) = (0.0, 0.0);
            for i in span(row, shown_rows, rows) {
                for j in span(column, shown_columns, columns) {
                    let value = grid.cells[i * columns + j];
                    if value.is_finite() {
                        sum += value;
                        count += 1.0;
                    }
                }
            }
            cells.push(if count > 0.0 { sum / count } else { f64::NAN });
        }
    }
    let most = cells.iter().copied().fold(0.0, f64::max);
    for (at, value) in cells.into_iter().enumerate() {
        let symbol = if !value.is_finite() {
            pen.look.pick('×', 'x')
        } else if most > 0.0 {
            pen.look.shade((value / most * 4.999).clamp(0.0, 4.0) as usize)
        } else {
            ' '
        };
        for i in 0..wide {
            pen.symbol(at % shown_columns * wide + i, at / shown_columns, symbol, Role::Text);
        }
    }
    Some((most, shown_columns * wide, shown_rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Series;
    use crate::ui::look::theme::Theme;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    const LOOK: Look = Look { theme: Theme::Mono, unicode: true };

    fn line(values: impl IntoIterator<Item = f64>) -> Line {
        let mut series = Series::new(Series::CAPACITY);
        values.into_iter().for_each(|value| series.push(value));
        Line { buckets: series.buckets(), width: series.width() }
    }

    #[test]
    fn a_spark_grows_to_the_right_and_keeps_its_spikes() {
        assert_eq!(sparkline(&line([1.0, 2.0, 4.0, 8.0]), 8, 8, LOOK), "▁▃▆█");
        let spiked = line((0..5000).map(|step| if step == 2500 { 256.0 } else { 1.0 }));
        assert_eq!(sparkline(&spiked, 10, 5000, LOOK), "▁▁▁▁▁█▁▁▁▁");
        assert_eq!(sparkline(&line([]), 8, 8, LOOK), "");
    }

    #[test]
    fn one_value_far_away_is_marked_and_leaves_the_others_their_heights() {
        let falls = |odd: f64| line((0..24).map(|step| if step == 12 { odd } else { 2_f64.powi(-step / 3) }));
        assert_eq!(sparkline(&falls(1e-30), 24, 24, LOOK), "███▇▇▇▆▆▆▅▅▅▼▄▄▃▃▃▂▂▂▁▁▁");
        assert_eq!(sparkline(&falls(1e30), 24, 24, LOOK), "███▇▇▇▆▆▆▅▅▅▲▄▄▃▃▃▂▂▂▁▁▁");
        let waves = line((0..24).map(|step| if step == 12 { 1e6 } else { f64::from(step % 3) }));
        assert_eq!(level(&waves, 24, 24, LOOK), "▁▄█▁▄█▁▄█▁▄█▲▄█▁▄█▁▄█▁▄█");
        let ascii = Look { unicode: false, ..LOOK };
        assert!(level(&waves, 24, 24, ascii).contains('^') && level(&waves, 24, 24, ascii).is_ascii());
        // Where all but one are the same there are no heights to keep.
        let once = line((0..24).map(|step| if step == 12 { 1e6 } else { 0.5 }));
        assert_eq!(level(&once, 24, 24, LOOK).matches('█').count(), 1);
    }

    #[test]
    fn a_value_logged_once_is_a_point() {
        let mut series = Series::new(Series::CAPACITY);
        series.push_many(Bucket::ABSENT, 99);
        series.push(0.7);
        let once = Line { buckets: series.buckets(), width: series.width() };
        assert_eq!(level(&once, 20, 200, LOOK), "         ▄");
        assert_eq!(level(&line([f64::NAN, 1.0]), 2, 2, LOOK), "×▄", "what is logged and no number is a fault");
    }

    #[test]
    fn a_level_knows_signs() {
        assert_eq!(level(&line([-1.0, 0.0, 1.0, f64::NAN]), 4, 4, LOOK), "▁▄█×");
        assert_eq!(level(&line([-f64::MAX, f64::MAX]), 2, 2, LOOK), "▁█");
        assert_eq!(level(&line([-1.0, 3.0, 0.0, 0.0, 1.0, 3.0]), 3, 6, LOOK), "▄▁█", "the mean of a cell's steps");
        assert_eq!(level(&line([3.0, 3.0]), 2, 2, LOOK), "▄▄");
    }

    #[test]
    fn values_without_a_height_are_marked() {
        assert_eq!(sparkline(&line([0.0, 1.0, f64::NAN, f64::INFINITY]), 4, 4, LOOK), "▁▄××");
        let ascii = Look { unicode: false, ..LOOK };
        assert!(sparkline(&line([0.1, f64::NAN, 9.0]), 3, 3, ascii).is_ascii());
    }

    #[test]
    fn a_map_joins_cells_where_room_is_short() {
        let grid = Grid { rows: 2, columns: 4, cells: vec![0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 4.0, f64::NAN] };
        let drawn = |width, height| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
            let area = buffer.area;
            let result = map(&mut Pen::new(&mut buffer, area, LOOK), &grid);
            (buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect::<String>(), result)
        };
        assert_eq!(drawn(8, 2), ("    ░░░░    ██××".to_owned(), Some((4.0, 8, 2))));
        assert_eq!(drawn(2, 1), (" █".to_owned(), Some((2.0, 2, 1))));
        assert_eq!(drawn(0, 3).1, None);
    }
}
