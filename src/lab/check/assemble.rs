//! The sections assembled: outputs that fit the data, all of it within memory, and a lab that can be built.

use super::data::DataSection;
use super::events::PlacedKnob;
use super::layers::PlacedLayer;
use super::network::NetworkSection;
use super::optimizer::OptimizerSection;
use super::rounding::lost_targets;
use super::training::TrainingSection;
use super::warnings::pace::Steps;
use super::watch::WatchSection;
use super::{Check, Head};
use crate::data::{Batches, Mismatch, Raw, Target, classes, csv};
use crate::error::{Error, Place};
use crate::lab::build;
use crate::lab::build::memory::Demand;
use crate::lab::plan::race::CheckedData;
use crate::lab::plan::{
    Batch, DescentPlan, HyperSetting, Lab, LayerPlan, LossPlan, NetworkPlan, NetworkSubject, OptimizerPlan, Samples,
    Scripted, Subject,
};
use crate::lab::read::field::Field;
use crate::lab::write;
use crate::nn::Penalty;
use crate::script::HyperValue;
use crate::snapshot::RaceRules;
use crate::train::{Experiment, Length};

/// Every section, right by itself.
pub(super) struct Sections<'d> {
    pub head: Head,
    pub data: DataSection,
    pub network: NetworkSection,
    pub initial: Option<Field<'d>>,
    pub loss: LossPlan,
    pub penalty: Penalty,
    pub training: TrainingSection,
    pub optimizer: OptimizerSection,
    pub events: Vec<PlacedKnob>,
    pub observe: Option<Scripted>,
    pub watch: WatchSection,
}

