//! Characters of typesetting that look like those of YAML and are none: what a word processor, a web page or a phone puts in
//! their place. Where one of them is why a document is wrong, the error names it, at its place. In a title or a text they are
//! what they are. Knows no key of a lab.

use crate::error::{Error, Place};

/// A character that looks like another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lookalike {
    /// What it is called, with its article.
    name: &'static str,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Of the width of a space.
    Space,
    /// Of no width.
    Nothing,
    Dash,
    /// For `"` or `'`.
    Quote(char),
    /// A form of this character as wide as a Chinese sign.
    Wide(char),
}

/// What a character looks like, if it is one that is taken for another.
fn lookalike(c: char) -> Option<Lookalike> {
    let (name, kind) = match c {
        '\u{a0}' => ("a no-break space", Kind::Space),
        '\u{2007}' => ("a figure space", Kind::Space),
        '\u{202f}' => ("a narrow no-break space", Kind::Space),
        '\u{3000}' => ("an ideographic space", Kind::Space),
        '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{205f}' => ("a typographic space", Kind::Space),
        '\u{200b}' => ("a zero-width space", Kind::Nothing),
        '\u{200c}' | '\u{200d}' | '\u{2060}' => ("a joiner of no width", Kind::Nothing),
        '\u{feff}' => ("a byte order mark", Kind::Nothing),
        '\u{ad}' => ("a soft hyphen", Kind::Nothing),
        '\u{2010}' | '\u{2011}' => ("a typographic hyphen", Kind::Dash),
        '\u{2012}' => ("a figure dash", Kind::Dash),
        '\u{2013}' => ("an en dash", Kind::Dash),
        '\u{2014}' | '\u{2015}' => ("an em dash", Kind::Dash),
        '\u{2212}' => ("a minus sign of typesetting", Kind::Dash),
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' => ("a typographic quote", Kind::Quote('"')),
        '‘' | '’' | '‚' | '‛' | '‹' | '›' | '′' => ("a typographic quote", Kind::Quote('\'')),
        '\u{2236}' | '\u{a789}' | '\u{fe55}' => ("a typographic colon", Kind::Wide(':')),
        '\u{ff01}'..='\u{ff5e}' => ("a full-width character", Kind::Wide(char::from_u32(u32::from(c) - 0xfee0)?)),
        _ => return None,
    };
    Some(Lookalike { name, kind })
}

/// The same error, but where a character that looks like another one explains it: then the error is about that one. Looked
/// at is the key or value that the error underlines.
pub(in crate::lab) fn explained(error: Error) -> Error {
    let found = error.place().and_then(|place| {
        let at = in_token(place.source.text.get(place.span.clone())?)?;
        Some(place.span.start + at)
    });
    match found {
        Some(at) => named(error, at),
        None => error,
    }
}

/// The key that is meant by one with characters that look like those of YAML; nothing if it has none.
pub(in crate::lab) fn meant(key: &str) -> Option<&str> {
    let wide = |c: char| lookalike(c).is_some_and(|found| found.kind == Kind::Wide(':'));
    let meant = key.split(wide).next().unwrap_or_default().trim_matches(|c: char| c == ' ' || lookalike(c).is_some());
    (meant != key).then_some(meant)
}

/// The same for an error of the grammar, which may stand behind what is wrong: looked at are its line and the one before it,
/// at the places where YAML has characters of its own.
pub(super) fn explained_by_line(error: Error) -> Error {
    let Some(place) = error.place() else { return error };
    let text = &place.source.text;
    let start = text[..place.span.start].rfind('\n').map_or(0, |at| at + 1);
    let before = text[..start.saturating_sub(1)].rfind('\n').map_or(0, |at| at + 1);
    let line = |start: usize| text[start..].lines().next().unwrap_or_default();
    let token = text.get(place.span.clone()).unwrap_or_default();
    let found = in_token(token).map(|at| place.span.start + at);
    let of_line = |start: usize, anywhere: bool| {
        let found = Some(line(start)).filter(|_| !in_block(text, start)).and_then(|line| in_line(line, anywhere));
        found.map(|at| start + at)
    };
    let found = found.or_else(|| of_line(start, true)).or_else(|| of_line(before, false).filter(|_| start > 0));
    match found {
        Some(at) => named(error, at),
        None => error,
    }
}

