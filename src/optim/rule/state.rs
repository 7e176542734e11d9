//! A rule's state as plain data, copied and put back: all that its steps change and a later step depends on.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Rule, StatePlace};
use crate::error::{Error, Result, scrub};
use crate::optim::compiled::{Compiled, given_back};
use crate::optim::ledger::Microscope;
use crate::optim::smoothing::Correction;
use crate::optim::watch::RuleWatch;
use crate::program::Real;
use crate::program::Shape;

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

/// A state of one parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StateValue<'a, F> {
    /// One value an element.
    Tensor(&'a [F]),
    /// One number.
    Number(f64),
}

/// Looks at a step and keeps nothing of it.
pub(super) struct Unseen;

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
}

/// What is shown of an update that was watched.
pub struct Shown<F> {
    /// Of the update, and of its second gradient.
    microscopes: [Microscope<F>; 2],
    watched: u64,
    /// Of each group what explains averages, and what it was compiled to.
    groups: Vec<(Vec<f64>, Option<Arc<Compiled>>)>,
}

impl<F: Real> RuleState<F> {
    /// The memory in bytes that it takes.
    pub fn bytes(&self) -> usize {
        let tensors: usize = self.tensors.iter().map(|tensor| tensor.capacity() * size_of::<F>()).sum();
        let names: usize = self.states.iter().map(|name| 24 + name.len()).sum();
        tensors + 8 * self.numbers.capacity() + 16 * self.still.capacity() + names
    }
}

impl<F: Real> Rule<F> {
    /// Copies the state. What a rule that branches was compiled to is not part of it: the next trace finds it again.
    pub fn save(&mut self, copy: &mut RuleState<F>) {
        copy.rule.clone_from(&self.name);
        copy.states.resize_with(self.kept, String::new);
        for (copy, state) in copy.states.iter_mut().zip(&self.names) {
            copy.clone_from(state);
        }
        copy.tensors.resize_with(self.tensors.len(), Vec::new);
        for (copy, tensor) in copy.tensors.iter_mut().zip(&self.tensors) {
            copy.clear();
            copy.extend_from_slice(tensor);
        }
        copy.numbers.clear();
        copy.still.clone_from(&self.still);
        // Parameters may be grouped otherwise when it is put back.
        for (group, at) in &self.of {
            let group = &self.groups[*group];
            copy.numbers.extend_from_slice(&group.numbers[at * group.numbers_each..(at + 1) * group.numbers_each]);
        }
    }

    /// Whether a copy may be put back into this rule.
    ///
    /// # Errors
    /// It is of another rule, of other states, or of parameters of another size.
    pub fn accepts(&mut self, copy: &RuleState<F>) -> Result<()> {
        let own = &self.names[..self.kept];
        if copy.rule != self.name || copy.states != own {
            let told = |rule: &str, states: Vec<&str>| scrub(&format!("`{rule}` with state `{}`", states.join(", ")));
            let own = told(&self.name, own.iter().map(String::as_str).collect());
            let other = told(&copy.rule, copy.states.iter().map(String::as_str).collect());
            return Err(Error::user(format!("the state that was kept is of {other}, but the optimizer is {own}")));
        }
        let numbers = self.groups.iter().map(|group| group.numbers.len()).sum();
        let sizes = [self.tensors.len(), numbers, self.still.len()];
        let copied_sizes = [copy.tensors.len(), copy.numbers.len(), copy.still.len()];
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
        self.still.clone_from(&copy.still);
        self.microscope.forget();
        self.points.second.iter_mut().for_each(|second| second.microscope.forget());
        let mut numbers = copy.numbers.as_slice();
        for (group, at) in &self.of {
            let group = &mut self.groups[*group];
            let own = numbers.split_off(..group.numbers_each).unwrap_or_default();
            group.numbers[at * group.numbers_each..(at + 1) * group.numbers_each].copy_from_slice(own);
        }
        // What averages are divided by is known again with the next watched step.
        self.groups.iter_mut().for_each(|group| group.scalars.clear());
        Ok(())
    }

    /// The memory in bytes of its tensors.
    pub fn tensor_bytes(&self) -> usize {
        self.tensors.iter().map(|tensor| size_of_val(&tensor[..])).sum()
    }

    /// What is shown of the last watched update, put aside while others are made that nobody should see.
    pub fn put_aside(&mut self) -> Shown<F> {
        let scalars = self.groups.iter().map(|group| (group.scalars.clone(), group.watched.clone())).collect();
        Shown { microscopes: self.take_microscopes(), watched: self.watched, groups: scalars }
    }

    /// The same put back.
    pub fn put_back(&mut self, shown: Shown<F>) {
        let Shown { microscopes, watched, groups } = shown;
        self.put_microscopes(microscopes);
        self.watched = watched;
        for (group, (scalars, watched)) in self.groups.iter_mut().zip(groups) {
            (group.scalars, group.watched) = (scalars, watched);
        }
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
        let found = self.names[..self.kept].iter().enumerate().filter(|(_, state)| names.contains(state));
        let found = found.filter_map(|(at, state)| {
            (0..self.segments.len()).find_map(|parameter| match self.average(parameter, at) {
                (Some(decay), Correction::By(divisor)) => Some(LateStart { name: state.clone(), decay, divisor }),
                _ => None,
            })
        });
        let found = found.collect();
        self.restore(&before)?;
        tried.map(|()| found)
    }

