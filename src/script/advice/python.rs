//! What other languages write and Rhai does not, found in a script that does not parse: each with the code that says it here,
//! made of the student's own. What is found is never legal, so a script that parses is never looked at.

use super::foreign;
use super::pieces::{Pieces, is_keyword};
use super::scan::Piece;
use super::signs::{chosen, is_prefix};
use super::typography;
use crate::error::Error;

/// The first such piece that begins before a byte.
pub(super) fn first(pieces: &Pieces<'_>, limit: usize) -> Option<Error> {
    let mut open = Vec::new();
    let (mut line, mut statement, mut pipes) = (0, 0, 0);
    for at in 0..pieces.len() {
        if pieces.span(at).start > limit {
            return None;
        }
        if pieces.begins_line(at) {
            line = at;
        }
        if at > 0 && [";", "{", "}"].iter().any(|sign| pieces.is(at - 1, sign)) {
            (statement, pipes) = (at, 0);
        }
        pipes += usize::from(pieces.is(at, "|"));
        let found = Looked { pieces, at, open: open.last().copied(), line, statement, pipes };
        if let Some(error) =
            found.texts().or_else(|| found.words()).or_else(|| found.signs()).or_else(|| found.neighbours())
        {
            return Some(error);
        }
        match (pieces.kind(at), pieces.text(at)) {
            (Some(Piece::Sign), "(" | "[" | "{" | "#{") => open.push(at),
            (Some(Piece::Sign), ")" | "]" | "}") => drop(open.pop()),
            _ => {}
        }
    }
    None
}

/// A word of Python as it is written here.
pub(super) fn here(word: &str) -> Option<&'static str> {
    match word {
        "and" | "&&" => Some("&"),
        "or" | "||" => Some("|"),
        "is" => Some("=="),
        "elif" | "elsif" | "elseif" => Some("else if"),
        "True" | "False" | "None" => foreign::word(word),
        _ => None,
    }
}

/// A piece and where it stands.
pub(super) struct Looked<'p, 'a> {
    pub pieces: &'p Pieces<'a>,
    pub at: usize,
    /// The bracket that it stands in.
    pub open: Option<usize>,
    /// The first piece of its line.
    pub line: usize,
    /// The first piece of its statement.
    pub statement: usize,
    /// The `|` of its statement so far.
    pub pipes: usize,
}

impl Looked<'_, '_> {
    pub fn error(&self, what: impl Into<String>, help: impl Into<String>) -> Option<Error> {
        self.wide(self.at, what, help)
    }

    #[expect(clippy::unnecessary_wraps, reason = "what gives an error is what finds it")]
    pub fn wide(&self, last: usize, what: impl Into<String>, help: impl Into<String>) -> Option<Error> {
        Some(Error::user(what).at(self.pieces.place(self.at, last)).help(help))
    }

    /// The bracket that it stands in is this one.
    pub fn stands_in(&self, bracket: &str) -> bool {
        self.open.is_some_and(|open| self.pieces.is(open, bracket))
    }

    /// The bracket around it is that of a `switch`.
    fn stands_in_switch(&self) -> bool {
        let Some(open) = self.open.filter(|open| self.pieces.is(*open, "{")) else { return false };
        (0..open)
            .rev()
            .take_while(|at| !["{", "}", ";"].iter().any(|sign| self.pieces.is(*at, sign)))
            .any(|at| self.pieces.is(at, "switch"))
    }

    /// The last piece of its line.
    pub fn line_end(&self) -> usize {
        let mut last = self.at;
        while last + 1 < self.pieces.len() && self.pieces.same_line(last, last + 1) {
            last += 1;
        }
        last
    }

