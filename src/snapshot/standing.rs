//! Where a race stands, as it is shown: at equal steps, at equal gradient evaluations and at equal time, and where two
//! runs first part. It holds what others measured.

use super::{EpochRow, Status};

/// One run of a race, where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Runner {
    /// Its name in the lab; the lab's own run is named after its rule.
    pub name: String,
    /// Going, or how it ended.
    pub status: Status,
    /// Updates made.
    pub step: u64,
    /// Gradients of single samples that these updates took; on a landscape one each.
    pub gradients: u64,
    /// Seconds of training, without loading and evaluation.
    pub seconds: f64,
    /// The smooth loss now, on a landscape the height before the last update.
    pub loss: Option<f64>,
    /// The newest evaluation.
    pub epoch: Option<EpochRow>,
}

/// Who is ahead where all have come equally far.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// How far that is: steps, gradients or seconds.
    pub at: f64,
    /// The runs, the one ahead first, by their place in [`Standing::runs`].
    pub order: Vec<usize>,
    /// The loss by which each was ranked, in the order of [`Standing::runs`].
    pub losses: Vec<Option<f64>>,
}

/// Two runs of a race and where they first part.
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
    /// In the order of the lab, its own run first.
    pub runs: Vec<Runner>,
    /// After as many updates as all have made.
    pub equal_steps: Ranking,
    /// After as many gradients of single samples.
    pub equal_gradients: Ranking,
    /// After as many seconds of training.
    pub equal_time: Ranking,
    /// Every pair.
    pub partings: Vec<Parting>,
}

impl Standing {
    /// The three rankings, each with what was equal.
    pub fn rankings(&self) -> [(&'static str, &Ranking); 3] {
        [("steps", &self.equal_steps), ("gradients", &self.equal_gradients), ("seconds", &self.equal_time)]
    }

    /// The same as JSON: the order by name, and where two part.
    pub fn json(&self) -> serde_json::Value {
        let name = |run: &usize| self.runs[*run].name.as_str();
        let mut ranked = serde_json::Map::new();
        for (what, ranking) in self.rankings() {
            let order: Vec<&str> = ranking.order.iter().map(name).collect();
            let losses: serde_json::Map<_, _> =
                self.runs.iter().zip(&ranking.losses).map(|(run, loss)| (run.name.clone(), (*loss).into())).collect();
            ranked.insert(
                format!("equal_{what}"),
                serde_json::json!({ "at": ranking.at, "order": order, "losses": losses }),
            );
        }
        let parted = |parting: &Parting| serde_json::json!({ "runs": [name(&parting.a), name(&parting.b)], "step": parting.step });
        ranked.insert("parted".into(), self.partings.iter().map(parted).collect());
        ranked.into()
    }
}
