//! Numbers that are an axis here and something else to the eye: `max(x, 1)` in a loss, `norm(x, 1)`.

use std::sync::Arc;

use rhai::{AST, ASTNode, Expr, FnCallExpr, Position, Stmt};

use super::pieces::Pieces;
use crate::error::{Error, Source};
use crate::script::failure::place;

/// A call by its name, where it is, what it is given, and whether it stands behind a point.
fn call<'a>(node: &'a ASTNode<'_>) -> Option<(&'a FnCallExpr, Position, bool)> {
    match node {
        ASTNode::Expr(Expr::FnCall(call, at)) | ASTNode::Stmt(Stmt::FnCall(call, at)) => Some((call, *at, false)),
        ASTNode::Expr(Expr::MethodCall(call, at)) => Some((call, *at, true)),
        _ => None,
    }
}

/// Where `max(x, 1)` and `x.max(1)` are written: there the 1 is the axis of the outputs. A value that happens to be 1 is none.
pub(in crate::script) fn over_outputs(ast: &AST) -> Vec<Position> {
    let mut found = Vec::new();
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some((call, at, method)) = path.last().and_then(call)
            && call.name == "max"
            && call.args.len() == 2 - usize::from(method)
            && matches!(call.args.last(), Some(Expr::IntegerConstant(1, _)))
        {
            found.push(at);
        }
        true
    });
    found
}

/// `max(x, 1)` in a loss, which is not the larger of both, and `min(x, 1)`, which is the smaller. `x.max(1)` says what it is.
pub(super) fn of_outputs(source: &Arc<Source>, pieces: &Pieces<'_>, node: &ASTNode<'_>) -> Option<Error> {
    let (call, at, false) = call(node)? else { return None };
    let (name, [of, Expr::IntegerConstant(1, _)]) = (call.name.as_str(), &call.args[..]) else { return None };
    if matches!(of, Expr::IntegerConstant(..) | Expr::FloatConstant(..)) {
        return None;
    }
    let place = place(source, at);
    let at = pieces.at(place.span.start);
    let arguments = if pieces.is(at + 1, "(") { pieces.arguments(at + 1) } else { Vec::new() };
    let x = arguments.first().cloned().unwrap_or_else(|| "x".to_owned());
    let owner = owner(&x);
    let (what, help) = match name {
        "max" => (
            "in a loss `max(x, 1)` is the largest output of each sample, not the larger of `x` and 1".to_owned(),
            format!("write `{owner}.max(1)` if that is meant, `max({x}, 1.0)` for the larger of it and 1"),
        ),
        "min" => (
            "`min(x, 1)` is the smaller of `x` and 1, element by element, where `max(x, 1)` goes over the outputs"
                .into(),
            format!(
                "write `min({x}, 1.0)` if that is meant, `-(-{owner}).max(1)` for the smallest output of each sample"
            ),
        ),
        _ => return None,
    };
    Some(Error::user(what).at(place).help(help))
}

/// What a function is called of behind a point: in brackets, unless it is one name or call.
pub(super) fn owner(x: &str) -> String {
    let plain = x.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.');
    let call = x.ends_with(')')
        && x.find('(').is_some_and(|open| x[..open].chars().all(|c| c.is_alphanumeric() || c == '_'))
        && x.matches('(').count() == 1
        && !x.starts_with('(');
    if plain || call { x.to_owned() } else { format!("({x})") }
}

/// `dw.norm(1)`, which is the 1-norm in `PyTorch`; here, as in `norm(dw, 1)`, it goes by axis. The text of a script that knows
/// of rows, columns or axes elsewhere may write `norm(dw, 1)` without being asked.
pub(super) fn order_of_norm(source: &Arc<Source>, pieces: &Pieces<'_>, node: &ASTNode<'_>) -> Option<Error> {
    let (call, at, method) = call(node)?;
    let place = place(source, at);
    let at = pieces.at(place.span.start);
    let (axis, of) = match (call.name.as_str(), &call.args[..], method) {
        ("norm", [Expr::IntegerConstant(axis @ (0 | 1), _)], true) => {
            (axis, at.checked_sub(2).and_then(|last| pieces.short(pieces.operand_before(last)?, last)))
        }
        ("norm", [_, Expr::IntegerConstant(axis @ 1, _)], false) if !speaks_of_axes(source) => {
            (axis, pieces.is(at + 1, "(").then(|| pieces.arguments(at + 1).swap_remove(0)))
        }
        _ => return None,
    };
    let of = of.unwrap_or_else(|| "x".to_owned());
    let loss = (0..at).rev().find(|at| pieces.is(*at, "fn")).is_some_and(|head| pieces.is(head + 1, "loss"));
    let (each, sizes) = match axis {
        _ if loss => ("sample", format!("sum(abs({of}), 1)")),
        1 => ("row", format!("sum(abs({of}))")),
        _ => ("column", format!("sum(where({of} != 0, 1, 0))")),
    };
    let what = format!("`{axis}` is the axis here, not the order of the norm: this is the norm of each {each}");
    let meant = if method {
        format!("write `norm({of}, {axis})` if it is meant, `{sizes}` for the {axis}-norm")
    } else {
        format!("write `{sizes}` for the {axis}-norm; if it is meant, say `of each {each}` in a comment")
    };
    Some(Error::user(what).at(place).help(meant))
}

/// The script's comments speak of rows, columns, samples or axes, or it takes sums by them.
fn speaks_of_axes(source: &Arc<Source>) -> bool {
    let comments = source.text.lines().filter_map(|line| line.split_once("//").map(|(_, comment)| comment));
    let words = ["row", "column", "axis", "axes", "sample", "output", "unit", "neuron"];
    let named = |comment: &str| words.iter().any(|word| comment.to_lowercase().contains(word));
    let bare: String = source.text.chars().filter(|c| !c.is_whitespace()).collect();
    let by_axis = |name: &str| {
        bare.match_indices(&format!("{name}(")).any(|(at, _)| {
            let inside = bare[at..].find(')').map_or("", |end| &bare[at..at + end]);
            inside.ends_with(",0") || inside.ends_with(",1")
        })
    };
    comments.into_iter().any(named) || ["sum", "mean", "max_abs"].into_iter().any(by_axis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_function_is_called_of_stands_in_brackets_where_it_must() {
        for (x, code) in [
            ("y_hat", "y_hat"),
            ("h.m", "h.m"),
            ("a - b", "(a - b)"),
            ("abs(x)", "abs(x)"),
            ("f(x) * g(x)", "(f(x) * g(x))"),
        ] {
            assert_eq!(owner(x), code);
        }
    }
}
