//! A run as its folder tells it: tables, how it ended, and the names of what can be drawn of it. It never knows how a run is
//! made, and reads no lab: what that was made with is handed in.

use std::fs;
use std::path::{Path, PathBuf};

use super::table::{Curves, Observed, OnSeed, Scores, Table};
use crate::error::{Error, Result, nearest, scrub_line};
use crate::snapshot::Settings;

/// What a run was made with, as its `lab.yaml` tells.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Made {
    /// The lab's title.
    pub title: String,
    /// Every value of the lab with the path of its key, and its scripts.
    pub settings: Settings,
    /// The run's seed.
    pub seed: u64,
}

/// A folder with one run's tables.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The folder as it was asked for.
    pub asked: String,
    /// The run's name in a race; empty for a run alone.
    pub racer: String,
    /// Where the tables lie.
    pub folder: PathBuf,
}

impl Place {
    /// The runs of a folder: one, or those of a race in its order.
    ///
    /// # Errors
    /// There is no such folder, or no run in it.
    pub fn of(asked: &str) -> Result<Vec<Self>> {
        let folder = Path::new(asked);
        if !folder.is_dir() {
            return Err(no_folder(asked));
        }
        let own = Self { asked: asked.to_owned(), racer: String::new(), folder: folder.to_owned() };
        if has_tables(folder) {
            return Ok(vec![own]);
        }
        let racers = racers(folder);
        let racer = |name: String| Self { folder: folder.join(&name), racer: name, ..own.clone() };
        let found: Vec<Self> = racers.into_iter().map(racer).filter(|place| has_tables(&place.folder)).collect();
        if found.is_empty() {
            let error = Error::user(format!("`{asked}` holds no run: it has neither `steps.csv` nor `averages.csv`"));
            return Err(match nearest_run(folder, "") {
                Some(inside) => error.help(format!("there is one in `{}`", folder.join(inside).display())),
                None => error.help(format!("`optlab train LAB --out {asked}` writes one")),
            });
        }
        Ok(found)
    }
}

fn has_tables(folder: &Path) -> bool {
    ["steps.csv", "averages.csv"].iter().any(|table| folder.join(table).is_file())
}

/// The names of a race's runs: in its summary, or, while it has none, in the list of what was written.
fn racers(folder: &Path) -> Vec<String> {
    let plain = |name: &String| !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\']);
    let summary = summary(folder);
    let runs = summary.as_ref().and_then(|summary| summary["runs"].as_object());
    let names: Vec<String> = runs.map_or_else(
        || {
            let written = fs::read_to_string(folder.join(".optlab-run")).unwrap_or_default();
            written.lines().filter_map(|line| line.strip_suffix('/')).map(str::to_owned).collect()
        },
        |runs| runs.keys().cloned().collect(),
    );
    names.into_iter().filter(plain).collect()
}

fn summary(folder: &Path) -> Option<serde_json::Value> {
    serde_json::from_slice(&fs::read(folder.join("summary.json")).ok()?).ok()
}

/// The folder with a run inside of this one whose name is the nearest, or the first if nothing is given.
fn nearest_run(folder: &Path, wrong: &str) -> Option<String> {
    let inside = fs::read_dir(folder).ok()?.flatten().filter(|entry| {
        let path = entry.path();
        has_tables(&path) || path.join(".optlab-run").is_file()
    });
    let mut names: Vec<String> = inside.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    if wrong.is_empty() {
        return names.into_iter().next();
    }
    nearest(wrong, names.iter().map(String::as_str)).map(str::to_owned)
}

fn no_folder(asked: &str) -> Error {
    let path = Path::new(asked);
    if path.is_file() {
        let error = Error::user(format!("`{asked}` is a file, and a run is a folder"));
        let folder = path.parent().filter(|folder| has_tables(folder));
        return match folder.map(|folder| folder.display().to_string()) {
            Some(folder) if !folder.is_empty() => error.help(format!("give the folder that it is in: `{folder}`")),
            Some(_) => error.help("give the folder that it is in: `.`"),
            None => error.help("`optlab train LAB --out DIR` writes one"),
        };
    }
    let error = Error::user(format!("there is no folder `{asked}`"));
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    match nearest_run(parent, &name).filter(|_| !name.is_empty()) {
        Some(near) => error.help(format!("did you mean `{}`?", path.with_file_name(near).display())),
        None => error.help(format!("`optlab train LAB --out {asked}` writes a run into it")),
    }
}

