//! A session with several runs, for tests: two that were given up and the present one, of which the second lies beside it.

use std::sync::Arc;

use crate::snapshot::{PastRun, RunRow, RunsView, Settings, Snapshot};
use crate::ui::tests::fixture;

/// A row of the table of runs, made with these values over the lab's.
pub fn row(number: u64, set: &[&str], values: &[(&str, &str)]) -> RunRow {
    let all = [("seed", "7"), ("training.batch", "64"), ("training.epochs", "20"), ("optimizer.lr", "0.001")];
    let value = |(key, lab): (&str, &str)| {
        let own = values.iter().find(|(other, _)| *other == key).map_or(lab, |(_, value)| value);
        (key.to_owned(), own.to_owned())
    };
    let settings = Settings {
        set: set.iter().map(|set| (*set).to_owned()).collect(),
        values: all.into_iter().map(value).collect(),
        scripts: Vec::new(),
    };
    RunRow {
        id: 64 * number,
        number,
        name: String::new(),
        settings: Arc::new(settings),
        seed: 7,
        turned: Vec::new(),
        status: "finished",
        step: 460,
        steps_total: 460,
        steps_per_epoch: 23,
        seconds: 0.4,
        loss: Some(0.172),
        val_loss: Some(0.31),
        val_accuracy: Some(0.932),
    }
}

/// In the thirteenth epoch of the third run.
pub fn several() -> Snapshot {
    let curve = |scale: f64, steps: u64| fixture::line((1..=steps).map(|t| scale * (-(t as f64) / 90.0).exp() + 0.3));
    let first = PastRun::new(row(1, &[], &[]), curve(2.4, 460));
    let large = ("training.batch", "16");
    let second = RunRow {
        step: 1840,
        steps_total: 1840,
        steps_per_epoch: 92,
        seconds: 1.31,
        loss: Some(0.0412),
        val_accuracy: Some(0.951),
        ..row(2, &["training.batch=16"], &[large])
    };
    let past = vec![Arc::new(first), Arc::new(PastRun::new(second, curve(2.0, 1840)))];
    let present = RunRow {
        status: "running",
        step: 287,
        seconds: 0.21,
        turned: vec!["lr = 0.01 @40".into()],
        ..row(3, &[], &[])
    };
    let runs = RunsView { past: Arc::new(past), present: vec![present], beside: Some(128) };
    Snapshot { runs, ..fixture::healthy() }
}
