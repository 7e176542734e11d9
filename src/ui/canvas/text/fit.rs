//! Texts that are made to fit: words shortened by one table, or the end left out. A number is whole or it is not there, with
//! the words that name it; what was left out is told by a mark.

use super::{columns_of, head, is_wider, split, width};

/// As many columns may stay blank so that the last word is whole.
const BLANK: usize = 6;

/// Words with their shorter forms, the longest first. What stands further up is shortened first.
const SHORTER: &[(&str, &[&str])] = &[
    ("exponential", &["exp"]),
    ("corrected", &["corr"]),
    ("parameters", &["params"]),
    ("validation", &["val"]),
    ("accuracy", &["acc"]),
    ("Gradient norm", &["Gradients", "Grad"]),
    ("Schedule", &["Sched"]),
    ("Network", &["Net"]),
];

/// A title and its shorter forms, the longest first.
pub fn forms(title: &'static str) -> impl Iterator<Item = &'static str> {
    let shorter = SHORTER.iter().find(|(long, _)| *long == title).map_or(&[][..], |(_, forms)| forms);
    std::iter::once(title).chain(shorter.iter().copied())
}

/// The first of some texts that fits into so many columns: they say the same, the longest first.
pub fn longest<T: AsRef<str>>(texts: impl IntoIterator<Item = T>, columns: usize) -> Option<T> {
    texts.into_iter().find(|text| !is_wider(text.as_ref(), columns))
}

/// The text in at most `columns`: its words as they are, else shortened as far as needed, else without its end.
pub fn fit(text: &str, columns: usize, mark: char) -> String {
    let mut text = text.to_owned();
    for (long, forms) in SHORTER {
        let mut now = *long;
        for form in *forms {
            if !is_wider(&text, columns) {
                return text;
            }
            text = replace(&text, now, form);
            now = form;
        }
    }
    cut(&text, columns, mark)
}

/// The text with each place where these words stand alone replaced.
fn replace(text: &str, words: &str, by: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut from = 0;
    for (at, _) in text.match_indices(words) {
        let apart = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
        if apart(text[..at].chars().next_back()) && apart(text[at + words.len()..].chars().next()) {
            replaced.push_str(&text[from..at]);
            replaced.push_str(by);
            from = at + words.len();
        }
    }
    replaced + &text[from..]
}

/// The text in at most `columns`; if something has to go, it ends at the end of a word, and `mark` (one column) follows. A
/// number that does not fit goes with the words that name it, and so do both of a pair in brackets. Where whole words would leave
/// much of the room blank the last word ends in its middle, but never a number.
pub fn cut(text: &str, columns: usize, mark: char) -> String {
    // Blanks at the end, with which a text fills its place, are no part of what it says.
    let trimmed = text.trim_end();
    if !is_wider(text, columns) {
        return text.to_owned();
    }
    if columns == 0 {
        return String::new();
    }
    if !is_wider(trimmed, columns) {
        return split(text, columns).0.to_owned();
    }
    // A long text costs what is seen of it.
    let trimmed = head(trimmed, columns);
    let whole = outside_of_pair(trimmed, split(trimmed, columns - 1).0.len());
    let end = word_end(trimmed, whole);
    let named = without_name(trimmed, end);
    let words = [named, end].into_iter().find_map(|end| closed(trimmed, end, columns));
    // Where whole words would leave much of the room blank a word ends in its middle.
    let mut kept = match words {
        Some(words) if named < end || !leaves_blanks(&words, columns) => words,
        Some(words) => {
            Some(inside(trimmed, whole)).filter(|part| part.len() > words.len() + 2).map_or(words, str::to_owned)
        }
        None => inside(trimmed, whole).to_owned(),
    };
    kept.push(mark);
    kept
}

/// Most of the room would stay blank, or more of it than a few letters.
fn leaves_blanks(words: &str, columns: usize) -> bool {
    let used = width(words);
    2 * used < columns || columns - used > BLANK + 1
}

/// The end, or where a pair of numbers in brackets begins that does not end before it: half of a place is none.
fn outside_of_pair(text: &str, end: usize) -> usize {
    let Some(open) = text[..end].rfind('(') else { return end };
    let Some(close) = text[open..].find(')').map(|at| open + at) else { return end };
    let inside = &text[open + 1..close];
    let numbers = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | ',' | ' ');
    let is_pair = inside.contains(',') && inside.chars().all(numbers);
    if close >= end && is_pair { text[..open].trim_end().len() } else { end }
}

