//! From a checked lab to what trains: samples, their two parts, the network with its first weights
//! or the landscape with its start, the rule.

mod knobs;
pub(in crate::lab) mod memory;
mod race;
mod series;

use std::sync::Arc;

use crate::data::{Cell, Dataset, Mismatch, Raw, Standardizer, split, take_test};
use crate::error::{Error, Result};
use crate::lab::plan::race::Split;
use crate::lab::plan::{
    Batch, DataPlan, DescentPlan, HyperSetting, Lab, LayerPlan, LossPlan, NetworkPlan, NetworkSubject, OptimizerPlan,
    Samples, Scripted, Subject, Weights,
};
use crate::nn::{Loss, Network};
use crate::optim::{Constant, ParameterFacts, Schedule};
use crate::program::{Arena, Layout, Pointwise, Real};
use crate::script;
use crate::train::{Descent, ExperimentConfig, GroupDrive, HyperGroups, Learning, Objective};
use memory::capacity;
use race::SharedData;

impl Lab {
    /// Everything that trains, built anew: data, parts, network, first weights, rule and schedules.
    ///
    /// Another seed than the lab's changes generated data, the part held out, the first weights, the order of the
    /// samples and what dropout switches off. `threads` may work on an evaluation and never change a number.
    ///
    /// # Errors
    /// A lab of another kind has no network. A script that fails, or makes data of another shape, with this seed; with the
    /// lab's own seed it does not.
    pub fn experiment(&self, seed: Option<u64>, threads: usize) -> Result<ExperimentConfig<f32>> {
        self.experiment_with(&mut SharedData::default(), seed.unwrap_or(self.seed), threads)
    }

    /// The same around data that other runs may share.
    pub(in crate::lab) fn experiment_with(
        &self,
        shared: &mut SharedData,
        seed: u64,
        threads: usize,
    ) -> Result<ExperimentConfig<f32>> {
        match &self.subject {
            Subject::Network(subject) => {
                let split = shared.split_data(subject, seed)?;
                self.learn(subject, split, seed, threads)
            }
            Subject::Landscape(_) => Err(Error::fault("a landscape has no network to train")),
            Subject::Series(_) => Err(self.descent().err().unwrap_or_else(|| Error::fault("a series that descends"))),
        }
    }

    /// The way over a landscape, built anew, in `f64` from end to end. Another seed than the lab's changes the noise.
    ///
    /// # Errors
    /// A lab of another kind has no landscape; a script that fails.
    pub fn landscape_experiment(&self, seed: Option<u64>) -> Result<ExperimentConfig<f64>> {
        let Subject::Landscape(plan) = &self.subject else {
            return Err(self.descent().err().unwrap_or_else(|| Error::fault("a network has no landscape to walk")));
        };
        let landscape = script::landscape(&plan.scripted.script, &plan.scripted.values)?;
        let descent = Descent { landscape, noise: plan.noise };
        self.around(Objective::Landscape(descent), Descent::at(plan.start), seed.unwrap_or(self.seed), 1)
    }

    /// A network's experiment, around data that are ready.
    pub(in crate::lab) fn learn(
        &self,
        subject: &NetworkSubject,
        split: Split,
        seed: u64,
        threads: usize,
    ) -> Result<ExperimentConfig<f32>> {
        let training = self.descent()?.training;
        let Split { train, validation, test } = split;
        let batch = batch(training.batch, train.samples());
        let parts = [Some(&train), validation.as_ref(), test.as_ref()];
        let samples = parts.into_iter().flatten().map(|part| part.samples()).max().unwrap_or(0);
        let mut network = network(&subject.network, capacity(batch, samples))?;
        let mut params = network.initialise(seed);
        if let Some(weights) = &subject.weights {
            load(weights, &mut params, network.statistics_mut())?;
        }
        let learning = Learning {
            train,
            validation,
            test,
            network,
            loss: loss(&subject.loss, subject.network.outputs())?,
            penalty: subject.penalty,
            batch,
            order: training.order,
            rest: training.rest,
            accumulate: training.accumulate,
        };
        self.around(Objective::Network(Box::new(learning)), params, seed, threads)
    }

