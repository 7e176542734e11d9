//! Makes the runs of a lab, at first and whenever they begin anew; of an edited lab by its newest edition.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::train::edited::{Edited, LabText};
use crate::train::experiment::{Experiment, Parts};
use crate::train::race::{Printed, Race, guard};
use crate::train::run::Run;
use crate::train::run_dir::Dirs;
use crate::train::worker::Make;

/// Makes races anew.
pub(super) struct Maker {
    /// By the number of the edition; the lab as it was opened is number 0.
    editions: BTreeMap<u64, Arc<Mutex<Make>>>,
    /// The edition that the present runs began with.
    begun: u64,
    /// What the folders are told of the newest edition when it starts.
    texts: Vec<LabText>,
    pub threads: usize,
    pub printed: Printed,
    pub log: Vec<String>,
    pub headless: bool,
    clock: Clock,
}

impl Maker {
    pub fn new(make: Make, threads: usize, printed: Printed, log: Vec<String>, headless: bool, clock: Clock) -> Self {
        let editions = BTreeMap::from([(0, Arc::new(Mutex::new(make)))]);
        Self { editions, begun: 0, texts: Vec::new(), threads, printed, log, headless, clock }
    }

    /// Knows another edition, and tells its number.
    pub fn learn(&mut self, edited: &Edited) -> u64 {
        let number = self.newest() + 1;
        self.editions.insert(number, edited.make.clone());
        self.texts.clone_from(&edited.texts);
        number
    }

    /// Editions that no run will need again are given up, with the data that they hold.
    pub fn forget_but(&mut self, needed: &[u64]) {
        let (begun, newest) = (self.begun, self.newest());
        self.editions.retain(|number, _| *number == begun || *number == newest || needed.contains(number));
    }

    /// The text of the newest edition, if the folders do not have it yet.
    pub fn take_texts(&mut self) -> Vec<LabText> {
        std::mem::take(&mut self.texts)
    }

    fn newest(&self) -> u64 {
        self.editions.last_key_value().map_or(0, |(number, _)| *number)
    }

    /// What the runs of an edition are made of.
    pub fn parts(&self, number: u64, seed: Option<u64>) -> Result<Vec<(String, Parts<f32>)>> {
        let make = self.editions.get(&number).ok_or_else(|| Error::fault(format!("edition {number} is lost")))?;
        guard(|| (make.lock().unwrap_or_else(PoisonError::into_inner))(seed))
    }

    /// The runs of the newest edition, from step 0.
    pub fn start(&mut self, seed: Option<u64>, dirs: Dirs) -> Result<Race> {
        let newest = self.newest();
        let race = self.race(newest, seed, dirs)?;
        self.begun = newest;
        self.forget_but(&[]);
        Ok(race)
    }

    /// The present runs from step 0, as they began.
    pub fn anew(&mut self, seed: u64) -> Result<Race> {
        self.race(self.begun, Some(seed), Dirs::default())
    }

    /// The runs of an edition.
    pub fn race(&mut self, number: u64, seed: Option<u64>, dirs: Dirs) -> Result<Race> {
        let parts = self.parts(number, seed)?;
        let made = guard(|| {
            parts.into_iter().map(|(name, parts)| Ok((name, Experiment::new(parts)?))).collect::<Result<Vec<_>>>()
        })?;
        let mut each = dirs.each.into_iter();
        let run = |(name, mut experiment): (String, Experiment<f32>)| {
            experiment.is_of_edition(number);
            (name, Run::new(experiment, each.next(), self.clock.clone()))
        };
        let runs = made.into_iter().map(run).collect();
        let mut race = Race::new(runs, dirs.whole, self.threads, self.printed.clone(), self.clock.clone());
        let lines = self.log.iter().cloned().chain((self.printed)()).collect();
        race.lanes[0].run.print(lines);
        // Without a screen nobody goes back.
        if !self.headless {
            // A schedule that panics does so at its step; what it prints it prints there, too.
            drop(guard(|| {
                race.lanes.iter_mut().for_each(|lane| lane.run.look_ahead());
                Ok(())
            }));
            drop((self.printed)());
            race.begin_timeline();
        }
        Ok(race)
    }
}
