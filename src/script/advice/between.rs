//! Two values with nothing between them, a function that is an arrow, and where a loss speaks.

use super::outline::Outline;
use super::pieces::is_keyword;
use super::python::Looked;
use super::scan::Piece;
use super::signs::is_prefix;
use crate::error::Error;

impl Looked<'_, '_> {
    /// The function around it is a loss.
    pub fn in_a_loss(&self) -> bool {
        Outline::of(self.pieces).around(self.at).is_some_and(|function| function.name == "loss")
    }

    /// `let f = (x) => x * 2`
    pub fn arrow(&self) -> Option<Error> {
        let (pieces, at) = (self.pieces, self.at);
        let last = at.checked_sub(1)?;
        let first = if pieces.is(last, ")") { pieces.opening(last)? } else { last };
        let name = first.checked_sub(2).filter(|_| pieces.is(first - 1, "="))?;
        let inner = if first < last { (first + 1, last.checked_sub(1)?) } else { (first, last) };
        let given = if inner.0 > inner.1 { String::new() } else { pieces.short(inner.0, inner.1)? };
        let (_, end) = pieces.expression(at + 1);
        let body = pieces.short(at + 1, end).filter(|body| !body.contains('{')).unwrap_or_else(|| "..".to_owned());
        let code = format!("fn {}({given}) {{ {body} }}", pieces.text(name));
        self.error("scripts have no `=>`: a function stands outside of the others", format!("write `{code}`"))
    }

    /// Two values with nothing between them, on one line.
    pub fn neighbours(&self) -> Option<Error> {
        let (pieces, at) = (self.pieces, self.at);
        let before = at.checked_sub(1)?;
        let value = matches!(pieces.kind(at), Some(Piece::Word | Piece::Number | Piece::Text | Piece::Quoted));
        let stands = value && pieces.ends_value(before) && !pieces.is(before, "}") && pieces.same_line(before, at);
        if !stands || is_keyword(pieces.text(at)) {
            return None;
        }
        if matches!(pieces.kind(at), Some(Piece::Text | Piece::Quoted)) && is_prefix(pieces.text(before)) {
            let inside = pieces.text(at).trim_matches(['"', '\'']).replace('{', "${");
            return self.error(
                "a text with values in it stands in backticks here, with `${..}` for each",
                format!("write `{inside}`, backticks included"),
            );
        }
        let first = pieces.operand_before(before)?;
        if self.stands_in("#{") && pieces.is(at + 1, ":") {
            let place = pieces.place(before, before);
            let value = pieces.short(first, before).unwrap_or_else(|| "..".to_owned());
            return Some(
                Error::user("a `,` is missing behind this entry of the map")
                    .at(place)
                    .help(format!("write `{value},`")),
            );
        }
        if first > 0 && ["if", "while", "for"].iter().any(|word| pieces.is(first - 1, word)) {
            return None;
        }
        let (left, right) =
            (pieces.short(first, before)?, pieces.operand_behind(at).and_then(|last| pieces.short(at, last))?);
        let parted = self.stands_in("(") && self.open.is_some_and(|open| open > 0 && pieces.ends_value(open - 1));
        let help = if parted || self.stands_in("[") {
            format!("write `{left}, {right}`, or a product as `{left} * {right}`")
        } else {
            format!("a product is written `{left} * {right}`")
        };
        self.error(format!("between `{left}` and `{right}` something is missing"), help)
    }
}
