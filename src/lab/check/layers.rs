//! One list of layers, from YAML or from a script: the names, the settings of each, and how its weights start.

use super::Check;
use super::scripts::with_path;
use crate::error::{Error, Place, Result};
use crate::lab::files::Files;
use crate::lab::keys::{self, Default, Key, Value};
use crate::lab::plan::{LayerPlan, Scripted, is_script_path};
use crate::lab::read::field::Field;
use crate::lab::read::fields::list_of;
use crate::lab::read::section;
use crate::lab::yaml::node::{Node, shorten};
use crate::nn::{Init, Setting};
use crate::script::{self, Kind};

/// What is said of a layer that needs a setting and has none: what it needs, and how it is written.
const NEEDS: [(&str, &str, &str); 2] = [
    ("dense", "a dense layer needs its number of units", "write `dense: 64`"),
    ("dropout", "dropout needs the share of units that it switches off", "write `dropout: 0.1`"),
];

/// A layer and where its size is given.
#[derive(Clone)]
pub(super) struct PlacedLayer {
    pub plan: LayerPlan,
    pub place: Place,
}

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
        match keys::inside("network[]").find(|key| key.name() == name && !is_activation(key)) {
            Some(key) => self.of_ours(key, setting.as_ref(), item),
            None => self.named_activation(name, setting.as_ref(), item, files),
        }
    }

    /// A layer of the table with its settings: `dense: 64`, `dense: {units: 64, init: he}`, `dropout: 0.1`, `layer_norm`.
    fn of_ours(
        &mut self,
        key: &'static Key,
        setting: Option<&Field<'_>>,
        item: &Field<'_>,
    ) -> Option<(PlacedLayer, bool)> {
        let name = key.name();
        let rows: Vec<&Key> = keys::inside(key.path).collect();
        let needed = rows.iter().position(|row| row.default == Default::Required);
        if setting.is_none() && (rows.is_empty() || needed.is_some()) {
            let told = NEEDS.iter().find(|(layer, ..)| *layer == name);
            let (what, help) = told.map_or(("this layer needs its setting", ""), |(_, what, help)| (*what, *help));
            let error = item.error(what);
            self.problems.push(if help.is_empty() { error } else { error.help(help) });
            return None;
        }
        let mut place = setting.unwrap_or(item).key_place();
        let given = match setting {
            None => vec![None; rows.len()],
            Some(setting) if rows.is_empty() => {
                let share = section::number(key, Some(setting));
                let share = share.map_err(|error| error.help("it is the share that is switched off"));
                let layer = LayerPlan::of(name, &[Setting::Number(self.problems.keep(share)?)]);
                return self.placed(key, layer, setting.place()).map(|layer| (layer, false));
            }
            Some(setting) => {
                if needed.is_some() {
                    place = setting.place();
                }
                self.settings(key, &rows, needed, setting, &mut place)?
            }
        };
        let mut settings = Vec::with_capacity(rows.len());
        for (row, field) in rows.iter().zip(&given) {
            let value = setting_of(row, field.as_ref());
            settings.push(self.problems.keep(value));
        }
        let settings: Vec<Setting> = settings.into_iter().collect::<Option<_>>()?;
        let open = rows.iter().zip(&given).any(|(row, field)| row.value == Value::Init && field.is_none());
        self.placed(key, LayerPlan::of(name, &settings), place).map(|layer| (layer, open))
    }

    /// What is given of each setting of a layer. One that is needed may stand alone, and is where the layer is sized.
    fn settings<'d>(
        &mut self,
        key: &Key,
        rows: &[&'static Key],
        needed: Option<usize>,
        setting: &Field<'d>,
        place: &mut Place,
    ) -> Option<Vec<Option<Field<'d>>>> {
        let name = key.name();
        let fields = match needed {
            Some(at) if !matches!(setting.node(), Node::Map(_)) => {
                let alone = |number| (number == at).then(|| setting.clone());
                return Some((0..rows.len()).map(alone).collect());
            }
            Some(_) => setting.map(&format!("the {name} layer")),
            None => setting.map(&format!("`{name}`")).map_err(|error| {
                let all: Vec<String> = rows.iter().map(|row| format!("{}: {}", row.name(), plain(row))).collect();
                error.help(format!("`- {name}` alone is `- {name}: {{{}}}`", all.join(", ")))
            }),
        };
        let mut fields = self.problems.keep(fields)?;
        let mut given = Vec::with_capacity(rows.len());
        let mut complete = true;
        for row in rows {
            if row.default != Default::Required {
                given.push(fields.take(row.name()));
                continue;
            }
            let needs = fields.require(row.name()).map_err(|error| match name {
                "dense" => error.help("its number of outputs, as in `units: 64`"),
                _ => error.help(row.help),
            });
            let field = self.problems.keep(needs);
            match &field {
                Some(field) => *place = field.place(),
                None => complete = false,
            }
            given.push(field);
        }
        fields.finish(&mut self.problems);
        if !complete {
            // What else is wrong is told with it.
            for (row, field) in rows.iter().zip(&given).filter(|(_, field)| field.is_some()) {
                let value = setting_of(row, field.as_ref());
                self.problems.keep(value);
            }
            return None;
        }
        Some(given)
    }

    fn placed(&mut self, key: &Key, layer: Option<LayerPlan>, place: Place) -> Option<PlacedLayer> {
        let layer = layer.ok_or_else(|| section::fault(key));
        self.problems.keep(layer).map(|plan| PlacedLayer { plan, place })
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
            let ours = ours();
            let names = ours.iter().copied().chain(known.iter().map(String::as_str));
            let error = with_path(error.nearest(name, names), Kind::Activation, name, files);
            self.problems.push(match name.split_once(' ') {
                Some((first, value)) if ours.contains(&first) => {
                    error.help(format!("write `{first}: {}`", value.trim()))
                }
                _ if matches!(name, "softmax" | "log_softmax") => error.help(
                    "`loss: cross_entropy` takes the softmax by itself: end with `dense`, one unit for each class",
                ),
                _ => error
                    .help(format!("layers are {}", in_a_row(&ours)))
                    .help("`optlab list activations` shows the activations"),
            });
            return None;
        }
        let Some(setting) = setting else {
            let (spec, script, _) = self.script(Kind::Activation, item, files)?;
            let scripted = self.with_values((spec, script), &[], &[]);
            return self.activation(scripted, item).map(|layer| (layer, false));
        };
        if is_file {
            let error = Error::user("the parameters of a script stand beside its name").at(setting.key_place());
            self.problems.push(error.help(format!("write `{{script: {name}, beta: 1.5}}`")));
            return None;
        }
        let found = self.home.script(Kind::Activation, name).map_err(|error| error.at(setting.key_place()));
        let entry = self.problems.keep(found)?;
        let script = self.problems.keep(script::Script::load(Kind::Activation, &entry.source))?;
        self.uses(&script);
        let fields = setting.map(&format!("`{name}`"));
        let mut fields = self.problems.keep(fields)?;
        let scripted = self.with_values((name.to_owned(), script), &fields.rest(), &[]);
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

