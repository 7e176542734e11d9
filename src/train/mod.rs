//! Training: the Experiment, the Run that owns it with its history and files, and the worker thread that owns the Run.
//! What a screen sees is a [`snapshot::Snapshot`]; what it asks for is a [`snapshot::Command`].

mod diagnosis;
mod evaluate;
mod experiment;
pub mod history;
mod norms;
mod objective;
mod observer;
mod rate;
mod run;
mod run_dir;
pub mod snapshot;
mod so_far;
mod stats;
mod summary;
mod work;
mod worker;

pub use evaluate::Evaluation;
pub use experiment::{Experiment, Halt, Length, Parts, StepReport};
pub use objective::{Descent, Learning, Objective, Spot};
pub use observer::{Needs, Notes, Observer, Observing, Scene};
pub use run_dir::RunDir;
pub use worker::{Make, Outcome, Progress, STACK, Start, Worker};
