//! Evaluations: of the weights as they are trained, or of others that the rule's script makes of them and of its state.

use super::blame::element_of;
use super::{Evaluation, Experiment, Recipe};
use crate::error::{Error, Result};
use crate::optim::Broken;
use crate::program::{Arena, Real};
use crate::snapshot::element_name;
use crate::train::diagnosis::{remedy, what_broke};

/// Weights to evaluate that are not those in training.
pub(super) struct Evaluated<F: Real> {
    /// Made with the first one.
    weights: Option<Arena<F>>,
    /// They are those of the step that was made last.
    known: bool,
}

impl<F: Real> Default for Evaluated<F> {
    fn default() -> Self {
        Self { weights: None, known: false }
    }
}

impl<F: Real> Evaluated<F> {
    /// The weights, the state or the rule have changed.
    pub fn forget(&mut self) {
        self.known = false;
    }
}

impl<F: Real> Experiment<F> {
    /// The rule's script names other weights to evaluate than those in training.
    pub fn evaluates_other_weights(&self) -> bool {
        self.recipe.rule.evaluates()
    }

    /// Makes the weights to evaluate, if the rule's script names others than those in training and they are not known yet.
    ///
    /// # Errors
    /// The script fails, or gives a weight that is not finite.
    pub fn find_evaluated(&mut self) -> Result<()> {
        if !self.recipe.rule.evaluates() || self.evaluated.known {
            return Ok(());
        }
        let layout = self.params.layout();
        let weights = self.evaluated.weights.get_or_insert_with(|| Arena::zeros(layout));
        let recipe = &mut self.recipe;
        // After a copy was put back these are those of the last step, too.
        recipe.settings.fill(&recipe.hyper.now);
        recipe.rule.evaluated(self.steps, &recipe.settings.values, self.params.values(), weights.values_mut())?;
        // Those in training are finite: no evaluation should speak of others.
        let all = layout.parameters().iter().enumerate();
        let broken = |(at, _): (usize, _)| Some((at, weights.get(at).iter().position(|weight| !weight.finite())?));
        if let Some((at, element)) = all.into_iter().find_map(broken) {
            let value = weights.get(at)[element].to_f64();
            return Err(self.broken_evaluated(at, element, value));
        }
        self.evaluated.known = true;
        Ok(())
    }

    /// What is told of a weight to evaluate of the parameter at a place, with the operation of the script that has broken it.
    fn broken_evaluated(&mut self, at: usize, element: usize, value: f64) -> Error {
        let step = self.steps;
        let Recipe { rule, settings, .. } = &mut self.recipe;
        let (gradients, hyper) = ([self.grads.values(); 2], &settings.values[..]);
        let broken = Broken { t: step, parameter: at, element, state: None, gradients, hyper };
        let found = rule.broken_evaluated(&broken, self.params.values());
        let parameter = &self.params.layout().parameters()[at];
        let name = element_name(&parameter.name, &parameter.shape, element);
        let what = format!("`evaluate` of {} gives {value} for {name} after step {step}", rule.name());
        let finite = "the weights in training are finite: look at its roots, and at what it divides by";
        let Some((at, operation)) = found else { return Error::user(what).help(finite) };
        let told = what_broke(&operation, &element_of(&self.params.layout().parameters()[at], &operation), false);
        let error = Error::user(format!("{what}: {told}"));
        let error = if let Some(place) = &operation.place { error.at(place.clone()) } else { error };
        let remedy = remedy(&operation);
        error.help(
            remedy.unwrap_or_else(|| "the weights in training are finite: look at what is made of them".to_owned()),
        )
    }

    /// The weights to evaluate: those that [`Experiment::find_evaluated`] has made of the ones in training, or these themselves
    /// where it has made none.
    pub fn evaluated(&self) -> &Arena<F> {
        let made = self.evaluated.weights.as_ref().filter(|_| self.recipe.rule.evaluates() && self.evaluated.known);
        made.unwrap_or(&self.params)
    }

    /// Both parts whole, dropout off, without the penalty, with the weights to evaluate; on a landscape the height there.
    /// Schedules that learn from the run see the newest evaluation. A script that fails at naming weights is told of by
    /// [`Experiment::find_evaluated`]; here it has those in training evaluated.
    pub fn evaluate(&mut self) -> (Evaluation, Option<Evaluation>) {
        let _ = self.find_evaluated();
        let made = self.evaluated.weights.as_ref().filter(|_| self.recipe.rule.evaluates() && self.evaluated.known);
        let evaluations = self.work.evaluate(made.unwrap_or(&self.params), self.threads);
        self.recipe.rule.look_for_change();
        self.metrics.evaluated(&evaluations.0, evaluations.1.as_ref());
        if self.recipe.learns {
            // Schedules look at it in the steps that follow.
            self.last_copy.forget();
        }
        evaluations
    }

    /// The part that was held out for the end, evaluated as the validation part is. It steers nothing: no schedule and no
    /// observer sees it.
    pub fn test(&mut self) -> Option<Evaluation> {
        let _ = self.find_evaluated();
        self.work.test(self.evaluated(), self.threads)
    }
}
