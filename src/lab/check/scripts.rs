//! Scripts that a lab names, by catalogue or by path, and the values of their parameters.

use std::sync::Arc;

use super::Check;
use crate::error::{Error, Place, Result};
use crate::lab::files::Files;
use crate::lab::plan::{Scripted, is_script_path};
use crate::lab::read::field::Field;
use crate::lab::read::fields::list_of;
use crate::lab::yaml::node::{Node, shorten};
use crate::script::{HyperParameter, HyperValue, HyperValues, Kind, Origin, Script, check_hyper, check_limit, entries};

impl Check<'_> {
    /// The script of a kind that a text names: a path if it ends in `.rhai`, else a name of the catalogue. With where the
    /// files that it names are found.
    pub(super) fn script(
        &mut self,
        kind: Kind,
        field: &Field<'_>,
        files: &Files,
    ) -> Option<(String, Arc<Script>, Files)> {
        let spec = self.problems.keep(field.text())?.to_owned();
        let found = self.find_script(kind, &spec, field, files);
        let (script, files) = self.problems.keep(found)?;
        if self.uses(&script) {
            self.warnings.extend(script.slips());
        }
        Some((spec, script, files))
    }

    /// The lab is made of this script, too. False if that was known.
    pub(super) fn uses(&mut self, script: &Script) -> bool {
        let is_new = !self.scripts.contains(&script.source);
        if is_new {
            self.scripts.push(script.source.clone());
            self.printed.extend_from_slice(&script.printed);
        }
        is_new
    }

    pub(super) fn find_script(
        &mut self,
        kind: Kind,
        spec: &str,
        field: &Field<'_>,
        files: &Files,
    ) -> Result<(Arc<Script>, Files)> {
        if is_script_path(spec) {
            let (source, files) = match (files.text(spec, &field.place()), self.kept.at_path(files, spec)) {
                (read, None) => read?,
                (Ok((_, files)), Some(kept)) => (kept, files),
                (Err(_), Some(kept)) => (kept, files.clone()),
            };
            return Ok((Script::load(kind, &source)?, files));
        }
        if let Some(script) = self.loaded.get(&(kind, spec.to_owned())) {
            return Ok((script.clone(), files.clone()));
        }
        let source = if let Some(kept) = self.kept.catalogued(kind.folder(), spec) {
            // As the catalogue has it, where that is the same: names tell what ships.
            let entry = self.home.script(kind, spec).ok().filter(|entry| entry.source.text == kept.text);
            entry.map_or(kept, |entry| entry.source)
        } else {
            let found = self.home.script(kind, spec);
            found.map_err(|error| with_path(error, kind, spec, files).at(field.place()))?.source
        };
        let script = Script::load(kind, &source)?;
        self.loaded.insert((kind, spec.to_owned()), script.clone());
        Ok((script, files.clone()))
    }

    /// The names of a kind in the catalogue; those of the working folder alone if `own`.
    pub(super) fn names(&mut self, kind: Kind, own: bool) -> Arc<[String]> {
        let folder = self.folder;
        let names = self.names.entry((kind, own)).or_insert_with(|| {
            // A folder that cannot be read is told when a script of it is asked for.
            let all = entries(kind, folder).unwrap_or_default().into_iter();
            all.filter(|entry| !own || entry.origin != Origin::Shipped).map(|entry| entry.name).collect()
        });
        names.clone()
    }

    /// A script with a value for every parameter: the given ones, and its own for the others. `general` are the keys
    /// beside them that a wrong name may have been meant for.
    pub(super) fn with_values(
        &mut self,
        (spec, script): (String, Arc<Script>),
        given: &[(&str, Field<'_>)],
        general: &[&str],
    ) -> Scripted {
        let values = self.values(&script, given, general);
        Scripted { spec, script, values, given: places(given) }
    }

    fn values(&mut self, script: &Script, given: &[(&str, Field<'_>)], general: &[&str]) -> HyperValues {
        for (name, field) in given {
            if script.parameter(name).is_none() {
                self.problems.push(unknown(script, name, field, general));
            }
        }
        let mut values = Vec::with_capacity(script.hyper.len());
        for parameter in &script.hyper {
            let given = given.iter().find(|(name, _)| *name == parameter.name);
            let value = given.and_then(|(_, field)| {
                let value = value(parameter, field).and_then(|value| {
                    check_hyper(parameter, &value).map_err(|error| error.at(field.place())).map(|()| value)
                });
                self.problems.keep(value)
            });
            values.push((parameter.name.clone(), value.unwrap_or_else(|| parameter.default.clone())));
        }
        self.limits(script, given, &values);
        values
    }

    /// Values whose limit is another one lie below it. Of a default that does not, the other one is wrong.
    fn limits(&mut self, script: &Script, given: &[(&str, Field<'_>)], values: &HyperValues) {
        let value = |name: &str| values.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        let given = |name: &str| given.iter().find(|(known, _)| *known == name).map(|(_, field)| field);
        for parameter in &script.hyper {
            let Some(limit) = &parameter.limit else { continue };
            let (Some(own), Some(other)) = (value(&parameter.name), value(limit)) else { continue };
            let checked =
                check_limit(parameter, own, other).map_err(|error| match (given(&parameter.name), given(limit)) {
                    (Some(field), _) => error.at(field.place()),
                    (None, Some(field)) => error
                        .at(field.place())
                        .help(format!("`{}` has its default; give it a value as well", parameter.name)),
                    (None, None) => error,
                });
            self.problems.keep(checked);
        }
    }

    /// `{script: FILE.rhai or NAME, further keys are its parameters}`; `what` names the map, as in `the loss`.
    pub(super) fn scripted(
        &mut self,
        kind: Kind,
        key: &str,
        field: &Field<'_>,
        what: &str,
        files: &Files,
    ) -> Option<(Scripted, Files)> {
        let fields = field.map(what);
        let mut fields = self.problems.keep(fields)?;
        let name = fields.require(key);
        let name = self.problems.keep(name)?;
        let (spec, script, files) = self.script(kind, &name, files)?;
        Some((self.with_values((spec, script), &fields.rest(), &[key]), files))
    }
}

/// Where the values of parameters stand.
pub(super) fn places(given: &[(&str, Field<'_>)]) -> Vec<(String, Place)> {
    given.iter().map(|(name, field)| ((*name).to_owned(), field.place())).collect()
}

/// A number, a list of numbers, or a text where the parameter is one.
fn value(parameter: &HyperParameter, field: &Field<'_>) -> Result<HyperValue> {
    match field.node() {
        _ if matches!(parameter.default, HyperValue::Text(_)) => {
            field.text().map(|word| HyperValue::Text(word.to_owned()))
        }
        Node::Seq(_) => field.numbers().map(HyperValue::List),
        _ => field.number().map(HyperValue::Number),
    }
}

/// What is not in the catalogue may lie beside the lab: there a script is named by its path.
pub(super) fn with_path(error: Error, kind: Kind, name: &str, files: &Files) -> Error {
    let file = format!("{name}.rhai");
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-./".contains(c));
    if !plain || !files.has(&file) {
        return error;
    }
    let key = match kind {
        Kind::Optimizer => "rule: ",
        Kind::Schedule => "schedule: ",
        Kind::Loss => "loss: ",
        Kind::Observer => "observe: ",
        Kind::Activation => "- ",
        Kind::Dataset | Kind::Landscape | Kind::Series | Kind::Network => "script: ",
    };
    error.help(format!("`{file}` lies beside this lab: write `{key}{file}`"))
}

/// A key that is no parameter of a script.
pub(super) fn unknown(script: &Script, name: &str, field: &Field<'_>, general: &[&str]) -> Error {
    let names: Vec<&str> = script.hyper.iter().map(|parameter| parameter.name.as_str()).collect();
    let (what, help) = if names.is_empty() {
        (format!("`{}` has no parameters, so no `{}`", script.name, shorten(name)), "delete this key".to_owned())
    } else {
        let help = format!("its parameters are {}", list_of(&names));
        (format!("`{}` has no parameter `{}`", script.name, shorten(name)), help)
    };
    Error::user(what).at(field.key_place()).nearest(name, names.iter().chain(general).copied()).help(help)
}
