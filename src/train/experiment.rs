//! The Experiment: parameters, gradients, running statistics, the rule's state and the objective.
//! [`Experiment::step`] is all that moves it.
//!
//! It knows no thread, clock or screen, and every draw is keyed by (seed, purpose, epoch): the same parts take the same
//! steps, bit for bit, whoever calls.

mod ahead;
mod blame;
mod broken;
mod checkpoint;
mod comparing;
mod evaluated;
mod hyper;
mod recipe;
mod second;
mod settings;
mod subject;
mod updates;

use std::sync::Arc;

pub(crate) use ahead::Ahead;
use blame::{LastCopy, Suspect};
pub use checkpoint::ExperimentCheckpoint;
use evaluated::Evaluated;
pub(crate) use recipe::{Recipe, TakenUp};
use second::SecondGradient;
pub use settings::{GroupDrive, HyperGroups, OfGroup};
use updates::KeptWeights;

use serde::{Deserialize, Serialize};

use super::evaluate::Evaluation;
use super::norms::TravelledDistance;
use super::objective::{Objective, Spot, Work};
use super::observer::Observer;
use super::pool::TrainingPool;
use super::run_metrics::RunMetrics;
use crate::error::{Error, Result};
use crate::optim::{Clip, Position, Rule, RuleParts, RuleWatch, RunView, Schedule};
use crate::program::{Arena, Layout, Norms, Parameter, Real, norm_of};
use crate::snapshot::Divergence;

/// Steps after which a state should have moved.
const MOVES: u64 = 20;

/// When a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// After so many passes over the data.
    Epochs(u64),
    /// After so many updates.
    Steps(u64),
}

/// What an experiment is made of. Everything fits: the lab's check saw to that.
pub struct ExperimentConfig<F: Real> {
    /// What is made small.
    pub objective: Objective<F>,
    /// The first weights.
    pub params: Arena<F>,
    /// The optimizer.
    pub rule: RuleParts,
    /// What drives each of its hyper-parameters, in the order of [`RuleParts::hyper`].
    pub hyper: Vec<Box<dyn Schedule>>,
    /// Other hyper-parameters for some of the parameters.
    pub groups: HyperGroups,
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
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// Counted from 1.
    pub step: u64,
    /// The epoch it belongs to, counted from 1.
    pub epoch: u64,
    /// The batch's loss before the update, with the penalty.
    pub loss: f64,
    /// What of it is the penalty.
    pub penalty: f64,
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
    Diverged(Box<Divergence>),
    /// A script failed.
    Failed(Error),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Divergence> for Halt {
    fn from(divergence: Divergence) -> Self {
        Self::Diverged(Box::new(divergence))
    }
}

/// Weights in training.
pub struct Experiment<F: Real> {
    work: Work<F>,
    params: Arena<F>,
    grads: Arena<F>,
    /// At another point, for a rule that wants it.
    second: Option<SecondGradient<F>>,
    evaluated: Evaluated<F>,
    /// The parameters' names and shapes, to know a copy of others by.
    shapes: checkpoint::Shapes,
    /// What an edit may exchange: the recipe in force, and those of before and after edits.
    recipe: Recipe<F>,
    recipes_not_in_force: Vec<Recipe<F>>,
    seed: u64,
    threads: usize,
    observer: Option<Box<dyn Observer>>,
    /// Updates made.
    steps: u64,
    travelled: TravelledDistance<F>,
    /// Some gradient was not 0.
    had_gradient: bool,
    metrics: RunMetrics,
    norms: Norms<F>,
    grad_norms: Vec<f64>,
    update_norms: Vec<f64>,
    updates: KeptWeights<F>,
    /// From which steps are made again when one has broken.
    last_copy: LastCopy<F>,
    /// What has broken.
    suspect: Option<Suspect>,
}

impl<F: Real> Experiment<F> {
    /// Sets everything up; nothing is allocated after this.
    pub fn new(parts: ExperimentConfig<F>) -> Result<Self> {
        let ExperimentConfig { objective, mut params, rule, hyper, groups, clip, length, evaluate, .. } = parts;
        let work = Work::new(objective, length, parts.seed, parts.threads)?;
        let layout = params.layout().clone();
        let recipe = Recipe::new(rule, (hyper, groups), (clip, length, evaluate), (parts.seed, &mut params))?;
        let shapes = layout.parameters().iter().map(|p| (p.name.clone(), p.shape.clone())).collect();
        let count = layout.parameters().len();
        Ok(Self {
            work,
            grads: Arena::zeros(&layout),
            second: recipe.rule.wants_second().then(|| SecondGradient::new(&layout)),
            evaluated: Evaluated::default(),
            norms: Norms::new(&layout),
            grad_norms: vec![0.0; count],
            update_norms: vec![0.0; count],
            updates: KeptWeights::none(),
            shapes: Arc::new(shapes),
            recipe,
            recipes_not_in_force: Vec::new(),
            seed: parts.seed,
            threads: parts.threads.max(1),
            observer: parts.observer,
            steps: 0,
            travelled: TravelledDistance::new(params.values(), &layout),
            had_gradient: false,
            metrics: RunMetrics::default(),
            last_copy: LastCopy::default(),
            suspect: None,
            params,
        })
    }

