//! A rule's state as plain data, copied and put back: all that its steps change and a later step depends on.

use serde::{Deserialize, Serialize};

use super::{Body, Rule, StateValue};
use crate::error::{Error, Result, scrub};
use crate::optim::smoothing::Correction;
use crate::optim::watch::RuleWatch;
use crate::program::Real;

/// An average that starts at 0 in the middle of a run, while its correction counts from the first step of the run.
#[derive(Debug, Clone, PartialEq)]
pub struct LateStart {
    /// The state.
    pub name: String,
    /// The share of its old value that it keeps at a step.
    pub decay: f64,
    /// What its first value is divided by.
    pub divisor: f64,
}

/// Looks at a step and keeps nothing of it.
struct Unseen;

impl<F> RuleWatch<F> for Unseen {
    fn begin(&mut self, _names: &[String]) {}
    fn block(&mut self, _name: usize, _parameter: usize, _start: usize, _values: &[F]) {}
    fn number(&mut self, _name: usize, _parameter: usize, _value: f64) {}
}

/// The copy. Its memory is used again by the next one. It can be written as bytes and read again, with every bit of its
/// numbers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RuleState<F> {
    /// The rule's name and those of its states, to know a copy of another rule by.
    rule: String,
    states: Vec<String>,
    /// One arena for each tensor state.
    tensors: Vec<Vec<F>>,
    /// Of the first parameter, then of the second, ...
    numbers: Vec<f64>,
    /// The first bits of each state that was not yet seen to change.
    still: Vec<Option<u64>>,
    /// What a rule that is traced at every step has found out on the way.
    learned: Vec<bool>,
}

impl<F: Real> RuleState<F> {
    /// The memory in bytes that it takes.
    pub fn bytes(&self) -> usize {
        let tensors: usize = self.tensors.iter().map(|tensor| tensor.capacity() * size_of::<F>()).sum();
        let names: usize = self.states.iter().map(|name| 24 + name.len()).sum();
        tensors + 8 * self.numbers.capacity() + 16 * self.still.capacity() + self.learned.capacity() + names
    }
}

impl<F: Real> Rule<F> {
    /// Copies the state. What a rule that is traced at every step was compiled to is not part of it: the next trace finds
    /// it again.
    pub fn save(&mut self, copy: &mut RuleState<F>) {
        copy.rule.clone_from(&self.name);
        copy.states.resize_with(self.states.len(), String::new);
        for (copy, state) in copy.states.iter_mut().zip(&self.states) {
            copy.clone_from(&state.name);
        }
        copy.tensors.resize_with(self.tensors.len(), Vec::new);
        for (copy, tensor) in copy.tensors.iter_mut().zip(&self.tensors) {
            copy.clear();
            copy.extend_from_slice(tensor);
        }
        copy.numbers.clone_from(&self.numbers);
        copy.still.clone_from(&self.still);
        copy.learned.clear();
        if let Body::EachStep(tracer) = &mut self.body {
            copy.learned.extend(tracer.learned().into_iter().flat_map(|flags| flags.iter().copied()));
        }
    }

    /// Whether a copy may be put back into this rule.
    ///
    /// # Errors
    /// It is of another rule, of other states, or of parameters of another size.
    pub fn accepts(&mut self, copy: &RuleState<F>) -> Result<()> {
        if copy.rule != self.name || !copy.states.iter().eq(self.states.iter().map(|state| &state.name)) {
            let told = |rule: &str, states: Vec<&str>| scrub(&format!("`{rule}` with state `{}`", states.join(", ")));
            let own = told(&self.name, self.states.iter().map(|state| state.name.as_str()).collect());
            let other = told(&copy.rule, copy.states.iter().map(String::as_str).collect());
            return Err(Error::user(format!("the state that was kept is of {other}, but the optimizer is {own}")));
        }
        let learned = match &mut self.body {
            Body::EachStep(tracer) => tracer.learned().map_or(0, |flags| flags.len()),
            Body::Once(_) => 0,
        };
        let sizes = [self.tensors.len(), self.numbers.len(), self.still.len(), learned];
        let copied_sizes = [copy.tensors.len(), copy.numbers.len(), copy.still.len(), copy.learned.len()];
        let tensors = self.tensors.iter().zip(&copy.tensors).all(|(own, copy)| own.len() == copy.len());
        if sizes != copied_sizes || !tensors {
            let name = &self.name;
            return Err(Error::user(format!("the state of `{name}` that was kept is of parameters of another size")));
        }
        Ok(())
    }

