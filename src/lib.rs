//! optlab: a laboratory for the optimisation of neural networks that runs in a terminal.

pub mod error;
pub mod program;
pub mod random;
pub mod train;
pub mod ui;

pub use error::{Error, Result};