    /// One mini-batch: forward, loss, backward, update. Deterministic; allocates nothing if the rule is traced once
    /// and there is one thread.
    pub fn step(&mut self, watch: Option<&mut dyn RuleWatch<F>>) -> Result<StepReport, Halt> {
        let step = self.steps + 1;
        let per_epoch = self.work.steps_per_epoch();
        self.keep_copy()?;
        self.set_hyper(step)?;
        let loss = self.work.loss_and_gradient(self.steps, &self.params, &mut self.grads);
        if !loss.is_finite() {
            return Err(self.broken_loss(step, loss, &self.params).into());
        }
        self.measure_gradient(step)?;
        let clipped = self.clip_gradient();
        let clipped = self.take_second_gradient(step, watch.is_some())? || clipped;
        let limit = self.recipe.clip.map_or(f64::INFINITY, Clip::limit);
        let norms = self.grad_norms.iter().map(|norm| norm.min(limit));
        let (lr, settings) = (self.recipe.lr_place(), &self.recipe.settings);
        let rates = norms.enumerate().map(|(at, norm)| (norm, lr.map_or(1.0, |lr| settings.value(at, lr))));
        self.travelled.prepare(self.params.values(), self.params.layout(), rates);
        let Recipe { rule, settings, .. } = &mut self.recipe;
        let second = self.second.as_ref().map_or(&self.grads, |second| &second.grads).values();
        self.evaluated.forget();
        self.updates.begin(self.params.values());
        let norms =
            rule.step_with(step, &settings.values, self.params.values_mut(), [self.grads.values(), second], watch)?;
        self.update_norms.copy_from_slice(norms);
        self.check_finite(step)?;
        self.steps = step;
        self.updates.end(step);
        let epoch_ended = step.is_multiple_of(per_epoch);
        let report = StepReport {
            step,
            epoch: (step - 1) / per_epoch + 1,
            loss,
            penalty: self.work.penalty(),
            grad_norm: norm_of(self.grad_norms.iter().copied()),
            update_norm: norm_of(self.update_norms.iter().copied()),
            clipped,
            epoch_ended,
            finished: step >= self.steps_total(),
        };
        self.travelled.add(report.update_norm);
        self.had_gradient |= report.grad_norm > 0.0;
        self.metrics.stepped(&report, self.lr());
        Ok(report)
    }

    /// States that are as they began, bit for bit, at every evaluation of a run that had steps and gradients to move them.
    pub fn unchanged_states(&self) -> Vec<String> {
        let told = self.had_gradient && self.steps >= MOVES;
        self.recipe.rule.still().filter(|_| told).map(str::to_owned).collect()
    }

    /// Measures the gradient, so that one that is not finite is found before it reaches the weights.
    fn measure_gradient(&mut self, step: u64) -> Result<(), Halt> {
        self.norms.measure(self.grads.values(), &mut self.grad_norms);
        for at in 0..self.grad_norms.len() {
            if self.grad_norms[at].is_finite() {
                continue;
            }
            if let Some(value) = self.grads.get(at).iter().find(|g| !g.finite()) {
                return Err(self.broken_gradient(step, at, *value, &self.params).into());
            }
        }
        Ok(())
    }

    fn clip_gradient(&mut self) -> bool {
        let Some(clip) = self.recipe.clip else { return false };
        let layout = self.params.layout().clone();
        let parameters = layout.parameters().iter();
        let norm = norm_of(self.grad_norms.iter().copied());
        clip.apply(self.grads.values_mut(), parameters.map(Parameter::range), norm)
    }

    /// Threads among which steps and evaluations share their work, if they are taken there.
    pub(crate) fn pool(&self) -> Option<TrainingPool> {
        self.work.pool().cloned()
    }

    /// The observer, for the one who will ask it.
    pub(super) fn take_observer(&mut self) -> Option<Box<dyn Observer>> {
        self.observer.take()
    }

    /// What schedules that learn from the run, and observers, see.
    pub fn so_far(&self) -> &RunView {
        self.metrics.view()
    }

    /// No step follows: those who look at its numbers are told.
    pub fn has_diverged(&mut self) {
        self.metrics.diverged();
    }

    /// The numbers of the run with where it stands, for those who ask after a step.
    pub fn view(&mut self) -> RunView {
        RunView { position: self.position(), ..*self.metrics.view() }
    }

    /// Where the weights stand, as expressions and scripts see it.
    pub(super) fn position(&mut self) -> Position {
        self.spot().map_or(Position::Network, |spot| Position::Landscape { x: spot.x, y: spot.y, height: spot.height })
    }

    /// Where the weights stand, if it is a landscape that they walk.
    pub fn spot(&mut self) -> Option<Spot> {
        self.work.spot(&self.params)
    }

    /// An evaluation is due after this report's step.
    pub fn wants_evaluation(&self, report: &StepReport) -> bool {
        report.finished || (report.epoch_ended && report.epoch.is_multiple_of(self.recipe.evaluate_every))
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
        match self.recipe.length {
            Length::Epochs(epochs) => epochs.saturating_mul(self.steps_per_epoch()),
            Length::Steps(steps) => steps,
        }
    }

    /// Ends after so many updates, if it would not end before.
    pub fn end_after(&mut self, steps: u64) {
        self.recipe.length = Length::Steps(self.steps_total().min(steps));
    }

    /// Samples in a full mini-batch; 1 on a landscape.
    pub fn batch(&self) -> usize {
        self.work.batch()
    }

    /// Mini-batches whose gradients' mean makes an update; 1 on a landscape.
    pub fn accumulate(&self) -> usize {
        self.work.accumulate()
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
        &self.recipe.rule
    }

    /// The element whose updates are kept for [`Rule::reading`] at watched steps.
    pub fn look_at(&mut self, parameter: usize, element: usize) {
        self.recipe.rule.look_at(parameter, element);
    }
}
