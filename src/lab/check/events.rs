//! The key `events`: knobs that are turned on the way, as a hand turned them in a run that was saved.

use super::Check;
use super::optimizer::OptimizerSection;
use super::scripts::unknown;
use crate::error::Place;
use crate::lab::plan::knobs::Knob;
use crate::lab::read::field::Field;
use crate::script::{HyperValue, check_hyper};

/// How an event is written, for advice.
const EXAMPLE: &str = "for example `events: [{step: 57, set: {lr: 0.01}}]`: from the 58th step on";

/// A knob and where its value stands.
pub(super) struct PlacedKnob {
    pub knob: Knob,
    pub place: Place,
}

impl PlacedKnob {
    /// The knobs alone.
    pub fn knobs(events: Vec<Self>) -> Vec<Knob> {
        events.into_iter().map(|event| event.knob).collect()
    }
}

impl Check<'_> {
    /// Every knob with its step and where it stands, in the order of the lab.
    pub(super) fn events(
        &mut self,
        field: Option<&Field<'_>>,
        optimizer: Option<&OptimizerSection>,
    ) -> Option<Vec<PlacedKnob>> {
        let Some(field) = field else { return Some(Vec::new()) };
        let list = self.problems.keep(field.list().map_err(|error| error.help(EXAMPLE)))?;
        let mut knobs = Vec::with_capacity(list.len());
        let before = self.problems.len();
        for entry in list {
            let fields = entry.map("an event").map_err(|error| error.help(EXAMPLE));
            let Some(mut fields) = self.problems.keep(fields) else { continue };
            let step = fields.require("step").and_then(|step| step.whole(0..=u64::MAX));
            let step = self.problems.keep(step);
            let set = fields.require("set").and_then(|set| set.map("`set`")).map_err(|error| error.help(EXAMPLE));
            let set = self.problems.keep(set);
            fields.finish(&mut self.problems);
            let (Some(step), Some(mut set), Some(optimizer)) = (step, set, optimizer) else { continue };
            for (name, field) in set.rest() {
                knobs.extend(
                    self.knob(name, &field, optimizer).map(|value| PlacedKnob {
                        knob: Knob { step, name: name.into(), value },
                        place: field.place(),
                    }),
                );
            }
        }
        (self.problems.len() == before).then_some(knobs)
    }

    fn knob(&mut self, name: &str, field: &Field<'_>, optimizer: &OptimizerSection) -> Option<f64> {
        let script = &optimizer.plan.script;
        let Some(parameter) = script.parameter(name) else {
            self.problems.push(unknown(script, name, field, &[]));
            return None;
        };
        let number = field.number().and_then(|number| {
            let allowed = check_hyper(parameter, &HyperValue::Number(number));
            allowed.map(|()| number).map_err(|error| error.at(field.place()))
        });
        self.problems.keep(number)
    }
}
