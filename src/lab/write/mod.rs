//! A checked lab as YAML again, with every default filled in: what a run keeps beside its numbers. Paths stay as the lab
//! gives them.

mod packed;
mod saved;

pub use packed::PackedText;

use serde_yaml::{Mapping, Value};

use crate::data::{Order, Rest};
use crate::error::{Error, Result};
use crate::lab::keys::{self, LabKind};
use crate::lab::plan::knobs::Knob;
use crate::lab::plan::series::SeriesSource;
use crate::lab::plan::{
    Batch, DataPlan, DescentPlan, GroupPlan, HyperSetting, InputColumns, Lab, LandscapePlan, LayerPlan, LossPlan,
    NetworkPlan, OptimizerPlan, Samples, Scripted, Selector, Subject,
};
use crate::lab::yaml::node::Node;
use crate::nn::Setting;
use crate::optim::{Average, Clip};
use crate::script::{HyperValue, HyperValues};
use crate::snapshot::Speed;
use crate::train::Length;

/// The lab's text; [`Lab::resolved`] itself is not looked at.
pub(in crate::lab) fn yaml(lab: &Lab) -> Result<String> {
    let mut root = Entries::default();
    root.set("format", 1);
    root.set("id", lab.id.as_str());
    root.set("title", lab.title.as_str());
    if !lab.about.is_empty() {
        root.set("about", lab.about.as_str());
    }
    root.set("seed", lab.seed);
    match &lab.subject {
        Subject::Network(subject) => {
            root.set("data", data(&subject.data));
            root.set("network", network(&subject.network));
            if let Some(weights) = &subject.weights {
                root.set("initial", Entries::of([("weights", weights.path.as_str().into())]));
            }
            root.set("loss", loss(&subject.loss));
            let penalty = subject.penalty;
            root.set("penalty", Entries::of([("l1", number(penalty.l1)), ("l2", number(penalty.l2))]));
        }
        Subject::Landscape(plan) => root.set("landscape", landscape(plan)),
        Subject::Series(plan) => {
            root.set("series", series(&plan.source));
            root.set("averages", plan.averages.iter().map(average).collect::<Vec<_>>());
        }
    }
    if let Some(descent) = &lab.descent {
        root.set("training", training(descent, lab.network().is_some()));
        root.set("optimizer", optimizer(&descent.optimizer));
        if !descent.events.is_empty() {
            root.set("events", events(&descent.events));
        }
    }
    if let Some(observer) = &lab.observe {
        root.set("observe", observer.spec.as_str());
    }
    root.set("watch", watch(lab));
    serde_yaml::to_string(&Value::from(root)).map_err(|error| Error::fault(format!("a lab as YAML: {error}")))
}

/// The section `data` alone: what tells whether two labs have the same samples.
pub(in crate::lab) fn data_text(plan: &DataPlan) -> Result<String> {
    serde_yaml::to_string(&data(plan)).map_err(|error| Error::fault(format!("data as YAML: {error}")))
}

/// A section as it is given: what a racer does not say is in the sections above.
pub(in crate::lab) fn section(key: &str, node: &Node) -> String {
    let mut root = Entries::default();
    root.set(key, value(node));
    // A tree that was read from YAML can be written as YAML.
    serde_yaml::to_string(&Value::from(root)).unwrap_or_default()
}

impl Node {
    /// The node as a whole text of YAML.
    pub fn as_yaml(&self) -> String {
        serde_yaml::to_string(&value(self)).unwrap_or_default()
    }
}

/// A key of a race's rules with its word.
pub(in crate::lab) fn rule(key: &str, word: &str) -> String {
    format!("{key}: {word}\n")
}

fn value(node: &Node) -> Value {
    match node {
        Node::Null => Value::Null,
        Node::Bool(flag) => (*flag).into(),
        Node::Int(whole) => match (i64::try_from(*whole), u64::try_from(*whole)) {
            (Ok(whole), _) => whole.into(),
            (_, Ok(whole)) => whole.into(),
            _ => (*whole as f64).into(),
        },
        Node::Float(value) => number(*value),
        Node::Str(text) => text.as_str().into(),
        Node::Seq(items) => items.iter().map(value).collect::<Vec<_>>().into(),
        Node::Map(entries) => {
            let mut map = Entries::default();
            entries.iter().for_each(|(key, node)| map.set(key, value(node)));
            map.into()
        }
    }
}

/// A map being written, in order.
#[derive(Default)]
struct Entries(Mapping);

