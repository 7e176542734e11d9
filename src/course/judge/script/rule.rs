//! Rules: both make the same updates of the same parameters, and have the same weights, the same state and the same weights to
//! evaluate after each.
//!
//! Weights and gradients are drawn from a stream of the case's own. Gradients are of six sizes, from 1 down to 0.00001, from
//! element to element, so that what is added to a root or into it shows. Numbers are of 64 bits, so that two ways to
//! write one formula differ by less than is compared.

use std::ops::Range;

use rand::RngExt;

use super::near::{number, same, should_be};
use super::pair::Pair;
use super::parting::parting;
use super::stop::{Meter, Stop};
use super::{Compared, Difference, with_line};
use crate::error::Result;
use crate::lab::plan::task::Case;
use crate::optim::{ParameterFacts, Reading, Rule, RuleParts, RuleWatch, StateValue};
use crate::program::{Layout, Parameter, ParameterKind};
use crate::random::{Purpose, hash, stream};
use crate::script::{HyperValue, HyperValues, rule, rule_as_far_as_it_goes, unassigned_states};
use crate::snapshot::element_name;

/// The parameters of a case that does not say which.
const SHAPES: [&[usize]; 2] = [&[3, 2], &[2]];
/// Sizes of gradients, each a tenth of the one before it.
const SIZES: usize = 6;

/// Weights that differ by a smaller share of how far they moved are hard to tell apart for a reader.
const SLIGHT: f64 = 0.01;

/// Compares both rules in a case.
pub(super) fn compare(pair: &Pair<'_>, case: &Case, meter: &mut Meter) -> Compared {
    let mut both = Both::new(pair, case, meter)?;
    for t in both.steps.clone() {
        both.step(t, meter, false)?;
        if let Some(found) = both.difference(t) {
            return Ok(Some(both.told(pair, case, &found)));
        }
    }
    Ok(None)
}

/// One of the two rules at work.
struct Side {
    rule: Rule<f64>,
    hyper: HyperValues,
    numbers: Vec<f64>,
    w: Vec<f64>,
    /// Where a second gradient is taken, and what it is.
    point: Vec<f64>,
    /// The weights that evaluations look at.
    evaluated: Vec<f64>,
}

impl Side {
    fn new(parts: RuleParts, hyper: HyperValues, w: &[f64], parameters: &[ParameterFacts]) -> Result<Self> {
        let mut w = w.to_vec();
        let number = |value: &HyperValue| if let HyperValue::Number(value) = value { *value } else { f64::NAN };
        let numbers = hyper.iter().map(|(_, value)| number(value)).collect();
        let rule = Rule::for_parameters(parts, &mut w, parameters, &vec![0; parameters.len()])?;
        Ok(Self { rule, hyper, numbers, point: w.clone(), evaluated: w.clone(), w })
    }

    fn step(&mut self, t: u64, dw: &[f64], watched: bool) -> Result<()> {
        let mut blind = Blind;
        let watch = watched.then_some(&mut blind as &mut dyn RuleWatch<f64>);
        self.rule.second_point((t, watched), &self.numbers, (&self.w, dw), &mut self.point)?;
        // A loss whose slope grows by as much as a weight does: another point has another gradient.
        for ((second, w), dw) in self.point.iter_mut().zip(&self.w).zip(dw) {
            *second = dw + (*second - w);
        }
        self.rule.step_with(t, &self.numbers, &mut self.w, [dw, &self.point], watch)?;
        self.rule.evaluated(t, &self.numbers, &self.w, &mut self.evaluated)
    }
}

/// A watched step is told; what else it shows is not wanted.
struct Blind;

impl RuleWatch<f64> for Blind {
    fn begin(&mut self, _: &[String]) {}
    fn block(&mut self, _: usize, _: usize, _: usize, _: &[f64]) {}
    fn number(&mut self, _: usize, _: usize, _: f64) {}
}

/// What it is that differs.
enum What {
    Weight,
    /// A state by its name; whether it is one number for its parameter.
    State(String, bool),
    /// A weight as evaluations look at it.
    Evaluated,
}

/// What differs after a step.
struct Found {
    t: u64,
    parameter: usize,
    element: usize,
    what: What,
    expected: f64,
    got: f64,
}

/// Both rules on the same parameters.
struct Both {
    layout: Layout,
    steps: Range<u64>,
    seed: u64,
    zero_gradient: bool,
    /// Updates made.
    made: u64,
    reference: Side,
    own: Side,
    first: Vec<f64>,
    dw: Vec<f64>,
    /// The largest size so far of each state that both have, element by element, by its name and parameter.
    sizes: Vec<Vec<f64>>,
}

