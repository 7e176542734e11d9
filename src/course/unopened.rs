//! Labs of a student's folder that cannot be opened as they stand, most often for a script that is not finished: what they ask
//! is read off their text, so that what was done of them is handed in all the same.

use std::path::Path;

use super::course_labs::place_beside;
use crate::error::Error;
use crate::lab::files::{TEXT_LIMIT, read_bounded};
use crate::lab::{Document, Node, Step};

/// A lab that cannot be opened.
#[derive(Debug, Clone)]
pub struct Unopened {
    /// Where it stands, from the folder on.
    pub path: String,
    /// Its id.
    pub id: String,
    /// Counts its changes.
    pub revision: u64,
    /// The key that it was packed with.
    pub packed: Option<String>,
    /// Why it cannot be opened.
    pub why: String,
}

impl Unopened {
    /// Of a lab that asks something and has an id; else none.
    pub(super) fn of(path: &str, document: &Document, errors: &[Error]) -> Option<Self> {
        let text = |key: &str| match document.node(&[Step::from(key)]) {
            Some(Node::Str(text)) => Some(text.clone()),
            _ => None,
        };
        let revision = match document.node(&[Step::from("revision")]) {
            Some(Node::Int(revision)) => u64::try_from(*revision).unwrap_or(1),
            _ => 1,
        };
        document.node(&[Step::from("tasks")])?;
        let why = errors.first().map(ToString::to_string).unwrap_or_default();
        Some(Self { path: path.to_owned(), id: text("id")?, revision, packed: text("packed"), why })
    }

    /// What is handed in of it, by its places: the lab itself and the files that its tasks name, as far as they can be read.
    pub(super) fn files(&self, folder: &Path) -> Vec<(String, Vec<u8>)> {
        let read = |place: &str| read_bounded(&folder.join(place).display().to_string(), TEXT_LIMIT).ok();
        let Some(text) = read(&self.path) else { return Vec::new() };
        let names = Document::read(&self.path, &text).map(|document| named(&document)).unwrap_or_default();
        let places = names.iter().filter_map(|name| place_beside(&self.path, name));
        let mut files: Vec<(String, Vec<u8>)> =
            places.filter_map(|place| Some((place.clone(), read(&place)?))).collect();
        files.push((self.path.clone(), text));
        files
    }
}

/// The files that tasks name.
fn named(document: &Document) -> Vec<String> {
    let Some(Node::Seq(tasks)) = document.node(&[Step::from("tasks")]) else { return Vec::new() };
    let mut names = Vec::new();
    for task in tasks {
        let Node::Map(keys) = task else { continue };
        for (key, value) in keys {
            match (key.as_str(), value) {
                ("file", Node::Str(name)) => names.push(name.clone()),
                ("files", Node::Seq(all)) => names.extend(all.iter().filter_map(|name| match name {
                    Node::Str(name) => Some(name.clone()),
                    _ => None,
                })),
                _ => {}
            }
        }
    }
    names
}
