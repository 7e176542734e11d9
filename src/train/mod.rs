//! Training: the Experiment, the Run that owns it with its history and files, and the worker thread that owns the Run.
//! A series is not trained but walked, with the same worker thread, commands and snapshots around a [`Walk`].
//! What a screen sees is a [`snapshot::Snapshot`]; what it asks for is a [`snapshot::Command`].

pub mod asked;
mod checkpoint;
mod command;
mod crew;
mod diagnosis;
mod edited;
mod evaluate;
mod events;
mod experiment;
mod folder;
pub mod history;
mod ledger;
mod norms;
mod objective;
mod observer;
mod race;
mod rate;
mod rhythm;
mod run;
mod run_dir;
mod run_metrics;
mod runs;
mod series_dir;
mod series_run;
pub mod snapshot;
mod standing;
mod stats;
mod summary;
mod timeline;
mod walk;
mod work;
mod worker;

pub use edited::{Edited, Extent, LabText};
pub use evaluate::Evaluation;
pub use events::{Deed, Event, Mark, TimelineView, knob_text};
pub use experiment::{Experiment, ExperimentCheckpoint, Halt, Length, Parts, StepReport};
pub use folder::{Dirs, Folder};
pub use objective::{Descent, Learning, Objective, Spot};
pub use observer::{Needs, Notes, Observer, Observing, ObservingCheckpoint, Scene};
pub use race::Printed;
pub use runs::{Experiments, Precision};
pub use standing::{Parting, Ranking, Runner, Standing};
pub use timeline::BUDGET as TIMELINE_BUDGET;
pub use walk::Walk;
pub use work::Driver;
pub use worker::{Make, Outcome, Progress, RunOutcome, STACK, Start, Worker, on_large_stack};
