//! A course folder becomes what students get, and a key for those who grade. Students get no solutions, no hidden tasks, cases
//! or seeds, no answers, and no file that stands in what is hidden alone; their questions are recorded, and judged when they
//! are graded. Nothing is written over.

mod strip;
mod walk;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::course_labs::{Course, is_script, is_yaml};
use super::key::Key;
use crate::error::{Error, Result};
use crate::lab::files::MARKER;
use crate::lab::plan::task::{TaskKind, TaskPlan};
use crate::lab::{Document, Lab, Node, Overrides, Step, keys};
use crate::session::new_files::{NewFile, write_new};
use crate::session::write_beside;

/// What was packed.
#[derive(Debug, Clone, Default)]
pub struct Packed {
    /// The hash of the key.
    pub hash: String,
    /// The labs with tasks, each with how many students see of how many.
    pub labs: Vec<(String, usize, usize)>,
    /// How many files students get.
    pub files: usize,
    /// Files of the course that students do not get.
    pub left_out: Vec<String>,
    /// Labs that were written anew, without their comments.
    pub anew: Vec<String>,
    /// What is to be said of it.
    pub notes: Vec<String>,
}

/// Packs a course: what students get into a new folder, and the key into a new file.
///
/// # Errors
/// All that is wrong with its labs; or something is there already, and nothing was written.
pub fn pack(course: &Path, out: &Path, key_file: &Path) -> Result<Packed, Vec<Error>> {
    let one = |error: Error| vec![error];
    if key_file.exists() {
        let error = Error::user(format!("`{}` is there already", key_file.display()));
        return Err(one(
            error.help("a key is never written over: what was packed with it could not be graded any more")
        ));
    }
    if inside(key_file, out) {
        let error = Error::user("the key would lie in the folder that students get");
        return Err(one(error.help("give it another place: it holds all answers")));
    }
    let mut packed = Packed::default();
    let files = walk::files(course, &[out, key_file], &mut packed.notes).map_err(one)?;
    let mut whole: BTreeMap<String, Vec<u8>> =
        files.into_iter().filter(|(path, _)| !is_of_solutions(path) && !is_of_student(path)).collect();
    // The folder is the root of its labs, wherever it is copied to.
    whole
        .entry(MARKER.to_owned())
        .or_insert_with(|| b"This file makes the folder above the root of the labs in it, for optlab.\n".to_vec());
    let labs: Vec<String> =
        whole.iter().filter(|(path, bytes)| is_lab(path, bytes)).map(|(path, _)| path.clone()).collect();
    let key = Key { labs, files: whole };
    packed.hash = key.hash();
    // As the grader will have them: a lab that needs something from outside of the course is told now.
    let graded = Course::of_key(&key)?;
    if graded.labs.is_empty() {
        let error = Error::user(format!("no lab below `{}` asks anything", course.display()));
        return Err(one(error.help("a lab asks by its key `tasks`; `optlab show tasks` tells what may stand there")));
    }
    ids_differ(&graded).map_err(one)?;
    let students = for_students(&key, &graded, &mut packed)?;
    packed.files = students.len();
    let new: Vec<NewFile> =
        students.into_iter().map(|(path, bytes)| NewFile { path: PathBuf::from(path), bytes }).collect();
    write_new(out, &new).map_err(|error| one(error.help("pack into a new folder")))?;
    write_beside(key_file, false, key.to_json().as_bytes())
        .map_err(|error| one(Error::user(format!("cannot write the key `{}`: {error}", key_file.display()))))?;
    Ok(packed)
}

/// The files that students get.
fn for_students(key: &Key, graded: &Course, packed: &mut Packed) -> Result<BTreeMap<String, Vec<u8>>, Vec<Error>> {
    let mut files = key.files.clone();
    for course in &graded.labs {
        let Some(text) = files.get(&course.path).and_then(|bytes| std::str::from_utf8(bytes).ok()) else { continue };
        let document = Document::parse(&course.path, text).map_err(|error| vec![error])?;
        if course.lab.packed.is_some() {
            let error = Error::user(format!("`{}` was packed already", course.path));
            return Err(vec![error.help("pack the folder of its author, which has the answers")]);
        }
        let tasks = strip::tasks(&document, &course.lab, &packed.hash);
        let text = document.packed(&tasks, &packed.hash);
        packed.labs.push((course.path.clone(), tasks.len(), course.lab.tasks.len()));
        packed.anew.extend((!text.kept).then(|| course.path.clone()));
        files.insert(course.path.clone(), text.text.into_bytes());
        for (path, bytes) in strip::overlays(&files, &course.path, &course.lab) {
            files.insert(path, bytes);
        }
    }
    // References of what is hidden, which nothing else needs.
    for path in graded.labs.iter().flat_map(|course| hidden_references(course, &key.files)) {
        let Some(bytes) = files.remove(&path) else { continue };
        if is_needed(&path, &files, &bytes, key)? {
            files.insert(path, bytes);
        } else {
            packed.left_out.push(path);
        }
    }
    packed.left_out.sort();
    opened(&files, key).map_err(|errors| {
        let help = "without what is hidden, the lab of the students would not open: this is told of its packed text";
        errors.into_iter().map(|error| error.help(help)).collect::<Vec<_>>()
    })?;
    Ok(files)
}