impl Check<'_> {
    pub(super) fn assemble(&mut self, sections: Sections<'_>) -> Option<Lab> {
        let Sections { head, data, network, initial, loss, penalty, training, optimizer, events, observe, watch } =
            sections;
        let states = optimizer.rule.as_ref().map_or(0, |rule| rule.most_tensors);
        let squares = optimizer.rule.as_ref().map_or([0; 2], |rule| rule.program.squares());
        let demand = |samples: f64, features: f64| Demand {
            samples,
            features,
            held_out: data.plan.validation + data.plan.test,
            batch: training.plan.batch,
            states,
            accumulates: training.plan.accumulate > 1,
            squares,
            rule: None,
            place: data.samples.clone(),
        };
        // What is made is counted before it is made.
        if let Samples::Generated(params) = &data.plan.samples {
            let layers = match &network {
                NetworkSection::Layers { layers, .. } => layers.as_slice(),
                NetworkSection::Script { .. } => &[],
            };
            let fits = demand(params.samples(), params.features()).check(placed(layers));
            self.problems.keep(fits)?;
        }
        let raw = build::samples(&data.plan, head.seed).map_err(|error| error.at(data.origin.clone()));
        let raw = self.problems.keep(raw)?;

        let allowed = AllowedOutputs::of(&raw, &loss);
        let inputs = raw.features();
        let (layers, place, script) = match network {
            NetworkSection::Layers { layers, place } => (layers, place, None),
            NetworkSection::Script { scripted, files } => {
                let layers = self.listed(&scripted, &files, inputs, allowed.outputs[0])?;
                (layers, scripted.script.place(), Some(scripted))
            }
        };
        let without_step = demand(raw.samples() as f64, inputs as f64);
        self.problems.keep(without_step.check(placed(&layers)))?;
        let outputs = build::outputs(layers.iter().map(|layer| &layer.plan), inputs);
        let last = last_dense(&layers).cloned();
        let Some(last) = last else {
            let error = Error::user("the network has nothing to train: it has no dense layer").at(place);
            self.problems.push(error.help(format!("end it with `dense: {}`", allowed.outputs[0])));
            return None;
        };
        self.problems.keep(allowed.check(outputs, &loss).map_err(|error| error.at(last.clone())))?;
        self.problems.keep(validation_is_there(&optimizer.plan, &data))?;
        let fitted = build::fit(raw, &loss, outputs);
        let fitted = self.problems.keep(fitted.map_err(|mismatch| located(mismatch, &data, &last)))?;
        let samples = fitted.samples();
        let lost_targets = lost_targets(fitted.target());
        let parts = build::parts(fitted, &data.plan, head.seed);
        let too_much = (samples as f64 * data.plan.validation).round() >= samples as f64;
        let at = if data.plan.test > 0.0 && !too_much { &data.test } else { &data.validation };
        let split = self.problems.keep(parts.map_err(|error| error.at(at.clone())))?;
        let train = split.train.clone();
        self.warn_of_data(&data, &train, &lost_targets);
        let size = match training.plan.batch {
            Batch::Full => train.samples(),
            Batch::Size(size) => size,
        };
        let plan = training.plan;
        let batches = Batches::new(train.samples(), size, plan.order, plan.rest, head.seed);
        let batches = self.problems.keep(batches.map_err(|error| error.at(training.batch.clone())))?;
        if let Some(place) = &training.accumulate {
            self.warn_of_accumulate(batches.per_epoch(), plan.accumulate, place);
        }
        let batches = batches.accumulating(plan.accumulate);
        self.norms(&layers, inputs, size.min(train.samples()), &training.batch)?;
        self.warn_of_layers(&layers, initial.is_some());
        self.warn_of_end(&layers, &loss, outputs, &train);
        if training.batch_given {
            self.warn_of_batch(train.samples(), size, &training.batch);
        }
        self.warn_of_rest(&layers, train.samples(), size, (&plan, &training.batch));
        let count = match plan.length {
            Length::Steps(steps) => steps,
            Length::Epochs(epochs) => epochs.saturating_mul(batches.updates_per_epoch() as u64),
        };
        self.warn_of_pace(&optimizer.plan, &events, &Steps { count, place: &training.length });
        let events = PlacedKnob::knobs(events);

        let plans = layers.iter().map(|layer| layer.plan.clone()).collect();
        let network = NetworkPlan { inputs, layers: plans, script };
        let smallest = self.problems.keep(build::network(&network, 1).map_err(|error| error.at(place.clone())))?;
        let rule = self.rule_of_parameters((&optimizer.plan, &optimizer.place), smallest.layout())?;
        let whole = Demand { rule: Some(rule), ..without_step };
        let bytes = self.problems.keep(whole.check(placed(&layers)))?;
        self.match_groups(&optimizer.plan.groups, smallest.layout());
        let watch = self.watched(watch, smallest.layout(), "the network");
        let weights = self.initial(initial.as_ref(), [smallest.layout(), smallest.statistics().layout()]);
        let has_accuracy = loss.is_of_classes() || matches!(train.target(), Target::Classes { .. });
        let subject = NetworkSubject { data: data.plan, network, weights: weights?, loss, penalty, has_accuracy };
        let mut lab = Lab {
            id: head.id,
            title: head.title,
            about: head.about,
            learnt: head.learnt,
            revision: head.revision,
            packed: head.packed,
            tasks: Vec::new(),
            seed: head.seed,
            subject: Subject::Network(Box::new(subject.clone())),
            descent: Some(DescentPlan { optimizer: optimizer.plan, clip: training.clip, training: plan, events }),
            observe,
            watch: watch?,
            race: Vec::new(),
            rules: RaceRules::default(),
            bytes,
            scripts_used: std::mem::take(&mut self.scripts),
            printed: std::mem::take(&mut self.printed),
            warnings: std::mem::take(&mut self.warnings),
            written: head.written,
            resolved: String::new(),
            home: self.home.clone(),
            checked_data: CheckedData::default(),
        };
        lab.resolved = self.problems.keep(write::yaml(&lab))?;
        // Built once, so that nothing is left that training could stumble over before its first step.
        let built = lab.learn(&subject, split.clone(), lab.seed, 1).and_then(Experiment::new);
        self.problems.keep(built.map(drop).map_err(|error| error.at(place)))?;
        // What a script prints while it makes samples belongs to the log of the run.
        if !matches!(subject.data.samples, Samples::Script(_)) {
            lab.checked_data = CheckedData::new(lab.seed, split);
        }
        Some(lab)
    }
}

