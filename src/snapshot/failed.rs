//! The snapshot of runs that could not be made.

use super::{LossView, QueryView, RunsView, Snapshot, Speed, Status, TimelineView};

impl Snapshot {
    /// A run that could not be made: there is a status and nothing else.
    pub fn failed(status: Status, speed: Speed) -> Self {
        Self {
            status,
            step: 0,
            steps_total: 0,
            epoch: 0,
            epochs_total: 0,
            steps_per_epoch: 1,
            batch: 0,
            accumulate: 1,
            seed: 0,
            speed,
            steps_per_second: 0.0,
            rule: String::new(),
            evaluates: false,
            hyper: Vec::new(),
            loss: LossView::default(),
            gradients: Vec::new(),
            clip_hits: None,
            observed: Vec::new(),
            state: Vec::new(),
            ledger: None,
            epochs: Vec::new(),
            test: None,
            race: None,
            seeds: None,
            shown: 0,
            racers: Vec::new(),
            log: Vec::new(),
            map: None,
            series: None,
            network: None,
            operations: None,
            compared: None,
            phases: None,
            timeline: TimelineView::default(),
            queries: QueryView::default(),
            runs: RunsView::default(),
        }
    }
}