    /// Puts a copy back that this rule, or one made of the same parts, has made.
    ///
    /// # Errors
    /// The copy does not fit, see [`Rule::accepts`]. Nothing is changed then.
    pub fn restore(&mut self, copy: &RuleState<F>) -> Result<()> {
        self.accepts(copy)?;
        for (tensor, copy) in self.tensors.iter_mut().zip(&copy.tensors) {
            tensor.copy_from_slice(copy);
        }
        self.numbers.clone_from(&copy.numbers);
        self.still.clone_from(&copy.still);
        // What averages are divided by is known again with the next watched step.
        self.scalars.clear();
        self.microscope.forget();
        if let Body::EachStep(tracer) = &mut self.body
            && let Some(flags) = tracer.learned()
        {
            flags.clone_from(&copy.learned);
        }
        Ok(())
    }

    /// What update number `t` will divide averages by that start with it, as found by trying it on a copy of the weights:
    /// those of these states that are 0 everywhere now, are an average, and are divided by `1 - b^t` then. Nothing is
    /// changed by it but what the script prints meanwhile.
    ///
    /// # Errors
    /// The script fails.
    pub fn corrections_at(&mut self, t: u64, hyper: &[f64], w: &[F], states: &[String]) -> Result<Vec<LateStart>> {
        let zero = |rule: &Self, name: &str| {
            let parameters = 0..rule.segments.len();
            let mut values = parameters.flat_map(|at| rule.state_of(at)).filter(|(own, _)| *own == name);
            values.all(|(_, value)| match value {
                StateValue::Tensor(values) => values.iter().all(|value| *value == F::ZERO),
                StateValue::Number(_) => false,
            })
        };
        let names: Vec<String> = states.iter().filter(|name| zero(self, name)).cloned().collect();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut before = RuleState::default();
        self.save(&mut before);
        let (mut w, dw) = (w.to_vec(), vec![F::ZERO; w.len()]);
        let tried = self.step(t, hyper, &mut w, &dw, Some(&mut Unseen)).map(drop);
        let found = self.states.iter().enumerate().filter(|(_, state)| names.contains(&state.name));
        let found = found.filter_map(|(at, state)| match self.average(at) {
            (Some(decay), Correction::By(divisor)) => Some(LateStart { name: state.name.clone(), decay, divisor }),
            _ => None,
        });
        let found = found.collect();
        self.restore(&before)?;
        tried.map(|()| found)
    }

    /// Goes on where a rule for the same parameters stands, with the values of all states that have the same name and are
    /// of the same kind. Returns the names of the others, which start.
    pub fn go_on_with(&mut self, other: &Self) -> Vec<String> {
        let mut fresh = Vec::new();
        let places = |rule: &Self| {
            let (mut tensors, mut numbers) = (0, 0);
            let place = |state: &super::StateSpec| {
                let place = match state.initial {
                    super::Initial::Tensor(_) => &mut tensors,
                    super::Initial::Number(_) => &mut numbers,
                };
                *place += 1;
                (state.name.clone(), matches!(state.initial, super::Initial::Tensor(_)), *place - 1)
            };
            rule.states.iter().map(place).collect::<Vec<_>>()
        };
        let old = places(other);
        for (name, tensor, at) in places(self) {
            let found = old.iter().find(|(known, kind, _)| (known, *kind) == (&name, tensor));
            match found {
                None => fresh.push(name),
                Some((_, true, from)) => self.tensors[at].copy_from_slice(&other.tensors[*from]),
                Some((_, false, from)) => {
                    for parameter in 0..self.segments.len() {
                        self.numbers[parameter * self.numbers_each + at] =
                            other.numbers[parameter * other.numbers_each + from];
                    }
                }
            }
        }
        fresh
    }
}