impl Both {
    fn new(pair: &Pair<'_>, case: &Case, meter: &mut Meter) -> std::result::Result<Self, Stop> {
        let values = pair.values(case)?;
        let layout = layout(&case.shapes);
        // A case has numbers of its own, by its name.
        let seed = hash(&case.name);
        let mut first = vec![0.0; layout.len()];
        let mut draws = stream(seed, Purpose::Comparison, 0, 0);
        for parameter in layout.parameters() {
            first[parameter.range()].fill_with(|| draws.random_range(-1.0..1.0));
        }
        let parameters: Vec<ParameterFacts> = layout.parameters().iter().map(ParameterFacts::from).collect();
        let parts = rule(&pair.reference).map_err(|error| Stop::reference(&error))?;
        let reference = Side::new(parts, values.reference, &first, &parameters);
        let reference = reference.map_err(|error| Stop::reference(&error))?;
        let own = meter.own(|| Side::new(rule_as_far_as_it_goes(&pair.own)?, values.own, &first, &parameters))?;
        Ok(Self {
            steps: case.from..case.from + case.steps,
            seed,
            zero_gradient: case.zero_gradient,
            made: 0,
            dw: vec![0.0; layout.len()],
            sizes: Vec::new(),
            layout,
            reference,
            own,
            first,
        })
    }

    /// Update number `t` of both.
    fn step(&mut self, t: u64, meter: &mut Meter, watched: bool) -> std::result::Result<(), Stop> {
        if !self.zero_gradient {
            let mut draws = stream(self.seed, Purpose::Comparison, t, 1);
            let places = self.layout.parameters().iter().flat_map(Parameter::range);
            for (at, place) in places.enumerate() {
                // Away from 0, so that each element has the size that it is meant to have.
                let size: f64 = draws.random_range(0.2..1.0) * 0.1_f64.powi((at % SIZES) as i32);
                self.dw[place] = if draws.random() { size } else { -size };
            }
        }
        self.reference.step(t, &self.dw, watched).map_err(|error| Stop::reference(&error))?;
        let (own, dw) = (&mut self.own, &self.dw);
        let before = meter.left();
        meter.own(|| own.step(t, dw, watched))?;
        // A script that is called at every step makes at most as many nodes as it takes operations.
        let nodes = self.own.rule.operations().max(before - meter.left());
        meter.numbers(nodes * self.dw.len() as u64)?;
        self.made += 1;
        Ok(())
    }

    /// Rounding of so many updates, as a share of what is rounded.
    fn rounding(&self) -> f64 {
        (64 + self.made) as f64 * f64::EPSILON
    }

    /// The first weight that differs so much that it is seen, else the first that differs, else the first state, else the first
    /// weight that evaluations look at.
    fn difference(&mut self, t: u64) -> Option<Found> {
        let rounding = self.rounding();
        let weight = self.weight_difference(t, rounding, What::Weight);
        weight.or_else(|| self.state_difference(t, rounding)).or_else(|| {
            let evaluates = self.reference.rule.evaluates() || self.own.rule.evaluates();
            evaluates.then(|| self.weight_difference(t, rounding, What::Evaluated)).flatten()
        })
    }

    /// The same of the weights in training, or of those that evaluations look at.
    fn weight_difference(&self, t: u64, rounding: f64, what: What) -> Option<Found> {
        let weights = |side: &Side, place: usize| match &what {
            What::Evaluated => side.evaluated[place],
            _ => side.w[place],
        };
        let places = self.layout.parameters().iter().enumerate();
        let places = places.flat_map(|(parameter, of)| {
            of.range().enumerate().map(move |(element, place)| (parameter, element, place))
        });
        let mut differing = places.filter_map(|(parameter, element, place)| {
            let first = self.first[place];
            let (expected, got) = (weights(&self.reference, place), weights(&self.own, place));
            // Small updates of large weights are compared, too: what counts is how far a weight has moved.
            let moved = (expected - first).abs().max((got - first).abs());
            let differs = !same(expected, got, moved, rounding * first.abs().max(expected.abs()));
            let slightly = (expected - got).abs() < SLIGHT * moved;
            differs.then_some((slightly, (parameter, element, expected, got)))
        });
        let first = differing.next()?;
        let seen = if first.0 { differing.find(|(slightly, _)| !slightly) } else { None };
        let (_, (parameter, element, expected, got)) = seen.unwrap_or(first);
        drop(differing);
        Some(Found { t, parameter, element, what, expected, got })
    }

