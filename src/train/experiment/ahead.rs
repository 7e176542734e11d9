//! What the next step will be made of, found on copies before it is made.

use super::Experiment;
use crate::optim::Clip;
use crate::program::{Arena, Parameter, Real, norm_of};
use crate::train::objective::Pass;

/// A step up to where the rule takes over.
pub(crate) struct Ahead<F: Real> {
    /// The step's number, from 1.
    pub step: u64,
    pub pass: Pass<F>,
    /// The gradient with the penalty, before it is clipped, and the norm of each parameter's.
    pub grads: Arena<F>,
    pub norms: Vec<f64>,
    /// How it is clipped, and what it is then; none where nothing is ever clipped.
    pub clipped: Option<(Clip, Arena<F>)>,
}

impl<F: Real> Experiment<F> {
    /// Makes the pass of the next step on copies. It moves nothing, and takes memory of its own.
    pub(crate) fn look_at_next_step(&mut self) -> Ahead<F> {
        let layout = self.params.layout().clone();
        let mut grads = Arena::zeros(&layout);
        let pass = self.work.pass_ahead(self.steps, &self.params, &mut grads);
        let mut norms = vec![0.0; self.grad_norms.len()];
        self.norms.measure(grads.values(), &mut norms);
        let clipped = self.recipe.clip.map(|clip| {
            let mut clipped = Arena::zeros(&layout);
            clipped.values_mut().copy_from_slice(grads.values());
            let parameters = layout.parameters().iter().map(Parameter::range);
            clip.apply(clipped.values_mut(), parameters, norm_of(norms.iter().copied()));
            (clip, clipped)
        });
        Ahead { step: self.steps + 1, pass, grads, norms, clipped }
    }
}