    /// What is the same whatever is trained: the rule, its schedules, and when the run ends.
    fn around<F: Real>(
        &self,
        objective: Objective<F>,
        params: Arena<F>,
        seed: u64,
        threads: usize,
    ) -> Result<ExperimentConfig<F>> {
        let DescentPlan { optimizer, clip, training, events } = self.descent()?;
        let mut hyper: Vec<Box<dyn Schedule>> = Vec::with_capacity(optimizer.hyper.len());
        for (name, setting) in &optimizer.hyper {
            hyper.push(knobs::driven(drive(setting)?, optimizer.script.parameter(name), knobs::turns(events, name)));
        }
        let groups = groups(optimizer, params.layout())?;
        let parameters: Vec<ParameterFacts> = params.layout().parameters().iter().map(ParameterFacts::from).collect();
        let mut rule = script::rule_for(&optimizer.script, &parameters)?;
        for (usual, schedule) in rule.usual.iter_mut().zip(&mut hyper) {
            *usual = schedule.rate(0)?;
        }
        Ok(ExperimentConfig {
            objective,
            params,
            rule,
            hyper,
            groups,
            clip: *clip,
            length: training.length,
            evaluate: training.evaluate,
            seed,
            threads,
            observer: self.observe.as_ref().map(|observe| script::observer(&observe.script)).transpose()?,
        })
    }
}

fn drive(setting: &HyperSetting) -> Result<Box<dyn Schedule>> {
    Ok(match setting {
        HyperSetting::Number(value) => Box::new(Constant(*value)),
        HyperSetting::Schedule(scripted) => {
            let schedule = script::schedule(&scripted.script, &scripted.values)?;
            scripted.script.look_ahead()?;
            schedule
        }
    })
}

/// What the lab sets for groups of these parameters.
fn groups(plan: &OptimizerPlan, layout: &Layout) -> Result<HyperGroups> {
    let mut groups = HyperGroups { drives: Vec::new(), of: vec![Vec::new(); layout.parameters().len()] };
    for group in &plan.groups {
        let members = layout.parameters().iter().map(ParameterFacts::from).map(|facts| group.holds_for(&facts));
        let members: Vec<bool> = members.collect();
        for (name, setting) in &group.hyper {
            let Some(hyper) = plan.hyper.iter().position(|(own, _)| own == name) else { continue };
            let own = groups.of.iter_mut().zip(&members).filter(|(_, member)| **member);
            own.for_each(|(of, _)| of.push(groups.drives.len()));
            // Turns of the knob scale it, and are made where the values are taken.
            let schedule = knobs::driven(drive(setting)?, plan.script.parameter(name), Vec::new());
            groups.drives.push(GroupDrive { hyper, group: group.told(), schedule });
        }
    }
    Ok(groups)
}

impl NetworkPlan {
    /// Numbers that go out for a sample.
    pub fn outputs(&self) -> usize {
        outputs(self.layers.iter(), self.inputs)
    }
}

/// The width after the last of these layers.
pub(in crate::lab) fn outputs<'l>(layers: impl Iterator<Item = &'l LayerPlan>, inputs: usize) -> usize {
    layers.fold(inputs, |width, layer| layer.outputs(width))
}

/// Samples in a mini-batch of so many to train on.
pub(in crate::lab) fn batch(batch: Batch, samples: usize) -> usize {
    match batch {
        Batch::Full => samples,
        Batch::Size(size) => size.min(samples),
    }
}

/// The samples as they are made or have been read.
pub(in crate::lab) fn samples(plan: &DataPlan, seed: u64) -> Result<Raw> {
    match &plan.samples {
        Samples::Generated(params) => Raw::generated(params, seed, plan.standardize),
        Samples::Script(scripted) if plan.standardize => {
            script::dataset(&scripted.script, &scripted.values, seed).map(Raw::Double)
        }
        Samples::Script(scripted) => script::dataset(&scripted.script, &scripted.values, seed).map(Raw::Single),
        Samples::Csv { data, .. } | Samples::Idx { data, .. } => Ok(Raw::clone(data)),
    }
}