impl Entries {
    fn of<const N: usize>(entries: [(&str, Value); N]) -> Self {
        let mut map = Self::default();
        for (key, value) in entries {
            map.set(key, value);
        }
        map
    }

    fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.into(), value.into());
    }

    fn extend(&mut self, values: &HyperValues) {
        for (name, value) in values {
            self.set(
                name,
                match value {
                    HyperValue::Number(value) => number(*value),
                    HyperValue::Text(word) => word.as_str().into(),
                    HyperValue::List(values) => values.iter().map(|value| number(*value)).collect::<Vec<_>>().into(),
                },
            );
        }
    }
}

impl From<Entries> for Value {
    fn from(entries: Entries) -> Self {
        Self::Mapping(entries.0)
    }
}

/// A number as a person would write it: whole ones, up to what `f64` counts exactly, without a point.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 && !(value == 0.0 && value.is_sign_negative()) {
        (value as i64).into()
    } else {
        value.into()
    }
}

/// `{script: FILE.rhai, beta: 1.5}`, under whatever key the script is named.
fn scripted(key: &str, scripted: &Scripted) -> Value {
    let mut map = Entries::of([(key, scripted.spec.as_str().into())]);
    map.extend(&scripted.values);
    map.into()
}

fn data(plan: &DataPlan) -> Value {
    let mut map = match &plan.samples {
        Samples::Generated(params) => {
            let mut map = Entries::of([("source", params.spec().name.into())]);
            params.iter().for_each(|(name, value)| map.set(name, number(value)));
            map
        }
        Samples::Script(script) => {
            let mut map = Entries::of([("script", script.spec.as_str().into())]);
            map.extend(&script.values);
            map
        }
        Samples::Csv { path, header, targets, inputs, .. } => {
            let list = |names: &[String]| names.iter().map(|name| Value::from(name.as_str())).collect::<Vec<_>>();
            let target = match targets.as_slice() {
                [one] => one.as_str().into(),
                many => list(many).into(),
            };
            let mut map =
                Entries::of([("csv", path.as_str().into()), ("header", (*header).into()), ("target", target)]);
            match inputs {
                InputColumns::Rest => {}
                InputColumns::Only(names) => map.set("columns", list(names)),
                InputColumns::Without(names) => map.set("without", list(names)),
            }
            map
        }
        Samples::Idx { images, labels, .. } => {
            let pair = [("images", images.as_str().into()), ("labels", labels.as_str().into())];
            Entries::of([("idx", Entries::of(pair).into())])
        }
    };
    map.set("standardize", plan.standardize);
    map.set("validation", number(plan.validation));
    map.set("test", number(plan.test));
    map.into()
}

fn landscape(plan: &LandscapePlan) -> Value {
    let key = if plan.scripted.is_file() { "script" } else { "source" };
    let mut map = Entries::of([(key, plan.scripted.spec.as_str().into())]);
    map.set("start", plan.start.map(number).to_vec());
    map.set("noise", number(plan.noise));
    map.extend(&plan.scripted.values);
    map.into()
}

fn network(plan: &NetworkPlan) -> Value {
    match &plan.script {
        Some(script) => scripted("script", script),
        None => plan.layers.iter().map(layer).collect::<Vec<_>>().into(),
    }
}

fn layer(plan: &LayerPlan) -> Value {
    if let LayerPlan::Activation { function, .. } = plan {
        return activation(function);
    }
    let written = |setting: Setting| match setting {
        Setting::Whole(value) => value.into(),
        Setting::Number(value) => number(value),
        Setting::Flag(value) => value.into(),
        Setting::Init(init) => init.name().into(),
    };
    let names = keys::names(&format!("network[].{}", plan.name()), LabKind::Network);
    let mut settings = plan.settings().into_iter().map(written);
    let mut map = Entries::default();
    let value = match names.as_slice() {
        // Its one setting is its value.
        [] => settings.next().unwrap_or_default(),
        names => {
            names.iter().zip(settings).for_each(|(name, value)| map.set(name, value));
            map.into()
        }
    };
    Entries::of([(plan.name(), value)]).into()
}

fn activation(script: &Scripted) -> Value {
    if script.is_file() {
        return scripted("script", script);
    }
    if script.values.is_empty() {
        return script.spec.as_str().into();
    }
    let mut settings = Entries::default();
    settings.extend(&script.values);
    Entries::of([(script.spec.as_str(), settings.into())]).into()
}

