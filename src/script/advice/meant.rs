//! What is legal and probably not meant, as far as it can be told safely: for `check`, never in the way of a run.

use std::ops::Range;
use std::sync::Arc;

use rhai::{AST, ASTNode, Expr, Stmt};

use super::axis;
use super::outline::{Function, Outline};
use super::pieces::Pieces;
use super::values::SIDES;
use crate::error::{Error, Place, Source};
use crate::script::failure::place;

/// The most warnings of one script.
const MOST: usize = 20;
/// The comments of a script that are looked at.
const COMMENTS: usize = 2000;

/// `a // b`, which is meant as a division and begins a comment: behind a value nothing stands but a number or a name that is
/// seen there.
pub(super) fn floor_division(pieces: &Pieces<'_>, outline: &Outline<'_>, comment: &Range<usize>) -> Option<Error> {
    let text = pieces.comment(comment).strip_prefix("//")?;
    let last = pieces.at(comment.start).checked_sub(1)?;
    let around = outline.around(last)?;
    if !pieces.ends_value(last)
        || pieces.is(last, "}")
        || !pieces.begins_behind(last, comment)
        || around.name == "hyper"
    {
        return None;
    }
    let divisor = text.trim().trim_end_matches([';', ')', ',', '}', ' ']);
    let number = divisor.parse::<f64>().is_ok() && divisor.starts_with(|c: char| c.is_ascii_digit());
    let name = divisor.split('.').next().unwrap_or("");
    let path = divisor.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    if !(number || path && outline.seen(pieces, last).contains(&name)) {
        return None;
    }
    let dividend =
        pieces.operand_before(last).and_then(|first| pieces.short(first, last)).unwrap_or_else(|| "a".to_owned());
    let place = pieces.mark(comment.start, 2);
    let error = Error::user("`//` begins a comment here: nothing is divided").at(place);
    Some(error.help(format!("write `floor({dividend} / {divisor})`")))
}

/// What the text and the tree of a script show.
pub(in crate::script) fn warnings(source: &Arc<Source>, ast: &AST) -> Vec<Error> {
    let pieces = Pieces::of(source);
    let outline = Outline::of(&pieces);
    let comments = pieces.comments.iter().take(COMMENTS);
    let mut found: Vec<Error> = comments.filter_map(|comment| floor_division(&pieces, &outline, comment)).collect();
    found.extend(clocks(&pieces, &outline));
    found.extend(never(&pieces, &outline));
    found.extend(second_gradient(&pieces, &outline));
    found.extend(constant(&pieces, &outline));
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        found.extend(path.last().and_then(|node| in_tree(source, &pieces, node)));
        found.len() < MOST
    });
    found.extend(outside(&pieces, &outline));
    found.truncate(MOST);
    found
}

/// `let v = state.v; v = ...`, and never `state.v = ...`: what the copy becomes is lost.
pub(in crate::script) fn copied_state(source: &Arc<Source>, key: &str) -> Option<Error> {
    let pieces = &Pieces::of(source);
    let outline = Outline::of(pieces);
    let update = outline.function("update")?;
    let state = *update.parameters.iter().rev().nth(2)?;
    for at in update.pieces.clone() {
        let copy = pieces.is(at, "let") && pieces.is(at + 2, "=") && pieces.is(at + 3, state) && pieces.is(at + 4, ".");
        if !copy || !pieces.is(at + 6, ";") || pieces.text(at + 5) != key {
            continue;
        }
        let name = pieces.text(at + 1);
        let mut behind = at + 7..update.pieces.end;
        let written = |at: usize| ["=", "+=", "-=", "*=", "/="].iter().any(|sign| pieces.is(at, sign));
        let changed = behind.find(|at| pieces.is(*at, name) && !pieces.is(at - 1, ".") && written(at + 1));
        if let Some(changed) = changed {
            let what = format!("`{name}` is a copy of `{state}.{key}`: what it becomes is forgotten after this step");
            let error = Error::user(what).at(pieces.place(changed, changed));
            return Some(error.help(format!("keep it before the last line, by `{state}.{key} = {name};`")));
        }
    }
    None
}