/// A run that was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run {
    /// The folder as it was asked for.
    pub asked: String,
    /// Its name in a race; empty for a run alone.
    pub racer: String,
    /// What it was made with.
    pub made: Made,
    /// A row for each step.
    pub steps: Option<Table>,
    /// A row for each evaluation.
    pub epochs: Option<Table>,
    /// A row for each place on a landscape.
    pub path: Option<Table>,
    /// A row for each value of a series.
    pub averages: Option<Table>,
    /// What an observer logged.
    pub observed: Observed,
    /// The step at which it diverged.
    pub diverged: Option<u64>,
    /// Samples that all of its steps have seen; none on a landscape.
    pub samples: Option<u64>,
    /// How its race ended on several seeds: the name of what ranks it, and this run's numbers.
    pub scores: Option<(String, Vec<Option<f64>>)>,
    /// How it went on each of the seeds of its race; empty if that has one.
    pub on_seeds: Vec<OnSeed>,
}

impl Run {
    /// Reads the tables of a run.
    ///
    /// # Errors
    /// One of them is damaged, or the run has made no step.
    pub fn read(place: &Place, mut made: Made) -> Result<Self> {
        // What stands in a picture or a page is text and nothing that steers a reader of it.
        made.title = scrub_line(&made.title);
        made.settings.values.iter_mut().for_each(|(_, value)| *value = scrub_line(value));
        let table = |name: &str| Table::read(&place.folder.join(name));
        let summary = summary(&place.folder).unwrap_or_default();
        let race = place.folder.parent().filter(|_| !place.racer.is_empty());
        let scores = race.map(|race| Scores::read(&race.join("seeds.csv"))).transpose()?.flatten();
        let own = |scores: Scores| {
            let (_, own) = scores.of.into_iter().find(|(racer, _)| *racer == place.racer)?;
            Some((scores.name, own))
        };
        let curves =
            race.map(|race| Curves::read(&race.join("curves.csv"), &race.join("seeds.csv"))).transpose()?.flatten();
        let curves = curves.and_then(|curves| curves.0.into_iter().find(|(racer, _)| *racer == place.racer));
        let run = Self {
            asked: scrub_line(&place.asked),
            racer: scrub_line(&place.racer),
            made,
            steps: table("steps.csv")?,
            epochs: table("epochs.csv")?,
            path: table("path.csv")?,
            averages: table("averages.csv")?,
            observed: Observed::read(&place.folder.join("observed.csv"))?,
            diverged: summary["divergence"]["step"].as_u64(),
            samples: summary["samples"].as_u64(),
            scores: scores.and_then(own),
            on_seeds: curves.map(|(_, seeds)| seeds).unwrap_or_default(),
        };
        if [&run.steps, &run.averages].into_iter().flatten().all(|table| table.rows() == 0) {
            let error = Error::user(format!("the run in `{}` has made no step", place.folder.display()));
            return Err(error.help("there is nothing to draw of it: train it first"));
        }
        Ok(run)
    }

    /// How the user names it: its folder, with its name in a race.
    pub fn called(&self) -> String {
        if self.racer.is_empty() { self.asked.clone() } else { format!("{}/{}", self.asked, self.racer) }
    }

    /// It broke down, on every seed if there are several.
    pub fn is_broken(&self) -> bool {
        if self.on_seeds.is_empty() {
            return self.diverged.is_some();
        }
        self.on_seeds.iter().all(|own| own.diverged.is_some())
    }

    /// It goes over a landscape.
    pub fn is_on_landscape(&self) -> bool {
        self.path.is_some()
    }

    /// It walks along a series.
    pub fn is_series(&self) -> bool {
        self.steps.is_none()
    }

    /// The value of a key of its lab, as a number.
    pub fn number(&self, key: &str) -> Option<f64> {
        let (_, value) = self.made.settings.values.iter().find(|(own, _)| own == key)?;
        value.parse().ok()
    }
}
