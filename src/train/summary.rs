//! The line of `--json`, which is also a run's `summary.json`.

use super::run::Run;
use super::snapshot::Status;

/// The line of `--json` for a run that could not be made.
pub(super) fn failed_summary(lab: &str) -> serde_json::Value {
    let numbers = ["seconds", "steps_per_second", "loss", "train_loss", "train_accuracy", "val_loss", "val_accuracy"];
    let mut summary = serde_json::json!({ "lab": lab, "status": "failed", "steps": 0, "epochs": 0 });
    numbers.into_iter().for_each(|name| summary[name] = serde_json::Value::Null);
    summary
}

/// The line of `--json`; what is not finite is null.
pub(super) fn summary(lab: &str, run: &Run) -> serde_json::Value {
    let seconds = run.trained.as_secs_f64();
    let steps = run.experiment.steps();
    let status = match &run.status {
        Status::Finished => "finished",
        Status::Diverged(_) => "diverged",
        Status::Failed(_) => "failed",
        Status::Stopped(_) | Status::Ready | Status::Running | Status::Paused => "stopped",
    };
    let newest = run.newest.as_ref();
    let mut summary = serde_json::json!({
        "lab": lab,
        "status": status,
        "steps": steps,
        "epochs": steps / run.experiment.steps_per_epoch(),
        "seconds": seconds,
        "steps_per_second": if seconds > 0.0 { Some(steps as f64 / seconds) } else { None },
        "loss": run.last_loss(),
        "train_loss": newest.and_then(|row| row.train_loss),
        "train_accuracy": newest.and_then(|row| row.train_accuracy),
        "val_loss": newest.and_then(|row| row.val_loss),
        "val_accuracy": newest.and_then(|row| row.val_accuracy),
    });
    if let Status::Diverged(divergence) = &run.status {
        summary["divergence"] = divergence.to_json();
    }
    summary
}
