//! What an error shows of a text: the lines of its place, and of a very long line only what lies around it. So a message
//! is short whatever the file looks like, and drawing it takes no longer for a large file than for a small one.

use std::borrow::Cow;
use std::ops::Range;

use super::Place;

/// The most bytes of lines that are shown as they are; a terminal's rows are far shorter.
const WHOLE: usize = 4000;

/// Characters of a longer line that are shown before the place, and from its start on.
const AROUND: usize = 60;

/// Lines of a text with a stretch of them to be underlined.
pub(super) struct Excerpt<'a> {
    pub text: Cow<'a, str>,
    /// The stretch, in bytes of `text`.
    pub span: Range<usize>,
    /// `text` does not begin where its line does, so that its columns are not the file's.
    cut: bool,
}

impl<'a> Excerpt<'a> {
    /// The lines of a place.
    pub fn of(place: &'a Place) -> Self {
        let text = place.source.text.as_str();
        let Range { start, end } = place.span;
        let first = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[end..].find('\n').map_or(text.len(), |ahead| end + ahead);
        // A return before it belongs to the line end, too.
        let last = if text[end..line_end].ends_with('\r') { line_end - 1 } else { line_end };
        if last - first <= WHOLE {
            return Self { text: Cow::Borrowed(&text[first..last]), span: start - first..end - first, cut: false };
        }
        let line = text[start..].find('\n').map_or(text.len(), |ahead| start + ahead);
        let from = text[first..start].char_indices().rev().nth(AROUND - 1).map_or(first, |(at, _)| first + at);
        let to = text[start..line].char_indices().nth(AROUND).map_or(line, |(at, _)| start + at);
        let before = if from > first { "..." } else { "" };
        let after = if to < line { "..." } else { "" };
        let shown = start - from + before.len();
        let span = shown..shown + end.min(to) - start;
        Self { text: Cow::Owned(format!("{before}{}{after}", &text[from..to])), span, cut: from > first }
    }

    /// The column of the place in the excerpt, counted from 1 in characters, if it is another one than in the file.
    pub fn cut_column(&self) -> Option<usize> {
        self.cut.then(|| self.text[..self.span.start].chars().count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use crate::error::{Error, Place, Source};

    fn drawn(text: String, start: usize, length: usize) -> String {
        let source = Source::new("f.csv", text);
        let place = Place { source, span: start..start + length, key: String::new() };
        Error::user("wrong").at(place).label("here").render(false)
    }

    #[test]
    fn of_a_very_long_line_the_part_around_the_place_is_shown_at_its_own_column() {
        let shown = drawn(format!("a,y\n{},é,{}\n3,4\n", "1".repeat(9000), "9".repeat(9000)), 4 + 9000 + 1, 2);
        insta::assert_snapshot!(shown, @r#"
        error: wrong
         --> f.csv:2:9002
          |
        2 | ...11111111111111111111111111111111111111111111111111111111111,é,9999999999999999999999999999999999999999999999999999999999...
          |                                                                ^ here
        "#);
        let shown = drawn(format!("a,y\n{}\n", "9".repeat(5_000_000)), 4, 5_000_000);
        insta::assert_snapshot!(shown, @r#"
        error: wrong
         --> f.csv:2:1
          |
        2 | 999999999999999999999999999999999999999999999999999999999999...
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ here
        "#);
    }

    #[test]
    fn a_place_of_many_lines_shows_them_or_the_first() {
        let text = "a,y\n1,\"2\n3\"\n4,5\n".to_owned();
        insta::assert_snapshot!(drawn(text, 6, 5), @r#"
        error: wrong
         --> f.csv:2:3
          |
        2 |   1,"2
          |  ___^
        3 | | 3"
          | |__^ here
        "#);
        let long = format!("a,y\n1,\"2\n{}\"\n", "3\n".repeat(5000));
        insta::assert_snapshot!(drawn(long.clone(), 6, long.len() - 7), @r#"
        error: wrong
         --> f.csv:2:3
          |
        2 | 1,"2
          |   ^^ here
        "#);
    }

    #[test]
    fn line_ends_of_windows_are_no_part_of_a_line() {
        assert_eq!(drawn("a,y\r\n1,2\r\n".to_owned(), 7, 1), drawn("a,y\n1,2\n".to_owned(), 6, 1));
        assert_eq!(drawn("a,y\r\n1,2\r\n".to_owned(), 8, 0), drawn("a,y\n1,2\n".to_owned(), 7, 0));
    }

    #[test]
    fn the_end_of_a_text_can_be_shown() {
        insta::assert_snapshot!(drawn("a,y\n".to_owned(), 4, 0), @r#"
        error: wrong
         --> f.csv:2:1
          |
        2 |
          | ^ here
        "#);
        insta::assert_snapshot!(drawn("a,y".to_owned(), 3, 0), @r#"
        error: wrong
         --> f.csv:1:4
          |
        1 | a,y
          |    ^ here
        "#);
        insta::assert_snapshot!(drawn(String::new(), 0, 0), @r#"
        error: wrong
         --> f.csv:1:1
          |
        1 |
          | ^ here
        "#);
    }
}
