//! Signs that other languages write and Rhai does not, or not there: each with the code that says it here.

use super::foreign::{self, Instead};
use super::python::{Looked, here};
use super::scan::Piece;
use super::{named, taken};
use crate::error::Error;
use crate::script::words::renamed;

impl Looked<'_, '_> {
    /// Signs that are none of Rhai's where they stand.
    pub fn signs(&self) -> Option<Error> {
        let (pieces, at) = (self.pieces, self.at);
        if pieces.kind(at) != Some(Piece::Sign) {
            return None;
        }
        let sign = pieces.text(at);
        match sign {
            "++" | "--" => {
                let name = at.checked_sub(1).filter(|at| pieces.is_word(*at)).map_or("k", |at| pieces.text(at));
                self.error(format!("`{sign}` is not known here"), format!("write `{name} {}= 1;`", &sign[..1]))
            }
            "@" if at > 0 && pieces.ends_value(at - 1) && !pieces.begins_line(at) => {
                let sides = pieces.operands(at).map(|(left, right)| {
                    let turned = |side: String| match side.strip_suffix(".T").or_else(|| side.strip_suffix(".mT")) {
                        Some(of) => format!("transpose({of})"),
                        None => side,
                    };
                    format!("matmul({}, {})", turned(left), turned(right))
                });
                let code = sides.unwrap_or_else(|| "matmul(a, b)".to_owned());
                if let Some((a, b)) = pieces.operands(at).filter(|_| self.in_a_loss()) {
                    let code = format!("sum({a} * {b}, 1)");
                    return self.error(
                        "`@` is not known here, and a loss speaks of one sample at a time",
                        format!("write `{code}`, the sum over its outputs"),
                    );
                }
                self.error(
                    "`@` is not known here: tensors meet element by element",
                    format!("write `{code}` for the product of matrices; `*` is that of elements"),
                )
            }
            "@" => self.error("scripts have no decorators", "delete the line"),
            "===" | "!==" => self.error(format!("`{sign}` is not known here"), format!("write `{}`", &sign[..2])),
            "<>" => self.error("`<>` is not known here", "write `!=`"),
            "~" if pieces.begins_value(at + 1) => {
                let mask = pieces.operand_behind(at + 1).and_then(|last| pieces.short(at + 1, last));
                let mask = mask.unwrap_or_else(|| "mask".to_owned());
                self.error("`~` is written `!` here", format!("write `!{mask}`"))
            }
            "=>" => self.arrow(),
            ":=" => self.error("`:=` is not known here", "a new variable is `let a = 1;`, a new value of it `a = 2;`"),
            ".^" => self.error("`.^` is not known here: every operator works element by element", "write `**`"),
            ".*" | "./" => {
                let plain = &sign[1..];
                self.error(
                    format!("`{sign}` is not known here: every operator works element by element"),
                    format!("write `{plain}`"),
                )
            }
            "->" => {
                let end = (at..=self.line_end())
                    .find(|at| pieces.is(*at, "{") || pieces.is(*at, ":"))
                    .map_or(at, |end| end - 1);
                let code = pieces.short(at, end).unwrap_or_else(|| "->".to_owned());
                self.wide(end, "what a function gives back has no type here", format!("delete `{code}`"))
            }
            "(" | "[" if at > 0 && pieces.is(at - 1, "let") => self.unpacked(),
            "?" => self.question(),
            ":" => self.colon(),
            "=" => self.equals(),
            "," => self.comma(),
            ";" if self.stands_in("#{") => {
                self.error("the entries of a map are parted by `,`, not by `;`", "write `,`")
            }
            "." if pieces.kind(at + 1) == Some(Piece::Number) && pieces.span(at).end == pieces.span(at + 1).start => {
                self.wide(at + 1, "a number begins with a digit", format!("write `0.{}`", pieces.text(at + 1)))
            }
            "." if at > 0 && pieces.kind(at - 1) == Some(Piece::Number) && !pieces.is_word(at + 1) => {
                self.error("a point behind the number is too many", format!("write `{}`", pieces.text(at - 1)))
            }
            _ => None,
        }
    }

    /// `c ? a : b`
    fn question(&self) -> Option<Error> {
        let (pieces, at) = (self.pieces, self.at);
        let (first, last) = pieces.expression(at);
        // What begins with it has no condition.
        let before = at.checked_sub(1).filter(|_| pieces.is(last + 1, ":"));
        let code = before.map(|before| {
            let (_, end) = pieces.expression(last + 2);
            let part = |first, last| pieces.rewritten(first, last, here).unwrap_or_else(|| "..".to_owned());
            chosen(&part(first, before), &part(at + 1, last), &part(last + 2, end))
        });
        let (how, code) = code.unwrap_or_else(|| ("where(c, a, b)", "where(c, a, b)".to_owned()));
        self.error(format!("`c ? a : b` is written `{how}` here"), format!("write `{code}`"))
    }

