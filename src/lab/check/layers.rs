//! One list of layers, from YAML or from a script: the names, the settings of each, and how its weights start.

use super::Check;
use crate::error::{Error, Place};
use crate::lab::files::Files;
use crate::lab::keys::interval::Interval;
use crate::lab::plan::{LayerPlan, Scripted, is_script_path};
use crate::lab::read::field::Field;
use crate::lab::yaml::node::{Node, shorten};
use crate::nn::Init;
use crate::script::{self, Kind};

/// A layer and where its size is given.
#[derive(Clone)]
pub(super) struct PlacedLayer {
    pub plan: LayerPlan,
    pub place: Place,
}

/// Layers that are not activations.
const OURS: [&str; 4] = ["dense", "dropout", "layer_norm", "batch_norm"];

/// Activations that are 0 or nearly so for about half of their inputs, for which He's initialiser was made. `selu` is
/// not among them: it wants the variance 1/in, which xavier has between layers of one width.
const RELU_AND_ITS_KIN: [&str; 7] = ["relu", "leaky_relu", "elu", "gelu", "silu", "mish", "softplus"];

impl Check<'_> {
    /// The layers of a list; nothing if one of them is wrong.
    pub(super) fn layers(&mut self, list: &Field<'_>, files: &Files) -> Option<Vec<PlacedLayer>> {
        let items = self.problems.keep(list.list())?;
        if items.is_empty() {
            let error = list.error("the network has no layers");
            self.problems.push(error.help("add one, as in `- dense: 10`"));
            return None;
        }
        let mut layers = Vec::with_capacity(items.len());
        for item in &items {
            if self.problems.is_full() {
                return None;
            }
            layers.push(self.layer(item, files));
        }
        let mut layers: Vec<(PlacedLayer, bool)> = layers.into_iter().collect::<Option<_>>()?;
        for at in 0..layers.len() {
            let between = |layer: &PlacedLayer| {
                matches!(
                    layer.plan,
                    LayerPlan::Dropout { .. } | LayerPlan::LayerNorm { .. } | LayerPlan::BatchNorm { .. }
                )
            };
            let after = layers[at + 1..].iter().find(|(layer, _)| !between(layer));
            let kin = matches!(after, Some((PlacedLayer { plan: LayerPlan::Activation { name: next, .. }, .. }, _))
                if RELU_AND_ITS_KIN.contains(&next.as_str()));
            if let (PlacedLayer { plan: LayerPlan::Dense { init, .. }, .. }, true) = &mut layers[at] {
                *init = if kin { Init::He } else { Init::Xavier };
            }
        }
        Some(layers.into_iter().map(|(layer, _)| layer).collect())
    }

    /// A layer, and whether its initialiser follows from the layer after it.
    fn layer(&mut self, item: &Field<'_>, files: &Files) -> Option<(PlacedLayer, bool)> {
        if matches!(item.node(), Node::Map(entries) if entries.iter().any(|(key, _)| key == "script")) {
            let (scripted, _) = self.scripted(Kind::Activation, "script", item, "the layer", files)?;
            return self.activation(scripted, item).map(|layer| (layer, false));
        }
        let named = item.named("layer");
        let (name, setting) = self.problems.keep(named)?;
        match (name, setting) {
            ("dense", Some(setting)) => self.dense(&setting),
            ("dropout", Some(setting)) => {
                let rate = setting.number_in(Interval::below(0.0, 1.0));
                let rate =
                    self.problems.keep(rate.map_err(|error| error.help("it is the share that is switched off")))?;
                Some((PlacedLayer { plan: LayerPlan::Dropout { rate }, place: setting.place() }, false))
            }
            ("dense", None) => {
                let error = item.error("a dense layer needs its number of units");
                self.problems.push(error.help("write `dense: 64`"));
                None
            }
            ("dropout", None) => {
                let error = item.error("dropout needs the share of units that it switches off");
                self.problems.push(error.help("write `dropout: 0.1`"));
                None
            }
            ("layer_norm", setting) => self.layer_norm(item, setting.as_ref()).map(|layer| (layer, false)),
            ("batch_norm", setting) => self.batch_norm(item, setting.as_ref()).map(|layer| (layer, false)),
            (name, setting) => self.named_activation(name, setting.as_ref(), item, files),
        }
    }

    fn dense(&mut self, setting: &Field<'_>) -> Option<(PlacedLayer, bool)> {
        let units =
            |field: &Field<'_>| field.whole(1..=u64::MAX).map(|units| usize::try_from(units).unwrap_or(usize::MAX));
        if !matches!(setting.node(), Node::Map(_)) {
            let units = self.problems.keep(units(setting))?;
            let plan = LayerPlan::Dense { units, init: Init::Xavier, bias: true };
            return Some((PlacedLayer { plan, place: setting.place() }, true));
        }
        let fields = setting.map("the dense layer");
        let mut fields = self.problems.keep(fields)?;
        let size = fields.require("units").map_err(|error| error.help("its number of outputs, as in `units: 64`"));
        let size = self.problems.keep(size);
        let count = size.as_ref().and_then(|field| self.problems.keep(units(field)));
        let init = match fields.take("init") {
            None => Some(None),
            Some(field) => {
                let names = Init::ALL.map(Init::name);
                let name = field.one_of(&names, "initialiser");
                self.problems.keep(name).map(Init::from_name)
            }
        };
        let bias = match fields.take("bias") {
            None => Some(true),
            Some(field) => self.problems.keep(field.boolean()),
        };
        fields.finish(&mut self.problems);
        let init = init?;
        let plan = LayerPlan::Dense { units: count?, init: init.unwrap_or(Init::Xavier), bias: bias? };
        Some((PlacedLayer { plan, place: size?.place() }, init.is_none()))
    }

    /// `relu`, or `leaky_relu: {slope: 0.1}`.
    fn named_activation(
        &mut self,
        name: &str,
        setting: Option<&Field<'_>>,
        item: &Field<'_>,
        files: &Files,
    ) -> Option<(PlacedLayer, bool)> {
        let known = self.names(Kind::Activation, false);
        let is_file = is_script_path(name);
        if !is_file && !known.iter().any(|known| known == name) {
            let place = setting.map_or_else(|| item.place(), Field::key_place);
            let error = Error::user(format!("there is no layer or activation `{}`", shorten(name))).at(place);
            let names = OURS.into_iter().chain(known.iter().map(String::as_str));
            let error = error.nearest(name, names);
            self.problems.push(match name.split_once(' ') {
                Some((first, value)) if OURS.contains(&first) => {
                    error.help(format!("write `{first}: {}`", value.trim()))
                }
                _ => error
                    .help("layers are `dense`, `dropout`, `layer_norm` and `batch_norm`")
                    .help("`optlab list activations` shows the activations"),
            });
            return None;
        }
        let Some(setting) = setting else {
            let (spec, script, _) = self.script(Kind::Activation, item, files)?;
            let values = self.values(&script, &[], &[]);
            return self.activation(Scripted { spec, script, values }, item).map(|layer| (layer, false));
        };
        if is_file {
            let error = Error::user("the parameters of a script stand beside its name").at(setting.key_place());
            self.problems.push(error.help(format!("write `{{script: {name}, beta: 1.5}}`")));
            return None;
        }
        let found = script::find(Kind::Activation, name, self.folder).map_err(|error| error.at(setting.key_place()));
        let entry = self.problems.keep(found)?;
        let script = self.problems.keep(script::Script::load(Kind::Activation, &entry.source))?;
        if !self.scripts.contains(&script.source) {
            self.scripts.push(script.source.clone());
        }
        let fields = setting.map(&format!("`{name}`"));
        let mut fields = self.problems.keep(fields)?;
        let values = self.values(&script, &fields.rest(), &[]);
        let scripted = Scripted { spec: name.to_owned(), script, values };
        self.activation(scripted, item).map(|layer| (layer, false))
    }

    /// The activation can be traced.
    fn activation(&mut self, scripted: Scripted, item: &Field<'_>) -> Option<PlacedLayer> {
        let traced = script::activation::<f32>(&scripted.script, &scripted.values).map(drop);
        self.problems.keep(traced.map_err(|error| error.at(item.place())))?;
        let name = scripted.script.name.clone();
        Some(PlacedLayer { plan: LayerPlan::Activation { name, function: scripted }, place: item.place() })
    }
}
