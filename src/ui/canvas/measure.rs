//! Lists in words, as many of them as there is room for.

use crate::ui::canvas::text;

pub use crate::snapshot::figures::{count, duration, rate, speed};

/// As many of some short words as fit whole into so many columns, with commas between them; if those are not all, a mark
/// stands for the rest. Of a first one that does not fit its last words are left out: no number is ever cut.
pub fn fitting(words: &[String], columns: usize, mark: char) -> String {
    let all = words.join(", ");
    if text::width(&all) <= columns {
        return all;
    }
    let room = columns.saturating_sub(2);
    let mut said = String::new();
    for part in all.split_inclusive(' ') {
        if text::width(&said) + text::width(part.trim_end().trim_end_matches(',')) > room {
            break;
        }
        said.push_str(part);
    }
    let said = said.trim_end().trim_end_matches(',');
    if said.is_empty() { mark.to_string() } else { format!("{said} {mark}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_does_not_fit_leaves_whole_words_out() {
        let words = ["batch 16", "lr 0.0321"].map(str::to_owned);
        let fit = |columns| fitting(&words, columns, '~');
        assert_eq!(
            [19, 18, 14, 10, 9, 3].map(fit),
            ["batch 16, lr 0.0321", "batch 16, lr ~", "batch 16, lr ~", "batch 16 ~", "batch ~", "~"]
        );
    }
}