    /// Blocks, maps, slices and types of other languages.
    fn colon(&self) -> Option<Error> {
        let (pieces, at) = (self.pieces, self.at);
        let first = self.line;
        let ends = at + 1 == pieces.len() || pieces.begins_line(at + 1);
        let heads = ["fn", "if", "else", "for", "while", "try", "loop", "do"];
        if let Some(open) = self.open.filter(|_| self.stands_in("{"))
            && at == open + 2
        {
            let inside = pieces.closing(open).and_then(|close| pieces.short(open + 1, close - 1));
            let code = inside.map_or_else(|| "lr: 0.1".to_owned(), |inside| inside.replace(['"', '\''], ""));
            let error = Error::user("a map begins with `#{` here, not with `{`").at(pieces.place(open, open));
            return Some(error.help(format!("write `#{{ {code} }}`")));
        }
        if self.stands_in("(") {
            let open = self.open?;
            if open >= 2 && pieces.is(open - 2, "fn") {
                let names = (open + 1..=self.line_end()).take_while(|at| !pieces.is(*at, ")"));
                let names =
                    names.filter(|at| pieces.is_word(*at) && (pieces.is(at - 1, "(") || pieces.is(at - 1, ",")));
                let names: Vec<&str> = names.map(|at| pieces.text(at)).collect();
                let code = format!("fn {}({})", pieces.text(open - 1), names.join(", "));
                return self.error("parameters have no types here", format!("write `{code}`"));
            }
        }
        if self.stands_in("[") && self.open.is_some_and(|open| open > 0 && pieces.ends_value(open - 1)) {
            if let Some(error) = self.open.and_then(|open| taken::sliced(pieces, open)) {
                return Some(error);
            }
            return self.error(
                "a part of a list is not taken by `[a:b]` here",
                "`list.extract(1, 3)` gives three elements from number 1 on",
            );
        }
        let blocks = !self.stands_in("#{") && !self.stands_in("(") && !self.stands_in("[");
        let head =
            heads.iter().any(|word| pieces.is(first, word)) || pieces.is(first, "}") && pieces.is(first + 1, "else");
        if blocks && head && (ends || pieces.is(first, "if") || pieces.is(first, "else")) {
            let code = self.code(first, at - 1).unwrap_or_else(|| format!("{} ..", pieces.text(first)));
            return self.error("a block stands in braces here, not behind a `:`", format!("write `{code} {{ .. }}`"));
        }
        None
    }

    /// `=` where nothing can be assigned.
    fn equals(&self) -> Option<Error> {
        let (pieces, at) = (self.pieces, self.at);
        let name = at.checked_sub(1).filter(|at| pieces.is_word(*at))?;
        if self.stands_in("#{") && (pieces.is(name - 1, "#{") || pieces.is(name - 1, ",")) {
            let (_, last) = pieces.expression(at + 1);
            let value = pieces.short(at + 1, last).unwrap_or_else(|| "..".to_owned());
            let help = format!("write `{}: {value}`", pieces.text(name));
            return self.error("an entry of a map is written with `:`, not with `=`", help);
        }
        if self.stands_in("(") {
            let open = self.open?;
            let asks = open > 0 && (pieces.is(open - 1, "if") || pieces.is(open - 1, "while"));
            let called = open > 0 && pieces.ends_value(open - 1);
            if called && (pieces.is(name - 1, ",") || pieces.is(name - 1, "(")) {
                return self.error_of_named(open, pieces.text(name));
            }
            return if asks { self.compares() } else { None };
        }
        let first = pieces.expression(at - 1).0;
        let asks = first > 0 && (pieces.is(first - 1, "if") || pieces.is(first - 1, "while"));
        if asks {
            return self.compares();
        }
        let earlier = (self.statement..name).find(|at| pieces.is(*at, "="));
        let block = self.open.is_none() || self.stands_in("{");
        earlier.filter(|_| block).and_then(|_| {
            let (_, last) = pieces.expression(at + 1);
            let value = pieces.short(at + 1, last).unwrap_or_else(|| "..".to_owned());
            let help = format!("write `let {} = {value};` on a line of its own", pieces.text(name));
            self.error("one name is given a value at a time", help)
        })
    }

