//! Optimizers by script: `state(w)` and `update(w, dw, state, h, t)`, traced into a rule.

use std::sync::Arc;

use arrayvec::ArrayVec;
use rhai::{Dynamic, Map, Scope};

use super::advice;
use super::branches::{Deciding, Sites};
use super::each_parameter::EachParameter;
use super::engine;
use super::failure::{self, Stop, a_kind};
use super::hyper::{HyperParameter, HyperValue, function_place, key_place};
use super::known;
use super::ledger;
use super::load::Script;
use super::named;
use super::number::number;
use super::statements::Sentences;
use super::trace::{self, HyperHandle, StateHandle, StateValue, Sym};
use crate::error::{Error, Result};
use crate::optim::{Asked, Branch, Initial, ParameterFacts, ParameterTracer, RuleParts, StateSpec, Tracer, Update};
use crate::program::{Conditions, Folding, Graph, Slot, TENSORS};

/// The most values that `state(w)` may make, tensors and numbers together.
const MOST: usize = 200;

/// What `update` is called with: symbolic scalars, or the numbers of one step.
pub(super) enum Scalars<'a> {
    Symbolic,
    /// Symbolic scalars, and the numbers by which an `if` on them is decided.
    Decided {
        t: u64,
        hyper: &'a [f64],
        numbers: &'a [f64],
        sites: &'a Sites,
    },
    Concrete {
        t: u64,
        hyper: &'a [f64],
        numbers: &'a [f64],
    },
}

/// Traces `state` and `update` of an optimizer, for parameters of which nothing is known yet. `hyper` gives the names, in the order
/// that the rule will be given values.
///
/// # Errors
/// It fails when it is traced, or will where it was not: on a way that it goes at a later step, or by a name that is not there.
pub fn rule(script: &Arc<Script>) -> Result<RuleParts> {
    rule_for(script, &[])
}

/// The same for these parameters: it is tried with the first of them, and with the first bias, in the place of a matrix and a bias
/// that no network has.
///
/// # Errors
/// As [`rule`].
pub fn rule_for(script: &Arc<Script>, parameters: &[ParameterFacts]) -> Result<RuleParts> {
    made(script, parameters, true)
}

/// The same without a look at what it does not do yet: a script that fails late has done its work until then.
///
/// # Errors
/// It fails when it is traced.
pub fn rule_as_far_as_it_goes(script: &Arc<Script>) -> Result<RuleParts> {
    made(script, &[], false)
}

fn made(script: &Arc<Script>, parameters: &[ParameterFacts], ahead: bool) -> Result<RuleParts> {
    refuse_lost_state(script)?;
    let hyper: Vec<String> = script.hyper.iter().map(|h| h.name.clone()).collect();
    if let Some(other) = script.hyper.iter().find(|h| !matches!(h.default, HyperValue::Number(_))) {
        let kind = if matches!(other.default, HyperValue::List(_)) { "list" } else { "text" };
        return Err(Error::user(format!(
            "`{}` is a {kind}; the hyper-parameters of an optimizer are numbers",
            other.name
        ))
        .at(other.place.clone()));
    }
    let default = |h: &HyperParameter| if let HyperValue::Number(value) = h.default { value } else { 0.0 };
    let usual: Vec<f64> = script.hyper.iter().map(default).collect();
    let mut each = EachParameter {
        script: script.clone(),
        hyper: hyper.clone(),
        usual: usual.clone(),
        sentences: Arc::new(Sentences::of(script, "update")),
        explores: false,
    };
    let before = trace::log_len();
    let first = parameters.first().cloned().unwrap_or_else(|| ParameterFacts::weight(2, 3));
    let (mut program, asked) = each.trace(&first)?;
    let mut most_tensors = program.arenas();
    if ahead {
        script.refuse_unknown()?;
    }
    if asked.is_nothing() {
        if ahead {
            // It is the same for every parameter.
            each.explore_all(&mut program)?;
        }
        return Ok(RuleParts { name: script.name.clone(), hyper, usual, program, by_parameter: None, most_tensors });
    }
    // It is traced again for each parameter: what it prints belongs there.
    trace::cut_log(before);
    // A network need not have a bias: what goes wrong with one is told where there is one.
    let bias = parameters.iter().find(|parameter| parameter.kind == "bias").cloned();
    let bias = bias.unwrap_or_else(|| ParameterFacts::bias(3));
    if let Ok((bias, _)) = trace::without_log(|| each.trace(&bias)) {
        most_tensors = most_tensors.max(bias.arenas());
    }
    each.explores = ahead;
    let by_parameter = Some(Box::new(each) as Box<dyn ParameterTracer>);
    Ok(RuleParts { name: script.name.clone(), hyper, usual, program, by_parameter, most_tensors })
}

