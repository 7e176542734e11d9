//! How each hyper-parameter goes over the run, for those who draw it: known ahead from its schedule, or written down as
//! it went where the schedule learns from the run.

use std::sync::Arc;

use super::Run;
use crate::error::Result;
use crate::program::Real;
use crate::train::experiment::Experiment;
use crate::train::history::Series;
use crate::train::snapshot::{Course, HyperNow, Line};

/// Steps at which a schedule is asked ahead: more than a wide terminal has columns.
const POINTS: u64 = 256;

/// Values for the update after so many others.
type Ahead = Arc<Vec<(u64, f64)>>;

/// The courses, in the rule's order.
#[derive(Default)]
pub(super) struct Courses {
    ahead: Vec<Option<Ahead>>,
    first: Vec<f64>,
    /// Of those that learn, by their places.
    learned: Vec<(usize, Series)>,
}

impl Courses {
    pub fn of<F: Real>(experiment: &Experiment<F>) -> Self {
        let learned = experiment.learning_hyper().map(|at| (at, Series::new(256))).collect();
        Self { learned, ..Self::default() }
    }

    /// Those of another edition of the lab, after the steps that were made: what learns has no past of its own.
    pub fn of_another<F: Real>(experiment: &mut Experiment<F>, looked: bool) -> Self {
        let mut courses = Self::of(experiment);
        for (_, series) in &mut courses.learned {
            (0..experiment.steps()).for_each(|_| series.push(f64::NAN));
        }
        if looked {
            courses.look_ahead(experiment);
        }
        courses
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

    /// A step was made.
    pub fn push<F: Real>(&mut self, experiment: &Experiment<F>) {
        for (at, series) in &mut self.learned {
            series.push(experiment.hyper_value(*at));
        }
    }

    pub fn keep(&self) -> Vec<Series> {
        self.learned.iter().map(|(_, series)| series.clone()).collect()
    }

    pub fn recall(&mut self, kept: &[Series]) {
        self.learned.iter_mut().zip(kept).for_each(|((_, series), kept)| series.clone_from(kept));
    }

    /// As panes draw them.
    pub fn view<F: Real>(&self, experiment: &mut Experiment<F>) -> Result<Vec<HyperNow>> {
        let course = |at: usize, value: f64| {
            if let Some((_, series)) = self.learned.iter().find(|(other, _)| *other == at) {
                return Course::Learned(Line { buckets: series.buckets(), width: series.width() });
            }
            match self.ahead.get(at) {
                Some(Some(points)) => Course::Known(points.clone()),
                _ => Course::Constant(self.first.get(at).copied().filter(|first| first.is_finite()).unwrap_or(value)),
            }
        };
        let all = experiment.hyper()?.into_iter().enumerate();
        let now = all.map(|(at, (name, value, scheduled))| HyperNow {
            name: name.to_owned(),
            value,
            scheduled,
            course: course(at, value),
        });
        Ok(now.collect())
    }
}

impl<F: Real> Run<F> {
    /// Asks the schedules what comes, for those who look.
    pub fn look_ahead(&mut self) {
        self.courses.look_ahead(&mut self.experiment);
    }

    /// Another edition of the lab is in force.
    pub(super) fn look_ahead_anew(&mut self) {
        let looked = self.courses.looked();
        self.courses = Courses::of_another(&mut self.experiment, looked);
    }
}