    /// `np.sum(x, axis=0, keepdims=True)`: a call with names for what stands in order here.
    fn error_of_named(&self, open: usize, name: &str) -> Option<Error> {
        const DROPPED: [&str; 8] = ["keepdims", "keepdim", "dtype", "out", "device", "p", "ord", "inplace"];
        let pieces = self.pieces;
        let called = pieces.text(open - 1);
        let own = renamed(called).unwrap_or(called);
        let by_axis = ["sum", "mean", "norm", "max_abs"].contains(&own) || own == "max" && self.in_a_loss();
        let value = |argument: String| match argument.split_once('=') {
            Some((name, _)) if DROPPED.contains(&name.trim()) => None,
            Some((name, value)) if ["axis", "dim"].contains(&name.trim()) => {
                let axis = if value.trim() == "-1" { "1" } else { value.trim() };
                by_axis.then(|| axis.to_owned())
            }
            Some((_, value)) => Some(value.trim().to_owned()),
            None => Some(argument),
        };
        let given = pieces.arguments(open);
        let mut values: Vec<String> = given.iter().cloned().filter_map(value).collect();
        let method = open > 2 && pieces.is(open - 2, ".");
        let owner = if method { pieces.operand_before(open - 3).map(|first| (first, open - 3)) } else { None };
        let module = owner.is_some_and(|(first, _)| foreign::is_module(pieces.text(first)));
        let owner = owner.filter(|_| !module).and_then(|(first, last)| pieces.short(first, last));
        let all: Vec<String> = owner.iter().chain(&given).cloned().collect();
        values.splice(0..0, owner);
        let has =
            |name: &str| given.iter().any(|argument| argument.split('=').next().is_some_and(|own| own.trim() == name));
        let own = match own {
            "clamp" if values.len() == 2 && has("min") => "max",
            "clamp" if values.len() == 2 && has("max") => "min",
            own => own,
        };
        let kept = named::scaled_sum(called, &all);
        let kept = kept.or_else(|| named::other_norm(&all).filter(|_| own == "norm"));
        let help = match (kept, foreign::function(called)) {
            (Some(code), _) => format!("write `{code}`"),
            (None, Some(Instead::Words(words))) => words.to_owned(),
            (None, Some(Instead::Code(code))) => format!("write `{}`", foreign::filled(code, &values)),
            _ => format!("write `{own}({})`", values.join(", ")),
        };
        let what = match name {
            "keepdims" | "keepdim" if by_axis => {
                "arguments have no names here, and a sum by axis keeps its side of 1 by itself".to_owned()
            }
            "axis" | "dim" if by_axis => "arguments have no names here: they stand in their order".to_owned(),
            name if DROPPED.contains(&name) || ["axis", "dim"].contains(&name) => {
                format!("arguments have no names here, and `{own}` has no `{name}`")
            }
            _ => "arguments have no names here: they stand in their order".to_owned(),
        };
        self.error(what, help)
    }

    /// `(a, b)` where nothing is called.
    fn tuple(&self) -> Option<Error> {
        let (pieces, open) = (self.pieces, self.open?);
        let called =
            open > 0 && (pieces.ends_value(open - 1) || pieces.is(open - 1, "for") || pieces.is(open - 1, "fn"));
        if called || self.pipes % 2 == 1 {
            return None;
        }
        let close = pieces.closing(open)?;
        let inside = pieces.short(open + 1, close - 1).unwrap_or_else(|| "a, b".to_owned());
        let error = Error::user("a list stands in square brackets here").at(pieces.place(open, open));
        Some(error.help(format!("write `[{}]`", inside.trim_end_matches(','))))
    }

    /// `let (a, b) = ..`
    fn unpacked(&self) -> Option<Error> {
        let (pieces, open) = (self.pieces, self.at);
        let close = pieces.closing(open)?;
        let names = pieces.arguments(open);
        let behind = close + 2;
        let listed = pieces.is(close + 1, "=") && (pieces.is(behind, "(") || pieces.is(behind, "["));
        let values = if listed { pieces.arguments(behind) } else { Vec::new() };
        let value = |at: usize| match values.get(at).filter(|_| values.len() == names.len()) {
            Some(value) => value.clone(),
            None => format!("list[{at}]"),
        };
        let lines: Vec<String> =
            names.iter().enumerate().map(|(at, name)| format!("let {name} = {};", value(at))).collect();
        self.wide(close, "one name is given at a time here", format!("write `{}`", lines.join(" ")))
    }

    /// `if t = 10`
    fn compares(&self) -> Option<Error> {
        let (pieces, at) = (self.pieces, self.at);
        let (first, last) = (pieces.expression(at - 1).0, pieces.expression(at + 1).1);
        let sides = pieces.short(first, at - 1).zip(pieces.short(at + 1, last));
        let code = sides.map_or_else(|| "a == b".to_owned(), |(left, right)| format!("{left} == {right}"));
        self.error("`=` gives a value to a name; a question is asked with `==`", format!("write `{code}`"))
    }

