//! Packs what counts of a working folder into a zip: the answers, the lab files in which a goal lets a student edit and that
//! were edited, the files that tasks name and that differ. It tells what that is, and how far the student is by what he sees.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::course_labs::{Course, CourseLab, files_of, is_of_files, visible_points};
use super::digest;
use super::hand_in::{self, Found, HandIn, Paper};
use super::judge::{Submitted, Trusted};
use super::progress::Kept;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::lab::files::read_bounded;
use crate::lab::plan::task::TaskPlan;
use crate::session::write_beside;
use crate::snapshot::Outcome;

/// A working folder's hand-in, ready to be written.
#[derive(Debug, Clone)]
pub struct Packed {
    /// The student's name; may be empty.
    pub student: String,
    /// The files that count, with their bytes.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Each lab that was begun or is in the folder.
    pub labs: Vec<Standing>,
    /// What is to be said of it.
    pub notes: Vec<String>,
    paper: Paper,
}

/// How far a student is with a lab, by the tasks that he sees.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Its id.
    pub id: String,
    /// Points.
    pub points: f64,
    /// The most that there are.
    pub most: f64,
    /// Tasks that are open.
    pub open: Vec<String>,
    /// Tasks that were answered and are judged when they are graded.
    pub recorded: Vec<String>,
}

/// Looks at a working folder with the labs of its course.
///
/// # Errors
/// The folder is none, or its answers cannot be read.
pub fn look(folder: &Path, course: &Course, clock: &Clock) -> Result<Packed> {
    let name = folder.display().to_string();
    let found = Found { name: name.clone(), path: folder.to_path_buf(), platform: None };
    let read = hand_in::read(&found, course);
    if let Some(why) = &read.refused {
        let error = Error::user(format!("`{name}` cannot be handed in: {why}"));
        return Err(error.help("give a working folder: `optlab init` makes one, and keeps what you answer in it"));
    }
    let answers = read.answers.as_ref().map_err(|why| {
        let error = Error::user(format!("`{name}` cannot be handed in: {why}"));
        error.help("mend progress.yaml, or put it aside and answer again")
    })?;
    let mut files = BTreeMap::new();
    if let Ok(bytes) = read_bounded(&folder.join("progress.yaml").display().to_string(), 1 << 20) {
        files.insert("progress.yaml".to_owned(), bytes);
    }
    let mut notes = Vec::new();
    let mut labs = Vec::new();
    for lab in &course.labs {
        let own = read.labs.get(&lab.lab.id).cloned().unwrap_or_default();
        let texts = own.document.iter().chain(own.files.values());
        files.extend(texts.map(|source| (source.name.clone(), source.text.clone().into_bytes())));
        let unreadable = own.unreadable.values().chain(&own.no_document);
        notes.extend(unreadable.map(|why| format!("{}: {why}, and is not handed in", lab.lab.id)));
        labs.push(standing(lab, &read, &mut notes));
    }
    for lab in &course.unopened {
        files.extend(lab.files(folder));
        notes.push(format!(
            "{}: {}. It is handed in as it is, and counted in no sum here",
            lab.id,
            lab.why.trim_end_matches('.')
        ));
    }
    let opened = course.labs.iter().map(|lab| (lab.lab.id.clone(), lab.lab.revision, lab.lab.packed.clone()));
    let unopened = course.unopened.iter().map(|lab| (lab.id.clone(), lab.revision, lab.packed.clone()));
    let paper = Paper {
        optlab: env!("CARGO_PKG_VERSION").to_owned(),
        student: answers.student.clone(),
        submitted: stamp(clock),
        files: files.iter().map(|(path, bytes)| (path.clone(), digest::of(bytes))).collect(),
        labs: opened.chain(unopened).collect(),
    };
    Ok(Packed { student: answers.student.clone(), files, labs, notes, paper })
}