/// A count of epochs where steps are counted, and a `t` that is counted twice.
fn clocks(pieces: &Pieces<'_>, outline: &Outline<'_>) -> Vec<Error> {
    let mut found = Vec::new();
    if let Some(rate) = outline.function("rate")
        && let Some(name) = rate.parameters.first().filter(|name| ["epoch", "epochs"].contains(name))
        && let Some(at) = rate.pieces.clone().find(|at| pieces.is(*at, name))
    {
        let error =
            Error::user(format!("`rate` is given the number of updates made so far, not of epochs: `{name}` is none"));
        found.push(
            error.at(pieces.place(at, at)).help("call it `t`; an epoch is as many updates as there are mini-batches"),
        );
    }
    for name in ["update", "evaluate", "second_point", "rate"] {
        let Some(function) = outline.function(name) else { continue };
        let t = if name == "rate" { function.parameters.first() } else { function.parameters.last() };
        let Some(t) = t else { continue };
        let sums = |at: usize| {
            let plus = pieces.is(at + 1, "+=");
            plus || pieces.is(at + 1, "=") && pieces.is(at + 2, t) && pieces.is(at + 3, "+") && pieces.is(at + 4, "1")
        };
        let counted = function
            .pieces
            .clone()
            .find(|at| pieces.is(*at, t) && !pieces.is(at - 1, ".") && !pieces.is(at - 1, "let") && sums(*at));
        if let Some(at) = counted {
            let error = Error::user(format!("`{t}` counts the steps by itself: this makes it one too many"));
            found.push(error.at(pieces.place(at, at)).help("delete the line"));
        }
    }
    found
}

/// What never is in an optimizer: `t == 0`, and a parameter with one side, `w.shape.len() < 2`.
fn never(pieces: &Pieces<'_>, outline: &Outline<'_>) -> Vec<Error> {
    let mut found = Vec::new();
    if outline.function("update").is_none_or(|update| update.parameters.len() < 5) {
        return found;
    }
    for name in ["update", "evaluate", "second_point"] {
        let Some(function) = outline.function(name) else { continue };
        let Some(t) = function.parameters.last() else { continue };
        let asked = function.pieces.clone().find(|at| {
            let begins = ["if", "while", "(", "&", "&&", "|", "||"].iter().any(|sign| pieces.is(at - 1, sign));
            begins && pieces.is(*at, t) && pieces.is(at + 1, "==") && pieces.text(at + 2) == "0"
        });
        if let Some(at) = asked {
            let error = Error::user(format!("`{t}` counts the updates from 1: this is always false"));
            found.push(error.at(pieces.place(at, at + 2)).help(format!("the first update is `{t} == 1`")));
        }
    }
    let counted = (1..pieces.len()).find(|at| {
        let shape = pieces.is(*at, "shape") && pieces.is(at - 1, ".");
        let method = pieces.is(at + 1, ".") && pieces.is(at + 2, "len");
        let call = *at > 3 && pieces.is(at - 3, "(") && pieces.is(at - 4, "len") && pieces.is(at + 1, ")");
        shape && (method || call)
    });
    if let Some(at) = counted {
        let error = Error::user("the length of a shape is always 2: rows and columns");
        found.push(error.at(pieces.place(at, at)).help(SIDES));
    }
    found
}

/// A loss that does not read the outputs, and an activation that does not read what comes in: nothing is learnt of a number.
fn constant(pieces: &Pieces<'_>, outline: &Outline<'_>) -> Option<Error> {
    let function = ["loss", "forward"].into_iter().find_map(|name| outline.function(name))?;
    let given = *function.parameters.first()?;
    let read = |at: &usize| pieces.is(*at, given) && !pieces.is(at - 1, ".");
    if function.pieces.clone().filter(read).count() > 1 {
        return None;
    }
    let error =
        Error::user(format!("`{}` does not read `{given}`: its derivative is 0, and nothing is learnt", function.name));
    let code = if function.name == "loss" { format!("({given} - y) ** 2") } else { format!("max({given}, 0)") };
    let place = pieces.place(function.pieces.start, function.pieces.start);
    Some(error.at(place).help(format!("make its value of `{given}`, as in `{code}`")))
}

