//! Training: the Experiment, its history, and what the screen sees of it.

mod evaluate;
mod experiment;
pub mod history;
pub mod snapshot;

pub use evaluate::Evaluation;
pub use experiment::{Experiment, Halt, Length, Parts, StepReport};
