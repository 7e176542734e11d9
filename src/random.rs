//! Random streams, each keyed by (seed, purpose, epoch), so that no two uses share draws and adding a draw to one
//! leaves the others as they were. `ChaCha8`, whose output is the same on every machine. Never reads a clock.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// What the draws are for. A stream of one purpose never meets one of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Samples of a generated dataset.
    Data,
    /// Which samples are held out.
    Split,
    /// The first weights; the index is the parameter's.
    Init,
    /// The order of the samples; the epoch counts from 0.
    Shuffle,
    /// Units switched off; the epoch is the step, the index the layer's.
    Dropout,
    /// Noise added to the gradient of a landscape.
    Noise,
    /// Values of a series by script.
    Series,
    /// Numbers of a task; the seed is of the student, the epoch of the task, the index of the number's name.
    Task,
    /// Weights and gradients that two rules are compared on; the epoch is the step.
    Comparison,
    /// Numbers that a rule draws; the epoch is the step, the index of the parameter and of the place in the script.
    Rule,
}

/// The stream for one purpose. `epoch` and `index` are 0 where a purpose needs only one stream.
pub fn stream(seed: u64, purpose: Purpose, epoch: u64, index: u64) -> ChaCha8Rng {
    let tag = match purpose {
        Purpose::Data => 1_u64,
        Purpose::Split => 2,
        Purpose::Init => 3,
        Purpose::Shuffle => 4,
        Purpose::Dropout => 5,
        Purpose::Noise => 6,
        Purpose::Series => 7,
        Purpose::Task => 8,
        Purpose::Comparison => 9,
        Purpose::Rule => 10,
    };
    let mut key = [0_u8; 32];
    for (bytes, part) in key.chunks_exact_mut(8).zip([seed, tag, epoch, index]) {
        bytes.copy_from_slice(&part.to_le_bytes());
    }
    ChaCha8Rng::from_seed(key)
}

/// A text as a number: FNV-1a of its bytes, which is the same on every machine and in every release.
pub fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn streams_differ_in_every_part_of_their_key_and_repeat() {
        let first = |seed, purpose, epoch, index| stream(seed, purpose, epoch, index).next_u64();
        let base = first(7, Purpose::Init, 0, 0);
        assert_eq!(base, first(7, Purpose::Init, 0, 0));
        for other in [
            first(8, Purpose::Init, 0, 0),
            first(7, Purpose::Shuffle, 0, 0),
            first(7, Purpose::Init, 1, 0),
            first(7, Purpose::Init, 0, 1),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn texts_have_the_published_hashes() {
        assert_eq!(hash(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(hash("foobar"), 0x8594_4171_f739_67e8);
    }
}
