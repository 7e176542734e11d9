//! The curve of each hyper-parameter over the run, for those who draw it: known ahead from its schedule, or written down as
//! it went where the schedule learns from the run.

use std::sync::Arc;

use crate::error::Result;
use crate::program::Real;
use crate::snapshot::{GroupNow, HyperCurve, HyperNow, Line};
use crate::train::{Experiment, Series};

/// Steps at which a schedule is asked ahead: more than a wide terminal has columns.
const POINTS: u64 = 256;

/// Values for the update after so many others.
type Ahead = Arc<Vec<(u64, f64)>>;

/// The curves, in the rule's order.
#[derive(Default)]
pub(crate) struct HyperCurves {
    ahead: Vec<Option<Ahead>>,
    first: Vec<f64>,
    /// Those that learn, by their places.
    learned: Vec<usize>,
}

impl HyperCurves {
    pub fn of<F: Real>(experiment: &Experiment<F>) -> Self {
        Self { learned: experiment.learning_hyper().collect(), ..Self::default() }
    }

    /// Somebody looks.
    pub fn looked(&self) -> bool {
        !self.first.is_empty()
    }

    /// Asks the schedules what comes, where somebody looks.
    pub fn look_ahead<F: Real>(&mut self, experiment: &mut Experiment<F>) {
        self.ahead = experiment.hyper_ahead(POINTS).into_iter().map(|points| points.map(Arc::new)).collect();
        self.first = experiment.hyper_first();
    }

    /// A step was made: those that learn are written down, each in its line.
    pub fn push<F: Real>(&mut self, experiment: &Experiment<F>, lines: &mut [Series]) {
        for (at, line) in self.learned.iter().zip(lines) {
            line.push(experiment.hyper_value(*at));
        }
    }

    /// As panes draw them.
    pub fn view<F: Real>(&self, experiment: &mut Experiment<F>, lines: &[Series]) -> Result<Vec<HyperNow>> {
        let curve = |at: usize, value: f64| {
            if let Some(series) = self.learned.iter().position(|other| *other == at).and_then(|place| lines.get(place))
            {
                return HyperCurve::Learned(Line { buckets: series.buckets(), width: series.width() });
            }
            match self.ahead.get(at) {
                Some(Some(points)) => HyperCurve::Known(points.clone()),
                _ => {
                    HyperCurve::Constant(self.first.get(at).copied().filter(|first| first.is_finite()).unwrap_or(value))
                }
            }
        };
        let all = experiment.hyper()?.into_iter().enumerate();
        let now = all.map(|(at, (name, value, scheduled))| HyperNow {
            name: name.to_owned(),
            value,
            scheduled,
            curve: curve(at, value),
            groups: Vec::new(),
        });
        let mut now: Vec<HyperNow> = now.collect();
        for (at, group, value) in experiment.hyper_of_groups() {
            now[at].groups.push(GroupNow { group: group.to_owned(), value });
        }
        Ok(now)
    }
}
