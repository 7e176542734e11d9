//! Schedules by script: `rate(t, h)`, traced into a program of scalars, or called at every step if it branches.

use std::sync::Arc;

use rhai::{Dynamic, Map, Scope};

use super::branches::{Deciding, Sites};
use super::failure::{self, Stop, a_kind};
use super::hyper::{HyperValue, function_place};
use super::load::Script;
use super::number::number;
use super::statements::Sentences;
use super::trace::{self, HyperHandle, Sym};
use super::written::written;
use super::{budget, engine, known, learning, pointwise};
use crate::error::{Error, Place, Result};
use crate::optim::{MadeOf, Schedule};
use crate::program::{Folding, Function, Machine, NodeId, Program, Wanted};

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
            let mut schedule = Called { made: Maker { script: script.clone(), hyper: hyper.clone() }, cost: 1 };
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
    let made = Maker { script: script.clone(), hyper: hyper.clone() };
    Ok(Box::new(Traced { constants: program.constants().to_vec(), program, machine: Machine::new(), made }))
}

pub(super) fn not_a_number(script: &Script, value: &Dynamic) -> Error {
    Error::user(format!("`rate` should give a number, but gives {}", a_kind(value)))
        .at(function_place(&script.source, "rate"))
        .help("its last line should be the rate")
}

/// Calls `rate` with a symbolic `t`, or a number.
fn rate(script: &Script, hyper: &HyperValues, t: Option<u64>) -> std::result::Result<Dynamic, Stop> {
    let id = begin_rate(hyper, |_| {});
    let t = t.map_or_else(|| Dynamic::from(trace::with(|trace| trace.sym(id))), |t| Dynamic::from(t as i64));
    let symbolic = t.is::<Sym>();
    let result = engine::call(engine::traced(), &script.ast, "rate", &mut Scope::new(), (t, HyperHandle));
    let value = result.map_err(|error| failure::stop(&script.source, &error))?;
    if symbolic {
        known::printed(script, "rate")?;
    }
    Ok(value)
}

/// What tells of the operations of a value.
struct Maker {
    script: Arc<Script>,
    hyper: HyperValues,
}

impl Maker {
    /// The operations after so many updates, with the words in which they were written: all that it branches on is decided. None
    /// where the script wants the number itself.
    fn function(&self, t: u64) -> Option<Function> {
        let Self { script, hyper } = self;
        let before = trace::log_len();
        let id = begin_rate(hyper, |trace| {
            trace.tape = Some(Vec::new());
            trace.decides(Deciding::new(&Sites::all(), t, &[], &[]));
        });
        let (mut scope, t) = (Scope::new(), trace::with(|trace| trace.sym(id)));
        let result = engine::call(engine::traced(), &script.ast, "rate", &mut scope, (Dynamic::from(t), HyperHandle));
        let mut trace = trace::end();
        trace::cut_log(before);
        let value: Dynamic = result.ok()?;
        let output = match (value.clone().try_cast::<Sym>(), number(&value)) {
            (Some(sym), _) => sym.id,
            (None, number) => trace.graph.constant(number?),
        };
        let traced = pointwise::Traced { function: "rate", gives: "number", called: "rate", inputs: &[id] };
        Some(written(script, &traced, trace, &scope, output))
    }
}

/// Begins a trace of `rate` over the number of updates.
fn begin_rate(hyper: &HyperValues, also: impl FnOnce(&mut trace::Trace)) -> NodeId {
    trace::begin(Folding::Full, "a schedule", false);
    trace::with(|trace| {
        trace.hyper = hyper.iter().map(|(name, value)| (name.clone(), value.to_dynamic())).collect();
        also(trace);
        trace.graph.uniform(MadeOf::STEP)
    })
}

/// What is told of a value with these operations: the one statement of `rate` that gives one, if there is no other.
pub(super) fn made_of(script: &Script, function: Option<Function>) -> MadeOf {
    let place = function_place(&script.source, "rate");
    match Sentences::of(script, "rate").only_value() {
        Some(only) => MadeOf { function, place: Place { span: only.offset..only.offset, ..place }, gives: true },
        None => MadeOf { function, place, gives: false },
    }
}

struct Traced {
    program: Program,
    constants: Vec<f64>,
    machine: Machine<f64>,
    made: Maker,
}

impl Schedule for Traced {
    fn rate(&mut self, t: u64) -> Result<f64> {
        Ok(self.machine.scalar(&self.program, &self.constants, &[t as f64]))
    }

    fn made_of(&mut self, t: u64) -> Option<MadeOf> {
        Some(made_of(&self.made.script, self.made.function(t)))
    }
}

struct Called {
    made: Maker,
    /// Operations of the last call.
    cost: u64,
}

impl Schedule for Called {
    fn cost(&self) -> u64 {
        self.cost
    }

    fn made_of(&mut self, t: u64) -> Option<MadeOf> {
        Some(made_of(&self.made.script, self.made.function(t)))
    }

    fn rate(&mut self, t: u64) -> Result<f64> {
        let Maker { script, hyper } = &self.made;
        let place = || function_place(&script.source, "rate");
        let called = rate(script, hyper, Some(t));
        self.cost = budget::operations().max(1);
        match called {
            Ok(value) => number(&value).ok_or_else(|| not_a_number(script, &value)),
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
