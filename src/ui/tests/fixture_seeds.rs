//! A race on several seeds, for tests: the one of four runs that goes on, and what came out on some seeds.

use crate::snapshot::seeds_fixture::seeds;
use crate::snapshot::{Rank, Snapshot};
use crate::ui::tests::fixture;

/// Its runs.
pub const NAMES: [&str; 4] = ["adam", "sgd", "momentum", "rmsprop"];
/// `adam` and `rmsprop` change places; `sgd` broke down on one seed.
const SCORES: [[Option<f64>; 4]; 5] = [
    [Some(0.031), Some(0.33), Some(0.23), Some(0.030)],
    [Some(0.032), Some(0.34), Some(0.19), Some(0.029)],
    [Some(0.055), None, Some(0.10), Some(0.061)],
    [Some(0.51), Some(0.31), Some(0.21), Some(0.083)],
    [Some(0.053), Some(0.34), Some(0.12), Some(0.070)],
];

/// The race on five seeds, so many of them done.
pub fn on_seeds(done: usize) -> Snapshot {
    let rows: Vec<&[Option<f64>]> = SCORES[..done].iter().map(<[_; 4]>::as_slice).collect();
    Snapshot { seeds: Some(seeds(Rank::ValLoss, &NAMES, 5, &rows)), ..fixture::race() }
}
