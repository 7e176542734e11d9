//! One YAML document: its tree, and the place of every node of it. Keys given on the command line lie over the text.
//! Knows nothing of what a key means.

use std::ops::Range;
use std::sync::Arc;

use super::node::{Dotted, Node, Part, Step};
use super::reader::{Problem, Progress, Reader};
use super::syntax;
use super::token;
use super::walker;
use crate::error::{Error, Place, Result, Source};
use crate::lab::overrides::Override;
use serde::de::DeserializeSeed;

/// A document that has been read, with what `--set` changed in it.
#[derive(Debug, Clone)]
pub struct Document {
    written: Written,
    overrides: Vec<Override>,
    /// Parts that a racer's own ones have replaced, with where those are written.
    moves: Vec<Move>,
    root: Node,
}

/// A part of the tree that is written elsewhere in the text.
#[derive(Debug, Clone)]
struct Move {
    to: Vec<Step>,
    from: Vec<Step>,
}

/// A YAML text and its tree. The text may be the tail of a longer one, as in `--set optimizer.lr=0.1`.
#[derive(Debug, Clone)]
pub(in crate::lab) struct Written {
    pub(in crate::lab) source: Arc<Source>,
    /// Bytes of the source before the YAML begins.
    from: usize,
    pub(in crate::lab) root: Node,
}

impl Document {
    /// Reads the bytes of a file; `name` is what errors call it.
    ///
    /// Refused are syntax errors, duplicate keys, keys that are not texts, tags, merge keys, a second document, an
    /// empty one, more than 1 MiB, 100 000 values (aliases written out) or 64 levels, and what is not UTF-8.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self> {
        let written = Written::read(syntax::decode(name, bytes)?, 0)?;
        if written.root == Node::Null {
            let error = Error::user(format!("{name} is empty"));
            return Err(error.at(written.place(0..0, &[])).help("copy a lab from `labs/` to start from"));
        }
        let root = written.root.clone();
        Ok(Self { written, overrides: Vec::new(), moves: Vec::new(), root })
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
        let mut change = Override::read(key, value)?;
        change.path = change.apply(&mut self.root)?;
        self.overrides.push(change);
        Ok(())
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

    /// Takes a key of the whole document out of the tree, if it is there.
    pub(in crate::lab) fn hide(&mut self, key: &str) {
        self.remove(&[key.into()]);
    }

