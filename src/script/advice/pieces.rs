//! The text of a script in pieces, whether it is one or not: words, numbers, texts and signs in their order, with comments
//! left out. Rhai's own lexer stops at what is none of its; this one goes on through Python, so that a message can tell what
//! was meant. Looked at only when something is wrong, or for warnings: what a script does never depends on it.

use std::ops::Range;
use std::sync::Arc;

use super::scan::{Piece, comment, piece};
use crate::error::{Place, Source};

/// A text in pieces.
pub(super) struct Pieces<'a> {
    source: &'a Arc<Source>,
    all: Vec<(Piece, Range<usize>)>,
    /// The comments, with their marks.
    pub comments: Vec<Range<usize>>,
}

impl<'a> Pieces<'a> {
    pub fn of(source: &'a Arc<Source>) -> Self {
        let text = source.text.as_str();
        let (mut all, mut comments) = (Vec::new(), Vec::new());
        let mut at = 0;
        while let Some(first) = text[at..].chars().next() {
            let rest = &text[at..];
            // Other blanks than these are none to Rhai.
            if first.is_ascii_whitespace() || first == '\u{b}' || first == '\u{feff}' {
                at += first.len_utf8();
                continue;
            }
            if rest.starts_with("//") || rest.starts_with("/*") {
                let end = at + comment(rest);
                comments.push(at..end);
                at = end;
                continue;
            }
            let (kind, length) = piece(rest, first);
            all.push((kind, at..at + length));
            at += length;
        }
        Self { source, all, comments }
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// What the piece is, if there is one.
    pub fn kind(&self, at: usize) -> Option<Piece> {
        self.all.get(at).map(|(kind, _)| *kind)
    }

    /// Where the piece stands in bytes; behind the last one the end of the text.
    pub fn span(&self, at: usize) -> Range<usize> {
        let end = self.source.text.len();
        self.all.get(at).map_or(end..end, |(_, span)| span.clone())
    }

    /// What is written there; nothing behind the last piece.
    pub fn text(&self, at: usize) -> &'a str {
        &self.source.text[self.span(at)]
    }

