//! What an optimizer's script may say beside its update: `evaluate(w, state, h, t)`, the weights that evaluations look at, and
//! `second_point(w, dw, state, h, t)`, where a second gradient is taken that `update(w, dw, dw2, state, h, t)` gets. Each is
//! traced as the update is and changes nothing.

use std::sync::Arc;

use rhai::{Dynamic, Scope};

use super::advice;
use super::branches::Sites;
use super::each_parameter::EachParameter;
use super::engine;
use super::failure::{self, Stop, a_kind};
use super::hyper::{function_place, key_place};
use super::known;
use super::ledger;
use super::load::Script;
use super::optimizer::{Scalars, Traced, begin_update, initial_number};
use super::statements::Sentences;
use super::trace::{self, HyperHandle, StateHandle, Sym};
use crate::error::{Error, Result};
use crate::optim::{Asked, Body, Branch, ParameterFacts, RuleProgram, StateSpec, Tracer, Update};

/// One of the two functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Point {
    Evaluate,
    Second,
}

impl Point {
    fn name(self) -> &'static str {
        match self {
            Self::Evaluate => "evaluate",
            Self::Second => "second_point",
        }
    }

    fn parameters(self) -> usize {
        match self {
            Self::Evaluate => 4,
            Self::Second => 5,
        }
    }

    /// What is traced, see [`trace::begin`].
    fn what(self) -> &'static str {
        match self {
            Self::Evaluate => "an evaluation",
            Self::Second => "a second point",
        }
    }
}

/// The parameters of an update that is given a second gradient.
pub(super) const WITH_SECOND: &str = "w, dw, dw2, state, h, t";

