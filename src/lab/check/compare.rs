//! The section `compare`: each racer is a whole lab, made of the lab's own text with the racer's keys laid over it. So a
//! racer is checked by the same code, and an error in it points to where the racer says it.

use super::Check;
use crate::data::MAX_BYTES;
use crate::error::Error;
use crate::lab::build::memory::amount;
use crate::lab::keys::{self, Key, LabKind, Race};
use crate::lab::plan::Lab;
use crate::lab::plan::race::Racer;
use crate::lab::read::field::Field;
use crate::lab::read::fields::list_of;
use crate::lab::write;
use crate::lab::yaml::document::Document;
use crate::lab::yaml::node::{Node, Step, shorten};

/// The lab's own rule and seven others: as many as can be told apart by colour and mark.
const MAX_RUNS: usize = 8;
/// The longest name.
const MAX_NAME: usize = 24;

impl Check<'_> {
    /// The racers beside the lab's own rule. `lab` is missing where something is wrong with it.
    pub(super) fn compare(&mut self, document: &Document, lab: Option<&Lab>) -> Vec<Racer> {
        let steps = [Step::from("compare")];
        let Some(node) = document.node(&steps) else { return Vec::new() };
        if ["series", "averages"].into_iter().any(|key| document.node(&[key.into()]).is_some()) {
            // Told already: a walk along a series has no rule to race.
            return Vec::new();
        }
        let field = Field::new(document, steps.to_vec(), node);
        let example = "for example `sgd: {optimizer: {rule: sgd, lr: 0.1}}`";
        let fields = field.map("`compare`").map_err(|error| error.help(example));
        let Some(mut fields) = self.problems.keep(fields) else { return Vec::new() };
        let entries = fields.rest();
        if entries.is_empty() {
            self.problems.push(field.error("`compare` names nobody to race against").help(example));
        }
        if let Some((_, extra)) = entries.get(MAX_RUNS - 1) {
            let what = format!("a race has {MAX_RUNS} runs at the most, the lab's own among them");
            self.problems.push(Error::user(what).at(extra.key_place()).help("leave some out, or make a second lab"));
            return Vec::new();
        }
        let mut racers = Vec::with_capacity(entries.len());
        for (name, entry) in &entries {
            self.name(name, entry, lab);
            let Some(racer) = self.racer(document, name, entry) else { continue };
            if let Some(lab) = lab {
                let own = (lab.own_name(), lab);
                let mut others =
                    std::iter::once(own).chain(racers.iter().map(|other: &Racer| (other.name.clone(), &other.lab)));
                if let Some((other, _)) = others.find(|(_, other)| is_same_run(other, &racer)) {
                    let what = format!(
                        "the racer `{}` is the same as `{other}`: step for step they do one thing",
                        shorten(name)
                    );
                    self.warnings
                        .push(Error::user(what).at(entry.key_place()).help("give it another rule, rate or batch"));
                }
            }
            racers.push(Racer { name: (*name).to_owned(), lab: racer });
        }
        let sum = lab.map_or(0.0, |lab| lab.bytes) + racers.iter().map(|racer| racer.lab.bytes).sum::<f64>();
        if sum > MAX_BYTES {
            let what = format!("this race would need {} of memory, but 4 GiB is the most", amount(sum));
            self.problems.push(Error::user(what).at(field.key_place()).help("race fewer or smaller ones"));
        }
        racers
    }

    /// A name is a folder of the run's files, and `run.NAME.loss` in expressions.
    fn name(&mut self, name: &str, entry: &Field<'_>, lab: Option<&Lab>) {
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.len() <= MAX_NAME;
        if !plain {
            let error = Error::user(format!("`{}` cannot be the name of a racer", shorten(name)));
            let help = format!("use letters, digits and `_`, a letter first, {MAX_NAME} at the most");
            self.problems.push(error.at(entry.key_place()).help(help));
        } else if lab.is_some_and(|lab| lab.own_name() == name) {
            let error = Error::user(format!("`{name}` races already: the lab's own rule runs first, under its name"));
            self.problems.push(error.at(entry.key_place()).help("give this racer another name, or delete it"));
        }
    }

    fn racer(&mut self, document: &Document, name: &str, entry: &Field<'_>) -> Option<Lab> {
        let what = format!("the racer `{}`", shorten(name));
        let fields = entry.map(&what).map_err(|error| error.help("for example `{optimizer: {rule: sgd, lr: 0.1}}`"));
        let mut fields = self.problems.keep(fields)?;
        let mut own = document.clone();
        // How the screen starts, what a student is asked, and whose knobs were turned, are no racer's.
        keys::inside("").filter(|key| !key.race.inherits()).for_each(|key| own.hide(key.name()));
        let raced = |key: &&Key| key.race.may() && (key.is_of(LabKind::Network) || key.is_of(LabKind::Landscape));
        let names: Vec<&str> = keys::inside("").filter(raced).map(Key::name).collect();
        let from = |rest: &[&str]| ["compare", name].iter().chain(rest).map(|step| Step::from(*step)).collect();
        let before = self.problems.len();
        for (key, field) in fields.rest() {
            let Some(row) = keys::inside("").find(|row| row.name() == key && names.contains(&key)) else {
                let error = Error::user(format!("{what} has no key `{}`", shorten(key))).at(field.key_place());
                let error = error.nearest(key, names.iter().copied());
                self.problems.push(error.help(format!("allowed here: {}", list_of(&names))));
                continue;
            };
            if key == "landscape" && document.node(&[key.into()]).is_none() {
                let error = field.error("this lab trains a network, and its racers train one, too");
                self.problems.push(error.help("put the landscapes into a lab of their own"));
                continue;
            }
            match field.node() {
                Node::Map(entries) if row.race == Race::Merged => {
                    for (inner, _) in entries {
                        // The racer's takes the place of those of the lab that it excludes.
                        let given = keys::inside(row.path).find(|row| row.name() == inner);
                        for other in given.into_iter().flat_map(Key::rivals) {
                            own.remove(&[key.into(), other.name().into()]);
                        }
                    }
                    own.lay_over(entries.iter().map(|(inner, node)| {
                        let to: Vec<Step> = vec![key.into(), inner.as_str().into()];
                        (node, from(&[key, inner]), to)
                    }));
                }
                node => own.lay_over([(node, from(&[key]), vec![key.into()])]),
            }
        }
        if self.problems.len() > before {
            return None;
        }
        let (lab, problems) = super::collect(&own, self.home, self.kept);
        // What is wrong with the lab itself is the same error here and told once.
        self.problems.extend(problems);
        // Its data are the lab's own as a rule, and of those one copy is enough.
        lab.inspect(|lab| drop(lab.checked_data.take()))
    }
}

