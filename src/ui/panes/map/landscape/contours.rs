//! Contours: lines of equal height, at round numbers that grow by factors, since heights near the lowest point differ by
//! little and far from it by much.

use crate::snapshot::Grid;
use crate::ui::canvas::raster::Raster;
use crate::ui::canvas::text;

/// The most contours.
const MOST: usize = 8;

/// The heights at which contours are.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Levels {
    /// What heights are counted from: 0, or the lowest height shown if that is below 0 or far above it.
    base: f64,
    /// Above the base, rising.
    heights: Vec<f64>,
}

/// The part of a grid between these shares of its width, and of its height from the top.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub u: (f64, f64),
    pub v: (f64, f64),
}

impl Part {
    /// The lowest and the highest of its heights, as far as they are finite.
    pub fn ends(self, grid: &Grid) -> (f64, f64) {
        // A cell at the very edge belongs to it.
        let within = |(from, to): (f64, f64), of: usize| {
            let last = of.saturating_sub(1) as f64;
            (from * last - 1e-9).clamp(0.0, last).ceil() as usize..=(to * last + 1e-9).clamp(0.0, last) as usize
        };
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for row in within(self.v, grid.rows) {
            let seen = within(self.u, grid.columns).filter_map(|column| grid.cells.get(row * grid.columns + column));
            for height in seen.filter(|height| height.is_finite()) {
                (low, high) = (low.min(*height), high.max(*height));
            }
        }
        (low, high)
    }
}

/// The round numbers below one, falling: 1, 3, 10, 30, ... Divided by powers of ten, not multiplied by their inverses: 0.3 is
/// 0.3.
fn rounds_below(span: f64) -> impl Iterator<Item = f64> {
    let top = span.log10().floor() as i32 + 1;
    let round = |factor: f64, power: i32| {
        if power < 0 { factor / 10_f64.powi(-power) } else { factor * 10_f64.powi(power) }
    };
    (0..).flat_map(move |k| [3.0, 1.0].map(|factor| round(factor, top - k))).filter(move |height| *height < span)
}

impl Levels {
    /// For heights between two. None of them if all is flat.
    pub fn of((low, high): (f64, f64)) -> Self {
        let base = if (0.0..=0.2 * high).contains(&low) { 0.0 } else { low };
        let span = high - base;
        if !(span > 0.0 && span.is_finite()) {
            return Self { base: 0.0, heights: Vec::new() };
        }
        let mut heights: Vec<f64> = rounds_below(span).take(MOST).collect();
        heights.reverse();
        Self { base, heights }
    }

    /// The same contours and those above them, where heights between two are seen.
    pub fn up_to(mut self, (low, high): (f64, f64)) -> Self {
        if self.base != 0.0 {
            self.base = self.base.min(low);
        }
        let span = high - self.base;
        if let (Some(last), true) = (self.heights.last().copied(), span > 0.0 && span.is_finite()) {
            let mut above: Vec<f64> = rounds_below(span).take_while(|height| *height > last).collect();
            above.reverse();
            self.heights.extend(above.into_iter().take(MOST));
        }
        self
    }

    /// `0.01 0.03 … 30 and so on`: the contours of any part, in a sentence.
    pub fn said(&self, between: &str) -> String {
        let told = self.told(between);
        match self.base {
            _ if self.heights.is_empty() => told,
            0.0 => format!("{told} and so on"),
            _ => format!("{told} and so on above the lowest height shown"),
        }
    }

    /// How many contours lie below a height.
    pub fn below(&self, height: f64) -> usize {
        self.heights.partition_point(|level| self.base + level <= height)
    }

    fn told(&self, between: &str) -> String {
        match self.heights.as_slice() {
            [] => "none: it is flat".to_owned(),
            [first, second, third, .., last] => {
                let [first, second, third, last] = [first, second, third, last].map(|height| text::filled(*height));
                format!("{first} {second} {third} {between} {last}")
            }
            few => few.iter().map(|height| text::filled(*height)).collect::<Vec<_>>().join(" "),
        }
    }

    /// `0.01 0.03 … 30`, above what if that is not 0.
    pub fn list(&self, between: &str) -> String {
        let told = self.told(between);
        if self.base == 0.0 { told } else { format!("{told} above {}", text::short(self.base)) }
    }
}

