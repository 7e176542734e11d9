//! What students hand in, found and read without trust: working folders, zips of `optlab submit`, folders of those as a
//! learning platform gives them. Nothing is taken but answers, the lab files in which a goal lets them edit, and the files
//! that tasks name; whatever is wrong with one submission is said of that one alone.

mod archive;
mod found;
mod judged;
mod paper;
mod tree;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

pub use found::{Found, Platform, find};
pub use judged::judged;
pub use paper::{FORMAT, Paper};

use super::course_labs::{Course, CourseLab, edited_keys, edits_lab, files_of, place_beside};
use super::digest;
use super::progress::Progress;
use crate::error::{Source, text_of};
use crate::lab::files::TEXT_LIMIT;
use crate::lab::{Document, Lab, Node, Step};
use tree::Tree;

/// The largest `progress.yaml` or lab that is read, in bytes: what the reader of YAML takes.
const YAML_LIMIT: u64 = 256 << 10;

/// A submission, read.
#[derive(Debug, Clone)]
pub struct HandIn {
    /// What it is called in reports: the name of its folder or zip.
    pub folder: String,
    /// What the platform says of who handed it in.
    pub platform: Option<Platform>,
    /// What the student calls himself; may be empty.
    pub student: String,
    /// What `submission.json` says, if it is there.
    pub paper: Option<Paper>,
    /// The answers, or why they cannot be read.
    pub answers: Result<Progress, String>,
    /// The lab files and other files, by the labs' ids.
    pub labs: BTreeMap<String, LabFiles>,
    /// The hash of each file that was read, by its path.
    pub hashes: BTreeMap<String, String>,
    /// What is to be said of it.
    pub notes: Vec<String>,
    /// Why nothing of it can be read.
    pub refused: Option<String>,
}

/// What a submission has of a lab.
#[derive(Debug, Clone, Default)]
pub struct LabFiles {
    /// The student's lab file, if he edited what some goal lets him edit.
    pub document: Option<Arc<Source>>,
    /// The goals for which he did.
    pub edited: BTreeSet<String>,
    /// Files that tasks name and that differ from those of the course, by the names that the lab has for them.
    pub files: BTreeMap<String, Arc<Source>>,
    /// Files that cannot be read, with the reason.
    pub unreadable: BTreeMap<String, String>,
    /// Why the lab file cannot be read.
    pub no_document: Option<String>,
}

impl Default for HandIn {
    fn default() -> Self {
        Self {
            folder: String::new(),
            platform: None,
            student: String::new(),
            paper: None,
            answers: Ok(Progress::default()),
            labs: BTreeMap::new(),
            hashes: BTreeMap::new(),
            notes: Vec::new(),
            refused: None,
        }
    }
}

/// Reads a submission. It never fails: what is wrong stands in it.
pub fn read(found: &Found, course: &Course) -> HandIn {
    let named = HandIn { folder: found.name.clone(), platform: found.platform.clone(), ..HandIn::default() };
    let read = catch_unwind(AssertUnwindSafe(|| match found.open() {
        Ok(tree) => of_tree(named.clone(), tree, course),
        Err(why) => HandIn { refused: Some(why), ..named.clone() },
    }));
    read.unwrap_or_else(|_| HandIn { refused: Some("reading it ended in a fault of optlab's".into()), ..named })
}

fn of_tree(mut hand_in: HandIn, mut tree: Tree, course: &Course) -> HandIn {
    hand_in.paper = match tree.read("submission.json", YAML_LIMIT) {
        Ok(None) => None,
        Ok(Some(bytes)) => {
            Paper::read(&bytes).map_err(|why| hand_in.notes.push(format!("submission.json: {why}"))).ok()
        }
        Err(why) => {
            hand_in.notes.push(why);
            None
        }
    };
    hand_in.answers = match tree.read("progress.yaml", YAML_LIMIT) {
        Ok(None) => Ok(Progress::default()),
        Ok(Some(bytes)) => {
            hand_in.hashes.insert("progress.yaml".into(), digest::of(&bytes));
            Progress::of_bytes("progress.yaml", &bytes).map_err(|error| error.to_string())
        }
        Err(why) => Err(why),
    };
    if let Err(why) = &hand_in.answers {
        hand_in.notes.push(format!("the answers cannot be read: {why}"));
    }
    let told = hand_in.answers.as_ref().ok().map(|answers| answers.student.clone()).filter(|name| !name.is_empty());
    let told = told.or_else(|| hand_in.paper.as_ref().map(|paper| paper.student.clone()));
    hand_in.student = told.unwrap_or_default().chars().take(200).collect();
    let mut yaml = None;
    for lab in &course.labs {
        let files = of_lab(&mut hand_in, &mut tree, course, lab, &mut yaml);
        hand_in.labs.insert(lab.lab.id.clone(), files);
    }
    told_by_paper(&mut hand_in, course.key.as_deref());
    hand_in
}

