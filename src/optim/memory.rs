//! What a schedule or an observer remembers from step to step, as plain data: named values that can be copied, written
//! as bytes and read again with every bit. It knows nothing of the language in which they are computed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A value that is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum MemoryValue {
    /// A number with a fraction.
    Number(f64),
    /// A whole number, which a script divides and prints otherwise.
    Whole(i64),
    /// True or false.
    Truth(bool),
    /// Numbers in rows of `columns`; shared with whoever else holds them, since none is ever changed in its place.
    Tensor {
        /// Row by row.
        values: Arc<Vec<f64>>,
        /// Numbers in a row; 1 for a single column.
        columns: usize,
    },
    /// Not there yet.
    Nothing,
}

/// A copy of what a script remembers: its values in a fixed order of their names, and what it has logged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    script: u64,
    values: Vec<(String, MemoryValue)>,
    logged: Vec<String>,
}

impl Memory {
    /// The memory of the script with this text.
    pub fn new(script: &str, values: Vec<(String, MemoryValue)>) -> Self {
        Self { script: fingerprint(script), values, logged: Vec::new() }
    }

    /// The same with the names that an observer has logged so far, in the order in which they came up.
    #[must_use]
    pub fn with_logged(mut self, names: Vec<String>) -> Self {
        self.logged = names;
        self
    }

    /// The values by name.
    pub fn values(&self) -> &[(String, MemoryValue)] {
        &self.values
    }

    /// The names that an observer has logged.
    pub fn logged(&self) -> &[String] {
        &self.logged
    }

    /// Both are of scripts with the same text. What another script remembers means nothing to this one.
    pub fn is_of_the_script_of(&self, other: &Self) -> bool {
        self.script == other.script
    }

    /// The memory in bytes that it takes, tensors included though they may be shared.
    pub fn bytes(&self) -> usize {
        let value = |value: &MemoryValue| match value {
            MemoryValue::Tensor { values, .. } => 8 * values.len(),
            _ => 0,
        };
        let values: usize = self.values.iter().map(|(name, kept)| 64 + name.len() + value(kept)).sum();
        values + self.logged.iter().map(|name| 24 + name.len()).sum::<usize>()
    }

    /// Whether `self`, what a script remembers now, may be replaced by `other`: both are of the same script, have the same
    /// names in the same order, and tensors have whole rows.
    ///
    /// # Errors
    /// It may not; the error says what does not fit.
    pub fn may_become(&self, other: &Self) -> Result<()> {
        if !self.is_of_the_script_of(other) {
            return Err(Error::user("what was remembered is of another script"));
        }
        let names = |memory: &Self| memory.values.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>().join(", ");
        if self.values.len() != other.values.len() || self.values.iter().zip(&other.values).any(|(a, b)| a.0 != b.0) {
            let (own, given) = (names(self), names(other));
            return Err(Error::user(format!("the script remembers `{own}`, but what was kept is `{given}`")));
        }
        let uneven = |value: &MemoryValue| match value {
            MemoryValue::Tensor { values, columns: 0 } => !values.is_empty(),
            MemoryValue::Tensor { values, columns } => !values.len().is_multiple_of(*columns),
            _ => false,
        };
        match other.values.iter().find(|(_, value)| uneven(value)) {
            Some((name, _)) => Err(Error::user(format!("the tensor kept as `{name}` has a row that is not whole"))),
            None => Ok(()),
        }
    }

    /// The error of something that remembers nothing and is given a memory.
    pub fn unwanted(&self, by: &str) -> Error {
        Error::user(format!("{} values were kept for {by}, which remembers nothing", self.values.len()))
    }
}

/// A number that tells a text from others: FNV-1a of 64 bits, the same in every release and on every machine.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(script: &str, values: &[(&str, MemoryValue)]) -> Memory {
        Memory::new(script, values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    #[test]
    fn what_is_of_another_script_or_of_other_names_is_refused() {
        let own = memory("a", &[("best", MemoryValue::Number(1.0)), ("kept", MemoryValue::Nothing)]);
        let tensor = |columns| MemoryValue::Tensor { values: Arc::new(vec![1.0; 6]), columns };
        let given = |value| memory("a", &[("best", MemoryValue::Whole(2)), ("kept", value)]);
        assert!(own.may_become(&given(tensor(3))).is_ok());
        for wrong in [
            memory("b", &[("best", MemoryValue::Number(1.0)), ("kept", MemoryValue::Nothing)]),
            memory("a", &[("kept", MemoryValue::Nothing), ("best", MemoryValue::Number(1.0))]),
            memory("a", &[("best", MemoryValue::Number(1.0))]),
            given(tensor(0)),
            given(tensor(4)),
        ] {
            assert!(own.may_become(&wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_fingerprint_is_the_published_one() {
        // From the tables of the authors, http://www.isthe.com/chongo/tech/comp/fnv/
        assert_eq!(fingerprint(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fingerprint("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fingerprint("foobar"), 0x8594_4171_f739_67e8);
    }
}
