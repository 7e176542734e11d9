//! One YAML document: its tree, and the place of every node of it. Keys given on the command line lie over the text.
//! Knows nothing of what a key means.

use std::collections::HashMap;
use std::sync::Arc;

use super::node::{Dotted, Node, Part, Step};
pub(in crate::lab) use super::set::SetBy;
use super::set::{Override, without_equals};
use super::syntax;
use super::written::Written;
use crate::error::{Error, Place, Result, Source};

/// A document that has been read, with what `--set` changed in it.
#[derive(Debug, Clone)]
pub struct Document {
    written: Written,
    overrides: Vec<Override>,
    /// Parts that a racer's own ones have replaced, with their number in the order of replacing and where they are written.
    moves: HashMap<Vec<Step>, (usize, Vec<Step>)>,
    root: Node,
}

impl Document {
    /// Reads the bytes of a file; `name` is what errors call it.
    ///
    /// Refused are syntax errors, duplicate keys, keys that are not texts, tags, merge keys, a second document, an
    /// empty one, more than 256 KiB, and what is not UTF-8; with aliases written out, more than 100 000 values, 64 levels,
    /// or 1 MiB of text.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self> {
        let document = Self::read_any(name, bytes)?;
        if document.root == Node::Null {
            let error = Error::user(format!("{name} is empty"));
            return Err(error
                .at(document.written.place(0..0, &[]))
                .help("`optlab copy LAB` copies a lab to start from"));
        }
        Ok(document)
    }

    /// Reads the bytes of a file as [`Document::read`] does, but for one in which nothing stands: its root is
    /// [`Node::Null`].
    pub fn read_any(name: &str, bytes: &[u8]) -> Result<Self> {
        let written = Written::read(syntax::decode(name, bytes)?, 0)?;
        let root = written.root.clone();
        Ok(Self { written, overrides: Vec::new(), moves: HashMap::new(), root })
    }

    /// Reads a text, as [`Document::read`] does.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        Self::read(name, text.as_bytes())
    }

    /// The whole tree, with what was set over it.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// The node at a path.
    pub fn node(&self, path: &[Step]) -> Option<&Node> {
        self.root.at(path)
    }

    /// The text of the file.
    pub fn source(&self) -> &Arc<Source> {
        &self.written.source
    }

    /// Replaces or adds one value, as `--set optimizer.lr=0.1` and `--seed 7` do: `key` is a dotted path with
    /// `network[0].dense` or `network.0.dense` for elements of lists, `value` is YAML. Maps that are missing on the
    /// way are made; elements of lists are not. An error, now or later, points into `--set KEY`.
    pub fn set(&mut self, key: &str, value: &str) -> Result<()> {
        self.set_by(key, value, SetBy::Arguments)
    }

    fn set_by(&mut self, key: &str, value: &str, by: SetBy) -> Result<()> {
        let mut change = Override::read(key, value, by)?;
        change.path = change.apply(&mut self.root)?;
        self.overrides.push(change);
        Ok(())
    }

    /// The keys that were set over the text, as in `optimizer.lr`.
    pub(in crate::lab) fn set_keys(&self, by: SetBy) -> Vec<String> {
        self.overrides.iter().filter(|change| change.by == by).map(|change| Dotted(&change.path).to_string()).collect()
    }

    /// Takes a key out of the tree, if it is there: what was set over it takes its place elsewhere.
    pub fn remove(&mut self, path: &[Step]) {
        let Some((Step::Key(key), parents)) = path.split_last() else { return };
        let parent = parents.iter().try_fold(&mut self.root, |node, step| match (node, step) {
            (Node::Map(entries), Step::Key(key)) => {
                entries.iter_mut().find(|(name, _)| name == key).map(|(_, node)| node)
            }
            (Node::Seq(items), Step::Index(index)) => items.get_mut(*index),
            _ => None,
        });
        if let Some(Node::Map(entries)) = parent {
            entries.retain(|(name, _)| name != key);
        }
    }

    /// This text with another tree: what stands in the text keeps its place.
    pub(in crate::lab) fn with_root(mut self, root: Node) -> Self {
        self.root = root;
        self
    }

    /// Takes a key of the whole document out of the tree, if it is there.
    pub(in crate::lab) fn hide(&mut self, key: &str) {
        self.remove(&[key.into()]);
    }

    /// The argument of `--set`: [`Document::set`] with what stands before and after its first `=`.
    pub fn set_argument(&mut self, argument: &str) -> Result<()> {
        self.lay(argument, SetBy::Arguments)
    }

    /// The same of an argument that was set there.
    pub(in crate::lab) fn lay(&mut self, argument: &str, by: SetBy) -> Result<()> {
        let Some((key, value)) = argument.split_once('=') else {
            return Err(without_equals(by.word(), argument, None));
        };
        self.set_by(key.trim(), value, by)
    }

    /// Where an entry stands: its key, or its value (a scalar with its quotes, the first line of a block). The key of
    /// an element of a list, and the value of a key with nothing after it, are the other part. A path that does not
    /// exist gets the place of the longest part of it that does.
    pub fn place(&self, path: &[Step], part: Part) -> Place {
        let mut place = self.find(path, part);
        let mut shorter = path;
        while place.is_none() && !shorter.is_empty() {
            shorter = &shorter[..shorter.len() - 1];
            place = self.find(shorter, Part::Key);
        }
        let mut place = place.unwrap_or_else(|| self.written.place(0..0, path));
        place.key = Dotted(path).to_string();
        place
    }

    /// Lays nodes over others, whose places in the tree they take: errors then point to where they are written. Each comes
    /// with its path in the text and with the one that it takes.
    pub(in crate::lab) fn lay_over<'n>(&mut self, nodes: impl IntoIterator<Item = (&'n Node, Vec<Step>, Vec<Step>)>) {
        // Where the children of the map stand that was changed last: all of a racer's keys go into few maps.
        let mut children: (Vec<Step>, HashMap<String, usize>) = Default::default();
        for (node, from, to) in nodes {
            let Some((Step::Key(last), parents)) = to.split_last() else { continue };
            let Some(parent) = map_at(&mut self.root, parents) else { continue };
            if children.0 != parents || children.1.is_empty() {
                let numbers = parent.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
                children = (parents.to_vec(), numbers);
            }
            if let Some(at) = children.1.get(last) {
                parent[*at].1 = node.clone();
            } else {
                children.1.insert(last.clone(), parent.len());
                parent.push((last.clone(), node.clone()));
            }
            self.moves.insert(to, (self.moves.len(), from));
        }
    }

    fn find(&self, path: &[Step], part: Part) -> Option<Place> {
        let covering = (0..=path.len()).filter_map(|length| Some((length, self.moves.get(&path[..length])?)));
        if let Some((length, (_, from))) = covering.max_by_key(|(_, (number, _))| *number) {
            let path: Vec<Step> = from.iter().chain(&path[length..]).cloned().collect();
            return self.find_unmoved(&path, part);
        }
        self.find_unmoved(path, part).or_else(|| {
            // A map that only moved parts have made stands where they come from.
            let inside = self.moves.iter().filter(|(to, _)| to.starts_with(path));
            let (to, (_, from)) = inside.min_by_key(|(_, (number, _))| *number)?;
            self.find_unmoved(&from[..from.len() - (to.len() - path.len())], part)
        })
    }

    fn find_unmoved(&self, path: &[Step], part: Part) -> Option<Place> {
        let covering = self.overrides.iter().rev().find(|change| path.starts_with(&change.path));
        if let Some(change) = covering {
            if change.path.len() == path.len() && part == Part::Key {
                return self.written.find(path, part).or_else(|| change.segment(path.len()));
            }
            return change.value.find(&path[change.path.len()..], part);
        }
        self.written
            .find(path, part)
            .or_else(|| self.overrides.iter().find(|change| change.path.starts_with(path))?.segment(path.len()))
    }
}

/// The entries of the map at a path of keys; maps that are missing on the way are made.
fn map_at<'n>(root: &'n mut Node, path: &[Step]) -> Option<&'n mut Vec<(String, Node)>> {
    let mut place = root;
    for step in path {
        let (Node::Map(entries), Step::Key(key)) = (place, step) else { return None };
        let at = entries.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
            entries.push((key.clone(), Node::Map(Vec::new())));
            entries.len() - 1
        });
        place = &mut entries[at].1;
    }
    match place {
        Node::Map(entries) => Some(entries),
        _ => None,
    }
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
