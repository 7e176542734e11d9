//! What an edit of a lab changes: whether runs on their way can go on with it, and which files tell that it was made.

mod unused;
mod values;

pub use values::SavedLab;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use serde_yaml::{Mapping, Value};

use crate::error::{Source, text_of};
use crate::lab::files::{TEXT_LIMIT, read_bounded};
use crate::lab::keys::{self, Edit};
use crate::lab::plan::series::SeriesSource;
use crate::lab::plan::{HyperSetting, Lab, Samples, Subject};
use crate::script;

/// What an edit changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Nothing that a run or a screen knows of.
    Nothing,
    /// Titles and what is watched.
    Shown,
    /// The rule, schedules, clipping or length: runs can go on with it.
    Live,
    /// Something that a run is made of, by its sections or files: `network`, `data`.
    Start(Vec<String>),
}

impl Lab {
    /// What has changed in a newer edition of this lab.
    pub fn change_to(&self, newer: &Self) -> Change {
        let (ours, theirs) = (self.runs(), newer.runs());
        let names = |runs: &[(String, &Self)]| runs.iter().skip(1).map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let mut found = Found::default();
        if names(&ours) == names(&theirs) {
            // Of a race they stand in the text of none of its runs.
            let (old, new) = (self.rules, newer.rules);
            let rules = [
                ("lock", old.lock == new.lock),
                ("rank", old.rank == new.rank),
                ("seeds", old.further_seeds == new.further_seeds),
            ];
            found.start.extend(rules.into_iter().filter(|(_, same)| !same).map(|(key, _)| key.to_owned()));
            ours.iter().zip(&theirs).for_each(|((_, old), (_, new))| found.compare(old, new));
        } else {
            found.start.insert("compare".to_owned());
        }
        if !found.start.is_empty() {
            Change::Start(found.start.into_iter().collect())
        } else if found.live {
            Change::Live
        } else if found.shown {
            Change::Shown
        } else {
            Change::Nothing
        }
    }

    /// The files on the disk that the lab was read from, by the names that messages use, where `spec` is what it was
    /// opened by: the lab, then its scripts, then its texts in the language that it was opened in. A script that ships has
    /// none, unless the same text lies at its place.
    pub fn files_on_disk(&self, spec: &str) -> Vec<String> {
        let lab = Some(spec.to_owned()).filter(|spec| Path::new(spec).is_file());
        let asked = self.asked_files();
        let scripts = self.scripts_used.iter().chain(&asked);
        let scripts = scripts.filter(|source| is_file_of(source)).map(|source| source.name.clone());
        let texts = lab.as_ref().and_then(|spec| {
            let language = self.written.overrides.language.as_deref()?;
            let name = Path::new(spec).file_name()?.to_str()?;
            let beside = self.files().translation(name, language)?;
            Some(Path::new(spec).with_file_name(beside).display().to_string())
        });
        lab.into_iter().chain(scripts).chain(texts).collect()
    }

    /// The files with numbers that the lab and its racers name, as [`Lab::files_on_disk`] names its own: tables, images,
    /// first weights. None of a lab that ships.
    pub fn tables_on_disk(&self, spec: &str) -> Vec<String> {
        if !Path::new(spec).is_file() {
            return Vec::new();
        }
        let beside = |path: &str| Path::new(spec).with_file_name(path).display().to_string();
        let all: BTreeSet<String> = self.runs().into_iter().flat_map(|(_, lab)| tables(lab)).map(beside).collect();
        all.into_iter().collect()
    }
}

/// The files with numbers that a lab names, relative to it.
pub(in crate::lab) fn tables(lab: &Lab) -> Vec<&str> {
    match &lab.subject {
        Subject::Network(subject) => {
            let mut paths = match &subject.data.samples {
                Samples::Csv { path, .. } => vec![path.as_str()],
                Samples::Idx { images, labels, .. } => vec![images.as_str(), labels.as_str()],
                Samples::Generated(_) | Samples::Script(_) => Vec::new(),
            };
            paths.extend(subject.weights.iter().map(|weights| weights.path.as_str()));
            paths
        }
        Subject::Series(plan) => match &plan.source {
            SeriesSource::Csv { path, .. } => vec![path.as_str()],
            _ => Vec::new(),
        },
        Subject::Landscape(_) => Vec::new(),
    }
}