    /// The argument of `--set`: [`Document::set`] with what stands before and after its first `=`.
    pub fn set_argument(&mut self, argument: &str) -> Result<()> {
        let Some((key, value)) = argument.split_once('=') else {
            let error = Error::user(format!("`--set {argument}` has no `=`"));
            return Err(error.help("write `--set optimizer.lr=0.1`"));
        };
        self.set(key.trim(), value)
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

    /// Lays what stands at a path of the whole document over another one, whose place it takes: errors then point to
    /// where it is written.
    pub(in crate::lab) fn lay_over(&mut self, whole: &Self, from: Vec<Step>, to: Vec<Step>) {
        let Some(node) = whole.root.at(&from).cloned() else { return };
        let mut place = &mut self.root;
        for step in &to {
            let (Node::Map(entries), Step::Key(key)) = (place, step) else { return };
            let at = entries.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
                entries.push((key.clone(), Node::Map(Vec::new())));
                entries.len() - 1
            });
            place = &mut entries[at].1;
        }
        *place = node;
        self.moves.push(Move { to, from });
    }

    fn find(&self, path: &[Step], part: Part) -> Option<Place> {
        if let Some(moved) = self.moves.iter().rev().find(|moved| path.starts_with(&moved.to)) {
            let path: Vec<Step> = moved.from.iter().chain(&path[moved.to.len()..]).cloned().collect();
            return self.find_unmoved(&path, part);
        }
        self.find_unmoved(path, part).or_else(|| {
            // A map that only moved parts have made stands where they come from.
            let moved = self.moves.iter().find(|moved| moved.to.starts_with(path))?;
            self.find_unmoved(&moved.from[..moved.from.len() - (moved.to.len() - path.len())], part)
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

impl Written {
    /// Reads the YAML that begins at byte `from` of a source whose characters have been checked.
    pub(in crate::lab) fn read(source: Arc<Source>, from: usize) -> Result<Self> {
        let text = &source.text[from..];
        let at = |(span, error): (Range<usize>, Error)| {
            error.at(Place { source: source.clone(), span: span.start + from..span.end + from, key: String::new() })
        };
        syntax::open_brackets(text).map_err(at)?;
        if let Some(span) = syntax::anchor_set_twice(text) {
            let error = Error::user(format!("the anchor `{}` is set twice", &text[span.clone()]));
            return Err(at((span, error)).help("give each anchor a name of its own"));
        }
        let progress = Progress::default();
        let read = match serde_yaml::Deserializer::from_str(text).next() {
            Some(document) => Reader { progress: &progress, depth: 0 }.deserialize(document),
            None => Ok(Node::Null),
        };
        let root = match read {
            Ok(root) => root,
            Err(error) => return Err(refused(&source, from, &progress, &error)),
        };
        if let Some(span) = syntax::second_document(text) {
            let error = Error::user("a second document starts here, where one is allowed");
            return Err(at((span, error)).help("delete the `---`, or put what follows into a file of its own"));
        }
        Ok(Self { source, from, root })
    }

    /// The place of an entry of this text, if it is there.
    pub(in crate::lab) fn find(&self, path: &[Step], part: Part) -> Option<Place> {
        let text = &self.source.text[self.from..];
        let node = self.root.at(path)?;
        if let (Part::Key, Some(Step::Key(key))) = (part, path.last()) {
            return Some(self.place(token::key(text, walker::locate(text, path, Part::Key)?, key), path));
        }
        let span = token::value(text, walker::locate(text, path, Part::Value)?, Some(node));
        if span.is_empty() && matches!((node, path.last()), (Node::Null, Some(Step::Key(_)))) {
            return self.find(path, Part::Key);
        }
        Some(self.place(span, path))
    }

    fn place(&self, span: Range<usize>, path: &[Step]) -> Place {
        let span = span.start + self.from..span.end + self.from;
        Place { source: self.source.clone(), span, key: Dotted(path).to_string() }
    }
}

/// The error for a text that the reader stopped at.
fn refused(source: &Arc<Source>, from: usize, progress: &Progress, error: &serde_yaml::Error) -> Error {
    let text = &source.text[from..];
    let mut path = progress.path.borrow().clone();
    let place = |span: Range<usize>, path: &[Step]| Place {
        source: source.clone(),
        span: span.start + from..span.end + from,
        key: Dotted(path).to_string(),
    };
    let token = |at: usize| match text[at..].split(char::is_whitespace).next() {
        // Reading stops at a tag because of the tag, and the parser counts it as part of the value.
        Some(tag) if tag.starts_with('!') => at..at + tag.len(),
        _ => syntax::token_at(text, token::value(text, at, None).start),
    };
    let stopped = || error.location().map_or(0, |location| location.index().min(text.len()));
    match progress.problem.borrow_mut().take() {
        Some(Problem::DuplicateKey(key)) => {
            path.push(Step::Key(key.clone()));
            let first = walker::locate(text, &path, Part::Key).unwrap_or_default();
            let first = source.text[..from + first].matches('\n').count() + 1;
            let here = place(token::key(text, stopped(), &key), &path);
            Error::user(format!("the key `{key}` is given twice"))
                .at(here)
                .label(format!("first given on line {first}"))
                .help("keep one of the two")
        }
        Some(Problem::Other(error)) => error.at(place(token(stopped()), &path)),
        None if error.location().is_none() => {
            // Only the parser's own limit on aliases has no place.
            let at = walker::locate(text, &path[..path.len().min(1)], Part::Key).unwrap_or_default();
            Error::user("the aliases (`*name`) in this document stand for too much")
                .at(place(token(at), &path[..path.len().min(1)]))
                .help("write the values out, or put long data into a CSV file")
        }
        None => {
            let (span, error) = syntax::explain(text, error);
            error.at(place(span, &[]))
        }
    }
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
