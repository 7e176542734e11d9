//! Schedules by script: `rate(t, h)`, traced into a program of scalars, or called at every step if it branches.

use std::sync::Arc;

use rhai::{Dynamic, Map, Scope};

use super::failure::{self, Stop, a_kind};
use super::hyper::{HyperValue, function_place};
use super::load::Script;
use super::number::number;
use super::trace::{self, HyperHandle, Sym};
use super::{budget, engine, known, learning};
use crate::error::{Error, Result};
use crate::optim::Schedule;
use crate::program::{Folding, Machine, Program, Wanted};

/// The values of a script's parameters, by name.
pub type HyperValues = Vec<(String, HyperValue)>;

/// A schedule with its parameters. `t` is the number of updates already made.
pub fn schedule(script: &Arc<Script>, hyper: &HyperValues) -> Result<Box<dyn Schedule>> {
    if script.learns() {
        return learning::schedule(script, hyper);
    }
    let (value, graph) = match rate(script, hyper, None) {
        Err(Stop::Failed(error)) => return Err(error),
        Err(Stop::Branches(_)) => {
            let mut schedule = Called { script: script.clone(), hyper: hyper.clone(), cost: 1 };
            for t in [0, 1, 1000] {
                schedule.rate(t)?;
            }
            return Ok(Box::new(schedule));
        }
        Ok(value) => (value, trace::end().graph),
    };
    let mut graph = graph;
    let node = match (value.clone().try_cast::<Sym>(), number(&value)) {
        (Some(sym), _) => sym.id,
        (None, Some(number)) => graph.constant(number),
        (None, None) => return Err(not_a_number(script, &value)),
    };
    let program = Program::new(&graph, &Wanted { measures: &[node], ..Wanted::default() });
    Ok(Box::new(Traced { constants: program.constants().to_vec(), program, machine: Machine::new() }))
}

pub(super) fn not_a_number(script: &Script, value: &Dynamic) -> Error {
    Error::user(format!("`rate` should give a number, but gives {}", a_kind(value)))
        .at(function_place(&script.source, "rate"))
        .help("its last line should be the rate")
}

/// Calls `rate` with a symbolic `t`, or a number.
fn rate(script: &Script, hyper: &HyperValues, t: Option<u64>) -> std::result::Result<Dynamic, Stop> {
    trace::begin(Folding::Full, "a schedule", false);
    let t = trace::with(|trace| {
        trace.hyper = hyper.iter().map(|(name, value)| (name.clone(), value.to_dynamic())).collect();
        match t {
            None => {
                let id = trace.graph.uniform(0);
                Dynamic::from(trace.sym(id))
            }
            Some(t) => Dynamic::from(t as i64),
        }
    });
    let symbolic = t.is::<Sym>();
    let result = engine::call(engine::traced(), &script.ast, "rate", &mut Scope::new(), (t, HyperHandle));
    let value = result.map_err(|error| failure::stop(&script.source, &error))?;
    if symbolic {
        known::printed(script, "rate")?;
    }
    Ok(value)
}

struct Traced {
    program: Program,
    constants: Vec<f64>,
    machine: Machine<f64>,
}

impl Schedule for Traced {
    fn rate(&mut self, t: u64) -> Result<f64> {
        Ok(self.machine.scalar(&self.program, &self.constants, &[t as f64]))
    }
}

struct Called {
    script: Arc<Script>,
    hyper: HyperValues,
    /// Operations of the last call.
    cost: u64,
}

impl Schedule for Called {
    fn cost(&self) -> u64 {
        self.cost
    }

    fn rate(&mut self, t: u64) -> Result<f64> {
        let place = || function_place(&self.script.source, "rate");
        let called = rate(&self.script, &self.hyper, Some(t));
        self.cost = budget::operations().max(1);
        match called {
            Ok(value) => number(&value).ok_or_else(|| not_a_number(&self.script, &value)),
            Err(Stop::Failed(error)) => Err(error),
            Err(Stop::Branches(_)) => {
                Err(Error::fault("a schedule branched on a symbol though it was given numbers").at(place()))
            }
        }
    }
}

/// The values as a map, for functions that are called with plain numbers.
pub(super) fn to_map(hyper: &HyperValues) -> Map {
    hyper.iter().map(|(name, value)| (name.as_str().into(), value.to_counting())).collect()
}
