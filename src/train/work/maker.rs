//! Makes the runs of a lab, at first and whenever they begin anew.

use crate::error::Result;
use crate::train::experiment::Experiment;
use crate::train::race::{Printed, Race, guard};
use crate::train::run::Run;
use crate::train::run_dir::Dirs;
use crate::train::worker::Make;

/// Makes races anew.
pub(super) struct Maker {
    pub make: Make,
    pub threads: usize,
    pub printed: Printed,
    pub log: Vec<String>,
    pub headless: bool,
}

impl Maker {
    pub fn race(&mut self, seed: Option<u64>, dirs: Dirs) -> Result<Race> {
        let made = guard(|| {
            let parts = (self.make)(seed)?;
            parts.into_iter().map(|(name, parts)| Ok((name, Experiment::new(parts)?))).collect::<Result<Vec<_>>>()
        })?;
        let mut each = dirs.each.into_iter();
        let runs = made.into_iter().map(|(name, experiment)| (name, Run::new(experiment, each.next()))).collect();
        let mut race = Race::new(runs, dirs.whole, self.threads, self.printed.clone());
        let lines = self.log.iter().cloned().chain((self.printed)()).collect();
        race.lanes[0].run.print(lines);
        // Without a screen nobody goes back.
        if !self.headless {
            // A schedule that panics does so at its step; what it prints it prints there, too.
            drop(guard(|| {
                race.lanes[0].run.look_ahead();
                Ok(())
            }));
            drop((self.printed)());
            race.begin_timeline();
        }
        Ok(race)
    }
}
