//! What the pieces of a script are, for those who show its text: told by Rhai's own lexer, with the comments that it
//! passes over found between its tokens. Never runs anything, and takes any text, finished or not.

use std::ops::Range;

use rhai::{Position, Token};

use super::engine;

/// What a piece of a script is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// From `//` to the end of its line, or between `/*` and `*/`.
    Comment,
    /// `fn`, `let`, `if`, ...
    Keyword,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A hyper-parameter: `h.lr`.
    Setting,
    /// A value of the rule's state: `state.v`.
    State,
}

/// A piece of a text, in bytes.
pub type Span = (Range<usize>, Ink);

/// The pieces of a script that are worth telling apart, in their order; they never overlap.
pub fn highlight(text: &str) -> Vec<Span> {
    let lines: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let mut before = Place::default();
    let tokens: Vec<(Token, usize)> = engine::concrete()
        .lex(&[text])
        .0
        .take_while(|(token, _)| *token != Token::EOF)
        .filter_map(|(token, at)| Some((token, before.advance(text, &lines, at)?)))
        .collect();
    let mut spans = Vec::new();
    let start = |at: usize| tokens.get(at).map_or(text.len(), |(_, start)| *start);
    comments(text, 0..start(0), &mut spans);
    let mut at = 0;
    while let Some((token, begin)) = tokens.get(at) {
        let member = match (token, tokens.get(at + 1), tokens.get(at + 2)) {
            (Token::Identifier(name), Some((Token::Period, _)), Some((Token::Identifier(_), last))) => {
                match name.as_str() {
                    "h" => Some((Ink::Setting, *last)),
                    "state" => Some((Ink::State, *last)),
                    _ => None,
                }
            }
            _ => None,
        };
        let (ink, last, next) = match member {
            Some((ink, last)) => (Some(ink), last, at + 3),
            None => (ink(token), *begin, at + 1),
        };
        let until = start(next).max(last);
        let end = last + length(token, &text[last..until]);
        if let Some(ink) = ink {
            spans.push((*begin..end, ink));
        }
        comments(text, end..until, &mut spans);
        at = next;
    }
    spans
}

fn ink(token: &Token) -> Option<Ink> {
    match token {
        Token::IntegerConstant(_) | Token::FloatConstant(_) => Some(Ink::Number),
        Token::StringConstant(_) | Token::InterpolatedString(_) | Token::CharConstant(_) => Some(Ink::Text),
        token if token.is_standard_keyword() => Some(Ink::Keyword),
        _ => None,
    }
}

/// Where the last token began. Tokens come in the order of the text, so that a long line is walked along once.
#[derive(Default)]
struct Place {
    line: usize,
    column: usize,
    byte: usize,
}

impl Place {
    /// The byte of a token. Lines and columns count from 1, columns in characters.
    fn advance(&mut self, text: &str, lines: &[usize], at: Position) -> Option<usize> {
        let (line, column) = (at.line()?, at.position()?.saturating_sub(1));
        if line != self.line || column < self.column {
            *self = Self { line, column: 0, byte: *lines.get(line.checked_sub(1)?)? };
        }
        let (inside, _) = text[self.byte..].char_indices().nth(column - self.column)?;
        (self.column, self.byte) = (column, self.byte + inside);
        Some(self.byte)
    }
}

/// The bytes of a token at the start of what lies before the next one: the lexer tells where tokens start alone.
fn length(token: &Token, rest: &str) -> usize {
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    if let (Some(quote), true) = (quote, ink(token) == Some(Ink::Text)) {
        let mut escaped = false;
        let end = rest.char_indices().skip(1).find(|(_, c)| {
            let ends = *c == quote && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        });
        return end.map_or(rest.len(), |(at, _)| at + 1);
    }
    let word = |c: char| c.is_alphanumeric() || c == '_' || (ink(token) == Some(Ink::Number) && ".+-".contains(c));
    let first = rest.chars().next().map_or(0, char::len_utf8);
    let comment = comment(rest).unwrap_or(rest.len());
    rest.find(|c| !word(c)).unwrap_or(rest.len()).min(comment).max(first)
}

/// Where the first comment begins.
fn comment(text: &str) -> Option<usize> {
    let mut marks = text.match_indices('/').map(|(at, _)| at);
    marks.find(|at| matches!(text.as_bytes().get(at + 1), Some(b'/' | b'*')))
}

/// The comments of a stretch that holds nothing else but white space, and signs that are passed over.
fn comments(text: &str, stretch: Range<usize>, spans: &mut Vec<Span>) {
    let mut from = stretch.start;
    while from < stretch.end {
        let rest = &text[from..stretch.end];
        let Some(at) = comment(rest) else { return };
        let ends = if rest[at..].starts_with("//") {
            rest[at..].find('\n').map_or(rest.len(), |end| at + end)
        } else {
            rest[at..].find("*/").map_or(rest.len(), |end| at + end + 2)
        };
        spans.push((from + at..from + ends, Ink::Comment));
        from += ends;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(&str, Ink)> {
        highlight(text).into_iter().map(|(span, ink)| (&text[span], ink)).collect()
    }

    #[test]
    fn the_pieces_of_a_rule_are_told_apart() {
        let text = "//! Ä rule.\nfn update(w, dw) { // why\n    state.v = h.beta * 1e-3; /* so */ print(\"a//b\");\n}";
        let expected = [
            ("//! Ä rule.", Ink::Comment),
            ("fn", Ink::Keyword),
            ("// why", Ink::Comment),
            ("state.v", Ink::State),
            ("h.beta", Ink::Setting),
            ("1e-3", Ink::Number),
            ("/* so */", Ink::Comment),
            ("\"a//b\"", Ink::Text),
        ];
        assert_eq!(told(text), expected);
    }

    #[test]
    fn tokens_of_a_line_are_found_one_after_the_other() {
        assert_eq!(
            told("let ä = h.a; let ö = 2; // é / 1\n/ 3 /* ü */ + `a\nb` + h.b"),
            [
                ("let", Ink::Keyword),
                ("h.a", Ink::Setting),
                ("let", Ink::Keyword),
                ("2", Ink::Number),
                ("// é / 1", Ink::Comment),
                ("3", Ink::Number),
                ("/* ü */", Ink::Comment),
                ("`a\nb`", Ink::Text),
                ("h.b", Ink::Setting),
            ]
        );
    }

    #[test]
    fn any_text_has_pieces_in_order() {
        for text in ["", "\"never closed", "/* open", "@ § ~ `x${1}`", "let a = 1..5; x//y", "\u{feff}ü = 'ä'"] {
            let spans = highlight(text);
            assert!(spans.windows(2).all(|two| two[0].0.end <= two[1].0.start), "{text}: {spans:?}");
            assert!(spans.iter().all(|(span, _)| text.get(span.clone()).is_some()), "{text}: {spans:?}");
        }
    }
}
