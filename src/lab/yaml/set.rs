//! One argument of `--set` or `:set`, as in `optimizer.lr=0.1`: a value laid over the tree of a document, whose errors point into
//! the argument itself.

use std::ops::Range;
use std::sync::Arc;

use super::node::{Dotted, Node, Step};
use super::reader::MAX_DEPTH;
use super::syntax;
use super::written::Written;
use crate::error::{Error, Place, Result, Source};

/// Where a value was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lab) enum SetBy {
    /// On the command line of the program.
    Arguments,
    /// On that of the screen.
    Typed,
}

impl SetBy {
    /// How it is written there.
    pub fn word(self) -> &'static str {
        match self {
            Self::Arguments => "--set",
            Self::Typed => ":set",
        }
    }
}

/// An argument that has no `=`: which is meant, if the value stands behind a blank or a colon, or else what is missing.
pub fn without_equals(word: &str, argument: &str, next: Option<&str>) -> Error {
    let (key, value) = argument.split_once([':', ' ']).map_or((argument, next), |(key, value)| (key, Some(value)));
    let error = Error::user(format!("`{word} {argument}` has no `=`"));
    match value.map(str::trim).filter(|value| !value.is_empty()) {
        Some(value) => error.help(format!("write `{word} {}={value}`", key.trim())),
        None => error.help(format!(
            "write `{word} {}=VALUE`; `optlab show {}` tells what it may be",
            key.trim(),
            key.trim()
        )),
    }
}

/// One argument of `--set` or `:set`.
#[derive(Debug, Clone)]
pub(super) struct Override {
    /// Where it was written.
    pub(super) by: SetBy,
    /// Where it lies in the tree; known once it has been applied.
    pub(super) path: Vec<Step>,
    /// The steps as they were written, with where they stand in the argument.
    segments: Vec<Segment>,
    /// The value; its source is the whole argument.
    pub(super) value: Written,
}

#[derive(Debug, Clone)]
struct Segment {
    name: String,
    /// Written as `[3]`, which can only be an element of a list.
    bracketed: bool,
    span: Range<usize>,
}

impl Override {
    /// Reads the two sides of the `=`.
    pub(super) fn read(key: &str, value: &str, by: SetBy) -> Result<Self> {
        let source = syntax::decode(&format!("{} {key}", by.word()), format!("{key}={value}").as_bytes())?;
        // Not `key.len()`: decoding may have mended line breaks.
        let equals = source.text.find('=').unwrap_or(source.text.len() - 1);
        let segments = segments(&source, equals)?;
        let written = Written::read(source.clone(), equals + 1)?;
        if value.trim().is_empty() {
            let place = Place { source, span: equals..equals + 1, key: key.to_owned() };
            return Err(Error::user(format!("`{key}` is given no value")).at(place).help("write it after the `=`"));
        }
        Ok(Self { by, path: Vec::new(), segments, value: written })
    }

    /// Lays the value over the tree and returns its path there. The tree is unchanged if there is an error.
    pub(super) fn apply(&self, root: &mut Node) -> Result<Vec<Step>> {
        let path = self.resolve(root)?;
        let mut node = root;
        for step in &path {
            if *node == Node::Null {
                *node = Node::Map(Vec::new());
            }
            node = match (node, step) {
                (Node::Map(entries), Step::Key(key)) => {
                    let at = entries.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
                        entries.push((key.clone(), Node::Null));
                        entries.len() - 1
                    });
                    &mut entries[at].1
                }
                (Node::Seq(items), Step::Index(index)) if *index < items.len() => &mut items[*index],
                _ => return Err(Error::fault("a resolved `--set` path does not fit the tree")),
            };
        }
        *node = self.value.root.clone();
        Ok(path)
    }

    /// The path in the tree: only the tree tells whether `0` is a key or an element of a list.
    fn resolve(&self, root: &Node) -> Result<Vec<Step>> {
        let mut path = Vec::new();
        let mut node = Some(root);
        for (at, segment) in self.segments.iter().enumerate() {
            let step = match node {
                Some(Node::Seq(items)) => self.element(at, items.len(), &path)?,
                _ if segment.bracketed => {
                    return Err(self
                        .error(at, format!("{} is not a list", name_of(&path)))
                        .help("a key follows a dot"));
                }
                None | Some(Node::Map(_) | Node::Null) => Step::Key(segment.name.clone()),
                Some(other) => {
                    let what = format!("{} is {}, which holds no keys", name_of(&path), other.describe());
                    let help = format!("set the whole value: `{}={{{}: ...}}`", Dotted(&path), segment.name);
                    return Err(self.error(at, what).help(help));
                }
            };
            node = node.and_then(|node| node.child(&step));
            path.push(step);
        }
        Ok(path)
    }

    fn element(&self, at: usize, len: usize, path: &[Step]) -> Result<Step> {
        match self.segments[at].name.parse::<usize>() {
            Ok(index) if index < len => Ok(Step::Index(index)),
            _ => {
                let what = format!("{} has no element `{}`", name_of(path), self.segments[at].name);
                let help = match len {
                    0 => "the list is empty".to_owned(),
                    _ => format!("its elements are counted from 0 to {}", len - 1),
                };
                Err(self.error(at, what).help(help))
            }
        }
    }

    /// The place of the last step of a path of this length, which this argument made.
    pub(super) fn segment(&self, length: usize) -> Option<Place> {
        let span = self.segments.get(length.checked_sub(1)?)?.span.clone();
        Some(Place { source: self.value.source.clone(), span, key: String::new() })
    }

    fn error(&self, at: usize, what: String) -> Error {
        match self.segment(at + 1) {
            Some(place) => Error::user(what).at(place),
            None => Error::user(what),
        }
    }
}

fn name_of(path: &[Step]) -> String {
    if path.is_empty() { "the document".to_owned() } else { format!("`{}`", Dotted(path)) }
}

/// Splits `network[0].dense` and `network.0.dense`.
fn segments(source: &Arc<Source>, length: usize) -> Result<Vec<Segment>> {
    let key = &source.text[..length];
    let wrong = |span: Range<usize>, what: &str| {
        let place = Place { source: source.clone(), span, key: key.to_owned() };
        Err(Error::user(what).at(place).help("write a path as `optimizer.lr` or `network[0].dense`"))
    };
    let mut found = Vec::new();
    let mut start = 0;
    for part in key.split('.') {
        let name = part.split('[').next().unwrap_or_default();
        if name.is_empty() || name.contains(char::is_whitespace) || name.contains(']') {
            return wrong(start..start + part.len(), "this is not a path to a key");
        }
        found.push(Segment { name: name.to_owned(), bracketed: false, span: start..start + name.len() });
        let mut at = start + name.len();
        for bracket in part[name.len()..].split_inclusive(']') {
            let index = bracket.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            match index {
                Some(index) if !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit()) => {
                    let span = at + 1..at + 1 + index.len();
                    found.push(Segment { name: index.to_owned(), bracketed: true, span });
                }
                _ => return wrong(at..at + bracket.len(), "an element of a list is a whole number in brackets"),
            }
            at += bracket.len();
        }
        start += part.len() + 1;
    }
    if found.len() > MAX_DEPTH {
        return wrong(0..length, "the path is too long");
    }
    Ok(found)
}