/// A schedule that watches the part held out needs one.
fn validation_is_there(optimizer: &OptimizerPlan, data: &DataSection) -> crate::Result<()> {
    let watching = optimizer.drives().find_map(|(name, drive, _)| match drive {
        HyperSetting::Schedule(scripted) => {
            let watched = scripted.values.iter().find_map(|(_, value)| match value {
                HyperValue::Text(word) if word.starts_with("val_") => Some(word),
                _ => None,
            });
            watched.map(|word| (name, &scripted.script.name, word))
        }
        HyperSetting::Number(_) => None,
    });
    match watching {
        Some((name, schedule, word)) if data.plan.validation == 0.0 => {
            let what =
                format!("the schedule `{schedule}` of `{name}` watches `{word}`, but there are no validation samples");
            Err(Error::user(what).at(data.validation.clone()).help("hold some out, as in `validation: 0.2`"))
        }
        _ => Ok(()),
    }
}

fn placed(layers: &[PlacedLayer]) -> impl Iterator<Item = (&LayerPlan, &Place)> {
    layers.iter().map(|layer| (&layer.plan, &layer.place))
}

/// Where the units of the last dense layer are given.
fn last_dense(layers: &[PlacedLayer]) -> Option<&Place> {
    let dense = layers.iter().rev().find(|layer| matches!(layer.plan, LayerPlan::Dense { .. }));
    dense.map(|layer| &layer.place)
}

/// The numbers of outputs that data and loss allow.
struct AllowedOutputs {
    /// The first is the natural one. More only where two classes may have one output.
    outputs: Vec<usize>,
    /// Any number will do, as far as this is known.
    open: bool,
    /// "`digits` has 10 classes".
    why: String,
}

impl AllowedOutputs {
    fn of(data: &Raw, loss: &LossPlan) -> Self {
        let named = |count: usize, one: &str, many: &str| {
            format!("`{}` has {count} {}", data.origin(), if count == 1 { one } else { many })
        };
        match (data.target(), loss) {
            (Target::Classes { names, .. }, loss) => {
                let count = names.len();
                let outputs = match (loss, count) {
                    (LossPlan::BinaryCrossEntropy, 2) => vec![1, 2],
                    (LossPlan::Script { softmax: false, .. }, 2) => vec![2, 1],
                    _ => vec![count],
                };
                let why = named(count, "class", "classes") + classes::in_brackets(names).as_str();
                Self { outputs, open: false, why }
            }
            (Target::Values(values), loss) if loss.learns_classes(values.ncols(), 1) => {
                let largest = values.iter().fold(0.0_f64, |most, value| most.max(*value));
                Self { outputs: vec![largest as usize + 1], open: true, why: String::new() }
            }
            (Target::Values(values), loss) => {
                let columns = values.ncols();
                // A loss over the outputs takes a single column for classes where there is more than one output.
                let open = loss.learns_classes(columns, 2);
                Self { outputs: vec![columns], open, why: named(columns, "target column", "target columns") }
            }
        }
    }

    fn check(&self, outputs: usize, loss: &LossPlan) -> crate::Result<()> {
        if self.open || self.outputs.contains(&outputs) {
            return Ok(());
        }
        let allowed: Vec<String> = self.outputs.iter().map(usize::to_string).collect();
        let unit = if self.outputs == [1] { "unit" } else { "units" };
        let allowed = allowed.join(" or ");
        let what = format!("{}, so the last layer needs {allowed} {unit}, not {outputs}", self.why);
        let error = Error::user(what).label(format!("{allowed} {unit} wanted"));
        Err(match (loss, outputs, self.outputs.as_slice()) {
            (loss, 1, [2]) if loss.learns_classes(1, 2) => {
                error.help("one unit for two classes is right for `loss: binary_cross_entropy`")
            }
            (LossPlan::BinaryCrossEntropy, _, [1]) if outputs > 1 => {
                error.help("a column of class indices is right for `loss: cross_entropy`")
            }
            _ => error,
        })
    }
}

/// A target that does not fit, in its cell of the CSV file if there is one, else at the last layer.
fn located(mismatch: Mismatch, data: &DataSection, last: &Place) -> Error {
    let Mismatch { cell, error } = mismatch;
    let place = match (&data.plan.samples, &data.csv, cell) {
        (Samples::Csv { header, targets, .. }, Some(source), Some((sample, column))) => {
            targets.get(column).and_then(|target| csv::locate(source, *header, sample, target))
        }
        _ => None,
    };
    match (place, cell) {
        (Some(place), _) => error.at(place),
        (None, Some(_)) => error.at(last.clone()),
        (None, None) => error.at(data.targets.clone()).help("several columns of numbers are learned by `loss: mse`"),
    }
}