/// Whether the line that starts at an offset belongs to a text of several lines, opened by `|` or `>`.
fn in_block(text: &str, start: usize) -> bool {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let own = indent(text[start..].lines().next().unwrap_or_default());
    let above = text[..start].lines().rev().find(|line| !line.trim().is_empty() && indent(line) < own);
    above.is_some_and(|line| line.trim_end().trim_end_matches(['-', '+']).ends_with(['|', '>']))
}

/// The error about the character at an offset of the text that an error points into.
fn named(error: Error, at: usize) -> Error {
    let Some(place) = error.place() else { return error };
    let Some(c) = place.source.text[at..].chars().next() else { return error };
    let Some(Lookalike { name, kind }) = lookalike(c) else { return error };
    let code = u32::from(c);
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let text = &place.source.text;
    let (before, after) = (text[..at].chars().next_back(), text[at + c.len_utf8()..].chars().next());
    let (instead, help) = match kind {
        Kind::Space if digit(before) && digit(after) => ("a number has no spaces".to_owned(), "delete it".to_owned()),
        Kind::Space => ("it is no space to YAML".to_owned(), "type a space in its place".to_owned()),
        Kind::Nothing => ("nothing is seen of it, but it belongs to the word".to_owned(), "delete it".to_owned()),
        Kind::Dash => ("it is no `-`".to_owned(), "type `-` in its place".to_owned()),
        Kind::Wide(':') => ("it is no `:`".to_owned(), "type `:` and a space in its place".to_owned()),
        Kind::Quote(plain) | Kind::Wide(plain) => {
            (format!("it is no `{plain}`"), format!("type `{plain}` in its place"))
        }
    };
    let place = Place { source: place.source.clone(), span: at..at + c.len_utf8(), key: place.key.clone() };
    let shown = if matches!(kind, Kind::Space | Kind::Nothing) { String::new() } else { format!(" `{c}`") };
    Error::user(format!("{name}{shown} (U+{code:04X}) stands here: {instead}"))
        .at(place)
        .label(help)
        .help(format!("because of it: {}", error.what()))
}

/// The first character of a key or value that is taken for another one, as an offset.
fn in_token(token: &str) -> Option<usize> {
    let quoted = token.starts_with(['"', '\'']);
    let inside = token.trim_matches(['"', '\'']);
    let last = inside.char_indices().next_back().map(|(at, _)| at);
    let from = token.len() - token.trim_start_matches(['"', '\'']).len();
    let found = inside.char_indices().find(|(at, c)| {
        let Some(Lookalike { kind, .. }) = lookalike(*c) else { return false };
        let after = inside[at + c.len_utf8()..].chars().next();
        match kind {
            Kind::Space | Kind::Nothing => true,
            Kind::Wide(_) => !quoted,
            Kind::Dash => after.is_some_and(|c| c.is_ascii_digit() || c == '.' || (*at == 0 && is_space(c))),
            Kind::Quote(_) => *at == 0 || Some(*at) == last,
        }
    });
    found.map(|(at, _)| from + at)
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || lookalike(c).is_some_and(|found| found.kind == Kind::Space)
}

