//! What the YAML parser says, told to a student: where the slip is (for what was never closed, where it was opened),
//! plain words, and the usual way to mend it. Only text in, only errors out.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use super::token;
use crate::Error;
use crate::error::{Place, Source};

/// The largest document, in bytes: more than a person writes, and soon read.
pub(in crate::lab) const MAX_BYTES: usize = 256 << 10;

/// Brackets within brackets at which the parser's time begins to grow with the square of the text.
const MAX_OPEN: usize = 256;

/// The text of a file, or what is wrong with its bytes. A byte order mark is left out and line breaks become `\n`,
/// so that every later place counts as an editor does. Other control characters become U+FFFD, one for one.
pub(in crate::lab) fn decode(name: &str, bytes: &[u8]) -> Result<Arc<Source>, Error> {
    if bytes.len() > MAX_BYTES {
        return Err(too_large(name, bytes.len() as u64));
    }
    if let Some(encoding) = crate::error::other_encoding(bytes) {
        return Err(crate::error::saved_as(name, encoding));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.replace("\r\n", "\n").replace('\r', "\n"),
        Err(error) => {
            let at = error.valid_up_to();
            let source = Source::new(name, crate::error::scrub(&String::from_utf8_lossy(bytes)));
            let (line, column) = line_and_column(&String::from_utf8_lossy(&bytes[..at]));
            let error = Error::user(format!("byte {:#04x} is not UTF-8 text", bytes[at]));
            return Err(error.at(Place::token(&source, line, column)).help("save the file as UTF-8"));
        }
    };
    // YAML has these in escapes alone (`"\x1b"`): one that stands here is read as what is shown of it.
    let foreign = |c: char| match c {
        '\n' | '\t' => false,
        c => c.is_control() || matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}'),
    };
    Ok(Source::new(name, if text.contains(foreign) { text.replace(foreign, "\u{fffd}") } else { text }))
}

/// The error for a document of so many bytes.
pub(in crate::lab) fn too_large(name: &str, bytes: u64) -> Error {
    let (size, unit) =
        if bytes < 1 << 20 { (bytes as f64 / 1024.0, "KiB") } else { (bytes as f64 / 1_048_576.0, "MiB") };
    let what = format!("`{name}` is too large: {size:.1} {unit}, where a lab has 256 KiB at the most");
    let error = Error::user(what);
    error.help("put long data into a CSV file and name it here")
}

/// The line and the column, both from 1, of what follows a text.
fn line_and_column(before: &str) -> (usize, usize) {
    (before.matches('\n').count() + 1, before[line_start(before, before.len())..].chars().count() + 1)
}

/// Refuses brackets opened without end before the parser sees them: it would take minutes over a megabyte of `[`.
pub(in crate::lab) fn open_brackets(text: &str) -> Result<(), (Range<usize>, Error)> {
    let (mut open, mut comment, mut before) = (0_usize, false, b'\n');
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'\n' => comment = false,
            b'#' if before.is_ascii_whitespace() || b"[{,".contains(&before) => comment = true,
            b'[' | b'{' if !comment => open += 1,
            b']' | b'}' if !comment => open = open.saturating_sub(1),
            _ => {}
        }
        before = byte;
        if open > MAX_OPEN {
            let error = Error::user(format!("more than {MAX_OPEN} brackets are open here"));
            return Err((at..at + 1, error.help("close `[` by `]` and `{` by `}`")));
        }
    }
    Ok(())
}

/// The marker that starts a second document, if there is one.
pub(in crate::lab) fn second_document(text: &str) -> Option<Range<usize>> {
    let mut started = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let marker =
            line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n']));
        if marker && started {
            return Some(at..at + 3);
        }
        let content = line.trim();
        started |= marker || !(content.is_empty() || content.starts_with('#') || line.starts_with('%'));
        at += line.len();
    }
    None
}