/// `state = ...` would change a local variable and nothing else.
fn refuse_lost_state(script: &Script) -> Result<()> {
    let Some(state) = script.parameters_of("update").into_iter().rev().nth(2) else { return Ok(()) };
    match script.assigned(&state) {
        None => Ok(()),
        Some(place) => Err(Error::user(format!("`{state}` cannot be replaced as a whole: the new one would be lost"))
            .at(place)
            .help(format!("assign its parts, as in `{state}.v = ...`"))),
    }
}

pub(super) fn initial_number(state: &StateSpec) -> Option<f64> {
    match state.initial {
        Initial::Number(value) => Some(value),
        Initial::Tensor(_) => None,
    }
}

/// The first values of the states of a parameter, and what the script asked of it.
pub(super) fn trace_state(script: &Script, parameter: &ParameterFacts) -> Result<(Graph, Vec<StateSpec>, Asked)> {
    if !script.defines("state", 1) {
        return Ok((Graph::default(), Vec::new(), Asked::default()));
    }
    let source = &script.source;
    trace::begin(Folding::Full, "a state", true);
    let w = trace::with(|trace| {
        trace.is_for(parameter, Asked::default());
        let id = trace.graph.tensor(Slot::Write(0));
        trace.sym(id)
    });
    let result = engine::call(engine::traced(), &script.ast, "state", &mut Scope::new(), (w,));
    let value = result.map_err(|error| failure::failed(source, &error))?;
    let trace = trace::end();
    let Some(map) = value.clone().try_cast::<Map>() else {
        return Err(Error::user(format!("`state(w)` should give a map, but gives {}", a_kind(&value)))
            .at(function_place(source, "state"))
            .help("write `fn state(w) { #{ v: zeros(w) } }`"));
    };
    if map.len() > MOST {
        return Err(Error::user(format!("`state(w)` makes {} values; {MOST} is the most", map.len()))
            .at(function_place(source, "state")));
    }
    let mut states = Vec::with_capacity(map.len());
    for (name, value) in &map {
        let place = key_place(source, "state", name).unwrap_or_else(|| function_place(source, "state"));
        let initial = match (value.clone().try_cast::<Sym>(), number(value)) {
            (Some(sym), _) if trace.graph.facts(sym.id).tensor => Initial::Tensor(sym.id),
            (None, Some(number)) => Initial::Number(number),
            _ => {
                return Err(Error::user(format!("`{name}` should begin as a tensor or a number"))
                    .at(place)
                    .help("`zeros(w)`, `ones(w)`, `like(w, 0.1)`, `w` itself, or a number such as `1.0`"));
            }
        };
        let shape = match initial {
            Initial::Tensor(id) => trace.graph.facts(id).shape,
            Initial::Number(_) => None,
        };
        states.push((place, StateSpec { name: name.to_string(), initial, shape }));
    }
    states.sort_by_key(|(place, _)| place.span.start);
    let tensors = states.iter().filter(|(_, s)| matches!(s.initial, Initial::Tensor(_))).count();
    if tensors >= TENSORS {
        return Err(Error::user(format!("{tensors} tensors of state are too many: {} is the most", TENSORS - 1))
            .at(function_place(source, "state")));
    }
    let asked = trace.parameter.map_or_else(Asked::default, |(_, asked)| asked);
    Ok((trace.graph, states.into_iter().map(|(_, state)| state).collect(), asked))
}

/// A traced call of `update`.
pub(super) struct Traced {
    pub update: Update,
    /// The conditions that were decided, and whether the script has put a value into words; none where nothing is decided.
    pub decided: Option<(Conditions, bool)>,
    /// What the script has asked of the parameter.
    pub asked: Asked,
}

