//! What drives a hyper-parameter: its schedule under the knobs that the lab turns, within the range of the rule's script.

use crate::error::Result;
use crate::lab::plan::knobs::Knob;
use crate::optim::{MadeOf, Memory, RunView, Schedule};
use crate::script::{self, HyperParameter, HyperValue};

/// The turns of one knob, in the order of their steps; of several at one step the last counts.
pub(super) fn turns(events: &[Knob], name: &str) -> Vec<(u64, f64)> {
    let mut turns: Vec<(u64, f64)> =
        events.iter().filter(|knob| knob.name == name).map(|knob| (knob.step, knob.value)).collect();
    turns.sort_by_key(|(step, _)| *step);
    turns
}

/// A schedule under the lab's turns, held to the range that the rule's script gives.
pub(super) fn driven(
    schedule: Box<dyn Schedule>,
    parameter: Option<&HyperParameter>,
    turns: Vec<(u64, f64)>,
) -> Box<dyn Schedule> {
    let parameter = parameter.filter(|parameter| parameter.range.is_some()).cloned();
    if parameter.is_none() && turns.is_empty() {
        return schedule;
    }
    Box::new(Driven { inner: schedule, parameter, turns })
}

struct Driven {
    inner: Box<dyn Schedule>,
    /// Of a hyper-parameter with a range.
    parameter: Option<HyperParameter>,
    turns: Vec<(u64, f64)>,
}

impl Driven {
    fn rate_by(&mut self, t: u64, ask: impl FnOnce(&mut dyn Schedule) -> Result<f64>) -> Result<f64> {
        let turned = self.turns.partition_point(|(step, _)| *step <= t);
        if let Some((_, value)) = turned.checked_sub(1).map(|last| self.turns[last]) {
            return Ok(value);
        }
        let value = ask(self.inner.as_mut())?;
        // What does not move was checked with the lab.
        if let Some(parameter) = self.parameter.as_ref().filter(|_| value.is_finite() && self.inner.moves()) {
            script::check_hyper(parameter, &HyperValue::Number(value)).map_err(|error| {
                error.at(parameter.place.clone()).help(format!("its schedule gave this at step {}", t + 1))
            })?;
        }
        Ok(value)
    }
}

impl Schedule for Driven {
    fn rate(&mut self, t: u64) -> Result<f64> {
        self.rate_by(t, |inner| inner.rate(t))
    }

    fn rate_of(&mut self, t: u64, run: &RunView) -> Result<f64> {
        self.rate_by(t, |inner| inner.rate_of(t, run))
    }

    fn before_turns(&mut self) -> Result<f64> {
        self.inner.rate(0)
    }

    fn cost(&self) -> u64 {
        self.inner.cost()
    }

    fn moves(&self) -> bool {
        self.inner.moves() || !self.turns.is_empty()
    }

    fn save(&self) -> Option<Memory> {
        self.inner.save()
    }

    fn restore(&mut self, memory: &Memory) -> Result<()> {
        self.inner.restore(memory)
    }

    fn allows(&self, value: f64) -> Result<()> {
        match &self.parameter {
            Some(parameter) => script::check_hyper(parameter, &HyperValue::Number(value)),
            None => Ok(()),
        }
    }

    fn made_of(&mut self, t: u64) -> Option<MadeOf> {
        self.inner.made_of(t)
    }

    fn turns(&self) -> &[(u64, f64)] {
        &self.turns
    }
}