    /// What is written from one piece to another, as it is written here.
    pub fn code(&self, first: usize, last: usize) -> Option<String> {
        let pieces = self.pieces;
        let range =
            (first..=last).find(|at| (pieces.is(*at, "range") || pieces.is(*at, "arange")) && pieces.is(at + 1, "("));
        let code = pieces.rewritten(first, last, here)?;
        let Some(range) = range else { return Some(code) };
        let before = if range > first { pieces.rewritten(first, range - 1, here)? } else { String::new() };
        let arguments = pieces.arguments(range + 1);
        let (low, high) = match &arguments[..] {
            [high] => ("0", high.as_str()),
            [low, high, ..] => (low.as_str(), high.as_str()),
            [] => return Some(code),
        };
        Some(format!("{before} {low}..{high}").trim().to_owned())
    }

    /// Comments and texts.
    fn texts(&self) -> Option<Error> {
        let text = self.pieces.text(self.at);
        match self.pieces.kind(self.at)? {
            Piece::Hash => {
                let comment = text.trim_start_matches('#').trim();
                let short = !comment.is_empty() && comment.chars().count() <= 40;
                let help = if short { format!("write `// {comment}`") } else { "write `//` before it".to_owned() };
                Some(Error::user("a comment begins with `//` here, not with `#`").at(self.mark()).help(help))
            }
            Piece::Text if text.starts_with("\"\"\"") => {
                let help = "begin each line with `//`, in the header of the file with `//!`";
                Some(Error::user("a text in three quotes is no comment here").at(self.mark()).help(help))
            }
            Piece::Quoted if text.starts_with("'''") => {
                let help = "begin each line with `//`, in the header of the file with `//!`";
                Some(Error::user("a text in three quotes is no comment here").at(self.mark()).help(help))
            }
            Piece::Quoted if self.at > 0 && is_prefix(self.pieces.text(self.at - 1)) => None,
            Piece::Quoted if text.chars().count() > 3 && !text.starts_with("'\\") => {
                let inside = text.trim_matches('\'');
                self.error("a text stands in double quotes here, not in single ones", format!("write `\"{inside}\"`"))
            }
            Piece::Number => {
                let (digits, letters) = text.split_at(text.find(|c: char| !c.is_ascii_digit() && c != '.')?);
                let behind = letters.chars().nth(1);
                let exponent =
                    letters.starts_with(['e', 'E']) && behind.is_some_and(|c| c.is_ascii_digit() || "+-".contains(c));
                let special =
                    letters.starts_with('_') || exponent || digits == "0" && letters.starts_with(['x', 'o', 'b']);
                let help = format!("a product is written `{digits} * {letters}`");
                if special { None } else { self.error(format!("`{text}` is no number"), help) }
            }
            Piece::Unclosed => {
                let quote = &text[..1];
                self.error("this text is never closed", format!("end it with `{quote}` on the same line"))
            }
            Piece::Word => typography::word(text).and_then(|help| {
                self.error(format!("the name `{text}` has other letters than a to z, digits and `_`"), help)
            }),
            Piece::Sign => typography::sign(text).and_then(|(what, help)| self.error(what, help)),
            _ => None,
        }
    }

    /// The first signs of a piece that may run over lines.
    fn mark(&self) -> crate::error::Place {
        let mut place = self.pieces.place(self.at, self.at);
        let marks = if self.pieces.text(self.at).starts_with('#') { 1 } else { 3 };
        place.span.end = place.span.start + marks;
        place
    }