/// Two runs differ in nothing but how the screen starts.
fn is_same_run(one: &Lab, other: &Lab) -> bool {
    let sections = |lab: &Lab| {
        let mut sections = serde_yaml::from_str::<serde_yaml::Mapping>(&lab.resolved).unwrap_or_default();
        sections.shift_remove("watch");
        sections
    };
    sections(one) == sections(other)
}

impl Lab {
    /// Takes its racers, with their scripts, and tells of them in its resolved text.
    pub(super) fn set_race(&mut self, racers: Vec<Racer>, document: &Document) {
        if racers.is_empty() {
            return;
        }
        let own = Racer { name: self.own_name(), lab: self.clone() };
        for source in racers.iter().flat_map(|racer| &racer.lab.scripts_used) {
            if !self.scripts_used.contains(source) {
                self.scripts_used.push(source.clone());
            }
        }
        for line in racers.iter().flat_map(|racer| &racer.lab.printed) {
            if !self.printed.contains(line) {
                self.printed.push(line.clone());
            }
        }
        for warning in racers.iter().flat_map(|racer| &racer.lab.warnings) {
            if !self.warnings.contains(warning) {
                self.warnings.push(warning.clone());
            }
        }
        self.race = std::iter::once(own).chain(racers).collect();
        if let Some(node) = document.node(&["compare".into()]) {
            self.resolved += &write::section("compare", node);
        }
    }
}
