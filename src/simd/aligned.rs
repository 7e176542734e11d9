//! Buffers whose first element lies on the border of a cache line.

use std::ops::{Deref, DerefMut};

use super::Float;

/// Bytes to which buffers and parameters are aligned: a cache line, which is also the widest vector register.
const ALIGNMENT: usize = 64;

/// A buffer of a fixed length whose first element lies on a 64-byte border.
#[derive(Debug)]
pub struct Aligned<F> {
    storage: Vec<F>,
    start: usize,
    len: usize,
}

impl<F: Float> Aligned<F> {
    /// `len` zeros.
    pub fn zeros(len: usize) -> Self {
        // A few elements too many, so that an aligned one is among the first: safe, unlike a custom allocation.
        let storage = vec![F::ZERO; len + ALIGNMENT / size_of::<F>()];
        let start = storage.as_ptr().align_offset(ALIGNMENT).min(storage.len() - len);
        Self { storage, start, len }
    }
}

impl<F> Default for Aligned<F> {
    /// Empty, without an allocation.
    fn default() -> Self {
        Self { storage: Vec::new(), start: 0, len: 0 }
    }
}

impl<F> Deref for Aligned<F> {
    type Target = [F];
    fn deref(&self) -> &[F] {
        &self.storage[self.start..self.start + self.len]
    }
}

impl<F> DerefMut for Aligned<F> {
    fn deref_mut(&mut self) -> &mut [F] {
        &mut self.storage[self.start..self.start + self.len]
    }
}

impl<F: Float> Clone for Aligned<F> {
    /// A copy at its own address, which needs its own offset to the border.
    fn clone(&self) -> Self {
        let mut copy = Self::zeros(self.len);
        copy.copy_from_slice(self);
        copy
    }
}
