//! All that the runs of a race need to go on bit for bit, as plain data: what the way back copies, and what bytes hold.

use serde::{Deserialize, Serialize};

use super::interventions::MAX_RUNS;
use super::{Lane, Race, pairs};
use crate::error::{Error, Result};
use crate::program::Real;
use crate::run::checkpoint::{self, Kind};
use crate::run::edited::LabText;
use crate::run::factory::RunFactory;
use crate::run::runs::{Precision, Runs};
use crate::run::timeline::Weigh;
use crate::run::training::RunCheckpoint;
use crate::snapshot::Event;
use crate::train::TakenUp;

/// Where the runs stood, and where pairs of them had parted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RaceCheckpoint<F> {
    /// Of the lockstep.
    pub place: u64,
    pub runs: Vec<RunCheckpoint<F>>,
    pub parted: Vec<Option<u64>>,
}

impl<F> Default for RaceCheckpoint<F> {
    fn default() -> Self {
        Self { place: 0, runs: Vec::new(), parted: Vec::new() }
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
    /// The number of the edition of the lab that they began with, and the texts of all that they need.
    begun: u64,
    editions: Vec<(u64, LabText)>,
    names: Vec<String>,
    race: RaceCheckpoint<F>,
    /// The recipes that each run has had.
    recipes: Vec<Vec<TakenUp<F>>>,
    events: Vec<Event>,
    printed: Vec<Vec<(u64, String)>>,
}

impl<F: Precision> Race<F> {
    /// Copies where the runs stand.
    pub(super) fn save(&mut self, checkpoint: &mut RaceCheckpoint<F>) {
        checkpoint.runs.resize_with(self.lanes.len(), RunCheckpoint::default);
        checkpoint.runs.iter_mut().zip(&mut self.lanes).for_each(|(kept, lane)| lane.run.save(kept));
        checkpoint.parted.clone_from(&self.parted);
        checkpoint.place = self.place;
    }

    /// The runs as bytes.
    pub(super) fn write_bytes(&mut self, factory: &RunFactory) -> Result<Vec<u8>> {
        let step = self.steps();
        let mut race = RaceCheckpoint::default();
        self.save(&mut race);
        // What was done later than now is of a future that may come otherwise.
        let events: Vec<Event> = self.events.iter().filter(|event| event.step <= step).cloned().collect();
        let edits: Vec<u64> = events.iter().filter_map(Event::recipe).collect();
        let (begun, editions) = factory.editions(&edits);
        let had = |lane: &Lane<F>| {
            let recipes = lane.run.experiment.recipes();
            recipes.into_iter().enumerate().filter(|(at, had)| *at == 0 || edits.contains(&had.number))
        };
        let recipes = self.lanes.iter().map(|lane| had(lane).map(|(_, had)| had).collect()).collect();
        let names = self.lanes.iter().map(|lane| lane.name.clone()).collect();
        let printed = self.lanes.iter().map(|lane| lane.run.printed().to_vec()).collect();
        let whole = Whole { seed: self.seed(), begun, editions, names, race, recipes, events, printed };
        checkpoint::to_bytes(Kind::of::<F>(), &whole)
    }

    /// Stands where bytes say.
    pub(super) fn restore_bytes(&mut self, bytes: &[u8], factory: &mut RunFactory) -> Result<()> {
        let whole: Whole<F> = checkpoint::of_bytes(Kind::of::<F>(), bytes)?;
        let Whole { seed, begun, editions, names, race, recipes, events, printed } = whole;
        let damaged = || Error::user("the checkpoint is damaged: its runs do not belong together");
        let count = names.len();
        let each = [race.runs.len(), recipes.len(), printed.len()];
        if !(1..=MAX_RUNS).contains(&count) || each != [count; 3] || race.parted.len() != pairs(count).count() {
            return Err(damaged());
        }
        let own = factory.of_editions(begun, &editions)?;
        let mut fresh = own.anew::<F>(seed)?;
        fresh.events = events;
        for (name, recipes) in names.iter().zip(&recipes) {
            let first = recipes.first().ok_or_else(damaged)?.number;
            let root = fresh.root(name);
            if !fresh.lanes.iter().any(|lane| lane.name == *name) {
                // A fork is made as the run that it is a fork of; which is the lab's own whatever its rule is called now.
                let mut lanes = own.race_of::<F>(first, seed)?.lanes;
                let made = if root == fresh.lanes[0].name { Some(0) } else { place_of(&lanes, &root) };
                let Some(made) = made else {
                    let name = crate::error::scrub(name);
                    return Err(Error::user(format!("the checkpoint has a run `{name}`, but the lab has none")));
                };
                fresh.lanes.push(lanes.swap_remove(made).named(name));
            }
            let at = place_of(&fresh.lanes, name).ok_or_else(damaged)?;
            for taken in &recipes[1..] {
                let mut parts = own.parts::<F>(taken.number, seed)?;
                let named = |(name, _): &(String, _)| *name == root;
                let edited = if root == fresh.lanes[0].name { Some(0) } else { parts.iter().position(named) };
                let (_, parts) = parts.swap_remove(edited.ok_or_else(damaged)?);
                fresh.lanes[at].run.experiment.take_up_as(parts, taken)?;
                fresh.lanes[at].run.show_anew();
            }
        }
        if fresh.lanes.len() != names.len() || fresh.lanes.iter().zip(&names).any(|(lane, name)| lane.name != *name) {
            return Err(Error::user("the checkpoint has other runs than the lab"));
        }
        for ((lane, kept), printed) in fresh.lanes.iter_mut().zip(&race.runs).zip(&printed) {
            lane.run.resume(kept, printed)?;
        }
        let stands = |lane: &Lane<F>| {
            let (made, due) = (lane.run.experiment.steps(), fresh.lockstep.steps_at(lane.portions, race.place));
            made == due || lane.run.status.is_final() && made < due
        };
        if !fresh.lanes.iter().all(stands) {
            return Err(damaged());
        }
        (fresh.parted, fresh.place) = (race.parted, race.place);
        fresh.seen = fresh.steps();
        fresh.asked = fresh.seen;
        own.drop_printed();
        fresh.set_folders(self.take_folders(), &[]);
        fresh.look_at(self.looked_at());
        *self = fresh;
        *factory = own;
        if self.timeline.is_some() {
            self.begin_timeline();
        }
        Ok(())
    }
}

/// Where the run of a name is.
fn place_of<F: Real>(lanes: &[Lane<F>], name: &str) -> Option<usize> {
    lanes.iter().position(|lane| lane.name == name)
}
