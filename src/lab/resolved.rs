//! A checked lab as YAML again, with every default filled in: what a run keeps beside its numbers. Paths stay as the lab
//! gives them.

use serde_yaml::{Mapping, Value};

use super::lab::{
    Batch, DataPlan, Drive, Lab, LandscapePlan, LayerPlan, LossPlan, NetworkPlan, Samples, Scripted, Subject,
};
use crate::data::{Order, Rest};
use crate::error::{Error, Result};
use crate::optim::Clip;
use crate::script::{HyperValue, HyperValues};
use crate::train::Length;
use crate::train::snapshot::Speed;

/// The lab's text; [`Lab::resolved`] itself is not looked at.
pub(super) fn yaml(lab: &Lab) -> Result<String> {
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
    }
    root.set("training", training(lab));
    let mut optimizer = Entries::of([("rule", lab.optimizer.spec.as_str().into())]);
    for (name, drive) in &lab.optimizer.hyper {
        optimizer.set(
            name,
            match drive {
                Drive::Number(value) => number(*value),
                Drive::Schedule(schedule) => scripted("schedule", schedule),
            },
        );
    }
    root.set("optimizer", optimizer);
    if let Some(observer) = &lab.observe {
        root.set("observe", observer.spec.as_str());
    }
    root.set("watch", watch(lab));
    serde_yaml::to_string(&Value::from(root)).map_err(|error| Error::fault(format!("a lab as YAML: {error}")))
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
        Samples::Csv { path, targets, .. } => {
            let target = match targets.as_slice() {
                [one] => one.as_str().into(),
                many => many.iter().map(|name| Value::from(name.as_str())).collect::<Vec<_>>().into(),
            };
            Entries::of([("csv", path.as_str().into()), ("target", target)])
        }
        Samples::Idx { images, labels, .. } => {
            let pair = [("images", images.as_str().into()), ("labels", labels.as_str().into())];
            Entries::of([("idx", Entries::of(pair).into())])
        }
    };
    map.set("standardize", plan.standardize);
    map.set("validation", number(plan.validation));
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
    match plan {
        LayerPlan::Dense { units, init, bias } => {
            let dense =
                Entries::of([("units", (*units).into()), ("init", init.name().into()), ("bias", (*bias).into())]);
            Entries::of([("dense", dense.into())]).into()
        }
        LayerPlan::Dropout { rate } => Entries::of([("dropout", number(*rate))]).into(),
        LayerPlan::LayerNorm { eps } => {
            Entries::of([("layer_norm", Entries::of([("eps", number(*eps))]).into())]).into()
        }
        LayerPlan::BatchNorm { momentum, eps } => {
            let settings = Entries::of([("momentum", number(*momentum)), ("eps", number(*eps))]);
            Entries::of([("batch_norm", settings.into())]).into()
        }
        LayerPlan::Activation(script) if script.is_file() => scripted("script", script),
        LayerPlan::Activation(script) if script.values.is_empty() => script.spec.as_str().into(),
        LayerPlan::Activation(script) => {
            let mut settings = Entries::default();
            settings.extend(&script.values);
            Entries::of([(script.spec.as_str(), settings.into())]).into()
        }
    }
}

fn loss(plan: &LossPlan) -> Value {
    match plan {
        LossPlan::Script(script) if script.is_file() => scripted("script", script),
        plan => plan.name().into(),
    }
}

fn training(lab: &Lab) -> Value {
    let plan = &lab.training;
    let mut map = match plan.length {
        Length::Epochs(epochs) => Entries::of([("epochs", epochs.into())]),
        Length::Steps(steps) => Entries::of([("steps", steps.into())]),
    };
    let samples = lab.network().is_some();
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
    }
    match lab.clip {
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