/// The parts of a network's data, with targets as its loss wants them.
pub(in crate::lab) fn split_data(subject: &NetworkSubject, seed: u64) -> Result<Split> {
    let data = samples(&subject.data, seed)?;
    if data.features() != subject.network.inputs {
        let (has, had) = (data.features(), subject.network.inputs);
        let what = format!("`{}` has {has} features with the seed {seed}, but {had} with the lab's", data.origin());
        return Err(Error::user(what).help("a dataset has the same columns with every seed"));
    }
    let data = fit(data, &subject.loss, subject.network.outputs())?;
    parts(data, &subject.data, seed)
}

/// Targets of the kind that a loss learns, for so many outputs.
///
/// Known classes stay classes under a loss of one value an element: it sees them one-hot, and an accuracy can be told.
pub(in crate::lab) fn fit(data: Raw, loss: &LossPlan, outputs: usize) -> Result<Raw, Mismatch> {
    data.with_target(|target, origin| match loss {
        loss if loss.learns_classes(target.columns(), outputs) => target.into_classes(outputs, origin),
        LossPlan::BinaryCrossEntropy => {
            let target = target.into_values(outputs, origin)?;
            target.check_binary(origin).map(|()| target)
        }
        _ if target.classes() == Some(outputs) => Ok(target),
        _ => target.into_values(outputs, origin),
    })
}

/// The part to train on and those held out, all standardised by the first if that is wanted, and rounded at the end.
pub(in crate::lab) fn parts(data: Raw, plan: &DataPlan, seed: u64) -> Result<Split> {
    match data {
        Raw::Single(data) => parts_of(data, plan, seed),
        Raw::Double(data) => parts_of(data, plan, seed),
        Raw::Pixels(data) => parts_of(data, plan, seed),
    }
}

fn parts_of<C: Cell>(data: Dataset<C, f64>, plan: &DataPlan, seed: u64) -> Result<Split> {
    let samples = data.samples();
    let (train, validation) = split(data, plan.validation, seed)?;
    let (train, test) = take_test(train, plan.test, samples, seed)?;
    let standardizer = plan.standardize.then(|| Standardizer::fit(&train));
    let finished = |part: Dataset<C, f64>| match &standardizer {
        Some(standardizer) => standardizer.apply(part).map(Arc::new),
        None => Ok(Arc::new(part.rounded())),
    };
    let train = finished(train)?;
    Ok(Split { train, validation: validation.map(finished).transpose()?, test: test.map(finished).transpose()? })
}

/// The network with memory for so many samples.
pub(in crate::lab) fn network(plan: &NetworkPlan, capacity: usize) -> Result<Network<f32>> {
    let function = |scripted: Scripted| {
        let function = script::activation(&scripted.script, &scripted.values)?;
        Ok(Box::new(function) as Box<dyn Pointwise<f32>>)
    };
    Network::of_kinds(plan.inputs, plan.layers.clone(), capacity, function)
}

fn loss(plan: &LossPlan, outputs: usize) -> Result<Loss<f32>> {
    Ok(match plan {
        LossPlan::CrossEntropy => Loss::CrossEntropy,
        LossPlan::BinaryCrossEntropy => Loss::BinaryCrossEntropy,
        LossPlan::Hinge => Loss::Hinge,
        LossPlan::Script { scripted, .. } => {
            Loss::pointwise(script::loss(&scripted.script, &scripted.values, outputs)?)
        }
    })
}

/// Puts weights from a file in the place of the initialisers', and its running statistics in that of the first ones.
fn load(weights: &Weights, params: &mut Arena<f32>, statistics: &mut Arena<f32>) -> Result<()> {
    let count = params.layout().parameters().len();
    let layout = statistics.layout().clone();
    let mut saved = (0..layout.parameters().len()).filter(|at| layout.parameters()[*at].kind.is_saved());
    for (at, tensor) in weights.tensors.iter().enumerate() {
        let values = match (at < count).then_some(at) {
            Some(at) => params.get_mut(at),
            None => saved.next().map(|at| statistics.get_mut(at)).unwrap_or_default(),
        };
        if values.len() != tensor.len() {
            return Err(Error::fault(format!("tensor {at} of `{}` does not fit the network any more", weights.path)));
        }
        values.copy_from_slice(tensor);
    }
    Ok(())
}
