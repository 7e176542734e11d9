//! Where a race stands, as it is shown: at equal steps, at equal samples and at equal time, and where the curves of two runs
//! separate. It holds what others measured.

#[cfg(test)]
mod alike_tests;
#[cfg(test)]
pub(crate) mod fixture;
mod told;

use super::{EpochRow, Lock, RaceRules, Rank, Status};
pub use told::Order;

/// One run of a race, where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Runner {
    /// Its name in the lab; the lab's own run is named after its rule.
    pub name: String,
    /// Going, or how it ended.
    pub status: Status,
    /// Updates made.
    pub step: u64,
    /// Samples that these updates saw, each time anew; on a landscape one each.
    pub samples: u64,
    /// Samples in a batch; none on a landscape, which has none.
    pub batch: Option<u64>,
    /// Seconds that its steps take: their number times what one costs on average. None as long as no step was made
    /// that nobody watched.
    pub seconds: Option<f64>,
    /// The smooth loss now without the penalty, on a landscape the height before the last update.
    pub loss: Option<f64>,
    /// The newest evaluation.
    pub epoch: Option<EpochRow>,
}

impl Runner {
    /// It makes no further step, and why, with the step at which that is known: `diverged at step 171`.
    pub fn over(&self) -> Option<String> {
        let at = |step: u64| format!("{} at step {step}", self.status.past());
        match &self.status {
            Status::Diverged(divergence) => Some(at(divergence.step)),
            status if status.is_final() => Some(at(self.step)),
            _ => None,
        }
    }
}

/// Who is ahead where all have come equally far.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// How far that is: steps, samples, epochs or seconds.
    pub at: f64,
    /// The runs by their place in [`Standing::runs`], sorted, best first.
    pub order: Vec<usize>,
    /// The number by which each was ranked, in the order of [`Standing::runs`].
    pub scores: Vec<Option<f64>>,
}

/// What can be said of the runs at equal time.
#[derive(Debug, Clone, PartialEq)]
pub enum TimeRanking {
    /// Nothing: every step of a run was watched, and a watched step takes longer than the work of a step.
    Unmeasured,
    /// Nothing: it is left out, since it measures the machine.
    LeftOut,
    /// Nothing: a run has made no step yet.
    NotBegun,
    /// Nothing: too little work was measured to know what a step costs.
    TooLittle {
        /// Seconds of work that each would have had.
        at: f64,
    },
    /// Nothing: the costs of a step spread by more than what lies between the runs.
    TooClose {
        /// Seconds of work that each would have had.
        at: f64,
    },
    /// An order.
    Ranked {
        /// Who is ahead.
        ranking: Ranking,
        /// For each place of the order but the last, that it is too close to the next one to rank the two.
        close: Vec<bool>,
    },
}

/// Two runs of a race and where their curves separate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parting {
    /// One, by its place in [`Standing::runs`].
    pub a: usize,
    /// The other.
    pub b: usize,
    /// The first step whose losses differ, counted from 1; none as long as all are the same to the last bit.
    pub step: Option<u64>,
}

/// Where a race stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// What holds the runs together and what they are ranked by.
    pub rules: RaceRules,
    /// In the order of the lab, its own run first.
    pub runs: Vec<Runner>,
    /// After as many updates as all have made.
    pub equal_steps: Ranking,
    /// After as many samples; none on a landscape, which has none.
    pub equal_samples: Option<Ranking>,
    /// After as many epochs of each run's own data; only of runs that are held together by them.
    pub equal_epochs: Option<Ranking>,
    /// After as many seconds of work.
    pub equal_time: TimeRanking,
    /// Every pair.
    pub partings: Vec<Parting>,
}

impl Standing {
    /// The ranking by what holds the runs together.
    pub fn main(&self) -> &Ranking {
        let locked = match self.rules.lock {
            Lock::Steps => None,
            Lock::Samples => self.equal_samples.as_ref(),
            Lock::Epochs => self.equal_epochs.as_ref(),
        };
        locked.unwrap_or(&self.equal_steps)
    }

    /// Leaves out what measures the machine.
    pub fn forget_times(&mut self) {
        self.runs.iter_mut().for_each(|runner| runner.seconds = None);
        self.equal_time = TimeRanking::LeftOut;
    }

