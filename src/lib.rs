//! optlab: a laboratory for the optimisation of neural networks that runs in a terminal.

pub mod error;
pub mod nn;
pub mod program;
pub mod random;

pub use error::{Error, Result};
