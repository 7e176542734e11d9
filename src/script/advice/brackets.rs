//! Brackets that do not belong together: the one that is never closed is told where it opens, the one that closes nothing
//! where it stands.

use super::pieces::Pieces;
use super::scan::Piece;
use crate::error::Error;

/// The first bracket that has no partner.
pub(super) fn unbalanced(pieces: &Pieces<'_>) -> Option<Error> {
    let mut open: Vec<usize> = Vec::new();
    // A brace whose end stands further left than its beginning took the end of another one.
    let mut suspect = None;
    let balanced = is_balanced(pieces);
    for at in 0..pieces.len() {
        if pieces.is(at, "fn") && pieces.is_word(at + 1) && !open.is_empty() && !balanced {
            break;
        }
        if pieces.kind(at) != Some(Piece::Sign) {
            continue;
        }
        match pieces.text(at) {
            "(" | "[" | "{" | "#{" => open.push(at),
            ";" => {
                let last = open.last().copied().filter(|last| pieces.is(*last, "(") || pieces.is(*last, "["));
                if let Some(last) = last {
                    return Some(never_closed(pieces, last));
                }
            }
            close @ (")" | "]" | "}") => {
                let stray = |last: &usize| close != "}" && (pieces.is(*last, "{") || pieces.is(*last, "#{"));
                let Some(last) = open.pop().filter(|last| !stray(last)) else {
                    let what = format!("this `{close}` closes nothing");
                    return Some(
                        Error::user(what).at(pieces.place(at, at)).help("delete it, or open its bracket before"),
                    );
                };
                let fits = matches!((pieces.text(last), close), ("(", ")") | ("[", "]") | ("{" | "#{", "}"));
                if !fits {
                    return Some(never_closed(pieces, last));
                }
                let left = pieces.begins_line(at) && pieces.indentation(at) < pieces.indentation(last);
                if left && suspect.is_none() {
                    suspect = Some(last);
                }
            }
            _ => {}
        }
    }
    let last = suspect.filter(|_| !open.is_empty()).or(open.last().copied())?;
    Some(never_closed(pieces, last))
}

/// Every bracket has its partner, whatever stands between them.
fn is_balanced(pieces: &Pieces<'_>) -> bool {
    let mut depth = 0_usize;
    for at in (0..pieces.len()).filter(|at| pieces.kind(*at) == Some(Piece::Sign)) {
        match pieces.text(at) {
            "(" | "[" | "{" | "#{" => depth += 1,
            ")" | "]" | "}" if depth == 0 => return false,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
    }
    depth == 0
}

fn never_closed(pieces: &Pieces<'_>, open: usize) -> Error {
    let bracket = pieces.text(open);
    let close = match bracket {
        "(" => ")",
        "[" => "]",
        _ => "}",
    };
    Error::user(format!("this `{bracket}` is never closed"))
        .at(pieces.place(open, open))
        .help(format!("write `{close}` where it ends"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Source;

    fn told(text: &str) -> Option<(String, usize, usize)> {
        let source = Source::new("a.rhai", text);
        let error = unbalanced(&Pieces::of(&source))?;
        let place = error.place().unwrap();
        Some((error.what().to_owned(), place.line(), place.column()))
    }

    #[test]
    fn the_bracket_without_a_partner_is_told_where_it_stands() {
        let never = |bracket: &str, line, column| Some((format!("this `{bracket}` is never closed"), line, column));
        assert_eq!(told("fn f() { (a + [1, 2])[0] } // )\nfn g() { \"}\" }"), None);
        assert_eq!(told("fn f() {\n    if a {\n        b;\n    c\n}\nfn g() {}"), never("{", 2, 10));
        assert_eq!(told("fn f() {\n    if a { b }\n    c\n"), never("{", 1, 8));
        assert_eq!(told("fn f() { #{\n    a: 1\n}\nfn g() { 1 }"), never("{", 1, 8));
        assert_eq!(told("fn f() { let a = (1 + 2; a }"), never("(", 1, 18));
        assert_eq!(told("fn f() { g([1, 2) }"), never("[", 1, 12));
        assert_eq!(told("fn f() { let a = 2); a }"), Some(("this `)` closes nothing".to_owned(), 1, 19)));
        assert_eq!(told("fn f() { fn g() { 1 } }"), None);
        assert_eq!(told("fn f() { 1 }\n}"), Some(("this `}` closes nothing".to_owned(), 2, 1)));
    }
}
