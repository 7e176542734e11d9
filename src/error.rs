//! The one error of optlab: what is wrong, where in the user's file, and the next step.
//!
//! An [`Error`] is made where the fault is seen and drawn once, by [`Error::render`], in the way of rustc: in the
//! terminal, in a pane and (by [`Error::to_json`]) for programs. This module imports nothing of ours and never prints.

mod excerpt;
mod length;
mod nearest;
mod scrub;
mod text;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::{Deserialize, Deserializer, Serialize};

use excerpt::Excerpt;
pub(crate) use length::and_more;
pub use nearest::nearest;
pub use scrub::{SHOWN, dumb_terminal, is_hidden, json_text, scrub, scrub_line, scrub_painted};
pub use text::{other_encoding, saved_as, text_of, without_mark};

/// What every fallible function of optlab returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Who has to act, which is also what the exit code tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// The user's file, script or arguments are wrong: exit code 2.
    User,
    /// A check of the user's work failed: exit code 1.
    Check,
    /// optlab itself is at fault: exit code 4.
    Fault,
    /// Nobody: what is so with data that ships, and worth to know.
    Note,
}

/// A text that the user wrote, or that is shipped, by its name as the user knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The path or name to show, as in `labs/adam.yaml`.
    pub name: String,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// A source to be shared by all the places that point into it.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into() })
    }

    /// The word in front of a value that was given by hand, whose key follows it in the name: `--set`, or `:set`.
    fn word(&self) -> Option<&str> {
        self.name.split_once(' ').map(|(word, _)| word).filter(|word| ["--set", ":set"].contains(word))
    }

    /// The byte offset of a line and a column, both counted from 1 (columns in characters), kept inside the text.
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let mut start = 0;
        for (number, text) in self.text.split_inclusive('\n').enumerate() {
            if number + 1 == line {
                let text = text.trim_end_matches(['\n', '\r']);
                let column = column.saturating_sub(1);
                let inside = text.char_indices().nth(column).map_or(text.len(), |(at, _)| at);
                return start + inside;
            }
            start += text.len();
        }
        self.text.len()
    }
}

/// A stretch of a user's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PlaceBytes")]
pub struct Place {
    /// The text.
    pub source: Arc<Source>,
    /// Bytes of the text; may be empty.
    pub span: Range<usize>,
    /// The key path in a lab file, as in `optimizer.rule`; empty elsewhere.
    pub key: String,
}

/// A [`Place`] as bytes have it, before its span is known to lie in its text.
#[derive(Deserialize)]
struct PlaceBytes {
    source: Arc<Source>,
    span: Range<usize>,
    key: String,
}

impl TryFrom<PlaceBytes> for Place {
    type Error = &'static str;

    fn try_from(PlaceBytes { source, span, key }: PlaceBytes) -> Result<Self, Self::Error> {
        match source.text.get(span.clone()) {
            Some(_) => Ok(Self { source, span, key }),
            None => Err("an error points beside its text"),
        }
    }
}

impl Place {
    /// The token that starts at a line and a column (both from 1): up to the next white space or punctuation.
    pub fn token(source: &Arc<Source>, line: usize, column: usize) -> Self {
        let start = source.offset(line, column);
        let rest = &source.text[start..];
        let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
        let first = rest.chars().next().filter(|c| !c.is_whitespace()).map_or(0, char::len_utf8);
        Self { source: source.clone(), span: start..start + word.max(first), key: String::new() }
    }

    /// The line, counted from 1.
    pub fn line(&self) -> usize {
        self.source.text[..self.span.start].matches('\n').count() + 1
    }

    /// The column in characters, counted from 1.
    pub fn column(&self) -> usize {
        let before = &self.source.text[..self.span.start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        before[line_start..].chars().count() + 1
    }
}

/// One clear error. Built with [`Error::user`] or [`Error::fault`] and completed by the methods that follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error(Box<Parts>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Parts {
    kind: Kind,
    #[serde(deserialize_with = "scrubbed")]
    what: String,
    place: Option<Place>,
    #[serde(deserialize_with = "scrubbed")]
    label: String,
    #[serde(deserialize_with = "all_scrubbed")]
    help: Vec<String>,
    /// The problems that were found and have no words of their own, if the error stands for such.
    #[serde(skip)]
    left_out: u64,
}