    /// What is written in a stretch of bytes, such as that of a comment.
    pub fn comment(&self, stretch: &Range<usize>) -> &'a str {
        &self.source.text[stretch.clone()]
    }

    /// The piece is this word or sign, outside of texts.
    pub fn is(&self, at: usize, text: &str) -> bool {
        matches!(self.kind(at), Some(Piece::Word | Piece::Sign)) && self.text(at) == text
    }

    pub fn is_word(&self, at: usize) -> bool {
        self.kind(at) == Some(Piece::Word)
    }

    /// The piece that holds the byte, or else the first behind it.
    pub fn at(&self, byte: usize) -> usize {
        self.all.partition_point(|(_, span)| span.end <= byte)
    }

    /// Nothing but white space, and no end of a line, lies between the piece and the next.
    pub fn same_line(&self, at: usize, other: usize) -> bool {
        !self.source.text[self.span(at).start..self.span(other).start.max(self.span(at).start)].contains('\n')
    }

    /// The piece is the first of its line.
    pub fn begins_line(&self, at: usize) -> bool {
        at == 0 || !self.same_line(at - 1, at)
    }

    /// How far the line of a piece is moved to the right.
    pub fn indentation(&self, at: usize) -> usize {
        let start = self.source.text[..self.span(at).start].rfind('\n').map_or(0, |end| end + 1);
        self.source.text[start..].chars().take_while(|c| c.is_whitespace()).count()
    }

    /// The place of the pieces from one to another, both included.
    pub fn place(&self, first: usize, last: usize) -> Place {
        Place { source: self.source.clone(), span: self.span(first).start..self.span(last).end, key: String::new() }
    }

    /// The piece can end a value: a name, a number, a text or a closing bracket.
    pub fn ends_value(&self, at: usize) -> bool {
        match self.kind(at) {
            Some(Piece::Word) => !is_keyword(self.text(at)),
            Some(Piece::Number | Piece::Text | Piece::Quoted) => true,
            Some(Piece::Sign) => [")", "]", "}"].contains(&self.text(at)),
            _ => false,
        }
    }

    /// The piece can begin a value.
    pub fn begins_value(&self, at: usize) -> bool {
        match self.kind(at) {
            Some(Piece::Word) => !is_keyword(self.text(at)),
            Some(Piece::Number | Piece::Text | Piece::Quoted) => true,
            Some(Piece::Sign) => ["(", "[", "-", "!", "#{"].contains(&self.text(at)),
            _ => false,
        }
    }

    /// The bracket that closes the one at a place, if it is closed.
    pub fn closing(&self, open: usize) -> Option<usize> {
        self.closing_within(open..self.len())
    }

    /// The bracket that closes the one at the beginning of a stretch, if it is closed in the stretch.
    pub fn closing_within(&self, mut stretch: Range<usize>) -> Option<usize> {
        let mut depth = 0_usize;
        stretch.find(|at| {
            match (self.kind(*at), self.text(*at)) {
                (Some(Piece::Sign), "(" | "[" | "{" | "#{") => depth += 1,
                (Some(Piece::Sign), ")" | "]" | "}") => depth = depth.saturating_sub(1),
                _ => return false,
            }
            depth == 0
        })
    }

    /// The bracket that opens what is closed at a place.
    pub fn opening(&self, close: usize) -> Option<usize> {
        let mut depth = 0_usize;
        (0..=close).rev().find(|at| {
            match (self.kind(*at), self.text(*at)) {
                (Some(Piece::Sign), ")" | "]" | "}") => depth += 1,
                (Some(Piece::Sign), "(" | "[" | "{" | "#{") => depth = depth.saturating_sub(1),
                _ => return false,
            }
            depth == 0
        })
    }

    /// The first piece of the operand that ends at a place: `state.v`, `f(x)`, `(a + b)`.
    pub fn operand_before(&self, last: usize) -> Option<usize> {
        let mut first = last;
        loop {
            if !self.ends_value(first) || self.is(first, "}") {
                return None;
            }
            if self.is(first, ")") || self.is(first, "]") {
                first = self.opening(first)?;
                if first > 0 && self.ends_value(first - 1) && !self.is(first - 1, "}") {
                    first -= 1;
                    continue;
                }
            }
            if first > 1 && self.is(first - 1, ".") && self.ends_value(first - 2) {
                first -= 2;
            } else {
                return Some(first);
            }
        }
    }

    /// The last piece of the operand that begins at a place.
    pub fn operand_behind(&self, first: usize) -> Option<usize> {
        let mut last = first;
        while self.is(last, "-") || self.is(last, "!") {
            last += 1;
        }
        if !self.begins_value(last) {
            return None;
        }
        if self.is(last, "(") || self.is(last, "[") || self.is(last, "#{") {
            last = self.closing(last)?;
        }
        loop {
            if self.is(last + 1, ".") && self.is_word(last + 2) {
                last += 2;
            } else if self.is(last + 1, "(") || self.is(last + 1, "[") {
                last = self.closing(last + 1)?;
            } else {
                return Some(last);
            }
        }
    }

    /// What stands on both sides of an operator, on one line each and short, for a line of code in a message.
    pub fn operands(&self, operator: usize) -> Option<(String, String)> {
        let before = operator.checked_sub(1)?;
        let left = self.short(self.operand_before(before)?, before)?;
        let right = self.short(operator + 1, self.operand_behind(operator + 1)?)?;
        Some((left, right))
    }

    /// What is written between two pieces, on one line, if it is short enough for a message.
    pub fn short(&self, first: usize, last: usize) -> Option<String> {
        self.rewritten(first, last, |_| None)
    }

    /// What is written on the line of a piece up to it, if it is short enough for a message.
    pub fn line_until(&self, last: usize) -> Option<String> {
        let mut first = last;
        while !self.begins_line(first) {
            first -= 1;
        }
        self.short(first, last)
    }

    /// What is written between two pieces with other words for some, on one line, if it is short enough for a message.
    pub fn rewritten(&self, first: usize, last: usize, new: impl Fn(&str) -> Option<&'static str>) -> Option<String> {
        let mut code = String::new();
        let mut end = self.span(first).start;
        for at in first..=last.min(self.len().checked_sub(1)?) {
            let blank = self.span(at).start > end;
            code.push_str(if blank { " " } else { "" });
            let own = self.text(at);
            let plain = matches!(self.kind(at), Some(Piece::Word | Piece::Sign));
            code.push_str(new(own).filter(|_| plain).unwrap_or(own));
            end = self.span(at).end;
            if code.len() > SHORT {
                return None;
            }
        }
        Some(code)
    }

    /// The first and the last piece of the expression around a place: up to the brackets it stands in, a comma, a semicolon,
    /// an assignment or a keyword.
    pub fn expression(&self, at: usize) -> (usize, usize) {
        const ENDS: [&str; 10] = [",", ";", "=", "+=", "-=", "*=", "/=", ":", "{", "}"];
        let ends = |at: usize| {
            self.is_word(at) && is_keyword(self.text(at))
                || self.kind(at) == Some(Piece::Sign) && ENDS.contains(&self.text(at))
        };
        // What begins or ends with a bracket is all that is in it.
        let closes = self.is(at, ")") || self.is(at, "]");
        let mut first = if closes { self.opening(at).unwrap_or(at) } else { at };
        while let Some(before) = first.checked_sub(1) {
            let opens = ["(", "[", "#{"].iter().any(|sign| self.is(before, sign));
            let closes = self.is(before, ")") || self.is(before, "]");
            match closes.then(|| self.opening(before)) {
                Some(Some(open)) => first = open,
                None if !opens && !ends(before) => first = before,
                _ => break,
            }
        }
        let opens = self.is(at, "(") || self.is(at, "[");
        let mut last = if opens { self.closing(at).unwrap_or(at) } else { at };
        while last + 1 < self.len() {
            let opens = ["(", "["].iter().any(|sign| self.is(last + 1, sign));
            let closes = self.is(last + 1, ")") || self.is(last + 1, "]");
            match opens.then(|| self.closing(last + 1)) {
                Some(Some(close)) => last = close,
                None if !closes && !ends(last + 1) => last += 1,
                _ => break,
            }
        }
        (first, last)
    }

    /// The arguments of the call whose bracket opens at a place, as they are written.
    pub fn arguments(&self, open: usize) -> Vec<String> {
        let Some(close) = self.closing(open) else { return Vec::new() };
        let ranges = self.parts(open + 1, close);
        ranges.into_iter().map(|part| self.short(part.start, part.end - 1).unwrap_or_else(|| "x".to_owned())).collect()
    }

    /// The pieces from one to before another, parted at the commas that stand in no brackets of their own.
    pub fn parts(&self, first: usize, end: usize) -> Vec<Range<usize>> {
        let (mut depth, mut from, mut parts) = (0_usize, first, Vec::new());
        for at in first..end {
            match (self.kind(at), self.text(at)) {
                (Some(Piece::Sign), "(" | "[" | "{" | "#{") => depth += 1,
                (Some(Piece::Sign), ")" | "]" | "}") => depth = depth.saturating_sub(1),
                (Some(Piece::Sign), ",") if depth == 0 => {
                    parts.push(from..at);
                    from = at + 1;
                }
                _ => {}
            }
        }
        parts.push(from..end);
        parts.retain(|part| !part.is_empty());
        parts
    }
}

