//! What tells a terminal to put a text on its user's clipboard (OSC 52), so that it arrives at the near end of an SSH line.
//! Whether the terminal does it is its own business, and it does not answer. What is put there may be pasted into a shell, so
//! that it is scrubbed as what is shown.

use crate::error::scrub;

/// The digits of base 64.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The bytes to be written to the terminal.
pub fn copy(text: &str) -> Vec<u8> {
    let mut bytes = b"\x1b]52;c;".to_vec();
    for three in scrub(text).as_bytes().chunks(3) {
        let at = |i: usize| u32::from(three.get(i).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4 {
            let place = (bits >> (18 - 6 * digit) & 63) as usize;
            bytes.push(if digit <= three.len() { DIGITS[place] } else { b'=' });
        }
    }
    bytes.push(b'\x07');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_packed_as_the_standard_has_it() {
        // The vectors of RFC 4648.
        for (text, packed) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(copy(text), format!("\u{1b}]52;c;{packed}\u{7}").into_bytes());
        }
        assert!(copy("Größe ·\n").is_ascii());
    }

    #[test]
    fn nothing_is_copied_that_would_steer_a_terminal_when_it_is_pasted() {
        assert_eq!(copy("a\n\u{1b}[201~\u{9b}\u{202e}b"), copy("a\n\u{fffd}[201~\u{fffd}\u{fffd}b"));
    }
}
