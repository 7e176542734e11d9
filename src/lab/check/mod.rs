//! Checks a document section by section, then the sections assembled: do the outputs fit the data, does all of it fit
//! into memory, can it be built. Collects all that is wrong and trains nothing.

mod assemble;
mod compare;
mod csv;
mod data;
mod events;
mod groups;
mod landscape;
mod layers;
mod network;
mod norms;
mod observe;
mod optimizer;
mod rounding;
mod rules;
mod scripts;
mod series;
mod tasks;
mod training;
mod warnings;
mod watch;
mod weights;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Result, Source};
use crate::lab::files::Files;
use crate::lab::files::home::Home;
use crate::lab::files::home::KeptScripts;
use crate::lab::keys::{self, Key, LabKind};
use crate::lab::plan::overrides::Overrides;
use crate::lab::plan::{Lab, Written};
use crate::lab::read::field::Field;
use crate::lab::read::fields::{Fields, list_of};
use crate::lab::read::problems::Problems;
use crate::lab::read::section::{self, Section};
use crate::lab::worked_out::prose;
use crate::lab::yaml::document::{Document, SetBy};
use crate::lab::yaml::node::shorten;
use crate::script::{Kind, Script};

/// Makes a lab of a document, or says all that is wrong with it.
pub(in crate::lab) fn check(document: &Document, home: &Home, kept: KeptScripts<'_>) -> Result<Lab, Vec<Error>> {
    let (lab, problems) = collect(document, home, kept);
    problems.finish(lab)
}

/// The lab of a document, if it can be made, and all that is wrong with it.
fn collect(document: &Document, home: &Home, kept: KeptScripts<'_>) -> (Option<Lab>, Problems) {
    let mut check = Check {
        home,
        kept,
        files: &home.files,
        folder: home.folder.as_deref(),
        problems: Problems::new(document),
        scripts: Vec::new(),
        printed: Vec::new(),
        failed_rule: None,
        warnings: Vec::new(),
        names: HashMap::new(),
        loaded: HashMap::new(),
    };
    let mut lab = check.lab(document);
    let racers = check.compare(document, lab.as_ref());
    if let Some(lab) = &mut lab {
        check.rules(lab, &racers, document);
        lab.set_race(racers, document);
        lab.write_rules(document);
        lab.warnings.append(&mut check.warnings);
    }
    (lab, check.problems)
}

/// A lab being checked.
struct Check<'c> {
    home: &'c Home,
    /// Scripts that are read in the place of files.
    kept: KeptScripts<'c>,
    files: &'c Files,
    /// Scripts under its `scripts/` join the catalogue.
    folder: Option<&'c Path>,
    problems: Problems,
    /// Every script that was loaded.
    scripts: Vec<Arc<Source>>,
    /// What scripts printed that are called by the check alone.
    printed: Vec<String>,
    /// Why the rule failed for parameters that the lab may not have, until those of the lab are known.
    failed_rule: Option<Error>,
    /// What is legal but probably not meant.
    warnings: Vec<Error>,
    /// The names of the catalogue that were looked up: a network may have thousands of layers.
    names: HashMap<(Kind, bool), Arc<[String]>>,
    /// The scripts of the catalogue that were loaded.
    loaded: HashMap<(Kind, String), Arc<Script>>,
}

/// What names and describes a lab.
struct Head {
    id: String,
    title: String,
    about: String,
    learnt: String,
    revision: u64,
    packed: Option<String>,
    seed: u64,
    written: Written,
}

