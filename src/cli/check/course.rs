//! What `optlab check` checks of labs together: their tasks, their texts in other languages, and what has changed since the last
//! revision.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;

use super::{Arguments, Checked, Outcome, collect};
use crate::course::author::{self, Findings, Trial, at_once};
use crate::error::{Error, Place};
use crate::lab::Lab;
use crate::train::on_large_stack;

/// Adds what is found to what came of the single files, and gives what belongs to none of them.
pub(super) fn check(outcomes: &mut [Outcome], arguments: &Arguments, bar: &ProgressBar) -> Vec<Error> {
    let mut found: Vec<(usize, Findings)> = tasks(outcomes, bar);
    found.extend(twice(outcomes));
    let mut elsewhere = Vec::new();
    if let Some(folder) = &arguments.against {
        let (changed, gone) = against(folder, outcomes, arguments.paths.iter().any(|path| path.is_dir()));
        found.extend(changed);
        elsewhere = gone;
    }
    let mut stale = Vec::new();
    for (at, outcome) in outcomes.iter().enumerate() {
        let Some(lab) = &outcome.lab else { continue };
        let texts = author::languages(lab, |file| arguments.stamp.iter().any(|named| collect::is_same(named, file)));
        texts.told.iter().for_each(|line| bar.suspend(|| crate::cli::report::line(line)));
        stale.push((at, texts.stale));
        found.push((at, texts.findings));
    }
    stale.into_iter().for_each(|(at, stale)| outcomes[at].stale = stale);
    for outcome in outcomes.iter_mut() {
        if let Some(lab) = outcome.lab.as_ref().filter(|lab| !lab.tasks.is_empty()) {
            outcome.said = author::told(lab);
        }
    }
    for (at, findings) in found {
        outcomes[at].findings.append(findings);
    }
    elsewhere
}

/// Tries the tasks of all labs.
fn tasks(outcomes: &[Outcome], bar: &ProgressBar) -> Vec<(usize, Findings)> {
    let labs = outcomes.iter().enumerate().filter_map(|(at, outcome)| Some((at, outcome.lab.as_ref()?)));
    let trials: Vec<(usize, Trial<'_>)> =
        labs.flat_map(|(at, lab)| author::trials(lab).into_iter().map(move |trial| (at, trial))).collect();
    bar.inc_length(trials.len() as u64);
    let tried = |(at, trial): &(usize, Trial<'_>)| {
        let found = catch_unwind(AssertUnwindSafe(|| on_large_stack(|| trial.found())));
        let fault =
            || Findings::wrong(Error::fault("the trial of a task panicked").help("this is a fault of optlab's"));
        (*at, found.unwrap_or_else(|_| fault()))
    };
    at_once(&trials, tried, || bar.inc(1))
}

/// Two labs of one id would share their progress.
fn twice(outcomes: &[Outcome]) -> Vec<(usize, Findings)> {
    let mut found = Vec::new();
    let labs: Vec<(usize, &Lab)> =
        outcomes.iter().enumerate().filter_map(|(at, outcome)| Some((at, outcome.lab.as_ref()?))).collect();
    for (number, (at, lab)) in labs.iter().enumerate().filter(|(_, (_, lab))| !lab.tasks.is_empty()) {
        let others = labs[..number].iter().map(|(_, other)| other);
        let same_file = |other: &Lab| other.written.source.name == lab.written.source.name;
        if let Some(other) = others.into_iter().find(|other| other.id == lab.id && !same_file(other)) {
            let what = format!("{} has the id `{}`, too", other.written.source.name, lab.id);
            let top = Place { source: lab.written.source.clone(), span: 0..0, key: String::new() };
            let error = Error::check(what).at(top).help("progress is kept under it: give each lab an id of its own");
            found.push((*at, Findings::wrong(error)));
        }
    }
    found
}

/// What has changed since the last revision; of a whole folder also which labs are gone, and what of it cannot be read.
fn against(folder: &Path, outcomes: &[Outcome], whole: bool) -> (Vec<(usize, Findings)>, Vec<Error>) {
    let mut files = Vec::new();
    collect::collect(folder, &mut files);
    let is_lab = |path: &Path| path.extension().is_some_and(|ending| ending != "rhai");
    let labs: Vec<&(PathBuf, Checked)> =
        files.iter().filter(|(path, checked)| matches!(checked, Checked::Unreadable(_)) || is_lab(path)).collect();
    let read = |(path, checked): &&(PathBuf, Checked)| match checked {
        Checked::Unreadable(error) => Err(vec![error.clone()]),
        _ => on_large_stack(|| author::earlier(&path.display().to_string())),
    };
    let (mut changed, mut elsewhere) = (Vec::new(), Vec::new());
    let now = || outcomes.iter().enumerate().filter_map(|(at, outcome)| Some((at, outcome.lab.as_ref()?)));
    for earlier in at_once(&labs, read, || ()) {
        match earlier {
            Err(mut errors) => elsewhere.append(&mut errors),
            Ok(earlier) => match now().find(|(_, lab)| lab.id == earlier.id) {
                Some((at, lab)) => changed.push((at, earlier.changed(lab))),
                None if whole => elsewhere.push(earlier.gone(now().map(|(_, lab)| lab.id.as_str()))),
                None => {}
            },
        }
    }
    (changed, elsewhere)
}