/// The parameters of `update`: there is one more where a second gradient is taken.
pub(super) fn signature(script: &Script, usual: &'static str) -> &'static str {
    if script.defines(Point::Second.name(), Point::Second.parameters()) { WITH_SECOND } else { usual }
}

/// What is wrong where `update` is not given what `second_point` asks for, or is given what nobody asks for.
pub(super) fn unmatched(script: &Script) -> Option<Error> {
    let asks = script.defines(Point::Second.name(), Point::Second.parameters());
    let at = function_place(&script.source, "update");
    match (asks, script.parameters_count("update")) {
        (true, Some(5)) => {
            let error = Error::user("`second_point` asks for a second gradient, but `update` is not given it").at(at);
            Some(error.help(format!("write `fn update({WITH_SECOND}) {{ .. }}`")))
        }
        // What Python calls `self` is another mistake.
        (false, Some(6)) if script.parameters_of("update").iter().all(|name| name != "self") => {
            let error =
                Error::user("`update` has 6 parameters, but there is no second gradient that it could be given");
            let help = "say where it is taken by `fn second_point(w, dw, state, h, t) { .. }`, or write `fn update(w, dw, \
                        state, h, t) { .. }`";
            Some(error.at(at).help(help))
        }
        _ => None,
    }
}

/// The program of a parameter with the functions that its script has beside the update, and what these have asked.
pub(super) fn with_points(
    each: &EachParameter,
    parameter: &ParameterFacts,
    (mut program, mut asked): (RuleProgram, Asked),
) -> Result<(RuleProgram, Asked)> {
    let script = &each.script;
    for point in [Point::Evaluate, Point::Second] {
        if !script.defines(point.name(), point.parameters()) {
            continue;
        }
        let known = (each, &program.states[..], parameter);
        let (body, also) = body(point, known, asked)?;
        asked = also;
        match point {
            Point::Evaluate => program.evaluate = Some(body),
            Point::Second => program.second = Some(body),
        }
    }
    if program.evaluate.is_some() && program.states.iter().any(|state| state.name == "w") {
        let place = key_place(&script.source, "state", "w").unwrap_or_else(|| function_place(&script.source, "state"));
        return Err(Error::user(
            "a state cannot be called `w` where `evaluate` says what is evaluated: the weights that are trained are written \
             by that name",
        )
        .at(place)
        .help("call it otherwise, as in `mean: w`"));
    }
    Ok((program, asked))
}

fn body(
    point: Point,
    (each, states, parameter): (&EachParameter, &[StateSpec], &ParameterFacts),
    asked: Asked,
) -> Result<(Body, Asked)> {
    let EachParameter { script, hyper, usual, .. } = each;
    let before = trace::log_len();
    match trace_point(script, point, (states, hyper), (parameter, asked), (&Scalars::Symbolic, true)) {
        Ok(Traced { update, asked, .. }) => Ok((Body::Once(update), asked)),
        Err(Stop::Failed(error)) => Err(error),
        Err(Stop::Branches(_)) => {
            let numbers: Vec<f64> = states.iter().filter_map(initial_number).collect();
            let mut tracer = PointTracer {
                script: script.clone(),
                point,
                states: states.to_vec(),
                hyper: hyper.clone(),
                sites: Sites::default(),
                parameter: parameter.clone(),
                tried: false,
            };
            trace::cut_log(before);
            trace::without_log(|| {
                [1, 2, 1000].into_iter().try_for_each(|t| tracer.trace(t, usual, &numbers, false).map(drop))?;
                each.explore(&mut tracer, &numbers)
            })?;
            Ok((Body::EachStep(Box::new(tracer)), asked.and(super::parameter::may_ask(script))))
        }
    }
}

/// Calls one of the functions once for a parameter of which the script has asked something already.
fn trace_point(
    script: &Script,
    point: Point,
    (states, hyper): (&[StateSpec], &[String]),
    (parameter, asked): (&ParameterFacts, Asked),
    (scalars, told): (&Scalars<'_>, bool),
) -> std::result::Result<Traced, Stop> {
    let gradients = match point {
        Point::Evaluate => 0,
        Point::Second => 1,
    };
    let (w, dw, t) = begin_update((point.what(), gradients), (states, hyper), (parameter, asked), scalars, told);
    let mut scope = Scope::new();
    let (engine, ast, name) = (engine::traced(), script.called(), point.name());
    let result = match dw.first() {
        None => engine::call(engine, ast, name, &mut scope, (w, StateHandle, HyperHandle, t)),
        Some(dw) => engine::call(engine, ast, name, &mut scope, (w, *dw, StateHandle, HyperHandle, t)),
    };
    let value = result.map_err(|error| failure::stop(&script.source, &error))?;
    if matches!(scalars, Scalars::Symbolic) {
        known::printed(script, name)?;
    }
    finish(script, point, (&value, &scope)).map_err(Stop::Failed)
}

fn finish(script: &Script, point: Point, (value, scope): (&Dynamic, &Scope<'_>)) -> Result<Traced> {
    let source = &script.source;
    let name = point.name();
    let last = || advice::last_statement(source, name).unwrap_or_else(|| function_place(source, name));
    let trace = trace::end();
    let w = match value.clone().try_cast::<Sym>() {
        Some(sym) if trace.graph.facts(sym.id).tensor => sym.id,
        symbolic => {
            let kind = if symbolic.is_some() { "a number" } else { a_kind(value) };
            return Err(Error::user(format!("`{name}` should give weights in the shape of `w`, but gives {kind}"))
                .at(last())
                .help(match point {
                    Point::Evaluate => "its last line should be a tensor, as in `state.mean`",
                    Point::Second => "its last line should be a tensor, as in `w + h.rho * dw`",
                }));
        }
    };
    if let (Some(shape), Some(own)) = (trace.graph.facts(w).shape, trace.graph.own()) {
        let what = format!("`{name}` should give weights in the shape of `w`, which is {own}, but gives {shape}");
        return Err(Error::user(what).at(last()).help("a side of 1 is repeated where it meets `w`"));
    }
    // What is wrong with the weights is told by these.
    let sentences = trace.tape.is_some().then(|| Sentences::of(script, name));
    let statements =
        sentences.map(|sentences| ledger::statements((script, name), &sentences, &trace, scope, w)).unwrap_or_default();
    let made_at = ledger::places(source, &trace);
    let decided = trace.decisions();
    let asked = trace.parameter.map_or_else(Asked::default, |(_, asked)| asked);
    let totals = script.totals(&trace.totals);
    let update = Update { graph: trace.graph, w: Some(w), statements, made_at, totals, ..Update::default() };
    Ok(Traced { update, decided, asked })
}

/// A function that branches, with what it needs to be traced whenever it is asked.
struct PointTracer {
    script: Arc<Script>,
    point: Point,
    states: Vec<StateSpec>,
    hyper: Vec<String>,
    sites: Sites,
    parameter: ParameterFacts,
    tried: bool,
}

impl Tracer for PointTracer {
    fn branch(&mut self, t: u64, hyper: &[f64], numbers: &[f64]) -> Option<Branch> {
        let Self { script, point, states, hyper: names, sites, parameter, .. } = self;
        Some(sites.way(|sites| {
            let scalars = Scalars::Decided { t, hyper, numbers, sites };
            let parameter = (&*parameter, Asked::default());
            let traced = trace_point(script, *point, (&states[..], &names[..]), parameter, (&scalars, true))?;
            Ok((traced.update, traced.decided))
        }))
    }

    fn again(&self) -> Box<dyn Tracer> {
        Box::new(Self {
            script: self.script.clone(),
            point: self.point,
            states: self.states.clone(),
            hyper: self.hyper.clone(),
            sites: Sites::default(),
            parameter: self.parameter.clone(),
            tried: self.tried,
        })
    }

    fn is_tried(&mut self, tried: bool) {
        self.tried = tried;
    }

    fn trace(&mut self, t: u64, hyper: &[f64], numbers: &[f64], told: bool) -> Result<Update> {
        let scalars = Scalars::Concrete { t, hyper, numbers };
        let (names, parameter) = ((&self.states[..], &self.hyper[..]), (&self.parameter, Asked::default()));
        let traced = || trace_point(&self.script, self.point, names, parameter, (&scalars, told));
        match trace::log_unless(self.tried, traced) {
            Ok(traced) => Ok(traced.update),
            Err(Stop::Failed(error)) => Err(error),
            Err(Stop::Branches(error)) => {
                let place = error.place().cloned();
                let place = place.unwrap_or_else(|| function_place(&self.script.source, self.point.name()));
                Err(Error::user("an `if` depends on a number of the state that was made of a tensor")
                    .at(place)
                    .help("choose with `where(condition, value_if_true, value_if_false)` instead"))
            }
        }
    }
}
