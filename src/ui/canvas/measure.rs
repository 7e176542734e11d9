//! Lists in words, as many of them as there is room for.

use crate::ui::canvas::text;

pub use crate::snapshot::figures::{count, duration, rate, speed};

/// As many settings as fit whole into so many columns, with commas between them, such as `batch 16` or `network[2] dropout
/// 0.5`; if those are not all, a mark stands for the rest. Where room lacks the place in a list goes first, `dropout 0.5`, then
/// the last settings, then the name of the first one: its value stays, and no number is ever cut.
pub fn fitting(settings: &[String], columns: usize, mark: char) -> String {
    let all = settings.join(", ");
    if text::width(&all) <= columns {
        return all;
    }
    let short = without_places(settings);
    let fits = |words: &String| text::width(words) <= columns;
    let parts = (0..short.len()).rev().map(|rest| short[..=rest].join(", "));
    let marked = |(left_out, words): (usize, String)| if left_out == 0 { words } else { format!("{words} {mark}") };
    if let Some(words) = parts.enumerate().map(marked).find(fits) {
        return words;
    }
    let Some(first) = short.first() else { return String::new() };
    // A value of several words is told from its beginning.
    let whole = first.split_whitespace().count() == 2;
    let value = first.split_once(' ').filter(|_| whole).map(|(_, value)| format!("{mark} {value}"));
    let begun = || {
        let mut ends =
            first.char_indices().filter(|(_, c)| *c == ' ').map(|(at, _)| format!("{} {mark}", &first[..at]));
        ends.rfind(fits)
    };
    value.filter(fits).or_else(begun).unwrap_or_else(|| mark.to_string())
}

/// Settings without the places in lists that some of them begin with, each once.
fn without_places(settings: &[String]) -> Vec<String> {
    let place =
        |words: &str| words.split_once("] ").filter(|(place, _)| !place.contains(' ')).map(|(_, rest)| rest.to_owned());
    let mut short: Vec<String> = settings.iter().map(|words| place(words).unwrap_or_else(|| words.clone())).collect();
    let mut seen = Vec::new();
    short.retain(|words| {
        let new = !seen.contains(words);
        seen.push(words.clone());
        new
    });
    short
}

/// The columns that settings take at the least, told all of them.
pub fn least_width(settings: &[String]) -> usize {
    text::width(&without_places(settings).join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_do_not_fit_are_left_out_whole_and_the_first_one_keeps_its_value() {
        let words = ["batch 16", "lr 0.0321"].map(str::to_owned);
        let fit = |columns| fitting(&words, columns, '~');
        assert_eq!(
            [19, 18, 14, 10, 9, 3].map(fit),
            ["batch 16, lr 0.0321", "batch 16 ~", "batch 16 ~", "batch 16 ~", "~ 16", "~"]
        );
    }

    #[test]
    fn the_place_of_a_layer_is_left_out_before_a_value() {
        let words = ["network[2] dropout 0.5", "network[5] dropout 0.5"].map(str::to_owned);
        let fit = |columns| fitting(&words, columns, '~');
        assert_eq!(
            [46, 45, 11, 10, 5].map(fit),
            ["network[2] dropout 0.5, network[5] dropout 0.5", "dropout 0.5", "dropout 0.5", "~ 0.5", "~ 0.5"]
        );
        let apart = ["network[2] dropout 0.5", "network[5] dropout 0.2"].map(str::to_owned);
        assert_eq!(fitting(&apart, 30, '~'), "dropout 0.5, dropout 0.2");
        assert_eq!((least_width(&apart), least_width(&words)), (24, 11));
        assert_eq!(fitting(&["optimizer {rule: adam, lr: 0.1}".to_owned()], 20, '~'), "optimizer {rule: ~");
    }
}
