//! How much an error says at the most: what is longer repeats what somebody wrote.

/// The most bytes of a sentence and of a next step.
pub(super) const WORDS: usize = 1000;
/// The most bytes beside the underlined text, of a key, and of a file's name.
pub(super) const LABEL: usize = 300;
/// The longest word that is compared with names, in bytes: none of ours comes near it.
pub(super) const NAME: usize = 100;

/// At most so many bytes of a text, with three points where it was cut.
pub(super) fn cut(mut text: String, most: usize) -> String {
    if text.len() > most {
        let end = (0..=most.saturating_sub(3)).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or(0));
        text += "...";
    }
    text
}

/// `and 4 980 more problems`: digits in groups, and the word in its number.
pub(crate) fn and_more(count: u64, what: &str) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(2 * digits.len());
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    format!("and {grouped} more {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, Place, Source};

    #[test]
    fn a_count_is_told_in_groups_of_three_digits() {
        let told = [1, 20, 980, 4_980, 1_234_567].map(|count| and_more(count, "problem"));
        assert_eq!(told[0], "and 1 more problem");
        assert_eq!(told[3], "and 4 980 more problems");
        assert_eq!(told[4], "and 1 234 567 more problems");
        assert_eq!(&told[1][..6], "and 20");
    }

    #[test]
    fn an_error_is_short_whatever_it_repeats() {
        let long = "ü".repeat(5_000_000);
        let source = Source::new(long.clone(), format!("a: {long}\n{long}: 1\n"));
        for line in [1, 2] {
            let place = Place { key: long.clone(), ..Place::token(&source, line, 4) };
            let error = Error::user(long.clone()).at(place).label(long.clone()).help(long.clone());
            let (rendered, json) = (error.render(false), error.to_json().to_string());
            assert!(rendered.len() < 5000 && json.len() < 4000, "{} and {} bytes", rendered.len(), json.len());
            assert!(error.what().ends_with("ü...") && error.what().len() <= WORDS, "{}", error.what());
            assert!(error.to_string().len() < 2000);
        }
    }
}
