//! How the runs of a lab begin: what makes them, the folders that they write into, and what the caller wants of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::clock::Clock;
use crate::error::Result;
use crate::lab::plan::Subject;
use crate::lab::{Change, Lab};
use crate::run::{Content, Dirs, Edition, Folder, LabText, Make, Notices, Reopen, Start};
use crate::snapshot::Speed;
use crate::worker::Worker;

/// What the caller wants of a session, beside what the lab says.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder that the runs' files are written into, if anywhere.
    pub out: Option<PathBuf>,
    /// Threads that may work; never changes a number.
    pub threads: usize,
    /// What paces the runs and tells how long they took.
    pub clock: Clock,
    /// The runs end after so many steps, if they would not end before; a series always goes to its end.
    pub limit: Option<u64>,
    /// A session in the caller's thread keeps copies for the way back, as one on the screen always does.
    pub way_back: bool,
    /// An edit starts the runs over, rather than being from the next step on.
    pub restart_on_save: bool,
}

impl Default for Options {
    /// Nothing is written, one thread, the machine's clock, and no way back.
    fn default() -> Self {
        Self { out: None, threads: 1, clock: Clock::wall(), limit: None, way_back: false, restart_on_save: false }
    }
}

/// How the runs of a lab begin: headless ones train at once and as fast as they can, others wait for commands at the lab's
/// own speed.
///
/// # Errors
/// The folder to write into cannot be taken.
pub(super) fn start(lab: &Lab, options: &Options, headless: bool, notices: &Notices) -> Result<Start> {
    let dirs =
        options.out.as_deref().map_or_else(|| Ok(Dirs::default()), |path| dirs(path, lab, notices, &options.clock))?;
    Ok(Start {
        lab: lab.id.clone(),
        edition: edition(lab, options.threads),
        reopen: Some(reopen(lab, options.threads)),
        printed: Arc::new(crate::script::take_log),
        // Without a screen warnings are told at once by who opened the lab; on the screen they are the first lines of the
        // run's log.
        log: if headless { Vec::new() } else { warned(lab) },
        dirs,
        threads: options.threads,
        limit: options.limit,
        headless,
        speed: if headless { Speed::Max } else { lab.watch.speed },
        clock: options.clock.clone(),
    })
}

/// A worker on runs that are made by hand, without a lab: for measurements and tests of what no lab can say.
///
/// # Errors
/// The thread cannot be started.
pub fn worker(name: &str, make: Make, options: &Options, headless: bool) -> Result<Worker> {
    Worker::start(Start {
        lab: name.to_owned(),
        edition: Edition::new(LabText::default(), make),
        reopen: None,
        printed: Arc::new(crate::script::take_log),
        log: Vec::new(),
        dirs: Dirs::default(),
        threads: options.threads,
        limit: options.limit,
        headless,
        speed: Speed::Max,
        clock: options.clock.clone(),
    })
}

/// The first lines of the log of a lab's run: what it is warned of.
pub(super) fn warned(lab: &Lab) -> Vec<String> {
    lab.warnings.iter().map(|warning| format!("warning: {warning}")).collect()
}

/// A lab as its runs are made of it, with the text by which checkpoints know it.
pub(super) fn edition(lab: &Lab, threads: usize) -> Edition {
    let own = lab.clone();
    let (values, set) = (lab.values(), lab.written.overrides.all());
    let (lab, scripts) = lab.texts();
    Edition::new(LabText { lab, scripts }, Box::new(move |seed| own.experiments(seed, threads)))
        .with_values(values, set)
}

/// Opens the editions of a lab that a checkpoint has, of which one must be the lab as it was opened.
fn reopen(lab: &Lab, threads: usize) -> Reopen {
    let lab = lab.clone();
    Arc::new(move |text| {
        let newer = lab.edition(&text.lab, &text.scripts).map_err(|mut errors| errors.swap_remove(0))?;
        let differs = match lab.change_to(&newer) {
            Change::Nothing | Change::Shown => None,
            Change::Live => Some("its rule, what drives it, clipping or length".to_owned()),
            Change::Start(keys) => Some(keys.join(", ")),
        };
        let (own, values) = (lab.values(), newer.values());
        let there = values.iter().filter(|value| !own.contains(value)).map(|(key, value)| format!("{key}={value}"));
        let there: Vec<String> = there.collect();
        let make: Make = Box::new(move |seed| newer.experiments(seed, threads));
        let edition = Edition::new(text.clone(), make).with_values(values, Vec::new());
        let told =
            if there.is_empty() || there.len() > 3 { String::new() } else { format!(" (there {})", there.join(", ")) };
        Ok((edition, differs.map(|keys| format!("{keys} differ{told}"))))
    })
}

/// A lab as folders have it: for that of a race, then for each run's.
pub(super) fn texts(lab: &Lab) -> Vec<LabText> {
    let text = |lab: &Lab| LabText { lab: lab.resolved.clone(), scripts: scripts(lab) };
    std::iter::once(text(lab)).chain(lab.runs().into_iter().map(|(_, lab)| text(lab))).collect()
}

/// Takes the folders of a lab's runs: one, or in a race one for each run inside of it. Nothing in them is touched yet.
fn dirs(path: &Path, lab: &Lab, notices: &Notices, clock: &Clock) -> Result<Dirs> {
    let folder = |path: &Path, lab: &Lab, racers: Vec<String>| {
        let content = Content { lab: lab.resolved.clone(), scripts: scripts(lab), racers };
        Folder::open(path, content, notices, clock)
    };
    if lab.race.is_empty() || matches!(lab.subject, Subject::Series(_)) {
        return Ok(Dirs { whole: None, each: vec![folder(path, lab, Vec::new())?] });
    }
    let runs = lab.runs();
    let whole = folder(path, lab, runs.iter().map(|(name, _)| name.clone()).collect())?;
    let inside = runs.iter().map(|(name, lab)| folder(&path.join(name), lab, Vec::new()));
    let each = inside.collect::<Result<_>>()?;
    Ok(Dirs { whole: Some(whole), each })
}

/// The scripts of a lab as a run's folder has them: their places and texts.
fn scripts(lab: &Lab) -> Vec<(String, String)> {
    let mut scripts: Vec<(String, String)> = Vec::new();
    for source in &lab.scripts_used {
        scripts.push((place_in_folder(&source.name, &scripts), source.text.clone()));
    }
    scripts
}

/// Where a script lies in a run's folder: beside `lab.yaml`, which names it so, or under `scripts/` as in the catalogue.
fn place_in_folder(name: &str, taken: &[(String, String)]) -> String {
    let name = name.trim_start_matches("./").replace('\\', "/");
    let catalogued = name.find("scripts/").map(|at| &name[at..]).filter(|path| !path.contains(".."));
    let file = name.rsplit('/').next().unwrap_or(&name);
    let place = catalogued.unwrap_or(file);
    let free = |place: &str| taken.iter().all(|(other, _)| other != place);
    if free(place) { place.to_owned() } else { format!("scripts/{}/{file}", taken.len()) }
}