impl Check<'_> {
    fn lab(&mut self, document: &Document) -> Option<Lab> {
        let root = Fields::root(document, "the lab");
        let mut root = self.problems.keep(root)?;
        let head = self.head(&mut root, document);
        let packed = head.as_ref().is_some_and(|head| head.packed.is_some());
        let tasks = root.take("tasks");
        let lab = self.subject(head, &mut root);
        // No parameters came to be known with which it could be tried.
        if let Some(error) = self.failed_rule.take() {
            self.problems.push(error);
        }
        let tasks = self.tasks(tasks.as_ref(), packed, document, lab.as_ref());
        Some(Lab { tasks: tasks?, ..lab? })
    }

    /// The lab without what it asks.
    fn subject(&mut self, head: Option<Head>, root: &mut Fields<'_>) -> Option<Lab> {
        if root.has("series") || root.has("averages") {
            return self.series_lab(head, root);
        }
        // Its racers are checked when the lab itself is known.
        root.take("compare");
        if let Some(section) = root.take("landscape") {
            return self.landscape_lab(head, &section, root);
        }
        let data = self.section(root, "data").and_then(|field| self.data(&field));
        let network = self.section(root, "network").and_then(|field| self.network(&field));
        let initial = root.take("initial");
        let loss = self.section(root, "loss").and_then(|field| self.loss(&field));
        let penalty = self.penalty(root.take("penalty").as_ref());
        let training = self.training(root.take("training").as_ref(), root);
        let optimizer = self.optimizer(root.take("optimizer").as_ref());
        let events = self.events(root.take("events").as_ref(), optimizer.as_ref());
        let observe = self.observe(root.take("observe").as_ref());
        let watch = self.watch(root.take("watch").as_ref());
        // Which rules a race may have is known with its racers.
        rules::KEYS.into_iter().chain([rules::SEEDS]).for_each(|key| drop(root.take(key)));
        self.unknown_keys(root, "the lab", LabKind::Network);
        let parts = assemble::Sections {
            head: head?,
            data: data?,
            network: network?,
            initial,
            loss: loss?,
            penalty: penalty?,
            training: training?,
            optimizer: optimizer?,
            events: events?,
            observe: observe?,
            watch: watch?,
        };
        self.assemble(parts)
    }

    /// A section that must be there.
    fn section<'d>(&mut self, root: &mut Fields<'d>, key: &str) -> Option<Field<'d>> {
        let field = root.require(key).map_err(|error| match key {
            _ if !error.label_text().is_empty() => error,
            "data" => error.help("for example `data: {source: moons}`"),
            "network" => error.help("for example `network: [dense: 16, relu, dense: 2]`"),
            "loss" => error.help("`cross_entropy` for classes, `mse` for numbers"),
            _ => error,
        });
        self.problems.keep(field)
    }

    fn head(&mut self, root: &mut Fields<'_>, document: &Document) -> Option<Head> {
        if let Some(format) = root.take("format") {
            let number = format.whole(0..=u64::MAX);
            if let Some(other) = self.problems.keep(number).filter(|number| *number != 1) {
                let error =
                    format.error(format!("this optlab reads labs of format 1, and this one is of format {other}"));
                self.problems.push(error.help("write `format: 1`, or get a newer optlab"));
            }
        }
        let file = document.source().name.rsplit(['/', '\\']).next().unwrap_or_default();
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let id = match root.take("id") {
            None => Some(stem.to_owned()),
            Some(field) => {
                let id = self.line(&field);
                if id.as_deref() == Some("") {
                    self.problems
                        .push(field.error("`id` is empty").help("progress is kept under it: `id: my-first-lab`"));
                }
                id
            }
        };
        let title = match root.take("title") {
            None => id.clone(),
            Some(field) => self.line(&field).and_then(|_| self.prose(&field)).map(|title| title.trim().to_owned()),
        };
        let about = match root.take("about") {
            None => Some(String::new()),
            Some(field) => self.prose(&field),
        };
        let learnt = match root.take("learnt") {
            None => Some(String::new()),
            Some(field) => self.prose(&field),
        };
        let revision = root.take("revision").map_or(Ok(1), |field| field.whole(1..=u64::MAX));
        let revision = self.problems.keep(revision);
        let packed = root.take("packed").and_then(|field| self.line(&field));
        let seed = section::row("", "seed").and_then(|key| section::whole(key, root.take("seed").as_ref()));
        let seed = self.problems.keep(seed);
        let written = Written {
            source: document.source().clone(),
            set: document.set_keys(SetBy::Arguments),
            typed: document.set_keys(SetBy::Typed),
            overrides: Overrides::default(),
        };
        let (learnt, revision) = (learnt?, revision?);
        Some(Head { id: id?, title: title?, about: about?, learnt, revision, packed, seed: seed?, written })
    }

    /// A text in which numbers may be worked out: `{= 1 / (1 - 0.98)}`.
    fn prose(&mut self, field: &Field<'_>) -> Option<String> {
        self.problems.keep(prose(field))
    }

    /// A text on one line.
    fn line(&mut self, field: &Field<'_>) -> Option<String> {
        let text = self.problems.keep(field.text())?.trim();
        if text.contains('\n') {
            self.problems.push(field.error(format!("`{}` must be one line", field.key())));
            return None;
        }
        Some(text.to_owned())
    }

    /// Refuses what nobody asked for. Not by [`Fields::finish`]: the nearest name may be one that this version refuses.
    fn unknown_keys(&mut self, root: &mut Fields<'_>, what: &str, kind: LabKind) {
        let names = keys::names("", kind);
        let others: Vec<&str> = keys::inside("").filter(|key| !key.is_of(LabKind::Network)).map(Key::name).collect();
        let free: Vec<&str> = names.iter().chain(&others).copied().filter(|known| !root.has(known)).collect();
        for (key, field) in root.rest() {
            let error = Error::user(format!("{what} has no key `{}`", shorten(key))).at(field.key_place());
            let error = error.nearest(key, free.iter().copied());
            self.problems.push(error.help(format!("allowed here: {}", list_of(&names))));
        }
    }

    /// A section whose keys are read by the table; one that is not there has every default. None if it is no map.
    fn keyed<'d>(&mut self, path: &'static str, field: Option<&Field<'d>>) -> Option<Section<'d>> {
        let fields = field.map(|field| field.map(&format!("`{path}`"))).transpose();
        self.problems.keep(fields).map(|fields| Section::new(path, fields))
    }
}