/// The labs of the course as students have them.
fn opened(files: &BTreeMap<String, Vec<u8>>, key: &Key) -> Result<Vec<Lab>, Vec<Error>> {
    let folder = Key { labs: Vec::new(), files: files.clone() }.unpack(|_| true).map_err(|error| vec![error])?;
    let open = |path: &String| Lab::open(&folder.path().join(path).display().to_string(), &Overrides::default());
    key.labs.iter().map(open).collect()
}

/// Whether the students' labs need a file that was taken away: one does not open without it, or has it when it is there.
fn is_needed(path: &str, without: &BTreeMap<String, Vec<u8>>, bytes: &[u8], key: &Key) -> Result<bool, Vec<Error>> {
    if opened(without, key).is_err() {
        return Ok(true);
    }
    let mut with = without.clone();
    with.insert(path.to_owned(), bytes.to_vec());
    let labs = opened(&with, key)?;
    let stem = Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let named = |task: &TaskPlan| matches!(&task.kind, TaskKind::Script(script) if script.same_as.as_deref().is_some_and(|spec| spec == stem));
    let has = |lab: &Lab| {
        lab.scripts_used.iter().any(|source| Path::new(&source.name).ends_with(path)) || lab.tasks.iter().any(named)
    };
    Ok(labs.iter().any(has))
}

/// The files of references that stand in hidden tasks, or in tasks of which all cases are hidden.
fn hidden_references(course: &super::CourseLab, files: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let mut found = Vec::new();
    for task in &course.lab.tasks {
        let TaskKind::Script(script) = &task.kind else { continue };
        let all = task.hidden || script.cases.iter().all(|case| case.hidden);
        let Some(spec) = script.same_as.as_deref().filter(|_| all) else { continue };
        if is_script(spec) {
            found.extend(course.place(spec));
        } else {
            let is = |path: &&String| path.contains("scripts/") && path.ends_with(&format!("/{spec}.rhai"));
            found.extend(files.keys().filter(is).cloned());
        }
    }
    found
}

fn ids_differ(course: &Course) -> Result<()> {
    for (at, lab) in course.labs.iter().enumerate() {
        if let Some(other) = course.labs[..at].iter().find(|other| other.lab.id == lab.lab.id) {
            let what = format!("`{}` and `{}` have the id `{}` both", other.path, lab.path, lab.lab.id);
            return Err(Error::user(what).help("answers are kept by it: give each lab an `id` of its own"));
        }
    }
    Ok(())
}

/// The path lies below a folder, or would.
fn inside(path: &Path, folder: &Path) -> bool {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    whole(path).starts_with(whole(folder))
}

fn is_of_solutions(path: &str) -> bool {
    Path::new(path).components().any(|part| part.as_os_str() == "solutions")
}

/// What belongs to who tried the course, not to it.
fn is_of_student(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("progress.yaml" | "submission.json"))
}

/// A map with keys of a lab's, that is no overlay of a language and no tape.
fn is_lab(path: &str, bytes: &[u8]) -> bool {
    let fits = is_yaml(path) && !path.ends_with(".tape.yaml");
    let document = || Document::read(path, bytes).ok();
    let Some(document) = fits.then(document).flatten() else { return false };
    let Node::Map(entries) = document.root() else { return false };
    let has = |key: &str| entries.iter().any(|(name, _)| name == key);
    let subject = ["data", "landscape", "series"];
    !has("of") && subject.iter().any(|key| has(key)) && keys::inside("").any(|known| has(known.name()))
}

/// A step to a key, for the rooms below.
fn step(key: &str) -> Step {
    Step::from(key)
}