    /// A comma that parts nothing that can be parted.
    fn comma(&self) -> Option<Error> {
        let (pieces, at) = (self.pieces, self.at);
        let number = |at: usize| pieces.kind(at) == Some(Piece::Number);
        let decimal =
            at > 0 && number(at - 1) && number(at + 1) && pieces.span(at - 1).end + 1 == pieces.span(at + 1).start;
        if self.stands_in("#{") && number(at + 1) {
            let help = if decimal {
                format!("write `{}.{}`", pieces.text(at - 1), pieces.text(at + 1))
            } else {
                "write `name: 0.1`".to_owned()
            };
            return self.error("a number has a point here, not a comma", help);
        }
        if self.stands_in("[") && at > 0 {
            let open = self.open?;
            if open > 0 && pieces.ends_value(open - 1) && pieces.same_line(open - 1, open) {
                if let Some(error) = taken::sliced(pieces, open) {
                    return Some(error);
                }
                let array = pieces.operand_before(open - 1).and_then(|first| pieces.short(first, open - 1));
                let indices = pieces.arguments(open).join("][");
                let code = format!("{}[{indices}]", array.unwrap_or_else(|| "x".to_owned()));
                return self.error("each index stands in brackets of its own here", format!("write `{code}`"));
            }
            return None;
        }
        if self.stands_in("(") {
            return self.tuple();
        }
        if self.open.is_some() && !self.stands_in("{") {
            return None;
        }
        let first = self.statement;
        if self.pipes % 2 == 1 || self.open.is_some_and(|open| self.in_switch(open)) {
            return None;
        }
        let end = (at..pieces.len()).find(|at| pieces.is(*at, ";") || pieces.is(*at, "}")).unwrap_or(pieces.len());
        if let Some(equals) = (first..end).find(|at| pieces.is(*at, "=")) {
            if equals < at && decimal {
                return self.error(
                    "a number has a point here, not a comma",
                    format!("write `{}.{}`", pieces.text(at - 1), pieces.text(at + 1)),
                );
            }
            let all = pieces.parts(first + 1, end);
            if equals < at
                && pieces.is(first, "let")
                && all.iter().all(|part| part.clone().any(|at| pieces.is(at, "=")))
            {
                let each = all.iter().map(|part| pieces.short(part.start, part.end - 1));
                let lines: Vec<String> = each.flatten().map(|part| format!("let {part};")).collect();
                return self.error("one name is given at a time here", format!("write `{}`", lines.join(" ")));
            }
            if equals > at {
                let names = pieces.parts(first + usize::from(pieces.is(first, "let")), equals);
                let values = pieces.parts(equals + 1, end);
                let part = |part: &std::ops::Range<usize>| pieces.short(part.start, part.end - 1);
                let pair = |(name, value): (&_, &_)| Some(format!("let {} = {};", part(name)?, part(value)?));
                let pairs: Option<Vec<String>> = names.iter().zip(&values).map(pair).collect();
                let code = pairs
                    .filter(|_| names.len() == values.len())
                    .map_or_else(|| "let a = list[0]; let b = list[1];".to_owned(), |pairs| pairs.join(" "));
                return self.error("one name is given at a time here", format!("write `{code}`"));
            }
        }
        let returns = pieces.is(first, "return");
        let part = pieces.parts(first + usize::from(returns), end);
        let values: Option<Vec<String>> = part.iter().map(|part| pieces.short(part.start, part.end - 1)).collect();
        let values = values.unwrap_or_default();
        let help = match &values[..] {
            [w, ..] if self.in_update() => {
                format!("write `{w}`; what is kept goes into the state, as in `state.v = ..`")
            }
            [] => "give a list, as in `[a, b]`".to_owned(),
            values => format!("write `[{}]`", values.join(", ")),
        };
        self.error("a function gives one value back, not several behind commas", help)
    }

    fn in_update(&self) -> bool {
        let head = (0..self.at).rev().find(|at| self.pieces.is(*at, "fn"));
        head.is_some_and(|head| self.pieces.is(head + 1, "update"))
    }

    /// The brace opens the cases of a `switch`.
    fn in_switch(&self, open: usize) -> bool {
        let first = self.pieces.expression(open.saturating_sub(1)).0;
        first > 0 && self.pieces.is(first - 1, "switch")
    }
}

/// How one of two values is chosen here, and the code that does it: by an `if` where the question is about the parameter, since
/// what is chosen may have another shape then, as in `transpose(x)` for the one and `x` for the other.
pub(super) fn chosen(condition: &str, yes: &str, no: &str) -> (&'static str, String) {
    const KNOWN: [&str; 6] = [".name", ".layer", ".kind", ".rows", ".columns", ".shape"];
    if KNOWN.iter().any(|word| condition.contains(word)) {
        ("if c { a } else { b }", format!("if {condition} {{ {yes} }} else {{ {no} }}"))
    } else {
        ("where(c, a, b)", format!("where({condition}, {yes}, {no})"))
    }
}

/// What stands before a text with values in it.
pub(super) fn is_prefix(word: &str) -> bool {
    ["f", "F", "rf", "fr"].contains(&word)
}
