//! A race of three as it stands, for tests.

use super::{Parting, Ranking, Runner, Standing, TimeRanking};
use crate::snapshot::{RaceRules, Status};

/// Lion is ahead of Adam; of sgd there is no number; the runs part at these steps.
pub(crate) fn standing(partings: &[(usize, usize, Option<u64>)]) -> Standing {
    let runner = |name: &str| Runner {
        name: name.to_owned(),
        status: Status::Finished,
        step: 100,
        samples: 3200,
        batch: Some(32),
        seconds: Some(0.25),
        loss: Some(0.5),
        epoch: None,
    };
    let ranking = |at| Ranking { at, order: vec![2, 0, 1], scores: vec![Some(0.5), None, Some(0.25)] };
    Standing {
        rules: RaceRules::default(),
        runs: ["adam", "sgd", "lion"].map(runner).to_vec(),
        equal_steps: ranking(100.0),
        equal_samples: Some(ranking(3200.0)),
        equal_epochs: None,
        equal_time: TimeRanking::TooClose { at: 0.25 },
        partings: partings.iter().map(|(a, b, step)| Parting { a: *a, b: *b, step: *step }).collect(),
    }
}
