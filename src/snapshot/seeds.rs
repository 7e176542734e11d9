//! A race on several seeds: what each run was ranked by at the end on each of them, and the one table that is made of it, for
//! the screen, the command line, `--json` and the CSV file alike.
//!
//! One seed is one draw of data, first weights and batches; who is first on it may be behind on the next. So runs are ranked
//! by the median over all seeds, with the spread beside it, and nobody is named as the first before all seeds are done.

mod curves;
#[cfg(test)]
pub(crate) mod fixture;
mod told;

use std::fmt::Write as _;
use std::sync::Arc;

pub use curves::CurveRow;

use super::{RaceRules, Rank, Standing, Status};

/// How a run of a race ended on a seed.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedRun {
    /// The number by which it is ranked; none of one that broke down.
    pub score: Option<f64>,
    /// Its newest accuracy over the validation part, 0..1; none of one that broke down.
    pub val_accuracy: Option<f64>,
    /// Updates made.
    pub step: u64,
    /// How it ended.
    pub status: Status,
}

/// How a race ended on a seed.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedRace {
    /// The seed.
    pub seed: u64,
    /// Its runs, in the order of the lab.
    pub runs: Vec<SeedRun>,
    /// How each of them went.
    pub curves: Arc<Vec<Vec<CurveRow>>>,
}

/// A race on several seeds, as far as it has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Seeds {
    /// The rules of the race.
    pub rules: RaceRules,
    /// They go down a landscape, where every loss is the height itself.
    pub on_landscape: bool,
    /// The names of its runs, in the order of the lab.
    pub names: Arc<Vec<String>>,
    /// The lab's own seed, which is the first.
    pub first: u64,
    /// The races that have ended, in the order of their seeds.
    pub done: Arc<Vec<SeedRace>>,
    /// Why no more of them will end, and of which lab these are: `a knob was turned`. None as long as all is well.
    pub stopped: Option<String>,
}

/// A run over all seeds that are done.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedsRow {
    /// Its place in [`Seeds::names`].
    pub run: usize,
    /// The middle of its numbers, of an even number of them the mean of the two in the middle; none if one that broke down
    /// stands there.
    pub median: Option<f64>,
    /// The middle of its accuracies over the validation part, likewise.
    pub val_accuracy: Option<f64>,
    /// The smallest of its numbers; none if there is a worse one that is no number.
    pub lowest: Option<f64>,
    /// The largest of its numbers; none if there is a worse one that is no number.
    pub highest: Option<f64>,
    /// The seeds on which none was better.
    pub first: usize,
}

impl SeedRace {
    /// A race that has ended, as it stands.
    pub fn of(seed: u64, standing: &Standing, curves: Vec<Vec<CurveRow>>) -> Self {
        let scores = &standing.main().scores;
        let run = |(run, score): (&super::Runner, &Option<f64>)| {
            let score = score.filter(|score| score.is_finite());
            let evaluated = run.epoch.as_ref().filter(|_| !run.status.is_broken());
            let val_accuracy = evaluated.and_then(|epoch| epoch.val_accuracy);
            SeedRun { score, val_accuracy, step: run.step, status: run.status.clone() }
        };
        Self { seed, runs: standing.runs.iter().zip(scores).map(run).collect(), curves: Arc::new(curves) }
    }

    /// The runs that none is better than; none if no run has a number.
    pub fn firsts(&self, rank: Rank) -> Vec<usize> {
        let keys = || self.runs.iter().map(|run| rank.key(run.score));
        let best = keys().fold(f64::INFINITY, f64::min);
        let is_first = |(_, key): &(usize, f64)| *key == best && best.is_finite();
        keys().enumerate().filter(is_first).map(|(run, _)| run).collect()
    }
}

/// The middle of some numbers, which are sorted for it from the best to the worst; one that is no number is worse than all.
fn middle(rank: Rank, numbers: &mut [Option<f64>]) -> Option<f64> {
    numbers.sort_by(|a, b| rank.key(*a).total_cmp(&rank.key(*b)));
    let half = numbers.len() / 2;
    match numbers {
        [] => None,
        numbers if numbers.len() % 2 == 1 => numbers[half],
        numbers => numbers[half - 1].zip(numbers[half]).map(|(a, b)| a.midpoint(b)),
    }
}

impl Seeds {
    /// A race that begins.
    pub fn of(standing: &Standing, seed: u64) -> Self {
        let names = standing.runs.iter().map(|run| run.name.clone()).collect();
        let (rules, on_landscape, names) = (standing.rules, standing.is_on_landscape(), Arc::new(names));
        Self { rules, on_landscape, names, first: seed, done: Arc::default(), stopped: None }
    }

