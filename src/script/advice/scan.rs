//! What a text begins with: a word, a number, a text, a sign, a comment. Rhai's own lexer stops at what is none of its; this
//! one goes on through Python.

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// A name or a keyword.
    Word,
    Number,
    /// Between double quotes or backticks.
    Text,
    /// Between single quotes.
    Quoted,
    /// A quote that is never closed, with the rest of its line.
    Unclosed,
    /// An operator, a bracket, or a character of no meaning.
    Sign,
    /// `# ...` to the end of its line, as other languages write comments.
    Hash,
}

/// Signs of more than one character; a longer one stands before those it begins with.
const SIGNS: [&str; 39] = [
    "**=", "===", "!==", "..=", "...", "<<=", ">>=", ".*=", "#{", "**", "++", "--", "->", "=>", "==", "!=", "<>", "<=",
    ">=", "&&", "||", "??", "?.", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "..", "::", ":=", "<<", ">>", ".^",
    ".*", "./",
];

/// The bytes of the comment that begins a text.
pub(super) fn comment(rest: &str) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(mark) = rest[at..].find(['/', '*']).map(|found| at + found) {
        let pair = rest.get(mark..mark + 2).unwrap_or("");
        match pair {
            "/*" => depth += 1,
            "*/" => depth = depth.saturating_sub(1),
            _ => {}
        }
        at = mark + if pair == "/*" || pair == "*/" { 2 } else { 1 };
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// What the text begins with, and its length in bytes.
pub(super) fn piece(rest: &str, first: char) -> (Piece, usize) {
    let line = || rest.find('\n').unwrap_or(rest.len());
    if first.is_alphabetic() || first == '_' {
        return (Piece::Word, rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len()));
    }
    if first.is_ascii_digit() {
        return (Piece::Number, number(rest));
    }
    if rest.starts_with("#\"") {
        return (Piece::Text, rest.find("\"#").filter(|end| *end > 0).map_or_else(line, |end| end + 2));
    }
    if let Some(inside) = rest.strip_prefix("\"\"\"") {
        return (Piece::Text, inside.find("\"\"\"").map_or_else(line, |end| end + 6));
    }
    if let Some(inside) = rest.strip_prefix("'''") {
        return (Piece::Quoted, inside.find("'''").map_or_else(line, |end| end + 6));
    }
    if let quote @ ('"' | '\'' | '`') = first {
        let within = if quote == '`' { rest } else { &rest[..line()] };
        let mut escaped = false;
        let end = within.char_indices().skip(1).find(|(_, c)| {
            let ends = *c == quote && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        });
        return match end {
            Some((end, _)) => (if quote == '\'' { Piece::Quoted } else { Piece::Text }, end + 1),
            None => (Piece::Unclosed, within.trim_end().len()),
        };
    }
    if first == '#' && !rest.starts_with("#{") {
        return (Piece::Hash, rest[..line()].trim_end().len());
    }
    let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
    (Piece::Sign, sign.map_or(first.len_utf8(), |sign| sign.len()))
}

/// The bytes of the number that begins a text: `10_000`, `0.5`, `1e-8`, `0x1f`; a range `0..5` and a member are none of it.
fn number(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let digits = |from: usize| {
        from + bytes[from..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count()
    };
    let has_exponent = |end: usize| matches!(bytes[end - 1], b'e' | b'E') && !rest.starts_with("0x");
    let signed = |end: usize| {
        let sign = matches!(bytes.get(end), Some(b'+' | b'-')) && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
        if sign && has_exponent(end) { digits(end + 1) } else { end }
    };
    let end = signed(digits(0));
    let fraction = bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
    let point = end == digits(0) && bytes.get(end) == Some(&b'.') && !has_exponent(end);
    match (fraction, point) {
        (true, _) => signed(digits(end + 1)),
        // `1.` is a number, `1..5` a range, `1.max(2)` a call.
        (false, true) => {
            let behind =
                bytes.get(end + 1).is_some_and(|byte| *byte == b'.' || byte.is_ascii_alphabetic() || *byte == b'_');
            let exponent = rest[..end].contains(['e', 'E', 'x']);
            if behind || exponent { end } else { end + 1 }
        }
        (false, false) => end,
    }
}
