//! What expressions see of a run beside its numbers: weights, gradients, states. Nothing is copied before one is asked for.

use std::fmt;

use crate::optim::StateValue;
use crate::program::Real;
use crate::train::Experiment;

/// Which of a run's tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The parameters.
    Weight,
    /// The gradient that the rule was given at the last step: with the penalty, after clipping.
    Gradient,
    /// What the rule keeps from step to step.
    State,
}

impl Part {
    /// All, in the order in which they are told.
    pub const ALL: [Self; 3] = [Self::Weight, Self::Gradient, Self::State];

    /// The function that gives it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Weight => "weight",
            Self::Gradient => "gradient",
            Self::State => "state",
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
}

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
            Part::Weight | Part::Gradient => parameters.map(|parameter| parameter.name.clone()).collect(),
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
        let arena = match part {
            Part::Weight => self.params(),
            Part::Gradient => self.grads(),
            Part::State => {
                let (state, parameter) = name?.rsplit_once('.')?;
                let at = parameters.iter().position(|own| own.name == parameter)?;
                let rule = self.rule();
                let (place, value) = rule.placed_state_of(at).find(|(place, _)| rule.names()[*place] == state)?;
                return Some(match value {
                    StateValue::Number(number) => Seen::Number(number),
                    StateValue::Tensor(values) => {
                        let own = rule.shape_of(at, place).map(|shape| shape.columns as usize);
                        Seen::Tensor(copied(values).collect(), own.unwrap_or_else(|| columns(&parameters[at].shape)))
                    }
                });
            }
        };
        match name {
            None => Some(Seen::Tensor(
                parameters.iter().flat_map(|parameter| copied(&arena.values()[parameter.range()])).collect(),
                1,
            )),
            Some(name) => {
                let parameter = parameters.iter().find(|parameter| parameter.name == name)?;
                let values = copied(&arena.values()[parameter.range()]).collect();
                Some(Seen::Tensor(values, columns(&parameter.shape)))
            }
        }
    }
}
