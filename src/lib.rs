//! optlab: a laboratory for the optimisation of neural networks that runs in a terminal.

pub mod cli;
pub mod data;
pub mod error;
pub mod lab;
pub mod nn;
pub mod optim;
pub mod program;
pub mod random;
pub mod script;
pub mod train;
pub mod ui;

pub use error::{Error, Result};