/// The sections whose files have other numbers now.
fn tables_that_differ(old: &Lab, new: &Lab) -> Vec<&'static str> {
    match (&old.subject, &new.subject) {
        (Subject::Network(old), Subject::Network(new)) => {
            let samples = match (&old.data.samples, &new.data.samples) {
                (Samples::Csv { data: old, .. }, Samples::Csv { data: new, .. })
                | (Samples::Idx { data: old, .. }, Samples::Idx { data: new, .. }) => old != new,
                // Told by the section.
                _ => false,
            };
            let weights = match (&old.weights, &new.weights) {
                (Some(old), Some(new)) => old.tensors != new.tensors,
                _ => false,
            };
            [(samples, "data"), (weights, "initial")]
                .into_iter()
                .filter(|(differ, _)| *differ)
                .map(|(_, key)| key)
                .collect()
        }
        (Subject::Series(old), Subject::Series(new)) => match (&old.source, &new.source) {
            (SeriesSource::Csv { values: old, .. }, SeriesSource::Csv { values: new, .. }) if old != new => {
                vec!["series"]
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The text of a source lies in a file of its name.
fn is_file_of(source: &Source) -> bool {
    let text = read_bounded(&source.name, TEXT_LIMIT).and_then(|bytes| text_of(&source.name, bytes));
    text.is_ok_and(|text| text == source.text)
}

#[derive(Default)]
struct Found {
    shown: bool,
    live: bool,
    start: BTreeSet<String>,
}

impl Found {
    /// Takes down that a key has changed, of which an edit does this.
    fn note(&mut self, edit: Edit, key: String) {
        match edit {
            Edit::Shown => self.shown = true,
            Edit::NextStep => self.live = true,
            Edit::Restart | Edit::ByKey => drop(self.start.insert(key)),
        }
    }

    fn compare(&mut self, old: &Lab, new: &Lab) {
        // What was resolved can be read again; were it not so, everything would count as changed.
        let read = |lab: &Lab| serde_yaml::from_str::<Mapping>(&lab.resolved).unwrap_or_default();
        let (mut before, mut after) = (read(old), read(new));
        // Told by the racers, one by one.
        before.shift_remove("compare");
        after.shift_remove("compare");
        for key in differing(&before, &after) {
            let inside = |map: &Mapping| map.get(&key).and_then(Value::as_mapping).cloned().unwrap_or_default();
            if edit_of("", &key) == Edit::ByKey {
                for inner in differing(&inside(&before), &inside(&after)) {
                    self.note(edit_of(&key, &inner), format!("{key}.{inner}"));
                }
            } else {
                self.note(edit_of("", &key), key);
            }
        }
        self.start.extend(tables_that_differ(old, new).into_iter().map(str::to_owned));
        let steering: Vec<&str> = steering(old).into_iter().chain(steering(new)).map(|s| s.name.as_str()).collect();
        for source in &new.scripts_used {
            let before = old.scripts_used.iter().find(|old| old.name == source.name);
            if before.is_some_and(|before| script::acts_alike(before, source)) {
                continue;
            }
            if steering.contains(&source.name.as_str()) {
                self.live = true;
            } else {
                self.start.insert(source.name.clone());
            }
        }
    }
}

/// What an edit of a key of a section does; what the table does not know a run is made of.
fn edit_of(section: &str, name: &str) -> Edit {
    keys::inside(section).find(|key| key.name() == name).map_or(Edit::Restart, |key| key.edit)
}

/// The scripts of the rule and of its schedules.
fn steering(lab: &Lab) -> Vec<&Arc<Source>> {
    let Some(descent) = &lab.descent else { return Vec::new() };
    let schedules = descent.optimizer.drives().filter_map(|(_, drive, _)| match drive {
        HyperSetting::Schedule(scripted) => Some(&scripted.script.source),
        HyperSetting::Number(_) => None,
    });
    std::iter::once(&descent.optimizer.script.source).chain(schedules).collect()
}

/// Keys whose values differ, or that one of the two has not.
fn differing(before: &Mapping, after: &Mapping) -> Vec<String> {
    let keys: BTreeSet<&str> = before.keys().chain(after.keys()).filter_map(Value::as_str).collect();
    keys.into_iter().filter(|key| before.get(*key) != after.get(*key)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{Document, Files};

    const LAB: &str = "id: a\ndata: {source: moons, samples: 40}\nnetwork: [dense: 4, tanh, dense: 2]\n\
                       loss: cross_entropy\ntraining: {epochs: 2, batch: 8}\noptimizer: {rule: adam, lr: 0.01}\n";

    fn lab(text: &str) -> Lab {
        let text = format!("format: 1\ntitle: t\nabout: |\n  x\n{text}");
        let document = Document::parse("a.yaml", &text).unwrap();
        Lab::check(&document, &Files::beside(Path::new("a.yaml")).unwrap(), None).unwrap()
    }

    fn change(from: &str, to: &str) -> Change {
        lab(LAB).change_to(&lab(&LAB.replace(from, to)))
    }

    #[test]
    fn what_a_run_can_exchange_is_told_from_what_it_is_made_of() {
        let start = |keys: &[&str]| Change::Start(keys.iter().map(|key| (*key).to_owned()).collect());
        assert_eq!(change("0.01", "0.01"), Change::Nothing);
        assert_eq!(change("id: a", "id: b"), Change::Shown);
        assert_eq!(change("0.01", "0.02"), Change::Live);
        assert_eq!(change("adam", "sgd"), Change::Live);
        assert_eq!(change("epochs: 2", "steps: 90, clip_norm: 1"), Change::Live);
        assert_eq!(change("dense: 4", "dense: 5"), start(&["network"]));
        assert_eq!(change("epochs: 2, batch: 8", "epochs: 3, batch: 9"), start(&["training.batch"]));
        assert_eq!(change("samples: 40", "samples: 41"), start(&["data"]));
        assert_eq!(change("id: a", "seed: 7"), start(&["seed"]));
    }

    #[test]
    fn racers_are_compared_one_by_one() {
        let race = format!("{LAB}compare:\n  slow: {{optimizer: {{rule: sgd, lr: 0.1}}}}\n");
        let changed = |to: &str| lab(&race).change_to(&lab(to));
        assert_eq!(changed(&race.replace("0.1}", "0.2}")), Change::Live);
        let start = |keys: &[&str]| Change::Start(keys.iter().map(|key| (*key).to_owned()).collect());
        assert_eq!(changed(&format!("{race}rank: train_loss\n")), start(&["rank"]));
        assert_eq!(changed(&format!("{race}lock: epochs\n")), start(&["lock"]));
        assert_eq!(changed(&format!("{race}lock: steps\nrank: loss\n")), Change::Nothing);
        assert_eq!(changed(&race.replace("slow", "slower")), Change::Start(vec!["compare".to_owned()]));
        assert_eq!(changed(LAB), Change::Start(vec!["compare".to_owned()]));
    }
}
