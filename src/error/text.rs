//! The bytes of a user's file as text: UTF-8, with or without a byte-order mark. Whatever else they are is named, with
//! what to do about it.

use super::{Error, Result};

/// The marks that other encodings of Unicode begin with, the longer ones first: one of them begins with a shorter one.
const MARKS: [(&[u8], &str); 4] =
    [(b"\xFF\xFE\0\0", "UTF-32"), (b"\0\0\xFE\xFF", "UTF-32"), (b"\xFF\xFE", "UTF-16"), (b"\xFE\xFF", "UTF-16")];

/// Bytes at the beginning by which UTF-16 without a mark is known.
const LOOKED_AT: usize = 64;

/// A text without the byte-order mark that some editors write before its first letter, so that columns count as an editor
/// shows them.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The text of a file that messages call `name`, without a byte-order mark.
///
/// # Errors
/// The bytes are no UTF-8; the error names another encoding of Unicode if it is one, or else the first wrong byte with its
/// line. It has no place yet: that is the caller's, where the file is named.
pub fn text_of(name: &str, bytes: Vec<u8>) -> Result<String> {
    if let Some(encoding) = other_encoding(&bytes) {
        return Err(saved_as(name, encoding));
    }
    match String::from_utf8(bytes) {
        Ok(mut text) => {
            let mark = text.len() - without_mark(&text).len();
            text.drain(..mark);
            Ok(text)
        }
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let line = String::from_utf8_lossy(&error.as_bytes()[..at]).matches('\n').count() + 1;
            let what = format!("{name} is not UTF-8 text: byte {:#04x} on line {line}", error.as_bytes()[at]);
            Err(Error::user(what).help("save the file as UTF-8"))
        }
    }
}

/// The text is in this encoding, which is not read.
pub fn saved_as(name: &str, encoding: &str) -> Error {
    Error::user(format!("{name} is saved as {encoding}, but texts are read as UTF-8"))
        .help(format!("save it as UTF-8 in your editor; `iconv -f {encoding} -t UTF-8` converts it, too"))
}

/// UTF-16 or UTF-32, known by its mark, or by a 0 in every second of the first bytes, as Latin letters have it.
pub fn other_encoding(bytes: &[u8]) -> Option<&'static str> {
    if let Some((_, encoding)) = MARKS.iter().find(|(mark, _)| bytes.starts_with(mark)) {
        return Some(encoding);
    }
    let first = &bytes[..bytes.len().min(LOOKED_AT)];
    let pairs = first.chunks_exact(2);
    let count = pairs.len();
    let little = pairs.clone().filter(|pair| pair[0] != 0 && pair[1] == 0).count();
    let big = pairs.filter(|pair| pair[0] == 0 && pair[1] != 0).count();
    // Line ends and blanks are so, too; a few other letters among them are not.
    (count >= 4 && little.max(big) * 4 >= count * 3).then_some("UTF-16")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
        let mark = if mark { "\u{feff}" } else { "" };
        let units = format!("{mark}{text}").encode_utf16().collect::<Vec<_>>();
        units.into_iter().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        assert_eq!(text_of("a", b"\xEF\xBB\xBFa: 1\n".to_vec()).unwrap(), "a: 1\n");
        assert_eq!(text_of("a", b"\xEF\xBB\xBF".to_vec()).unwrap(), "");
        // Only before the first letter.
        assert_eq!(text_of("a", "a\u{feff}b".as_bytes().to_vec()).unwrap(), "a\u{feff}b");
    }

    #[test]
    fn utf_16_and_utf_32_are_named_with_or_without_a_mark() {
        for big in [false, true] {
            for mark in [false, true] {
                let error = text_of("my.csv", utf16("x,y\n1,2\n3,4\n", big, mark)).unwrap_err();
                assert_eq!(error.what(), "my.csv is saved as UTF-16, but texts are read as UTF-8", "{big} {mark}");
                assert!(error.help_lines()[0].starts_with("save it as UTF-8"));
            }
        }
        assert_eq!(other_encoding(b"\xFF\xFE\0\0a\0\0\0"), Some("UTF-32"));
        assert_eq!(other_encoding(b"\0\0\xFE\xFF\0\0\0a"), Some("UTF-32"));
    }

    #[test]
    fn what_is_text_or_merely_holds_zeros_is_not_taken_for_another_encoding() {
        for bytes in
            [&b""[..], b"a", b"a: 1\n", "\u{e9}t\u{e9}: 1\n".as_bytes(), b"\0\0\0\0\0\0\0\0\0\0", b"a\0bcdefghijklmnop"]
        {
            assert_eq!(other_encoding(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn another_byte_is_told_with_its_line() {
        let error = text_of("a.rhai", b"one\ntwo \xE9\n".to_vec()).unwrap_err();
        assert_eq!(error.what(), "a.rhai is not UTF-8 text: byte 0xe9 on line 2");
    }
}
