//! One YAML text with its tree, and the place of every node of it: a file, or the value of a `--set`.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde::de::DeserializeSeed;

use super::node::{Dotted, Node, Part, Step};
use super::places::Places;
use super::reader::{Problem, Progress, Reader};
use super::{syntax, token, typography};
use crate::error::{Error, Place, Result, Source};

/// A YAML text and its tree. The text may be the tail of a longer one, as in `--set optimizer.lr=0.1`.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) source: Arc<Source>,
    /// Bytes of the source before the YAML begins.
    from: usize,
    pub(super) root: Node,
    /// Where its nodes stand: looked up when the first place is asked for, which as a rule nobody does, and shared by all
    /// copies of the document.
    places: Arc<OnceLock<Places>>,
}

impl Written {
    /// Reads the YAML that begins at byte `from` of a source whose characters have been checked.
    pub(super) fn read(source: Arc<Source>, from: usize) -> Result<Self> {
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
            Err(error) => return Err(typography::explained_by_line(refused(&source, from, &progress, &error))),
        };
        if let Some(span) = syntax::second_document(text) {
            let error = Error::user("a second document starts here, where one is allowed");
            return Err(at((span, error)).help("delete the `---`, or put what follows into a file of its own"));
        }
        Ok(Self { source, from, root, places: Arc::default() })
    }

    /// The place of an entry of this text, if it is there.
    pub(super) fn find(&self, path: &[Step], part: Part) -> Option<Place> {
        let text = &self.source.text[self.from..];
        let found = self.places.get_or_init(|| Places::of(text)).find(path)?;
        if let (Part::Key, Some(Step::Key(key)), Some(start)) = (part, path.last(), found.key) {
            return Some(self.place(token::key(text, start, key), path));
        }
        // By number, since a map may have very many keys to compare.
        let node = found.numbers.iter().try_fold(&self.root, |node, number| node.nth(*number))?;
        let span = token::value(text, found.value, Some(node));
        if span.is_empty() && matches!((node, path.last()), (Node::Null, Some(Step::Key(_)))) {
            return self.find(path, Part::Key);
        }
        Some(self.place(span, path))
    }

    pub(super) fn place(&self, span: Range<usize>, path: &[Step]) -> Place {
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
            let first = Places::of(text).key(&path).unwrap_or_default();
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
            let at = Places::of(text).key(&path[..path.len().min(1)]).unwrap_or_default();
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