    /// Every state as (name, tensor or number), for one parameter, for files and pictures.
    pub fn state_of(&self, parameter: usize) -> impl Iterator<Item = (&str, StateValue<'_, F>)> {
        self.placed_state_of(parameter).map(|(place, value)| (self.names[place].as_str(), value))
    }

    /// Every state of one parameter, each with its place in [`Rule::names`].
    pub fn placed_state_of(&self, parameter: usize) -> impl Iterator<Item = (usize, StateValue<'_, F>)> {
        let (group, at) = self.of[parameter];
        let group = &self.groups[group];
        group.state_places().zip(&group.places).map(move |((_, own), place)| {
            let value = match own {
                StatePlace::Tensor(tensor) => {
                    StateValue::Tensor(&self.tensors[tensor][self.places[tensor][parameter].clone()])
                }
                StatePlace::Number(number) => StateValue::Number(group.numbers[at * group.numbers_each + number]),
            };
            (*place, value)
        })
    }

    /// Goes on where a rule for the same parameters stands, with the values of all states of a parameter that have the same
    /// name and are of the same kind. Returns the names of the others, which start.
    pub fn go_on_with(&mut self, other: &Self) -> Vec<String> {
        let mut fresh: Vec<usize> = Vec::new();
        for parameter in 0..self.segments.len() {
            let (group, at) = self.of[parameter];
            let own: Vec<(usize, StatePlace)> = self.groups[group]
                .places
                .iter()
                .copied()
                .zip(self.groups[group].state_places().map(|(_, own)| own))
                .collect();
            for (place, own) in own {
                let found = other.state_of(parameter).filter(|(known, _)| *known == self.names[place]);
                let shape = self.shape_of(parameter, place);
                let alike = |value: &StateValue<'_, F>| match (own, value) {
                    (StatePlace::Tensor(_), StateValue::Tensor(_)) => {
                        let known = other.names.iter().position(|known| *known == self.names[place]);
                        known.is_some_and(|known| other.shape_of(parameter, known) == shape)
                    }
                    (StatePlace::Number(_), StateValue::Number(_)) => true,
                    _ => false,
                };
                let found = found.map(|(_, value)| value).find(alike);
                match (own, found) {
                    (StatePlace::Tensor(tensor), Some(StateValue::Tensor(values))) => {
                        self.tensors[tensor][self.places[tensor][parameter].clone()].copy_from_slice(values);
                    }
                    (StatePlace::Number(number), Some(StateValue::Number(value))) => {
                        let group = &mut self.groups[group];
                        group.numbers[at * group.numbers_each + number] = value;
                    }
                    _ if fresh.contains(&place) => {}
                    _ => fresh.push(place),
                }
            }
        }
        fresh.sort_unstable();
        fresh.into_iter().map(|place| self.names[place].clone()).collect()
    }

    /// Rows and columns of a tensor state of a parameter, by its place in [`Rule::names`]; none if it has the parameter's.
    pub fn shape_of(&self, parameter: usize, state: usize) -> Option<Shape> {
        let group = &self.groups[self.of.get(parameter)?.0];
        let mut own = group.state_places().zip(&group.places);
        let found = own.find(|(_, place)| **place == state).map(|((_, own), _)| own);
        if let Some(StatePlace::Tensor(tensor)) = found { group.state_shapes[tensor] } else { None }
    }

    /// A state is finite in all parameters that have it.
    pub(super) fn is_finite(&self, state: usize) -> bool {
        self.values_of(state).all(|(_, value)| match value {
            StateValue::Tensor(values) => values.iter().all(|value| value.finite()),
            StateValue::Number(value) => value.is_finite(),
        })
    }

    /// A state in each parameter that has it.
    fn values_of(&self, state: usize) -> impl Iterator<Item = (usize, StateValue<'_, F>)> {
        (0..self.segments.len()).flat_map(|at| self.placed_state_of(at)).filter(move |(place, _)| *place == state)
    }

    /// A number that tells the bits of a state, over all parameters, from others.
    pub(super) fn bits_of(&self, state: usize) -> u64 {
        let mut told = 0_u64;
        let mut mix = |value: f64| told = (told.rotate_left(5) ^ value.to_bits()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for (_, value) in self.values_of(state) {
            match value {
                StateValue::Tensor(values) => values.iter().for_each(|value| mix(value.to_f64())),
                StateValue::Number(value) => mix(value),
            }
        }
        told
    }

    /// Looks which states have changed since the start; one that has is not looked at again.
    pub fn look_for_change(&mut self) {
        for at in 0..self.still.len() {
            if self.still[at].is_some_and(|first| first != self.bits_of(at)) {
                self.still[at] = None;
            }
        }
    }

    /// States that [`Rule::look_for_change`] has never seen changed, though the update assigns them. Of a script that branches it
    /// is the way of the last step: what an `if` assigns at the first step alone, or has not come to yet, stands as it should.
    pub fn still(&self) -> impl Iterator<Item = &str> {
        let still = self.still.iter().enumerate().filter(|(_, still)| still.is_some());
        still.filter(|(state, _)| self.assigns(*state)).map(|(state, _)| self.names[state].as_str())
    }

    /// The last update has assigned a state, of some parameter; true where it is not known.
    fn assigns(&self, state: usize) -> bool {
        self.groups.iter().any(|group| {
            let own = group.places[..group.states.len()].iter().position(|place| *place == state);
            let leaves =
                |own| group.update.as_ref().is_some_and(|update| given_back(&group.states, update).contains(&own));
            own.is_some_and(|own| !leaves(own))
        })
    }
}
