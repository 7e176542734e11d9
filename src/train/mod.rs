//! Training: the Experiment and what a step of it consists of. It is moved by its `step()` and by nothing else, and knows
//! no thread, no clock, no file and no screen.

mod diagnosis;
mod evaluate;
mod experiment;
pub mod history;
mod look;
mod norms;
mod objective;
mod observer;
mod pool;
mod run_metrics;
mod stack;

pub(crate) use diagnosis::Recent;
pub use evaluate::Evaluation;
pub(crate) use experiment::Ahead;
pub use experiment::{
    Experiment, ExperimentCheckpoint, ExperimentConfig, GroupDrive, Halt, HyperGroups, Length, OfGroup, StepReport,
};
pub(crate) use experiment::{Recipe, TakenUp};
pub use history::{Series, Smooth};
pub use look::{Look, Looks, Part, Seen};
pub(crate) use objective::{BatchPass, NetworkPass, Pass};
pub use objective::{Descent, Learning, Objective, Spot};
pub use observer::{Needs, Notes, Observer, Observing, ObservingCheckpoint, Scene};
pub use stack::{STACK, on_large_stack};