/// Where the last whole word of the text's first `most` bytes ends, or a part of a long word that is no number.
fn word_end(text: &str, most: usize) -> usize {
    /// A path or a name with hyphens that is wider may end at one of them.
    const LONG: usize = 10;
    let (kept, rest) = text.split_at(most);
    if rest.starts_with(char::is_whitespace) {
        return kept.trim_end().len();
    }
    let start = kept.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let word = &text[start..];
    let word = &word[..word.find(char::is_whitespace).unwrap_or(word.len())];
    if start > 0 && is_wider(word, LONG) {
        let joint = kept[start..].char_indices().rev().map(|(at, c)| (start + at, c)).find(|(at, c)| {
            let after = text[at + c.len_utf8()..].chars().next();
            let joins = matches!(c, '/' | '-' | '_') || columns_of(*c) > 1;
            joins && after.is_some_and(char::is_alphabetic) && kept[start..*at].chars().all(char::is_alphabetic)
        });
        if let Some((at, c)) = joint {
            return at + c.len_utf8();
        }
    }
    kept[..start].trim_end().len()
}

/// Where the text ends without the words that name the number which is left out behind `end`.
fn without_name(text: &str, end: usize) -> usize {
    let next = text[end..].split_whitespace().next().unwrap_or_default();
    let mut end = end;
    if is_unit(next) && ends_in_number(&text[..end]) {
        end = text[..end].rfind(char::is_whitespace).unwrap_or(0);
    } else if !next.contains(|c: char| c.is_ascii_digit()) {
        return end;
    }
    let mut end = text[..end].trim_end().len();
    let most = end;
    while end > 0 {
        let start = text[..end].rfind(char::is_whitespace).map_or(0, |at| at + 1);
        let word = &text[start..end];
        let apart = text[end..].starts_with("  ") || word.ends_with([',', ';', ':', '·', '|', ')']);
        let before = text[..start].trim_end();
        let number = word.contains(|c: char| c.is_ascii_digit());
        // `4 tanh 0 %` behind a comma: its first number is a part of the name.
        let begins = number && !apart && end < most && before.ends_with([',', ';', ':', '·', '|']);
        if !begins && (apart || number || (is_unit(word) && ends_in_number(before))) {
            return end;
        }
        end = before.len();
    }
    0
}

fn ends_in_number(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_digit())
}

/// What stands behind a number and belongs to it.
fn is_unit(word: &str) -> bool {
    let word = word.trim_end_matches([',', ';', '.', ':', ')']);
    matches!(word, "%" | "s" | "ms" | "min" | "h" | "kB" | "KiB" | "MiB" | "GiB" | "step/s" | "steps/s")
}

/// What stands before the mark if the text ends there: nothing that asks for more. A number is set apart from the mark, so that
/// it is seen to be whole.
fn closed(text: &str, end: usize, columns: usize) -> Option<String> {
    let waits = [' ', ',', ';', ':', '·', '(', '=', '|', '<', '>', '+', '*'];
    let mut kept = text[..end].trim_end_matches(waits);
    // Any other sign that stands alone waits for what follows it, too.
    while let Some((before, last)) = kept.rsplit_once(' ')
        && !last.contains(|c: char| c.is_alphanumeric() || matches!(c, ')' | ']' | '}' | '%' | '`'))
    {
        kept = before.trim_end_matches(waits);
    }
    if kept.trim().is_empty() {
        return None;
    }
    let mut kept = kept.to_owned();
    if kept.ends_with(|c: char| c.is_ascii_digit() || c == '%') {
        kept.push(' ');
    }
    (width(&kept) < columns).then_some(kept)
}

