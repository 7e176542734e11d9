//! Runs: an Experiment with its history, its checkpoints and its files, alone or in a race with others, and the way back
//! through them. A series is not trained but walked, as a run of its own kind around a [`Walk`]. What is done to runs is a
//! [`Command`], what is asked of them a [`Query`]; who sends them, from which thread, no run knows.

mod artifacts;
mod checkpoint;
mod command;
mod edited;
mod factory;
mod query;
mod race;
mod runs;
mod series_run;
mod standing;
mod start;
mod stopwatch;
mod timeline;
mod training;
mod walk;

pub(crate) use artifacts::failed_summary;
pub use artifacts::{Content, Dirs, Folder, Notices, write_beside};
pub use command::{Command, Obeyed, Travel};
pub use edited::{Edited, Edition, Extent, LabText, Reopen};
pub(crate) use factory::RunFactory;
pub use query::{Evaluate, NUMBERS, Purpose, Query, Sight, Value};
pub(crate) use query::{Queries, Then};
pub use race::Printed;
pub(crate) use race::guard;
pub(crate) use runs::Runs;
pub use runs::{Experiments, Precision};
pub use start::{Make, Outcome, Progress, RunOutcome, Stage, Start};
pub use timeline::BUDGET as TIMELINE_BUDGET;
pub use walk::Walk;

pub use crate::train::{Look, Looks, Part, Seen};