impl Error {
    /// An error in what the user gave.
    pub fn user(what: impl Into<String>) -> Self {
        Self::new(Kind::User, what)
    }

    /// A check of the user's work that failed.
    pub fn check(what: impl Into<String>) -> Self {
        Self::new(Kind::Check, what)
    }

    /// A fault of optlab's own.
    pub fn fault(what: impl Into<String>) -> Self {
        Self::new(Kind::Fault, what)
    }

    /// A warning of what nobody can change, as of data that ships.
    pub fn note(what: impl Into<String>) -> Self {
        Self::new(Kind::Note, what)
    }

    /// Nobody has to act upon it.
    pub fn is_note(&self) -> bool {
        self.0.kind == Kind::Note
    }

    fn new(kind: Kind, what: impl Into<String>) -> Self {
        let what = length::cut(scrub(&what.into()), length::WORDS);
        Self(Box::new(Parts { kind, what, place: None, label: String::new(), help: Vec::new(), left_out: 0 }))
    }

    /// Stands, last of several errors, for so many more that are wrong with the user's files.
    pub fn and_more(count: u64) -> Self {
        let mut error = Self::user(and_more(count, "problem"));
        error.0.left_out = count;
        error.help("mend these first")
    }

    /// How many problems it stands for, if it was made by [`Error::and_more`]; else 0.
    pub fn left_out(&self) -> u64 {
        self.0.left_out
    }

