//! An `if` on what is known before a step: `t`, hyper-parameters and numbers of the state.
//!
//! Such a script is traced with symbolic values like any other, so that no number of the step comes into its program; only
//! the conditions that it branches on are decided, by the numbers of the step, and kept with their outcomes. The program is
//! right for as long as they come out the same.
//!
//! Rhai does not tell which comparison an `if` has looked at, only that it was none of its own. The trace is begun anew
//! then, and decides the comparison that was looked at last; what `where` chooses by stays symbolic.

use rhai::Position;

use super::failure::Stop;
use super::optimizer::{EachStep, Scalars, trace_update};
use super::trace;
use crate::optim::{Asked, Branch, Update};
use crate::program::{Conditions, Graph, Known, NodeId};

/// The comparisons of a script that a trace decides, by their places.
#[derive(Debug, Clone, Default)]
pub(super) struct Sites {
    at: Vec<Position>,
    all: bool,
}

impl Sites {
    /// All that there are.
    pub fn all() -> Self {
        Self { all: true, ..Self::default() }
    }

    /// One more; all, if that one is known already or not known at all. False if all were known.
    fn add(&mut self, site: Option<Position>) -> bool {
        match site.filter(|site| !site.is_none() && !self.at.contains(site)) {
            Some(site) => self.at.push(site),
            None if self.all => return false,
            None => self.all = true,
        }
        true
    }

    fn have(&self, site: Position) -> bool {
        self.all || self.at.contains(&site)
    }
}

/// What a trace decides by, and what it has decided.
pub(super) struct Deciding {
    sites: Sites,
    known: Known,
    outcomes: Vec<(NodeId, bool)>,
}

impl Deciding {
    /// By the numbers of step `t`.
    pub fn new(sites: &Sites, t: u64, hyper: &[f64], numbers: &[f64]) -> Self {
        let uniforms = std::iter::once(t as f64).chain(hyper.iter().copied()).collect();
        Self { sites: sites.clone(), known: Known::new(uniforms, numbers.to_vec()), outcomes: Vec::new() }
    }

    /// Whether a condition holds, if it is a scalar of the kind that is known and is to be decided.
    pub fn holds(&mut self, graph: &Graph, id: NodeId, at: Position) -> Option<bool> {
        if !graph.facts(id).mask || !self.sites.have(at) {
            return None;
        }
        let holds = self.known.at(graph, id)? != 0.0;
        // A constant comes out the same for ever.
        if graph.constant_value(id).is_none() && self.outcomes.iter().all(|(known, _)| *known != id) {
            self.outcomes.push((id, holds));
        }
        Some(holds)
    }

    /// What was decided.
    pub fn conditions(&self, graph: &Graph) -> Conditions {
        Conditions::new(graph, &self.outcomes)
    }
}

impl Sites {
    /// The way that a script goes, by what a trace that decides these comparisons gives: its update, and what it has decided
    /// with whether it has put a value into words. It has no update of its own where the script wants numbers in place of
    /// symbolic values: to print them, to count by them, to name them.
    pub fn way<T>(&mut self, trace: T) -> Branch
    where
        T: Fn(&Self) -> Result<(Update, Option<(Conditions, bool)>), Stop>,
    {
        let before = trace::log_len();
        loop {
            match trace(self) {
                Ok((update, Some((conditions, worded)))) => {
                    // What was printed in symbols will be printed in numbers.
                    trace::cut_log(before);
                    return Branch { conditions, update: (!worded).then_some(update) };
                }
                Err(Stop::Branches(_)) if self.add(trace::with(|trace| trace.looked_at)) => {
                    trace::cut_log(before);
                }
                // What fails in symbols may do in numbers, and tells what is wrong if it does not.
                _ => {
                    trace::cut_log(before);
                    let conditions = trace::with(|trace| trace.decisions().map(|(conditions, _)| conditions));
                    return Branch { conditions: conditions.unwrap_or_default(), update: None };
                }
            }
        }
    }
}

impl EachStep {
    /// The way that the script goes with these numbers.
    pub(super) fn branch(&mut self, t: u64, hyper: &[f64], numbers: &[f64]) -> Branch {
        let Self { script, states, hyper: names, sites, sentences, parameter, .. } = self;
        sites.way(|sites| {
            let scalars = Scalars::Decided { t, hyper, numbers, sites };
            let names = (states.as_slice(), names.as_slice());
            let traced = trace_update(script, names, (parameter, Asked::default()), &scalars, Some(sentences))?;
            Ok((traced.update, traced.decided))
        })
    }
}
