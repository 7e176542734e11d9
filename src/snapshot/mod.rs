//! What can be seen of runs at one moment: plain values that panes draw, commands print and queries ask about.
//!
//! A snapshot owns all it holds and borrows nothing of the run, so the screen may keep it as long as it likes. Nothing
//! here looks at a run by itself: all of it is filled from outside.

mod bucket;
mod compared;
mod divergence;
mod epochs;
mod events;
mod failed;
pub mod figures;
mod formula;
mod ledger;
mod map;
mod network;
mod operations;
mod phases;
mod query;
mod rules;
mod runs;
mod seeds;
mod series;
mod standing;
mod tasks;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, scrubbed};
pub use bucket::Bucket;
pub use compared::{ComparedRow, ComparedView, Seen};
pub use divergence::{Divergence, Quantity};
pub use epochs::{EpochRow, TestResult};
pub use events::{Event, Intervention, Mark, ScriptTexts, TimelineView, knob_text};
pub use formula::Formula;
pub use ledger::{Ledger, LedgerLine, coordinate, element_name};
pub use map::{
    Answer, Answers, Confusion, Curve, Image, LandscapeView, Map, PathPoint, PathView, Point, Pull, Regions, Score,
    widened,
};
pub use network::{Health, Histogram, LayerView, NetworkView, Spread, WeightsView};
pub use operations::{Differentiated, Operand, OperationGraph, OperationKind, OperationLine, OperationsView};
pub use phases::{
    BatchPhase, BatchTargets, ClipPhase, ElementGradient, ForwardPhase, GradientPhase, LossPhase, MeanPhase, Phase,
    PhasesView, UnitOutput, UpdatePhase,
};
pub use query::QueryView;
pub use rules::{Lock, RaceRules, Rank};
pub use runs::{PastRun, RunRow, RunsView, Settings, setting};
#[cfg(test)]
pub(crate) use seeds::fixture as seeds_fixture;
pub use seeds::{CurveRow, SeedRace, SeedRun, Seeds, SeedsRow};
pub use series::{AverageView, SeriesRow, SeriesView};
#[cfg(test)]
pub(crate) use standing::fixture as standing_fixture;
pub use standing::{Order, Parting, Ranking, Runner, Standing, TimeRanking};
pub use tasks::{Asks, Outcome, TaskSeen, TaskState, TasksSeen, Verdict};

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Status {
    /// At step 0, waiting for a key.
    Ready,
    /// Training.
    Running,
    /// Held at a step.
    Paused,
    /// All epochs are done.
    Finished,
    /// An observer ended it, and why.
    Stopped(#[serde(deserialize_with = "scrubbed")] String),
    /// A value was not finite.
    Diverged(Divergence),
    /// A script failed, or optlab did.
    Failed(Error),
}

impl Status {
    /// The one word that the header shows.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Finished | Self::Stopped(_) => "finished",
            Self::Diverged(_) => "diverged",
            Self::Failed(_) => "failed",
        }
    }

    /// No further step is possible without a restart.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Finished | Self::Stopped(_) | Self::Diverged(_) | Self::Failed(_))
    }

    /// A step could not be made.
    pub fn is_broken(&self) -> bool {
        matches!(self, Self::Diverged(_) | Self::Failed(_))
    }

    /// `finished`, as in "the run has finished".
    pub fn past(&self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Stopped(_) => "stopped",
            Self::Diverged(_) => "diverged",
            _ => "failed",
        }
    }
}

/// How fast the worker goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// As fast as the machine can.
    Max,
    /// Steps in a second.
    PerSecond(f64),
}

/// One scalar over the run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Line {
    /// Oldest first.
    pub buckets: Vec<Bucket>,
    /// Steps that a bucket covers.
    pub width: u64,
}

/// A hyper-parameter of the rule, now.
#[derive(Debug, Clone, PartialEq)]
pub struct HyperNow {
    /// As in the script: `lr`, `beta1`.
    pub name: String,
    /// The value that the last step used, or the next one will at step 0.
    pub value: f64,
    /// A schedule drives it.
    pub scheduled: bool,
    /// The whole run of it, but for what was turned by hand.
    pub curve: HyperCurve,
    /// Groups of parameters that have a value of their own, in the lab's order.
    pub groups: Vec<GroupNow>,
}

