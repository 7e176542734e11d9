//! The second gradient of a step, of the same mini-batches at weights that the rule's script names: what `SAM` and its kind
//! learn from. It is clipped as the first one is, and found out as the first one is where it is not finite.

use std::sync::Arc;

use super::blame::Suspect;
use super::{Experiment, Halt};
use crate::program::{Arena, Layout, Parameter, Real, norm_of};
use crate::snapshot::{Divergence, Quantity};

/// What is told of where it was that something broke.
const THERE: &str = "at the weights of `second_point`, where the second gradient is taken";

/// Where it is taken, and what it is.
pub(super) struct SecondGradient<F: Real> {
    point: Arena<F>,
    pub grads: Arena<F>,
    norms: Vec<f64>,
}

impl<F: Real> SecondGradient<F> {
    pub fn new(layout: &Arc<Layout>) -> Self {
        let norms = vec![0.0; layout.parameters().len()];
        Self { point: Arena::zeros(layout), grads: Arena::zeros(layout), norms }
    }
}

impl<F: Real> Experiment<F> {
    /// The second gradient of the last step as the rule was given it, of a rule that wants one.
    pub(crate) fn second_gradient(&self) -> Option<&Arena<F>> {
        self.second.as_ref().filter(|_| self.recipe.rule.wants_second()).map(|second| &second.grads)
    }

    /// Takes the second gradient of a step, if the rule wants one; where it is taken is told if the step is watched. Tells whether
    /// it was clipped.
    pub(super) fn take_second_gradient(&mut self, step: u64, watched: bool) -> Result<bool, Halt> {
        if !self.recipe.rule.wants_second() {
            return Ok(false);
        }
        // A rule that an edit has brought may want it where none did before.
        let mut second = self.second.take().unwrap_or_else(|| SecondGradient::new(self.params.layout()));
        let clipped = self.fill_second((step, watched), &mut second);
        self.second = Some(second);
        clipped
    }

    fn fill_second(&mut self, (step, watched): (u64, bool), second: &mut SecondGradient<F>) -> Result<bool, Halt> {
        let SecondGradient { point, grads, norms } = second;
        let layout = self.params.layout().clone();
        let (rule, hyper) = (&mut self.recipe.rule, &self.recipe.settings.values);
        let given = (self.params.values(), self.grads.values());
        rule.second_point((step, watched), hyper, given, point.values_mut())?;
        for (at, parameter) in layout.parameters().iter().enumerate() {
            if let Some(element) = point.get(at).iter().position(|value| !value.finite()) {
                self.suspect = Some(Suspect::SecondPoint { at, element });
                let told = self.diverged(step, Quantity::Weight, &parameter.name, point.get(at)[element].to_f64());
                return Err(there(Divergence { layer: self.work.layer_of(at), ..told }));
            }
        }
        let loss = self.work.once_more(self.steps, point, grads);
        if !loss.is_finite() {
            return Err(there(self.broken_loss(step, loss, point)));
        }
        self.norms.measure(grads.values(), norms);
        for at in (0..norms.len()).filter(|at| !norms[*at].is_finite()) {
            if let Some(value) = grads.get(at).iter().find(|value| !value.finite()) {
                return Err(there(self.broken_gradient(step, at, *value, point)));
            }
        }
        let Some(clip) = self.recipe.clip else { return Ok(false) };
        let parameters = layout.parameters().iter().map(Parameter::range);
        Ok(clip.apply(grads.values_mut(), parameters, norm_of(norms.iter().copied())))
    }
}

fn there(divergence: Divergence) -> Halt {
    let cause = match &divergence.cause[..] {
        "" => THERE.to_owned(),
        cause => format!("{THERE}: {cause}"),
    };
    Divergence { cause, ..divergence }.into()
}