    fn state_difference(&mut self, t: u64, rounding: f64) -> Option<Found> {
        let mut row = 0;
        for parameter in 0..self.layout.parameters().len() {
            for (name, expected) in self.reference.rule.state_of(parameter) {
                let Some((_, got)) = self.own.rule.state_of(parameter).find(|(own, _)| *own == name) else { continue };
                let ((expected, whole), (got, number)) = (numbers(&expected), numbers(&got));
                if whole != number {
                    continue;
                }
                if self.sizes.len() <= row {
                    self.sizes.push(vec![0.0; expected.len()]);
                }
                for (element, (expected, got)) in expected.iter().zip(got).enumerate() {
                    let size = &mut self.sizes[row][element];
                    *size = size.max(expected.abs());
                    if !same(*expected, *got, expected.abs().max(got.abs()), rounding * *size) {
                        let (what, expected, got) = (What::State(name.to_owned(), whole), *expected, *got);
                        return Some(Found { t, parameter, element, what, expected, got });
                    }
                }
                row += 1;
            }
        }
        None
    }

    /// A difference as it is told: what it is, the numbers that came into that update, and where the ledgers part.
    fn told(&self, pair: &Pair<'_>, case: &Case, found: &Found) -> Difference {
        let parameter = &self.layout.parameters()[found.parameter];
        let weight = element_name(&parameter.name, &parameter.shape, found.element);
        let after = format!("after step {}", found.t);
        let should = should_be(found.expected, found.got);
        let mut details = Vec::new();
        let told = match &found.what {
            What::Weight => format!("{after} `{weight}` {should}"),
            What::State(state, true) => {
                format!("{after} the weights agree, but `state.{state}` of `{}` {should}", parameter.name)
            }
            What::State(state, false) => {
                format!("{after} the weights agree, but `state.{state}` of `{weight}` {should}")
            }
            What::Evaluated => {
                let lacks = |side: &Side, whose: String| {
                    let lacks = !side.rule.evaluates();
                    lacks.then(|| format!("{whose} has no `evaluate`: the weights in training are evaluated"))
                };
                details.extend(lacks(&self.own, pair.yours()));
                details.extend(lacks(&self.reference, pair.named()));
                format!("{after} the weights in training agree, but as it is evaluated `{weight}` {should}")
            }
        };
        // What comes of it is told of the very update, made once more with both rules looked at.
        if let Ok((reference, own)) = Self::readings(pair, case, found) {
            let given = |(name, value): (&String, &f64)| format!("{name} = {}", number(*value));
            let hyper: Vec<String> =
                self.own.hyper.iter().map(|(name, _)| name).zip(&self.own.numbers).map(given).collect();
            let dw = own.lines.first().map_or(f64::NAN, |line| line.value);
            let mut came = vec![format!("w = {}", number(own.before)), format!("dw = {}", number(dw))];
            came.extend(hyper);
            details.push(format!("into step {} of `{weight}` came {}", found.t, came.join(", ")));
            details.extend(parting(&reference, &own, &pair.own.source));
        }
        if let Ok(parts) = rule_as_far_as_it_goes(&pair.own) {
            details.extend(unassigned_states(&pair.own, &parts).iter().map(with_line));
        }
        Difference { told, details }
    }

    fn readings(pair: &Pair<'_>, case: &Case, found: &Found) -> std::result::Result<(Reading, Reading), Stop> {
        let mut meter = Meter::new();
        let mut both = Self::new(pair, case, &mut meter)?;
        for t in both.steps.start..found.t {
            both.step(t, &mut meter, false)?;
        }
        both.reference.rule.look_at(found.parameter, found.element);
        both.own.rule.look_at(found.parameter, found.element);
        both.step(found.t, &mut meter, true)?;
        let reading = |side: &Side| side.rule.reading().ok_or_else(|| Stop::author("an update left no ledger"));
        Ok((reading(&both.reference)?, reading(&both.own)?))
    }
}

/// The numbers of a state; whether it is one number for its parameter.
fn numbers<'a>(state: &'a StateValue<'a, f64>) -> (&'a [f64], bool) {
    match state {
        StateValue::Tensor(values) => (values, false),
        StateValue::Number(value) => (std::slice::from_ref(value), true),
    }
}

/// The parameters of a case: matrices are `W1`, `W2`, ..., vectors `b1`, `b2`, ...
fn layout(shapes: &[Vec<usize>]) -> Layout {
    let ours: Vec<Vec<usize>> = SHAPES.iter().map(|shape| shape.to_vec()).collect();
    let shapes = if shapes.is_empty() { &ours } else { shapes };
    let (mut layout, mut matrices, mut vectors) = (Layout::new(), 0, 0);
    for shape in shapes {
        let (letter, count, kind) = if shape.len() == 1 {
            ("b", &mut vectors, ParameterKind::Bias)
        } else {
            ("W", &mut matrices, ParameterKind::Weight)
        };
        *count += 1;
        layout.add(format!("{letter}{count}"), shape, kind);
    }
    layout
}