/// The files of one lab. `yaml` are the other labs of the submission, looked for once.
fn of_lab(
    hand_in: &mut HandIn,
    tree: &mut Tree,
    course: &Course,
    lab: &CourseLab,
    yaml: &mut Option<Vec<(String, String)>>,
) -> LabFiles {
    let mut files = LabFiles::default();
    let mut path = lab.path.clone();
    let mut document = text(tree, &path, YAML_LIMIT);
    if document == Ok(None) && !lab.lab.tasks.is_empty() {
        // A lab that was copied or handed in alone is told by its id.
        let others = yaml.get_or_insert_with(|| ids(tree));
        if let Some((other, _)) = others.iter().find(|(_, id)| *id == lab.lab.id) {
            path.clone_from(other);
            document = text(tree, &path, YAML_LIMIT);
        }
    }
    if lab.lab.tasks.iter().any(edits_lab) {
        match document {
            Ok(Some(text)) => {
                hand_in.hashes.insert(path.clone(), digest::of(text.as_bytes()));
                files.edited = edited(course, lab, &text);
                files.document = (!files.edited.is_empty()).then(|| Source::new(path.clone(), text));
            }
            Ok(None) => {}
            Err(why) => files.no_document = Some(why),
        }
    }
    for name in lab.lab.tasks.iter().flat_map(files_of) {
        let Some(place) = place_beside(&path, name) else { continue };
        if files.files.contains_key(name) || files.unreadable.contains_key(name) {
            continue;
        }
        match text(tree, &place, TEXT_LIMIT) {
            Ok(Some(text)) => {
                hand_in.hashes.insert(place.clone(), digest::of(text.as_bytes()));
                let original = course.original(lab, name).and_then(|bytes| text_of(name, bytes).ok());
                if original.as_deref().is_none_or(|original| !same_text(original, &text)) {
                    files.files.insert(name.to_owned(), Source::new(place, text));
                }
            }
            Ok(None) => {}
            Err(why) => {
                files.unreadable.insert(name.to_owned(), why);
            }
        }
    }
    files
}

/// A text of the submission, if it is there.
fn text(tree: &mut Tree, path: &str, limit: u64) -> Result<Option<String>, String> {
    let Some(bytes) = tree.read(path, limit)? else { return Ok(None) };
    text_of(path, bytes).map(Some).map_err(|error| error.what().to_owned())
}

/// The goals of whose keys one or more differ from the course's, whatever else was changed; all of them where that cannot be
/// told.
fn edited(course: &Course, lab: &CourseLab, text: &str) -> BTreeSet<String> {
    let name = lab.file_name();
    let original = course.original(lab, name).and_then(|bytes| text_of(name, bytes).ok());
    let [own, theirs] = [original.unwrap_or_default(), text.to_owned()].map(|text| Source::new(name, text));
    let differs = |keys: &[String]| !keys.is_empty() && Lab::said_at(&own, keys) != Lab::said_at(&theirs, keys);
    let goals = lab.lab.tasks.iter().filter(|task| differs(edited_keys(task)));
    goals.map(|task| task.id.clone()).collect()
}

impl LabFiles {
    /// The student's lab file, if he edited what this task lets him edit.
    pub fn document_for(&self, task: &str) -> Option<&Arc<Source>> {
        self.document.as_ref().filter(|_| self.edited.contains(task))
    }
}

/// Line ends and white space at the end of lines aside: editors change them by themselves.
fn same_text(one: &str, other: &str) -> bool {
    let lines = |text: &str| text.trim_end().lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    one == other || lines(one) == lines(other)
}

/// The labs of a submission with their ids.
fn ids(tree: &mut Tree) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for path in tree.labs().into_iter().take(300) {
        let Ok(Some(text)) = text(tree, &path, YAML_LIMIT) else { continue };
        let Ok(document) = Document::parse(&path, &text) else { continue };
        if let Some(Node::Str(id)) = document.node(&[Step::from("id")]) {
            found.push((path, id.clone()));
        }
    }
    found
}

/// Compares the hashes of `submission.json` with the files that are there.
fn told_by_paper(hand_in: &mut HandIn, key: Option<&str>) {
    let Some(paper) = &hand_in.paper else { return };
    let version = env!("CARGO_PKG_VERSION");
    if paper.optlab != version {
        hand_in.notes.push(format!("it was made by optlab {}, and is graded by {version}", paper.optlab));
    }
    if let (None, Some((_, _, Some(key)))) = (key, paper.labs.iter().find(|(_, _, packed)| packed.is_some())) {
        hand_in.notes.push(format!("its course was packed with the key {key:.12}: grade it with `--key`"));
    }
    for (path, hash) in &paper.files {
        match hand_in.hashes.get(path) {
            Some(found) if found != hash => hand_in.notes.push(format!("`{path}` was changed after `optlab submit`")),
            _ => {}
        }
    }
}
