//! From where a node starts to the stretch of text to underline. Knows the look of YAML's tokens, not their meaning.

use std::ops::Range;

use super::node::Node;

/// The token of a value that starts at a byte offset: a scalar with its quotes, the first line of a block, a `{...}`
/// or `[...]` as far as its line goes. Without the node (a document that could not be read) the look alone decides.
pub(in crate::lab) fn value(text: &str, start: usize, node: Option<&Node>) -> Range<usize> {
    let start = skip_properties(text, start);
    let rest = first_line(&text[start..]);
    let length = match (rest.chars().next(), node) {
        (Some(quote @ ('"' | '\'')), _) if !is_block(rest, node) => quoted(rest, quote),
        (Some('{' | '['), Some(Node::Seq(_) | Node::Map(_)) | None) => flow(rest),
        (_, Some(Node::Seq(_) | Node::Map(_))) => without_comment(rest).len(),
        (Some('|' | '>'), Some(Node::Str(_)) | None) => rest.find(char::is_whitespace).unwrap_or(rest.len()),
        (_, Some(Node::Str(text))) => plain_text(rest, text),
        (_, Some(Node::Null)) if !["~", "null", "Null", "NULL"].contains(&&rest[..plain(rest)]) => 0,
        _ => plain(rest),
    };
    start..start + length
}

/// The token of a key that starts at a byte offset.
pub(in crate::lab) fn key(text: &str, start: usize, key: &str) -> Range<usize> {
    let start = skip_properties(text, start);
    let rest = first_line(&text[start..]);
    let length = match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => quoted(rest, quote),
        _ if rest.starts_with(key) => key.len(),
        _ => plain(rest),
    };
    start..start + length
}

/// Steps over anchors (`&name`) and tags (`!!str`), which the parser counts as part of the value.
fn skip_properties(text: &str, mut start: usize) -> usize {
    while text[start..].starts_with(['&', '!']) {
        let rest = &text[start..];
        start += rest.find(|c: char| c.is_whitespace()).unwrap_or(rest.len());
        start = skip_blank(text, start);
    }
    start
}

/// Steps over white space, line breaks and comments.
fn skip_blank(text: &str, mut start: usize) -> usize {
    loop {
        let rest = &text[start..];
        start += rest.len() - rest.trim_start().len();
        if !text[start..].starts_with('#') {
            return start;
        }
        start += first_line(&text[start..]).len();
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// Whether the text is the first line of a block whose first key or item is quoted.
fn is_block(rest: &str, node: Option<&Node>) -> bool {
    matches!(node, Some(Node::Map(_) | Node::Seq(_))) && !rest.starts_with(['{', '['])
}

/// The length of a quoted token, or of its first line.
fn quoted(line: &str, quote: char) -> usize {
    let mut chars = line.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote == '"' {
            chars.next();
        } else if c == quote {
            if quote == '\'' && chars.peek().is_some_and(|(_, next)| *next == '\'') {
                chars.next();
                continue;
            }
            return at + 1;
        }
    }
    line.trim_end().len()
}

/// The length of a `{...}` or `[...]` that ends on its line, else of the line.
fn flow(line: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(c) = line[at..].chars().next() {
        match c {
            '"' | '\'' if starts_token(line, at) => {
                at += quoted(&line[at..], c).max(1);
                continue;
            }
            '#' if line[..at].ends_with(char::is_whitespace) => break,
            '{' | '[' => depth += 1,
            '}' | ']' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += c.len_utf8();
    }
    line[..at].trim_end().len()
}

/// Whether a quote at this offset opens a text; within a word, as in `don't`, it does not.
fn starts_token(line: &str, at: usize) -> bool {
    line[..at].trim_end().ends_with(['{', '[', ',', ':', '-']) || line[..at].trim().is_empty()
}

/// A line up to its comment.
fn without_comment(line: &str) -> &str {
    let mut at = 0;
    while let Some(c) = line[at..].chars().next() {
        if matches!(c, '"' | '\'') && starts_token(line, at) {
            at += quoted(&line[at..], c).max(1);
            continue;
        }
        if c == '#' && (at == 0 || line[..at].ends_with(char::is_whitespace)) {
            break;
        }
        at += c.len_utf8();
    }
    line[..at].trim_end()
}

/// The length of a plain text whose value is known; over several lines, of the first of them.
fn plain_text(line: &str, value: &str) -> usize {
    if line.starts_with(value) {
        return value.len();
    }
    let whole = line.trim_end().len();
    if value.starts_with(line.trim_end()) { whole } else { plain(line).min(whole) }
}

/// The length of a plain scalar by its look alone.
fn plain(line: &str) -> usize {
    let end = line.char_indices().find(|(at, c)| {
        let next = line[at + c.len_utf8()..].chars().next();
        match c {
            ',' | '[' | ']' | '{' | '}' => true,
            ':' => next.is_none_or(char::is_whitespace),
            c if c.is_whitespace() => next.is_none_or(|n| n == '#' || n.is_whitespace()),
            _ => false,
        }
    });
    line[..end.map_or(line.len(), |(at, _)| at)].trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, node: &Node) -> String {
        text[value(text, 0, Some(node))].to_owned()
    }

    #[test]
    fn scalars_are_covered_with_their_quotes_and_nothing_else() {
        let text = |value: &str| Node::Str(value.into());
        assert_eq!(of("fast # no", &text("fast")), "fast");
        assert_eq!(of("a, b: c", &text("a, b")), "a, b");
        assert_eq!(of("'it''s' # no", &text("it's")), "'it''s'");
        assert_eq!(of(r#""a \" b", 3"#, &text("a \" b")), r#""a \" b""#);
        assert_eq!(of("1e-3, 4]", &Node::Float(1e-3)), "1e-3");
        assert_eq!(of("&a !!float\n  # why\n  0.5", &Node::Float(0.5)), "0.5");
        assert_eq!(of("|-\n  x", &text("x")), "|-");
        assert_eq!(of("one\n  two", &text("one two")), "one");
        assert_eq!(of("\n", &Node::Null), "");
        assert_eq!(of("~ # x", &Node::Null), "~");
    }

    #[test]
    fn collections_are_covered_as_far_as_their_line_goes() {
        let map = Node::Map(Vec::new());
        assert_eq!(of("{a: ']}', b: [1, 2]} # c", &map), "{a: ']}', b: [1, 2]}");
        assert_eq!(of("{a: don't, b: 1}, x", &map), "{a: don't, b: 1}");
        assert_eq!(of("{a: 1, # c\n b: 2}", &map), "{a: 1,");
        assert_eq!(of("rule: adam  # c\nlr: 3", &map), "rule: adam");
        assert_eq!(of("'a': 1\nlr: 3", &map), "'a': 1");
    }

    #[test]
    fn keys_end_before_their_colon() {
        assert_eq!(&"lr: 3"[key("lr: 3", 0, "lr")], "lr");
        assert_eq!(&"'l r' : 3"[key("'l r' : 3", 0, "l r")], "'l r'");
        assert_eq!(&"&x lr: 3"[key("&x lr: 3", 0, "lr")], "lr");
    }
}