fn standing(lab: &CourseLab, read: &HandIn, notes: &mut Vec<String>) -> Standing {
    let visible: Vec<&TaskPlan> = lab.lab.tasks.iter().filter(|task| !task.hidden).collect();
    let most = visible.iter().map(|task| visible_points(task)).sum();
    let mut standing = Standing { id: lab.lab.id.clone(), points: 0.0, most, open: Vec::new(), recorded: Vec::new() };
    let answers = read.answers.as_ref().ok();
    for task in visible {
        let kept = answers.and_then(|answers| answers.of(&lab.lab.id, &task.id)).cloned().unwrap_or_default();
        if kept.given_up.is_some() {
            continue;
        }
        let said = kept.points;
        match as_it_stands(lab, task, read, &kept) {
            None => {
                standing.open.push(task.id.clone());
                if said > 0.0 {
                    notes.push(of_old(lab, task, said, 0.0));
                }
            }
            Some((Outcome::Recorded, _)) => standing.recorded.push(task.id.clone()),
            Some((outcome, points)) => {
                standing.points += points;
                if outcome != Outcome::Passed {
                    standing.open.push(task.id.clone());
                }
                if points + 1e-9 < said {
                    notes.push(of_old(lab, task, said, points));
                }
            }
        }
    }
    standing
}

/// What was done once, and is not any more as the files are: what is graded are the files.
fn of_old(lab: &CourseLab, task: &TaskPlan, said: f64, now: f64) -> String {
    let (said, now) = (super::grade::report::points(said), super::grade::report::points(now));
    format!("{}/{} had {said} points, and as its files are now it has {now}: that is what counts", lab.lab.id, task.id)
}

/// The task judged as it would be when it is graded, hidden parts left out; `None` if nothing was done for it.
fn as_it_stands(lab: &CourseLab, task: &TaskPlan, read: &HandIn, kept: &Kept) -> Option<(Outcome, f64)> {
    let own = read.labs.get(&lab.lab.id);
    let document = own.and_then(|own| own.document_for(&task.id)).cloned();
    let named = files_of(task);
    let files: Vec<_> = own
        .into_iter()
        .flat_map(|own| &own.files)
        .filter(|(name, _)| named.contains(&name.as_str()))
        .map(|(name, source)| (name.clone(), source.clone()))
        .collect();
    let done = if is_of_files(task) { document.is_some() || !files.is_empty() } else { kept.answer.is_some() };
    if !done {
        return None;
    }
    let submitted = Submitted { answer: kept.answer.clone(), lab: document, files };
    let trusted = Trusted { lab: &lab.lab, student: &read.student, hidden: false };
    let verdict = hand_in::judged(&trusted, task, &submitted);
    drop(crate::script::take_log());
    Some((verdict.outcome, verdict.points))
}

/// A date as progress has it: `2026-11-28T10:02:11Z`.
fn stamp(clock: &Clock) -> String {
    crate::clock::written(clock.date()).replace(" UTC", "Z").replace(' ', "T")
}

impl Packed {
    /// Its zip.
    ///
    /// # Errors
    /// It cannot be made, which would be a fault.
    pub fn zip(&self) -> Result<Vec<u8>> {
        let fault = |error: &dyn std::fmt::Display| Error::fault(format!("a zip cannot be made: {error}"));
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let paper = self.paper.to_json().into_bytes();
        let files = std::iter::once(("submission.json", &paper));
        for (path, bytes) in files.chain(self.files.iter().map(|(path, bytes)| (path.as_str(), bytes))) {
            // The same files give the same bytes: the only date in it is that of `submission.json`.
            let options = SimpleFileOptions::default()
                .compression_method(CompressionMethod::Deflated)
                .last_modified_time(zip::DateTime::default())
                .unix_permissions(0o644);
            zip.start_file(path, options).map_err(|error| fault(&error))?;
            zip.write_all(bytes).map_err(|error| fault(&error))?;
        }
        zip.finish().map(Cursor::into_inner).map_err(|error| fault(&error))
    }

    /// Writes its zip, over an earlier one of `submit` and over nothing else.
    ///
    /// # Errors
    /// Another file is there, or it cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let name = path.display();
        if path.symlink_metadata().is_ok() && !is_ours(path) {
            let error = Error::user(format!("`{name}` is there already, and is no zip of `optlab submit`"));
            return Err(error.help("give another name behind `-o`"));
        }
        write_beside(path, true, &self.zip()?).map_err(|error| Error::user(format!("cannot write `{name}`: {error}")))
    }
}

/// A zip that `submit` wrote.
fn is_ours(path: &Path) -> bool {
    let Ok(file) = fs::File::open(path) else { return false };
    ZipArchive::new(file).is_ok_and(|zip| zip.index_for_name("submission.json").is_some())
}