    /// On how many seeds it is to be run.
    pub fn count(&self) -> usize {
        usize::try_from(self.rules.further_seeds).map_or(usize::MAX, |further| further.saturating_add(1))
    }

    /// The seeds, the lab's own first.
    pub fn seeds(&self) -> impl Iterator<Item = u64> + use<> {
        let first = self.first;
        (0..=self.rules.further_seeds).map(move |further| first.wrapping_add(further))
    }

    /// All of them are done.
    pub fn is_done(&self) -> bool {
        self.done.len() >= self.count()
    }

    /// It is done on this seed.
    pub fn has(&self, seed: u64) -> bool {
        self.done.iter().any(|race| race.seed == seed)
    }

    /// One more has ended. Whenever it comes, the table is the same.
    pub fn add(&mut self, race: SeedRace) {
        if self.has(race.seed) {
            return;
        }
        let done = Arc::make_mut(&mut self.done);
        done.push(race);
        done.sort_by_key(|race| race.seed.wrapping_sub(self.first));
    }

    /// The table: every run over the seeds that are done, the best median first; of equals the one that was first more often,
    /// then in the order of the lab.
    pub fn rows(&self) -> Vec<SeedsRow> {
        let rank = self.rules.rank;
        let mut rows: Vec<SeedsRow> = (0..self.names.len()).map(|run| self.row(run)).collect();
        rows.sort_by(|a, b| {
            let by_median = rank.key(a.median).total_cmp(&rank.key(b.median));
            by_median.then(b.first.cmp(&a.first)).then(a.run.cmp(&b.run))
        });
        rows
    }

    fn row(&self, run: usize) -> SeedsRow {
        let rank = self.rules.rank;
        let mut scores: Vec<Option<f64>> =
            self.done.iter().map(|race| race.runs.get(run).and_then(|run| run.score)).collect();
        let median = middle(rank, &mut scores);
        let accuracies = self.done.iter().map(|race| race.runs.get(run).and_then(|run| run.val_accuracy));
        let val_accuracy = middle(Rank::ValAccuracy, &mut accuracies.collect::<Vec<_>>());
        let [best, worst] = [scores.first(), scores.last()].map(|score| score.copied().flatten());
        let (lowest, highest) = if rank == Rank::ValAccuracy { (worst, best) } else { (best, worst) };
        let first = self.done.iter().filter(|race| race.firsts(rank).contains(&run)).count();
        SeedsRow { run, median, val_accuracy, lowest, highest, first }
    }

    /// The name of the first, once all seeds are done: nobody's before, nor if two have the same median or none has any.
    pub fn winner(&self) -> Option<&str> {
        let rows = self.rows();
        let best = rows.first().filter(|best| self.is_done() && best.median.is_some())?;
        let shared = rows.get(1).is_some_and(|next| next.median == best.median);
        (!shared).then(|| self.names[best.run].as_str())
    }

    /// The same as JSON. The order is null before all seeds are done.
    pub fn json(&self) -> serde_json::Value {
        let rows = self.rows();
        let order: Vec<&str> = rows.iter().map(|row| self.names[row.run].as_str()).collect();
        let mut runs = serde_json::Map::new();
        for (run, name) in self.names.iter().enumerate() {
            let row = self.row(run);
            let scores: Vec<_> = self.done.iter().map(|race| race.runs.get(run).and_then(|run| run.score)).collect();
            let told = serde_json::json!({
                "median": row.median, "lowest": row.lowest, "highest": row.highest, "first": row.first, "scores": scores,
            });
            runs.insert(name.clone(), told);
        }
        serde_json::json!({
            "rank": self.rules.rank.word(),
            "seeds": self.seeds().collect::<Vec<_>>(),
            "done": self.done.iter().map(|race| race.seed).collect::<Vec<_>>(),
            "order": self.is_done().then_some(order),
            "runs": runs,
        })
    }

    /// The same as a CSV table: a row for each seed and run, with the number that ranks it, how it ended and its steps.
    pub fn csv(&self) -> String {
        let mut text = format!("seed,racer,{},status,steps\n", self.rules.rank.word());
        for race in self.done.iter() {
            for (name, run) in self.names.iter().zip(&race.runs) {
                let score = run.score.map(|score| score.to_string()).unwrap_or_default();
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{},{name},{score},{},{}", race.seed, run.status.word(), run.step);
            }
        }
        text
    }
}

#[cfg(test)]
mod tests;
