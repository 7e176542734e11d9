//! What a screen may ask of a run: the commands that go to the worker. They say what, never how.

use super::edited::Edited;
use super::query::{Purpose, Query};
use crate::snapshot::Speed;

/// What a screen may ask of a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Train on.
    Run,
    /// Hold at this step.
    Pause,
    /// One mini-batch, then hold.
    Step,
    /// One mini-batch as by [`Command::Step`], taken apart into its phases in the snapshot; the asker's number comes back with it.
    Phases(u64),
    /// To the end of the epoch, then hold.
    StepEpoch,
    /// From the start; with another seed if one is given. Running goes on running.
    Restart {
        /// The new seed; none keeps the old one.
        seed: Option<u64>,
    },
    /// To a step and hold there: one that was is made again exactly, beyond those it is trained on until then.
    Goto(u64),
    /// The same, by where the runs are.
    Travel(Travel),
    /// A hyper-parameter is this from the next step on, and what was to come after this step is given up.
    SetHyper {
        /// The run; none is the newest fork, or the lab's own run.
        run: Option<String>,
        /// `lr`.
        name: String,
        /// Its value.
        value: f64,
    },
    /// A second run goes on from where this one stands.
    Fork {
        /// The run; none is the newest fork, or the lab's own run.
        run: Option<String>,
    },
    /// An expression over the runs: its value, or what is to be done when it is true.
    Query {
        /// The asker's number of it, which comes back with the answer.
        id: u64,
        /// What it is for.
        purpose: Purpose,
        /// The expression.
        query: Query,
    },
    /// No condition holds the run any more, but for the one that it is on its way to.
    ClearBreaks,
    /// The lab was edited.
    TakeUp(Edited),
    /// Lines for the log of the lab's own run, about its files.
    Tell(Vec<String>),
    /// Another speed.
    Speed(Speed),
    /// The run of a race whose state is wanted, by its place in [`Standing::runs`](crate::snapshot::Standing::runs).
    Show(usize),
    /// The run that was given up, by its id, whose curve is laid beside the present one's; or none.
    Beside(Option<u64>),
    /// The parameter whose maps are wanted, by its place in [`Snapshot::state`](crate::snapshot::Snapshot::state).
    Focus(usize),
    /// The element whose update is wanted, and with it the parameter as by [`Command::Focus`].
    Element {
        /// The place of its parameter in [`Snapshot::state`](crate::snapshot::Snapshot::state).
        parameter: usize,
        /// Its place in the parameter, row by row.
        index: usize,
    },
    /// The gradient of the next mini-batch beside that of all training samples, measured now; or no longer.
    CompareGradients(bool),
    /// The numbers of computation graphs are wanted, for somebody looks at them; or no longer.
    LookAtOperations(bool),
    /// What goes on beside the runs has come further: it is to be looked at. The worker's own threads send it.
    Look,
    /// Write what there is and end.
    Quit,
}

/// A command that was obeyed, and where the lab's own run stood then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Obeyed {
    /// Its place among all that were sent, counted from 1.
    pub number: u64,
    /// Updates of the run before it.
    pub before: u64,
    /// Updates after it.
    pub after: u64,
}

impl Command {
    /// It says where the run is to go, in place of what was said before.
    pub(crate) fn moves(&self) -> bool {
        matches!(
            self,
            Self::Run
                | Self::Pause
                | Self::Step
                | Self::Phases(_)
                | Self::StepEpoch
                | Self::Restart { .. }
                | Self::Goto(_)
                | Self::Travel(_)
        )
    }
}

/// A way along the timeline from where the runs are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Travel {
    /// One mini-batch back; from a run that broke down to the last step that was sound.
    Back,
    /// To the end of the epoch before.
    BackEpoch,
    /// To the step before that is a multiple of a fortieth of the run or so.
    Backward,
    /// The same forward.
    Forward,
    /// To the mark before, or the start.
    LastMark,
    /// To the next mark, or the newest step that was.
    NextMark,
}
