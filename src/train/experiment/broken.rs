//! How an experiment that has left the finite numbers is found, and what is told of it.

use super::blame::Suspect;
use super::{Experiment, Halt};
use crate::optim::MadeOf;
use crate::program::{Arena, Real};
use crate::snapshot::{Divergence, Quantity};
use crate::train::diagnosis::{Remedy, advice, remedy, remedy_of_slope, statement, what_broke, what_slope};
use crate::train::objective::{BrokenScript, broken_scalar};

impl<F: Real> Experiment<F> {
    /// A step that is not finite has left a weight that is not, unless a square overflowed. One whose squares vanished is
    /// measured again as well.
    pub(super) fn check_finite(&mut self, step: u64) -> Result<(), Halt> {
        for at in 0..self.update_norms.len() {
            let norm = self.update_norms[at];
            if self.travelled.holds(at, norm) {
                continue;
            }
            if !norm.is_finite()
                && let Some(element) = self.params.get(at).iter().position(|w| !w.finite())
            {
                return Err(self.broken_weight(step, at, element));
            }
            let parameter = &self.params.layout().parameters()[at];
            self.update_norms[at] = self.travelled.distance(self.params.values(), at, parameter, norm);
        }
        Ok(())
    }

    /// The steps before it are filled in by who has kept them.
    pub(super) fn diverged(&self, step: u64, quantity: Quantity, parameter: &str, value: f64) -> Divergence {
        let lr = self.recipe.hyper_names.iter().any(|name| name == "lr").then_some(Remedy::SmallerLr);
        let clip = self.recipe.clip.is_none().then_some(Remedy::Clip);
        let remedies: Vec<Remedy> = [lr, self.work.remedy(), clip].into_iter().flatten().collect();
        let advice = advice(quantity, parameter, &remedies);
        let (parameter, layer) = (parameter.to_owned(), String::new());
        let (cause, losses, grad_norms) = (String::new(), Vec::new(), Vec::new());
        Divergence { step, quantity, parameter, layer, value, cause, losses, grad_norms, advice }
    }

    /// What is told of a loss, and of the first layer that has made it so, with these weights.
    pub(super) fn broken_loss(&self, step: u64, loss: f64, params: &Arena<F>) -> Divergence {
        let (told, found) = match self.work.broken_layer(self.steps, params) {
            Some((at, layer, value)) => {
                let told = Divergence { layer, ..self.diverged(step, Quantity::Activation, "", value) };
                (told, self.work.broken_activation(self.steps, params, at))
            }
            None => (self.diverged(step, Quantity::Loss, "", loss), self.work.broken_loss(self.steps, params)),
        };
        by_its_script(told, found)
    }

    /// What is told of the gradient of the parameter at a place, taken at these weights.
    pub(super) fn broken_gradient(&self, step: u64, at: usize, value: F, params: &Arena<F>) -> Divergence {
        let name = &self.layout().parameters()[at].name;
        let layer = self.work.layer_of(at);
        let told = Divergence { layer, ..self.diverged(step, Quantity::Gradient, name, value.to_f64()) };
        by_its_script(told, self.work.broken_slope(self.steps, params))
    }

    /// What is told of a value that a schedule gave, and of the operation of its script that has broken it.
    pub(super) fn broken_rate(&mut self, step: u64, at: usize, value: f64) -> Divergence {
        let told = self.diverged(step, Quantity::Rate, &self.recipe.labels[at], value);
        let Some(MadeOf { function, place, gives }) = self.recipe.schedules[at].made_of(step - 1) else { return told };
        if let Some(found) = function.and_then(|function| broken_scalar(&function, step - 1)) {
            return by_its_script(told, Some(found));
        }
        let (line, file) = (place.line(), &place.source.name);
        let t = step - 1;
        let cause = if gives {
            format!("line {line} of {file} gives it at `t` = {t}: `{}`", statement(&place))
        } else {
            format!("`rate` in line {line} of {file} gives it at `t` = {t}")
        };
        Divergence { cause, ..told }
    }

    /// What is told of a weight of the parameter at a place, which its update has broken.
    pub(super) fn broken_weight(&mut self, step: u64, at: usize, element: usize) -> Halt {
        let value = self.params.get(at)[element].to_f64();
        self.suspect = Some(Suspect::Update { at, element, state: None });
        let divergence = self.diverged(step, Quantity::Weight, &self.layout().parameters()[at].name, value);
        Divergence { layer: self.work.layer_of(at), ..divergence }.into()
    }

    /// A value of the rule's state that has left the finite numbers while the weights are finite.
    ///
    /// Looked for at evaluations and where a copy is due, not at each step: it is a pass over all of the state, and until it
    /// reaches the weights it only holds up the run. Watched steps are no occasion either, or a run would end otherwise when it is looked at.
    pub fn broken_state(&mut self) -> Option<Divergence> {
        let (at, state, element, value) = self.broken_anywhere()?;
        let name = format!("{state}.{}", self.layout().parameters()[at].name);
        self.suspect = Some(Suspect::Update { at, element, state: Some(state) });
        let divergence = self.diverged(self.steps, Quantity::State, &name, value);
        Some(Divergence { layer: self.work.layer_of(at), ..divergence })
    }
}

/// With the operation of an activation, a loss or a landscape by script that has broken what it was given, if there is one.
fn by_its_script(told: Divergence, found: Option<BrokenScript>) -> Divergence {
    let Some(BrokenScript { operation, element, line, slope }) = found else { return told };
    let line = line.map_or_else(String::new, |line| format!("; {line}"));
    let (what, advice) = match slope {
        None => (what_broke(&operation, &element, false), remedy(&operation)),
        Some(slope) => (what_slope(&operation, &slope, &element), Some(remedy_of_slope(&operation, &slope))),
    };
    let advice = advice.unwrap_or_else(|| told.advice.clone());
    Divergence { cause: format!("{what}{line}"), advice, ..told }
}
