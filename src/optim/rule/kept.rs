//! A rule's state, copied and put back: all that its steps change and a later step depends on.

use std::sync::Arc;

use super::{Body, Compiled, Rule};
use crate::program::Real;

/// The copy. Its memory is used again by the next one.
#[derive(Clone)]
pub struct RuleKept<F> {
    tensors: Vec<Vec<F>>,
    numbers: Vec<f64>,
    still: Vec<Option<u64>>,
    /// What the names of a rule that is traced at every step are, and its constants.
    compiled: Option<Arc<Compiled>>,
    constants: Vec<f64>,
    learned: Vec<bool>,
}

impl<F> Default for RuleKept<F> {
    fn default() -> Self {
        Self {
            tensors: Vec::new(),
            numbers: Vec::new(),
            still: Vec::new(),
            compiled: None,
            constants: Vec::new(),
            learned: Vec::new(),
        }
    }
}

impl<F: Real> RuleKept<F> {
    /// The memory that it takes.
    pub fn bytes(&self) -> usize {
        let tensors: usize = self.tensors.iter().map(|tensor| tensor.capacity() * size_of::<F>()).sum();
        tensors + 8 * (self.numbers.capacity() + self.constants.capacity()) + 16 * self.still.capacity()
    }
}

impl<F: Real> Rule<F> {
    /// Copies the state.
    pub fn keep(&mut self, kept: &mut RuleKept<F>) {
        kept.tensors.resize_with(self.tensors.len(), Vec::new);
        for (kept, tensor) in kept.tensors.iter_mut().zip(&self.tensors) {
            kept.clear();
            kept.extend_from_slice(tensor);
        }
        kept.numbers.clone_from(&self.numbers);
        kept.still.clone_from(&self.still);
        kept.compiled = Some(self.compiled.clone());
        kept.constants.clone_from(&self.constants);
        kept.learned.clear();
        if let Body::EachStep(tracer) = &mut self.body {
            kept.learned.extend(tracer.learned().into_iter().flat_map(|flags| flags.iter().copied()));
        }
    }

    /// Puts a copy back that this rule, or one made of the same parts, has made.
    pub fn recall(&mut self, kept: &RuleKept<F>) {
        for (tensor, kept) in self.tensors.iter_mut().zip(&kept.tensors) {
            tensor.copy_from_slice(kept);
        }
        self.numbers.clone_from(&kept.numbers);
        self.still.clone_from(&kept.still);
        if let Some(compiled) = &kept.compiled {
            self.compiled = compiled.clone();
        }
        self.constants.clone_from(&kept.constants);
        // What averages are divided by is known again with the next watched step.
        self.scalars.clear();
        self.microscope.forget();
        if let Body::EachStep(tracer) = &mut self.body
            && let Some(flags) = tracer.learned()
        {
            flags.clone_from(&kept.learned);
        }
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