/// The second `&name` of a name, in a text that has aliases: the parser mixes them up, and an alias after it would
/// silently stand for a value that was never meant. Judged by the look of the words, so that a text which only
/// speaks of `&x` and `&x` is not refused as long as no word looks like an alias.
pub(in crate::lab) fn anchor_set_twice(text: &str) -> Option<Range<usize>> {
    let mut seen = HashSet::new();
    let mut second = None;
    let mut aliases = false;
    let mut before = "\n";
    let mut at = 0;
    for word in text.split_inclusive([' ', '\n', '\t', ',', '[', ']', '{', '}']) {
        let name = word.trim_end_matches([' ', '\n', '\t', ',', '[', ']', '{', '}']);
        // A value starts after one of these, or with its line.
        let starts = before.trim_end_matches([' ', '\t']).ends_with([':', '-', '[', '{', ',', '\n', '?']);
        aliases |= starts && name.len() > 1 && name.starts_with('*') && !name.ends_with('*');
        if starts && name.len() > 1 && name.starts_with('&') && !seen.insert(name) {
            second = second.or(Some(at..at + name.len()));
        }
        // White space alone does not hide what stands before it.
        if !word.trim_matches([' ', '\t']).is_empty() {
            before = word;
        }
        at += word.len();
    }
    second.filter(|_| aliases)
}

/// Turns the parser's error into ours, with the stretch of the text that it is about.
pub(in crate::lab) fn explain(text: &str, error: &serde_yaml::Error) -> (Range<usize>, Error) {
    let message = error.to_string();
    let at = error.location().map_or(text.len(), |location| location.index()).min(text.len());
    let problem = message.split(" at line ").next().unwrap_or_default();
    let problem = problem.split(", while ").next().unwrap_or_default();
    // The parser tells where the unfinished thing began only in the words of its message.
    let opened = message.split_once(", while ").and_then(|(_, context)| context_offset(text, context));

    let line = line_around(text, opened.unwrap_or(at));
    let here = || token_at(text, at);
    if text[at..].starts_with('\t') || (problem.contains("tab character") && text[at..].contains('\t')) {
        let tab = at + text[at..].find('\t').unwrap_or(0);
        return (tab..tab + 1, Error::user("a tab cannot indent").help("indent with spaces, two for each level"));
    }
    if let Some(tab) = tab_indent(text, at) {
        return (tab, Error::user("a tab cannot indent").help("indent with spaces, two for each level"));
    }
    match problem {
        p if p.contains("unexpected end of stream") || p.contains("unexpected document indicator") => {
            let start = opened.unwrap_or(at);
            let quote = text[start..].chars().next().unwrap_or('"');
            let span = start..start + text[start..].chars().next().map_or(0, char::len_utf8);
            (span, Error::user(format!("the quote `{quote}` is never closed")).help("end the text with the same quote"))
        }
        p if p.starts_with("did not find expected ',' or") => {
            let start = opened.unwrap_or(at);
            let (open, close) = if p.ends_with("']'") { ('[', ']') } else { ('{', '}') };
            if text[at..].trim().is_empty() || !same_line(text, start, at) {
                let error = Error::user(format!("the bracket `{open}` is never closed"));
                return (start..start + 1, error.help(format!("close it with `{close}`")));
            }
            let error = Error::user(format!("expected `,` or `{close}` here"));
            (here(), error.help("values are separated by commas; a text with `:`, `,` or quotes needs quotes"))
        }
        p if p.starts_with("could not find expected ':'") => {
            let error = Error::user("a key without a colon and a space after it");
            (token_at(text, opened.unwrap_or(at)), with_colon_hint(error, line))
        }
        p if p.starts_with("mapping values are not allowed") => {
            let start = line_start(text, at);
            let key = text[start..at].trim_start();
            if key.contains(": ") || key.is_empty() {
                let error = Error::user("a second `:` in one value").help("a text with `: ` in it needs quotes");
                return (at..(at + 1).min(text.len()), error);
            }
            let error = Error::user("this line is indented too far: the line before already has its value");
            (at - key.len()..at, error.help("keys of one map start in the same column"))
        }
        p if p.starts_with("did not find expected key") && after_quote(text, at) => {
            let error = Error::user("there is text after the closing quote");
            (here(), error.help("put quotes around the whole value: `'with \"these\" inside'`"))
        }
        p if p.starts_with("did not find expected key") || p.starts_with("did not find expected '-'") => {
            let item = p.ends_with("'-' indicator");
            let what = if item { "expected another `- ` of the list, or the end of it" } else { "expected a key" };
            let error = Error::user(format!("{what}; the indentation does not fit"));
            let help = "keys of one map, and the `-` of one list, start in the same column";
            (here(), with_colon_hint(error, line_around(text, at)).help(help))
        }
        p if p.starts_with("block sequence entries are not allowed") => {
            let error = Error::user("a list cannot start with `- ` on the line of its key");
            (here(), error.help("start the list on the next line, or write it as `[a, b]`"))
        }
        p if p.starts_with("found character that cannot start") => {
            let c = text[at..].chars().next();
            let shown = c.map_or_else(String::new, |c| if c == '`' { "a backtick".into() } else { format!("`{c}`") });
            let error = Error::user(format!("a value cannot start with {shown}")).help("put the text into quotes");
            (at..at + c.map_or(0, char::len_utf8), error)
        }
        p if p.contains("escape") => {
            let error = Error::user("an unknown escape within double quotes");
            let span = at..at + text[at..].chars().next().map_or(0, char::len_utf8);
            (span, error.help("in single quotes `\\` is an ordinary character"))
        }
        p if p.contains("unknown anchor") => {
            let error = Error::user("this alias names an anchor that is not set before it");
            (here(), error.help("`&name` sets one; a text that starts with `*` needs quotes"))
        }
        p if p.contains("expected alphabetic") => {
            let error = Error::user("`&` and `*` at the start of a value are for anchors and aliases");
            (token_at(text, opened.unwrap_or(at)), error.help("put the text into quotes"))
        }
        p => {
            let error = Error::user(format!("this is not YAML: {p}"));
            (here(), error.help("a text with special characters needs quotes"))
        }
    }
}

