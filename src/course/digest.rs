//! What a file or a row of texts is told by: SHA-256, the same on every machine and in every release.

use sha2::{Digest as _, Sha256};

/// A hash of several parts, which are told apart: `ab` and `c` are not `a` and `bc`.
#[derive(Default)]
pub struct Digest(Sha256);

impl Digest {
    /// One more part.
    #[must_use]
    pub fn with(mut self, part: impl AsRef<[u8]>) -> Self {
        let part = part.as_ref();
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
        self
    }

    /// The hash in hexadecimal digits.
    pub fn hex(self) -> String {
        hex(&self.0.finalize())
    }
}

/// The hash of the bytes of a file, as `sha256sum` shows it.
pub fn of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_hash_that_others_give_it_and_parts_are_told_apart() {
        assert_eq!(of(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let two = |a: &str, b: &str| Digest::default().with(a).with(b).hex();
        assert_eq!(two("ab", "c"), two("ab", "c"));
        assert_ne!(two("ab", "c"), two("a", "bc"));
    }
}
