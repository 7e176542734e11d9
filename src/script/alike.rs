//! Whether two editions of a script do the same: comments, white space and the defaults of its parameters aside. What a
//! default is worth is told by the values that a lab takes from it.

use std::panic::{AssertUnwindSafe, catch_unwind};

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