/// The first character of a line that stands where YAML has one of its own: in the indentation, as the dash of an item, around
/// a key or behind its colon, as the quote that opens a value. With `anywhere` also what separates values in brackets.
fn in_line(line: &str, anywhere: bool) -> Option<usize> {
    let mut quote = None;
    // What stands before a character: nothing yet, what YAML reads there, or a word.
    let mut fresh = true;
    let mut key = true;
    for (at, c) in line.char_indices() {
        if let Some(open) = quote {
            quote = Some(open).filter(|open| *open != c);
            continue;
        }
        let after = line[at + c.len_utf8()..].chars().next();
        let kind = lookalike(c).map(|found| found.kind);
        let misplaced = match kind {
            None => false,
            Some(Kind::Space | Kind::Nothing) => fresh || key,
            Some(Kind::Dash) => fresh && after.is_some_and(|c| is_space(c) || c.is_ascii_digit() || c == '.'),
            Some(Kind::Quote(_)) => fresh,
            Some(Kind::Wide(plain)) => (key && plain == ':') || (anywhere && ":,[]{}#".contains(plain)),
        };
        if misplaced {
            return Some(at);
        }
        match c {
            '#' if fresh || line[..at].ends_with([' ', '\t']) => return None,
            '"' | '\'' if fresh => quote = Some(c),
            _ => {}
        }
        let colon = c == ':' && after.is_none_or(|c| c == ' ' || c == '\t' || lookalike(c).is_some());
        let opens = colon || matches!(c, '[' | '{' | ',') || (fresh && c == '-' && after.is_none_or(is_space));
        fresh = opens || (fresh && matches!(c, ' ' | '\t'));
        // Behind the colon comes a value, which may be a text; in brackets another key may.
        key = if colon { false } else { key || matches!(c, '[' | '{' | ',') };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Source;

    #[test]
    fn what_stands_where_yaml_has_a_character_of_its_own_is_found_in_a_line() {
        let found = |line: &str| in_line(line, true).map(|at| line[..at].chars().count());
        for (line, at) in [
            ("\u{a0}\u{a0}lr: 0.1", 0),
            ("  \u{3000}lr: 0.1", 2),
            ("lr:\u{a0}0.1", 3),
            ("lr\u{a0}: 0.1", 2),
            ("lr\u{200b}: 0.1", 2),
            ("– dense: 64", 0),
            ("lr：0.1", 2),
            ("title: “Adam: the best”", 7),
            ("  - ‘relu’", 4),
            ("{rule: adam， lr: 1}", 11),
            ("[1, \u{a0}2]", 4),
            ("x: −0.5", 3),
        ] {
            assert_eq!(found(line), Some(at), "{line}");
        }
    }

    #[test]
    fn in_texts_comments_and_quotes_they_are_what_they_are() {
        for line in [
            "title: a “good” – and\u{a0}wide – text，too",
            "lr: 0.1 # “why”\u{a0}–",
            "# – 'so'",
            "title: \"“Adam”\u{a0}– it\"",
            "title: 'a：b'",
            "title: naïve – 3\u{202f}%",
        ] {
            assert_eq!(in_line(line, false), None, "{line}");
        }
    }

    #[test]
    fn a_token_is_wrong_for_what_only_looks_right() {
        let found = |token: &str| in_token(token).map(|at| token[..at].chars().count());
        let cases = [("−0.5", 0), ("1e−3", 2), ("“adam”", 0), ("adam”", 4), ("10\u{a0}000", 2), ("lr\u{200b}", 2)];
        for (token, at) in cases.into_iter().chain([("– dense", 0), ("0．5", 1), ("\"‘a’\"", 1), ("\"a\u{a0}b\"", 2)])
        {
            assert_eq!(found(token), Some(at), "{token}");
        }
        for token in ["don’t", "a–b", "left – right", "\"a，b\"", "été", ""] {
            assert_eq!(found(token), None, "{token}");
        }
    }

    #[test]
    fn the_error_names_it_and_says_what_to_type() {
        let source = Source::new("lab.yaml", "optimizer:\n  lr: 1e−3\n");
        let error = Error::user("`optimizer.lr` must be a number").at(Place::token(&source, 2, 7));
        let place = Place { span: 17..23, ..error.place().unwrap().clone() };
        assert_eq!(&source.text[place.span.clone()], "1e−3");
        let error = explained(Error::user(error.what()).at(place));
        insta::assert_snapshot!(error.render(false), @r"
        error: a minus sign of typesetting `−` (U+2212) stands here: it is no `-`
         --> lab.yaml:2:9
          |
        2 |   lr: 1e−3
          |         ^ type `-` in its place
          |
          = help: because of it: `optimizer.lr` must be a number
        ");
        let words = ["“lr”", "lr\u{200b}", "\u{a0} lr", "lr：0.1", "– lr", "lr", "l–r"].map(meant);
        assert_eq!(words, [Some("lr"), Some("lr"), Some("lr"), Some("lr"), Some("lr"), None, None]);
        // What stands in a text of several lines is no part of the YAML.
        assert!(in_block("about: |\n  – one\n\n  – two\n", 20) && !in_block("network:\n  – one\n", 9));
        let plain = Error::user("far too large").at(Place::token(&source, 1, 1));
        assert_eq!(explained(plain.clone()), plain);
    }
}
