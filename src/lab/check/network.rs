//! The section `network`: a list of layers, or a script that lists them once inputs and outputs are known.

use super::Check;
use super::layers::PlacedLayer;
use crate::error::{Error, Place};
use crate::lab::files::Files;
use crate::lab::plan::{LayerPlan, Scripted};
use crate::lab::read::field::Field;
use crate::lab::read::fields::Fields;
use crate::lab::read::problems::Problems;
use crate::lab::yaml::document::Document;
use crate::lab::yaml::node::{Node, shorten};
use crate::script::{self, Kind, LayerValue};

/// The section as far as it is known before the data are.
pub(super) enum NetworkSection {
    /// Layers, in the lab's own list.
    Layers {
        layers: Vec<PlacedLayer>,
        /// The key.
        place: Place,
    },
    /// A script that will list them.
    Script { scripted: Scripted, files: Files },
}

impl Check<'_> {
    pub(super) fn network(&mut self, field: &Field<'_>) -> Option<NetworkSection> {
        let files = self.files;
        if let Node::Map(entries) = field.node() {
            if !entries.iter().any(|(key, _)| key == "script") {
                let error = field.error("`network` is a list of layers, but this is a map");
                self.problems.push(error.help("start each layer with `- `, or give a script: `{script: net.rhai}`"));
                return None;
            }
            let (scripted, files) = self.scripted(Kind::Network, "script", field, "`network`", files)?;
            return Some(NetworkSection::Script { scripted, files });
        }
        if let Node::Str(name) = field.node() {
            let error = field.error("`network` must be a list of layers, but is a text");
            self.problems.push(error.help(format!("a network by script is given as `{{script: {}}}`", shorten(name))));
            return None;
        }
        let layers = self.layers(field, files)?;
        Some(NetworkSection::Layers { layers, place: field.key_place() })
    }

    /// Calls the script and checks its list like one of YAML; errors point at its `layers`.
    pub(super) fn listed(
        &mut self,
        scripted: &Scripted,
        files: &Files,
        inputs: usize,
        outputs: usize,
    ) -> Option<Vec<PlacedLayer>> {
        let place = scripted.script.place();
        let called = || script::layers(&scripted.script, inputs, outputs, &scripted.values);
        let (values, mut printed) = script::with_own_log(called);
        self.printed.append(&mut printed);
        let values = self.problems.keep(values.map_err(|error| error.at(place.clone())))?;
        let yaml = yaml(LayerValue::Map(vec![("layers".to_owned(), LayerValue::List(values))]));
        let document = yaml.and_then(|text| Document::parse("the list of layers", &text));
        let document = document.map_err(|error| rewrite(&error, &place));
        let document = self.problems.keep(document)?;
        // The list's own problems are collected apart, since they point into a text that the user never saw.
        let outer = std::mem::replace(&mut self.problems, Problems::new(&document));
        let layers = Fields::root(&document, "the list").and_then(|mut fields| fields.require("layers"));
        let layers = self.problems.keep(layers).and_then(|list| self.layers(&list, files));
        let inner = std::mem::replace(&mut self.problems, outer);
        if let Some(mut layers) = layers.filter(|_| inner.is_empty()) {
            for layer in &mut layers {
                layer.place = place.clone();
                // The script says them, and not the lab.
                if let LayerPlan::Activation { function, .. } = &mut layer.plan {
                    function.given.clear();
                }
            }
            return Some(layers);
        }
        self.problems.extend(inner.map(|error| {
            let ours = error.place().is_none_or(|at| at.source.name == document.source().name);
            if ours { rewrite(&error, &place) } else { error }
        }));
        None
    }
}

/// The same error at another place.
fn rewrite(error: &Error, place: &Place) -> Error {
    let mut moved = Error::user(error.what()).at(place.clone()).label(error.label_text());
    for help in error.help_lines() {
        moved = moved.help(help);
    }
    moved
}

/// What a script listed, as YAML.
fn yaml(value: LayerValue) -> crate::Result<String> {
    fn node(value: LayerValue) -> serde_yaml::Value {
        use serde_yaml::Value;
        match value {
            LayerValue::Null => Value::Null,
            LayerValue::Bool(flag) => flag.into(),
            LayerValue::Int(whole) => whole.into(),
            LayerValue::Float(number) => number.into(),
            LayerValue::Text(text) => text.into(),
            LayerValue::List(items) => items.into_iter().map(node).collect::<Vec<_>>().into(),
            LayerValue::Map(entries) => {
                Value::Mapping(entries.into_iter().map(|(key, value)| (Value::from(key), node(value))).collect())
            }
        }
    }
    serde_yaml::to_string(&node(value)).map_err(|error| Error::fault(format!("a list of layers as YAML: {error}")))
}
