//! Which parameters share a program: those that give a script the same answers, and those whose programs have turned out the
//! same.

use super::parameter::{Asked, ParameterFacts};
use super::{Body, ParameterTracer, RuleProgram, Update};
use crate::error::Result;
use crate::optim::compiled::is_staged;
use crate::program::Graph;

/// The programs of these parameters, none of them twice, and for each parameter the place of its own.
pub(super) fn programs(
    first: RuleProgram,
    tracer: Option<&mut (dyn ParameterTracer + 'static)>,
    parameters: &[ParameterFacts],
) -> Result<(Vec<RuleProgram>, Vec<usize>)> {
    let Some(tracer) = tracer.filter(|_| !parameters.is_empty()) else {
        return Ok((vec![first], vec![0; parameters.len()]));
    };
    let mut programs: Vec<RuleProgram> = Vec::new();
    let mut known: Vec<(&ParameterFacts, Asked, usize)> = Vec::new();
    let mut own = Vec::with_capacity(parameters.len());
    for parameter in parameters {
        let alike = known.iter().find(|(other, asked, _)| asked.is_alike(other, parameter)).map(|(_, _, at)| *at);
        let at = if let Some(at) = alike {
            at
        } else {
            let (program, asked) = tracer.trace(parameter)?;
            let at = programs.iter().position(|other| other.is_same_as(&program)).unwrap_or(programs.len());
            if at == programs.len() {
                programs.push(program);
            }
            known.push((parameter, asked, at));
            at
        };
        own.push(at);
    }
    Ok((programs, own))
}

/// The same operations, on the same shapes where these count.
fn is_same(a: &Graph, b: &Graph) -> bool {
    a.nodes().eq(b.nodes()) && (a.own() == b.own() || !(is_staged(a) || is_staged(b)))
}

impl RuleProgram {
    /// Nothing that it computes, keeps or tells differs.
    fn is_same_as(&self, other: &Self) -> bool {
        let both = |a: &Option<Body>, b: &Option<Body>| match (a, b) {
            (Some(a), Some(b)) => a.is_same_as(b),
            (a, b) => a.is_none() && b.is_none(),
        };
        self.body.is_same_as(&other.body)
            && self.states == other.states
            && is_same(&self.start, &other.start)
            && both(&self.evaluate, &other.evaluate)
            && both(&self.second, &other.second)
    }
}

impl Update {
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        is_same(&self.graph, &other.graph)
            && (self.w, &self.states, &self.names) == (other.w, &other.states, &other.names)
            && self.statements == other.statements
    }
}
