//! The way of a run over a landscape, kept as it goes: at most so many points, whatever the number of steps. The same steps
//! leave the same points, so that a way that was gone back on is the one that it was there.

use serde::{Deserialize, Serialize};

use crate::snapshot::{PathPoint, PathView};

/// The most points that are kept.
const MAX_POINTS: usize = 400;

/// The way so far.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Path {
    /// Every so many steps, the start first.
    points: Vec<PathPoint>,
    every: u64,
    /// Where it stands, and where it stood a step before.
    here: PathPoint,
    before: Option<PathPoint>,
    /// The largest |x| and |y| so far.
    reach: [f64; 2],
}

impl Path {
    /// A way that begins here. Room for all of its points is taken at once: a step takes none.
    pub fn new([x, y]: [f64; 2]) -> Self {
        let here = PathPoint { step: 0, x, y };
        let mut points = Vec::with_capacity(MAX_POINTS + 1);
        points.push(here);
        Self { points, every: 1, here, before: None, reach: [x.abs(), y.abs()] }
    }

    /// The memory that it takes.
    pub fn bytes(&self) -> usize {
        self.points.capacity() * size_of::<PathPoint>()
    }

    /// A step led here.
    pub fn push(&mut self, step: u64, [x, y]: [f64; 2]) {
        self.before = Some(self.here);
        self.here = PathPoint { step, x, y };
        self.reach = [self.reach[0].max(x.abs()), self.reach[1].max(y.abs())];
        if step.is_multiple_of(self.every) {
            self.points.push(self.here);
        }
        if self.points.len() > MAX_POINTS {
            self.every *= 2;
            let every = self.every;
            self.points.retain(|point| point.step.is_multiple_of(every));
        }
    }

    /// Where it began.
    pub fn start(&self) -> PathPoint {
        self.points[0]
    }

    /// Where it stands.
    pub fn here(&self) -> PathPoint {
        self.here
    }

    /// Where it stood a step before.
    pub fn before(&self) -> Option<PathPoint> {
        self.before
    }

    /// The largest |x| and |y| so far.
    pub fn reach(&self) -> [f64; 2] {
        self.reach
    }

    /// As it is shown.
    pub fn view(&self, name: &str, height: f64) -> PathView {
        let mut points = self.points.clone();
        if points.last().is_none_or(|last| last.step != self.here.step) {
            points.push(self.here);
        }
        PathView { name: name.to_owned(), points, every: self.every, height }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gone(steps: u64) -> Path {
        let mut path = Path::new([-1.0, 2.0]);
        (1..=steps).for_each(|step| path.push(step, [step as f64, 0.5]));
        path
    }

    #[test]
    fn a_long_way_has_its_start_its_end_and_few_points_between() {
        let view = gone(100_001).view("own", 0.0);
        assert!(view.points.len() <= MAX_POINTS + 1 && view.points.len() > MAX_POINTS / 2, "{}", view.points.len());
        assert_eq!((view.points[0].step, view.points.last().unwrap().step), (0, 100_001));
        assert!(view.points.windows(2).all(|pair| pair[1].step - pair[0].step <= view.every));
        assert_eq!(gone(100_001).reach(), [100_001.0, 2.0]);
    }

    #[test]
    fn a_copy_that_goes_on_goes_the_same_way() {
        let mut copy = gone(333);
        (334..=2000).for_each(|step| copy.push(step, [step as f64, 0.5]));
        assert_eq!(copy.view("own", 1.0), gone(2000).view("own", 1.0));
    }
}
