//! What a script defines and where each name is seen, read off its text: of one that does not parse, too. For messages, which
//! offer the nearest of the names that are there.

use std::ops::Range;

use super::pieces::Pieces;
use super::scan::Piece;

/// A function of the text.
pub(super) struct Function<'a> {
    pub name: &'a str,
    pub parameters: Vec<&'a str>,
    /// Its pieces, from its name to the end of its body.
    pub pieces: Range<usize>,
}

/// What a text defines.
pub(super) struct Outline<'a> {
    pub functions: Vec<Function<'a>>,
}

impl<'a> Outline<'a> {
    pub fn of(pieces: &Pieces<'a>) -> Self {
        let heads: Vec<usize> = (0..pieces.len())
            .filter(|at| pieces.is(*at, "fn") && pieces.is_word(at + 1) && pieces.is(at + 2, "("))
            .collect();
        let function = |(which, head): (usize, &usize)| {
            let next = heads.get(which + 1).copied().unwrap_or(pieces.len());
            let end = pieces.closing_within(head + 2..next).unwrap_or(next);
            let body = (end..next).find(|at| pieces.is(*at, "{"));
            let last = body.and_then(|open| pieces.closing_within(open..next)).map_or(next, |close| close + 1);
            let parameters = (head + 3..end).filter(|at| pieces.is_word(*at)).map(|at| pieces.text(at)).collect();
            Function { name: pieces.text(head + 1), parameters, pieces: head + 1..last }
        };
        Self { functions: heads.iter().enumerate().map(function).collect() }
    }

    /// The function that a piece belongs to.
    pub fn around(&self, at: usize) -> Option<&Function<'a>> {
        self.functions.iter().find(|function| function.pieces.contains(&at))
    }

    /// The function of a name.
    pub fn function(&self, name: &str) -> Option<&Function<'a>> {
        self.functions.iter().find(|function| function.name == name)
    }

    /// The keys of the map that a function makes: of `hyper`, `state`, `memory`.
    pub fn keys(&self, pieces: &Pieces<'a>, function: &str) -> Vec<&'a str> {
        let Some(function) = self.function(function) else { return Vec::new() };
        let key = |at: &usize| {
            let before = pieces.is(at.wrapping_sub(1), "#{") || pieces.is(at.wrapping_sub(1), ",");
            before && pieces.is(at + 1, ":") && matches!(pieces.kind(*at), Some(Piece::Word | Piece::Text))
        };
        function.pieces.clone().filter(key).map(|at| pieces.text(at).trim_matches('"')).collect()
    }

    /// The names that are seen at a piece: the parameters of its function and what was named before in it.
    pub fn seen(&self, pieces: &Pieces<'a>, at: usize) -> Vec<&'a str> {
        let Some(function) = self.around(at) else { return Vec::new() };
        let mut names = function.parameters.clone();
        names.extend((function.pieces.start..at).filter(|at| declares(pieces, *at)).map(|at| pieces.text(at + 1)));
        names
    }

    /// A name is given to something outside of all functions.
    pub fn is_outside(&self, pieces: &Pieces<'a>, name: &str) -> bool {
        (0..pieces.len()).any(|at| {
            let declared = declares(pieces, at) && pieces.text(at + 1) == name;
            let assigned = pieces.is(at, name) && pieces.is(at + 1, "=");
            (declared || assigned) && self.around(at).is_none()
        })
    }
}

/// `let name`, `const name` or `for name` begins here.
fn declares(pieces: &Pieces<'_>, at: usize) -> bool {
    ["let", "const", "for"].iter().any(|word| pieces.is(at, word)) && pieces.is_word(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Source;

    #[test]
    fn names_are_seen_in_their_function_and_from_their_line_on() {
        let text = "let LR = 1;\nfn hyper() { #{ lr: 0.1, \"beta\": b ? 1 : 2 } }\n\
                    fn state(w) { #{ v: zeros(w) } }\n\
                    fn update(w, dw, state, h, t) { let a = 1; for i in 0..2 { x } let b = 2; }\nfn open(q) { q";
        let source = Source::new("a.rhai", text);
        let pieces = Pieces::of(&source);
        let outline = Outline::of(&pieces);
        let at = |word: &str| (0..pieces.len()).find(|at| pieces.is(*at, word)).unwrap();
        assert_eq!(outline.keys(&pieces, "hyper"), ["lr", "beta"]);
        assert_eq!(outline.keys(&pieces, "state"), ["v"]);
        assert_eq!(outline.seen(&pieces, at("x")), ["w", "dw", "state", "h", "t", "a", "i"]);
        assert_eq!(outline.around(pieces.len() - 1).map(|function| function.name), Some("open"));
        assert!(outline.is_outside(&pieces, "LR") && !outline.is_outside(&pieces, "a"));
        assert!(outline.seen(&pieces, 0).is_empty());
    }
}
