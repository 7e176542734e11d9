//! What is said of a race on several seeds, in the same words and digits on the screen and on the command line.

use super::{Seeds, SeedsRow};
use crate::snapshot::{Lock, Rank, Status};

impl SeedsRow {
    /// `4 of 5`: the seeds on which it was first, of those that are done.
    pub fn first_on(&self, seeds: &Seeds) -> String {
        format!("{} of {}", self.first, seeds.done.len())
    }

    /// `0.01230 to 0.04560`: from the lowest to the highest.
    pub fn spread(&self, seeds: &Seeds) -> String {
        let rank = seeds.rules.rank;
        if rank == Rank::ValAccuracy {
            // The sign stands once.
            return format!("{} to {}", rank.told(self.lowest).trim_end_matches(" %"), rank.told(self.highest));
        }
        format!("{} to {}", rank.told(self.lowest), rank.told(self.highest))
    }
}

impl Seeds {
    /// `3 of 5 seeds`: how many are done.
    pub fn so_far(&self) -> String {
        format!("{} of {} seeds", self.done.len(), self.count())
    }

    /// `seeds 7 to 11`.
    pub fn named(&self) -> String {
        let last = self.first.wrapping_add(self.rules.further_seeds);
        format!("seeds {} to {last}", self.first)
    }

    /// What the order of the table is by: `median val loss of 5 seeds, each at its last equal steps`.
    pub fn ranked_by(&self) -> String {
        let (rank, done) = (self.rules.rank.named_in_full(self.on_landscape), self.done.len());
        let what = format!("median {rank} over {done} {}", if done == 1 { "seed" } else { "seeds" });
        if self.rules.lock == Lock::Steps { what } else { format!("{what}, at equal {}", self.rules.lock.word()) }
    }

    /// Who is first, once all seeds are done: `adam has the best median and is first on 4 of 5 seeds`, or who else is first on
    /// more of them.
    pub fn verdict(&self) -> Option<String> {
        if !self.is_done() {
            return None;
        }
        let Some(winner) = self.winner() else { return Some("no run has the best median alone".to_owned()) };
        let rows = self.rows();
        let (first, most) =
            (rows.first().map_or(0, |row| row.first), rows.iter().map(|row| row.first).max().unwrap_or(0));
        if first == most {
            return Some(format!("{winner} has the best median and is first on {first} of {} seeds", self.count()));
        }
        // The two questions have two answers: neither alone would be the whole truth.
        let often = rows.iter().filter(|row| row.first == most).map(|row| self.names[row.run].as_str());
        let often = often.collect::<Vec<_>>().join(" and ");
        Some(format!("{winner} has the best median, {often} is first most often: on {most} of {} seeds", self.count()))
    }

    /// Who was first where: `first on seed 7: adam, 8: rmsprop`.
    pub fn firsts(&self) -> Option<String> {
        let one = |race: &super::SeedRace| {
            let names: Vec<&str> =
                race.firsts(self.rules.rank).into_iter().map(|run| self.names[run].as_str()).collect();
            format!("{}: {}", race.seed, if names.is_empty() { "nobody".to_owned() } else { names.join(" = ") })
        };
        let told: Vec<String> = self.done.iter().map(one).collect();
        (!told.is_empty()).then(|| format!("first on seed {}", told.join(", ")))
    }

    /// Runs that broke down, each with its seed: `seed 9: sgd diverged at step 12`.
    pub fn broken(&self) -> Vec<String> {
        let all =
            self.done.iter().flat_map(|race| race.runs.iter().enumerate().map(move |(run, of)| (race.seed, run, of)));
        let told = all.filter(|(_, _, of)| of.status.is_broken()).map(|(seed, run, of)| {
            let at = if let Status::Diverged(divergence) = &of.status { divergence.step } else { of.step };
            format!("seed {seed}: {} {} at step {at}", self.names[run], of.status.past())
        });
        told.collect()
    }

    /// Why there is no order yet or will be none: `3 of 5 seeds are done: nobody is first before all are`.
    pub fn open(&self) -> Option<String> {
        match &self.stopped {
            Some(why) if self.is_done() => Some(format!("{why}: these seeds are of the lab as it began")),
            Some(why) => Some(format!("stopped at {}, {why}: of the lab as it began", self.so_far())),
            None if self.is_done() => None,
            None => Some(format!("{} done: nobody is first before all are", self.so_far())),
        }
    }
}
