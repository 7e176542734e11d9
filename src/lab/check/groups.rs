//! The key `optimizer.groups`: other hyper-parameters for some of the parameters, which are told by name, kind or layer.

use super::Check;
use super::scripts::{places, unknown};
use crate::error::{Error, nearest};
use crate::lab::plan::{GroupPlan, HyperSetting, Selector};
use crate::lab::read::field::Field;
use crate::lab::read::fields::list_of;
use crate::lab::yaml::node::shorten;
use crate::optim::ParameterFacts;
use crate::program::{Layout, ParameterKind};
use crate::script::Script;

/// The key within `optimizer`.
pub(super) const GROUPS: &str = "groups";
/// The keys that say which parameters a group is of.
const SELECTORS: [&str; 3] = ["name", "kind", "layer"];
/// How a group is written, for advice.
const EXAMPLE: &str = "for example `groups: [{kind: bias, weight_decay: 0}, {layer: 1, lr: 0.0001}]`";

/// The kinds of parameters that rules learn.
const KINDS: [ParameterKind; 5] =
    [ParameterKind::Weight, ParameterKind::Bias, ParameterKind::Scale, ParameterKind::Shift, ParameterKind::Point];

impl Check<'_> {
    /// The groups of a rule, each right by itself; which parameters there are is known later.
    pub(super) fn groups(&mut self, script: &Script, field: Option<&Field<'_>>) -> Option<Vec<GroupPlan>> {
        let Some(field) = field else { return Some(Vec::new()) };
        let list = self.problems.keep(field.list().map_err(|error| error.help(EXAMPLE)))?;
        let mut groups = Vec::with_capacity(list.len());
        for entry in list {
            groups.push(self.group(script, &entry));
        }
        groups.into_iter().collect()
    }

    fn group(&mut self, script: &Script, entry: &Field<'_>) -> Option<GroupPlan> {
        let fields = entry.map("a group").map_err(|error| error.help(EXAMPLE));
        let mut fields = self.problems.keep(fields)?;
        let mut selectors = Vec::new();
        for key in SELECTORS {
            if let Some(field) = fields.take(key) {
                let selector = self.problems.keep(selector(key, &field))?;
                selectors.push((selector, field.place()));
            }
        }
        let given = fields.rest();
        let before = self.problems.len();
        let mut hyper: Vec<(String, HyperSetting)> = Vec::new();
        for (name, field) in &given {
            match script.parameter(name) {
                None if ["rule", "script"].contains(name) => {
                    let error =
                        Error::user("a lab has one rule, which serves all parameters: a group sets its parameters");
                    let help = "the rule itself takes another way by `if w.kind == \"bias\" { .. } else { .. }`";
                    self.problems.push(error.at(field.key_place()).help(help));
                }
                Some(parameter) => hyper.extend(self.drive(parameter, field).map(|drive| ((*name).to_owned(), drive))),
                None => self.problems.push(unknown(script, name, field, &SELECTORS)),
            }
        }
        if self.problems.len() > before {
            return None;
        }
        if selectors.is_empty() {
            let what = "this group does not say which parameters it is of";
            let help = "give it a `name` (`W2`), a `kind` (`bias`) or a `layer` (from 1), or several of them";
            self.problems.push(Error::user(what).at(entry.place()).help(help));
            return None;
        }
        if hyper.is_empty() {
            let names: Vec<&str> = script.hyper.iter().map(|parameter| parameter.name.as_str()).collect();
            let error = Error::user("this group sets no hyper-parameter").at(entry.place());
            self.problems.push(if names.is_empty() {
                error.help(format!("`{}` has none: delete the group", script.name))
            } else {
                error.help(format!("it may set {}", list_of(&names)))
            });
            return None;
        }
        Some(GroupPlan { selectors, hyper, given: places(&given) })
    }

    /// Each group has a parameter to be of.
    pub(super) fn match_groups(&mut self, groups: &[GroupPlan], layout: &Layout) {
        let all: Vec<ParameterFacts> = layout.parameters().iter().map(ParameterFacts::from).collect();
        for group in groups.iter().filter(|group| !all.iter().any(|parameter| group.holds_for(parameter))) {
            // The one that holds for none, if there is such a one by itself.
            let alone = group.selectors.iter().find(|(one, _)| !all.iter().any(|parameter| one.holds_for(parameter)));
            let error = if let Some((selector, place)) = alone {
                nothing(selector, &all).at(place.clone())
            } else {
                let (_, place) = &group.selectors[0];
                let what = format!("there is no parameter that is `{}`", group.told());
                Error::user(what).at(place.clone()).help(parameters(&all))
            };
            self.problems.push(error);
        }
    }
}

fn selector(key: &str, field: &Field<'_>) -> crate::Result<Selector> {
    match key {
        "layer" => field.whole(1..=u64::MAX).map(Selector::Layer),
        "name" => field.text().map(|name| Selector::Name(name.to_owned())),
        _ => {
            let word = field.text()?;
            let kinds = KINDS.map(ParameterKind::word);
            if !kinds.contains(&word) {
                let error = field.error(format!("there is no kind of parameter called `{}`", shorten(word)));
                return Err(error.nearest(word, kinds).help(format!("the kinds are {}", list_of(&kinds))));
            }
            Ok(Selector::Kind(word.to_owned()))
        }
    }
}

/// A selector that holds for no parameter.
fn nothing(selector: &Selector, all: &[ParameterFacts]) -> Error {
    match selector {
        Selector::Name(name) => {
            let error = Error::user(format!("there is no parameter called `{}`", shorten(name)));
            match nearest(name, all.iter().map(|parameter| parameter.name.as_str())) {
                Some(near) => error.label(format!("did you mean `{near}`?")),
                None => error,
            }
        }
        Selector::Kind(kind) => Error::user(format!("there is no parameter of the kind `{kind}`")),
        Selector::Layer(layer) => {
            let last = all.iter().map(|parameter| parameter.layer).max().unwrap_or(1);
            Error::user(format!("there is no layer {layer} with parameters: they are counted from 1 to {last}"))
        }
    }
    .help(parameters(all))
}

/// `the parameters are W1 and b1 (weight and bias)`, the first of many.
fn parameters(all: &[ParameterFacts]) -> String {
    const MOST: usize = 12;
    let mut told: Vec<String> =
        all.iter().take(MOST).map(|parameter| format!("{} ({})", parameter.name, parameter.kind)).collect();
    if all.len() > MOST {
        told.push(format!("... {} in all", all.len()));
    }
    format!("the parameters are {}", told.join(", "))
}