/// A hyper-parameter of a group of parameters, now.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupNow {
    /// The group as the lab has it: `kind: bias`.
    pub group: String,
    /// The value that the last step used, or the next one will at step 0.
    pub value: f64,
}

/// How a hyper-parameter goes over the run.
#[derive(Debug, Clone, PartialEq)]
pub enum HyperCurve {
    /// The same at every step.
    Constant(f64),
    /// Its value for the update after so many others, at some of all steps, oldest first.
    Known(Arc<Vec<(u64, f64)>>),
    /// It learns from the run: its values so far.
    Learned(Line),
}

/// The loss over the run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LossView {
    /// Each mini-batch's loss, with the penalty.
    pub batch: Line,
    /// Its bias-corrected exponential average.
    pub smooth: Line,
    /// The newest loss of a mini-batch.
    pub last: Option<f64>,
    /// The newest value of the average.
    pub smooth_last: Option<f64>,
    /// The smallest loss of a mini-batch and its step; none where no step had a loss that is smaller than at the start by more
    /// than rounding.
    pub best: Option<(f64, u64)>,
}

/// The gradient of one parameter, or of all together.
#[derive(Debug, Clone, PartialEq)]
pub struct GradientView {
    /// `all`, `W1`, `b1`, ...
    pub name: String,
    /// `[64, 64]`; empty for `all`.
    pub shape: Vec<usize>,
    /// The Euclidean norm now: with the penalty, before clipping.
    pub norm: Option<f64>,
    /// |update| / |weight| of the last step that was watched; none for weights that began at 0, or are 0.
    pub ratio: Option<f64>,
    /// All of its weights were 0 before the first step.
    pub began_at_zero: bool,
    /// The norm over the run.
    pub line: Line,
}

/// A small picture of a matrix: each cell is the mean of |x| over the elements it stands for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Grid {
    /// Rows of the picture.
    pub rows: usize,
    /// Columns of the picture.
    pub columns: usize,
    /// `rows * columns` cells, row by row.
    pub cells: Vec<f64>,
}

/// One named value of the rule for one parameter: `v`, `s`, `v_hat`, or what the script calls it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NamedView {
    /// The script's own name; with `state.` before that of one that is kept, if one that is made has the same.
    pub name: String,
    /// Kept from step to step (a key of `state`), or made anew at each.
    pub kept: bool,
    /// How many values it had one after the other in the update, as in a loop, of which this is the last one.
    pub times: u32,
    /// One number for the parameter rather than a tensor; then `mean` is the number.
    pub scalar: bool,
    /// Rows and columns of a tensor that has not the parameter's shape.
    pub shape: Option<[usize; 2]>,
    /// sqrt(mean(x^2)).
    pub rms: f64,
    /// The smallest element.
    pub min: f64,
    /// The largest element.
    pub max: f64,
    /// The mean.
    pub mean: f64,
    /// 1 - beta^t, where the rule divides this average by it.
    pub correction: Option<f64>,
    /// The rule is known not to divide this average by anything of the kind.
    pub uncorrected: bool,
    /// The decay of this average, so that its window is 1 / (1 - beta) steps.
    pub decay: Option<f64>,
    /// The rms over the run; absent where no step was watched.
    pub trend: Line,
    /// |x| over the elements, small enough to draw; only for the parameter in focus.
    pub map: Option<Grid>,
}

/// The rule's values for one parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct StateView {
    /// `W1`.
    pub parameter: String,
    /// `[64, 64]`.
    pub shape: Vec<usize>,
    /// In the order of the script: states first, then named values.
    pub values: Vec<NamedView>,
}

/// A number that an observer logs.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservedView {
    /// The script's own name.
    pub name: String,
    /// The newest value.
    pub value: f64,
    /// The values over the run.
    pub line: Line,
}

