//! The answers of measures that were given up: a run is made anew for each, which of a network takes its time and is then
//! somebody else's to do, beside all else.

use std::sync::Arc;

use super::Desk;
use crate::course::judge::measure;
use crate::lab::Lab;
use crate::lab::plan::Subject;
use crate::lab::plan::task::{Measure, TaskKind};
use crate::snapshot::TaskState;

/// The answer of a measure that was given up, ready to be worked out anywhere: a run of a network takes its time.
#[derive(Debug)]
pub struct Measuring {
    trusted: Arc<Lab>,
    asked: Measure,
}

impl Measuring {
    /// What a run made anew gives; none if it gives no number.
    pub fn measure(self) -> Option<f64> {
        measure::right(&self.trusted, &self.asked).ok()
    }
}

impl Desk {
    /// The measures that were given up and whose answers are not worked out yet.
    pub fn to_measure(&self) -> Vec<(String, Measuring)> {
        let given_up = self.tasks().filter_map(|task| match &task.kind {
            TaskKind::Measure(asked)
                if self.kept(&task.id).state() == TaskState::GivenUp && !self.measured.contains_key(&task.id) =>
            {
                let measuring = Measuring { trusted: self.trusted.clone(), asked: asked.clone() };
                Some((task.id.clone(), measuring))
            }
            _ => None,
        });
        given_up.collect()
    }

    /// The answer of a measure that was given up was worked out.
    pub fn measured(&mut self, id: &str, right: Option<f64>) {
        self.measured.insert(id.to_owned(), right);
    }

    /// Works out the answers of measures that were given up, where a run takes no time.
    pub(super) fn measure_given_up(&mut self) {
        if matches!(self.trusted.subject, Subject::Network(_)) {
            return;
        }
        for (id, measuring) in self.to_measure() {
            self.measured(&id, measuring.measure());
        }
    }
}
