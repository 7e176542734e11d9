//! What of an edit is not used: the default of a script's parameter that the lab sets, a key of the lab that the command
//! line sets, comments and white space. A student who changes such a thing and sees nothing happen is told why.

use std::sync::Arc;

use serde_yaml::Value;

use crate::error::{Place, Source};
use crate::lab::keys;
use crate::lab::plan::series::SeriesSource;
use crate::lab::plan::{HyperSetting, Lab, LayerPlan, LossPlan, Samples, Scripted, Subject};
use crate::script::{self, HyperValue, Script};

/// Keys that are told of one edit at most.
const TOLD: usize = 3;

/// A script of a lab, with the parameters that the lab sets and the words for their values.
struct Use<'l> {
    script: &'l Arc<Script>,
    given: &'l [(String, Place)],
    values: Vec<(&'l str, String)>,
}

impl Lab {
    /// Defaults of scripts that a newer edition of this lab has changed and that it does not use, since it sets their
    /// parameters itself; one sentence each.
    pub fn unused_defaults(&self, newer: &Self) -> Vec<String> {
        let mut told: Vec<String> = Vec::new();
        for ((_, old), (_, new)) in self.runs().into_iter().zip(newer.runs()) {
            let before = uses(old);
            for Use { script, given, values } in uses(new) {
                let same_file = |other: &&Use<'_>| other.script.source.name == script.source.name;
                let Some(old) = before.iter().find(same_file) else { continue };
                for parameter in &script.hyper {
                    let changed = old.script.parameter(&parameter.name).is_some_and(|p| p.default != parameter.default);
                    let place = given.iter().find(|(name, _)| *name == parameter.name).map(|(_, place)| place);
                    let value = values.iter().find(|(name, _)| *name == parameter.name);
                    if let (true, Some(place), Some((name, value))) = (changed, place, value) {
                        let who = who_sets(place, &newer.written.source);
                        let file = script.source.name.rsplit('/').next().unwrap_or_default();
                        let sentence = format!("`{name}` is {value} {who}: the default in {file} is not used");
                        if !told.contains(&sentence) {
                            told.push(sentence);
                        }
                    }
                }
            }
        }
        told.truncate(TOLD);
        told
    }

    /// Hyper-parameters that a newer edition of this lab has changed without effect on runs that have made so many updates,
    /// since an event of the lab has turned them; one sentence each.
    pub fn turned_since(&self, newer: &Self, updates: u64) -> Vec<String> {
        let mut told: Vec<String> = Vec::new();
        for ((_, old), (_, new)) in self.runs().into_iter().zip(newer.runs()) {
            let (Some(old), Some(descent)) = (&old.descent, &new.descent) else { continue };
            for (name, drive) in &descent.optimizer.hyper {
                let before = old.optimizer.hyper.iter().find(|(other, _)| other == name);
                let changed = before.is_some_and(|(_, before)| words(before) != words(drive));
                let turns = descent.events.iter().filter(|knob| knob.name == *name && knob.step <= updates);
                // Of several at one step the last counts.
                let Some(knob) = turns.max_by_key(|knob| knob.step).filter(|_| changed) else { continue };
                let sentence = format!("`{name}` is {} since the event at step {}", knob.value, knob.step);
                if !told.contains(&sentence) {
                    told.push(sentence);
                }
            }
        }
        told.truncate(TOLD);
        told
    }

    /// Why a newer edition of this lab, of which the run is the same, is the same.
    pub fn why_the_same(&self, newer: &Self) -> String {
        let mut told = self.unused_defaults(newer);
        told.extend(self.covered(newer));
        if told.is_empty() {
            let texts = |alike: &dyn Fn(&Source, &Source) -> bool| {
                newer.scripts_used.iter().all(|new| {
                    let old = self.scripts_used.iter().find(|old| old.name == new.name);
                    old.is_some_and(|old| alike(old, new))
                })
            };
            let word_for_word = self.written.source.text == newer.written.source.text;
            told.push(if word_for_word && texts(&|old, new| old.text == new.text) {
                "it says the same as before".to_owned()
            } else if (word_for_word || self.says_the_same(newer)) && texts(&|old, new| script::reads_alike(old, new)) {
                "only comments and spaces have changed".to_owned()
            } else {
                "its values are what they were".to_owned()
            });
        }
        told.join("; ")
    }

    /// Keys of the file that a newer edition of this lab has changed without effect, since the command line or `:set` has other
    /// values for them; a sentence for each of the two, with what shows the file's values.
    pub fn covered(&self, newer: &Self) -> Vec<String> {
        let by = [("--set", newer.written.set.as_slice()), (":set", newer.written.typed.as_slice())];
        let told = by.into_iter().filter_map(|(by, keys)| {
            let keys = self.keys_covered(newer, keys);
            let values = if keys.len() == 1 { "value" } else { "values" };
            let keys = keys.join(" ");
            let sentence = format!("`{by} {keys}` still covers the file's {values}, which `:unset {keys}` shows");
            (!keys.is_empty()).then_some(sentence)
        });
        told.collect()
    }