    /// Words that are none of Rhai's where they stand.
    fn words(&self) -> Option<Error> {
        let (pieces, at) = (self.pieces, self.at);
        if !pieces.is_word(at) {
            return None;
        }
        let word = pieces.text(at);
        let before = at > 0 && pieces.ends_value(at - 1);
        let same = at > 0 && pieces.same_line(at - 1, at);
        let next = at + 1 < pieces.len() && pieces.same_line(at, at + 1);
        let (named, begins) = (next && pieces.is_word(at + 1), pieces.begins_line(at));
        match word {
            "and" | "or" if before && pieces.begins_value(at + 1) => {
                let sign = here(word)?;
                let (first, last) = pieces.expression(at);
                let code = pieces.rewritten(first, last, here).filter(|code| !code.contains("not "));
                let help =
                    code.map_or_else(|| format!("write `{sign}` in its place"), |code| format!("write `{code}`"));
                self.error(format!("`{word}` is written `{sign}` here"), help)
            }
            "not" if next && !pieces.is(at + 1, "(") && pieces.begins_value(at + 1) => {
                let (_, last) = pieces.expression(at);
                let operand = pieces.rewritten(at + 1, last, here).unwrap_or_else(|| "mask".to_owned());
                self.error("`not` is written `!` here", format!("write `!({operand})`"))
            }
            "is" if before => {
                let (first, last) = pieces.expression(at);
                let code = pieces.rewritten(first, last, here).unwrap_or_else(|| "a == b".to_owned());
                self.error("`is` is written `==` here", format!("write `{code}`"))
            }
            "elif" | "elsif" | "elseif" if next && pieces.begins_value(at + 1) => {
                let colon = (at..=self.line_end()).find(|at| pieces.is(*at, ":") || pieces.is(*at, "{"));
                let code =
                    colon.and_then(|end| self.code(at, end - 1)).unwrap_or_else(|| "else if condition".to_owned());
                self.error(format!("`{word}` is written `else if` here"), format!("write `{code} {{ .. }}`"))
            }
            "def" | "function" | "func" | "define" if begins && named => {
                let end = if pieces.is(at + 2, "(") { pieces.closing(at + 2) } else { None };
                let head = end
                    .and_then(|end| pieces.short(at + 1, end))
                    .unwrap_or_else(|| format!("{}()", pieces.text(at + 1)));
                self.error(
                    format!("a function begins with `fn` here, not with `{word}`"),
                    format!("write `fn {head} {{ .. }}`"),
                )
            }
            "import" | "from" if begins && (named || next && pieces.kind(at + 1) == Some(Piece::Text)) => self.wide(
                self.line_end(),
                "scripts import nothing: their functions are simply there",
                "delete the line, and write `sqrt(x)` for `np.sqrt(x)`",
            ),
            "class" if begins && named => self.error(
                "scripts have no classes: a rule is two functions",
                "write `fn state(w) { #{ v: zeros(w) } }` and `fn update(w, dw, state, h, t) { .. }`",
            ),
            "with" if begins && next => {
                self.error("scripts have no `with`", "delete the line, and move what stands under it to the left")
            }
            "assert" if begins && next && pieces.begins_value(at + 1) => {
                let (_, last) = pieces.expression(at + 1);
                let code = pieces.rewritten(at + 1, last, here).unwrap_or_else(|| "condition".to_owned());
                self.error("scripts have no `assert`", format!("write `if !({code}) {{ throw \"why\"; }}`"))
            }
            "raise" if begins && next => self.error("`raise` is written `throw` here", "write `throw \"why\";`"),
            "global" | "nonlocal" if begins && named => self.wide(
                at + 1,
                "a function sees its parameters and its own `let` variables alone",
                format!("give `{}` to the function as a parameter, or keep it in `state`", pieces.text(at + 1)),
            ),
            "del" if begins && named => self.wide(
                at + 1,
                "scripts have no `del`: a variable ends with the block that it began in",
                "delete the line",
            ),
            "yield" | "await" if begins && next && pieces.begins_value(at + 1) => {
                let (_, last) = pieces.expression(at + 1);
                let code = pieces.short(at + 1, last).unwrap_or_else(|| "w".to_owned());
                self.error(
                    format!("scripts have no `{word}`: a function gives its last value"),
                    format!("write `{code}`"),
                )
            }
            "except" if begins => {
                self.error("scripts have no `except`", "delete the lines from `try` on, and keep what is tried")
            }
            "print" if next && !pieces.is(at + 1, "(") && pieces.begins_value(at + 1) => {
                let (_, last) = pieces.expression(at + 1);
                let code = pieces.short(at + 1, last).unwrap_or_else(|| "x".to_owned());
                self.error("`print` wants brackets here", format!("write `print({code});`"))
            }
            "then" if before && same && pieces.is(self.line, "if") => self.error(
                "`then` is not needed here: the block stands in braces",
                "write `{` in its place, and `}` at its end",
            ),
            "lambda" if next => self.lambda(),
            "mut" if at > 0 && pieces.is(at - 1, "let") && named => {
                let name = pieces.text(at + 1);
                self.error("`mut` is not needed: every variable can change", format!("write `let {name} = ..`"))
            }
            "var" | "auto" | "double" | "float" | "int" | "local" if named && pieces.is(at + 2, "=") => {
                let name = pieces.text(at + 1);
                self.error(
                    format!("a variable begins with `let` here, not with `{word}`"),
                    format!("write `let {name} = ..`"),
                )
            }
            // A branch of it has a condition of its own.
            "if" if before && pieces.is(at - 1, "_") && self.stands_in_switch() => self.error(
                "`_` takes no condition in a `switch`",
                "write `if t < 10 { a } else { b }`; of numbers of a run `switch` is refused altogether".to_owned(),
            ),
            "if" if before && same && !pieces.is(at - 1, "}") => {
                let last = (at..=self.line_end()).take_while(|at| !pieces.is(*at, "{"));
                let Some(other) = last.into_iter().find(|at| pieces.is(*at, "else")) else {
                    let help = format!("end the one before with `;`, as in `{};`", pieces.text(at - 1));
                    return self.error("an `if` begins a statement of its own", help);
                };
                let (first, _) = pieces.expression(at - 1);
                let (_, end) = pieces.expression(other + 1);
                let part = |first, last| pieces.rewritten(first, last, here).unwrap_or_else(|| "..".to_owned());
                let (how, code) = chosen(&part(at + 1, other - 1), &part(first, at - 1), &part(other + 1, end));
                self.error(format!("`a if c else b` is written `{how}` here"), format!("write `{code}`"))
            }
            "for" if self.stands_in("[") && before => {
                let (open, end) = (self.open?, self.line_end());
                let close = pieces.closing(open).filter(|close| *close <= end && pieces.is(at + 2, "in"));
                let code = close.and_then(|close| Some((self.code(at, close - 1)?, pieces.short(open + 1, at - 1)?)));
                let (head, value) = code.unwrap_or_else(|| ("for i in 0..10".to_owned(), "i".to_owned()));
                self.error(
                    "a list is filled by a loop here",
                    format!("write `let list = []; {head} {{ list.push({value}); }}`"),
                )
            }
            _ if begins && self.open.is_none() && pieces.is(at + 1, "(") && !is_keyword(word) && word != "switch" => {
                let close = pieces.closing(at + 1).filter(|close| pieces.is(close + 1, "{"))?;
                let head = pieces.short(at, close).unwrap_or_else(|| format!("{word}()"));
                self.error("a function begins with `fn`", format!("write `fn {head} {{ .. }}`"))
            }
            _ => None,
        }
    }

    fn lambda(&self) -> Option<Error> {
        let (pieces, at) = (self.pieces, self.at);
        let colon = (at..=self.line_end()).find(|at| pieces.is(*at, ":"));
        let code = colon.and_then(|colon| {
            let (_, last) = pieces.expression(colon + 1);
            let name = if at > 1 && pieces.is(at - 1, "=") { pieces.text(at - 2) } else { "f" };
            let parameters = if colon > at + 1 { pieces.short(at + 1, colon - 1)? } else { String::new() };
            Some(format!("fn {name}({parameters}) {{ {} }}", pieces.rewritten(colon + 1, last, here)?))
        });
        let code = code.unwrap_or_else(|| "fn f(x) { .. }".to_owned());
        self.error("scripts have no `lambda`: a function stands outside of the others", format!("write `{code}`"))
    }
}
