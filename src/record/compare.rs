//! Where two recordings of one tape part: by how the run stood first, then by what was seen.

/// The first line in which two texts differ: its number, counted from 1, and what it is in each.
pub fn first_difference<'t>(old: &'t str, new: &'t str) -> Option<(usize, &'t str, &'t str)> {
    let (mut old, mut new) = (old.lines(), new.lines());
    let mut number = 0;
    loop {
        number += 1;
        match (old.next(), new.next()) {
            (None, None) => return None,
            (was, is) if was == is => {}
            (was, is) => return Some((number, was.unwrap_or("(nothing)"), is.unwrap_or("(nothing)"))),
        }
    }
}

/// The lines of a transcript that tell how the run stood: those of the tape's steps, without the words of captions and
/// without the pictures.
pub fn states(transcript: &str) -> String {
    let is_state = |line: &&str| line.starts_with(|first: char| first.is_ascii_digit()) && line.ends_with(']');
    let state = |line: &str| {
        // What was said may be worded anew.
        match (line.split_once("  say "), line.rsplit_once("  [")) {
            (Some((time, _)), Some((_, state))) => format!("{time}  say  [{state}"),
            _ => line.to_owned(),
        }
    };
    transcript.lines().filter(is_state).map(state).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_told_with_both() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some((2, "b", "c")));
        assert_eq!(first_difference("a\n", "a\nc\n"), Some((2, "(nothing)", "c")));
    }

    #[test]
    fn a_caption_in_other_words_is_no_other_state() {
        let of = |words: &str| states(&format!("Title\n0:01.00  say {words}  [step 3, paused]\n    a picture\n"));
        assert_eq!(of("One."), of("Another one."));
        assert_eq!(of("One."), "0:01.00  say  [step 3, paused]");
    }
}