    /// The runs go down a landscape, where every loss is the height itself: nothing of it is smoothed.
    pub fn is_on_landscape(&self) -> bool {
        self.runs.iter().all(|run| run.batch.is_none())
    }

    /// Runs that go on, or came to their end, and were not evaluated where the others of a ranking are compared.
    pub fn unevaluated_there(&self, ranking: &Ranking) -> Vec<&str> {
        let lacks = |run: &usize| {
            let runner = &self.runs[*run];
            self.rules.rank != Rank::Loss
                && ranking.scores[*run].is_none()
                && runner.step > 0
                && !runner.status.is_broken()
        };
        (0..self.runs.len()).filter(lacks).map(|run| self.runs[run].name.as_str()).collect()
    }

    /// The rankings that no clock has a part in, each with what was equal; that by what holds the runs together is first.
    pub fn rankings(&self) -> Vec<(&'static str, &Ranking)> {
        let steps = Some(("steps", &self.equal_steps));
        let samples = self.equal_samples.as_ref().map(|ranking| ("samples", ranking));
        let epochs = self.equal_epochs.as_ref().map(|ranking| ("epochs", ranking));
        let mut all: Vec<_> = [steps, samples, epochs].into_iter().flatten().collect();
        // A stable sort: the others stay in their order.
        all.sort_by_key(|(what, _)| *what != self.rules.lock.word());
        all
    }

    /// The names of those that are ahead, several where their numbers are alike; none where nobody has a score, or no two curves
    /// have separated.
    pub fn leaders(&self) -> Vec<&str> {
        let differ = self.separation().is_some() || self.separate_now();
        let first = if differ { self.first_of(self.main()) } else { &[] };
        first.iter().map(|run| self.runs[*run].name.as_str()).collect()
    }

    /// The first step at which the curves of any two separate.
    pub fn separation(&self) -> Option<u64> {
        self.partings.iter().filter_map(|parting| parting.step).min()
    }

    /// No step had losses that differ yet, but what the last update made of the runs does: the losses of the next step will.
    pub fn separate_now(&self) -> bool {
        let mut scores = self.main().scores.iter().flatten();
        let first = scores.next();
        self.separation().is_none() && scores.any(|score| Some(score) != first)
    }

    /// The same as JSON: the rules, the orders by name, and where curves separate.
    pub fn json(&self) -> serde_json::Value {
        let name = |run: &usize| self.runs[*run].name.as_str();
        let ranked = |ranking: &Ranking| {
            let order: Vec<&str> = ranking.order.iter().map(name).collect();
            let scores: serde_json::Map<_, _> =
                self.runs.iter().zip(&ranking.scores).map(|(run, score)| (run.name.clone(), (*score).into())).collect();
            serde_json::json!({ "at": ranking.at, "order": order, "scores": scores })
        };
        let mut all = serde_json::Map::new();
        all.insert("lock".into(), self.rules.lock.word().into());
        all.insert("rank".into(), self.rules.rank.word().into());
        for (what, ranking) in self.rankings() {
            all.insert(format!("equal_{what}"), ranked(ranking));
        }
        let none = |verdict: &str, at: Option<f64>| serde_json::json!({ "verdict": verdict, "at": at, "order": null, "scores": null, "too_close": null });
        let timed = match &self.equal_time {
            TimeRanking::Unmeasured | TimeRanking::LeftOut | TimeRanking::NotBegun => none("not measured", None),
            TimeRanking::TooLittle { at } => none("too little work to rank", Some(*at)),
            TimeRanking::TooClose { at } => none("too close to rank", Some(*at)),
            TimeRanking::Ranked { ranking, close } => {
                let pairs = ranking.order.windows(2).zip(close).filter(|(_, close)| **close);
                let pairs: Vec<_> = pairs.map(|(pair, _)| [name(&pair[0]), name(&pair[1])]).collect();
                let mut timed = ranked(ranking);
                timed["verdict"] = "ranked".into();
                timed["too_close"] = serde_json::json!(pairs);
                timed
            }
        };
        all.insert("equal_seconds".into(), timed);
        let parted = |parting: &Parting| serde_json::json!({ "runs": [name(&parting.a), name(&parting.b)], "step": parting.step });
        all.insert("parted".into(), self.partings.iter().map(parted).collect());
        all.into()
    }
}
