//! Characters of which terminals do not agree how many columns they take: what is written after one of them may land
//! elsewhere than was meant.
//!
//! Most of them are made of several code points (an emoji asked for by U+FE0F, a keycap, a family joined by U+200D, a flag of
//! two letters, half-width katakana with a voicing mark, a syllable of Devanagari), which some terminals add up and others
//! draw as one. The rest are emoji that some draw in one column, private characters, and marks that stand by themselves.

use unicode_width::UnicodeWidthChar;

/// A character as it stands in a cell is one of those.
pub fn is_disputed(symbol: &str) -> bool {
    let mut chars = symbol.chars();
    let Some(first) = chars.next() else { return false };
    if first.is_ascii() {
        return symbol.len() > 1;
    }
    chars.next().is_some() || is_disputed_alone(first)
}

/// As many columns as some terminal may take for it, at the most.
pub fn most_columns(symbol: &str) -> usize {
    let most = |c: char| if c.is_ascii() || matches!(c, '\u{200d}' | '\u{fe0f}') { 1 } else { 2 };
    symbol.chars().map(most).sum()
}

fn is_disputed_alone(c: char) -> bool {
    match u32::from(c) {
        // Signs and symbols that have a form as emoji; private characters; hexagrams; dashes of two and three em; the scripts
        // of South and South-East Asia, whose marks take columns here and none there; letters of old Hangul.
        0x2300..=0x23ff
        | 0x25b6
        | 0x25c0
        | 0x25fb..=0x27bf
        | 0x2b00..=0x2bff
        | 0x2e3a..=0x2e3b
        | 0x4dc0..=0x4dff
        | 0xe000..=0xf8ff
        | 0xff9e..=0xff9f
        | 0x1_f000..=0x1_faff
        | 0xf_0000..
        | 0x0900..=0x11ff
        | 0x1700..=0x1cff
        | 0xa800..=0xabff
        | 0xd7b0..=0xd7ff => true,
        // Other arrows, boxes, blocks, braille: one column, unless a terminal is told to take two for all of them. Ideographs and
        // kana: two everywhere.
        0x2190..=0x28ff | 0x2e80..=0xffe6 => false,
        _ => c.width() != Some(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_terminals_differ_on_is_known() {
        for symbol in [
            "⚠\u{fe0f}",
            "1\u{fe0f}\u{20e3}",
            "ｶ\u{ff9e}",
            "\u{ff9f}",
            "क्षि",
            "न\u{947}",
            "👩\u{200d}🔬",
            "🇵🇹",
            "🇵",
            "👍🏽",
            "👍",
            "⏸",
            "▶",
            "e\u{301}",
            "\u{e0b0}",
            "\u{301}",
            "ก\u{e33}",
        ] {
            assert!(is_disputed(symbol), "{symbol}");
            assert!(most_columns(symbol) >= 2, "{symbol}");
        }
    }

    #[test]
    fn what_the_screen_is_made_of_is_not_disputed() {
        for c in (' '..='~').chain('─'..='▟').chain('\u{2800}'..='\u{28ff}').chain("éβ∂→▲▼…·–−×±世界カ한".chars())
        {
            assert!(!is_disputed(&c.to_string()), "{c}");
        }
    }
}