/// Begins the trace of a function of an optimizer: its parameter, as many gradients as it is given, and `t`. What it does is kept
/// if it is to be told.
pub(super) fn begin_update(
    (what, gradients): (&'static str, u8),
    (states, hyper): (&[StateSpec], &[String]),
    (parameter, asked): (&ParameterFacts, Asked),
    scalars: &Scalars<'_>,
    told: bool,
) -> (Sym, ArrayVec<Sym, 2>, Dynamic) {
    let folding = if matches!(scalars, Scalars::Concrete { .. }) { Folding::Structural } else { Folding::Full };
    trace::begin(folding, what, true);
    trace::with(|trace| {
        trace.is_for(parameter, asked);
        if let Scalars::Decided { t, hyper, numbers, sites } = scalars {
            trace.decides(Deciding::new(sites, *t, hyper, numbers));
        }
        trace.tape = told.then(Vec::new);
        let w = trace.graph.tensor(Slot::Write(0));
        let gradients = (0..gradients).map(|place| trace.graph.tensor(Slot::Read(place)));
        let gradients: ArrayVec<_, 2> = gradients.collect();
        let (mut tensors, mut numbers) = (0_u8, 0_u16);
        for state in states {
            let (value, tensor) = match state.initial {
                Initial::Tensor(_) => {
                    tensors += 1;
                    let id = match state.shape {
                        Some(shape) => trace.graph.tensor_of(Slot::Write(tensors), shape),
                        None => trace.graph.tensor(Slot::Write(tensors)),
                    };
                    (Dynamic::from(trace.sym(id)), true)
                }
                Initial::Number(_) => {
                    numbers += 1;
                    let at = usize::from(numbers - 1);
                    let value = if let Scalars::Concrete { numbers: values, .. } = scalars {
                        Dynamic::from(values[at])
                    } else {
                        let id = trace.graph.number(numbers - 1);
                        Dynamic::from(trace.sym(id))
                    };
                    (value, false)
                }
            };
            trace.states.push(StateValue { name: state.name.clone(), value, tensor, shape: state.shape });
        }
        for (at, name) in hyper.iter().enumerate() {
            let value = if let Scalars::Concrete { hyper, .. } = scalars {
                Dynamic::from(hyper[at])
            } else {
                let id = trace.graph.uniform(at as u16 + 1);
                Dynamic::from(trace.sym(id))
            };
            trace.hyper.push((name.clone(), value));
        }
        let t = if let Scalars::Concrete { t, .. } = scalars {
            Dynamic::from(*t as i64)
        } else {
            let id = trace.graph.uniform(0);
            Dynamic::from(trace.sym(id))
        };
        (trace.sym(w), gradients.into_iter().map(|id| trace.sym(id)).collect(), t)
    })
}

/// Calls `update` once for a parameter of which the script has asked something already, and tells its statements if there are
/// `sentences` to tell them by.
pub(super) fn trace_update(
    script: &Script,
    (states, hyper): (&[StateSpec], &[String]),
    (parameter, asked): (&ParameterFacts, Asked),
    scalars: &Scalars<'_>,
    sentences: Option<&Sentences>,
) -> std::result::Result<Traced, Stop> {
    let gradients = if script.defines("update", 6) { 2 } else { 1 };
    let (w, dw, t) =
        begin_update(("an update", gradients), (states, hyper), (parameter, asked), scalars, sentences.is_some());
    let mut scope = Scope::new();
    let (engine, ast) = (engine::traced(), script.called());
    let result = match dw[..] {
        [dw, dw2] => engine::call(engine, ast, "update", &mut scope, (w, dw, dw2, StateHandle, HyperHandle, t)),
        _ => engine::call(engine, ast, "update", &mut scope, (w, dw[0], StateHandle, HyperHandle, t)),
    };
    let value = result.map_err(|error| failure::stop(&script.source, &error))?;
    if matches!(scalars, Scalars::Symbolic) {
        known::printed(script, "update")?;
    }
    finish(script, &value, &scope, sentences).map_err(Stop::Failed)
}

fn finish(script: &Script, value: &Dynamic, scope: &Scope<'_>, sentences: Option<&Sentences>) -> Result<Traced> {
    let last = || {
        let source = &script.source;
        advice::last_statement(source, "update").unwrap_or_else(|| function_place(source, "update"))
    };
    let mut trace = trace::end();
    let w = match value.clone().try_cast::<Sym>() {
        Some(sym) if trace.graph.facts(sym.id).tensor => sym.id,
        _ if value.is_unit() => {
            let last = last();
            let w = script.parameters_of("update").into_iter().next().unwrap_or_default();
            let line = &script.source.text[last.span.clone()];
            let in_place =
                line.strip_prefix(&w).is_some_and(|rest| rest.trim_start().starts_with(['=', '+', '-', '*', '/']));
            let error = Error::user("`update` gives nothing back: its last line should be the new `w`").at(last);
            return Err(if in_place {
                error.help(format!("add a last line with `{w}` alone"))
            } else {
                error.help("end the function with it, as in `w - h.lr * dw`")
            });
        }
        _ => {
            let kind = if value.is::<Sym>() { "a number" } else { a_kind(value) };
            return Err(Error::user(format!("`update` should give the new `w`, but gives {kind}"))
                .at(last())
                .help("its last line should be a tensor, as in `w - h.lr * dw`"));
        }
    };
    if let (Some(shape), Some(own)) = (trace.graph.facts(w).shape, trace.graph.own()) {
        return Err(Error::user(format!("`update` should give the new `w`, which is {own}, but gives {shape}"))
            .at(last())
            .help("a side of 1 is repeated where it meets `w`, as in `w - h.lr * step`"));
    }
    let told = sentences.map(|sentences| ledger::statements((script, "update"), sentences, &trace, scope, w));
    let known: Vec<_> = trace.states.iter().filter_map(|state| state.value.clone().try_cast::<Sym>()).collect();
    let known: Vec<_> = known.into_iter().map(|sym| sym.id).collect();
    let names = named::names(script, sentences, &trace, scope, &known);
    let states_values = std::mem::take(&mut trace.states);
    let mut states = Vec::with_capacity(states_values.len());
    for state in states_values {
        states.push(match state.value.clone().try_cast::<Sym>() {
            Some(sym) => sym.id,
            None => trace.graph.constant(number(&state.value).unwrap_or(f64::NAN)),
        });
    }
    let statements = told.unwrap_or_default();
    let decided = trace.decisions();
    let made_at = ledger::places(&script.source, &trace);
    let asked = trace.parameter.map_or_else(Asked::default, |(_, asked)| asked);
    let totals = script.totals(&trace.totals);
    let update = Update { graph: trace.graph, w: Some(w), states, names, statements, made_at, totals };
    Ok(Traced { update, decided, asked })
}

/// A script that branches, with what it needs to be traced for a way that it goes, or at every step.
pub(super) struct EachStep {
    pub script: Arc<Script>,
    pub states: Vec<StateSpec>,
    pub hyper: Vec<String>,
    /// The comparisons that it is known to branch on.
    pub sites: Sites,
    pub sentences: Arc<Sentences>,
    /// The first of the parameters that it is traced for.
    pub parameter: ParameterFacts,
    /// What is printed is printed by no step.
    pub tried: bool,
}

impl Tracer for EachStep {
    fn again(&self) -> Box<dyn Tracer> {
        Box::new(Self {
            script: self.script.clone(),
            states: self.states.clone(),
            hyper: self.hyper.clone(),
            sites: self.sites.clone(),
            sentences: self.sentences.clone(),
            parameter: self.parameter.clone(),
            tried: self.tried,
        })
    }

    fn is_tried(&mut self, tried: bool) {
        self.tried = tried;
    }

    fn branch(&mut self, t: u64, hyper: &[f64], numbers: &[f64]) -> Option<Branch> {
        Some(Self::branch(self, t, hyper, numbers))
    }

    fn trace(&mut self, t: u64, hyper: &[f64], numbers: &[f64], told: bool) -> Result<Update> {
        let told = told.then_some(&*self.sentences);
        let scalars = Scalars::Concrete { t, hyper, numbers };
        let parameter = (&self.parameter, Asked::default());
        let names = (self.states.as_slice(), self.hyper.as_slice());
        let traced = trace::log_unless(self.tried, || trace_update(&self.script, names, parameter, &scalars, told));
        match traced {
            Ok(Traced { update, .. }) => Ok(update),
            Err(Stop::Failed(error) | Stop::Branches(error)) => Err(error),
        }
    }
}