    /// Points into a text; a place that is already known is kept, since the first to know it knows it best.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.0.place.get_or_insert(place);
        self
    }

    /// The words beside the underlined text, as in "did you mean `adam`?".
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.0.label = length::cut(scrub(&label.into()), length::LABEL);
        self
    }

    /// The next step; may be called more than once.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help.push(length::cut(scrub(&help.into()), length::WORDS));
        self
    }

    /// "did you mean" beside the underlined text, when one of the names is near enough.
    #[must_use]
    pub fn nearest<'a>(self, wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(wrong, names) {
            Some(name) => self.label(format!("did you mean `{name}`?")),
            None => self,
        }
    }

    /// Who has to act.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The sentence alone.
    pub fn what(&self) -> &str {
        &self.0.what
    }

    /// Where it is, if it is in a file.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// The words beside the underlined text; may be empty.
    pub fn label_text(&self) -> &str {
        &self.0.label
    }

    /// The next steps.
    pub fn help_lines(&self) -> &[String] {
        &self.0.help
    }

    /// The process's exit code for this error.
    pub fn exit_code(&self) -> u8 {
        match self.0.kind {
            Kind::Note => 0,
            Kind::Check => 1,
            Kind::User => 2,
            Kind::Fault => 4,
        }
    }

    /// The error as rustc would draw it; with colours if the reader is a terminal.
    pub fn render(&self, colour: bool) -> String {
        let parts = &*self.0;
        let mut columns = None;
        let mut group = if let Some(place) = &parts.place {
            let (path, line) = (length::cut(scrub_line(&place.source.name), length::LABEL), place.line());
            let excerpt = Excerpt::of(place);
            let at = |column: usize| format!("{path}:{line}:{column}");
            columns = match (excerpt.cut_column(), place.source.word()) {
                (cut, Some(_)) => Some((at(cut.unwrap_or(place.column())), path.clone())),
                (cut, None) => cut.map(|cut| (at(cut), at(place.column()))),
            };
            let (text, span) = scrub::scrub_source(&excerpt.text, excerpt.span.clone());
            let mut annotation = AnnotationKind::Primary.span(span);
            if !parts.label.is_empty() {
                annotation = annotation.label(parts.label.as_str());
            }
            let snippet = Snippet::source(text.into_owned()).path(path).line_start(line).annotation(annotation);
            Level::ERROR.primary_title(parts.what.as_str()).element(snippet)
        } else {
            let group = Group::with_title(Level::ERROR.primary_title(parts.what.as_str()));
            // What would stand beside the underlined text is told, where there is none, as a next step.
            let label = Some(parts.label.as_str()).filter(|label| !label.is_empty());
            label.into_iter().fold(group, |group, label| group.element(Level::HELP.message(label)))
        };
        for help in &parts.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let drawn = renderer.render(&[group]);
        match columns {
            // What was drawn counts from where the line was cut; what was typed has no lines.
            Some((cut, own)) => drawn.replacen(&cut, &own, 1),
            None => drawn,
        }
    }

    /// The error for a program: `what`, and `file`, `line`, `column`, `key`, `hint` where they are known.
    pub fn to_json(&self) -> serde_json::Value {
        let parts = &*self.0;
        let mut hint: Vec<&str> = Vec::new();
        if !parts.label.is_empty() {
            hint.push(&parts.label);
        }
        hint.extend(parts.help.iter().map(String::as_str));
        let mut json = serde_json::json!({ "what": parts.what, "hint": hint.join("; ") });
        if let Some(place) = &parts.place {
            json["file"] = length::cut(scrub_line(&place.source.name), length::LABEL).into();
            json["line"] = place.line().into();
            json["column"] = place.column().into();
            json["key"] = length::cut(scrub(&place.key), length::LABEL).into();
        }
        json
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.0.place {
            let short = |text: &str| length::cut(scrub_line(text), length::LABEL);
            match place.source.word() {
                // A line is not looked for in what was typed.
                Some(word) => write!(f, "`{word} {}`: ", short(&place.source.text))?,
                None => write!(f, "{}:{}:{}: ", short(&place.source.name), place.line(), place.column())?,
            }
        }
        f.write_str(&self.0.what)?;
        if !self.0.label.is_empty() {
            write!(f, " ({})", self.0.label)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// A text out of bytes, as [`scrub`] leaves it.
pub(crate) fn scrubbed<'de, D: Deserializer<'de>>(bytes: D) -> Result<String, D::Error> {
    String::deserialize(bytes).map(|text| scrub(&text))
}

fn all_scrubbed<'de, D: Deserializer<'de>>(bytes: D) -> Result<Vec<String>, D::Error> {
    Vec::<String>::deserialize(bytes).map(|texts| texts.iter().map(|text| scrub(text)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_drawn_like_rustc_draws_it() {
        let source = Source::new("labs/adam.yaml", "optimizer:\n  rule: adamm\n");
        let error = Error::user("unknown optimizer `adamm`")
            .at(Place::token(&source, 2, 9))
            .nearest("adamm", ["sgd", "adam"])
            .help("`optlab list optimizers` shows them all, or give a path that ends in .rhai");
        insta::assert_snapshot!(error.render(false), @r"
        error: unknown optimizer `adamm`
         --> labs/adam.yaml:2:9
          |
        2 |   rule: adamm
          |         ^^^^^ did you mean `adam`?
          |
          = help: `optlab list optimizers` shows them all, or give a path that ends in .rhai
        ");
        assert_eq!(error.to_json()["column"], 9);
    }

    #[test]
    fn nothing_of_an_error_steers_a_terminal() {
        let bad = "\u{1b}]0;t\u{7}\u{9b}31m\u{202e}";
        let source = Source::new(format!("a{bad}\n.rhai"), format!("let a = \"{bad}\";\r\nzzz();\n"));
        let error = Error::user(format!("what {bad}"))
            .at(Place {
                source: source.clone(),
                span: source.text.find(bad).unwrap()..source.text.rfind('"').unwrap(),
                key: bad.into(),
            })
            .label(format!("label {bad}"))
            .help(format!("help {bad}"));
        let plain = error.render(false);
        for text in [plain.clone(), scrub_painted(&error.render(true)).replace("\u{1b}[", ""), error.to_string()] {
            assert!(!text.chars().any(|c| is_hidden(c) && c != '\n'), "{text:?}");
        }
        assert_eq!(scrub_painted(&error.render(true)), error.render(true), "colours alone are left");
        assert!(plain.contains("let a = \"\u{fffd}]0;t\u{fffd}\u{fffd}31m\u{fffd}\""), "{plain}");
        assert!(plain.contains("^^^^^^^^^^ "), "{plain}");
        assert!(!json_text(&error.to_json()).chars().any(is_hidden));
    }

    #[test]
    fn places_count_characters_not_bytes() {
        let source = Source::new("x", "é: ü\nβ: 1\n");
        let place = Place::token(&source, 2, 4);
        assert_eq!((place.line(), place.column(), &source.text[place.span.clone()]), (2, 4, "1"));
    }
}
