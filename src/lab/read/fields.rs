//! Takes a map of a document apart key by key. What was asked for is allowed; what is left at the end is an error.

use std::sync::Arc;

use super::field::Field;
use super::problems::Problems;
use crate::error::{Error, Place, Result};
use crate::lab::yaml::document::Document;
use crate::lab::yaml::node::{Dotted, Node, Part, Step, shorten};
use crate::lab::yaml::typography;

/// The entries of one map, being read.
#[derive(Debug, Clone)]
#[must_use = "`finish` reports the unknown keys"]
pub struct Fields<'d> {
    document: &'d Document,
    path: Vec<Step>,
    entries: &'d [(String, Node)],
    what: String,
    /// Keys that were asked for, whether they are there or not, in the order of asking.
    allowed: Vec<String>,
    taken: Vec<bool>,
}

impl<'d> Fields<'d> {
    /// The fields of the map at a path; `what` names it in messages, as in `the optimizer`.
    pub fn new(document: &'d Document, path: &[Step], node: &'d Node, what: &str) -> Result<Self> {
        match node {
            Node::Map(entries) => Ok(Self {
                document,
                path: path.to_vec(),
                entries,
                what: what.to_owned(),
                allowed: Vec::new(),
                taken: vec![false; entries.len()],
            }),
            _ => Err(Field::new(document, path.to_vec(), node).not_a_map(what)),
        }
    }

    /// The fields of the whole document.
    pub fn root(document: &'d Document, what: &str) -> Result<Self> {
        Self::new(document, &[], document.root(), what)
    }

    /// The value of a key, if it is given.
    pub fn take(&mut self, key: &str) -> Option<Field<'d>> {
        self.allow([key]);
        let at = self.entries.iter().position(|(name, _)| name == key)?;
        self.taken[at] = true;
        Some(self.field(at))
    }

    /// The value of a key that must be given.
    pub fn require(&mut self, key: &str) -> Result<Field<'d>> {
        let field = self.take(key);
        field.ok_or_else(|| {
            let near = self.misspelt(&[key]).or_else(|| self.near_slip(key));
            // Told once: as the missing key, not as an unknown one again.
            if let Some(at) = near {
                self.taken[at] = true;
            }
            let error = Error::user(format!("{} needs the key `{key}`", self.what));
            match near {
                Some(at) => error
                    .at(self.field(at).key_place())
                    .label(format!("is `{key}` meant?"))
                    .help(format!("write `{key}` instead of `{}`", shorten(&self.entries[at].0))),
                None => error.at(self.place()).help(format!("add a line `{key}: ...` to {}", self.what)),
            }
        })
    }

    /// The one key given of several that exclude each other, as the number of its name, with its value.
    pub fn one_of(&mut self, keys: &[&str]) -> Result<(usize, Field<'d>)> {
        let mut given = Vec::new();
        for (number, key) in keys.iter().enumerate() {
            given.extend(self.take(key).map(|field| (number, field)));
        }
        let names = list_of(keys);
        match given.len() {
            0 => {
                let error = Error::user(format!("{} needs exactly one of {names}", self.what));
                let Some(at) = self.misspelt(keys) else { return Err(error.at(self.place())) };
                self.taken[at] = true;
                Err(error.at(self.field(at).key_place()))
            }
            1 => Ok(given.remove(0)),
            _ => {
                given.sort_by_key(|(_, field)| field.key_place().span.start);
                let error = Error::user(format!("{} takes exactly one of {names}", self.what));
                let label = format!("but `{}` is given, too", keys[given[0].0]);
                Err(error.at(given[1].1.key_place()).label(label).help("delete all but one of them"))
            }
        }
    }

    /// Whether a key is given; asks for nothing.
    pub fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(name, _)| name == key)
    }

    /// Names keys that the list of what is allowed must hold although nobody has asked for them yet.
    pub fn allow<'a>(&mut self, keys: impl IntoIterator<Item = &'a str>) {
        for key in keys {
            if !self.allowed.iter().any(|name| name == key) {
                self.allowed.push(key.to_owned());
            }
        }
    }

    /// All entries that were not taken yet, with their keys: the hyper-parameters beside a `rule`, say.
    pub fn rest(&mut self) -> Vec<(&'d str, Field<'d>)> {
        let open: Vec<_> = (0..self.entries.len()).filter(|at| !self.taken[*at]).collect();
        self.taken.fill(true);
        open.into_iter().map(|at| (self.entries[at].0.as_str(), self.field(at))).collect()
    }

    /// Where the map itself is named: its key, or for the whole document its first line.
    pub fn place(&self) -> Place {
        self.document.place(&self.path, Part::Key)
    }

    /// An error about the map as a whole.
    pub fn error(&self, what: impl Into<String>) -> Error {
        Error::user(what).at(self.place())
    }

    /// Reports every key that nobody asked for.
    pub fn finish(self, problems: &mut Problems) {
        // A key that is already given is no advice for another one.
        let free: Vec<&str> = self.allowed.iter().map(String::as_str).filter(|name| !self.has(name)).collect();
        let help = match self.allowed.as_slice() {
            [] => format!("{} takes no keys", self.what),
            names => format!("allowed here: {}", list_of(names)),
        };
        for at in (0..self.entries.len()).filter(|at| !self.taken[*at]) {
            let key = &self.entries[at].0;
            let error = Error::user(format!("{} has no key `{}`", self.what, shorten(key)));
            let place = self.field(at).key_place();
            // One that is laid over the file replaces what is given there.
            let laid = !Arc::ptr_eq(&place.source, &self.place().source);
            let names = self.allowed.iter().map(String::as_str).filter(|name| laid || free.contains(name));
            let error = error.nearest(key, names).at(place);
            problems.push(error.help(help.as_str()));
        }
    }

    /// An entry that nobody took so far and whose key is one of these but for characters that only look like the right ones.
    fn misspelt(&self, keys: &[&str]) -> Option<usize> {
        let mut open = (0..self.entries.len()).filter(|at| !self.taken[*at]);
        open.find(|at| typography::meant(&self.entries[*at].0).is_some_and(|meant| keys.contains(&meant)))
    }

    /// An entry that nobody took so far and whose key is nearly the wanted one.
    fn near_slip(&self, key: &str) -> Option<usize> {
        let open = || (0..self.entries.len()).filter(|at| !self.taken[*at]);
        let name = crate::error::nearest(key, open().map(|at| self.entries[at].0.as_str()))?;
        open().find(|at| self.entries[*at].0 == name)
    }

    fn field(&self, at: usize) -> Field<'d> {
        let (key, node) = &self.entries[at];
        let mut path = self.path.clone();
        path.push(Step::Key(key.clone()));
        Field::new(self.document, path, node)
    }

    /// The dotted path of the map; empty for the whole document.
    pub fn key(&self) -> String {
        Dotted(&self.path).to_string()
    }
}

/// `` `a`, `b`, `c` ``
pub(in crate::lab) fn list_of<S: AsRef<str>>(names: &[S]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    names.join(", ")
}

#[cfg(test)]
#[path = "fields_tests.rs"]
mod tests;
