//! What drives a hyper-parameter from step to step.

use crate::error::Result;

/// A hyper-parameter over the run. `t` is the number of updates already made: steps, never epochs.
pub trait Schedule: Send {
    /// The value for the update after `t` others.
    fn rate(&mut self, t: u64) -> Result<f64>;
    /// Changes with `t`; a constant is drawn and shown otherwise.
    fn moves(&self) -> bool {
        true
    }
}

/// The same value at every step.
#[derive(Debug, Clone, Copy)]
pub struct Constant(pub f64);

impl Schedule for Constant {
    fn rate(&mut self, _: u64) -> Result<f64> {
        Ok(self.0)
    }

    fn moves(&self) -> bool {
        false
    }
}
