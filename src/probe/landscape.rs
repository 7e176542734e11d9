//! The map of a landscape: which part of it is shown, its heights, and what moved the lab's own run in its last step.

use std::sync::Arc;

use super::path::Path;
use crate::optim::StateValue;
use crate::program::{Landscape, Real};
use crate::snapshot::{Grid, LandscapeView, Pull, widened};
use crate::train::Experiment;

/// Heights across and upwards: 97 and 65 over what is worth seeing, and as close beyond it. They are interpolated, so that
/// contours of a curved valley stay smooth.
const SIZE: (usize, usize) = (289, 193);
/// What a rule calls its average of gradients, which pulls as the gradient does.
const MOMENTUM: [&str; 4] = ["v", "m", "velocity", "momentum"];
/// The picture grows with a run that leaves it to so many times its first size; one that goes farther is out of it.
const MAX_GROWTH: f64 = 4.0;

/// The heights that were measured last. A landscape stays what it is, so they hold until another part of it is shown.
pub(crate) struct LandscapeProbe {
    landscape: Landscape,
    x: (f64, f64),
    y: (f64, f64),
    grid: Arc<Grid>,
}

impl LandscapeProbe {
    pub fn new(landscape: Landscape) -> Self {
        Self { landscape, x: (0.0, 0.0), y: (0.0, 0.0), grid: Arc::default() }
    }

    /// The landscape around these ways; `own` made the first of them. `broken`: the step after its last one was begun and not
    /// made, so that the gradient and the averages are of that one.
    pub fn view<F: Real>(&mut self, paths: &[(&str, &Path)], own: &Experiment<F>, broken: bool) -> LandscapeView {
        let [x, y] = window(paths).map(|end| (-end, end));
        if (x, y) != (self.x, self.y) {
            (self.x, self.y) = (x, y);
            self.grid = Arc::new(self.measure([x, y].map(|ends| widened(ends, LandscapeView::WIDER))));
        }
        let views = paths.iter().map(|(name, path)| {
            let here = path.here();
            path.view(name, self.landscape.at(here.x, here.y)[0])
        });
        let views = views.collect();
        let pulls = paths.first().map_or_else(Vec::new, |(_, path)| self.pulls(path, own, broken));
        LandscapeView { x, y, heights: self.grid.clone(), paths: views, pulls }
    }

    fn measure(&mut self, [x, y]: [(f64, f64); 2]) -> Grid {
        let (columns, rows) = SIZE;
        let between = |(low, high): (f64, f64), at: usize, of: usize| low + (high - low) * at as f64 / (of - 1) as f64;
        let mut cells = Vec::with_capacity(columns * rows);
        for row in 0..rows {
            let upwards = between((y.1, y.0), row, rows);
            for column in 0..columns {
                cells.push(self.landscape.at(between(x, column, columns), upwards)[0]);
            }
        }
        Grid { rows, columns, cells }
    }

    /// Before the first step the slope at the start; then the gradient that the last step used, the rule's average of
    /// gradients after it, and the step itself. What is not finite has no direction.
    fn pulls<F: Real>(&mut self, path: &Path, own: &Experiment<F>, broken: bool) -> Vec<Pull> {
        let pull = |name: String, from: [f64; 2], by: [f64; 2]| Pull { name, from, by };
        let mut pulls = Vec::with_capacity(3);
        let here = path.here();
        if let Some(before) = path.before() {
            let from = [before.x, before.y];
            let against = |values: &[F]| [0, 1].map(|at| -values[at].to_f64());
            let held = (!broken).then_some(own);
            pulls.extend(held.map(|own| pull("-g".into(), from, against(own.grads().get(0)))));
            for (name, value) in held.into_iter().flat_map(|own| own.rule().state_of(0)) {
                if let (StateValue::Tensor(values), true) = (value, MOMENTUM.contains(&name)) {
                    pulls.push(pull(format!("-{name}"), from, against(values)));
                }
            }
            pulls.push(pull("step".into(), from, [here.x - before.x, here.y - before.y]));
        } else {
            let [_, dx, dy] = self.landscape.at(here.x, here.y);
            pulls.push(pull("-g".into(), [here.x, here.y], [-dx, -dy]));
        }
        pulls.retain(|pull| pull.by.iter().all(|part| part.is_finite()));
        pulls
    }
}

/// How far from (0, 0) the landscape is worth seeing along each weight: the starts lie well inside, and what the runs have
/// reached since then, too. It grows in jumps, since a picture whose scale creeps is drawn anew all the time. Neither side is much longer
/// than the other, or a path along one weight would be flat.
fn window(paths: &[(&str, &Path)]) -> [f64; 2] {
    let largest =
        |of: fn(&Path) -> [f64; 2], axis: usize| paths.iter().map(|(_, path)| of(path)[axis]).fold(0.0, f64::max);
    let starts = [0, 1].map(|axis| rounded(1.2 * largest(|path| [path.start().x.abs(), path.start().y.abs()], axis)));
    let first = starts[0].max(starts[1]);
    let most = if first > 0.0 { MAX_GROWTH * first } else { MAX_GROWTH };
    let ends = [0, 1].map(|axis| rounded(1.05 * largest(Path::reach, axis)).max(starts[axis]).min(most));
    let least = ends[0].max(ends[1]) / 3.0;
    if least > 0.0 { ends.map(|end| end.max(rounded(least))) } else { [1.0, 1.0] }
}

/// A round number at or above a finite one that is not negative.
fn rounded(x: f64) -> f64 {
    if x <= 0.0 || !x.is_finite() {
        return 0.0;
    }
    let power = libm::pow(10.0, libm::log10(x).floor());
    let found = [1.0, 1.5, 2.0, 3.0, 5.0, 7.0].into_iter().find(|step| step * power >= x * (1.0 - 1e-9));
    found.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_holds_the_starts_grows_in_jumps_and_not_for_ever() {
        let mut path = Path::new([-4.0, 1.5]);
        assert_eq!(window(&[("own", &path)]), [5.0, 2.0]);
        path.push(1, [-4.9, -2.5]);
        assert_eq!(window(&[("own", &path)]), [7.0, 3.0]);
        path.push(2, [1e30, f64::INFINITY]);
        assert_eq!(window(&[("own", &path)]), [20.0, 7.0]);
        assert_eq!(window(&[("own", &Path::new([0.0, 0.0]))]), [1.0, 1.0]);
        assert_eq!(window(&[("flat", &Path::new([6.0, 0.0]))]), [10.0, 5.0]);
    }
}