/// The offset that the parser names in "scanning a quoted scalar at line 3 column 7".
fn context_offset(text: &str, context: &str) -> Option<usize> {
    let Some((_, place)) = context.split_once(" at ") else {
        // The parser leaves out the place of what began with the text.
        return text.starts_with(['[', '{', '"', '\'']).then_some(0);
    };
    if place.starts_with("position") {
        return Some(0);
    }
    let mut numbers = place.strip_prefix("line ")?.split(" column ").map(str::parse::<usize>);
    let (line, column) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let inside = text[start..].char_indices().nth(column.saturating_sub(1)).map_or(0, |(at, _)| at);
    Some(start + inside)
}

fn with_colon_hint(error: Error, line: &str) -> Error {
    match missing_space(line) {
        Some(fixed) => error.help(format!("put a space after the colon: `{fixed}`")),
        None => error,
    }
}

/// `lr: 0.1` for a line or text such as `lr:0.1`.
pub(in crate::lab) fn missing_space(line: &str) -> Option<String> {
    let line = line.trim().trim_start_matches("- ");
    let (key, value) = line.split_once(':')?;
    let word = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_');
    let glued = !value.is_empty() && !value.starts_with([' ', '/', '\\', ':']);
    (word && glued).then(|| format!("{key}: {value}"))
}

/// A tab among the white space at the start of the line at an offset or of the line before it.
fn tab_indent(text: &str, at: usize) -> Option<Range<usize>> {
    let start = line_start(text, at);
    let before = text[..start.saturating_sub(1)].rfind('\n').map_or(0, |end| end + 1);
    [start, before].into_iter().find_map(|start| {
        let line = text[start..].lines().next().unwrap_or_default();
        let indent = line.len() - line.trim_start().len();
        line[..indent].find('\t').map(|tab| start + tab..start + tab + 1)
    })
}

/// Whether a closing quote stands before the offset, on its line.
fn after_quote(text: &str, at: usize) -> bool {
    text[line_start(text, at)..at].trim_end().ends_with(['"', '\''])
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

fn same_line(text: &str, a: usize, b: usize) -> bool {
    !text[a.min(b)..a.max(b)].contains('\n')
}

fn line_around(text: &str, at: usize) -> &str {
    text[line_start(text, at)..].lines().next().unwrap_or_default()
}

/// The token at an offset; at the end of a line or of the text, the empty stretch there.
pub(in crate::lab) fn token_at(text: &str, at: usize) -> Range<usize> {
    let span = token::value(text, at, None);
    let first = text[at..].chars().next().filter(|c| !c.is_whitespace()).map_or(0, char::len_utf8);
    if span.is_empty() { at..at + first } else { span }
}
