//! A YAML text as a tree, and the paths that lead through it. Knows neither texts nor places.

use std::fmt;
use std::fmt::Write as _;

/// One node of a document, in the order and with the precision in which it was written.
///
/// A number that `f64` cannot hold (`1e400`) and a number with a separator (`1_000`) are texts in YAML and stay texts,
/// so that the reader of a field can say what is wrong with them.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// `null`, `~`, or nothing after the colon.
    Null,
    /// `true` or `false`; `yes` and `on` are texts in YAML 1.2.
    Bool(bool),
    /// A whole number: wider than `u64`, so that every seed fits.
    Int(i128),
    /// Any other number; `.nan` and `.inf` are numbers, too.
    Float(f64),
    /// A text.
    Str(String),
    /// A list.
    Seq(Vec<Node>),
    /// A map in its written order; no key is there twice.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// The child that a step leads to.
    pub fn child(&self, step: &Step) -> Option<&Self> {
        match (self, step) {
            (Self::Map(entries), Step::Key(key)) => entries.iter().find(|(name, _)| name == key).map(|(_, node)| node),
            (Self::Seq(items), Step::Index(index)) => items.get(*index),
            _ => None,
        }
    }

    /// The child of a number, among the elements of a list or the entries of a map.
    pub(super) fn nth(&self, number: usize) -> Option<&Self> {
        match self {
            Self::Seq(items) => items.get(number),
            Self::Map(entries) => entries.get(number).map(|(_, node)| node),
            _ => None,
        }
    }

    /// The node at the end of a path.
    pub fn at(&self, path: &[Step]) -> Option<&Self> {
        path.iter().try_fold(self, |node, step| node.child(step))
    }

    /// The node as YAML on one line, as it may follow a `--set KEY=`.
    pub fn in_a_line(&self) -> String {
        let inside = |parts: Vec<String>| parts.join(", ");
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Float(value) if value.is_nan() => ".nan".to_owned(),
            Self::Float(value) if value.is_infinite() => if *value < 0.0 { "-.inf" } else { ".inf" }.to_owned(),
            Self::Float(value) => format!("{value:?}"),
            Self::Str(text) => quoted(text),
            Self::Seq(items) => format!("[{}]", inside(items.iter().map(Self::in_a_line).collect())),
            Self::Map(entries) => {
                let entry = |(key, node): &(String, Self)| format!("{}: {}", quoted(key), node.in_a_line());
                format!("{{{}}}", inside(entries.iter().map(entry).collect()))
            }
        }
    }

    /// The node in words, to stand after "found": ``the text `fast` ``, `a list of 3`.
    pub fn describe(&self) -> String {
        match self {
            Self::Null => "nothing".to_owned(),
            Self::Bool(value) => format!("`{value}`"),
            Self::Int(value) => format!("the number `{value}`"),
            Self::Float(value) if value.is_nan() => "`.nan`, which is not a number".to_owned(),
            Self::Float(value) if value.is_infinite() => {
                format!("`{}.inf`, which is not finite", if *value < 0.0 { "-" } else { "" })
            }
            Self::Float(value) => format!("the number `{}`", show(*value)),
            Self::Str(text) if text.is_empty() => "an empty text".to_owned(),
            Self::Str(text) => format!("the text `{}`", shorten(text)),
            Self::Seq(items) if items.is_empty() => "an empty list".to_owned(),
            Self::Seq(items) => format!("a list of {}", items.len()),
            Self::Map(entries) if entries.is_empty() => "an empty map".to_owned(),
            Self::Map(entries) => {
                let names: Vec<_> = entries.iter().take(3).map(|(name, _)| format!("`{}`", shorten(name))).collect();
                let more = if entries.len() > 3 { ", ..." } else { "" };
                format!("a map with {}{more}", names.join(", "))
            }
        }
    }
}

/// A text in double quotes, with the escapes of YAML.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\x{:02x}", u32::from(c) & 0xff);
            }
            // Breaks of lines to YAML, and what is no character of a text.
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// At most 40 characters of the first line, so that a message stays one line.
pub(in crate::lab) fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let kept: String = line.chars().take(40).collect();
    if kept.len() < text.trim_end_matches('\n').len() { kept + "..." } else { kept }
}

/// A number in the shorter of the usual ways: `0.001`, but `1e300` without its zeros.
pub(in crate::lab) fn show(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-5..1e15).contains(&size) { format!("{value}") } else { format!("{value:e}") }
}

/// One step from a node to a child.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// To the value of a key of a map.
    Key(String),
    /// To an element of a list, counted from 0.
    Index(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// Which part of an entry a place covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The key, in a map; in a list there is none and the value is meant.
    Key,
    /// The value.
    Value,
}

/// A path as a user writes it: `optimizer.lr`, `network[3].dense`.
pub(in crate::lab) struct Dotted<'a>(pub(in crate::lab) &'a [Step]);

impl fmt::Display for Dotted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if at == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_as_a_user_writes_it() {
        let path = [Step::from("compare"), "sgd".into(), "network".into(), 3.into(), "dense".into()];
        assert_eq!(Dotted(&path).to_string(), "compare.sgd.network[3].dense");
        assert_eq!(Dotted(&[]).to_string(), "");
    }

    #[test]
    fn a_node_on_one_line_is_read_back_as_itself() {
        let node = Node::Map(vec![
            ("rule".into(), Node::Str("a \"b\": c\n# d".into())),
            (
                "list".into(),
                Node::Seq(vec![Node::Int(3), Node::Float(0.5), Node::Float(1e-8), Node::Bool(true), Node::Null]),
            ),
        ]);
        let text = format!("x: {}", node.in_a_line());
        let read = crate::lab::yaml::document::Document::parse("x", &text).unwrap();
        assert_eq!(read.root().child(&"x".into()), Some(&node), "{text}");
    }

    #[test]
    fn nodes_are_told_in_one_short_line() {
        assert_eq!(Node::Str("a\nb\n".into()).describe(), "the text `a...`");
        assert_eq!(Node::Str("a\n".into()).describe(), "the text `a`");
        assert_eq!(Node::Str("ü".repeat(50)).describe(), format!("the text `{}...`", "ü".repeat(40)));
        assert_eq!(Node::Float(f64::NEG_INFINITY).describe(), "`-.inf`, which is not finite");
        assert_eq!(Node::Map(vec![("dense".into(), Node::Int(3))]).describe(), "a map with `dense`");
    }
}
