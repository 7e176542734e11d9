//! Loops over the elements of a tensor, as they are written for lists: tensor arithmetic does all elements at once, so that
//! the loop goes and its body stays without the indices.

use std::ops::Range;

use super::Look;
use super::pieces::{Pieces, is_keyword};
use crate::error::Error;

/// Functions that are written for one element anyway, or that have lists and loops of their own.
const OTHERS: [&str; 5] = ["loss", "layers", "generate", "on_step", "on_epoch"];
/// The longest code that is offered, in bytes.
const LONGEST: usize = 120;

/// A loop over elements around the place, if what it does is said without it.
pub(super) fn looped(look: &Look<'_>) -> Option<Error> {
    if OTHERS.contains(&look.within()) {
        return None;
    }
    let outer = Loop::around(&look.pieces, look.at)?;
    let code = Body::of(&look.pieces, outer.clone()).code()?;
    let error = Error::user("this loop goes over elements one by one, and tensor arithmetic does all of them at once");
    let error = error.at(look.pieces.place(outer.head.start, outer.open - 1));
    Some(error.help(format!("delete the loop and write `{code}`")))
}

/// A loop over elements whose head the place is in: what counts them, as `len(w)` does, is not there.
pub(super) fn in_head(look: &Look<'_>) -> Option<Error> {
    let in_head = Loop::around(&look.pieces, look.at).is_some_and(|outer| outer.head.contains(&look.at));
    looped(look).filter(|_| in_head)
}

/// A value that is set at one element only, outside of any loop: `w[0] = 1`.
pub(super) fn is_set(pieces: &Pieces<'_>, open: usize) -> bool {
    let close = pieces.closing(open).unwrap_or(open);
    ["=", "+=", "-=", "*=", "/="].iter().any(|sign| pieces.is(close + 1, sign))
}

/// `for .. { .. }` or `while .. { .. }`
#[derive(Debug, Clone)]
struct Loop {
    /// From its first word to before its brace.
    head: Range<usize>,
    open: usize,
    close: usize,
}

impl Loop {
    /// The loop that begins at a piece.
    fn at(pieces: &Pieces<'_>, start: usize) -> Option<Self> {
        if !pieces.is(start, "for") && !pieces.is(start, "while") {
            return None;
        }
        let open = (start..pieces.len()).find(|at| pieces.is(*at, "{"))?;
        Some(Self { head: start..open, open, close: pieces.closing(open)? })
    }

    /// The outermost loop around a piece, which may stand in its head.
    fn around(pieces: &Pieces<'_>, at: usize) -> Option<Self> {
        (0..=at).filter_map(|start| Self::at(pieces, start)).find(|found| at < found.close)
    }

    /// The loop that is all of this one's body.
    fn inner(&self, pieces: &Pieces<'_>) -> Option<Self> {
        Self::at(pieces, self.open + 1).filter(|inner| inner.close + 1 == self.close)
    }
}

/// The statements of the innermost loop, and the names that count in its heads.
struct Body<'a> {
    pieces: &'a Pieces<'a>,
    range: Range<usize>,
    counters: Vec<&'a str>,
    /// The name of an element, and what it is an element of.
    element: Option<(&'a str, String)>,
}

impl<'a> Body<'a> {
    fn of(pieces: &'a Pieces<'a>, mut found: Loop) -> Self {
        let (mut counters, mut element) = (Vec::new(), None);
        loop {
            let words = |range: Range<usize>| range.filter(|at| pieces.is_word(*at)).map(|at| pieces.text(at));
            match found.head.clone().find(|at| pieces.is(*at, "in")) {
                Some(within) => {
                    let names: Vec<&str> = words(found.head.start + 1..within).collect();
                    element = element.or(element_of(pieces, &names, within + 1..found.open));
                    let is_element = |name: &&str| element.as_ref().is_none_or(|(element, _)| element != name);
                    counters.extend(names.into_iter().filter(is_element));
                }
                None => counters.extend(words(found.head.clone()).filter(|word| !is_keyword(word))),
            }
            match found.inner(pieces) {
                Some(inner) => found = inner,
                None => break,
            }
        }
        Self { pieces, range: found.open + 1..found.close, counters, element }
    }

    /// What is written in its place; nothing where an element is not taken at the loop's own place, as in `w[i - 1]`, or
    /// where the body is more than assignments.
    fn code(&self) -> Option<String> {
        let mut statements = Vec::new();
        let mut taken = self.element.is_some();
        for range in self.statements()? {
            if self.pieces.is(range.start, "if") {
                statements.push(self.chosen(range, &mut taken)?);
                continue;
            }
            let plain =
                |at: usize| !is_keyword(self.pieces.text(at)) || ["let", "const"].contains(&self.pieces.text(at));
            if !range.clone().filter(|at| self.pieces.is_word(*at)).all(plain) {
                return None;
            }
            if !self.counters.contains(&self.pieces.text(range.start)) {
                statements.push(self.statement(range, &mut taken)?);
            }
        }
        let code = format!("{};", statements.join("; "));
        (taken && !statements.is_empty() && code.len() <= LONGEST).then_some(code)
    }

    /// The pieces of each statement, without its semicolon.
    fn statements(&self) -> Option<Vec<Range<usize>>> {
        let (mut all, mut from, mut at) = (Vec::new(), self.range.start, self.range.start);
        while at < self.range.end {
            let opens = ["(", "[", "{", "#{"].iter().any(|sign| self.pieces.is(at, sign));
            let block = self.pieces.is(at, "{");
            at = if opens { self.pieces.closing(at)? } else { at };
            let ends = block && !self.pieces.is(at + 1, "else") || self.pieces.is(at, ";");
            if ends {
                all.push(from..if block { at + 1 } else { at });
                from = at + 1;
            }
            at += 1;
        }
        all.push(from..self.range.end);
        all.retain(|range| !range.is_empty());
        Some(all)
    }