/// Sets a dot wherever a contour passes between it and the dot at its right or below it. The part fills the picture.
pub(super) fn draw(levels: &Levels, grid: &Grid, part: Part, raster: &mut Raster, layer: usize) {
    let (width, height) = (raster.width(), raster.height());
    if grid.columns < 2 || grid.rows < 2 || grid.cells.len() < grid.columns * grid.rows || width < 2 || height < 2 {
        return;
    }
    let share = |(from, to): (f64, f64), at: usize, of: usize| {
        (from + (to - from) * at as f64 / (of - 1) as f64).clamp(0.0, 1.0)
    };
    let row = |y: usize| -> Vec<usize> {
        (0..width).map(|x| levels.below(between(grid, share(part.u, x, width), share(part.v, y, height)))).collect()
    };
    let mut here = row(0);
    for y in 0..height {
        let next = if y + 1 < height { row(y + 1) } else { here.clone() };
        for x in 0..width {
            let right = here.get(x + 1).copied().unwrap_or(here[x]);
            if right != here[x] || next[x] != here[x] {
                raster.dot(layer, x, y);
            }
        }
        here = next;
    }
}

/// The height at shares of the grid's width and height, interpolated in both directions.
fn between(grid: &Grid, u: f64, v: f64) -> f64 {
    let (x, y) = (u * (grid.columns - 1) as f64, v * (grid.rows - 1) as f64);
    let (column, row) = ((x as usize).min(grid.columns - 2), (y as usize).min(grid.rows - 2));
    let (right, down) = (x - column as f64, y - row as f64);
    let cell = |dy: usize, dx: usize| grid.cells[(row + dy) * grid.columns + column + dx];
    let upper = cell(0, 0) * (1.0 - right) + cell(0, 1) * right;
    let lower = cell(1, 0) * (1.0 - right) + cell(1, 1) * right;
    upper * (1.0 - down) + lower * down
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_round_and_grow_by_factors() {
        let levels = Levels::of((0.0, 39.2));
        assert_eq!(levels.heights, [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0]);
        assert_eq!((levels.below(0.0), levels.below(0.02), levels.below(39.0)), (0, 1, 8));
        assert_eq!(levels.list("…"), "0.01 0.03 0.1 … 30");
        assert_eq!(levels.said("…"), "0.01 0.03 0.1 … 30 and so on");
    }

    #[test]
    fn below_zero_they_are_counted_from_the_lowest_point() {
        let grid = Grid { rows: 1, columns: 3, cells: vec![-2.0, 1.5, f64::NAN] };
        let whole = Part { u: (0.0, 1.0), v: (0.0, 1.0) };
        let levels = Levels::of(whole.ends(&grid));
        assert_eq!((levels.base, levels.heights.last()), (-2.0, Some(&3.0)));
        assert!(levels.list("..").ends_with("above -2.00"), "{}", levels.list(".."));
        assert!(levels.said("..").ends_with("3 and so on above the lowest height shown"), "{}", levels.said(".."));
        assert_eq!(Levels::of((7.0, 7.0)).list(".."), "none: it is flat");
        assert_eq!(Levels::of((7.0, 7.0)).said(".."), "none: it is flat");
        let lost = Grid { rows: 1, columns: 1, cells: vec![f64::NAN] };
        assert_eq!(Levels::of(whole.ends(&lost)).heights.len(), 0);
    }

    #[test]
    fn where_more_is_seen_there_are_more_above_and_none_is_lost() {
        let levels = Levels::of((0.0, 39.2)).up_to((0.0, 320.0));
        assert_eq!(levels.heights, [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0]);
        assert_eq!(Levels::of((0.0, 39.2)).up_to((0.0, 39.2)), Levels::of((0.0, 39.2)));
        assert_eq!(Levels::of((0.0, 39.2)).up_to((0.0, 1e300)).heights.len(), 2 * MOST);
        assert_eq!(Levels::of((0.0, 39.2)).up_to((0.0, f64::INFINITY)), Levels::of((0.0, 39.2)));
        // A saddle, that goes farther down where more of it is seen.
        let saddle = Levels::of((-2.0, 1.5)).up_to((-9.0, 1.5));
        assert_eq!((saddle.base, saddle.heights.last()), (-9.0, Some(&10.0)));
        assert_eq!(Levels::of((7.0, 7.0)).up_to((7.0, 9.0)).heights.len(), 0);
    }

    #[test]
    fn the_ends_of_a_part_are_those_of_its_own_heights() {
        let grid = Grid { rows: 3, columns: 3, cells: (0..9).map(f64::from).collect() };
        assert_eq!(Part { u: (0.0, 1.0), v: (0.0, 1.0) }.ends(&grid), (0.0, 8.0));
        assert_eq!(Part { u: (0.5, 1.0), v: (0.25, 0.75) }.ends(&grid), (4.0, 5.0));
    }

    #[test]
    fn heights_between_points_are_interpolated() {
        let grid = Grid { rows: 2, columns: 2, cells: vec![0.0, 1.0, 2.0, 3.0] };
        assert_eq!([between(&grid, 0.0, 0.0), between(&grid, 1.0, 1.0), between(&grid, 0.5, 0.5)], [0.0, 3.0, 1.5]);
    }
}
