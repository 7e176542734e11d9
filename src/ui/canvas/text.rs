//! Texts cut or wrapped to a width in columns. It knows nothing of what they mean.
//!
//! A text from outside may hold anything: each character that must not reach a terminal is shown, and measured, as one of
//! one column, so that what is set beside it stays in its place.

mod fit;

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::error::{SHOWN, is_hidden};

pub use crate::snapshot::figures::{filled, filled_to, long, maybe, number, rounded, short};
pub use fit::{cut, fit, forms, longest};

/// The text as the screen shows it in a row: a tab or a line end as a blank, any other hidden character as U+FFFD.
pub fn shown(text: &str) -> Cow<'_, str> {
    if text.contains(is_hidden) { Cow::Owned(text.chars().map(shown_char).collect()) } else { Cow::Borrowed(text) }
}

/// One character as the screen shows it.
pub fn shown_char(c: char) -> char {
    match c {
        '\t' | '\n' => ' ',
        c if is_hidden(c) => SHOWN,
        c => c,
    }
}

/// How many columns a text takes.
pub fn width(text: &str) -> usize {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.len();
    }
    let shown = shown(text);
    UnicodeWidthStr::width(&*shown) + shown.chars().filter(|c| is_voicing_mark(*c)).count()
}

/// A half-width voicing mark takes a column more in a buffer of the screen than by its properties: what is measured here has
/// to fit there.
fn is_voicing_mark(c: char) -> bool {
    matches!(c, '\u{ff9e}' | '\u{ff9f}')
}

/// How many columns a character takes by itself, at the most: what asks for the wide form of the one before it takes one.
pub fn columns_of(c: char) -> usize {
    if c == '\u{fe0f}' { 1 } else { shown_char(c).width().unwrap_or(0) + usize::from(is_voicing_mark(c)) }
}

/// As much of a text as could be seen in so many columns, whatever marks stand over its letters: what is done to a long text
/// costs what is seen of it.
pub fn head(text: &str, columns: usize) -> &str {
    /// Characters without a width of their own that may follow each one that has one.
    const MARKS: usize = 16;
    let most = columns.saturating_add(1).saturating_mul(MARKS);
    if text.len() <= most {
        return text;
    }
    text.char_indices().nth(most).map_or(text, |(at, _)| &text[..at])
}

/// The text does not fit into so many columns. It costs no more than looking at what would.
pub fn is_wider(text: &str, columns: usize) -> bool {
    let head = head(text, columns);
    head.len() < text.len() || width(head) > columns
}

/// The text in two: what fits into so many columns, and the rest.
pub fn split(text: &str, columns: usize) -> (&str, &str) {
    let mut used = 0;
    let end = text.char_indices().find(|(_, c)| {
        used += columns_of(*c);
        used > columns
    });
    text.split_at(end.map_or(text.len(), |(at, _)| at))
}

/// The words of a paragraph; a number in groups of three digits, or with `%` behind it, is one word if it fits into a line.
fn words(paragraph: &str, columns: usize) -> Vec<&str> {
    let digits = |c: char| c.is_ascii_digit();
    let belongs = |before: &str, word: &str| {
        let group = word.len() - word.trim_start_matches(digits).len();
        let start = before.trim_end_matches(digits);
        let number = before.len() - start.len();
        let grouped = group == 3 && number <= 3 && !start.ends_with(char::is_alphanumeric);
        // A range is one thing: neither number is parted from the mark between the two.
        let begun = before.strip_suffix('…').or_else(|| before.strip_suffix(".."));
        let ended = begun.is_some_and(|begun| begun.ends_with([' ', '\n', '\t']) && begun.trim_end().ends_with(digits))
            && word.trim_start_matches(['-', '+']).starts_with(digits);
        number > 0 && (word.starts_with('%') || grouped || matches!(word, "…" | "..")) || ended
    };
    let mut spans: Vec<std::ops::Range<usize>> = Vec::new();
    let mut from = 0;
    for word in paragraph.split_whitespace() {
        let start = from + paragraph[from..].find(word).unwrap_or(0);
        from = start + word.len();
        match spans.last_mut() {
            Some(last)
                if belongs(&paragraph[last.clone()], word) && !is_wider(&paragraph[last.start..from], columns) =>
            {
                last.end = from;
            }
            _ => spans.push(start..from),
        }
    }
    spans.into_iter().map(|span| &paragraph[span]).collect()
}

