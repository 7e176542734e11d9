//! The Experiment: parameters, gradients, running statistics, the rule's state and the objective.
//! [`Experiment::step`] is all that moves it.
//!
//! It knows no thread, clock or screen, and every draw is keyed by (seed, purpose, epoch): the same parts take the same
//! steps, bit for bit, whoever calls.

use std::sync::Arc;

use super::evaluate::Evaluation;
use super::norms::{all_finite, exact_norm, together};
use super::objective::{Objective, Spot, Work};
use super::observer::Observer;
use super::snapshot::{Divergence, Quantity};
use super::so_far::SoFar;
use crate::error::{Error, Result};
use crate::optim::{Clip, Rule, RuleParts, RuleWatch, RunView, Schedule};
use crate::program::{Arena, Layout, Real};

/// When a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// After so many passes over the data.
    Epochs(u64),
    /// After so many updates.
    Steps(u64),
}

/// What an experiment is made of. Everything fits: the lab's check saw to that.
pub struct Parts<F: Real> {
    /// What is made small.
    pub objective: Objective<F>,
    /// The first weights.
    pub params: Arena<F>,
    /// The optimizer.
    pub rule: RuleParts,
    /// What drives each of its hyper-parameters, in the order of [`RuleParts::hyper`].
    pub hyper: Vec<Box<dyn Schedule>>,
    /// What is done to a gradient that is too large.
    pub clip: Option<Clip>,
    /// When the run ends.
    pub length: Length,
    /// An evaluation every so many epochs; at least 1.
    pub evaluate: u64,
    /// The seed of every draw.
    pub seed: u64,
    /// Threads that may work; never changes a number.
    pub threads: usize,
    /// What looks at the run; never changes a number.
    pub observer: Option<Box<dyn Observer>>,
}

/// What a step was like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepReport {
    /// Counted from 1.
    pub step: u64,
    /// The epoch it belongs to, counted from 1.
    pub epoch: u64,
    /// The batch's loss before the update, with the penalty.
    pub loss: f64,
    /// |dW| over all parameters, with the penalty, before clipping.
    pub grad_norm: f64,
    /// |`W_new` - W| over all parameters.
    pub update_norm: f64,
    /// The gradient was clipped.
    pub clipped: bool,
    /// The epoch ended with this step.
    pub epoch_ended: bool,
    /// The run ended with this step.
    pub finished: bool,
}

/// Why no further step is possible.
#[derive(Debug, Clone, PartialEq)]
pub enum Halt {
    /// A value was not finite.
    Diverged(Divergence),
    /// A script failed.
    Failed(Error),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Weights in training.
pub struct Experiment<F: Real> {
    work: Work<F>,
    params: Arena<F>,
    grads: Arena<F>,
    rule: Rule<F>,
    hyper_names: Vec<String>,
    schedules: Vec<Box<dyn Schedule>>,
    hyper: Vec<f64>,
    clip: Option<Clip>,
    length: Length,
    evaluate_every: u64,
    seed: u64,
    threads: usize,
    observer: Option<Box<dyn Observer>>,
    /// Updates made.
    steps: u64,
    last_loss: Option<f64>,
    so_far: SoFar,
    grad_norms: Vec<f64>,
    update_norms: Vec<f64>,
}

impl<F: Real> Experiment<F> {
    /// Sets everything up; nothing is allocated after this.
    pub fn new(parts: Parts<F>) -> Result<Self> {
        let Parts { objective, mut params, rule, hyper, clip, .. } = parts;
        let work = Work::new(objective, parts.length, parts.seed)?;
        let layout = params.layout().clone();
        let segments: Vec<_> = layout.parameters().iter().map(crate::program::Parameter::range).collect();
        let hyper_names = rule.hyper.clone();
        let rule = Rule::new(rule, params.values_mut(), segments)?;
        let count = layout.parameters().len();
        Ok(Self {
            work,
            grads: Arena::zeros(&layout),
            grad_norms: vec![0.0; count],
            update_norms: vec![0.0; count],
            hyper: vec![0.0; hyper.len()],
            schedules: hyper,
            hyper_names,
            length: parts.length,
            evaluate_every: parts.evaluate.max(1),
            seed: parts.seed,
            threads: parts.threads.max(1),
            observer: parts.observer,
            steps: 0,
            last_loss: None,
            so_far: SoFar::default(),
            params,
            rule,
            clip,
        })
    }

