//! The programs of a rule's script, one for each parameter that gives it other answers.

use std::sync::Arc;

use super::branches::Sites;
use super::failure::Stop;
use super::load::Script;
use super::optimizer::{EachStep, Scalars, Traced, initial_number, trace_state, trace_update};
use super::parameter::may_ask;
use super::statements::Sentences;
use super::trace;
use super::{explore, points};
use crate::error::Result;
use crate::optim::{Asked, Body, ParameterFacts, ParameterTracer, RuleProgram, Tracer};

/// Traces a script for each parameter.
pub(super) struct EachParameter {
    pub script: Arc<Script>,
    pub hyper: Vec<String>,
    pub usual: Vec<f64>,
    pub sentences: Arc<Sentences>,
    /// A branching script is traced on every way that it is found to go: its parameters are known.
    pub explores: bool,
}

impl ParameterTracer for EachParameter {
    fn trace(&mut self, parameter: &ParameterFacts) -> Result<(RuleProgram, Asked)> {
        let program = self.update(parameter)?;
        points::with_points(self, parameter, program)
    }
}

impl EachParameter {
    /// Goes all ways of a function that branches, if that is wanted.
    pub fn explore(&self, tracer: &mut dyn Tracer, numbers: &[f64]) -> Result<()> {
        if self.explores { explore::explore(&self.script, tracer, &self.usual, numbers) } else { Ok(()) }
    }

    /// Goes all ways of all functions of a program.
    pub fn explore_all(&self, program: &mut RuleProgram) -> Result<()> {
        let numbers: Vec<f64> = program.states.iter().filter_map(initial_number).collect();
        let bodies = [Some(&mut program.body), program.evaluate.as_mut(), program.second.as_mut()];
        trace::without_log(|| {
            bodies.into_iter().flatten().try_for_each(|body| match body {
                Body::Once(_) => Ok(()),
                Body::EachStep(tracer) => explore::explore(&self.script, &mut *tracer.again(), &self.usual, &numbers),
            })
        })
    }

    /// The program of the update alone.
    fn update(&self, parameter: &ParameterFacts) -> Result<(RuleProgram, Asked)> {
        let Self { script, hyper, usual, sentences, .. } = self;
        let (start, states, asked) = trace_state(script, parameter)?;
        let before = trace::log_len();
        let scalars = Scalars::Symbolic;
        match trace_update(script, (&states, hyper), (parameter, asked), &scalars, Some(sentences)) {
            Ok(traced) => {
                let Traced { update, asked, .. } = traced;
                Ok((RuleProgram { states, start, body: Body::Once(update), evaluate: None, second: None }, asked))
            }
            Err(Stop::Failed(error)) => Err(error),
            Err(Stop::Branches(_)) => {
                let numbers: Vec<f64> = states.iter().filter_map(initial_number).collect();
                let mut tracer = EachStep {
                    script: script.clone(),
                    sites: Sites::default(),
                    states: states.clone(),
                    hyper: hyper.clone(),
                    sentences: sentences.clone(),
                    parameter: parameter.clone(),
                    tried: false,
                };
                // Some step is traced now, so that a wrong script is found before training; what it prints belongs to its
                // steps.
                trace::cut_log(before);
                trace::without_log(|| {
                    [1, 2, 1000].into_iter().try_for_each(|t| tracer.trace(t, usual, &numbers, true).map(drop))?;
                    self.explore(&mut tracer, &numbers)
                })?;
                // A later step may ask what these did not.
                let asked = may_ask(script);
                let body = Body::EachStep(Box::new(tracer));
                Ok((RuleProgram { states, start, body, evaluate: None, second: None }, asked))
            }
        }
    }
}
