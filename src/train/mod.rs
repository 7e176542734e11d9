//! Training: the Experiment, its history, and what the screen sees of it.

pub mod history;
pub mod snapshot;