    /// One mini-batch: forward, loss, backward, update. Deterministic; allocates nothing if the rule is traced once.
    pub fn step(&mut self, watch: Option<&mut dyn RuleWatch<F>>) -> Result<StepReport, Halt> {
        let step = self.steps + 1;
        let per_epoch = self.work.steps_per_epoch();
        self.set_hyper(step)?;
        let loss = self.work.loss_and_gradient(self.steps, &self.params, &mut self.grads);
        if !loss.is_finite() {
            return Err(self.diverged(step, Quantity::Loss, "", loss));
        }
        self.check_gradient(step)?;
        let clipped = self.clip_gradient();
        let measures = self.rule.step(step, &self.hyper, self.params.values_mut(), self.grads.values(), watch)?;
        for (at, measured) in measures.iter().enumerate() {
            self.update_norms[at] = measured.update_norm;
            if self.clip.is_none() {
                self.grad_norms[at] = measured.grad_norm;
            }
        }
        self.check_finite(step)?;
        self.steps = step;
        self.last_loss = Some(loss);
        let epoch_ended = step.is_multiple_of(per_epoch);
        let report = StepReport {
            step,
            epoch: (step - 1) / per_epoch + 1,
            loss,
            grad_norm: together(&self.grad_norms),
            update_norm: together(&self.update_norms),
            clipped,
            epoch_ended,
            finished: step >= self.steps_total(),
        };
        self.so_far.stepped(&report, self.lr());
        Ok(report)
    }

    fn diverged(&self, step: u64, quantity: Quantity, parameter: &str, value: f64) -> Halt {
        let parameter = parameter.to_owned();
        Halt::Diverged(Divergence { step, quantity, parameter, value, last_loss: self.last_loss })
    }

    fn set_hyper(&mut self, step: u64) -> Result<(), Halt> {
        for at in 0..self.schedules.len() {
            let value = self.schedules[at].rate_of(step - 1, self.so_far.view())?;
            if !value.is_finite() {
                return Err(self.diverged(step, Quantity::Rate, &self.hyper_names[at], value));
            }
            self.hyper[at] = value;
        }
        Ok(())
    }

    /// A gradient that is not finite is found before it reaches the weights: one light pass over all of them.
    fn check_gradient(&self, step: u64) -> Result<(), Halt> {
        if all_finite(self.grads.values()) {
            return Ok(());
        }
        for (at, parameter) in self.layout().parameters().iter().enumerate() {
            if let Some(value) = self.grads.get(at).iter().find(|g| !g.finite()) {
                return Err(self.diverged(step, Quantity::Gradient, &parameter.name, value.to_f64()));
            }
        }
        Ok(())
    }

    /// Norms before clipping come from a pass of their own; without clipping the rule measures them on its way.
    fn clip_gradient(&mut self) -> bool {
        let Some(clip) = self.clip else { return false };
        for at in 0..self.grad_norms.len() {
            self.grad_norms[at] = exact_norm(self.grads.get(at));
        }
        let norm = together(&self.grad_norms);
        let layout = self.params.layout().clone();
        let parameters = layout.parameters().iter();
        clip.apply(self.grads.values_mut(), parameters.map(crate::program::Parameter::range), norm)
    }

