//! Which operation of the rule's script a broken run is to be blamed on. What an update was made of is gone when it has broken:
//! every so many steps the experiment is copied, and when it breaks the steps since the last copy are made once more, so that
//! the weights, the state and the gradients before each of them are known. A healthy run pays for the copies alone.

use super::{Experiment, ExperimentCheckpoint, Halt};
use crate::optim::{Broken, BrokenOperation, Rule, RuleState};
use crate::program::{Parameter, Real};
use crate::snapshot::{Divergence, element_name};
use crate::train::diagnosis::{cause, remedy};

/// Steps from one copy to the next: a copy takes less than a step, and to make so many steps again hardly a second.
const EVERY: u64 = 128;
/// The most bytes of weights and state that are copied.
const MOST: usize = 64 << 20;

/// The last copy.
#[derive(Default)]
pub(super) struct LastCopy<F> {
    /// None before the first; its memory is used again.
    copy: Option<Box<ExperimentCheckpoint<F>>>,
    /// What comes after it is known from it: nobody has turned a knob since, or gone elsewhere.
    holds: bool,
}

impl<F> LastCopy<F> {
    /// Something else than a step has changed the experiment, or is about to.
    pub fn forget(&mut self) {
        self.holds = false;
    }
}

/// What was found broken: an element of the parameter at a place.
#[derive(Debug, Clone)]
pub(super) enum Suspect {
    /// By its update, in the weights or in this state.
    Update { at: usize, element: usize, state: Option<String> },
    /// In the weights at which the second gradient is to be taken.
    SecondPoint { at: usize, element: usize },
}

/// There is no copy from before a step.
struct NoCopy;

/// What is told of it, and of what is to be done if that is known.
struct Told {
    cause: String,
    remedy: Option<String>,
}

impl<F: Real> Experiment<F> {
    /// Copies where it stands, if that is due. It is a look at all of the state as well.
    ///
    /// # Errors
    /// A state has left the finite numbers since the look before.
    pub(super) fn keep_copy(&mut self) -> Result<(), Halt> {
        let due = self.steps.is_multiple_of(EVERY);
        if !due && self.last_copy.holds {
            return Ok(());
        }
        let large = size_of_val(self.params.values()) + self.recipe.rule.tensor_bytes() > MOST;
        if !due && large {
            return Ok(());
        }
        // Only steps that are the same on any way end a run, and from a state that is broken nothing leads to what has broken it.
        let broken = self.broken_anywhere().is_some();
        if broken && due && self.steps > 0 {
            return self.broken_state().map_or(Ok(()), |told| Err(told.into()));
        }
        if broken || large {
            return Ok(());
        }
        let mut copy = self.last_copy.copy.take().unwrap_or_default();
        self.save(&mut copy);
        self.last_copy = LastCopy { copy: Some(copy), holds: true };
        Ok(())
    }

    /// A state that has left the finite numbers: its parameter, its name, the element and the value.
    pub(super) fn broken_anywhere(&self) -> Option<(usize, String, usize, f64)> {
        (0..self.layout().parameters().len()).find_map(|at| {
            let (state, element, value) = self.recipe.rule.broken_state(at)?;
            Some((at, state.to_owned(), element, value))
        })
    }

    /// A divergence of this experiment, told with the operation of the rule's script that was the first to break, and with what
    /// is to be done about that one, where it is known. Scripts may be called once more for it, and may print meanwhile.
    pub fn blame(&mut self, told: Divergence) -> Divergence {
        let Some(suspect) = self.suspect.take() else { return told };
        let found = self.found_again(told.step);
        let found = found.unwrap_or_else(|NoCopy| self.found_in_what_is_left(told.step, &suspect));
        let Some(Told { cause, remedy }) = found else { return told };
        let advice = match (remedy, suspect) {
            (Some(remedy), _) => remedy,
            (None, Suspect::Update { .. }) => told.advice,
            (None, Suspect::SecondPoint { .. }) => {
                "look at that line: the weights and the gradient that `second_point` is given are finite".to_owned()
            }
        };
        let cause = if told.cause.is_empty() { cause } else { format!("{}: {cause}", told.cause) };
        Divergence { cause, advice, ..told }
    }

