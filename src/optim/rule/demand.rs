//! How many numbers a rule takes for parameters that are known, before any of them is taken.

use super::group::{Group, Members};
use super::parameter::ParameterFacts;
use super::places::Places;
use super::points::Which;
use super::staged::{numbers_of_step, start_of};
use super::{Body, RuleParts, sharing};
use crate::error::Result;
use crate::optim::compiled::is_staged;
use crate::program::Stages;

/// Numbers of the precision of the weights.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct RuleDemand {
    /// All tensors of its state.
    pub states: f64,
    /// What lies between them while a step is made, as the matrices of which a product is made.
    pub step: f64,
}

impl RuleParts {
    /// What the rule takes for these parameters. Of a rule that branches the step is the one that its first look takes.
    ///
    /// # Errors
    /// The script fails for one of them.
    pub fn demand(&mut self, parameters: &[ParameterFacts]) -> Result<RuleDemand> {
        let (programs, own) = sharing::programs(self.program.again(), self.by_parameter.as_deref_mut(), parameters)?;
        let end = parameters.iter().map(|parameter| parameter.range.end).max().unwrap_or(0);
        let Places { places, lengths } = Places::new(&programs, &own, parameters, end);
        let mut members = vec![Members::default(); programs.len()];
        for (at, (parameter, program)) in parameters.iter().zip(&own).enumerate() {
            let members = &mut members[*program];
            members.parameters.push(at);
            members.segments.push(parameter.range.clone());
            members.shapes.push(parameter.shape());
        }
        let mut step = 0.0;
        let mut start = 0.0_f64;
        for which in [Which::Update, Which::Evaluate, Which::Second] {
            let mut groups = Vec::with_capacity(programs.len());
            for (program, members) in programs.iter().zip(&members) {
                let program = match which {
                    Which::Update => {
                        // Its memory is given back before the first step.
                        let stages = is_staged(&program.start).then(|| start_of(program, &members.shapes)).flatten();
                        start = start.max(stages.map_or(0.0, |(stages, _)| Stages::numbers_for(&[&stages])));
                        Some(program.again())
                    }
                    _ => program.point(which),
                };
                let fused = |body: &Body| matches!(body, Body::Once(update) if !is_staged(&update.graph));
                if let Some(program) = program.filter(|program| !fused(&program.body)) {
                    groups.push(Group::new(program, members.clone(), 0, &self.usual)?);
                }
            }
            step += numbers_of_step(&groups, &places)?;
        }
        let states = lengths.iter().map(|length| *length as f64).sum();
        Ok(RuleDemand { states, step: step.max(start) })
    }
}
