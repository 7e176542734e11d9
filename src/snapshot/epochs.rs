//! What evaluations at the ends of epochs and at the end of a run came to.

use serde::{Deserialize, Serialize};

/// A line of `epochs.csv`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpochRow {
    /// Counted from 1.
    pub epoch: u64,
    /// The steps made when it ended.
    pub step: u64,
    /// Over the whole training part, dropout off, without the penalty.
    pub train_loss: Option<f64>,
    /// 0..1; none for a regression.
    pub train_accuracy: Option<f64>,
    /// Over the part held out.
    pub val_loss: Option<f64>,
    /// 0..1.
    pub val_accuracy: Option<f64>,
    /// Seconds of training so far, without loading and evaluation.
    pub seconds: f64,
}

/// The test part, evaluated where a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TestResult {
    /// The steps that had been made.
    pub step: u64,
    /// The mean loss over the part, dropout off, without the penalty.
    pub loss: f64,
    /// 0..1; none for a regression.
    pub accuracy: Option<f64>,
}
