//! Characters that a text from outside must not take with it to a terminal: what steers it, what turns the direction of
//! writing, and what breaks a line without being seen. A text is never refused for them; they are shown as U+FFFD.

use std::borrow::Cow;
use std::fmt::Write as _;

/// What stands for a character that must not leave.
pub const SHOWN: char = '\u{fffd}';

/// A control character (also of C1, such as U+009B, which some terminals obey as `ESC [`), a mark of direction, a line or
/// paragraph separator, or one without any width that only makes two texts look alike.
///
/// Joiners (U+200C, U+200D) and variation selectors are none: languages and symbols need them.
pub fn is_hidden(c: char) -> bool {
    match c {
        ' '..='~' => false,
        '\u{61c}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' => true,
        c => c.is_control(),
    }
}

/// The terminal's name if it says by it that it shows lines of characters alone: no colour, and no cursor that moves. One
/// without a name is none: nearly all show more.
pub fn dumb_terminal() -> Option<String> {
    std::env::var("TERM").ok().filter(|name| matches!(name.as_str(), "dumb" | "unknown"))
}

/// Text from outside with each hidden character ([`is_hidden`]) shown as U+FFFD, so that it cannot steer a terminal. Line
/// breaks and tabs stay. As many characters as before: columns that are counted in characters hold.
pub fn scrub(text: &str) -> String {
    text.chars().map(|c| if is_hidden(c) && c != '\n' && c != '\t' { SHOWN } else { c }).collect()
}

/// A name or a path from outside as it may stand within a line: a tab or a line break in it is a blank, so that a name
/// cannot feign a line of its own.
pub fn scrub_line(text: &str) -> String {
    scrub(text).replace(['\n', '\t'], " ")
}

/// Text whose only control sequences may be colours and other attributes (`ESC [ numbers m`): those stay, the rest is
/// scrubbed. For what was scrubbed before it was painted.
pub fn scrub_painted(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut out = scrub(parts.next().unwrap_or_default());
    for part in parts {
        let numbers = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').len();
        if part[numbers..].starts_with('m') {
            out.push_str("\u{1b}[");
            out.push_str(&part[..=numbers]);
            out.push_str(&scrub(&part[numbers + 1..]));
        } else {
            out.push(SHOWN);
            out.push('[');
            out.push_str(&scrub(part));
        }
    }
    out
}

/// A source for a drawing of lines of it: scrubbed, with the span that points to the same characters. Line ends of either
/// kind stay.
pub(super) fn scrub_source(text: &str, span: std::ops::Range<usize>) -> (Cow<'_, str>, std::ops::Range<usize>) {
    let clean = |text: &str| text.split("\r\n").map(scrub).collect::<Vec<_>>().join("\r\n");
    if !text.split("\r\n").any(|line| line.chars().any(|c| is_hidden(c) && c != '\n' && c != '\t')) {
        return (Cow::Borrowed(text), span);
    }
    let (before, within) = (clean(&text[..span.start]), clean(&text[span.clone()]));
    let start = before.len();
    (Cow::Owned([before.as_str(), &within, &clean(&text[span.end..])].concat()), start..start + within.len())
}

/// JSON with hidden characters as `\u` and four digits, which says the same: control characters must be written so, the others may.
pub fn json_text(value: &serde_json::Value) -> String {
    let text = value.to_string();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each kind.
    const HOSTILE: &str = "a\u{1b}]0;t\u{7}b\u{9b}31mc\u{202e}d\u{2066}e\u{61c}f\u{2028}g\u{7f}h\r\u{200f}\u{feff}";

    #[test]
    fn what_steers_a_terminal_or_turns_a_line_is_shown_and_the_rest_stays() {
        let shown = scrub(HOSTILE);
        assert_eq!(
            shown,
            "a\u{fffd}]0;t\u{fffd}b\u{fffd}31mc\u{fffd}d\u{fffd}e\u{fffd}f\u{fffd}g\u{fffd}h\u{fffd}\u{fffd}\u{fffd}"
        );
        assert_eq!(shown.chars().count(), HOSTILE.chars().count());
        for plain in ["", "tab\tand\nline", "Größe 世界 ∂L/∂W 👩\u{200d}🔬 ❤\u{fe0f} می\u{200c}خواهم"]
        {
            assert_eq!(scrub(plain), plain);
        }
        for c in (0..0x20).chain(0x7f..0xa0).filter_map(char::from_u32) {
            assert!(is_hidden(c), "{c:?}");
        }
    }

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(scrub_line("a.yaml\nok    b\tc\u{1b}"), "a.yaml ok    b c\u{fffd}");
    }

    #[test]
    fn of_painted_text_only_the_colours_stay() {
        let painted = "\u{1b}[1m\u{1b}[38;5;9merror\u{1b}[0m: a\u{1b}[2Jb\u{1b}[?1049hc\u{1b}]0;d\u{9b}0m\u{1b}[";
        assert_eq!(
            scrub_painted(painted),
            "\u{1b}[1m\u{1b}[38;5;9merror\u{1b}[0m: a\u{fffd}[2Jb\u{fffd}[?1049hc\u{fffd}]0;d\u{fffd}0m\u{fffd}["
        );
    }

    #[test]
    fn a_source_is_scrubbed_with_its_span() {
        let text = "a\u{9b}\r\nb\u{1b}c\u{202e}\r\n";
        let at = text.find("\u{1b}c").unwrap();
        let (clean, span) = scrub_source(text, at..at + 2);
        assert_eq!((&*clean, &clean[span]), ("a\u{fffd}\r\nb\u{fffd}c\u{fffd}\r\n", "\u{fffd}c"));
        assert!(matches!(scrub_source("clean\r\n\tb", 1..2), (Cow::Borrowed(_), _)));
    }

    #[test]
    fn json_escapes_what_is_hidden_and_says_the_same() {
        let value = serde_json::json!({ HOSTILE: [HOSTILE, "世界", 1.5] });
        let text = json_text(&value);
        assert!(!text.chars().any(is_hidden), "{text}");
        assert!(text.contains("\\u009b31m") && text.contains("\\u202e") && text.contains("世界"), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
