//! All that the runs of a race need to go on bit for bit, as plain data: what the way back copies, and what bytes hold.

use serde::{Deserialize, Serialize};

use super::interventions::MAX_RUNS;
use super::{Lane, Race, pairs};
use crate::error::{Error, Result};
use crate::program::Real;
use crate::run::checkpoint::{self, Kind};
use crate::run::factory::RunFactory;
use crate::run::runs::{Precision, Runs};
use crate::run::timeline::Weigh;
use crate::run::training::RunCheckpoint;
use crate::snapshot::{Event, Intervention};

/// Where the runs stood, and where pairs of them had parted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RaceCheckpoint<F> {
    pub runs: Vec<RunCheckpoint<F>>,
    pub parted: Vec<Option<u64>>,
}

impl<F> Default for RaceCheckpoint<F> {
    fn default() -> Self {
        Self { runs: Vec::new(), parted: Vec::new() }
    }
}

impl<F: Real> Weigh for RaceCheckpoint<F> {
    fn bytes(&self) -> usize {
        self.runs.iter().map(RunCheckpoint::bytes).sum::<usize>() + self.parted.capacity() * size_of::<Option<u64>>()
    }
}

/// What a race that is made anew needs beside it: its runs by name, what was done to them, and what they had printed.
#[derive(Debug, Serialize, Deserialize)]
struct Whole<F> {
    /// Of the lab's own run.
    seed: u64,
    names: Vec<String>,
    race: RaceCheckpoint<F>,
    events: Vec<Event>,
    printed: Vec<Vec<(u64, String)>>,
}

impl<F: Precision> Race<F> {
    /// Copies where the runs stand.
    pub(super) fn save(&mut self, checkpoint: &mut RaceCheckpoint<F>) {
        checkpoint.runs.resize_with(self.lanes.len(), RunCheckpoint::default);
        checkpoint.runs.iter_mut().zip(&mut self.lanes).for_each(|(kept, lane)| lane.run.save(kept));
        checkpoint.parted.clone_from(&self.parted);
    }

    /// The runs as bytes.
    pub(super) fn write_bytes(&mut self) -> Result<Vec<u8>> {
        let step = self.steps();
        let mut race = RaceCheckpoint::default();
        self.save(&mut race);
        // What was done later than now is of a future that may come otherwise.
        let events: Vec<Event> = self.events.iter().filter(|event| event.step <= step).cloned().collect();
        if events.iter().any(|event| matches!(event.what, Intervention::Edit { .. })) {
            return Err(Error::user("the lab was edited on the way, which a checkpoint does not hold yet")
                .help("start over with the edited lab: `r`"));
        }
        let names = self.lanes.iter().map(|lane| lane.name.clone()).collect();
        let printed = self.lanes.iter().map(|lane| lane.run.printed().to_vec()).collect();
        checkpoint::to_bytes(Kind::of::<F>(), &Whole { seed: self.seed(), names, race, events, printed })
    }

    /// Stands where bytes say.
    pub(super) fn restore_bytes(&mut self, bytes: &[u8], factory: &mut RunFactory) -> Result<()> {
        let whole: Whole<F> = checkpoint::of_bytes(Kind::of::<F>(), bytes)?;
        let Whole { seed, names, race, events, printed } = whole;
        let damaged = || Error::user("the checkpoint is damaged: its runs do not belong together");
        let count = names.len();
        if !(1..=MAX_RUNS).contains(&count) || race.runs.len() != count || printed.len() != count {
            return Err(damaged());
        }
        let mut fresh = factory.anew::<F>(seed)?;
        fresh.events = events;
        for name in &names {
            if fresh.lanes.iter().any(|lane| lane.name == *name) {
                continue;
            }
            // A fork is made as the run that it is a fork of.
            let root = fresh.root(name);
            let made = factory.anew::<F>(seed)?.lanes.into_iter().find(|lane| lane.name == root);
            let Lane { run, pace, losses, .. } = made.ok_or_else(|| {
                Error::user(format!("the checkpoint has a run `{}`, but the lab has none", crate::error::scrub(name)))
            })?;
            fresh.lanes.push(Lane { name: name.clone(), run, pace, losses });
        }
        if fresh.lanes.len() != names.len() || fresh.lanes.iter().zip(&names).any(|(lane, name)| lane.name != *name) {
            return Err(Error::user("the checkpoint has other runs than the lab"));
        }
        if race.parted.len() != pairs(names.len()).count() {
            return Err(damaged());
        }
        for ((lane, kept), printed) in fresh.lanes.iter_mut().zip(&race.runs).zip(&printed) {
            lane.run.resume(kept, printed)?;
            lane.pace.note(lane.run.experiment.steps(), lane.run.trained().as_secs_f64());
        }
        fresh.parted = race.parted;
        fresh.seen = fresh.steps();
        fresh.asked = fresh.seen;
        fresh.set_folders(self.take_folders(), &[]);
        fresh.look_at(self.looked_at());
        *self = fresh;
        if self.timeline.is_some() {
            self.begin_timeline();
        }
        Ok(())
    }
}