/// The text in lines of at most `columns`, broken at white space, or inside a word that is longer than a line; a number is
/// not parted, nor is a range. Line breaks of the text are kept, so is the white space at the start of each of its lines, and a
/// line that fits.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    // A narrow column has no room for both an indent and a wide character.
    let deepest = if columns < 4 { 0 } else { columns / 2 };
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        if !is_wider(paragraph, columns) {
            lines.push(paragraph.trim_end().to_owned());
            continue;
        }
        let indent: String = paragraph.chars().take_while(|c| *c == ' ').take(deepest).collect();
        let mut line = indent.clone();
        let (mut used, mut empty) = (indent.len(), true);
        for word in words(paragraph, columns) {
            if !empty && is_wider(word, columns.saturating_sub(used + 1)) {
                lines.push(std::mem::replace(&mut line, indent.clone()));
                (used, empty) = (indent.len(), true);
            }
            if !empty {
                line.push(' ');
                used += 1;
            }
            for c in word.chars() {
                let wide = columns_of(c);
                if used + wide > columns && !line.trim().is_empty() {
                    lines.push(std::mem::replace(&mut line, indent.clone()));
                    used = indent.len();
                }
                line.push(c);
                used += wide;
            }
            empty = false;
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_range_is_never_broken_between_its_two_numbers() {
        let said = "mean -34.3, range -49.9 … -18.7. Window about 10 steps, range 0.5 .. 2.0e-3";
        for columns in 16..80 {
            let lines = wrap(said, columns);
            for whole in ["-49.9 … -18.7.", "0.5 .. 2.0e-3"] {
                assert!(lines.iter().any(|line| line.contains(whole)), "{columns}: {lines:?}");
            }
        }
        // What only trails off is no range, and what has no room for the whole is broken as ever.
        assert_eq!(wrap("first 1.0, then … 2 more", 17), ["first 1.0, then …", "2 more"]);
        assert_eq!(wrap("from 10.25 … 20.5", 8), ["from", "10.25 …", "20.5"]);
    }

    #[test]
    fn a_number_is_not_parted_at_the_end_of_a_line() {
        assert_eq!(wrap("in 1.1 ms (660 000 steps/s)", 17), ["in 1.1 ms", "(660 000 steps/s)"]);
        assert_eq!(wrap("for 4 % of it", 5), ["for", "4 %", "of it"]);
        assert_eq!(wrap("1 234 567 b", 9), ["1 234 567", "b"]);
        // A name and a number, or two numbers, are no group.
        assert_eq!(wrap("step 100 1000", 8), ["step 100", "1000"]);
        assert_eq!(wrap("W1 100", 3), ["W1", "100"]);
        assert_eq!(wrap("1 000", 3), ["1", "000"]);
    }

    #[test]
    fn what_is_hidden_takes_the_column_that_it_is_shown_in() {
        for (text, columns) in [
            ("a\u{9b}b", 3),
            ("\u{202e}", 1),
            ("a\tb\n", 4),
            ("世\u{1b}", 3),
            ("e\u{301}", 1),
            ("", 0),
            ("ｶ\u{ff9e}", 3),
        ] {
            assert_eq!((width(text), width(&shown(text))), (columns, columns), "{text:?}");
            assert_eq!(text.chars().map(columns_of).sum::<usize>(), columns, "{text:?}");
        }
        assert_eq!(shown("a\tb\u{2066}\n"), "a b\u{fffd} ");
    }

    #[test]
    fn a_text_is_looked_at_no_further_than_it_is_seen() {
        let long = "x".repeat(1 << 20);
        assert_eq!((head(&long, 80).len(), head("e\u{301}x", 1)), (81 * 16, "e\u{301}x"));
        assert!(is_wider(&long, 80) && is_wider("abc", 2) && !is_wider("abc", 3) && !is_wider("e\u{301}", 1));
        assert_eq!((split("世界x", 3), split("abc", 3), split("abc", 0)), (("世", "界x"), ("abc", ""), ("", "abc")));
        assert_eq!(cut(&long, 3, '~'), "xx~");
        assert!(is_wider(&"\u{301}".repeat(1 << 20), 8), "marks without end are not looked through");
    }

    #[test]
    fn wrapping_keeps_the_words_and_the_indent() {
        assert_eq!(wrap("  a bb ccc", 6), ["  a bb", "  ccc"]);
        assert_eq!(wrap("abcdefgh i", 3), ["abc", "def", "gh", "i"]);
        assert_eq!(wrap("one\n\ntwo", 9), ["one", "", "two"]);
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_asked_and_no_letter_is_lost(text in "[a-z \n\u{4e00}-\u{4e10}]{0,80}", columns in 2..30_usize) {
            let lines = wrap(&text, columns);
            prop_assert!(lines.iter().all(|line| width(line) <= columns), "{lines:?}");
            let letters = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
            prop_assert!(width(&cut(&text.replace('\n', ""), columns, '~')) <= columns);
        }
    }
}