/// The longest beginning of the text's first `most` bytes that ends in no number.
fn inside(text: &str, most: usize) -> &str {
    let number = |c: char| c.is_ascii_digit() || c == '.';
    let ends = |end: &usize| {
        let (kept, rest) = text.split_at(*end);
        let (Some(before), Some(after)) = (kept.chars().next_back(), rest.chars().next()) else { return true };
        let within = number(before) && (after.is_alphanumeric() || matches!(after, '.' | '%'));
        let sign = matches!(before, '-' | '+') && number(after);
        !within && !sign && !before.is_whitespace()
    };
    let places = text[..most].char_indices().map(|(at, c)| at + c.len_utf8()).rev();
    let end = places.take(64).find(ends).unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_is_whole_or_left_out_with_its_name() {
        let cases = [
            ("63 % in the newest 30", 20, "63 % …"),
            ("loss 0.4123  best 0.398@262", 25, "loss 0.4123 …"),
            ("loss 0.4123  best 0.398@262", 27, "loss 0.4123  best 0.398@262"),
            ("Schedule · lr 0.001 at step 271", 30, "Schedule · lr 0.001 …"),
            ("of 400 samples, 63 % right", 18, "of 400 samples…"),
            ("12345", 4, "…"),
            ("lr=0.0123", 6, "lr=…"),
            ("      0.4123", 9, "…"),
            ("step 12345", 8, "step…"),
            ("seen: 12, 13, 14", 14, "seen: 12, 13 …"),
            ("units: 2 relu 5 % dead, 4 tanh 0 % dead", 34, "units: 2 relu 5 % dead…"),
            ("w - h.lr * v_hat / 12.5", 20, "w - h.lr * v_hat…"),
            ("lowest at (0.0141, 0.2)", 20, "lowest at…"),
            ("(0.0141, 0.2)", 9, "…"),
            ("lowest at (0.0141, 0.2) now", 24, "lowest at (0.0141, 0.2)…"),
        ];
        for (text, columns, wanted) in cases {
            assert_eq!(cut(text, columns, '…'), wanted);
        }
    }

    #[test]
    fn a_text_ends_at_the_end_of_a_word_and_says_that_it_goes_on() {
        let cases = [
            ("the most frequent mistake", 12, "the most…"),
            ("Adam on handwritten digits", 25, "Adam on handwritten…"),
            ("Script · optimizers/adam_with_noise.rhai", 24, "Script · optimizers/…"),
            ("handwritten", 6, "handw…"),
            ("The decision boundary of a perceptron", 20, "The decision bounda…"),
            ("The decision boundary of a perceptron", 19, "The decision…"),
            ("1 dense", 6, "1 den…"),
            ("12 dense", 4, "12 …"),
            ("one, two, three", 11, "one, two…"),
            ("padded      ", 8, "padded  "),
            ("one", 0, ""),
            ("中文中文", 5, "中文…"),
        ];
        for (text, columns, wanted) in cases {
            assert_eq!(cut(text, columns, '…'), wanted);
        }
    }

    #[test]
    fn words_are_shortened_by_the_table_before_any_is_left_out() {
        assert_eq!(fit("Gradient norm of adam", 21, '…'), "Gradient norm of adam");
        assert_eq!(fit("Gradient norm of adam", 20, '…'), "Gradients of adam");
        assert_eq!(fit("Gradient norm of adam", 12, '…'), "Grad of adam");
        assert_eq!(fit("exponential 0.98 corrected", 20, '…'), "exp 0.98 corrected");
        assert_eq!(fit("Networks", 5, '…'), "Netw…", "no part of a word is one");
        assert_eq!(forms("Gradient norm").collect::<Vec<_>>(), ["Gradient norm", "Gradients", "Grad"]);
        assert_eq!(forms("Loss").collect::<Vec<_>>(), ["Loss"]);
        assert_eq!((longest(["abc", "ab"], 2), longest(["abc"], 2)), (Some("ab"), None));
    }

    proptest! {
        #[test]
        fn no_number_is_ever_cut(
            words in prop::collection::vec(
                ("[a-z]{1,9}|-?[0-9]{1,4}(\\.[0-9]{1,4})?(e-[0-9])?|%|·|of|[a-z]{3}=[0-9]{4}", "[ ,:=]?[ ]{0,2}"), 1..12),
            columns in 0..40_usize,
        ) {
            let text: String = words.iter().flat_map(|(word, joint)| [word.as_str(), joint]).collect();
            let seen = cut(&text, columns, '…');
            prop_assert!(width(&seen) <= columns);
            let Some(body) = seen.strip_suffix('…') else { return Ok(()) };
            let body = body.trim_end();
            prop_assert!(text.starts_with(body), "{text:?} {seen:?}");
            let (before, after) = (body.chars().next_back(), text[body.len()..].chars().next());
            if let (Some(before), Some(after)) = (before, after) {
                prop_assert!(!(before.is_ascii_digit() && (after.is_ascii_digit() || after == '.')), "{text:?} {seen:?}");
            }
        }
    }
}