fn loss(plan: &LossPlan) -> Value {
    match plan {
        LossPlan::Script { scripted: script, .. } if script.is_file() || !script.values.is_empty() => {
            scripted("script", script)
        }
        plan => plan.name().into(),
    }
}

fn series(source: &SeriesSource) -> Value {
    let written = |values: &[f64]| values.iter().map(|value| number(*value)).collect::<Vec<_>>();
    match source {
        SeriesSource::Embedded(spec) => Entries::of([("source", spec.name.into())]).into(),
        SeriesSource::Script(script) => scripted(if script.is_file() { "script" } else { "source" }, script),
        SeriesSource::Csv { path, header, column, .. } => Entries::of([
            ("csv", path.as_str().into()),
            ("header", (*header).into()),
            ("column", column.as_str().into()),
        ])
        .into(),
        SeriesSource::Values(values) => Entries::of([("values", written(values).into())]).into(),
    }
}

fn average(average: &Average) -> Value {
    match average {
        Average::Simple { window } => Entries::of([("simple", (*window).into())]),
        Average::Weighted { weights } => {
            let weights: Vec<Value> = weights.iter().map(|weight| number(*weight)).collect();
            Entries::of([("weighted", weights.into())])
        }
        Average::Exponential { beta, corrected } => {
            let settings = Entries::of([("beta", number(*beta)), ("corrected", (*corrected).into())]);
            Entries::of([("exponential", settings.into())])
        }
    }
    .into()
}

/// `[{step: 57, set: {lr: 0.01}}]`
pub(in crate::lab) fn events(knobs: &[Knob]) -> Value {
    let event = |knob: &Knob| {
        let set = Entries::of([(knob.name.as_str(), number(knob.value))]);
        Value::from(Entries::of([("step", knob.step.into()), ("set", set.into())]))
    };
    knobs.iter().map(event).collect::<Vec<_>>().into()
}

fn optimizer(plan: &OptimizerPlan) -> Value {
    let mut map = Entries::of([("rule", plan.spec.as_str().into())]);
    plan.hyper.iter().for_each(|(name, setting)| map.set(name, drive(setting)));
    if !plan.groups.is_empty() {
        map.set("groups", plan.groups.iter().map(group).collect::<Vec<_>>());
    }
    map.into()
}

fn drive(setting: &HyperSetting) -> Value {
    match setting {
        HyperSetting::Number(value) => number(*value),
        HyperSetting::Schedule(schedule) => scripted("schedule", schedule),
    }
}

/// `{kind: bias, weight_decay: 0}`
fn group(plan: &GroupPlan) -> Value {
    let mut map = Entries::default();
    for (selector, _) in &plan.selectors {
        match selector {
            Selector::Name(name) => map.set("name", name.as_str()),
            Selector::Kind(kind) => map.set("kind", kind.as_str()),
            Selector::Layer(layer) => map.set("layer", *layer),
        }
    }
    plan.hyper.iter().for_each(|(name, setting)| map.set(name, drive(setting)));
    map.into()
}

/// `samples` are learned, so that there are batches and epochs.
fn training(descent: &DescentPlan, samples: bool) -> Value {
    let plan = &descent.training;
    let mut map = match plan.length {
        Length::Epochs(epochs) => Entries::of([("epochs", epochs.into())]),
        Length::Steps(steps) => Entries::of([("steps", steps.into())]),
    };
    if samples {
        map.set(
            "batch",
            match plan.batch {
                Batch::Full => Value::from("full"),
                Batch::Size(size) => size.into(),
            },
        );
        map.set("shuffle", plan.order == Order::Shuffled);
        map.set("rest", if plan.rest == Rest::Drop { "drop" } else { "keep" });
        map.set("accumulate", plan.accumulate);
    }
    match descent.clip {
        None => {}
        Some(Clip::Norm(limit)) => map.set("clip_norm", number(limit)),
        Some(Clip::Value(limit)) => map.set("clip_value", number(limit)),
    }
    if samples {
        map.set("evaluate", plan.evaluate);
    }
    map.into()
}

fn watch(lab: &Lab) -> Value {
    let mut map = Entries::default();
    if let Some(watched) = &lab.watch.parameter {
        map.set("parameter", watched.text.as_str());
    }
    if !lab.watch.panes.is_empty() {
        map.set("panes", lab.watch.panes.iter().map(|pane| Value::from(*pane)).collect::<Vec<_>>());
    }
    map.set(
        "speed",
        match lab.watch.speed {
            Speed::Max => Value::from("max"),
            Speed::PerSecond(speed) => number(speed),
        },
    );
    map.into()
}
