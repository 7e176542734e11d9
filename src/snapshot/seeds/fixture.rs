//! Races on several seeds, for tests.

use std::sync::Arc;

use super::{SeedRace, SeedRun, Seeds};
use crate::snapshot::{RaceRules, Rank, Status};

/// These runs on the seeds from 7 on, of so many, with these numbers.
pub(crate) fn seeds(rank: Rank, names: &[&str], count: u64, scores: &[&[Option<f64>]]) -> Seeds {
    let rules = RaceRules { rank, further_seeds: count - 1, ..RaceRules::default() };
    let names = Arc::new(names.iter().map(|name| (*name).to_owned()).collect());
    let mut seeds = Seeds { rules, on_landscape: false, names, first: 7, done: Arc::default(), stopped: None };
    for (seed, scores) in (7..).zip(scores) {
        let run =
            |score: &Option<f64>| SeedRun { score: *score, val_accuracy: None, step: 100, status: Status::Finished };
        seeds.add(SeedRace { seed, runs: scores.iter().map(run).collect(), curves: Arc::default() });
    }
    seeds
}

/// Three runs on five seeds, of which three are done: Adam is first on two.
pub(crate) fn three_of_five() -> Seeds {
    let scores: [&[Option<f64>]; 3] = [
        &[Some(0.01), Some(0.03), Some(0.5)],
        &[Some(0.04), Some(0.02), Some(0.25)],
        &[Some(0.02), Some(0.05), Some(0.125)],
    ];
    seeds(Rank::ValLoss, &["adam", "rmsprop", "sgd"], 5, &scores)
}
