//! Whether two editions of a script do the same: comments, white space and the defaults of its parameters aside. What a
//! default is worth is told by the values that a lab takes from it. And whether two scripts are alike but for the names that
//! their authors chose.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rhai::Token;

use super::engine;
use crate::error::Source;

/// The functions of both do the same with the same parameters: they differ in comments, white space and `hyper()` at most.
/// False also where that cannot be told.
pub fn acts_alike(old: &Source, new: &Source) -> bool {
    old.text == new.text || differ_alike(old, new, |text| without_hyper(&text))
}

/// Both differ in comments and white space at most.
pub fn reads_alike(old: &Source, new: &Source) -> bool {
    old.text == new.text || differ_alike(old, new, |text| text)
}

fn differ_alike(old: &Source, new: &Source, part: impl Fn(String) -> String) -> bool {
    let compact = |source: &Source| {
        let compact = catch_unwind(AssertUnwindSafe(|| engine::concrete().compact_script(&source.text)));
        compact.ok().and_then(Result::ok).map(&part)
    };
    compact(old).is_some_and(|old| compact(new) == Some(old))
}

/// A script without its comments and white space, in which every name that its author chose stands as a number, in the order in
/// which they come: two that are alike but for these give the same text. Names of functions that it calls and does not have
/// itself stay. It takes any text, finished or not.
pub fn normalised(text: &str) -> String {
    let tokens = catch_unwind(AssertUnwindSafe(|| {
        let lexer = engine::concrete();
        let texts = [text];
        let tokens = lexer.lex(&texts).0.map(|(token, _)| token).take_while(|token| *token != Token::EOF);
        tokens.collect::<Vec<Token>>()
    }));
    let tokens = tokens.unwrap_or_default();
    let name = |at: usize| match tokens.get(at) {
        Some(Token::Identifier(name)) => Some(name.as_str()),
        _ => None,
    };
    let own: HashSet<&str> = (1..tokens.len()).filter(|at| tokens[at - 1] == Token::Fn).filter_map(name).collect();
    // A parameter may have the name of a function, and is another thing.
    let mut numbers: HashMap<(bool, &str), usize> = HashMap::new();
    let mut out = String::new();
    for (at, token) in tokens.iter().enumerate() {
        let names_function = tokens.get(at + 1) == Some(&Token::LeftParen)
            || at.checked_sub(1).is_some_and(|at| tokens[at] == Token::Fn);
        let written = match name(at) {
            Some(name) if own.contains(name) || !names_function => {
                let next = numbers.len();
                write!(out, "#{} ", numbers.entry((names_function, name)).or_insert(next))
            }
            Some(name) => write!(out, "{name} "),
            None => write!(out, "{token:?} "),
        };
        // A text can always be written into.
        debug_assert!(written.is_ok());
    }
    out
}

/// A compact text without the function `hyper`.
fn without_hyper(text: &str) -> String {
    let begins = |at: &usize| !text[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    let Some(start) = text.match_indices("fn hyper(").map(|(at, _)| at).find(begins) else { return text.to_owned() };
    let mut rest = text[start..].char_indices();
    let (mut depth, mut quote) = (0_usize, None);
    while let Some((at, c)) = rest.next() {
        match (quote, c) {
            (Some(_), '\\') => drop(rest.next()),
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '`' | '\'') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') if depth == 1 => return format!("{}{}", &text[..start], &text[start + at + 1..]),
            (None, '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "//! Mine.\nfn hyper() { #{\n    lr: 0.1,   // rate, in [0, 1]\n    b: 0.9,\n} }\n\
                        fn state(w) { #{ v: zeros(w) } }\n\
                        fn update(w, dw, state, h, t) {\n    state.v = h.b * state.v + dw; // sum\n    w - h.lr * state.v\n}\n";

    fn judged(from: &str, to: &str) -> (bool, bool) {
        let (old, new) = (Source::new("a.rhai", RULE), Source::new("a.rhai", RULE.replace(from, to)));
        assert!(from == to || old.text != new.text, "{from} is not there");
        (reads_alike(&old, &new), acts_alike(&old, &new))
    }

    #[test]
    fn comments_and_white_space_change_nothing() {
        for (from, to) in [
            ("lr", "lr"),
            ("//! Mine.", "//! Another\n//! header."),
            (" // sum", ""),
            ("state.v = h.b * state.v", "state.v=h.b\n  *  state.v /* the old */"),
            ("in [0, 1]", "in [0, 2]"),
            ("\n", "\r\n"),
        ] {
            assert_eq!(judged(from, to), (true, true), "{to}");
        }
    }

    #[test]
    fn a_default_is_read_otherwise_and_acts_alike() {
        for (from, to) in
            [("lr: 0.1", "lr: 0.2"), ("lr: 0.1", "lr: if true { 0.1 } else { 0.3 }"), ("b: 0.9", "b: 0.5, c: 1")]
        {
            assert_eq!(judged(from, to), (false, true), "{to}");
        }
    }

    #[test]
    fn scripts_are_alike_whatever_their_authors_call_things() {
        let other = "fn hyper() { #{ rate: 0.1, decay: 0.9 } } fn state(p) { #{ m: zeros(p) } }\n\
                     fn update(p, g, s, k, n) { s.m = k.decay * s.m + g; /* mine */ p - k.rate * s.m }";
        let renamed = RULE.replace("b: 0.9,\n", "b: 0.9\n");
        assert_eq!(normalised(&renamed), normalised(other));
        for (from, to) in [("+ dw", "- dw"), ("zeros(w)", "ones(w)"), ("0.9", "0.8"), ("h.lr * state", "h.b * state")] {
            assert_ne!(normalised(RULE), normalised(&RULE.replace(from, to)), "{to}");
        }
        // A text that is no script yet has a form, too.
        assert_ne!(normalised("fn update(w {"), normalised("fn update(w"));
    }

    #[test]
    fn what_the_functions_do_is_told() {
        for (from, to) in
            [("+ dw", "- dw"), ("zeros(w)", "ones(w)"), ("fn state", "fn c() { 1 }\nfn state"), ("w - h", "w - 2 * h")]
        {
            assert_eq!(judged(from, to), (false, false), "{to}");
        }
        // Braces within texts are no braces of the function.
        let text =
            |end: &str| Source::new("a", format!("fn hyper() {{ #{{ m: \"}} \\\" }}\" }} }} fn f(x) {{ x{end} }}"));
        assert!(acts_alike(&text(""), &text("")) && !acts_alike(&text(""), &text(" + 1")));
    }
}