    /// One statement; what was put into a list is a value.
    fn statement(&self, range: Range<usize>, taken: &mut bool) -> Option<String> {
        let push = (range.start + 1..range.end).find(|at| self.pieces.is(*at, "push") || self.pieces.is(*at, "append"));
        match push.filter(|push| self.pieces.is(push - 1, ".") && self.pieces.closing(push + 1) == Some(range.end - 1))
        {
            Some(push) => {
                let list = self.text(range.start..push - 1, taken)?;
                Some(format!("let {list} = {}", self.text(push + 2..range.end - 1, taken)?))
            }
            None => self.text(range, taken),
        }
    }

    /// `if x[i] < 0 { x[i] = 0; } else { .. }` with one assignment in each block.
    fn chosen(&self, range: Range<usize>, taken: &mut bool) -> Option<String> {
        let block = |open: usize, taken: &mut bool| -> Option<(String, String, usize)> {
            let close = self.pieces.closing(open)?;
            let last = if self.pieces.is(close - 1, ";") { close - 1 } else { close };
            let equals = (open + 1..last).find(|at| self.pieces.is(*at, "="))?;
            let plain = (open + 1..last).all(|at| !self.pieces.is(at, ";") && !self.pieces.is(at, "{"));
            let target = self.text(open + 1..equals, taken)?;
            plain.then_some((target, self.text(equals + 1..last, taken)?, close))
        };
        let open = range.clone().find(|at| self.pieces.is(*at, "{"))?;
        let condition = self.text(range.start + 1..open, taken)?;
        let (target, yes, close) = block(open, taken)?;
        let no = if self.pieces.is(close + 1, "else") {
            let (other, no, _) = block(close + 2, taken)?;
            (other == target).then_some(no)?
        } else {
            target.clone()
        };
        Some(format!("{target} = where({condition}, {yes}, {no})"))
    }

    /// What is written there without the loop's indices, and with the whole in place of its element.
    fn text(&self, range: Range<usize>, taken: &mut bool) -> Option<String> {
        let mut code = String::new();
        let mut end = self.pieces.span(range.start).start;
        let mut at = range.start;
        while at < range.end {
            let index = self.pieces.is(at, "[") && at > range.start && self.pieces.ends_value(at - 1);
            if index {
                let close = self.pieces.closing(at)?;
                let own = |at: usize| self.counters.contains(&self.pieces.text(at)) || self.pieces.is(at, ",");
                if !(at + 1..close).all(own) {
                    return None;
                }
                *taken = true;
                at = close;
            } else {
                code.push_str(if self.pieces.span(at).start > end { " " } else { "" });
                match &self.element {
                    Some((element, whole)) if self.pieces.is(at, element) => code.push_str(whole),
                    _ => code.push_str(self.pieces.text(at)),
                }
            }
            end = self.pieces.span(at).end;
            at += 1;
        }
        Some(code)
    }
}

/// The name of an element in the head of a loop over a value: the first of `for (x, i) in w`, the second of
/// `for i, x in enumerate(w)`.
fn element_of<'a>(pieces: &Pieces<'a>, names: &[&'a str], over: Range<usize>) -> Option<(&'a str, String)> {
    let counted = pieces.is(over.start, "enumerate") && pieces.is(over.start + 1, "(");
    let over = if counted { over.start + 2..over.end - 1 } else { over };
    let plain = over.clone().all(|at| pieces.is_word(at) || pieces.is(at, "."));
    let whole = pieces.short(over.start, over.end.checked_sub(1)?).filter(|_| plain)?;
    Some((names.get(usize::from(counted))?, whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Place, Source};

    fn offered(body: &str) -> Option<String> {
        let source = Source::new("a.rhai", format!("fn update(w, dw, state, h, t) {{ {body} w }}"));
        let place = Place {
            source: source.clone(),
            span: source.text.find("for").unwrap()..source.text.len(),
            key: String::new(),
        };
        looped(&Look::new(&source, &place)).map(|error| error.help_lines()[0].clone())
    }

    #[test]
    fn a_loop_over_elements_is_said_without_it() {
        let code = |body: &str| offered(body).map(|help| help.replace("delete the loop and write ", ""));
        assert_eq!(code("for i in 0..w.len() { w[i] -= dw[i] }").as_deref(), Some("`w -= dw;`"));
        assert_eq!(code("for i in 0..3 { for j in 0..2 { w[i, j] -= dw[i][j]; } }").as_deref(), Some("`w -= dw;`"));
        assert_eq!(code("for x in dw { out.push(x * 2); }").as_deref(), Some("`let out = dw * 2;`"));
        let chosen = "for i in 0..3 { if dw[i] > 0 { w[i] = 1; } else { w[i] = dw[i]; } state.v[i] = w[i]; }";
        assert_eq!(code(chosen).as_deref(), Some("`w = where(dw > 0, 1, dw); state.v = w;`"));
    }

    #[test]
    fn a_loop_that_is_needed_or_means_neighbours_is_not_taken_away() {
        for body in [
            "for i in 0..3 { w[i] = dw[i - 1]; }",
            "for i in 0..3 { w -= h.lr * dw; }",
            "for i in 0..3 { if dw[i] > 0 { w[i] = 1; w[i] = 2; } }",
            "for i in 0..3 { w[i] = dw[0]; }",
            "for i in 0..3 { while t > 1 { w[i] = 1; } w[i] = 2; }",
        ] {
            assert_eq!(offered(body), None, "{body}");
        }
    }
}