/// The longest code that a message takes over.
const SHORT: usize = 60;

/// A word of the language itself, which is no value.
pub(super) fn is_keyword(word: &str) -> bool {
    const WORDS: [&str; 20] = [
        "fn", "let", "const", "if", "else", "switch", "do", "while", "until", "loop", "for", "in", "break", "continue",
        "return", "throw", "try", "catch", "private", "import",
    ];
    WORDS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(Piece, String)> {
        let source = Source::new("a.rhai", text);
        let pieces = Pieces::of(&source);
        (0..pieces.len()).map(|at| (pieces.all[at].0, pieces.text(at).to_owned())).collect()
    }

    fn words(text: &str) -> String {
        told(text).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn any_text_has_its_pieces() {
        assert_eq!(words("w-h.lr*dw**2 // a ^ b\n+ .5"), "w - h . lr * dw ** 2 + . 5");
        assert_eq!(words("0..5 1e-8. 10_000 1.5e+3x 1.max 2. 0x1f"), "0 .. 5 1e-8 . 10_000 1.5e+3x 1 . max 2. 0x1f");
        assert_eq!(words("/* a /* b */ c */ d #{x: 1} # and\ne"), "d #{ x : 1 } # and e");
        assert_eq!(words("β² − “a”"), "β² − “ a ”");
        for (text, kind) in [
            ("\"a // \\\" b\"", Piece::Text),
            ("`a\n'b`", Piece::Text),
            ("'relu'", Piece::Quoted),
            ("\"\"\"a\nb\"\"\"", Piece::Text),
            ("\"open", Piece::Unclosed),
            ("'", Piece::Unclosed),
            ("# a", Piece::Hash),
        ] {
            assert_eq!(told(text), [(kind, text.to_owned())]);
        }
        assert!(told("").is_empty() && told("/* open").is_empty());
    }

    #[test]
    fn operands_are_whole() {
        let of = |text: &str, sign: &str| {
            let source = Source::new("a.rhai", text);
            let pieces = Pieces::of(&source);
            let operator = (0..pieces.len()).find(|at| pieces.is(*at, sign)).unwrap();
            pieces.operands(operator).map(|(left, right)| format!("{left} | {right}"))
        };
        assert_eq!(of("a + state.v ^ 2 * b", "^").as_deref(), Some("state.v | 2"));
        assert_eq!(of("f(a + b)[0] ^ -h.x(1).y;", "^").as_deref(), Some("f(a + b)[0] | -h.x(1).y"));
        assert_eq!(of("if (a > b) @ c", "@").as_deref(), Some("(a > b) | c"));
        assert_eq!(of("^ 2", "^"), None);
        assert_eq!(of("(((a) ^", "^"), None);
    }

    #[test]
    fn an_expression_is_whole_where_it_begins_or_ends_with_a_bracket() {
        let source = Source::new("a.rhai", "let x = f(a) if c else (b + 1) * d;");
        let pieces = Pieces::of(&source);
        let at = |word: &str| (0..pieces.len()).find(|at| pieces.is(*at, word)).unwrap();
        let whole = |(first, last): (usize, usize)| pieces.short(first, last);
        assert_eq!(whole(pieces.expression(at("if") - 1)).as_deref(), Some("f(a)"));
        assert_eq!(whole(pieces.expression(at("else") + 1)).as_deref(), Some("(b + 1) * d"));
    }
}