/// A second gradient that `update` does not read, and a second point that is the way there and no place.
fn second_gradient(pieces: &Pieces<'_>, outline: &Outline<'_>) -> Vec<Error> {
    let mut found = Vec::new();
    let (Some(point), Some(update)) = (outline.function("second_point"), outline.function("update")) else {
        return found;
    };
    // Among the parameters it stands once.
    let reads = |function: &Function<'_>, name: &str| {
        let named = |at: &usize| pieces.is(*at, name) && !pieces.is(at - 1, ".");
        function.pieces.clone().filter(named).count() > 1
    };
    if update.parameters.len() == 6 && !reads(update, update.parameters[2]) {
        let second = update.parameters[2];
        let error = Error::user(format!("`{second}`, the second gradient, is not read: it costs a pass for nothing"));
        let place = pieces.place(update.pieces.start, update.pieces.start);
        found.push(error.at(place).help(format!("step along it, as in `w - h.lr * {second}`")));
    }
    if point.parameters.len() == 5 && !reads(point, point.parameters[0]) && !reads(point, point.parameters[2]) {
        let (w, state) = (point.parameters[0], point.parameters[2]);
        let error =
            Error::user(format!("`second_point` gives weights, and these are made of neither `{w}` nor `{state}`"));
        let place = pieces.place(point.pieces.start, point.pieces.start);
        found.push(error.at(place).help(format!("add the way there to `{w}`, as in `{w} + h.rho * dw`")));
    }
    found
}

/// Operators and functions that are not what they look like.
fn in_tree(source: &Arc<Source>, pieces: &Pieces<'_>, node: &ASTNode<'_>) -> Option<Error> {
    if let Some(error) = axis::order_of_norm(source, pieces, node) {
        return Some(error);
    }
    let (call, at) = match node {
        ASTNode::Expr(Expr::FnCall(call, at)) | ASTNode::Stmt(Stmt::FnCall(call, at)) => (call, *at),
        _ => return None,
    };
    let told = |what: &str, help: &str| Some(Error::user(what).at(place(source, at)).help(help));
    let whole = |expression: &Expr| matches!(expression, Expr::IntegerConstant(..));
    let nothing = |expression: &Expr| match expression {
        Expr::IntegerConstant(0, _) => true,
        Expr::FloatConstant(value, _) => value.to_string().parse() == Ok(0.0_f64),
        _ => false,
    };
    let literal = |expression: &Expr| matches!(expression, Expr::IntegerConstant(..) | Expr::FloatConstant(..));
    match (call.name.as_str(), &call.args[..]) {
        ("**", [Expr::FnCall(base, minus), _]) if base.name == "-" && base.args.len() == 1 => {
            let (minus_at, power) = (place(source, *minus), pieces.at(place(source, at).span.start));
            // In brackets of its own it is meant.
            let close = power.checked_sub(1).filter(|close| pieces.is(*close, ")"));
            let open = close.and_then(|close| pieces.opening(close));
            let bracketed = open.is_some_and(|open| pieces.span(open + 1).start == minus_at.span.start);
            let error = Error::user("this is `(-x) ** y`: in Rhai the minus binds closer than the power");
            let error = error.at(minus_at).help("write `-(x ** y)` or `(-x) ** y`, whichever is meant");
            (!bracketed).then_some(error)
        }
        ("^", [left, right]) if whole(left) && whole(right) => {
            told("`^` between whole numbers compares their bits: it is no power", "a power is written `2 ** 3`")
        }
        ("/", [left, right]) if nothing(right) && !literal(left) => {
            told("this divides by 0", "add a small number to what divides, as in `x / (y + 1e-8)`")
        }
        ("log", [_]) => told("`log(x)` is the logarithm to the base 10 here", "the natural one is `ln(x)`"),
        _ => None,
    }
}

/// Values that are given outside of all functions, where none sees them.
fn outside(pieces: &Pieces<'_>, outline: &Outline<'_>) -> Option<Error> {
    let mut inside = outline.functions.iter().map(|function| function.pieces.clone()).peekable();
    let mut at = 0;
    while at < pieces.len() {
        while inside.peek().is_some_and(|range| range.end <= at) {
            inside.next();
        }
        if let Some(range) = inside.peek().filter(|range| range.contains(&at)) {
            at = range.end;
            continue;
        }
        if pieces.is_word(at) && pieces.is(at + 1, "=") {
            let name = pieces.text(at);
            let error = Error::user(format!("`{name}` stands outside of the functions, where none sees it"));
            let help = format!(
                "name it in `hyper()` and read `h.{}`, or give it its value in the function",
                name.to_lowercase()
            );
            return Some(error.at(pieces.place(at, at)).help(help));
        }
        at += 1;
    }
    None
}

impl Pieces<'_> {
    /// So many bytes from one on.
    fn mark(&self, start: usize, length: usize) -> Place {
        let mut place = self.place(0, 0);
        place.span = start..start + length;
        place
    }

    /// The comment begins on the line on which the piece ends.
    fn begins_behind(&self, at: usize, comment: &Range<usize>) -> bool {
        let end = self.span(at).end;
        end <= comment.start && !self.comment(&(end..comment.start)).contains('\n')
    }
}
