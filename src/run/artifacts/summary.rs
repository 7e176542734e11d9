//! The line of `--json`, which is also a run's `summary.json`.

use std::time::Duration;

use crate::program::Real;
use crate::run::training::Run;
use crate::simd::Level;
use crate::snapshot::Status;

/// The line of `--json` for a run that could not be made.
pub(crate) fn failed_summary(lab: &str) -> serde_json::Value {
    let times = ["seconds", "steps_per_second"];
    let numbers = ["loss", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "test_loss", "test_accuracy"];
    let mut summary = serde_json::json!({ "lab": lab, "status": "failed", "steps": 0, "epochs": 0 });
    summary["samples"] = serde_json::Value::Null;
    summary["processor"] = Level::in_force().name().into();
    times.into_iter().chain(numbers).for_each(|name| summary[name] = serde_json::Value::Null);
    summary
}

/// The line of `--json` for a series: its values are the steps, and there is nothing to lose.
pub(in crate::run) fn walked_summary(lab: &str, status: &Status, steps: u64, walked: Duration) -> serde_json::Value {
    let seconds = walked.as_secs_f64();
    let mut summary = failed_summary(lab);
    summary["status"] = word(status).into();
    summary["steps"] = steps.into();
    summary["epochs"] = serde_json::Value::Null;
    summary["seconds"] = seconds.into();
    if seconds > 0.0 {
        summary["steps_per_second"] = (steps as f64 / seconds).into();
    }
    summary
}

fn word(status: &Status) -> &'static str {
    match status {
        Status::Finished => "finished",
        Status::Diverged(_) => "diverged",
        Status::Failed(_) => "failed",
        Status::Stopped(_) | Status::Ready | Status::Running | Status::Paused => "stopped",
    }
}

/// The line of `--json`; what is not finite is null.
pub(in crate::run) fn summary<F: Real>(lab: &str, run: &Run<F>) -> serde_json::Value {
    let seconds = run.stopwatch.taken().as_secs_f64();
    let steps = run.experiment.steps();
    let newest = run.newest();
    let mut summary = serde_json::json!({
        "lab": lab,
        "status": word(&run.status),
        "steps": steps,
        "epochs": steps / run.experiment.steps_per_epoch(),
        "samples": run.path().is_none().then(|| run.experiment.samples_after(steps)),
        "processor": Level::in_force().name(),
        "seconds": seconds,
        "steps_per_second": if seconds > 0.0 { Some(steps as f64 / seconds) } else { None },
        "loss": run.last_loss(),
        "train_loss": newest.and_then(|row| row.train_loss),
        "train_accuracy": newest.and_then(|row| row.train_accuracy),
        "val_loss": newest.and_then(|row| row.val_loss),
        "val_accuracy": newest.and_then(|row| row.val_accuracy),
        "test_loss": run.tested().map(|test| test.loss),
        "test_accuracy": run.tested().and_then(|test| test.accuracy),
    });
    if let Status::Failed(error) = &run.status {
        summary["error"] = error.to_string().into();
    }
    if let Status::Diverged(divergence) = &run.status {
        summary["divergence"] = divergence.to_json();
    }
    summary
}