    /// A norm that is not finite is either a weight that is not, or the overflow of a square, which is measured again.
    fn check_finite(&mut self, step: u64) -> Result<(), Halt> {
        for at in 0..self.grad_norms.len() {
            if !self.grad_norms[at].is_finite() {
                self.grad_norms[at] = exact_norm(self.grads.get(at));
            }
        }
        for at in 0..self.update_norms.len() {
            if !self.update_norms[at].is_finite()
                && let Some(value) = self.params.get(at).iter().find(|w| !w.finite())
            {
                let name = self.layout().parameters()[at].name.clone();
                return Err(self.diverged(step, Quantity::Weight, &name, value.to_f64()));
            }
        }
        Ok(())
    }

    /// Both parts whole, dropout off, without the penalty; on a landscape the height. Schedules that learn from the run
    /// see the newest evaluation.
    pub fn evaluate(&mut self) -> (Evaluation, Option<Evaluation>) {
        let evaluations = self.work.evaluate(&self.params, self.threads);
        self.so_far.evaluated(&evaluations.0, evaluations.1.as_ref());
        evaluations
    }

    /// The observer, for the one who will ask it.
    pub(super) fn take_observer(&mut self) -> Option<Box<dyn Observer>> {
        self.observer.take()
    }

    /// What schedules that learn from the run, and observers, see.
    pub fn so_far(&self) -> &RunView {
        self.so_far.view()
    }

    /// Where the weights stand, if it is a landscape that they walk.
    pub fn spot(&mut self) -> Option<Spot> {
        self.work.spot(&self.params)
    }

    /// An evaluation is due after this report's step.
    pub fn wants_evaluation(&self, report: &StepReport) -> bool {
        report.finished || (report.epoch_ended && report.epoch.is_multiple_of(self.evaluate_every))
    }

    /// Updates made.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Updates in an epoch. On a landscape the whole run is one.
    pub fn steps_per_epoch(&self) -> u64 {
        self.work.steps_per_epoch()
    }

    /// Updates until the end.
    pub fn steps_total(&self) -> u64 {
        match self.length {
            Length::Epochs(epochs) => epochs.saturating_mul(self.steps_per_epoch()),
            Length::Steps(steps) => steps,
        }
    }

    /// Gradients of single samples that so many updates take; on a landscape one each.
    pub fn gradients_after(&self, updates: u64) -> u64 {
        self.work.gradients_after(updates)
    }

    /// Samples in a full mini-batch; 1 on a landscape.
    pub fn batch(&self) -> usize {
        self.work.batch()
    }

    /// The seed of every draw.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The weights.
    pub fn params(&self) -> &Arena<F> {
        &self.params
    }

    /// The running statistics of batch normalisation, empty without it; none on a landscape.
    pub fn statistics(&self) -> Option<&Arena<F>> {
        self.work.statistics()
    }

    /// The gradient of the last step, after clipping.
    pub fn grads(&self) -> &Arena<F> {
        &self.grads
    }

    /// Where the parameters lie.
    pub fn layout(&self) -> &Arc<Layout> {
        self.params.layout()
    }

    /// |dW| of each parameter in the last step, with the penalty, before clipping.
    pub fn grad_norms(&self) -> &[f64] {
        &self.grad_norms
    }

    /// |`W_new` - W| of each parameter in the last step.
    pub fn update_norms(&self) -> &[f64] {
        &self.update_norms
    }

    /// The rule and its state.
    pub fn rule(&self) -> &Rule<F> {
        &self.rule
    }

    /// The hyper-parameters: name, value of the last step (before the first: of it), and whether a schedule moves it.
    pub fn hyper(&mut self) -> Result<Vec<(&str, f64, bool)>> {
        if self.steps == 0 {
            for (value, schedule) in self.hyper.iter_mut().zip(&mut self.schedules) {
                *value = schedule.rate(0)?;
            }
        }
        let named = self.hyper_names.iter().zip(&self.hyper).zip(&self.schedules);
        Ok(named.map(|((name, value), schedule)| (name.as_str(), *value, schedule.moves())).collect())
    }

    /// The value of `lr` in the last step, for a rule that has one.
    pub fn lr(&self) -> Option<f64> {
        self.hyper_names.iter().position(|name| name == "lr").map(|at| self.hyper[at])
    }
}