    /// Makes the steps since the last copy again, up to this one, and looks at the first that leaves something that is not
    /// finite, if there is a copy; afterwards all stands as it stood.
    fn found_again(&mut self, until: u64) -> Result<Option<Told>, NoCopy> {
        let last = std::mem::take(&mut self.last_copy);
        let known = last.copy.as_ref().filter(|copy| last.holds && copy.steps() < until);
        let Some(copy) = known else { return Err(NoCopy) };
        let mut after = ExperimentCheckpoint::default();
        self.save(&mut after);
        let (metrics, shown) = (self.metrics, self.recipe.rule.put_aside());
        let (mut found, mut before) = (None, (Vec::new(), RuleState::default()));
        let mut went = self.restore(copy).is_ok();
        while went && self.steps < until {
            let step = self.steps + 1;
            before.0.clear();
            before.0.extend_from_slice(self.params.values());
            self.recipe.rule.save(&mut before.1);
            let ended = self.step(None);
            let suspect = self.suspect.take().or_else(|| {
                let (at, state, element, _) = self.broken_anywhere()?;
                Some(Suspect::Update { at, element, state: Some(state) })
            });
            if let (Some(suspect), true) = (suspect, found.is_none()) {
                let known = (&before.0[..], &before.1);
                found = self.look(step, &suspect, |rule, broken| rule.broken_update(broken, known));
                let when = |told: Told| Told { cause: format!("at step {step} {}", told.cause), ..told };
                found = if step == until { found } else { found.map(when) };
            }
            match ended {
                Ok(_) => {}
                Err(Halt::Diverged(_)) if step == until => break,
                Err(_) => went = false,
            }
        }
        // The same steps have led to where it stood, with the gradients of the last one.
        if !went {
            let _ = self.restore(&after);
        }
        self.metrics = metrics;
        self.recipe.rule.put_back(shown);
        self.last_copy = last;
        Ok(found)
    }

    /// The same by what is left after the update.
    fn found_in_what_is_left(&mut self, step: u64, suspect: &Suspect) -> Option<Told> {
        let w = self.params.values().to_vec();
        let Suspect::Update { at, state, .. } = suspect else { return self.look(step, suspect, |_, _| None) };
        // What one parameter breaks comes to the others by a total.
        let others = (0..self.grad_norms.len()).filter(|other| other != at && state.is_none());
        let broken = |other: usize| {
            let element = self.params.get(other).iter().position(|w| !w.finite())?;
            Some(Suspect::Update { at: other, element, state: None })
        };
        let all: Vec<Suspect> = std::iter::once(suspect.clone()).chain(others.filter_map(broken)).collect();
        all.iter().find_map(|suspect| self.look(step, suspect, |rule, broken| rule.broken_operation(broken, &w)))
    }

    /// Looks at what was found broken in the step that was made last, or that broke; an update by the function that is given.
    fn look(
        &mut self,
        step: u64,
        suspect: &Suspect,
        update: impl FnOnce(&mut Rule<F>, &Broken<'_, F>) -> Option<(usize, BrokenOperation)>,
    ) -> Option<Told> {
        let second = self.second.as_ref().map_or(&self.grads, |second| &second.grads).values();
        let (recipe, gradients) = (&mut self.recipe, [self.grads.values(), second]);
        let (rule, hyper) = (&mut recipe.rule, &recipe.settings.values[..]);
        let mut now = RuleState::default();
        rule.save(&mut now);
        let found = match suspect {
            Suspect::Update { at, element, state } => {
                let (state, parameter, element) = (state.as_deref(), *at, *element);
                update(rule, &Broken { t: step, parameter, element, state, gradients, hyper })
            }
            Suspect::SecondPoint { at, element } => {
                let (parameter, element) = (*at, *element);
                let broken = Broken { t: step, parameter, element, state: None, gradients, hyper };
                rule.broken_second_point(&broken, self.params.values())
            }
        };
        // It is of the same rule.
        let _ = rule.restore(&now);
        let (at, operation) = found?;
        let parameter = &self.layout().parameters()[at];
        let own = operation.element.filter(|_| operation.shape.is_none());
        let no_gradient = own.is_some_and(|element| self.grads.get(at)[element] == F::ZERO);
        let element = element_of(parameter, &operation);
        Some(Told { cause: cause(&operation, &element, no_gradient), remedy: remedy(&operation) })
    }
}

/// The element of an operation that broke, in words.
pub(super) fn element_of(parameter: &Parameter, operation: &BrokenOperation) -> String {
    match (operation.element, operation.shape) {
        (None, _) => format!("what is made for {}", parameter.name),
        (Some(element), None) => element_name(&parameter.name, &parameter.shape, element),
        (Some(element), Some(shape)) => {
            let columns = (shape.columns as usize).max(1);
            let (row, column) = (element / columns, element % columns);
            format!("element [{row},{column}] of the {shape} that it makes for {}", parameter.name)
        }
    }
}