/// What panes draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Where the run stands.
    pub status: Status,
    /// Updates made.
    pub step: u64,
    /// Updates until the end.
    pub steps_total: u64,
    /// The epoch being trained, counted from 1; 0 before the first step.
    pub epoch: u64,
    /// Epochs until the end (rounded up where the lab gives steps).
    pub epochs_total: u64,
    /// Updates in an epoch.
    pub steps_per_epoch: u64,
    /// Samples in a full mini-batch.
    pub batch: usize,
    /// Mini-batches of an update.
    pub accumulate: usize,
    /// The seed of this run.
    pub seed: u64,
    /// The speed asked for.
    pub speed: Speed,
    /// The speed measured over the last second or so; 0 while held.
    pub steps_per_second: f64,
    /// The rule's name.
    pub rule: String,
    /// Evaluations, the map of a network and the model are of other weights than those in training: the rule has an `evaluate`.
    pub evaluates: bool,
    /// Its hyper-parameters.
    pub hyper: Vec<HyperNow>,
    /// The loss.
    pub loss: LossView,
    /// All together first, then each parameter.
    pub gradients: Vec<GradientView>,
    /// Steps whose gradient was clipped; none if the lab clips none.
    pub clip_hits: Option<u64>,
    /// What the lab's observer logs, in the order in which the names came up.
    pub observed: Vec<ObservedView>,
    /// One for each parameter.
    pub state: Vec<StateView>,
    /// The last watched update of the chosen element; none before there was one. In a race, that of the run that is shown.
    pub ledger: Option<Ledger>,
    /// The newest epochs, oldest first (at most [`Snapshot::EPOCHS`]).
    pub epochs: Vec<EpochRow>,
    /// The test part at the end of the run; none before it, and without such a part.
    pub test: Option<TestResult>,
    /// In a race, where all stand.
    pub race: Option<Standing>,
    /// Of a race that is run on several seeds, what came out so far.
    pub seeds: Option<Seeds>,
    /// In a race, the place of the run that all else is about; the lab's own is the first.
    pub shown: usize,
    /// In a race, the smooth loss of each run, in the order of [`Standing::runs`].
    pub racers: Vec<Line>,
    /// The newest lines that scripts printed, and warnings (at most [`Snapshot::LOG`]), each after the steps that had
    /// been made when it came.
    pub log: Vec<(u64, String)>,
    /// A picture of what the network answers or where the weights walk, if there is one that fits.
    pub map: Option<Map>,
    /// The series that is walked and its averages, if that is what the lab does.
    pub series: Option<SeriesView>,
    /// The layers of the lab's own run; none without a network.
    pub network: Option<NetworkView>,
    /// The computation graphs of scripted activations, a scripted loss or the landscape; none where there are none.
    pub operations: Option<OperationsView>,
    /// The lab's own run's gradient of a mini-batch beside that of all samples, if that was asked for.
    pub compared: Option<ComparedView>,
    /// The last update phase by phase, if that was asked for. In a race, that of the run that is shown.
    pub phases: Option<PhasesView>,
    /// How far the runs have been, and what was done to them on the way.
    pub timeline: TimelineView,
    /// What was asked of the runs in words.
    pub queries: QueryView,
    /// The runs of the session so far, the present ones with them.
    pub runs: RunsView,
}

impl Snapshot {
    /// How many epochs a snapshot carries.
    pub const EPOCHS: usize = 512;
    /// How many lines of the log a snapshot carries.
    pub const LOG: usize = 200;
}

impl Snapshot {
    /// In a race, the name of the run that is shown.
    pub fn whose(&self) -> Option<&str> {
        self.race.as_ref().and_then(|race| race.runs.get(self.shown)).map(|run| run.name.as_str())
    }

    /// In a race, the name of the run that a knob or a fork is for where none is named: the newest fork of the run that is
    /// shown, or of a fork of it, and that run itself where there is none.
    pub fn turned(&self) -> Option<&str> {
        let runs = &self.race.as_ref()?.runs;
        let fork_of = |run: &str| {
            let forks = self.timeline.forks().rev().filter(|(event, _)| event.run == run);
            forks.map(|(_, fork)| fork).find(|fork| *fork != run && runs.iter().any(|run| run.name == *fork))
        };
        let mut turned = self.whose()?;
        // Each run is a fork of one that was there before it.
        for _ in runs {
            turned = fork_of(turned).unwrap_or(turned);
        }
        Some(turned)
    }

    /// Leaves out what measures the machine: times, speeds and memory, and what is ranked by them. Everything else is the same wherever
    /// the run is made.
    pub fn forget_times(&mut self) {
        (self.steps_per_second, self.timeline.bytes) = (0.0, 0);
        self.epochs.iter_mut().for_each(|row| row.seconds = 0.0);
        self.runs.present.iter_mut().for_each(|row| row.seconds = 0.0);
        for past in Arc::make_mut(&mut self.runs.past) {
            Arc::make_mut(past).row.seconds = 0.0;
        }
        if let Some(race) = &mut self.race {
            race.forget_times();
        }
    }
}
