//! Reads one YAML document into a [`Node`] tree, with limits, and stops at the first thing that a lab file must not
//! hold. What is wrong is kept beside the parser's own error, which only tells the place.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, Visitor};

use super::node::{Node, Step, shorten};
use crate::Error;

/// Nodes after aliases are written out: a few lines of nested aliases would otherwise fill the memory.
pub(in crate::lab) const MAX_NODES: usize = 100_000;

/// Levels of maps and lists. Deeper than any lab, and shallow enough for recursion on a small stack.
pub(in crate::lab) const MAX_DEPTH: usize = 64;

/// Bytes of text after aliases are written out: four times what the largest document can hold of it.
const MAX_TEXT: usize = 4 * super::syntax::MAX_BYTES;

/// Characters of a key. Longer than any name, and short enough for paths to be copied.
const MAX_KEY: usize = 200;

/// What the visitors share: how much has been read, where, and what stopped them.
#[derive(Default)]
pub(in crate::lab) struct Progress {
    nodes: Cell<usize>,
    text: Cell<usize>,
    /// The path of the node being read; when reading fails it stays where it failed.
    pub(in crate::lab) path: RefCell<Vec<Step>>,
    /// What is wrong, in our words.
    pub(in crate::lab) problem: RefCell<Option<Problem>>,
}

/// What stopped the reading.
pub(in crate::lab) enum Problem {
    /// The key, which is already there in the map at the current path.
    DuplicateKey(String),
    /// Anything else.
    Other(Error),
}

impl Progress {
    /// Notes what is wrong and gives the error that stops the parser there.
    fn stop<E: serde::de::Error>(&self, problem: Problem) -> E {
        self.problem.borrow_mut().get_or_insert(problem);
        E::custom("refused")
    }

    fn refuse<E: serde::de::Error>(&self, error: Error) -> E {
        self.stop(Problem::Other(error))
    }

    /// Counts a text before it is kept.
    fn text<E: serde::de::Error>(&self, text: &str) -> Result<String, E> {
        self.text.set(self.text.get() + text.len());
        if self.text.get() <= MAX_TEXT {
            return Ok(text.to_owned());
        }
        let error = Error::user("the texts of this document hold more than 1 MiB")
            .help("an alias (`*name`) counts as all that it stands for; write the texts once");
        Err(self.refuse(error))
    }
}

/// Reads one node at a depth, where 0 is the whole document.
pub(in crate::lab) struct Reader<'a> {
    /// What all readers of a document share.
    pub(in crate::lab) progress: &'a Progress,
    /// Maps and lists around this node.
    pub(in crate::lab) depth: usize,
}

impl Reader<'_> {
    fn child(&self) -> Self {
        Self { progress: self.progress, depth: self.depth + 1 }
    }

    fn enter<E: serde::de::Error>(&self) -> Result<(), E> {
        if self.depth < MAX_DEPTH {
            return Ok(());
        }
        let what = format!("maps and lists stand in each other more than {MAX_DEPTH} levels deep");
        Err(self
            .progress
            .refuse(Error::user(what).help("use fewer levels; an alias inside the very part that it names never ends")))
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        let nodes = self.progress.nodes.get() + 1;
        self.progress.nodes.set(nodes);
        if nodes > MAX_NODES {
            let error = Error::user(format!("the document has more than {MAX_NODES} values"))
                .help("an alias (`*name`) counts as all that it stands for; put long data into a CSV file");
            return Err(self.progress.refuse(error));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Int(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Int(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Node, E> {
        Ok(Node::Int(value))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Node, E> {
        Ok(i128::try_from(value).map_or(Node::Float(value as f64), Node::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Float(value))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Node, E> {
        self.progress.text(value).map(Node::Str)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        self.enter()?;
        let mut items = Vec::new();
        loop {
            self.progress.path.borrow_mut().push(Step::Index(items.len()));
            let Some(item) = seq.next_element_seed(self.child())? else { break };
            self.progress.path.borrow_mut().pop();
            items.push(item);
        }
        self.progress.path.borrow_mut().pop();
        Ok(Node::Seq(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        self.enter()?;
        let mut seen = HashSet::new();
        let mut entries = Vec::new();
        while let Some(key) = map.next_key_seed(KeyReader { progress: self.progress, seen: &mut seen })? {
            self.progress.path.borrow_mut().push(Step::Key(key.clone()));
            let value = map.next_value_seed(self.child())?;
            self.progress.path.borrow_mut().pop();
            entries.push((key, value));
        }
        Ok(Node::Map(entries))
    }

    /// serde's name for a node with a tag of its own.
    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Node, A::Error> {
        let (tag, _): (String, _) = data.variant()?;
        Err(self.progress.refuse(tag_refused(&tag)))
    }
}

fn tag_refused(tag: &str) -> Error {
    Error::user(format!("tags such as `!{}` have no meaning here", shorten(tag.trim_start_matches('!'))))
        .help("a text that starts with `!` needs quotes")
}

/// Reads a key: a text that is not yet among those seen.
struct KeyReader<'a> {
    progress: &'a Progress,
    seen: &'a mut HashSet<String>,
}

impl KeyReader<'_> {
    fn not_a_text<E: serde::de::Error>(&self, found: &Node) -> E {
        let error = Error::user(format!("a key must be a text, but is {}", found.describe()));
        self.progress.refuse(match found {
            Node::Null | Node::Bool(_) | Node::Int(_) | Node::Float(_) => error.help("put the key into quotes"),
            _ => error.help("a text that starts with `{` or `[` needs quotes"),
        })
    }
}

impl<'de> DeserializeSeed<'de> for KeyReader<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for KeyReader<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<String, E> {
        if key == "<<" {
            let error = Error::user("merge keys (`<<`) are not part of YAML 1.2 and do nothing here")
                .help("write the keys out, or give a whole value by `&name` and `*name`");
            return Err(self.progress.refuse(error));
        }
        if key.len() > MAX_KEY && key.chars().count() > MAX_KEY {
            let error = Error::user(format!("a key of more than {MAX_KEY} characters: `{}`", shorten(key)));
            return Err(self.progress.refuse(error.help("a key is a name; a text stands behind the colon")));
        }
        if !self.seen.insert(key.to_owned()) {
            return Err(self.progress.stop(Problem::DuplicateKey(key.to_owned())));
        }
        self.progress.text(key)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<String, E> {
        Err(self.not_a_text(&Node::Null))
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<String, E> {
        Err(self.not_a_text(&Node::Bool(value)))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<String, E> {
        Err(self.not_a_text(&Node::Int(value.into())))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<String, E> {
        Err(self.not_a_text(&Node::Int(value.into())))
    }

    fn visit_i128<E: serde::de::Error>(self, value: i128) -> Result<String, E> {
        Err(self.not_a_text(&Node::Int(value)))
    }

    fn visit_u128<E: serde::de::Error>(self, value: u128) -> Result<String, E> {
        Err(self.not_a_text(&Node::Float(value as f64)))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<String, E> {
        Err(self.not_a_text(&Node::Float(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        let error = Error::user("a key must be a text, but is a list").help("a text that starts with `[` needs quotes");
        Err(self.progress.refuse(error))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        let error = Error::user("a key must be a text, but is a map").help("a text that starts with `{` needs quotes");
        Err(self.progress.refuse(error))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<String, A::Error> {
        let (tag, _): (String, _) = data.variant()?;
        Err(self.progress.refuse(tag_refused(&tag)))
    }
}
