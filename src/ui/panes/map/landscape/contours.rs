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

impl Levels {
    /// For a grid of heights. None of them if it is flat.
    pub fn of(grid: &Grid) -> Self {
        let finite = || grid.cells.iter().copied().filter(|height| height.is_finite());
        let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
        let base = if (0.0..=0.2 * high).contains(&low) { 0.0 } else { low };
        let span = high - base;
        if !(span > 0.0 && span.is_finite()) {
            return Self { base: 0.0, heights: Vec::new() };
        }
        // 1, 3, 10, 30, ... up to just below the highest. Divided by powers of ten, not multiplied by their inverses: 0.3 is 0.3.
        let top = span.log10().floor() as i32 + 1;
        let round = |factor: f64, power: i32| {
            if power < 0 { factor / 10_f64.powi(-power) } else { factor * 10_f64.powi(power) }
        };
        let down = (0..).flat_map(|k| [3.0, 1.0].map(|factor| round(factor, top - k)));
        let mut heights: Vec<f64> = down.filter(|height| *height < span).take(MOST).collect();
        heights.reverse();
        Self { base, heights }
    }

    /// How many contours lie below a height.
    pub fn below(&self, height: f64) -> usize {
        self.heights.partition_point(|level| self.base + level <= height)
    }

    /// `0.01 0.03 … 30`, above what if that is not 0.
    pub fn list(&self, between: &str) -> String {
        let told = match self.heights.as_slice() {
            [] => "none: it is flat".to_owned(),
            [first, second, third, .., last] => {
                let [first, second, third, last] = [first, second, third, last].map(|height| text::filled(*height));
                format!("{first} {second} {third} {between} {last}")
            }
            few => few.iter().map(|height| text::filled(*height)).collect::<Vec<_>>().join(" "),
        };
        if self.base == 0.0 { told } else { format!("{told} above {}", text::short(self.base)) }
    }
}

/// Sets a dot wherever a contour passes between it and the dot at its right or below it.
pub(super) fn draw(levels: &Levels, grid: &Grid, raster: &mut Raster, layer: usize) {
    let (width, height) = (raster.width(), raster.height());
    if grid.columns < 2 || grid.rows < 2 || grid.cells.len() < grid.columns * grid.rows || width < 2 || height < 2 {
        return;
    }
    let row = |y: usize| -> Vec<usize> {
        (0..width)
            .map(|x| levels.below(between(grid, x as f64 / (width - 1) as f64, y as f64 / (height - 1) as f64)))
            .collect()
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

    fn grid(cells: &[f64]) -> Grid {
        Grid { rows: 1, columns: cells.len(), cells: cells.to_vec() }
    }

    #[test]
    fn levels_are_round_and_grow_by_factors() {
        let levels = Levels::of(&grid(&[0.0, 39.2]));
        assert_eq!(levels.heights, [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0]);
        assert_eq!((levels.below(0.0), levels.below(0.02), levels.below(39.0)), (0, 1, 8));
        assert_eq!(levels.list("…"), "0.01 0.03 0.1 … 30");
    }

    #[test]
    fn below_zero_they_are_counted_from_the_lowest_point() {
        let levels = Levels::of(&grid(&[-2.0, 1.5, f64::NAN]));
        assert_eq!((levels.base, levels.heights.last()), (-2.0, Some(&3.0)));
        assert!(levels.list("..").ends_with("above -2.00"), "{}", levels.list(".."));
        assert_eq!(Levels::of(&grid(&[7.0, 7.0])).list(".."), "none: it is flat");
        assert_eq!(Levels::of(&grid(&[f64::NAN])).heights.len(), 0);
    }

    #[test]
    fn heights_between_points_are_interpolated() {
        let grid = Grid { rows: 2, columns: 2, cells: vec![0.0, 1.0, 2.0, 3.0] };
        assert_eq!([between(&grid, 0.0, 0.0), between(&grid, 1.0, 1.0), between(&grid, 0.5, 0.5)], [0.0, 3.0, 1.5]);
    }
}
