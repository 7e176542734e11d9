//! A copy of what something keeps from step to step, for whoever wants to go back to a step. Only its maker knows what
//! is in it.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// The copy. Cheap to hand around; it never changes.
#[derive(Clone)]
pub struct Kept {
    value: Arc<dyn Any + Send + Sync>,
    bytes: usize,
}

impl Kept {
    /// A copy that takes about so many bytes.
    pub fn new<T: Any + Send + Sync>(value: T, bytes: usize) -> Self {
        Self { value: Arc::new(value), bytes }
    }

    /// What is in it, if it is of the type that its maker put in.
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.value.downcast_ref()
    }

    /// The memory that it takes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kept({} bytes)", self.bytes)
    }
}
