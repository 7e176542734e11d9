//! What is to be told of a run's files while it goes on, for whoever looks after the run.

use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Error;

/// Each is taken once.
#[derive(Debug, Clone, Default)]
pub struct Notices(Arc<Mutex<Vec<Error>>>);

impl Notices {
    /// Something is to be told.
    pub(super) fn tell(&self, notice: Error) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(notice);
    }

    /// All that was not taken yet, in the order in which it came.
    pub fn take(&self) -> Vec<Error> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
