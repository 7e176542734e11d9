//! What expressions and observers see of a run beside its numbers: weights, gradients, states, updates. Nothing is copied before one is asked for.

use std::fmt;
use std::ops::Range;

use super::experiment::Experiment;
use crate::optim::StateValue;
use crate::program::Real;

/// Which of a run's tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The parameters.
    Weight,
    /// The gradient that the rule was given at the last step: with the penalty, after clipping.
    Gradient,
    /// What the rule keeps from step to step.
    State,
    /// What the last step added to the parameters: `W_new - W`, exact in `f64`.
    Update,
}

impl Part {
    /// All, in the order in which they are told.
    pub const ALL: [Self; 4] = [Self::Weight, Self::Gradient, Self::State, Self::Update];

    /// The function that gives it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Weight => "weight",
            Self::Gradient => "gradient",
            Self::State => "state",
            Self::Update => "update",
        }
    }
}

/// A copy of what was asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// Numbers row by row, and how many stand in a row.
    Tensor(Vec<f64>, usize),
    /// One number, as a state may be.
    Number(f64),
    /// It is not at hand, for the reason that this sentence tells.
    NotKept(&'static str),
}

/// Why nobody knows what the last step added.
const NO_UPDATE: Seen = Seen::NotKept(
    "what the last step added is not kept here, since nobody had asked for it before that step: ask again after another step",
);

/// A run whose tensors can be looked at.
pub trait Look {
    /// The names that a part has: of parameters, or of states as `state.safetensors` has them, `v.W1`.
    fn names(&self, part: Part) -> Vec<String>;
    /// What is of a name; of no name all parameters, one after the other in one column. Nothing if there is none.
    fn look(&self, part: Part, name: Option<&str>) -> Option<Seen>;
}

/// The runs of a sight in their order; none where only numbers are known.
#[derive(Clone, Default)]
pub struct Looks<'s>(pub Vec<&'s dyn Look>);

impl fmt::Debug for Looks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} runs", self.0.len())
    }
}

fn copied<F: Real>(values: &[F]) -> impl Iterator<Item = f64> + '_ {
    values.iter().map(|value| value.to_f64())
}

/// How many numbers stand in a row; one column has one.
fn columns(shape: &[usize]) -> usize {
    if shape.len() < 2 { 1 } else { shape[1..].iter().product() }
}

impl<F: Real> Look for Experiment<F> {
    fn names(&self, part: Part) -> Vec<String> {
        let parameters = self.layout().parameters().iter();
        match part {
            Part::Weight | Part::Gradient | Part::Update => {
                parameters.map(|parameter| parameter.name.clone()).collect()
            }
            Part::State => parameters
                .enumerate()
                .flat_map(|(at, parameter)| {
                    self.rule().state_of(at).map(move |(state, _)| format!("{state}.{}", parameter.name))
                })
                .collect(),
        }
    }

    fn look(&self, part: Part, name: Option<&str>) -> Option<Seen> {
        let parameters = self.layout().parameters();
        let values = |range: Range<usize>| -> Option<Vec<f64>> {
            match part {
                Part::Update => self.update(range),
                Part::Gradient => Some(copied(&self.grads().values()[range]).collect()),
                Part::Weight | Part::State => Some(copied(&self.params().values()[range]).collect()),
            }
        };
        match name {
            _ if part == Part::State => self.state(name?),
            None => {
                let parts: Option<Vec<Vec<f64>>> =
                    parameters.iter().map(|parameter| values(parameter.range())).collect();
                Some(parts.map_or(NO_UPDATE, |parts| Seen::Tensor(parts.concat(), 1)))
            }
            Some(name) => {
                let parameter = parameters.iter().find(|parameter| parameter.name == name)?;
                let columns = columns(&parameter.shape);
                Some(values(parameter.range()).map_or(NO_UPDATE, |values| Seen::Tensor(values, columns)))
            }
        }
    }
}

impl<F: Real> Experiment<F> {
    /// A state of a parameter by its name, `v.W1`.
    fn state(&self, name: &str) -> Option<Seen> {
        let (state, parameter) = name.rsplit_once('.')?;
        let at = self.layout().parameters().iter().position(|own| own.name == parameter)?;
        let rule = self.rule();
        let (place, value) = rule.placed_state_of(at).find(|(place, _)| rule.names()[*place] == state)?;
        Some(match value {
            StateValue::Number(number) => Seen::Number(number),
            StateValue::Tensor(values) => {
                let own = rule.shape_of(at, place).map(|shape| shape.columns as usize);
                let usual = || columns(&self.layout().parameters()[at].shape);
                Seen::Tensor(copied(values).collect(), own.unwrap_or_else(usual))
            }
        })
    }
}