/// An activation by script, or by whatever name the catalogue has.
fn is_activation(key: &Key) -> bool {
    key.is_any_name() || key.name() == "script"
}

/// Layers that are not activations.
fn ours() -> Vec<&'static str> {
    keys::inside("network[]").filter(|key| !is_activation(key)).map(Key::name).collect()
}

/// `a`, `b` and `c`
fn in_a_row(names: &[&str]) -> String {
    let all = list_of(names);
    match all.rsplit_once(", ") {
        Some((first, last)) => format!("{first} and {last}"),
        None => all,
    }
}

/// A setting as the table has it.
fn setting_of(row: &Key, field: Option<&Field<'_>>) -> Result<Setting> {
    Ok(match (row.value, field) {
        (Value::Whole(_), field) => {
            Setting::Whole(section::whole(row, field).map(|value| usize::try_from(value).unwrap_or(usize::MAX))?)
        }
        (Value::Number(_), field) => Setting::Number(section::number(row, field)?),
        (Value::Flag, field) => Setting::Flag(section::flag(row, field)?),
        (Value::Init, Some(field)) => {
            let name = field.one_of(&Init::ALL.map(Init::name), "initialiser")?;
            Setting::Init(Init::from_name(name).unwrap_or(Init::Xavier))
        }
        // Until the layer behind it is known.
        (Value::Init, None) => Setting::Init(Init::Xavier),
        _ => return Err(section::fault(row)),
    })
}

/// A default as it is written in a lab.
fn plain(row: &Key) -> String {
    row.default.to_string().trim_matches('`').to_owned()
}
