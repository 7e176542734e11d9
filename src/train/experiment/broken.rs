//! What is told of an experiment that has left the finite numbers.

use super::{Experiment, Halt};
use crate::program::Real;
use crate::snapshot::{Divergence, Quantity};
use crate::train::diagnosis::{Remedy, advice};

impl<F: Real> Experiment<F> {
    /// The steps before it are filled in by who has kept them.
    pub(super) fn diverged(&self, step: u64, quantity: Quantity, parameter: &str, value: f64) -> Divergence {
        let lr = self.recipe.hyper_names.iter().any(|name| name == "lr").then_some(Remedy::SmallerLr);
        let clip = self.recipe.clip.is_none().then_some(Remedy::Clip);
        let remedies: Vec<Remedy> = [lr, self.work.remedy(), clip].into_iter().flatten().collect();
        let advice = advice(quantity, parameter, &remedies);
        let (parameter, layer) = (parameter.to_owned(), String::new());
        Divergence { step, quantity, parameter, layer, value, losses: Vec::new(), grad_norms: Vec::new(), advice }
    }

    /// What is told of the parameter at a place.
    pub(super) fn diverged_at(&self, step: u64, quantity: Quantity, at: usize, value: F) -> Halt {
        let name = &self.layout().parameters()[at].name;
        let layer = self.work.layer_of(at);
        Divergence { layer, ..self.diverged(step, quantity, name, value.to_f64()) }.into()
    }

    /// A value of the rule's state that has left the finite numbers while the weights are finite.
    ///
    /// Looked for at evaluations, not at each step: it is a pass over all of the state, and until it reaches the weights
    /// it only holds up the run. Watched steps are no occasion either, or a run would end otherwise when it is looked at.
    pub fn broken_state(&self) -> Option<Divergence> {
        (0..self.layout().parameters().len()).find_map(|at| {
            let (state, value) = self.recipe.rule.broken_state(at)?;
            let name = format!("{state}.{}", self.layout().parameters()[at].name);
            let layer = self.work.layer_of(at);
            Some(Divergence { layer, ..self.diverged(self.steps, Quantity::State, &name, value) })
        })
    }
}