    /// The text of the lab says the same, whatever the comments and the spaces.
    fn says_the_same(&self, newer: &Self) -> bool {
        let (old, new) = (tree(&self.written.source), tree(&newer.written.source));
        old.is_some() && old == new
    }

    /// Of these keys, which are set over the file, those whose values in the file a newer edition of this lab has changed.
    pub fn keys_covered(&self, newer: &Self, keys: &[String]) -> Vec<String> {
        let (Some(old), Some(new)) = (tree(&self.written.source), tree(&newer.written.source)) else {
            return Vec::new();
        };
        let mut changed = Vec::new();
        differences(&old, &new, "", &mut changed);
        let set = |path: &String| keys.iter().find(|set| covers(set, path)).cloned();
        let mut keys: Vec<String> = changed.iter().filter_map(set).collect();
        keys.dedup();
        keys
    }
}

fn tree(source: &Source) -> Option<Value> {
    serde_yaml::from_str(&source.text).ok()
}

/// The paths at which two trees differ, as deep as both have maps or lists of one length there.
fn differences(old: &Value, new: &Value, path: &str, found: &mut Vec<String>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match (old, new) {
        _ if old == new => {}
        (Value::Mapping(old), Value::Mapping(new)) => {
            for key in super::differing(old, new) {
                match (old.get(key.as_str()), new.get(key.as_str())) {
                    (Some(old), Some(new)) => differences(old, new, &below(&key), found),
                    _ => found.push(below(&key)),
                }
            }
        }
        (Value::Sequence(old), Value::Sequence(new)) if old.len() == new.len() => {
            for (at, (old, new)) in old.iter().zip(new).enumerate() {
                differences(old, new, &format!("{path}[{at}]"), found);
            }
        }
        _ => found.push(path.to_owned()),
    }
}

/// What the command line sets at `set` takes the place of what the text has at `path`: of the same key, of one around it
/// or inside of it, or of one that excludes it.
fn covers(set: &str, path: &str) -> bool {
    let inside = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let excluded = || {
        let section = set.rsplit_once('.').map_or("", |(section, _)| section);
        let rivals = keys::find(set).into_iter().flat_map(keys::Key::rivals);
        rivals.map(|rival| format!("{section}.{}", rival.name())).any(|rival| rival == path)
    };
    inside(path, set) || inside(set, path) || excluded()
}

/// Who sets a parameter, and where.
fn who_sets(place: &Place, lab: &Arc<Source>) -> String {
    let name = &place.source.name;
    if name.starts_with("--") || name.starts_with(':') {
        format!("by `{name}`")
    } else if Arc::ptr_eq(&place.source, lab) || *name == lab.name {
        format!("by the lab, line {}", place.line())
    } else {
        format!("by {name}, line {}", place.line())
    }
}

/// Every script of a run that has parameters.
fn uses(lab: &Lab) -> Vec<Use<'_>> {
    let mut all: Vec<&Scripted> = Vec::new();
    let mut found = Vec::new();
    match &lab.subject {
        Subject::Network(subject) => {
            if let Samples::Script(scripted) = &subject.data.samples {
                all.push(scripted);
            }
            all.extend(&subject.network.script);
            all.extend(subject.network.layers.iter().filter_map(|layer| match layer {
                LayerPlan::Activation { function, .. } => Some(function),
                _ => None,
            }));
            if let LossPlan::Script { scripted, .. } = &subject.loss {
                all.push(scripted);
            }
        }
        Subject::Landscape(plan) => all.push(&plan.scripted),
        Subject::Series(plan) => {
            if let SeriesSource::Script(scripted) = &plan.source {
                all.push(scripted);
            }
        }
    }
    if let Some(descent) = &lab.descent {
        let rule = &descent.optimizer;
        all.extend(rule.groups.iter().flat_map(|group| &group.hyper).filter_map(|(_, drive)| match drive {
            HyperSetting::Schedule(scripted) => Some(scripted),
            HyperSetting::Number(_) => None,
        }));
        let mut values = Vec::new();
        for (name, drive) in &rule.hyper {
            values.push(match drive {
                HyperSetting::Number(value) => (name.as_str(), format!("set to {value}")),
                HyperSetting::Schedule(scripted) => {
                    all.push(scripted);
                    (name.as_str(), format!("driven by `{}`", scripted.script.name))
                }
            });
        }
        found.push(Use { script: &rule.script, given: &rule.given, values });
    }
    found.extend(all.into_iter().map(|scripted| {
        let values = scripted.values.iter().map(|(name, value)| (name.as_str(), format!("set to {}", shown(value))));
        Use { script: &scripted.script, given: &scripted.given, values: values.collect() }
    }));
    found
}

/// What drives a hyper-parameter, in full.
fn words(drive: &HyperSetting) -> String {
    match drive {
        HyperSetting::Number(value) => value.to_string(),
        HyperSetting::Schedule(scripted) => format!("{} {:?}", scripted.spec, scripted.values),
    }
}

fn shown(value: &HyperValue) -> String {
    match value {
        HyperValue::Number(value) => value.to_string(),
        HyperValue::Text(word) => format!("`{word}`"),
        HyperValue::List(values) => {
            format!("[{}]", values.iter().map(f64::to_string).collect::<Vec<_>>().join(", "))
        }
    }
}
